"""Generate: the endless stream of small functions to be written, each one of a family.

Runs nothing: what a right program returns is known by the function of ours that it is the text of.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.programs_to_write.families import FAMILIES
from maieutic.worlds.programs_to_write.family import Instance, says

WORLD_NAME = "programs-to-write"


def generate(seed: int, index: int) -> Task:
    """The `index`-th function to be written of `seed`.

    >>> task = generate(0, 0)
    >>> sorted(task.fields), task == generate(0, 0)
    (['entry_point', 'question', 'tests', 'topic'], True)
    """
    chance = rng("programs-to-write", seed, index)
    made = chance.choice(FAMILIES).draw(chance)
    return task_of(
        f"{WORLD_NAME}:{seed}:{index}",
        question=made.problem,
        tests=made.tests(),
        entry_point=made.name,
        program=made.program(0),
        source="generated",
        licence="Apache-2.0",
        topic=made.family.title,
        truth={"method": {"family": made.family.title, "slots": {**made.slots}}},
    )


def task_of(
    name: str,
    *,
    question: str,
    tests: str,
    entry_point: str,
    program: str,
    source: str,
    licence: str,
    topic: str = "",
    truth: dict[str, JsonValue] | None = None,
) -> Task:
    """A task of this world, from its parts."""
    fields: dict[str, JsonValue] = {"question": question, "tests": tests, "entry_point": entry_point}
    return Task(
        id=name,
        world=WORLD_NAME,
        fields=fields | ({"topic": topic} if topic else {}),
        truth={"program": program, "tests": tests, **(truth or {})},
        source=source,
        licence=licence,
    )


def working(problem: Instance, way: int) -> list[str]:
    """How somebody explains a problem who goes this way, line by line, the program at the end.

    >>> from maieutic.worlds.programs_to_write.families import FAMILIES
    >>> lines = working(FAMILIES[0].instance({"name": "count_above", "n": 5}), 0)
    >>> lines[0], lines[2]
    ('Go through the numbers and count one for each that is greater than the limit.', 'def count_above(numbers):')
    """
    return [says(problem.family.ways[way]), "```python", *problem.program(way).splitlines(), "```"]


RESERVED = {"demonstrations": -1, "exams": -2}


@lru_cache(maxsize=1024)
def reserved(use: str, index: int) -> Task:
    """The `index`-th problem of a stream that no run plays, one for each use.

    >>> reserved("exams", 0) == reserved("demonstrations", 0)
    False
    """
    return generate(RESERVED[use], index)


def worked_examples(n: int) -> list[JsonValue]:
    """`n` solved problems of a stream that no run plays, to be shown as demonstrations.

    >>> sorted(worked_examples(1)[0])
    ['question', 'working']
    """
    made: list[JsonValue] = []
    for index in range(n):
        task = reserved("demonstrations", index)
        program = str(task.truth["program"]).rstrip()
        made.append({"question": task.fields["question"], "working": f"```python\n{program}\n```"})
    return made
