"""SQLite: the rows of a journal in one embedded file with a write-ahead log.

Knows nothing of events. The file is written by one process at a time and read by any.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from maieutic import RunError
from maieutic.runs.rows import VERSION, EpisodeRow, TurnRow

_TABLES = """
CREATE TABLE turns (
    place INTEGER NOT NULL,  -- index of the task in the run
    number INTEGER NOT NULL,  -- order in which the turns of the episode were kept
    payload BLOB NOT NULL,  -- the event
    ended INTEGER NOT NULL,  -- milliseconds since 1970
    took INTEGER NOT NULL,  -- microseconds
    PRIMARY KEY (place, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE episodes (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    stop TEXT NOT NULL,
    payload BLOB NOT NULL  -- the episode, in place of its events their numbers in order
) STRICT;
"""
# From each version of the schema to the next. Version 1 is what `_TABLES` makes.
_MIGRATIONS = (
    """
    ALTER TABLE turns ADD COLUMN crc INTEGER;
    ALTER TABLE episodes ADD COLUMN crc INTEGER;
    CREATE INDEX episodes_by_id ON episodes (id);
    """,
)
assert len(_MIGRATIONS) == VERSION - 1
LOG = 64 << 20  # bytes to which the write-ahead log is cut back
WAIT = 30.0  # seconds for somebody who keeps a review meanwhile


class SQLite:
    """The rows of one file.

    Args:
        file: the file.
        write: whether to write; made, or brought to this version of the schema, where need be.

    Raises:
        RunError: it cannot be opened, or is of a later version.
    """

    def __init__(self, file: Path, *, write: bool) -> None:
        self._file = file
        uri = f"{file.resolve().as_uri()}?mode={'rwc' if write else 'ro'}"
        try:
            self._db = sqlite3.connect(
                uri, uri=True, isolation_level=None, check_same_thread=False, timeout=WAIT
            )
        except sqlite3.Error as error:
            raise self._broken(error) from None
        try:
            if write:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute(f"PRAGMA journal_size_limit = {LOG}")
                self._migrate()
            self._summed = self._version() >= 2
        except sqlite3.Error as error:
            self._db.close()
            raise self._broken(error) from None
        except BaseException:
            self._db.close()
            raise

    def _version(self) -> int:
        ((version,),) = self._db.execute("PRAGMA user_version").fetchall()
        if version > VERSION:
            raise RunError(
                f"{self._file}: written in format {version}, this maieutic reads up to {VERSION}; "
                "use the maieutic that wrote it"
            )
        if not version:  # version 1 did not say so
            known = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'turns'").fetchall()
            return 1 if known else 0
        return int(version)

    def _migrate(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        version = self._version()
        steps = [_TABLES, *_MIGRATIONS][version:]
        for step in steps:
            for statement in step.split(";"):
                if statement.strip():
                    self._db.execute(statement)
        if steps:
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")

    def _broken(self, error: sqlite3.Error) -> RunError:
        return RunError(f"{self._file}: {error}; restore it, or use another --out")

    def commit(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow]) -> None:
        """Keep rows in one transaction; durable on return."""
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany("INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?)", turns)
                db.executemany("INSERT OR REPLACE INTO episodes VALUES (?, ?, ?, ?, ?)", episodes)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise RunError(
                f"{self._file.parent}: cannot be written ({error}); free some space and give the same command again"
            ) from None

    def turns(self, place: int) -> list[TurnRow]:
        """The turns of one task, in order."""
        found = self._read(f"SELECT {self._turn} FROM turns WHERE place = ? ORDER BY number", place)
        return [TurnRow(*row) for row in found]

    def stops(self) -> Iterator[tuple[int, str]]:
        """Place and stop reason of each ended episode."""
        yield from self._read("SELECT place, stop FROM episodes")

    def begun(self) -> list[tuple[int, int]]:
        """Place and number of turns of each task that has turns but no ended episode, the most turns first."""
        ((last,),) = self._read("SELECT max(place) FROM turns")
        over = bytearray(0 if last is None else last + 1)
        for (place,) in self._read("SELECT place FROM episodes WHERE place <= ?", last):
            over[place] = True
        found = []
        for place in (
            place for place, ended in enumerate(over) if not ended
        ):  # few: tasks are begun in order
            ((deep,),) = self._read("SELECT count(*) FROM turns WHERE place = ?", place)
            found += [(place, deep)] if deep else []
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def episodes(self) -> Iterator[EpisodeRow]:
        """All ended episodes in the order of their places, few in memory at a time."""
        for row in self._read(f"SELECT {self._episode} FROM episodes ORDER BY place"):
            yield EpisodeRow(*row)

    def at(self, place: int) -> list[EpisodeRow]:
        """The episode of that place, if it has ended."""
        return [
            EpisodeRow(*row)
            for row in self._read(f"SELECT {self._episode} FROM episodes WHERE place = ?", place)
        ]

    def named(self, beginning: str) -> list[EpisodeRow]:
        """Up to two ended episodes whose id begins so."""
        query = f"SELECT {self._episode} FROM episodes WHERE id >= ? AND id < ? LIMIT 2"
        return [EpisodeRow(*row) for row in self._read(query, beginning, beginning + "\x7f")]

    def outline(self) -> Iterator[tuple[int, str, int]]:
        """Place, id and bytes of each ended episode."""
        yield from self._read("SELECT place, id, length(payload) FROM episodes")

    def ended(self) -> int:
        """Number of ended episodes."""
        ((count,),) = self._read("SELECT count(*) FROM episodes")
        return int(count)

    def version(self) -> int:
        """A number that changes when another process has committed something."""
        ((number,),) = self._read("PRAGMA data_version")
        return int(number)

    def last(self) -> int | None:
        """The highest place of an ended episode."""
        ((place,),) = self._read("SELECT max(place) FROM episodes")
        return None if place is None else int(place)

    def count(self) -> int:
        """Number of turns."""
        ((count,),) = self._read("SELECT count(*) FROM turns")
        return int(count)

    @property
    def _turn(self) -> str:
        return f"place, number, payload, ended, took, {'crc' if self._summed else 'NULL'}"

    @property
    def _episode(self) -> str:
        return f"place, id, stop, payload, {'crc' if self._summed else 'NULL'}"

    def _read(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            rows = self._db.execute(query, values)
            for row in rows:  # noqa: UP028 - `yield from` closes the rows of whoever stops early, when the file is closed
                yield row
        except sqlite3.Error as error:
            raise self._broken(error) from None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
