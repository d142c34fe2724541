"""Tailor: a teacher who drafts questions and workings, a student who is shown one, and those who count what came of it.

Knows nothing of preferences. What a probe's answer is, only the scorer sees; no player is told how well a draft did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.exam import Rationale
from maieutic.roles.role import OURS, Answer, Role, Sampling

PLAIN = "step by step"
STYLES = ("in simple words", PLAIN, "in symbols", "as a picture of things")
MODELS = 5  # that the matrix of answers is collected from

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Result = Annotated[str, StringConstraints(max_length=400)]


class Drafts(Answer):
    """New questions."""

    questions: list[Text] = Field(
        min_length=1, max_length=8, description="The new questions, each complete in itself"
    )


class Consensus(Answer):
    """What most of some answers agree on."""

    answer: Result = Field(description="The answer that most give, or nothing where there is no such answer")
    kept: list[bool] = Field(max_length=64, description="Of each answer, whether it is that one")


class Count(Answer):
    """How a student did on the probe items."""

    n_probe: int = Field(ge=0, description="Number of responses")
    n_correct: int = Field(ge=0, description="How many of them are correct")
    s_r: float = Field(ge=0, le=1, description="The share of them that is correct")


DRAFT = Role(
    "teacher.draft",
    sees=("seeds", "number"),
    answer=Drafts,
    knows=("steps",),
    sampling=Sampling(temperature=1.0, max_tokens=1024, unverified=("max_tokens",)),
)
SHOW = Role(
    "teacher.show",
    sees=("question", "style"),
    answer=Rationale,
    sampling=Sampling(temperature=1.0, max_tokens=1024, unverified=OURS),
)
REDRAFT = replace(
    DRAFT,
    name="teacher.redraft",
    brief="teacher.draft",
    sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=("max_tokens",)),
)
RESHOW = replace(
    SHOW,
    name="teacher.reshow",
    brief="teacher.show",
    sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=("max_tokens",)),
)
AGREE = Role("scorer.agree", sees=("answers", "least"), answer=Consensus)
PROBE = Role(
    "student.probe",
    sees=("demonstration", "problem"),
    answer=Rationale,
    sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=("max_tokens",)),
)
COUNT = Role("scorer.count", sees=("responses", "gold"), answer=Count)
TRY = Role(
    "student.try",
    sees=("demonstration", "question"),
    answer=Rationale,
    knows=("steps", "answer"),
    sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=OURS),
)
TAKE = tuple(
    Role(
        f"model{number}.take",
        sees=("demos", "question"),
        answer=Rationale,
        knows=("steps", "answer"),
        brief="model.take",
        sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=OURS),
    )
    for number in range(1, MODELS + 1)
)


def wanted(seeds: Sequence[str], number: int) -> str:
    """What asks for new questions, in words: the input of pairs of lists.

    >>> print(wanted(["What is 1 + 1?"], 2))
    Here are questions of one kind:
    - What is 1 + 1?
    Write 2 new questions of this kind.
    """
    listed = "\n".join(f"- {one}" for one in seeds)
    return f"Here are questions of one kind:\n{listed}\nWrite {number} new question{'s' * (number != 1)} of this kind."


def plainly(question: str) -> str:
    """What asks for a working without naming a style: the input of pairs of workings, and of what is learnt from.

    >>> plainly("What is 1 + 1?")
    'What is 1 + 1?\\nSolve it step by step.'
    """
    return f"{question}\nSolve it {PLAIN}."


def listed(questions: Sequence[str]) -> str:
    """A list of questions as one text.

    >>> listed(["One?", "Two?"])
    '1. One?\\n2. Two?'
    """
    return "\n".join(f"{place}. {one}" for place, one in enumerate(questions, start=1))
