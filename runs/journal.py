"""Journal: the episodes of a run on disk, each written once, in one SQLite file with a write-ahead log.

Knows nothing of scenarios. Episodes are appended as they finish and read back in the order of their tasks, so
that what is drawn from a run does not depend on who finished first.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self

from maieutic import Episode, RunError, Stop

VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS episodes (
    place INTEGER PRIMARY KEY,  -- index of the task in the run
    id TEXT NOT NULL,
    stop TEXT NOT NULL,
    payload BLOB NOT NULL  -- zlib of the episode's canonical JSON
) STRICT;
"""


class Journal:
    """The journal of one run folder.

    Args:
        folder: the run folder.
        manifest: what makes two runs the same (scenario, parameters, cast, seed, tasks). None opens an existing
            run for reading; anything else opens it for writing, alone.

    Raises:
        RunError: no run there (reading), another process writes there, the folder belongs to another run, it
            cannot be written, or it is damaged; the message names the remedy.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        self._pending, self._committed = 0, time.monotonic()
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

    def _open(self, mode: str) -> None:
        uri = f"{(self.folder / 'journal.db').resolve().as_uri()}?mode={mode}"
        try:
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._broken(error) from None

    def _broken(self, error: sqlite3.Error) -> RunError:
        return RunError(f"{self.folder / 'journal.db'}: {error}; restore it, or use another --out")

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
                f"{self.folder}: written in format {version!r}, this maieutic reads {VERSION}; use the maieutic that wrote it"
            )
        return found

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
            if manifest.get(key) != found.get(key):
                raise RunError(
                    f"{self.folder}: holds another run: {key} was {found.get(key)!r:.80}, now "
                    f"{manifest.get(key)!r:.80}; give another --out, or the same command to go on"
                )
        return found

    def done(self) -> dict[int, Stop]:
        """Place -> stop reason of each episode that is kept."""
        return {place: Stop(stop) for place, stop in self._read("SELECT place, stop FROM episodes")}

    def append(self, place: int, episode: Episode) -> None:
        """Keep one finished episode. Written at once, made durable with its neighbours within a fifth of a second."""
        try:
            if not self._pending:
                self._db.execute("BEGIN")
            self._db.execute(
                "INSERT OR REPLACE INTO episodes VALUES (?, ?, ?, ?)",
                (place, episode.id, episode.stop.value, zlib.compress(episode.to_bytes(), 6)),
            )
            self._pending += 1
            if self._pending >= 256 or time.monotonic() - self._committed > 0.2:
                self.commit()
        except sqlite3.Error as error:
            raise RunError(
                f"{self.folder}: cannot be written ({error}); free some space and give the same command again"
            ) from None

    def commit(self) -> None:
        """Make everything appended so far durable."""
        if self._pending:
            self._db.execute("COMMIT")
            self._pending = 0
        self._committed = time.monotonic()

    def episodes(self) -> Iterator[tuple[int, Episode]]:
        """All episodes, in the order of their tasks, one in memory at a time."""
        for place, payload in self._read("SELECT place, payload FROM episodes ORDER BY place"):
            yield place, self._episode(payload)

    def find(self, name: str) -> Episode:
        """The episode whose place is `name`, or whose id begins with it.

        Raises:
            RunError: none, or several.
        """
        found = list(self._read("SELECT payload FROM episodes WHERE id LIKE ? || '%' LIMIT 2", name))
        if name.isdecimal():
            found = list(self._read("SELECT payload FROM episodes WHERE place = ?", int(name))) or found
        if len(found) != 1:
            what = "no episode" if not found else "several episodes"
            places = [place for (place,) in self._read("SELECT place FROM episodes ORDER BY place")]
            known = f"0 to {places[-1]}" if places else "none, the run has just begun"
            raise RunError(
                f"{self.folder}: {what} {name!r}; give a place ({known}) or the beginning of an id"
            )
        return self._episode(found[0][0])

    def _episode(self, payload: bytes) -> Episode:
        try:
            return Episode.from_bytes(zlib.decompress(payload))
        except (zlib.error, ValueError) as error:
            raise RunError(
                f"{self.folder}: an episode is damaged ({str(error).splitlines()[0]}); restore the journal"
            ) from None

    def _read(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(query, values)
        except sqlite3.Error as error:
            raise RunError(
                f"{self.folder / 'journal.db'}: {error}; restore it, or use another --out"
            ) from None

    def close(self) -> None:
        """Make durable and let go."""
        if hasattr(self, "_db"):
            self.commit()
            self._db.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
