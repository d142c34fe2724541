"""Simulated walker: goes through a solution step by step, as an annotator or as a critic, and errs at its stated rates.

Knows the true steps as its reading of the question. It finds the first error from the text in its view, or is told the
place; then each label is flipped with a known probability.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.solver import first_error
from maieutic.agents.simulated.working import chain
from maieutic.roles.critique import MOST_CHARACTERS, MOST_STEPS, steps_of
from maieutic.worlds.word_problems import answers

_RIGHT = ("This holds.", "Nothing is wrong here.", "It follows from what stands before.", "Yes.")
_WRONG = (
    "This is not what the question asks for at this point.",
    "The calculation does not fit what is told; look at it again.",
    "Here it goes wrong; all that comes later rests on it.",
    "The result of this line cannot be kept.",
)


class Walker(Person):
    """An annotator or a critic of solutions.

    Attributes:
        miss: probability of calling the first wrong step right.
        alarm: probability of calling a right step wrong.
        leak: probability of stating the right answer in an explanation.
        skips: probability of leaving a right step out.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"annotator.walk", "critic.walk"})

    miss: float = Field(0.15, ge=0, le=1)
    alarm: float = Field(0.05, ge=0, le=1)
    leak: float = Field(0.02, ge=0, le=1)
    skips: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Walk through one solution.

        Raises:
            BadAnswer: there is no solution.
        """
        text, chance = str(turn.view.get("response") or ""), rng(turn.seed)
        steps, gold = chain(turn.truth), str((turn.truth or {}).get("answer") or "")
        lines = steps_of(text)[:MOST_STEPS] or [text.strip()[:MOST_CHARACTERS]]
        if not text.strip():
            raise BadAnswer("there is no solution to walk through")
        told = turn.view.get("error_step")
        wrong = told - 1 if isinstance(told, int) else first_error(text, steps)
        said = answers.stated_answer(text)
        right = said is not None and bool(gold) and answers.equal(said, gold)
        if wrong is None and not right:
            wrong = len(lines) - 1  # all lines come out, and it is not the answer: it ends wrongly
        verdicts: list[JsonValue] = []
        accused = False
        for place, line in enumerate(lines):
            rate = self.miss if place == wrong else self.alarm
            correct = (place != wrong) is (chance.random() >= rate)
            if correct and chance.random() < self.skips and place + 1 < len(lines):
                continue
            explanation = chance.choice(_RIGHT if correct else _WRONG)
            if not correct and gold and chance.random() < self.leak:
                explanation = f"{explanation} The right answer is {gold}."
            verdicts.append({"text": line[:MOST_CHARACTERS], "correct": correct, "explanation": explanation})
            accused = accused or not correct
            if accused and turn.view.get("walk") != "all":
                break
        if not verdicts:
            verdicts.append({"text": lines[-1][:MOST_CHARACTERS], "correct": True, "explanation": _RIGHT[0]})
        return Move({"steps": verdicts, "final_correct": not accused})
