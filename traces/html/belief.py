"""Belief: the true state of a simulated student beside what its teacher believed of it, turn by turn.

Knows nothing of any one player: a true state is a memory that maps names to yes or no, a belief one that maps the
same names to chances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import htpy as h
from pydantic import JsonValue

from maieutic import Episode, Event
from maieutic.traces.html.text import shown
from maieutic.traces.html.tree import Link, anchor


@dataclass(frozen=True)
class Believed:
    """What was so and what was believed after one turn of the student; None where nobody had thought of it yet."""

    event: str
    true: Mapping[str, bool]
    believed: Mapping[str, float | None]


def beliefs(episode: Episode) -> list[Believed]:
    """Each turn of a simulated student with what the next turn of somebody else believed; empty where nothing of the kind
    is kept."""
    found: list[Believed] = []
    waiting: tuple[Event, Mapping[str, bool]] | None = None
    for event in episode.events:
        if (true := _state(event.memory)) is not None:
            if waiting is not None:
                found.append(Believed(waiting[0].id, waiting[1], dict.fromkeys(waiting[1])))
            waiting = event, true
        elif waiting is not None and (held := _chances(event.memory, waiting[1])) is not None:
            found.append(Believed(waiting[0].id, waiting[1], {name: held.get(name) for name in waiting[1]}))
            waiting = None
    if waiting is not None:
        found.append(Believed(waiting[0].id, waiting[1], dict.fromkeys(waiting[1])))
    return found if any(value is not None for one in found for value in one.believed.values()) else []


def _state(memory: Mapping[str, JsonValue] | None) -> dict[str, bool] | None:
    for value in (memory or {}).values():
        if isinstance(value, dict) and value and all(isinstance(one, bool) for one in value.values()):
            return {name: bool(one) for name, one in value.items()}
    return None


def _chances(memory: Mapping[str, JsonValue] | None, names: Mapping[str, bool]) -> dict[str, float] | None:
    for value in (memory or {}).values():
        if isinstance(value, dict) and value.keys() & names.keys():
            chances = {
                name: float(one)
                for name, one in value.items()
                if isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1
            }
            if chances:
                return chances
    return None


def belief_table(episode: Episode, *, link: Link = anchor) -> h.Node:
    """Rows are turns of the student, columns what there is to know; nothing where no belief is kept."""
    rows = beliefs(episode)
    if not rows:
        return None
    names = list(dict.fromkeys(name for row in rows for name in row.true))
    return h.div(".scroll", tabindex="0", role="region", aria_label="True state and belief")[
        h.table(".belief")[
            h.thead[h.tr[h.th["after turn"], [h.th[shown(name, 60)] for name in names]]],
            h.tbody[
                [
                    h.tr[
                        h.th[h.a(href=link(row.event), data_turn=row.event)[str(place)]],
                        [_cell(row.true.get(name), row.believed.get(name)) for name in names],
                    ]
                    for place, row in enumerate(rows, start=1)
                ]
            ],
        ]
    ]


def _cell(true: bool | None, believed: float | None) -> h.Element:
    if true is None:
        return h.td
    said = "not asked" if believed is None else f"{believed:.2f}"
    wrong = believed is not None and (believed > 0.5) is not true
    return h.td(".wrong" if wrong else "")[
        h.span(".good" if true else ".bad")["knows" if true else "does not"],
        " ",
        h.span(".bar-frame", aria_hidden="true")[
            believed is not None
            and h.svg({"width": "60", "height": "8"})[
                h.rect(".track", width="60", height="8", rx="2"),
                h.rect(".fill", width=f"{60 * believed:.1f}", height="8", rx="2"),
            ]
        ],
        h.span(".number")[f" {said}"],
    ]
