"""Drawings of an episode as safe HTML: conversation, tree, pair, difference. Needs `pip install 'maieutic[view]'`.

Each is a function from frozen values to an htpy element; `str` of it is HTML. `stylesheet()` is what they wear.
"""

from importlib.resources import files

from maieutic.traces.html.belief import Believed, belief_table, beliefs
from maieutic.traces.html.graph import graph_drawing
from maieutic.traces.html.pair import pair_drawing, truth_table
from maieutic.traces.html.reading import Node, before, read, verdict
from maieutic.traces.html.talk import conversation, seat_classes, talk_lines, task_drawing, vote_line
from maieutic.traces.html.text import facts, line, plain, said, shown
from maieutic.traces.html.timeline import Span, duration, timeline
from maieutic.traces.html.tree import Link, anchor, tree_drawing
from maieutic.traces.html.words import difference, near


def stylesheet() -> str:
    """The style sheet of the drawings, light and dark."""
    return files("maieutic.traces.html").joinpath("drawings.css").read_text(encoding="utf-8")


__all__ = [
    "Believed",
    "Link",
    "Node",
    "Span",
    "anchor",
    "before",
    "belief_table",
    "beliefs",
    "conversation",
    "difference",
    "duration",
    "facts",
    "graph_drawing",
    "line",
    "near",
    "pair_drawing",
    "plain",
    "read",
    "said",
    "seat_classes",
    "shown",
    "stylesheet",
    "talk_lines",
    "task_drawing",
    "timeline",
    "tree_drawing",
    "truth_table",
    "verdict",
    "vote_line",
]
