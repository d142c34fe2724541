"""Absent: the place of a player whose turns are all read back; asked for a new one, it has none.

Knows nothing but the fingerprint of the player that it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from maieutic.agents.agent import BadAnswer, Move, Turn


@dataclass(frozen=True)
class Absent:
    """Stands for the player of that fingerprint in a replay."""

    fingerprint: str
    name: str = "absent"
    simulated: bool = False
    pauses: ClassVar[bool] = False

    async def act(self, turn: Turn) -> Move:
        """There is no new turn to be had.

        Raises:
            BadAnswer: always.
        """
        raise BadAnswer(f"{turn.role.name} is asked for a turn that the journal does not have")
