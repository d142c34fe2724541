"""Utility: how good a response is, as one number that can be computed from its text.

Knows nothing of who prefers what. It stands in for the true quality that people's preferences are noisy signs of:
first the constraints that are met, then, to tell responses apart that meet as many, how varied the words are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import JsonValue

from maieutic.worlds.text_constraints.registry import Truth
from maieutic.worlds.text_constraints.score import judge

QUALITY_WEIGHT = 0.1
_RICH = 8.0  # a corrected type-token ratio that long, varied prose stays below


def variety(text: str) -> float:
    """How varied the words of `text` are, from 0 to 1.

    Carroll's corrected type-token ratio (1964), distinct words over the root of twice the words, which grows
    little with length; scaled, and cut at 1.

    >>> variety("rain rain rain rain") < variety("rain falls on roofs") < 1
    True
    """
    words = re.findall(r"\w+", text.lower())
    return min(1.0, len(set(words)) / (2 * len(words)) ** 0.5 / _RICH) if words else 0.0


def utility(text: str, truth: Mapping[str, JsonValue] | Truth) -> float:
    """Share of the constraints met, plus `QUALITY_WEIGHT` times the variety of words: 0 to 1.1.

    A task without constraints is decided by variety alone. A constraint that nobody can judge counts as not met.

    >>> truth = {"items": [{"id": "punctuation:no_comma"}], "registry": "repaired"}
    >>> utility("Rain falls.", truth) > 1 > utility("Rain, then sun.", truth)
    True
    """
    known = truth if isinstance(truth, Truth) else Truth.of(truth)
    checks = judge(text, known)
    met = sum(one.ok is True for one in checks) / len(checks) if checks else 0.0
    return met + QUALITY_WEIGHT * variety(text)
