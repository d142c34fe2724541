"""Drawn: the records and decisions of an episode, or why its scenario cannot draw them.

Knows nothing of pages. A scenario may have changed since the run was made, and may be anybody's: whatever it raises is
shown, and stops nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maieutic import Episode, Pair, Record
from maieutic.scenarios import Company, Decision


@dataclass(frozen=True)
class Drawn:
    """What was drawn from an episode; `problem` says why nothing could be."""

    records: tuple[Record, ...] = ()
    decisions: tuple[Decision, ...] = ()
    problem: str | None = None

    @property
    def pairs(self) -> list[Pair]:
        """The pairs among the records."""
        return [record for record in self.records if isinstance(record, Pair)]


def draw(company: Company[Any] | None, episode: Episode) -> Drawn:
    """The records and decisions of an ended episode."""
    if company is None:
        return Drawn(problem=f"the scenario {episode.scenario!r} is not installed here")
    try:
        return Drawn(tuple(company.scenario.records(episode)), tuple(company.scenario.decisions(episode)))
    except Exception as error:  # noqa: BLE001 - somebody's function over an episode of another time
        return Drawn(
            problem=f"{episode.scenario} cannot draw records from it: {type(error).__name__}: {error}"
        )
