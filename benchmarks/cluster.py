"""Cluster: two workers on Ray beside one, on two cores, against the scripted server.

    python benchmarks/cluster.py [EPISODES [ROUNDS]]

Each worker is a process of its own that calls the server over HTTP; turns become durable in the driver's journal. A run is timed
while all its workers are at work and there are tasks to begin with. Driver, server and Ray's own processes share the two cores
with both workers, so processor time an episode is printed for each, how many cores were busy, and what two workers could be at
most if both cores were. With 32 episodes in flight in each, a worker waits for answers and commits as well as for its core; with
128 a single one fills its core, and two have little more than half of a core each. Ratios are what to read; needs the extras
`cluster` and `served`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from machine import machine

from maieutic.runs import Crew, Recipe, Status, run
from maieutic.runs.cluster import on_ray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "agents"))
from served_script import running

EACH = (32, 128)  # episodes in flight in a worker
CORES = 2


class Look(NamedTuple):
    """How a run stands: seconds, ended episodes, and the processor seconds of each process by its id."""

    at: float
    ended: int
    spent: dict[int, float]


class Timed(NamedTuple):
    """Episodes a second, and milliseconds of processor time an episode of each kind of process."""

    rate: float
    spent: dict[str, float]


def processes() -> dict[int, tuple[str, float]]:
    """Command line and processor seconds so far of this process and all that it has started."""
    tick, found = os.sysconf("SC_CLK_TCK"), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            facts = (folder / "stat").read_text().rpartition(") ")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended meanwhile
        found[int(folder.name)] = (int(facts[1]), command, (int(facts[11]) + int(facts[12])) / tick)
    ours, size = {os.getpid()}, 0
    while size < len(ours):
        size = len(ours)
        ours |= {one for one, (parent, _, _) in found.items() if parent in ours}
    return {one: found[one][1:] for one in ours}


def kinds(workers: set[int]) -> dict[int, str]:
    """What each of our processes is."""

    def kind(one: int, command: str) -> str:
        if one in workers:
            return "workers"
        if one == os.getpid():
            return "driver"
        return "server" if "served_script.py" in command else "Ray"

    return {one: kind(one, command) for one, (command, _) in processes().items()}


def timed(address: str, n: int, workers: int, each: int) -> Timed:
    """A run with so many workers, the ledger held to add up."""
    seat = f"{address}/v1#scripted"
    recipe = Recipe(scenario="socratic-math", cast={"teacher": seat, "student": seat})
    company = recipe.company()
    source, _ = recipe.source(company)
    ready: set[int] = set()
    looks: list[Look] = []

    def said(what: str, facts: Mapping[str, Any]) -> None:
        if what == "ready":
            ready.add(facts["pid"])

    def stands(status: Status) -> None:
        ended = status.done + sum(status.dropped.values())
        if len(ready) == workers and ended <= n - workers * each:
            spent = {one: seconds for one, (_, seconds) in processes().items()}
            looks.append(Look(time.perf_counter(), ended, spent))

    crew = Crew(on_ray(recipe, "local"), workers, each=each, say=said)
    with tempfile.TemporaryDirectory() as folder:
        ledger = asyncio.run(run(company, source, Path(folder) / "run", n=n, crew=crew, on_status=stands))
    assert ledger.asked == n == ledger.done + sum(ledger.dropped.values()), ledger
    first, last = looks[0], looks[-1]
    episodes = last.ended - first.ended
    spent = dict.fromkeys(("workers", "driver", "server", "Ray"), 0.0)
    what = kinds(ready)
    for one, seconds in last.spent.items():
        kind = "workers" if one in ready else what.get(one, "Ray")
        spent[kind] += 1e3 * (seconds - first.spent.get(one, 0.0)) / episodes
    return Timed(episodes / (last.at - first.at), spent)


def told(what: str, timed: Timed) -> str:
    """A line of the table."""
    together = sum(timed.spent.values())
    shares = "".join(f"{spent:9.2f}" for spent in timed.spent.values())
    return f"{what:<12}{timed.rate:10.1f}{shares}{together:9.2f}{timed.rate * together / 1e3:8.2f}"


def main() -> None:
    print(machine("ray"))
    n, rounds = [int(one) for one in sys.argv[1:3]] + [1500, 3][len(sys.argv[1:3]) :]
    with running(delay=0.005) as address:
        timed(address, 400, 1, EACH[0])  # Ray is started once
        for each in EACH:
            done = [(timed(address, n, 1, each), timed(address, n, 2, each)) for _ in range(rounds)]
            names = "".join(f"{kind:>9}" for kind in (*done[0][0].spent, "all"))
            print(f"\n{each} in flight in each; processor time in ms an episode")
            print(f"{'':<12}{'episodes/s':>10}{names}{'cores':>8}")
            for one, two in done:
                print(told("one worker", one))
                print(told("two workers", two) + f"   {two.rate / one.rate:.2f} times")
            most = statistics.median(CORES * 1e3 / sum(two.spent.values()) / one.rate for one, two in done)
            print(
                f"median {statistics.median(two.rate / one.rate for one, two in done):.2f} times; "
                f"{most:.2f} if both cores were always busy"
            )


if __name__ == "__main__":
    main()
