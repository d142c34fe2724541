"""Journal: every turn of a run on disk before anything depends on it, in one SQLite file with a write-ahead log.

Knows nothing of scenarios. One writer gathers what all episodes in flight have to say and makes it durable in
one commit; a turn returns to its episode when its commit has. Nothing is written twice: the row of an episode
holds what its turns do not.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from maieutic import Episode, Event, RunError, Stop, canonical

VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS turns (
    place INTEGER NOT NULL,  -- index of the task in the run
    number INTEGER NOT NULL,  -- order in which the turns of the episode were kept
    payload BLOB NOT NULL,  -- the event
    ended INTEGER NOT NULL,  -- milliseconds since 1970
    took INTEGER NOT NULL,  -- microseconds
    PRIMARY KEY (place, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS episodes (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    stop TEXT NOT NULL,
    payload BLOB NOT NULL  -- the episode; in place of its events, their numbers in order
) STRICT;
"""
# What most payloads have in common; a compressor that knows it makes small rows small. Part of the format.
_COMMON = (
    b'"thoughts":"","reason":"","verdict":true,"leaks":false,"understood":true,"answer":"","memory":{},"text":""'
    b'{"id":"","parent":"","role":"verifier.turn","index":0,"seat":"student","agent":"simulated-teacher","key":"",'
    b'"answer":{"text":""},"private":{},"memory":null,"usage":{"prompt_tokens":0,"completion_tokens":0,"calls":0},'
    b'"invalid":null,"raw":null}'
)


def pack(data: bytes) -> bytes:
    """Bytes of JSON, compressed; `unpack` undoes it."""
    press = zlib.compressobj(3, zlib.DEFLATED, -15, zdict=_COMMON)
    return press.compress(data) + press.flush()


def unpack(data: bytes) -> bytes:
    """What was packed.

    Raises:
        zlib.error: the bytes are damaged.
    """
    press = zlib.decompressobj(-15, zdict=_COMMON)
    return press.decompress(data) + press.flush()


Line = tuple[str, tuple[Any, ...]]  # a statement and its values


class Journal:
    """The journal of one run folder.

    Args:
        folder: the run folder.
        manifest: what makes two runs the same (scenario, parameters, cast, seed, tasks). None opens an existing
            run for reading, also while it is running; anything else opens it for writing, alone.

    Raises:
        RunError: no run there (reading), another process writes there, the folder belongs to another run, it
            cannot be written, or it is damaged; the message names the remedy.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: list[tuple[Sequence[Line], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        try:
            if manifest is None:
                self._read_only()
            else:
                self._alone(manifest)
        except BaseException:
            self.close()
            raise

    def _read_only(self) -> None:
        file = self.folder / "run.json"
        if not file.exists():
            raise RunError(f"{self.folder}: no run there (no run.json); see `maieutic run --help`")
        self.manifest: dict[str, Any] = self._load(file)
        self._open("ro")

    def _alone(self, manifest: dict[str, Any]) -> None:
        file = self.folder / "run.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._claim()
            self.manifest = self._settle(file, {"version": VERSION, **manifest})
        except OSError as error:
            raise RunError(
                f"{self.folder}: {error.strerror or error}; give an --out that can be written"
            ) from None
        self._open("rwc")
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
        except sqlite3.Error as error:
            raise self._broken(error) from None
        self._thread = ThreadPoolExecutor(1, "journal")

    def _open(self, mode: str) -> None:
        uri = f"{(self.folder / 'journal.db').resolve().as_uri()}?mode={mode}"
        try:
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._broken(error) from None

    def _broken(self, error: sqlite3.Error) -> RunError:
        return RunError(f"{self.folder / 'journal.db'}: {error}; restore it, or use another --out")

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
        if not isinstance(found, dict) or found.get("version") != VERSION:
            version = found.get("version") if isinstance(found, dict) else None
            raise RunError(
                f"{self.folder}: written in format {version!r}, this maieutic reads {VERSION}; "
                "use the maieutic that wrote it"
            )
        return found

    def _settle(self, file: Path, manifest: dict[str, Any]) -> dict[str, Any]:
        if not file.exists():
            draft = file.with_suffix(".tmp")
            with open(draft, "w", encoding="utf-8") as out:
                json.dump(manifest, out, indent=1, sort_keys=True, ensure_ascii=False)
                out.flush()
                os.fsync(out.fileno())
            os.replace(draft, file)
            return manifest
        found = self._load(file)
        for key in sorted(manifest.keys() | found.keys()):
            if key != "door" and manifest.get(key) != found.get(key):  # a moved file is the same scenario
                raise RunError(
                    f"{self.folder}: holds another run: {key} was {found.get(key)!r:.80}, now "
                    f"{manifest.get(key)!r:.80}; give another --out, or the same command to go on"
                )
        return found

    # writing

    async def write(self, lines: Sequence[Line]) -> None:
        """Have rows written in one commit; returns when they are durable.

        Raises:
            RunError: the disk is full, or the file cannot be written.
        """
        loop = asyncio.get_running_loop()
        safe: asyncio.Future[None] = loop.create_future()
        self._waiting.append((lines, safe))
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._drain())
        await safe

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(0)  # whoever is ready to write in this round joins the commit
            batch, self._waiting = self._waiting, []
            problem = None
            try:
                await loop.run_in_executor(
                    self._thread, self._commit, [line for lines, _ in batch for line in lines]
                )
            except sqlite3.Error as error:
                problem = RunError(
                    f"{self.folder}: cannot be written ({error}); free some space and give the same command again"
                )
            for _, safe in batch:
                if safe.done():
                    continue  # whoever waited was cancelled
                if problem is None:
                    safe.set_result(None)
                else:
                    safe.set_exception(problem)

    def _commit(self, lines: Sequence[Line]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for query, values in lines:
                self._db.execute(query, values)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def log(self, place: int, borrowed: Iterable[Event] = ()) -> EpisodeLog:
        """Where the episode of task `place` keeps its turns, with those that it has kept before.

        Args:
            place: index of the task.
            borrowed: turns of another run, found where this one has none; written here when the episode ends.
        """
        kept = self._turns(place)
        known = {event.id: event for event in borrowed}
        known |= {event.id: event for event in kept.values()}
        numbers = {event.id: number for number, event in kept.items()}
        return EpisodeLog(self, place, known, numbers, next=max(kept, default=-1) + 1)

    def events(self, place: int) -> list[Event]:
        """The turns kept for task `place`, ended or not, in the order in which they were kept."""
        return list(self._turns(place).values())

    def _turns(self, place: int) -> dict[int, Event]:
        rows = self._read("SELECT number, payload FROM turns WHERE place = ? ORDER BY number", place)
        return {number: self._event(payload) for number, payload in rows}

    # reading

    def done(self) -> dict[int, Stop]:
        """Place -> stop reason of each episode that has ended."""
        return {place: Stop(stop) for place, stop in self._read("SELECT place, stop FROM episodes")}

    def turns(self) -> int:
        """Turns kept so far."""
        ((count,),) = self._read("SELECT count(*) FROM turns")
        return int(count)

    def episodes(self) -> Iterator[tuple[int, Episode]]:
        """All ended episodes, in the order of their tasks, one in memory at a time."""
        for place, payload in self._read("SELECT place, payload FROM episodes ORDER BY place"):
            yield place, self._episode(place, payload)

    def find(self, name: str) -> Episode:
        """The episode whose place is `name`, or whose id begins with it.

        Raises:
            RunError: none, or several.
        """
        by_place = "SELECT place, payload FROM episodes WHERE place = ?"
        by_id = "SELECT place, payload FROM episodes WHERE substr(id, 1, ?) = ? LIMIT 2"
        if name.isdecimal() and len(name) < 12:  # a dozen digits may begin an id, fewer are a place
            found = list(self._read(by_place, int(name)))
        else:
            found = list(self._read(by_id, len(name), name))
        if len(found) != 1:
            what = "no episode" if not found else "several episodes"
            ((last,),) = self._read("SELECT max(place) FROM episodes")
            known = "none, the run has just begun" if last is None else f"0 to {last}"
            raise RunError(
                f"{self.folder}: {what} {name!r}; give a place ({known}) or the beginning of an id"
            )
        return self._episode(*found[0])

    def _episode(self, place: int, payload: bytes) -> Episode:
        try:
            facts = json.loads(unpack(payload))
            turns = self._turns(place)
            facts["events"] = [turns[number] for number in facts["events"]]
            return Episode.model_validate(facts)
        except (zlib.error, ValueError, KeyError, TypeError) as error:
            raise self._damaged(place, error) from None

    def _event(self, payload: bytes) -> Event:
        try:
            return Event.model_validate_json(unpack(payload))
        except (zlib.error, ValueError) as error:
            raise self._damaged(None, error) from None

    def _damaged(self, place: int | None, error: Exception) -> RunError:
        what = "a turn" if place is None else f"episode {place}"
        return RunError(
            f"{self.folder}: {what} is damaged ({str(error).splitlines()[0]}); restore the journal"
        )

    def _read(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(query, values)
        except sqlite3.Error as error:
            raise self._broken(error) from None

    def close(self) -> None:
        """Let go of the folder. What was awaited is durable; what was not is written if it can be."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None
        if hasattr(self, "_db"):
            self._db.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class EpisodeLog:
    """The turns of one episode in a journal; what a graph's seats keep and find (`maieutic.graphs.Log`)."""

    journal: Journal
    place: int
    known: dict[str, Event]
    numbers: dict[str, int]  # of the turns that stand in this journal
    next: int
    taken: int = 0  # turns that were not found, but taken

    def find(self, name: str) -> Event | None:
        """The event of that id that was kept before, if there is one."""
        return self.known.get(name)

    async def keep(self, event: Event, seconds: float) -> None:
        """Keep a new event; returns when it is durable. One that was kept before under its id stays in the file."""
        self.taken += 1
        await self.journal.write([self._line(event, seconds)])

    async def end(self, episode: Episode) -> None:
        """Keep the ended episode; returns when it is durable."""
        lines = [self._line(event, 0.0) for event in episode.events if event.id not in self.numbers]
        facts = episode.model_dump(mode="json", exclude={"events"})
        facts["events"] = [self.numbers[event.id] for event in episode.events]
        row = (self.place, episode.id, episode.stop.value, pack(canonical(facts)))
        await self.journal.write([*lines, ("INSERT OR REPLACE INTO episodes VALUES (?, ?, ?, ?)", row)])

    def _line(self, event: Event, seconds: float) -> Line:
        number, self.next = self.next, self.next + 1
        self.numbers[event.id] = number
        payload = pack(event.model_dump_json().encode())
        row = (self.place, number, payload, time.time_ns() // 1_000_000, round(seconds * 1e6))
        return "INSERT INTO turns VALUES (?, ?, ?, ?, ?)", row
