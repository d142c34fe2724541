"""Simulated refiner: judges responses with a known accuracy, and revises them with known chances of mending.

Knows the constraints where a person would read them in the request. It mends what is truly wrong, not what its own
critique says, so that its errors as a judge and as an editor are independent.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.judge import verdict
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known, revise

_PLANS = (
    "I keep the text as it is where I can, and change what was found wrong.",
    "Small changes should do: only the places that the check names.",
    "The sentences stay; the faulty places are set right.",
    "I go through the faults one by one and leave the rest alone.",
)


class Refiner(Person):
    """Judge and editor in one.

    Attributes:
        accuracy: probability that a verdict is what the world's checks say.
        fix: probability that a revision mends a constraint that is not met, for each by itself.
        spoil: probability that it breaks one that is met, for each by itself.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"refiner.judge", "refiner.refine"})

    accuracy: float = Field(0.8, ge=0, le=1)
    fix: float = Field(0.5, ge=0, le=1)
    spoil: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Judge, or revise.

        Raises:
            BadAnswer: a role that this refiner does not play.
        """
        truth, chance, text = known(turn.truth), rng(turn.seed), str(turn.view.get("response", ""))
        match turn.role.name:
            case "refiner.judge":
                said, critique = verdict(text, truth, self.accuracy, chance)
                return Move({"text": critique, "verdict": "yes" if said else "no"})
            case "refiner.refine":
                revised = revise(text, truth, self.fix, self.spoil, chance)
                return Move({"reflection": chance.choice(_PLANS), "text": revised})
        raise BadAnswer(f"a simulated refiner does not play {turn.role.name}")
