"""Readers: records of GSM8K, SVAMP, MaE, MathDial, StepVerify and Bridge as word-problem tasks.

Knows nothing of files, and not how a solution becomes steps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from maieutic import InputError, Task
from maieutic.worlds.chat import KEYS, read_chat
from maieutic.worlds.row import Reader, Row
from maieutic.worlds.word_problems.answers import (
    equal,
    final_answer,
    numbers_in,
    parse_number,
    stated_answer,
)
from maieutic.worlds.word_problems.steps import (
    Negative,
    Node,
    Number,
    Operation,
    Step,
    filled,
    parse,
    skill_of,
    spell,
    value,
)
from maieutic.worlds.word_problems.worked import plain, solved, task


def _worked(row: Row, key: str, mark: str) -> tuple[list[str], str]:
    """The lines of a worked solution, and the answer behind `mark`; or no lines, where all there is is the answer."""
    text = row.amount(key)
    body, found, answer = text.rpartition(mark)
    if parse_number(answer) is None or (body.strip() and not found):
        raise row.error(
            f"does not end in {mark!r} and a number", key=key, remedy=f"end it with a line {mark} 42"
        )
    return [line for line in body.splitlines() if line.strip()], answer.strip()


def _gsm8k_task(row: Row, key: str, mark: str, **truth: JsonValue) -> Task:
    lines, answer = _worked(row, key, mark)
    attempt = truth.pop("attempt", None)
    return solved(
        f"gsm8k:{row.line}",
        row.text("question"),
        lines,
        answer,
        source="GSM8K",
        licence="MIT",
        given={"attempt": attempt} if attempt else {},
        **truth,
    )


def gsm8k(row: Row) -> Task:
    """A record of GSM8K, plain (`line <<2*3=6>>6`) or Socratic (`question ** line`), ending in `#### 42`; or the answer alone."""
    return _gsm8k_task(row, "answer", "####")


def model_solutions(row: Row) -> Task:
    """A record of GSM8K's example model solutions: the first wrong one is the student's attempt."""
    solutions: list[JsonValue] = []
    for name, said in row.data.items():
        if isinstance(said, dict) and {"is_correct", "solution"} <= said.keys():
            if not isinstance(said["is_correct"], bool) or not isinstance(said["solution"], str):
                raise row.error("expected is_correct as a bool and solution as text", key=name)
            solutions.append({"model": name, "text": said["solution"], "correct": said["is_correct"]})
    wrong: list[Any] = [one for one in solutions if isinstance(one, dict) and not one["correct"]]
    attempt = "\n".join(plain(line) for line in wrong[0]["text"].splitlines()) if wrong else None
    return _gsm8k_task(row, "ground_truth", "A:", solutions=solutions, attempt=attempt)


def svamp(row: Row) -> Task:
    """A record of SVAMP; its equation becomes one step an operation."""
    body, asked = row.text("Body").strip(), row.text("Question").strip()
    question = f"{body}{'' if body[-1] in '.,?!' else ','} {asked}"
    given = parse_number(row.amount("Answer"))
    if given is None:
        raise row.error(f"expected a number, got {row.data['Answer']!r:.40}", key="Answer")
    gold = spell(given)
    try:
        steps = list(_unfolded(parse(row.text("Equation").partition("=")[0]), question))
    except InputError as error:
        raise row.error(str(error), key="Equation", remedy="write it like ( 4.0 - 3.0 )") from None
    truth: dict[str, JsonValue] = {}
    if not steps or not equal(steps[-1].value, gold):
        steps, truth = [], {"note": "the record's equation does not lead to its answer; one step as a whole"}
    lines = [f"{filled(step.expr, [s.value for s in steps])} = {spell(step.value)}" for step in steps]
    fields: dict[str, JsonValue] = {
        "question": question,
        "solution": "\n".join(lines) or gold,
        "answer": gold,
        "topic": str(row.data.get("Type", "")),
    }
    name = str(row.data.get("ID", row.line))
    return task(f"svamp:{name}", fields, steps, gold, source="SVAMP", licence="MIT", **truth)


def _unfolded(node: Node, question: str) -> list[Step]:
    steps: list[Step] = []

    def work(part: Node) -> str:
        if isinstance(part, Number):
            return spell(part.value)
        if isinstance(part, Negative) and isinstance(part.of, Number):
            return f"-{spell(part.of.value)}"
        if not isinstance(part, Operation):
            raise InputError("an equation of SVAMP has numbers and operations only")
        expr = f"{work(part.left)} {part.operator} {work(part.right)}"
        results = [step.value for step in steps]
        try:
            got = value(expr, results)
        except ZeroDivisionError:
            raise InputError(f"{expr} divides by nought") from None
        steps.append(
            Step(
                expr=expr, value=got, skill=skill_of(expr, results), says=f"work out {filled(expr, results)}"
            )
        )
        return f"#{len(steps) - 1}"

    work(node)
    return steps


def mae(row: Row) -> Task:
    """A record of MaE, the algebra misconceptions: the learner's answer is the attempt, and its misconception is known; it is
    told to whoever plays the learner.

    Where the question is a calculation, it is the one step; else the problem is taken as a whole.
    """
    question, wrong, right = row.text("Question"), row.text("Incorrect Answer"), row.text("Correct Answer")
    name, says = row.text("Misconception ID"), row.text("Misconception")
    gold = _last_value(right)
    steps: list[Step] = []
    for expr in _calculations(question):
        try:
            got = value(expr)
        except (InputError, ZeroDivisionError):
            continue  # most questions are no bare calculation; they are taken as a whole
        if equal(got, gold):
            steps = [Step(expr=expr, value=got, skill=skill_of(expr), says=f"work out {expr}")]
            break
    fields: dict[str, JsonValue] = {
        "question": question,
        "solution": right,
        "answer": gold,
        "attempt": wrong,
        "topic": str(row.data.get("Topic", "")),
        "profile": f"What goes wrong in your thinking: {says}",
    }
    given = _last_value(wrong)
    notes = []
    if equal(given, gold):  # then the whole attempt is what went wrong, and no result of a step would show it
        given, steps = wrong.strip(), []
        notes.append("the wrong way leads to the right number; one step as a whole")
    truth: dict[str, JsonValue] = {
        "misconception": name,
        "misconception_says": says,
        "wrong_answer": given,
    }
    if row.data.get("Question image"):
        notes.append("the question refers to an image that is not in the record")
    if notes:
        truth["note"] = "; ".join(notes)
    number = row.data.get("Example Number", row.line)
    return task(f"mae:{name}-{number}", fields, steps, gold, source="MaE", licence="MIT", **truth)


def _last_value(text: str) -> str:
    """What a line of equalities comes to (`6/8=3/4` is 3/4); the whole text where that is no number."""
    below = re.split(r"-{3,}\s*\n", text.strip())[
        -1
    ].strip()  # a sum written column by column has its result below a rule
    if below != text.strip() and parse_number(below) is not None:
        return below.strip("$ ").rstrip(".")
    solved = re.findall(r"^\s*[A-Za-z]\s*=\s*(-?\s*[\d./ ]+?)\s*$", text, re.MULTILINE)
    if solved:
        return str(solved[-1]).strip()  # `x = 3`, whatever is checked below it
    tail = re.split(r"=", text.strip().splitlines()[-1])[-1].strip()
    if parse_number(tail) is not None and "=" in text:
        return tail
    whole = final_answer(text) if parse_number(text) is not None else None
    return whole or text.strip()


_AMOUNT = r"(-?\$?(?:\d[\d,]*\.?\d*|\.\d+)(?:\s+\d+/\d+|/\d+)?%?)"
_ASKED = tuple(
    (re.compile(rf"\b{words.replace('#', _AMOUNT)}(?![\w/])", re.IGNORECASE), expr)
    for words, expr in (
        ("(?:subtract|take) # from #", "{1} - {0}"),
        ("(?:difference|difference of|difference between) (?:of |between )?# and #", "{0} - {1}"),
        ("(?:add|sum of) # (?:and|to) #", "{0} + {1}"),
        ("(?:multiply|product of) # (?:and|by) #", "{0} * {1}"),
        ("(?:divide|quotient of) # (?:and|by) #", "{0} / {1}"),
        ("what percent(?:age)? of # is #", "{1} / {0} * 100"),
        ("what is # of #", "{0} * {1}"),
    )
)


def _calculations(question: str) -> list[str]:
    """What a question may ask to work out: in signs (`5 3/8 - 2 2/3 =`), or in words (`Subtract 3/5 from 8`)."""
    found = [
        expr.format(*(_amount(part) for part in match.groups()))
        for asked, expr in _ASKED
        if (match := asked.search(question))
    ]
    bare = re.sub(r"^[A-Za-z ,:]*?(?=[-(\d.$])", "", question.strip()).rstrip("=?. \n")
    bare = re.sub(r"(\d+)\s+(\d+/\d+)", r"(\1 + \2)", bare)
    if re.search(r"\d\s*[-+*/x×÷−–·(]", bare) and not re.fullmatch(r"\s*\d+\s*/\s*\d+\s*", bare):
        found.append(re.sub(r"\s*[÷×]\s*", lambda sign: f" {sign[0].strip()} ", bare))
    return found


def _amount(text: str) -> str:
    whole, mixed, part = text.replace("$", "").rstrip(".,").partition(" ")
    return f"({whole} + {part.strip()})" if mixed else whole


def mathdial(row: Row) -> Task:
    """A record of MathDial: the student's wrong solution is the attempt; what the teacher saw in it is part of the truth."""
    lines, answer = _ended(row, "ground_truth", row.text("ground_truth").splitlines())
    told = row.data.get("teacher_described_confusion")
    given: dict[str, JsonValue] = {"attempt": row.text("student_incorrect_solution").strip()}
    if isinstance(row.data.get("student_profile"), str):
        given["profile"] = row.data["student_profile"]
    return solved(
        f"mathdial:{row.data.get('qid', '')}:{row.line}",  # one problem has many dialogues
        row.text("question"),
        lines,
        answer,
        source="MathDial",
        licence="CC-BY-SA-4.0",
        given=given,
        **({"confusion": told} if isinstance(told, str) else {}),
    )


def stepverify(row: Row) -> Task:
    """A record of stepwise verification (Daheim et al., 2024): the attempt in steps, and which of them is the first wrong one.

    The truth has `wrong_step` (an index into the lines of the attempt, from 0), `wrong_line` (its words), `error` (its
    category) and `confusion`.
    """
    lines, answer = _ended(row, "reference_solution", row.text("reference_solution").splitlines())
    tried = row.texts("student_incorrect_solution")
    wrong = row.get("incorrect_index", int)
    if not 0 <= wrong < len(tried):
        raise row.error(
            f"is {wrong}, the student's solution has {len(tried)} steps",
            key="incorrect_index",
            remedy="count its steps from 0",
        )
    said = {"error": row.data.get("error_category"), "confusion": row.data.get("error_description")}
    known: dict[str, JsonValue] = {key: one for key, one in said.items() if isinstance(one, str)}
    attempt = [" ".join(line.split()) for line in tried]
    return solved(
        f"stepverify:{row.line}",
        row.text("problem"),
        lines,
        answer,
        source="StepVerify",
        licence="CC-BY-SA-4.0",
        given={
            "attempt": "\n".join(attempt),
            "topic": str(row.data.get("topic", "")),
        },
        wrong_step=wrong,
        wrong_line=attempt[wrong],
        **known,
    )


def bridge(row: Row) -> Task:
    """A record of Bridge: what was said is the question, the student's last words are the attempt.

    The answer is what the expert has the student come to; a record that tells none has no field `answer`. The truth has the
    expert's `error`, `strategy`, `intention` and reply (`expert`), and the reply of the chat's own tutor (`novice`).
    """
    chat = read_chat(row)
    goal, known = chat.goal or ("", "")
    fields: dict[str, JsonValue] = {"question": chat.talk or chat.attempt, "topic": chat.topic}
    truth: dict[str, JsonValue] = {
        "error": chat.error,
        "strategy": chat.strategy,
        "intention": chat.intention,
    }
    truth |= {"expert": chat.expert} | ({"novice": chat.novice} if chat.novice else {})
    if chat.attempt and chat.talk:
        fields["attempt"] = chat.attempt
    if goal:
        number = final_answer(goal) if len(numbers_in(goal)) == 1 else None
        goal = (
            number if number is not None and parse_number(goal) is None and len(goal.split()) > _FEW else goal
        )
        fields |= {"answer": goal, "solution": chat.after[-1].text if chat.after else goal}
        truth["note"] = f"the answer is {_GOALS[known]}; one step as a whole"
        if chat.attempt and not equal(final_answer(chat.attempt) or chat.attempt, goal):
            truth["wrong_answer"] = chat.attempt
    name = f"bridge:{chat.name or 'chat'}:{row.line}"
    return task(name, fields, [], goal, source="Bridge", licence="MIT", **truth)


_FEW = 4  # words of an answer beside its number
_GOALS = {
    "confirmed": "what the expert's talk confirms",
    "attempt": "the student's own, in which the expert saw no mistake",
    "last": "the student's last words in the expert's talk, which nobody confirms",
}


def _ended(row: Row, key: str, lines: Sequence[str]) -> tuple[list[str], str]:
    """The lines of a solution, and the number that stands alone in the last of them, or is called the answer there."""
    told = [line for line in lines if line.strip()]
    answer = told[-1].strip().removeprefix("####").strip()
    if parse_number(answer) is not None:
        return told[:-1], answer
    said = stated_answer(told[-1])
    if said is None or parse_number(said) is None:
        raise row.error("does not end in a line with a number alone", key=key, remedy="end it with a line 42")
    return told, said


READERS = (
    Reader(
        "gsm8k-model-solutions",
        frozenset({"question", "ground_truth", "6b_finetuning", "175b_verification"}),
        model_solutions,
    ),
    Reader("gsm8k", frozenset({"question", "answer"}), gsm8k),
    Reader("svamp", frozenset({"Body", "Question", "Equation", "Answer"}), svamp),
    Reader(
        "mae",
        frozenset({"Misconception ID", "Misconception", "Question", "Incorrect Answer", "Correct Answer"}),
        mae,
    ),
    Reader("mathdial", frozenset({"question", "ground_truth", "student_incorrect_solution"}), mathdial),
    Reader(
        "stepverify",
        frozenset({"problem", "reference_solution", "student_incorrect_solution", "incorrect_index"}),
        stepverify,
    ),
    Reader("bridge", KEYS, bridge),
)
