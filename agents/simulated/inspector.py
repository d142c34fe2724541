"""Simulated locator and inspector: find a working's first wrong step, and tell a correction that holds, exactly; then err.

Know the true steps as their reading of the question, and of a recorded attempt the step that its annotators named.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.derivation import first_wrong, mends
from maieutic.agents.simulated.person import Person
from maieutic.roles.correction import texts_of

_ISSUES = (
    "The new step does not give what the problem needs here.",
    "Work the new step out once more; its result cannot be kept.",
    "The step is still wrong.",
)


class Locator(Person):
    """Somebody who finds first wrong steps.

    Attributes:
        miss: probability of finding none.
        off: probability of naming another step of the working, each as likely, where it has others.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"locator.locate"})

    miss: float = Field(0.05, ge=0, le=1)
    off: float = Field(0.1, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Find the first wrong step; one that cannot be told from the working and the truth is not found.

        Raises:
            BadAnswer: there is no working.
        """
        chance, lines = rng(turn.seed), texts_of(turn.view.get("working"))
        if not lines:
            raise BadAnswer("there is no working to look through")
        place = first_wrong(lines, str(turn.view.get("own_answer") or ""), turn.truth or {})
        missed, off = chance.random() < self.miss, chance.random() < self.off
        if place is None or missed:
            return Move({"first_wrong_step": None})
        others = [one for one in range(len(lines)) if one != place]
        return Move({"first_wrong_step": 1 + (chance.choice(others) if off and others else place)})


class Inspector(Person):
    """Somebody who inspects corrections.

    Attributes:
        miss: probability of passing one that is wrong.
        alarm: probability of sending back one that is right.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"inspector.inspect"})

    miss: float = Field(0.05, ge=0, le=1)
    alarm: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Inspect one correction."""
        return inspected(turn, self.miss, self.alarm)


def inspected(turn: Turn, miss: float, alarm: float) -> Move:
    """The inspection of a turn's correction, with these rates of error.

    Raises:
        BadAnswer: there is no correction.
    """
    chance, fix = rng(turn.seed), " ".join(str(turn.view.get("corrected_step") or "").split())
    if not fix:
        raise BadAnswer("there is no corrected step to inspect")
    given: Any = turn.view.get("prefix") or []
    prefix = [" ".join(str(one).split()) for one in given]
    right = mends(prefix, " ".join(str(turn.view["wrong_step"]).split()), fix, turn.truth or {})
    valid = right is (chance.random() >= (alarm if right else miss))
    return Move({"valid": valid, "issue": None if valid else chance.choice(_ISSUES)})
