"""Agreement: how far judges agree beyond chance.

Knows nothing of episodes. Cohen's kappa is for two judges who are told apart; Krippendorff's alpha for any number of
judges who are not, with gaps. Both are 1 where all agree and 0 where they agree as chance would have it; they are
None where everybody always says the same, which says nothing about agreement. Intervals are over the things that
were judged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


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

    said: Counter[str] = field(default_factory=Counter)
    agreeing: float = 0.0
    alike: Counter[tuple[tuple[str, int], ...]] = field(
        default_factory=Counter
    )  # units by what was said of them

    @property
    def units(self) -> int:
        """Units of which more than one thing was said."""
        return self.alike.total()

    def add(self, values: Sequence[str]) -> None:
        """Count what was said of one unit; a single judgement cannot agree with anything and is left out."""
        if len(values) < 2:
            return
        counts = Counter(values)
        self.said.update(counts)
        self.agreeing += _agreeing(counts)
        self.alike[tuple(sorted(counts.items()))] += 1

    def value(self) -> float | None:
        """Alpha over all units so far."""
        return self._alpha(self.said, self.agreeing)

    def interval(self) -> tuple[float, float] | None:
        """Its 95 % interval over units, by the jackknife; None where there is no telling."""
        without = (
            (self._alpha(self.said - Counter(dict(unit)), self.agreeing - _agreeing(dict(unit))), number)
            for unit, number in self.alike.items()
        )
        return _jackknife(self.value(), without)

    @staticmethod
    def _alpha(said: Counter[str], agreeing: float) -> float | None:
        n = said.total()
        by_chance = sum(count * (count - 1) for count in said.values())
        if n < 2 or by_chance == n * (n - 1):
            return None
        return 1 - (n - 1) * (n - agreeing) / (n * (n - 1) - by_chance)


def _agreeing(counts: Mapping[str, int]) -> float:
    return sum(count * (count - 1) for count in counts.values()) / (sum(counts.values()) - 1)


class _Sums(NamedTuple):
    """Of numbers: how many, their mean, their squared deviations from it; and from the mean of their units, weighted."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    within: float = 0.0

    def joined(self, other: _Sums, sign: int) -> _Sums:
        """With (1) or without (-1) the numbers of another (Chan, Golub and LeVeque 1979)."""
        n = self.n + sign * other.n
        if not n:
            return _Sums()
        away = other.mean - self.mean
        mean = self.mean + sign * away * other.n / n
        squares = self.squares + sign * (other.squares + away * away * self.n * other.n / n)
        return _Sums(n, mean, squares, self.within + sign * other.within)

    def alpha(self) -> float | None:
        if self.n < 2 or self.squares <= 0:
            return None
        return 1 - (self.within / self.n) / (2 * self.squares / (self.n - 1))


@dataclass
class Interval:
    """Krippendorff's alpha of numbers, by their squared differences; as `Nominal`.

    >>> alpha = Interval()
    >>> for unit in ([1, 1], [2, 3], [5, 5]):
    ...     alpha.add(unit)
    >>> round(alpha.value(), 3)
    0.95
    """

    sums: _Sums = field(default_factory=_Sums)
    alike: Counter[_Sums] = field(default_factory=Counter)

    @property
    def units(self) -> int:
        """Units of which more than one thing was said."""
        return self.alike.total()

    def add(self, values: Sequence[float]) -> None:
        """Count what was said of one unit."""
        size = len(values)
        if size < 2:
            return
        mean = sum(values) / size  # differences do not change, and digits are not lost
        squares = sum((value - mean) ** 2 for value in values)
        unit = _Sums(size, mean, squares, 2 * size * squares / (size - 1))
        self.sums = self.sums.joined(unit, 1)
        self.alike[unit] += 1

    def value(self) -> float | None:
        """Alpha over all units so far."""
        return self.sums.alpha()

    def interval(self) -> tuple[float, float] | None:
        """As `Nominal`'s."""
        without = ((self.sums.joined(unit, -1).alpha(), number) for unit, number in self.alike.items())
        return _jackknife(self.value(), without)


def _jackknife(
    value: float | None, without: Iterable[tuple[float | None, int]]
) -> tuple[float, float] | None:
    """The 95 % interval of a figure from its values without one unit each, and how many units give that value."""
    found = list(without)
    n = sum(number for _, number in found)
    if value is None or n < 3:
        return None
    known = [(one, number) for one, number in found if one is not None]
    if len(known) < len(found):
        return None  # all hangs on one unit
    mean = sum(one * number for one, number in known) / n
    half = 1.96 * math.sqrt((n - 1) / n * sum(number * (one - mean) ** 2 for one, number in known))
    return max(-1.0, value - half), min(1.0, value + half)
