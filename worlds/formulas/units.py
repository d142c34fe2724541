"""Units: what a unit of measurement is worth in the base units of the SI, and of what dimension it is.

Knows nothing of numbers. A unit is read by a parser of its own from symbols, prefixes, words, powers and fractions; what is
none of these is no unit. Money is a dimension of its own, a percent is a hundredth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from maieutic.worlds.word_problems.numerals import plain_latex

Dimension = tuple[int, ...]
_BASE = ("m", "kg", "s", "A", "K", "mol", "$")
NONE: Dimension = (0,) * len(_BASE)


@dataclass(frozen=True)
class Unit:
    """A unit.

    Attributes:
        factor: what one of it is in base units.
        dimension: exponents of metre, kilogram, second, ampere, kelvin, mole and money.
        offset: what nought of it is in base units; only degrees Celsius have one.
    """

    factor: Fraction = Fraction(1)
    dimension: Dimension = NONE
    offset: Fraction = Fraction(0)

    def times(self, other: Unit, power: int = 1) -> Unit:
        """This unit times a power of another; offsets are left behind, as differences have none."""
        dimension = tuple(a + power * b for a, b in zip(self.dimension, other.dimension, strict=True))
        return Unit(self.factor * other.factor**power, dimension)


_PREFIXES = {
    "G": Fraction(10**9),
    "M": Fraction(10**6),
    "k": Fraction(10**3),
    "h": Fraction(100),
    "d": Fraction(1, 10),
    "c": Fraction(1, 100),
    "m": Fraction(1, 10**3),
    "µ": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
    "p": Fraction(1, 10**12),
}
_WORDED_PREFIXES = {
    "giga": "G",
    "mega": "M",
    "kilo": "k",
    "hecto": "h",
    "deci": "d",
    "centi": "c",
    "milli": "m",
    "micro": "µ",
    "nano": "n",
    "pico": "p",
}
_DERIVED = {  # symbol -> worth in units above it
    "g": (Fraction(1, 1000), "kg"),
    "N": (Fraction(1), "kg m s^-2"),
    "J": (Fraction(1), "N m"),
    "W": (Fraction(1), "J s^-1"),
    "Pa": (Fraction(1), "N m^-2"),
    "Hz": (Fraction(1), "s^-1"),
    "C": (Fraction(1), "A s"),
    "V": (Fraction(1), "W A^-1"),
    "Ω": (Fraction(1), "V A^-1"),
    "F": (Fraction(1), "C V^-1"),
    "Wb": (Fraction(1), "V s"),
    "T": (Fraction(1), "Wb m^-2"),
    "H": (Fraction(1), "Wb A^-1"),
    "L": (Fraction(1, 1000), "m^3"),
    "bar": (Fraction(10**5), "Pa"),
    "eV": (Fraction("1.602176634e-19"), "J"),
    "cal": (Fraction("4.184"), "J"),
}
_ALONE = {  # units without prefixes
    "min": (Fraction(60), "s"),
    "h": (Fraction(3600), "s"),
    "d": (Fraction(86400), "s"),
    "t": (Fraction(1000), "kg"),
    "atm": (Fraction(101325), "Pa"),
    "mmHg": (Fraction("133.322387415"), "Pa"),
    "M": (Fraction(1000), "mol m^-3"),
    "ft": (Fraction("0.3048"), "m"),
    "mi": (Fraction("1609.344"), "m"),
    "lb": (Fraction("0.45359237"), "kg"),
    "%": (Fraction(1, 100), ""),
    "rad": (Fraction(1), ""),
    "¢": (Fraction(1, 100), "$"),
}
_WORDS = {
    "metre": "m",
    "meter": "m",
    "second": "s",
    "sec": "s",
    "gram": "g",
    "ampere": "A",
    "amp": "A",
    "kelvin": "K",
    "mole": "mol",
    "newton": "N",
    "joule": "J",
    "watt": "W",
    "pascal": "Pa",
    "hertz": "Hz",
    "coulomb": "C",
    "volt": "V",
    "ohm": "Ω",
    "farad": "F",
    "tesla": "T",
    "weber": "Wb",
    "henry": "H",
    "litre": "L",
    "liter": "L",
    "calorie": "cal",
    "minute": "min",
    "hour": "h",
    "hr": "h",
    "day": "d",
    "tonne": "t",
    "atmosphere": "atm",
    "foot": "ft",
    "feet": "ft",
    "mile": "mi",
    "pound": "lb",
    "percent": "%",
    "dollar": "$",
    "cent": "¢",
}


def _table() -> dict[str, Unit]:
    def one(place: int) -> Dimension:
        return tuple(int(place == other) for other in range(len(_BASE)))

    found = {name: Unit(dimension=one(place)) for place, name in enumerate(_BASE)}
    for symbol, (factor, of) in (_DERIVED | _ALONE).items():
        unit = Unit(factor)
        for part in of.split():
            name, _, power = part.partition("^")
            unit = unit.times(found[name], int(power or 1))
        found[symbol] = unit
    for symbol in ("m", "s", "A", "K", "mol", *_DERIVED):
        for prefix, factor in _PREFIXES.items():
            found.setdefault(prefix + symbol, Unit(factor).times(found[symbol]))
    for alias, symbol in (("l", "L"), ("ohm", "Ω"), ("Ohm", "Ω"), ("Ω", "Ω")):
        for prefix in ("", *_PREFIXES):
            if prefix + symbol in found:
                found.setdefault(prefix + alias, found[prefix + symbol])
    found["°C"] = Unit(dimension=one(_BASE.index("K")), offset=Fraction("273.15"))
    return found


_TABLE = _table()
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPER = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_POWER = r"(?:\^?\(?(-?\d)\)?)?"
_NAME = re.compile(rf"(°C|[A-Za-zΩµ]+|[%$¢])(?:(?<![%$¢]){_POWER})?")


def plain(text: str) -> str:
    """One spelling of a text with units: no LaTeX, powers behind `^`, one sign each for minus, dot and micro.

    >>> plain("9.8 m/s²"), plain("$\\\\mathrm{kJ} \\\\mathrm{~mol}^{-1}$"), plain("3 kg·m")
    ('9.8 m/s^2', 'kJ mol^-1', '3 kg*m')
    """
    text = plain_latex(text.replace("~", " ").replace("\\Omega", "Ω").replace("\\mu", "µ"))
    text = re.sub(r"\\(?:cdot|times)", "*", text)
    text = re.sub(r"\^\s*\{\s*([-−]?\d+)\s*\}", r"^\1", text)
    text = _SUPER.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    text = text.translate(str.maketrans("−–·⋅×÷μΩ", "--***/µΩ"))
    return re.sub(r"[ \t]+", " ", re.sub(r"°\s*C\b|\bdegrees? Celsius\b", "°C", text)).strip()


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit | None:
    """The unit that `text` is as a whole; None where it is none.

    >>> parse_unit("km/h").factor, parse_unit("kg m s^-2") == parse_unit("N"), parse_unit("J/(kg*K)").dimension
    (Fraction(5, 18), True, (2, 0, -2, 0, -1, 0, 0))
    >>> parse_unit("metres per second") == parse_unit("m/s"), parse_unit("apples"), parse_unit("")
    (True, None, None)
    """
    rest = re.sub(r"\s+per\s+", "/", plain(text)).strip(" .")
    rest = re.sub(r"\bsquare (\w+)", r"\1^2", re.sub(r"\bcubic (\w+)", r"\1^3", rest))
    if not rest or len(rest) > 60 or re.search(r"/\s*(?:/|$)", rest):
        return None
    if rest == "°C":
        return _TABLE[rest]
    unit, sign, inside = Unit(), 1, False
    while rest:
        if rest[0] in "/(*) ":
            if rest[0] == "/" and (sign < 0 and inside):
                return None
            sign = -1 if rest[0] == "/" else sign if rest[0] != ")" else 1
            inside = rest[0] == "(" or (inside and rest[0] != ")")
            rest = rest[1:]
            continue
        found = _NAME.match(rest)
        one = None if found is None else _named(found[1])
        if found is None or one is None:
            return None
        unit = unit.times(one, sign * int(found[2] or 1))
        sign = sign if inside else 1
        rest = rest[found.end() :]
    return unit


def _named(name: str) -> Unit | None:
    if name in _TABLE:
        return _TABLE[name]
    word = name.lower()
    for plural in (word, word.removesuffix("s"), word.removesuffix("es")):
        if plural in _WORDS:
            return _TABLE[_WORDS[plural]]
        for prefix, letter in _WORDED_PREFIXES.items():
            rest = plural.removeprefix(prefix)
            if rest != plural and rest in _WORDS:
                return _TABLE.get(letter + _WORDS[rest])
    return None


_TAIL = re.compile(r"[A-Za-zΩµ°%$¢][A-Za-zΩµ°%$¢/*^()\d \t-]*")


def leading_unit(text: str) -> tuple[str, Unit] | None:
    """The longest unit that `text` begins with, as it is written; None where it begins with none.

    >>> leading_unit("m/s^2 and so on")[0], leading_unit("km in all")[0], leading_unit("and more")
    ('m/s^2', 'km', None)
    """
    run = _TAIL.match(text[:60])
    if run is None:
        return None
    ends = [one.end() for one in re.finditer(r"°C|[A-Za-zΩµ]+(?:\^?-?\d)?|[%$¢)]", run[0])]
    for end in reversed(ends):
        if re.match(r"[\w^]", text[end:]):
            continue
        part = text[:end]
        if part.count("(") != part.count(")") or re.search(r"\s[*/]|[*/]\s|\d\s*/", part):
            continue  # ` / ` and ` * ` are operations, `/` and `*` belong to the unit
        unit = parse_unit(part)
        if unit is not None:
            return part, unit
    return None
