"""Graph: the state machine that an episode ran through, with the node in focus, as one inline SVG.

Knows nothing of LangGraph: names of nodes and edges between them are all that is drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

import htpy as h

_WIDE, _HIGH, _ACROSS, _DOWN, _LANE = 112, 30, 164, 46, 12
_HEAD = "m-6 -4l6 4l-6 4"


def graph_drawing(edges: Iterable[tuple[str, str]], focus: Collection[str] = ()) -> h.Element:
    """Nodes in columns by their distance from the first; edges that lead back run below, those past a column above.

    Args:
        edges: from, to; the first node of the first edge is the beginning.
        focus: the nodes in focus.
    """
    pairs = list(dict.fromkeys(edges))
    start = pairs[0][0] if pairs else ""
    column = _columns(pairs, start)
    rows: dict[int, list[str]] = {}
    for name, place in column.items():
        rows.setdefault(place, []).append(name)
    tall = max((len(names) for names in rows.values()), default=1)
    at = {
        name: (26 + place * _ACROSS, 8 + (row + (tall - len(names)) / 2) * _DOWN)
        for place, names in rows.items()
        for row, name in enumerate(names)
    }
    lowest = max((y for _, y in at.values()), default=0) + _HIGH
    back = [pair for pair in pairs if column[pair[1]] <= column[pair[0]]]
    far = [pair for pair in pairs if column[pair[1]] > column[pair[0]] + 1]
    over = {name: place for place, name in enumerate(dict.fromkeys(other for _, other in far))}
    under = {name: place for place, name in enumerate(dict.fromkeys(one for one, _ in back))}
    top = _LANE * (len(over) + bool(over))
    at = {name: (x, y + top) for name, (x, y) in at.items()}
    width = 32 + max(column.values(), default=0) * _ACROSS + _WIDE
    height = lowest + top + 12 + _LANE * (len(under) + bool(under))

    def drawn(one: str, other: str) -> h.Element:
        if (one, other) in back:
            return _around(at[one], at[other], lowest + top + _LANE * (under[one] + 1), under[one], ".back")
        if (one, other) in far:
            return _around(at[one], at[other], top - _LANE * over[other], over[other], "")
        return _ahead(at[one], at[other])

    return h.div(".scroll", tabindex="0", role="region", aria_label="Graph of the scenario")[
        h.svg(
            ".graph",
            {
                "viewBox": f"0 0 {width} {height:.0f}",
                "width": str(width),
                "height": f"{height:.0f}",
                "role": "img",
                "aria-label": f"State machine of {len(at)} nodes"
                + (f", in focus: {', '.join(focus)}" if focus else ""),
            },
        )[
            [drawn(one, other) for one, other in pairs],
            [
                h.g(f".state{'.focus' if name in focus else ''}", transform=f"translate({x:.0f} {y:.0f})")[
                    h.rect(width=str(_WIDE), height=str(_HIGH), rx="15" if name.startswith("__") else "6"),
                    h.text({"text-anchor": "middle"}, x=str(_WIDE // 2), y="20")[name.strip("_")[:16]],
                ]
                for name, (x, y) in at.items()
            ],
        ]
    ]


def _columns(pairs: list[tuple[str, str]], start: str) -> dict[str, int]:
    """The distance of each node from `start`; the end stands last, what cannot be reached first."""
    found, todo = {start: 0}, deque([start])
    while todo:
        name = todo.popleft()
        for one, other in pairs:
            if one == name and other not in found:
                found[other] = found[name] + 1
                todo.append(other)
    for pair in pairs:
        for name in pair:
            found.setdefault(name, 0)
    if "__end__" in found:
        found["__end__"] = 1 + max(place for name, place in found.items() if name != "__end__")
    return found


def _ahead(one: tuple[float, float], other: tuple[float, float]) -> h.Element:
    x, y, to, end = one[0] + _WIDE, one[1] + _HIGH / 2, other[0], other[1] + _HIGH / 2
    bend = max(18.0, (to - x) / 2)
    return h.path(
        ".edge",
        d=f"M{x:.0f} {y:.0f}C{x + bend:.0f} {y:.0f} {to - bend:.0f} {end:.0f} {to - 1:.0f} {end:.0f}{_HEAD}",
    )


def _around(
    one: tuple[float, float], other: tuple[float, float], lane: float, place: int, kind: str
) -> h.Element:
    """An edge that would run through other nodes: out into the gap between columns, along a lane above or below all
    nodes, and in from the gap before its goal."""
    x, y, to, end = one[0] + _WIDE, one[1] + _HIGH / 2, other[0], other[1] + _HIGH / 2
    out, into = x + 8 + 4 * (place % 3), to - 14 - 4 * (place % 3)
    return h.path(
        f".edge{kind}", d=f"M{x:.0f} {y:.0f}H{out:.0f}V{lane:.0f}H{into:.0f}V{end:.0f}H{to - 1:.0f}{_HEAD}"
    )
