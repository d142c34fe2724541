"""Simulated explainer: takes up a wrong working, names the false rule behind it, and writes the right one; or this alone.

Knows the true steps and its own error rates: it may name another rule, come to a wrong answer, or come to the right
one by a wrong line.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.working import chain, matched, written
from maieutic.worlds.word_problems import misconceptions
from maieutic.worlds.word_problems.steps import Step, spell

_STARTS = ("Let us look at your working.", "I have read what you wrote.", "You were on your way.")
_PLAIN = ("Here is a working.", "Let us work it out.", "Step by step:")
_NAMES = (
    "You went by this rule: {rule} It gave you {wrong} where {left} stood, and it does not hold.",
    "Behind your {wrong} for {left} is a belief. {rule} That is not so.",
    "For {left} you had {wrong}. Many believe: {rule} It is wrong.",
)
_SLIP = ("Check each line once more; there is a slip in it.", "One of your lines does not come out.")


class Explainer(Person):
    """A teacher after an exam.

    Attributes:
        tailored: probability of naming the rule that the student went by; else another one is named.
        astray: probability of a wrong final answer.
        flawed: probability of the right answer after a wrong line.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"teacher.correct", "teacher.work"})

    tailored: float = Field(0.9, ge=0, le=1)
    astray: float = Field(0.1, ge=0, le=1)
    flawed: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Explain one attempt, or work the question out where none is asked about.

        Raises:
            BadAnswer: there is neither a working nor an answer to give.
        """
        truth, chance = turn.truth or {}, rng(turn.seed)
        steps, answer = chain(truth), str(truth.get("answer") or turn.view.get("answer") or "")
        if not answer:
            raise BadAnswer("a simulated explainer needs an answer to lead to, the task has none")
        attempts: Any = turn.view.get("attempts") or []
        if turn.role.name == "teacher.work":
            lines = [chance.choice(_PLAIN)]
        else:
            lines = [chance.choice(_STARTS)]
            told = self._diagnosis(steps, str(attempts[0]) if attempts else "", chance)
            lines.append(told or chance.choice(_SLIP))
        truths = [step.value for step in steps]
        astray, flawed = chance.random() < self.astray, chance.random() < self.flawed
        spoiled = chance.randrange(len(steps)) if steps else -1
        for place, step in enumerate(steps):
            off = Fraction(chance.choice((1, 2, 10))) if flawed and place == spoiled else Fraction(0)
            lines.append(f"{written(step.expr, truths)} = {spell(step.value + off)}")
        end = spell(steps[-1].value + chance.choice((1, 3, 7))) if astray and steps else answer
        lines.append(f"The answer is {end}.")
        return Move({"text": "\n".join(lines)})

    def _diagnosis(self, steps: Sequence[Step], attempt: str, chance: random.Random) -> str | None:
        """A sentence on the first line that goes wrong; None where no rule explains it."""
        for place, line, _ in matched(attempt, steps):
            names = misconceptions.explain(line.left, line.right) if line.left else ()
            if not names:
                continue
            fitting = [one for one in names if steps[place].skill in misconceptions.by_name(one).skills]
            name = (fitting or list(names))[0]
            if chance.random() >= self.tailored:
                name = chance.choice([one.name for one in misconceptions.LIBRARY if one.name not in names])
            rule = misconceptions.by_name(name).statement
            return chance.choice(_NAMES).format(rule=rule, wrong=spell(line.right), left=line.left)
        return None
