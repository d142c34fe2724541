"""Agreement: how far judges agree beyond chance.

Knows nothing of episodes. Cohen's kappa is for two judges who are told apart; Krippendorff's alpha for any number of
judges who are not, with gaps. Both are 1 where all agree and 0 where they agree as chance would have it; they are
None where everybody always says the same, which says nothing about agreement.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


def cohen_kappa(counts: Mapping[tuple[str, str], int]) -> tuple[float, float] | None:
    """Agreement of two judges beyond chance (Cohen, Educational and Psychological Measurement 20, 1960).

    Args:
        counts: (what one says, what the other says) -> number of things.

    Returns:
        Kappa, and half the width of its 95 % interval by the paper's standard error.

    >>> kappa, half = cohen_kappa({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    >>> round(kappa, 3), round(half, 3)
    (0.4, 0.254)
    """
    n = sum(counts.values())
    one: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for (first, second), count in counts.items():
        one[first] += count
        other[second] += count
    if not n:
        return None
    agreed = sum(count for (first, second), count in counts.items() if first == second) / n
    chance = sum(one[name] * other[name] for name in one) / (n * n)
    if chance == 1:
        return None
    error = math.sqrt(agreed * (1 - agreed) / (n * (1 - chance) ** 2))
    return (agreed - chance) / (1 - chance), 1.96 * error


@dataclass
class Nominal:
    """Krippendorff's alpha of names, unit by unit (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).

    >>> alpha = Nominal()
    >>> for unit in (["a", "a"], ["b", "b"], ["a", "b"], ["b"]):
    ...     alpha.add(unit)
    >>> alpha.units, round(alpha.value(), 3)
    (3, 0.444)
    """

    units: int = 0
    said: Counter[str] = field(default_factory=Counter)
    agreeing: float = 0.0

    def add(self, values: Sequence[str]) -> None:
        """Count what was said of one unit; a single judgement cannot agree with anything and is left out."""
        if len(values) < 2:
            return
        counts = Counter(values)
        self.units += 1
        self.said.update(counts)
        self.agreeing += sum(count * (count - 1) for count in counts.values()) / (len(values) - 1)

    def value(self) -> float | None:
        """Alpha over all units so far."""
        n = self.said.total()
        by_chance = sum(count * (count - 1) for count in self.said.values())
        if n < 2 or by_chance == n * (n - 1):
            return None
        return 1 - (n - 1) * (n - self.agreeing) / (n * (n - 1) - by_chance)


@dataclass
class Interval:
    """Krippendorff's alpha of numbers, by their squared differences; as `Nominal`.

    >>> alpha = Interval()
    >>> for unit in ([1, 1], [2, 3], [5, 5]):
    ...     alpha.add(unit)
    >>> round(alpha.value(), 3)
    0.95
    """

    units: int = 0
    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    within: float = 0.0

    def add(self, values: Sequence[float]) -> None:
        """Count what was said of one unit."""
        size = len(values)
        if size < 2:
            return
        middle = sum(values) / size  # differences do not change, and digits are not lost
        self.units += 1
        self.within += 2 * size * sum((value - middle) ** 2 for value in values) / (size - 1)
        for value in values:
            # Welford's update of mean and squared deviations
            self.n += 1
            away = value - self.mean
            self.mean += away / self.n
            self.squares += away * (value - self.mean)

    def value(self) -> float | None:
        """Alpha over all units so far."""
        if self.n < 2 or self.squares <= 0:
            return None
        return 1 - (self.within / self.n) / (2 * self.squares / (self.n - 1))
