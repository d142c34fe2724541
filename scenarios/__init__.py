"""Scenarios: why agents meet, one file per published system, over the patterns of `maieutic.graphs`."""

from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.outer import Drawn, Outer, Taught
from maieutic.scenarios.play import Company, Waiting, assemble, play
from maieutic.scenarios.ratings import Rating, panels
from maieutic.scenarios.scenario import (
    Decision,
    Origin,
    Overall,
    Paper,
    Parameters,
    Scenario,
    Tasks,
    published,
)

__all__ = [
    "Company",
    "Decision",
    "Drawn",
    "Lesson",
    "Origin",
    "Outer",
    "Overall",
    "Paper",
    "Parameters",
    "Rating",
    "Scenario",
    "Tasks",
    "Taught",
    "Waiting",
    "assemble",
    "panels",
    "play",
    "published",
]
