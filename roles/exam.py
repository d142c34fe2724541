"""Exam: somebody who is asked questions and marked, and somebody who writes a working for those that went wrong.

Knows nothing of why it is asked. A final answer is part of the text, as models were sampled in the papers; the grader
reads it off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from pydantic import Field, StringConstraints

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


class Returns(Answer):
    """What a program does."""

    returns: tuple[Annotated[str, StringConstraints(max_length=400)], ...] = Field(
        max_length=64,
        description="Of each call in the tests, in their order, the value that comes back as JSON, or `!` and the kind of error",
    )
    correct: bool = Field(description="Whether all tests hold")


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
CHECK = Role("grader.check", sees=GRADE.sees, answer=Mark)  # a program, by the tests `answer`
RUN = Role("grader.run", sees=GRADE.sees, answer=Returns)
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
    return {event.parent: bool(event.answer["correct"]) for event in usable(events, GRADE.name, CHECK.name)}
