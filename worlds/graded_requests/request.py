"""Request: a use case, a topic and demands, each a skill at a level; written in words, and read back from them.

Knows nothing of who writes. What was written here is read back exactly; any other text is not understood.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from pydantic import Field

from maieutic import Frozen
from maieutic.worlds.graded_requests.ladders import LADDERS, LIMIT, SKILLS, Ladder, ladder
from maieutic.worlds.text_constraints import REPAIRED, Item, parameters, strict
from maieutic.worlds.text_constraints.keywords import as_word
from maieutic.worlds.text_constraints.prose import TOPICS

USE_CASES: Mapping[str, str] = MappingProxyType(
    {
        "blog post": "Write a blog post on {t}.",
        "personal letter": "Write to an old friend and tell of {t}.",
        "beginner guide": "Write a guide to {t} for people who start from nothing.",
        "information leaflet": "Write the text of a leaflet that informs about {t}.",
        "short story": "Write a short story that turns on {t}.",
        "opening speech": "Write the speech that opens an evening given over to {t}.",
        "diary entry": "Write what somebody who lives for {t} may put in a diary.",
        "newspaper column": "Write a column on {t} for the newspaper.",
        "public notice": "Write a notice to the public about {t}.",
        "radio script": "Write the script of a radio piece on {t}.",
    }
)
_OTHER = ("As ", ", write a text on {t}.")  # of a use case that is not listed
_HEAD = "These points count:"
_QUOTED = re.compile(r'"([^"]+)"')


class Demand(Frozen):
    """One coordinate of a request: a skill, and how difficult it is made, from 1."""

    skill: str
    level: int = Field(ge=1)


class Graded(Frozen):
    """What a request of this world asks for."""

    use_case: str
    topic: str
    demands: tuple[Demand, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """The constraints that a program checks, in the order of the demands."""
        return tuple(ladder(one.skill).item(one.level, self.topic) for one in self.demands)

    @property
    def levels(self) -> dict[str, int]:
        """Skill -> level."""
        return {one.skill: one.level for one in self.demands}


def write(asked: Graded, chance: random.Random) -> str:
    """A request in words.

    >>> from maieutic import rng
    >>> print(write(Graded(use_case="blog post", topic="night trains",
    ...     demands=(Demand(skill="capital words", level=2),)), rng(0)).splitlines()[0])
    Write a blog post on night trains.
    """
    opening = USE_CASES.get(asked.use_case) or asked.use_case.join(_OTHER)
    lines = [_line(ladder(one.skill), one.level, asked.topic, chance) for one in asked.demands]
    return "\n".join([opening.replace("{t}", asked.topic), _HEAD, *lines])


def read(text: str) -> Graded | None:
    """What a request asks for; None where it was not written here.

    >>> from maieutic import rng
    >>> asked = Graded(use_case="menu", topic="night trains", demands=(Demand(skill="meal planning", level=3),))
    >>> read(write(asked, rng(0))) == asked, read("Write a haiku.")
    (True, None)
    """
    first, *rest = text.strip().split("\n")
    opened = _opening(first)
    if opened is None or len(rest) < 2 or rest[0] != _HEAD:
        return None
    use_case, topic = opened
    found = [_demand(line, topic) for line in rest[1:]]
    demands = tuple(one for one in found if one is not None)
    if len(demands) < len(found) or len({one.skill for one in demands}) < len(demands):
        return None
    return Graded(use_case=use_case, topic=topic, demands=demands)


def raised(text: str, skill: str, chance: random.Random) -> str | None:
    """A request with one skill a level higher, all else word for word; a skill that was not asked for is, at level 1.

    None where the text is not understood, or the skill is at its top.
    """
    asked = read(text)
    if asked is None:
        return None
    level, one = asked.levels.get(skill, 0) + 1, ladder(skill)
    if level > one.top:
        return None
    line = _line(one, level, asked.topic, chance)
    lines = text.strip().split("\n")
    if level == 1:
        return "\n".join([*lines, line])
    lines[2 + list(asked.levels).index(skill)] = line
    return "\n".join(lines)


def met(text: str, asked: Graded) -> list[bool]:
    """Which of the demands a text meets, in their order."""
    return [one.ok is True for one in strict(text, asked.items)]


def solvable(asked: Graded) -> bool:
    """Whether some text meets all demands.

    Limits end in what cannot be had (no text has fewer than one sentence, or fewer letters than none), and a skill that
    has to be named may hold a letter or a word that is not to be had.
    """
    named = [one for one in asked.demands if one.skill not in LADDERS]
    for one, item in zip(asked.demands, asked.items, strict=True):
        if ladder(one.skill).limit and one.level >= ladder(one.skill).top:
            return False
        if one.skill == "letter limits":
            needed = sum(other.skill.count(LIMIT) * other.level for other in named)
            if needed >= item.params["let_frequency"]:
                return False
        if one.skill == "word avoidance":
            words = item.params["forbidden_words"]
            if any(as_word(word, other.skill) for word in words for other in named):
                return False
    return True


def _wishes(one: Ladder, level: int, topic: str) -> list[str]:
    item = one.item(level, topic)
    known = parameters(item, REPAIRED)
    return [f"- {words(known)}" for words in REPAIRED[item.id].wordings]


def _line(one: Ladder, level: int, topic: str, chance: random.Random) -> str:
    return chance.choice(_wishes(one, level, topic))


def _opening(line: str) -> tuple[str, str] | None:
    """The use case and the topic of a first line."""
    for use_case, frame in USE_CASES.items():
        before, after = frame.split("{t}")
        topic = line.removeprefix(before).removesuffix(after)
        if topic in TOPICS and line == frame.replace("{t}", topic):
            return use_case, topic
    start, middle = _OTHER[0], _OTHER[1].removesuffix("{t}.")
    use_case, divider, topic = line.removeprefix(start).removesuffix(".").rpartition(middle)
    known = bool(divider) and topic in TOPICS and line == f"{start}{use_case}{middle}{topic}."
    return (use_case, topic) if known else None


@lru_cache(maxsize=256)
def _table(topic: str) -> dict[str, Demand]:
    """Each way to ask for each listed skill at each level -> the demand."""
    return {
        line: Demand(skill=skill, level=level)
        for skill in SKILLS
        for level in range(1, LADDERS[skill].top + 1)
        for line in _wishes(LADDERS[skill], level, topic)
    }


def _demand(line: str, topic: str) -> Demand | None:
    known = _table(topic).get(line)
    if known is not None:
        return known
    for skill in _QUOTED.findall(line):
        one = ladder(skill)
        for level in range(1, one.top + 1):
            if line in _wishes(one, level, topic):
                return Demand(skill=skill, level=level)
    return None
