"""Tree: the log of an episode drawn as a tree, from left to right, as one inline SVG.

Knows nothing of servers. Colours come from classes (`drawings.css`); each node also says by its shape what its
colour says. Large trees are drawn small, so that a browser shows thousands of nodes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import htpy as h

from maieutic import Episode, Event, Record
from maieutic.traces.html.reading import Node, before, read, verdict
from maieutic.traces.html.text import fitting, plain
from maieutic.traces.html.words import compared

Link = Callable[[str], str]  # event id -> where its turn is shown in full


def anchor(name: str) -> str:
    """The usual link: the turn stands on the same page."""
    return f"#turn-{name}"


@dataclass(frozen=True)
class _Size:
    """Measures of a drawing in pixels."""

    width: int
    height: int
    across: int  # between the left edges of parent and child
    down: int  # between the tops of neighbours


_LARGE = _Size(184, 62, 236, 74)
_SMALL = _Size(62, 14, 116, 18)
_MANY = 150  # nodes from which on they are drawn small


def tree_drawing(
    episode: Episode, records: Iterable[Record] = (), *, link: Link = anchor, focus: str | None = None
) -> h.Element:
    """The refinement tree, or the conversation as a path with its drafts as twigs.

    Args:
        episode: the episode.
        records: what was drawn from it; marks chosen and rejected.
        link: where a click on a node leads.
        focus: id of the turn in focus; a vote puts its candidate in focus.
    """
    nodes = read(episode, records)
    size = _LARGE if len(nodes) <= _MANY else _SMALL
    places, rows, columns = _layout(nodes)
    width, height = columns * size.across - (size.across - size.width) + 16, rows * size.down + 12
    at = {name: (8 + column * size.across, 8 + row * size.down) for name, (column, row) in places.items()}
    names = {event.id: name for name, node in nodes.items() for event in (node.event, *node.votes)}
    focus = names.get(focus or "")
    first = focus or next(iter(nodes), None)  # where somebody who goes by keys comes in
    if not nodes:
        return h.p(".tree-frame.dim")["No turn has been taken yet."]
    return h.div(".tree-frame")[
        h.svg(
            ".tree",
            {
                "viewBox": f"0 0 {width} {height:.0f}",
                "width": str(width),
                "height": f"{height:.0f}",
                "role": "group",
                "aria-label": f"Tree of {len(nodes)} turns",
            },
        )[
            [_edge(nodes, node, at, size) for node in nodes.values() if node.parent is not None],
            [_drawn(nodes, name, at[name], size, link, name == focus, name == first) for name in nodes],
        ]
    ]


def _layout(nodes: Mapping[str, Node]) -> tuple[dict[str, tuple[int, float]], int, int]:
    """Column and row of each node, rows and columns in all: a leaf takes the next row, a parent stands midway.

    Not recursive: a conversation can be thousands of turns deep.
    """
    column: dict[str, int] = {}
    for name, node in nodes.items():  # in the order of the log, so parents come first
        column[name] = 0 if node.parent is None else column[node.parent] + 1
    row: dict[str, float] = {}
    below = 0
    todo = [(name, False) for name, node in reversed(list(nodes.items())) if node.parent is None]
    while todo:
        name, done = todo.pop()
        children = nodes[name].children
        if not children:
            row[name] = below
            below += 1
        elif done:
            row[name] = (row[children[0]] + row[children[-1]]) / 2
        else:
            todo.append((name, True))
            todo += [(child, False) for child in reversed(children)]
    return (
        {name: (column[name], row[name]) for name in nodes},
        max(below, 1),
        1 + max(column.values(), default=0),
    )


def _edge(
    nodes: Mapping[str, Node], node: Node, at: Mapping[str, tuple[float, float]], size: _Size
) -> h.Node:
    assert node.parent is not None
    (left, top), (right, end) = at[node.parent], at[node.event.id]
    x, y, to = left + size.width, top + size.height / 2, end + size.height / 2
    bend = (right - x) / 2
    chosen = ".chosen" if node.chosen and nodes[node.parent].chosen else ""
    return h.path(
        f".edge{chosen}",
        d=f"M{x:.0f} {y:.1f}C{x + bend:.0f} {y:.1f} {right - bend:.0f} {to:.1f} {right:.0f} {to:.1f}",
    )


def kind(node: Node) -> str:
    """The class that says a node's verdict: good, bad or plain."""
    return "invalid" if node.event.invalid else {True: "good", False: "bad", None: "open"}[node.good]


def _drawn(
    nodes: Mapping[str, Node],
    name: str,
    place: tuple[float, float],
    size: _Size,
    link: Link,
    focus: bool,
    first: bool,
) -> h.Element:
    node, (x, y) = nodes[name], place
    marks = " ".join(node.marks)
    told = f"{node.event.role}, {_WORDS[kind(node)]}" + (
        f", value {node.value:.2f}" if node.value is not None else ""
    )
    told += f", {len(node.votes)} votes" if node.votes else ""
    told += f", expanded as number {node.visit}" if node.visit else ""
    told += f", {marks}" if marks else ""
    classes = f".node.{kind(node)}{'.chosen' if node.chosen else ''}{'.focus' if focus else ''}"
    body = _small(node, size) if size is _SMALL else _large(nodes, node, size)
    return h.a(
        classes,
        {
            "href": link(name),
            "data-turn": name,
            "data-parent": node.parent,
            "transform": f"translate({x:.0f} {y:.1f})",
            "tabindex": "0" if first else "-1",
        },
    )[
        h.title[told],  # what it is called, and its tooltip
        h.rect(width=str(size.width), height=str(size.height), rx="7" if size is _LARGE else "4"),
        body,
    ]


_WORDS = {"good": "accepted", "bad": "not accepted", "open": "not judged", "invalid": "unusable"}
_SIGNS = {"good": "✓", "bad": "✗", "open": "", "invalid": "!"}


def _small(node: Node, size: _Size) -> h.Node:
    value = f" {node.value:.2f}" if node.value is not None else ""
    visit = f" #{node.visit}" if node.visit else ""
    return h.text(x="5", y="11")[f"{_SIGNS[kind(node)]}{value}{visit}"]


def _large(nodes: Mapping[str, Node], node: Node, size: _Size) -> h.Node:
    marks = [*(mark for mark in node.marks if mark not in _ELSEWHERE)]
    corner = " ".join([*marks, *([f"#{node.visit}"] if node.visit else [])])
    room = (size.width - 66 - round(6.5 * len(corner))) // _VOTE
    sign = f"{_SIGNS[kind(node)]} {node.value:.2f}" if node.value is not None else _SIGNS[kind(node)]
    return [
        h.text(".role", x="9", y="17")[fitting(node.event.role, size.width - 17, 12.5)],
        h.svg(x="9", y="21", width=str(size.width - 17), height="17")[
            h.text(".words", x="0", y="12")[fitting(_words(nodes, node), size.width - 17, 11)]
        ],
        h.text(".sign", x="9", y="54")[sign],
        [_vote(vote, 60 + _VOTE * place) for place, vote in enumerate(node.votes[:room])],
        h.text(".mark", {"text-anchor": "end"}, x=str(size.width - 8), y="54")[corner],
    ]


_VOTE = 9  # pixels from one vote to the next
_ELSEWHERE = ("held back", "chosen", "rejected")  # these show in other ways than by a word in a node


def _words(nodes: Mapping[str, Node], node: Node) -> str:
    """What a node says in one line; of a revision, the first words that are new."""
    event, source = node.event, before(nodes, node.event.id)
    text = event.answer.get("text")
    if not isinstance(text, str):
        return event.invalid or "  ".join(f"{name}: {plain(one)}" for name, one in event.answer.items())
    if source is not None:
        changes = [words for what, words in compared(str(source.answer["text"]), text) if what == "new"]
        telling = (words for words in changes if any(letter.isalnum() for letter in words))
        new = next(telling, next(iter(changes), ""))
        return f"+ {new}" if new.strip() else "only left out"
    return text


def _vote(vote: Event, x: int) -> h.Element:
    said = verdict(vote)
    if said is None:
        return h.circle(".vote.open", cx=str(x), cy="50", r="3")
    if said:
        return h.circle(".vote.good", cx=str(x), cy="50", r="3.5")
    return h.path(".vote.bad", d=f"M{x - 3} 47l6 6m0 -6l-6 6")
