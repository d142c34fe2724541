"""Rows: what a journal keeps of an episode, packed small and summed, the same in every kind of store.

Knows nothing of files and databases. A turn is one row; the row of an episode holds what its turns do not, and in place
of its events their numbers. Bytes are damaged now and then: each row carries a checksum of its own.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from maieutic import Episode, Event, RunError, canonical

VERSION = 2  # of the schema: 1 had no checksums and no index over the ids of episodes
MOST = 64 << 20  # bytes of a row before packing; a player that says more than a book is at fault

_ID = re.compile(
    rb'\{"id":"([0-9A-Za-z_.:-]+)"'
)  # what an event begins with; anything else is read as a whole

# What most payloads have in common; a compressor that knows it makes small rows small. Part of the format.
_COMMON = (
    b'"thoughts":"","reason":"","verdict":true,"leaks":false,"understood":true,"answer":"","memory":{},"text":""'
    b'{"id":"","parent":"","role":"verifier.turn","index":0,"seat":"student","agent":"simulated-teacher","key":"",'
    b'"answer":{"text":""},"private":{},"memory":null,"usage":{"prompt_tokens":0,"completion_tokens":0,"calls":0},'
    b'"invalid":null,"raw":null}'
)


class TurnRow(NamedTuple):
    """One turn.

    Attributes:
        place: index of the task in the run.
        number: order in which the turns of the episode were kept.
        payload: the event, packed.
        ended: milliseconds since 1970.
        took: microseconds.
        crc: checksum of the payload; None in rows of schema 1.
    """

    place: int
    number: int
    payload: bytes
    ended: int
    took: int
    crc: int | None


class EpisodeRow(NamedTuple):
    """One ended episode: its place, id, stop reason, what its turns do not hold (packed), and a checksum of that."""

    place: int
    id: str
    stop: str
    payload: bytes
    crc: int | None


class Store(Protocol):
    """Where rows are kept. Each call is safe beside the others; a commit is made by one thread at a time."""

    def commit(self, turns: Sequence[TurnRow], episodes: Sequence[EpisodeRow]) -> None:
        """Keep rows in one transaction; durable on return. An episode's row takes the place of an earlier one.

        Raises:
            RunError: they cannot be written; nothing of them was.
        """

    def turns(self, place: int) -> list[TurnRow]:
        """The turns of one task, in order."""

    def stops(self) -> Iterable[tuple[int, str]]:
        """Place and stop reason of each ended episode."""

    def begun(self) -> list[tuple[int, int]]:
        """Place and number of turns of each task that has turns but no ended episode, the most turns first."""

    def episodes(self) -> Iterable[EpisodeRow]:
        """All ended episodes in the order of their places, few in memory at a time."""

    def at(self, place: int) -> list[EpisodeRow]:
        """The episode of that place, if it has ended."""

    def named(self, beginning: str) -> list[EpisodeRow]:
        """Up to two ended episodes whose id begins so."""

    def outline(self) -> Iterable[tuple[int, str, int]]:
        """Place, id and bytes of each ended episode."""

    def ended(self) -> int:
        """Number of ended episodes."""

    def version(self) -> int:
        """A number that changes when another process has committed something."""

    def last(self) -> int | None:
        """The highest place of an ended episode."""

    def count(self) -> int:
        """Number of turns."""

    def close(self) -> None:
        """Let go of it."""


def pack(data: bytes) -> bytes:
    """Bytes of JSON, compressed; `unpack` undoes it."""
    # a small window is enough for most turns, and is made in a fraction of the time of a large one
    window, memory = (-12, 5) if len(data) < 3 << 10 else (-15, 8)
    press = zlib.compressobj(3, zlib.DEFLATED, window, memory, zdict=_COMMON)
    return press.compress(data) + press.flush()


def unpack(data: bytes) -> bytes:
    """What was packed.

    Raises:
        zlib.error: the bytes are damaged.
    """
    press = zlib.decompressobj(-15, zdict=_COMMON)
    plain = press.decompress(data, MOST)
    if press.unconsumed_tail or not press.eof:
        raise zlib.error("it has no end")
    return plain


def checksum(payload: bytes) -> int:
    """CRC-32 of a payload, as a signed number that fits 32 bits."""
    return zlib.crc32(payload) - (1 << 31)


def turn_row(place: int, number: int, event: Event, ended: int, took: int) -> TurnRow:
    """The row of a turn.

    Raises:
        RunError: it is larger than any turn may be.
    """
    data = event.model_dump_json().encode()
    if len(data) > MOST:
        raise RunError(
            f"turn {event.id} of {event.agent} has {len(data) >> 20} MiB, {MOST >> 20} at most can be kept; "
            "bound what the player says"
        )
    payload = pack(data)
    return TurnRow(place, number, payload, ended, took, checksum(payload))


def episode_row(place: int, episode: Episode, numbers: Mapping[str, int]) -> EpisodeRow:
    """The row of an ended episode; `numbers` are those of its turns, by id."""
    facts = episode.model_dump(mode="json", exclude={"events"})
    facts["events"] = [numbers[event.id] for event in episode.events]
    payload = pack(canonical(facts))
    return EpisodeRow(place, episode.id, episode.stop.value, payload, checksum(payload))


def event_of(row: TurnRow) -> Event:
    """The event of a row.

    Raises:
        ValueError: it is damaged.
    """
    return Event.model_validate_json(_opened(row.payload, row.crc))


def id_of(row: TurnRow) -> str:
    """The id of a row's event, for which no more than the beginning of it is read.

    Raises:
        ValueError: it is damaged.
    """
    press = zlib.decompressobj(-15, zdict=_COMMON)
    try:
        begun = _ID.match(press.decompress(row.payload, 100))
    except zlib.error as error:
        raise ValueError(str(error)) from None
    return event_of(row).id if begun is None else begun[1].decode()


def episode_of(row: EpisodeRow, events: Mapping[int, Event]) -> Episode:
    """The episode of a row, given its turns by number.

    Raises:
        ValueError: it is damaged.
    """
    facts: dict[str, Any] = json.loads(_opened(row.payload, row.crc))
    try:
        facts["events"] = [events[number] for number in facts["events"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"its turn {error} is missing") from None
    return Episode.model_validate(facts)


def _opened(payload: bytes, crc: int | None) -> bytes:
    if crc is not None and crc != checksum(payload):
        raise ValueError("its checksum is another")
    try:
        return unpack(payload)
    except zlib.error as error:
        raise ValueError(str(error)) from None
