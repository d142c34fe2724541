"""Hearing: the constraints that a request asks for in the wordings of this world, read back from its text.

Knows nothing of what anybody else would ask for in other words: that is not heard. What is read is said again, and
counts only where it comes out letter by letter, so nothing is heard that was not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import Any, Literal, get_args, get_origin

from pydantic import JsonValue

from maieutic import rng
from maieutic.worlds.text_constraints.instruction import Instruction, Item
from maieutic.worlds.text_constraints.registry import REGISTRIES, Truth
from maieutic.worlds.text_constraints.shapes import LANGUAGES

Name = Literal["published", "repaired"]

_MOST = 24  # values of a kind that are tried
_IN_WORDS = (1, 2, 3, 4, 5)  # numbers that wordings may spell: once, twice, a single, first to fifth
_STANDS = {  # where a parameter that is no quotation stands
    "letter": re.compile(r"letter (\w)\b"),
    "postscript_marker": re.compile(r"(?:opens with|marked) (\S+)"),
    "section_spliter": re.compile(r"(\w+) 1[.,]"),
}
_DRAWS = 20


@lru_cache(maxsize=2048)
def heard(text: str, registry: Name = "repaired") -> tuple[Item, ...]:
    """The constraints that `text` asks for, in the order in which they stand there.

    >>> heard("Write about rain. Do it without a single comma. Use fewer than 90 words. Be kind.")
    (Item(id='punctuation:no_comma', params={}), Item(id='length_constraints:number_words', params={'num_words': 90, 'relation': 'less than'}))
    """
    found: list[tuple[int, int, Item]] = []
    for one in REGISTRIES[registry].values():
        for wording, always in zip(one.wordings, _constant(one), strict=True):
            if not all(word in text for word in always):
                continue
            for given in _tried(one, text):
                said = wording(one.params.model_validate(given))
                place = text.find(said)
                if place >= 0:
                    found.append((place, place + len(said), Item(id=one.id, params=given)))
    whole = [
        (start, item)
        for start, end, item in found
        if not any(a <= start and end <= b and end - start < b - a for a, b, _ in found)
    ]
    return tuple(item for _, item in sorted(whole, key=lambda pair: pair[0]))


def told(truth: Mapping[str, JsonValue] | Truth | None, prompt: str) -> Truth:
    """What a task brings as its truth, with the constraints that `prompt` asks for beside them.

    A type that the truth has already is not taken twice; a task of another kind has no constraints of its own.

    >>> [one.id for one in told(None, "Hello. Give me nothing but valid JSON.").items]
    ['detectable_format:json_format']
    """
    known = truth if isinstance(truth, Truth) else Truth.of(truth or {})
    own = {item.id for item in known.items}
    more = tuple(item for item in heard(prompt, known.registry) if item.id not in own)
    return known.model_copy(update={"items": (*known.items, *more)}) if more else known


@lru_cache(maxsize=64)
def _always(draw: Any, wording: Any, name: str) -> frozenset[str]:
    chance = rng("constant words", name)
    said = [set(re.findall(r"[^\W\d_]{3,}", wording(draw(chance)))) for _ in range(_DRAWS)]
    return frozenset(set.intersection(*said))


def _constant(one: Instruction[Any]) -> list[frozenset[str]]:
    """Of each wording, words that it has whatever its parameters: without them it need not be tried."""
    return [_always(one.draw, wording, one.id) for wording in one.wordings]


def _tried(one: Instruction[Any], text: str) -> Iterator[dict[str, Any]]:
    """All parameters that could be meant, by the numbers and words that stand in `text`."""
    fields = one.params.model_fields
    values = [_values(name, field.annotation, text) for name, field in fields.items()]
    return (dict(zip(fields, chosen, strict=True)) for chosen in product(*values))


def _values(name: str, kind: Any, text: str) -> list[Any]:
    pieces = text.split('"')[1:-1]  # quotations, and what stands between them: a quote may stand by itself
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if kind is int:
        numbers = (int(one) for one in re.findall(r"(?<!\d)\d{1,6}(?!\d)", text))
        return list(dict.fromkeys([*numbers, *_IN_WORDS]))[:_MOST]
    if get_origin(kind) is tuple:
        runs = (pieces[place::2][:length] for place in range(len(pieces)) for length in range(1, 6))
        return list(dict.fromkeys(tuple(run) for run in runs if run and all(run)))[: 4 * _MOST]
    if name == "language":
        return [code for code, language in LANGUAGES.items() if language in text]
    stands = _STANDS.get(name)
    said = stands.findall(text) if stands else [one for one in pieces if one]
    return list(dict.fromkeys(said))[:_MOST]
