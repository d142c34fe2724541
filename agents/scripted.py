"""Scripted agent: says what it was told to say, in order; for tests, tutorials and planted faults.

Knows nothing of the task. Position in the script rides in its memory, so branches keep their own place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import JsonValue

from maieutic import digest
from maieutic.agents.agent import BadAnswer, Move, Turn


@dataclass(frozen=True)
class Scripted:
    """Gives `lines[role]` one after another, and the last one for ever.

    A line is a mapping of answer fields, or an exception to raise.
    """

    lines: Mapping[str, Sequence[Mapping[str, JsonValue] | Exception]]
    name: str = "scripted"
    simulated: bool = False
    pauses: ClassVar[bool] = False

    @property
    def fingerprint(self) -> str:
        """Kind and script."""
        spelled = {
            role: [line if isinstance(line, Mapping) else repr(line) for line in said]
            for role, said in self.lines.items()
        }
        return f"scripted:{digest(spelled)}"

    async def act(self, turn: Turn) -> Move:
        """Say the next line for this role.

        Raises:
            BadAnswer: there is no line for this role.
        """
        said = self.lines.get(turn.role.name)
        if not said:
            raise BadAnswer(
                f"no line for {turn.role.name}; the script has {', '.join(sorted(self.lines)) or 'none'}"
            )
        memory = dict(turn.memory or {})
        place = memory.get(turn.role.name, 0)
        assert isinstance(place, int)
        line = said[min(place, len(said) - 1)]
        memory[turn.role.name] = place + 1
        if isinstance(line, Exception):
            raise line
        return Move(dict(line), memory)
