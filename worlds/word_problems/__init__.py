"""Word problems: multi-step arithmetic with exact answers, misconceptions as programs, readers for real records."""

from maieutic.worlds.word_problems.answers import (
    equal,
    exact_match,
    final_answer,
    found_numbers,
    numbers_in,
    parse_number,
    reveals,
    stated_answer,
)
from maieutic.worlds.word_problems.generate import generate
from maieutic.worlds.word_problems.misconceptions import (
    LIBRARY,
    Misconception,
    applicable,
    by_name,
    evaluate,
    explain,
)
from maieutic.worlds.word_problems.readers import READERS
from maieutic.worlds.word_problems.steps import Step, filled, parse, spell, value
from maieutic.worlds.world import World

WORLD = World(
    "word-problems",
    "multi-step arithmetic in words, with misconceptions that are programs",
    generate,
    READERS,
)

__all__ = [
    "LIBRARY",
    "READERS",
    "WORLD",
    "Misconception",
    "Step",
    "applicable",
    "by_name",
    "equal",
    "evaluate",
    "exact_match",
    "explain",
    "filled",
    "final_answer",
    "found_numbers",
    "generate",
    "numbers_in",
    "parse",
    "parse_number",
    "reveals",
    "spell",
    "stated_answer",
    "value",
]
