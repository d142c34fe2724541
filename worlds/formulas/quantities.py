"""Quantities: a number with its unit as somebody wrote it, and whether two of them are the same.

Knows nothing of sentences. How a number is written says how exact it is: a whole number or a fraction is, a decimal stands
for all that is rounded to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from maieutic.worlds.formulas.units import NONE, Unit, leading_unit, parse_unit, plain
from maieutic.worlds.word_problems.numerals import found_numbers
from maieutic.worlds.word_problems.steps import spell

DIGITS = 3  # significant digits that a result has to have, and with which references are told
_MONEY = Unit(dimension=(0, 0, 0, 0, 0, 0, 1)).dimension
_LONGEST = 200  # characters of a quantity; what is longer is a sentence
_EXACT = 4  # digits up to which a reference is told as it is
_NAME = r"(?:[A-Za-zΔ][\w']{0,12}(?:\s*\([^()]{0,20}\))?\s*[=≈]\s*|[=≈]\s*|about\s+|approximately\s+)*"
_PLAIN = (
    rf"^\s*{_NAME}(?P<money>\$)?\s?(?P<sign>[-+])?\s?(?P<money2>\$)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d*)?|\.\d+)"
    r"(?:\s*\*\s*10\s*\^\s*\(?\s*(?P<power>[-+]?\s?\d{1,3})\)?|[eE](?P<power2>[-+]?\d{1,3}))?"
)
_FIRST = re.compile(_PLAIN)
_NUMBER = re.compile(_PLAIN + r"(?:\s?/\s?(?P<bottom>\d+)(?![\d.]))?")


@dataclass(frozen=True)
class Quantity:
    """A number with a unit.

    Attributes:
        number: as it is written, a percent as such.
        unit: None where there is none that is known.
        word: what stands behind the number, as it is written.
        digits: significant digits as written; None where the number is exact.
        half: half a unit of the last place as written; 0 where the number is exact.
    """

    number: Fraction
    unit: Unit | None = None
    word: str = ""
    digits: int | None = None
    half: Fraction = Fraction(0)

    @property
    def base(self) -> Fraction:
        """What it is in base units."""
        return self.number if self.unit is None else self.number * self.unit.factor + self.unit.offset

    @property
    def base_half(self) -> Fraction:
        """`half` in base units."""
        return self.half if self.unit is None else self.half * self.unit.factor


@lru_cache(maxsize=4096)
def read(text: str) -> Quantity | None:
    """The quantity that `text` is as a whole, with a name and a sign of equality before it or not; None where it is none.

    >>> q = read("v = 1.50 × 10^3 m/s."); q.number, q.digits, q.word
    (Fraction(1500, 1), 3, 'm/s')
    >>> read("1/3 N").digits, read("two and a half hours").base, read("12 or 13 m"), read("x + 2")
    (None, Fraction(9000, 1), None, None)
    """
    if len(text) > _LONGEST:
        return None
    text = plain(text.strip().strip("*`'\"")).strip("$ ") if text.count("$") > 1 else plain(text.strip("*` "))
    found = _NUMBER.match(text)
    if found is None:
        return _worded(text)
    rest = text[found.end() :].strip().rstrip(".,;!").strip()
    if re.search(r"\d(?!\)?\Z|\)?[\s*/)A-Za-z])|[=<>+]", re.sub(r"\^\(?-?\d", "", rest)) or len(rest) > 60:
        return _worded(text)
    unit = parse_unit(rest) if rest else None
    if unit is None and re.match(r"[*/^(]|[A-Za-z](?![A-Za-z])", rest):
        return None  # `4x`, `3/x` are no quantities
    if unit is None and re.search(r"\d", rest):
        return _worded(text)
    return _made(found, rest, unit)


def _made(found: re.Match[str], rest: str, unit: Unit | None) -> Quantity:
    """The quantity of a number that was found and what stands behind it."""
    digits, point, places = found["number"].replace(",", "").partition(".")
    power = int((found["power"] or found["power2"] or "0").replace(" ", ""))
    number = Fraction(f"{digits or 0}{point}{places or ''}".rstrip(".")) * Fraction(10) ** power
    bottom = found.groupdict().get("bottom")
    if bottom and int(bottom):
        number /= int(bottom)
    if found["sign"] == "-":
        number = -number
    if (found["money"] or found["money2"]) and unit is None:
        rest, unit = f"$ {rest}".strip(), parse_unit("$")
    if not (places or found["power"] or found["power2"]) or bottom:
        return Quantity(number, unit, rest)
    significant = len((digits + places).lstrip("0")) or 1
    return Quantity(number, unit, rest, significant, Fraction(10) ** (power - len(places)) / 2)


def _worded(text: str) -> Quantity | None:
    """`two and a half hours`, `2 1/2 h`, `three apples`: a number in words or of several parts, and what stands behind it."""
    numbers = found_numbers(text)
    if len(numbers) != 1 or re.sub(_NAME, "", text[: numbers[0].start]).strip():
        return None
    one, rest = numbers[0], text[numbers[0].end :].strip().rstrip(".,;!")
    if re.search(r"[\d=<>+^]", rest) or len(rest.split()) > 4:
        return None
    if one.percent:
        return Quantity(one.bare, parse_unit("%"), "%")
    return Quantity(one.value, parse_unit(rest) if rest else None, rest)


def leading(text: str) -> tuple[Quantity, int] | None:
    """The number that a text in plain spelling begins with, its unit if one stands behind it, and where it ends.

    >>> q, end = leading("4 m/s^2 * 2 s"); q.word, end
    ('m/s^2', 7)
    """
    found = _FIRST.match(text)
    if found is None or text[: found.start("number")].strip(" $+-"):
        return None
    tail = text[found.end() :]
    gap = len(tail) - len(tail.lstrip(" "))
    named = leading_unit(tail[gap:])
    if named is None:
        return _made(found, "", None), found.end()
    return _made(found, named[0], named[1]), found.end() + gap + len(named[0])


def agree(said: Quantity, reference: Quantity, digits: int = DIGITS, tolerance: float = 0.0) -> bool | None:
    """Whether `said` is the quantity `reference`, in whatever unit and form; None where its unit is not said or not known.

    Two numbers are the same where they differ by no more than what the less exact one leaves open by how it is
    written. One that is rounded to fewer significant digits than the reference has, `digits` at the most, is not.

    Args:
        said: what was said.
        reference: what is right.
        digits: significant digits that are enough.
        tolerance: a relative difference that is forgiven besides.

    >>> a, b = read("1.2 km"), read("1200 m")
    >>> agree(a, b), agree(read("1200"), b), agree(read("1200 kg"), b), agree(read("1190"), b)
    (True, None, False, False)
    >>> third = read("1/3 N")
    >>> agree(read("0.333 N"), third), agree(read("0.33 N"), third), agree(read("16.67 m"), read("16.7 m"))
    (True, False, True)
    """
    if reference.unit is None or said.unit is None or said.unit.dimension == reference.unit.dimension == NONE:
        # one of the two does not say in what: the numbers as they stand are all there is
        unlike = said.unit is not None and reference.unit is not None
        a, b = (said.base, reference.base) if unlike else (said.number, reference.number)
        halves = (said.base_half, reference.base_half) if unlike else (said.half, reference.half)
        same = _near(a, b, max(halves), said, reference, digits, tolerance)
        lacks = reference.unit is not None and said.unit is None and reference.unit.dimension != NONE
        if lacks:
            return None if same or said.word else False
        if reference.unit is None and reference.word and said.word:
            return same if _like(reference.word, said.word) else (None if same else False)
        return same
    if said.unit.dimension != reference.unit.dimension:
        return False
    half = max(said.base_half, reference.base_half)
    return _near(said.base, reference.base, half, said, reference, digits, tolerance)


def _like(one: str, other: str) -> bool:
    """Whether two words for what is counted share one, singular or plural."""
    left, right = (
        {word.rstrip("s") for word in re.findall(r"[a-z$%]+", part.lower())} for part in (one, other)
    )
    return bool(left & right)


def _near(
    a: Fraction,
    b: Fraction,
    half: Fraction,
    said: Quantity,
    reference: Quantity,
    digits: int,
    tolerance: float,
) -> bool:
    if a == b:
        return True
    if tolerance and abs(a - b) <= Fraction(tolerance) * abs(b):
        return True
    if any(one.unit is not None and one.unit.dimension == _MONEY for one in (said, reference)):
        return False  # nobody rounds what is to be paid
    wanted = min(digits, reference.digits or digits)
    return abs(a - b) <= half and (said.digits is None or said.digits >= wanted)


def decimal(number: Fraction, digits: int = 5) -> str:
    """A number as it is written in a working: exactly, if four places behind the point are enough, else rounded.

    >>> decimal(Fraction(5, 4)), decimal(Fraction(10, 3)), decimal(Fraction(1, 30000)), decimal(Fraction(-7))
    ('1.25', '3.3333', '0.000033333', '-7')
    """
    plainly = spell(number)
    if "/" not in plainly:
        return plainly
    size = _magnitude(number)
    places = max(1, digits - 1 - size)  # a rounded number is not to look like a whole one
    return _fixed(number, places)


def reference(number: Fraction) -> str:
    """A number as it is told for an answer: exactly, if it has few digits, else rounded to three significant ones.

    >>> reference(Fraction(50, 3)), reference(Fraction(123456)), reference(Fraction(1200)), reference(Fraction(9, 4))
    ('16.7', '1.23 × 10^5', '1200', '2.25')
    """
    plainly = spell(number)
    if "/" not in plainly and len(plainly.replace(".", "").strip("-0")) <= _EXACT:
        return plainly
    return scientific(number) if abs(_magnitude(number)) > 3 else _rounded_to(number)


def _rounded_to(number: Fraction) -> str:
    places = DIGITS - 1 - _magnitude(number)
    if places <= 0:
        return scientific(number)  # a whole number would look exact
    return _fixed(number, places)


def scientific(number: Fraction, digits: int = DIGITS) -> str:
    """A number with a power of ten.

    >>> scientific(Fraction(123456)), scientific(Fraction(999999)), scientific(Fraction(1, 8), 2)
    ('1.23 × 10^5', '1.00 × 10^6', '1.2 × 10^-1')
    """
    size = _magnitude(number)
    lead = _fixed(number / Fraction(10) ** size, digits - 1)
    if lead.lstrip("-").startswith("10"):
        size += 1
        lead = _fixed(number / Fraction(10) ** size, digits - 1)
    return f"{lead} × 10^{size}"


def forms(answer: str) -> list[str]:
    """The same quantity written otherwise: with a power of ten, with a prefix before its unit, as a fraction.

    >>> forms("2500 J")
    ['2.5 × 10^3 J', '2.5 kJ']
    >>> forms("0.25 m"), forms("12"), forms("(B)")
    (['2.5 × 10^-1 m', '250 mm', '1/4 m'], [], [])
    """
    one = read(answer)
    if one is None or one.unit is None or one.unit.dimension in (NONE, _MONEY) or not one.number:
        return []
    digits = one.digits or len(decimal(one.number).replace(".", "").strip("-0"))
    found = [f"{scientific(one.number, max(2, digits))} {one.word}"]
    for prefix, factor in (("k", Fraction(1000)), ("m", Fraction(1, 1000))):
        number = one.number / factor
        if one.word in _PREFIXED and Fraction(1, 10) <= abs(number) < 1000:
            spelled = _spelled(number, one.digits)
            found.append(f"{spelled} {prefix}{one.word}")
    if one.digits is not None and one.number.denominator in (2, 4, 5, 8) and abs(one.number) < 20:
        found.append(f"{one.number} {one.word}")
    return [form for form in found if agree(read(form) or one, one) and form != answer]


_PREFIXED = frozenset({"m", "g", "s", "N", "J", "W", "Pa", "V", "A", "Ω", "mol", "L", "Hz"})


def _spelled(number: Fraction, digits: int | None) -> str:
    """A number to some significant digits, all of which are written."""
    if digits is None:
        return decimal(number)
    places = digits - 1 - _magnitude(number)
    return _fixed(number, places) if places > 0 else decimal(number)


def _magnitude(number: Fraction) -> int:
    """The power of ten of the first digit."""
    size, left = 0, abs(number)
    while left >= 10:
        left, size = left / 10, size + 1
    while 0 < left < 1:
        left, size = left * 10, size - 1
    return size


def _fixed(number: Fraction, places: int) -> str:
    """A number rounded to some places behind the point."""
    digits = f"{round(abs(number) * 10**places):0{places + 1}d}"
    sign = "-" if number < 0 and int(digits) else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
