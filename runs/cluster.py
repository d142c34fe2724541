"""Cluster: workers as Ray actors, on this machine or on many.

Knows nothing of leases. The driver asks each actor for what it has to say and tells it what is durable; nothing passes
through a shared disk. A worker that dies, or whose node does, is heard of through Ray, and another one is started wherever
there is room. Needs Ray (`pip install 'maieutic[cluster]'`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from maieutic import InputError, RunError
from maieutic.runs.crew import Start
from maieutic.runs.recipe import Recipe
from maieutic.runs.worker import Message, Worker

ROOM = 600.0  # seconds to wait for room on the cluster for a worker
REACH = 20.0  # seconds to wait for the cluster itself
TRIES = 3  # at a cluster that loses processes
_LOST = "Starting Ray client server failed"
# A message costs Ray a good half of a millisecond of work at each end, whatever is in it: they are few and full.
PAUSE = 0.01  # seconds that what can wait does, for more to go with it
ANSWER = 0.05  # seconds that the driver's own message waits for rows to be durable, so that it can say so


class _Actor:
    """A worker as a Ray actor; its methods run on one event loop."""

    def __init__(self, recipe: str) -> None:
        import gc

        gc.set_threshold(50_000, 50, 100)
        self._recipe = recipe
        self._worker: Worker | None = None
        self._said: list[Message] = []
        self._news, self._urgent = asyncio.Event(), asyncio.Event()

    async def begin(self) -> None:
        """Make the company; what comes of it is said like anything else."""
        from maieutic import MaieuticError

        try:
            self._worker = Worker(self._recipe, self._say, pause=PAUSE)
        except MaieuticError as error:
            self._say(("broken", str(error)))

    def _say(self, message: Message) -> None:
        self._said.append(message)
        self._news.set()
        if message[0] != "ended":  # the ends of episodes go with the next rows
            self._urgent.set()

    async def hear(self, messages: list[Message]) -> None:
        """Take what the driver says."""
        assert self._worker is not None
        for message in messages:
            self._worker.hear(message)

    async def exchange(self, messages: list[Message]) -> list[Message]:
        """Take what the driver says; then what there is to say, as soon as there is anything."""
        await self.hear(messages)
        await self._news.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._urgent.wait(), PAUSE)
        self._news.clear()
        self._urgent.clear()
        said, self._said = self._said, []
        return said


@dataclass(eq=False)
class _Line:
    """The line to a worker on the cluster."""

    ray: Any
    actor: Any
    lines: set[_Line]  # all that are open
    waiting: list[Message] = field(default_factory=list)
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    listening: bool = False
    due: bool = False

    def say(self, message: Message) -> None:
        """Send a message with the next exchange; while the worker is listened to, with all others of this round of the loop."""
        self.waiting.append(message)
        self.spoken.set()
        if self.listening and not self.due:
            self.due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self.due = False
        if self.listening:
            with suppress(self.ray.exceptions.RayError):
                self.actor.hear.remote(self._taken())

    def _taken(self) -> list[Message]:
        messages, self.waiting = self.waiting, []
        return messages

    async def heard(self) -> AsyncIterator[Message]:
        """What the worker says, until Ray says that it is gone."""
        while True:
            self.listening = True
            try:
                messages = await _result(self.actor.exchange.remote(self._taken()))
            except self.ray.exceptions.RayError:
                return
            finally:
                self.listening = False
            self.spoken.clear()
            for message in messages:
                yield message
            rows = any(message[0] == "rows" for message in messages)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.spoken.wait(), ANSWER if rows else PAUSE)

    async def close(self) -> None:
        """End the worker."""
        self.lines.discard(self)
        with suppress(self.ray.exceptions.RayError):
            await asyncio.to_thread(self.ray.kill, self.actor)


async def _result(reference: Any) -> Any:
    # the same for a driver on the cluster and for one that is connected by ray://
    return await asyncio.wrap_future(reference.future())


def on_ray(recipe: Recipe, address: str, *, gpus: float = 0) -> Start:
    """Starts workers on a Ray cluster that make their companies from `recipe`.

    Args:
        recipe: what each worker makes its company from.
        address: `local` starts Ray here; `ray://HOST:PORT` or `HOST:PORT` is a cluster; `auto` the one of this machine.
        gpus: for each worker, where its company has a model in process.

    Raises:
        InputError: the address is none, or Ray is not installed.
    """
    if find_spec("ray") is None:
        raise InputError("a cluster needs Ray", key="--cluster", remedy="pip install 'maieutic[cluster]'")
    if address not in ("local", "auto") and ":" not in address:
        raise InputError(
            f"{address!r} is no cluster", key="--cluster", remedy="write local, auto or ray://HOST:PORT"
        )

    connecting = asyncio.Lock()
    lines: set[_Line] = set()

    async def start(number: int) -> _Line:
        async with connecting:
            ray = await _connected(address)
        room = {"num_cpus": 1, "num_gpus": gpus if ray.cluster_resources().get("GPU") else 0}
        actor = (
            ray.remote(_Actor)
            .options(**room, max_restarts=0, max_task_retries=0, max_concurrency=1000)
            .remote(recipe.model_dump_json())
        )
        begun = asyncio.ensure_future(_result(actor.begin.remote()))
        try:
            while not (await asyncio.wait([begun], timeout=ROOM))[0]:
                if not lines:  # else the others go on, and this one begins when there is room
                    raise RunError(
                        f"the cluster at {address} had no room for a worker in {ROOM:.0f} s; see `ray status`"
                    )
            begun.result()
        except ray.exceptions.RayError:
            pass  # lost before it began; nothing will be heard from it
        except BaseException:
            begun.cancel()
            ray.kill(actor)
            raise
        lines.add(line := _Line(ray, actor, lines))
        return line

    return start


async def _connected(address: str) -> Any:
    """Ray, connected to the cluster; at once where it is already."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a run tells nobody that it runs
    import ray

    if ray.is_initialized():
        return ray
    if ":" in address:
        await _reachable(address)  # Ray itself would try for minutes
    logging.getLogger("ray").setLevel(logging.ERROR)
    _begin(ray, address)
    return ray


def _begin(ray: Any, address: str) -> None:
    # on the thread that stays: what Ray starts here ends with the thread that has started it
    drains = signal.getsignal(signal.SIGTERM)
    try:
        if address == "local":
            # said outright, or Ray would look for a cluster that was here once, and wait for it
            ray.init("local", include_dashboard=False, logging_level="ERROR")
        else:
            _join(ray, address)
    except Exception as error:  # noqa: BLE001 - Ray raises many kinds, and all mean that there is no cluster
        raise _no_cluster(address, error, _stray_token(address)) from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, drains)  # Ray's own would end the run at once


def _join(ray: Any, address: str) -> None:
    """Connect to a cluster, up to three times where it lost the process that it forks for each driver.

    Such a process now and then dies as it is forked, since gRPC's threads go on in its parent (ray-project/ray#63202, 7 in
    100 there); the next one knows nothing of it.
    """
    for left in reversed(range(TRIES)):
        try:
            ray.init(address, logging_level="ERROR")
            return
        except Exception as error:
            if not left or _LOST not in str(error):
                raise
            ray.shutdown()


async def _reachable(address: str) -> None:
    host, _, port = address.rpartition("://")[2].rstrip("/").rpartition(":")
    try:
        async with asyncio.timeout(REACH):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise _no_cluster(address, error) from None
    writer.close()


def _stray_token(address: str) -> str | None:
    """What to do where Ray has a token, and nobody told it whether to use it: a client and a server that see it
    differently wait for one another until the client's time is over. None where it was told, or has none."""
    if not address.startswith("ray://") or os.environ.get("RAY_AUTH_MODE"):
        return None
    named = [name for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH") if os.environ.get(name)]
    if not named and not (Path.home() / ".ray" / "auth_token").is_file():
        return None
    return (
        f"Ray has found a token here ({named[0] if named else '~/.ray/auth_token'}): set RAY_AUTH_MODE to token or to "
        "disabled, the same here and on the cluster"
    )


def _no_cluster(address: str, error: Exception, remedy: str | None = None) -> RunError:
    said = " ".join(str(error).split()) or "nobody answers"
    remedy = remedy or "start one (`ray start --head`), or give --cluster local"
    return RunError(f"no cluster at {address}: {said:.300}; {remedy}")
