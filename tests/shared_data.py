"""Real records, where they are at hand: the folder `shared/data` beside the checkout."""

from pathlib import Path

import pytest

HOME = Path(__file__).parents[2] / "shared" / "data"


def shared(name):
    """A file of shared records; skips the test where it is missing."""
    file = HOME / name
    if not file.exists():
        pytest.skip(
            f"no {name}: real records stand in shared/data beside the checkout, and are not part of it"
        )
    return file
