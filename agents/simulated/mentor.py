"""Simulated mentor: a teacher who solves exactly, writes down how, corrects one wrong step, and errs at its stated rates.

Knows the true steps. What a student's line was to be it reads off its calculation; whatever an earlier correction was
sent back for, the next one errs as often.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.derivation import due, equation, rule
from maieutic.agents.simulated.inspector import inspected
from maieutic.agents.simulated.scribe import Scribe, shown_step
from maieutic.agents.simulated.solver import lines_of
from maieutic.agents.simulated.working import equations
from maieutic.roles.template import Worked
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import Step, spell

_KEYS = (
    "Some believe: {rule} That does not hold here.",
    "Take care. One is tempted by this: {rule} It leads astray.",
)
_CAUSES = (
    "You went by a rule that does not hold: {rule}",
    "Behind this line is a belief. {rule} It is not so.",
)
_PLAIN = (
    "This is not what the problem asks for at this point.",
    "The calculation of this line does not give what the problem needs here.",
)


class Mentor(Scribe):
    """A teacher of worked answers.

    Attributes:
        astray: probability of a wrong answer of a template.
        flawed: probability of a wrong line in a template with the right answer.
        wrong: probability that a corrected step is wrong.
        miss: probability of passing a wrong correction, where the teacher inspects its own.
        alarm: probability of sending back a right one.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"teacher.template", "teacher.template_tagged", "teacher.correct_step", "teacher.inspect"}
    )

    astray: float = Field(0.08, ge=0, le=1)
    flawed: float = Field(0.04, ge=0, le=1)
    wrong: float = Field(0.2, ge=0, le=1)
    miss: float = Field(0.05, ge=0, le=1)
    alarm: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write a template, correct a step, or inspect a correction.

        Raises:
            BadAnswer: the task brings neither steps nor an answer in numbers.
        """
        chance, (steps, gold) = rng(turn.seed), self.grounds(turn)
        if turn.role.name == "teacher.inspect":
            return inspected(turn, self.miss, self.alarm)
        if turn.role.name == "teacher.correct_step":
            return self._corrected(turn, steps, gold, chance)
        worked = self._template(steps, str((turn.truth or {}).get("answer") or ""), chance)
        return Move(self.written(worked, turn.role.name == "teacher.template_tagged", chance))

    def _template(self, steps: Sequence[Step], gold: str, chance: random.Random) -> Worked:
        astray, flawed = chance.random() < self.astray, chance.random() < self.flawed
        lines = [equation(line) for line in lines_of(steps) or []] or [f"All in all it is {gold}"]
        if flawed and steps:
            place = chance.randrange(len(steps))
            left = lines[place].rpartition(" = ")[0]
            lines[place] = f"{left} = {spell(steps[place].value + chance.choice((1, 2, 10)))}"
        told, keys = [], []
        for place, line in enumerate(lines):
            says = steps[place].says if steps else ""
            told.append(f"{says[0].upper()}{says[1:]}: {line}" if says and "=" not in says else line)
            names = misconceptions.applicable(line.rpartition(" = ")[0])
            statement = rule(names[0]) if names else ""
            keys.append(chance.choice(_KEYS).format(rule=statement) if statement else None)
        skills = ", then ".join(dict.fromkeys(step.skill.replace("-", " ") for step in steps))
        recipe = (
            f"For problems of this type, write down what each number stands for; then go on by {skills or 'one step'}, "
            "each step with the result of the one before."
        )
        amount = steps[-1].value if steps else answers.parse_number(gold) or Fraction(0)
        answer = spell(amount + chance.choice((1, 3, 7))) if astray else spell(amount) if steps else gold
        return Worked(tuple(told), answer, tuple(keys), recipe)

    def _corrected(
        self, turn: Turn, steps: Sequence[Step], gold: Fraction | None, chance: random.Random
    ) -> Move:
        prefix, line = shown_step(turn)
        place = due(prefix, line, steps)
        off = Fraction(chance.choice((1, 2, 10))) if chance.random() < self.wrong else Fraction(0)
        cause = chance.choice(_PLAIN)
        found = equations(line)
        names = misconceptions.explain(found[-1].left, found[-1].right) if found and found[-1].left else ()
        if names:
            cause = chance.choice(_CAUSES).format(rule=rule(names[0]))
        lines = lines_of(steps)
        if place is None or lines is None:
            amount = gold if place is None or gold is not None else steps[place].value
            return Move(
                {"cause": cause, "corrected_step": f"It comes to {spell((amount or Fraction(0)) + off)}"}
            )
        left, right = lines[place]
        return Move({"cause": cause, "corrected_step": equation((left, right + off))})
