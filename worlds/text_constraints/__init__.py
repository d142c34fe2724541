"""The world of text constraints: writing tasks whose constraints a program checks, 25 types, two registries.

Knows nothing of who writes or judges. Generated tasks are decided by the repaired registry; IFEval records by the
published one, so that verdicts can be compared with the reference's.
"""

from maieutic.worlds.text_constraints.conflicts import compatible, conflict, partners
from maieutic.worlds.text_constraints.generate import generate
from maieutic.worlds.text_constraints.hearing import heard, told
from maieutic.worlds.text_constraints.instruction import Check, Instruction, Item, Params
from maieutic.worlds.text_constraints.readers import IFEVAL, ifeval_rows, read_ifeval
from maieutic.worlds.text_constraints.registry import (
    PUBLISHED,
    REGISTRIES,
    REPAIRED,
    Registry,
    Truth,
    check,
    parameters,
)
from maieutic.worlds.text_constraints.repair import draft, mend, satisfy, violate
from maieutic.worlds.text_constraints.requests import REQUESTS, request
from maieutic.worlds.text_constraints.score import Accuracy, accuracy, judge, loose, strict, variants
from maieutic.worlds.text_constraints.wishes import asked, coverage, question, which, wish
from maieutic.worlds.world import World

WORLD = World(
    name="text-constraints",
    summary="writing under constraints that a program checks: 25 types, as published and as repaired",
    generate=generate,
    readers=(IFEVAL, *REQUESTS),
)

__all__ = [
    "IFEVAL",
    "PUBLISHED",
    "REGISTRIES",
    "REPAIRED",
    "REQUESTS",
    "WORLD",
    "Accuracy",
    "Check",
    "Instruction",
    "Item",
    "Params",
    "Registry",
    "Truth",
    "accuracy",
    "asked",
    "check",
    "compatible",
    "conflict",
    "coverage",
    "draft",
    "generate",
    "heard",
    "ifeval_rows",
    "judge",
    "loose",
    "mend",
    "parameters",
    "partners",
    "question",
    "read_ifeval",
    "request",
    "satisfy",
    "strict",
    "told",
    "variants",
    "violate",
    "which",
    "wish",
]
