"""Evolver: makes a plain request demanding by constraints on the text, of which one is of a kind that is given.

Knows no response. A request for mathematics or code is left as it is, since constraints on the text would only harm
it. Groups, number and sampling follow SPaR (ICLR 2025).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from maieutic import Event
from maieutic.roles.role import Answer, Role, Sampling
from maieutic.worlds.text_constraints.groups import Group

NONE = "none"


class Added(BaseModel):
    """One constraint, and of which kind it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: Group
    text: str = Field(min_length=1, max_length=600, description="The constraint, as the new request has it")


class Evolved(Answer):
    """A request with constraints."""

    evolved_prompt: str = Field(
        min_length=1,
        max_length=12_000,
        description=f"The whole new request, or {NONE} where the given one is about mathematics or code",
    )
    constraints: tuple[Added, ...] = Field(
        (), max_length=8, description="What was added: one of the given group, and one to three of others"
    )


EVOLVE = Role(
    "evolver.evolve",
    sees=("prompt", "input", "group"),
    optional=("input",),
    answer=Evolved,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=0.7, max_tokens=2048, unverified=("max_tokens",)),
)


def evolved(event: Event) -> str | None:
    """The new request; None where the evolver left the given one alone, or said nothing usable."""
    text = "" if event.invalid is not None else str(event.answer["evolved_prompt"]).strip()
    return None if text.strip(".\"'").lower() in ("", NONE) else text
