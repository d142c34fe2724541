"""Catalogue: worlds by name. Built-in ones come through the same door as anybody's: an entry point.

Knows nothing of what a world does. Kept apart from the package's face, so that reading a row of JSON does not
load the checkers of every domain.
"""

from __future__ import annotations

from maieutic import doors
from maieutic.worlds.world import World


def names() -> list[str]:
    """The names of all installed worlds, sorted."""
    return doors.names("world")


def load(name: str) -> World:
    """The world called `name`, or at `module:NAME` or `path.py:NAME`.

    Raises:
        UnknownNameError, InputError: as `maieutic.doors.find` says.

    >>> load("word-problems").name
    'word-problems'
    """
    world: World = doors.find("world", name, World).value
    return world
