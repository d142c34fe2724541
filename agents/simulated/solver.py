"""Simulated people around a solution: an actor who solves and amends, a flaw maker who plants a mistake at a known place.

Knows the true steps as its reading of the question. Each mistake is one that the world can tell at its place from the
text alone; what follows is worked out rightly from the wrong result.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from pydantic import Field

from maieutic import Dialogue, InputError, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.procedures import SIGNS
from maieutic.agents.simulated.working import Equation, chain, equations, matched, written
from maieutic.roles.critique import accused, heard, steps_of
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import Operation, Step, apply, compute, parse, spell, value

_LINES = ("{}", "So {}.", "That makes {}.", "Next, {}.")
_ENDS = ("The answer is {}.", "So the answer is {}.", "The final answer is {}.")
_OFF = (1, 2, 10)
KINDS = ("wrong-operation", "misconception", "slip")


@dataclass(frozen=True)
class Mistake:
    """What stands at one step instead of what is right."""

    place: int
    name: str
    left: str
    right: Fraction


def first_error(text: str, steps: Sequence[Step]) -> int | None:
    """The first step of a solution that is wrong, by its equations alone, from 0; None where none is seen to be."""
    return wrong_line(steps_of(text), answers.stated_answer(text), steps)


def wrong_line(lines: Sequence[str], said: str | None, steps: Sequence[Step]) -> int | None:
    """The first of some lines that is wrong, by their equations alone, from 0; None where none is seen to be.

    Where the answer is wrong, a line is wrong that gives another result than the true step that it is; where the
    answer is right, and for a line that is no true step, one that does not come out.

    Args:
        lines: the steps of a solution, each on one line.
        said: the answer that it comes to.
        steps: the true ones.
    """
    right = said is not None and bool(steps) and answers.equal(said, steps[-1].value)
    left = matched("\n".join(lines), steps)
    place = 0
    for one in equations("\n".join(lines)):
        while lines[place] != one.line:
            place += 1
        true = None
        if left and left[0][1] == one:
            true = steps[left.pop(0)[0]].value
        if one.right == true:
            continue
        if (true is not None and not right) or not comes_out(one):
            return place
    return None


def comes_out(one: Equation) -> bool:
    """Whether a calculation gives what is written after it."""
    try:
        return not one.left or compute(parse(one.left)) == one.right
    except (InputError, ZeroDivisionError):
        return True  # nothing that can be said to be wrong


def mistakes(steps: Sequence[Step], place: int, kind: str) -> list[Mistake]:
    """All mistakes of a kind (one of `KINDS`) that can stand at a step after right ones."""
    left = written(steps[place].expr, [step.value for step in steps[:place]]) or ""
    node = parse(left)
    found = []
    if kind == "slip":
        found = [Mistake(place, kind, left, steps[place].value + off) for off in _OFF]
    elif kind == "wrong-operation" and isinstance(node, Operation):
        for sign in SIGNS:
            try:
                a, b = compute(node.left), compute(node.right)
                got = apply(sign, a, b)  # type: ignore[arg-type]  # one of SIGNS
            except ZeroDivisionError:
                continue
            if sign != node.operator:
                found.append(Mistake(place, kind, f"{spell(a)} {sign} {spell(b)}", got))
    elif kind == "misconception":
        for name in misconceptions.applicable(left):
            wrong = misconceptions.by_name(name).wrong(left)
            found += [] if wrong is None else [Mistake(place, name, left, wrong)]
    return found


def lines_of(steps: Sequence[Step], planted: Mistake | None = None) -> list[tuple[str, Fraction]] | None:
    """Each calculation and its result, with one mistake or none; None where it comes to nothing."""
    results: list[Fraction] = []
    found = []
    for place, step in enumerate(steps):
        left = written(step.expr, results) or ""
        try:
            if planted is not None and place == planted.place:
                left, got = planted.left, planted.right
            else:
                got = value(step.expr, results)
        except ZeroDivisionError:
            return None
        results.append(got)
        found.append((left, got))
    return found


def _told(lines: Sequence[tuple[str, Fraction]], chance: random.Random) -> str:
    spelled = [chance.choice(_LINES).format(f"{left} = {spell(right)}") for left, right in lines]
    return "\n".join([*spelled, chance.choice(_ENDS).format(spell(lines[-1][1]))])


def spoiled(
    steps: Sequence[Step],
    places: Sequence[int],
    chance: random.Random,
    prefix: Sequence[str] = (),
    done: int = 0,
) -> tuple[str, Mistake] | None:
    """A solution with a mistake at one of some steps, that can be told at its place and spoils the answer.

    Args:
        steps: the true ones.
        places: steps at which the mistake may stand.
        chance: what decides.
        prefix: lines that stand before what is written.
        done: how many steps these lines cover.
    """
    asked = [(place, kind) for place in places for kind in KINDS]
    order = (
        one
        for place, kind in chance.sample(asked, len(asked))
        for found in [mistakes(steps, place, kind)]
        for one in chance.sample(found, len(found))
    )
    for one in order:
        lines = lines_of(steps, one)
        if lines is None or lines[-1][1] == steps[-1].value:
            continue
        text = "\n".join([*prefix, _told(lines[done:], chance)])
        if first_error(text, steps) == len(prefix) + one.place - done:
            return text, one
    return None


def _solution(turn: Turn, right: bool, chance: random.Random) -> str:
    """A solution of the turn's question.

    Raises:
        BadAnswer: the task brings nothing to go by.
    """
    steps, gold = chain(turn.truth), str((turn.truth or {}).get("answer") or "")
    if not steps:
        if not gold:
            raise BadAnswer("a simulated actor needs truth.steps or truth.answer, the task has neither")
        number = answers.parse_number(gold)
        wrong = "what I cannot tell" if number is None else spell(number + 1)
        return f"I worked it out.\nThe answer is {gold if right else wrong}."
    if right:
        return _told(lines_of(steps) or [], chance)
    found = spoiled(steps, range(len(steps)), chance)
    if found is None:
        off = spell(steps[-1].value + chance.choice(_OFF))
        return f"{_told(lines_of(steps) or [], chance).rpartition(chr(10))[0]}\nThe answer is {off}."
    return found[0]


class Solver(Person):
    """An actor with a rate of success for questions of few steps and one for those of many.

    Attributes:
        right: probability of a right solution of a question of few steps.
        hard: likewise of one of many.
        many: from how many steps on a question is hard.
        fix: probability of a right refinement after a critique that names the first error.
        luck: likewise after one that does not.
        stay: likewise where the solution was right and a step of it is called wrong.
        shortcut: probability that a right refinement is the answer alone.
        gain: by which share failures become fewer for each right solution of that kind that is learnt from, and failed
            refinements for each right one.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"actor.solve", "actor.amend"})

    right: float = Field(0.6, ge=0, le=1)
    hard: float = Field(0.2, ge=0, le=1)
    many: int = Field(4, ge=1)
    fix: float = Field(0.5, ge=0, le=1)
    luck: float = Field(0.1, ge=0, le=1)
    stay: float = Field(0.6, ge=0, le=1)
    shortcut: float = Field(0.05, ge=0, le=1)
    gain: float = Field(0.01, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Solve, or amend after a critique; one that finds nothing wrong changes nothing.

        Raises:
            BadAnswer: there is no solution to amend, or nothing to go by.
        """
        chance, steps = rng(turn.seed), chain(turn.truth)
        if turn.role.name == "actor.solve":
            able = self.hard if len(steps) >= self.many else self.right
            return Move({"text": _solution(turn, chance.random() < able, chance)})
        response = str(turn.view.get("response") or "")
        if not response:
            raise BadAnswer("an actor amends a response, and there is none")
        verdicts, final = heard(str(turn.view.get("critique") or ""))
        if final and all(one["correct"] for one in verdicts):
            return Move({"text": response})
        gold = str((turn.truth or {}).get("answer") or "")
        said = answers.stated_answer(response)
        if said is not None and gold and answers.equal(said, gold):
            able = self.stay
        else:
            place, true = accused(steps_of(response), verdicts), first_error(response, steps)
            able = self.fix if place is not None and place == true else self.luck
        if chance.random() >= able:
            return Move({"text": _solution(turn, False, chance)})
        if gold and chance.random() < self.shortcut:
            return Move({"text": f"The answer is {gold}."})
        return Move({"text": _solution(turn, True, chance)})

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The actor after solutions to learn from, whose question's kind is read off their number of steps, and after
        refinements; critiques teach it nothing that it does."""
        left = {True: 1 - self.hard, False: 1 - self.right}
        for record in records:
            if isinstance(record, Dialogue) and record.purpose == "solve":
                left[len(steps_of(record.messages[-1].content)) >= self.many] *= 1 - self.gain
        after = {"hard": 1 - left[True], "right": 1 - left[False]}
        if refined := sum(record.purpose == "refine" for record in records):
            after["fix"] = 1 - (1 - self.fix) * (1 - self.gain) ** refined
        return self.model_copy(update=after)


class FlawMaker(Person):
    """Somebody who writes solutions with mistakes.

    Attributes:
        wrong: probability that a free sample is wrong.
        misplaced: probability of naming another place than the mistake's.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"flawmaker.flaw"})

    wrong: float = Field(0.7, ge=0, le=1)
    misplaced: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write one solution.

        Where the steps are not known the whole is wrong, and no place is named.

        Raises:
            BadAnswer: no mistake can be planted there.
        """
        chance, steps, view = rng(turn.seed), chain(turn.truth), turn.view
        if view.get("mode") == "sample":
            return Move({"text": _solution(turn, chance.random() >= self.wrong, chance)})
        if not steps:
            return Move({"text": _solution(turn, False, chance)})
        given: Any = view.get("prefix") or []
        prefix = [str(one) for one in given]
        done = max((place + 1 for place, _, _ in matched("\n".join(prefix), steps)), default=0)
        places = range(done, min(done + 1, len(steps))) if prefix else range(len(steps))
        found = spoiled(steps, places, chance, prefix, done)
        if found is None:
            raise BadAnswer("no mistake that shows can be planted there")
        text, one = found
        place = len(prefix) + one.place - done + 1
        if chance.random() < self.misplaced:
            place = 1 + place % max(2, len(steps_of(text)))
        return Move({"text": text, "error_step": place, "error_type": None if prefix else one.name})
