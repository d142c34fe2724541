"""Pairs: two outputs of an instruction, in which order they are shown, and to whom.

Knows nothing of graphs or labels. All of it is drawn by the words of the instruction and the names of the outputs, so that
a pair stands alike alone and among others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from maieutic import Event, rng
from maieutic.graphs import derangement
from maieutic.roles.annotator import POOL

TIE = 1.5


def distinct(events: Sequence[Event]) -> list[Event]:
    """Of the usable outputs those of each text that came first."""
    first: dict[str, Event] = {}
    for event in events:
        if event.invalid is None:
            first.setdefault(event.text, event)
    return list(first.values())


def paired(names: Sequence[str]) -> list[str]:
    """Two of several outputs, by a derangement; none where there are not two."""
    if len(names) < 2:
        return []
    return [names[0], names[derangement(len(names), rng("pairs", *names))[0]]]


def flipped(pair: Sequence[str], place: int = 0) -> bool:
    """Whether the second output of a pair is shown first.

    Args:
        pair: ids of the two outputs.
        place: of the member among those who are asked about it.
    """
    return rng("order", *pair, place).random() < 0.5


def members_of(fields: Mapping[str, JsonValue], pool_seed: int, labels: int = 1) -> list[int]:
    """The members, from 1, who are asked about an instruction: drawn by its words."""
    chance = rng("pool", pool_seed, fields.get("prompt"), fields.get("input"))
    return chance.sample(range(1, len(POOL) + 1), labels)
