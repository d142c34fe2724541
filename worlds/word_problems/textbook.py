"""Textbook: for each kind of word problem a passage that works one through, so that the right passage of a task is known.

Knows no tasks. Problems of the book are drawn from a stream of its own, with other names, things and numbers.
"""

from __future__ import annotations

from functools import cache

from maieutic import rng
from maieutic.worlds.word_problems.generate import kinds, lines_of


@cache
def textbook() -> dict[str, str]:
    """Topic, as in a task's field `topic` -> the passage.

    >>> book = textbook()
    >>> len(book) > 20, "saving" in book
    (True, True)
    """
    book = {}
    for kind in kinds():
        story, lines = lines_of(kind, rng("textbook", kind.__name__))
        book[kind.__name__] = "\n".join([story.text, *lines])
    return book
