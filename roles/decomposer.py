"""Decomposer: splits a request into the constraints that it sets, each of which can be checked by itself.

Knows no response, so that what somebody managed to write cannot colour what was asked.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling

Part = Annotated[str, Field(min_length=1, max_length=600)]


class Parts(Answer):
    """A request, taken apart (DeCRIM, 2024)."""

    task: str = Field("", max_length=1000, description="What is to be done, without the constraints on how")
    context: str = Field("", max_length=2000, description="What is told beside it; empty if nothing is")
    constraints: tuple[Part, ...] = Field(
        description="Each constraint in a sentence of its own, in the order of the request", max_length=16
    )


SPLIT = Role(
    "decomposer.split",
    sees=("prompt",),
    answer=Parts,
    knows=("items", "registry"),
    sampling=Sampling(temperature=0.0, max_tokens=2048),
)
