"""What all tests share: helpers of this folder are importable, and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
