"""Graph: the state machine that an episode ran through, with the node in focus, as one inline SVG.

Knows nothing of LangGraph: names of nodes and edges between them are all that is drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

import htpy as h

_WIDE, _HIGH, _ACROSS, _DOWN = 112, 30, 150, 58


def graph_drawing(edges: Iterable[tuple[str, str]], focus: Collection[str] = ()) -> h.Element:
    """Nodes in columns by their distance from the first; edges that lead back run below.

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
        name: (10 + place * _ACROSS, 12 + (row + (tall - len(names)) / 2) * _DOWN)
        for place, names in rows.items()
        for row, name in enumerate(names)
    }
    deepest = max((y for _, y in at.values()), default=0)
    back = [pair for pair in pairs if column[pair[1]] <= column[pair[0]]]
    width = 20 + max(column.values(), default=0) * _ACROSS + _WIDE
    height = deepest + _HIGH + 16 + 9 * len(back)
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
            [
                _back(
                    at[one], at[other], deepest + _HIGH + 9 * (back.index((one, other)) + 1), other in focus
                )
                if (one, other) in back
                else _ahead(at[one], at[other])
                for one, other in pairs
            ],
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
    far = to - x > _ACROSS  # past other columns: a wide bow, so that it does not run through their nodes
    lift = _DOWN / 2 if far else 0.0
    return h.path(
        ".edge",
        d=f"M{x:.0f} {y:.0f}C{x + bend:.0f} {y - lift:.0f} {to - bend:.0f} {end - lift:.0f} {to - 5:.0f} {end:.0f}"
        f"m-6 -4l6 4l-6 4",
    )


def _back(one: tuple[float, float], other: tuple[float, float], low: float, focus: bool) -> h.Element:
    x, to = one[0] + _WIDE / 2 + 14, other[0] + _WIDE / 2 - 14
    return h.path(
        ".edge.back",
        d=f"M{x:.0f} {one[1] + _HIGH:.0f}V{low - 5:.0f}Q{x:.0f} {low:.0f} {x - 6 if to < x else x + 6:.0f} {low:.0f}"
        f"H{to:.0f}V{other[1] + _HIGH + 5:.0f}m-4 6l4 -6l4 6",
    )
