"""What all tests share: helpers of this folder are importable; properties are judged by what they say, not by the clock.

Properties try the same examples each time, so that a test fails for what was changed; `--hypothesis-profile explore` looks
for new ones.
"""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("explore"), derandomize=True)
settings.load_profile("same")
