"""Refine: draft, have it criticised, revise what failed, until it is accepted or the rounds are spent.

Knows nothing of what is written. The critic may be asked once a draft, once a constraint or once a step.
"""

from __future__ import annotations

from maieutic import ScenarioError, Stop
from maieutic.graphs.seat import Ask, Graph, Route, State, add_seat, new_graph


def refine(
    *, draft: Ask, critique: Ask, revise: Ask, decide: Route, rounds: int, prepare: Ask | None = None
) -> Graph:
    """A loop of criticism and revision as a LangGraph state graph.

    Args:
        draft: the first answer.
        critique: asked after the draft and after each revision.
        revise: a new answer, given what the critic said.
        decide: after the criticism, of which at least a part is usable: `"revise"`, or why to stop.
        rounds: the most revisions; then the episode stops with `Stop.TURNS`.
        prepare: asked once before the draft, such as a decomposition of the request.

    Raises:
        ScenarioError: a bound below 1.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("writer", (), Answer), lambda state: [])
    >>> sorted(refine(draft=ask, critique=ask, revise=ask, decide=lambda s: Stop.SOLVED, rounds=3).nodes)
    ['critique', 'draft', 'revise']
    """
    if rounds < 1:
        raise ScenarioError(f"refine needs rounds >= 1, got {rounds}")
    graph = new_graph()

    def usable(goal: str) -> Route:
        return lambda state: Stop.INVALID if state["events"][-1].invalid is not None else goal

    def judged(state: State) -> str | Stop:
        makers = (draft.role.name, revise.role.name)
        last = max(place for place, event in enumerate(state["events"]) if event.role in makers)
        if all(event.invalid is not None for event in state["events"][last + 1 :]):
            return Stop.INVALID  # no word of criticism to go by
        goal = decide(state)
        spent = sum(event.role == revise.role.name for event in state["events"]) >= rounds
        return Stop.TURNS if spent and not isinstance(goal, Stop) else goal

    if prepare is not None:
        add_seat(graph, "prepare", prepare, usable("draft"), ["draft"], visits=1)
    graph.set_entry_point("draft" if prepare is None else "prepare")
    add_seat(graph, "draft", draft, usable("critique"), ["critique"], visits=1)
    add_seat(graph, "critique", critique, judged, ["revise"], visits=rounds + 1)
    add_seat(graph, "revise", revise, usable("critique"), ["critique"], visits=rounds)
    return graph
