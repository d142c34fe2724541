"""Refine: draft, have it criticised, revise what failed, until it is accepted or the rounds are spent.

Knows nothing of what is written. The critic may be asked once a draft, once a constraint or once a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from maieutic import ScenarioError, Stop
from maieutic.graphs.seat import Ask, Graph, Route, State, add_seat, new_graph, unusable


def refine(
    *,
    draft: Ask,
    critique: Ask | Sequence[Ask],
    revise: Ask,
    decide: Route,
    rounds: int,
    prepare: Ask | Sequence[Ask] | None = None,
) -> Graph:
    """A loop of criticism and revision as a LangGraph state graph.

    Args:
        draft: the first answer.
        critique: asked after the draft and after each revision; several in their order, of which one may offer
            nothing.
        revise: a new answer, given what the critic said.
        decide: after the criticism, of which at least a part is usable, or where there was nothing to ask:
            `"revise"`, or why to stop.
        rounds: the most revisions; then the episode stops with `Stop.TURNS`.
        prepare: asked once before the draft, such as a decomposition of the request; several in their order, of
            which one may offer nothing.

    Raises:
        ScenarioError: a bound below 1, or no critic.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("writer", (), Answer), lambda state: [])
    >>> sorted(refine(draft=ask, critique=ask, revise=ask, decide=lambda s: Stop.SOLVED, rounds=3).nodes)
    ['critique', 'draft', 'revise']
    """
    if rounds < 1:
        raise ScenarioError(f"refine needs rounds >= 1, got {rounds}")
    if not (critics := [critique] if isinstance(critique, Ask) else list(critique)):
        raise ScenarioError("refine needs somebody who criticises, got none")
    graph = new_graph()
    first = [prepare] if isinstance(prepare, Ask) else list(prepare or ())

    def usable(goal: str) -> Route:
        return lambda state: Stop.INVALID if state["events"][-1].invalid is not None else goal

    def prepared(state: State, ask: Ask, then: str) -> str | Stop:
        return Stop.INVALID if unusable(state, ask) else then

    def judged(state: State) -> str | Stop:
        makers = (draft.role.name, revise.role.name)
        last = max(place for place, event in enumerate(state["events"]) if event.role in makers)
        said = state["events"][last + 1 :]
        if said and all(event.invalid is not None for event in said):
            return Stop.INVALID  # no word of criticism to go by
        goal = decide(state)
        spent = sum(event.role == revise.role.name for event in state["events"]) >= rounds
        return Stop.TURNS if spent and not isinstance(goal, Stop) else goal

    steps = [*_named("prepare", first), "draft"]
    for name, ask, then in zip(steps, first, steps[1:], strict=False):
        add_seat(graph, name, ask, partial(prepared, ask=ask, then=then), [then], visits=1)
    graph.set_entry_point(steps[0])
    add_seat(graph, "draft", draft, usable("critique"), ["critique"], visits=1)
    steps = _named("critique", critics)
    for name, ask, then in zip(steps, critics, steps[1:], strict=False):
        add_seat(graph, name, ask, partial(_onward, then=then), [then], visits=rounds + 1)
    add_seat(graph, steps[-1], critics[-1], judged, ["revise"], visits=rounds + 1)
    add_seat(graph, "revise", revise, usable("critique"), ["critique"], visits=rounds)
    return graph


def _named(name: str, asks: Sequence[Ask]) -> list[str]:
    return [name if place == 0 else f"{name}_{place + 1}" for place in range(len(asks))]


def _onward(state: State, then: str) -> str | Stop:
    return then
