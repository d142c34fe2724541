"""Simulated trainee: a student who solves by fixed kinds of mistakes, corrects its own step or not, and learns to do so.

Knows the true steps as its reading of the question, no reference. Which mistake it made is its memory, never in the text;
a step that it does not mend it works out as before.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, Self

from pydantic import Field, JsonValue

from maieutic import Dialogue, Pair, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.derivation import KINDS, Kind, Line, due, equation, first_wrong, planted
from maieutic.agents.simulated.scribe import Scribe, shown_step
from maieutic.agents.simulated.solver import lines_of
from maieutic.agents.simulated.working import equations
from maieutic.roles.correction import texts_of
from maieutic.roles.template import Worked
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.steps import Step, spell

_LINES = ("{}", "So {}", "That makes {}", "Next, {}")
_CAUSES = (
    "I was too quick here.",
    "I must have mixed something up in this line.",
    "The calculation in this line is off.",
    "I read the problem wrongly at this point.",
)
_RECIPE = "Take the numbers one after the other, and do what the words ask for."


class Trainee(Scribe):
    """A student in training.

    Attributes:
        right: probability of a right solution.
        kinds: the kinds of its mistakes, each as likely at each step where it can be made.
        mends: probability of mending a step that it is told, or has found, to be wrong.
        notices: probability of finding the first wrong step of its own working unasked.
        doubts: probability of calling a step of a right working wrong.
        gain: by which share failures become fewer for each record of their kind that is learnt from.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"student.solve", "student.solve_tagged", "student.correct_step", "student.review"}
    )

    right: float = Field(0.4, ge=0, le=1)
    kinds: tuple[Kind, ...] = Field(KINDS, min_length=1)
    mends: float = Field(0.3, ge=0, le=1)
    notices: float = Field(0.3, ge=0, le=1)
    doubts: float = Field(0.05, ge=0, le=1)
    gain: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Solve, correct one step, or look a working over.

        Raises:
            BadAnswer: the task brings neither steps nor an answer in numbers.
        """
        chance, (steps, gold) = rng(turn.seed), self.grounds(turn)
        amount = steps[-1].value if steps else gold or Fraction(0)
        if turn.role.name == "student.correct_step":
            return Move(self._corrected(turn, steps, amount, chance))
        if turn.role.name == "student.review":
            return Move(self._reviewed(turn, steps, amount, chance))
        worked, memory = self._solved(steps, amount, chance)
        return Move(self.written(worked, turn.role.name == "student.solve_tagged", chance), memory)

    def _solved(
        self, steps: Sequence[Step], amount: Fraction, chance: random.Random
    ) -> tuple[Worked, dict[str, JsonValue]]:
        memory: dict[str, JsonValue] = {"place": None, "mistake": None}
        lines: list[Line] = lines_of(steps) or []
        if chance.random() >= self.right:
            found = planted(steps, self.kinds, chance)
            if found is None:  # no mistake of its kinds can be made: the end comes out wrong
                lines = [*lines[:-1], (lines[-1][0] if lines else "", amount + 1)]
                memory = {"place": max(0, len(lines) - 1), "mistake": "slip"}
            else:
                lines, one = found
                memory = {"place": one.place, "mistake": one.name}
        said = [
            chance.choice(_LINES).format(equation(line)) if line[0] else _whole(line[1]) for line in lines
        ]
        said = said or [_whole(amount)]
        return Worked(
            tuple(said), spell(lines[-1][1] if lines else amount), (None,) * len(said), _RECIPE
        ), memory

    def _corrected(
        self, turn: Turn, steps: Sequence[Step], amount: Fraction, chance: random.Random
    ) -> dict[str, JsonValue]:
        prefix, line = shown_step(turn)
        able = chance.random() < self.mends
        return {"cause": chance.choice(_CAUSES), "corrected_step": _anew(prefix, line, steps, amount, able)}

    def _reviewed(
        self, turn: Turn, steps: Sequence[Step], amount: Fraction, chance: random.Random
    ) -> dict[str, JsonValue]:
        lines, own = texts_of(turn.view.get("working")), str(turn.view.get("own_answer") or "")
        if not lines:
            raise BadAnswer("there is no working to look over")
        number = answers.parse_number(own)
        place = None
        if number != amount:
            place = first_wrong(
                lines, own, {k: v for k, v in (turn.truth or {}).items() if k != "wrong_step"}
            )
            place = len(lines) - 1 if place is None else place
        looked, able = (
            chance.random() < (self.doubts if place is None else self.notices),
            chance.random() < self.mends,
        )
        if not looked:
            return {"first_wrong_step": None, "cause": "", "steps": [], "answer": own}
        doubted = place is None
        place = chance.randrange(len(lines)) if place is None else place
        first = due(lines[:place], lines[place], steps)
        told: list[JsonValue]
        if able:
            told = [equation(line) for line in (lines_of(steps) or [])[first or 0 :]] or [_whole(amount)]
            answer = spell(amount)
        elif doubted:  # what was right is changed for something else
            told, answer = [*lines[place:-1], _whole(amount + 1)], spell(amount + 1)
        else:
            told, answer = [*lines[place:]], own
        return {
            "first_wrong_step": place + 1,
            "cause": chance.choice(_CAUSES),
            "steps": told,
            "answer": answer,
        }

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The trainee after templates, which make it solve better, and pairs, which make it find and mend its mistakes."""
        taught = sum(isinstance(one, Dialogue) for one in records)
        shown = sum(isinstance(one, Pair) for one in records)

        def better(share: float, times: int) -> float:
            return 1 - (1 - share) * (1 - self.gain) ** times

        return self.model_copy(
            update={
                "right": better(self.right, taught),
                "mends": better(self.mends, shown),
                "notices": better(self.notices, shown),
            }
        )


def _whole(amount: Fraction) -> str:
    return f"All in all it is {spell(amount)}"


def _anew(prefix: Sequence[str], line: str, steps: Sequence[Step], amount: Fraction, able: bool) -> str:
    """A line once more: as it should be, or worked out as before, which must not come to what it should."""
    place, lines = due(prefix, line, steps), lines_of(steps)
    left, right = ("", amount) if place is None or lines is None else lines[place]
    if able:
        return equation((left, right)) if left else _whole(right)
    found = equations(line)
    if found and found[-1].right != right:
        return line[:600]  # as long as a corrected step may be
    return equation((left, right + 1)) if left else _whole(right + 1)
