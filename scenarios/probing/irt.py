"""Item response theory: how well each item of a test tells able from less able, and how hard it is.

Knows nothing of who answered what. The two-parameter logistic model P = 1 / (1 + exp(-alpha (theta - beta))) of
Birnbaum (1968), fitted by marginal maximum a posteriori: abilities are integrated over a standard normal by quadrature,
items are estimated by expectation and maximization (Bock and Aitkin, 1981; Mislevy, 1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from maieutic import Frozen

NODES = 15  # of the quadrature, from -4 to 4
STEPS = 3  # of Fisher scoring in each maximization
ENOUGH = 1e-3  # change of a parameter at which the fit has settled


class Item(Frozen):
    """An item's parameters.

    Attributes:
        alpha: discrimination, above 0: the slope at `beta` is a quarter of it.
        beta: difficulty, in standard deviations of ability.
    """

    alpha: float
    beta: float

    def chance(self, theta: float) -> float:
        """Probability that somebody of ability `theta` is right.

        >>> Item(alpha=2.0, beta=0.5).chance(0.5)
        0.5
        """
        return logistic(self.alpha * (theta - self.beta))


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow.

    >>> logistic(0.0), logistic(-1e9)
    (0.5, 0.0)
    """
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(max(x, -700.0)) / (1 + math.exp(max(x, -700.0)))


def fit(
    right: Sequence[Sequence[bool | None]], *, spread: float = 0.5, width: float = 1.0, rounds: int = 100
) -> list[Item]:
    """The items of a matrix of answers.

    Args:
        right: for each item, whether each respondent was right, in the same order; None where nothing is known.
        spread: standard deviation of log alpha, whose prior is a normal around 0.
        width: standard deviation of beta, likewise.
        rounds: of expectation and maximization at the most.

    Raises:
        ValueError: rows of different lengths, or a prior that is no distribution.

    >>> able, rest = [True] * 8, [False] * 8
    >>> telling, blunt = fit([able + rest, able + rest, able + rest, [True, False] * 8])[::3]
    >>> telling.alpha > 1 > blunt.alpha, fit([])
    (True, [])
    """
    if len({len(row) for row in right}) > 1:
        raise ValueError(f"rows of {sorted({len(row) for row in right})} answers; give each item as many")
    if spread <= 0 or width <= 0:
        raise ValueError(f"priors of spread {spread} and width {width}; both must be above 0")
    points = [-4 + 8 * place / (NODES - 1) for place in range(NODES)]
    prior = [math.exp(-(x**2) / 2) for x in points]
    items = [Item(alpha=1.0, beta=0.0)] * len(right)
    for _ in range(rounds):
        weights = _abilities(right, items, points, prior)
        made = [
            _estimated(row, item, weights, points, spread, width)
            for row, item in zip(right, items, strict=True)
        ]
        moved = max(
            (
                max(abs(new.alpha - old.alpha), abs(new.beta - old.beta))
                for new, old in zip(made, items, strict=True)
            ),
            default=0.0,
        )
        items = made
        if moved < ENOUGH:
            break
    return items


def _abilities(
    right: Sequence[Sequence[bool | None]],
    items: Sequence[Item],
    points: Sequence[float],
    prior: Sequence[float],
) -> list[list[float]]:
    """For each respondent, how probable each point of ability is after the answers."""
    logs = [
        [(math.log(p), math.log1p(-p)) for x in points for p in [_inside(one.chance(x))]] for one in items
    ]
    found = []
    for who in range(len(right[0]) if right else 0):
        total = [math.log(one) for one in prior]
        for row, table in zip(right, logs, strict=True):
            if row[who] is not None:
                side = 0 if row[who] else 1
                total = [have + both[side] for have, both in zip(total, table, strict=True)]
        top = max(total)
        weights = [math.exp(one - top) for one in total]
        whole = sum(weights)
        found.append([one / whole for one in weights])
    return found


def _estimated(
    row: Sequence[bool | None],
    item: Item,
    weights: Sequence[Sequence[float]],
    points: Sequence[float],
    spread: float,
    width: float,
) -> Item:
    """One item by Fisher scoring over (log alpha, beta), given how many of each ability answered, and how many rightly."""
    known = [(said, weight) for said, weight in zip(row, weights, strict=True) if said is not None]
    asked = [sum(weight[k] for _, weight in known) for k in range(len(points))]
    hits = [sum(weight[k] for said, weight in known if said) for k in range(len(points))]
    log, beta = math.log(item.alpha), item.beta
    for _ in range(STEPS):
        alpha = math.exp(log)
        up, across = -log / spread**2, -beta / width**2
        a, b, c = 1 / spread**2, 0.0, 1 / width**2  # information: [[a, b], [b, c]]
        for x, n, r in zip(points, asked, hits, strict=True):
            p = logistic(alpha * (x - beta))
            by_log, by_beta = alpha * (x - beta), -alpha
            up += (r - n * p) * by_log
            across += (r - n * p) * by_beta
            weight = n * p * (1 - p)
            a, b, c = a + weight * by_log**2, b + weight * by_log * by_beta, c + weight * by_beta**2
        whole = a * c - b * b  # above 0: the priors alone make it so
        log += _short((c * up - b * across) / whole)
        beta += _short((a * across - b * up) / whole)
    return Item(alpha=math.exp(log), beta=beta)


def _inside(p: float) -> float:
    return min(1 - 1e-12, max(1e-12, p))


def _short(step: float) -> float:
    return min(0.5, max(-0.5, step))


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Spearman's rank correlation, equal values sharing their mean rank; None where one side is all equal.

    >>> rank_correlation([1, 2, 3], [10, 20, 25]), rank_correlation([1, 2, 3], [3, 2, 1]), rank_correlation([1, 1], [1, 2])
    (1.0, -1.0, None)
    """
    a, b = _ranks(left), _ranks(right)
    mean = (len(a) + 1) / 2
    spread = math.sqrt(sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b))
    if not spread:
        return None
    return sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True)) / spread


def _ranks(values: Sequence[float]) -> list[float]:
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), start=1):
        places.setdefault(value, []).append(place)
    return [(places[value][0] + places[value][-1]) / 2 for value in values]
