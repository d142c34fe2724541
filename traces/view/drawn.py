"""Drawn: the records and decisions of an episode, or why its scenario cannot draw them.

Knows nothing of pages. A scenario may have changed since the run was made, and may be anybody's: whatever it raises is
shown, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from maieutic import Episode, Pair, Record
from maieutic.scenarios import Company, Decision

T = TypeVar("T")


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
    records, failed = _made(company.scenario.records, episode)
    decisions, wrong = _made(company.scenario.decisions, episode)
    problems = [
        f"{episode.scenario} cannot draw {what} from it: {one}"
        for what, one in (("records", failed), ("decisions", wrong))
        if one is not None
    ]
    return Drawn(records, decisions, "; ".join(problems) or None)


def _made(make: Callable[[Episode], Iterable[T]], episode: Episode) -> tuple[tuple[T, ...], str | None]:
    """What `make` makes of an episode, and why it could not."""
    try:
        return tuple(make(episode)), None
    except Exception as error:  # noqa: BLE001 - somebody's function over an episode of another time
        return (), f"{type(error).__name__}: {error}"
