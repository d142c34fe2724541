"""Arithmetic: equations between numbers with units as they stand in a working, and whether they come out.

Knows nothing of the question. An expression is read by a parser of its own and never evaluated as code; what holds letters
that are no units is no arithmetic, and nothing is said of it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from maieutic import InputError
from maieutic.worlds.formulas.quantities import leading
from maieutic.worlds.formulas.units import NONE, Dimension, plain

_LONGEST = 300  # characters of a line that are looked at
_DEEPEST = 30
_SIZE = 10**60  # numbers beyond it are no amounts
_MOST_DIGITS = 800  # binary ones, of a power
_ROUNDED = Fraction(1, 500)  # by how much a result may be off where rounded numbers went into it


@dataclass(frozen=True)
class Worth:
    """What an expression comes to.

    Attributes:
        bare: with its numbers as they stand.
        base: with its units, in base units.
        dimension: of `base`.
        united: how many of its numbers have units.
        numbers: all its numbers as they stand.
        signs: its operations.
        half: half a unit of the last place as it stands, where it is one decimal.
        base_half: likewise in base units.
        rounded: whether a decimal of three digits or more, or a root, went into it.
    """

    bare: Fraction
    base: Fraction
    dimension: Dimension = NONE
    united: int = 0
    numbers: tuple[Fraction, ...] = ()
    signs: str = ""
    half: Fraction = Fraction(0)
    base_half: Fraction = Fraction(0)
    rounded: bool = False


@dataclass(frozen=True)
class Equation:
    """`left = right` as it stands in a line, lines counted from 0."""

    line: int
    left: Worth
    right: Worth


@lru_cache(maxsize=256)  # a solution is looked at by several
def equations(text: str) -> tuple[Equation, ...]:
    """All equations between numbers in a text, in order.

    >>> [(str(one.left.bare), str(one.right.bare)) for one in equations("F = m * a = 3 kg * 4 m/s^2 = 12 N")]
    [('12', '12')]
    >>> [(one.line, one.left.signs) for one in equations("v = 72 km/h = 20 m/s\\na: 20 / 5 = 4 m/s^2")]
    [(0, ''), (1, '/')]
    """
    found = []
    for number, before, after in _sides(text):
        left, right = _at_the_end(before), _at_the_beginning(after)
        if left is None or right is None or not (left.signs or (left.united and right.united)):
            continue  # a lone number is the end of a sentence, unless one unit is turned into another
        found.append(Equation(number, left, right))
    return tuple(found)


def results(text: str) -> list[Worth]:
    """All that stands behind a sign of equality, whether what stands before it can be read or not.

    >>> [str(one.bare) for one in results("packages a week: 3 centres, each with 70 = 210")]
    ['210']
    """
    return [worth for _, _, after in _sides(text) if (worth := _at_the_beginning(after)) is not None]


@lru_cache(maxsize=256)
def _sides(text: str) -> tuple[tuple[int, str, str], ...]:
    """The number of a line, and what stands before and behind each sign of equality in it."""
    return tuple(
        (number, before, after)
        for number, line in enumerate(text.splitlines())
        if "=" in line or "≈" in line
        for before, after in itertools.pairwise(re.split(r"[=≈]", _signs(line[:_LONGEST])))
    )


def _signs(line: str) -> str:
    """One sign for each operation: `x` and `X` between numbers are products."""
    line = re.sub(r"\\sqrt\s*\{([^{}]*)\}", r"sqrt(\1)", line)
    line = re.sub(r"√\s*([\d.,]+)", r"sqrt(\1)", re.sub(r"√\s*\(", "sqrt(", plain(line)))
    line = re.sub(r"(?<=%) of (?=\$?\d)", " * ", line)
    return re.sub(r"(?<=[\d)a-zA-Z])\s*[xX]\s*(?=[\d(.$])", " * ", re.sub(r"\*\*", "^", line))


_STARTS = re.compile(r"(?<![\w.,^])(?:sqrt|π|[-(]*\s?\$?(?:\d|\.\d|sqrt|π))|\(")
_GOES_ON = "+-*/^·("
_WORDS = re.compile(
    r"(?:\s[A-Za-z]{3,}(?:[ -][A-Za-z]+){0,3})?(?:(?:/|\sper\s)[A-Za-z]{3,})?(?=\s*(?:[-+*/)]|$))"
)


def _at_the_end(text: str) -> Worth | None:
    """What the arithmetic comes to that a text ends with; None where it ends with none, or with a part of one only."""
    text = text.strip()
    for start in _STARTS.finditer(text):
        before = text[: start.start()].rstrip()
        if before and (before[-1] in _GOES_ON or re.search(r"[-+*/]\s*[A-Za-z]+$", before)):
            continue
        try:
            worth, end = _Reader(text).sum(start.start(), 0)
        except (InputError, ZeroDivisionError):
            continue
        if not text[end:].strip(" .,;:"):
            return worth
    return None


def _at_the_beginning(text: str) -> Worth | None:
    """What the arithmetic comes to that a text begins with; None where it is only a part of one."""
    text = text.strip().lstrip("$") if not re.match(r"\s*\$\s?\d", text) else text.strip()
    try:
        worth, end = _Reader(text).sum(0, 0)
    except (InputError, ZeroDivisionError):
        return None
    rest = text[end:].lstrip()
    if rest[:1] and rest[0] in _GOES_ON and not re.match(r"\([A-Za-z ]|[-/]\s?[A-Za-z]", rest):
        return None
    return worth


class _Reader:
    """A reader of one text, by descent; each method gives what it read and where it ended."""

    def __init__(self, text: str) -> None:
        self.text = text

    def at(self, place: int) -> int:
        while place < len(self.text) and self.text[place] == " ":
            place += 1
        return place

    def sum(self, place: int, deep: int) -> tuple[Worth, int]:
        worth, place = self.product(place, deep)
        while (at := self.at(place)) < len(self.text) and self.text[at] in "+-":
            try:
                other, end = self.product(at + 1, deep)
            except InputError:
                break
            worth, place = _joined(self.text[at], worth, other), end
        return worth, place

    def product(self, place: int, deep: int) -> tuple[Worth, int]:
        worth, place = self.power(place, deep)
        while (at := self.at(place)) < len(self.text) and self.text[at] in "*/(":
            sign = self.text[at] if self.text[at] != "(" else "*"
            try:
                other, end = self.power(at if self.text[at] == "(" else at + 1, deep)
            except InputError:
                break
            worth, place = _joined(sign, worth, other), end
        return worth, place

    def power(self, place: int, deep: int) -> tuple[Worth, int]:
        worth, place = self.atom(place, deep)
        found = re.match(r"\s*\^\s*\(?(-?\d)\)?(?![\d.])", self.text[place:])
        if found is None:
            return worth, place
        power = int(found[1])
        if any(_digits(one) * abs(power) > _MOST_DIGITS for one in (worth.bare, worth.base)):
            raise InputError("too large for an amount")
        return (
            Worth(
                worth.bare**power,
                worth.base**power,
                tuple(power * one for one in worth.dimension),
                worth.united,
                worth.numbers,
                f"{worth.signs}^",
                rounded=worth.rounded,
            ),
            place + found.end(),
        )

    def atom(self, place: int, deep: int) -> tuple[Worth, int]:
        place = self.at(place)
        rest = self.text[place:]
        if deep > _DEEPEST or not rest:
            raise InputError("arithmetic that ends too soon, or is nested too deep")
        if rest[0] in "-+":
            worth, end = self.atom(place + 1, deep + 1)
            return (_joined("*", _ONE_LESS, worth, "") if rest[0] == "-" else worth), end
        if rest.startswith("sqrt("):
            worth, end = self.sum(place + 5, deep + 1)
            return _root(worth), self.closed(end)
        if rest[0] == "π":
            number = Fraction(math.pi)
            return Worth(number, number, numbers=(number,), rounded=True), place + 1
        if rest[0] == "(":
            worth, end = self.sum(place + 1, deep + 1)
            return self.united(worth, self.closed(end))
        found = leading(rest)
        if found is None:
            raise InputError(f"{rest[:20]!r} is no number")
        one, end = found
        if max(abs(one.number), abs(one.base)) > _SIZE:
            raise InputError("too large for an amount")
        if one.unit is None or one.word == "$":  # `12 apples * $2/apple`: what is counted is passed over
            words = _WORDS.match(rest, end)
            end = end if words is None else words.end()
        return (
            Worth(
                one.number,
                one.base,
                NONE if one.unit is None else one.unit.dimension,
                int(one.unit is not None),
                (one.number,),
                "",
                one.half,
                one.base_half,
                (one.digits or 0) >= 3,
            ),
            place + end,
        )

    def closed(self, place: int) -> int:
        place = self.at(place)
        if self.text[place : place + 1] != ")":
            raise InputError("a parenthesis is not closed")
        return place + 1

    def united(self, worth: Worth, place: int) -> tuple[Worth, int]:
        """What stands in parentheses, with a unit that stands behind them."""
        found = leading(f"1{self.text[place:]}") if worth.united == 0 else None
        if found is None or found[0].unit is None or found[1] < 2 or found[0].number != 1:
            return worth, place
        unit = found[0].unit
        return (
            Worth(
                worth.bare,
                worth.bare * unit.factor,
                unit.dimension,
                len(worth.numbers),
                worth.numbers,
                worth.signs,
                worth.half,
                worth.half * unit.factor,
                worth.rounded,
            ),
            place + found[1] - 1,
        )


def _digits(number: Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())


_ONE_LESS = Worth(Fraction(-1), Fraction(-1))


def _joined(sign: str, left: Worth, right: Worth, name: str | None = None) -> Worth:
    """Two expressions and what is done with them.

    Raises:
        InputError: it is no amount.
        ZeroDivisionError: division by nought.
    """
    pairs = ((left.bare, right.bare), (left.base, right.base))
    match sign:
        case "+":
            bare, base = (a + b for a, b in pairs)
        case "-":
            bare, base = (a - b for a, b in pairs)
        case "*":
            bare, base = (a * b for a, b in pairs)
        case _:
            bare, base = (a / b for a, b in pairs)
    if sign in "+-":
        if (left.united > 0) != (right.united > 0) and any(a or b for a, b in _physical(left, right)):
            raise InputError("a quantity and a number cannot be added")  # `2L + 8`: L is no litre
        dimension = left.dimension if left.united else right.dimension
    else:
        way = 1 if sign == "*" else -1
        dimension = tuple(a + way * b for a, b in zip(left.dimension, right.dimension, strict=True))
    if max(abs(bare), abs(base)) > _SIZE:
        raise InputError("too large for an amount")
    return Worth(
        bare,
        base,
        dimension,
        left.united + right.united,
        left.numbers + right.numbers,
        left.signs + (sign if name is None else name) + right.signs,
        rounded=left.rounded or right.rounded,
    )


def _physical(left: Worth, right: Worth) -> zip[tuple[int, int]]:
    """The exponents of both without those of money, which people add to bare numbers."""
    return zip(left.dimension[:-1], right.dimension[:-1], strict=True)


def _root(worth: Worth) -> Worth:
    if worth.bare < 0 or worth.base < 0:
        raise InputError("a root of less than nought")
    bare, base = (Fraction(math.sqrt(one)) for one in (worth.bare, worth.base))
    dimension = tuple(one // 2 for one in worth.dimension)
    return Worth(bare, base, dimension, worth.united, worth.numbers, f"{worth.signs}√", rounded=True)


def comes_out(one: Equation) -> bool:
    """Whether both sides of an equation are the same, up to how the numbers are rounded.

    Units count where both sides have them; where only some numbers have theirs written, the numbers as they stand are
    enough. Numbers of three digits or more behind which there may be more allow for a fifth of a percent.

    >>> [comes_out(equations(text)[0]) for text in ("3 * 4 = 12 N", "3 * 4 = 13 N", "10 / 3 = 3.33", "0.5 km = 500 m")]
    [True, False, True, True]
    >>> [comes_out(equations(text)[0]) for text in ("3 kg * 4 m/s = 12 N", "3.33 * 3 = 10", "2.5 * 1.5 = 3.6")]
    [False, True, False]
    """
    left, right = one.left, one.right
    bare = _close(left.bare, right.bare, max(left.half, right.half), one)
    if left.dimension == right.dimension == NONE:  # percents are numbers too
        half = max(left.base_half, right.base_half)
        return bare or any(_close(left.base, other, half, one) for other in (right.base, right.bare))
    if not (left.united and right.united):
        return bare
    half = max(left.base_half, right.base_half)
    if left.dimension == right.dimension and _close(left.base, right.base, half, one):
        return True
    # `3 hours * 60 minutes = 180 minutes` is how people write; newtons do not come of kilograms and metres
    loose = left.dimension == NONE or sum(map(abs, right.dimension)) < 2
    return bare and (loose or left.united < len(left.numbers))


def _close(a: Fraction, b: Fraction, half: Fraction, one: Equation) -> bool:
    loose = _ROUNDED * max(abs(a), abs(b)) if one.left.rounded or one.right.rounded else Fraction(0)
    return abs(a - b) <= max(half, loose)


def alike(one: Worth, other: Worth) -> tuple[bool, bool]:
    """Whether two expressions have the same numbers, and whether they have the same operations."""
    return Counter(one.numbers) == Counter(other.numbers), sorted(one.signs) == sorted(other.signs)
