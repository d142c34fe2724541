"""Ledger: what became of every task of a run.

Knows nothing of files. It is counted up as a run goes on; its sum always holds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from maieutic import Event, Stop, Usage

DROPPED = (Stop.INVALID, Stop.FAILED)  # these episodes are kept as data, but give nothing to train on
_KINDS = 1000  # kinds of failure that are told apart


@dataclass
class Ledger:
    """What became of every task: asked = done + dropped + waiting + missing, always.

    `waiting` episodes stand still until people have answered; `missing` tasks have no episode yet, because they are being
    played or because the run was left.
    """

    asked: int
    done: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    playing: int = 0  # of those missing, how many are in flight
    found: int = 0  # of those done or dropped, how many were there already
    turns_found: int = 0  # turns that were read back instead of taken again
    turns_taken: int = 0
    usage: Usage = field(default_factory=Usage)  # of the turns taken
    stops: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)  # of the episodes played, not of those found
    stopped: str | None = None  # why the run ended before its tasks did, where no interrupt ended it

    @property
    def over(self) -> int:
        """Tasks that have an episode."""
        return self.done + sum(self.dropped.values())

    @property
    def missing(self) -> int:
        """Tasks without an episode, for which nobody waits."""
        return self.asked - self.over - self.waiting

    @property
    def complete(self) -> bool:
        """Whether every task was done."""
        return self.done == self.asked

    def count(self, stop: Stop) -> None:
        """Enter one episode that is there."""
        self.stops[stop.value] += 1
        if stop in DROPPED:
            self.dropped[stop.value] = self.dropped.get(stop.value, 0) + 1
        else:
            self.done += 1

    def took(self, event: Event) -> None:
        """Enter one turn that was taken."""
        self.turns_taken += 1
        if event.usage.calls:
            self.usage += event.usage

    def spent(self, turns: int, usage: Usage) -> None:
        """Enter turns that were taken elsewhere, and what they cost."""
        self.turns_taken += turns
        if usage.calls:
            self.usage += usage

    def ended(self, stop: Stop, failure: str | None, turns: int, taken: int) -> None:
        """Enter one episode that was played to its end: its turns, and how many of them were taken for it."""
        self.count(stop)
        self.turns_found += max(0, turns - taken)
        if failure is not None:
            kind = f"{stop.value}: {' '.join(failure.split()):.100}"
            if kind in self.failures or len(self.failures) < _KINDS:
                self.failures[kind] += 1
