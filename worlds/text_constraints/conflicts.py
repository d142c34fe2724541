"""Conflicts: which types cannot, or should not, stand in one prompt; symmetric.

Knows nothing of parameters: two types that agree here can still be hard together (500 words in 1 sentence).
"""

from __future__ import annotations

from collections.abc import Iterable

from maieutic.worlds.text_constraints.registry import REPAIRED

EXISTENCE, FREQUENCY, FORBIDDEN, LETTER = (
    "keywords:existence",
    "keywords:frequency",
    "keywords:forbidden_words",
    "keywords:letter_frequency",
)
LANGUAGE = "language:response_language"
TITLE, SECTIONS = "detectable_format:title", "detectable_format:multiple_sections"
CONSTRAINED, JSON = "detectable_format:constrained_response", "detectable_format:json_format"
TWO, REPEAT = "combination:two_responses", "combination:repeat_prompt"
NO_COMMA, END = "punctuation:no_comma", "startend:end_checker"
UPPER, LOWER = "change_case:english_capital", "change_case:english_lowercase"
CAPITALS = "change_case:capital_word_frequency"
PARAGRAPHS, NTH = "length_constraints:number_paragraphs", "length_constraints:nth_paragraph_first_word"

# Published: what each of these goes with; it conflicts with all the rest.
_ONLY_WITH = {
    CONSTRAINED: frozenset[str](),
    JSON: frozenset({FORBIDDEN, EXISTENCE}),
    TWO: frozenset({FORBIDDEN, EXISTENCE, LANGUAGE, TITLE, NO_COMMA}),
    REPEAT: frozenset({EXISTENCE, TITLE, NO_COMMA}),
}
# Published: what the response's language conflicts with, besides.
_LANGUAGE_NOT_WITH = frozenset({SECTIONS, EXISTENCE, FREQUENCY, FORBIDDEN, END, UPPER, LOWER})
# Ours: contradictions that the published table leaves to chance.
_OURS = frozenset(
    {
        frozenset({UPPER, LOWER}),
        frozenset({UPPER, CAPITALS}),
        frozenset({LOWER, CAPITALS}),
        frozenset({UPPER, SECTIONS}),  # the splitter is matched in its own case
        frozenset({LOWER, SECTIONS}),
        frozenset({PARAGRAPHS, NTH}),  # a divider between blank lines is itself a paragraph
        frozenset({LANGUAGE, NTH}),  # the first word is English
        frozenset({LANGUAGE, LETTER}),  # a letter of the Latin alphabet
    }
)


def conflict(one: str, other: str) -> bool:
    """Whether two types must not stand in one prompt.

    >>> conflict("punctuation:no_comma", "detectable_format:title")
    False
    >>> conflict("detectable_format:json_format", "detectable_format:title")
    True
    """
    if one == other or frozenset({one, other}) in _OURS:
        return True
    return _published(one, other) or _published(other, one)


def _published(one: str, other: str) -> bool:
    if one in _ONLY_WITH:
        return other not in _ONLY_WITH[one]
    return one == LANGUAGE and other in _LANGUAGE_NOT_WITH


def compatible(ids: Iterable[str]) -> bool:
    """Whether no two of `ids` conflict.

    >>> compatible(["punctuation:no_comma", "punctuation:no_comma"])
    False
    """
    known = list(ids)
    return not any(conflict(one, other) for index, one in enumerate(known) for other in known[index + 1 :])


def partners(ids: Iterable[str]) -> list[str]:
    """All types that conflict with none of `ids`, in the order of the registry.

    >>> partners(["detectable_format:json_format"])
    ['keywords:existence', 'keywords:forbidden_words']
    """
    known = list(ids)
    return [one for one in REPAIRED if not any(conflict(one, other) for other in known)]
