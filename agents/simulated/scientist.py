"""Simulated scientist: solves, revises a solution beside the answer, and solves with the answer shown.

Knows the true steps as its reading of the question. What it gets wrong is a mistake of a known kind at one step, from which
it goes on rightly; what it gets right by wrong reasoning has such a mistake too, and states the right answer all the same.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.roles.reflection import MARK
from maieutic.worlds.formulas import (
    KINDS,
    Chain,
    chain,
    first_fault,
    is_choice,
    mistakes,
    stated,
    told,
    verdict,
)
from maieutic.worlds.formulas.quantities import decimal, forms, read
from maieutic.worlds.formulas.working import lines

_LEADS = ("So ", "Then ", "That makes ", "Next, ")
_ENDS = ("The answer is {}.", "So the answer is {}.", "The final answer is {}.")
_VAGUE = ("That settles it.", "The rest is clear from here.", "This is what was asked for.")
_REFLECTIONS = {
    "comprehension": ("I took a wrong number from the question there.", "I misread what is given."),
    "calculation": (
        "The operation is the right one, and I carried it out wrongly.",
        "I miscalculated this line.",
    ),
    "false-reasoning": (
        "The law does not say that.",
        "The reasoning does not hold; another relation is needed.",
    ),
    "none": ("I do not find a line that is wrong.", "Each line seems to hold."),
}


class Scientist(Person):
    """Somebody who solves formula problems and word problems.

    Attributes:
        right: probability of the right answer, unaided.
        luck: probability that a right answer, unaided, is come to by wrong reasoning.
        fix: probability that a wrong solution is put right beside the answer.
        stay: probability that a right one, sent back, stays right.
        sound: probability that a solution that was put right holds in its steps too.
        shown: probability that a solution with the answer shown holds in its steps.
        named: probability of naming the kind of the first mistake rightly.
        unmarked: probability of leaving out the marker before the corrected solution.
        vague: probability of not stating an answer.
        respelled: probability of stating it in another unit or form.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"solver.solve", "weak.solve", "reviser.revise", "informed.solve"}
    )

    right: float = Field(0.6, ge=0, le=1)
    luck: float = Field(0.1, ge=0, le=1)
    fix: float = Field(0.6, ge=0, le=1)
    stay: float = Field(0.95, ge=0, le=1)
    sound: float = Field(0.9, ge=0, le=1)
    shown: float = Field(0.6, ge=0, le=1)
    named: float = Field(0.8, ge=0, le=1)
    unmarked: float = Field(0.05, ge=0, le=1)
    vague: float = Field(0.02, ge=0, le=1)
    respelled: float = Field(0.3, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write one solution.

        Raises:
            BadAnswer: there is nothing to go by, or no solution to revise.
        """
        chance, truth = rng(turn.seed), turn.truth or {}
        if not str(truth.get("answer") or ""):
            raise BadAnswer("a simulated scientist needs truth.answer, the task has none")
        match turn.role.name:
            case "reviser.revise":
                return self._revise(turn, truth, chance)
            case "informed.solve":
                return Move({"text": self._written(truth, True, chance.random() < self.shown, chance)})
        right = chance.random() < self.right
        return Move({"text": self._written(truth, right, chance.random() >= self.luck, chance)})

    def _revise(self, turn: Turn, truth: Mapping[str, JsonValue], chance: random.Random) -> Move:
        response, gold = str(turn.view.get("response") or ""), str(truth["answer"])
        if not response:
            raise BadAnswer("a reviser revises a response, and there is none")
        was_right = verdict(stated(response), gold) == "same"
        fault = first_fault(response, chain(truth), gold)
        kind: str = "none" if fault is None else fault.kind or "false-reasoning"
        if chance.random() >= self.named:
            kind = chance.choice([one for one in _REFLECTIONS if one != kind])
        right = chance.random() < (self.stay if was_right else self.fix)
        solution = self._written(truth, right, chance.random() < self.sound, chance)
        place = "" if fault is None else f"Line {fault.line + 1}: "
        mark = "Again:" if chance.random() < self.unmarked else MARK
        text = f"{place}{chance.choice(_REFLECTIONS[kind])}\n{mark}\n{solution}"
        return Move({"error_kind": kind, "text": text})

    def _written(
        self, truth: Mapping[str, JsonValue], right: bool, sound: bool, chance: random.Random
    ) -> str:
        """A solution whose answer and whose steps are right or wrong; `sound` counts for right answers."""
        of, gold = chain(truth), str(truth["answer"])
        if not of.steps:
            said = gold if right else _another(gold, truth, chance)
            return f"I worked it out.\n{self._end(said, chance)}"
        if right and sound:
            return f"{told(of, lead=_leads(chance))}\n{self._end(gold, chance)}"
        spoiled = _spoiled(of, gold, right, chance)
        if spoiled is None:  # no mistake of a known kind shows there
            return f"{told(of, lead=_leads(chance))}\n{self._end(gold if right else _another(gold, truth, chance), chance)}"
        working, said = spoiled
        return f"{working}\n{self._end(said, chance)}"

    def _end(self, said: str, chance: random.Random) -> str:
        if chance.random() < self.vague:
            return chance.choice(_VAGUE)
        others = forms(said)
        if others and chance.random() < self.respelled:
            said = chance.choice(others)
        return chance.choice(_ENDS).format(said)


def _leads(chance: random.Random) -> list[str]:
    return chance.sample(_LEADS, len(_LEADS))


def _spoiled(of: Chain, gold: str, right: bool, chance: random.Random) -> tuple[str, str] | None:
    """A working with one mistake that shows, and the answer that it states; None where none is found."""
    unit = f" {of.units[-1]}" if of.units else ""
    for kind in chance.sample(KINDS, len(KINDS)):
        for place in chance.sample(range(len(of.steps)), len(of.steps)):
            found = mistakes(of, place, kind)
            for one in chance.sample(found, min(len(found), 4)):
                done = lines(of, one)
                if done is None:
                    continue
                said = gold if right else f"{decimal(done[-1][1])}{unit}"
                working = told(of, one, _leads(chance))
                text = f"{working}\nThe answer is {said}."
                fault = first_fault(text, of, gold)
                if fault is None or (verdict(said, gold) == "same") is not right:
                    continue
                if right or (fault.line, fault.kind) == (place, kind):
                    return working, said
    return None


def _another(gold: str, truth: Mapping[str, JsonValue], chance: random.Random) -> str:
    """An answer that is wrong: another choice, another number with the same unit."""
    if is_choice(gold):
        count = truth.get("choices")
        letters = "ABCDEFGH"[: count if isinstance(count, int) else 4]
        return chance.choice([one for one in letters if one not in gold])
    quantity = read(gold)
    if quantity is None:
        return "0" if gold.strip() != "0" else "1"
    number = quantity.number + max(Fraction(1), abs(quantity.number)) * chance.choice((1, 2, 9))
    return f"{decimal(number)} {quantity.word}".strip()
