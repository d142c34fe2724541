"""Lesson: somebody who explains a problem, somebody who makes an exam of it, and somebody who sits the exam.

Knows nothing of scores. The answers of an exam are private: nobody who explains or sits is shown them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.exam import Rationale
from maieutic.roles.retrieval import SEARCH
from maieutic.roles.role import OURS, Answer, Role, Sampling, private

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Problems(Answer):
    """Exam problems, and their answers in the same order."""

    problems: list[Text] = Field(
        max_length=8, description="The problems, each complete in itself; none where there are no such"
    )
    answers: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = private(
        max_length=8, description="The answer of each problem, a number without words"
    )


class Exercises(Answer):
    """Programs to write as exam problems, and their tests in the same order."""

    problems: list[Text] = Field(
        max_length=8,
        description="The problems, each complete in itself with the function's name; none where there are no such",
    )
    answers: list[Annotated[str, StringConstraints(min_length=1, max_length=4000)]] = private(
        max_length=8,
        description="Of each problem the tests: an `assert` that calls the function on each of some four lines",
    )


class Written(Answer):
    """A program, and how it comes about."""

    text: str = Field(
        min_length=1,
        max_length=4000,
        description="How it is done in a few sentences, and at the end the whole program between ```python and ```",
    )


EXPLAIN = Role(
    "teacher.explain",
    sees=("question",),
    answer=Rationale,
    knows=("steps", "answer"),
    sampling=Sampling(temperature=0.7, max_tokens=1024, unverified=("max_tokens",)),
)
VARY = Role(
    "examiner.vary",
    sees=("question", "answer", "number"),
    answer=Problems,
    knows=("steps", "answer"),
    sampling=Sampling(temperature=0.7, max_tokens=1024, unverified=OURS),
)
PROGRAM = replace(
    EXPLAIN,
    name="teacher.program",
    answer=Written,
    knows=("method", "program", "tests"),
    sampling=Sampling(temperature=0.7, max_tokens=1024, unverified=OURS),
)
VARY_PROGRAM = replace(
    VARY,
    name="examiner.programs",
    sees=("question", "tests", "number"),
    answer=Exercises,
    knows=("method", "program", "tests"),
)
PICK = replace(SEARCH, name="examiner.pick", brief="examiner.pick")  # from problems that there are


def _sitter(seat: str) -> Role:
    return Role(
        f"{seat}.sit",
        sees=("demos", "taught", "problem"),
        answer=Rationale,
        knows=("steps", "answer"),
        brief="student.sit",
        sampling=Sampling(temperature=0.7, top_k=20, max_tokens=1024, unverified=("max_tokens",)),
    )


SITTERS = tuple(
    map(_sitter, ("student", "student2", "student3"))
)  # who may sit an exam, each a seat of its own
SIT, SECOND, THIRD = SITTERS
PROGRAMMERS = tuple(  # likewise where the problems are programs: the likeliest one, as published
    replace(
        role,
        name=f"{role.seat}.program",
        answer=Written,
        knows=("method", "program", "tests"),
        brief="student.program",
        sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=("max_tokens",)),
    )
    for role in SITTERS
)
PROGRAM_SIT, PROGRAM_SECOND, PROGRAM_THIRD = PROGRAMMERS
