"""Columns: how a learner who holds a misconception works with whole numbers digit by digit.

Knows nothing of names or sources; `misconceptions.py` does. Each function takes an operator and two literals and gives
the wrong result, or None where the rule does not come into play.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from maieutic.worlds.word_problems.steps import Number, Operator


def _wholes(left: Number, right: Number) -> tuple[int, int] | None:
    """Both as whole numbers from nought up, None where one is not."""
    a, b = left.value, right.value
    both = a.denominator == b.denominator == 1 and a >= 0 and b >= 0
    return (a.numerator, b.numerator) if both else None


def _columns(a: int, b: int) -> list[tuple[int, int]]:
    """Digits in pairs, ones first."""
    width = max(len(str(a)), len(str(b)))
    return [(int(x), int(y)) for x, y in zip(f"{a:0{width}d}"[::-1], f"{b:0{width}d}"[::-1], strict=True)]


def _joined(digits: list[int]) -> Fraction:
    return Fraction(sum(digit * 10**place for place, digit in enumerate(digits)))


def _taking(operator: Operator, left: Number, right: Number) -> list[tuple[int, int]] | None:
    """The columns of a whole-number subtraction that needs no negative result."""
    wholes = _wholes(left, right)
    if operator != "-" or wholes is None or wholes[0] < wholes[1]:
        return None
    return _columns(*wholes)


def smaller_from_larger(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """253 - 179 = 126: in each column the smaller digit is taken from the larger."""
    columns = _taking(operator, left, right)
    return None if columns is None else _joined([abs(top - bottom) for top, bottom in columns])


def borrow_without_paying(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """62 - 38 = 34: ten is borrowed, the next column is not made less."""
    columns = _taking(operator, left, right)
    if columns is None or any(top < bottom for top, bottom in columns[-1:]):
        return None
    return _joined([top - bottom + (10 if top < bottom else 0) for top, bottom in columns])


def nought_less_is_the_digit(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """40 - 17 = 37: nought less seven is seven; other columns are done right."""
    return _with_noughts(operator, left, right, lambda bottom: bottom)


def nought_less_is_nought(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """40 - 17 = 30: nothing can be taken from nought, so nought is written."""
    return _with_noughts(operator, left, right, lambda bottom: 0)


def _with_noughts(
    operator: Operator, left: Number, right: Number, written: Callable[[int], int]
) -> Fraction | None:
    columns = _taking(operator, left, right)
    if columns is None or not any(top == 0 and bottom for top, bottom in columns):
        return None
    digits, owed = [], 0
    for top, bottom in columns:
        if top == 0 and bottom:
            digits.append(written(bottom))
            owed = 0
            continue
        rest = top - owed - bottom
        owed = int(rest < 0)
        digits.append(rest + 10 * owed)
    return _joined(digits)


def borrow_across_nought(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """305 - 128 = 277: the nought is turned into nine, and nothing is taken from the column beyond."""
    columns = _taking(operator, left, right)
    if columns is None:
        return None
    digits, owed = [], 0
    for top, bottom in columns:
        if top == 0 and owed:
            digits.append(9 - bottom)  # the nought became nine, the debt stops here
            owed = 0
            continue
        rest = top - owed - bottom
        owed = int(rest < 0)
        digits.append(rest + 10 * owed)
    return None if owed else _joined(digits)


def forgets_to_carry(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """68 + 57 = 115: each column keeps its ones, the ten is lost; the first column is written in full."""
    wholes = _wholes(left, right)
    if operator != "+" or wholes is None:
        return None
    columns = _columns(*wholes)
    digits = [(top + bottom) % 10 for top, bottom in columns[:-1]] + [sum(columns[-1])]
    return _joined(digits)


def writes_whole_column_sums(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """68 + 57 = 1115: the sum of each column is written down as it is."""
    wholes = _wholes(left, right)
    if operator != "+" or wholes is None:
        return None
    return Fraction(int("".join(str(top + bottom) for top, bottom in reversed(_columns(*wholes)))))


def _times(operator: Operator, left: Number, right: Number) -> tuple[int, int] | None:
    return _wholes(left, right) if operator == "*" else None


def forgets_to_shift(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """23 x 14 = 115: the partial products are added without moving the second one left."""
    wholes = _times(operator, left, right)
    if wholes is None or wholes[1] < 10:
        return None
    return Fraction(sum(wholes[0] * int(digit) for digit in str(wholes[1])))


def multiplies_by_columns(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """23 x 12 = 26: ones by ones and tens by tens, as in addition."""
    wholes = _times(operator, left, right)
    if wholes is None or min(wholes) < 10:
        return None
    return _joined([top * bottom for top, bottom in _columns(*wholes)])


def drops_carries_in_product(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """47 x 6 = 242: in a product with one digit the carried tens are lost."""
    wholes = _times(operator, left, right)
    if wholes is None or wholes[0] < 10 or wholes[1] > 9:
        return None
    digits = [int(digit) * wholes[1] for digit in reversed(str(wholes[0]))]
    return _joined([digit % 10 for digit in digits[:-1]] + [digits[-1]])


def times_nought_is_the_digit(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """305 x 4 = 1260: nought times four is taken for four."""
    wholes = _times(operator, left, right)
    if wholes is None or "0" not in str(wholes[0]) or wholes[0] == 0 or wholes[1] > 9:
        return None
    return _joined([(int(digit) or 1) * wholes[1] for digit in reversed(str(wholes[0]))])


def drops_the_remainder(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """7 : 2 = 3."""
    wholes = _wholes(left, right)
    if operator != "/" or wholes is None or not wholes[1] or wholes[0] < wholes[1]:
        return None
    return Fraction(wholes[0] // wholes[1])


def remainder_behind_the_point(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """7 : 2 = 3.1: the remainder is written behind the decimal point."""
    wholes = _wholes(left, right)
    if operator != "/" or wholes is None or not wholes[1]:
        return None
    whole, rest = divmod(wholes[0], wholes[1])
    return Fraction(f"{whole}.{rest}")


def omits_nought_in_quotient(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """612 : 6 = 12: where the divisor does not go, nothing is written."""
    wholes = _wholes(left, right)
    if operator != "/" or wholes is None or not wholes[1] or wholes[0] % wholes[1]:
        return None
    quotient = str(wholes[0] // wholes[1])
    kept = quotient.rstrip("0")
    return Fraction(int(kept.replace("0", "") + quotient[len(kept) :] or "0"))


def adds_carry_first(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """47 x 6 = 482: what is carried is added to the next digit before that is multiplied."""
    wholes = _times(operator, left, right)
    if wholes is None or wholes[0] < 10 or wholes[1] > 9:
        return None
    digits, carried = [], 0
    for digit in reversed(str(wholes[0])):
        carried, kept = divmod((int(digit) + carried) * wholes[1], 10)
        digits.append(kept)
    return _joined([*digits, carried])
