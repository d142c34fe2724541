"""Lesson: somebody who explains a problem, somebody who makes an exam of it, and somebody who sits the exam.

Knows nothing of scores. The answers of an exam are private: nobody who explains or sits is shown them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.exam import Rationale
from maieutic.roles.role import Answer, Role, Sampling, private

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Problems(Answer):
    """Exam problems, and their answers in the same order."""

    problems: list[Text] = Field(
        min_length=1, max_length=8, description="The problems, each complete in itself"
    )
    answers: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = private(
        min_length=1, max_length=8, description="The answer of each problem, a number without words"
    )


EXPLAIN = Role(
    "teacher.explain",
    sees=("question",),
    answer=Rationale,
    knows=("steps", "answer"),
    sampling=Sampling(temperature=0.7, max_tokens=1024),
)
VARY = Role(
    "examiner.vary",
    sees=("question", "answer", "number"),
    answer=Problems,
    knows=("steps", "answer"),
    sampling=Sampling(temperature=0.7, max_tokens=1024),
)
SIT = Role(
    "student.sit",
    sees=("demos", "taught", "problem"),
    answer=Rationale,
    knows=("steps", "answer"),
    sampling=Sampling(temperature=0.7, top_k=20, max_tokens=1024),
)
