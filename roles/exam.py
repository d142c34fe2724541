"""Exam: somebody who is asked questions and marked, and somebody who writes a working for those that went wrong.

Knows nothing of why it is asked. A final answer is part of the text, as models were sampled in the papers; the grader
reads it off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic import Field

from maieutic import Event, usable
from maieutic.roles.role import OURS, Answer, Role, Sampling


class Rationale(Answer):
    """A working that ends with its answer."""

    text: str = Field(
        min_length=1,
        max_length=4000,
        description="The working, one step on each line, and at its end the line `The answer is ...`",
    )


class Mark(Answer):
    """What a grader finds."""

    final: str = Field(max_length=400, description="The final answer of the response as it stands, or [none]")
    correct: bool = Field(description="Whether it is the answer of the question")


EXAM = Role(
    "student.exam",
    sees=("question", "demos"),
    answer=Rationale,
    knows=("steps", "answer", "misconceptions"),
    sampling=Sampling(temperature=0.7, max_tokens=128, unverified=("temperature",)),
)
HELD_OUT = replace(  # a test of what was learnt: the likeliest working, with as many tokens as GSM8K got
    EXAM, name="student.held_out", brief=EXAM.name, sampling=Sampling(temperature=0.0, max_tokens=256)
)
GRADE = Role("grader.grade", sees=("question", "answer", "response"), answer=Mark)
CORRECT = Role(
    "teacher.correct",
    sees=("question", "answer", "attempts"),
    answer=Rationale,
    knows=("steps", "answer", "misconceptions"),
    sampling=Sampling(temperature=0.7, max_tokens=512, unverified=OURS),
)
WORK = Role(  # plain prompting by a few solved problems
    "teacher.work",
    sees=("question", "demos"),
    answer=Rationale,
    knows=("steps", "answer"),
    sampling=CORRECT.sampling,
)


def marks_of(events: Iterable[Event]) -> dict[str, bool]:
    """Id of a response -> whether it was marked correct; one that nobody could mark is left out."""
    return {event.parent: bool(event.answer["correct"]) for event in usable(events, GRADE.name)}
