"""Cluster: two workers on Ray beside one, on two cores, against the scripted server.

    python benchmarks/cluster.py [EPISODES]

Each worker is a process of its own that calls the server over HTTP; turns become durable in the driver's journal. A run is
timed from when all its workers are at work. Ratios are what to read; needs the extras `cluster` and `served`.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machine import machine

from maieutic.runs import Crew, Ledger, Recipe, run
from maieutic.runs.cluster import on_ray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "agents"))
from served_script import running


def timed(address: str, n: int, workers: int) -> float:
    """Episodes a second with so many workers, the ledger held to add up."""
    seat = f"{address}/v1#scripted"
    recipe = Recipe(scenario="socratic-math", cast={"teacher": seat, "student": seat})
    company = recipe.company()
    source, _ = recipe.source(company)
    ready: list[tuple[float, int]] = []
    over = [0]

    def said(what: str, _: Mapping[str, Any]) -> None:
        if what == "ready":
            ready.append((time.perf_counter(), over[0]))

    def ended(ledger: Ledger, _: Any) -> None:
        over[0] = ledger.over

    crew = Crew(on_ray(recipe, "local"), workers, each=32, say=said)
    with tempfile.TemporaryDirectory() as folder:
        ledger = asyncio.run(run(company, source, Path(folder) / "run", n=n, crew=crew, on_episode=ended))
    assert ledger.asked == n == ledger.done + sum(ledger.dropped.values()), ledger
    begun, before = ready[workers - 1]
    return (n - before) / (time.perf_counter() - begun)


def main() -> None:
    print(machine("ray"))
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with running(delay=0.005) as address:
        timed(address, 40, 1)  # Ray is started once
        rounds = [(timed(address, n, 1), timed(address, n, 2)) for _ in range(3)]
    for one, two in rounds:
        print(f"one worker {one:.1f} episodes/s, two {two:.1f}: {two / one:.2f} times")
    print(f"median {statistics.median(two / one for one, two in rounds):.2f} times")


if __name__ == "__main__":
    main()
