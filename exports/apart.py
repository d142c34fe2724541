"""Apart: work that takes a model's library, done in a process of its own.

Knows nothing of the work. An engine that serves a model before and after shares neither memory nor threads with it, and
what is imported there is needed nowhere else (`maieutic[trl]`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from maieutic import InputError, RunError

LAST = 4000  # characters of a failed process's words that are told


def needs(library: str, what: str) -> None:
    """See to it that a library of the extra `trl` is there.

    Raises:
        InputError: it is not.
    """
    if find_spec(library) is None:
        raise InputError(f"{what} is not installed", remedy="pip install 'maieutic[trl]'")


def apart(module: str, facts: Mapping[str, Any], folder: Path, what: str) -> dict[str, Any]:
    """Run a module on facts; what it said in its last line, as JSON.

    Args:
        module: run as a program, with the name of a file of the facts.
        facts: to be written as JSON.
        folder: for these (`WHAT.json`) and for all that is said (`WHAT.log`).
        what: is done, in a word.

    Raises:
        RunError: it failed.
    """
    told, log = folder / f"{what}.json", folder / f"{what}.log"
    told.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", module, str(told)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1")},
    )
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise RunError(f"{what} failed: {done.stderr[-LAST:].strip()} (see {log})")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
