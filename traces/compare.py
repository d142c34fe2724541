"""Compare: two episodes of one task, and two runs of the same tasks.

Knows nothing of files or pages. Turns are held against each other by what was said, not by their ids, so that runs with
other seeds or parameters can be compared.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from maieutic import Episode, Event
from maieutic.runs import Journal, wilson


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


@dataclass(frozen=True)
class Both:
    """One task as two runs played it.

    Attributes:
        place: of the task in the first run.
        other_place: in the second one.
        one: the first run's episode.
        other: the second run's.
        turn: the number of the first turn that is not the same, from 0; None where all are.
    """

    place: int
    other_place: int
    one: Episode
    other: Episode
    turn: int | None

    @property
    def changed(self) -> bool:
        """Whether the episodes ended for other reasons or have other scores."""
        return self.one.stop is not self.other.stop or self.one.scores != self.other.scores


def side_by_side(one: Journal, other: Journal) -> tuple[Generator[Both], list[str], list[str]]:
    """Two runs matched by the ids of their tasks, few episodes in memory at a time.

    Returns:
        The tasks that both have, in the order of the first run; the ids of those that only the first one has, and of
        those that only the second one has.
    """
    places = {episode.task.id: place for place, episode in other.episodes()}
    mine = {episode.task.id: place for place, episode in one.episodes()}

    def both() -> Generator[Both]:
        for place, episode in one.episodes():
            if (there := places.get(episode.task.id)) is not None and mine[episode.task.id] == place:
                for _, second in other.some([there]):
                    yield Both(place, there, episode, second, diverges(episode, second))

    return (
        both(),
        [name for name in mine if name not in places],
        [name for name in places if name not in mine],
    )
