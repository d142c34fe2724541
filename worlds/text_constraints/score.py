"""Scores: strict and loose verdicts on a response, and the four accuracies over many.

Knows nothing of the types. Loose mode tries eight versions of a response, each slot for itself, so it can only
gain; it can also rescue a response that got there by dropping lines, which is why strict is what judges use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from maieutic import Frozen
from maieutic.worlds.text_constraints.instruction import Check, Item
from maieutic.worlds.text_constraints.registry import REGISTRIES, REPAIRED, Registry, Truth, check


def strict(text: str, items: Sequence[Item], registry: Registry = REPAIRED) -> list[Check]:
    """What holds of `text` as it is, slot by slot; nothing holds of a blank text.

    >>> [one.ok for one in strict(" ", [Item(id="punctuation:no_comma")])]
    [False]
    """
    return [_filled(text, check(text, item, registry)) for item in items]


def _filled(text: str, found: Check) -> Check:
    if text.strip() or found.ok is None:
        return found
    return found.model_copy(update={"ok": False, "reason": "the text is blank"})


def variants(text: str) -> list[str]:
    """The eight texts of loose mode: as is, without the first, the last or both lines, each with and without stars.

    >>> variants("Sure!\\n*Done*\\nBye")
    ['Sure!\\n*Done*\\nBye', 'Sure!\\nDone\\nBye', '*Done*\\nBye', 'Sure!\\n*Done*', '*Done*', 'Done\\nBye', 'Sure!\\nDone', 'Done']
    """
    lines = text.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return [text, text.replace("*", ""), *cut, *(one.replace("*", "") for one in cut)]


def loose(text: str, items: Sequence[Item], registry: Registry = REPAIRED) -> list[Check]:
    """What holds of any of the eight variants of `text`, slot by slot (slots may owe it to different ones).

    A slot that no variant meets has the check of the text as it is.

    >>> [one.ok for one in loose("Of course, here it is:\\nNo comma.", [Item(id="punctuation:no_comma")])]
    [True]
    """
    filled = [one for one in dict.fromkeys(variants(text)) if one.strip()]
    found = []
    for item, plain in zip(items, strict(text, items, registry), strict=True):
        passed = (one for one in (check(variant, item, registry) for variant in filled) if one.ok)
        found.append(plain if plain.ok else next(passed, plain))
    return found


class Accuracy(Frozen):
    """Accuracies over many responses, each a share from 0 to 1.

    Attributes:
        prompts: share of prompts whose every slot passed.
        instructions: share of slots that passed.
        types: share of slots that passed, for each type.
        groups: the same for each group of types.
        unknown: how many slots nobody could judge; they count as not passed.
    """

    prompts: float
    instructions: float
    types: dict[str, float]
    groups: dict[str, float]
    unknown: int


def accuracy(judged: Iterable[tuple[Sequence[Item], Sequence[Check]]]) -> Accuracy:
    """The accuracies over responses, each given as its items and their checks.

    >>> item = Item(id="punctuation:no_comma")
    >>> accuracy([([item], strict("a, b", [item])), ([item], strict("a b", [item]))]).prompts
    0.5
    """
    prompts: list[bool] = []
    slots: dict[str, list[bool]] = {}
    unknown = 0
    for items, checks in judged:
        prompts.append(all(one.ok is True for one in checks))
        for item, one in zip(items, checks, strict=True):
            slots.setdefault(item.id, []).append(one.ok is True)
            unknown += one.ok is None
    groups: dict[str, list[bool]] = {}
    for name, passed in slots.items():
        groups.setdefault(name.partition(":")[0], []).extend(passed)
    return Accuracy(
        prompts=_share(prompts),
        instructions=_share([one for passed in slots.values() for one in passed]),
        types={name: _share(slots[name]) for name in sorted(slots)},
        groups={name: _share(groups[name]) for name in sorted(groups)},
        unknown=unknown,
    )


def _share(passed: list[bool]) -> float:
    return sum(passed) / len(passed) if passed else 0.0


def judge(text: str, truth: Mapping[str, JsonValue] | Truth) -> list[Check]:
    """The strict verdict on `text` for each constraint of a task's truth, in order; blank text fails them all.

    >>> [one.ok for one in judge("Yes, sir.", {"items": [{"id": "punctuation:no_comma"}], "registry": "repaired"})]
    [False]
    """
    known = truth if isinstance(truth, Truth) else Truth.model_validate(truth)
    return strict(text, known.items, REGISTRIES[known.registry])
