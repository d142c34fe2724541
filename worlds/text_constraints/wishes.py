"""Wishes: a constraint as a person would say it or ask about it, and which constraint it is that somebody says.

Knows nothing of who asks. Constraints of types that no registry has are named by their ids.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from maieutic.worlds.text_constraints.instruction import Item
from maieutic.worlds.text_constraints.registry import REGISTRIES, Truth, parameters

_STRAIGHT = (
    'Does the response do this: "{}"?',
    'Is this met by the response: "{}"?',
    'Has the response kept to this: "{}"?',
)
_TURNED = (
    'Does the response fail to do this: "{}"?',
    'Is this left unmet by the response: "{}"?',
)


def wish(item: Item, truth: Truth, chance: random.Random) -> str:
    """One of the ways to ask for a constraint."""
    return chance.choice(_ways(item, truth))


def which(text: str, truth: Truth) -> int | None:
    """The number of the constraint that `text` asks for, from 0; None where it is none of them.

    >>> from maieutic import rng
    >>> truth = Truth(items=(Item(id="punctuation:no_comma"), Item(id="startend:quotation")))
    >>> which(wish(truth.items[1], truth, rng(0)), truth), which("Be kind.", truth)
    (1, None)
    """
    said = text.strip()
    return next((place for place, item in enumerate(truth.items) if said in _ways(item, truth)), None)


def question(wanted: str, chance: random.Random, *, turned: bool = False) -> str:
    """A yes/no question of whether a response does what is `wanted`; yes is bad news where it is `turned`."""
    return chance.choice(_TURNED if turned else _STRAIGHT).format(wanted)


def asked(text: str) -> tuple[str, bool]:
    """What a question says is wanted, and whether it is turned, so that no is the good answer; any other text is
    taken as it is.

    >>> from maieutic import rng
    >>> asked(question("Be brief.", rng(0), turned=True)), asked("Is it kind?")
    (('Be brief.', True), ('Is it kind?', False))
    """
    said = text.strip()
    for frame in (*_STRAIGHT, *_TURNED):
        before, _, after = frame.partition("{}")
        if said.startswith(before) and said.endswith(after) and len(said) >= len(before) + len(after):
            return said[len(before) : len(said) - len(after)], frame in _TURNED
    return said, False


def coverage(listed: Sequence[int | None], count: int) -> Iterator[tuple[bool, bool]]:
    """(said, true) of all that was listed or should have been: a list held against what was asked for.

    Args:
        listed: of each entry, the number of the constraint that it is, None where it is none.
        count: how many constraints there are; one that is listed twice was asked for twice.

    >>> list(coverage([0, None], 2))
    [(True, True), (True, False), (False, True)]
    """
    yield from ((True, place is not None) for place in listed)
    yield from ((False, True) for place in range(count) if place not in listed)


def _ways(item: Item, truth: Truth) -> list[str]:
    registry = REGISTRIES[truth.registry]
    if item.id not in registry:
        return [f"something about {item.id.rpartition(':')[2].replace('_', ' ')}"]
    known = parameters(item, registry)
    return [words(known) for words in registry[item.id].wordings]
