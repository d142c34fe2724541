"""Admission: how many calls a model gets at once, when a call is tried again, and what a dead server stops.

Knows nothing of HTTP or of prompts. The number in flight grows while it helps and is cut when the model says it is
busy, slows down without doing more, or lets calls queue. No call holds a place while it waits to be tried again.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from pydantic import Field

from maieutic import Frozen, StopRun, rng
from maieutic.agents.models.budget import Meter, Price
from maieutic.agents.models.engine import Engine, EngineError, Reply, Request

Kind = Literal["busy", "dead", "broken", "wrong"]
Say = Callable[[str], None]


class Fault(EngineError):
    """One attempt failed, and the same request may be tried again.

    Args:
        problem: what happened.
        kind: `busy` (too many calls), `dead` (nobody is there; all callers wait), `broken` (a reply was begun or
            promised and did not come), `wrong` (a reply came that is no answer to this request).
        retry_after: seconds that the server asked to wait.
    """

    def __init__(self, problem: str, *, kind: Kind = "broken", retry_after: float | None = None) -> None:
        super().__init__(problem, temporary=True)
        self.kind, self.retry_after = kind, retry_after


class Away(StopRun):
    """A server stayed dead for longer than the patience: the run ends in good order, and goes on another time."""


class Limits(Frozen):
    """How a model is approached; every time is in seconds.

    Attributes:
        start, most: calls in flight at first, and at the most.
        tries: attempts a call gets, those at a dead server not counted.
        backoff, longest: pause after the first failed attempt, doubled each time up to the longest, with jitter.
        patience: how long a dead server is waited for.
        slower: answers this many times as slow as at best are a sign of too many calls, unless more answers came.
        queue: calls waiting in the model's own queue, as a share of those in flight, that are too many.
        poll: time between looks at that queue.
        deaf: failed attempts in a row, over all callers, after which a server counts as dead.
    """

    start: int = Field(64, ge=1)
    most: int = Field(256, ge=1)
    tries: int = Field(6, ge=1)
    backoff: float = Field(0.5, ge=0)
    longest: float = Field(30.0, ge=0)
    patience: float = Field(300.0, ge=0)
    slower: float = Field(3.0, gt=1)
    queue: float = Field(0.1, ge=0)
    poll: float = Field(1.0, gt=0)
    deaf: int = Field(20, ge=1)


@dataclass
class Pace:
    """The number of calls to have in flight: doubled per round at first, then one more per round, cut on a sign of
    congestion (Chiu and Jain 1989, additive increase and multiplicative decrease; slow start as in TCP).

    Pure arithmetic on times that it is given, so that it can be tested without a clock.
    """

    limits: Limits
    limit: float = 0.0
    steep: bool = True
    cut_at: float = float("-inf")
    slow: list[float] = field(default_factory=list)
    since: float | None = None
    best: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=64))
    eased: tuple[float, float] | None = None  # seconds and limit before the last cut for slowness
    warned: bool = False  # whether the answers before were too slow as well

    def __post_init__(self) -> None:
        self.limit = self.limit or float(min(self.limits.start, self.limits.most))

    def answered(self, sent: float, now: float, tokens: int, in_use: bool) -> None:
        """A call sent at `sent` was answered with `tokens` written, while all places were in use or not."""
        if in_use and sent >= self.cut_at:
            self.limit = min(self.limits.most, self.limit + (1.0 if self.steep else 1.0 / self.limit))
        self.since = sent if self.since is None else self.since
        # a call costs its prompt as well, here as much as 32 tokens written, so that verdicts and essays compare
        self.slow.append((now - sent) / (32 + tokens))
        if len(self.slow) >= max(32.0, self.limit):
            self._judge(sent, now)

    def _judge(self, sent: float, now: float) -> None:
        seconds = median(self.slow)  # the median, so that stragglers do not count
        rate = len(self.slow) / max(1e-9, now - (self.since or 0.0))
        if self.eased is not None:
            before, limit = self.eased
            self.eased = None
            if seconds > 0.9 * before:  # fewer calls did not help: the work itself takes longer now
                self.limit = max(self.limit, limit)
                self.best.clear()
        if self.best:
            fastest = min(pair[0] for pair in self.best)
            its_rate = max(pair[1] for pair in self.best if pair[0] <= 1.25 * fastest)
            # a batching engine answers each call later the more it has at once: no harm if more answers come
            late = seconds > self.limits.slower * fastest and rate <= 1.1 * its_rate
            # once may be a pause of this machine, or of the server; congestion stays
            if late and self.warned:
                self.eased = (seconds, self.limit)
                self.congested(sent, now, 0.8)
            self.warned = late
        self.best.append((seconds, rate))
        self.slow, self.since = [], now

    def queued(self, waiting: float, in_flight: int, now: float) -> None:
        """The model itself keeps `waiting` calls in its queue."""
        if waiting > max(2.0, self.limits.queue * in_flight):
            self.congested(now, now, 0.8)

    def congested(self, sent: float, now: float, factor: float = 0.5) -> None:
        """Cut the limit, once for all calls that were sent before the last cut."""
        self.steep = False
        if sent >= self.cut_at:
            self.limit, self.cut_at = max(1.0, self.limit * factor), now


class Gate:
    """The door to one model, for all its callers in one event loop at a time.

    Args:
        name: of the model, for messages.
        limits: how it is approached.
        say: told when the model is away and when it is back, once each.
        waiting: asks the model how many calls wait in its own queue; None when it cannot say.
        meter: the budget that each call is held against.
        price: what the tokens cost.
    """

    def __init__(
        self,
        name: str,
        limits: Limits | None = None,
        *,
        say: Say | None = None,
        waiting: Callable[[], Awaitable[float | None]] | None = None,
        meter: Meter | None = None,
        price: Price | None = None,
    ) -> None:
        self.name, self.limits = name, limits or Limits()
        self.pace = Pace(self.limits)
        self.in_flight = self.most_in_flight = 0
        self._say, self._waiting = say or logging.getLogger(__name__).warning, waiting
        self.meter, self._price = meter, price or Price()
        self._order = itertools.count()
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failures, self._shut, self._probe_at = 0, None, 0.0
        self._gave_up, self._why = False, ""

    _shut: float | None  # since when the gate has been shut because nobody answers

    async def run(
        self, attempt: Callable[[], Awaitable[Reply]], *, seed: int = 0, priority: int = 0
    ) -> Reply:
        """Have `attempt` made when there is a place for it, and again if it fails for a passing reason.

        Args:
            attempt: makes one attempt; raises `Fault`, or `EngineError` for good.
            seed: of the jitter.
            priority: lower goes first among those who wait.

        Raises:
            EngineError: it failed for good, or too often.
            Away: the server stayed dead for longer than the patience.
            BudgetSpent: the budget is spent.
        """
        tried = 0
        while True:
            await self._enter(priority)
            assert self._loop is not None
            sent = self._loop.time()
            full = self.in_flight >= int(self.pace.limit)
            fault: EngineError
            try:
                if self.meter is not None:
                    self.meter.check()
                reply = await attempt()
            except EngineError as error:
                fault = error
            else:
                self._alive()
                self.pace.answered(sent, self._loop.time(), reply.usage.completion_tokens, full)
                if self.meter is not None:
                    self.meter.spend(reply.usage, self._price)
                if tried:
                    usage = reply.usage.model_copy(update={"calls": reply.usage.calls + tried})
                    reply = reply.model_copy(update={"usage": usage})
                return reply
            finally:
                self._leave()
            if not fault.temporary:
                self._alive()  # it answered, if only to refuse
                raise fault
            if self._failed(fault, sent):
                continue  # nobody is there: the gate is shut, and entering waits
            tried += 1
            if tried >= self.limits.tries:
                raise EngineError(
                    f"{self.name}: {tried} attempts failed, the last because {fault}", temporary=True
                )
            await asyncio.sleep(self._pause(seed, tried, fault))

    def _pause(self, seed: int, tried: int, fault: EngineError) -> float:
        longest = min(self.limits.longest, self.limits.backoff * 2 ** (tried - 1))
        jitter: float = rng("backoff", seed, tried).uniform(0.5, 1.0) * longest
        asked: float | None = getattr(fault, "retry_after", None)
        return jitter + (asked or 0.0)

    async def _enter(self, priority: int) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # a new event loop: nothing of the old one can come back
            self._loop, self.in_flight, self._queue, self._tasks = loop, 0, [], {}
            self._failures, self._shut, self._gave_up = 0, None, False
        if self._waiting is not None:
            self._start(self._poll)
        if self._gave_up:
            if loop.time() < self._probe_at:
                raise self._gone()
            self._probe_at = loop.time() + 15.0  # this caller tries the door
        elif self._shut is not None or self._queue or self.in_flight >= int(self.pace.limit):
            turn = loop.create_future()
            heapq.heappush(self._queue, (priority, next(self._order), turn))
            if self._shut is not None:
                self._start(self._watch)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled() and turn.exception() is None:
                    self._leave()
                raise
            return  # whoever woke us has counted us in
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def _leave(self) -> None:
        self.in_flight -= 1
        self._wake()

    def _wake(self, most: int | None = None) -> None:
        """Let the next ones in: as many as there are places, or one to try the door of a dead server."""
        places = int(self.pace.limit) - self.in_flight if most is None else most
        while self._queue and places > 0 and (self._shut is None or most is not None):
            turn = heapq.heappop(self._queue)[2]
            if not turn.done():
                turn.set_result(None)
                self.in_flight += 1
                places -= 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def _gone(self) -> Away:
        return Away(f"{self.name} was away for more than {self.limits.patience:g} s ({self._why})")

    def _alive(self) -> None:
        self._failures = 0
        if self._shut is not None:
            assert self._loop is not None
            self._say(f"{self.name} is back after {self._loop.time() - self._shut:.0f} s; going on")
            self._shut, self._gave_up = None, False
            self._wake()

    def _failed(self, fault: EngineError, sent: float) -> bool:
        """Take note of a failed attempt; whether nobody is there."""
        assert self._loop is not None
        kind = getattr(fault, "kind", "broken")
        if kind == "busy":
            self.pace.congested(sent, self._loop.time())
        if kind in ("busy", "wrong"):
            self._alive()
            return False
        self._failures += 1
        if kind != "dead" and self._failures < self.limits.deaf:
            return False
        if self._shut is None:
            self._shut = self._loop.time()
            self._say(
                f"{self.name} is away ({fault}); all its callers wait, up to {self.limits.patience:g} s"
            )
        self._why = str(fault)
        return True

    async def _watch(self) -> None:
        """Send one caller after another to the door of a dead server; send all away when patience ends."""
        assert self._loop is not None
        pause = max(0.05, self.limits.backoff)
        while self._shut is not None and not self._gave_up:
            left = self._shut + self.limits.patience - self._loop.time()
            if left <= 0:
                self._gave_up, self._probe_at = True, self._loop.time() + 15.0
                while self._queue:
                    turn = heapq.heappop(self._queue)[2]
                    if not turn.done():
                        turn.set_exception(self._gone())
                return
            await asyncio.sleep(min(pause, left))
            if self._shut is not None and self.in_flight < int(self.pace.limit):
                self._wake(most=1)
                pause = min(15.0, pause * 2)

    async def _poll(self) -> None:
        """Look at the model's own queue while calls are in flight."""
        assert self._loop is not None
        assert self._waiting is not None
        while self.in_flight or self._queue:
            await asyncio.sleep(self.limits.poll)
            waiting = await self._waiting()
            if waiting is None:
                self._waiting = None
                return
            self.pace.queued(waiting, self.in_flight, self._loop.time())

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have `work` done beside the calls, unless it is under way."""
        task = self._tasks.get(work.__name__)
        if task is None or task.done():
            self._tasks[work.__name__] = asyncio.create_task(work())


@dataclass
class Gated:
    """An engine behind a gate: retried, paced and held against the budget. The inner engine makes one attempt."""

    engine: Engine
    gate: Gate

    @property
    def fingerprint(self) -> str:
        """That of the engine: how it is approached changes no answer."""
        return self.engine.fingerprint

    @property
    def guided(self) -> bool:
        """As the engine."""
        return self.engine.guided

    async def complete(self, request: Request) -> Reply:
        """Answer one request; see `Gate.run` for what is raised."""
        return await self.gate.run(
            lambda: self.engine.complete(request), seed=request.seed, priority=request.priority
        )

    async def close(self) -> None:
        """Close the engine."""
        await self.engine.close()
