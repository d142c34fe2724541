"""Crew: the workers of a run as its driver sees them: leases tasks, keeps what comes back, leases again what a worker
that was lost had.

Knows nothing of processes and machines; how a worker is started and spoken to is a function that it is given. A lease has
no clock: it ends when the episode does, or when nothing more can be heard from the worker.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from maieutic import MaieuticError, RunError, SandboxError, ScenarioError, Stop, StopRun, Task, Usage
from maieutic.agents.human import Question
from maieutic.runs.journal import EpisodeLog, Write
from maieutic.runs.playing import Ended
from maieutic.runs.rows import EpisodeRow, TurnRow
from maieutic.runs.tasks import Generated
from maieutic.runs.worker import Answers, Message
from maieutic.scenarios import Waiting

LOST_IN_VAIN = (
    6  # workers lost one after the other with no episode ended between: something is wrong with them all
)
_ERRORS = {error.__name__: error for error in (ScenarioError, SandboxError, StopRun, RunError)}


class Line(Protocol):
    """The line to one worker."""

    def say(self, message: Message) -> None:
        """Send a message; never waits, and may be lost when the worker is."""

    def heard(self) -> AsyncIterator[Message]:
        """What the worker says, until nothing more can be heard from it."""

    async def close(self) -> None:
        """End the worker."""


Start = Callable[[int], Awaitable[Line]]  # the number of a worker -> a line to it, when it has been started


class _Lost(Exception):
    """The worker that had the lease is gone."""


@dataclass(eq=False)
class _Hand:
    """One worker."""

    number: int
    leases: dict[int, asyncio.Future[Ended]] = field(default_factory=dict)
    line: Line | None = None
    ready: bool = False
    makes: bool = False  # the run's tasks itself


class Crew:
    """Workers, kept at their number.

    Args:
        start: starts a worker.
        workers: how many.
        each: episodes in flight in each.
        say: told when a worker is lost, and with `pid` and `host` when one is ready.
    """

    def __init__(
        self,
        start: Start,
        workers: int,
        *,
        each: int = 64,
        say: Callable[[str, Mapping[str, Any]], None] = lambda what, facts: None,
    ) -> None:
        self._start, self.workers, self.each, self._say = start, workers, each, say
        self._numbers = itertools.count()
        self._hands: set[_Hand] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._problem: MaieuticError | None = None
        self._in_vain = 0
        self._write: Write | None = None
        self._cast: dict[str, str] = {}
        self._seed = 0
        self._generated: Generated | None = None
        self._spent: Callable[[int, Usage], None] = lambda turns, usage: None
        self._taken: dict[int, int] = {}

    @property
    def slots(self) -> int:
        """Episodes in flight in all."""
        return self.workers * self.each

    def begin(
        self,
        write: Write,
        manifest: Mapping[str, Any],
        generated: Generated | None,
        spent: Callable[[int, Usage], None],
    ) -> Self:
        """Start the workers.

        Args:
            write: keeps rows; returns when they are durable.
            manifest: of the run; each worker's own company must have its cast.
            generated: what tells whether a worker makes the run's tasks itself; None where they are sent to it.
            spent: told of turns that were taken, and what they cost.
        """
        self._write, self._cast, self._seed = write, dict(manifest["cast"]), manifest["seed"]
        self._generated, self._spent = generated, spent
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self.workers)]
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def play(
        self,
        place: int,
        made: Callable[[], Task],
        log: Callable[[bool], EpisodeLog],
        answers: Callable[[], Answers],
    ) -> tuple[Ended, int]:
        """Have a task played to its end; returns when the episode is durable.

        Args:
            place: index of the task.
            made: makes the task, where the worker does not.
            log: the turns that it has now; asked for each lease, and told whether there was one before.
            answers: what people have said in it.

        Returns:
            What became of it, and how many turns were taken for it.

        Raises:
            MaieuticError: as `play_one` in the worker; or workers cannot be had.
        """
        data = b""
        for attempt in itertools.count():
            hand = await self._free()
            if not hand.makes and not data:
                data = made().model_dump_json().encode()
            known = log(attempt > 0)
            told = [
                (known.numbers.get(name), event.model_dump_json().encode())
                for name, event in known.known.items()
            ]
            lease = hand.leases[place] = asyncio.get_running_loop().create_future()
            assert hand.line is not None
            hand.line.say(("lease", place, data, self._seed, told, known.next, list(answers())))
            try:
                ended = await lease
            except _Lost:
                continue
            finally:
                hand.leases.pop(place, None)
                self._changed.set()
            return ended, self._taken.pop(place, 0)
        raise AssertionError("leases never run out")

    async def _free(self) -> _Hand:
        while True:
            if self._problem is not None:
                raise self._problem
            ready = [hand for hand in self._hands if hand.ready and len(hand.leases) < self.each]
            if ready:
                return min(ready, key=lambda hand: (len(hand.leases), hand.number))
            self._changed.clear()
            await self._changed.wait()

    async def _keep(self) -> None:
        """Keep one worker going: start it, hear it, and start another one when it is lost."""
        while self._problem is None:
            hand = _Hand(next(self._numbers))
            writes: set[asyncio.Task[None]] = set()
            try:
                hand.line = await self._start(hand.number)
                self._hands.add(hand)
                if self._generated is not None:
                    hand.line.say(("generated", *self._generated))
                async for message in hand.line.heard():
                    self._hear(hand, message, writes)
            except MaieuticError as error:
                self._problem = error
            finally:
                self._hands.discard(hand)
                if hand.line is not None:
                    await hand.line.close()
                if writes:  # what was heard from it is kept before anybody else begins with its tasks
                    await asyncio.gather(*writes, return_exceptions=True)
                self._let_go(hand)
            self._say("lost", {"worker": hand.number})

    def _let_go(self, hand: _Hand) -> None:
        self._in_vain += 1
        if self._in_vain > LOST_IN_VAIN + 2 * self.workers and self._problem is None:
            self._problem = RunError(
                f"{self._in_vain} workers were lost one after the other and no episode ended; see what they printed"
            )
        for lease in hand.leases.values():
            if not lease.done():
                lease.set_exception(_Lost() if self._problem is None else self._problem)
        self._changed.set()

    def _hear(self, hand: _Hand, message: Message, writes: set[asyncio.Task[None]]) -> None:
        kind, *facts = message
        if kind == "rows":
            writing = asyncio.get_running_loop().create_task(self._rows(hand, *facts))
            writes.add(writing)
            writing.add_done_callback(writes.discard)
        elif kind == "ready":
            pid, host, cast = facts
            if cast != self._cast:
                raise RunError(
                    f"a worker on {host} made another cast: {cast}, not {self._cast}; install the same there"
                )
            hand.ready = True
            self._changed.set()
            self._say("ready", {"worker": hand.number, "pid": pid, "host": host})
        elif kind == "makes":
            hand.makes = True
        elif kind == "broken":
            raise RunError(f"a worker cannot begin: {facts[0]}")
        elif kind in ("ended", "waits", "failed"):
            self._settle(hand.leases.get(facts[0]), kind, facts)

    async def _rows(
        self, hand: _Hand, number: int, turns: list[Any], episodes: list[Any], usage: tuple[int, int, int]
    ) -> None:
        assert self._write is not None
        try:
            await self._write([TurnRow(*row) for row in turns], [EpisodeRow(*row) for row in episodes])
        except MaieuticError as error:
            if hand.line is not None:
                hand.line.say(("unsafe", number, str(error)))
            return
        for row in turns:
            self._taken[row[0]] = self._taken.get(row[0], 0) + 1
        self._spent(len(turns), _usage(usage))
        if hand.line is not None:
            hand.line.say(("safe", number))

    def _settle(self, lease: asyncio.Future[Ended] | None, kind: str, facts: list[Any]) -> None:
        if lease is None or lease.done():
            return
        if kind == "ended":
            self._in_vain = 0
            self._spent(0, _usage(facts[4]))
            lease.set_result(Ended(Stop(facts[1]), facts[2], facts[3]))
        elif kind == "waits":
            self._in_vain = 0
            asked = tuple(Question.model_validate_json(one) for one in facts[2])
            lease.set_exception(Waiting(facts[1], asked))
        elif facts[1] == "Exception":
            lease.set_exception(RuntimeError(f"in a worker:\n{facts[2]}"))
        else:
            lease.set_exception(_ERRORS.get(facts[1], RunError)(facts[2]))


def _usage(facts: tuple[int, int, int]) -> Usage:
    return Usage(prompt_tokens=facts[0], completion_tokens=facts[1], calls=facts[2])
