"""Simulated writer: answers requests with constraints, and revises answers, with known chances of getting each right.

Knows the constraints where a person would read them in the request. What a text truly meets is never said by the
writer; the world's checks tell.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Self

from pydantic import Field, JsonValue

from maieutic import Dialogue, Pair, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.worlds.text_constraints import REGISTRIES, Truth, draft, judge, mend, told, violate, which
from maieutic.worlds.text_constraints import asked as wanted_by

_WRITES = frozenset({"actor.respond", "policy.among", "policy.sample", "reference.output"})
_REVISES, _REWRITES = "actor.revise", "actor.rewrite"


class Writer(Person):
    """A writer.

    Attributes:
        skill: probability of meeting a constraint, for each by itself.
        fix: probability of mending a constraint that it is told has failed, for each by itself.
        spoil: probability of breaking, in a revision, one that was met, for each by itself.
        gain: by which share failures become fewer for each pair that is learnt from and right, and successes for each
            that is wrong.
    """

    plays: ClassVar[frozenset[str] | None] = _WRITES | {_REVISES, _REWRITES}

    skill: float = Field(0.6, ge=0, le=1)
    fix: float = Field(0.5, ge=0, le=1)
    spoil: float = Field(0.02, ge=0, le=1)
    gain: float = Field(0.01, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write a response that meets each constraint with probability `skill`, and breaks the others; or revise one.

        Raises:
            BadAnswer: a role that this writer does not play.
        """
        truth, chance = known(turn.truth, str(turn.view.get("prompt") or "")), rng(turn.seed)
        if turn.role.name in (_REVISES, _REWRITES):
            text = str(turn.view.get("response", ""))
            return Move({"text": revise(text, truth, self.fix, self.spoil, chance, _told(turn.view, truth))})
        if turn.role.name not in _WRITES:
            raise BadAnswer(f"a simulated writer does not play {turn.role.name}")
        hit = {index for index in range(len(truth.items)) if chance.random() < self.skill}
        text = draft(truth.topic, truth.items, hit, chance, registry=REGISTRIES[truth.registry])
        return Move({"text": text})

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The writer after preferences. One is right where the chosen text truly meets more of what the prompt asks for in
        this world's own words, and wrong where it meets less; other prompts teach nothing here.

        What is to be imitated draws the skill towards the share of constraints that it meets, so that the writer's own
        responses, unless they were chosen, teach it nothing.
        """
        right = wrong = 0
        shares = []
        for record in records:
            if isinstance(record, Dialogue) and len(record.messages) == 2:
                truth = told(None, record.messages[0].content)
                if truth.items:
                    shares.append(met(record.messages[1].content, truth) / len(truth.items))
            elif isinstance(record, Pair):
                truth = told(None, record.prompt[-1].content)
                more = met(record.chosen, truth) - met(record.rejected, truth)
                right, wrong = right + (more > 0), wrong + (more < 0)
        skill = taught(self.skill, right, wrong, self.gain)
        if shares:
            skill += (1 - (1 - self.gain) ** len(shares)) * (sum(shares) / len(shares) - skill)
        return self.model_copy(update={"skill": skill})


def met(text: str, truth: Truth) -> int:
    """How many constraints a text meets."""
    return sum(one.ok is True for one in judge(text, truth))


def taught(rate: float, right: int, wrong: int, gain: float) -> float:
    """A rate of success after lessons, of which each right one leaves a share `1 - gain` of the failures, and each wrong
    one that share of the successes.

    >>> taught(0.5, 0, 0, 0.1), round(taught(0.5, 1, 0, 0.1), 3), round(taught(0.5, 0, 1, 0.1), 3)
    (0.5, 0.55, 0.45)
    """
    return (1 - (1 - rate) * (1 - gain) ** right) * (1 - gain) ** wrong


def known(truth: Mapping[str, JsonValue] | None, prompt: str = "") -> Truth:
    """What a simulated player knows of a text task: what it is granted of the truth, and what the prompt that it is
    shown asks for in this world's own words. A task of another kind has no constraints."""
    return told(truth, prompt)


def _told(view: Mapping[str, JsonValue], truth: Truth) -> set[int] | None:
    """The constraints that are said not to be met; None where the writer has to find them itself."""
    if "failed" in view:
        said = [str(one.get("constraint")) for one in _failed(view["failed"])]
    elif view.get("checklist"):
        listed = [one for one in _failed(view["checklist"]) if one.get("met") is False]
        said = [wanted_by(str(one.get("question")))[0] for one in listed]
    else:
        return None
    return {place for place in (which(one, truth) for one in said) if place is not None}


def _failed(view: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in view if isinstance(one, dict)] if isinstance(view, list) else []


def revise(
    text: str,
    truth: Truth,
    fix: float,
    spoil: float,
    chance: random.Random,
    told: Collection[int] | None = None,
) -> str:
    """`text` with some of its faults mended, perhaps something broken, and a word or two put otherwise.

    Args:
        text: what is revised.
        truth: its constraints.
        fix: probability of mending a constraint that is not met, for each by itself.
        spoil: probability of breaking one that is met, for each by itself.
        chance: where the draws come from.
        told: the constraints that are said to have failed; None for all that have.
    """
    registry, items = REGISTRIES[truth.registry], truth.items
    checks = judge(text, truth)
    mended = [
        index
        for index, one in enumerate(checks)
        if one.ok is False and (told is None or index in told) and chance.random() < fix
    ]
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
