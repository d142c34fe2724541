"""Repair: programs that write and revise text so that it meets exactly the constraints wanted.

Knows no type by name, save the two envelopes (JSON and outer quotes) that other edits work within. Every edit is
checked again, and of several tries the one that leaves the fewest slots wrong is kept; so a repair disturbs
other constraints only where it must.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Mapping, Sequence

from maieutic.worlds.text_constraints.edits import EDITS
from maieutic.worlds.text_constraints.instruction import Check, Item
from maieutic.worlds.text_constraints.layout import Place, filler
from maieutic.worlds.text_constraints.prose import passage
from maieutic.worlds.text_constraints.registry import REPAIRED, Registry, check, parameters
from maieutic.worlds.text_constraints.score import strict

# The types that are about the whole text and so are not edited within its outer quotes.
_JSON = "detectable_format:json_format"
_WHOLE = (_JSON, "startend:quotation", "detectable_format:constrained_response", "combination:repeat_prompt")
_TRIES = 4


def satisfy(
    text: str, item: Item, rng: random.Random, *, registry: Registry = REPAIRED, topic: str = ""
) -> str:
    """`text` changed a little so that it meets `item`; as it was where it already does.

    >>> from maieutic import rng
    >>> satisfy("Well, yes.", Item(id="punctuation:no_comma"), rng(0))
    'Well yes.'
    """
    return _until(text, item, rng, registry, topic, wanted=True)


def violate(
    text: str, item: Item, rng: random.Random, *, registry: Registry = REPAIRED, topic: str = ""
) -> str:
    """`text` changed a little so that it breaks `item`; as it was where it already does.

    >>> from maieutic import rng
    >>> violate("Well yes.", Item(id="punctuation:no_comma"), rng(0))
    'Well, yes.'
    """
    return _until(text, item, rng, registry, topic, wanted=False)


def mend(
    text: str,
    items: Sequence[Item],
    failed: Collection[int],
    rng: random.Random,
    *,
    registry: Registry = REPAIRED,
    topic: str = "",
) -> str:
    """`text` changed so that it meets the items numbered in `failed` (from 0), and still those that it met before.

    Items that it did not meet and that are not in `failed` are left alone. Where not all can be had, the text
    with the fewest slots wrong.

    >>> from maieutic import rng
    >>> items = [Item(id="punctuation:no_comma"), Item(id="startend:quotation")]
    >>> mend("Well, yes.", items, {1}, rng(0))
    '"Well, yes."'
    """
    now = strict(text, items, registry)
    goal = {index: True for index, one in enumerate(now) if one.ok or index in failed}
    return _steer(text, items, goal, rng, registry, topic)


def draft(
    topic: str,
    items: Sequence[Item],
    met: Collection[int],
    rng: random.Random,
    *,
    registry: Registry = REPAIRED,
) -> str:
    """A plain response on `topic` that meets exactly the items numbered in `met` (from 0) and breaks the others.

    Where that cannot be had, the text with the fewest slots wrong; `judge` tells.

    >>> from maieutic import rng
    >>> items = [Item(id="punctuation:no_comma"), Item(id="startend:quotation")]
    >>> [one.ok for one in strict(draft("city trees", items, {1}, rng(0)), items)]
    [False, True]
    """
    goal = {index: index in met for index in range(len(items))}
    best = ""
    least = len(items) + 1
    for _ in range(_TRIES):
        plain = " ".join(passage(topic, rng.randint(4, 8), rng))
        text = _steer(plain, items, goal, rng, registry, topic)
        if (wrong := len(_wrong(text, items, goal, registry))) < least:
            best, least = text, wrong
        if not least:
            break
    return best


def _until(text: str, item: Item, rng: random.Random, registry: Registry, topic: str, *, wanted: bool) -> str:
    for _ in range(_TRIES):
        if not _wrong(text, [item], {0: wanted}, registry):
            break
        text = _edit(text, item, rng, registry, topic, wanted=wanted)
    return text


def _wrong(text: str, items: Sequence[Item], goal: Mapping[int, bool], registry: Registry) -> list[int]:
    """The slots that are not as wanted; those that nobody can judge cannot be put right, and are left."""
    return [
        index
        for index, wanted in goal.items()
        if (found := strict(text, [items[index]], registry)[0]).ok is not None and found.ok is not wanted
    ]


def _steer(
    text: str,
    items: Sequence[Item],
    goal: Mapping[int, bool],
    rng: random.Random,
    registry: Registry,
    topic: str,
) -> str:
    order = {name: rank for rank, name in enumerate(EDITS)}
    best, least = text, len(items) + 1
    for _ in range(6 + 3 * len(items)):
        wrong = sorted(_wrong(text, items, goal, registry), key=lambda one: order.get(items[one].id, 0))
        if len(wrong) < least:
            best, least = text, len(wrong)
        if not wrong:
            break
        slot = wrong[0] if rng.random() < 0.8 else rng.choice(wrong)
        tries = []
        for number in range(_TRIES):
            tried = _edit(text, items[slot], rng, registry, topic, wanted=goal[slot])
            left = _wrong(tried, items, goal, registry)
            tries.append(((slot in left, len(left), number), tried))
            if slot not in left and len(left) < len(wrong):
                break
        text = min(tries)[1]
    return best


def _edit(text: str, item: Item, rng: random.Random, registry: Registry, topic: str, *, wanted: bool) -> str:
    """One edit towards `wanted`, made within the JSON or the quotes that `text` may be wrapped in."""
    if item.id not in EDITS:
        return text
    if item.id != _JSON and (inner := _envelope(text)) is not None:
        changed = _edit(inner, item, rng, registry, topic, wanted=wanted)
        return json.dumps({"text": changed}, ensure_ascii=False)
    if item.id == _JSON and not wanted and (inner := _envelope(text)) is not None:
        return inner
    body = text.strip()
    if item.id not in _WHOLE and len(body) > 2 and body[0] == body[-1] == '"':
        return f'"{_edit(body[1:-1], item, rng, registry, topic, wanted=wanted)}"'
    if not re.search(r"\w", text) and item.id != _JSON:
        text = f"{text} {filler(text, topic, rng)}".strip()
    seen: Check = check(text, item, registry)
    return EDITS[item.id][0 if wanted else 1](text, parameters(item, registry), Place(seen, topic, rng))


def _envelope(text: str) -> str | None:
    """The text within the JSON object that repairs wrap it in; none where there is no such object."""
    if not text.strip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and set(value) == {"text"} and isinstance(value["text"], str):
        return value["text"]
    return None
