"""Reward: a model of preferences that gives one output one number.

Knows nothing of other outputs. Numbers of one reward can be compared with each other, not with another's.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import OURS, Answer, Role, Sampling


class Reward(Answer):
    """A number for an output."""

    score: float = Field(description="How good the output is; higher is better", ge=-1e6, le=1e6)


SCORE = Role(
    "reward.score",
    sees=("prompt", "input", "output"),
    optional=("input",),
    answer=Reward,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=0.0, max_tokens=32, unverified=OURS),
)
