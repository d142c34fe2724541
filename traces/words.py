"""Words: what changed between two texts, word by word.

Knows nothing of events.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

Change = tuple[Literal["same", "gone", "new"], str]

_WORD = re.compile(r"\s+|[^\s\w]|\w+")


def changes(old: str, new: str) -> list[Change]:
    """How to get from `old` to `new`: runs of text that stayed, went and came.

    >>> changes("a red hat", "a blue hat")
    [('same', 'a '), ('gone', 'red'), ('new', 'blue'), ('same', ' hat')]
    """
    left, right = _WORD.findall(old), _WORD.findall(new)
    found: list[Change] = []
    for what, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("same", "".join(left[a:b])))
            continue
        if a != b:
            found.append(("gone", "".join(left[a:b])))
        if c != d:
            found.append(("new", "".join(right[c:d])))
    return found


def excerpt(old: str, new: str, around: int = 24) -> list[Change]:
    """What changed, with `around` characters of what stayed on either side of it.

    >>> excerpt("one two three four", "one two three five", around=5)
    [('same', '...hree '), ('gone', 'four'), ('new', 'five')]
    """
    found: list[Change] = []
    parts = changes(old, new)
    for place, (what, text) in enumerate(parts):
        if what == "same" and len(text) > 2 * around + 3:
            head = text[:around] if place else ""
            tail = text[-around:] if place < len(parts) - 1 else ""
            text = f"{head}...{tail}"
        found.append((what, text))
    return found


def distance(old: str, new: str) -> float:
    """Share of words that differ, from 0 (the same words in the same order) to 1 (none in common).

    >>> distance("a red hat", "a red hat"), distance("a b", "c d")
    (0.0, 1.0)
    """
    left, right = old.split(), new.split()
    return 1.0 - SequenceMatcher(None, left, right, autojunk=False).ratio() if left or right else 0.0
