"""Held out: which tasks of a loop are taught on and which are kept for its exams, and whether all of them can serve.

Knows nothing of learners or rounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from maieutic import InputError, Task, digest, rng, seed_of
from maieutic.runs.recipe import Recipe
from maieutic.runs.tasks import Source
from maieutic.scenarios import Company, Outer


class Split(NamedTuple):
    """Tasks to teach on, to validate on, to be examined on, and to be played before the first round; and what they are
    called."""

    train: list[Task]
    valid: list[Task]
    test: list[Task]
    before: list[Task]
    label: str


def split(
    recipe: Recipe,
    company: Company[Any],
    test: str | None,
    tests: int,
    *,
    validate: bool = False,
    before: int = 0,
) -> Split:
    """The tasks of a loop, no two of different use with the same words.

    Of a world's endless stream, held-out tasks come from a stream of their own; of a file, they are drawn by chance
    from its records. Those played before the first round are the last ones of those to teach on.

    Raises:
        InputError: there are too few tasks.
    """
    source, n = recipe.source(company)
    wanted = tests * (2 if validate else 1)
    more = n if n is None or source.file is not None else n + before
    if test is not None:
        other, _ = recipe.model_copy(update={"tasks": test, "n": None, "join": None}).source(company)
        apart: Iterable[Task] = other.tasks(2 * wanted if other.file is None else None)
        rest: Iterable[Task] = source.tasks(None if before and source.file is not None else more)
    elif source.file is None:
        stream = Source(source.world, seed=seed_of(recipe.seed, "held out"), needs=source.needs)
        apart, rest = stream.tasks(2 * wanted), source.tasks(more)
    else:
        found = list(source.tasks(None))
        rng(recipe.seed, "held out").shuffle(found)
        apart = rest = found
    held: dict[str, Task] = {}
    for task in apart:
        if len(held) == wanted:
            break
        held.setdefault(digest(task.fields), task)
    chosen = list(held.values())
    left = [task for task in rest if digest(task.fields) not in held]
    prior: dict[str, Task] = {}
    for task in reversed(left):
        if len(prior) == before:
            break
        prior.setdefault(digest(task.fields), task)
    train = [task for task in left if digest(task.fields) not in prior][:n]
    if len(chosen) < wanted or len(prior) < before or not train:
        first = f"{len(prior)} of {before} can be played before the first round, " if before else ""
        raise InputError(
            f"{len(chosen)} tasks can be held out of {source}, {first}and {len(train)} are left to teach on; {wanted} "
            "were to be held out",
            key="--tests",
            remedy="hold out fewer, or give more tasks",
        )
    return Split(train, chosen[tests:], chosen[:tests], list(prior.values()), str(source))


def playable(recipe: Recipe, parameters: Mapping[str, Any], tasks: Iterable[Task]) -> Company[Any]:
    """The company that plays with these parameters over the recipe's, after a look at whether it can play the tasks.

    Raises:
        InputError: a task lacks a field.
    """
    company = recipe.model_copy(update={"parameters": {**recipe.parameters, **parameters}}).company()
    for task in tasks:
        company.accepts(task)
    return company


def examinable(outer: Outer, task: Task, parameters: Any) -> None:
    """Check that the measure can be taken of a task.

    Raises:
        InputError: it lacks what that takes, so that its measure would be 0 whoever learnt.
    """
    lacking = outer.lacks(task, parameters)
    if lacking is not None:
        raise InputError(
            f"held-out task {task.id} (from {task.source}) brings no {lacking}, without which nobody can tell its "
            f"{outer.measured_by(parameters)}",
            key=lacking,
            remedy=f"give records that have it (--map {lacking}=KEY where it has another name there), or hold out tasks "
            "whose truth is known: --test world:N",
        )
