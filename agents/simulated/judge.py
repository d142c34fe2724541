"""Simulated judging of one response: the world's checks say what is right, and a known share of verdicts is turned.

Knows nothing of votes or trees. The critique names, in plain words, what the verdict takes to be wrong: the true
faults where the verdict is right, an invented one where a good response is turned down.
"""

from __future__ import annotations

import random

from maieutic.worlds.text_constraints import Truth, judge, wish

_PRAISE = (
    "I went through what was asked and found nothing amiss.",
    "Each constraint is met as far as I can see.",
    "The response does what the request asks, in every point.",
    "Checked one by one, all the conditions hold.",
)
_BLAME = (
    "One thing at least is not as asked.",
    "The response falls short of the request.",
    "Not everything that was asked for is there.",
    "This does not pass yet.",
)
_POINT = (
    'It was asked: "{wish}" Found: {seen}.',
    'The request says: "{wish}" What I see: {seen}.',
    'This is not met: "{wish}" ({seen})',
)
_HOLDS = ('This is met: "{wish}"', 'In order: "{wish}"', 'As asked: "{wish}"')
_IMAGINED = ("something else", "not quite that", "too little of it", "a slip in one place")


def verdict(text: str, truth: Truth, accuracy: float, chance: random.Random) -> tuple[bool, str]:
    """Whether `text` meets every constraint, said rightly with probability `accuracy`, and why.

    Returns:
        The verdict, and the critique that goes with it.
    """
    checks = judge(text, truth)
    good = all(one.ok is True for one in checks)
    said = good if chance.random() < accuracy else not good
    if said:
        lines = [chance.choice(_HOLDS).format(wish=wish(item, truth, chance)) for item in truth.items]
        return said, " ".join([*lines, chance.choice(_PRAISE)])
    faults = [(item, one.reason) for item, one in zip(truth.items, checks, strict=True) if one.ok is not True]
    if not faults and truth.items:
        faults = [(chance.choice(truth.items), chance.choice(_IMAGINED))]
    lines = [chance.choice(_POINT).format(wish=wish(item, truth, chance), seen=seen) for item, seen in faults]
    return said, " ".join([chance.choice(_BLAME), *lines])
