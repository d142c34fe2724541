"""Parts: the subproblems of a word problem, what pupils say of one, and what that is worth in the codes of CLASS.

Knows no person. Words are read by rules that hold for what simulated pupils say; words of a model or a human can be
misread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pydantic import JsonValue

from maieutic.agents.simulated.problem import Problem, problem
from maieutic.agents.simulated.working import written
from maieutic.roles.tutor import Action, Evaluation
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.steps import spell

Wish = Literal["hint", "solution", "back", "meaning"]  # what a student asks for
ACTS: Mapping[str, str] = {"+": "add", "-": "take away", "*": "multiply", "/": "divide"}
WISHED: Mapping[Wish, Action] = {"hint": 8, "solution": 9, "back": 10, "meaning": 11}
_STATED = re.compile(
    r"(?:=|\b(?:is|get|got|makes?|answer|comes? to|have)\b)\W{0,4}(?:about\s|only\s)?\$?-?[\d.]",
    re.IGNORECASE,
)
_ACTING = re.compile(
    r"\b(?:add|plus|subtract|take away|minus|multipl|times|divid|share|split)", re.IGNORECASE
)


@dataclass(frozen=True)
class Part:
    """A subproblem.

    Attributes:
        question: as it is asked.
        answer: the right one.
        left: the calculation with the true results of earlier parts in it; None where there is none.
        act: what has to be done, in words.
        wrong: a wrong answer that its author says is often given; None where nobody says one.
        hint: its author's; None where there is none.
    """

    question: str
    answer: str
    left: str | None
    act: str
    wrong: str | None = None
    hint: str | None = None

    @property
    def solution(self) -> str:
        """The part worked out."""
        return f"{self.left} = {self.answer}" if self.left else f"the answer is {self.answer}"


def parts_of(view: Mapping[str, JsonValue], truth: Mapping[str, JsonValue] | None) -> list[Part]:
    """The parts of a problem: those that the truth lists, else one for each true step; one for the whole where it has none;
    none without an answer."""
    listed: Any = (truth or {}).get("parts")
    if listed:
        return [Part(**one) for one in listed]
    task = problem(view, truth or {})
    if task is None:
        return []
    if not task.chain:
        return [Part(_asked(task.question), task.answer, None, "work it out")]
    parts: list[Part] = []
    for index in range(task.length):
        part, asked = _part(task, index), {one.question for one in parts}
        if part.question in asked:  # some records ask one thing for several steps
            part = replace(part, question=f"What do you get for {part.left}?")
        if part.question in asked:
            part = replace(part, question=f"In step {index + 1}, what do you get for {part.left}?")
        parts.append(part)
    return parts


def told(part: Part) -> dict[str, JsonValue]:
    """A part as JSON, as `parts_of` reads it from a truth."""
    return asdict(part)


def written_part(part: Mapping[str, Any]) -> Part:
    """A part as its author wrote it, where that is all that is known of it.

    >>> part = written_part({"question": "Which part?", "answer": "nucleus", "incorrect_response": "cell", "hint": ""})
    >>> [worth(text, part)[0] for text in ("It is nucleus.", "It is cell.", "Hmm.")], part.hint
    (['b', 'a', 'd'], None)
    """
    answer, wrong = str(part["answer"]), str(part["incorrect_response"]).strip()
    if not wrong or answers.equal(wrong, answer):
        wrong = _OTHER
    return Part(str(part["question"]), answer, None, "work it out", wrong, str(part["hint"]).strip() or None)


_OTHER = "something else"  # a wrong answer where the author names none
_LONG = 400  # characters of a part's question


def _asked(question: str) -> str:
    """A problem as one question; of a long one, what it asks last."""
    if len(question) <= _LONG:
        return question or "What is the answer?"
    asking = [one for one in re.split(r"(?<=[.!?])\s+", question) if one.endswith("?") and len(one) <= _LONG]
    return asking[-1] if asking else "What is the answer to the whole problem?"


def _part(task: Problem, index: int) -> Part:
    step, value = task.chain[index], spell(task.chain[index].value)
    left = written(step.expr, [one.value for one in task.chain]) or step.expr
    says = " ".join(step.says.split()).rstrip(".")
    question = f"What do you get for {left}?"
    if says.endswith("?"):
        question = says
    elif says.lower().startswith("the "):
        question = f"How much do you get for {says}?"
    if answers.reveals(question, value, task.question):  # some records name the result in the question
        question = f"What do you get for {left}?"
    act = " and ".join(ACTS[sign] for sign in dict.fromkeys(step.expr) if sign in ACTS) or "work it out"
    return Part(question, value, left, act)


def worth(text: str, part: Part) -> tuple[Evaluation, Wish | None]:
    """The evaluation code that a student's `text` about `part` deserves, and what is asked for where it asks.

    >>> part = Part("What do you get for 4 * 13?", "52", "4 * 13", "multiply")
    >>> [worth(text, part)[0] for text in ("I get 52.", "4 * 13 = 16", "I have to multiply, I think.", "Hmm.")]
    ['b', 'a', 'c', 'd']
    >>> worth("Could you give me a hint?", part), worth("It is raining outside today.", part)[0]
    (('f', 'hint'), 'e')
    """
    if text.rstrip().endswith("?"):
        return "f", _wish(text.lower())
    if part.wrong is not None and (code := _named(text, part.answer, part.wrong)) is not None:
        return code, None
    said = answers.final_answer(text) if _STATED.search(text) or not part.left else None
    if said is None and answers.parse_number(text) is not None:
        said = text
    if said is not None or (part.left is None and answers.reveals(text, part.answer, "")):
        right = answers.equal(said or text, part.answer) or (
            part.left is None and answers.reveals(text, part.answer, "")
        )
        return ("b" if right else "a"), None
    if _ACTING.search(text):
        return "c", None
    return ("d" if len(text.split()) < 4 else "e"), None


def _named(text: str, answer: str, wrong: str) -> Literal["a", "b"] | None:
    """Which of two answers `text` gives, the longer one where one has the other in it; None where neither."""
    said: list[tuple[int, Literal["a", "b"]]] = []
    if answers.reveals(text, wrong, ""):
        said.append((len(wrong), "a"))
    if answers.reveals(text, answer, ""):
        said.append((len(answer), "b"))
    return max(said)[1] if said else None


def _wish(asked: str) -> Wish:
    if "hint" in asked or "help" in asked:
        return "hint"
    if "solution" in asked or "tell me" in asked or "the answer" in asked:
        return "solution"
    return "back" if "back" in asked or "previous" in asked else "meaning"
