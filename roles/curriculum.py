"""Curriculum: a student who answers instructions, a teacher who answers, refines and adds to them, a tagger and a judge.

Knows nothing of rounds. Scores are from 1 to 10, of two responses side by side.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.rating import Ratings
from maieutic.roles.role import OURS, Answer, Role, Sampling

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Response(Answer):
    """A response to an instruction."""

    text: Text = Field(
        description="The whole response; where a number is asked for, it ends with `The answer is ...`"
    )


class Tag(Answer):
    """The task that an instruction is one of."""

    task: str = Field(min_length=1, max_length=60, description="The label, as it stands in the list")


class Example(Answer):
    """A new instruction and its response."""

    instruction: Text = Field(description="The new instruction, complete in itself")
    text: Text = Field(description="The whole response to it")


_KNOWS = ("steps", "answer")
_ONCE = Sampling(temperature=0.7, max_tokens=1024, unverified=OURS)
RESPOND = Role("student.respond", sees=("question",), answer=Response, knows=_KNOWS, sampling=_ONCE)
ANSWER = Role("teacher.respond", sees=("question",), answer=Response, knows=_KNOWS, sampling=_ONCE)
REFINE = Role(
    "teacher.refine", sees=("question", "task", "response"), answer=Response, knows=_KNOWS, sampling=_ONCE
)
EXPAND = Role(
    "teacher.expand", sees=("question", "task", "response"), answer=Example, knows=_KNOWS, sampling=_ONCE
)
TAG = Role(
    "tagger.tag",
    sees=("question", "labels"),
    answer=Tag,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.0, max_tokens=64, unverified=OURS),
)
RATE = Role(
    "judge.rate",
    sees=("question", "response_1", "response_2"),
    answer=Ratings,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.0, max_tokens=64, unverified=OURS),
)
