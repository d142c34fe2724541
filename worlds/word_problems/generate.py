"""Generate: the endless stream of word problems, each with the truth of every step.

Knows nothing of files. The `index`-th task of a seed is the same in every process and can be had alone.
"""

from __future__ import annotations

from fractions import Fraction

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.word_problems.readers import task
from maieutic.worlds.word_problems.steps import Step, filled, skill_of, spell, value
from maieutic.worlds.word_problems.stories import FAMILIES


def generate(seed: int, index: int) -> Task:
    """The `index`-th word problem of `seed`: two to five steps over whole numbers, decimals, fractions, percent, units.

    >>> problem = generate(0, 0)
    >>> problem == generate(0, 0), len(problem.truth["steps"]) >= 2
    (True, True)
    """
    chance = rng("word-problems", seed, index)
    family = chance.choice(FAMILIES)
    story = family(chance)
    steps: list[Step] = []
    for expr, says in story.steps:
        results = [step.value for step in steps]
        steps.append(Step(expr=expr, value=value(expr, results), skill=_skill(expr, results), says=says))
    results = [step.value for step in steps]
    lines = [f"{step.says}: {filled(step.expr, results)} = {spell(step.value)}" for step in steps]
    answer = spell(results[-1])
    fields: dict[str, JsonValue] = {
        "question": story.text,
        "solution": "\n".join([*lines, f"Answer: {answer} {story.unit}"]),
        "answer": answer,
        "topic": family.__name__,
    }
    name = f"word-problems:{seed}:{index}"
    return task(name, fields, steps, answer, source="generated", licence="Apache-2.0", unit=story.unit)


def _skill(expr: str, results: list[Fraction]) -> str:
    if expr.endswith(("* 60", "* 1000")):
        return "unit-conversion"
    return skill_of(expr, results)
