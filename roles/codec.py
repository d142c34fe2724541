"""Codec: instructions are encoded into metadata, metadata decoded into new instructions, which are made more difficult.

Knows nothing of rounds or filters. Rubrics are written from metadata alone: of the instruction they would be a
paraphrase. Each task has a seat of its own, so that nobody remembers a seed. No sampling is published (CodecLM, 2024).
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.metadata import Metadata
from maieutic.roles.policy import Output
from maieutic.roles.rating import Ratings
from maieutic.roles.role import OURS, Answer, Role, Sampling

MOST_RUBRICS = 4
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Instruction(Answer):
    """An instruction."""

    instruction: str = Field(
        min_length=1, max_length=4000, description="The whole instruction, nothing before or after it"
    )


class Rubrics(Answer):
    """What makes instructions of a kind difficult, and how they are made more difficult."""

    rubrics: list[Line] = Field(
        min_length=1,
        max_length=MOST_RUBRICS,
        description="What difficulty is measured by, one criterion each",
    )
    actions: list[Line] = Field(
        min_length=1,
        max_length=MOST_RUBRICS,
        description="Edits that raise it, one criterion and one step each",
    )


class Solvable(Answer):
    """Whether an instruction can be followed at all."""

    solvable: bool = Field(description="Whether some response could do all that is asked")
    reason: str = Field(max_length=300, description="Why, in a sentence or two")


_MADE = Sampling(temperature=0.7, max_tokens=1024, unverified=OURS)
_SURE = Sampling(temperature=0.0, max_tokens=512, unverified=OURS)
ENCODE = Role(
    "encoder.encode",
    sees=("prompt", "input"),
    optional=("input",),
    answer=Metadata,
    knows=("items",),
    sampling=_SURE,
)
AUDIT = Role("encoder.audit", sees=("instruction",), answer=Metadata, sampling=_SURE)
DECODE = Role("decoder.decode", sees=("use_case", "skills"), answer=Instruction, sampling=_MADE)
RUBRICS = Role("assessor.rubrics", sees=("use_case", "skills"), answer=Rubrics, sampling=_MADE)
IMPROVE = Role("improver.improve", sees=("instruction", "action"), answer=Instruction, sampling=_MADE)
STRONG = Role("strong.follow", sees=("instruction",), answer=Output, sampling=_MADE)
TARGET = Role("target.follow", sees=("instruction",), answer=Output, sampling=_MADE)
RATE = Role("scorer.rate", sees=("instruction", "response_1", "response_2"), answer=Ratings, sampling=_SURE)
SOLVABLE = Role("checker.solvable", sees=("instruction",), answer=Solvable, sampling=_SURE)

_REFUSAL = re.compile(
    r"(?:i'?m |i am )?(?:sorry|afraid|unable to|not able to)\b|i (?:can'?t|can ?not|won'?t|will not)\b|as an ai\b"
)


def refuses(text: str) -> bool:
    """Whether a text opens as a refusal does, so that it is no instruction.

    >>> refuses("I'm sorry, but this cannot be made harder."), refuses("Write to a friend who is sorry.")
    (True, False)
    """
    return _REFUSAL.match(text.strip().lower().replace("’", "'")) is not None


def same(one: str, other: str) -> bool:
    """Whether two texts differ in no word.

    >>> same("Write a  poem.", "write a poem!"), same("Write a poem.", "Write two poems.")
    (True, False)
    """
    return re.findall(r"\w+", one.lower()) == re.findall(r"\w+", other.lower())
