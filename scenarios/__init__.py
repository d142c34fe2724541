"""Scenarios: why agents meet, one file per published system, over the patterns of `maieutic.graphs`."""

from maieutic.scenarios.play import Company, assemble, play
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published

__all__ = ["Company", "Decision", "Paper", "Parameters", "Scenario", "assemble", "play", "published"]
