"""Reviews: what people decided about the pairs of a run, kept in its journal as human events.

Knows nothing of pages. A review is an event that answers the chosen turn of its pair; the last one on a pair counts. An
export leaves out rejected pairs and gives edited texts. Where the rows of a run are in a database elsewhere, its reviews
are in `reviews.db` in the run folder.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

from maieutic import Event, Frozen, InputError, Pair, Record, RunError, digest, event_id
from maieutic.runs.rows import pack, unpack

ROLE = "reviewer.pair"
_FILE = "reviews.db"
_TABLE = """
CREATE TABLE IF NOT EXISTS reviews (
    number INTEGER PRIMARY KEY,  -- order in which they were given
    place INTEGER NOT NULL,  -- index of the task in the run
    payload BLOB NOT NULL,  -- the event
    given INTEGER NOT NULL  -- milliseconds since 1970
) STRICT
"""
PairKey = tuple[str, str]  # ids of the chosen and of the rejected event


class Review(Frozen):
    """A person's decision about a pair.

    Attributes:
        verdict: accept it as it is, reject it, or edit its texts.
        chosen: the chosen text, where it was edited.
        rejected: the rejected text, where it was edited.
        note: why, in the person's words.
        by: who it was.
    """

    verdict: Literal["accept", "reject", "edit"]
    chosen: str | None = None
    rejected: str | None = None
    note: str = ""
    by: str = "human"


def keep(folder: Path, place: int, pair: Pair, review: Review) -> Event:
    """Keep a review; durable on return. Safe while the run is running.

    Args:
        folder: the run folder.
        place: index of the pair's task in the run.
        pair: as the scenario drew it.
        review: the decision.

    Raises:
        InputError: an edit that changes nothing, empties a text or makes both the same.
        RunError: the journal cannot be written.
    """
    if review.verdict == "edit":
        _check(pair, review)
    try:
        with closing(_connect(folder, write=True)) as db, db:
            db.execute(_TABLE)
            db.execute("BEGIN IMMEDIATE")
            index = sum(event.parent == pair.chosen_event for _, event in _rows(folder, db, place))
            event = Event(
                id=event_id(pair.chosen_event, ROLE, index),
                parent=pair.chosen_event,
                role=ROLE,
                index=index,
                seat="reviewer",
                agent=f"human:{review.by}",
                key=digest(ROLE, pair.model_dump(mode="json")),
                answer={"rejected_event": pair.rejected_event, **review.model_dump(mode="json")},
            )
            payload = pack(event.model_dump_json().encode())
            db.execute(
                "INSERT INTO reviews (place, payload, given) VALUES (?, ?, ?)",
                (place, payload, time.time_ns() // 1_000_000),
            )
    except sqlite3.Error as error:
        raise RunError(
            f"{folder}: the review cannot be kept ({error}); see that the folder can be written"
        ) from None
    return event


def _check(pair: Pair, review: Review) -> None:
    chosen = pair.chosen if review.chosen is None else review.chosen
    rejected = pair.rejected if review.rejected is None else review.rejected
    if (chosen, rejected) == (pair.chosen, pair.rejected):
        raise InputError("the edit changes nothing", remedy="accept the pair instead")
    if not chosen.strip() or not rejected.strip():
        raise InputError("an edited text is empty", remedy="reject the pair instead")
    if chosen == rejected:
        raise InputError("chosen and rejected are the same text", remedy="reject the pair instead")


def reviews(folder: Path) -> dict[int, dict[PairKey, Event]]:
    """The last review of each pair, by place; also while the run is running.

    Raises:
        RunError: the journal is damaged or cannot be read.
    """
    found: dict[int, dict[PairKey, Event]] = {}
    if _elsewhere(folder) and not (folder / _FILE).exists():
        return found
    try:
        with closing(_connect(folder, write=False)) as db:
            for place, event in _rows(folder, db):
                key = (event.parent, str(event.answer.get("rejected_event")))
                found.setdefault(place, {})[key] = event
    except sqlite3.Error as error:
        raise RunError(f"{folder}: its reviews cannot be read ({error})") from None
    return found


def review_of(event: Event) -> Review:
    """The decision that a human event holds."""
    return Review.model_validate(
        {name: value for name, value in event.answer.items() if name != "rejected_event"}
    )


def reviewed(records: Iterable[Record], known: Mapping[PairKey, Event]) -> list[Record]:
    """The records of an episode with its reviews honoured: rejected pairs left out, edited texts put in.

    A pair that somebody looked at says so in its `meta`.
    """
    kept: list[Record] = []
    for record in records:
        event = known.get((record.chosen_event, record.rejected_event)) if isinstance(record, Pair) else None
        if event is None or not isinstance(record, Pair):
            kept.append(record)
            continue
        review = review_of(event)
        if review.verdict == "reject":
            continue
        update: dict[str, object] = {
            "meta": {**record.meta, "review": {"verdict": review.verdict, "by": review.by, "event": event.id}}
        }
        if review.verdict == "edit":
            update["chosen"] = record.chosen if review.chosen is None else review.chosen
            update["rejected"] = record.rejected if review.rejected is None else review.rejected
        kept.append(record.model_copy(update=update))
    return kept


def _elsewhere(folder: Path) -> bool:
    """Whether the rows of the run are not in its folder."""
    try:
        return json.loads((folder / "run.json").read_text(encoding="utf-8")).get("journal") is not None
    except (OSError, ValueError, AttributeError) as error:
        raise RunError(f"{folder}: its run.json cannot be read ({error}); restore it") from None


def _connect(folder: Path, *, write: bool) -> sqlite3.Connection:
    elsewhere = _elsewhere(folder)
    mode = "ro" if not write else "rwc" if elsewhere else "rw"
    uri = f"{(folder / (_FILE if elsewhere else 'journal.db')).resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)


def _rows(folder: Path, db: sqlite3.Connection, place: int | None = None) -> Iterator[tuple[int, Event]]:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'reviews'").fetchone():
        return
    where, values = ("", ()) if place is None else (" WHERE place = ?", (place,))
    for number, payload in db.execute(f"SELECT place, payload FROM reviews{where} ORDER BY number", values):
        try:
            yield number, Event.model_validate(json.loads(unpack(payload)))
        except (zlib.error, ValueError) as error:
            raise RunError(
                f"{folder}: a review of episode {number} is damaged ({error}); restore it"
            ) from None
