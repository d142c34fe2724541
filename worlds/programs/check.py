"""Check: whether a program does what its task asks, found out by running it in the sandbox.

Knows nothing of bugs. Fixes are read, made and compared in `bugs.py`, whose names are given here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maieutic import InputError, Task
from maieutic.worlds.programs.bugs import isomorphic, leaks, patch
from maieutic.worlds.sandbox import Limits, Verdict, shared

__all__ = ["LIMITS", "isomorphic", "leaks", "passes", "patch", "tried"]

# Only processor time is scarce: on a busy machine, time on the clock would make a verdict a matter of chance.
LIMITS = Limits(cpu_seconds=2.0, wall_seconds=30.0, memory_mb=256)


def passes(source: str, task: Task, limits: Limits = LIMITS) -> Verdict:
    """Run `source` on the tests of `task`.

    Raises:
        InputError: the task brings no tests.
        SandboxError: programs cannot be run safely here.
    """
    tests = task.truth.get("tests")
    if not isinstance(tests, dict):
        raise InputError(f"task {task.id} brings no tests", remedy="give tasks of the programs world")
    return tried(source, tests, limits)


def tried(source: str, tests: Mapping[str, Any], limits: Limits = LIMITS) -> Verdict:
    """Run `source` on tests: `{"kind": "calls", "entry_point", "calls": [{"args", "expected"}], "tolerance"}`, where
    tolerance may be `"second argument"`, or `{"kind": "source", "source"}`. Either may say how many `cpu_seconds` it
    needs.

    Raises:
        InputError: tests of another form.
        SandboxError: programs cannot be run safely here.
    """
    if "cpu_seconds" in tests:
        needed = float(tests["cpu_seconds"])
        limits = Limits.model_validate(
            {**limits.model_dump(), "cpu_seconds": needed, "wall_seconds": 10 * needed}
        )
    match tests.get("kind"):
        case "source":
            return shared().run(source, str(tests["source"]), limits=limits)
        case "calls":
            calls: Sequence[Mapping[str, Any]] = tests["calls"]
            tolerance = tests.get("tolerance")
            if tolerance == "second argument":
                calls = [{**call, "tolerance": float(call["args"][1])} for call in calls]
                tolerance = None
            return shared().calls(
                source, str(tests["entry_point"]), calls, tolerance=tolerance, limits=limits
            )
    raise InputError(f"tests must be of the kind calls or source, got {tests.get('kind')!r}")
