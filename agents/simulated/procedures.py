"""Procedures: ways of solving a problem, one right and others with one operation put wrong, as simulated people teach them.

Knows no person. A procedure is carried out on the numbers of any variant of the problem; which one somebody was taught
is read off what each line of the working comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from maieutic import rng
from maieutic.agents.simulated.working import equations, written
from maieutic.worlds.word_problems.steps import Operation, Step, apply, compute, parse, spell

SIGNS = ("+", "-", "*", "/")


@dataclass(frozen=True)
class Procedure:
    """The steps as they are, but for one whose operation is another; `step` None for the right procedure."""

    step: int | None = None
    sign: str = ""

    def lines(self, steps: Sequence[Step]) -> list[tuple[str, Fraction]] | None:
        """Each calculation and what it comes to; None where it comes to nothing."""
        results: list[Fraction] = []
        found = []
        for place, step in enumerate(steps):
            left = written(step.expr, results) or ""
            node = parse(left)
            try:
                if place == self.step and isinstance(node, Operation):
                    a, b = compute(node.left), compute(node.right)
                    left = f"{spell(a)} {self.sign} {spell(b)}"
                    results.append(apply(self.sign, a, b))  # type: ignore[arg-type]  # one of SIGNS
                else:
                    results.append(compute(node))
            except ZeroDivisionError:
                return None
            found.append((left, results[-1]))
        return found

    def answer(self, steps: Sequence[Step]) -> str | None:
        """What it comes to in the end."""
        lines = self.lines(steps)
        return spell(lines[-1][1]) if lines else None


RIGHT = Procedure()


def wrong(steps: Sequence[Step], question: str, number: int) -> list[Procedure]:
    """Wrong procedures for a problem, the same ones for everybody, each with an answer of its own; `number` at most."""
    every = [
        Procedure(place, sign)
        for place, step in enumerate(steps)
        for sign in SIGNS
        if isinstance(node := parse(step.expr), Operation) and node.operator != sign
    ]
    rng("procedures", question).shuffle(every)
    found: dict[str | None, Procedure] = {RIGHT.answer(steps): RIGHT, None: RIGHT}
    for one in every:
        found.setdefault(one.answer(steps), one)
    return [one for one in found.values() if one is not RIGHT][:number]


def taught(text: str, steps: Sequence[Step]) -> Procedure | None:
    """The procedure that a working of the problem goes by, read off its results; None where it is no known one."""
    results = [one.right for one in equations(text)]
    every = [RIGHT, *(Procedure(place, sign) for place in range(len(steps)) for sign in SIGNS)]
    for one in every:
        lines = one.lines(steps)
        if lines is not None and [value for _, value in lines] == results:
            return one
    return None
