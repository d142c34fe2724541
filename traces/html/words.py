"""Words: the difference of two texts as a page shows it, word by word: what went struck out, what came underlined.

Knows nothing of events.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

import htpy as h

from maieutic.traces.html.text import LONGEST, shown
from maieutic.traces.words import Change, changes, distance

_APART = 0.6  # share of changed words above which a difference says nothing
_LONG = 20_000  # characters above which it is not even asked
_MOST = 4000  # words compared one by one; comparing takes time with the square of their number
_PIECE = re.compile(r"\s+|[^\s\w]|\w+")


def difference(old: str, new: str) -> h.Element:
    """How to get from `old` to `new`."""
    parts = compared(old, new)
    room = LONGEST * 2
    nodes: list[h.Node] = []
    for what, text in parts:
        if room <= 0:
            nodes.append(h.span(".cut")[" … and more"])
            break
        room -= len(text)
        body = shown(text)
        nodes.append(body if what == "same" else (h.del_ if what == "gone" else h.ins)[body])
    return h.div(".said.difference", dir="auto")[nodes]


def compared(old: str, new: str) -> list[Change]:
    """As `maieutic.traces.changes`, for texts of any length: what they begin and end with is set aside first, and
    where too much is left to be compared word by word it is given as gone and new."""
    left, right = _PIECE.findall(old), _PIECE.findall(new)
    head = _shared(left, right)
    tail = _shared(left[head:][::-1], right[head:][::-1])
    middle = ("".join(left[head : len(left) - tail]), "".join(right[head : len(right) - tail]))
    found: list[Change] = [("same", "".join(left[:head]))]
    if max(len(left), len(right)) - head - tail > _MOST:
        found += [("gone", middle[0]), ("new", middle[1])]
    else:
        found += changes(*middle)
    found.append(("same", "".join(left[len(left) - tail :])))
    return [(what, text) for what, text in found if text]


def near(old: str, new: str) -> bool:
    """Whether two texts have so much in common that their difference says something."""
    return len(old) + len(new) < _LONG and distance(old, new) <= _APART


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words two texts have in common from their beginning."""
    return sum(1 for _ in takewhile(lambda words: words[0] == words[1], zip(left, right, strict=False)))
