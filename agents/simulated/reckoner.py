"""Simulated reckoner: works problems out by false rules that it holds more or less firmly, and learns where one is named.

Knows the true steps as its reading of the question, no marks. Which rule spoiled which step is its memory, never in the
text. A rule is held less firmly after a working that names it and shows, on the calculation, what it gave: words about
another rule change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar, Self

from pydantic import Field, JsonValue

from maieutic import Dialogue, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.working import chain, equations, written
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import spell, value

RULES: Mapping[str, float] = {
    "adds-for-times": 0.5,
    "smaller-from-larger": 0.7,
    "point-dropped": 0.7,
    "forgets-to-carry": 0.7,
    "whole-into-both": 0.7,
    "ratio-by-difference": 0.7,
}
_STARTS = ("Let me work it out.", "Here is my working.", "I go step by step.", "My steps:")
_ENDS = ("The answer is {}.", "So the answer is {}.", "The final answer is {}.")
_GARBLED = ("The answer is as above.", "The answer is what I found last.", "So that is the answer, done.")


class Reckoner(Person):
    """A student in an exam.

    Attributes:
        rules: name of a misconception -> probability of going by it where it gets a step wrong.
        garble: probability of a last line from which no answer can be read.
        uptake: by which share a rule is held less firmly after each fitting explanation.
        able: probability of being right where the steps of a problem are not known.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"student.exam", "student.held_out"})

    rules: dict[str, float] = Field(dict(RULES))
    garble: float = Field(0.05, ge=0, le=1)
    uptake: float = Field(0.15, ge=0, le=1)
    able: float = Field(0.5, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Work a question out.

        Raises:
            BadAnswer: the task brings neither steps nor an answer.
        """
        truth, chance = turn.truth or {}, rng(turn.seed)
        if not chain(truth) and not truth.get("answer"):
            raise BadAnswer("a simulated reckoner needs truth.steps or truth.answer, the task has neither")
        lines, bugs = [chance.choice(_STARTS)], list[JsonValue]()
        results: list[Fraction] = []
        for step in chain(truth):
            left = written(step.expr, results) or step.expr
            name = next(
                (
                    one
                    for one, firm in self.rules.items()
                    if step.skill in misconceptions.by_name(one).skills
                    and misconceptions.by_name(one).wrong(left) is not None
                    and chance.random() < firm
                ),
                None,
            )
            try:
                wrong = None if name is None else misconceptions.by_name(name).wrong(left)
                results.append(value(step.expr, results) if wrong is None else wrong)
            except ZeroDivisionError:
                lines.append("I cannot go on from here.")
                break
            bugs += [] if name is None else [name]
            lines.append(f"{left} = {spell(results[-1])}")
        final = spell(results[-1]) if results else self._guess(str(truth["answer"]), chance.random())
        garbled = chance.random() < self.garble
        lines.append(chance.choice(_GARBLED) if garbled else chance.choice(_ENDS).format(final))
        return Move({"text": "\n".join(lines)}, {"final": final, "bugs": bugs, "garbled": garbled})

    def _guess(self, answer: str, luck: float) -> str:
        number = answers.parse_number(answer)
        return answer if luck < self.able or number is None else spell(number + 1)

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The student after reading the workings of `records`."""
        rules = dict(self.rules)
        for record in records:
            for text in (
                (one.content for one in record.messages if one.train) if isinstance(record, Dialogue) else ()
            ):
                for name in named(text, rules):
                    rules[name] *= 1 - self.uptake
        return self.model_copy(update={"rules": rules})


def named(text: str, rules: Mapping[str, float]) -> list[str]:
    """The rules that a text speaks of, stating one of them and a result that it gives for a calculation of the text."""
    found = []
    for name in rules:
        rule = misconceptions.by_name(name)
        if rule.statement in text or name in text:
            told = set(answers.numbers_in(text))
            wrongs = (rule.wrong(one.left) for one in equations(text) if one.left)
            if any(wrong is not None and wrong in told for wrong in wrongs):
                found.append(name)
    return found
