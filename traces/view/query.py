"""Query: which episodes of a run are looked for, in which order, answered by its index.

Knows nothing of pages or journals. What people type is never read as SQL or as FTS5's own language.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from maieutic.traces.view.index import BITS, COLUMNS, Index

SORTS = ("place", "task", "stop", "turns", "invalid", "calls", "tokens", "seed", "wrong")


@dataclass(frozen=True)
class Query:
    """What is looked for; None and empty leave all.

    Attributes:
        text: words and "phrases" that must all occur in the task or a turn; a last `*` leaves a word's end open.
        stop: why the episode ended.
        role: a role that spoke; with `text`, the words are looked for in its turns alone.
        verdict: something that was said by yes or no, such as `leaks: yes`.
        score: name of a score that must lie between `low` and `high`.
        low: see `score`.
        high: see `score`.
        cost: least number of tokens, or of calls where a run counts no tokens.
        seed: of the episode.
        invalid: only episodes with unusable turns.
        wrong: only episodes with a decision that the truth contradicts.
        sort: one of SORTS, or `score:NAME`.
        down: the largest first.
    """

    text: str = ""
    stop: str = ""
    role: str = ""
    verdict: str = ""
    score: str = ""
    low: float | None = None
    high: float | None = None
    cost: int | None = None
    seed: int | None = None
    invalid: bool = False
    wrong: bool = False
    sort: str = "place"
    down: bool = False


@dataclass(frozen=True)
class Row:
    """One episode in a list."""

    place: int
    id: str
    task: str
    about: str
    stop: str
    turns: int
    invalid: int
    calls: int
    tokens: int
    seed: int
    scores: dict[str, float]
    pairs: int
    wrong: int
    decided: int


_ROW = "place, id, task, about, stop, turns, invalid, calls, tokens, seed, scores, pairs, wrong, decided"


def find(index: Index, query: Query, offset: int = 0, limit: int = 50) -> tuple[int, list[Row]]:
    """How many episodes are as asked, and the rows from `offset` on."""
    with index.connect() as db:
        source, values = _source(db, query)
        ((count,),) = db.execute(f"SELECT count(*) {source}", values)
        order, more = _order(query)
        rows = db.execute(
            f"SELECT {_ROW} {source} ORDER BY {order} LIMIT ? OFFSET ?", (*values, *more, limit, offset)
        )
        return int(count), [_row(row) for row in rows]


def beside(index: Index, query: Query, place: int) -> tuple[int | None, int | None]:
    """The episodes before and after `place`, in the order of the tasks, among those asked for."""
    with index.connect() as db:
        source, values = _source(db, query)
        ((before,),) = db.execute(f"SELECT max(place) {source} AND place < ?", (*values, place))
        ((after,),) = db.execute(f"SELECT min(place) {source} AND place > ?", (*values, place))
        return before, after


def rows_of(index: Index, places: Iterable[int]) -> dict[int, Row]:
    """The rows of these places, of those that the index has."""
    with index.connect() as db:
        found = (
            db.execute(f"SELECT {_ROW} FROM episodes WHERE place = ?", (place,)).fetchone()
            for place in places
        )
        return {row[0]: _row(row) for row in found if row}


def with_pairs(index: Index, offset: int, limit: int) -> tuple[int, list[int]]:
    """How many episodes have pairs, and their places from `offset` on."""
    with index.connect() as db:
        ((count,),) = db.execute("SELECT count(*) FROM episodes WHERE pairs > 0")
        rows = db.execute(
            "SELECT place FROM episodes WHERE pairs > 0 ORDER BY place LIMIT ? OFFSET ?", (limit, offset)
        )
        return int(count), [place for (place,) in rows]


def matching(text: str) -> str:
    """What people type, as an FTS5 query.

    >>> matching('red "big hat" wo*')
    '"red" "big hat" "wo"*'
    """
    parts = []
    for phrase, word in re.findall(r'"([^"]*)"|(\S+)', text):
        bare = (phrase or word).replace('"', " ").replace("\0", " ").encode("utf-8", "replace").decode()
        stem = bare.rstrip("*")
        parts.append(f'"{stem}"*' if not phrase and stem != bare and stem else f'"{bare}"')
    return " ".join(parts)


def _source(db: sqlite3.Connection, query: Query) -> tuple[str, list[Any]]:
    tests: list[str] = ["1"]
    values: list[Any] = []

    def test(text: str, *given: Any) -> None:
        tests.append(text)
        values.extend(given)

    numbers = {
        (kind, name): number for kind, name, number in db.execute("SELECT kind, name, number FROM names")
    }
    searched = bool(matching(query.text))
    if searched:
        column = numbers.get(("role", query.role))
        inside = "" if column is None else f"{{c{min(column + 1, COLUMNS - 1)}}} : "
        test("words MATCH ?", f"{inside}({matching(query.text)})")
    for kind, name in (("role", query.role), ("verdict", query.verdict)):
        if name and (kind, name) in numbers:
            test(f"{kind}s >> ? & 1", min(numbers[kind, name], BITS))
        elif name:
            test("0")
    if query.stop:
        test("stop = ?", query.stop)
    if query.seed is not None:
        test("seed = ?", query.seed)
    if query.cost is not None:
        test("max(tokens, calls) >= ?", query.cost)
    if query.invalid:
        test("invalid > 0")
    if query.wrong:
        test("wrong > 0")
    for sign, bound in ((">=", query.low), ("<=", query.high)):
        if query.score and bound is not None:
            test(f"json_extract(scores, ?) {sign} ?", _path(query.score), bound)
    tables = "words JOIN episodes ON doc = words.rowid" if searched else "episodes"
    return f"FROM {tables} WHERE {' AND '.join(tests)}", values


def _path(score: str) -> str:
    return '$."' + score.replace('"', "").replace("\0", "").encode("utf-8", "replace").decode() + '"'


def _order(query: Query) -> tuple[str, list[Any]]:
    way = " DESC" if query.down else ""
    if query.sort.startswith("score:"):
        return f"json_extract(scores, ?){way} NULLS LAST, place", [_path(query.sort[6:])]
    return f"{query.sort if query.sort in SORTS else 'place'}{way}, place", []


def _row(row: tuple[Any, ...]) -> Row:
    facts: dict[str, Any] = dict(zip(_ROW.split(", "), row, strict=True))
    return Row(**facts | {"scores": json.loads(facts["scores"])})
