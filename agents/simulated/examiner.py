"""Simulated examiner: checks one constraint with the world's exact check, and errs at known rates.

Knows the constraints behind the words that it is given. One that was never asked for it can only complain about.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known
from maieutic.worlds.text_constraints import judge, which

_MET = ("It is met: {seen}.", "Looked at and found in order: {seen}.", "Yes: {seen}.")
_FAILED = ("It is not met: {seen}.", "This falls short: {seen}.", "No: {seen}.")


class Examiner(Person):
    """Checks constraints one by one.

    Attributes:
        miss: probability of clearing a constraint that is not met.
        alarm: probability of complaining about one that is met, or that was not asked for.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"examiner.item"})

    miss: float = Field(0.15, ge=0, le=1)
    alarm: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Check one constraint."""
        truth, chance = known(turn.truth), rng(turn.seed)
        place = which(str(turn.view.get("constraint", "")), truth)
        check = None if place is None else judge(str(turn.view.get("response", "")), truth)[place]
        good = check is None or check.ok is True
        said = chance.random() >= self.alarm if good else chance.random() < self.miss
        seen = "nothing speaks against it" if check is None else check.reason
        return Move({"reason": chance.choice(_MET if said else _FAILED).format(seen=seen), "satisfied": said})
