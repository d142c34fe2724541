"""Simulated judges of solutions: a comparer of final answers, and a classifier of whole solutions, with rates of error.

Knows the right answer from its view, and the true steps where the role grants them; each finds out exactly what is so from
the text, then errs.
"""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.worlds.formulas import chain, first_fault, stated, verdict

_SAME = ("1", "1", "1. The two are one quantity.", "1 (same)")
_OTHER = ("0", "0", "0. They differ.", "0, another quantity")
_GARBLED = ("The answers agree, so 1.", "Verdict: 0", "Same.", "I would say that they differ.")


class Comparer(Person):
    """Somebody who says by the first character whether a solution ends with the answer.

    Attributes:
        miss: probability of saying 0 to the same answer (u).
        alarm: probability of saying 1 to another answer (v).
        unsure: probability of saying 0, for want of certainty, to the same answer in another unit or form.
        garbled: probability of beginning with anything else.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"comparer.compare"})

    miss: float = Field(0.05, ge=0, le=1)
    alarm: float = Field(0.03, ge=0, le=1)
    unsure: float = Field(0.2, ge=0, le=1)
    garbled: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Compare one answer.

        Raises:
            BadAnswer: there is no solution, or no answer.
        """
        response, gold = (str(turn.view.get(name) or "") for name in ("response", "answer"))
        if not response or not gold:
            raise BadAnswer("a comparer needs a response and an answer")
        chance = rng(turn.seed)
        if chance.random() < self.garbled:
            return Move({"text": chance.choice(_GARBLED)})
        said = stated(response)
        if said is None:
            return Move({"text": "0, no answer"})
        same = verdict(said, gold) == "same"
        says = chance.random() >= self.miss if same else chance.random() < self.alarm
        if same and said.strip() != gold.strip() and chance.random() < self.unsure:
            says = False
        return Move({"text": chance.choice(_SAME if says else _OTHER)})


class Classifier(Person):
    """A classifier whose log odds of True are `gain` for a sound solution and `-gain` for another, with bias and noise.

    Attributes:
        gain: how much soundness shows.
        bias: added to all.
        noise: standard deviation of the normal noise.
        mute: probability that neither word is among its probabilities.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"classifier.judge"})

    gain: float = Field(1.5, ge=0, le=10)
    bias: float = Field(0.3, ge=-10, le=10)
    noise: float = Field(1.0, ge=0, le=10)
    mute: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Judge one solution.

        Raises:
            BadAnswer: there is no solution, or nothing to go by.
        """
        response, truth = str(turn.view.get("response") or ""), turn.truth or {}
        gold = str(truth.get("answer") or "")
        if not response or not gold:
            raise BadAnswer("a simulated classifier needs a response and truth.answer")
        chance = rng(turn.seed)
        sound = first_fault(response, chain(truth), gold) is None
        odds = (self.gain if sound else -self.gain) + self.bias + self.noise * chance.gauss()
        true = 1 / (1 + math.exp(-odds))
        chances = {"True": true, "False": 1 - true}
        if chance.random() < self.mute:
            chances = {"True": 0.0, "False": 0.0}
        return Move({"verdict": "True" if odds > 0 else "False", "chances": chances})
