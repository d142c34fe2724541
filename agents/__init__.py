"""Agents: who can sit. Each takes a turn and gives a move, and keeps nothing."""

from maieutic.agents.agent import Agent, BadAnswer, Move, Turn
from maieutic.agents.program import Program
from maieutic.agents.scripted import Scripted

__all__ = ["Agent", "BadAnswer", "Move", "Program", "Scripted", "Turn"]
