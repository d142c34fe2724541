"""Variants: the same word problem with other numbers, and how steps of one become steps of the other.

Knows nothing of what the words mean: numbers in digits that the calculation uses are drawn anew, and all that is
written out, or is no operand, stays.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from maieutic import InputError
from maieutic.worlds.word_problems.numerals import numbers_in
from maieutic.worlds.word_problems.steps import (
    Negative,
    Node,
    Number,
    Operation,
    Result,
    Step,
    parse,
    spell,
    value,
)

_DIGITS = re.compile(r"(?<![\w#.,/])\d+(?:,\d{3})*(?:\.\d+)?(?![\w%/]|[.,]\d)")
TRIES = 200


def variant(question: str, steps: Sequence[Step], chance: random.Random) -> tuple[str, list[Step]] | None:
    """A problem that is solved by the same steps with other numbers; None where none is found.

    Wholes stay whole, nothing becomes negative, and the answer is another one, which the question does not name.

    >>> steps = [Step(expr="12 * 3", value="36", skill="multiplication"), Step(expr="#0 + 5", value="41", skill="addition")]
    >>> import random
    >>> text, made = variant("12 boxes of 3 eggs, and 5 more?", steps, random.Random(1))
    >>> [one.value == value(one.expr, [two.value for two in made]) for one in made]
    [True, True]
    """
    used = {one for step in steps for one in _DIGITS.findall(step.expr)}
    drawn = [
        one for one in dict.fromkeys(_DIGITS.findall(question)) if one.replace(",", "") in used or one in used
    ]
    if not drawn:
        return None
    for _ in range(TRIES):
        mapping = {one: _other(one, chance) for one in drawn}
        if len(set(mapping.values())) < len(mapping):
            continue
        text = _put(question, mapping)
        made = _worked(steps, mapping)
        if (
            made is not None
            and made[-1].value != steps[-1].value
            and abs(made[-1].value) not in {abs(one) for one in numbers_in(text)}
        ):
            return text, made
    return None


def transferred(question: str, steps: Sequence[Step], other: str) -> list[Step] | None:
    """The steps of `question` with the numbers of `other`, a variant of it; None where it is none.

    >>> steps = [Step(expr="12 * 3", value="36", skill="multiplication")]
    >>> [str(one.value) for one in transferred("12 boxes of 3 eggs?", steps, "20 boxes of 4 eggs?")]
    ['80']
    """
    if _DIGITS.split(question) != _DIGITS.split(other):
        return None
    return _worked(
        steps, dict(zip(_DIGITS.findall(question), _DIGITS.findall(other), strict=True)), strict=False
    )


def same_method(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    """Whether two problems are solved by the same steps, whatever their numbers.

    >>> one = [Step(expr="12 * 3", value="36", skill="multiplication"), Step(expr="#0 + 5", value="41", skill="addition")]
    >>> two = [Step(expr="4 * 2.5", value="10", skill="multiplication"), Step(expr="#0 + 1", value="11", skill="addition")]
    >>> same_method(one, two), same_method(one, two[:1])
    (True, False)
    """
    return [_bare(parse(one.expr)) for one in steps] == [_bare(parse(one.expr)) for one in others]


def _bare(node: Node) -> object:
    """An expression without its numbers."""
    match node:
        case Number():
            return "number"
        case Result():
            return node
        case Negative():
            return "-", _bare(node.of)
        case Operation():
            return node.operator, _bare(node.left), _bare(node.right)


def _other(number: str, chance: random.Random) -> str:
    """A number of the same kind: as many places behind the point, of about the same size."""
    whole, point, places = number.replace(",", "").partition(".")
    if not point:
        size = int(whole)
        return str(
            chance.choice([one for one in range(max(2, size // 2), size + size // 2 + 4) if one != size])
        )
    scale = 10 ** len(places)
    size = int(whole + places)
    low, high = max(1, size // 2), size + size // 2 + 4
    step = 5 if size % 5 == 0 else 1
    choices = [one for one in range(low - low % step + step, high, step) if one != size] or [size + step]
    drawn = chance.choice(choices)
    return f"{drawn // scale}.{drawn % scale:0{len(places)}d}"


def _put(text: str, mapping: Mapping[str, str]) -> str:
    plain = {one.replace(",", ""): new for one, new in mapping.items()}
    return _DIGITS.sub(lambda one: plain.get(one[0].replace(",", ""), one[0]), text)


def _worked(steps: Sequence[Step], mapping: Mapping[str, str], *, strict: bool = True) -> list[Step] | None:
    made: list[Step] = []
    results: list[Fraction] = []
    for step in steps:
        expr = _put(step.expr, mapping)
        try:
            results.append(value(expr, results))
        except (ZeroDivisionError, InputError):
            return None
        got, whole = results[-1], step.value.denominator == 1
        if strict and (
            got <= 0 or (whole and got.denominator != 1) or len(spell(got)) > len(spell(step.value)) + 3
        ):
            return None
        made.append(step.model_copy(update={"expr": expr, "value": got}))
    return made
