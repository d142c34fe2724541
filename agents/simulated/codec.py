"""Simulated people of a codec: who encodes, decodes, writes rubrics, makes instructions more difficult, and checks them.

Knows graded requests, which it reads in their words. In other instructions the encoder goes by their constraints where it
is granted them, then by cues, and at last guesses: what it makes of them is made up, all that follows is checked.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.roles.metadata import MOST_SKILLS
from maieutic.worlds.graded_requests import (
    SKILLS,
    USE_CASES,
    Demand,
    Graded,
    aimed_at,
    ladder,
    raised,
    read,
    skill_of,
    solvable,
    write,
)
from maieutic.worlds.text_constraints import Item
from maieutic.worlds.text_constraints.prose import TOPICS

_CUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bullet lists": ("list", "bullet", "points", "steps", "ideas", "ways"),
        "section headings": ("section", "chapter", "headline", "outline"),
        "paragraph dividing": ("paragraph", "essay", "article", "passage"),
        "placeholder fields": ("fill", "blank", "template", "form", "[mask]"),
        "keyword use": ("include", "using", "contains", "word"),
        "word avoidance": ("without", "avoid", "exclude", "not "),
        "word repetition": ("repeat", "rhyme", "poem", "song"),
        "text length": ("long", "detail", "explain", "describe", "story"),
        "sentence limits": ("short", "brief", "summar", "sentence", "one line"),
        "capital words": ("capital", "uppercase", "title", "name"),
        "text highlighting": ("highlight", "emphas", "important", "main"),
    }
)
_LONG = "which is what a person who asks for this has in mind"


class Encoder(Person):
    """Names the use case and the skills of an instruction.

    Attributes:
        recall: probability of naming each skill that is asked for.
        invent: probability of naming one more that is not.
        wordy: probability that a skill is put into many words, for each by itself.
        miscast: probability of naming another use case.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"encoder.encode", "encoder.audit"})

    recall: float = Field(0.95, ge=0, le=1)
    invent: float = Field(0.05, ge=0, le=1)
    wordy: float = Field(0.05, ge=0, le=1)
    miscast: float = Field(0.03, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Read an instruction and name what it is."""
        chance, text = rng(turn.seed), str(turn.view.get("instruction", turn.view.get("prompt", "")))
        use_case, skills = _understood(text, turn.truth or {}, chance)
        named = [one for one in skills if chance.random() < self.recall] or skills[:1]
        if len(named) < MOST_SKILLS and chance.random() < self.invent:
            named.append(chance.choice([one for one in SKILLS if one not in skills]))
        if chance.random() < self.miscast:
            use_case = chance.choice([one for one in USE_CASES if one != use_case])
        told = [f"{one}, {_LONG}" if chance.random() < self.wordy else one for one in named[:MOST_SKILLS]]
        return Move({"use_case": use_case, "skills": told})


def _understood(text: str, truth: Mapping[str, JsonValue], chance: random.Random) -> tuple[str, list[str]]:
    asked = read(text)
    if asked is not None:
        return asked.use_case, list(asked.levels)
    said = text.lower()
    use_case = next((one for one in USE_CASES if one.rpartition(" ")[2] in said), "")
    use_case = use_case or chance.choice(sorted(USE_CASES))
    listed: Any = truth.get("items", [])
    named = [skill_of(Item.model_validate(one)) for one in listed]
    skills = list(dict.fromkeys(one for one in named if one is not None))
    if not skills:
        skills = [one for one, cues in _CUES.items() if any(cue in said for cue in cues)]
        chance.shuffle(skills)
    return use_case, skills[:MOST_SKILLS] or chance.sample(SKILLS, 2)


class Decoder(Person):
    """Writes an instruction for metadata, on a topic of its own, each skill at a low level.

    Attributes:
        hardest: the highest level.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"decoder.decode"})

    hardest: int = Field(3, ge=1, le=5)

    async def act(self, turn: Turn) -> Move:
        """Write it."""
        chance, skills = rng(turn.seed), _texts(turn.view["skills"])
        asked = Graded(
            use_case=str(turn.view["use_case"]),
            topic=chance.choice(sorted(TOPICS)),
            demands=tuple(Demand(skill=one, level=chance.randint(1, self.hardest)) for one in skills),
        )
        return Move({"instruction": write(asked, chance)})


class Assessor(Person):
    """Writes a criterion and an action for each skill.

    Attributes:
        stray: probability that an action is about another skill, for each by itself.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"assessor.rubrics"})

    stray: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write them."""
        chance, skills = rng(turn.seed), _texts(turn.view["skills"])
        others = [one for one in SKILLS if one not in skills]
        aims = [chance.choice(others) if chance.random() < self.stray else one for one in skills]
        return Move(
            {
                "rubrics": [ladder(one).rubric for one in skills],
                "actions": [ladder(one).action for one in aims],
            }
        )


class Improver(Person):
    """Makes an instruction more difficult by one step of the skill that an action names.

    Attributes:
        idle: probability of giving it back as it was, as where the skill is at its top.
        refuse: probability of refusing.
        stray: probability of raising another skill instead.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"improver.improve"})

    idle: float = Field(0.02, ge=0, le=1)
    refuse: float = Field(0.01, ge=0, le=1)
    stray: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Rewrite it."""
        chance, text = rng(turn.seed), str(turn.view["instruction"])
        draw, skill = chance.random(), aimed_at(str(turn.view["action"]))
        if draw < self.refuse:
            return Move({"instruction": "I'm sorry, but this cannot be asked for."})
        if draw < self.refuse + self.idle or skill is None:
            return Move({"instruction": text})
        asked = read(text)
        if asked is not None and draw < self.refuse + self.idle + self.stray:
            others = [one for one in SKILLS if one != skill]
            skill = chance.choice([one for one in asked.levels if one != skill] or others)
        return Move({"instruction": raised(text, skill, chance) or text})


class Checker(Person):
    """Says whether an instruction can be followed at all.

    Attributes:
        miss: probability of overlooking that it cannot.
        alarm: probability of saying that it cannot where it can.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"checker.solvable"})

    miss: float = Field(0.05, ge=0, le=1)
    alarm: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Look at what is asked together."""
        asked = read(str(turn.view["instruction"]))
        can = asked is None or solvable(asked)
        if rng(turn.seed).random() < (self.alarm if can else self.miss):
            can = not can
        return Move({"solvable": can, "reason": "It can be done." if can else "No text does all of this."})


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list) or not value:
        raise BadAnswer("a simulated codec needs at least one skill")
    return [str(one) for one in value]
