"""Formulas: problems of physics and chemistry with units, exact answers by computation, mistakes of known kinds."""

from maieutic.worlds.formulas.check import Fault, first_fault, sound
from maieutic.worlds.formulas.compare import compared, is_choice, stated, verdict
from maieutic.worlds.formulas.generate import generate
from maieutic.worlds.formulas.quantities import Quantity, agree, read
from maieutic.worlds.formulas.readers import READERS
from maieutic.worlds.formulas.units import Unit, parse_unit
from maieutic.worlds.formulas.working import KINDS, Chain, Mistake, chain, mistakes, told
from maieutic.worlds.world import World

WORLD = World(
    "formulas",
    "problems of physics and chemistry with units, exact by computation",
    generate,
    READERS,
)

__all__ = [
    "KINDS",
    "READERS",
    "WORLD",
    "Chain",
    "Fault",
    "Mistake",
    "Quantity",
    "Unit",
    "agree",
    "chain",
    "compared",
    "first_fault",
    "generate",
    "is_choice",
    "mistakes",
    "parse_unit",
    "read",
    "sound",
    "stated",
    "told",
    "verdict",
]
