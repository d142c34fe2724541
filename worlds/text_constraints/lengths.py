"""Lengths: the four types that count sentences, paragraphs and words.

Knows nothing of what the text says.
"""

from __future__ import annotations

import random
import re

from pydantic import Field

from maieutic.worlds.text_constraints.instruction import (
    Check,
    Instruction,
    Params,
    Relation,
    against,
    exactly,
    some,
)
from maieutic.worlds.text_constraints.reading import sentences, whole_words, words


class Sentences(Params):
    """How many sentences."""

    num_sentences: int = Field(ge=0)
    relation: Relation


class Paragraphs(Params):
    """How many paragraphs, divided by `***`."""

    num_paragraphs: int = Field(ge=0)


class Words(Params):
    """How many words."""

    num_words: int = Field(ge=0)
    relation: Relation


class NthParagraph(Params):
    """How many paragraphs, divided by a blank line, and the first word of one of them (counted from 1)."""

    num_paragraphs: int = Field(ge=1)
    nth_paragraph: int
    first_word: str = Field(min_length=1)


def _sentences(text: str, params: Sentences) -> Check:
    return against(len(sentences(text)), params.relation, params.num_sentences, "sentences")


def _words(text: str, params: Words) -> Check:
    return against(len(words(text)), params.relation, params.num_words, "words")


def _whole_words(text: str, params: Words) -> Check:
    return against(len(whole_words(text)), params.relation, params.num_words, "words")


def _paragraphs(text: str, params: Paragraphs) -> Check:
    parts = re.split(r"\s?\*\*\*\s?", text)
    filled = [bool(part.strip()) for part in parts]
    return exactly(
        sum(filled),
        params.num_paragraphs,
        "paragraphs divided by ***",
        also=all(filled[1:-1]),
        but="one between two dividers is empty",
    )


def opening(paragraph: str) -> str:
    """The first word of `paragraph`: lower case, leading quotes stripped, cut at the first of . , ? ! ' "

    >>> opening('"Well, then')
    'well'
    """
    first = paragraph.split()[0].lstrip("'").lstrip('"')
    return re.split(r"[.,?!'\"]", first, maxsplit=1)[0].lower()


def _nth(text: str, params: NthParagraph, *, published: bool) -> Check:
    parts = text.split("\n\n") if published else re.split(r"\n[^\S\n]*\n", text)
    filled = [part for part in parts if part.strip()]
    n = params.nth_paragraph
    if not 1 <= n <= params.num_paragraphs:
        said = f"there is no paragraph {n} of {params.num_paragraphs}"
        if published:
            return Check(ok=None, reason=f"{said}: the published checker draws a random one")
        return Check(ok=False, reason=f"{said}, so no text can do this")
    indexed = parts if published else filled
    word = opening(indexed[n - 1]) if n <= len(filled) and indexed[n - 1].strip() else None
    return exactly(
        len(filled),
        params.num_paragraphs,
        "paragraphs divided by blank lines",
        also=word == params.first_word.lower(),
        but=f"paragraph {n} opens with {word!r}, wanted {params.first_word!r}",
    )


def _nth_published(text: str, params: NthParagraph) -> Check:
    return _nth(text, params, published=True)


def _nth_repaired(text: str, params: NthParagraph) -> Check:
    return _nth(text, params, published=False)


def _draw_sentences(rng: random.Random) -> Sentences:
    relation: Relation = rng.choice(("at least", "less than"))
    return Sentences(num_sentences=rng.randint(2 if relation == "less than" else 1, 20), relation=relation)


def _draw_words(rng: random.Random) -> Words:
    return Words(num_words=rng.randint(100, 500), relation=rng.choice(("at least", "less than")))


def _draw_paragraphs(rng: random.Random) -> Paragraphs:
    return Paragraphs(num_paragraphs=rng.randint(1, 5))


_FIRST_WORDS = """
firstly honestly usually gently outside nowadays somewhere quietly curiously luckily clearly together patience
morning winter practice friends beginners neighbours nobody
"""


def _draw_nth(rng: random.Random) -> NthParagraph:
    count = rng.randint(1, 5)
    return NthParagraph(
        num_paragraphs=count, nth_paragraph=rng.randint(1, count), first_word=rng.choice(_FIRST_WORDS.split())
    )


def ordinal(number: int) -> str:
    """A position in words.

    >>> ordinal(2), ordinal(21)
    ('second', '21st')
    """
    named = ("first", "second", "third", "fourth", "fifth")
    if 1 <= number <= len(named):
        return named[number - 1]
    end = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{end}"


_SENTENCE_WORDINGS = (
    lambda p: (
        f"Write no fewer than {some(p.num_sentences, 'sentence')}."
        if p.relation == "at least"
        else f"Write fewer than {some(p.num_sentences, 'sentence')}."
    ),
    lambda p: (
        "As for the number of sentences, "
        + ("the least I accept is " if p.relation == "at least" else "stay below ")
        + f"{p.num_sentences}."
    ),
)
_PARAGRAPH_WORDINGS = (
    lambda p: (
        f"Write exactly {p.num_paragraphs} paragraphs and put a line with *** between one and the next."
        if p.num_paragraphs > 1
        else "Write a single paragraph with no *** in it."
    ),
    lambda p: (
        f"Divide the text by *** so that it has {some(p.num_paragraphs, 'paragraph')}, no more and no fewer."
    ),
)
_WORD_WORDINGS = (
    lambda p: (
        f"Write {p.num_words} words or more."
        if p.relation == "at least"
        else f"Use fewer than {p.num_words} words."
    ),
    lambda p: (
        f"The text must not be shorter than {p.num_words} words."
        if p.relation == "at least"
        else f"Stay under {p.num_words} words."
    ),
)
_NTH_WORDINGS = (
    lambda p: (
        f"Write exactly {some(p.num_paragraphs, 'paragraph')} with an empty line between any two; the "
        f'{ordinal(p.nth_paragraph)} one has to open with the word "{p.first_word}".'
    ),
    lambda p: (
        f'Let the {ordinal(p.nth_paragraph)} paragraph begin with "{p.first_word}". I expect '
        f"{some(p.num_paragraphs, 'paragraph')} in all, an empty line after each but the last."
    ),
)

_SENTENCES = Instruction(
    "length_constraints:number_sentences", Sentences, _draw_sentences, _SENTENCE_WORDINGS, _sentences
)
_PARAGRAPHS = Instruction(
    "length_constraints:number_paragraphs", Paragraphs, _draw_paragraphs, _PARAGRAPH_WORDINGS, _paragraphs
)
PUBLISHED = (
    _SENTENCES,
    _PARAGRAPHS,
    Instruction("length_constraints:number_words", Words, _draw_words, _WORD_WORDINGS, _words),
    Instruction(
        "length_constraints:nth_paragraph_first_word", NthParagraph, _draw_nth, _NTH_WORDINGS, _nth_published
    ),
)
REPAIRED = (
    _SENTENCES,
    _PARAGRAPHS,
    Instruction(
        "length_constraints:number_words",
        Words,
        _draw_words,
        _WORD_WORDINGS,
        _whole_words,
        '"don\'t", "3.14" and "well-known" are one word each, and so is each kana or ideograph',
    ),
    Instruction(
        "length_constraints:nth_paragraph_first_word",
        NthParagraph,
        _draw_nth,
        _NTH_WORDINGS,
        _nth_repaired,
        "the n-th of the paragraphs that are not blank is read, also when the text opens with a blank line; "
        "a paragraph beyond the last fails instead of being replaced by a random one",
    ),
)
