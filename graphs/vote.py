"""Vote: sample several answers, have them compared or scored, and conclude.

Knows nothing of who votes. Best-of-n, consensus, and pairs in both orders are offers of `compare`; what has to be
settled before anybody compares (a coin, a reference answer) is asked in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from langgraph.graph import START, StateGraph

from maieutic import Event, Stop
from maieutic.graphs.seat import Ask, Graph, Notes, Stage, State, add_seat


def vote(
    *, sample: Ask, compare: Ask, conclude: Callable[[State], tuple[Notes, Stop]], between: Ask | None = None
) -> Graph:
    """Sampling and comparing as a LangGraph state graph; each happens once, side by side.

    Args:
        sample: the candidates; an unusable one takes no part, and when all are the episode stops as invalid.
        compare: the comparisons, as offers over the candidates; none (a single candidate, or all the same)
            goes straight to the conclusion.
        conclude: reads the comparisons; what to write down, and why it ended.
        between: asked after the candidates are known and before they are compared; it may offer nothing. When
            it is asked and no answer is usable, the episode stops as invalid.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("annotator", (), Answer), lambda state: [])
    >>> sorted(vote(sample=ask, compare=ask, conclude=lambda state: ({}, Stop.SOLVED)).nodes)
    ['compare', 'sample']
    """
    graph: Graph = StateGraph(State, context_schema=Stage)

    def unusable(state: State, role: str) -> bool:
        asked = [event for event in state["events"] if event.role == role]
        return bool(asked) and all(event.invalid is not None for event in asked)

    def sampled(state: State) -> str | Stop:
        if unusable(state, sample.role.name) or not state["events"]:
            return Stop.INVALID
        return "compare" if between is None else "between"

    def settled(state: State) -> str | Stop:
        assert between is not None
        return Stop.INVALID if unusable(state, between.role.name) else "compare"

    def compared(state: State, events: Sequence[Event]) -> Notes:
        notes = compare.note(state, events)
        told: State = {**state, "notes": {**state["notes"], **notes}}
        return {**notes, **conclude(told)[0]}

    add_seat(graph, "sample", sample, sampled, ["compare" if between is None else "between"], visits=1)
    if between is not None:
        add_seat(graph, "between", between, settled, ["compare"], visits=1)
    add_seat(
        graph, "compare", replace(compare, note=compared), lambda state: conclude(state)[1], [], visits=1
    )
    graph.add_edge(START, "sample")
    return graph
