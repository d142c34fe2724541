"""Problem: a word problem as a simulated student and a simulated teacher understand it, with or without steps.

Knows no person and no chance of its own. A problem with a chain of true steps is understood step by step; one with
an answer alone (which may be no number, such as `4x`) is a single step of a single skill.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import JsonValue

from maieutic import Frozen
from maieutic.agents.simulated.working import (
    Step,
    Values,
    chain,
    claimed,
    own_value,
    spell,
    stated,
    target,
    written,
)
from maieutic.worlds.word_problems import answers, misconceptions

How = Literal["known", "slip", "guess", "misconception", "muddle", "echo"]


class Mark(Frozen):
    """How a step was done.

    Attributes:
        how: known and guess are right; slip and muddle are off by `off`; misconception runs the program that the
            student holds for the skill (off by `off` where it does not apply); echo is a number taken over.
        off: the distance of an accident, or the number taken over, as a fraction.
        value: what came out, as a fraction; in a problem without steps, the answer as it is said.
    """

    how: How
    off: str = "0"
    value: str | None = None


@dataclass(frozen=True)
class Problem:
    """What is understood of a task.

    Attributes:
        question: its text.
        answer: the right answer as the task spells it.
        chain: the true steps; empty where only the answer is known.
        attempt: a working that the task brings along.
        names: misconceptions that the world says apply.
        misconception: the one behind `wrong_answer`, where the task names it.
        wrong_answer: the answer that it leads to.
    """

    question: str
    answer: str
    chain: tuple[Step, ...] = ()
    attempt: str | None = None
    names: tuple[str, ...] = ()
    misconception: str | None = None
    wrong_answer: str | None = None

    @property
    def length(self) -> int:
        """Number of steps, 1 where none are known."""
        return len(self.chain) or 1

    @property
    def skills(self) -> list[str]:
        """All skills, in order of their first step."""
        return list(dict.fromkeys(self.skill(index) for index in range(self.length)))

    def skill(self, index: int) -> str:
        """The skill of a step."""
        return self.chain[index].skill if self.chain else self.misconception or "problem"

    def true(self, index: int) -> str:
        """The true result of a step."""
        return str(self.chain[index].value) if self.chain else self.answer

    def held(self, skill: str, chance: random.Random) -> str | None:
        """A misconception that goes wrong in a step of `skill`, None where none is known."""
        if not self.chain:
            return self.misconception
        truth = [step.value for step in self.chain]
        found = set()
        for step in self.chain:
            if step.skill == skill:
                expr = written(step.expr, truth) or step.expr
                for name in self.names or misconceptions.applicable(expr):
                    if _run(name, expr) not in (None, step.value):
                        found.add(name)
        return chance.choice(sorted(found)) if found else None

    def stray(self, index: int, chance: random.Random) -> str:
        """How far an accident in a step lands from what is right: never at 0, never below nought."""
        value = self.chain[index].value if self.chain else answers.parse_number(self.answer)
        if value is None:
            return "0"
        near = [Fraction(one) for one in (1, -1, 2, -2, 10, -10)] + [value, -value / 2]
        return str(chance.choice([one for one in near if one != 0 and value + one >= 0] or [Fraction(1)]))

    def worked(self, marks: Sequence[Mark], holds: Mapping[str, str | None]) -> tuple[Mark, ...]:
        """The marks with what comes out of each, errors propagating."""
        if not self.chain:
            return tuple(mark.model_copy(update={"value": self._single(mark)}) for mark in marks)
        values: Values = []
        done = []
        for step, mark in zip(self.chain, marks, strict=True):
            value = _came_out(step, mark, values, holds.get(step.skill))
            values.append(value)
            done.append(mark.model_copy(update={"value": None if value is None else str(value)}))
        return tuple(done)

    def _single(self, mark: Mark) -> str | None:
        if mark.how in ("known", "guess"):
            return self.answer
        if mark.how == "echo":
            return mark.off
        if mark.how != "slip" and self.wrong_answer is not None:
            return self.wrong_answer
        value = answers.parse_number(self.answer)
        return None if value is None else spell(value + Fraction(mark.off))

    def owned(
        self, text: str, chance: random.Random
    ) -> tuple[tuple[Mark, ...], dict[str, bool], dict[str, str | None]]:
        """A given working as somebody's own: how each step was done, what is known, what is held instead."""
        if not self.chain:
            right = answers.equal(answers.final_answer(text) or text, self.answer)
            mark = Mark(how="known" if right else "misconception" if self.misconception else "muddle")
            mark = mark.model_copy(update={"off": self.stray(0, chance)})
            holds = {} if right else {self.skill(0): self.misconception}
            return self.worked([mark], holds), {self.skill(0): right}, holds
        values = stated(text, self.chain, self.question)
        final = answers.parse_number(answers.final_answer(text) or "")
        if final is not None:
            values[-1] = final
        known = dict.fromkeys(self.skills, True)
        owned: dict[str, str | None] = {}
        marks: list[Mark] = []
        for index, step in enumerate(self.chain):
            right_here = own_value(step, values[:index])
            value = values[index] = right_here if values[index] is None else values[index]
            if value is None or right_here is None or value == right_here:
                marks.append(Mark(how="known"))
                continue
            known[step.skill] = False
            name = next(iter(misconceptions.explain(written(step.expr, values) or "", value)), None)
            owned.setdefault(step.skill, name)
            mine = name is not None and owned[step.skill] == name
            marks.append(Mark(how="misconception" if mine else "muddle", off=str(value - right_here)))
        return self.worked(marks, owned), known, owned

    def outcome(
        self, index: int, marks: Sequence[Mark], held: str | None
    ) -> Literal["right", "misconception", "other"]:
        """How a step came out, given what went into it, judged by its value alone."""
        if not self.chain:
            value = marks[0].value
            if value is not None and answers.equal(value, self.answer):
                return "right"
            return "misconception" if value is not None and value == self.wrong_answer else "other"
        step, values = self.chain[index], values_of(marks)
        if values[index] is not None and values[index] == own_value(step, values):
            return "right"
        wrong = None if held is None else _run(held, written(step.expr, values) or "")
        return "misconception" if wrong is not None and values[index] == wrong else "other"

    def first_wrong(self, marks: Sequence[Mark]) -> int | None:
        """The first step whose result is not the true one, None where all are right."""
        if not self.chain:
            value = marks[0].value
            return None if value is not None and answers.equal(value, self.answer) else 0
        values = values_of(marks)
        return next((i for i, step in enumerate(self.chain) if values[i] != step.value), None)

    def about(self, text: str, marks: Sequence[Mark]) -> int | None:
        """Which step a teacher's `text` is about, None where it is about none."""
        if self.chain:
            return target(text, self.chain, values_of(marks))
        ours = f"{self.question} {marks[-1].value or ''}"
        numbers = {*answers.numbers_in(ours)} & {*answers.numbers_in(text)}
        return 0 if numbers or _words(text) & {*_words(ours), "question", "answer"} else None

    def shows(self, text: str, index: int, marks: Sequence[Mark]) -> bool:
        """Whether `text` states the true result of a step that came out otherwise."""
        if not self.chain:
            return answers.reveals(text, self.answer, self.question)
        step, values = self.chain[index], values_of(marks)
        operands = set(answers.numbers_in(written(step.expr, [one.value for one in self.chain]) or ""))
        said = set(answers.numbers_in(text)) - operands
        return values[index] != step.value and step.value in said

    def claim(self, text: str) -> str | None:
        """The final answer that `text` gives away or claims, true or false."""
        return self.answer if answers.reveals(text, self.answer, self.question) else claimed(text)


def problem(view: Mapping[str, JsonValue], truth: Mapping[str, JsonValue]) -> Problem | None:
    """The problem of a turn, None where the task brings neither steps nor an answer."""
    steps = chain(truth)
    answer = (
        _text(truth.get("answer")) or _text(view.get("answer")) or (spell(steps[-1].value) if steps else None)
    )
    if answer is None:
        return None
    if steps and not answers.equal(spell(steps[-1].value), answer):
        steps = []  # a chain that ends elsewhere explains nothing
    names = truth.get("misconceptions")
    return Problem(
        question=_text(view.get("question")) or "",
        answer=answer,
        chain=tuple(steps),
        attempt=_text(view.get("attempt")),
        names=tuple(str(name) for name in names) if isinstance(names, list) else (),
        misconception=_text(truth.get("misconception")),
        wrong_answer=_text(truth.get("wrong_answer")),
    )


def values_of(marks: Sequence[Mark]) -> Values:
    """What came out of each step of a chain."""
    return [None if mark.value is None else Fraction(mark.value) for mark in marks]


def _came_out(step: Step, mark: Mark, values: Values, held: str | None) -> Fraction | None:
    if mark.how == "echo":
        return Fraction(mark.off)
    right = own_value(step, values)
    if right is None or mark.how in ("known", "guess"):
        return right
    if mark.how == "misconception" and held is not None:
        wrong = _run(held, written(step.expr, values) or "")
        if wrong is not None and wrong != right:
            return wrong
    return right + Fraction(mark.off)


def _run(name: str, expr: str) -> Fraction | None:
    return misconceptions.by_name(name).wrong(expr)


def _text(value: JsonValue | None) -> str | None:
    return None if value is None or not str(value).strip() else str(value)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))
