"""Run: many episodes, side by side, kept as they finish, gone on with after a kill.

Knows nothing of the terminal. A worker that has finished one episode takes the next task at once; there is no
batch, and no episode waits for another.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from maieutic import (
    Episode,
    InputError,
    MaieuticError,
    RunError,
    Stop,
    StopRun,
    Task,
    __version__,
    digest,
    seed_of,
)
from maieutic.agents.models.engines import Engines
from maieutic.runs.agenda import Agenda
from maieutic.runs.crew import Crew
from maieutic.runs.inbox import Inbox, seated
from maieutic.runs.journal import EpisodeLog, Journal
from maieutic.runs.ledger import Ledger
from maieutic.runs.measures import Measures
from maieutic.runs.playing import Ended, checked_records, play_one, rarer_collections
from maieutic.runs.seal import Sealing
from maieutic.runs.status import Pace, Status, figures_of, reported
from maieutic.runs.tasks import Source
from maieutic.scenarios import Company, Scenario, Waiting, catalogue

SAMPLE = 64  # tasks of a world that are looked at before the first turn


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
    crew: Crew | Callable[[int], Crew | None] | None = None,
    at: str | None = None,
    origin: Journal | None = None,
    wait: bool = False,
    engines: Engines | None = None,
    config: Mapping[str, Any] | None = None,
    on_start: Callable[[], None] = lambda: None,
    on_status: Callable[[Status], None] = lambda status: None,
    on_episode: Callable[[Ledger, Episode], None] | None = None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> Ledger:
    """Play every task of `source` and keep the episodes in `folder`.

    Episodes that the folder has are not played again, but for those that broke down; turns that it has are not
    taken again, and what was begun is finished first, the deepest episodes before the others. The first interrupt
    (Ctrl-C) lets the episodes in flight finish, the second stops at once; both can be gone on from.

    Args:
        company: the scenario, made ready.
        source: the tasks. All records of a file are read, and any fault found, before the first turn.
        folder: the run folder; made where it is missing.
        n: number of tasks; None takes all of a file.
        seed: of the run; each episode's seed is drawn from it, its place and its task.
        concurrency: episodes in flight; those of a crew say so themselves.
        crew: workers to play with, whose company is the same, or which of them for that many tasks; None plays in this
            process.
        at: address of a PostgreSQL database that holds the journal, in place of a file in the folder.
        origin: an earlier run of the same tasks; its turns are used again up to the first that differs.
        wait: whether to stay while people are asked, rather than end when all other episodes have.
        engines: of the company's models; what they answer and cost is kept in the folder, and they are closed at the end.
        config: LangChain's `RunnableConfig`: callbacks, tags and metadata that reach every node and every call of a chat
            model; not with a crew, whose processes it could not reach.
        on_start: called once before the first turn, when the folder is known to be this run's.
        on_status: called every half second and at the end, with what `status.json` holds.
        on_episode: called after each episode.
        on_interrupt: called at the first interrupt.

    Raises:
        InputError: a task that cannot be used or is not what it was when the run began, or callbacks for a crew;
            nothing has been played.
        RunError: the folder cannot be used, or no workers can be had.
        ScenarioError: the scenario drew a record that contradicts its episode.
    """
    if isinstance(crew, Crew) and config is not None:
        raise InputError(
            "callbacks do not reach other processes",
            key="config",
            remedy="play with one process, or without them",
        )
    sealing = None if source.file is None else Sealing(folder)
    asked = await _checked(company, source, n, sealing)
    if crew is not None and not isinstance(crew, Crew):
        crew = crew(asked) if config is None else None  # callbacks are for this process
    wanted = manifest(company, source, seed)
    for key in ("scenario", "seed", "tasks") if origin is not None else ():
        if origin is not None and origin.manifest.get(key) != wanted[key]:
            raise RunError(
                f"{origin.folder}: its {key} is {origin.manifest.get(key)!r}, this run's {wanted[key]!r}: no turn of it "
                "could be used again; give the command of that run, with another cast or parameters"
            )
    async with AsyncExitStack() as stack:
        # a fresh run has work, and a model that is not there leaves no folder; each worker loads its own
        fresh = not (folder / "run.json").exists()
        elsewhere = crew is not None and engines is not None and bool(engines.in_process)
        if engines is not None and fresh and not elsewhere:
            stack.push_async_callback(engines.close)
            await engines.start()
        journal = stack.enter_context(Journal(folder, wanted, at=at))
        if sealing is not None:
            sealing.settle(journal, str(source.file), source.tasks)
        ledger = Ledger(asked)
        over = bytearray(asked)  # by place: whether its episode has ended
        broken = set()  # places of the episodes that broke down, and are played again
        for place, stop in journal.stops():
            if stop is Stop.FAILED:
                broken.add(place)
            elif place < asked:
                over[place] = True
                ledger.count(stop)
        ledger.found = ledger.over
        begun = [place for place in journal.begun() if place < asked]
        known = broken.union(begun)  # places of which the journal has turns, though no episode that stands
        draining = asyncio.Event()
        inbox = Inbox(folder)
        company, people = seated(company, inbox)
        agenda = Agenda(source.entries(n, begun, over), draining, inbox if people else None, wait)
        agenda.begin(over)
        ledger.waiting = len(agenda.waiting)
        if engines is not None:
            idle = fresh or elsewhere or not ledger.missing
            await stack.enter_async_context(engines.at_work(folder, idle=idle))
        on_start()
        pace = Pace(ledger, company.scenario.name, partial(figures_of, company.cast))

        def log_of(place: int, again: bool = False) -> EpisodeLog:
            fresh = not (again or people or place in known)
            return journal.log(place, () if origin is None else origin.events(place), fresh=fresh)

        async def here(place: int, made: Callable[[], Task]) -> tuple[Ended, int]:
            log, task = log_of(place), made()
            episode = await play_one(company, task, seed_of(seed, place, task.id), log, ledger.took, config)
            return Ended(episode.stop, episode.failure, len(episode.events)), log.taken

        async def there(place: int, made: Callable[[], Task]) -> tuple[Ended, int]:
            assert isinstance(crew, Crew)
            answers = partial(inbox.answers, place) if people else tuple
            return await crew.play(place, made, partial(log_of, place), answers)

        async def settle() -> None:
            # stopped at once: what was on its way to the journal is there, though nobody has waited for it
            await journal.settled()
            for place, stop in journal.stops():
                if place < asked and not over[place] and not (stop is Stop.FAILED and place in broken):
                    ledger.count(stop)

        ended = None if on_episode is None else partial(_told, on_episode, ledger, journal)
        works = (
            _work(here if crew is None else there, agenda, ledger, over, draining, ended)
            for _ in range(concurrency if crew is None else crew.slots)
        )
        try:
            async with reported(pace, folder, draining, on_status):
                async with AsyncExitStack() as playing, asyncio.TaskGroup() as group:
                    if crew is not None and ledger.over < asked:
                        await playing.enter_async_context(crew)
                        crew.begin(journal.write, wanted, source.generated, ledger.spent)
                    workers = [group.create_task(one) for one in islice(works, max(1, asked - ledger.over))]
                    with _interrupts(draining, workers, on_interrupt), rarer_collections():
                        await asyncio.wait(workers)
                if any(worker.cancelled() for worker in workers):
                    await settle()
        except* MaieuticError as errors:
            raise errors.exceptions[0] from None
    return ledger


async def _checked(company: Company[Any], source: Source, n: int | None, sealing: Sealing | None) -> int:
    """The number of tasks, when all are known to be usable. A world's are alike: the first ones tell."""
    asked = 0
    for task in source.tasks(n if source.file is not None or n is None else min(n, SAMPLE)):
        company.accepts(task)
        if sealing is not None:
            sealing.add(task)
        asked += 1
        if asked % 256 == 0:
            await asyncio.sleep(0)  # a long file can be interrupted too
    return asked if source.file is not None or n is None else n


async def _work(
    play: Callable[[int, Callable[[], Task]], Awaitable[tuple[Ended, int]]],
    agenda: Agenda,
    ledger: Ledger,
    over: bytearray,
    draining: asyncio.Event,
    on_episode: Callable[[int], None] | None,
) -> None:
    while (entry := await agenda.next()) is not None:
        ledger.waiting = len(agenda.waiting)
        place = entry[0]
        ledger.playing += 1
        try:
            ended, taken = await play(*entry)
        except StopRun as reason:
            ledger.stopped = str(reason)
            draining.set()
            return
        except Waiting as waiting:
            await agenda.park(entry, waiting)
            ledger.waiting = len(agenda.waiting)
            continue
        finally:
            ledger.playing -= 1
        await agenda.end(place)
        over[place] = True
        ledger.ended(*ended, taken)
        if on_episode is not None:
            on_episode(place)


def _told(tell: Callable[[Ledger, Episode], None], ledger: Ledger, journal: Journal, place: int) -> None:
    tell(ledger, journal.find(str(place)))


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


def measure(company: Company[Any], journal: Journal) -> Measures:
    """The measures of all episodes of a run."""
    measures = Measures()
    for _, episode in journal.episodes():
        measures.add(episode, checked_records(company, episode), company.scenario.decisions(episode))
    return measures
