"""Structures: false rules about an expression as a whole, such as the order in which its operations are done.

Knows nothing of names or sources; `misconceptions.py` does. Each program takes a parsed expression whose earlier results
are filled in and gives its value under the rule, which is the right one where the rule does not come into play.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from maieutic import InputError
from maieutic.worlds.word_problems.slips import Rule
from maieutic.worlds.word_problems.steps import (
    Negative,
    Node,
    Number,
    Operation,
    Result,
    apply,
    compute,
    parse,
    spell,
)


def by_operation(rule: Rule) -> Callable[[Node], Fraction]:
    """A rule for two literals, applied to every operation of an expression."""

    def work(node: Node) -> Number:
        match node:
            case Number():
                return node
            case Result():
                raise InputError("an expression must have its earlier results filled in")
            case Negative():
                inner = work(node.of)
                return Number(-inner.value, f"-{inner.text}")
            case Operation():
                left, right = (_literal(part) or work(part) for part in (node.left, node.right))
                got = rule(node.operator, left, right)
                value = apply(node.operator, left.value, right.value) if got is None else got
                return Number(value, spell(value))

    return lambda node: work(node).value


def _literal(node: Node) -> Number | None:
    """A fraction of two whole numbers inside an expression is one literal."""
    if not isinstance(node, Operation) or node.operator != "/":
        return None
    top, bottom = node.left, node.right
    if not (isinstance(top, Number) and isinstance(bottom, Number)) or not bottom.value:
        return None
    if top.value.denominator != 1 or bottom.value.denominator != 1 or "%" in top.text + bottom.text:
        return None
    return Number(top.value / bottom.value, f"{top.value.numerator}/{bottom.value.numerator}")


def _flat(node: Node) -> list[Node | str]:
    """An expression as it is read from left to right; what is in parentheses is one operand."""
    if isinstance(node, Operation) and not node.grouped and _literal(node) is None:
        return [*_flat(node.left), node.operator, *_flat(node.right)]
    return [node]


def left_to_right(node: Node) -> Fraction:
    """17 - 3 x 5 = 70: operations are done as they are read; what is in parentheses comes first."""
    if isinstance(node, Negative):
        return -left_to_right(node.of)
    if not isinstance(node, Operation) or _literal(node) is not None:
        return compute(node)
    parts = _flat(Operation(node.operator, node.left, node.right))
    first = parts[0]
    assert not isinstance(first, str)
    total = left_to_right(first) if isinstance(first, Operation) else compute(first)
    for operator, operand in zip(parts[1::2], parts[2::2], strict=True):
        assert isinstance(operator, str)
        assert not isinstance(operand, str)
        value = left_to_right(operand) if isinstance(operand, Operation) else compute(operand)
        total = apply(operator, total, value)  # type: ignore[arg-type]  # every second part is an operator
    return total


def first_only(node: Node) -> Fraction:
    """2 x (3 + 4) = 2 x 3 + 4."""
    match node:
        case Operation(
            operator="*", left=factor, right=Operation(operator=inner, left=a, right=b, grouped=True)
        ) if inner in "+-":
            return apply(inner, first_only(factor) * first_only(a), first_only(b))
        case Operation():
            return apply(node.operator, first_only(node.left), first_only(node.right))
        case Negative():
            return -first_only(node.of)
        case _:
            return compute(node)


def parentheses_ignored(node: Node) -> Fraction:
    """(2 + 3) x 4 = 2 + 3 x 4: parentheses are passed over."""
    return compute(parse(_bare(node)))


def _bare(node: Node) -> str:
    literal = _literal(node)
    if literal is not None:
        return literal.text
    match node:
        case Operation():
            return f"{_bare(node.left)} {node.operator} {_bare(node.right)}"
        case Negative():
            return f"-{_bare(node.of)}"
        case Number():
            return node.text
        case Result():
            raise InputError("an expression must have its earlier results filled in")


def _mixed(node: Node) -> tuple[Fraction, Fraction, Fraction] | None:
    """Whole, top and bottom of `(5 + 3/8)`."""
    match node:
        case Operation(operator="+", left=Number() as whole, right=Operation() as part, grouped=True):
            if (
                _literal(part) is not None
                and isinstance(part.left, Number)
                and isinstance(part.right, Number)
            ):
                return whole.value, part.left.value, part.right.value
    return None


def mixed_parts_apart(node: Node) -> Fraction:
    """5 3/8 - 2 2/3 = 3 1/5: wholes, tops and bottoms each by themselves, the smaller from the larger."""
    match node:
        case Operation(operator=operator, left=left, right=right) if operator in "+-":
            one, other = _mixed(left), _mixed(right)
            if one is not None and other is not None:
                whole, top, bottom = (abs(apply(operator, a, b)) for a, b in zip(one, other, strict=True))
                return whole + top / bottom
    return compute(node)


def percentage_of(node: Node) -> Fraction:
    """28 of 40 is 11.2 %: the percentage that is asked for is taken of the other number."""
    match node:
        case Operation(
            operator="*", left=Operation(operator="/", left=part, right=whole), right=Number() as hundred
        ):
            if hundred.value == 100:
                return compute(part) * compute(whole) / 100
    return compute(node)
