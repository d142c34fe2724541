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
    Values,
    chain,
    claimed,
    own_value,
    stated,
    target,
    written,
)
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import Step, spell

How = Literal["known", "slip", "guess", "misconception", "muddle", "echo"]


class Mark(Frozen):
    """How a step was done.

    Attributes:
        how: known and guess are right; slip and muddle are off by `off`; misconception runs a program: the one
            held for the skill, where that rule is idle another that bites, where none does it is off by `off`;
            echo is a number taken over.
        off: the distance of an accident, or the number taken over, as a fraction.
        value: what came out, as a fraction; in a problem without steps, the answer as it is said.
        name: of the misconception that was run.
    """

    how: How
    off: str = "0"
    value: str | None = None
    name: str | None = None


class Owned(Frozen):
    """A given working as somebody's own; `clear` where the result of every step could be read off it."""

    marks: tuple[Mark, ...]
    known: dict[str, bool]
    holds: dict[str, str | None]
    clear: bool = True


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
        lacks: skills that the task's student is said not to have, and to replace by `misconception`.
    """

    question: str
    answer: str
    chain: tuple[Step, ...] = ()
    attempt: str | None = None
    names: tuple[str, ...] = ()
    misconception: str | None = None
    wrong_answer: str | None = None
    lacks: tuple[str, ...] = ()

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
        own, other = set[str](), set[str]()  # rules about this skill, and any others that go wrong here
        for step in self.chain:
            if step.skill == skill:
                fitting = set(self.biting(written(step.expr, truth) or ""))
                own |= {name for name in fitting if _about(name, skill)}
                other |= fitting
        found = own or other
        return chance.choice(sorted(found)) if found else None

    def biting(self, left: str) -> Sequence[str]:
        """Misconceptions that get a calculation wrong: of those that the world names for the task, else of all."""
        named = [name for name in self.names if misconceptions.by_name(name).wrong(left) is not None]
        return named or misconceptions.applicable(left)

    def explained(self, left: str, result: Fraction) -> Sequence[str]:
        """Misconceptions that give exactly `result`: of those that the world names for the task, else of all."""
        named = [name for name in self.names if misconceptions.by_name(name).wrong(left) == result]
        return named or misconceptions.explain(left, result)

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
            name = self.misconception
            return tuple(
                mark.model_copy(
                    update={
                        "value": self._single(mark),
                        "name": name if mark.how == "misconception" and self.wrong_answer else None,
                    }
                )
                for mark in marks
            )
        values: Values = []
        done = []
        for step, mark in zip(self.chain, marks, strict=True):
            value, name = self.came_out(step, mark, values, holds.get(step.skill))
            values.append(value)
            spelled = None if value is None else str(value)
            done.append(mark.model_copy(update={"value": spelled, "name": name}))
        return tuple(done)

    def came_out(
        self, step: Step, mark: Mark, values: Values, held: str | None
    ) -> tuple[Fraction | None, str | None]:
        """What a step comes to, and the misconception that was run for it."""
        if mark.how == "echo":
            return Fraction(mark.off), None
        right, left = own_value(step, values), written(step.expr, values)
        if right is None or left is None or mark.how in ("known", "guess"):
            return right, None
        if mark.how == "misconception":
            wrong = None if held is None else misconceptions.by_name(held).wrong(left)
            if wrong is not None:
                return wrong, held
            others = sorted(self.biting(left), key=lambda name: not _about(name, step.skill))
            if others:
                return misconceptions.by_name(others[0]).wrong(left), others[0]
        return right + Fraction(mark.off), None

    def _single(self, mark: Mark) -> str | None:
        if mark.how in ("known", "guess"):
            return self.answer
        if mark.how == "echo":
            return mark.off
        if mark.how != "slip" and self.wrong_answer is not None:
            return self.wrong_answer
        value = answers.parse_number(self.answer)
        return None if value is None else spell(value + Fraction(mark.off))

    def owned(self, text: str, chance: random.Random) -> Owned:
        """A given working as somebody's own: how each step was done, what is known, what is held instead."""
        if not self.chain:
            right = answers.equal(self.wrong_answer or answers.final_answer(text) or text, self.answer)
            how: How = "known" if right else "misconception" if self.misconception else "muddle"
            mark = Mark(how=how, off=self.stray(0, chance))
            said, true = (
                answers.parse_number(one or "") for one in (answers.final_answer(text), self.answer)
            )
            if how == "muddle" and said is not None and true is not None:
                mark = Mark(how=how, off=str(said - true))  # the number that the working comes to
            held = {} if right else {self.skill(0): self.misconception}
            return Owned(marks=self.worked([mark], held), known={self.skill(0): right}, holds=held)
        values = stated(text, self.chain, self.question)
        clear = None not in values
        final = answers.parse_number(answers.final_answer(text) or "")
        if final is None and self.wrong_answer is not None:  # it is wrong, and nobody can read what it says
            final = self.chain[-1].value + Fraction(self.stray(len(self.chain) - 1, chance))
        values[-1] = values[-1] if final is None else final
        known = dict.fromkeys(self.skills, True)
        holds: dict[str, str | None] = {}
        marks: list[Mark] = []
        for index, step in enumerate(self.chain):
            should = own_value(step, values[:index])
            value = values[index] = should if values[index] is None else values[index]
            if value is None or should is None or value == should:
                marks.append(Mark(how="known"))
                continue
            known[step.skill] = False
            name = next(iter(self.explained(written(step.expr, values) or "", value)), None)
            mine = name is not None and holds.setdefault(step.skill, name) == name
            holds.setdefault(step.skill, None)
            marks.append(Mark(how="misconception" if mine else "muddle", off=str(value - should)))
        return Owned(marks=self.worked(marks, holds), known=known, holds=holds, clear=clear)

    def right(self, index: int, marks: Sequence[Mark]) -> bool | None:
        """Whether a step was done rightly, given what went into it; None where that comes to no number."""
        if not self.chain:
            value = marks[0].value
            return value is not None and answers.equal(value, self.answer)
        values = values_of(marks)
        should = own_value(self.chain[index], values)
        return None if should is None else values[index] == should

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
    names, lacks = truth.get("misconceptions"), truth.get("lacks")
    return Problem(
        question=_text(view.get("question")) or "",
        answer=answer,
        chain=tuple(steps),
        attempt=_text(view.get("attempt")),
        names=tuple(
            one.name for one in misconceptions.LIBRARY if isinstance(names, list) and one.name in names
        ),
        misconception=_text(truth.get("misconception")),
        wrong_answer=_text(truth.get("wrong_answer")),
        lacks=tuple(map(str, lacks)) if steps and isinstance(lacks, list) else (),
    )


def values_of(marks: Sequence[Mark]) -> Values:
    """What came out of each step of a chain."""
    return [None if mark.value is None else Fraction(mark.value) for mark in marks]


def _about(name: str, skill: str) -> bool:
    return skill in misconceptions.by_name(name).skills


def _text(value: JsonValue | None) -> str | None:
    return None if value is None or not str(value).strip() else str(value)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))
