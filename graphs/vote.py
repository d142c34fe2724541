"""Vote: sample several answers, have them compared or scored, and conclude.

Knows nothing of who votes. Best-of-n, consensus, and pairs in both orders are offers of `compare`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from langgraph.graph import START, StateGraph

from maieutic import Event, Stop
from maieutic.graphs.seat import Ask, Graph, Notes, Stage, State, add_seat


def vote(*, sample: Ask, compare: Ask, conclude: Callable[[State], tuple[Notes, Stop]]) -> Graph:
    """Sampling and comparing as a LangGraph state graph; each happens once, side by side.

    Args:
        sample: the candidates; an unusable one takes no part.
        compare: the comparisons, as offers over the candidates; none (a single candidate, or all the same)
            goes straight to the conclusion.
        conclude: reads the comparisons; what to write down, and why it ended.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("annotator", (), Answer), lambda state: [])
    >>> sorted(vote(sample=ask, compare=ask, conclude=lambda state: ({}, Stop.SOLVED)).nodes)
    ['compare', 'sample']
    """
    graph: Graph = StateGraph(State, context_schema=Stage)

    def sampled(state: State) -> str | Stop:
        if all(event.invalid is not None for event in state["events"]):
            return Stop.INVALID
        return "compare" if compare.offers(state) else conclude(state)[1]

    def noted_sample(state: State, events: Sequence[Event]) -> Notes:
        notes = sample.note(state, events)
        if any(event.invalid is None for event in events):
            told: State = {**state, "notes": {**state["notes"], **notes}}
            notes = notes if compare.offers(told) else {**notes, **conclude(told)[0]}
        return notes

    def noted_compare(state: State, events: Sequence[Event]) -> Notes:
        notes = compare.note(state, events)
        told: State = {**state, "notes": {**state["notes"], **notes}}
        return {**notes, **conclude(told)[0]}

    add_seat(graph, "sample", replace(sample, note=noted_sample), sampled, ["compare"], visits=1)
    add_seat(
        graph, "compare", replace(compare, note=noted_compare), lambda state: conclude(state)[1], [], visits=1
    )
    graph.add_edge(START, "sample")
    return graph
