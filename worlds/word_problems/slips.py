"""Slips: how a learner who holds a misconception works out one operation on decimals, fractions, percent, units, signs.

Knows nothing of names or sources; `misconceptions.py` does. Each function takes an operator and two literals and gives
the wrong result, or None where the rule does not come into play.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm

from maieutic.worlds.word_problems.steps import Number, Operator

Rule = Callable[[Operator, Number, Number], Fraction | None]


# which operation


def adds_for_times(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """10 x 13 = 23."""
    return left.value + right.value if operator == "*" else None


def adds_for_less(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """100 - 40 = 140."""
    return left.value + right.value if operator == "-" else None


def reversed_difference(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """Three less than eight is worked out as three less eight."""
    return right.value - left.value if operator == "-" else None


def larger_by_smaller(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """3 : 12 = 4: the larger number must be the one that is divided."""
    if operator != "/" or not 0 < left.value < right.value:
        return None
    return right.value / left.value


# numbers with a decimal point


def _places(number: Number) -> int:
    plain = number.text.replace(",", "").strip("$%")
    return len(plain.partition(".")[2])


def _decimal(left: Number, right: Number) -> bool:
    return (
        max(_places(left), _places(right)) > 0
        and "/" not in left.text + right.text
        and min(left.value, right.value) >= 0
    )


def point_parts_apart(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """6.7 + 8.5 = 14.12: what stands before and behind the point is added as two whole numbers."""
    if operator != "+" or not _decimal(left, right):
        return None
    before = int(left.value) + int(right.value)
    behind = [
        int(number.text.replace(",", "").strip("$%").partition(".")[2] or 0) for number in (left, right)
    ]
    return Fraction(f"{before}.{sum(behind)}")


def aligned_at_the_right(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """6.7 + 0.85 = 1.52: last digits are set under each other, the point of the longer one is kept."""
    if operator not in "+-" or not _decimal(left, right) or _places(left) == _places(right):
        return None
    digits = [int(number.value * 10 ** _places(number)) for number in (left, right)]
    raw = digits[0] + digits[1] if operator == "+" else abs(digits[0] - digits[1])
    return Fraction(raw, 10 ** max(_places(left), _places(right)))


def product_keeps_the_point(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """21.8 x 0.4 = 87.2: a product is given as many decimal places as its longer factor, as a sum would be."""
    if operator != "*" or not _decimal(left, right):
        return None
    digits = left.value * Fraction(10) ** _places(left) * right.value * Fraction(10) ** _places(right)
    return digits / Fraction(10) ** max(_places(left), _places(right))


def point_dropped(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """4.5 x 0.1 = 45: the point is left out."""
    if operator not in "*/" or not _decimal(left, right) or not right.value:
        return None
    a, b = (number.value * Fraction(10) ** _places(number) for number in (left, right))
    return a * b if operator == "*" else a / b


def times_must_make_more(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """12 x 0.5 = 24: a product must be larger, so one divides instead."""
    small = min(left.value, right.value)
    if operator != "*" or not 0 < small < 1:
        return None
    return max(left.value, right.value) / small


def sharing_must_make_less(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """6 : 0.5 = 3: a quotient must be smaller, so one multiplies instead."""
    return left.value * right.value if operator == "/" and 0 < right.value < 1 else None


# fractions: literals that were written a/b


def _parts(number: Number) -> tuple[int, int] | None:
    top, bar, bottom = number.text.partition("/")
    return (int(top), int(bottom)) if bar and top.isdecimal() and bottom.isdecimal() else None


def _two_fractions(left: Number, right: Number) -> tuple[int, int, int, int] | None:
    a, b = _parts(left), _parts(right)
    return None if a is None or b is None else (*a, *b)


def _over(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom else None


def across(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """1/4 + 2/3 = 3/7: tops and bottoms apart, for sums and differences."""
    four = _two_fractions(left, right)
    if four is None or operator not in "+-":
        return None
    a, b, c, d = four
    return _over(a + c, b + d) if operator == "+" else _over(a - c, b - d)


def tops_kept(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """3/5 + 1/3 = 4/15: a common bottom is found, the tops stay as they were."""
    four = _two_fractions(left, right)
    if four is None or operator not in "+-":
        return None
    a, b, c, d = four
    return Fraction(a + c if operator == "+" else a - c, lcm(b, d))


def whole_into_both(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """2/3 x 3 = 6/9: the whole number multiplies top and bottom."""
    one, other = _parts(left), _parts(right)
    if operator != "*" or (one is None) == (other is None):
        return None
    whole = right if one is not None else left
    return None if whole.value.denominator != 1 else (left.value if one is not None else right.value)


def crosswise_product(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """2/3 x 4/5 = 10/12: top by bottom and bottom by top."""
    four = _two_fractions(left, right)
    if four is None or operator != "*":
        return None
    a, b, c, d = four
    return _over(a * d, b * c)


def first_upside_down(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """2/3 : 3/8 = 3/2 x 3/8: the wrong one of the two is inverted."""
    four = _two_fractions(left, right)
    if four is None or operator != "/" or not four[0]:
        return None
    a, b, c, d = four
    return Fraction(b * c, a * d)


def not_upside_down(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """2/3 : 3/8 = 2/3 x 3/8: nothing is inverted."""
    four = _two_fractions(left, right)
    return left.value * right.value if four is not None and operator == "/" else None


def whole_as_top_and_bottom(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """8 - 3/5 = (8 - 3)/(8 - 5): a whole number is taken for its own top and bottom."""
    part = _parts(right)
    if operator not in "+-" or part is None or _parts(left) is not None or left.value.denominator != 1:
        return None
    whole, (top, bottom) = left.value.numerator, part
    return _over(whole + top, whole + bottom) if operator == "+" else _over(whole - top, whole - bottom)


# percent, ratio, units, signs


def _percent(number: Number) -> Fraction | None:
    """How many percent a literal says: `20%`, `20/100`."""
    if number.text.endswith("%"):
        return number.value * 100
    parts = _parts(number)
    return Fraction(parts[0]) if parts is not None and parts[1] == 100 else None


def percent_as_number(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """20 % of 40 is 800, and 50 less 20 % is 30: the percent sign is passed over."""
    a, b = _percent(left), _percent(right)
    if a is None and b is None:
        return None
    one, other = left.value if a is None else a, right.value if b is None else b
    match operator:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "/":
            return one / other if other else None


def divides_by_percent(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """88 % of 50 is 50 : 0.88: part and whole change places."""
    a, b = _percent(left), _percent(right)
    if operator != "*" or (a is None) == (b is None):
        return None
    share, whole = (left, right) if a is not None else (right, left)
    return whole.value / share.value if share.value else None


def ratio_by_difference(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """Six at the ratio 5 : 3 is eight: as much more as five is more than three."""
    one, other = _parts(left), _parts(right)
    if operator != "*" or (one is None) == (other is None) or _percent(left) or _percent(right):
        return None
    (top, bottom), whole = (one, right) if one is not None else (other, left)  # type: ignore[misc]
    return whole.value + top - bottom


FACTORS = frozenset(map(Fraction, (7, 12, 16, 24, 36, 52, 60, 100, 365, 1000, 3600)))


def converts_the_wrong_way(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """3 hours are 3 : 60 minutes."""
    if operator == "*" and left.value in FACTORS and right.value not in FACTORS:
        left, right = right, left
    if right.value not in FACTORS or operator not in "*/":
        return None
    return left.value / right.value if operator == "*" else left.value * right.value


def signs_passed_over(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """-4 + -3 = 7: the signs are left out."""
    if min(left.value, right.value) >= 0 or operator not in "+-":
        return None
    a, b = abs(left.value), abs(right.value)
    return a + b if operator == "+" else abs(a - b)


def less_a_negative_is_less(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """5 - (-3) = 2: taking away a negative number is taking away."""
    return left.value + right.value if operator == "-" and right.value < 0 else None


def minus_of_result_lost(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """-8 + 6 = 2: what is left is right, its sign is not written."""
    result = left.value + right.value if operator == "+" else left.value - right.value
    return -result if operator in "+-" and result < 0 else None


def decimals_brought_down(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """60 - 1.35 = 59.35: where nothing stands above, the digits behind the point are brought down."""
    if operator != "-" or not _decimal(left, right) or _places(left) or left.value < right.value:
        return None
    behind = right.value - int(right.value)
    return left.value - int(right.value) + behind


def crosswise_as_whole(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """1/2 x 3/8 = 68: both crosswise products are written down, the one by the first bottom as tens."""
    four = _two_fractions(left, right)
    if four is None or operator != "*":
        return None
    a, b, c, d = four
    return Fraction(10 * b * c + a * d)


def bottom_kept(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """2/5 x 3/5 = 6/5: where bottoms are alike, they stay, as in a sum."""
    four = _two_fractions(left, right)
    if four is None or operator != "*" or four[1] != four[3]:
        return None
    return _over(four[0] * four[2], four[1])


def percent_as_tenths(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """5% of 40 is 20: a percentage of one digit goes right behind the point, as 0.5."""
    a, b = _percent(left), _percent(right)
    shares = [one for one in (a, b) if one is not None]
    if operator != "*" or len(shares) != 1 or not 0 < shares[0] < 10 or shares[0].denominator != 1:
        return None
    return (left.value if a is None else right.value) * shares[0] / 10


def nought_at_the_end(operator: Operator, left: Number, right: Number) -> Fraction | None:
    """2.5 x 10 = 2.50: multiplying by ten puts a nought at the end."""
    if operator != "*" or not _decimal(left, right):
        return None
    for one, other in ((left, right), (right, left)):
        if _places(one) and other.value in (10, 100, 1000):
            return one.value
    return None
