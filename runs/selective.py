"""Selective: what is gained by declining: the quality of what a score lets through, against how much that is.

Knows nothing of who scores. Scales differ between responders, so a threshold is set on held-out scores of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from maieutic import Frozen


class Point(Frozen):
    """What one threshold does.

    Attributes:
        threshold: score from which a response is accepted.
        coverage: share of the responses that are.
        quality: their mean quality.
    """

    threshold: float
    coverage: float
    quality: float


def curve(scored: Iterable[tuple[float, float]]) -> list[Point]:
    """Coverage and quality at each threshold that makes a difference, the highest first.

    Args:
        scored: (score, quality) of each response.

    >>> [(one.threshold, one.coverage, one.quality) for one in curve([(9, 1.0), (2, 0.0), (9, 0.5), (4, 0.3)])]
    [(9.0, 0.5, 0.75), (4.0, 0.75, 0.6), (2.0, 1.0, 0.45)]
    """
    ordered = sorted(scored, key=lambda one: -one[0])
    points = []
    for place, (score, _) in enumerate(ordered):
        if place + 1 == len(ordered) or ordered[place + 1][0] < score:
            taken = ordered[: place + 1]
            quality = math.fsum(one[1] for one in taken) / len(taken)
            points.append(Point(threshold=score, coverage=len(taken) / len(ordered), quality=quality))
    return points


def area(points: Sequence[Point]) -> float:
    """The area under quality over coverage, from 0 to 1: the mean quality of what is accepted, over all coverages.

    Responses of one score cannot be told apart, so that below the first point its quality is expected.

    Raises:
        ValueError: no point.

    >>> round(area(curve([(2, 1.0), (1, 0.0)])), 3), area(curve([(1, 1.0), (1, 0.0)]))
    (0.875, 0.5)
    """
    if not points:
        raise ValueError("there is no curve without scores")
    total = points[0].coverage * points[0].quality
    for one, other in pairwise(points):
        total += (other.coverage - one.coverage) * (one.quality + other.quality) / 2
    return total


def threshold(
    points: Sequence[Point], *, quality: float | None = None, coverage: float = 0.0
) -> float | None:
    """The threshold that accepts the most while what it accepts has a mean quality, or the highest one that accepts enough.

    Args:
        points: the curve of held-out responses of the same responder.
        quality: that is wanted; None asks for the best quality at a coverage.
        coverage: share that has to be accepted at the least.

    Returns:
        None where no threshold does it.

    >>> points = curve([(9, 1.0), (6, 1.0), (4, 0.0), (1, 0.0)])
    >>> threshold(points, quality=0.9), threshold(points, coverage=0.6), threshold(points, quality=1.1)
    (6.0, 4.0, None)
    """
    enough = [one for one in points if one.coverage >= coverage]
    if quality is None:
        return max(enough, key=lambda one: (one.quality, one.coverage)).threshold if enough else None
    good = [one for one in enough if one.quality >= quality]
    return good[-1].threshold if good else None
