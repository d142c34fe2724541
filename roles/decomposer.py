"""Decomposer: splits a request into what it asks for, each of which can be checked by itself: constraints, or questions.

Knows no response, so that what somebody managed to write cannot colour what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from maieutic import Event
from maieutic.roles.role import OURS, Answer, Role, Sampling

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
    sees=("prompt", "input"),
    optional=("input",),
    answer=Parts,
    knows=("items", "registry"),
    sampling=Sampling(temperature=0.0, max_tokens=2048, unverified=OURS),
)


class Checklist(Answer):
    """Questions to be asked of a response (TICK, 2024)."""

    questions: tuple[Part, ...] = Field(
        description="Two to eight questions about a response, each to be answered by yes, where what it asks about "
        "is as it should be, or by no",
        max_length=16,
    )


CHECKLIST = (
    Role(  # it sees the instruction alone: a list that is written beside a response fits that response
        "decomposer.checklist",
        sees=("prompt", "input"),
        optional=("input",),
        answer=Checklist,
        knows=("items", "registry"),
        sampling=Sampling(temperature=0.0, max_tokens=2048, unverified=OURS),
    )
)


def checklist(events: Iterable[Event], fewest: int, most: int) -> tuple[str | None, list[str]]:
    """The first list among `events` that has enough questions: the turn that wrote it, and its questions, each once.

    Args:
        events: in their order; later lists than that one change nothing.
        fewest: questions without which a list is of no use.
        most: questions that are kept.
    """
    for event in events:
        if event.role == CHECKLIST.name and event.invalid is None:
            put: Any = event.answer["questions"]
            questions = list(dict.fromkeys(str(one).strip() for one in put))[:most]
            if len(questions) >= fewest:
                return event.id, questions
    return None, []
