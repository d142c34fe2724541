"""Student who debugs a program of their own: answers one question at a time, and at the end lists fixes.

Knows neither the fixes nor the right program. An answer is given to the question alone; only the list of fixes is
written with the talk in view. That is the student of TreeInstruct (EMNLP Findings 2024).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.role import OURS, Answer, Role, Sampling
from maieutic.roles.verifier import MOST_FIXES


class Reply(Answer):
    """An answer in plain words."""

    text: str = Field(
        description="the answer to the question alone, in plain language without code",
        min_length=1,
        max_length=1200,
    )


class Fixes(Answer):
    """The fixes that came up in the talk."""

    fixes: list[Annotated[str, StringConstraints(min_length=1, max_length=300)]] = Field(
        description="one replacement on a numbered line each, such as: Replace `a` with `b` on line 3",
        max_length=MOST_FIXES,
    )


ANSWER = Role(
    "student.answer",
    ("problem", "buggy_code", "question"),
    Reply,
    knows=("bugs",),
    brief="debugger.answer",
    sampling=Sampling(top_k=10, max_tokens=200),
)
FIXES = Role(
    "student.fixes",
    ("problem", "buggy_code", "history"),
    Fixes,
    knows=("bugs",),
    brief="debugger.fixes",
    sampling=Sampling(temperature=0, max_tokens=200),
)
LATER = Role(  # the same when other lessons have passed; nobody answers it
    "student.later",
    ("problem", "buggy_code", "history", "between"),
    Fixes,
    knows=("bugs",),
    brief="debugger.later",
    sampling=Sampling(temperature=0, max_tokens=200, unverified=OURS),
)
