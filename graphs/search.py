"""Search: candidates are judged by several votes, a failed one is the root, and a tree of revisions grows.

Knows nothing of what the candidates say. Breadth first keeps the best of each level, depth first goes on from
the best child; both stop at the first children of which one has a value above the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from maieutic import Event, ScenarioError, Stop, rng
from maieutic.graphs.seat import (
    Ask,
    Graph,
    Notes,
    Offer,
    Route,
    State,
    add_seat,
    new_graph,
    next_index,
    unusable,
)
from maieutic.roles import Role

Fields = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Shape:
    """How far a search goes.

    Attributes:
        votes: judgements of each candidate; its value is the share of yes among the usable ones.
        retries: how often the votes on a child are taken again after a tie (no usable vote is one too) before
            the child is dropped; a first candidate is dropped at once.
        width: children of each node that is expanded.
        keep: the children of a level (breadth first) or of a node (depth first) that may be expanded.
        depth: levels below the root.
        gate: a value must be strictly above it.
        budget: the most children that are made and judged.
        order: breadth or depth first.
        pick: which children are kept: those of highest value, or drawn in proportion to value.
    """

    votes: int = 5
    retries: int = 3
    width: int = 3
    keep: int = 2
    depth: int = 3
    gate: float = 0.5
    budget: int = 1000
    order: Literal["breadth", "depth"] = "breadth"
    pick: Literal["greedy", "proportional"] = "greedy"

    @property
    def levels(self) -> list[int]:
        """The most children at each depth.

        >>> Shape().levels, Shape(width=2, keep=2, depth=3, order="depth").levels
        ([3, 6, 6], [2, 4, 8])
        """
        nodes, levels = 1, []
        for _ in range(self.depth):
            levels.append(nodes * self.width)
            nodes = (
                min(self.keep, levels[-1]) if self.order == "breadth" else nodes * min(self.keep, self.width)
            )
        return levels


def search(
    *,
    draft: Ask,
    judge: Role,
    case: Callable[[State, Event], Fields],
    verdict: Callable[[Event], bool],
    expand: Role,
    brief: Callable[[State, Event, Event], Fields],
    text: Callable[[Event], str],
    shape: Shape,
    prepare: Ask | None = None,
    prepared: Route = lambda state: "draft",
) -> Graph:
    """Tree search by revision as a LangGraph state graph.

    The notes hold `values` (candidate -> share of yes, None where dropped), `critiques` (candidate -> the first
    vote that agrees with the majority), `root`, `levels` (the candidates of each depth), `visits` (candidates
    in the order in which they were expanded), `evaluated` (children made), `best` and `value`.

    Two candidates with the same text share one value: the second is not judged again.

    Args:
        draft: the first candidates. They are judged, and one that failed, drawn at random, is the root; when
            none failed the episode stops as accepted.
        judge: gives one vote.
        case: what a judge is offered for a candidate.
        verdict: reads a vote.
        expand: revises a candidate; the revision answers the critique that it was shown.
        brief: what the reviser is offered for a candidate and its critique.
        text: reads a candidate.
        shape: bounds.
        prepare: asked once before the candidates, such as a rewording of the request.
        prepared: after that, where an answer that is needed is usable: `"draft"`, or why to stop.

    Raises:
        ScenarioError: a bound that contradicts another.

    >>> from maieutic.roles import Answer
    >>> ask = Ask(Role("actor", (), Answer), lambda state: [])
    >>> graph = search(draft=ask, judge=ask.role, case=lambda s, e: {}, verdict=bool, expand=ask.role,
    ...                brief=lambda s, e, c: {}, text=str, shape=Shape(keep=4))
    Traceback (most recent call last):
    maieutic.errors.ScenarioError: a search keeps 4 of 3 children: keep must be at most width
    """
    _check(shape)
    graph = new_graph()

    def named(state: State, name: str) -> Event:
        return next(event for event in state["events"] if event.id == name)

    def votes_due(state: State) -> list[Offer]:
        return [
            Offer(
                name, case(state, named(state, name)), next_index(state["events"], name, judge.name) + number
            )
            for name in state["notes"]["unsettled"]
            for number in range(shape.votes)
        ]

    def children_due(state: State) -> list[Offer]:
        notes, offers = state["notes"], list[Offer]()
        for name in notes["frontier"]:
            critique = named(state, notes["critiques"][name])
            fields = brief(state, named(state, name), critique)
            # a candidate shares its critique with a twin of the same text, so children are counted under that
            first = next_index(state["events"], critique.id, expand.name)
            first += sum(offer.parent == critique.id for offer in offers)
            offers += [Offer(critique.id, fields, first + number) for number in range(shape.width)]
        return offers[: max(0, shape.budget - notes["evaluated"])]

    def admit(notes: Notes, state: State, events: Sequence[Event]) -> Notes:
        """Add new candidates; those whose text is known share the value that it has or will get."""
        known = {text(named(state, name)): name for name in notes["values"]}
        fresh, due, twins = [], [], {}
        for event in events:
            if event.invalid is not None:
                continue
            fresh.append(event.id)
            first = known.setdefault(text(event), event.id)
            if first == event.id:
                due.append(first)
            else:
                twins[event.id] = first
        notes = {**notes, "fresh": fresh, "unsettled": due, "twins": twins, "round": 0}
        return notes if due else _settle(notes, shape)

    def note_draft(state: State, events: Sequence[Event]) -> Notes:
        empty: Notes = {
            "values": {},
            "critiques": {},
            "root": None,
            "levels": [],
            "visits": [],
            "evaluated": 0,
        }
        empty |= {"best": None, "value": 0.0, "frontier": [], "depth": {}, "outcome": None}
        return admit(empty, state, events)

    def note_children(state: State, events: Sequence[Event]) -> Notes:
        notes = {**state["notes"]}
        expanded = -(-len(events) // shape.width)  # the budget may have cut the last ones off
        notes["visits"] = [*notes["visits"], *notes["frontier"][:expanded]]
        notes["evaluated"] += len(events)
        deep = 1 + notes["depth"][notes["frontier"][0]]
        names = [event.id for event in events if event.invalid is None]
        notes["depth"] = {**notes["depth"], **dict.fromkeys(names, deep)}
        levels = [*notes["levels"], *([] for _ in range(deep - len(notes["levels"])))]
        levels[deep - 1] = [*levels[deep - 1], *names]
        return admit({**notes, "levels": levels}, state, events)

    def note_votes(state: State, events: Sequence[Event]) -> Notes:
        notes = {
            **state["notes"],
            "values": {**state["notes"]["values"]},
            "critiques": {**state["notes"]["critiques"]},
        }
        again = []
        for name in notes["unsettled"]:
            usable = [vote for vote in events if vote.parent == name and vote.invalid is None]
            yes = sum(verdict(vote) for vote in usable)
            if 2 * yes == len(usable):
                if notes["root"] is not None and notes["round"] < shape.retries:
                    again.append(name)
                else:
                    notes["values"][name] = None
                continue
            notes["values"][name] = yes / len(usable)
            notes["critiques"][name] = next(v.id for v in usable if verdict(v) == (2 * yes > len(usable)))
        notes |= {"unsettled": again, "round": notes["round"] + 1}
        return notes if again else _settle(notes, shape)

    def route(state: State) -> str | Stop:
        notes = state["notes"]
        if notes["unsettled"]:
            return "judge"
        return "expand" if notes["outcome"] is None else Stop(notes["outcome"])

    visits = shape.depth if shape.order == "breadth" else sum(level // shape.width for level in shape.levels)
    most = shape.width * (shape.keep if shape.order == "breadth" else 1)
    if prepare is not None:
        asked = prepare

        def ready(state: State) -> str | Stop:
            return Stop.INVALID if unusable(state, asked) else prepared(state)

        add_seat(graph, "prepare", asked, ready, ["draft"], 1)
    graph.set_entry_point("draft" if prepare is None else "prepare")
    add_seat(graph, "draft", Ask(draft.role, draft.offers, note_draft, draft.fan), route, ["judge"], 1)
    add_seat(
        graph,
        "judge",
        Ask(judge, votes_due, note_votes, max(draft.fan, most) * shape.votes),
        route,
        ["judge", "expand"],
        1 + visits * (1 + shape.retries),
    )
    add_seat(
        graph, "expand", Ask(expand, children_due, note_children, most), route, ["judge", "expand"], visits
    )
    return graph


def _settle(notes: Notes, shape: Shape) -> Notes:
    """All fresh candidates have their votes: choose the root, or what to expand next, or the outcome."""
    values, critiques = {**notes["values"]}, {**notes["critiques"]}
    for name, twin in notes["twins"].items():
        values[name] = values.get(twin)
        if twin in critiques:
            critiques[name] = critiques[twin]
    notes = {**notes, "values": values, "critiques": critiques, "twins": {}}
    scored = [name for name in notes["fresh"] if values[name] is not None]
    if notes["root"] is None:
        failed = [name for name in scored if values[name] <= shape.gate]
        if not failed:
            return notes | {
                "outcome": Stop.ACCEPTED if scored else Stop.TIE if notes["fresh"] else Stop.INVALID
            }
        root = rng("root", *failed).choice(failed)
        return notes | {"root": root, "best": root, "frontier": [root], "depth": {root: 0}, "stack": []}
    for name in scored:
        # the root counts as nought, so any child is at least its equal: the first of the best children wins
        if notes["best"] == notes["root"] or values[name] > notes["value"]:
            notes |= {"best": name, "value": values[name]}
    if notes["value"] > shape.gate:
        return notes | {"outcome": Stop.SOLVED, "frontier": []}
    kept = [n for n in _pick(scored, values, shape) if notes["depth"][n] < shape.depth]
    if shape.order == "depth":
        kept = [*kept, *notes["stack"]]
        notes |= {"stack": kept[1:]}
        kept = kept[:1]
    outcome = None if kept and notes["evaluated"] < shape.budget else Stop.BUDGET if kept else Stop.EXHAUSTED
    return notes | {"frontier": kept, "outcome": outcome}


def _pick(names: Sequence[str], values: Mapping[str, float], shape: Shape) -> list[str]:
    if shape.pick == "greedy":
        return sorted(names, key=lambda name: -values[name])[: shape.keep]
    chance, left, kept = rng("pick", *names), list(names), list[str]()
    while left and len(kept) < shape.keep:
        weights = [values[name] for name in left]
        kept.append(chance.choices(left, weights if any(weights) else None)[0])
        left.remove(kept[-1])
    return kept


def _check(shape: Shape) -> None:
    for name in ("votes", "width", "keep", "depth", "budget"):
        if getattr(shape, name) < 1:
            raise ScenarioError(f"a search needs {name} >= 1, got {getattr(shape, name)}")
    if shape.retries < 0 or not 0 <= shape.gate < 1:
        raise ScenarioError(
            f"a search needs retries >= 0 and 0 <= gate < 1, got {shape.retries} and {shape.gate}"
        )
    if shape.keep > shape.width:
        raise ScenarioError(
            f"a search keeps {shape.keep} of {shape.width} children: keep must be at most width"
        )
