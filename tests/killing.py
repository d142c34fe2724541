"""Runs in processes of their own that are killed at a point drawn by a seed, and what must hold of them afterwards.

Knows nothing of which runs are killed. Processes are forked from one that has imported everything and has no thread, so that
a kill costs no start of an interpreter; points are counted in rows, so that they are the same on a slow machine.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from maieutic import RunError, rng
from maieutic.runs import Crew, Journal, Recipe, run
from maieutic.runs.ledger import Ledger
from maieutic.runs.processes import processes
from maieutic.runs.sqlite import SQLite

POINTS = ("before the commit", "within the commit", "after the commit")
PATIENCE = 240  # seconds after which a child is taken to hang
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["killing", "killing_warm"])


class Draws:
    """Where the kills of one chain fall: after how many rows, and on which side of the commit that holds them.

    Args:
        name: what the draws are drawn from.
        most: rows that a process keeps at most before it is killed.
    """

    def __init__(self, name: str, most: int) -> None:
        self._chance, self._most = rng("kills", name), max(1, most)

    def next(self) -> tuple[int, str]:
        """The next one."""
        return self._chance.randint(1, self._most), self._chance.choice(POINTS)


def recipe_of(scenario: str, parameters: Mapping[str, Any] | None = None) -> Recipe:
    """What the runs of this file play."""
    return Recipe(scenario=scenario, parameters=dict(parameters or {}), seed=11)


def play(
    recipe: Recipe, folder: Path, n: int, workers: int = 1, concurrency: int = 3, **options: Any
) -> Ledger:
    """One run to its end, in this process or with `workers` beside it; its ledger has added up."""
    company = recipe.company()
    source, _ = recipe.source(company)
    crew = Crew(processes(recipe), workers, each=concurrency) if workers > 1 else None
    options = {"crew": crew, **options}
    ledger = asyncio.run(
        run(company, source, folder, n=n, seed=recipe.seed, concurrency=concurrency, **options)
    )
    check_ledger(ledger)
    return ledger


def check_ledger(ledger: Ledger) -> None:
    """Every task was done or dropped for a reason, none is missing."""
    assert ledger.asked == ledger.done + sum(ledger.dropped.values()), ledger
    assert (ledger.missing, ledger.waiting, ledger.playing) == (0, 0, 0), ledger


def _doomed(recipe: str, folder: str, n: int, workers: int, rows: int, point: str) -> None:
    """Play until `rows` rows have been kept, and die at that point of the commit."""
    commit, left = SQLite.commit, rows

    def last(store: SQLite, turns: Sequence[Any], episodes: Sequence[Any]) -> None:
        nonlocal left
        left -= len(turns) + len(episodes)
        if left > 0:
            commit(store, turns, episodes)
            return
        if point == "after the commit":
            commit(store, turns, episodes)
        elif point == "within the commit":
            store._db.execute("BEGIN IMMEDIATE")
            store._db.executemany("INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?)", turns)
        os.kill(os.getpid(), signal.SIGKILL)

    SQLite.commit = last  # type: ignore[method-assign]
    play(Recipe.model_validate_json(recipe), Path(folder), n, workers)


def _free(recipe: str, folder: str, n: int, workers: int) -> None:
    play(Recipe.model_validate_json(recipe), Path(folder), n, workers)


def in_child(target: Any, *arguments: Any) -> int:
    """Call a function of an importable module in a process of its own; its exit code."""
    with pytest.MonkeyPatch.context() as patch:  # it looks for what it is to import in no other way
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    process = _CONTEXT.Process(target=target, args=arguments)
    process.start()
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"{target.__name__}{arguments} did not end in {PATIENCE} s")
    code = int(process.exitcode)
    process.close()
    return code


def killed(recipe: Recipe, folder: Path, n: int, draws: Draws, workers: int = 1) -> bool:
    """Play in a process that is killed where the next draw says; whether it was, and did not end before."""
    rows, point = draws.next()
    code = in_child(_doomed, recipe.model_dump_json(), str(folder), n, workers, rows, point)
    assert code in (0, -signal.SIGKILL), f"the process ended with {code}"
    return code != 0


def goes_on(recipe: Recipe, folder: Path, n: int, workers: int = 1) -> None:
    """Play to the end in a process that nobody kills."""
    assert in_child(_free, recipe.model_dump_json(), str(folder), n, workers) == 0


def ended(folder: Path) -> int:
    """How many episodes have ended of a run that another process is playing, and may not have begun."""
    try:
        with Journal(folder) as journal:
            return journal.ended()
    except (RunError, sqlite3.OperationalError):
        return 0


def turns(folder: Path, n: int) -> list[list[bytes]]:
    """The turns of each task as they are kept, in the order of their ids."""
    with Journal(folder) as journal:
        return [
            sorted(event.model_dump_json().encode() for event in journal.events(place)) for place in range(n)
        ]


def episodes(folder: Path) -> list[tuple[int, bytes]]:
    """The final records of a run."""
    with Journal(folder) as journal:
        return [(place, episode.to_bytes()) for place, episode in journal.episodes()]


def check_same(folder: Path, undisturbed: Path, n: int) -> None:
    """Nothing is lost, nothing stands twice, and every byte is that of the undisturbed run."""
    made = episodes(folder)
    assert [place for place, _ in made] == list(range(n))
    assert made == episodes(undisturbed)
    kept = turns(folder, n)
    assert all(len(one) == len(set(one)) for one in kept)
    assert kept == turns(undisturbed, n)
