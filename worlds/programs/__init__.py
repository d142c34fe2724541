"""Programs: correct functions with known bugs put into them, fixes that mend them, and tests that tell."""

from maieutic.worlds.programs.bugs import Bug, between, isomorphic, leaks, patch, read_fix
from maieutic.worlds.programs.check import passes, tried
from maieutic.worlds.programs.generate import generate
from maieutic.worlds.programs.mutate import OPERATORS, Mutation, mutate, mutations
from maieutic.worlds.programs.readers import READERS
from maieutic.worlds.world import World

WORLD = World(
    "programs",
    "small Python functions with one to three known bugs and the tests they fail",
    generate,
    READERS,
)

__all__ = [
    "OPERATORS",
    "READERS",
    "WORLD",
    "Bug",
    "Mutation",
    "between",
    "generate",
    "isomorphic",
    "leaks",
    "mutate",
    "mutations",
    "passes",
    "patch",
    "read_fix",
    "tried",
]
