"""Simulated gauge: says whether a student's words call for a computation, and writes it down.

Knows the parts in place of being able to find the calculation; of the student it knows the words alone.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.parts import parts_of, worth
from maieutic.agents.simulated.person import Person


class Gauge(Person):
    """Somebody who looks for what has to be computed.

    Attributes:
        overlooked: probability that a computation is not asked for where a result was given.
        needless: probability that one is asked for where none was.
        miswritten: probability that another calculation is written down than the part's.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"checker.computation"})

    overlooked: float = Field(0.05, ge=0, le=1)
    needless: float = Field(0.05, ge=0, le=1)
    miswritten: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Look at the student's last words.

        Raises:
            BadAnswer: the task brings neither steps nor an answer.
        """
        parts = parts_of(turn.view, turn.truth)
        if not parts:
            raise BadAnswer("a simulated gauge needs truth.steps or an answer, the task has neither")
        place: Any = turn.view["subproblem"]
        part, history = parts[min(int(place["number"]), len(parts)) - 1], turn.view["history"]
        assert isinstance(history, list)
        last: Any = history[-1]
        chance = rng(turn.seed)
        luck, slip = chance.random(), chance.random()
        result = worth(str(last["text"]), part)[0] in ("a", "b")
        needed = luck >= self.overlooked if result else luck < self.needless
        if not needed or part.left is None:
            return Move({"needed": False, "calculation": None})
        return Move(
            {"needed": True, "calculation": f"{part.left} + 1" if slip < self.miswritten else part.left}
        )
