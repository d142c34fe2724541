"""Critic: somebody who reads a teacher's draft before the student does, and stops it if it gives the answer away.

Knows nothing of teaching style; one question only is put to the critic.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import OURS, Answer, Role, Sampling


class Screening(Answer):
    """A verdict on a draft."""

    leaks: bool = Field(description="true if the student could read the final answer off the draft")
    reason: str = Field(
        "", max_length=400, description="In one sentence, for the teacher: what gives it away"
    )


CRITIC_SCREEN = Role(
    "critic.screen",
    sees=("question", "answer", "history", "draft"),
    answer=Screening,
    sampling=Sampling(temperature=0.0, max_tokens=256, unverified=OURS),
)
