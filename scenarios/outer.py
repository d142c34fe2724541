"""Outer: how a scenario is played in rounds between which somebody learns from what the last one made.

Knows nothing of runs or trainers: it says who learns from which records, how it is examined, and what changes from
round to round. `maieutic.runs.rounds` carries it out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Record, Task
from maieutic.roles import Role
from maieutic.worlds import answer_of


@dataclass(frozen=True)
class Drawn:
    """An episode of a round, and the records that were drawn from it."""

    episode: Episode
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Taught:
    """A turn of the seat that learns, in the form in which it is asked and answers.

    Attributes:
        role: that is asked.
        offered: the fields that the graph gives, over those of the task.
        answers: the one to imitate; or the better one and the worse one; none where `worse` is given. One that is none of
            the role's form stands as it was written.
        worse: of a seat that answers with a number, the fields of another turn, whose number is to be the lower one.
    """

    role: Role
    offered: Mapping[str, JsonValue]
    answers: tuple[Mapping[str, JsonValue] | str, ...] = ()
    worse: Mapping[str, JsonValue] | None = None


def _all(number: int, drawn: Sequence[Drawn], chance: random.Random) -> Sequence[Drawn]:
    return drawn


def _never(episode: Episode) -> bool:
    return False


def _goes_on(number: int, drawn: Sequence[Drawn]) -> bool:
    return False


def _nothing(task: Task, parameters: Any) -> str | None:
    return None


def _the_same(number: int, parameters: Any) -> Mapping[str, Any]:
    return {}


def no_answer(task: Task, parameters: Any) -> str | None:
    """What a task lacks that is marked by its answer: `answer`, where it states none.

    >>> no_answer(Task(id="1", world="none", fields={"question": "1 + 1?", "answer": " "}), None)
    'answer'
    """
    return None if answer_of(task) else "answer"


@dataclass(frozen=True)
class Before:
    """What is played once before the first round, on tasks that neither teach nor examine anybody.

    Attributes:
        gives: the parameter that it gives to all that is played after; where a run sets it itself, nothing is played.
        n: parameters of the run -> how many tasks it takes.
        parameters: over those of the run while they are played.
        concludes: (what was drawn, parameters of the run) -> the value of `gives`, as JSON.
    """

    gives: str
    n: Callable[[Any], int]
    parameters: Mapping[str, Any]
    concludes: Callable[[Sequence[Drawn], Any], JsonValue]


@dataclass(frozen=True)
class Outer:
    """How a scenario is played in rounds.

    Attributes:
        learns: seat -> the purposes of the records that it learns from; each such seat has a learner of its own.
        turns: (episode, record that is learnt from) -> the turn of the seat that it teaches, or several of a talk. None where the record's own words
            are the whole of the seat's answer: lessons are then put as the first role of the seat.
        measure: the score, from 0 to 1, on held-out tasks, or which it is: parameters of the run -> its name.
        rounds: their published number.
        verified: False where that number could not be found, or is ours.
        lacks: (task, parameters of the exam) -> the key without which nobody can tell the measure of an episode of it, None
            where it can be told, or where that shows only once it is played.
        exam: parameters over those of the run while held-out tasks are played; nothing is learnt there.
        parameters: (number of a round, from 1; parameters of the run) -> parameters over those of the run.
        select: (number of the round, what was drawn, chance) -> what is learnt from.
        retires: whether the task of an episode is not played again in later rounds.
        ends: (number of the round, what was drawn in it) -> whether it is the last one.
        afresh: whether each round learns from the state at the start, on what all rounds so far have made, rather than
            from that of the last round on what this one made.
        before: what is played once before the first round; None for nothing.
        training: seat -> published options of the training of a model that learns in it (`Training` of the learner `trl`);
            what is not among them was not found.
    """

    learns: Mapping[str, tuple[str, ...]]
    measure: str | Callable[[Any], str]
    rounds: int
    verified: bool = True
    lacks: Callable[[Task, Any], str | None] = _nothing
    exam: Mapping[str, Any] = field(default_factory=dict)
    parameters: Callable[[int, Any], Mapping[str, Any]] = _the_same
    select: Callable[[int, Sequence[Drawn], random.Random], Sequence[Drawn]] = _all
    retires: Callable[[Episode], bool] = _never
    ends: Callable[[int, Sequence[Drawn]], bool] = _goes_on
    afresh: bool = False
    turns: Callable[[Episode, Record], Taught | Sequence[Taught]] | None = None
    before: Before | None = None
    training: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)

    def measured_by(self, parameters: Any) -> str:
        """The name of the score by which a run with these parameters is measured."""
        return self.measure if isinstance(self.measure, str) else self.measure(parameters)


def rising(start: float, step: float, number: int) -> float:
    """A share that rises by a fixed step each round, from round 1; at most all.

    >>> [round(rising(0.3, 0.2, number), 1) for number in (1, 2, 3, 9)]
    [0.3, 0.5, 0.7, 1.0]
    """
    return min(1.0, start + step * (number - 1))


def target(natural: Mapping[str, int], favoured: Sequence[str], weight: float) -> dict[str, float]:
    """The share of each kind that is aimed at: by nature, the favoured ones more often.

    >>> target({"ratio": 1, "addition": 1}, ["ratio"], 3.0)
    {'ratio': 0.75, 'addition': 0.25}
    """
    raw = {task: count * (weight if task in favoured else 1.0) for task, count in natural.items()}
    return {task: value / sum(raw.values()) for task, value in raw.items()}


def resampled(
    drawn: Sequence[Drawn],
    label: Callable[[Drawn], str],
    favoured: Sequence[str],
    weight: float,
    chance: random.Random,
) -> list[Drawn]:
    """As many of the episodes as there are with kinds as often as aimed at and none twice: all of those kinds that are
    to come up most, of the others their share beside them. In an order by chance, so that the first of them are of all
    kinds, too."""
    pools: dict[str, list[Drawn]] = {}
    for one in drawn:
        pools.setdefault(label(one), []).append(one)
    for pool in pools.values():
        chance.shuffle(pool)
    aim = target({task: len(pool) for task, pool in pools.items()}, favoured, weight)
    most = min((len(pools[task]) / share for task, share in aim.items()), default=0.0)
    found = [
        one
        for task, share in aim.items()
        for one in pools[task][: math.floor(round(most * share, 9) + chance.random())]
    ]
    chance.shuffle(found)
    return found


def capped(
    drawn: Sequence[Drawn],
    label: Callable[[Record], str | None],
    caps: Mapping[str, int],
    same: Callable[[Record], str],
    chance: random.Random,
) -> list[Drawn]:
    """A mix of at most so many records of each kind, drawn by chance, no two of them alike.

    Args:
        drawn: what there is.
        label: the kind of a record; those of no kind in `caps` are all kept.
        caps: kind -> the most of it; of records that are alike the one of the first kind stays.
        same: what is the same of records that are alike.
        chance: which are drawn.

    Returns:
        The episodes in their order, each with the records that are left; without those that have none.
    """
    found: dict[str, list[tuple[int, int, str]]] = {kind: [] for kind in caps}
    kept: set[tuple[int, int]] = set()
    for place, one in enumerate(drawn):
        for number, record in enumerate(one.records):
            kind = label(record)
            if kind in found:
                found[kind].append((place, number, same(record)))
            else:
                kept.add((place, number))
    known: set[str] = set()
    for kind, cap in caps.items():
        taken = 0
        for place, number, key in chance.sample(found[kind], len(found[kind])):
            if taken < cap and key not in known:
                known.add(key)
                kept.add((place, number))
                taken += 1
    mixed = [
        Drawn(one.episode, tuple(r for number, r in enumerate(one.records) if (place, number) in kept))
        for place, one in enumerate(drawn)
    ]
    return [one for one in mixed if one.records]
