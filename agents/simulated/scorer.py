"""Simulated scorer: gives a response a digit that is a noisy sign of the share of constraints it meets.

Knows the constraints where a person would read them in the prompt. A reference beside the response makes it surer.
"""

from __future__ import annotations

import math

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known
from maieutic.roles.evaluator import DIGITS
from maieutic.worlds.text_constraints import judge


class Scorer(Person):
    """Scores `gain` times the quality (share of constraints met) plus `bias` and normal noise, on a scale from 0 to 1.

    Attributes:
        gain: how much of the quality shows in the score.
        bias: added to every score.
        noise: standard deviation of the noise without a reference.
        reference: factor on the noise where a reference is seen.
        domain: standard deviation of a bias that all scores on one topic share.
        mute: probability that no digit is among its probabilities.
    """

    gain: float = Field(0.8, ge=0, le=10)
    bias: float = Field(0.1, ge=-1, le=1)
    noise: float = Field(0.15, ge=0, le=10)
    reference: float = Field(0.3, ge=0, le=10)
    domain: float = Field(0.0, ge=0, le=10)
    mute: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Score one response.

        Raises:
            BadAnswer: there is no response.
        """
        if "output" not in turn.view:
            raise BadAnswer(f"a scorer needs an output, got {', '.join(sorted(turn.view)) or 'nothing'}")
        chance = rng(turn.seed)
        quality = share_met(str(turn.view["output"]), turn.truth)
        noise = self.noise * (self.reference if "reference" in turn.view else 1.0)
        leaning = self.domain * rng("domain", known(turn.truth).topic).gauss() if self.domain else 0.0
        value = min(1.0, max(0.0, self.gain * quality + self.bias + leaning + noise * chance.gauss()))
        chances = digits(value)
        if chance.random() < self.mute:
            chances = [0.0] * DIGITS
        return Move({"score": round(value * (DIGITS - 1)), "chances": chances})


def share_met(text: str, truth: object) -> float:
    """The share of a task's constraints that `text` meets, 1 where it has none; one that nobody can judge is not met."""
    checks = judge(text, known(truth if isinstance(truth, dict) else None))
    return sum(one.ok is True for one in checks) / len(checks) if checks else 1.0


def digits(value: float) -> list[float]:
    """Probabilities of the ten digits whose mean is `value` times 9: on the two digits around it.

    >>> digits(0.5)
    [0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]
    """
    place = value * (DIGITS - 1)
    low = min(DIGITS - 2, math.floor(place))
    chances = [0.0] * DIGITS
    chances[low], chances[low + 1] = 1 - (place - low), place - low
    return chances
