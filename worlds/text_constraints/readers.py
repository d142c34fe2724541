"""Readers: IFEval's prompts, with their published responses and verdicts where there are any, as tasks.

Knows nothing of how a text is judged. A record is `{key, prompt, instruction_id_list, kwargs}`, the two lists in
parallel (Zhou et al. 2023); copies that fill unused parameters with null are read too. Its truth names the
published registry, so that verdicts can be compared with the reference's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import JsonValue

from maieutic import InputError, Task
from maieutic.worlds.row import Reader, Row, rows
from maieutic.worlds.text_constraints.instruction import Item
from maieutic.worlds.text_constraints.keywords import LetterFrequency, odd_letter
from maieutic.worlds.text_constraints.lengths import NthParagraph
from maieutic.worlds.text_constraints.registry import PUBLISHED, Truth, parameters

# Records of the published file whose parameters are not what their prompt says.
_AT_ODDS: Mapping[int, str] = MappingProxyType(
    {
        337: "the prompt says 400 words, the parameter 336",
        1174: "the prompt asks for the letter at least 6 times, the parameter for less than 6",
        2078: "the prompt asks for one bullet and for a few",
    }
)


def read_ifeval(row: Row) -> Task:
    """An IFEval record as a task.

    Fields: `prompt`, and `response` where the record has one. Truth: see `Truth`; null parameters are dropped,
    0 and "" are kept. A type that is not known, a letter that is no letter and a type listed twice are notes.

    Raises:
        InputError: a key is missing or of the wrong kind, the two lists differ in length, or a parameter is
            missing, unknown or of the wrong kind.

    >>> row = Row({"key": 1, "prompt": "No commas!", "instruction_id_list": ["punctuation:no_comma"],
    ...     "kwargs": [{"num_words": None}]}, "x.jsonl", 1)
    >>> read_ifeval(row).truth["items"]
    [{'id': 'punctuation:no_comma', 'params': {}}]
    """
    key = row.get("key", int)
    prompt = row.text("prompt")
    names = row.texts("instruction_id_list")
    kwargs: list[Any] = row.get("kwargs", list)
    if not names:
        raise row.error("is empty", key="instruction_id_list", remedy="name at least one instruction")
    if len(names) != len(kwargs):
        raise row.error(
            f"{len(kwargs)} entries for {len(names)} instructions", key="kwargs", remedy="give one for each"
        )
    items: list[Item] = []
    notes = [_AT_ODDS[key]] if key in _AT_ODDS else []
    for slot, (name, given) in enumerate(zip(names, kwargs, strict=True)):
        if not isinstance(given, dict):
            raise row.error(f"entry {slot} is {given!r:.40}", key="kwargs", remedy="give an object for each")
        item = Item(id=name, params={word: value for word, value in given.items() if value is not None})
        items.append(item)
        notes += _notes(item, slot, row)
    notes += [f"lists {name} twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    fields: dict[str, JsonValue] = {"prompt": prompt}
    if row.data.get("response") is not None:
        fields["response"] = row.get("response", str)
    truth = Truth(
        items=tuple(items), registry="published", notes=tuple(notes), reference=_reference(row, len(names))
    )
    return Task(
        id=f"ifeval:{key}",
        world="text-constraints",
        fields=fields,
        truth=truth.model_dump(mode="json", exclude_defaults=False),
        source="ifeval",
        licence="CC-BY-4.0",
    )


def _notes(item: Item, slot: int, row: Row) -> list[str]:
    if item.id not in PUBLISHED:
        return [f"instruction {slot} has the unknown type {item.id!r}: it cannot be judged"]
    try:
        known = parameters(item, PUBLISHED)
    except InputError as error:
        raise row.error(f"entry {slot}: {error.problem}", key="kwargs", remedy=error.remedy) from None
    match known:
        case LetterFrequency() if odd_letter(known.letter):
            return [f"instruction {slot} counts {known.letter!r}, no letter: the published checker draws one"]
        case NthParagraph() if not 1 <= known.nth_paragraph <= known.num_paragraphs:
            return [f"instruction {slot} names a paragraph beyond the last: the published checker draws one"]
        case _:
            return []


def _reference(row: Row, slots: int) -> dict[Any, tuple[bool, ...]]:
    found = {}
    for mode in ("strict", "loose"):
        if row.data.get(mode) is None:
            continue
        verdicts: list[Any] = row.get(mode, list)
        if len(verdicts) != slots or not all(isinstance(one, bool) for one in verdicts):
            raise row.error(f"expected {slots} times true or false, got {verdicts!r:.60}", key=mode)
        found[mode] = tuple(verdicts)
    return found


def ifeval_rows(
    prompts: str | Path, responses: str | Path | None = None, verdicts: str | Path | None = None
) -> Iterator[Row]:
    """The rows of a prompts file, each with its `response` and its `strict` and `loose` verdicts joined in.

    Verdicts are joined by `key`; so are responses that have one, and by the prompt's text those that have not.

    Raises:
        InputError: two responses or verdicts for one prompt, or one for no prompt of the file.
    """
    known = list(rows(prompts))
    extra: dict[int, dict[str, Any]] = {index: {} for index in range(len(known))}
    by_key = {row.get("key", int): index for index, row in enumerate(known)}
    by_text = {row.text("prompt"): index for index, row in enumerate(known)}
    for path, words in ((responses, ("response",)), (verdicts, ("strict", "loose"))):
        for row in rows(path) if path is not None else ():
            joint = "key" if "key" in row.data else "prompt"
            index = by_key.get(row.get("key", int)) if joint == "key" else by_text.get(row.text("prompt"))
            if index is None:
                raise row.error(f"belongs to no record of {prompts}", key=joint, remedy="join by key")
            if words[0] in extra[index]:
                raise row.error("a second one for the same prompt", key=joint, remedy="keep one")
            extra[index].update({word: row.get(word, object) for word in words})
    for index, row in enumerate(known):
        yield Row({**row.data, **extra[index]}, row.file, row.line)


IFEVAL = Reader("ifeval", frozenset({"key", "prompt", "instruction_id_list", "kwargs"}), read_ifeval)
