"""Reading: what a log says as a tree: which turns are candidates, which are votes on them, what was chosen.

Knows nothing of pages, and of no one scenario: a vote is a turn that says yes or no of the turn that it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from maieutic import Episode, Event, Pair, Record, path

BAD = frozenset({"leaks", "noisy", "contradicts", "hallucinated"})  # fields of which true is the bad answer
_ASKED = frozenset(
    {"verdict", "leaks", "passes", "understood", "accepted", "correct", "good", "present", "met"}
    | {"addresses_question", "no_mistakes"}
)


def verdict(event: Event) -> bool | None:
    """Whether a turn says yes (True) or no (False) of the turn that it answers; None: it does neither.

    >>> from maieutic import Event
    >>> verdict(Event(id="b", parent="a", role="critic.screen", index=0, seat="critic", agent="x", key="k",
    ...               answer={"leaks": True}))
    False
    """
    if event.invalid is not None:
        return None
    judged = [_yes(name, event.answer[name]) for name in event.answer if name in _ASKED]
    known = [one for one in judged if one is not None]
    return all(known) if known else None


def _yes(name: str, value: object) -> bool | None:
    if isinstance(value, str):
        value = {"yes": True, "no": False, "true": True, "false": False}.get(value.lower())
    return (value is not (name in BAD)) if isinstance(value, bool) else None


@dataclass
class Node:
    """A turn as it is drawn, with the votes that were cast on it.

    Attributes:
        event: the turn.
        parent: id of the drawn turn that it hangs under; None at the top.
        vote: id of the vote of `parent` that it answers, where it answers one.
        votes: the turns that judged it.
        value: what the pattern noted as its value.
        good: the verdict on it; None where nothing says. A value is one only where it is a share of votes.
        visit: in which place it was expanded, from 1.
        marks: such as root, best, chosen, rejected, held back.
        chosen: whether it is on the way to what was chosen.
        children: ids of the turns that hang under it.
    """

    event: Event
    parent: str | None
    vote: str | None = None
    votes: list[Event] = field(default_factory=list)
    value: float | None = None
    good: bool | None = None
    visit: int | None = None
    marks: list[str] = field(default_factory=list)
    chosen: bool = False
    children: list[str] = field(default_factory=list)


def read(episode: Episode, records: Iterable[Record] = ()) -> dict[str, Node]:
    """The drawn turns by id, in the order of the log; votes stand in the turn that they judge."""
    values = _mapping(episode.notes.get("values"))
    by_id = {event.id: event for event in episode.events}
    judging = {(event.parent, event.role) for event in episode.events if verdict(event) is not None}
    home: dict[str, str] = {}  # vote -> the turn that it judges
    nodes: dict[str, Node] = {}
    for event in episode.events:
        above = home.get(event.parent, event.parent)
        if above in nodes and event.id not in values and _is_vote(event, by_id, judging):
            home[event.id] = above
            nodes[above].votes.append(event)
            continue
        node = Node(event, above if above in nodes else None, event.parent if event.parent in home else None)
        nodes[event.id] = node
        if node.parent is not None:
            nodes[node.parent].children.append(event.id)
    gate = episode.parameters.get("gate")
    _judge(nodes, values, float(gate) if isinstance(gate, int | float) else 0.5)
    _mark(nodes, home, episode, list(records))
    return nodes


def _is_vote(event: Event, by_id: Mapping[str, Event], judging: AbstractSet[tuple[str, str]]) -> bool:
    """An unusable turn counts as a vote where others of its role under the same turn are votes."""
    above = by_id.get(event.parent)
    return above is not None and above.role != event.role and (event.parent, event.role) in judging


def _judge(nodes: Mapping[str, Node], values: Mapping[str, Any], gate: float) -> None:
    votes = {
        name: [one for one in map(verdict, node.votes) if one is not None] for name, node in nodes.items()
    }
    shares = any(
        votes[name] for name in nodes if name in values
    )  # else values are scores, on a scale of their own
    for name, node in nodes.items():
        value, said = values.get(name), votes[name]
        if isinstance(value, int | float) and not isinstance(value, bool):
            node.value = float(value)
        if node.event.invalid is not None:
            node.good = False
        elif node.value is not None:
            node.good = node.value > gate if shares else None
        else:
            node.good = 2 * sum(said) > len(said) if said else verdict(node.event)


def _mark(
    nodes: Mapping[str, Node], home: Mapping[str, str], episode: Episode, records: list[Record]
) -> None:
    notes = episode.notes
    visits = notes.get("visits")
    for place, name in enumerate(visits if isinstance(visits, list) else [], start=1):
        if isinstance(name, str) and name in nodes:
            nodes[name].visit = place
    for mark in ("root", "best"):
        name = notes.get(mark)
        if isinstance(name, str) and name in nodes:
            nodes[name].marks.append(mark)
    ends = [name for mark in ("best", "head") if isinstance(name := notes.get(mark), str)]
    for record in records:
        if isinstance(record, Pair):
            for mark, name in (("chosen", record.chosen_event), ("rejected", record.rejected_event)):
                if name in nodes and mark not in nodes[name].marks:
                    nodes[name].marks.append(mark)
            ends += [] if ends else [record.chosen_event]
    for end in ends:
        for event in path(episode.events, end):
            name = home.get(event.id, event.id)
            if name in nodes:
                nodes[name].chosen = True
    if "head" in notes:
        for node in nodes.values():
            if isinstance(node.event.answer.get("text"), str) and not node.chosen and node.good is False:
                node.marks.append("held back")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def before(nodes: Mapping[str, Node], name: str) -> Event | None:
    """The text that a turn revised: that of the nearest turn above it by the same kind of candidate."""
    node = nodes.get(name)
    above = None if node is None else node.parent
    while node is not None and above is not None:
        other = nodes[above]
        if isinstance(other.event.answer.get("text"), str) and (node.value is None) == (other.value is None):
            return other.event if node.value is not None or other.event.role == node.event.role else None
        above = other.parent
    return None
