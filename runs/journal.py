"""Journal: every turn of a run on disk before anything depends on it.

Knows nothing of scenarios, and not which kind of store holds the rows. One writer gathers what all episodes in flight
have to say and makes it durable in one commit; a turn returns to its episode when its commit has. Nothing is written
twice: the row of an episode holds what its turns do not.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import math
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from maieutic import Episode, Event, RunError, Stop
from maieutic.runs.postgres import Postgres, without_password
from maieutic.runs.rows import (
    VERSION,
    EpisodeRow,
    Store,
    TurnRow,
    episode_of,
    episode_row,
    event_of,
    id_of,
    turn_row,
)
from maieutic.runs.sqlite import SQLite

Write = Callable[[Sequence[TurnRow], Sequence[EpisodeRow]], Awaitable[None]]


class Group:
    """Commits rows in groups: while one commit is under way, the next one gathers.

    Args:
        commit: keeps rows, and returns when they are durable.
        pause: seconds from the beginning of one commit to that of the next, at least, unless everybody waits.
        writers: how many there are who may write.
    """

    def __init__(self, commit: Write, *, pause: float = 0.0, writers: Callable[[], int] = lambda: 0) -> None:
        self._commit, self._pause, self._writers = commit, pause, writers
        self._begun = -math.inf
        self._all = asyncio.Event()  # set while everybody waits
        self._turns: list[TurnRow] = []
        self._episodes: list[EpisodeRow] = []
        self._safe: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow] = ()) -> None:
        """Have rows kept in one commit; returns when they are durable.

        Raises:
            RunError: they could not be kept.
        """
        loop = asyncio.get_running_loop()
        safe: asyncio.Future[None] = loop.create_future()
        self._turns += turns
        self._episodes += episodes
        self._safe.append(safe)
        if self._pause and len(self._safe) >= self._writers():
            self._all.set()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        await safe

    async def _drain(self) -> None:
        while self._safe:
            await asyncio.sleep(0)  # whoever is ready to write in this round joins the commit
            if self._pause:
                await self._gather()
            turns, episodes, waiting = self._turns, self._episodes, self._safe
            self._turns, self._episodes, self._safe = [], [], []
            problem = None
            try:
                await self._commit(turns, episodes)
            except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
                problem = error
            for safe in waiting:
                if safe.done():
                    continue  # whoever waited was cancelled
                if problem is None:
                    safe.set_result(None)
                else:
                    safe.set_exception(problem)

    async def settled(self) -> None:
        """Return when all that was written is durable, or cannot be kept; whoever waited for it may be gone."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _gather(self) -> None:
        loop = asyncio.get_running_loop()
        if (left := self._begun + self._pause - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all.wait(), left)
        self._all.clear()
        self._begun = loop.time()


class Journal:
    """The journal of one run.

    Args:
        folder: the run folder.
        manifest: what makes two runs the same (scenario, parameters, cast, seed, tasks). None opens an existing
            run for reading, also while it is running; anything else opens it for writing, alone.
        at: address of a PostgreSQL database that holds the rows, in place of a file in the folder.

    Raises:
        RunError: no run there (reading), another process writes there, the folder belongs to another run, it
            cannot be written, or it is damaged; the message names the remedy.
    """

    def __init__(
        self, folder: Path, manifest: dict[str, Any] | None = None, *, at: str | None = None
    ) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._store: Store | None = None
        self._group = Group(self._commit)
        try:
            if manifest is None:
                self._read_only()
            else:
                self._alone(manifest, at)
        except BaseException:
            self.close()
            raise

    def _read_only(self) -> None:
        file = self.folder / "run.json"
        if not file.exists():
            raise RunError(f"{self.folder}: no run there (no run.json); see `maieutic run --help`")
        self.manifest: dict[str, Any] = self._load(file)
        self._store = self._opened(write=False)

    def _alone(self, manifest: dict[str, Any], at: str | None) -> None:
        if at is not None and not at.startswith(("postgresql://", "postgres://")):
            raise RunError(f"{at!r} is no address of a database; write postgresql://USER@HOST:PORT/DATABASE")
        file = self.folder / "run.json"
        wanted = {"version": VERSION, **manifest} | ({} if at is None else {"journal": without_password(at)})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._claim()
            self.manifest = self._settle(file, wanted)
        except OSError as error:
            raise RunError(
                f"{self.folder}: {error.strerror or error}; give an --out that can be written"
            ) from None
        self._store = self._opened(write=True, at=at)
        self._thread = ThreadPoolExecutor(1, "journal")

    def _opened(self, *, write: bool, at: str | None = None) -> Store:
        if (known := self.manifest.get("journal")) is not None:
            return Postgres(at or str(known), self.manifest, write=write)
        return SQLite(self.folder / "journal.db", write=write)

    def _claim(self) -> None:
        lock = open(self.folder / "lock", "w", encoding="utf-8")  # noqa: SIM115 - held as long as the journal
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise RunError(
                f"{self.folder}: another process is running there; wait for it, or give another --out"
            ) from None
        self._lock = lock

    def _load(self, file: Path) -> dict[str, Any]:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise RunError(
                f"{file}: damaged ({error.msg} at line {error.lineno}); restore it, or use another --out"
            ) from None
        version = found.get("version") if isinstance(found, dict) else None
        if not isinstance(version, int) or not 1 <= version <= VERSION:
            raise RunError(
                f"{self.folder}: written in format {version!r}, this maieutic reads 1 to {VERSION}; "
                "use the maieutic that wrote it"
            )
        return dict(found)

    def _settle(self, file: Path, manifest: dict[str, Any]) -> dict[str, Any]:
        if file.exists():
            found = self._load(file)
            for key in sorted((manifest.keys() | found.keys()) - {"door", "version"}):
                if manifest.get(key) != found.get(key):  # a moved file is the same scenario
                    raise RunError(
                        f"{self.folder}: holds another run: {key} was {found.get(key)!r:.80}, now "
                        f"{manifest.get(key)!r:.80}; give another --out, or the same command to go on"
                    )
            if found["version"] == VERSION:
                return found
        draft = file.with_suffix(".tmp")
        with open(draft, "w", encoding="utf-8") as out:
            json.dump(manifest, out, indent=1, sort_keys=True, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
        return manifest

    # writing

    async def write(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow] = ()) -> None:
        """Have rows kept in one commit; returns when they are durable.

        Raises:
            RunError: the disk is full, or the store cannot be written.
        """
        await self._group.write(turns, episodes)

    async def settled(self) -> None:
        """Return when all that was written is durable, or cannot be kept."""
        await self._group.settled()

    async def _commit(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._rows.commit, turns, episodes)

    def log(self, place: int, borrowed: Iterable[Event] = (), *, fresh: bool = False) -> EpisodeLog:
        """Where the episode of task `place` keeps its turns, with those that it has kept before.

        Args:
            place: index of the task.
            borrowed: turns of another run, found where this one has none; written here when the episode ends.
            fresh: the task is known to have no turns here, and need not be looked up.
        """
        kept = {} if fresh else self._turns(place)
        known = {event.id: event for event in borrowed}
        known |= {event.id: event for event in kept.values()}
        numbers = {event.id: number for number, event in kept.items()}
        return EpisodeLog(self.write, place, known, numbers, next=max(kept, default=-1) + 1)

    # reading

    @property
    def _rows(self) -> Store:
        assert self._store is not None, "closed"
        return self._store

    def events(self, place: int) -> list[Event]:
        """The turns kept for task `place`, ended or not, in the order in which they were kept."""
        return list(self._turns(place).values())

    def _turns(self, place: int) -> dict[int, Event]:
        found = {}
        for row in self._rows.turns(place):
            try:
                found[row.number] = event_of(row)
            except ValueError as error:
                raise self._damaged(f"turn {row.number} of episode {place}", error) from None
        return found

    def done(self) -> dict[int, Stop]:
        """Place -> stop reason of each episode that has ended."""
        return dict(self.stops())

    def stops(self) -> Iterator[tuple[int, Stop]]:
        """Place and stop reason of each episode that has ended."""
        return ((place, Stop(stop)) for place, stop in self._rows.stops())

    def begun(self) -> list[int]:
        """Places of the tasks that have turns but no ended episode, the deepest first."""
        return [place for place, _ in self._rows.begun()]

    def turns(self) -> int:
        """Turns kept so far."""
        return self._rows.count()

    def episodes(self) -> Iterator[tuple[int, Episode]]:
        """All ended episodes, in the order of their tasks, few in memory at a time."""
        for row in self._rows.episodes():
            yield row.place, self._episode(row)

    def ended(self) -> int:
        """Episodes that have ended."""
        return self._rows.ended()

    def place(self, name: str) -> int | None:
        """The place of the ended episode with that id."""
        return next((row.place for row in self._rows.named(name) if row.id == name), None)

    def version(self) -> int:
        """A number that changes when another process has written something since this journal was opened."""
        return self._rows.version()

    def outline(self) -> Iterator[tuple[int, str, int]]:
        """Place, id and size on disk of each ended episode: enough to see which are new or have been played again."""
        yield from self._rows.outline()

    def some(self, places: Iterable[int]) -> Iterator[tuple[int, Episode]]:
        """The ended episodes of these places, one in memory at a time."""
        for place in places:
            for row in self._rows.at(place):
                yield place, self._episode(row)

    def times(self, place: int) -> dict[str, tuple[float, float]]:
        """When each turn of task `place` ended (seconds since 1970) and how long it took (seconds; 0 where it was
        not taken here but found in another run)."""
        found = {}
        for row in self._rows.turns(place):
            try:
                found[id_of(row)] = row.ended / 1e3, row.took / 1e6
            except ValueError as error:
                raise self._damaged(f"turn {row.number} of episode {place}", error) from None
        return found

    def find(self, name: str) -> Episode:
        """The episode whose place is `name`, or whose id begins with it.

        Raises:
            RunError: none, or several.
        """
        is_place = name.isdecimal() and len(name) < 12  # a dozen digits may begin an id, fewer are a place
        found = self._rows.at(int(name)) if is_place else self._rows.named(name)
        if len(found) != 1:
            what = "no episode" if not found else "several episodes"
            last = self._rows.last()
            known = "none, the run has just begun" if last is None else f"0 to {last}"
            raise RunError(
                f"{self.folder}: {what} {name!r}; give a place ({known}) or the beginning of an id"
            )
        return self._episode(found[0])

    def _episode(self, row: EpisodeRow) -> Episode:
        try:
            return episode_of(row, self._turns(row.place))
        except ValueError as error:
            raise self._damaged(f"episode {row.place}", error) from None

    def _damaged(self, what: str, error: Exception) -> RunError:
        return RunError(
            f"{self.folder}: {what} is damaged ({str(error).splitlines()[0]}); restore the journal"
        )

    def close(self) -> None:
        """Let go of the folder. What was awaited is durable; what was not is written if it can be."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class EpisodeLog:
    """The turns of one episode; what a graph's seats keep and find (`maieutic.graphs.Log`)."""

    write: Write
    place: int
    known: dict[str, Event] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)  # of the turns that stand in the journal
    next: int = 0
    taken: int = 0  # turns that were not found, but taken

    def find(self, name: str) -> Event | None:
        """The event of that id that was kept before, if there is one."""
        return self.known.get(name)

    async def keep(self, event: Event, seconds: float) -> None:
        """Keep a new event; returns when it is durable. One that was kept before under its id stays in the file."""
        self.taken += 1
        await self.write([self._row(event, seconds)], ())

    async def end(self, episode: Episode) -> None:
        """Keep the ended episode; returns when it is durable."""
        turns = [self._row(event, 0.0) for event in episode.events if event.id not in self.numbers]
        await self.write(turns, [episode_row(self.place, episode, self.numbers)])

    def _row(self, event: Event, seconds: float) -> TurnRow:
        number, self.next = self.next, self.next + 1
        self.numbers[event.id] = number
        return turn_row(self.place, number, event, time.time_ns() // 1_000_000, round(seconds * 1e6))
