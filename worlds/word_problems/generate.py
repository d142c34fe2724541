"""Generate: the endless stream of word problems, each with the truth of every step.

Knows nothing of files. The `index`-th task of a seed is the same in every process and can be had alone.
"""

from __future__ import annotations

import itertools
import random
from functools import lru_cache

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.word_problems.measures import MEASURES
from maieutic.worlds.word_problems.numerals import numbers_in
from maieutic.worlds.word_problems.steps import Step, filled, skill_of, spell, value
from maieutic.worlds.word_problems.stories import FAMILIES, Family, Story
from maieutic.worlds.word_problems.worked import task


def generate(seed: int, index: int) -> Task:
    """The `index`-th word problem of `seed`: two to five steps over whole numbers, decimals, fractions, percent, units.

    >>> problem = generate(0, 0)
    >>> problem == generate(0, 0), len(problem.truth["steps"]) >= 2
    (True, True)
    """

    def drawn(draw: int) -> Task | None:
        chance = rng("word-problems", seed, index, draw)
        return of_kind(f"word-problems:{seed}:{index}", chance.choice(kinds()), chance)

    return next(made for draw in itertools.count() if (made := drawn(draw)) is not None)


def of_kind(name: str, kind: Family, chance: random.Random) -> Task | None:
    """A problem of one kind; None where the draw gave one whose question names its answer, which nobody could give away.

    >>> from maieutic.worlds.word_problems.stories import saving
    >>> of_kind("mine", saving, random.Random(1)).fields["topic"]
    'saving'
    """
    story = kind(chance)
    steps = _worked(story)
    if abs(steps[-1].value) in {abs(number) for number in numbers_in(story.text)}:
        return None
    lines, answer = _lines(steps), spell(steps[-1].value)
    fields: dict[str, JsonValue] = {
        "question": story.text,
        "solution": "\n".join([*lines, f"Answer: {answer} {story.unit}"]),
        "answer": answer,
        "topic": kind.__name__,
    }
    return task(name, fields, steps, answer, source="generated", licence="Apache-2.0", unit=story.unit)


def kinds() -> tuple[Family, ...]:
    """All kinds of word problems; the name of each is the `topic` of its tasks."""
    return (*FAMILIES, *MEASURES)


def lines_of(kind: Family, chance: random.Random) -> tuple[Story, list[str]]:
    """A problem of one kind, and its working line by line."""
    story = kind(chance)
    return story, _lines(_worked(story))


def _lines(steps: list[Step]) -> list[str]:
    results = [step.value for step in steps]
    return [f"{step.says}: {filled(step.expr, results)} = {spell(step.value)}" for step in steps]


def _worked(story: Story) -> list[Step]:
    steps: list[Step] = []
    for expr, says, *named in story.steps:
        results = [step.value for step in steps]
        skill = named[0] if named else skill_of(expr, results)
        steps.append(Step(expr=expr, value=value(expr, results), skill=skill, says=says))
    return steps


def worked_examples(n: int) -> list[JsonValue]:
    """`n` solved problems of a stream that no run plays, to be shown as demonstrations.

    >>> sorted(worked_examples(1)[0])
    ['question', 'working']
    """
    tasks = (reserved("demonstrations", index) for index in range(n))
    return [{"question": one.fields["question"], "working": one.fields["solution"]} for one in tasks]


RESERVED = {"demonstrations": -1, "probes": -2, "seeds": -3, "exams": -4, "profiles": -5}


@lru_cache(maxsize=1024)
def reserved(use: str, index: int) -> Task:
    """The `index`-th problem of a stream that no run plays, one for each use.

    >>> reserved("probes", 0) == reserved("seeds", 0)
    False
    """
    return generate(RESERVED[use], index)
