"""Ladders: skills that a request can ask for, each with rungs of difficulty that a program checks.

Knows nothing of who climbs. A rung is a constraint of the world of text constraints; the next one up asks for a step more.
Limits end in a rung that no text can meet. A skill that is not listed is asked for by its name, so many times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from maieutic import rng
from maieutic.worlds.text_constraints import Item
from maieutic.worlds.text_constraints.keywords import WORDS

TOP = 8
LIMIT, COUNTED = "z", "w"  # the letters that are kept rare, and counted
_WORDS = tuple(word for word in WORDS if LIMIT not in word)


@dataclass(frozen=True)
class Ladder:
    """One skill.

    Attributes:
        skill: its name, of two words.
        item: (level from 1, topic) -> the constraint of that rung.
        rubric: what makes a request for it difficult.
        action: what makes it a rung more difficult.
        top: the highest level.
        limit: whether the top asks for what no text can do.
    """

    skill: str
    item: Callable[[int, str], Item]
    rubric: str
    action: str
    top: int = TOP
    limit: bool = False


def _counted(
    name: str, key: str, *, more: int = 0, times: int = 1, **fixed: Any
) -> Callable[[int, str], Item]:
    return lambda level, topic: Item(id=name, params={key: times * level + more, **fixed})


@cache
def _words(topic: str) -> tuple[str, ...]:
    """The words that requests on a topic name: to use, to leave out, and to repeat."""
    return tuple(rng("words", topic).sample(_WORDS, 2 * TOP + 1))


def _use(level: int, topic: str) -> Item:
    return Item(id="keywords:existence", params={"keywords": [*_words(topic)[:level]]})


def _avoid(level: int, topic: str) -> Item:
    return Item(
        id="keywords:forbidden_words", params={"forbidden_words": [*_words(topic)[TOP : TOP + level]]}
    )


def _often(level: int, word: str) -> Item:
    params = {"keyword": word, "frequency": level, "relation": "at least"}
    return Item(id="keywords:frequency", params=params)


_LADDERS = (
    Ladder(
        "bullet lists",
        _counted("detectable_format:number_bullet_lists", "num_bullets", more=1),
        "How many points a list has to have, no more and no fewer.",
        "Ask for a list with one more point.",
    ),
    Ladder(
        "text highlighting",
        _counted("detectable_format:number_highlighted_sections", "num_highlights"),
        "How many passages have to stand out.",
        "Ask for one more passage that is highlighted.",
    ),
    Ladder(
        "placeholder fields",
        _counted("detectable_content:number_placeholders", "num_placeholders"),
        "How many gaps are left for somebody else to fill.",
        "Ask for one more field to be filled in later.",
    ),
    Ladder(
        "section headings",
        _counted("detectable_format:multiple_sections", "num_sections", more=1, section_spliter="Section"),
        "Into how many headed parts the matter has to be divided.",
        "Ask for one more section with a heading.",
    ),
    Ladder(
        "paragraph dividing",
        _counted("length_constraints:number_paragraphs", "num_paragraphs", more=1),
        "How many paragraphs have to be kept apart.",
        "Ask for one more paragraph.",
    ),
    Ladder(
        "keyword use",
        _use,
        "How many given words must find a place.",
        "Name one more word that has to occur.",
    ),
    Ladder(
        "word avoidance",
        _avoid,
        "How many words are not to be had.",
        "Name one more word that must not occur.",
    ),
    Ladder(
        "word repetition",
        lambda level, topic: _often(level, _words(topic)[-1]),
        "How often one word has to come back.",
        "Have the given word come back once more.",
    ),
    Ladder(
        "letter counting",
        _counted(
            "keywords:letter_frequency", "let_frequency", times=4, letter=COUNTED, let_relation="at least"
        ),
        "How often a rare letter has to turn up.",
        "Ask for four more of the letter that is counted.",
    ),
    Ladder(
        "letter limits",
        _counted(
            "keywords:letter_frequency",
            "let_frequency",
            times=-1,
            more=5,
            letter=LIMIT,
            let_relation="less than",
        ),
        "How seldom a letter may turn up.",
        "Allow the limited letter once less.",
        top=5,
        limit=True,
    ),
    Ladder(
        "capital words",
        _counted("change_case:capital_word_frequency", "capital_frequency", capital_relation="at least"),
        "How many words have to be written in capitals.",
        "Ask for one more word in capitals.",
    ),
    Ladder(
        "text length",
        _counted("length_constraints:number_words", "num_words", times=30, more=30, relation="at least"),
        "How long the text has to be held up.",
        "Ask for thirty words more.",
    ),
    Ladder(
        "sentence limits",
        _counted(
            "length_constraints:number_sentences", "num_sentences", times=-1, more=6, relation="less than"
        ),
        "With how few sentences the text has to do.",
        "Allow one sentence less.",
        top=5,
        limit=True,
    ),
)
LADDERS: Mapping[str, Ladder] = MappingProxyType({one.skill: one for one in _LADDERS})
SKILLS = tuple(LADDERS)

_RUBRIC = ('How often "', '" has to be spoken of by name.')
_ACTION = ('Have "', '" named once more.')


def ladder(skill: str) -> Ladder:
    """The ladder of a skill; one that is not listed is asked for by its name.

    >>> ladder("bullet lists").item(2, "night trains").params
    {'num_bullets': 3}
    >>> ladder("meal planning").item(2, "night trains").params["keyword"]
    'meal planning'
    """
    known = LADDERS.get(skill)
    if known is not None:
        return known
    return Ladder(skill, lambda level, topic: _often(level, skill), skill.join(_RUBRIC), skill.join(_ACTION))


def aimed_at(action: str) -> str | None:
    """The skill that an action makes more difficult; None where it is no action of this world.

    >>> aimed_at(ladder("capital words").action), aimed_at(ladder("meal planning").action), aimed_at("Try harder.")
    ('capital words', 'meal planning', None)
    """
    said = action.strip()
    for one in _LADDERS:
        if one.action == said:
            return one.skill
    before, after = _ACTION
    named = said.removeprefix(before).removesuffix(after)
    return named if said == named.join(_ACTION) and named else None


def skill_of(item: Item) -> str | None:
    """The listed skill that a constraint asks for, at whatever level; None where it is none of them.

    >>> skill_of(Item(id="keywords:existence")), skill_of(Item(id="punctuation:no_comma"))
    ('keyword use', None)
    """
    relation = item.params.get("let_relation", item.params.get("relation"))
    for one in _LADDERS:
        rung = one.item(1, "")
        if rung.id == item.id and rung.params.get("let_relation", rung.params.get("relation")) == relation:
            return one.skill
    return None
