"""The world of records: tasks that a user brings, of which nothing more is known than what they say.

Knows no truth and generates nothing.
"""

from __future__ import annotations

from maieutic import InputError, Task
from maieutic.worlds.world import World


def generate(seed: int, index: int) -> Task:
    """There is nothing to generate.

    Raises:
        InputError: always.
    """
    raise InputError("this scenario generates no tasks", remedy="give --tasks FILE with one record a line")


WORLD = World("records", "tasks that you bring, of which no truth is known but what they say", generate, ())
