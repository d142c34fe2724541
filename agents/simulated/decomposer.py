"""Simulated decomposer: lists what a request asks for, drops some of it and makes some up, at known rates.

Knows the constraints, as anybody would who reads the request. Where the task tells none, each sentence of the request is
taken for one.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known
from maieutic.worlds.text_constraints import question, wish

_INVENTED = (
    "Keep a friendly tone throughout.",
    "Address the reader directly.",
    "Mention where the facts come from.",
    "End on a hopeful note.",
    "Avoid technical terms.",
)


_MOST, _LONGEST = 12, 500  # sentences, and characters of each


class Decomposer(Person):
    """Splits requests into constraints, or into the questions of a checklist.

    Attributes:
        drop: probability of leaving a constraint out, for each by itself.
        invent: probability of adding one that was not asked for.
        turn: probability of putting a question so that no is the good answer, for each by itself.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"decomposer.split", "decomposer.checklist"})

    drop: float = Field(0.05, ge=0, le=1)
    invent: float = Field(0.05, ge=0, le=1)
    turn: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """List the constraints, or questions about them."""
        truth, chance = known(turn.truth), rng(turn.seed)
        if truth.items:
            listed = [wish(item, truth, chance) for item in truth.items if chance.random() >= self.drop]
        else:
            listed = _sentences(str(turn.view.get("prompt", "")))
        if chance.random() < self.invent:
            listed.insert(chance.randrange(len(listed) + 1), chance.choice(_INVENTED))
        if turn.role.name == "decomposer.checklist":
            put = [question(one, chance, turned=chance.random() < self.turn) for one in listed]
            return Move({"questions": put})
        about = f"Write about {truth.topic}." if truth.topic else ""
        return Move({"task": about, "context": "", "constraints": listed})


def _sentences(text: str) -> list[str]:
    """The sentences of a request, at most a dozen, each cut to what a constraint may be long."""
    found = (" ".join(one.split()) for one in re.split(r"(?<=[.!?:;])\s+|\n+", text))
    return [one[:_LONGEST] for one in dict.fromkeys(found) if any(map(str.isalnum, one))][:_MOST]
