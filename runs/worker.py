"""Worker: plays the tasks that are leased to it in a process of its own, wherever that is.

Knows no journal and no other worker. What it plays goes to the driver in groups of rows, and it goes on when the driver says
that they are durable; a worker that is lost has nothing that the driver does not have. `main` is one behind a socket.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import platform
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from maieutic import Event, MaieuticError, RunError, StopRun, Task, Usage, seed_of
from maieutic.agents.human import Human, Question
from maieutic.agents.models.engines import Engines
from maieutic.runs.journal import EpisodeLog, Group
from maieutic.runs.playing import Ended, play_one, rarer_collections
from maieutic.runs.recipe import Recipe
from maieutic.runs.rows import EpisodeRow, TurnRow
from maieutic.runs.tasks import generated
from maieutic.scenarios import Company, Waiting

Message = tuple[Any, ...]  # a kind and its facts: plain values, numbers, text and bytes
Answers = Sequence[
    tuple[str, str, Mapping[str, JsonValue]]
]  # turn, digest of what was shown, what a person said


class Worker:
    """One worker.

    Args:
        recipe: what its company is made from, as JSON.
        send: sends a message to the driver: `ready`, `makes` (the run's tasks itself), `rows`, `ended`, `waits`,
            `failed`.
        pause: seconds between two groups of rows, at least, where a message is dear.
    """

    def __init__(self, recipe: str, send: Callable[[Message], None], *, pause: float = 0.0) -> None:
        self._send = send
        self._group = Group(self._commit, pause=pause, writers=lambda: len(self._tasks))
        self._number = 0
        self._batches: dict[int, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: dict[tuple[str, str], Mapping[str, JsonValue]] = {}
        self._usage = Usage()
        self._tasks_seed = 0  # of the tasks that it makes itself
        told = Recipe.model_validate_json(recipe)
        engines = Engines(
            told.terms, say=lambda said: print(f"maieutic: {said}", file=sys.stderr, flush=True)
        )
        self._company = self._with_people(told.company(engines))
        if told.folder is not None:
            engines.keep(Path(told.folder))
        cast = {seat: agent.fingerprint for seat, agent in self._company.cast.items()}
        send(("ready", os.getpid(), platform.node(), cast))

    def _with_people(self, company: Company[Any]) -> Company[Any]:
        def find(question: Question) -> Mapping[str, JsonValue] | None:
            return self._answers.get((question.turn, question.shown))

        people = {
            seat: replace(one, find=find) for seat, one in company.cast.items() if isinstance(one, Human)
        }
        return replace(company, cast={**company.cast, **people})

    def hear(self, message: Message) -> None:
        """Take a message of the driver: `generated` (where tasks come from), `lease`, `safe` (rows are durable) or `unsafe`
        (they cannot be kept)."""
        kind, *facts = message
        if kind == "lease":
            task = asyncio.get_running_loop().create_task(self._play(*facts))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif kind == "generated":
            self._tell_if_it_makes(*facts)
        elif kind == "safe":
            self._batches.pop(facts[0]).set_result(None)
        elif kind == "unsafe":
            self._batches.pop(facts[0]).set_exception(RunError(facts[1]))

    def _tell_if_it_makes(self, world: str, seed: int, first: str) -> None:
        own = self._company.world
        if own.name != world:
            return
        try:
            made = generated(own, seed)
        except Exception as error:  # noqa: BLE001 - a world of the user's; the driver has made these tasks
            print(f"maieutic: tasks are sent, since {world} here says: {error}", file=sys.stderr, flush=True)
            return
        if made == (world, seed, first):
            self._tasks_seed = seed
            self._send(("makes",))

    async def _commit(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow]) -> None:
        number = self._number = self._number + 1
        safe = self._batches[number] = asyncio.get_running_loop().create_future()
        rows = ([tuple(row) for row in turns], [tuple(row) for row in episodes])
        self._send(("rows", number, *rows, self._spent()))
        await safe

    def _spent(self) -> tuple[int, int, int]:
        usage, self._usage = self._usage, Usage()
        return usage.prompt_tokens, usage.completion_tokens, usage.calls

    def _took(self, event: Event) -> None:
        if event.usage.calls:
            self._usage += event.usage

    async def _play(
        self,
        place: int,
        data: bytes,
        run_seed: int,
        known: Sequence[tuple[int | None, bytes]],
        following: int,
        answers: Answers,
    ) -> None:
        try:
            self._answers.update({(turn, shown): said for turn, shown, said in answers})
            events = [(number, Event.model_validate_json(event)) for number, event in known]
            log = EpisodeLog(
                self._group.write,
                place,
                {event.id: event for _, event in events},
                {event.id: number for number, event in events if number is not None},
                following,
            )
            if data:
                task = Task.model_validate_json(data)
            else:
                task = self._company.world.generate(self._tasks_seed, place)
            seed = seed_of(run_seed, place, task.id)
            episode = await play_one(self._company, task, seed, log, self._took)
            ended = Ended(episode.stop, episode.failure, len(episode.events))
            self._send(("ended", place, ended.stop.value, ended.failure, ended.turns, self._spent()))
        except Waiting as waiting:
            asked = [question.model_dump_json() for question in waiting.questions]
            self._send(("waits", place, waiting.episode, asked))
        except MaieuticError as error:
            kind = "StopRun" if isinstance(error, StopRun) else type(error).__name__
            self._send(("failed", place, kind, str(error)))
        except Exception:  # noqa: BLE001 - the driver must hear of it, and ends the run
            self._send(("failed", place, "Exception", traceback.format_exc()))


def frame(message: Message) -> bytes:
    """A message as bytes, its length before it. Between a driver and its own children only."""
    data = pickle.dumps(message, protocol=5)
    return len(data).to_bytes(8, "little") + data


async def read(reader: asyncio.StreamReader) -> Message:
    """The next message.

    Raises:
        asyncio.IncompleteReadError, ConnectionError: the other side is gone.
    """
    length = int.from_bytes(await reader.readexactly(8), "little")
    message: Message = pickle.loads(await reader.readexactly(length))
    return message


async def _serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor), limit=1 << 24)

    def send(message: Message) -> None:
        writer.write(frame(message))

    try:
        _, recipe = await read(reader)
        try:
            worker = Worker(recipe, send)
        except MaieuticError as error:
            send(("broken", str(error)))
            await writer.drain()
            return
        while True:
            worker.hear(await read(reader))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the driver has ended, or was killed: what it did not hear is played again


def main() -> None:
    """Serve the driver behind the socket whose number is the argument, and end the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver is told, and decides
    with rarer_collections():
        asyncio.run(_serve(int(sys.argv[1])))
    sys.stdout.flush()
    os._exit(0)  # whatever threads a player has left behind
