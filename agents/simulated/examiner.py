"""Simulated examiner: checks one constraint with the world's exact check, and errs at known rates.

Knows the constraints behind the words that it is given. One that was never asked for it can only complain about.
"""

from __future__ import annotations

import random
from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known
from maieutic.worlds.text_constraints import Truth, asked, judge, which

_MET = ("It is met: {seen}.", "Looked at and found in order: {seen}.", "Yes: {seen}.")
_FAILED = ("It is not met: {seen}.", "This falls short: {seen}.", "No: {seen}.")


class Examiner(Person):
    """Checks constraints one by one, or answers the questions of a checklist.

    Attributes:
        miss: probability of clearing a constraint that is not met.
        alarm: probability of complaining about one that is met, or that was not asked for.
        confuse: probability of taking the wrong one of yes and no for the good answer to a question.
        anchor: probability of saying of a question what was said of the one before, where several are put at once.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"examiner.item", "examiner.tick", "examiner.ticks", "examiner.polarity"}
    )

    miss: float = Field(0.15, ge=0, le=1)
    alarm: float = Field(0.05, ge=0, le=1)
    confuse: float = Field(0.02, ge=0, le=1)
    anchor: float = Field(0.2, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Check one constraint, answer one question or several, or say which answer to a question is good."""
        truth, chance = known(turn.truth), rng(turn.seed)
        response = str(turn.view.get("response", ""))
        wanted, turned = asked(str(turn.view.get("question", "")))
        if turn.role.name == "examiner.polarity":
            wrong = chance.random() < self.confuse
            return Move({"good": "no" if turned != wrong else "yes"})
        if turn.role.name == "examiner.ticks":
            return Move({"answers": self._all(turn.view.get("questions"), response, truth, chance)})
        if turn.role.name == "examiner.tick":
            said, seen = self._found(wanted, response, truth, chance)
            return Move({"reason": seen, "answer": said != turned})
        said, seen = self._found(str(turn.view.get("constraint", "")), response, truth, chance)
        return Move({"reason": chance.choice(_MET if said else _FAILED).format(seen=seen), "satisfied": said})

    def _found(self, wanted: str, response: str, truth: Truth, chance: random.Random) -> tuple[bool, str]:
        """Whether what is wanted is said to be met, and what was seen."""
        place = which(wanted, truth)
        check = None if place is None else judge(response, truth)[place]
        good = check is None or check.ok is True
        said = chance.random() >= self.alarm if good else chance.random() < self.miss
        return said, "nothing speaks against it" if check is None else check.reason

    def _all(self, questions: object, response: str, truth: Truth, chance: random.Random) -> list[bool]:
        answers: list[bool] = []
        for one in questions if isinstance(questions, list) else []:
            wanted, turned = asked(str(one))
            said = self._found(wanted, response, truth, chance)[0] != turned
            answers.append(answers[-1] if answers and chance.random() < self.anchor else said)
        return answers
