"""Processes: workers on this machine, one for each core where the work is ours rather than a model's.

Knows nothing of leases. A worker is a fresh interpreter behind a socket; when the driver is killed it hears so and ends.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from maieutic.runs.crew import Start
from maieutic.runs.recipe import Recipe
from maieutic.runs.worker import Message, frame, read

_MAIN = "from maieutic.runs.worker import main; main()"


@dataclass(eq=False)
class _Process:
    """The line to a worker process."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, message: Message) -> None:
        """Send a message."""
        if not self.writer.is_closing():
            self.writer.write(frame(message))

    async def heard(self) -> AsyncIterator[Message]:
        """What the worker says, to the last whole message before it is gone."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                yield await read(self.reader)

    async def close(self) -> None:
        """End the process."""
        self.writer.close()
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


def processes(recipe: Recipe) -> Start:
    """Starts worker processes that make their companies from `recipe`."""

    async def start(number: int) -> _Process:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-c", _MAIN, str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # an interrupt at the terminal is the driver's affair
                env={**os.environ, "MAIEUTIC_WORKER": str(number)},
            )
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 24)
        writer.write(frame(("recipe", recipe.model_dump_json())))
        return _Process(process, reader, writer)

    return start
