"""Graphs: in what order seats are asked. Each pattern is a function that returns a plain LangGraph StateGraph."""

from maieutic.graphs.afterwards import afterwards
from maieutic.graphs.dialogue import dialogue, goes_on, head_of
from maieutic.graphs.flow import Step, flow
from maieutic.graphs.refine import refine
from maieutic.graphs.search import Shape, search
from maieutic.graphs.seat import (
    BROKE,
    Ask,
    Graph,
    Log,
    Notes,
    Offer,
    Stage,
    State,
    asked,
    bound,
    most_turns,
    next_index,
    transcript,
)
from maieutic.graphs.vote import derangement, leave_one_out, majority, vote
from maieutic.graphs.walk import Walk, walk, watched

__all__ = [
    "BROKE",
    "Ask",
    "Graph",
    "Log",
    "Notes",
    "Offer",
    "Shape",
    "Stage",
    "State",
    "Step",
    "Walk",
    "afterwards",
    "asked",
    "bound",
    "derangement",
    "dialogue",
    "flow",
    "goes_on",
    "head_of",
    "leave_one_out",
    "majority",
    "most_turns",
    "next_index",
    "refine",
    "search",
    "transcript",
    "vote",
    "walk",
    "watched",
]
