"""Episode: everything that happened for one task, as one frozen value.

Knows nothing of how it was made. Its log of events is the whole truth; scores, records and pictures are drawn
from it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from maieutic.display import bundle
from maieutic.event import Event, Usage
from maieutic.identity import Frozen, canonical, digest
from maieutic.task import Task


class Stop(StrEnum):
    """Why an episode ended."""

    SOLVED = "solved"  # the goal was reached
    TOLD = "told"  # the goal was reached only after the answer had been given away
    TURNS = "turns"  # the bound on turns or rounds
    BUDGET = "budget"  # the bound on calls, children or tokens
    EXHAUSTED = "exhausted"  # nothing left to try, goal not reached
    ACCEPTED = "accepted"  # the first answer already passed; there was nothing to improve
    REFUSED = "refused"  # a guard let no answer through
    TIE = "tie"  # no decision: equal votes or equal answers
    INVALID = "invalid"  # a player gave no usable answer where one was needed
    FAILED = "failed"  # a player broke down


class Episode(Frozen):
    """One episode.

    Attributes:
        id: digest of scenario, parameters, task and seed. The cast is not in it, so that an episode with one
            role recast keeps its names up to the first turn that differs.
        scenario: name of the scenario.
        parameters: all its parameters, defaults filled in.
        task: the task.
        cast: seat -> fingerprint of its player.
        seed: the episode's seed.
        events: the log, in the order in which the graph took them.
        notes: the pattern's own conclusions (chosen nodes, values, visit order).
        scores: name -> number, given by the scenario.
        stop: why it ended.
        failure: what broke, where `stop` is failed or invalid.
    """

    id: str
    scenario: str
    parameters: dict[str, JsonValue]
    task: Task
    cast: dict[str, str]
    seed: int
    events: tuple[Event, ...]
    notes: dict[str, JsonValue] = {}
    scores: dict[str, float] = {}
    stop: Stop
    failure: str | None = None

    @property
    def usage(self) -> Usage:
        """Total cost of all turns."""
        return sum((event.usage for event in self.events), Usage())

    def by_role(self, role: str) -> list[Event]:
        """The valid turns of `role`, in order."""
        return [event for event in self.events if event.role == role and event.invalid is None]

    def to_bytes(self) -> bytes:
        """One line of canonical JSON, without the newline; `from_bytes` gives back an equal episode."""
        return canonical(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, data: bytes) -> Episode:
        """Read what `to_bytes` wrote.

        Raises:
            pydantic.ValidationError: `data` is not an episode.
        """
        return cls.model_validate_json(data)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:  # what notebooks ask for
        return bundle("episode", self)


def episode_id(scenario: str, parameters: dict[str, JsonValue], task: Task, seed: int) -> str:
    """The id that names an episode before its first turn."""
    return digest(scenario, parameters, task.model_dump(mode="json"), seed)
