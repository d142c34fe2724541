"""The world of graded requests: a request is a use case and a set of (skill, difficulty) pairs that a program checks.

Knows nothing of who writes or judges. Its checks are those of the text constraints; how difficult a request is can be
read off its words, and so can whether any text meets it.
"""

from maieutic.worlds.graded_requests.generate import METADATA, generate
from maieutic.worlds.graded_requests.ladders import LADDERS, SKILLS, Ladder, aimed_at, ladder, skill_of
from maieutic.worlds.graded_requests.request import (
    USE_CASES,
    Demand,
    Graded,
    met,
    raised,
    read,
    solvable,
    write,
)
from maieutic.worlds.text_constraints import IFEVAL, REQUESTS
from maieutic.worlds.world import World

WORLD = World(
    name="graded-requests",
    summary="writing whose demands are skills at known levels of difficulty, checked by a program",
    generate=generate,
    readers=(IFEVAL, *REQUESTS, METADATA),
)

__all__ = [
    "LADDERS",
    "METADATA",
    "SKILLS",
    "USE_CASES",
    "WORLD",
    "Demand",
    "Graded",
    "Ladder",
    "aimed_at",
    "generate",
    "ladder",
    "met",
    "raised",
    "read",
    "skill_of",
    "solvable",
    "write",
]
