"""Generator: an endless stream of writing tasks with one to four constraints that a program can check.

Knows no model. Every task is known to have an answer: one was drafted and checked before the task was given out.
"""

from __future__ import annotations

import random
from functools import lru_cache

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.text_constraints.conflicts import CONSTRAINED, JSON, REPEAT, partners
from maieutic.worlds.text_constraints.instruction import Item
from maieutic.worlds.text_constraints.prose import TOPICS
from maieutic.worlds.text_constraints.registry import REPAIRED, Truth
from maieutic.worlds.text_constraints.repair import draft
from maieutic.worlds.text_constraints.score import strict

_KINDS = (
    "Write a short blog post about {t}.",
    "Write a letter to a friend who wants to know about {t}.",
    "Explain {t} to somebody who has never heard of it.",
    "Write a page for a leaflet on {t}.",
    "Tell a short story in which {t} plays a part.",
    "What should a newcomer know about {t}?",
    "Draft an opening speech for an evening on {t}.",
    "Write a diary entry by somebody who cares for {t}.",
    "Give me some honest advice on {t}.",
    "Write an announcement for the notice board about {t}.",
    "Sum up what makes {t} worth the trouble.",
    "Write a column for a local paper on {t}.",
)
_QUESTIONS = (
    "Should more people get to know {t}?",
    "Is {t} worth an hour of my week?",
    "Would a school do well to teach {t}?",
)
_ATTEMPTS = 40


def generate(seed: int, index: int) -> Task:
    """The `index`-th task of the stream `seed`; its truth is decided by the repaired registry.

    >>> task = generate(7, 0)
    >>> task.id, task.world, sorted(task.truth)
    ('text-constraints:7:0', 'text-constraints', ['items', 'registry', 'topic'])
    """
    return _generated(seed, index).model_copy(deep=True)


@lru_cache(maxsize=1024)  # a run asks for its tasks twice, outer rounds each round: a draft can take a second
def _generated(seed: int, index: int) -> Task:
    for attempt in range(_ATTEMPTS):
        chance = rng(seed, "text-constraints", index, attempt)
        topic = chance.choice(sorted(TOPICS))
        names = _choose(
            chance, 1 + attempt % 2 if attempt > _ATTEMPTS // 2 else chance.choice((1, 2, 2, 3, 3, 4))
        )
        kinds = _QUESTIONS if CONSTRAINED in names else _KINDS
        request = chance.choice(kinds).format(t=topic)
        items = [_item(name, request, chance) for name in names]
        answer = draft(topic, items, range(len(items)), rng(seed, "witness", index, attempt))
        if _independent(items) and all(one.ok for one in strict(answer, items)):
            return _task(f"text-constraints:{seed}:{index}", topic, request, items, chance)
    raise RuntimeError(f"no task with an answer in {_ATTEMPTS} attempts at seed {seed}, index {index}")


def _choose(chance: random.Random, count: int) -> list[str]:
    names: list[str] = []
    while len(names) < count and (left := partners(names)):
        if names:  # the two that stand alone, or nearly so, come only when drawn first
            left = [name for name in left if name not in (CONSTRAINED, JSON)] or left
        names.append(chance.choice(left))
    return names


def _independent(items: list[Item]) -> bool:
    """Whether no word is asked for by two of `items`: one would then decide the other."""
    words = [word for item in items for word in _words(item)]
    return len(words) == len(set(words))


def _words(item: Item) -> list[str]:
    found: list[str] = []
    for name in ("keyword", "keywords", "forbidden_words"):
        value = item.params.get(name, [])
        found += [value] if isinstance(value, str) else value
    return found


def _item(name: str, request: str, chance: random.Random) -> Item:
    drawn: dict[str, JsonValue] = REPAIRED[name].draw(chance).model_dump(mode="json")
    if name == REPEAT:
        drawn = {"prompt_to_repeat": request}
    return Item(id=name, params=drawn)


def _task(name: str, topic: str, request: str, items: list[Item], chance: random.Random) -> Task:
    wishes = [
        REPAIRED[item.id].describe(REPAIRED[item.id].params.model_validate(item.params), chance)
        for item in items
    ]
    layout = chance.randrange(3)
    if layout == 0:
        prompt = " ".join([request, *wishes])
    elif layout == 1:
        prompt = "\n".join([request, "Please mind the following:", *(f"- {wish}" for wish in wishes)])
    else:
        prompt = "\n".join(
            [request, "", *(f"{number}. {wish}" for number, wish in enumerate(wishes, start=1))]
        )
    truth = Truth(items=tuple(items), registry="repaired", topic=topic)
    return Task(
        id=name,
        world="text-constraints",
        fields={"prompt": prompt},
        truth=truth.model_dump(mode="json", include={"items", "registry", "topic"}),
    )
