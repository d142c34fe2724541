"""Worked: a solution in words with its calculations, as a task with a chain of steps.

Knows nothing of kinds of records. Calculations become a chain of steps in which a number that an earlier step worked out
refers to that step, so that a wrong value runs on; a chain that does not lead to the answer is left out, and the task
says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from pydantic import JsonValue

from maieutic import InputError, Task
from maieutic.worlds.word_problems.answers import equal, found_numbers, parse_number
from maieutic.worlds.word_problems.misconceptions import applicable
from maieutic.worlds.word_problems.steps import Operation, Step, filled, parse, skill_of, spell, value

_NOTE = re.compile(r"<<([^<>=]*)=([^<>]*)>>")
_OPERAND = r"[$(]{0,3}\.?\d[\d.,]{0,20}%?\){0,3}"
_PLAIN = re.compile(
    rf"(?<![\w.,$(])({_OPERAND}(?:\s*(?:[-+*/x×÷−–·]\s*|(?=\()){_OPERAND})+)\s*=\s*\$?\s*(-?[\d,]*\.?\d+%?)"
)
_UNIT = re.compile(r"(?<=[\d)])\s+[A-Za-z]+(?:(?:\s+|/|-)[A-Za-z]+){0,5}(?=\s*[-+*/×÷−–·=)])")
_LITERAL = re.compile(r"(?<![\w#.,])\$?(\d[\d,]*\.?\d*|\.\d+)(?![\d.,]*\d|%)")


def task(
    name: str,
    fields: dict[str, JsonValue],
    steps: Sequence[Step],
    answer: str,
    *,
    source: str,
    licence: str,
    **truth: JsonValue,
) -> Task:
    """A word-problem task with its truth spelled as JSON."""
    results = [step.value for step in steps]
    names = dict.fromkeys(one for step in steps for one in applicable(filled(step.expr, results)))
    facts: dict[str, JsonValue] = {
        "steps": [step.model_dump(mode="json") for step in steps],
        "answer": answer,
        "misconceptions": list(names),
    }
    return Task(
        id=name, world="word-problems", fields=fields, truth=facts | truth, source=source, licence=licence
    )


def chained(notes: Sequence[tuple[str, str, str]], question: str, gold: str) -> list[Step]:
    """Annotations `(expression, result, line)` as steps that lead to `gold`; empty where they do not.

    Annotations without an operation are no steps, and what comes after the last step that gives `gold` is left out.

    >>> [step.expr for step in chained([("2*3", "6", ""), ("6+1", "7", "")], "2 bags of 3 and 1", "7")]
    ['2*3', '#0+1']
    """
    given = {number for one in found_numbers(question) for number in (one.value, one.bare)}
    for link in (True, False):
        steps: list[Step] = []
        noted: list[Fraction | None] = []
        for expr, result, says in notes:
            step = _step(expr, says, steps, noted if link else [], given, gold)
            if step is not None:
                steps.append(step)
                noted.append(parse_number(result))
        while steps and not equal(steps[-1].value, gold):
            steps.pop()
        if steps:
            return steps
    return []


def _step(
    expr: str,
    says: str,
    steps: Sequence[Step],
    noted: Sequence[Fraction | None],
    given: set[Fraction],
    gold: str,
) -> Step | None:
    """One annotation as a step after `steps`; None where it is no calculation (whether its chain still leads to the
    answer is for the caller to see)."""
    results = [step.value for step in steps]
    try:
        if not isinstance(parse(expr), Operation):
            return None
        linked = _linked(expr, steps, noted, given) if noted else expr
        got = value(linked, results)
        if "100%" in linked and not equal(got, gold) and equal(100 * got, gold):
            linked, got = (
                linked.replace("100%", "100"),
                100 * got,
            )  # `5/20 * 100% = 25%`, where 25 is the answer
        return Step(expr=linked, value=got, skill=skill_of(linked, results), says=says)
    except (InputError, ZeroDivisionError):
        return None


def _notes(line: str) -> list[tuple[str, str]]:
    """The annotated calculations of a line, and those written out with no annotation that come to what they claim."""
    found = [(one.start(), one[1], one[2]) for one in _NOTE.finditer(line)]
    bare = _NOTE.sub(lambda one: " " * len(one[0]), line)
    if bare == line:  # nobody annotated it: `60 potatoes * 2 minutes per potato = 120 minutes`
        bare = _UNIT.sub(lambda one: " " * len(one[0]), line)
    for one in _PLAIN.finditer(bare):
        if any(one.start() <= place < one.end() for place, _, _ in found):
            continue
        try:
            claimed, got = parse_number(one[2]), value(one[1])
        except (InputError, ZeroDivisionError):
            continue  # a list or a date with an equals sign behind it
        if claimed == got or (claimed is not None and "100%" in one[1] and claimed == got / 100):
            found.append((one.start(), one[1], one[2]))
    return [(expr, result) for _, expr, result in sorted(found)]


def _linked(expr: str, steps: Sequence[Step], noted: Sequence[Fraction | None], given: set[Fraction]) -> str:
    def refer(found: re.Match[str]) -> str:
        number = Fraction(found[1].replace(",", "").rstrip("."))
        if number in given:
            return found[0]
        for index in range(len(steps) - 1, -1, -1):
            if number in (steps[index].value, noted[index]):
                return f"#{index}"
        return found[0]

    return _LITERAL.sub(refer, expr.strip())


def plain(text: str) -> str:
    """A line without its annotations."""
    return re.sub(r"\s+", " ", _NOTE.sub("", text)).strip()


def solved(
    name: str,
    question: str,
    lines: Sequence[str],
    answer: str,
    *,
    source: str,
    licence: str,
    given: Mapping[str, JsonValue],
    **truth: JsonValue,
) -> Task:
    """A task with a solution in lines that hold calculations, annotated or plain.

    Args:
        name: of the task.
        question: the problem.
        lines: of the solution; what stands before `**` in a line is the question that it answers.
        answer: a number, with its sign of percent where it has one.
        source: the data set.
        licence: of the data set.
        given: further fields of the task.
        **truth: what is known of it beside its steps.
    """
    notes = []
    for line in lines:
        asked, stars, worked = line.partition("**")
        says = plain(asked if stars else line)
        notes += [(expr, result, says) for expr, result in _notes(worked if stars else line)]
    steps = chained(notes, question, answer)
    solution = "\n".join(plain(line.partition("**")[2] or line) for line in lines)
    amount = parse_number(answer) or Fraction(0)
    gold = f"{spell(100 * amount)}%" if "%" in answer else spell(amount)
    fields: dict[str, JsonValue] = {"question": question, "solution": solution, "answer": gold, **given}
    if not steps:
        truth["note"] = "the record's own calculations do not lead to its answer; one step as a whole"
    return task(name, fields, steps, gold, source=source, licence=licence, **truth)
