"""Contamination: entries that hold a test prompt, in whole or in good part, are not for training.

Knows nothing of formats. As Tülu 3 decontaminates (Lambert et al. 2024, section 3.2): words are lower-cased and
stripped of punctuation; an entry is dropped if more than half of the words of some test prompt stand in n-grams of
eight words that the two share. A test prompt of fewer than eight words counts only where it stands in whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from maieutic import InputError
from maieutic.exports import quantities
from maieutic.exports.entry import Entry
from maieutic.exports.selection import Dropped

NGRAM = 8
SHARE = 0.5
KEYS = ("prompt", "question", "instruction", "problem", "text", "input", "query", "messages")


class Contamination:
    """Drops what overlaps with a test prompt.

    Args:
        prompts: the test prompts.
        ngram: words of an n-gram.
        share: the share of a test prompt's words beyond which it counts as held.
        name: of the file, for the report.
    """

    def __init__(
        self, prompts: Sequence[str], *, ngram: int = NGRAM, share: float = SHARE, name: str = "test prompts"
    ) -> None:
        self.ngram, self.share, self.name = ngram, share, name
        self.prompts = [words for words in map(words_of, prompts) if words]
        self._places: dict[tuple[str, ...], list[tuple[int, int]]] = {}
        for number, words in enumerate(self.prompts):
            size = min(ngram, len(words))
            for at in range(len(words) - size + 1):
                self._places.setdefault(tuple(words[at : at + size]), []).append((number, at))
        self._sizes = sorted({min(ngram, len(words)) for words in self.prompts})

    def __str__(self) -> str:
        return (
            f"contamination by {len(self.prompts)} prompts of {self.name} ({self.ngram}-grams, more than "
            f"{self.share:g} of a prompt's words)"
        )

    def __call__(self, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
        """The entries that hold no test prompt."""
        for entry in entries:
            number = self.held(quantities.texts(entry.record))
            if number is None:
                yield entry
            else:
                dropped.drop(entry, f"{entry.record.kind} with a test prompt")

    def held(self, texts: Sequence[str]) -> int | None:
        """The number of the first test prompt that the texts hold, if they hold one."""
        covered: dict[int, set[int]] = {}
        for text in texts:
            words = words_of(text)
            for size in self._sizes:
                for at in range(len(words) - size + 1):
                    for number, place in self._places.get(tuple(words[at : at + size]), ()):
                        covered.setdefault(number, set()).update(range(place, place + size))
        found = (
            number
            for number, places in covered.items()
            if len(places) > self.share * len(self.prompts[number])
        )
        return min(found, default=None)


def words_of(text: str) -> list[str]:
    """Words in lower case, without punctuation.

    >>> words_of("What is 7*8, then?")
    ['what', 'is', '7', '8', 'then']
    """
    return re.findall(r"\w+", text.lower())


def read_prompts(file: Path) -> Iterator[str]:
    """Test prompts: a text file has one a line; a .jsonl file has objects with one of the keys `KEYS`.

    Raises:
        InputError: the file cannot be read, or a line holds no prompt.
    """
    try:
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _prompt(file, number, line) if file.suffix in (".jsonl", ".json") else line
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"cannot be read: {reason}", file=str(file), key="--test-prompts") from None


def _prompt(file: Path, number: int, line: str) -> str:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=str(file), line=number) from None
    key = next((one for one in KEYS if isinstance(row, dict) and row.get(one)), None)
    if isinstance(row, str):
        return row
    if key is None:
        raise InputError(
            "holds no prompt", file=str(file), line=number, remedy=f"give one of {', '.join(KEYS)}"
        )
    if isinstance(row[key], list):
        return " ".join(str(one.get("content", "")) for one in row[key] if isinstance(one, dict))
    return str(row[key])


def contamination(file: Path, *, ngram: int = NGRAM, share: float = SHARE) -> Contamination:
    """The step.

    Raises:
        InputError: the file cannot be used, or the numbers are out of bounds.
    """
    if ngram < 1 or not 0 <= share < 1:
        raise InputError(
            f"expected n-grams of 1 word or more and a share from 0 to below 1, got {ngram} and {share:g}",
            key="--test-prompts",
        )
    prompts = list(read_prompts(file))
    if not prompts:
        raise InputError("holds no prompt", file=str(file), key="--test-prompts")
    return Contamination(prompts, ngram=ngram, share=share, name=file.name)
