"""Time line: when each seat was asked and how long it took, as one inline SVG.

Knows nothing of journals; times come with the spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h

from maieutic.traces.html.text import line
from maieutic.traces.html.tree import Link, anchor

_LEFT, _WIDTH, _ROW = 120, 760, 26
_MOST = 3000  # bars drawn; more cannot be told apart


@dataclass(frozen=True)
class Span:
    """One call: which turn, whose, when it began and how long it took, in seconds.

    `reused` turns were not taken but found: in the journal that the run went on from.
    """

    event: str
    role: str
    seat: str
    begun: float
    took: float
    good: bool | None = None
    reused: bool = False


def timeline(spans: Sequence[Span], *, link: Link = anchor, focus: str | None = None) -> h.Element:
    """The calls of an episode, one row a seat, the first call at nought."""
    seats = list(dict.fromkeys(span.seat for span in spans))
    first = min((span.begun for span in spans), default=0.0)
    last = max((span.begun + span.took for span in spans), default=1.0)
    scale = (_WIDTH - _LEFT - 20) / max(last - first, 1e-3)
    height = _ROW * len(seats) + 34
    classes = {seat: f"seat-{place % 6}" for place, seat in enumerate(seats)}
    ticks = [(first + (last - first) * part / 4) for part in range(5)]
    return h.div(".scroll", tabindex="0", role="region", aria_label="Time line of calls")[
        h.svg(
            ".timeline",
            {
                "viewBox": f"0 0 {_WIDTH} {height}",
                "width": str(_WIDTH),
                "height": str(height),
                "role": "group",
            },
        )[
            [
                [
                    h.path(".tick", d=f"M{_LEFT + (at - first) * scale:.1f} 4v{_ROW * len(seats) + 6}"),
                    h.text(
                        ".dim",
                        {"text-anchor": "middle"},
                        x=f"{_LEFT + (at - first) * scale:.1f}",
                        y=str(height - 8),
                    )[duration(at - first)],
                ]
                for at in ticks
            ],
            [h.text(x="4", y=str(_ROW * place + 22))[line(seat, 16)] for place, seat in enumerate(seats)],
            [
                h.a(
                    f".bar.{classes[span.seat]}{'.focus' if span.event == focus else ''}{'.reused' if span.reused else ''}",
                    href=link(span.event),
                    data_turn=span.event,
                    tabindex="-1",
                    aria_label=f"{span.role}, after {duration(span.begun - first)}, took {duration(span.took)}",
                )[
                    h.title[f"{span.role}: {duration(span.took)}"],
                    h.rect(
                        x=f"{_LEFT + (span.begun - first) * scale:.1f}",
                        y=str(_ROW * seats.index(span.seat) + 9),
                        width=f"{max(span.took * scale, 3):.1f}",
                        height=str(_ROW - 8),
                        rx="2",
                    ),
                ]
                for span in spans[:_MOST]
            ],
        ]
    ]


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(0.0042), duration(2.5), duration(90)
    ('4.2 ms', '2.5 s', '1 min 30 s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
