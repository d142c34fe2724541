"""Snapshots: texts that people read, kept beside the tests; write them anew with MAIEUTIC_SNAPSHOTS=write."""

import os
from pathlib import Path

HOME = Path(__file__).parent / "snapshots"


def check(name: str, text: str) -> None:
    """Hold `text` against the snapshot `name`."""
    file = HOME / name
    if os.environ.get("MAIEUTIC_SNAPSHOTS") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.exists(), f"no snapshot {name}; write it with MAIEUTIC_SNAPSHOTS=write"
    assert text == file.read_text(encoding="utf-8"), (
        f"{name} changed; if that is meant, MAIEUTIC_SNAPSHOTS=write"
    )
