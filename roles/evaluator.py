"""Evaluator: scores one response with a digit from 0 to 9, beside a gold reference or without one.

Knows no other response. The score that counts is the mean of the digits under the evaluator's own probabilities
(Self-Judge, 2024), where it gives them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, JsonValue

from maieutic import Event
from maieutic.roles.role import Answer, Role, Sampling, private

DIGITS = 10


class Digit(Answer):
    """A score, and how likely each digit was."""

    score: int = Field(ge=0, le=DIGITS - 1, description="How good the response is, from 0 (useless) to 9")
    chances: tuple[float, ...] | None = private(
        None,
        chances_of="score",
        min_length=DIGITS,
        max_length=DIGITS,
        description="Probabilities of the digits 0 to 9",
    )


class Similarity(Answer):
    """How alike a response and a reference are."""

    cosine: float = Field(ge=-1, le=1, description="Cosine of the two texts' vectors")


_SAMPLING = Sampling(temperature=0.0, max_tokens=10)

WITH_REFERENCE = Role(
    "evaluator.with_reference",
    sees=("prompt", "input", "reference", "output"),
    optional=("input",),
    answer=Digit,
    knows=("items", "registry", "topic"),
    sampling=_SAMPLING,
)
ALONE = Role(  # as deployed: nothing of the reference may reach it
    "judge.alone",
    sees=("prompt", "input", "output"),
    optional=("input",),
    answer=Digit,
    knows=("items", "registry", "topic"),
    sampling=_SAMPLING,
)
SIMILARITY = Role("recalibrator.cosine", sees=("reference", "output"), answer=Similarity)


def expected(score: JsonValue, chances: Sequence[float] | None) -> float | None:
    """The mean digit under the probabilities, renormalised over the ten; the digit itself where there are none.

    None where no digit has any probability: such a score is unknown, not the worst.

    >>> expected(7, [0, 0, 0, 0, 0, 0, 0, 0.5, 0.25, 0]), expected(4, None), expected(4, [0.0] * 10)
    (7.333333333333333, 4.0, None)
    """
    if chances is None:
        return None if not isinstance(score, int) else float(score)
    total = math.fsum(chances)
    return math.fsum(digit * chance for digit, chance in enumerate(chances)) / total if total > 0 else None


def read_out(event: Event) -> float | None:
    """The score that an evaluator's turn gave: the mean digit, None where it is unknown."""
    chances: Any = event.private.get("chances")
    return None if event.invalid is not None else expected(event.answer["score"], chances)


def joint_loss(
    beside: Sequence[float], alone: Sequence[float], target: int, *, own: float = 0.3, pull: float = 2.0
) -> float:
    """What a judge is trained to make small on one response: the cross-entropy of the target beside the reference, a
    share of that without it, and how far the judge alone is from the judge beside the reference (Self-Judge, 2024).

    Args:
        beside: probabilities of the ten digits where the reference is seen; a constant in the third term.
        alone: likewise without it, over the same ten digits.
        target: the digit to be learnt.
        own: weight of the second term.
        pull: weight of the divergence KL(beside || alone).

    Raises:
        ValueError: the two are not over the same digits, or the target is none of them.

    >>> even = [0.1] * 10
    >>> round(joint_loss(even, even, 7) / math.log(10), 6)  # nothing to pull where both say the same
    1.3
    """
    if len(beside) != len(alone) or not 0 <= target < len(beside):
        raise ValueError(
            f"two spans of one length with a target in it, got {len(beside)}, {len(alone)}, {target}"
        )
    if not beside[target] or not alone[target]:
        return math.inf
    apart = 0.0
    for one, other in zip(beside, alone, strict=True):
        if one:
            apart += one * math.log(one / other) if other else math.inf
    return -math.log(beside[target]) - own * math.log(alone[target]) + pull * apart


def cosine(view: Mapping[str, JsonValue]) -> Similarity:
    """Cosine of the word counts of `output` and `reference`, a stand-in for sentence embeddings without a model.

    >>> cosine({"output": "a red hat", "reference": "a red hat"}).cosine
    1.0
    """
    left, right = (Counter(re.findall(r"\w+", str(view[name]).lower())) for name in ("output", "reference"))
    norm = math.sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))
    shared = sum(count * right[word] for word, count in left.items())
    return Similarity(cosine=min(1.0, shared / norm) if norm else 0.0)
