"""Shape: a scenario as a networkx graph: what cannot be reached, what cannot end, and how long it can take.

Knows nothing of roles. A node has `visits` (at the most, None where only others bound it), `fan` (turns of a visit),
`role` and `line`; an edge may have a `label`. The ends of an episode are nodes too, with `end` set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import networkx as nx

START, END = "__start__", "__end__"
Shape: TypeAlias = "nx.DiGraph[str]"


def of_graph(compiled: Any, nodes: Mapping[str, Any]) -> Shape:
    """The shape of a compiled LangGraph graph, with the metadata of its nodes."""
    drawn = compiled.get_graph()
    shape: Shape = nx.DiGraph()
    for name in drawn.nodes:
        facts = getattr(nodes.get(name), "metadata", None) or {}
        shape.add_node(
            name,
            visits=facts.get("visits"),
            fan=int(facts.get("fan", 1)) if facts else 0,
            role=facts.get("role"),
            end=name == END,
        )
    for edge in drawn.edges:
        shape.add_edge(edge.source, edge.target)
    return shape


def unreachable(shape: Shape) -> list[str]:
    """Nodes that no way from the start leads to, in their order."""
    seen = {START, *nx.descendants(shape, START)} if START in shape else set()
    return [name for name in shape if name not in seen and not shape.nodes[name].get("end")]


def dead_ends(shape: Shape) -> list[str]:
    """Nodes from which no way leads to an end, in their order."""
    ends = [name for name, facts in shape.nodes(data=True) if facts.get("end")]
    back = shape.reverse(copy=False)
    seen = set(ends).union(*(nx.descendants(back, end) for end in ends))
    return [name for name in shape if name not in seen]


def loops_without_bound(shape: Shape) -> list[list[str]]:
    """Loops none of whose nodes has a bound; of those that share nodes, the shortest."""
    free = shape.subgraph([name for name, facts in shape.nodes(data=True) if facts.get("visits") is None])
    found: list[list[str]] = []
    order = list(shape)
    for part in nx.strongly_connected_components(free):
        inner = free.subgraph(part)
        loops = list(_loops(inner, sorted(part, key=order.index)))
        if loops:
            found.append(min(loops, key=len))
    return sorted(found, key=lambda loop: order.index(loop[0]))


def _loops(part: Shape, names: Iterable[str]) -> Iterator[list[str]]:
    """For each node on a loop, a shortest loop that begins with it."""
    for name in names:
        ways = [
            nx.shortest_path(part, after, name)
            for after in part.successors(name)
            if nx.has_path(part, after, name)
        ]
        if ways:
            yield [name, *min(ways, key=len)[:-1]]


def earlier(shape: Shape, name: str) -> set[str]:
    """Nodes that may have been visited before `name` is; itself too where it stands on a loop."""
    return {other for before in shape.predecessors(name) for other in (before, *nx.ancestors(shape, before))}


def worst(shape: Shape, cost: Callable[[Mapping[str, Any]], int] | None = None) -> int | None:
    """The most turns (or the greatest sum of `cost` over visits) that an episode can take.

    An episode is a walk from the start to an end that visits no node more often than its bound: a flow of one unit
    through a network whose nodes have capacities, with whatever circulates beside it. Its greatest cost is an upper
    bound, and exact where all loops lie on one way.

    Returns:
        None where no end can be reached, or where a loop has no bound.
    """
    price = cost or (lambda facts: int(facts.get("fan") or 0))
    if loops_without_bound(shape):
        return None
    network: nx.DiGraph[Any] = nx.DiGraph()
    ends = [name for name, facts in shape.nodes(data=True) if facts.get("end")]
    reachable = nx.descendants(shape, START) | {START}
    for name in reachable:
        facts = shape.nodes[name]
        limit = {} if facts.get("visits") is None else {"capacity": int(facts["visits"])}
        network.add_edge((name, "in"), (name, "out"), weight=-price(facts), **limit)
    for source, target in shape.edges:
        if source in reachable:
            network.add_edge((source, "out"), (target, "in"), weight=0)
    for end in ends:
        if end in reachable:
            network.add_edge((end, "out"), "over", weight=0)
    if "over" not in network:
        return None
    network.add_node((START, "in"), demand=-1)
    network.add_node("over", demand=1)
    try:
        cost_found, _ = nx.network_simplex(network)
    except (nx.NetworkXUnfeasible, nx.NetworkXUnbounded):
        return None
    return int(-cost_found)


def least(shape: Shape) -> int | None:
    """The fewest turns in which an end can be reached; None where none can."""
    ends = [name for name, facts in shape.nodes(data=True) if facts.get("end")]
    weighed: Shape = nx.DiGraph()
    for source, target in shape.edges:
        weighed.add_edge(source, target, weight=int(shape.nodes[target].get("fan") or 0))
    if START not in weighed:
        return None
    far = nx.single_source_dijkstra_path_length(weighed, START)
    return min((int(far[end]) for end in ends if end in far), default=None)


def as_text(shape: Shape) -> str:
    """The graph for a terminal."""
    shown: Shape = nx.DiGraph()
    reachable = [name for name in shape if name == START or name in nx.descendants(shape, START)]
    for name in [*reachable, *(one for one in shape if one not in reachable)]:
        shown.add_node(name, label=_label(shape, name))
    shown.add_edges_from(shape.edges)
    lines = list(nx.generate_network_text(shown, sources=[START]))
    told = [
        f"  {source} -> {_label(shape, target)}   if {facts['label']}"
        for source, target, facts in shape.edges(data=True)
        if facts.get("label")
    ]
    return "\n".join([*lines, *told])


def as_mermaid(shape: Shape) -> str:
    """The graph as Mermaid."""
    names = {name: f"n{place}" for place, name in enumerate(shape)}
    lines = ["graph TD"]
    for name, facts in shape.nodes(data=True):
        text = _escaped(_label(shape, name))
        shape_of = f'(["{text}"])' if facts.get("end") or name == START else f'["{text}"]'
        lines.append(f"  {names[name]}{shape_of}")
    for source, target, facts in shape.edges(data=True):
        label = f'|"{_escaped(facts["label"])}"|' if facts.get("label") else ""
        lines.append(f"  {names[source]} -->{label} {names[target]}")
    return "\n".join(lines)


def _label(shape: Shape, name: str) -> str:
    if name in (START, END):
        return name.strip("_")
    facts = shape.nodes[name]
    if facts.get("end"):
        return str(facts.get("label", name))
    fan = f" x{facts['fan']}" if (facts.get("fan") or 1) > 1 else ""
    visits = facts.get("visits")
    most = "" if visits is None else ", once" if visits == 1 else f", at most {visits} times"
    return f"{name} ({facts['role']}{fan}{most})" if facts.get("role") else name


def _escaped(text: str) -> str:
    for sign, name in (("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", " ")):
        text = text.replace(sign, name)
    return text
