"""Template: a worked answer with its thoughts: numbered steps, keys at the tricky ones, a recipe, exactly one answer.

Knows nothing of who is right. The layout is that of SuperCorrect (2024), section 3; it is asked for as fields, or as
tagged text, whose tags may be nested or left open. Sampling is that of the published evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling
from maieutic.worlds.word_problems import final_answer

MOST_STEPS = 20


class ThoughtStep(Answer):
    """One step, and what is tricky about it."""

    text: str = Field(min_length=1, max_length=600, description="The step, with its calculation")
    key: str | None = Field(
        None, max_length=300, description="What makes it tricky and how to get it right; null if nothing does"
    )


class Template(Answer):
    """A worked answer with its thoughts."""

    steps: list[ThoughtStep] = Field(min_length=1, max_length=MOST_STEPS, description="The steps in order")
    generalized: str = Field(
        max_length=1000, description="How problems of this type are solved, without this one's numbers"
    )
    answer: str = Field(min_length=1, max_length=200, description="The final answer")


class Tagged(Answer):
    """The same as one text with tags."""

    text: str = Field(min_length=1, max_length=8000, description="The worked answer in the tagged layout")


_REFERENCE = ("question", "solution", "answer")
_KNOWS = ("steps", "answer")
_SAMPLED = Sampling(temperature=0.7, top_p=0.8, max_tokens=2048)
TEMPLATE = Role("teacher.template", sees=_REFERENCE, answer=Template, knows=_KNOWS, sampling=_SAMPLED)
TEMPLATE_TAGGED = Role(
    "teacher.template_tagged", sees=_REFERENCE, answer=Tagged, knows=_KNOWS, sampling=_SAMPLED
)
SOLVE = Role("student.solve", sees=("question",), answer=Template, knows=_KNOWS, sampling=_SAMPLED)
SOLVE_TAGGED = Role(
    "student.solve_tagged", sees=("question",), answer=Tagged, knows=_KNOWS, sampling=_SAMPLED
)

REQUEST = (
    "Work it out in numbered steps, each between <Step N> and </Step N>; put what is tricky about a step between <Key> "
    "and </Key> inside it. Then say between <Generalized> and </Generalized> how problems of this type are solved, and "
    "give the final answer once, between <Answer> and </Answer>."
)


class Unreadable(Exception):
    """A worked answer that does not have the layout; says why."""


@dataclass(frozen=True)
class Worked:
    """A worked answer.

    Attributes:
        steps: the steps in order.
        answer: the final answer, as it is spelled.
        keys: what is tricky about each step, where something is; as many as steps.
        generalized: the recipe; empty where there is none.
    """

    steps: tuple[str, ...]
    answer: str
    keys: tuple[str | None, ...]
    generalized: str = ""

    @property
    def lines(self) -> list[str]:
        """Each step on one line."""
        return [" ".join(step.split()) for step in self.steps]


_TAG = re.compile(
    r"<\s{0,3}(/?)\s{0,3}(step|key|generali[sz]ed|answer)(?![a-z])([^<>]{0,40})>", re.IGNORECASE
)
_INNER = ("step", "key")


def read_tagged(text: str) -> Worked:
    """Read the tagged layout, whatever stands around it, with tags that are nested, left open or spelled otherwise.

    Raises:
        Unreadable: no step, or not exactly one answer block with something in it; nothing is guessed in its place.

    >>> read_tagged("Sure! <step1> 6 + 1 = 7 <Key>carry</key> <Step 2>7 * 2 = 14 <Answer>14").steps
    ('6 + 1 = 7', '7 * 2 = 14')
    >>> read_tagged("<Step 1>6 + 1 = 7</Step 1><Answer>7</Answer> No: <Answer>8</Answer>")
    Traceback (most recent call last):
    maieutic.roles.template.Unreadable: it has 2 answer blocks, not one
    """
    steps: list[list[str]] = []
    keys: list[list[str]] = []
    recipe: list[str] = []
    answers: list[list[str]] = []
    opened: list[tuple[str, list[str]]] = []  # the blocks that are open, and where what stands in each goes

    def take(said: str) -> None:
        if opened:
            opened[-1][1].append(said)

    end = 0
    for tag in _TAG.finditer(text):
        take(text[end : tag.start()])
        end = tag.end()
        name = tag[2].lower().replace("generalised", "generalized")
        if tag[1]:
            if any(name == one for one, _ in opened):
                while opened.pop()[0] != name:
                    pass
            continue
        if tag[3].rstrip().endswith("/"):
            continue  # an empty block
        while opened and (opened[-1][0] not in _INNER[:1] or name not in _INNER):
            opened.pop()  # a block that cannot hold this one was left open
        if name == "step":
            steps.append([])
            keys.append([])
            opened.append((name, steps[-1]))
        elif name == "key":
            opened.append((name, keys[-1] if keys else []))
        elif name == "answer":
            answers.append([])
            opened.append((name, answers[-1]))
        else:
            opened.append((name, recipe))
    take(text[end:])
    if len(answers) != 1:
        raise Unreadable(f"it has {len(answers) or 'no'} answer block{'s' if answers else ''}, not one")
    return _worked(
        [("".join(step), "".join(key)) for step, key in zip(steps, keys, strict=True)],
        "".join(recipe),
        "".join(answers[0]),
    )


def _worked(steps: list[tuple[str, str]], generalized: str, answer: str) -> Worked:
    kept = [(step.strip(), key.strip() or None) for step, key in steps if step.strip()]
    if not kept:
        raise Unreadable("it has no step")
    if not answer.strip():
        raise Unreadable("its answer is empty")
    return Worked(
        tuple(step for step, _ in kept), answer.strip(), tuple(key for _, key in kept), generalized.strip()
    )


def tagged(worked: Worked) -> str:
    """A worked answer in the tagged layout; `read_tagged` gives it back."""
    lines = []
    for number, (step, key) in enumerate(zip(worked.steps, worked.keys, strict=True), 1):
        inside = f"{step}\n<Key>\n{key}\n</Key>" if key else step
        lines.append(f"<Step {number}>\n{inside}\n</Step {number}>")
    if worked.generalized:
        lines.append(f"<Generalized>\n{worked.generalized}\n</Generalized>")
    return "\n".join([*lines, f"<Answer>\n{worked.answer}\n</Answer>"])


def laid_out(answer: Mapping[str, Any]) -> Worked:
    """The worked answer that a role was given, as tagged text or as fields.

    Raises:
        Unreadable: it does not have the layout, or its fields hold tags, so that it could not be written.
    """
    if "text" in answer:
        return read_tagged(str(answer["text"]))
    given = [(str(one["text"]), str(one["key"] or "")) for one in answer["steps"]]
    made = _worked(given, str(answer["generalized"]), str(answer["answer"]))
    try:
        same = read_tagged(tagged(made)) == made
    except Unreadable:
        same = False
    if not same:
        raise Unreadable("its fields hold tags of the layout")
    return made


def spoken(worked: Worked) -> str:
    """A worked answer as its steps and a last line with the answer, as graders read it."""
    return "\n".join([*worked.lines, f"The answer is {worked.answer}."])


def recorded(text: str) -> Worked:
    """A working that somebody wrote without a layout: each of its lines is a step, so that their numbers stay.

    Raises:
        Unreadable: there is no line, or no answer in it.

    >>> recorded("6 + 1 = 8\\n\\nSo 8 * 2 = 16\\n 16").answer
    '16'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _worked([(line, "") for line in lines], "", final_answer(text) or "")
