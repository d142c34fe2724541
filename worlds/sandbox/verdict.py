"""Verdict: what came of a program, within which limits it ran, and how its answers compare with the expected ones.

Knows nothing of processes. Nothing here depends on the clock, so the same program gives the same verdict.
"""

from __future__ import annotations

import json
import math
from typing import Any, Literal

from pydantic import Field

from maieutic import Frozen


class Limits(Frozen):
    """What a program may use.

    Attributes:
        cpu_seconds: processor time, over all threads of its first process; each further process has as much.
        wall_seconds: time on the clock.
        memory_mb: address space in MiB beyond that of the bare interpreter, for each process.
        output_bytes: what it may print; more ends it.
        file_mb: size of a file in MiB. Its temporary folder holds `files` times as much, and lives in memory.
        files: files that it may hold open, and files in its temporary folder.
        processes: tasks, as the kernel counts them: processes and threads. One: it can start neither.
    """

    cpu_seconds: float = Field(2.0, gt=0, le=3600)
    wall_seconds: float = Field(4.0, gt=0, le=7200)
    memory_mb: int = Field(256, ge=16, le=1 << 20)
    output_bytes: int = Field(65536, ge=0, le=1 << 30)
    file_mb: int = Field(1, ge=1, le=1 << 16)
    files: int = Field(16, ge=1, le=4096)
    processes: int = Field(1, ge=1, le=4096)


class Verdict(Frozen):
    """What came of a program.

    Attributes:
        status: `pass`: it ran to the end and all tests held. `fail`: a test did not hold. `error`: anything else went
            wrong in it. `limit`: it was stopped at a limit. `refused`: it was not run at all.
        limit: which: cpu, wall, memory, output, file, files or processes.
        message: what went wrong, with the line; empty for pass.
        stdout: what it printed, cut at the limit; empty where the clock ended it, since how far it got is chance.
        passed: tests that held. Asserts in a source count as one test.
        total: all tests.
    """

    status: Literal["pass", "fail", "error", "limit", "refused"]
    limit: str | None = None
    message: str = ""
    stdout: str = ""
    passed: int = 0
    total: int = 1


def same(answer: Any, expected: Any, tolerance: float | None = None) -> bool:
    """Whether an answer is the expected one, both as JSON has them: tuples as lists, keys as texts.

    Args:
        answer: what the program gave back.
        expected: what it should have given.
        tolerance: how far numbers may be apart; None: not at all.

    >>> same([1, 2.0], [1, 2]), same(0.5, 0.50001, 1e-3), same("a", ["a"]), same(True, "yes")
    (True, True, False, False)
    """
    if isinstance(answer, list) and isinstance(expected, list | tuple):
        pairs = zip(answer, expected, strict=False)
        return len(answer) == len(expected) and all(same(one, two, tolerance) for one, two in pairs)
    if isinstance(answer, dict) and isinstance(expected, dict):
        named = {name if isinstance(name, str) else key(name): value for name, value in expected.items()}
        return answer.keys() == named.keys() and all(
            same(value, named[name], tolerance) for name, value in answer.items()
        )
    if isinstance(answer, int | float) and isinstance(expected, int | float):
        if answer == expected or str(answer) == str(expected) == "nan":
            return True
        if tolerance is None or isinstance(answer, bool) or isinstance(expected, bool):
            return False
        try:
            return math.isclose(answer, expected, rel_tol=0, abs_tol=tolerance)
        except OverflowError:
            return False  # a whole number beyond all floats is near no other
    return type(answer) is type(expected) and bool(answer == expected)


def key(name: Any) -> str:
    """How JSON spells a key that is not a text.

    >>> key(3), key(True), key(None)
    ('3', 'true', 'null')
    """
    return json.dumps(name) if name is None or isinstance(name, bool | int | float) else str(name)
