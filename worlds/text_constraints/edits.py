"""Edits: for each type a small change that makes a text meet the constraint, and one that breaks it.

Knows nothing of how they are made, nor of other constraints; `maieutic.worlds.text_constraints.repair` looks
after those.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from maieutic.worlds.text_constraints import edit_marks, edit_words
from maieutic.worlds.text_constraints.layout import Edit

# In the order in which wrong slots are put right: what is said first, what wraps it last.
_ORDER = (
    "language:response_language",
    "detectable_content:number_placeholders",
    "keywords:existence",
    "keywords:frequency",
    "keywords:forbidden_words",
    "length_constraints:number_sentences",
    "length_constraints:number_words",
    "keywords:letter_frequency",
    "detectable_format:number_bullet_lists",
    "detectable_format:multiple_sections",
    "length_constraints:number_paragraphs",
    "detectable_format:title",
    "detectable_content:postscript",
    "length_constraints:nth_paragraph_first_word",
    "combination:two_responses",
    "detectable_format:number_highlighted_sections",
    "change_case:capital_word_frequency",
    "combination:repeat_prompt",
    "startend:end_checker",
    "punctuation:no_comma",
    "change_case:english_lowercase",
    "change_case:english_capital",
    "startend:quotation",
    "detectable_format:constrained_response",
    "detectable_format:json_format",
)
EDITS: Mapping[str, tuple[Edit, Edit]] = MappingProxyType(
    {name: {**edit_words.EDITS, **edit_marks.EDITS}[name] for name in _ORDER}
)
