"""Tree: the log of an episode as a networkx arborescence, its root the episode, its other nodes the events.

Knows nothing of what the events say. A dialogue is a path of it, a refinement tree has several leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx

from maieutic.display import bundle
from maieutic.event import Event

if TYPE_CHECKING:
    _Graph = nx.DiGraph[str]
else:
    _Graph = nx.DiGraph  # it cannot be subscripted when it runs


class Tree(_Graph):
    """Nodes are event ids with attribute `event`, but for the root; edges run from parent to child."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:  # what notebooks ask for
        return bundle("tree", self)


def tree(root: str, events: Iterable[Event]) -> Tree:
    """The arborescence of `events` below `root` (the episode's id), children in order of the log.

    Raises:
        ValueError: an event's parent stands nowhere before it, or an id stands twice: the log is damaged.
    """
    graph = Tree()
    graph.add_node(root)
    for event in events:
        if event.id in graph:
            raise ValueError(f"event {event.id} stands twice in the log")
        if event.parent not in graph:
            raise ValueError(
                f"event {event.id} ({event.role}) answers {event.parent}, which is not before it"
            )
        graph.add_node(event.id, event=event)
        graph.add_edge(event.parent, event.id)
    return graph


def path(events: Sequence[Event], end: str) -> list[Event]:
    """The branch that ends with event `end`, first turn first; empty when `end` is not an event.

    Args:
        events: a log, in which a turn stands behind the one that it answers.
        end: id of the last event.

    >>> path([], "nobody")
    []
    """
    branch: list[Event] = []
    for event in reversed(events):
        if event.id == end:
            branch.append(event)
            end = event.parent
    branch.reverse()
    return branch
