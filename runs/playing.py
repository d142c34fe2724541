"""Playing: one task to its end, every turn kept and every record held against the episode; wherever it is played.

Knows nothing of other tasks, and not whether the log that it writes to is a file or somebody far away.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from maieutic import Episode, Event, ScenarioError, Stop, Task, faults
from maieutic.runs.journal import EpisodeLog
from maieutic.runs.ledger import DROPPED
from maieutic.scenarios import Company


class Ended(NamedTuple):
    """What a run's ledger needs to know of an episode that has ended and is kept."""

    stop: Stop
    failure: str | None
    turns: int


@dataclass
class Told:
    """A log that also tells of each turn that is taken, once it is kept."""

    inner: EpisodeLog
    tell: Callable[[Event], None]

    def find(self, name: str) -> Event | None:
        """The event of that id that was kept before, if there is one."""
        return self.inner.find(name)

    async def keep(self, event: Event, seconds: float) -> None:
        """Keep a new event; returns when it is durable."""
        try:
            await self.inner.keep(event, seconds)
        except asyncio.CancelledError:
            self.tell(event)  # it is on its way, and gets there though nobody waits for it any more
            raise
        self.tell(event)


async def play_one(
    company: Company[Any],
    task: Task,
    seed: int,
    log: EpisodeLog,
    tell: Callable[[Event], None],
    config: Mapping[str, Any] | None = None,
) -> Episode:
    """Play `task` and keep the episode; returns when it is durable.

    Args:
        company: the scenario, made ready.
        task: the task.
        seed: of the episode.
        log: where turns are kept and found again.
        tell: called with each turn that was taken.
        config: as `Company.play` takes it.

    Raises:
        ScenarioError: the scenario drew a record that contradicts the episode; nothing but its turns was kept.
        StopRun, Waiting, SandboxError: as `Company.play`.
        RunError: it cannot be kept.
    """
    episode = await company.play(task, seed, Told(log, tell), config=config)
    checked_records(company, episode)
    await log.end(episode)
    return episode


def checked_records(company: Company[Any], episode: Episode) -> list[Any]:
    """The records of an episode, each held against it.

    Raises:
        ScenarioError: a record contradicts its episode; the scenario is at fault.
    """
    records = [] if episode.stop in DROPPED else list(company.scenario.records(episode))
    for record in records:
        for fault in faults(record, episode):
            raise ScenarioError(
                f"{company.scenario.name} drew a {record.kind} record from episode {episode.id} that {fault}"
            )
    return records


@contextmanager
def rarer_collections() -> Iterator[None]:
    """While inside, garbage is collected less often: LangGraph makes many small objects that free themselves, and
    looking through them at the usual threshold takes a third of a run's time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
