"""Budget: how many tokens, how much money and how much time a run may spend on models.

Knows nothing of transports. One meter may stand behind many models; the first call after a bound is reached
raises `BudgetSpent`, and calls already in flight come home and are counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import Field

from maieutic import Frozen, StopRun, Usage


class Price(Frozen):
    """What a model costs, in any one currency per million tokens."""

    prompt: float = Field(0.0, ge=0)
    completion: float = Field(0.0, ge=0)

    def of(self, usage: Usage) -> float:
        """The cost of `usage`.

        >>> Price(prompt=2, completion=8).of(Usage(prompt_tokens=500_000, completion_tokens=250_000))
        3.0
        """
        return (self.prompt * usage.prompt_tokens + self.completion * usage.completion_tokens) / 1e6


class Budget(Frozen):
    """Bounds; None bounds nothing.

    Attributes:
        tokens: read and written together.
        money: in the currency of the prices.
        seconds: of wall time, from the making of the meter.
    """

    tokens: int | None = Field(None, ge=0)
    money: float | None = Field(None, ge=0)
    seconds: float | None = Field(None, ge=0)


class BudgetSpent(StopRun):
    """A bound of the budget is reached: no further call is made. A run catches it and ends in good order."""


class Meter:
    """Counts what was spent against a budget.

    Args:
        budget: the bounds.
        clock: seconds, for the bound on wall time.
    """

    def __init__(self, budget: Budget | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget or Budget()
        self.usage, self.money = Usage(), 0.0
        self._clock, self._start = clock, clock()

    @property
    def seconds(self) -> float:
        """Wall time since the meter was made."""
        return self._clock() - self._start

    def check(self) -> None:
        """Let a call pass.

        Raises:
            BudgetSpent: a bound is reached.
        """
        tokens = self.usage.prompt_tokens + self.usage.completion_tokens
        for what, spent, bound in (
            ("tokens", tokens, self.budget.tokens),
            ("money", round(self.money, 6), self.budget.money),
            ("seconds", round(self.seconds, 1), self.budget.seconds),
        ):
            if bound is not None and spent >= bound:
                raise BudgetSpent(
                    f"the budget of {bound:g} {what} is spent ({spent:g} used); what is done is kept: go on with a "
                    "larger budget"
                )

    def spend(self, usage: Usage, price: Price) -> None:
        """Count what a call cost."""
        self.usage += usage
        self.money += price.of(usage)
