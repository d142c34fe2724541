"""Simulated evolver: adds constraints of the kind asked for, and of a few others, to a request; never impossible ones.

Knows the constraints that the request has already, as anybody would who reads it. Where a kind has types that a program
can check, one of these is drawn; the others are only put in words, and nobody in a simulation heeds them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known
from maieutic.roles.evolver import NONE
from maieutic.worlds.text_constraints import REGISTRIES, Item, Truth, draft, partners, strict, wish
from maieutic.worlds.text_constraints.conflicts import CONSTRAINED, JSON, REPEAT
from maieutic.worlds.text_constraints.groups import GROUPS, TYPES, Group

_IN_WORDS: Mapping[Group, tuple[str, ...]] = {
    "numeric format": ("Spell all numbers out in words.", "Round every number to one decimal place."),
    "genre": ("Put it as a diary entry.", "Put it as a short speech.", "Put it as a letter to a friend."),
    "situation": ("Speak as a lighthouse keeper would.", "Suppose that the reader is on a night train."),
    "language style": ("Keep a formal tone.", "Write as plainly as you can.", "Be dry and a little witty."),
    "sentiment": ("Sound hopeful throughout.", "Let some doubt come through.", "Sound delighted."),
}
_ALONE = (
    CONSTRAINED,
    JSON,
    REPEAT,
)  # hardly anything goes with them: they come only where they are asked for
_TRIES = 6
_MATHEMATICS = (
    r"\d\s*[+*^=<>]\s*\(?\d|\d\s+[-/]\s+\d|\b(?:[a-z]\(\w\)|[xyz])\s*[=^]|\bsquare root|\bhow (?:many|much) "
    r"|\b(?:calculate|compute|equations?|inequalit\w+|probability|percentages?|polynomial|divisible|integers?|"
    r"remainder|triangle|algebra\w*|arithmetic|fractions?|math\w*|prime numbers?)\b"
)
_CODE = (
    r"```|\b(?:python|javascript|java|html|css|sql|c\+\+|algorithms?|regex|binary tree|linked list|"
    r"source code|pseudocode|programming|recursion)\b|\b(?:implement|write|develop|design|debug) (?:an? |the )?"
    r"(?:\w+ ){0,3}(?:functions?|programs?|scripts?|code|quer(?:y|ies)|class)\b"
)
_EXACT = re.compile(f"{_MATHEMATICS}|{_CODE}", re.IGNORECASE)


def exact(prompt: str) -> bool:
    """Whether a request looks like one for mathematics or code, by its words alone.

    >>> exact("Write a Python function that sorts."), exact("Write a poem about a river.")
    (True, False)
    """
    return _EXACT.search(prompt) is not None


class Evolver(Person):
    """Makes requests demanding.

    Attributes:
        heed: probability of adding a constraint of the kind asked for.
        most: constraints of other kinds at the most; at least one is added.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"evolver.evolve"})

    heed: float = Field(1.0, ge=0, le=1)
    most: int = Field(3, ge=1, le=6)

    async def act(self, turn: Turn) -> Move:
        """Evolve one request, or leave it alone."""
        prompt, chance = str(turn.view.get("prompt") or ""), rng(turn.seed)
        if exact(f"{prompt}\n{turn.view.get('input') or ''}"):
            return Move({"evolved_prompt": NONE})
        truth = known(turn.truth, prompt)
        asked = [group for group in GROUPS if group == turn.view.get("group")]
        first = asked if chance.random() < self.heed else []
        added: list[tuple[Group, str]] = []
        for _ in range(_TRIES):
            others = chance.sample(
                [group for group in GROUPS if group not in asked], len(GROUPS) - len(asked)
            )
            items, added = _drawn([*first, *others], chance.randint(1, self.most) + len(first), truth, chance)
            if _possible(truth, items, chance):
                break
        told = [text for _, text in added]
        new = (
            " ".join([prompt, *told])
            if chance.random() < 0.5
            else "\n".join([prompt, "", "Please mind the following:", *(f"- {one}" for one in told)])
        )
        constraints = [{"group": group, "text": text} for group, text in added]
        return Move({"evolved_prompt": new, "constraints": constraints})


def _drawn(
    groups: list[Group], count: int, truth: Truth, chance: random.Random
) -> tuple[list[Item], list[tuple[Group, str]]]:
    """Constraints of as many of the groups as are wanted; a group of which nothing fits is passed over."""
    registry = REGISTRIES[truth.registry]
    items: list[Item] = []
    added: list[tuple[Group, str]] = []
    for place, group in enumerate(groups):
        if len(added) == count:
            break
        if group not in TYPES:
            added.append((group, chance.choice(_IN_WORDS[group])))
            continue
        fitting = set(partners([one.id for one in (*truth.items, *items)])) & set(TYPES[group])
        fitting -= {REPEAT} | (set(_ALONE) if place else set())
        if fitting:
            name = chance.choice(sorted(fitting))
            item = Item(id=name, params=registry[name].draw(chance).model_dump(mode="json"))
            items.append(item)
            added.append((group, wish(item, truth, chance)))
    return items, added


def _possible(truth: Truth, items: list[Item], chance: random.Random) -> bool:
    """Whether some text meets what the request asked for already, and what is added."""
    whole, registry = [*truth.items, *items], REGISTRIES[truth.registry]
    text = draft(truth.topic, whole, range(len(whole)), chance, registry=registry)
    return all(one.ok is not False for one in strict(text, whole, registry))
