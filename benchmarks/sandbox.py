"""Verdicts a second: the warm pool, beside what everybody can do, an interpreter under bubblewrap for each program.

Both are given the same programs, with as many at the same time as there are workers. The floor does less: it has no
filter of system calls, no limits and no clock, it only starts, runs and says whether the exit code was nought. `waits` is
the time that one verdict takes when nothing else is asked for.

    python benchmarks/sandbox.py [--programs 1000] [--workers 2] [--backend bubblewrap]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from machine import machine

from maieutic.worlds.sandbox import Sandbox

PROGRAM = """
def merge(first, second):
    merged, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        if first[i] <= second[j]:
            merged.append(first[i])
            i += 1
        else:
            merged.append(second[j])
            j += 1
    return merged + first[i:] + second[j:]
"""
TESTS = "\n".join(f"assert merge([1, {n}], [2, 3]) == sorted([1, 2, 3, {n}])" for n in range(3, 9))
CASES = [{"args": [[1, n], [2, 3]], "expected": sorted([1, 2, 3, n])} for n in range(3, 9)]


def cold(number: int) -> bool:
    """One program in a bubblewrap and an interpreter of its own."""
    base = os.path.realpath(sys.base_prefix)
    command = ["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib"]
    command += ["--symlink", "usr/lib64", "/lib64", "--dev", "/dev", "--tmpfs", "/tmp", "--clearenv"]
    command += ["--ro-bind", base, base] if not base.startswith("/usr") else []
    python = os.path.realpath(sys.executable)
    command += [python, "-I", "-S", "-c", f"{PROGRAM}\n{TESTS}\nnumber = {number}"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def measured(name: str, one: Callable[[int], bool], many: int, workers: int) -> float:
    assert one(0)  # whatever is started once is no part of it
    begun = time.perf_counter()
    for number in range(20):
        assert one(number)
    waits = (time.perf_counter() - begun) / 20
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(one, range(2 * workers)))
        begun = time.perf_counter()
        passed = sum(threads.map(one, range(many)))
        rate = many / (time.perf_counter() - begun)
    assert passed == many, f"{many - passed} of {many} programs did not pass"
    print(f"{name:34}{many:9}{rate:13.0f}{waits * 1e3:12.2f}", flush=True)
    return rate


def main() -> None:
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--programs", type=int, default=1000)
    reader.add_argument("--workers", type=int, default=2)
    reader.add_argument("--backend", choices=["bubblewrap", "namespaces"], default=None)
    given = reader.parse_args()
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} at the start")
    print(f"{'':34}{'programs':>9}{'verdicts/s':>13}{'waits ms':>12}")
    with Sandbox(given.workers, backend=given.backend) as sandbox:

        def source(number: int) -> bool:
            return sandbox.run(f"{PROGRAM}\nnumber = {number}", TESTS).status == "pass"

        def calls(number: int) -> bool:
            return sandbox.calls(f"{PROGRAM}\nnumber = {number}", "merge", CASES).status == "pass"

        rate = measured(f"warm pool, {sandbox.backend}", source, given.programs, given.workers)
        measured("the same, answers compared outside", calls, given.programs, given.workers)
    if shutil.which("bwrap") is None:
        print("no floor: bubblewrap is not installed")
        return
    floor = measured("cold interpreter and bubblewrap", cold, max(20, given.programs // 20), given.workers)
    print(f"the pool gives {rate / floor:.1f} times the verdicts of the floor")


if __name__ == "__main__":
    main()
