"""Derivation: a working as calculations that can be redone: which true step a line is to be, and whether it is mended.

Knows no person. Mistakes of five kinds are planted at a known step, so that they show there and nowhere before; kinds
are those of SuperCorrect's synthetic check (operator, sign, carry, unit, dropped term).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from pydantic import JsonValue

from maieutic.agents.simulated.solver import Mistake, comes_out, lines_of, mistakes, wrong_line
from maieutic.agents.simulated.working import EXACT, chain, equations, matched, written
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import Operation, Step, compute, parse, spell

Kind = Literal["operator", "sign", "carry", "unit", "dropped-term"]
Line = tuple[str, Fraction]
KINDS: tuple[Kind, ...] = ("operator", "sign", "carry", "unit", "dropped-term")
_RULES: Mapping[Kind, tuple[str, ...]] = {
    "sign": (
        "signs-passed-over",
        "less-a-negative-is-less",
        "minus-of-result-lost",
        "adds-for-less",
        "reversed-difference",
    ),
    "carry": (
        "forgets-to-carry",
        "writes-whole-column-sums",
        "drops-carries-in-product",
        "adds-carry-first",
        "forgets-to-shift",
        "borrow-without-paying",
        "borrow-across-nought",
    ),
    "unit": ("converts-the-wrong-way",),
}


def spoil(steps: Sequence[Step], place: int, kind: Kind) -> list[Mistake]:
    """All mistakes of a kind that can stand at a step after right ones."""
    if kind == "operator":
        return mistakes(steps, place, "wrong-operation")
    left = written(steps[place].expr, [step.value for step in steps[:place]]) or ""
    if kind != "dropped-term":
        found = ((name, misconceptions.by_name(name).wrong(left)) for name in _RULES[kind])
        return [Mistake(place, name, left, wrong) for name, wrong in found if wrong is not None]
    node = parse(left)
    if not isinstance(node, Operation) or node.operator not in "+-":
        return []
    return [Mistake(place, kind, left, kept) for kept in {compute(node.left)} - {steps[place].value}]


def planted(
    steps: Sequence[Step], kinds: Sequence[Kind], chance: random.Random, places: Sequence[int] | None = None
) -> tuple[list[Line], Mistake] | None:
    """The calculations of a solution with one mistake, all later ones following from it, and the mistake.

    It shows at its step and at none before, and spoils the answer. None where no mistake of these kinds can.
    """
    asked = [(place, kind) for place in (range(len(steps)) if places is None else places) for kind in kinds]
    for place, kind in chance.sample(asked, len(asked)):
        found = spoil(steps, place, kind)
        for one in chance.sample(found, len(found)):
            lines = lines_of(steps, one)
            if lines is None or lines[-1][1] == steps[-1].value:
                continue
            said = [equation(line) for line in lines]
            shows = wrong_line(said, spell(lines[-1][1]), steps) == place
            if shows and due(said[:place], said[place], steps) == place:
                return lines, one
    return None


def equation(line: Line) -> str:
    """A calculation as it is written."""
    return f"{line[0]} = {spell(line[1])}"


def due(prefix: Sequence[str], line: str, steps: Sequence[Step]) -> int | None:
    """Which true step a line after others is to be: the one that its last calculation is of, else the first that is left.

    None where none is left.
    """
    before = matched("\n".join(prefix), steps)
    of_line = matched("\n".join([*prefix, line]), steps)[len(before) :]
    if of_line:
        return of_line[-1][0]
    done = {place for place, _, _ in before}
    return next((place for place in range(len(steps)) if place not in done), None)


def mends(prefix: Sequence[str], wrong: str, fix: str, truth: Mapping[str, JsonValue]) -> bool:
    """Whether a line says what should stand in place of a wrong one: the true result, by calculations that come out.

    Args:
        prefix: the lines before.
        wrong: the wrong line.
        fix: the line written anew, on one line.
        truth: of the task; without steps, the answer is what should stand there.
    """
    steps = chain(truth)
    place = due(prefix, wrong, steps)
    wanted = answers.parse_number(str(truth.get("answer") or "")) if place is None else steps[place].value
    found = equations(fix)
    if not found:
        numbers = answers.numbers_in(fix)
        return bool(numbers) and numbers[-1] == wanted
    own = [one for index, one, likeness in matched(fix, steps) if index == place and likeness == EXACT]
    return found[-1].right == wanted and all(comes_out(one) or one in own for one in found)


def first_wrong(lines: Sequence[str], said: str, truth: Mapping[str, JsonValue]) -> int | None:
    """The first wrong line, from 0: the one that the task's truth names where it is of these lines, else by equations."""
    named = truth.get("wrong_step")
    if isinstance(named, int) and named < len(lines) and lines[named] == truth.get("wrong_line"):
        return named
    return wrong_line(lines, said, chain(truth))


def rule(name: str) -> str:
    """What is said of a mistake by its name."""
    known = {one.name: one.statement for one in misconceptions.LIBRARY}
    return known.get(name, {"dropped-term": "One of the two numbers was left out."}.get(name, ""))
