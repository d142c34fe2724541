"""Walk: an episode goes from seat to seat by what each one says, as LangGraph would take it, without LangGraph's super-steps.

LangGraph's scheduler does for each step what a graph of seats never uses: it looks for other nodes that could run beside
this one, merges their writes, and hands every step to callbacks and checkpoints. Here one node runs at a time and says
which is next. What comes out is the same to the byte; a law over all scenarios holds the two together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from maieutic.graphs.seat import Graph, Seat, Stage, State, bound

_visits = 0  # of all episodes: where it has moved on, the event loop has been round


@dataclass(frozen=True)
class Walk:
    """A graph that can be walked.

    Attributes:
        seats: its nodes, by name.
        start: the first node.
        most: visits in an episode at the most; as many as LangGraph would make.
    """

    seats: Mapping[str, Seat]
    start: str
    most: int

    async def play(self, state: State, stage: Stage) -> State:
        """Play one episode from `state`, which is not changed, to the state in which it stopped.

        Raises:
            langgraph.errors.GraphRecursionError: more visits than the graph's nodes declare.
        """
        global _visits
        here = self.start
        for _ in range(self.most):
            _visits = number = _visits + 1
            state, _notes, goal = await self.seats[here].visit(state, stage)
            if state["stop"] is not None:
                return state
            here = goal
            if _visits == number:  # other episodes get their turn after each visit, as in LangGraph
                await asyncio.sleep(0)
        from langgraph.errors import GraphRecursionError

        raise GraphRecursionError(
            f"no stop within {self.most} visits; a node of the graph declares fewer `visits` than it makes"
        )


def walk(graph: Graph) -> Walk | None:
    """How a graph can be walked: each node is a seat (`add_seat`), and the only edge enters the first; None for others.

    >>> from maieutic.graphs.seat import Ask, add_seat, new_graph
    >>> from maieutic.roles import Answer, Role
    >>> graph = new_graph()
    >>> add_seat(graph, "ask", Ask(Role("teacher", (), Answer), lambda state: []), lambda state: "ask", ["ask"], visits=3)
    >>> _ = graph.set_entry_point("ask")
    >>> walk(graph).start, walk(graph).most
    ('ask', 3)
    >>> _ = graph.add_node("own", lambda state: {})
    >>> walk(graph) is None
    True
    """
    acts = {name: getattr(node.runnable, "afunc", None) for name, node in graph.nodes.items()}
    seats = {name: act for name, act in acts.items() if isinstance(act, Seat)}
    if graph.branches or graph.waiting_edges or len(graph.edges) != 1 or len(seats) < len(acts):
        return None
    return Walk(seats, next(goal for _, goal in graph.edges), bound(graph) - 1)


def watched() -> bool:
    """Whether LangChain has somebody to tell of every step: a tracer, a handler, or a graph that this runs within."""
    from langchain_core.callbacks import AsyncCallbackManager
    from langchain_core.runnables.config import var_child_runnable_config

    return var_child_runnable_config.get() is not None or bool(AsyncCallbackManager.configure().handlers)
