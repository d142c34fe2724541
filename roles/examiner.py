"""Examiner: says of one constraint at a time whether a response meets it.

Knows nothing of the other constraints of the request, nor of what is done about those that failed.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling


class Finding(Answer):
    """Whether one constraint is met, and why."""

    reason: str = Field(
        description="What the constraint asks for, and what the response has", max_length=1500
    )
    satisfied: bool = Field(description="Whether the response meets the constraint")


ITEM = Role(
    "examiner.item",
    sees=("prompt", "response", "constraint"),
    answer=Finding,
    knows=("items", "registry"),
    sampling=Sampling(temperature=0.0, max_tokens=1024),
)
