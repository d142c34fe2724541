"""Jackknife: the interval of a measure that is no mean, by leaving each episode out in turn (Tukey 1958; Efron and Stein 1981).

Knows nothing of what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from maieutic.runs.contrast import Estimate, Z


def jackknife(
    rows: Sequence[Sequence[float]],
    value: Callable[[Sequence[float]], float | None],
    low: float = -1.0,
    high: float = 1.0,
) -> Estimate | None:
    """A function of the sums of `rows`, with its 95 % interval; `n` counts rows.

    Args:
        rows: one for each episode.
        value: from the sums of the columns to a number, or None where there is none.
        low: the least that it can be.
        high: the most.

    Returns:
        None where the whole has no value; no interval where there is one row, or a value is missing without some row.
    """
    sums = [math.fsum(column) for column in zip(*rows, strict=True)]
    found = value(sums) if rows else None
    if found is None:
        return None
    n = len(rows)
    left = (value([total - one for total, one in zip(sums, row, strict=True)]) for row in rows)
    others = [one for one in left if one is not None]
    if n < 2 or len(others) < n:
        return Estimate(found, None, None, n)
    middle = math.fsum(others) / n
    half = Z * math.sqrt((n - 1) / n * math.fsum((one - middle) ** 2 for one in others))
    return Estimate(found, max(low, found - half), min(high, found + half), n)
