"""Simulated responder and weigher: who answers a graded request, with a known curve of success for each skill, and who scores.

Knows a request by its words. A demand is met with a chance that falls as its level rises above the responder's ability;
what a response truly meets is said by the world's checks, which the weigher uses before it errs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field

from maieutic import Dialogue, Record, rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.roles.rating import HIGHEST, LOWEST
from maieutic.worlds.graded_requests import ladder, met, read
from maieutic.worlds.text_constraints import draft
from maieutic.worlds.text_constraints.prose import TOPICS, passage
from maieutic.worlds.text_constraints.utility import variety


class Responder(Person):
    """Answers requests.

    Attributes:
        abilities: skill -> level at which it succeeds half of the time; `other` for skills that are not named.
        other: that level for those.
        width: levels by which the odds of success change by a factor of e.
        gain: share of the way to the level of a demand that it goes with each response that it studies and that meets it.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"strong.follow", "target.follow"})

    abilities: dict[str, float] = Field(default_factory=dict)
    other: float = Field(3.0, ge=-20, le=20)
    width: float = Field(1.0, gt=0, le=10)
    gain: float = Field(0.1, ge=0, le=1)

    def ability(self, skill: str) -> float:
        """The level at which it succeeds half of the time."""
        return self.abilities.get(skill, self.other)

    def chance(self, skill: str, level: int) -> float:
        """Probability of meeting a demand; 0 for what no text can do."""
        one = ladder(skill)
        if one.limit and level >= one.top:
            return 0.0
        return 1 / (1 + math.exp((level - self.ability(skill)) / self.width))

    async def act(self, turn: Turn) -> Move:
        """Write a response that meets each demand with its chance and breaks the others; what is no graded request is
        answered with plain sentences, the more the abler."""
        chance, asked = rng(turn.seed), read(str(turn.view["instruction"]))
        if asked is None:
            topic = chance.choice(sorted(TOPICS))
            return Move({"text": " ".join(passage(topic, 2 + max(0, round(self.other)), chance))})
        done = {
            place
            for place, one in enumerate(asked.demands)
            if chance.random() < self.chance(one.skill, one.level)
        }
        return Move({"text": draft(asked.topic, asked.items, done, chance)})

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The responder after the responses: it nears the level of each demand that is above its ability and is met."""
        abilities = dict(self.abilities)
        for record in records:
            if not isinstance(record, Dialogue):
                continue
            asked = read(record.messages[0].content)
            for one, done in (
                zip(asked.demands, met(record.messages[-1].content, asked), strict=True) if asked else ()
            ):
                now = abilities.get(one.skill, self.other)
                if done and one.level > now:
                    abilities[one.skill] = now + self.gain * (one.level - now)
        return self.model_copy(update={"abilities": abilities})


class Weigher(Person):
    """Scores two responses by the share of demands that each meets.

    Attributes:
        low, high: mean score of a response that meets none, and of one that meets all.
        noise: standard deviation of a score.
        bonus: added to the response that stands first.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"scorer.rate"})

    low: float = Field(2.0, ge=LOWEST, le=HIGHEST)
    high: float = Field(9.0, ge=LOWEST, le=HIGHEST)
    noise: float = Field(0.5, ge=0, le=10)
    bonus: float = Field(0.5, ge=-5, le=5)

    async def act(self, turn: Turn) -> Move:
        """Score both."""
        chance, scores = rng(turn.seed), dict[str, float]()
        for place, extra in ((1, self.bonus), (2, 0.0)):
            share = share_met(str(turn.view["instruction"]), str(turn.view[f"response_{place}"]))
            worth = variety(str(turn.view[f"response_{place}"])) if share is None else share
            value = self.low + (self.high - self.low) * worth + extra + self.noise * chance.gauss()
            scores[f"score_{place}"] = min(float(HIGHEST), max(float(LOWEST), value))
        return Move(scores)


def share_met(instruction: str, response: str) -> float | None:
    """The share of its demands that a response meets; None where the instruction is no graded request."""
    asked = read(instruction)
    if asked is None:
        return None
    found = met(response, asked)
    return sum(found) / len(found)
