"""Shares: episodes of a scenario, and what came of them beside what a closed form predicts.

Knows no scenario.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from maieutic import Episode, Task
from maieutic.runs.measures import wilson
from maieutic.scenarios import assemble, catalogue


def share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits / n:.3f} ({low:.3f}-{high:.3f}) of {n}" if n else "none"


def played(
    name: str, tasks: Iterable[Task], *, cast: dict[str, Any] | None = None, **parameters: Any
) -> Iterator[Episode]:
    company = assemble(catalogue.load(name), parameters=parameters, cast=cast)
    for place, task in enumerate(tasks):
        yield asyncio.run(company.play(task, seed=place))


def stream(name: str, seed: int = 1, **parameters: Any) -> Iterator[Task]:
    scenario = catalogue.load(name)
    world = scenario.world_of(scenario.configure(parameters))
    return (world.generate(seed, index) for index in range(10**9))


def line(what: str, predicted: float, hits: int, n: int) -> None:
    low, high = wilson(hits, n, z=3.29)
    inside = "within" if low - 1e-9 <= predicted <= high + 1e-9 else "OUTSIDE"
    print(
        f"  {what:<46} predicted {predicted:.3f}   measured {share(hits, n):<32} {inside} its 99.9 % interval"
    )


def mean(what: str, predicted: float, values: Sequence[float]) -> None:
    """As `line`, of a mean with its normal intervals."""
    n, found = len(values), math.fsum(values) / len(values)
    error = math.sqrt(math.fsum((one - found) ** 2 for one in values) / (n - 1) / n)
    estimate(what, predicted, found, error, f" of {n}")


def estimate(what: str, predicted: float, found: float, error: float, of: str = "") -> None:
    """As `line`, of any figure with its standard error."""
    inside = "within" if abs(found - predicted) <= 3.29 * error + 1e-9 else "OUTSIDE"
    measured = f"{found:.3f} ({found - 1.96 * error:.3f}-{found + 1.96 * error:.3f}){of}"
    print(f"  {what:<46} predicted {predicted:.3f}   measured {measured:<32} {inside} its 99.9 % interval")


def majority(accuracy: float, votes: int = 5) -> float:
    """Probability that a majority of independent votes is right."""
    return sum(
        math.comb(votes, right) * accuracy**right * (1 - accuracy) ** (votes - right)
        for right in range(votes // 2 + 1, votes + 1)
    )


def tail(n: int, k: int, p: float) -> float:
    """Probability of k or more of n."""
    return sum(math.comb(n, hits) * p**hits * (1 - p) ** (n - hits) for hits in range(k, n + 1))


def binomials(chances: Iterable[float]) -> list[float]:
    """Probabilities that none, one, two, ... of several things come true, each by itself."""
    found = [1.0]
    for chance in chances:
        before = [0.0, *found]
        found = [
            kept * (1 - chance) + came * chance for kept, came in zip([*found, 0.0], before, strict=True)
        ]
    return found
