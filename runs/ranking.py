"""Ranking: how far two measures of the same things go together, by value and by order, and who comes first on each task.

Knows nothing of what is measured: methods by their win rates under two pools of annotators, responses by two judges,
the settings of a sweep by a score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def pearson(left: Sequence[float], right: Sequence[float]) -> float | None:
    """The correlation of two measures; None where one of them does not vary.

    Raises:
        ValueError: they are not of the same things.

    >>> pearson([1, 2, 3], [2, 4, 6]), pearson([1, 2], [5, 5])
    (1.0, None)
    """
    n = len(left)
    if n != len(right):
        raise ValueError(f"two measures of the same things have one length, got {n} and {len(right)}")
    if not n:
        return None
    a, b = math.fsum(left) / n, math.fsum(right) / n
    both = math.fsum((x - a) * (y - b) for x, y in zip(left, right, strict=True))
    spread = math.sqrt(math.fsum((x - a) ** 2 for x in left) * math.fsum((y - b) ** 2 for y in right))
    return max(-1.0, min(1.0, both / spread)) if spread else None


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, the least first; equal ones share the mean of their ranks.

    >>> ranks([30, 10, 10, 20])
    [4.0, 1.5, 1.5, 3.0]
    """
    return [
        1 + sum(other < one for other in values) + (sum(other == one for other in values) - 1) / 2
        for one in values
    ]


@dataclass(frozen=True)
class Standing:
    """How one of several stands on `n` tasks on which all were measured.

    Attributes:
        rank: the mean of its ranks, 1 where it is the highest each time; equal ones share the mean of theirs.
        first: the share of tasks on which it is the highest; where k of them are, each has 1/k of the task.
        n: number of tasks.
    """

    rank: float
    first: float
    n: int


def standings(tasks: Sequence[Sequence[float]]) -> list[Standing]:
    """Each one's standing over tasks, of which each gives the value of every one, in the same order; none without tasks.

    Raises:
        ValueError: a task has more or fewer values than the first.

    >>> standings([[0.9, 0.5, 0.5], [0.7, 0.7, 0.1]])
    [Standing(rank=1.25, first=0.75, n=2), Standing(rank=2.0, first=0.25, n=2), Standing(rank=2.75, first=0.0, n=2)]
    """
    if not tasks:
        return []
    n, each = len(tasks), len(tasks[0])
    placed, won = [0.0] * each, [0.0] * each
    for values in tasks:
        if len(values) != each:
            raise ValueError(f"every task has one value each, got {len(values)} for {each}")
        highest = [value == max(values) for value in values]
        for place, rank in enumerate(ranks([-value for value in values])):
            placed[place] += rank
            won[place] += highest[place] / sum(highest)
    return [Standing(rank / n, first / n, n) for rank, first in zip(placed, won, strict=True)]


def spearman(left: Sequence[float], right: Sequence[float]) -> float | None:
    """The correlation of the ranks (Spearman 1904): whether two measures put the same things in the same order.

    >>> spearman([0.2, 0.5, 0.9], [10, 11, 500]), spearman([1, 2, 3], [3, 2, 1])
    (1.0, -1.0)
    """
    return pearson(ranks(left), ranks(right))
