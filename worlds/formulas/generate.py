"""Generate: the endless stream of formula problems, each with the truth of every step.

Knows nothing of files. The `index`-th task of a seed is the same in every process and can be had alone.
"""

from __future__ import annotations

import itertools

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.formulas.laws import FAMILIES
from maieutic.worlds.formulas.quantities import DIGITS, reference
from maieutic.worlds.formulas.working import Chain, told
from maieutic.worlds.word_problems.numerals import numbers_in
from maieutic.worlds.word_problems.steps import Step, skill_of, value


def generate(seed: int, index: int) -> Task:
    """The `index`-th formula problem of `seed`: two to four calculations with units, in physics or chemistry.

    >>> problem = generate(0, 0)
    >>> problem == generate(0, 0), len(problem.truth["steps"]) == len(problem.truth["units"]) >= 2
    (True, True)
    """
    for draw in itertools.count():
        chance = rng("formulas", seed, index, draw)
        family = chance.choice(FAMILIES)
        problem = family(chance)
        steps: list[Step] = []
        for expr, _, what, _ in problem.steps:
            results = [step.value for step in steps]
            steps.append(
                Step(expr=expr, value=value(expr, results), skill=skill_of(expr, results), says=what)
            )
        if steps[-1].value not in numbers_in(problem.text):
            break  # an answer that the question names already
    units = tuple(unit for *_, unit in problem.steps)
    laws = tuple(law for _, law, _, _ in problem.steps)
    answer = f"{reference(steps[-1].value)} {units[-1]}"
    question = f"{problem.text} Give {DIGITS} significant digits where the result has more."
    truth: dict[str, JsonValue] = {
        "steps": [step.model_dump(mode="json") for step in steps],
        "units": list(units),
        "laws": list(laws),
        "answer": answer,
    }
    fields: dict[str, JsonValue] = {
        "question": question,
        "solution": f"{told(Chain(tuple(steps), units, laws))}\nThe answer is {answer}.",
        "answer": answer,
        "topic": family.__name__,
    }
    return Task(id=f"formulas:{seed}:{index}", world="formulas", fields=fields, truth=truth)
