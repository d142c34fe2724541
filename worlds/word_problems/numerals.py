"""Numerals: numbers as people write them, in digits or in words, found in a text with their exact values.

Knows nothing of answers or tasks. Signs, separators, currency, percent, fractions, mixed numbers, scales (`1.5 million`,
`two dozen`) and units are understood; ordinals (`2nd`, `the third step`) and the pronoun `one` are no numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {"zero": 0} | {word: n for n, word in enumerate((*_UNITS, *_TEENS, "nineteen"), start=1)}
_SMALL |= {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_SCALES = {"dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINALS = ("third", "quarter", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SHARES = dict(zip(_ORDINALS, (3, 4, 4, 5, 6, 7, 8, 9, 10), strict=True))
_SHARES |= {"half": 2, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000}
_PARTS = _SHARES | {f"{word}s": n for word, n in _SHARES.items()} | {"halves": 2}
_VULGAR = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞",
        map(
            Fraction,
            [
                "1/2",
                "1/3",
                "2/3",
                "1/4",
                "3/4",
                "1/5",
                "2/5",
                "3/5",
                "4/5",
                "1/6",
                "5/6",
                "1/8",
                "3/8",
                "5/8",
                "7/8",
            ],
        ),
        strict=True,
    )
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_LONGEST = 60  # characters of a number; what is longer is a serial number or noise, not an amount

_GAP = ",\u00a0\u202f"  # what may stand between thousands: a comma or a space that does not break
_DIGITS = rf"(?:\d{{1,3}}(?:[{_GAP}]\d{{3}})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_CLOSED = str.maketrans("", "", _GAP)
_NUMBER = re.compile(
    rf"(?P<sign>[-−–]\s?|\b(?:minus|negative)\s+)?(?P<money>\\?[$€£]\s?)?(?P<sign2>[-−])?"
    rf"(?:(?P<whole>\d+)\s+(?P<mtop>\d+)\s?/\s?(?P<mbottom>\d+)(?![\d.])"
    rf"|(?P<vwhole>\d+)?\s?(?P<vulgar>[{''.join(_VULGAR)}])"
    rf"|(?P<top>{_DIGITS})\s?/\s?(?P<bottom>\d[\d,]*(?:\.\d+)?)(?!\s?[/\d])"
    rf"|(?P<plain>{_DIGITS}))"
    rf"(?P<percent>\s?\\?%|\s?per\s?cent\b)?(?P<scale>[\s-](?:hundred|{'|'.join(_SCALES)})\b)?",
    re.IGNORECASE,
)


def _any(words: tuple[str, ...] | dict[str, int]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


_S = rf"(?:{_any(_TENS)}(?:[-\s]{_any(_UNITS)}\b)?|{_any(_SMALL)})\b"  # below a hundred
_G = rf"(?:(?:(?:{_S}|an?\b)[-\s])?hundred\b(?:\s+(?:and\s+)?{_S}(?!\s+{_any(_PARTS)}))?|{_S})"  # below a thousand
_SCALED = rf"(?:(?:{_G}|an?\b)\s+)?{_any(_SCALES)}\b"
_WHOLE = rf"(?:{_SCALED}(?:,?\s+(?:and\s+)?{_SCALED})*(?:,?\s+(?:and\s+)?{_G})?|{_G})(?:\s+point(?:\s+{_any(_SMALL)}\b)+)?"
_SHARE = rf"(?:(?:an?|one)[-\s]{_any(_SHARES)}|{_S}[-\s](?!(?:{'|'.join(_SHARES)})\b){_any(_PARTS)})\b"
_WORDS = re.compile(
    rf"\b(?P<sign>(?:minus|negative)\s+)?(?P<number>{_WHOLE}\s+and\s+{_SHARE}|{_SHARE}"
    rf"|half\s+an?\s+(?:hundred|{'|'.join(_SCALES)})\b|(?>{_WHOLE})(?![-\s](?:first|second|{'|'.join(_SHARES)})\b)|half\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A number in a text.

    Attributes:
        value: what it is worth; a percent is its hundredth.
        start: where it begins.
        end: where it ends.
        percent: whether it was a percent.
        bare: the number without its percent sign or scale: 40 of `40%`, 3 of `3 dozen`.
    """

    value: Fraction
    start: int
    end: int
    percent: bool = False
    bare: Fraction = Fraction(0)


@lru_cache(maxsize=4096)  # a conversation is read anew at every turn
def found_numbers(text: str) -> tuple[Found, ...]:
    """All numbers in `text`, in order, written in digits or in words; `one` alone is a pronoun, not a number.

    A minus sign counts as one where it cannot be a subtraction, a hyphen, or the mark of a list.

    >>> [str(one.value) for one in found_numbers("-3 of 1,200 pens, 7 2/5 and a half, twenty-one, 40%")]
    ['-3', '1200', '37/5', '1/2', '21', '2/5']
    >>> [str(one.value) for one in found_numbers("12 - 8, the 2nd step, two dozen, a third of 1.5 million, 3½")]
    ['12', '8', '24', '1/3', '1500000', '7/2']
    """
    numbers = [one for one in map(_digits, _NUMBER.finditer(text)) if one is not None]
    taken = {place for one in numbers for place in range(one.start, one.end)}
    for match in _WORDS.finditer(text):
        if match["number"].lower() == "one" and not match["sign"]:
            continue
        if match.start() in taken or match.end() - 1 in taken or match.end() - match.start() > 4 * _LONGEST:
            continue
        number = _worded(match["number"])
        signed = bool(match["sign"]) and _is_sign(match, "sign")
        start = match.start() if signed else match.start("number")
        numbers.append(Found(-number if signed else number, start, match.end(), bare=number))
    return tuple(sorted(numbers, key=lambda one: one.start))


def _digits(match: re.Match[str]) -> Found | None:
    plain = {
        name: part.translate(_CLOSED) for name, part in match.groupdict().items() if part and part.strip()
    }
    if match.end() - match.start() > _LONGEST or _ORDINAL.match(match.string, match.end()):
        return None  # no amount, or an ordinal
    if "vulgar" in plain:
        bare = int(plain.get("vwhole", 0)) + _VULGAR[plain["vulgar"]]
    elif "whole" in plain:
        if not int(plain["mbottom"]):
            return None
        bare = int(plain["whole"]) + Fraction(int(plain["mtop"]), int(plain["mbottom"]))
    elif "top" in plain:
        if not Fraction(plain["bottom"]):
            return None
        bare = Fraction(plain["top"]) / Fraction(plain["bottom"])
    else:
        bare = Fraction(plain["plain"])
    percent, start = "percent" in plain, match.start()
    scale = plain.get("scale", "").strip(" -\t\n").lower()
    number = bare * ({"hundred": 100} | _SCALES).get(scale, 1) / (100 if percent else 1)
    negative = "sign2" in plain and ("money" in plain or "sign" in plain or _is_sign(match, "sign2"))
    if "sign" in plain:
        if _is_sign(match, "sign"):
            negative = not negative
        else:
            start = match.end("sign")
    elif "sign2" in plain and not negative and "money" not in plain:
        start = match.end("sign2")
    return Found(-number if negative else number, start, match.end(), percent, bare)


def _is_sign(match: re.Match[str], group: str) -> bool:
    """Whether a minus is a sign: not after an operand, not within a word, and not the mark of a list."""
    before = match.string[max(0, match.start(group) - _LONGEST) : match.start(group)]
    if match[group][0].isalpha():
        return match[group].lower().startswith("neg") or not _after_operand(before)
    if match[group][-1:].isspace():  # `- 5` is a number as a whole text or after an operator
        end = before.rstrip()[-1:]
        return (not end and "\n" not in match.string.strip()) or (end != "" and end in "=+*/×÷(")
    return (
        before[-1:] not in ("_", ")", "]", "%", ".", "}")
        and not before[-1:].isalnum()
        and not _after_operand(before)
    )


def _after_operand(before: str) -> bool:
    """Whether what comes next is applied to a number or a letter that stands before it."""
    last = before.rstrip()
    word = re.search(r"[A-Za-z]+$", last[-_LONGEST:])
    if word is not None:
        name = word[0].lower()
        return (len(name) == 1 and name not in "ai") or name in _SMALL or name in _SCALES or name == "hundred"
    return last[-1:].isdigit() or last[-1:] in (")", "]", "%", *_VULGAR)


def _worded(text: str) -> Fraction:
    """`two hundred and five`, `twenty-one and a half`, `three quarters`, `half a dozen`, `three point two`."""
    words = [word for word in re.split(r"[\s,-]+", text.lower()) if word not in ("and", "a", "an")]
    if words[0] == "half":
        return Fraction(({"hundred": 100} | _SCALES).get(words[-1], 1), 2)
    if words[-1] in _PARTS:
        whole, mixed, part = text.lower().rpartition(" and ")
        top = [word for word in re.split(r"[\s-]+", part) if word not in ("a", "an", "")][:-1]
        share = Fraction(_whole(top) if top else 1, _PARTS[words[-1]])
        return _worded(whole) + share if mixed else share
    if "point" in words:
        place = words.index("point")
        digits = "".join(str(_SMALL[word]) for word in words[place + 1 :])
        return _whole(words[:place]) + Fraction(f"0.{digits}")
    return Fraction(_whole(words))


def _whole(words: list[str]) -> int:
    total = group = 0
    for word in words:
        if word in _SMALL:
            group += _SMALL[word]
        elif word == "hundred":
            group = (group or 1) * 100
        else:
            total, group = total + (group or 1) * _SCALES[word], 0
    return total + group


def numbers_in(text: str) -> list[Fraction]:
    """The values of all numbers in `text`, signs and fractions kept; a percent counts as its hundredth.

    >>> numbers_in("He had 3/4 of $1,000.50")
    [Fraction(3, 4), Fraction(2001, 2)]
    """
    return [one.value for one in found_numbers(text)]


_FEW = (
    4  # words around a number, such as its unit; more of them make a sentence that happens to hold a number
)


def parse_number(text: str) -> Fraction | None:
    """The number that `text` is, with or without a unit, `x =` or a full stop around it; None where it is not one.

    >>> parse_number("$1,234.50"), parse_number("x = -7/2."), parse_number("three and a half hours")
    (Fraction(2469, 2), Fraction(-7, 2), Fraction(7, 2))
    >>> [parse_number(text) for text in ("4x", "6P", "n-3", "3-x", "3 > 2", "12 or 13")]
    [None, None, None, None, None, None]
    """
    if len(text) > 4 * _LONGEST:
        return None
    bare = plain_latex(text).strip().strip("*`'\"").strip()
    bare = re.sub(r"^\s*(?:[A-Za-z]\s*=|=|≈|about|only)\s*", "", bare).rstrip(".!,; ").lstrip("+ ")
    bare = re.sub(r"^([$\d,]+)\s+and\s+(?=\d+/\d+)", r"\1 ", bare)
    coins = re.fullmatch(r"\$?(\d[\d,]*)\s*(?:dollars?)?\s+and\s+(\d{1,2})\s+cents?", bare)
    if coins and ("$" in bare or "dollar" in bare):
        return Fraction(coins[1].replace(",", "")) + Fraction(int(coins[2]), 100)
    if bare.lower() == "one":
        return Fraction(1)
    numbers = found_numbers(bare)
    if len(numbers) != 1:
        return None
    one = numbers[0]
    before, after = bare[: one.start], bare[one.end :]
    if re.search(r"[\d=<>+*^÷×_]|[A-Za-z]\^|\w\(|/\s*$", f"{before} {after}") or re.match(
        r"(?:\s*[-−–]\s*)?[A-Za-z](?![A-Za-z])", after
    ):
        return None  # `4x`, `3 > 2`, `12 + y` are no numbers
    if re.search(r"(?:^|\W)[A-Za-z]?\s*[-−–]\s*$", before):
        return None  # `n - 3` is none either
    return one.value if len(f"{before} {after}".split()) <= _FEW else None


def plain_latex(text: str) -> str:
    """The few commands that answers are dressed in, undressed: boxes, fractions, texts, escapes, spaces.

    >>> plain_latex("$2\\\\frac{1}{2}$"), plain_latex("\\\\boxed{\\\\text{12 pens}}")
    ('2 1/2', '12 pens')
    """
    if "\\" not in text and "$" not in text:
        return text
    text = re.sub(r"\\[dt]?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}", r" \1/\2", text)
    text = re.sub(r"\\(?:text|mathrm|mathbf|boxed)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\(?:text|mathrm|mathbf|boxed)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\[,!;: ]|\\left|\\right|\\[()\[\]]", "", text).replace("\\$", "$").replace("\\%", "%")
    inside = re.fullmatch(r"\s*\$+([^$]*)\$+\s*", text)
    return re.sub(r"([-−])\s+(?=\d+/)", r"\1", (inside[1] if inside else text).strip())
