"""Misconceptions: named false rules of arithmetic, each a program that gives the exact wrong result, and its source.

Knows no learner. A misconception applied to an expression works out every operation that its rule touches in its own
way, and all others rightly.

Sources: Brown and Burton 1978 (Diagnostic models for procedural bugs, Cognitive Science 2); Brown and VanLehn 1980
(Repair theory, Cognitive Science 4); Ashlock 2006 (Error patterns in computation, 9th ed.); Resnick et al. 1989
(Conceptual bases of arithmetic errors: decimal fractions, JRME 20); Stacey and Steinle 1998 (Refining the
classification of decimal misconceptions); Fischbein et al. 1985 (The role of implicit models, JRME 16); Bell, Swan and
Taylor 1981 (Choice of operation, ESM 12); Parker and Leinhardt 1995 (Percent: a privileged proportion, RER 65); Hart 1981 (Children's understanding of mathematics 11-16); Booth 1984
(Algebra: children's strategies and errors); Clement 1982 (Algebra word problem solutions, JRME 13); Kieren 1980;
Vlassis 2004 (Making sense of the minus sign, Learning and Instruction 14); MaE numbers: Otero et al. 2024 (a benchmark
of 55 algebra misconceptions).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from maieutic import InputError, UnknownNameError
from maieutic.worlds.word_problems import columns, slips, structures
from maieutic.worlds.word_problems.steps import Node, Step, compute, filled, parse


@dataclass(frozen=True)
class Misconception:
    """A false rule.

    Attributes:
        name: as used in tasks and records.
        statement: what the learner believes, in one sentence.
        source: where it is described.
        skills: the skills that it spoils.
        program: a parsed expression -> the wrong value.
    """

    name: str
    statement: str
    source: str
    skills: tuple[str, ...]
    program: Callable[[Node], Fraction]

    def wrong(self, expr: str) -> Fraction | None:
        """What a learner who holds it gets for `expr`; None where that is the right value, or the rule is idle.

        >>> by_name("smaller-from-larger").wrong("253 - 179")
        Fraction(126, 1)
        >>> by_name("smaller-from-larger").wrong("258 - 137") is None
        True
        """
        try:
            node = parse(expr)
            return self.misses(node, compute(node))
        except (ZeroDivisionError, InputError):
            return None

    def misses(self, node: Node, right: Fraction) -> Fraction | None:
        """What a learner who holds it gets for a parsed expression, where that is not the `right` value."""
        try:
            got = self.program(node)
        except (ZeroDivisionError, InputError):
            return None
        return None if got == right else got


_BUGGY, _REPAIR, _ASHLOCK = "Brown & Burton 1978", "Brown & VanLehn 1980", "Ashlock 2006"
_RESNICK, _STACEY = "Resnick et al. 1989", "Stacey & Steinle 1998"
_FISCHBEIN, _BELL, _HART = "Fischbein et al. 1985", "Bell, Swan & Taylor 1981", "Hart 1981"

_ADD, _SUB, _MUL, _DIV = ("addition",), ("subtraction",), ("multiplication",), ("division",)
_DECIMAL = ("decimal-addition", "decimal-subtraction", "decimal-multiplication", "decimal-division")


def _rule(name: str, statement: str, source: str, skills: tuple[str, ...], rule: slips.Rule) -> Misconception:
    return Misconception(name, statement, source, skills, structures.by_operation(rule))


LIBRARY: tuple[Misconception, ...] = (
    _rule(
        "smaller-from-larger",
        "In every column the smaller digit is taken from the larger one, whichever stands on top.",
        f"{_BUGGY}; MaE21",
        _SUB,
        columns.smaller_from_larger,
    ),
    _rule(
        "borrow-without-paying",
        "When a digit is too small it becomes ten more, and the next column stays as it is.",
        _BUGGY,
        _SUB,
        columns.borrow_without_paying,
    ),
    _rule(
        "nought-less-is-the-digit",
        "Taking a digit from nought leaves that digit.",
        _REPAIR,
        _SUB,
        columns.nought_less_is_the_digit,
    ),
    _rule(
        "nought-less-is-nought",
        "Taking a digit from nought leaves nought.",
        _REPAIR,
        _SUB,
        columns.nought_less_is_nought,
    ),
    _rule(
        "borrow-across-nought",
        "Borrowing from a nought turns it into nine, and that is all.",
        _REPAIR,
        _SUB,
        columns.borrow_across_nought,
    ),
    _rule(
        "adds-for-less",
        "A minus sign between two numbers is worked out like a plus.",
        f"{_ASHLOCK}; MaE21",
        _SUB,
        slips.adds_for_less,
    ),
    _rule(
        "reversed-difference",
        "The numbers of a difference are taken in the order in which the words name them.",
        "Clement 1982; MaE45",
        (*_SUB, "signed-numbers"),
        slips.reversed_difference,
    ),
    _rule(
        "forgets-to-carry",
        "Only the last digit of a column's sum counts; nothing is carried.",
        _ASHLOCK,
        _ADD,
        columns.forgets_to_carry,
    ),
    _rule(
        "writes-whole-column-sums",
        "The sum of every column is written down in full, side by side.",
        _ASHLOCK,
        _ADD,
        columns.writes_whole_column_sums,
    ),
    _rule(
        "forgets-to-shift",
        "All partial products start in the ones column.",
        _ASHLOCK,
        _MUL,
        columns.forgets_to_shift,
    ),
    _rule(
        "multiplies-by-columns",
        "Multiplication goes column by column, as addition does.",
        _ASHLOCK,
        _MUL,
        columns.multiplies_by_columns,
    ),
    _rule(
        "drops-carries-in-product",
        "Tens that arise inside a product are not carried.",
        _ASHLOCK,
        _MUL,
        columns.drops_carries_in_product,
    ),
    _rule(
        "times-nought-is-the-digit",
        "A digit times nought is that digit.",
        _REPAIR,
        _MUL,
        columns.times_nought_is_the_digit,
    ),
    _rule(
        "adds-for-times",
        "Putting numbers together always means adding them.",
        f"{_BELL}; MaE53",
        _MUL,
        slips.adds_for_times,
    ),
    _rule(
        "larger-by-smaller",
        "The larger number is always the one that is divided.",
        _FISCHBEIN,
        _DIV,
        slips.larger_by_smaller,
    ),
    _rule(
        "drops-the-remainder",
        "What is left over in a division is forgotten.",
        _ASHLOCK,
        _DIV,
        columns.drops_the_remainder,
    ),
    _rule(
        "remainder-behind-the-point",
        "The remainder of a division is what stands behind the decimal point.",
        f"{_ASHLOCK}; {_STACEY}",
        _DIV,
        columns.remainder_behind_the_point,
    ),
    _rule(
        "omits-nought-in-quotient",
        "Where the divisor does not go into a digit, nothing is written.",
        _ASHLOCK,
        _DIV,
        columns.omits_nought_in_quotient,
    ),
    _rule(
        "point-parts-apart",
        "The digits behind the point are a whole number of their own.",
        f"{_RESNICK}; MaE16",
        _DECIMAL[:1],
        slips.point_parts_apart,
    ),
    _rule(
        "aligned-at-the-right",
        "Numbers are set under each other so that their last digits meet.",
        f"{_ASHLOCK}; MaE17",
        _DECIMAL[:2],
        slips.aligned_at_the_right,
    ),
    _rule(
        "product-keeps-the-point",
        "A product has as many decimal places as the longer of its factors.",
        f"{_STACEY}; MaE20",
        _DECIMAL[2:3],
        slips.product_keeps_the_point,
    ),
    _rule(
        "point-dropped",
        "The point can be left out while one multiplies or divides.",
        f"{_ASHLOCK}; MaE22",
        _DECIMAL[2:],
        slips.point_dropped,
    ),
    _rule(
        "times-must-make-more",
        "Multiplying makes larger, so for a smaller result one must divide, and the other way round.",
        f"{_BELL}; {_FISCHBEIN}",
        ("decimal-multiplication", "fraction-multiplication"),
        slips.times_must_make_more,
    ),
    _rule(
        "sharing-must-make-less",
        "Dividing makes smaller.",
        _FISCHBEIN,
        ("decimal-division", "fraction-division"),
        slips.sharing_must_make_less,
    ),
    _rule(
        "across",
        "Fractions are added and subtracted top with top and bottom with bottom.",
        f"{_HART}; MaE08",
        ("fraction-addition", "fraction-subtraction"),
        slips.across,
    ),
    _rule(
        "tops-kept",
        "Once the bottoms are made equal, the tops can stay as they are.",
        f"{_ASHLOCK}; MaE09",
        ("fraction-addition", "fraction-subtraction"),
        slips.tops_kept,
    ),
    _rule(
        "whole-into-both",
        "A whole number multiplies the top and the bottom of a fraction.",
        f"{_ASHLOCK}; MaE13",
        ("fraction-multiplication",),
        slips.whole_into_both,
    ),
    _rule(
        "crosswise-product",
        "Fractions are multiplied crosswise, top by bottom.",
        f"{_ASHLOCK}; MaE12",
        ("fraction-multiplication",),
        slips.crosswise_product,
    ),
    _rule(
        "first-upside-down",
        "To divide fractions, turn the first one upside down and multiply.",
        f"{_ASHLOCK}; MaE15",
        ("fraction-division",),
        slips.first_upside_down,
    ),
    _rule(
        "not-upside-down",
        "Fractions are divided as they are multiplied.",
        f"{_ASHLOCK}; MaE14",
        ("fraction-division",),
        slips.not_upside_down,
    ),
    _rule(
        "whole-as-top-and-bottom",
        "A whole number has itself as top and as bottom.",
        f"{_ASHLOCK}; MaE08",
        ("fraction-addition", "fraction-subtraction"),
        slips.whole_as_top_and_bottom,
    ),
    _rule(
        "percent-as-number",
        "The percent sign can be passed over.",
        f"{_HART}; MaE26",
        ("percent",),
        slips.percent_as_number,
    ),
    _rule(
        "divides-by-percent",
        "To find a share, divide by the percentage.",
        f"{_ASHLOCK}; MaE29",
        ("percent",),
        slips.divides_by_percent,
    ),
    _rule(
        "ratio-by-difference",
        "Two amounts stay in proportion when their difference stays the same.",
        f"{_HART}; MaE23",
        ("ratio", "fraction-multiplication"),
        slips.ratio_by_difference,
    ),
    _rule(
        "converts-the-wrong-way",
        "To get to a smaller unit one divides, since the unit is smaller.",
        f"{_HART}; MaE26",
        ("unit-conversion",),
        slips.converts_the_wrong_way,
    ),
    _rule(
        "signs-passed-over",
        "A minus before a number has no weight.",
        "Vlassis 2004; MaE18; MaE19",
        ("signed-numbers",),
        slips.signs_passed_over,
    ),
    _rule(
        "less-a-negative-is-less",
        "Taking away always makes less, also when what is taken away is negative.",
        "Vlassis 2004",
        ("signed-numbers",),
        slips.less_a_negative_is_less,
    ),
    _rule(
        "minus-of-result-lost",
        "A result is a number, and a number has no sign.",
        "Vlassis 2004; MaE18",
        ("signed-numbers",),
        slips.minus_of_result_lost,
    ),
    _rule(
        "decimals-brought-down",
        "Digits behind the point that have nothing above them are written down as they are.",
        f"{_ASHLOCK}; MaE17",
        ("decimal-subtraction",),
        slips.decimals_brought_down,
    ),
    _rule(
        "adds-carry-first",
        "What is carried is added to the next digit before it is multiplied.",
        _ASHLOCK,
        _MUL,
        columns.adds_carry_first,
    ),
    _rule(
        "crosswise-as-whole",
        "A product of fractions is a whole number made of both crosswise products.",
        f"{_ASHLOCK}; MaE12",
        ("fraction-multiplication",),
        slips.crosswise_as_whole,
    ),
    _rule(
        "bottom-kept",
        "Fractions with the same bottom keep it when they are multiplied.",
        _ASHLOCK,
        ("fraction-multiplication",),
        slips.bottom_kept,
    ),
    _rule(
        "percent-as-tenths",
        "A percentage of one digit is written right behind the point.",
        "Parker & Leinhardt 1995",
        ("percent",),
        slips.percent_as_tenths,
    ),
    _rule(
        "nought-at-the-end",
        "To multiply by ten, put a nought at the end.",
        _HART,
        _DECIMAL[2:3],
        slips.nought_at_the_end,
    ),
    Misconception(
        "left-to-right",
        "Operations are done in the order in which they are read.",
        "Kieren 1980; MaE34",
        ("order-of-operations",),
        structures.left_to_right,
    ),
    Misconception(
        "first-only",
        "A factor before parentheses multiplies only what stands next to it.",
        "Booth 1984",
        ("order-of-operations",),
        structures.first_only,
    ),
    Misconception(
        "parentheses-ignored",
        "Parentheses are there to look at.",
        "Kieren 1980; Booth 1984",
        ("order-of-operations",),
        structures.parentheses_ignored,
    ),
    Misconception(
        "mixed-parts-apart",
        "Mixed numbers are added and subtracted whole with whole, top with top, bottom with bottom.",
        f"{_ASHLOCK}; MaE11",
        ("fraction-addition", "fraction-subtraction"),
        structures.mixed_parts_apart,
    ),
    Misconception(
        "percentage-of-instead",
        "Asked what percentage one number is of another, take that many percent of it.",
        f"{_HART}; MaE30",
        ("percent",),
        structures.percentage_of,
    ),
)
_NAMES = {one.name: one for one in LIBRARY}


def by_name(name: str) -> Misconception:
    """The misconception called `name`.

    Raises:
        UnknownNameError: there is none.

    >>> by_name("across").source
    'Hart 1981; MaE08'
    """
    if name not in _NAMES:
        raise UnknownNameError("misconception", name, _NAMES)
    return _NAMES[name]


def applicable(expr: str) -> tuple[str, ...]:
    """Names of all misconceptions that get `expr` wrong.

    >>> applicable("1/4 + 2/3")
    ('across', 'tops-kept')
    """
    try:
        node = parse(expr)
        right = compute(node)
    except (ZeroDivisionError, InputError):
        return ()
    return tuple(one.name for one in LIBRARY if one.misses(node, right) is not None)


def explain(expr: str, wrong: Fraction) -> tuple[str, ...]:
    """Names of all misconceptions that give exactly `wrong` for `expr`: a diagnosis.

    >>> explain("253 - 179", Fraction(126))
    ('smaller-from-larger',)
    """
    return tuple(one.name for one in LIBRARY if one.wrong(expr) == wrong)


def evaluate(steps: Sequence[Step], beliefs: Sequence[str] = ()) -> list[Fraction]:
    """The result of every step as somebody gets it who holds `beliefs` (names of misconceptions), errors running on.

    A step is worked out by the first belief that gets it wrong, and rightly where none does.

    Raises:
        UnknownNameError: there is no such misconception.
        ZeroDivisionError: a wrong result has made a later step a division by nought.

    >>> steps = [Step(expr="1/4 + 2/3", value="11/12", skill="fraction-addition"),
    ...          Step(expr="#0 * 2", value="11/6", skill="multiplication")]
    >>> [str(one) for one in evaluate(steps)], [str(one) for one in evaluate(steps, ["across"])]
    (['11/12', '11/6'], ['3/7', '6/7'])
    """
    held = [by_name(name) for name in beliefs]
    results: list[Fraction] = []
    for step in steps:
        expr = filled(step.expr, results)
        wrong = (one.wrong(expr) for one in held)
        got = next((result for result in wrong if result is not None), None)
        results.append(compute(parse(expr)) if got is None else got)
    return results
