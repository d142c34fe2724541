"""Simulated expert: rates a talk by how good it is, as strictly and as surely as stated.

Knows how good the talk truly is on each axis in place of being able to judge it. Ratings are whole numbers, and none lies
beyond the ends of the scale, so that how they are spread follows from severity and noise alone.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.roles.expert import AXES, HIGHEST, LOWEST


class Expert(Person):
    """Gives the quality less `severity`, with normal noise, as the nearest point of the scale.

    Attributes:
        severity: points by which every rating is lower than the quality; below nought for a lenient one.
        noise: standard deviation of a rating, in points.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"expert.rate"})

    severity: float = Field(0.0, ge=-4, le=4)
    noise: float = Field(0.5, ge=0, le=10)

    async def act(self, turn: Turn) -> Move:
        """Rate a talk.

        Raises:
            BadAnswer: nobody knows how good the talk is on some axis.
        """
        quality: Any = (turn.truth or {}).get("quality") or {}
        if unknown := [axis for axis in AXES if axis not in quality]:
            raise BadAnswer(
                f"a simulated expert cannot tell by itself how good a talk is: {', '.join(unknown)}"
            )
        chance = rng(turn.seed)
        return Move({axis: self._rating(float(quality[axis]), chance.gauss()) for axis in AXES})

    def _rating(self, quality: float, luck: float) -> int:
        value = quality - self.severity + self.noise * luck
        return min(HIGHEST, max(LOWEST, math.floor(value + 0.5)))

    def chances(self, quality: float) -> dict[int, float]:
        """The probability of each rating of something of that quality.

        >>> Expert(noise=1.0).chances(3.0)[3] == Expert(noise=1.0, severity=1.0).chances(4.0)[3]
        True
        """
        if not self.noise:
            return {self._rating(quality, 0.0): 1.0}
        below = NormalDist(quality - self.severity, self.noise).cdf
        edges = [0.0, *(below(point + 0.5) for point in range(LOWEST, HIGHEST)), 1.0]
        return {LOWEST + place: high - low for place, (low, high) in enumerate(pairwise(edges))}
