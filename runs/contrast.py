"""Contrast: what the settings of a sweep say, each over all its runs, and how they differ on the same tasks.

Knows nothing of how runs came about. Differences are taken task by task, so that what makes one task harder than another
cancels; a difference is between a setting and the first one. Ranks are taken task by task too, among all settings.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maieutic.runs.journal import Journal
from maieutic.runs.measures import Measures, wilson
from maieutic.runs.playing import checked_records
from maieutic.runs.ranking import Standing, standings
from maieutic.scenarios import Company

Key = tuple[int, int, str]  # seed of the run, place, task
Scores = dict[str, float]
Z = 1.96


@dataclass(frozen=True)
class Estimate:
    """A mean of `n` values with its 95 % interval: Wilson's for shares (scores that are all 0 or 1), else the normal one,
    which takes two values."""

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass
class Setting:
    """One setting of a sweep, over all its runs.

    Attributes:
        measures: what its episodes say together.
        scores: the scores of each episode.
        sums: score -> n, sum and sum of squares of its differences from the first setting.
        shares: scores that are 0 or 1 in every episode.
    """

    measures: Measures = field(default_factory=Measures)
    scores: dict[Key, Scores] = field(default_factory=dict)
    sums: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    shares: dict[str, bool] = field(default_factory=dict)

    def add(
        self, company: Company[Any], journal: Journal, seed: int, asked: int, first: Setting | None
    ) -> None:
        """Enter the episodes of one run.

        Args:
            company: of the run.
            journal: of the run.
            seed: of the run.
            asked: number of tasks of the sweep; episodes beyond are of a larger one, and are left out.
            first: the setting to be held against; None where this is the first.
        """
        for place, episode in journal.episodes():
            if place >= asked:
                break
            self.measures.add(episode, checked_records(company, episode), company.scenario.decisions(episode))
            for name, value in episode.scores.items():
                self.shares[name] = self.shares.get(name, True) and value in (0, 1)
            key = (seed, place, episode.task.id)
            self.scores[key] = episode.scores
            if first is not None:
                self._differ(episode.scores, first.scores.get(key, {}))

    def _differ(self, scores: Mapping[str, float], others: Mapping[str, float]) -> None:
        for name in scores.keys() & others.keys():
            n, total, squares = self.sums.get(name, (0, 0.0, 0.0))
            apart = scores[name] - others[name]
            self.sums[name] = (n + 1, total + apart, squares + apart * apart)

    def estimate(self, name: str, *, share: bool) -> Estimate:
        """The mean of a score; as a `share` where it is 0 or 1 in every episode of every setting."""
        n, total, squares = self.measures.scores[name]
        if share:
            low, high = wilson(round(total), n)
            return Estimate(total / n, low, high, n)
        return _normal(n, total, squares)

    def difference(self, name: str) -> Estimate | None:
        """The mean difference of a score from the first setting on the same tasks; None without such tasks."""
        return _normal(*self.sums[name]) if name in self.sums else None

    def as_json(self, shares: Collection[str]) -> dict[str, object]:
        """For machines."""
        scores = {
            name: vars(self.estimate(name, share=name in shares)) for name in sorted(self.measures.scores)
        }
        apart = {name: vars(_normal(*self.sums[name])) for name in sorted(self.sums)}
        return {"scores": scores, "difference": apart, "measures": self.measures.as_json()}


def _normal(n: int, total: float, squares: float) -> Estimate:
    mean = total / n
    if n < 2:
        return Estimate(mean, None, None, n)
    half = Z * math.sqrt(max(0.0, (squares - n * mean * mean) / (n - 1)) / n)
    return Estimate(mean, mean - half, mean + half, n)


def shares_of(settings: Sequence[Setting]) -> set[str]:
    """The scores that are 0 or 1 in every episode of every setting that has them."""
    names = {name for one in settings for name in one.measures.scores}
    return {name for name in names if all(one.shares.get(name, True) for one in settings)}


def ranking(settings: Sequence[Setting], name: str) -> list[Standing]:
    """How each setting stands by a score among all, on the tasks on which every one of them has it; empty without any."""
    if len(settings) < 2:
        return []
    first, *others = (setting.scores for setting in settings)
    return standings(
        [
            [one[key][name] for one in (first, *others)]
            for key in first
            if all(name in one.get(key, {}) for one in (first, *others))
        ]
    )
