"""Programs to write: small functions in families of one method, misconceptions that are programs, tests as the key."""

from maieutic.worlds.programs_to_write.families import FAMILIES, family, instance_of
from maieutic.worlds.programs_to_write.family import Family, Instance, says
from maieutic.worlds.programs_to_write.generate import generate, working
from maieutic.worlds.programs_to_write.mutants import mutants
from maieutic.worlds.programs_to_write.readers import READERS
from maieutic.worlds.programs_to_write.running import called, holds, program_in, returned
from maieutic.worlds.world import World

WORLD = World(
    "programs-to-write",
    "small functions to be written, in families of one method, with misconceptions that are programs",
    generate,
    READERS,
)

__all__ = [
    "FAMILIES",
    "READERS",
    "WORLD",
    "Family",
    "Instance",
    "called",
    "family",
    "generate",
    "holds",
    "instance_of",
    "mutants",
    "program_in",
    "returned",
    "says",
    "working",
]
