"""Entry: a record with its provenance, which is all that an export needs to know of an episode.

Knows nothing of formats. An entry is small where an episode is large, so that a run of any length can be exported
as a stream.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from maieutic import Episode, Event, Frozen, Judged, Pair, Record, digest, named_events
from maieutic.roles import Role
from maieutic.roles.choices import options


class Tally(Frozen):
    """How often one thing was said of one event by those who judged it, such as `verdict=yes` 4 times."""

    event: str
    said: str
    count: int


class Origin(Frozen):
    """Where a record came from.

    Attributes:
        scenario: name of the scenario.
        seed: of the episode.
        cast: seat -> fingerprint of its player.
        source: where the task came from.
        licence: licence of that source.
        content: digest of all that roles could read of the task; tasks with the same words share it.
        votes: what was said of the named events by those who judged them.
    """

    scenario: str
    seed: int
    cast: dict[str, str]
    source: str
    licence: str
    content: str
    votes: tuple[Tally, ...] = ()


class Entry(Frozen):
    """A record and where it came from."""

    record: Record
    origin: Origin


def entries_of(records: Iterable[Record], episode: Episode, roles: Iterable[Role]) -> Iterator[Entry]:
    """The records of an episode as entries.

    Args:
        records: drawn from `episode`.
        episode: the episode.
        roles: of its scenario; their answer types say which fields of an answer are votes.
    """
    categories = {role.name: tuple(options(role.answer)) for role in roles}
    content = digest(episode.task.fields)
    for record in records:
        yield Entry(
            record=record,
            origin=Origin(
                scenario=episode.scenario,
                seed=episode.seed,
                cast=episode.cast,
                source=episode.task.source,
                licence=episode.task.licence,
                content=content,
                votes=tuple(_votes(record, episode.events, categories)),
            ),
        )


def _votes(
    record: Record, events: Iterable[Event], categories: dict[str, tuple[str, ...]]
) -> Iterator[Tally]:
    if not isinstance(record, Pair | Judged):
        return
    judged = (
        [record.response_event] if isinstance(record, Judged) else list(dict.fromkeys(named_events(record)))
    )
    said: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event.parent in judged and event.invalid is None:
            for name in categories.get(event.role, ()):
                if name in event.answer:
                    said[event.parent, f"{name}={spoken(event.answer[name])}"] += 1
    for (name, words), count in sorted(said.items()):
        yield Tally(event=name, said=words, count=count)


def spoken(value: Any) -> str:
    """A categorical answer in one spelling: `yes` for true, `no` for false.

    >>> spoken(True), spoken("no"), spoken(2)
    ('yes', 'no', '2')
    """
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
