"""Catalogue: all worlds.

Knows nothing of what a world does. Kept apart from the package's face, so that reading a row of JSON does not
load the checkers of every domain.
"""

from maieutic.worlds import programs, text_constraints, word_problems
from maieutic.worlds.world import World

WORLDS: tuple[World, ...] = (word_problems.WORLD, programs.WORLD, text_constraints.WORLD)
