"""Steps: a worked solution as a chain of exact calculations, each over numbers and earlier results.

Knows nothing of words. An expression is arithmetic over literals (`3`, `2.5`, `40%`, `1,200`, `$4`) and results of
earlier steps (`#0` is that of the first); it is read by a parser of its own, never evaluated as code. A fraction written
without spaces is one number: `6 / 2/3` is nine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from pydantic import field_serializer, field_validator

from maieutic import Frozen, InputError

Operator = Literal["+", "-", "*", "/"]
_TOKEN = re.compile(
    r"\s*(?:(#\d+)|((?<![\d/.])\d+/\d+(?![\d/.%]))|(\$?(?:\d[\d,]*\.?\d*|\.\d+)%?)|([-+*/()x×÷−–·]))"
)
_SPELLINGS = {"x": "*", "×": "*", "÷": "/", "−": "-", "–": "-", "·": "*"}
_DEEPEST = 60  # levels of nesting; a record that goes deeper is damaged, not mathematics
_LONGEST, _WIDEST = 300, 1000  # parts of an expression, digits of a number: for the same reason


class Step(Frozen):
    """One calculation.

    Attributes:
        expr: what is calculated.
        value: the exact result.
        skill: what it takes, one of `SKILLS`.
        says: one plain line that describes it.
    """

    expr: str
    value: Fraction
    skill: str
    says: str = ""

    @field_validator("value", mode="before")
    @classmethod
    def _exact(cls, value: object) -> Fraction:
        return Fraction(str(value))

    @field_serializer("value")
    def _spelled(self, value: Fraction) -> str:
        return str(value)


@dataclass(frozen=True)
class Number:
    """A literal, with the way it was written (`0.50` and `1/2` are one value and two kinds of number)."""

    value: Fraction
    text: str


@dataclass(frozen=True)
class Result:
    """The result of an earlier step."""

    index: int


@dataclass(frozen=True)
class Operation:
    """Two operands and what is done with them; `grouped` where the source had parentheses around it."""

    operator: Operator
    left: Node
    right: Node
    grouped: bool = False


@dataclass(frozen=True)
class Negative:
    """A sign before something."""

    of: Node


Node = Number | Result | Operation | Negative

SKILLS = (
    "addition",
    "subtraction",
    "multiplication",
    "division",
    "decimal-addition",
    "decimal-subtraction",
    "decimal-multiplication",
    "decimal-division",
    "fraction-addition",
    "fraction-subtraction",
    "fraction-multiplication",
    "fraction-division",
    "percent",
    "ratio",
    "unit-conversion",
    "signed-numbers",
    "order-of-operations",
)


@lru_cache(maxsize=8192)
def parse(expr: str) -> Node:
    """Read an expression.

    Raises:
        InputError: it is no arithmetic over numbers and results.

    >>> parse("2*(3+#0)").operator
    '*'
    """
    tokens: list[str] = []
    place = 0
    text = expr.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise InputError(f"expression {expr!r:.80}: {text[place]!r} at position {place} is no arithmetic")
        token = found[0].strip()
        if len(token) > _WIDEST or len(tokens) >= _LONGEST:
            raise InputError(
                f"expression {text!r:.60}...: the limits are {_LONGEST} parts and {_WIDEST} digits a number"
            )
        tokens.append(_SPELLINGS.get(token, token))
        place = found.end()
    node, left = _sum(tokens, 0, expr, 0)
    if left != len(tokens):
        raise InputError(f"expression {expr!r:.80}: {tokens[left]!r} is one too many")
    return node


def _sum(tokens: list[str], at: int, expr: str, deep: int) -> tuple[Node, int]:
    return _chain(tokens, at, expr, deep, ("+", "-"), _product)


def _product(tokens: list[str], at: int, expr: str, deep: int) -> tuple[Node, int]:
    return _chain(tokens, at, expr, deep, ("*", "/"), _factor)


def _chain(
    tokens: list[str],
    at: int,
    expr: str,
    deep: int,
    operators: tuple[str, ...],
    part: Callable[..., tuple[Node, int]],
) -> tuple[Node, int]:
    node, at = part(tokens, at, expr, deep)
    while at < len(tokens):
        if tokens[at] in operators:
            operator, at = tokens[at], at + 1
        elif "*" in operators and tokens[at] == "(":
            operator = "*"  # 2(3 + 4)
        else:
            break
        right, at = part(tokens, at, expr, deep)
        node = Operation(operator, node, right)  # type: ignore[arg-type]  # one of the four, by the tokens
    return node, at


def _factor(tokens: list[str], at: int, expr: str, deep: int) -> tuple[Node, int]:
    if at >= len(tokens) or deep > _DEEPEST:
        raise InputError(
            f"expression {expr!r:.80}: {'ends too soon' if at >= len(tokens) else 'is nested too deep'}"
        )
    token = tokens[at]
    if token in "+-":
        node, at = _factor(tokens, at + 1, expr, deep + 1)
        return (Negative(node) if token == "-" else node), at
    if token == "(":
        node, at = _sum(tokens, at + 1, expr, deep + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise InputError(f"expression {expr!r:.80}: a parenthesis is not closed")
        if isinstance(node, Operation):
            node = Operation(node.operator, node.left, node.right, grouped=True)
        return node, at + 1
    if token.startswith("#"):
        return Result(int(token[1:])), at + 1
    if "/" in token and token != "/":
        top, _, bottom = token.partition("/")
        number_of = [Number(Fraction(part), part) for part in (top, bottom)]
        return Operation("/", number_of[0], number_of[1], grouped=True), at + 1
    if token[0].isdigit() or token[0] in ".$":
        plain = token.replace(",", "").lstrip("$")
        if plain.rstrip("%").strip(".") == "":
            raise InputError(f"expression {expr!r:.80}: {token!r} is no number")
        number = Fraction(plain.rstrip("%").rstrip("."))
        return Number(number / 100 if plain.endswith("%") else number, token), at + 1
    raise InputError(f"expression {expr!r:.80}: {token!r} stands where a number should")


def apply(operator: Operator, left: Fraction, right: Fraction) -> Fraction:
    """The exact result of one operation.

    Raises:
        ZeroDivisionError: division by nought.

    >>> apply("/", Fraction(3), Fraction(4))
    Fraction(3, 4)
    """
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right


def compute(node: Node, results: Sequence[Fraction] = ()) -> Fraction:
    """The exact value of a parsed expression.

    Raises:
        InputError: it names a result that is not there.
        ZeroDivisionError: division by nought.

    >>> compute(parse("1/2 + #0"), [Fraction(1, 4)])
    Fraction(3, 4)
    """
    match node:
        case Number():
            return node.value
        case Result():
            if node.index >= len(results):
                raise InputError(f"step #{node.index} is used before it is worked out")
            return results[node.index]
        case Negative():
            return -compute(node.of, results)
        case Operation():
            return apply(node.operator, compute(node.left, results), compute(node.right, results))


def value(expr: str, results: Sequence[Fraction] = ()) -> Fraction:
    """The exact value of an expression.

    Raises:
        InputError: it is no arithmetic, or names a result that is not there.
        ZeroDivisionError: division by nought.

    >>> value("3 * 2.5"), value("#0 - 40%", [Fraction(1)])
    (Fraction(15, 2), Fraction(3, 5))
    """
    return compute(parse(expr), results)


def spell(number: Fraction) -> str:
    """A number as a person would write it: whole, as a decimal of up to four places, else as a fraction.

    >>> spell(Fraction(7, 2)), spell(Fraction(1, 3)), spell(Fraction(12))
    ('3.5', '1/3', '12')
    """
    if number.denominator == 1:
        return str(number.numerator)
    for places in range(1, 5):
        if (number * 10**places).denominator == 1:
            whole = abs(int(number * 10**places))
            digits = f"{whole:0{places + 1}d}"
            return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"{number.numerator}/{number.denominator}"


def filled(expr: str, results: Sequence[Fraction]) -> str:
    """The expression with the results of earlier steps written out.

    >>> filled("#0 * 3", [Fraction(5, 2)])
    '2.5 * 3'
    """
    return re.sub(r"#(\d+)", lambda found: _operand(results[int(found[1])]), expr)


def _operand(number: Fraction) -> str:
    text = spell(number)
    return f"({text})" if "/" in text or number < 0 else text


def skill_of(expr: str, results: Sequence[Fraction] = ()) -> str:
    """The skill that an expression asks for, read off its numbers and operators.

    >>> skill_of("1/2 + 1/3"), skill_of("20% * 40"), skill_of("2 + 3*4"), skill_of("0.5*3")
    ('fraction-addition', 'percent', 'order-of-operations', 'decimal-multiplication')
    """
    node = parse(filled(expr, results) if results else expr)
    if "%" in expr or _over_hundred(node):
        return "percent"
    operators = _operators(node)
    if not operators:
        return "addition"
    fraction = _is_fraction(node)
    if fraction is not None:
        return f"fraction-{fraction}"
    if len({operator in "+-" for operator in operators}) == 2 and not _all_grouped(node):
        return "order-of-operations"
    if any(isinstance(leaf, Negative) for leaf in _leaves(node)) or compute(node) < 0:
        return "signed-numbers"
    name = {"+": "addition", "-": "subtraction", "*": "multiplication", "/": "division"}[operators[-1]]
    decimal = any(isinstance(leaf, Number) and "." in leaf.text.rstrip(".") for leaf in _leaves(node))
    return f"decimal-{name}" if decimal else name


def _over_hundred(node: Node) -> bool:
    """Whether part of it is a number over a hundred, as percents are often written."""
    if not isinstance(node, Operation):
        return False
    hundred = isinstance(node.right, Number) and node.right.value == 100 and node.operator == "/"
    return (
        (hundred and isinstance(node.left, Number)) or _over_hundred(node.left) or _over_hundred(node.right)
    )


def _plain_fraction(node: Node) -> bool:
    return (
        isinstance(node, Operation)
        and node.operator == "/"
        and all(isinstance(part, Number) and part.value.denominator == 1 for part in (node.left, node.right))
        and compute(node).denominator != 1
    )


def _is_fraction(node: Node) -> str | None:
    if isinstance(node, Operation) and (_plain_fraction(node.left) or _plain_fraction(node.right)):
        return {"+": "addition", "-": "subtraction", "*": "multiplication", "/": "division"}[node.operator]
    return None


def _operators(node: Node) -> list[Operator]:
    if isinstance(node, Operation):
        return [*_operators(node.left), *_operators(node.right), node.operator]
    return _operators(node.of) if isinstance(node, Negative) else []


def _leaves(node: Node) -> list[Node]:
    if isinstance(node, Operation):
        return [*_leaves(node.left), *_leaves(node.right)]
    return [node, *_leaves(node.of)] if isinstance(node, Negative) else [node]


def _all_grouped(node: Node) -> bool:
    if not isinstance(node, Operation):
        return True
    inner = [part for part in (node.left, node.right) if isinstance(part, Operation)]
    return all(part.grouped and _all_grouped(part) for part in inner)
