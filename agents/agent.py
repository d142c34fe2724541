"""Agent: who can sit. A turn goes in, a move comes out, and nothing is kept in between.

Knows nothing of graphs, tasks or files. Memory travels with the turn, so that branches cannot mix, and any
event can be gone on from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import JsonValue

from maieutic import Usage
from maieutic.roles import Role


@dataclass(frozen=True, slots=True)
class Turn:
    """What a player is given.

    Attributes:
        role: what is asked.
        view: the fields that the role sees, and no other.
        seed: of this turn; all chance in the move comes from it.
        memory: what this seat last remembered on this branch, None at first.
        truth: what the role grants a simulated player of the task's truth; None for everybody else.
        id: of the event that the answer will become.
    """

    role: Role
    view: Mapping[str, JsonValue]
    seed: int
    memory: Mapping[str, JsonValue] | None = None
    truth: Mapping[str, JsonValue] | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What a player gives.

    Attributes:
        answer: an instance of the role's answer type, or a mapping that the seat will check against it.
        memory: what to remember; None leaves the memory as it was.
        usage: what it cost.
        raw: the words that the answer was read from, where there are any.
    """

    answer: Any
    memory: Mapping[str, JsonValue] | None = None
    usage: Usage = field(default_factory=Usage)
    raw: str | None = None


class Agent(Protocol):
    """A player.

    One that never pauses the graph (LangGraph's `interrupt`, as a `Human` does) may say so with `pauses = False`: an
    episode of such players alone is walked from seat to seat, which costs a fraction of LangGraph's scheduler.
    """

    @property
    def name(self) -> str:
        """Short name for traces."""

    @property
    def fingerprint(self) -> str:
        """All that would change its answers: kind, parameters, model, sampling."""

    @property
    def simulated(self) -> bool:
        """Whether it is a simulated person, who is granted what the role `knows` of the truth."""

    async def act(self, turn: Turn) -> Move:
        """Take one turn."""


class BadAnswer(Exception):
    """A player could not make a usable answer; the seat records it as an invalid event.

    Args:
        reason: what was wrong with it.
        raw: the player's own words.
        usage: what the failed attempt cost all the same.
    """

    def __init__(self, reason: str, *, raw: str | None = None, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.raw, self.usage = raw, usage or Usage()
