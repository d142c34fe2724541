"""Simulated lecturer: explains a problem by the right procedure or by one of a few wrong ones, and tends to what paid.

Knows how the problem is solved. How likely each procedure is, are its parameters; pairs of its own workings of which one was
preferred make its manner likelier, as a policy's odds shift under DPO: it reads them off its manner of speaking.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field, field_validator

from maieutic import Pair, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.methods import method_of
from maieutic.agents.simulated.person import Person
from maieutic.roles.lesson import EXPLAIN, PROGRAM

MANNERS = (  # the first goes with the right procedure, the others with a wrong one each
    "First I ask what each number stands for, then what belongs together.",
    "I take the numbers in the order in which they come.",
    "I look for the words that tell me what to do with the numbers.",
    "I try what worked for the last problem.",
)


class Lecturer(Person):
    """A teacher who explains.

    Attributes:
        weights: of the right procedure and of each wrong one; they need not sum to 1.
        rate: how far the odds of a manner shift for each share of the pairs that it wins.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({EXPLAIN.name, PROGRAM.name})

    weights: tuple[float, ...] = Field(
        (0.3, 0.7 / 3, 0.7 / 3, 0.7 / 3), min_length=1, max_length=len(MANNERS)
    )
    rate: float = Field(2.0, ge=0, le=100)

    @field_validator("weights")
    @classmethod
    def _some(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if min(value) < 0 or sum(value) <= 0:
            raise ValueError("weights must not be negative, and one must be above 0")
        return value

    async def act(self, turn: Turn) -> Move:
        """Explain the problem.

        Raises:
            BadAnswer: how the problem is solved is not known.
        """
        method, chance = method_of(turn.truth, str(turn.view["question"])), rng(turn.seed)
        if method is None:
            raise BadAnswer(f"a simulated lecturer needs truth.{turn.role.knows[0]}, the task has none")
        ways = method.ways(len(self.weights) - 1)
        weights = self.weights[: len(ways)]
        place = chance.choices(range(len(ways)), weights)[0] if sum(weights) > 0 else 0
        told = [MANNERS[place], *(method.told(ways[place]) or [])]
        return Move({"text": "\n".join(told)}, {"right": place == 0})

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The lecturer after preferences between its workings."""
        pairs = [one for one in records if isinstance(one, Pair)]
        weights = list(self.weights)
        for place in range(len(weights)):
            won = sum((MANNERS[place] in one.chosen) - (MANNERS[place] in one.rejected) for one in pairs)
            weights[place] *= math.exp(self.rate * won / max(1, len(pairs)))
        total = sum(weights)
        return self.model_copy(update={"weights": tuple(one / total for one in weights)})
