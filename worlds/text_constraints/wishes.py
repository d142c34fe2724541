"""Wishes: a constraint as a person would say it, and which constraint it is that somebody says.

Knows nothing of who asks. Constraints of types that no registry has are named by their ids.
"""

from __future__ import annotations

import random

from maieutic.worlds.text_constraints.instruction import Item
from maieutic.worlds.text_constraints.registry import REGISTRIES, Truth, parameters


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


def _ways(item: Item, truth: Truth) -> list[str]:
    registry = REGISTRIES[truth.registry]
    if item.id not in registry:
        return [f"something about {item.id.rpartition(':')[2].replace('_', ' ')}"]
    known = parameters(item, registry)
    return [words(known) for words in registry[item.id].wordings]
