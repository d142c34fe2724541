"""Expert: somebody who knows the subject and rates a finished tutoring talk on four axes, each from 1 to 5 (CLASS).

Knows nothing of codes: it reads what a student would hear. Experts of one talk are asked side by side and do not see each
other's ratings.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from maieutic.roles.role import OURS, Answer, Role, Sampling

Axis = Literal["factual", "relevance", "completeness", "motivation"]
AXES: tuple[Axis, ...] = get_args(Axis)
LOWEST, HIGHEST = 1, 5


class Rated(Answer):
    """How good a talk is."""

    factual: int = Field(
        ge=LOWEST, le=HIGHEST, description="Factual correctness: what the tutor says is so, from 1 to 5"
    )
    relevance: int = Field(
        ge=LOWEST, le=HIGHEST, description="Relevance: it answers what the student said, from 1 to 5"
    )
    completeness: int = Field(
        ge=LOWEST, le=HIGHEST, description="Completeness: the problem is worked through, from 1 to 5"
    )
    motivation: int = Field(
        ge=LOWEST, le=HIGHEST, description="Motivation: it keeps the student working, from 1 to 5"
    )


RATE = Role(
    "expert.rate",
    sees=("question", "solution", "scaffold", "history"),
    answer=Rated,
    knows=("quality",),
    sampling=Sampling(max_tokens=256, unverified=OURS),
)
