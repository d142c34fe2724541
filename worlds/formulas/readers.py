"""Readers: records of science questions as formula tasks: with a number and a unit, with a choice, with a worked solution.

Knows nothing of files. Word problems of the kind of GSM8K are read as their own world reads them. No true steps are known of
the other kinds, so that only answers can be held against the truth.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import JsonValue

from maieutic import Task
from maieutic.worlds.formulas.compare import stated
from maieutic.worlds.formulas.units import plain
from maieutic.worlds.row import Reader, Row
from maieutic.worlds.word_problems.numerals import parse_number
from maieutic.worlds.word_problems.readers import gsm8k

_LETTERS = "ABCDEFGH"


def _task(row: Row, kind: str, question: str, answer: str, solution: str = "", **truth: JsonValue) -> Task:
    name = row.data.get("id", row.data.get("problemid", ""))
    fields: dict[str, JsonValue] = {"question": question.strip(), "answer": answer}
    if solution.strip():
        fields["solution"] = solution.strip()
    told = {
        key: str(row.data[key])
        for key in ("topic", "subject", "category")
        if isinstance(row.data.get(key), str)
    }
    return Task(
        id=f"{kind}:{f'{name}'.strip() or 'line'}:{row.line}",
        world="formulas",
        fields={**told, **fields},
        truth={"answer": answer, **truth},
        source=kind,
        licence="unknown",
    )


def _amount(row: Row, key: str) -> str:
    """A number that is written as one or as text."""
    given: Any = row.data.get(key)
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return f"{given}"
    text = plain(row.text(key))
    if parse_number(text) is None and not re.search(r"\d", text):
        raise row.error(f"is no number: {text!r:.40}", key=key, remedy='give a number, as 9.8 or "9.8"')
    return text


def scibench(row: Row) -> Task:
    """A record of the kind of SciBench: a problem, a number and its unit, with a solution or without."""
    unit = plain(str(row.data.get("unit") or "")).strip("$ ")
    scale = re.match(r"\*?\s*10\s*\^\s*(-?\d+)\s*", unit)  # some units are given with a power of ten
    number = _amount(row, "answer_number")
    if scale is not None:
        number, unit = f"{number} × 10^{scale[1]}", unit[scale.end() :]
    solution = str(row.data.get("solution") or "")
    return _task(row, "scibench", row.text("problem_text"), f"{number} {unit}".strip(), solution)


def with_unit(row: Row) -> Task:
    """A question, a number and its unit under keys of their own."""
    return _task(
        row,
        "quantity",
        row.text("question"),
        f"{_amount(row, 'answer')} {row.get('unit', str).strip()}".strip(),
    )


def question_answer(row: Row) -> Task:
    """A question and an answer: a quantity, an expression, a choice; a worked solution before `####` is one of GSM8K."""
    answer: Any = row.data.get("answer")
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        answer = f"{answer}"
    elif not isinstance(answer, str) or not answer.strip():
        raise row.error("expected a text or a number", key="answer", remedy='give it as "12 N"')
    if "####" in answer or re.fullmatch(r"\s*\$?-?[\d.,]+%?\s*", answer):
        return gsm8k(Row({**row.data, "answer": answer}, row.file, row.line))
    return _task(row, "quantity", row.text("question"), answer.strip(), str(row.data.get("solution") or ""))


def choice(row: Row) -> Task:
    """A question with choices and the letter of the right one (`answerKey`); labels that are numbers become letters."""
    choices: Any = row.get("choices", dict)
    texts, labels = choices.get("text"), choices.get("label")
    if not isinstance(texts, list) or not isinstance(labels, list) or not 2 <= len(texts) <= len(_LETTERS):
        raise row.error(
            f"expected two to {len(_LETTERS)} texts and their labels",
            key="choices",
            remedy='write {"text": [...], "label": ["A", ...]}',
        )
    key = row.text("answerKey").strip()
    if len(texts) != len(labels) or key not in labels:
        raise row.error(f"is {key!r}, the labels are {labels}", key="answerKey")
    lines = [f"{letter}) {text}" for letter, text in zip(_LETTERS, texts, strict=False)]
    answer = _LETTERS[labels.index(key)]
    return _task(row, "choice", "\n".join([row.text("question"), *lines]), answer, choices=len(texts))


def instruction(row: Row) -> Task:
    """A record of the kind of SciInstruct: `content`, `summary` and, where it is kept, `real_answer`; else the summary's
    own answer is the reference."""
    summary = row.text("summary")
    given: Any = row.data.get("real_answer")
    answer = given.strip() if isinstance(given, str) else ""
    said = answer or stated(summary)
    if not said:
        raise row.error(
            "names no answer, and there is no real_answer",
            key="summary",
            remedy="add real_answer, or end the summary with `The answer is ...`",
        )
    return _task(row, "sci-instruct", row.text("content"), said, summary)


READERS = (
    Reader("scibench", frozenset({"problem_text", "answer_number", "unit"}), scibench),
    Reader("choice", frozenset({"question", "choices", "answerKey"}), choice),
    Reader("sci-instruct", frozenset({"content", "summary"}), instruction),
    Reader("quantity-with-unit", frozenset({"question", "answer", "unit"}), with_unit),
    Reader("quantity", frozenset({"question", "answer"}), question_answer),
)
