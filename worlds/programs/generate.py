"""Generate: the endless stream of buggy programs, one to three known bugs each.

Runs nothing: that every bug of the library makes a test fail is checked by the tests, once, for all of them, and the few
that change nothing are listed here. So a task costs no program run and is the same wherever it is made.
"""

from __future__ import annotations

import random
from functools import cache

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.programs.bugs import Bug
from maieutic.worlds.programs.library import FUNCTIONS, Function
from maieutic.worlds.programs.mutate import Mutation, mutate, mutations

# (function, operator, line, column) of mutations that no argument can tell from the correct program, or none listed does
HARMLESS = frozenset(
    {
        ("is_palindrome", "boundary", 4, 15),
        ("is_palindrome", "method", 2, 38),
        ("common_prefix", "loop-start", 5, 16),
        ("is_prime", "arithmetic", 5, 18),
        ("prime_factors", "division", 7, 14),
        ("collatz_steps", "division", 5, 18),
        ("second_largest", "boundary", 8, 59),
        ("binary_search", "boundary", 7, 26),
        ("binary_search", "index", 7, 18),
        ("bubble_sort", "loop-end", 3, 38),
        ("bubble_sort", "boundary", 5, 29),
        ("insertion_sort", "boundary", 5, 46),
        ("merge_sorted", "boundary", 5, 20),
        ("transpose", "index", 5, 32),
        ("pairs_with_sum", "loop-end", 3, 23),
        ("largest_block_sum", "index", 2, 18),
        ("largest_block_sum", "argument-order", 5, 19),
        ("largest_block_sum", "argument-order", 6, 19),
        ("invert", "method", 6, 22),
        ("count_paths", "argument-order", 4, 23),
        ("count_paths", "argument-order", 4, 56),
    }
)


def viable(function: Function) -> tuple[Mutation, ...]:
    """The mutations of a library function that make at least one of its calls go wrong."""
    return tuple(
        one
        for one in _mutations(function.source)
        if (function.name, one.operator, one.line, one.start) not in HARMLESS
    )


@cache
def _mutations(source: str) -> tuple[Mutation, ...]:
    return tuple(mutations(source))


def pick(found: tuple[Mutation, ...], n: int, chance: random.Random) -> list[Mutation]:
    """Up to `n` mutations on different lines; every operator that has a site is as likely as any other."""
    chosen: list[Mutation] = []
    while len(chosen) < n:
        left = [one for one in found if one.line not in {other.line for other in chosen}]
        if not left:
            break
        operator = chance.choice(sorted({one.operator for one in left}))
        chosen.append(chance.choice([one for one in left if one.operator == operator]))
    return sorted(chosen, key=lambda one: one.line)


def generate(seed: int, index: int) -> Task:
    """The `index`-th buggy program of `seed`.

    >>> task = generate(0, 0)
    >>> 1 <= len(task.truth["bugs"]) <= 3, task == generate(0, 0)
    (True, True)
    """
    chance = rng("programs", seed, index)
    function = chance.choice(FUNCTIONS)
    buggy, bugs = mutate(function.source, pick(viable(function), chance.choice((1, 1, 2, 2, 3)), chance))
    tests: dict[str, JsonValue] = {
        "kind": "calls",
        "entry_point": function.name,
        "calls": list(function.calls),
    }
    return task_of(
        f"programs:{seed}:{index}",
        problem=function.problem,
        entry_point=function.name,
        buggy=buggy,
        correct=function.source,
        bugs=bugs,
        tests=tests,
        source="generated",
        licence="Apache-2.0",
    )


def task_of(
    name: str,
    *,
    problem: str,
    entry_point: str,
    buggy: str,
    correct: str,
    bugs: list[Bug],
    tests: dict[str, JsonValue],
    source: str,
    licence: str,
) -> Task:
    """A task of this world, from its parts."""
    fields: dict[str, JsonValue] = {
        "problem": problem,
        "buggy_code": buggy,
        "correct_code": correct,
        "bug_descriptions": [bug.description for bug in bugs],
        "bug_fixes": [bug.fix for bug in bugs],
        "entry_point": entry_point,
    }
    truth: dict[str, JsonValue] = {"bugs": [bug.model_dump(mode="json") for bug in bugs], "tests": tests}
    return Task(id=name, world="programs", fields=fields, truth=truth, source=source, licence=licence)
