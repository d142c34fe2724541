"""Run: many episodes, side by side, kept as they finish, gone on with after a kill.

Knows nothing of the terminal. A worker that has finished one episode takes the next task at once; there is no
batch, and no episode waits for another.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from maieutic import (
    Episode,
    Event,
    MaieuticError,
    RunError,
    ScenarioError,
    Stop,
    StopRun,
    __version__,
    digest,
    faults,
    seed_of,
)
from maieutic.runs.agenda import Agenda
from maieutic.runs.inbox import Inbox, seated
from maieutic.runs.journal import EpisodeLog, Journal
from maieutic.runs.ledger import DROPPED, Ledger
from maieutic.runs.measures import Measures
from maieutic.runs.status import Pace, Status, figures_of, reported
from maieutic.runs.tasks import Source
from maieutic.scenarios import Company, Scenario, Waiting, catalogue


def manifest(company: Company[Any], source: Source, seed: int) -> dict[str, Any]:
    """What makes two runs the same; `n` is not part of it, so that a run can be made longer."""
    return {
        "maieutic": __version__,
        "scenario": company.scenario.name,
        "parameters": company.spelled,
        "cast": {seat: agent.fingerprint for seat, agent in company.cast.items()},
        "seed": seed,
        "tasks": str(source),
    } | origin_facts(company.scenario)


def origin_facts(scenario: Scenario[Any]) -> dict[str, str]:
    """What a manifest says of a scenario that is not installed: where it is found, and a digest of its text."""
    return {} if (one := scenario.origin) is None else {"door": one.door, "definition": one.definition}


def scenario_of(journal: Journal) -> Scenario[Any]:
    """The scenario that a run was made with, found again by its name or where it was found.

    Raises:
        UnknownNameError, InputError: it is not there any more.
    """
    return catalogue.load(str(journal.manifest.get("door") or journal.manifest["scenario"]))


def default_folder(company: Company[Any], source: Source, seed: int) -> Path:
    """A folder of its own for each run: the same command finds its run again."""
    same = {name: fact for name, fact in manifest(company, source, seed).items() if name != "door"}
    return Path("maieutic-runs") / f"{company.scenario.name}-{digest(same)[:8]}"


async def run(
    company: Company[Any],
    source: Source,
    folder: Path,
    *,
    n: int | None = None,
    seed: int = 0,
    concurrency: int = 64,
    origin: Journal | None = None,
    wait: bool = False,
    on_start: Callable[[], None] = lambda: None,
    on_status: Callable[[Status], None] = lambda status: None,
    on_episode: Callable[[Ledger, Episode], None] = lambda ledger, episode: None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> Ledger:
    """Play every task of `source` and keep the episodes in `folder`.

    Episodes that the folder has are not played again, but for those that broke down; turns that it has are not
    taken again. The first interrupt (Ctrl-C) lets the episodes in flight finish, the second stops at once; both
    can be gone on from.

    Args:
        company: the scenario, made ready.
        source: the tasks. All are read, and any fault found, before the first turn.
        folder: the run folder; made where it is missing.
        n: number of tasks; None takes all of a file.
        seed: of the run; each episode's seed is drawn from it, its place and its task.
        concurrency: episodes in flight.
        origin: an earlier run of the same tasks; its turns are used again up to the first that differs.
        wait: whether to stay while people are asked, rather than end when all other episodes have.
        on_start: called once before the first turn, when the folder is known to be this run's.
        on_status: called every half second and at the end, with what `status.json` holds.
        on_episode: called after each episode.
        on_interrupt: called at the first interrupt.

    Raises:
        InputError: a task that cannot be used; nothing has been played.
        RunError: the folder cannot be used.
        ScenarioError: the scenario drew a record that contradicts its episode.
    """
    asked = 0
    for task in source.tasks(n):
        company.accepts(task)
        asked += 1
        if asked % 256 == 0:
            await asyncio.sleep(0)  # a long file can be interrupted too
    wanted = manifest(company, source, seed)
    for key in ("scenario", "seed", "tasks") if origin is not None else ():
        if origin is not None and origin.manifest.get(key) != wanted[key]:
            raise RunError(
                f"{origin.folder}: its {key} is {origin.manifest.get(key)!r}, this run's {wanted[key]!r}: no turn of it "
                "could be used again; give the command of that run, with another cast or parameters"
            )
    with Journal(folder, wanted) as journal:
        ledger = Ledger(asked)
        kept = {
            place: stop for place, stop in journal.done().items() if stop is not Stop.FAILED and place < asked
        }
        for stop in kept.values():
            ledger.count(stop)
        ledger.found = len(kept)
        draining = asyncio.Event()
        fresh = ((place, task) for place, task in enumerate(source.tasks(n)) if place not in kept)
        inbox = Inbox(folder)
        company, people = seated(company, inbox)
        agenda = Agenda(fresh, draining, inbox if people else None, wait)
        agenda.begin(asked, set(kept))
        ledger.waiting = len(agenda.waiting)
        on_start()
        pace = Pace(ledger, company.scenario.name, partial(figures_of, company.cast))
        works = (
            _work(company, agenda, journal, ledger, seed, origin, draining, on_episode)
            for _ in range(concurrency)
        )
        try:
            async with reported(pace, folder, draining, on_status), asyncio.TaskGroup() as group:
                workers = [
                    group.create_task(one)
                    for one in islice(works, max(1, min(concurrency, asked - len(kept))))
                ]
                with _interrupts(draining, workers, on_interrupt), _rarer_collections():
                    await asyncio.wait(workers)
        except* MaieuticError as errors:
            raise errors.exceptions[0] from None
    return ledger


async def _work(
    company: Company[Any],
    agenda: Agenda,
    journal: Journal,
    ledger: Ledger,
    seed: int,
    origin: Journal | None,
    draining: asyncio.Event,
    on_episode: Callable[[Ledger, Episode], None],
) -> None:
    while (entry := await agenda.next()) is not None:
        ledger.waiting = len(agenda.waiting)
        place, task = entry
        log = _Counted(journal.log(place, () if origin is None else origin.events(place)), ledger)
        ledger.playing += 1
        try:
            episode = await company.play(task, seed_of(seed, place, task.id), log)
        except StopRun as reason:
            ledger.stopped = str(reason)
            draining.set()
            return
        except Waiting as waiting:
            await agenda.park(place, task, waiting)
            ledger.waiting = len(agenda.waiting)
            continue
        finally:
            ledger.playing -= 1
        checked_records(company, episode)
        await log.inner.end(episode)
        await agenda.end(place)
        ledger.ended(episode, log.taken)
        on_episode(ledger, episode)


@dataclass
class _Counted:
    """The log of an episode whose turns are entered in the ledger as they are taken."""

    inner: EpisodeLog
    ledger: Ledger
    taken: int = 0

    def find(self, name: str) -> Event | None:
        return self.inner.find(name)

    async def keep(self, event: Event, seconds: float) -> None:
        await self.inner.keep(event, seconds)
        self.taken += 1
        self.ledger.took(event)


@contextmanager
def _rarer_collections() -> Iterator[None]:
    """While inside, garbage is collected less often: LangGraph makes many small objects that free themselves, and
    looking through them at the usual threshold takes a third of a run's time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _interrupts(
    draining: asyncio.Event, workers: list[asyncio.Task[None]], tell: Callable[[], None]
) -> Iterator[None]:
    """While inside, the first SIGINT or SIGTERM drains the workers and the second cancels them."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if draining.is_set():
            for worker in workers:
                worker.cancel()
        else:
            draining.set()
            tell()

    caught = []
    # on another thread, whoever is on the main one handles interrupts
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupt)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def checked_records(company: Company[Any], episode: Episode) -> list[Any]:
    """The records of an episode, each held against it.

    Raises:
        ScenarioError: a record contradicts its episode; the scenario is at fault.
    """
    records = [] if episode.stop in DROPPED else list(company.scenario.records(episode))
    for record in records:
        for fault in faults(record, episode):
            raise ScenarioError(
                f"{company.scenario.name} drew a {record.kind} record from episode {episode.id} that {fault}"
            )
    return records


def measure(company: Company[Any], journal: Journal) -> Measures:
    """The measures of all episodes of a run."""
    measures = Measures()
    for _, episode in journal.episodes():
        measures.add(episode, checked_records(company, episode), company.scenario.decisions(episode))
    return measures
