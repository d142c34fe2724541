"""Sections: what a textbook's section teaches, with no problem yet; and the problems that are of a section.

Knows nobody who writes. A section is a kind of word problem, and its objectives are the skills that a problem of it takes, so
that it can be told of any problem with known steps whether it is one of the section's.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence

from maieutic import Task, rng
from maieutic.worlds.word_problems.generate import kinds, of_kind
from maieutic.worlds.word_problems.steps import Step
from maieutic.worlds.world import World

NAME = "word-problem-sections"
TRIES = (
    1000  # draws of a problem for a section; a kind takes the skills of one of its own draws again far sooner
)


def generate(seed: int, index: int) -> Task:
    """The `index`-th section of `seed`: fields `section` and `objectives`, and nothing to work on.

    >>> sorted(generate(0, 0).fields), sorted(generate(0, 0).truth)
    (['objectives', 'section', 'topic'], ['skills'])
    """
    chance = rng(NAME, seed, index)
    kind = chance.choice(kinds())
    problem = next(made for _ in itertools.count() if (made := of_kind("", kind, chance)) is not None)
    skills = skills_of(problem)
    return Task(
        id=f"{NAME}:{seed}:{index}",
        world=NAME,
        fields={
            "section": kind.__name__,
            "objectives": [spelled(one) for one in skills],
            "topic": kind.__name__,
        },
        truth={"skills": [*skills]},
    )


def composed(section: str, objectives: Iterable[str], chance: random.Random) -> Task | None:
    """A problem of a section that takes just the skills of its objectives; None where there is none.

    >>> made = composed("tickets", ["order of operations", "subtraction"], random.Random(1))
    >>> made.fields["topic"], skills_of(made)
    ('tickets', ['order-of-operations', 'subtraction'])
    >>> composed("botany", [], random.Random(1)) is composed("tickets", ["percent"], random.Random(1)) is None
    True
    """
    kind = next((one for one in kinds() if one.__name__ == section), None)
    wanted = set(objectives)
    for _ in range(0 if kind is None else TRIES):
        made = of_kind("composed", kind, chance) if kind else None
        if made is not None and {spelled(one) for one in skills_of(made)} == wanted:
            return made
    return None


def any_problem(chance: random.Random, *, but: str = "") -> Task:
    """A problem of any kind, but for one."""
    others = [one for one in kinds() if one.__name__ != but]
    draws = (of_kind("composed", chance.choice(others), chance) for _ in itertools.count())
    return next(made for made in draws if made is not None)


def skills_of(problem: Task) -> list[str]:
    """The skills that a problem takes, in order of its steps."""
    listed = problem.truth.get("steps")
    steps: Sequence[object] = listed if isinstance(listed, list) else ()
    return list(dict.fromkeys(Step.model_validate(one).skill for one in steps))


def spelled(skill: str) -> str:
    """A skill as an objective.

    >>> spelled("decimal-addition")
    'decimal addition'
    """
    return skill.replace("-", " ")


WORLD = World(NAME, "sections of a textbook with their objectives, to be made problems of", generate, ())
