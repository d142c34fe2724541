r"""Layout: the parts of a text that an edit must respect, and the smallest edits of them.

Knows no constraint. Lines that are headings, bullets, dividers, a title or a postscript are marks; all other
lines that hold a word are prose, and sentences are put in and taken out there, away from the text's two ends.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maieutic.worlds.text_constraints.instruction import Check
from maieutic.worlds.text_constraints.prose import sentence
from maieutic.worlds.text_constraints.reading import sentences
from maieutic.worlds.text_constraints.tongues import foreign, tongue

_MARK = re.compile(
    r"\s*(?:\*{3,}\s*$|[-*+•]\s|<<|\"?<<|[\"*_]*p\.?\s?(?:p\.?\s?)?s[.:]|(?:section|part)\s?(?:\d+|[ivxlc]+)\s*$|-{3,}\s*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Place:
    """What an edit may use besides the text: what was observed in it, its topic, and chance."""

    seen: Check
    topic: str
    rng: random.Random


Edit = Callable[[str, Any, Place], str]


def prose_lines(text: str) -> list[int]:
    r"""Indexes of the lines that are prose.

    >>> prose_lines("<<Trams>>\nThey run. They stop.\n* a bell\n***\nP.S. Ring it.")
    [1]
    """
    return [
        index
        for index, line in enumerate(text.split("\n"))
        if re.search(r"\w", line) and not _MARK.match(line)
    ]


def like(text: str, added: str) -> str:
    """`added` in the case of `text` where that is all upper or all lower.

    >>> like("NO SMALL LETTERS", "So be it.")
    'SO BE IT.'
    """
    if text.isupper():
        return added.upper()
    return added.lower() if text.islower() else added


def filler(text: str, topic: str, rng: random.Random) -> str:
    """One more sentence for `text`: in its language and case, with no comma.

    >>> from maieutic import rng
    >>> filler("wer hat das gesagt und wie viele leute waren da", "", rng(0)).islower()
    True
    """
    code = tongue(text)
    return like(text, sentence(topic, rng, commas=False) if code == "en" else foreign(code, rng))


def insert(text: str, added: str, rng: random.Random) -> str:
    r"""`text` with the sentence `added` within its prose, so that opening and ending stay where they can.

    >>> from maieutic import rng
    >>> insert("One came. Two went.", "Three stayed.", rng(0))
    'One came. Three stayed. Two went.'
    """
    lines = text.split("\n")
    found = prose_lines(text)
    roomy = [index for index in found if len(sentences(lines[index])) > 1]
    if roomy:
        index = rng.choice(roomy)
        parts = sentences(lines[index])
        at = rng.randint(1, len(parts) - 1)
        lead = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
        lines[index] = lead + " ".join([*parts[:at], added, *parts[at:]])
    elif found:
        index = found[0]
        lines[index] = f"{lines[index].rstrip()} {added}"
    elif len(lines) > 1:
        lines.insert(len(lines) - 1, added)
    else:
        return f"{text} {added}".strip()
    return "\n".join(lines)


def insert_line(text: str, added: str, after: int | None, rng: random.Random, *, topic: str = "") -> str:
    """`text` with the line `added` after line `after`, or else within it, but never as its first or last line."""
    lines = text.split("\n")
    if after is not None and after < len(lines) - 1:
        return "\n".join([*lines[: after + 1], added, *lines[after + 1 :]])
    if len(lines) == 1 or after is not None:
        index = len(lines) - 1
        parts = sentences(lines[index])
        if len(parts) < 2:
            lines[index] = f"{filler(text, topic, rng)} {lines[index]}" if after is None else lines[index]
            parts = sentences(lines[index])
        if after is not None or len(parts) < 2:
            return "\n".join([*lines, added])
        at = rng.randint(1, len(parts) - 1)
        return "\n".join([*lines[:index], " ".join(parts[:at]), added, " ".join(parts[at:])])
    at = rng.randint(1, len(lines) - 1)
    return "\n".join([*lines[:at], added, *lines[at:]])


def drop(text: str, rng: random.Random) -> str:
    r"""`text` less one sentence from within its prose; less some words where no line has more than two.

    >>> from maieutic import rng
    >>> drop("One came. Two went. Three stayed.", rng(0))
    'One came. Three stayed.'
    """
    lines = text.split("\n")
    counted = {index: len(sentences(lines[index])) for index in prose_lines(text)}
    roomy = [index for index, count in counted.items() if count > 2]
    if roomy:
        index = rng.choice(roomy)
        parts = sentences(lines[index])
        del parts[rng.randint(1, len(parts) - 2)]
        lines[index] = " ".join(parts)
        return "\n".join(lines)
    pairs = [index for index, count in counted.items() if count == 2]
    if pairs:
        index = rng.choice(pairs)
        lines[index] = sentences(lines[index])[0 if index == max(counted) and index else 1]
        return "\n".join(lines)
    return drop_word(text, rng)


def drop_word(text: str, rng: random.Random) -> str:
    """`text` less one plain word from within a line.

    >>> from maieutic import rng
    >>> drop_word("red green blue", rng(0))
    'red blue'
    """
    inner = list(re.finditer(r"(?<=[^\W_]) [^\W\d_]+(?= [^\W_])", text))
    if not inner:
        inner = list(re.finditer(r"(?<=\S)[ \n]+[^\W\d_]+", text))
    if not inner:
        return text
    chosen = rng.choice(inner)
    return text[: chosen.start()] + text[chosen.end() :]


def split_part(parts: list[str], topic: str, rng: random.Random) -> list[str]:
    """`parts` with the longest one in two, between lines or sentences; a one-sentence part gets one more first.

    >>> from maieutic import rng
    >>> split_part(["One came. Two went.", "End."], "", rng(0))
    ['One came.', 'Two went.', 'End.']
    """
    index = max(range(len(parts)), key=lambda one: (len(sentences(parts[one])), len(parts[one])))
    part = parts[index]
    lines = part.split("\n")
    if len(lines) > 2:
        middle = len(lines) // 2
        halves = ["\n".join(lines[:middle]), "\n".join(lines[middle:])]
    else:
        pieces = [one for line in lines for one in sentences(line)] if len(lines) == 1 else lines
        if len(pieces) < 2:
            pieces = (
                [part, filler(part, topic, rng)]
                if index < len(parts) - 1
                else [filler(part, topic, rng), part]
            )
        middle = len(pieces) // 2
        halves = [" ".join(pieces[:middle]), " ".join(pieces[middle:])]
    return [
        *parts[:index],
        *(half.strip() or filler(part, topic, rng) for half in halves),
        *parts[index + 1 :],
    ]


def inner_words(text: str) -> list[re.Match[str]]:
    """Plain words within a line: not its first word, not its last two, not touching a mark.

    >>> [one.group() for one in inner_words("Those four words will never be all.")]
    ['four', 'words', 'will', 'never']
    """
    return list(re.finditer(r"(?<=[^\W_] )[^\W\d_]{4,}(?=[^\S\n][^\W_]+[^\S\n][^\W_])", text))
