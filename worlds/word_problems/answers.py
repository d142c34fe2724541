"""Answers: where a text says its final answer, whether two answers are the same, whether a text gives one away.

Knows nothing of tasks. Exact rules come first: words, separators, currency, percent, fractions, mixed numbers, units.
What is no number is compared as text and then as an expression by math-verify, within a time limit.
"""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

from maieutic import InputError
from maieutic.worlds.word_problems.numerals import (
    Found,
    found_numbers,
    numbers_in,
    parse_number,
)
from maieutic.worlds.word_problems.steps import spell, value

__all__ = ["Found", "equal", "final_answer", "found_numbers", "numbers_in", "parse_number", "reveals"]

_ANSWER = re.compile(
    r"(?:####|^\s*A:|\b(?:final answer|answer)\b\**\s*(?:is\b|was\b|:|=)\s*:?|\bans\s*:)\s*(?P<answer>[^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


def final_answer(text: str) -> str | None:
    """The answer that a worked solution ends with, as it is spelled: in a box, after `####`, `A:` or `answer is`, after
    the last `=`, else the last number; None where there is none.

    >>> final_answer("3 + 4 = 7 pens"), final_answer("...so\\n#### 1,200"), final_answer("I do not know")
    ('7', '1,200', None)
    >>> final_answer("The answer is 5. Then I checked 7."), final_answer("It is $\\\\boxed{\\\\frac{1}{2}}$.")
    ('5', '\\\\frac{1}{2}')
    """
    boxed = _BOXED.findall(text)
    if boxed:
        return str(boxed[-1]).strip()
    said = [match["answer"] for match in _ANSWER.finditer(text)]
    for tail in reversed(said):
        found = _said(tail.strip("*`#: \t"))
        if found:
            return found
    equation = re.search(r"\b[A-Za-z]\s*=\s*(-?[\d./,]+)\s*$", text.rstrip(" .\n\t*"))
    if equation:
        return equation[1].rstrip(".,")
    if _symbolic(text) and re.search(r"\d[A-Za-z](?![A-Za-z])|\^", text):
        return text.strip()  # `6S = P` is an answer as a whole
    numbers = found_numbers(text)
    return text[numbers[-1].start : numbers[-1].end].strip() if numbers else None


NONE = "[none]"  # a missing answer; it never matches, whatever the right one is


def stated_answer(text: str) -> str | None:
    """The answer that stands after the last word `answer`; None where no number does.

    >>> stated_answer("6 + 1 = 7. The answer is 7."), stated_answer("The answer is as above."), stated_answer("7")
    ('7', None, None)
    """
    _, mark, tail = text.rpartition("nswer")
    return final_answer(f"answer{tail}") if mark and numbers_in(tail) else None


def exact_match(view: Mapping[str, Any]) -> dict[str, Any]:
    """Mark `response` against `answer`, after cleaning; without a final answer, or a right one, nothing is correct.

    >>> exact_match({"response": "The answer is 1,200.", "answer": "1200"})
    {'final': '1,200', 'correct': True}
    >>> exact_match({"response": "So the answer is a hexagon.", "answer": "a hexagon"})
    {'final': 'a hexagon', 'correct': True}
    """
    response, gold = str(view["response"]), str(view.get("answer") or "").strip()
    final = stated_answer(response)
    if (
        final is None and gold != NONE and not numbers_in(gold)
    ):  # an answer in words: `The answer is a hexagon.`
        said = re.findall(r"nswer(?:\s+is|\s*[:=])\s+([^\n]+)", response)
        final = said[-1].strip().rstrip(".!") if said else None
    return {"final": (final or NONE)[:400], "correct": bool(final and gold) and equal(final or NONE, gold)}


def _said(tail: str) -> str:
    """The answer at the beginning of what follows a mark."""
    tail = tail.rstrip(".*` ")
    if parse_number(tail) is not None:
        return tail
    first = re.split(r"(?<=[^\d\s])\.\s|(?<=\d)\.\s|;\s", tail, maxsplit=1)[0].rstrip(".*` ")
    for part in (first, first.rpartition("=")[2].strip()):
        if parse_number(part) is not None:
            return part
    if _symbolic(first):
        return first
    numbers = found_numbers(first)
    return first[numbers[0].start : numbers[0].end].strip() if numbers else first


def equal(answer: str | Fraction, gold: str | Fraction) -> bool:
    """Whether `answer` is `gold`, however the two are written. A percent sign is a unit: 70, 70% and 0.7 are one, and
    so are 50 cents and $0.50. Rounding is not forgiven: 0.33 is not 1/3.

    >>> equal("$12.00", "12"), equal("twelve", "12"), equal("7/5", "1.4"), equal("x^4", "4x")
    (True, True, True, False)
    >>> equal("50 cents", "$0.50"), equal("12 m", "12"), equal("12m", "12"), equal("6P", "6")
    (True, True, True, False)
    """
    left, right = _spelled(answer), _spelled(gold)
    a, b = parse_number(left), parse_number(right)
    if a is None and b is not None:  # `12m`: a unit of one letter, where the gold says that it is a number
        unit = re.fullmatch(r"\s*(\S*\d)[gmhslL]\.?\s*", left)
        a = parse_number(unit[1]) if unit else None
    if a is not None and b is not None:
        percents = {"%" in text or "percent" in text.lower() for text in (left, right)}
        cents = [re.search(r"\bcents?\b|¢", text) is not None for text in (left, right)]
        money = [re.search(r"\$|\bdollars?\b", text) is not None for text in (left, right)]
        if (cents[0] and money[1] and not money[0]) or (cents[1] and money[0] and not money[1]):
            return a == 100 * b if cents[0] else 100 * a == b
        return a == b or (len(percents) == 2 and (a == 100 * b or 100 * a == b))
    if _folded(left) == _folded(right):
        return bool(_folded(left))
    if a is not None or b is not None:
        other = right if a is not None else left
        try:
            return value(other.replace("=", "").strip()) == (a if a is not None else b)
        except (InputError, ZeroDivisionError):
            # a number is no expression with a variable; math-verify would take some of these for units
            variable = re.search(r"[A-Za-z]", re.sub(r"\\?(?:sqrt|d?frac|cdot|times|pi)", "", other))
            return not variable and _symbolic(other) and "=" not in other and _same_expression(left, right)
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
    """Short enough and made of what an expression is made of: nothing else is handed to a computer algebra.

    Powers of powers and long exponents are kept from it: a power of whole numbers is worked out in one piece, and no
    time limit would stop that.
    """
    plain = text.strip()
    return (
        0 < len(plain) <= 80
        and re.fullmatch(r"[\w\s+\-*/^().=<>,{}\\·×÷%$]+", plain) is not None
        and (re.search(r"[A-Za-z]{4,}", plain.replace("sqrt", "").replace("frac", "")) is None)
        and not re.search(r"\d{16,}|(?:\^|\*\*)[\s({]*-?\d{3,}|[)}]\s*(?:\^|\*\*).*[)}]\s*(?:\^|\*\*)", plain)
        and not re.search(r"(?:\^|\*\*)\s*(?:-?(?:\d[\d.]*|[A-Za-z])\s*|[({][^)}]*)(?:\^|\*\*)", plain)
    )


_LIMIT = 5.0  # seconds of processor time for one comparison by computer algebra
_PATIENCE = 120.0  # seconds by the clock, whatever else the machine does


def _same_expression(left: str, right: str) -> bool:
    """math-verify's verdict; False where it takes too long.

    Its own limit works on the main thread only, so ours is a thread that we stop waiting for and that no exit waits for.
    What counts is the thread's own time, so that a busy machine comes to the same verdict.
    """
    import math_verify  # a heavy one, and not to be loaded within the limit

    verdict: list[bool] = []
    work = threading.Thread(
        target=lambda: verdict.append(_verify(math_verify, left, right)), name="math-verify", daemon=True
    )
    work.start()
    begun = time.monotonic()
    work.join(_LIMIT)
    while work.is_alive() and time.monotonic() - begun < _PATIENCE and _spent(work) < _LIMIT:
        work.join(_LIMIT / 10)
    return bool(verdict and verdict[0])


def _spent(work: threading.Thread) -> float:
    """Processor time of a running thread in seconds; no end where the system does not tell."""
    try:
        return int(Path(f"/proc/self/task/{work.native_id}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        return math.inf


def _verify(math_verify: ModuleType, left: str, right: str) -> bool:
    for name in (
        "math_verify.parser",
        "math_verify.grader",
    ):  # they warn that their time limit is off; ours is on
        logging.getLogger(name).setLevel(logging.ERROR)
    parsed = [math_verify.parse(f"${text.strip('$')}$", parsing_timeout=None) for text in (right, left)]
    return bool(all(parsed) and math_verify.verify(parsed[0], parsed[1], timeout_seconds=None))


_SIGNS = {
    "plus": "+",
    "added to": "+",
    "minus": "-",
    "times": "*",
    "multiplied by": "*",
    "divided by": "/",
    "over": "/",
}
_SAID = re.compile(rf"\s+(?:{'|'.join(_SIGNS)})\s+", re.IGNORECASE)
_LITERAL = r"[$(]{0,3}[-−]?[$(]{0,3}\d[\d.,]{0,20}%?\){0,3}"
_RUN = re.compile(rf"(?<![\d.,$(]){_LITERAL}(?:\s*[-+*/x×÷−·]\s*{_LITERAL}){{1,12}}")
_LABEL = re.compile(
    r"\b(?:step|line|question|part|problem|exercise|hint|task|point|number)\s+(?:#\s*)?\d{1,2}\b(?!\s*[%/,.]?\d)",
    re.IGNORECASE,
)


def reveals(text: str, gold: str, question: str) -> bool:
    """Whether `text` gives the answer `gold` away.

    It does when it states the number in any spelling, or states an expression that comes to it (`12 + 8`, `twelve plus
    eight`) outside a question. What only repeats the question does not count, be it a number or a calculation, unless
    it is called the answer; nor does the number of a step or of a list's item. An answer that is no number is given
    away by standing in the text as words of its own. Limits: a number that is the answer by accident (`20 minutes are
    left for today`) counts as given away; a paraphrase (`a score`), an expression with a symbol or one that is asked
    about, and an answer that is also a number of the question and is not called the answer, do not.

    >>> reveals("So you get twenty.", "20", "12 and 8?"), reveals("What is 12 + 8?", "20", "12 and 8?")
    (True, False)
    >>> reveals("It is twelve plus 8.", "20", "12 and 8?"), reveals("You start from 12.", "12", "12 and 0?")
    (True, False)
    >>> reveals("Look at step 2 again.", "2", "6 less 4?"), reveals("You wrote 6 - 4.", "2", "What is 6 - 4?")
    (False, False)
    """
    wanted = parse_number(gold)
    if wanted is None:
        words = [re.escape(word) for word in re.findall(r"[^\s$`*]", gold)]
        if not words:
            return False
        spaced = r"[\s$`*]*".join(words)
        own = re.compile(rf"(?<![A-Za-z0-9^]){spaced}(?![A-Za-z0-9^])", re.IGNORECASE)
        return own.search(text) is not None and own.search(question) is None
    text = _LABEL.sub(" ", _unnumbered(text))
    found = found_numbers(text)
    if "%" in gold:
        same = {wanted, 100 * wanted}
        said = {one.value for one in found}
    else:
        same = {wanted}
        said = {one.value for one in found} | {one.bare for one in found if one.percent}
    if said & same:
        asked = {number for one in found_numbers(question) for number in (one.value, one.bare)}
        if not asked & same:
            return True
        called = (parse_number(_said(match["answer"].strip("*`#: \t"))) for match in _ANSWER.finditer(text))
        if any(number in same for number in called):
            return True
    given = re.sub(r"[\s$,]", "", _in_signs(question))
    for sentence in re.split(r"(?<=[.!?])\s+", _in_signs(text)):
        if sentence.rstrip().endswith("?"):
            continue
        for run in _RUN.findall(sentence):
            if re.sub(r"[\s$,]", "", run).rstrip(".") in given:
                continue
            try:
                if value(_balanced(run.rstrip(".,").replace("·", "*"))) in same:
                    return True
            except (InputError, ZeroDivisionError):
                continue  # a date or a list of numbers, not a calculation
    return False


def _balanced(run: str) -> str:
    """A run of arithmetic cut out of a sentence: `(12 + 8` has a parenthesis too many."""
    spare = run.count("(") - run.count(")")
    if spare > 0:
        return run.replace("(", "", spare)
    return run[: len(run) + spare] if spare and run.endswith(")" * -spare) else run


def _unnumbered(text: str) -> str:
    """`text` without the marks of a numbered list, as long as they count from one."""
    lines, wanted = text.split("\n"), 1
    for place, line in enumerate(lines):
        mark = re.match(rf"\s*{wanted}[.)]\s+(?=\S)", line)
        if mark and (wanted > 1 or any(re.match(r"\s*2[.)]\s+\S", later) for later in lines[place + 1 :])):
            lines[place], wanted = line[mark.end() :], wanted + 1
    return "\n".join(lines)


def _in_signs(text: str) -> str:
    """`twelve plus 8` as `12 + 8`: operators named in words become signs, and their worded operands digits."""
    if not _SAID.search(text):
        return text
    for one in reversed(found_numbers(text)):
        if text[one.start].isalpha():
            text = f"{text[: one.start]}{spell(one.value)}{text[one.end :]}"
    return _SAID.sub(lambda match: f" {_SIGNS[match[0].strip().lower()]} ", text)
