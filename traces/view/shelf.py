"""Shelf: the runs that a page shows, each with its journal, its index and how far it is.

Knows nothing of pages. One thread keeps the indices up to date while runs are going on; whoever asks reads.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from maieutic import Episode, Event, MaieuticError, RunError, Stop, Task, episode_id, seed_of
from maieutic.runs import Journal, Source, Status, read_status, scenario_of, waiting
from maieutic.runs.shown import Shown, shown
from maieutic.scenarios import Company, assemble
from maieutic.traces.view.index import Index, build
from maieutic.worlds import catalogue as worlds

_LOOK = 1.0  # seconds between two looks at journals


@dataclass
class OpenRun:
    """One run.

    Attributes:
        slug: its name in addresses.
        folder: the run folder.
        stamp: changes when there is something new to see.
        problem: what is wrong with its journal, None where nothing is.
    """

    slug: str
    folder: Path
    stamp: str = "0"
    problem: str | None = None
    _source: Journal | None = field(default=None, repr=False)
    _building: Iterator[int] | None = field(default=None, repr=False)
    _seen: tuple[int, ...] = ()

    @cached_property
    def index(self) -> Index:
        """Its index."""
        return Index(self.folder)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What makes the run."""
        with self.journal() as journal:
            return journal.manifest

    @cached_property
    def company(self) -> Company[Any] | None:
        """Its scenario with its parameters; None where it is not installed or has changed."""
        try:
            with self.journal() as journal:
                return assemble(scenario_of(journal), parameters=self.manifest["parameters"])
        except MaieuticError:
            return None

    @property
    def sound(self) -> bool:
        """Whether it can be shown; `problem` says why not."""
        try:
            self.index.count()
            return bool(self.manifest)
        except (MaieuticError, sqlite3.Error, OSError) as error:
            self.problem = f"it cannot be read: {error}"
            return False

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The journal, opened for one thing to do."""
        with Journal(self.folder) as journal:
            yield journal

    def in_flight(self, most: int = 100) -> list[int]:
        """Up to `most` places that have turns but no ended episode."""
        with self.journal() as journal:
            return sorted(journal.begun())[:most]

    @property
    def status(self) -> Status | None:
        """How it stands, by its own account; None where it gives none."""
        try:
            return read_status(self.folder)
        except RunError:
            return None

    def episode(self, name: str) -> tuple[int, Episode, bool]:
        """Place, episode, and whether it has ended; one that is being played has the turns taken so far.

        Raises:
            RunError: no such episode.
        """
        with self.journal() as journal:
            try:
                episode = journal.find(name)
            except RunError:
                if not (name.isdecimal() and len(name) < 12):
                    raise
                place = int(name)
                events = journal.events(place)
                asked = () if events else waiting(self.folder)
                begun = (
                    events[0].parent if events else next((t.episode for t in asked if t.place == place), None)
                )
                if begun is None:
                    raise
                return place, self._unfinished(place, begun, events), False
            found = int(name) if name.isdecimal() and len(name) < 12 else journal.place(episode.id)
            assert found is not None  # it was found a moment ago
            return found, episode, True

    def _unfinished(self, place: int, first: str, events: Sequence[Event]) -> Episode:
        """What there is of an episode that has not ended. Its task is made or read again where that can be done."""
        task, seed = Task(id=f"task {place}", world="", fields={}), 0
        for guess in _tasks(str(self.manifest.get("tasks")), place, self.company):
            drawn = seed_of(self.manifest["seed"], place, guess.id)
            if episode_id(self.manifest["scenario"], self.manifest["parameters"], guess, drawn) == first:
                task, seed = guess, drawn
        return Episode(
            id=first,
            scenario=self.manifest["scenario"],
            parameters=self.manifest["parameters"],
            task=task,
            cast=self.manifest["cast"],
            seed=seed,
            events=tuple(events),
            stop=Stop.INVALID,
        )

    @cached_property
    def shown(self) -> Any:
        """Episode id -> what its players were shown; the last few are remembered."""

        @lru_cache(maxsize=4)
        def look(name: str) -> Shown:
            if self.company is None:
                return Shown(problem=f"the scenario {self.manifest['scenario']!r} is not installed here")
            with self.journal() as journal:
                return asyncio.run(shown(self.company.scenario, journal.find(name)))

        return look

    def refresh(self) -> bool:
        """Enter the next few new episodes into the index; whether there were any."""
        try:
            if not self.index.file.exists():  # somebody threw it away: it is made again
                self._seen, self._building = (), None
            if self._source is None:
                self._source = Journal(self.folder)
            if self._building is None:
                people = self.folder / "humans.db"
                written = self._source.version(), people.stat().st_mtime_ns if people.exists() else 0
                if written == self._seen:
                    return False
                self._seen = written
                self._building = build(self.index, self._source, self.company, chunk=50, rest=0.5)
            done = next(self._building, 0)
        except (MaieuticError, sqlite3.Error, OSError) as error:
            self._building, self.problem = None, f"the index is not kept up to date: {error}"
            return False
        self.problem = None
        self._building = self._building if done else None
        self.stamp = ".".join(map(str, (sum(self._seen), *self.index.count())))
        return bool(done)

    def close(self) -> None:
        """Let go of the journal."""
        if self._source is not None:
            self._source.close()
            self._source = None


def _tasks(source: str, place: int, company: Company[Any] | None) -> Iterator[Task]:
    """The task of a place, made or read again, where the source of the run can be used."""
    name, _, seed = source.rpartition(", seed ")
    file, _, other = source.partition(" joined with ")
    try:
        if name and seed.lstrip("-").isdecimal():
            yield worlds.load(name).generate(int(seed), place)
        elif company is not None and Path(file).exists():
            needs = company.scenario.needs(company.parameters)
            found = Source(company.world, Path(file), Path(other) if other else None, needs=needs)
            yield from islice(found.tasks(), place, place + 1)
    except (MaieuticError, OSError):
        return


class Shelf:
    """All runs of a page.

    Args:
        paths: run folders, or folders that hold run folders.

    Raises:
        RunError: a path is no run and holds none.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = list(paths)
        self._runs: dict[Path, OpenRun] = {}
        self._marks: dict[Path, tuple[int, int]] = {}  # which run it is that a folder holds
        self._gone: list[OpenRun] = []
        self._lock = threading.Lock()
        self._looked = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        for path in self.paths:
            if not _run_folders(path):
                raise RunError(
                    f"{path}: no run there (no run.json), nor in the folders in it; see `maieutic run --help`"
                )
        self.runs()

    def runs(self) -> dict[str, OpenRun]:
        """The runs by slug: new ones included, without those that were deleted."""
        with self._lock:
            if time.monotonic() - self._looked > _LOOK:
                self._look()
                self._looked = time.monotonic()
            return {run.slug: run for run in self._runs.values()}

    def _look(self) -> None:
        marks = {
            folder: mark
            for path in self.paths
            for folder in _run_folders(path)
            if (mark := _mark(folder)) is not None
        }
        for folder in [one for one in self._runs if marks.get(one) != self._marks[one]]:
            self._gone.append(self._runs.pop(folder))
        for folder in marks:
            if folder not in self._runs:
                taken = {run.slug for run in self._runs.values()}
                self._runs[folder] = OpenRun(_slug(folder, taken), folder)
        self._marks = marks

    def readable(self) -> dict[str, OpenRun]:
        """Those of the runs that can be shown."""
        return {slug: run for slug, run in self.runs().items() if run.sound}

    def run(self, slug: str) -> OpenRun:
        """The run of that slug.

        Raises:
            RunError: there is none.
        """
        found = self.runs().get(slug)
        if found is None:
            raise RunError(f"no run {slug!r} is open here, or not any more")
        return found

    def start(self) -> None:
        """Keep the indices up to date until `close`."""
        self._thread = threading.Thread(target=self._work, name="index", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._stop.is_set():
            busy = [run.refresh() for run in list(self.runs().values()) if not self._stop.is_set()]
            while self._gone:  # closed where they were opened: in this thread
                self._gone.pop().close()
            if not any(busy):
                self._stop.wait(_LOOK)
        for run in (*self._runs.values(), *self._gone):
            run.close()

    def close(self) -> None:
        """Stop keeping the indices."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()


def _run_folders(path: Path) -> list[Path]:
    if (path / "run.json").exists():
        return [path]
    return sorted(file.parent for file in path.glob("*/run.json"))


def _mark(folder: Path) -> tuple[int, int] | None:
    """What tells a run from another one that was made in its place; None where it has just been deleted."""
    try:
        found = (folder / "run.json").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _slug(folder: Path, taken: set[str]) -> str:
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "run"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
