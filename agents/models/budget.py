"""Budget: how many tokens, how much money and how much time a run may spend on models.

Knows nothing of transports. One meter may stand behind many models; the first call after a bound is reached
raises `BudgetSpent`, and calls already in flight come home and are counted. What is spent is counted in a file of the run
too, so that all its processes, and all sessions of it, share one budget.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

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
        tokens: read and written together, over all sessions and processes of a run.
        money: in the currency of the prices, likewise.
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
        self._bounded = self.budget != Budget()
        self._clock, self._start = clock, clock()
        self._file, self._place = -1, 0
        self._others, self._looked = (0.0, 0.0), 0.0

    @property
    def seconds(self) -> float:
        """Wall time since the meter was made."""
        return self._clock() - self._start

    @property
    def spent(self) -> tuple[float, float]:
        """Tokens and money, those of the run's other processes and earlier sessions included."""
        if self._file >= 0 and self._clock() - self._looked > AGAIN:
            self._look()
        tokens = self.usage.prompt_tokens + self.usage.completion_tokens
        return tokens + self._others[0], self.money + self._others[1]

    def check(self) -> None:
        """Let a call pass.

        Raises:
            BudgetSpent: a bound is reached.
        """
        if not self._bounded:
            return
        tokens, money = self.spent
        for what, spent, bound in (
            ("tokens", tokens, self.budget.tokens),
            ("money", round(money, 6), self.budget.money),
            ("seconds", round(self.seconds, 1), self.budget.seconds),
        ):
            if bound is not None and spent >= bound:
                raise BudgetSpent(
                    f"the budget of {bound:.15g} {what} is spent ({spent:.15g} used); what is done is kept: go on with "
                    "a larger budget"
                )

    def spend(self, usage: Usage, price: Price) -> None:
        """Count what a call cost."""
        self.usage += usage
        self.money += price.of(usage)
        if self._file >= 0:
            self._write()

    def share(self, file: Path) -> None:
        """From now on count in `file` too, one entry a process, beside those that are there; a kill loses none.

        Raises:
            StopRun: it cannot be written.
        """
        self.close()
        try:
            self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX)  # entries of others are not ours to write over
            self._place = os.fstat(self._file).st_size // ENTRY.size * ENTRY.size
            self._write()
            fcntl.flock(self._file, fcntl.LOCK_UN)
        except OSError as error:
            self.close()
            raise StopRun(
                f"{file}: cannot be written ({error.strerror}); free some space and go on"
            ) from None
        self._look()

    def _write(self) -> None:
        tokens = self.usage.prompt_tokens + self.usage.completion_tokens
        os.pwrite(self._file, ENTRY.pack(tokens, self.money), self._place)

    def _look(self) -> None:
        size = os.fstat(self._file).st_size // ENTRY.size * ENTRY.size
        entries = list(ENTRY.iter_unpack(os.pread(self._file, size, 0)))
        del entries[self._place // ENTRY.size]
        self._others = (sum(entry[0] for entry in entries), sum(entry[1] for entry in entries))
        self._looked = self._clock()

    def close(self) -> None:
        """Count in the file no longer."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


ENTRY = struct.Struct("<dd")  # tokens, money
AGAIN = 0.2  # seconds between two looks at what others spent
