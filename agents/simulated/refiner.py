"""Simulated refiner: judges responses with a known accuracy, and revises them with known chances of mending.

Knows the constraints where a person would read them in the request. It mends what is truly wrong, not what its own
critique says, so that its errors as a judge and as an editor are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field

from maieutic import Dialogue, Judged, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.judge import verdict
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known, met, revise, taught
from maieutic.roles.refiner import revision
from maieutic.worlds.text_constraints import told

_PLANS = (
    "I keep the text as it is where I can, and change what was found wrong.",
    "Small changes should do: only the places that the check names.",
    "The sentences stay; the faulty places are set right.",
    "I go through the faults one by one and leave the rest alone.",
)


class Refiner(Person):
    """Judge and editor in one.

    Attributes:
        accuracy: probability that a verdict is what the world's checks say.
        fix: probability that a revision mends a constraint that is not met, for each by itself.
        spoil: probability that it breaks one that is met, for each by itself.
        gain: by which share errors become fewer for each right lesson, and successes for each wrong one.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"refiner.judge", "refiner.refine"})

    accuracy: float = Field(0.8, ge=0, le=1)
    fix: float = Field(0.5, ge=0, le=1)
    spoil: float = Field(0.02, ge=0, le=1)
    gain: float = Field(0.01, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Judge, or revise.

        Raises:
            BadAnswer: a role that this refiner does not play.
        """
        truth, chance = known(turn.truth, str(turn.view.get("prompt") or "")), rng(turn.seed)
        text = str(turn.view.get("response", ""))
        match turn.role.name:
            case "refiner.judge":
                said, critique = verdict(text, truth, self.accuracy, chance)
                return Move({"text": critique, "verdict": "yes" if said else "no"})
            case "refiner.refine":
                revised = revise(text, truth, self.fix, self.spoil, chance)
                return Move({"reflection": chance.choice(_PLANS), "text": revised})
        raise BadAnswer(f"a simulated refiner does not play {turn.role.name}")

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The refiner after judgements and revisions, each right or wrong by what the prompt asks for in this world's own
        words; other prompts teach nothing here."""
        judged, revised = [0, 0], [0, 0]  # right, wrong
        for record in records:
            if isinstance(record, Judged):
                truth = told(None, record.prompt[-1].content)
                if truth.items:
                    good = met(record.response, truth) == len(truth.items)
                    judged[record.verdict is not good] += 1
            elif isinstance(record, Dialogue) and (told_of := revision(record)) is not None:
                prompt, before, after = told_of
                truth = told(None, prompt)
                more = met(after, truth) - met(before, truth)
                if more:
                    revised[more < 0] += 1
        accuracy = taught(self.accuracy, judged[0], judged[1], self.gain)
        fix = taught(self.fix, revised[0], revised[1], self.gain)
        return self.model_copy(update={"accuracy": accuracy, "fix": fix})
