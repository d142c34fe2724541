"""Examiner: says of one constraint at a time whether a response meets it.

Knows nothing of the other constraints of the request, nor of what is done about those that failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, JsonValue

from maieutic import Episode, Event, Judged, Message
from maieutic.roles.role import OURS, Answer, Role, Sampling


class Finding(Answer):
    """Whether one constraint is met, and why."""

    reason: str = Field(
        description="What the constraint asks for, and what the response has", max_length=1500
    )
    satisfied: bool = Field(description="Whether the response meets the constraint")


ITEM = Role(
    "examiner.item",
    sees=("prompt", "input", "response", "constraint"),
    optional=("input",),
    answer=Finding,
    knows=("items", "registry"),
    sampling=Sampling(temperature=0.0, max_tokens=1024, unverified=OURS),
)


class Tick(Answer):
    """The answer to one question of a checklist (TICK, 2024)."""

    reason: str = Field("", description="In a sentence, what the response has", max_length=600)
    answer: bool = Field(description="true for yes, false for no and where it cannot be said")


class Ticks(Answer):
    """The answers to all questions of a checklist in one call."""

    answers: tuple[bool, ...] = Field(
        description="For each question, in their order: true for yes, false for no and where it cannot be said",
        max_length=16,
    )


class Polarity(Answer):
    """Which answer to a question speaks for a response."""

    good: Literal["yes", "no"] = Field(
        description="The answer that a response should get which does as asked"
    )


_KNOWS = ("items", "registry")

TICK = Role(
    "examiner.tick",
    sees=("prompt", "input", "response", "question"),
    optional=("input",),
    answer=Tick,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.0, max_tokens=512, unverified=OURS),
)
TICKS = Role(
    "examiner.ticks",
    sees=("prompt", "input", "response", "questions"),
    optional=("input",),
    answer=Ticks,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.0, max_tokens=512, unverified=OURS),
)
POLARITY = Role(
    "examiner.polarity",
    sees=("prompt", "input", "question"),
    optional=("input",),
    answer=Polarity,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.0, max_tokens=64, unverified=OURS),
)


def turned(events: Iterable[Event], source: str | None, count: int) -> list[bool]:
    """Of each of `count` questions of the list `source`, whether no was found to be its good answer."""
    found = [one for one in events if one.role == POLARITY.name and one.parent == source]
    no = {one.index for one in found if one.answer.get("good") == "no"}
    return [place in no for place in range(count)]


def ticked(events: Iterable[Event], response: str, flipped: Sequence[bool]) -> list[bool]:
    """Of each question, whether the turn `response` was found to do what it is after; what has no usable answer was
    not, and an answer to a question that is `flipped` is read the other way round."""
    met = [False] * len(flipped)
    for event in events:
        if event.parent == response and event.invalid is None and event.role in (TICK.name, TICKS.name):
            for place, answer in answered(event):
                if place < len(met):
                    met[place] = answer is not flipped[place]
    return met


def answered(event: Event) -> list[tuple[int, bool]]:
    """The questions that a turn of TICK or TICKS answers, and its answers."""
    if event.role == TICK.name:
        return [(event.index, bool(event.answer["answer"]))]
    together: Any = event.answer["answers"]
    return list(enumerate(map(bool, together)))


def judgement(
    episode: Episode,
    prompt: Message,
    response: Event,
    finding: Event,
    *,
    about: Mapping[str, JsonValue],
    met: bool,
) -> Judged:
    """The record of one finding on one response.

    Args:
        episode: that it is drawn from.
        prompt: the request.
        response: the turn that was examined.
        finding: the turn that examined it; its `reason`, where it gives one, is the critique.
        about: what was examined, such as `{"constraint": ...}`.
        met: what was found.
    """
    return Judged(
        episode=episode.id,
        task=episode.task.id,
        purpose="judge",
        meta={**about},
        prompt=(prompt,),
        response=str(response.answer["text"]),
        critique=str(finding.answer.get("reason", "")),
        verdict=met,
        response_event=response.id,
        critique_event=finding.id,
    )
