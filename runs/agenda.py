"""Agenda: what to play next: fresh tasks, and episodes whose people have answered.

Knows nothing of how episodes are played. Episodes that wait are not in memory; what they wait for is
in the inbox of the run folder, so that a run that is started again passes over them until somebody has answered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from maieutic.runs.inbox import Inbox
from maieutic.runs.tasks import Entry
from maieutic.scenarios import Waiting

LOOK = 0.5  # seconds between two looks for new answers


class Agenda:
    """The tasks of a run, one after another, shared by its workers.

    Args:
        fresh: tasks with their places, those that have an episode left out.
        draining: set when no further task is to be begun.
        inbox: where people are asked; None when nobody is.
        wait: whether to stay while people are asked.
    """

    def __init__(
        self, fresh: Iterator[Entry], draining: asyncio.Event, inbox: Inbox | None = None, wait: bool = False
    ) -> None:
        self._fresh, self._draining, self._inbox, self._wait = fresh, draining, inbox, wait
        self._parked: dict[int, Entry] = {}
        self._looked = time.monotonic()
        self.waiting: set[int] = set()

    def begin(self, ended: Sequence[int]) -> None:
        """Find the episodes that waited when the run was left; `ended` says of each task whether it has an episode."""
        if self._inbox is not None:
            idle = {place for place in self._inbox.places(answered=False) if place < len(ended)}
            for place in idle:
                if ended[place]:  # left between the end of the episode and the tidying up
                    self._inbox.forget(place)
            self.waiting = {place for place in idle if not ended[place]}

    async def next(self) -> Entry | None:
        """The next task and its place; None when there is none, or none is to be begun."""
        while not self._draining.is_set():
            entry = self._answered()
            entry = next(self._fresh, None) if entry is None else entry
            if entry is None:
                if not self._parked:
                    return None
                entry = self._answered(now=True)
                if entry is None and not self._wait:
                    return None
            if entry is None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._draining.wait(), LOOK)
            elif entry[0] in self.waiting:
                self._parked[entry[0]] = entry
            else:
                return entry
        return None

    def _answered(self, *, now: bool = False) -> Entry | None:
        """A task whose people have answered all that they were asked; looks only every now and then."""
        if self._inbox is None or not self._parked:
            return None
        if not now and time.monotonic() - self._looked < LOOK:
            return None
        for place in sorted(self._inbox.places(answered=True)):
            if place in self._parked:
                self.waiting.discard(place)
                return self._parked.pop(place)
        self._looked = time.monotonic()
        return None

    async def park(self, entry: Entry, waiting: Waiting) -> None:
        """Put an episode aside until people have answered; returns when what they are asked is durable.

        Raises:
            RunError: it cannot be written.
        """
        assert self._inbox is not None, "somebody waits in a run without people"
        await asyncio.to_thread(self._inbox.ask, entry[0], waiting)
        self.waiting.add(entry[0])
        self._parked[entry[0]] = entry

    async def end(self, place: int) -> None:
        """The episode at `place` has ended and is in the journal."""
        if self._inbox is not None:
            await asyncio.to_thread(self._inbox.forget, place)
