"""PostgreSQL: the rows of many runs in one database, for many machines.

Knows nothing of events. A run is written by one driver at a time, who holds a lock that the server lets go of when the
driver's connection is gone: no clock is asked. Needs psycopg 3 (`pip install 'maieutic[postgres]'`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from maieutic import RunError, digest
from maieutic.runs.rows import VERSION, EpisodeRow, TurnRow

_TABLES = """
CREATE TABLE maieutic.runs (
    run bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,  -- digest of the manifest
    manifest jsonb NOT NULL,
    commits bigint NOT NULL DEFAULT 0
);
CREATE TABLE maieutic.turns (
    run bigint NOT NULL REFERENCES maieutic.runs,
    place bigint NOT NULL,
    number integer NOT NULL,
    payload bytea NOT NULL,
    ended bigint NOT NULL,  -- milliseconds since 1970
    took bigint NOT NULL,  -- microseconds
    PRIMARY KEY (run, place, number)
);
CREATE TABLE maieutic.episodes (
    run bigint NOT NULL REFERENCES maieutic.runs,
    place bigint NOT NULL,
    id text NOT NULL,
    stop text NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (run, place)
);
ALTER TABLE maieutic.turns ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE maieutic.episodes ALTER COLUMN payload SET STORAGE EXTERNAL
"""
# From each version of the schema to the next. Version 1 is what `_TABLES` makes.
_MIGRATIONS = (
    """
    ALTER TABLE maieutic.turns ADD COLUMN crc integer;
    ALTER TABLE maieutic.episodes ADD COLUMN crc integer;
    CREATE INDEX episodes_by_id ON maieutic.episodes (run, id text_pattern_ops)
    """,
)
assert len(_MIGRATIONS) == VERSION - 1
_LOCK = 0x6D616965  # "maie": the first half of the keys of our advisory locks
_TURNS = """
INSERT INTO maieutic.turns (run, place, number, payload, ended, took, crc)
SELECT %s, * FROM unnest(%s::bigint[], %s::integer[], %s::bytea[], %s::bigint[], %s::bigint[], %s::integer[])
"""
_EPISODES = """
INSERT INTO maieutic.episodes (run, place, id, stop, payload, crc)
SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[], %s::integer[])
ON CONFLICT (run, place) DO UPDATE
SET id = excluded.id, stop = excluded.stop, payload = excluded.payload, crc = excluded.crc
"""


def without_password(address: str) -> str:
    """An address as it may be written down.

    >>> without_password("postgresql://me:secret@db.example/runs")
    'postgresql://me@db.example/runs'
    """
    bare = re.sub(r"^(\w+://[^/?#@:]*):[^/?#@]*@", r"\1@", address)
    return re.sub(r"([?&])password=[^&]*&?", r"\1", bare).rstrip("?&")


class Postgres:
    """The rows of one run.

    Args:
        address: of the database, `postgresql://USER@HOST:PORT/DATABASE`; what it leaves out is libpq's to find.
        manifest: of the run, whose digest names it.
        write: whether to write; the tables are made, or brought to this version of the schema, where need be.

    Raises:
        RunError: psycopg is missing, the database cannot be reached, is of a later version, does not have the run
            (reading), or another driver writes it.
    """

    def __init__(self, address: str, manifest: Mapping[str, Any], *, write: bool) -> None:
        if find_spec("psycopg") is None:
            raise RunError("a journal on PostgreSQL needs psycopg; pip install 'maieutic[postgres]'")
        import psycopg
        import psycopg.types.json

        self._pg = psycopg
        self._address = without_password(address)
        self._where = address
        # a connection to write and one to read, so that no reader waits for a commit
        self._reader = self._connect()
        self._writer = self._reader
        try:
            if write:
                self._writer = self._connect()
                self._tried(self._migrate)
            self._run = self._tried(lambda: self._find(manifest, write))
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Any:
        try:
            return self._pg.connect(
                self._where, autocommit=True, connect_timeout=20, application_name="maieutic"
            )
        except self._pg.Error as error:
            raise self._broken(error) from None

    def _broken(self, error: Exception) -> RunError:
        said = " ".join(str(error).split()) or type(error).__name__
        return RunError(
            f"{self._address}: {said}; see that the database can be reached, and give the command again"
        )

    def _tried(self, what: Callable[[], Any]) -> Any:
        try:
            return what()
        except self._pg.Error as error:
            raise self._broken(error) from None

    def _migrate(self) -> None:
        with self._writer.transaction(), self._writer.cursor() as db:
            db.execute("SELECT pg_advisory_xact_lock(%s, 0)", (_LOCK,))  # one at a time makes the tables
            db.execute("CREATE SCHEMA IF NOT EXISTS maieutic")
            db.execute("CREATE TABLE IF NOT EXISTS maieutic.schema (version integer NOT NULL)")
            found = db.execute("SELECT version FROM maieutic.schema").fetchall()
            version = found[0][0] if found else 0
            self._check(version)
            for step in [_TABLES, *_MIGRATIONS][version:]:
                for statement in step.split(";\n"):
                    db.execute(statement)
            if not found:
                db.execute("INSERT INTO maieutic.schema VALUES (%s)", (VERSION,))
            elif version < VERSION:
                db.execute("UPDATE maieutic.schema SET version = %s", (VERSION,))

    def _check(self, version: int) -> None:
        if version > VERSION:
            raise RunError(
                f"{self._address}: written in format {version}, this maieutic reads up to {VERSION}; "
                "use the maieutic that wrote it"
            )

    def _find(self, manifest: Mapping[str, Any], write: bool) -> int:
        same = {key: fact for key, fact in manifest.items() if key not in ("door", "version", "journal")}
        name = digest(same)
        if write:
            self._writer.execute(
                "INSERT INTO maieutic.runs (name, manifest) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (name, self._pg.types.json.Jsonb(same)),
            )
        else:
            made = self._reader.execute("SELECT to_regclass('maieutic.schema') IS NOT NULL").fetchone()[0]
            version = self._reader.execute("SELECT version FROM maieutic.schema").fetchone()[0] if made else 0
            self._check(version)
            if version < VERSION:
                raise RunError(
                    f"{self._address}: its tables are of format {version}; give the command of a run, which makes them "
                    f"of format {VERSION}"
                )
        found = self._reader.execute("SELECT run FROM maieutic.runs WHERE name = %s", (name,)).fetchone()
        if found is None:
            raise RunError(f"{self._address}: does not have this run (any more)")
        run = int(found[0])
        if write:
            alone = self._writer.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK, run)).fetchone()[0]
            if not alone:
                raise RunError(
                    f"{self._address}: another process is running this run; wait for it, or give it more workers"
                )
        return run

    def commit(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow]) -> None:
        """Keep rows in one transaction; durable on return."""
        db = self._writer
        try:
            with db.pipeline(), db.transaction():
                if turns:
                    db.execute(_TURNS, (self._run, *map(list, zip(*turns, strict=True))), binary=True)
                if episodes:
                    db.execute(_EPISODES, (self._run, *map(list, zip(*episodes, strict=True))))
                db.execute("UPDATE maieutic.runs SET commits = commits + 1 WHERE run = %s", (self._run,))
        except self._pg.Error as error:
            raise RunError(
                f"{self._address}: cannot be written ({' '.join(str(error).split())}); mend that and give the same "
                "command again"
            ) from None

    _TURN = "place, number, payload, ended, took, crc"
    _EPISODE = "place, id, stop, payload, crc"

    def turns(self, place: int) -> list[TurnRow]:
        """The turns of one task, in order."""
        query = f"SELECT {self._TURN} FROM maieutic.turns WHERE run = %s AND place = %s ORDER BY number"
        return [TurnRow(*row) for row in self._read(query, self._run, place)]

    def stops(self) -> Iterator[tuple[int, str]]:
        """Place and stop reason of each ended episode."""
        yield from self._read("SELECT place, stop FROM maieutic.episodes WHERE run = %s", self._run)

    def begun(self) -> list[tuple[int, int]]:
        """Place and number of turns of each task that has turns but no ended episode, the most turns first."""
        query = (
            "SELECT place, count(*) AS deep FROM maieutic.turns AS one WHERE run = %s AND NOT EXISTS "
            "(SELECT FROM maieutic.episodes AS other WHERE other.run = one.run AND other.place = one.place) "
            "GROUP BY place ORDER BY deep DESC, place"
        )
        return list(self._read(query, self._run))

    def episodes(self) -> Iterator[EpisodeRow]:
        """All ended episodes in the order of their places, few in memory at a time."""
        after, query = (
            -1,
            (
                f"SELECT {self._EPISODE} FROM maieutic.episodes WHERE run = %s AND place > %s ORDER BY place LIMIT 1000"
            ),
        )
        while rows := list(self._read(query, self._run, after)):
            yield from (EpisodeRow(*row) for row in rows)
            after = rows[-1][0]

    def at(self, place: int) -> list[EpisodeRow]:
        """The episode of that place, if it has ended."""
        query = f"SELECT {self._EPISODE} FROM maieutic.episodes WHERE run = %s AND place = %s"
        return [EpisodeRow(*row) for row in self._read(query, self._run, place)]

    def named(self, beginning: str) -> list[EpisodeRow]:
        """Up to two ended episodes whose id begins so."""
        query = (
            f"SELECT {self._EPISODE} FROM maieutic.episodes WHERE run = %s AND starts_with(id, %s) LIMIT 2"
        )
        return [EpisodeRow(*row) for row in self._read(query, self._run, beginning)]

    def outline(self) -> Iterator[tuple[int, str, int]]:
        """Place, id and bytes of each ended episode."""
        query = "SELECT place, id, octet_length(payload) FROM maieutic.episodes WHERE run = %s"
        yield from self._read(query, self._run)

    def ended(self) -> int:
        """Number of ended episodes."""
        return self._number("SELECT count(*) FROM maieutic.episodes WHERE run = %s") or 0

    def version(self) -> int:
        """A number that changes when another process has committed something."""
        return self._number("SELECT commits FROM maieutic.runs WHERE run = %s") or 0

    def last(self) -> int | None:
        """The highest place of an ended episode."""
        return self._number("SELECT max(place) FROM maieutic.episodes WHERE run = %s")

    def count(self) -> int:
        """Number of turns."""
        return self._number("SELECT count(*) FROM maieutic.turns WHERE run = %s") or 0

    def _number(self, query: str) -> int | None:
        ((number,),) = self._read(query, self._run)
        return None if number is None else int(number)

    def _read(self, query: str, *values: Any) -> Any:
        return self._tried(lambda: self._reader.execute(query, values, binary=True).fetchall())

    def close(self) -> None:
        """Let go of the run."""
        self._reader.close()
        self._writer.close()
