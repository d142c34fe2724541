"""Measures: what a run's episodes say together: scores, decisions against the truth, stop reasons, records.

Knows nothing of files. Every share comes with its 95 % Wilson interval.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from maieutic import Episode, Record, Usage
from maieutic.scenarios import Decision


def wilson(hits: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927); (0, 1) when nothing was seen.

    >>> tuple(round(end, 3) for end in wilson(8, 10))
    (0.49, 0.943)
    """
    if not n:
        return 0.0, 1.0
    share, square = hits / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass
class Agreement:
    """How the decisions of one kind agree with the truth: counts of (said, true)."""

    counts: Counter[tuple[bool, bool]] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        self.counts[decision.said, decision.true] += 1

    @property
    def n(self) -> int:
        """Decisions seen."""
        return self.counts.total()

    @property
    def precision(self) -> tuple[int, int]:
        """Truly so among those said to be so: (hits, n)."""
        return self.counts[True, True], self.counts[True, True] + self.counts[True, False]

    @property
    def recall(self) -> tuple[int, int]:
        """Said to be so among those truly so: (hits, n)."""
        return self.counts[True, True], self.counts[True, True] + self.counts[False, True]

    @property
    def accuracy(self) -> tuple[int, int]:
        """Said as it is: (hits, n)."""
        return self.counts[True, True] + self.counts[False, False], self.n


@dataclass
class Measures:
    """Sums over episodes, taken one episode at a time."""

    stops: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    decisions: dict[str, Agreement] = field(default_factory=lambda: defaultdict(Agreement))
    scores: dict[str, tuple[int, float, float]] = field(default_factory=dict)  # n, sum, sum of squares
    failures: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
    turns: int = 0
    invalid: int = 0

    def add(self, episode: Episode, records: Iterable[Record], decisions: Iterable[Decision]) -> None:
        """Count one episode and what was drawn from it."""
        self.stops[episode.stop.value] += 1
        self.turns += len(episode.events)
        self.invalid += sum(event.invalid is not None for event in episode.events)
        self.usage += episode.usage
        if episode.failure:
            self.failures[f"{episode.stop.value}: {episode.failure:.120}"] += 1
        for record in records:
            self.records[f"{record.kind}/{record.purpose}"] += 1
        for decision in decisions:
            self.decisions[decision.kind].add(decision)
        for name, value in episode.scores.items():
            n, total, squares = self.scores.get(name, (0, 0.0, 0.0))
            self.scores[name] = (n + 1, total + value, squares + value * value)

    def mean(self, name: str) -> tuple[float, float]:
        """Mean of a score, and half the width of its 95 % interval (normal approximation)."""
        n, total, squares = self.scores[name]
        mean = total / n
        spread = math.sqrt(max(0.0, squares / n - mean * mean))
        return mean, 1.96 * spread / math.sqrt(n)

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "stops": dict(sorted(self.stops.items())),
            "failures": dict(sorted(self.failures.items())),
            "records": dict(sorted(self.records.items())),
            "turns": self.turns,
            "invalid_turns": self.invalid,
            "usage": self.usage.model_dump(),
            "decisions": {
                kind: {
                    name: None if not n else {"value": hits / n, "n": n, "interval": wilson(hits, n)}
                    for name, (hits, n) in (
                        ("precision", one.precision),
                        ("recall", one.recall),
                        ("accuracy", one.accuracy),
                    )
                }
                for kind, one in sorted(self.decisions.items())
            },
            "scores": {
                name: dict(zip(("mean", "half_width"), self.mean(name), strict=True))
                for name in sorted(self.scores)
            },
        }
