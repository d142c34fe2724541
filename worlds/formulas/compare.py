"""Compare: whether a worked solution ends with the answer of reference, found out by numbers, units and letters alone.

Knows nothing of steps, and nothing of judges: what it cannot tell, it says it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from maieutic.worlds.formulas.quantities import DIGITS, agree, read
from maieutic.worlds.word_problems.answers import equal

Verdict = Literal["same", "different", "unclear"]

_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_STATED = re.compile(
    r"(?:####|\b(?:final |correct |right )?answer\b\**\s*(?:is\b|:|=)\s*:?|^\s*A:)",
    re.IGNORECASE | re.MULTILINE,
)
_CHOICE = re.compile(r"\(?([A-H](?:\s*,?\s*[A-H]){0,7})\)?\.?")
_CHOSEN = re.compile(
    r"(?:option|choice)?\s*\(?([A-H](?:\s*,?\s*(?:and\s+)?[A-H](?![a-z])){0,7})\)?(?=$|[.):,;\s])"
)


def stated(text: str) -> str | None:
    """The answer that a solution says outright, with its unit: in a box, behind `####`, or behind `answer is`; the last
    one counts. None where it says none.

    >>> stated("F = 3 * 4 = 12 N\\nThe answer is 12 N."), stated("so \\\\boxed{9.8\\\\ m/s^2}."), stated("It is 12 N.")
    ('12 N', '9.8\\\\ m/s^2', None)
    """
    boxed = _BOXED.findall(text)
    if boxed:
        return str(boxed[-1]).strip()
    for found in reversed(list(_STATED.finditer(text))):
        tail = text[found.end() :].partition("\n")[0].strip().strip("*`#: \t")
        first = re.split(r"(?<=[^\s])\.\s+(?=[A-Z])|;\s", tail, maxsplit=1)[0].rstrip(" .*`")
        if first:
            return first
    return None


def is_choice(answer: str) -> bool:
    """Whether an answer is nothing but the letter of a choice, or several.

    >>> is_choice("B"), is_choice("(C)"), is_choice("A, D"), is_choice("12 C"), is_choice("")
    (True, True, True, False, False)
    """
    return _CHOICE.fullmatch(answer.strip()) is not None


def _letters(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-H]", text))


def verdict(said: str | None, answer: str, digits: int = DIGITS, tolerance: float = 0.0) -> Verdict:
    """Whether an answer that was said is the answer of reference; `unclear` where numbers and units do not tell.

    Args:
        said: as it was said; None where none was.
        answer: of reference.
        digits: significant digits that are enough.
        tolerance: a relative difference that is forgiven besides rounding.

    >>> verdict("1.2 km", "1200 m"), verdict("12 N", "12 J"), verdict("12", "12 N"), verdict("13", "12 N")
    ('same', 'different', 'unclear', 'different')
    >>> verdict("0.333 m", "1/3 m"), verdict("(B)", "B"), verdict("C) 4 N", "B"), verdict("upwards", "down")
    ('same', 'same', 'different', 'unclear')
    """
    if said is None or not answer.strip():
        return "unclear"
    if is_choice(answer):
        chosen = _CHOSEN.match(said.strip())
        if chosen is None:
            return "unclear"
        return "same" if _letters(chosen[1]) == _letters(answer) else "different"
    mine, right = read(said), read(answer)
    if mine is not None and right is not None:
        same = agree(mine, right, digits, tolerance)
        if same is False and right.unit is None and equal(said, answer):
            return "same"  # a percentage beside its share, and the like
        return "unclear" if same is None else "same" if same else "different"
    if right is not None and right.unit is not None:
        return "unclear"  # what is no quantity is not to be compared as an expression with one
    return "same" if equal(said, answer) else "unclear"


def compared(view: Mapping[str, Any]) -> dict[str, Any]:
    """Compare `response` with `answer`, to `digits` significant digits and within `tolerance`, where these are given.

    >>> compared({"response": "2 * 0.6 = 1.2 km. The answer is 1.2 km.", "answer": "1200 m"})
    {'final': '1.2 km', 'verdict': 'same'}
    """
    said, answer = stated(str(view["response"])), str(view.get("answer") or "")
    digits, tolerance = int(view.get("digits", DIGITS)), float(view.get("tolerance", 0.0))
    found = verdict(said, answer, digits, tolerance)
    return {"final": None if said is None else said[:400], "verdict": found}
