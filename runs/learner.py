"""Learner: who learns in a seat between the rounds of an outer loop, and the one whose player says what lessons do to it.

Knows nothing of runs, folders of loops or exams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from pydantic import JsonValue

from maieutic import InputError, Record
from maieutic.agents import Agent
from maieutic.scenarios import Drawn


class Learner(Protocol):
    """Who learns in one seat. Its state is JSON, so that a round can be gone on from.

    A learner keeps nothing between calls: the same state, lessons and seed give the same new state.
    """

    @property
    def fingerprint(self) -> str:
        """All that would change what it learns."""

    def first(self) -> JsonValue:
        """The state before anything was learnt."""

    def player(self, state: JsonValue) -> Agent | str:
        """Who sits in the seat with this state: a player, or the spec of one."""

    def learn(self, state: JsonValue, lessons: Sequence[Drawn], folder: Path, seed: int) -> JsonValue:
        """The state after lessons.

        Args:
            state: before them.
            lessons: episodes, each with the records that are learnt from; never empty.
            folder: of this round and seat, for what is made on the way; what the state names in it stays.
            seed: of the learning.

        Raises:
            InputError: nothing can be learnt from records of these kinds.
        """


@runtime_checkable
class Learns(Protocol):
    """A simulated player whose knowledge changes with what it is taught."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Its parameters."""

    @classmethod
    def model_validate(cls, value: Any) -> Self:
        """The player with these parameters."""

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The same player after reading what it is to learn from."""


@dataclass(frozen=True)
class Simulated:
    """The learner of a simulated player that can study: its state are the player's parameters."""

    start: Any  # a player that is `Learns`

    def __post_init__(self) -> None:
        if not isinstance(self.start, Learns):
            name = getattr(self.start, "name", type(self.start).__name__)
            raise InputError(
                f"{name} does not learn from records",
                key="--learner",
                remedy="cast a simulated player with a method `studied`, or give --learner trl:MODEL",
            )

    @property
    def fingerprint(self) -> str:
        """The player's at the start."""
        return f"simulated:{self.start.fingerprint}"

    def first(self) -> JsonValue:
        """Its parameters."""
        state: JsonValue = self.start.model_dump(mode="json")
        return state

    def player(self, state: JsonValue) -> Agent | str:
        """The player with the parameters of `state`."""
        agent: Agent = type(self.start).model_validate(state)
        return agent

    def learn(self, state: JsonValue, lessons: Sequence[Drawn], folder: Path, seed: int) -> JsonValue:
        """The parameters after studying all records."""
        records = [record for one in lessons for record in one.records]
        after: JsonValue = (
            type(self.start).model_validate(state).studied(records, seed).model_dump(mode="json")
        )
        return after
