"""Index: what a page needs to sort, filter and search a run's episodes, in a file of its own beside the journal.

Knows nothing of pages. The journal stays as it is; the index can be thrown away at any time, is built a few episodes at
a time while the page is open, and takes up only what is new when it is opened again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from maieutic import Episode, digest
from maieutic.runs import Agreement, Journal, Measures
from maieutic.scenarios import Company
from maieutic.traces.about import about_first
from maieutic.traces.html import line, plain
from maieutic.traces.view.drawn import draw

VERSION = 3
COLUMNS = 12  # of words: the task and eleven roles; further roles share the last
BITS = 62  # roles or verdicts that can be filtered by; further ones share the last
_MOST_TEXT = 200_000  # characters of one turn that can be found
_TABLES = f"""
CREATE TABLE IF NOT EXISTS episodes (
    place INTEGER PRIMARY KEY,
    doc INTEGER NOT NULL,  -- its row in `words`
    size INTEGER NOT NULL,  -- of its row in the journal
    id TEXT NOT NULL, task TEXT NOT NULL, about TEXT NOT NULL, stop TEXT NOT NULL, seed INTEGER NOT NULL,
    turns INTEGER NOT NULL, invalid INTEGER NOT NULL, calls INTEGER NOT NULL, tokens INTEGER NOT NULL,
    scores TEXT NOT NULL, roles INTEGER NOT NULL, verdicts INTEGER NOT NULL,
    counts TEXT NOT NULL,  -- what it adds to `totals`
    drawn INTEGER NOT NULL DEFAULT 0,  -- whether its records and decisions have been counted
    pairs INTEGER NOT NULL DEFAULT 0, wrong INTEGER NOT NULL DEFAULT 0, decided INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS by_doc ON episodes (doc);
CREATE INDEX IF NOT EXISTS by_id ON episodes (id);
CREATE INDEX IF NOT EXISTS by_task ON episodes (task);
CREATE INDEX IF NOT EXISTS undrawn ON episodes (place) WHERE drawn = 0;
CREATE INDEX IF NOT EXISTS with_pairs ON episodes (place) WHERE pairs > 0;
CREATE TABLE IF NOT EXISTS names (kind TEXT, number INTEGER, name TEXT, PRIMARY KEY (kind, name)) STRICT;
CREATE TABLE IF NOT EXISTS totals (
    kind TEXT, name TEXT, n INTEGER NOT NULL, total REAL NOT NULL, squares REAL NOT NULL, PRIMARY KEY (kind, name)
) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    {", ".join(f"c{number}" for number in range(COLUMNS))}, content='', tokenize = "unicode61 remove_diacritics 2"
);
PRAGMA user_version = {VERSION};
"""
_Totals = dict[tuple[str, str], list[float]]  # kind and name -> count, sum, sum of squares


class Index:
    """The index of one run.

    Args:
        folder: the run folder; the index stands in it, or in the user's cache where the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.file, self._made = _place(folder), False
        try:
            self._make()
        except sqlite3.DatabaseError:  # of another version, or damaged: it can be built again
            for end in ("", "-wal", "-shm"):
                self.file.with_name(self.file.name + end).unlink(missing_ok=True)
            self._make()

    def _make(self) -> None:
        self._made = False
        with self.connect() as db:
            ((version,),) = db.execute("PRAGMA user_version")
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError(f"index of version {version}")
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(_TABLES)
        self._made = True

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, for one thing to do."""
        if self._made and not self.file.exists():
            self._make()
        with closing(sqlite3.connect(self.file, isolation_level=None, timeout=30)) as db:
            db.execute("PRAGMA synchronous=NORMAL")
            yield db

    def due(self, journal: Journal) -> dict[int, int]:
        """The episodes that are not in the index as the journal has them: place -> size there."""
        with self.connect() as db:
            rows = db.execute("SELECT place, id, size FROM episodes").fetchall()
        known = {place: (name, size) for place, name, size in rows}
        found = {place: size for place, name, size in journal.outline() if known.get(place) != (name, size)}
        return dict(sorted(found.items()))

    def add(self, journal: Journal, due: Mapping[int, int]) -> int:
        """Enter episodes that are `due`, in one transaction; how many there were."""
        entries = list(journal.some(due))
        with self.connect() as db:
            db.execute("BEGIN IMMEDIATE")
            names, totals = _Names(db), _Totals()
            for place, episode in entries:
                old = db.execute("SELECT counts FROM episodes WHERE place = ?", (place,)).fetchone()
                if old:
                    _count(totals, json.loads(old[0]), -1)
                row = {"place": place, "size": due[place], **_entry(db, names, episode)}
                _count(totals, json.loads(row["counts"]), 1)
                marks = ", ".join("?" * len(row))
                db.execute(
                    f"INSERT OR REPLACE INTO episodes ({', '.join(row)}) VALUES ({marks})",
                    tuple(row.values()),
                )
            _enter(db, totals)
            db.execute("COMMIT")
        return len(entries)

    def draw(self, journal: Journal, company: Company[Any], most: int) -> int:
        """Count the records and decisions of up to `most` episodes for which that has not been done; how many they were."""
        with self.connect() as db:
            rows = db.execute("SELECT place FROM episodes WHERE drawn = 0 LIMIT ?", (most,)).fetchall()
        found = [
            (place, draw(company, episode)) for place, episode in journal.some(place for (place,) in rows)
        ]
        with self.connect() as db:
            db.execute("BEGIN IMMEDIATE")
            totals = _Totals()
            for place, drawn in found:
                old = db.execute(
                    "SELECT counts FROM episodes WHERE place = ? AND drawn = 0", (place,)
                ).fetchone()
                if old is None:
                    continue  # another page was faster
                counts: dict[str, Any] = {
                    "record": Counter(f"{record.kind}/{record.purpose}" for record in drawn.records),
                    "decision": Counter(
                        f"{one.kind}|{int(one.said)}|{int(one.true)}" for one in drawn.decisions
                    ),
                }
                _count(totals, counts, 1)
                wrong = sum(one.said != one.true for one in drawn.decisions)
                db.execute(
                    "UPDATE episodes SET drawn = 1, pairs = ?, wrong = ?, decided = ?, counts = ? WHERE place = ?",
                    (
                        len(drawn.pairs),
                        wrong,
                        len(drawn.decisions),
                        json.dumps(json.loads(old[0]) | counts),
                        place,
                    ),
                )
            _enter(db, totals)
            db.execute("COMMIT")
        return len(found)

    def count(self) -> tuple[int, int]:
        """Episodes in the index, and those of them whose records and decisions have not been counted."""
        with self.connect() as db:
            ((count,),) = db.execute("SELECT count(*) FROM episodes")
            ((undrawn,),) = db.execute("SELECT count(*) FROM episodes WHERE drawn = 0")
            return int(count), int(undrawn)

    def names(self, kind: str) -> list[str]:
        """The names of one kind that occur: `role`, `verdict`, `score` or `stop`."""
        with self.connect() as db:
            if kind in ("score", "stop"):
                rows = db.execute("SELECT name FROM totals WHERE kind = ? AND n > 0 ORDER BY name", (kind,))
            else:
                rows = db.execute("SELECT name FROM names WHERE kind = ? ORDER BY name", (kind,))
            return [name for (name,) in rows]

    def measures(self) -> Measures:
        """The measures of the episodes in the index, as `maieutic.runs.measure` would have them, but for token counts."""
        found, sums = Measures(), Counter[str]()
        with self.connect() as db:
            for kind, name, n, total, squares in db.execute("SELECT * FROM totals WHERE n <> 0"):
                if kind == "sum":
                    sums[name] = n
                elif kind == "score":
                    found.scores[name] = (n, total, squares)
                elif kind == "decision":
                    what, said, true = name.rsplit("|", 2)
                    found.decisions.setdefault(what, Agreement()).counts[said == "1", true == "1"] = n
                else:
                    {"stop": found.stops, "record": found.records, "failure": found.failures}[kind][name] = n
        found.turns, found.invalid = sums["turns"], sums["invalid"]
        return found

    def costs(self) -> tuple[int, int]:
        """Calls made and tokens read and written, in all."""
        with self.connect() as db:
            sums = dict(db.execute("SELECT name, n FROM totals WHERE kind = 'sum'").fetchall())
            return sums.get("calls", 0), sums.get("tokens", 0)


def build(
    index: Index, journal: Journal, company: Company[Any] | None, *, chunk: int = 100, rest: float = 0.0
) -> Iterator[int]:
    """Enter all that is due, `chunk` episodes at a time, then count their records and decisions; yields after each chunk
    how many were done.

    Args:
        index: the index.
        journal: of the run.
        company: the scenario with the run's parameters; None where it cannot be had, and then nothing is drawn.
        chunk: episodes a transaction.
        rest: time in which nothing is done as a share of that in which something is, so that pages come fast meanwhile.

    Raises:
        RunError: the journal is damaged.
    """
    steps = _steps(index, journal, company, chunk)
    while True:
        begun = time.perf_counter()
        done = next(steps, None)
        spent = (
            time.perf_counter() - begun
        )  # without what is done elsewhere until the next chunk is asked for
        if done is None:
            return
        if done:
            yield done
        time.sleep(rest * spent)


def _steps(index: Index, journal: Journal, company: Company[Any] | None, chunk: int) -> Iterator[int]:
    due = list(index.due(journal).items())
    for start in range(0, len(due), chunk):
        yield index.add(journal, dict(due[start : start + chunk]))
    if company is not None:
        yield from iter(lambda: index.draw(journal, company, max(1, chunk // 5)), 0)


def _place(folder: Path) -> Path:
    if os.access(folder, os.W_OK):
        return folder / "view.db"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maieutic"
    cache.mkdir(parents=True, exist_ok=True)
    return cache / f"view-{digest(str(folder.resolve()))}.db"


class _Names:
    """Numbers for names of one kind, given in the order in which they are met."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[tuple[str, str], int] = {
            (kind, name): number for kind, number, name in db.execute("SELECT kind, number, name FROM names")
        }
        self._next = Counter(kind for kind, _ in self._known)

    def bit(self, kind: str, name: str) -> int:
        """The number of `name` as a bit."""
        return 1 << min(self.number(kind, name), BITS)

    def number(self, kind: str, name: str) -> int:
        """The number of `name`."""
        if (kind, name) not in self._known:
            self._known[kind, name] = self._next[kind]
            self._db.execute("INSERT INTO names VALUES (?, ?, ?)", (kind, self._next[kind], name))
            self._next[kind] += 1
        return self._known[kind, name]


def _entry(db: sqlite3.Connection, names: _Names, episode: Episode) -> dict[str, Any]:
    fields = episode.task.fields
    columns: list[list[str]] = [[] for _ in range(COLUMNS)]
    columns[0] = [episode.task.id, *(plain(value)[:_MOST_TEXT] for value in fields.values())]
    roles = verdicts = 0
    for event in episode.events:
        roles |= names.bit("role", _clean(event.role))
        words = [plain(value) for value in (*event.answer.values(), *event.private.values())]
        column = min(names.number("role", _clean(event.role)) + 1, COLUMNS - 1)
        columns[column].append(" ".join([*words, event.invalid or ""])[:_MOST_TEXT])
        for name, value in event.answer.items():
            if isinstance(value, bool) or (isinstance(value, str) and value in ("yes", "no")):
                verdicts |= names.bit("verdict", _clean(f"{name[:60]}: {plain(value)}"))
    listed = ", ".join(f"c{number}" for number in range(COLUMNS))
    doc = db.execute(
        f"INSERT INTO words ({listed}) VALUES ({', '.join('?' * COLUMNS)})",
        [_clean("\n".join(texts)) for texts in columns],
    ).lastrowid
    usage = episode.usage
    about = next((fields[name] for name in about_first(fields)), "")
    sums = {
        "turns": len(episode.events),
        "invalid": sum(event.invalid is not None for event in episode.events),
        "calls": usage.calls,
        "tokens": usage.prompt_tokens + usage.completion_tokens,
    }
    counts: dict[str, Any] = {
        "sum": sums,
        "stop": {episode.stop.value: 1},
        "score": episode.scores,
        "failure": {f"{episode.stop.value}: {episode.failure:.120}": 1} if episode.failure else {},
    }
    return {
        "doc": doc,
        "id": episode.id,
        "task": _clean(episode.task.id),
        "about": line(plain(about), 160),
        "stop": episode.stop.value,
        "seed": episode.seed,
        **sums,
        "scores": json.dumps(episode.scores),
        "roles": roles,
        "verdicts": verdicts,
        "counts": json.dumps(counts),
    }


def _clean(text: str) -> str:
    """`text` without halves of surrogate pairs, which no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode()


def _count(totals: _Totals, counts: dict[str, Any], sign: int) -> None:
    for kind, values in counts.items():
        for name, value in values.items():
            entry = totals.setdefault((kind, name), [0.0, 0.0, 0.0])
            entry[0] += sign if kind == "score" else sign * value
            if kind == "score":
                entry[1] += sign * value
                entry[2] += sign * value * value


def _enter(db: sqlite3.Connection, totals: _Totals) -> None:
    db.executemany(
        "INSERT INTO totals VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n, "
        "total = total + excluded.total, squares = squares + excluded.squares",
        [
            (kind, _clean(name), int(n), total, squares)
            for (kind, name), (n, total, squares) in totals.items()
        ],
    )
