"""Agreement: how far judges agree with each other and with the truth, beyond chance, with intervals over episodes.

Knows nothing of scenarios: each of them says what was rated and how (`maieutic.scenarios.Rating`), by a name or on a scale.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from maieutic.runs.contrast import Estimate
from maieutic.runs.jackknife import jackknife
from maieutic.runs.tutoring import ratio
from maieutic.scenarios import Decision, Rating


@dataclass
class Agreed:
    """Ratings of one kind, episode by episode.

    Attributes:
        pairs: per episode, how many pairs of ratings of one thing agree, and how many there are.
        values: per episode, how often each value was given by raters who had company.
    """

    pairs: list[tuple[float, float]] = field(default_factory=list)
    values: list[Counter[object]] = field(default_factory=list)

    @property
    def share(self) -> Estimate | None:
        """Share of the pairs that agree."""
        return ratio(self.pairs)

    @property
    def kappa(self) -> Estimate | None:
        """Agreement beyond chance, (observed - expected) / (1 - expected), for any number of raters.

        Fleiss (1971), Measuring nominal scale agreement among many raters, with pairs pooled so that things may have
        different numbers of raters; the interval is the jackknife's over episodes. None where everybody always says the
        same, which has no chance to differ.
        """
        return jackknife(
            [
                (agreed, asked, *(counts[value] for value in self._names))
                for (agreed, asked), counts in zip(self.pairs, self.values, strict=True)
            ],
            _beyond_chance,
        )

    @property
    def _names(self) -> list[object]:
        return sorted({value for counts in self.values for value in counts}, key=repr)


def _beyond_chance(sums: Sequence[float]) -> float | None:
    agreed, asked, *counts = sums
    total = sum(counts)
    expected = sum(count * count for count in counts) / (total * total) if total else 1.0
    return None if expected >= 1 or not asked else (agreed / asked - expected) / (1 - expected)


@dataclass
class Scaled:
    """Ratings on one scale, episode by episode.

    Attributes:
        rows: of each episode in which a thing has two raters or more, what the measures are made of.
    """

    rows: list[list[float]] = field(default_factory=list)

    @property
    def things(self) -> int:
        """Things that two raters or more have rated."""
        return round(sum(row[0] for row in self.rows))

    @property
    def weighted_kappa(self) -> Estimate | None:
        """As the function of that name says."""
        return jackknife(self.rows, _weighted)

    @property
    def icc(self) -> Estimate | None:
        """As the function of that name says."""
        return jackknife(self.rows, _within_class)

    def add(self, things: Iterable[Sequence[float]]) -> None:
        """Enter an episode: per thing, what its raters gave."""
        row = _moments(things)
        if row[0]:
            self.rows.append(row)


def _scaled(ratings: Iterable[Iterable[Sequence[float]]]) -> Scaled:
    found = Scaled()
    for things in ratings:
        found.add(things)
    return found


def _moments(things: Iterable[Sequence[float]]) -> list[float]:
    """What both measures below are made of, summed over the things that two or more raters rated: their number, that of
    ratings, sums of squares of ratings per thing, ratings, squares, squared sums over counts, squared differences and
    pairs."""
    sums = [0.0] * 8
    for given in things:
        k, total, squares = len(given), math.fsum(given), math.fsum(one * one for one in given)
        if k > 1:
            row = (1, k, k * k, total, squares, total * total / k, k * squares - total**2, k * (k - 1) / 2)
            sums = [a + b for a, b in zip(sums, row, strict=True)]
    return sums


def weighted_kappa(ratings: Iterable[Iterable[Sequence[float]]]) -> Estimate | None:
    """Agreement of ratings on a scale beyond chance, where a distance weighs by its square: 1 - observed / expected.

    Cohen (1968), Weighted kappa, with the weights squared, for any number of raters who may change places, pairs pooled as
    in `Agreed.kappa`; for two values it is that. The interval is the jackknife's over episodes.

    Args:
        ratings: per episode, per thing, what its raters gave; a thing that but one rated is passed over.

    Returns:
        None where all ratings are the same; `n` counts episodes.

    >>> weighted_kappa([[[1, 1], [5, 5]], [[2, 3]]]).mean > 0.9
    True
    """
    return _scaled(ratings).weighted_kappa


def _weighted(sums: Sequence[float]) -> float | None:
    _, n, _, total, squares, _, apart, pairs = sums
    expected = 2 * (squares / n - (total / n) ** 2) if n else 0.0
    return 1 - apart / pairs / expected if expected > 1e-12 else None


def icc(ratings: Iterable[Iterable[Sequence[float]]]) -> Estimate | None:
    """ICC(1,1): the share of the variance of a single rating that is due to what is rated.

    Shrout and Fleiss (1979), Intraclass correlations, the one-way random model, as raters of one role are not told apart;
    with unequal numbers of raters their mean number is that of Donner (1986). The interval is the jackknife's over episodes.

    Args:
        ratings: as of `weighted_kappa`.

    Returns:
        None with less than two things, or where all ratings are the same; `n` counts episodes.

    >>> icc([[[1, 1], [5, 5]], [[3, 3]]]).mean
    1.0
    """
    return _scaled(ratings).icc


def _within_class(sums: Sequence[float]) -> float | None:
    things, n, counts, total, squares, sums_of_squares, _, _ = sums
    if things < 2:
        return None
    between = (sums_of_squares - total * total / n) / (things - 1)
    within = (squares - sums_of_squares) / (n - things)
    raters = (n - counts / n) / (things - 1)
    whole = between + (raters - 1) * within
    return (between - within) / whole if whole > 1e-12 else None


def enter(named: dict[str, Agreed], scaled: dict[str, Scaled], ratings: Iterable[Rating]) -> None:
    """Enter the ratings of one more episode: those by a name or by yes and no into `named`, those on a scale into `scaled`."""
    kinds: dict[str, dict[str, list[bool | str | float]]] = defaultdict(lambda: defaultdict(list))
    for one in ratings:
        kinds[one.kind][one.thing].append(one.value)
    for kind, by_thing in kinds.items():
        things = [given for given in by_thing.values() if len(given) > 1]
        if not things:
            continue
        if type(things[0][0]) is float:
            scaled.setdefault(kind, Scaled()).add([[float(one) for one in given] for given in things])
            continue
        agreed = asked = 0.0
        values = Counter[object]()
        for given in things:
            counts = Counter[object](given)
            agreed += sum(count * (count - 1) / 2 for count in counts.values())
            asked += len(given) * (len(given) - 1) / 2
            values.update(counts)
        one_kind = named.setdefault(kind, Agreed())
        one_kind.pairs.append((agreed, asked))
        one_kind.values.append(values)


@dataclass
class Against:
    """Decisions of one kind against the truth: per episode, how many of each (said, true)."""

    rows: list[tuple[int, int, int, int]] = field(default_factory=list)  # yes yes, yes no, no yes, no no

    @property
    def kappa(self) -> Estimate | None:
        """Agreement with the truth beyond chance; the interval is the jackknife's over episodes.

        Cohen (1960), A coefficient of agreement for nominal scales.
        """

        def beyond(sums: Sequence[float]) -> float | None:
            both, said, true, neither = sums
            n = both + said + true + neither
            if 0 in (both + said, both + true, neither + said, neither + true):
                return None  # one side always says the same, and cannot agree by more than chance
            if both and not neither:
                return None  # only what is said or true was entered, such as codes; on the rest nobody can disagree
            expected = ((both + said) * (both + true) + (neither + said) * (neither + true)) / (n * n)
            return ((both + neither) / n - expected) / (1 - expected)

        return jackknife(self.rows, beyond)


def hold(found: dict[str, Against], decisions: Iterable[Decision]) -> None:
    """Enter the decisions of one more episode into `found`."""
    counts: dict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for one in decisions:
        counts[one.kind][one.said, one.true] += 1
    for kind, count in counts.items():
        row = count[True, True], count[True, False], count[False, True], count[False, False]
        found.setdefault(kind, Against()).rows.append(row)
