"""Afterwards: whoever is asked once an episode of some pattern has come to its end, such as those who rate what was said.

Knows nothing of the pattern. An episode that ended because an answer could not be used ends as it did: there is nothing to
look back on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from maieutic import ScenarioError, Stop
from maieutic.graphs.seat import Ask, Graph, Route, Seat, State, add_seat, new_graph


def afterwards(graph: Graph, name: str, ask: Ask, ends: Callable[[State], Stop]) -> Graph:
    """A pattern's graph with one more node, where every episode ends but those that ended as invalid or failed.

    Args:
        graph: of seats alone, as every pattern makes it; it is left as it is.
        name: of the node.
        ask: what is asked there; nothing where it has no offers.
        ends: why the episode stopped, told from its state; what was asked here must not change it.

    Raises:
        ScenarioError: a node of `graph` has that name, or is no seat.

    >>> from maieutic.graphs import dialogue
    >>> from maieutic.roles import Answer, Role
    >>> line = Ask(Role("teacher", (), Answer), lambda state: [])
    >>> talk = dialogue(speak={"ask": line}, listen=line, decide=lambda state: Stop.SOLVED, turns=1)
    >>> sorted(afterwards(talk, "rate", line, lambda state: Stop.SOLVED).nodes)
    ['ask', 'listen', 'rate']
    """
    if name in graph.nodes:
        raise ScenarioError(f"the graph has a node {name!r} already; call the last one otherwise")
    made = new_graph()
    for other, node in graph.nodes.items():
        seat, facts = getattr(node.runnable, "afunc", None), node.metadata or {}
        if not isinstance(seat, Seat):
            raise ScenarioError(f"the node {other!r} is no seat, and does not say where it goes")
        goes_to = [goal for goal in node.ends or () if goal in graph.nodes]
        add_seat(made, other, seat.ask, partial(_goes_on, seat.then, name), [*goes_to, name], facts["visits"])
    add_seat(made, name, ask, ends, [], visits=1)
    for _, first in graph.edges:
        made.set_entry_point(first)
    return made


def _goes_on(then: Route, name: str, state: State) -> str | Stop:
    goal = then(state)
    return name if isinstance(goal, Stop) and goal not in (Stop.INVALID, Stop.FAILED) else goal
