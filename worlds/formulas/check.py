"""Check: whether a worked solution is right in its steps and not only in its answer, and what kind of mistake comes first.

Knows nothing of who wrote it. Every equation is worked out again; where the answer is wrong, the first result that no true
step has is looked at more closely. Limits: words are not read, and a step that is left out is no mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from maieutic.worlds.formulas.arithmetic import Equation, Worth, alike, comes_out, equations, results
from maieutic.worlds.formulas.compare import stated, verdict
from maieutic.worlds.formulas.quantities import decimal, read
from maieutic.worlds.formulas.working import Chain, Kind, written


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong in a solution: the line where it stands, from 0, and its kind where that can be told."""

    line: int
    kind: Kind | None


def first_fault(text: str, of: Chain, answer: str) -> Fault | None:
    """What is wrong first in a solution; None where nothing is.

    An equation that does not come out is a mistake of calculation. An answer that no equation comes to is asserted, not
    worked out: false reasoning. Where the answer is wrong, the first result that no true step has is wrong: by
    comprehension where it has the operations of a true step and other numbers, else by false reasoning.

    Args:
        text: the solution.
        of: the true steps; without any, only the answer counts.
        answer: of reference.

    >>> from maieutic.worlds.word_problems.steps import Step
    >>> of = Chain((Step(expr="3 * 4", value="12", skill=""), Step(expr="#0 * 5", value="60", skill="")), ("N", "J"))
    >>> first_fault("3 * 4 = 12 N\\n12 * 5 = 60 J\\nThe answer is 60 J.", of, "60 J")
    >>> first_fault("3 + 4 = 7 N\\n7 * 5 = 60 J\\nThe answer is 60 J.", of, "60 J")
    Fault(line=1, kind='calculation')
    >>> first_fault("3 + 4 = 7 N\\n7 * 5 = 35 J\\nThe answer is 35 J.", of, "60 J")
    Fault(line=0, kind='false-reasoning')
    >>> first_fault("5 * 4 = 20 N\\n20 * 5 = 100 J\\nThe answer is 60 J.", of, "60 J")
    Fault(line=2, kind='false-reasoning')
    """
    right, said = verdict(stated(text), answer) == "same", stated(text)
    found, last = equations(text), max(0, len(text.splitlines()) - 1)
    if not of.steps:
        return None if right else Fault(last, None)
    if not right and (wrong := _wrong(found, of)) is not None:
        return wrong
    for one in found:
        if not comes_out(one):
            return Fault(one.line, "calculation")
    reached = said is not None and _reached(said, results(text))
    if right and reached:
        return None
    return Fault(last, None if said is None or (reached and not right) else "false-reasoning")


def sound(text: str, of: Chain, answer: str) -> bool:
    """Whether a solution is right in its answer and in each of its steps."""
    return first_fault(text, of, answer) is None


def _wrong(found: Sequence[Equation], of: Chain) -> Fault | None:
    """The first equation that does not come out, or that no true step has."""
    results = [step.value for step in of.steps]
    for one in found:
        if not comes_out(one):
            return Fault(one.line, "calculation")
        if any(_is(one, value) for value in results):
            continue
        kinds = set[Kind]()
        for step in of.steps:
            (true,) = equations(f"{written(step.expr, results)} = {decimal(step.value)}")[:1] or (None,)
            if true is None:
                continue
            numbers, signs = alike(one.left, true.left)
            if numbers:
                return Fault(one.line, "false-reasoning")
            if signs and _shared(one, true):
                kinds.add("comprehension")
        return Fault(one.line, "comprehension" if kinds else "false-reasoning")
    return None


def _shared(one: Equation, true: Equation) -> bool:
    """Whether all but one of the numbers are those of a true step."""
    left = list(true.left.numbers)
    for number in one.left.numbers:
        if number in left:
            left.remove(number)
    return len(left) <= 1


def _is(one: Equation, value: Fraction) -> bool:
    """Whether the result of an equation, as it stands, is a true one, up to rounding."""
    loose = max(one.right.half, abs(value) / 500 if one.right.rounded else Fraction(0))
    return abs(one.right.bare - value) <= loose


def _reached(said: str, found: Sequence[Worth]) -> bool:
    """Whether one of the results is what is said in the end, up to rounding."""
    mine = read(said)
    if mine is None:
        return False
    for one in found:
        united = mine.unit is not None and one.united > 0 and mine.unit.dimension == one.dimension
        a, b = (mine.base, one.base) if united else (mine.number, one.bare)
        halves = (mine.base_half, one.base_half) if united else (mine.half, one.half)
        if abs(a - b) <= max(*halves, abs(a) / 500 if one.rounded else Fraction(0)):
            return True
    return False
