"""Worlds: domains with exact answers and no model, each with a seeded stream of tasks and readers for real files."""

from maieutic.worlds.row import Reader, Row, rows
from maieutic.worlds.world import World, answer_of

__all__ = ["Reader", "Row", "World", "answer_of", "rows"]
