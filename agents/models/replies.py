"""Replies: what models answered, kept raw in the run folder before it is read, so that no reply is paid for twice.

Knows nothing of turns. Each process appends to files of its own and reads those of earlier sessions; the oldest go when
all together pass a size. A reply of a turn that the journal has is not needed any more, so losing the oldest loses nothing.
"""

from __future__ import annotations

import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from maieutic import StopRun
from maieutic.agents.models.cache import request_key
from maieutic.agents.models.engine import Engine, EngineError, Reply, Request

Journal = Callable[[str, bytes, int], None]  # key of a request, body of the response, HTTP status
HEAD = struct.Struct(">IIH12s")  # length of the body, its checksum, HTTP status, request's key
FILE_BYTES, MOST_BYTES = 16 << 20, 256 << 20  # of one file, of all
GOOD = 200
SHORT = (
    1024  # bytes; packing a shorter reply saves little and takes longer than all else that is done to keep it
)
PACKED = b"\x78"  # how what zlib packs begins; no JSON does


class Replies:
    """The raw replies of a run; keeps nothing until a folder is opened.

    Args:
        also: given every raw response of a server too.
    """

    def __init__(self, also: Journal | None = None) -> None:
        self._also = also
        self._folder: Path | None = None
        self._file = -1
        self._written = self._count = 0
        self._known: dict[str, tuple[Path, int, int, int]] = {}  # key -> file, place, length, checksum
        self.found = 0  # replies that were read back instead of paid for

    @property
    def kept(self) -> bool:
        """Whether a folder is open."""
        return self._folder is not None

    def open(self, folder: Path) -> None:
        """Keep replies in `folder`, and find those that earlier sessions left there.

        Raises:
            StopRun: it cannot be written.
        """
        try:
            folder.mkdir(exist_ok=True)
            for file in sorted(folder.glob("*.log")):
                self._index(file)
        except OSError as error:
            raise _full(folder, error) from None
        self._folder = folder

    def _index(self, file: Path) -> None:
        data, place = file.read_bytes(), 0
        while place + HEAD.size <= len(data):
            length, check, status, key = HEAD.unpack_from(data, place)
            place += HEAD.size
            if place + length > len(data):  # its writer was killed in the middle
                return
            if status == GOOD:
                self._known[key.hex()] = (file, place, length, check)
            place += length

    def receive(self, fingerprint: str, request: Request, raw: bytes, status: int = GOOD) -> None:
        """Keep a raw response; returns when a killed process would not lose it.

        Args:
            fingerprint: of the engine.
            request: that it answers.
            raw: body of the response.
            status: HTTP status; only a 200 is ever read back.

        Raises:
            StopRun: the disk is full.
        """
        if self._also is None and self._folder is None:
            return  # a name costs as much as the rest of reading a reply
        key = request_key(fingerprint, request)
        if self._also is not None:
            self._also(key, raw, status)
        if self._folder is None:
            return
        body = zlib.compress(raw, 1) if len(raw) > SHORT or raw[:1] == PACKED else raw
        frame = HEAD.pack(len(body), zlib.crc32(body), status, bytes.fromhex(key)) + body
        try:
            if self._file < 0 or self._written + len(frame) > FILE_BYTES:
                self._next(self._folder)
            done = os.write(self._file, frame)
            if done < len(frame):
                raise OSError(28, os.strerror(28))
        except OSError as error:
            raise _full(self._folder, error) from None
        self._written += done

    def _next(self, folder: Path) -> None:
        """Begin another file, and let the oldest go where there are too many."""
        if self._file >= 0:
            os.close(self._file)
        name = f"{time.time_ns() // 1_000_000:013d}-{os.getpid()}-{self._count}.log"
        self._file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._written, self._count = 0, self._count + 1
        total = 0
        for file in sorted(folder.glob("*.log"), reverse=True):
            try:
                total += file.stat().st_size
                if total > MOST_BYTES - FILE_BYTES:
                    file.unlink()
            except FileNotFoundError:
                continue  # another process let it go

    def find(self, key: str) -> bytes | None:
        """The raw reply that an earlier session got to this request; a damaged one counts as none."""
        where = self._known.get(key)
        if where is None:
            return None
        file, place, length, check = where
        try:
            with file.open("rb") as stream:
                stream.seek(place)
                body = stream.read(length)
            if zlib.crc32(body) != check:
                return None
            return zlib.decompress(body) if body[:1] == PACKED else body
        except (OSError, zlib.error):
            return None

    def close(self) -> None:
        """Close the file; nothing is kept from now on."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._folder, self._known = -1, None, {}


def _full(folder: Path, error: OSError) -> StopRun:
    return StopRun(
        f"{folder}: cannot be written ({error.strerror}); free some space and give the same command again"
    )


class Kept:
    """An engine whose replies are kept; one that an earlier session of the run paid for is read back.

    Args:
        engine: asked for the rest.
        replies: where they are kept.
        read: reads the raw responses of an engine that keeps them itself; None where replies are kept as they are.
    """

    def __init__(
        self, engine: Engine, replies: Replies, read: Callable[[bytes, Request], Reply] | None = None
    ) -> None:
        self.engine, self.replies, self._read = engine, replies, read

    @property
    def fingerprint(self) -> str:
        """That of the engine."""
        return self.engine.fingerprint

    @property
    def guided(self) -> bool:
        """As the engine."""
        return self.engine.guided

    async def complete(self, request: Request) -> Reply:
        """The reply that was paid for before, or the engine's; see there for what is raised."""
        if not self.replies.kept:
            return await self.engine.complete(request)
        key = request_key(self.fingerprint, request)
        raw = self.replies.find(key)
        if raw is not None:
            try:
                reply = Reply.model_validate_json(raw) if self._read is None else self._read(raw, request)
            except (EngineError, ValidationError):
                pass  # it was no reply then either, and was asked for again
            else:
                self.replies.found += 1
                return reply
        reply = await self.engine.complete(request)
        if self._read is None:
            self.replies.receive(self.fingerprint, request, reply.model_dump_json().encode())
        return reply

    async def close(self) -> None:
        """Close the engine; the replies are their opener's to close."""
        await self.engine.close()
