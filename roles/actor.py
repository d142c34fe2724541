"""Actor: somebody who answers a request that comes with constraints.

Knows nothing of what is made of the answer, and never sees an answer that was published for the same request.
Sampling follows SPaR (ICLR 2025).
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from maieutic import Dialogue, Episode, Event, Message
from maieutic.roles.role import OURS, Answer, Role, Sampling
from maieutic.worlds.text_constraints.requests import request as worded


class Response(Answer):
    """An answer to a request."""

    text: str = Field(
        description="Your whole response, nothing before or after it", min_length=1, max_length=20_000
    )


RESPOND = Role(
    "actor.respond",
    sees=("prompt", "input"),
    optional=("input",),
    answer=Response,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=0.9, top_p=0.9, max_tokens=2048),
)
REVISE = Role(  # the same person, who is told what failed (DeCRIM, 2024; no sampling published)
    "actor.revise",
    sees=("prompt", "input", "response", "failed"),
    optional=("input",),
    answer=Response,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=2048, unverified=OURS),
)
REWRITE = (
    Role(  # the same person, who is given a checklist with its ticks (STICK, 2024; no sampling published)
        "actor.rewrite",
        sees=("prompt", "input", "response", "checklist", "score"),
        optional=("input",),
        answer=Response,
        knows=("items", "registry", "topic"),
        sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=2048, unverified=OURS),
    )
)


def request(episode: Episode) -> Message:
    """What the user says: the prompt, and below it the input that it is about, where there is one."""
    return Message(role="user", content=worded(episode.task.fields))


def responses(events: Iterable[Event]) -> list[Event]:
    """The usable answers to the request among `events`, first and revised, in their order."""
    names = (RESPOND.name, REVISE.name, REWRITE.name)
    return [one for one in events if one.role in names and one.invalid is None]


def refinement(
    episode: Episode, prompt: Message, first: Event, taken: Event, *, told: str, rounds: int
) -> Dialogue:
    """The record of a refinement to imitate: the first response, what its writer was told, the response that was taken."""
    return Dialogue(
        episode=episode.id,
        task=episode.task.id,
        purpose="refine",
        meta={"rounds": rounds},
        messages=(
            prompt,
            Message(role="assistant", content=str(first.answer["text"])),
            Message(role="user", content=told),
            Message(role="assistant", content=str(taken.answer["text"]), train=True),
        ),
        events=(first.id, taken.id),
    )
