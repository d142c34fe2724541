"""Flow: nodes and edges as somebody wrote them down, with a bound on every loop.

Knows nothing of what is asked. It is the pattern for what no other pattern has the shape of; scenarios written in
YAML are flows too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from maieutic import Event, ScenarioError, Stop
from maieutic.graphs.seat import Ask, Graph, Notes, Route, State, add_seat, new_graph


@dataclass(frozen=True)
class Step:
    """A node of a flow.

    Attributes:
        ask: what is asked there.
        then: where to go next, or why to stop.
        goes_to: all nodes that `then` may name.
        most: visits in an episode at the most; None where the bounds of others are enough.
        over: why the episode ends where a visit too many is due.
    """

    ask: Ask
    then: Route
    goes_to: Sequence[str] = ()
    most: int | None = None
    over: Stop = Stop.TURNS


def flow(
    steps: Mapping[str, Step], *, start: str, spent: Callable[[State], bool] = lambda state: False
) -> Graph:
    """Steps as a LangGraph state graph.

    The notes hold `said`: for each node, the ids of the turns of each of its visits. A visit without a usable turn
    ends the episode as invalid, unless its answer is not needed; one that asks nothing goes on.

    Args:
        steps: name of a node -> step.
        start: the first node.
        spent: whether a budget of the whole episode is used up, asked after each visit; then it stops with
            `Stop.BUDGET`, unless it stops anyway.

    Raises:
        ScenarioError: an unknown node, a bound below 1, or a loop of which no node has a bound.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("writer", (), Answer), lambda state: [])
    >>> flow({"a": Step(ask, lambda state: "a", ["a"])}, start="a")
    Traceback (most recent call last):
    maieutic.errors.ScenarioError: the loop a -> a has no bound; give one of its nodes `most`
    >>> sorted(flow({"a": Step(ask, lambda state: "a", ["a"], most=3)}, start="a").nodes)
    ['a']
    """
    for name in (start, *(goal for step in steps.values() for goal in step.goes_to)):
        if name not in steps:
            raise ScenarioError(f"a flow goes to {name!r}, which is none of its nodes: {', '.join(steps)}")
    visits = most_visits(steps, start)
    graph = new_graph()
    for name, step in steps.items():
        ask = replace(step.ask, note=_noted(name, step.ask.note))
        add_seat(graph, name, ask, _bounded(name, steps, spent), step.goes_to, visits[name])
    graph.set_entry_point(start)
    return graph


def most_visits(steps: Mapping[str, Step], start: str) -> dict[str, int]:
    """How often each node can be visited: its own bound, or as often as those before it are.

    Raises:
        ScenarioError: a bound below 1, or a loop without any.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("writer", (), Answer), lambda state: [])
    >>> stop = lambda state: Stop.SOLVED
    >>> most_visits({"a": Step(ask, stop, ["b"]), "b": Step(ask, stop, ["a"], most=3)}, "a")
    {'a': 4, 'b': 3}
    """
    found: dict[str, int] = {}

    def count(name: str, behind: tuple[str, ...]) -> int:
        if name in found:
            return found[name]
        most = steps[name].most
        if most is not None:
            if most < 1:
                raise ScenarioError(f"node {name!r} may be visited {most} times at most: give it 1 or more")
            found[name] = most
            return most
        if name in behind:
            loop = [*behind[behind.index(name) :], name]
            raise ScenarioError(
                f"the loop {' -> '.join(reversed(loop))} has no bound; give one of its nodes `most`"
            )
        before = [other for other, step in steps.items() if name in step.goes_to]
        found[name] = (name == start) + sum(count(other, (*behind, name)) for other in before)
        return found[name]

    return {name: max(1, count(name, ())) for name in steps}


def said(state: State, node: str) -> list[list[str]]:
    """The ids of the turns of each visit of `node` so far."""
    visits: list[list[str]] = state["notes"].get("said", {}).get(node, [])
    return visits


def _noted(
    name: str, note: Callable[[State, Sequence[Event]], Notes]
) -> Callable[[State, Sequence[Event]], Notes]:
    def noted(state: State, events: Sequence[Event]) -> Notes:
        visits = [*said(state, name), [event.id for event in events]]
        mine: Notes = {"said": {**state["notes"].get("said", {}), name: visits}}
        after: State = {**state, "notes": {**state["notes"], **mine}}
        return {**mine, **note(after, events)}

    return noted


def _bounded(name: str, steps: Mapping[str, Step], spent: Callable[[State], bool]) -> Route:
    def then(state: State) -> str | Stop:
        taken = set(said(state, name)[-1])
        events = [event for event in state["events"] if event.id in taken]
        if steps[name].ask.needed and events and all(event.invalid is not None for event in events):
            return Stop.INVALID
        goal = steps[name].then(state)
        if isinstance(goal, Stop):
            return goal
        if spent(state):
            return Stop.BUDGET
        most = steps[goal].most
        return steps[goal].over if most is not None and len(said(state, goal)) >= most else goal

    return then
