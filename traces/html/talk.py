"""Talk: an episode as a conversation: who said what, what was held back, and apart from it what nobody else saw.

Knows nothing of servers. Votes and checks stand under the words that they judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import htpy as h

from maieutic import Episode, Event, Record
from maieutic.traces.about import about_first
from maieutic.traces.html.reading import Node, before, read, verdict
from maieutic.traces.html.text import facts, line, plain, said, shown
from maieutic.traces.html.tree import Link, anchor, kind
from maieutic.traces.html.words import difference

_SEATS = 6  # colours there are


def seat_classes(events: Iterable[Event]) -> dict[str, str]:
    """A class for each seat, in order of their first turns."""
    seats = dict.fromkeys(event.seat for event in events)
    return {seat: f"seat-{place % _SEATS}" for place, seat in enumerate(seats)}


def task_drawing(episode: Episode, *, truth: bool = False) -> h.Element:
    """What the task says, what it is about first; the truth behind it on request."""
    fields = episode.task.fields
    names = about_first(fields)
    hidden = truth and episode.task.truth
    return h.section(".task", aria_label="Task")[
        [h.div(".field")[h.h3[shown(name, 80)], said(plain(fields[name]))] for name in names],
        hidden
        and h.details(".truth")[h.summary["The truth, which no player is shown"], facts(episode.task.truth)],
    ]


def conversation(
    episode: Episode,
    records: Iterable[Record] = (),
    *,
    link: Link = anchor,
    focus: str | None = None,
    most: int | None = None,
) -> h.Node:
    """The turns in the order of the log; each links to itself in full.

    Args:
        episode: the episode.
        records: what was drawn from it; marks chosen and rejected.
        link: where a turn is shown in full.
        focus: id of the turn in focus.
        most: turns to show; where there are more, the one in focus and those that led to what was chosen go first.
    """
    nodes = read(episode, records)
    if most is None or len(nodes) <= most:
        return h.ol(".talk")[talk_lines(nodes, link=link, focus=focus)]
    first = [name for name, node in nodes.items() if name == focus or node.chosen or node.marks]
    kept = list(dict.fromkeys([*first, *nodes]))[:most]
    return [
        h.p(".cut")[f"{most:,} of {len(nodes):,} turns, those that led to what was chosen among them."],
        h.ol(".talk")[talk_lines(nodes, link=link, focus=focus, only=kept)],
    ]


def talk_lines(
    nodes: Mapping[str, Node],
    *,
    link: Link = anchor,
    focus: str | None = None,
    only: Collection[str] | None = None,
) -> list[h.Element]:
    """The lines of a conversation, or `only` those of some turns."""
    classes = seat_classes(node.event for node in nodes.values())
    return [
        _line(nodes, node, classes[node.event.seat], link, focus)
        for name, node in nodes.items()
        if only is None or name in only
    ]


def _line(nodes: Mapping[str, Node], node: Node, seat: str, link: Link, focus: str | None) -> h.Element:
    event = node.event
    text = event.answer.get("text")
    rest = {name: value for name, value in event.answer.items() if name != "text"}
    held = "held back" in node.marks
    classes = [seat, kind(node), "held" if held else "", "focus" if focus == event.id else ""]
    source = before(nodes, event.id)
    return h.li({"class": " ".join(filter(None, ["turn", *classes])), "id": f"turn-{event.id}"})[
        h.header[
            h.a(".role", href=link(event.id), data_turn=event.id)[shown(event.role, 80)],
            [h.span(".mark")[mark] for mark in node.marks],
            node.value is not None and h.span(".value")[f"{node.value:.2f}"],
        ],
        h.div(".both")[
            h.div(".public")[
                isinstance(text, str)
                and (said(text) if source is None else difference(str(source.answer.get("text", "")), text)),
                facts(rest),
                event.invalid is not None
                and h.div(".problem")[
                    h.b["unusable: "], shown(event.invalid, 600), event.raw and said(event.raw, 1200)
                ],
            ],
            _hidden(event.private),
        ],
        bool(node.votes) and _votes(node.votes, link, focus),
    ]


def _hidden(private: Mapping[str, object]) -> h.Node:
    values = {name: value for name, value in private.items() if value not in (None, "")}
    return (
        bool(values)
        and h.div(".private", role="group", aria_label="Private")[h.span(".label")["private"], facts(values)]
    )


def _votes(votes: Sequence[Event], link: Link, focus: str | None) -> h.Element:
    return h.ul(".votes")[[vote_line(vote, link, focus) for vote in votes]]


def vote_line(vote: Event, link: Link = anchor, focus: str | None = None) -> h.Element:
    """A vote in one line."""
    yes = verdict(vote)
    classes = {True: ".good", False: ".bad", None: ".open"}[yes] + (".focus" if focus == vote.id else "")
    told = vote.invalid or " · ".join(
        plain(value) if name in ("text", "explanation", "reason") else f"{name}: {plain(value)}"
        for name, value in sorted(
            vote.answer.items(), key=lambda item: isinstance(item[1], str) and len(item[1]) > 5
        )
    )
    return h.li(f".vote{classes}", id=f"turn-{vote.id}")[
        h.span(".sign", aria_hidden="true")[{True: "✓", False: "✗", None: "!"}[yes]],
        h.a(".role", href=link(vote.id), data_turn=vote.id)[shown(vote.role, 80)],
        h.span(dir="auto")[line(told, 400)],
    ]
