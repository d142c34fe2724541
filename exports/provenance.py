"""Provenance: where a row came from, as columns of a fixed shape, and the way back to the record.

Knows nothing of formats. Types do not vary from row to row, so that columnar readers can hold them; what a trainer's
row cannot say of its record (meta, which messages are trained, what was said after the last answer) is one JSON text
in `rest`.
"""

from __future__ import annotations

import json
from typing import Any

from maieutic import Dialogue, Judged, Pair, Record, canonical, named_events
from maieutic.exports.entry import Entry, Origin, Tally
from maieutic.exports.format import Row

SAMPLE: Row = {  # of every type, so that columns of which all rows are empty have the same type everywhere
    **dict.fromkeys(("kind", "purpose", "scenario", "episode", "task", "content"), ""),
    "seed": 0,
    "events": [""],
    "verdicts": [0.0],
    "votes": [{"event": "", "said": "", "count": 0}],
    "cast": {},
    "source": {"name": "", "licence": ""},
    "rest": "",
}


def provenance(entry: Entry) -> Row:
    """The columns, of the types of `SAMPLE`."""
    record, origin = entry.record, entry.origin
    return {
        "kind": record.kind,
        "purpose": record.purpose,
        "scenario": origin.scenario,
        "episode": record.episode,
        "task": record.task,
        "content": origin.content,
        "seed": origin.seed,
        "events": list(named_events(record)),
        "verdicts": verdicts(record),
        "votes": [tally.model_dump() for tally in origin.votes],
        "cast": dict(origin.cast),
        "source": {"name": origin.source, "licence": origin.licence},
        "rest": canonical(_rest(record)).decode(),
    }


def origin_of(row: Row) -> Origin:
    """The origin that `provenance` spelled."""
    return Origin(
        scenario=row["scenario"],
        seed=row["seed"],
        cast={seat: name for seat, name in as_object(row["cast"]).items() if name is not None},
        source=row["source"]["name"],
        licence=row["source"]["licence"],
        content=row["content"],
        votes=tuple(Tally(**one) for one in row["votes"]),
    )


def common(row: Row) -> dict[str, Any]:
    """What every record has, from its provenance."""
    return {
        "episode": row["episode"],
        "task": row["task"],
        "purpose": row["purpose"],
        "meta": rest(row).get("meta", {}),
    }


def rest(row: Row) -> dict[str, Any]:
    """What the row itself could not say."""
    return as_object(row["rest"])


def as_object(value: Any) -> dict[str, Any]:
    """An object that a columnar container may have kept as JSON text."""
    found = json.loads(value) if isinstance(value, str) else value
    return dict(found)


def verdicts(record: Record) -> list[float]:
    """What the episode's own judges said: of the chosen and the rejected, of the response, of each step."""
    match record:
        case Pair():
            return [float(record.chosen_verdict), float(record.rejected_verdict)]
        case Judged():
            return [float(record.verdict)]
        case Dialogue():
            return []
        case _:
            return [float(label) for label in record.labels]


def _rest(record: Record) -> Row:
    """Kept sparse: only what differs from the usual."""
    found: Row = {"meta": record.meta} if record.meta else {}
    if isinstance(record, Dialogue):
        turns = list(record.messages)
        while turns and turns[-1].role != "assistant":
            turns.pop()
        found["trained"] = [place for place, message in enumerate(turns) if message.train]
        tail = record.messages[len(turns) :]
        talk = turns
    else:
        tail, talk = (), list(record.prompt)
        if [message.role for message in talk] != ["user"]:
            found["prompt"] = [message.model_dump(mode="json") for message in talk]
    if tail:
        found["tail"] = [message.model_dump(mode="json") for message in tail]
    if calls := [call.id for message in talk for call in message.calls]:
        found["calls"] = calls
    return found
