"""Cache: replies on disk, found again by everything that would change them, and by nothing else.

Knows nothing of episodes or positions. One SQLite file in write-ahead mode, safe for many processes; the engine's
fingerprint and the whole request make the key, its place in the queue does not.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Literal, get_args

from pydantic import ValidationError

from maieutic import InputError, digest
from maieutic.agents.models.engine import Engine, Reply, Request

Mode = Literal["off", "read-write", "read-only", "refresh"]
MODES: tuple[str, ...] = get_args(Mode)
FORMAT = 1  # of the file, kept in SQLite's user_version


def request_key(fingerprint: str, request: Request) -> str:
    """The name of what `request` asks of the engine `fingerprint`; equal in every process.

    All of the request is in it but `priority`, which changes when an answer comes and not which.
    """
    known = request.keys
    if fingerprint not in known:
        known[fingerprint] = digest(fingerprint, request.digest)
    return known[fingerprint]


class Store:
    """Replies by key in one file.

    Args:
        path: of the file, made if missing.
        most_bytes: size of all replies together; the longest unused go first when it is passed.

    Raises:
        InputError: the file is no such store.
    """

    def __init__(self, path: str | Path, *, most_bytes: int = 4 << 30) -> None:
        self.path, self.most_bytes = Path(path), most_bytes
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = sqlite3.connect(self.path, timeout=30.0, isolation_level=None)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=NORMAL")
            version = self._file.execute("PRAGMA user_version").fetchone()[0]
            tables = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise InputError(
                f"not a reply cache ({error})", file=str(path), remedy="remove it, or name another file"
            ) from None
        if version != FORMAT and (version or tables):
            self._file.close()
            raise InputError(
                f"a reply cache of format {FORMAT} expected, got format {version}",
                file=str(path),
                remedy="remove it, or name another file",
            )
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS replies "
            "(key TEXT PRIMARY KEY, reply BLOB NOT NULL, size INTEGER NOT NULL, used REAL NOT NULL) WITHOUT ROWID"
        )
        self._file.execute("CREATE INDEX IF NOT EXISTS by_use ON replies (used)")
        self._file.execute(f"PRAGMA user_version={FORMAT}")
        self._unchecked = most_bytes  # so that the first write looks at the size left by others

    def get(self, key: str) -> Reply | None:
        """The reply kept under `key`; one that cannot be read any more counts as none."""
        row = self._file.execute("SELECT reply, used FROM replies WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            reply = Reply.model_validate_json(row[0])
        except ValidationError:
            return None
        if time.time() - row[1] > 60.0:  # a minute is fine enough to tell what is long unused
            self._file.execute("UPDATE replies SET used = ? WHERE key = ?", (time.time(), key))
        return reply

    def put(self, key: str, reply: Reply) -> None:
        """Keep `reply` under `key`, in place of what was there."""
        data = reply.model_dump_json().encode()
        self._file.execute(
            "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)", (key, data, len(data), time.time())
        )
        self._unchecked += len(data)
        if self._unchecked > self.most_bytes // 20:
            self._evict()

    def _evict(self) -> None:
        self._unchecked = 0
        self._file.execute("BEGIN IMMEDIATE")
        try:
            over = self.bytes - self.most_bytes
            if over > 0:
                over += self.most_bytes // 10  # make some room, so that this is seldom
                for key, size in self._file.execute(
                    "SELECT key, size FROM replies ORDER BY used, key"
                ).fetchall():
                    self._file.execute("DELETE FROM replies WHERE key = ?", (key,))
                    over -= size
                    if over <= 0:
                        break
        finally:
            self._file.execute("COMMIT")

    @property
    def bytes(self) -> int:
        """Size of all replies."""
        return int(self._file.execute("SELECT coalesce(sum(size), 0) FROM replies").fetchone()[0])

    def __len__(self) -> int:
        return int(self._file.execute("SELECT count(*) FROM replies").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Cached:
    """An engine that is asked only what the store does not know.

    A reply from the store is equal to the one first given, its usage included, so that an episode has the same
    bytes either way; no budget is charged for it.

    Args:
        engine: asked for the rest.
        store: of replies.
        mode: `read-write`; `read-only` keeps nothing new; `refresh` asks anew and replaces what was kept; `off`.
    """

    def __init__(self, engine: Engine, store: Store, mode: Mode = "read-write") -> None:
        if mode not in MODES:
            raise InputError(f"cache mode must be one of {', '.join(MODES)}, got {mode!r}", key="cache")
        self.engine, self.store, self.mode = engine, store, mode
        self.hits = self.misses = 0

    @property
    def fingerprint(self) -> str:
        """That of the engine."""
        return self.engine.fingerprint

    @property
    def guided(self) -> bool:
        """As the engine."""
        return self.engine.guided

    async def complete(self, request: Request) -> Reply:
        """The kept reply, or the engine's; see there for what is raised."""
        if self.mode == "off":
            return await self.engine.complete(request)
        key = request_key(self.engine.fingerprint, request)
        if self.mode != "refresh":
            kept = self.store.get(key)
            if kept is not None and len(kept.choices) == request.n:
                self.hits += 1
                return kept
        self.misses += 1
        reply = await self.engine.complete(request)
        if self.mode != "read-only":
            self.store.put(key, reply)
        return reply

    async def close(self) -> None:
        """Close the engine; the store is its opener's to close."""
        await self.engine.close()
