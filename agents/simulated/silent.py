"""Silent tutor: takes a tutor's turn and gives no help: the arm without a tutor, against which tutoring is held.

Knows nothing and reads nothing. What it says is the same for every student, so that whatever is gained beside it is the
student's own doing.
"""

from __future__ import annotations

from typing import ClassVar

from maieutic import rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person

_WORDS = ("Please go over it once more.", "Have another go.", "Try again, please.")


class Silent(Person):
    """Somebody who sits in a teacher's seat and does not teach."""

    plays: ClassVar[frozenset[str] | None] = frozenset({"teacher.turn"})

    async def act(self, turn: Turn) -> Move:
        """Ask for another attempt."""
        return Move({"text": rng(turn.seed).choice(_WORDS), "move": "generic"})
