"""Refiner: one model in two roles, judging a response and revising it in the light of that judgement.

Knows nothing of trees or votes. One player sits for both roles, as in SPaR (ICLR 2025), whose sampling this is.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.judge import Judgement
from maieutic.roles.role import Answer, Role, Sampling


class Refinement(Answer):
    """A revised response, and what was to be changed."""

    reflection: str = Field(
        description="What has to change and how, in a few sentences", min_length=1, max_length=3000
    )
    text: str = Field(
        description="The whole revised response, nothing before or after it", min_length=1, max_length=20_000
    )


_KNOWS = ("items", "registry", "topic")

JUDGE = Role(
    "refiner.judge",
    sees=("prompt", "input", "response"),
    answer=Judgement,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=2048),
)
REFINE = Role(
    "refiner.refine",
    sees=("prompt", "input", "response", "critique"),
    answer=Refinement,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=3072),
)
