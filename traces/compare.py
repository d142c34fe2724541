"""Compare: two episodes of one task, and two runs of the same tasks.

Knows nothing of files or pages. Turns are held against each other by what was said, not by their ids, so that runs with
other seeds or parameters can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maieutic import Episode, Event
from maieutic.runs import wilson


def diverges(one: Episode, other: Episode) -> int | None:
    """The number of the first turn that is not the same in both, from 0; None where all are the same."""
    for place, (left, right) in enumerate(zip(one.events, other.events, strict=False)):
        if _said(left) != _said(right):
            return place
    shorter = min(len(one.events), len(other.events))
    return None if len(one.events) == len(other.events) else shorter


def _said(event: Event) -> tuple[object, ...]:
    return event.role, event.answer, event.private, event.invalid


@dataclass(frozen=True)
class Contest:
    """How often the second of two runs had the higher score, the lower, or the same."""

    wins: int
    losses: int
    ties: int

    @property
    def share(self) -> tuple[float, float, float] | None:
        """Share of wins among the decided with its 95 % Wilson interval; None where nothing was decided."""
        decided = self.wins + self.losses
        return (self.wins / decided, *wilson(self.wins, decided)) if decided else None


def contest(scores: Iterable[tuple[float, float]]) -> Contest:
    """Hold pairs of scores against each other.

    >>> contest([(0, 1), (1, 1), (1, 0.5)])
    Contest(wins=1, losses=1, ties=1)
    """
    wins = losses = ties = 0
    for one, other in scores:
        wins, losses, ties = wins + (other > one), losses + (other < one), ties + (other == one)
    return Contest(wins, losses, ties)
