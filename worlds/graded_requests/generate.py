"""Generator: an endless stream of requests with one to three demands, and records that give metadata without a seed.

Knows no model. Demands of a seed are easy ones; what they are is its truth, as constraints. Use case and skills stand in
its fields as well, for scenarios that start from them.
"""

from __future__ import annotations

from maieutic import Task, rng
from maieutic.worlds.graded_requests.ladders import SKILLS
from maieutic.worlds.graded_requests.request import USE_CASES, Demand, Graded, write
from maieutic.worlds.row import Reader, Row
from maieutic.worlds.text_constraints.prose import TOPICS
from maieutic.worlds.text_constraints.registry import Truth

EASY = 3  # the highest level of a demand


def generate(seed: int, index: int) -> Task:
    """The `index`-th task of the stream `seed`.

    >>> task = generate(7, 0)
    >>> task.id, sorted(task.fields), sorted(task.truth)
    ('graded-requests:7:0', ['prompt', 'skills', 'use_case'], ['items', 'registry', 'topic'])
    """
    chance = rng(seed, "graded-requests", index)
    skills = chance.sample(SKILLS, chance.choice((1, 2, 2, 3, 3)))
    asked = Graded(
        use_case=chance.choice(sorted(USE_CASES)),
        topic=chance.choice(sorted(TOPICS)),
        demands=tuple(Demand(skill=one, level=chance.randint(1, EASY)) for one in skills),
    )
    truth = Truth(items=asked.items, registry="repaired", topic=asked.topic)
    return Task(
        id=f"graded-requests:{seed}:{index}",
        world="graded-requests",
        fields={"prompt": write(asked, chance), "use_case": asked.use_case, "skills": [*skills]},
        truth=truth.model_dump(mode="json", include={"items", "registry", "topic"}),
    )


def metadata(row: Row) -> Task:
    """Metadata without a seed: `use_case`, a few words, and `skills`, a list of at least one.

    Raises:
        InputError: a key is missing, blank, or of the wrong kind.
    """
    skills = row.texts("skills")
    if not skills or not all(one.strip() for one in skills):
        raise row.error("holds no skill, or a blank one", key="skills", remedy='write ["market research"]')
    return Task(
        id=f"metadata:{row.line}",
        world="graded-requests",
        fields={"use_case": row.text("use_case"), "skills": [*skills]},
        source="metadata",
    )


METADATA = Reader("metadata", frozenset({"use_case", "skills"}), metadata)
