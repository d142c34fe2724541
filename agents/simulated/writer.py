"""Simulated writer: answers requests with constraints, and revises answers, with known chances of getting each right.

Knows the constraints where a person would read them in the request. What a text truly meets is never said by the
writer; the world's checks tell.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.worlds.text_constraints import REGISTRIES, Truth, draft, judge, mend, violate

_WRITES = frozenset({"actor.respond", "policy.sample", "reference.output"})


class Writer(Person):
    """A writer with one skill.

    Attributes:
        skill: probability of meeting a constraint, for each by itself.
    """

    plays: ClassVar[frozenset[str] | None] = _WRITES

    skill: float = Field(0.6, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write a response that meets each constraint with probability `skill`, and breaks the others.

        Raises:
            BadAnswer: a role that this writer does not play.
        """
        if turn.role.name not in _WRITES:
            raise BadAnswer(f"a simulated writer does not play {turn.role.name}")
        truth, chance = known(turn.truth), rng(turn.seed)
        met = {index for index in range(len(truth.items)) if chance.random() < self.skill}
        text = draft(truth.topic, truth.items, met, chance, registry=REGISTRIES[truth.registry])
        return Move({"text": text})


def known(truth: Mapping[str, JsonValue] | None) -> Truth:
    """What a simulated player is granted of a text task; a task of another kind has no constraints."""
    return Truth.model_validate({"items": (), **(truth or {})})


def revise(text: str, truth: Truth, fix: float, spoil: float, chance: random.Random) -> str:
    """`text` with some of its faults mended, perhaps something broken, and a word or two put otherwise.

    Args:
        text: what is revised.
        truth: its constraints.
        fix: probability of mending a constraint that is not met, for each by itself.
        spoil: probability of breaking one that is met, for each by itself.
        chance: where the draws come from.
    """
    registry, items = REGISTRIES[truth.registry], truth.items
    checks = judge(text, truth)
    mended = [index for index, one in enumerate(checks) if one.ok is False and chance.random() < fix]
    broken = [index for index, one in enumerate(checks) if one.ok and chance.random() < spoil]
    if mended:
        text = mend(text, items, mended, chance, registry=registry, topic=truth.topic)
    for index in broken:
        text = violate(text, items[index], chance, registry=registry, topic=truth.topic)
    return reworded(text, truth, chance)


def reworded(text: str, truth: Truth, chance: random.Random) -> str:
    """`text` with one word put otherwise where that changes no verdict; as it was where none can be.

    Nobody who revises a text gives it back letter by letter, even where all faults stay.
    """
    before = [one.ok for one in judge(text, truth)]
    found = [(match, word) for match in _WORDS.finditer(text) for word in _OTHERS[match[0].lower()]]
    for match, word in chance.sample(found, min(len(found), 8)):
        tried = text[: match.start()] + _cased(word, match[0]) + text[match.end() :]
        if [one.ok for one in judge(tried, truth)] == before:
            return tried
    return text


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[0].isupper() else word


_KIN = (
    ("often", "frequently"),
    ("soon", "before long"),
    ("nearly", "almost"),
    ("rarely", "seldom"),
    ("begin", "start"),
    ("begins", "starts"),
    ("small", "minor"),
    ("good", "sound"),
    ("wise", "sensible"),
    ("fast", "quickly"),
    ("easy", "simple"),
    ("many", "a good many"),
    ("nobody", "no one"),
    ("anyone", "anybody"),
    ("somebody", "someone"),
    ("everyone", "everybody"),
    ("people", "folk"),
    ("while", "whereas"),
    ("but", "yet"),
    ("ask", "consult"),
    ("and", "and also"),
    ("is", "is surely"),
    ("are", "are surely"),
    ("will", "will surely"),
    ("can", "can well"),
    ("may", "may well"),
    ("the", "the very"),
    ("in", "right in"),
    ("for", "just for"),
)
_OTHERS: Mapping[str, tuple[str, ...]] = {
    word: tuple(other for other in kin if other != word) for kin in _KIN for word in kin if " " not in word
}
_WORDS = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(_OTHERS))})(?!\w)", re.IGNORECASE)
