"""Answers: numbers as people write them, compared exactly; and whether a text gives an answer away.

Knows nothing of tasks. Exact rules come first: words, separators, currency, percent, fractions, mixed numbers, units.
What is no number is compared as text and then as an expression by math-verify, within a time limit.
"""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from fractions import Fraction

from maieutic import InputError
from maieutic.worlds.word_problems.steps import spell, value

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
]
_UNITS += ["seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: number for number, word in enumerate(_UNITS)} | {
    word: 10 * (n + 2) for n, word in enumerate(_TENS)
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SHARES = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fourth": 4,
    "fourths": 4,
}
_SHARES |= {
    "fifth": 5,
    "fifths": 5,
    "sixth": 6,
    "sixths": 6,
    "eighth": 8,
    "eighths": 8,
    "tenth": 10,
    "tenths": 10,
}
_VULGAR = {
    "½": "1/2",
    "⅓": "1/3",
    "⅔": "2/3",
    "¼": "1/4",
    "¾": "3/4",
    "⅕": "1/5",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
}

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)\]%.])[-−–]\s?)?(?P<money>[$€£]\s?)?(?P<sign2>-)?"
    rf"(?:(?P<whole>\d+)\s+(?P<mtop>\d+)\s?/\s?(?P<mbottom>\d+)(?![\d.])"
    rf"|(?P<top>{_DIGITS})\s?/\s?(?P<bottom>\d[\d,]*(?:\.\d+)?)(?!\s?[/\d])"
    rf"|(?P<plain>{_DIGITS}))(?P<percent>\s?%|\s?percent\b)?"
)
_WORD = "|".join(sorted([*_SMALL, *_LARGE, *_SHARES], key=len, reverse=True))
_WORDS = re.compile(
    rf"\b(?:(?:a|an|minus|negative)\s+)?(?:{_WORD})(?:(?:\s+|-|\s+and\s+(?:a\s+)?)(?:{_WORD}))*\b(?!-)",
    re.IGNORECASE,
)
_RUN = re.compile(r"[$(]*[\d.,]+%?\)*(?:\s*[-+*/x×÷−]\s*[$(]*[\d.,]+%?\)*)+")
_ANSWER = re.compile(
    r"(?:####|\bA:|\bfinal answer\b\s*(?:is|:)?|\banswer\b\s*(?:is|:|=)|\\boxed\s*\{)\s*(?P<answer>[^\n}]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A number in a text: its value (a percent is its hundredth), where it stands, and whether it was a percent."""

    value: Fraction
    start: int
    end: int
    percent: bool = False


def found_numbers(text: str) -> list[Found]:
    """All numbers in `text`, in order, written in digits or in words; `one` alone is a pronoun, not a number.

    >>> [str(one.value) for one in found_numbers("-3 of 1,200 pens, 7 2/5 and a half, twenty-one, 40%")]
    ['-3', '1200', '37/5', '1/2', '21', '2/5']
    """
    for sign, spelled in _VULGAR.items():
        text = re.sub(rf"(?<=\d){sign}", f" {spelled}", text).replace(sign, spelled)
    numbers = [one for one in map(_digits, _NUMBER.finditer(text)) if one is not None]
    taken = [(one.start, one.end) for one in numbers]
    for match in _WORDS.finditer(text):
        if match[0].lower() in ("one", "second", "seconds") or any(
            a < match.end() and match.start() < b for a, b in taken
        ):
            continue
        number = _worded(match[0])
        if number is not None:
            numbers.append(Found(number, match.start(), match.end()))
    return sorted(numbers, key=lambda one: one.start)


def _digits(match: re.Match[str]) -> Found | None:
    plain = {name: part.replace(",", "") for name, part in match.groupdict().items() if part}
    if "whole" in plain:
        bottom = int(plain["mbottom"])
        number = Fraction(int(plain["whole"])) + (Fraction(int(plain["mtop"]), bottom) if bottom else 0)
        if not bottom:
            return None
    elif "top" in plain:
        bottom_value = Fraction(plain["bottom"])
        if not bottom_value:
            return None
        number = Fraction(plain["top"]) / bottom_value
    else:
        number = Fraction(plain["plain"])
    percent = "percent" in plain
    number = number / 100 if percent else number
    negative = "sign" in plain or "sign2" in plain
    return Found(-number if negative else number, match.start(), match.end(), percent)


def _worded(text: str) -> Fraction | None:
    """`two hundred and five`, `twenty-one and a half`, `three quarters`, `minus four`."""
    words = re.split(r"[\s-]+", text.lower())
    sign = 1
    if words[0] in ("minus", "negative"):
        sign, words = -1, words[1:]
    total, group, share, some = Fraction(0), Fraction(0), Fraction(0), False
    for place, word in enumerate(words):
        if word in ("and", "a", "an"):
            continue
        if word in _SHARES:
            if place and words[place - 1] in _SMALL and "and" not in words[:place]:
                share, group = group / _SHARES[word], Fraction(0)  # three quarters
            elif place and words[place - 1] in _SMALL:
                top = _SMALL[words[place - 1]]  # two and three quarters
                share, group = Fraction(top, _SHARES[word]), group - top
            else:
                share = Fraction(1, _SHARES[word])
        elif word in _SMALL:
            group += _SMALL[word]
        elif word == "hundred":
            group = (group or Fraction(1)) * 100
        else:
            total, group = total + (group or Fraction(1)) * _LARGE[word], Fraction(0)
        some = True
    return sign * (total + group + share) if some else None


def numbers_in(text: str) -> list[Fraction]:
    """The values of all numbers in `text`, signs and fractions kept; a percent counts as its hundredth.

    >>> numbers_in("He had 3/4 of $1,000.50")
    [Fraction(3, 4), Fraction(2001, 2)]
    """
    return [one.value for one in found_numbers(text)]


def parse_number(text: str) -> Fraction | None:
    """The number that `text` is, with or without a unit, `x =` or a full stop around it; None where it is not one.

    >>> parse_number("$1,234.50"), parse_number("x = -7/2."), parse_number("4x") is None
    (Fraction(2469, 2), Fraction(-7, 2), True)
    """
    bare = text.strip().strip("*`'\"").strip()
    bare = re.sub(r"^\s*(?:[A-Za-z]\s*=|=|≈|about|only)\s*", "", bare)
    bare = re.sub(r"\\(?:text|mathrm)\{([^}]*)\}|[\\$]\s*(?=\\)|\\[,!; ]", r" \1", bare)
    bare = re.sub(r"\\d?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", bare).rstrip(".!,; ")
    numbers = found_numbers(bare)
    if bare.lower() == "one":
        return Fraction(1)
    if len(numbers) != 1:
        return None
    one = numbers[0]
    around = bare[: one.start] + " " + bare[one.end :]
    if re.search(r"[\d=<>+*^÷×_]|[A-Za-z]\^|\w\(|/\s*$", around) or re.match(
        r"[a-z](?![a-z])", bare[one.end :]
    ):
        return None  # `4x`, `3 > 2`, `12 + y` are no numbers
    return one.value if len(around.split()) <= _FEW else None


_FEW = (
    4  # words around a number, such as its unit; more of them make a sentence that happens to hold a number
)


def final_answer(text: str) -> str | None:
    """The answer that a worked solution ends with, as it is spelled: after `####`, `A:`, `answer is`, in a box, after
    the last `=`, else the last number; None where there is none.

    >>> final_answer("3 + 4 = 7 pens"), final_answer("...so\\n#### 1,200"), final_answer("I do not know")
    ('7', '1,200', None)
    """
    said = [match["answer"].strip() for match in _ANSWER.finditer(text)]
    if said:
        tail = said[-1].strip("* ").rstrip(".")
        numbers = found_numbers(tail)
        plain = parse_number(tail)
        return (
            tail
            if plain is not None or not numbers or len(tail) < 40
            else tail[numbers[0].start : numbers[0].end]
        )
    equation = re.findall(r"\b([A-Za-z])\s*=\s*(-?[\d./,]+)\s*\.?\s*$", text.strip())
    if equation:
        return str(equation[-1][1])
    if _symbolic(text) and re.search(r"\d[A-Za-z](?![A-Za-z])|\^", text):
        return text.strip()  # `6S = P` is an answer as a whole
    numbers = found_numbers(text)
    return text[numbers[-1].start : numbers[-1].end].strip() if numbers else None


def equal(answer: str | Fraction, gold: str | Fraction) -> bool:
    """Whether `answer` is `gold`, however the two are written. A percent sign is a unit: 70, 70% and 0.7 are one.

    >>> equal("$12.00", "12"), equal("twelve", "12"), equal("7/5", "1.4"), equal("x^4", "4x")
    (True, True, True, False)
    """
    left, right = _spelled(answer), _spelled(gold)
    a, b = parse_number(left), parse_number(right)
    if a is not None and b is not None:
        percents = {"%" in text or "percent" in text.lower() for text in (left, right)}
        return a == b or (len(percents) == 2 and (a == 100 * b or 100 * a == b))
    if _folded(left) == _folded(right):
        return bool(_folded(left))
    if a is not None or b is not None:
        other = right if a is not None else left
        try:
            return value(other.replace("=", "").strip()) == (a if a is not None else b)
        except (InputError, ZeroDivisionError):
            return False if not _symbolic(other) else _same_expression(left, right)
    if not (_symbolic(left) and _symbolic(right)):
        return False
    if "=" not in left + right:
        return _same_expression(left, right)
    sides = [text.split("=") for text in (left, right)]
    if any(len(pair) != 2 or not all(part.strip() for part in pair) for pair in sides):
        return False
    # equations say the same where what their sides differ by is the same, up to the sign
    (a1, a2), (b1, b2) = sides
    return any(_same_expression(f"({a1})-({a2})", other) for other in (f"({b1})-({b2})", f"({b2})-({b1})"))


def _spelled(answer: str | Fraction) -> str:
    return spell(answer) if isinstance(answer, Fraction) else answer


def _folded(text: str) -> str:
    return re.sub(r"[\s$*`.]+", "", text).lower().replace("−", "-").replace("·", "*")


def _symbolic(text: str) -> bool:
    """Short enough and made of what an expression is made of: nothing else is handed to a computer algebra."""
    plain = text.strip()
    return (
        0 < len(plain) <= 80
        and re.fullmatch(r"[\w\s+\-*/^().=<>,{}\\·×÷%$]+", plain) is not None
        and (re.search(r"[A-Za-z]{4,}", plain.replace("sqrt", "").replace("frac", "")) is None)
        and not re.search(r"\^\s*\(?\d{3,}|\d{16,}|\^.*\^.*\^", plain)
    )


_LIMIT = 5.0  # seconds for one comparison by computer algebra


def _same_expression(left: str, right: str) -> bool:
    """math-verify's verdict. Its own limit works on the main thread only, so ours is a thread that we stop waiting for."""
    with_time = ThreadPoolExecutor(1, "math-verify")
    try:
        return with_time.submit(_verify, left, right).result(_LIMIT)
    except TooLate:
        return False
    finally:
        with_time.shutdown(wait=False, cancel_futures=True)


def _verify(left: str, right: str) -> bool:
    from math_verify import parse, verify

    for name in (
        "math_verify.parser",
        "math_verify.grader",
    ):  # they warn that their time limit is off; ours is on
        logging.getLogger(name).setLevel(logging.ERROR)
    parsed = [parse(f"${text.strip('$')}$", parsing_timeout=None) for text in (right, left)]
    return bool(all(parsed) and verify(parsed[0], parsed[1], timeout_seconds=None))


def reveals(text: str, gold: str, question: str) -> bool:
    """Whether `text` gives the answer `gold` away.

    It does when it states the number in any spelling, or states an expression that comes to it (`12 + 8`, or
    `12 + 8 = ...`) outside a question. A number that the question itself gives does not count, unless it is called
    the answer. An answer that is no number is given away by standing in the text. Limits: a number that is the answer
    by accident (`read line 20 again`) counts as given away, and a paraphrase in words (`a score of`) does not.

    >>> reveals("So you get twenty.", "20", "12 and 8?"), reveals("What is 12 + 8?", "20", "12 and 8?")
    (True, False)
    >>> reveals("It is 12 + 8 then.", "20", "12 and 8?"), reveals("You start from 12.", "12", "12 and 0?")
    (True, False)
    """
    wanted = parse_number(gold)
    if wanted is None:
        said, folded = _folded(text), _folded(gold)
        return bool(folded) and folded in said and folded not in _folded(question)
    values = set(numbers_in(text))
    same = {wanted, wanted / 100} if "%" in gold else {wanted, *([wanted / 100] if "%" in text else [])}
    if values & same:
        if wanted not in set(numbers_in(question)):
            return True
        called = (
            parse_number(match["answer"].split(",")[0].split(";")[0]) for match in _ANSWER.finditer(text)
        )
        return any(number in same for number in called)
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if sentence.rstrip().endswith("?"):
            continue
        for run in _RUN.findall(sentence):
            try:
                if value(run.rstrip(".,")) in same:
                    return True
            except (InputError, ZeroDivisionError):
                continue  # a date or a list of numbers, not a calculation
    return False
