"""Knowledge: Bayesian knowledge tracing, as the state of a simulated student and as the belief of a teacher.

Knows no domain and draws no chance: a skill is a name, an answer is right or wrong, and all is arithmetic.
Formulas by Corbett and Anderson (1995), Knowledge tracing: modeling the acquisition of procedural knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator

from maieutic import Frozen


class Tracing(Frozen):
    """The four numbers of a skill.

    Somebody who does not know is right by luck with probability `guess`; somebody who knows is wrong by accident
    with probability `slip`. Where 1 - slip <= guess a right answer would speak for not knowing: that is refused.

    Attributes:
        prior: probability that the skill is known at the start.
        learn: probability that an opportunity to learn turns not knowing into knowing.
        slip: probability of a wrong answer in spite of knowing.
        guess: probability of a right answer in spite of not knowing.
    """

    prior: float = Field(0.4, ge=0, le=1)
    learn: float = Field(0.4, ge=0, le=1)
    slip: float = Field(0.05, ge=0, le=1)
    guess: float = Field(0.1, ge=0, le=1)

    @model_validator(mode="after")
    def _not_degenerate(self) -> Tracing:
        if 1 - self.slip <= self.guess:
            raise ValueError(
                f"1 - slip must be above guess, got slip={self.slip}, guess={self.guess}: one who knows must be "
                "right more often than one who does not; lower slip or guess"
            )
        return self


def predict(known: float, skill: Tracing) -> float:
    """Probability of a right answer where the skill is known with probability `known`: L(1-s) + (1-L)g.

    >>> predict(1.0, Tracing(slip=0.25)), predict(0.0, Tracing(guess=0.125))
    (0.75, 0.125)
    """
    return known * (1 - skill.slip) + (1 - known) * skill.guess


def observe(known: float, right: bool, skill: Tracing) -> float:
    """Probability that the skill is known after an answer was seen to be right or wrong (Bayes' rule).

    An answer that could not have been (a wrong one of somebody sure to know who never slips) leaves the belief
    as it was.

    >>> observe(0.5, True, Tracing(slip=0.25, guess=0.25)), observe(0.5, False, Tracing(slip=0.25, guess=0.25))
    (0.75, 0.25)
    """
    if right:
        knew, other = known * (1 - skill.slip), (1 - known) * skill.guess
    else:
        knew, other = known * skill.slip, (1 - known) * (1 - skill.guess)
    return knew / (knew + other) if knew + other > 0 else known


def learned(known: float, rate: float) -> float:
    """Probability that the skill is known after an opportunity to learn it: P + (1-P)t.

    >>> learned(0.5, 0.5)
    0.75
    """
    return known + (1 - known) * rate


def forgotten(known: float, rate: float, turns: int) -> float:
    """Probability that the skill is still known after so many turns about other things: P(1-f)^n.

    Knowledge tracing with forgetting: Khajah, Lindsey and Mozer (2016), How deep is knowledge tracing?, section 3.1; one
    chance to forget a turn, none to learn.

    >>> forgotten(0.5, 0.5, 2)
    0.125
    """
    return known * (1 - rate) ** turns


def trace(answers: Iterable[bool], skill: Tracing) -> list[float]:
    """The belief before each answer and after the last, each answer followed by an opportunity to learn.

    >>> trace([True, True], Tracing(prior=0.5, learn=0.5, slip=0.25, guess=0.25))
    [0.5, 0.875, 0.9772727272727273]
    """
    beliefs = [skill.prior]
    for right in answers:
        beliefs.append(learned(observe(beliefs[-1], right, skill), skill.learn))
    return beliefs
