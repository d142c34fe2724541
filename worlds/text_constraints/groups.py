"""Groups: the fourteen kinds of constraints by which SPaR (ICLR 2025) makes a plain request demanding.

Knows nothing of who adds them. Nine of the groups have types that a program can check, the other five can only be put
in words. Which type belongs to which group is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from maieutic.worlds.text_constraints import conflicts

Group = Literal[
    "length",
    "text format",
    "character format",
    "template",
    "punctuation",
    "numeric format",
    "keyword",
    "symbol",
    "sentence",
    "genre",
    "language",
    "situation",
    "language style",
    "sentiment",
]
GROUPS: tuple[Group, ...] = get_args(Group)

FAMILIES: Mapping[str, tuple[Group, ...]] = MappingProxyType(
    {"format": GROUPS[:6], "content": GROUPS[6:10], "general": GROUPS[10:]}
)

TYPES: Mapping[Group, tuple[str, ...]] = MappingProxyType(
    {
        "length": (
            "length_constraints:number_words",
            "length_constraints:number_sentences",
            conflicts.PARAGRAPHS,
            conflicts.SECTIONS,
        ),
        "text format": (
            conflicts.JSON,
            "detectable_format:number_bullet_lists",
            "detectable_format:number_highlighted_sections",
            "detectable_content:postscript",
        ),
        "character format": (
            conflicts.UPPER,
            conflicts.LOWER,
            conflicts.CAPITALS,
            conflicts.LETTER,
        ),
        "template": (conflicts.CONSTRAINED, conflicts.TWO, conflicts.REPEAT),
        "punctuation": (conflicts.NO_COMMA, "startend:quotation"),
        "keyword": (conflicts.EXISTENCE, conflicts.FREQUENCY, conflicts.FORBIDDEN),
        "symbol": (conflicts.TITLE, "detectable_content:number_placeholders"),
        "sentence": (conflicts.END, conflicts.NTH),
        "language": (conflicts.LANGUAGE,),
    }
)


def group_of(name: str) -> Group:
    """The group of a type.

    Raises:
        KeyError: no such type.

    >>> group_of("startend:end_checker")
    'sentence'
    """
    return _OF[name]


_OF: Mapping[str, Group] = MappingProxyType({one: group for group, types in TYPES.items() for one in types})
