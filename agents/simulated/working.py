"""Working: how a worked answer is spelled, and what is understood of one, step by step, from its words alone.

Knows no person. A chain of true steps stands in for reading comprehension: an equation in a text is matched to the
step whose calculation it is, a teacher's sentence to the step whose numbers or words it uses. Both can err on
words of a model or a human; they do not on words that simulated people say.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pydantic import JsonValue

from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.steps import Step, filled, value

Values = list[Fraction | None]


@dataclass(frozen=True)
class Equation:
    """`left = right` as found in a text; `left` is bare arithmetic, empty where only a result was stated."""

    left: str
    right: Fraction
    line: str


def chain(truth: Mapping[str, JsonValue] | None) -> list[Step]:
    """The true steps of a task's truth (or of what a role grants of it); none where it brings none."""
    listed = (truth or {}).get("steps")
    return [Step.model_validate(one) for one in listed] if isinstance(listed, list) else []


def written(expr: str, values: Sequence[Fraction | None]) -> str | None:
    """`expr` with earlier results put in, as a pupil writes it; None where one of them is missing.

    >>> written("#0 * 3", [Fraction(7, 2)]), written("#0 * 3", [None])
    ('3.5 * 3', None)
    """
    for name in re.findall(r"#(\d+)", expr):
        if int(name) >= len(values) or values[int(name)] is None:
            return None
    return filled(expr, [Fraction(0) if value is None else value for value in values])


_NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_RUN = re.compile(rf"(?:{_NUMBER}%?|[-+*/x×÷·−()$\s])+$")
_RESULT = re.compile(rf"\s*(?P<sign>[-−]?)\s*\$?\s*(?P<top>{_NUMBER})(?:\s*/\s*(?P<bottom>\d+))?")


def equations(text: str) -> list[Equation]:
    """All equations of `text`, in order.

    >>> [(one.left, str(one.right)) for one in equations("So 6 x 3 = 18 eggs, and 18 + 2 = $20.")]
    [('6*3', '18'), ('18+2', '20')]
    """
    found = []
    for line in text.splitlines():
        parts = line.split("=")
        for before, after in itertools.pairwise(parts):
            result = _RESULT.match(after)
            if result is None or int(result["bottom"] or 1) == 0:
                continue
            right = Fraction(result["top"].replace(",", "")) / int(result["bottom"] or 1)
            run = _RUN.search(before)
            found.append(
                Equation(_plain(run.group() if run else ""), -right if result["sign"] else right, line)
            )
    return found


def _plain(arithmetic: str) -> str:
    """One spelling of arithmetic: no blanks, one sign for each operation.

    >>> _plain(" 3 × $1,000 ")
    '3*1000'
    """
    return re.sub(r"[\s$,]", "", arithmetic).translate(str.maketrans("x×·÷−", "***/-"))


def _numbers(arithmetic: str) -> Counter[Fraction]:
    return Counter(Fraction(one) for one in re.findall(r"\d+(?:\.\d+)?|\.\d+", arithmetic))


def _likeness(equation: Equation, step: Step, values: Sequence[Fraction | None]) -> int:
    """5: the very calculation; 4: its numbers; 3: its result, from some of them; 2: most of them; 1: its result."""
    ours = written(step.expr, values)
    result = equation.right == step.value
    if ours is None:
        return int(result)
    if _plain(ours) == equation.left:
        return EXACT
    mine, theirs = _numbers(ours), _numbers(equation.left)
    shared, together = (mine & theirs).total(), (mine | theirs).total()
    if together and shared == together:
        return NUMBERS
    if result and (shared or not theirs):
        return 3
    return 2 if together and 2 * shared >= together else int(result)


EXACT, NUMBERS = 5, 4  # likeness of an equation that is the very calculation of a step, or has its numbers


def matched(
    text: str, chain: Sequence[Step], before: Sequence[Fraction | None] = ()
) -> list[tuple[int, Equation, int]]:
    """Which step each equation of `text` is: (index of the step, equation, likeness 1-5), in order of the text.

    Args:
        text: what was said.
        chain: the true steps.
        before: the results that were stated earlier, by step.
    """
    values: Values = [*before, *([None] * (len(chain) - len(before)))]
    taken: list[tuple[int, Equation, int]] = []
    for equation in equations(text):
        free = [index for index in range(len(chain)) if all(index != one for one, _, _ in taken)]
        scored = [(_likeness(equation, chain[index], _or_true(values, chain)), -index) for index in free]
        best, place = max(scored, default=(0, 0))
        if best:
            values[-place] = equation.right
            taken.append((-place, equation, best))
    return taken


def _or_true(values: Sequence[Fraction | None], chain: Sequence[Step]) -> Values:
    return [step.value if value is None else value for value, step in zip(values, chain, strict=True)]


def stated(
    text: str, chain: Sequence[Step], question: str = "", before: Sequence[Fraction | None] = ()
) -> Values:
    """The result that `text` states for each step, those of `before` standing where it is silent.

    A step whose true result stands in prose, and not in the question, counts as stated.
    """
    values: Values = [*before, *([None] * (len(chain) - len(before)))]
    for index, equation, _ in matched(text, chain, before):
        values[index] = equation.right
    given, said = set(answers.numbers_in(question)), set(answers.numbers_in(text))
    for index, step in enumerate(chain):
        if values[index] is None and step.value in said - given:
            values[index] = step.value
    return values


def own_value(step: Step, values: Sequence[Fraction | None]) -> Fraction | None:
    """What the step comes to, done rightly with `values` for earlier results; None where that is no number."""
    left = written(step.expr, values)
    try:
        return None if left is None else value(left)
    except ZeroDivisionError:
        return None


def first_wrong(values: Sequence[Fraction | None], chain: Sequence[Step]) -> int | None:
    """The first step whose stated result is wrong; else the first that is not stated, else None."""
    wrong = [index for index, step in enumerate(chain) if values[index] not in (None, step.value)]
    silent = [index for index, value in enumerate(values) if value is None]
    return min(wrong, default=min(silent, default=None))


ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS)})\s+(?:step|line)\b|\b(?:step|line)\s+(\d+)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{4,}")


def target(text: str, chain: Sequence[Step], values: Sequence[Fraction | None]) -> int | None:
    """Which step a teacher's `text` is about; None where nothing in it points to one.

    A step named by its place wins. Else each counts 3 for its result as the student has it, 1 for each of its
    numbers, and a share of 1 for each word of its wording (the whole where no other step uses it); the highest
    count of at least 1 wins, the earlier at a tie.
    """
    if named := _ORDINAL.search(text):
        index = ORDINALS.index(named[1].lower()) if named[1] else int(named[2]) - 1
        if 0 <= index < len(chain):
            return index
    said, words = _numbers(text.replace(",", "")), set(_WORD.findall(text.lower()))
    wording = [set(_WORD.findall(step.says.lower())) for step in chain]
    users = Counter(word for one in wording for word in one)
    best, best_count = None, 0.999
    for index, step in enumerate(chain):
        ours = written(step.expr, _or_true(values, chain)) or ""
        count = 3.0 * (values[index] is not None and abs(values[index] or 0) in said)
        count += len(set(said) & set(_numbers(ours))) + sum(
            1 / users[word] for word in words & wording[index]
        )
        if count > best_count:
            best, best_count = index, count
    return best


_CLAIM = re.compile(
    rf"\banswer\b[^.?!\n]{{0,24}}?\b(?:is|be|as|comes to)\s+\$?\s*(-?{_NUMBER}(?:/\d+)?)", re.IGNORECASE
)


def claimed(text: str) -> str | None:
    """The final answer that `text` says outright, true or false.

    >>> claimed("The answer should be 1,200."), claimed("Is 12 right?")
    ('1200', None)
    """
    found = _CLAIM.search(text)
    return found[1].replace(",", "").rstrip(".") if found else None
