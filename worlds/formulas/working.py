"""Working: how a chain of true steps is written down, with its units and with one mistake of a known kind or none.

Knows no person. A step's mistake is planted in its text and its result; what comes later is worked out rightly from the
wrong result. Chains of word problems, which have no units and no laws, are written likewise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import JsonValue

from maieutic import InputError
from maieutic.worlds.formulas.quantities import decimal
from maieutic.worlds.word_problems.steps import Step, value

Kind = Literal["comprehension", "calculation", "false-reasoning"]
KINDS: tuple[Kind, ...] = ("comprehension", "calculation", "false-reasoning")
_APART = Fraction(1, 20)  # a wrong result is off by at least this share, so that no rounding hides it


@dataclass(frozen=True)
class Chain:
    """A task's true steps, the units of their results and the laws that they follow, as far as it has them."""

    steps: tuple[Step, ...]
    units: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """What stands at one step instead of what is right.

    Attributes:
        place: of the step, from 0.
        kind: which sort it is.
        left: the calculation as it is written.
        right: its result as it is written.
    """

    place: int
    kind: Kind
    left: str
    right: Fraction


def chain(truth: Mapping[str, JsonValue] | None) -> Chain:
    """The chain of a task's truth (or of what a role grants of it); empty where it brings none."""

    def texts(name: str) -> tuple[str, ...]:
        listed = (truth or {}).get(name)
        return tuple(str(one) for one in listed) if isinstance(listed, list) else ()

    listed = (truth or {}).get("steps")
    steps = [Step.model_validate(one) for one in listed] if isinstance(listed, list) else []
    return Chain(tuple(steps), texts("units"), texts("laws"))


def written(expr: str, results: Sequence[Fraction]) -> str:
    """An expression with earlier results put in as a working has them.

    >>> written("#0 * 3", [Fraction(10, 3)]), written("2 - #0", [Fraction(-1)])
    ('3.3333 * 3', '2 - (-1)')
    """

    def put(found: re.Match[str]) -> str:
        number = results[int(found[1])]
        return f"({decimal(number)})" if number < 0 else decimal(number)

    return re.sub(r"#(\d+)", put, expr)


def lines(of: Chain, planted: Mistake | None = None) -> list[tuple[str, Fraction]] | None:
    """Each calculation as it is written, and its result; None where a mistake makes one impossible."""
    results: list[Fraction] = []
    found: list[tuple[str, Fraction]] = []
    for place, step in enumerate(of.steps):
        left = written(step.expr, results)
        try:
            got = value(step.expr, results)
        except ZeroDivisionError:
            return None
        if planted is not None and place == planted.place:
            left, got = planted.left, planted.right
        results.append(got)
        found.append((left, got))
    return found


def told(of: Chain, planted: Mistake | None = None, lead: Sequence[str] = ()) -> str:
    """A working, one step on each line: its law, its calculation and its result with the unit.

    Args:
        of: the chain.
        planted: a mistake.
        lead: what lines begin with where there is no law.

    >>> step = Step(expr="3 * 4", value="12", skill="multiplication")
    >>> told(Chain((step,), ("N",), ("F = m * a",))), told(Chain((step,)), lead=["So "])
    ('F = m * a: 3 * 4 = 12 N', 'So 3 * 4 = 12')
    """
    spelled = []
    for place, (left, right) in enumerate(lines(of, planted) or []):
        begins = f"{of.laws[place]}: " if place < len(of.laws) else lead[place % len(lead)] if lead else ""
        unit = f" {of.units[place]}" if place < len(of.units) else ""
        spelled.append(f"{begins}{left} = {decimal(right)}{unit}")
    return "\n".join(spelled)


_SIGN = re.compile(r"(?<=[\d)%])\s*([-+*/x×÷−·])\s*(?=[\d($.#])")
_GIVEN = re.compile(r"(?<![\w#.,])\$?\d[\d,]*(?:\.\d+)?(?![\w.,]*\d|%)")


def mistakes(of: Chain, place: int, kind: Kind) -> list[Mistake]:
    """All mistakes of a kind that are known for a step, after right ones.

    `calculation`: the result is not that of the calculation. `comprehension`: a number that is given elsewhere, or a
    misread one, stands for the right one. `false-reasoning`: another law, which has another operation or leaves a part out.
    """
    results = [step.value for step in of.steps[:place]]
    step, left = of.steps[place], written(of.steps[place].expr, results)
    if kind == "calculation":
        offs = [
            step.value * 10,
            step.value / 10,
            step.value + 1,
            step.value + 10,
            step.value * Fraction(11, 10),
        ]
        return [Mistake(place, kind, left, one) for one in offs if _off(one, step.value)]
    texts = _reread(of, place) if kind == "comprehension" else _reasoned(step.expr)
    found = []
    for expr in dict.fromkeys(texts):
        try:
            got = value(expr, results)
        except (ZeroDivisionError, InputError):
            continue
        if _off(got, step.value) and got:
            found.append(Mistake(place, kind, written(expr, results), got))
    return found


def _off(wrong: Fraction, right: Fraction) -> bool:
    """Whether a result is far enough from the right one, and as short to write."""
    if right.denominator == 1 and 0 < abs(right) < 1000 and wrong.denominator == 1:
        return wrong != right
    return wrong != right and abs(wrong - right) >= _APART * max(abs(wrong), abs(right))


def _reread(of: Chain, place: int) -> list[str]:
    """The step's expression with another number of the question, or one digit more, in place of a given one."""
    expr = of.steps[place].expr
    given = list(dict.fromkeys(one for step in of.steps for one in _GIVEN.findall(step.expr)))
    texts = []
    for found in _GIVEN.finditer(expr):
        plain = found[0].replace(",", "").replace("$", "")
        for other in [
            *given,
            f"{plain}5" if "." in plain else f"{int(plain) + 1}",
            f"{plain.rstrip('0') or 1}0",
        ]:
            if other.replace(",", "").replace("$", "") != plain:
                texts.append(expr[: found.start()] + other + expr[found.end() :])
    return texts


def _reasoned(expr: str) -> list[str]:
    """The step's expression with another operation, or without one of its parts."""
    texts = []
    signs = list(_SIGN.finditer(expr))
    for found in signs:
        usual = {"x": "*", "×": "*", "·": "*", "÷": "/", "−": "-"}.get(found[1], found[1])
        texts += [
            f"{expr[: found.start()]} {other} {expr[found.end() :]}" for other in "+-*/" if other != usual
        ]
    if len(signs) > 1 and not re.search(r"[()]", expr):
        texts += [expr[signs[0].end() :], expr[: signs[-1].start()]]
    return texts
