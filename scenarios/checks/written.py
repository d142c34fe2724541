"""Written: all that is wrong with a YAML scenario, each with its line, before anybody is asked anything.

Knows nothing of tasks' files. It builds what can be built, and holds the rest against the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx

from maieutic import MaieuticError
from maieutic.roles import Role
from maieutic.scenarios.checks import shape as shapes
from maieutic.scenarios.checks.cast import cast_faults
from maieutic.scenarios.checks.drawn import drawn_faults
from maieutic.scenarios.checks.finding import Finding, finding_of
from maieutic.scenarios.checks.kinds import Kind
from maieutic.scenarios.checks.names import Place, faults, near
from maieutic.scenarios.checks.shape import START, Shape
from maieutic.scenarios.written.build import is_world, role_of
from maieutic.scenarios.written.expression import Call, Ref, parse, walk
from maieutic.scenarios.written.file import problems
from maieutic.scenarios.written.form import FieldForm, NodeForm, ScenarioForm
from maieutic.scenarios.written.lines import Document
from maieutic.scenarios.written.lines import Place as At
from maieutic.worlds import catalogue

Fault = tuple[At, str, str]  # where, what, remedy


@dataclass(frozen=True)
class Draft:
    """A form with what could be built of it.

    Attributes:
        form: what was written.
        folder: where paths in it begin.
        roles: the roles that could be built.
        shape: its graph.
        fields: the fields that its tasks have; None where nothing says.
    """

    form: ScenarioForm
    folder: Path
    roles: Mapping[str, Role]
    shape: Shape
    fields: frozenset[str] | None

    @property
    def asked(self) -> dict[str, Role | None]:
        """Node -> the role that it asks."""
        return {name: self.roles.get(node.ask) for name, node in self.form.nodes.items()}

    @property
    def parameters(self) -> dict[str, Kind]:
        """Parameter -> its kind."""
        names = {bool: "boolean", int: "number", float: "number", str: "text"}
        return {name: Kind(names[type(one.default)]) for name, one in self.form.parameters.items()}


def check_written(document: Document, folder: Path) -> tuple[list[Finding], Shape | None]:
    """The findings in a document, in the order of its lines, and its graph where it has one."""
    wrong = list(problems(document))
    if wrong:
        return _sorted([finding_of(one, document.file, one.line) for one in wrong]), None
    form = ScenarioForm.model_validate(document.value)
    found = list(_forms(form))
    roles: dict[str, Role] = {}
    broken = {at[1] for at, _, _ in found if at[0] == "roles" and len(at) > 2}
    for name, one in form.roles.items():
        if name in broken:
            continue  # what follows from a wrong answer type would be said of it twice
        try:
            roles[name] = role_of(name, one, folder)
        except MaieuticError as error:
            said = finding_of(error, document.file, None)
            found.append((("roles", name, "use"), said.what, said.remedy))
        except (TypeError, ValueError) as error:
            found.append(
                (("roles", name, "answer"), f"the answer cannot be made: {error}", "mend the fields")
            )
    fields, world = _fields(form)
    found += world
    draft = Draft(form, folder, roles, shape_of(form), fields)
    found += [*_nodes(draft), *_graph(draft), *_seen(draft), *cast_faults(draft), *drawn_faults(draft)]
    findings = [
        Finding(file=document.file, line=document.line(at), what=what, remedy=cure)
        for at, what, cure in found
    ]
    return _sorted(list(dict.fromkeys(findings))), draft.shape


def _sorted(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda one: one.line or 0)


def shape_of(form: ScenarioForm) -> Shape:
    """The graph of a form; goals that do not exist are left out."""
    shape: Shape = nx.DiGraph()
    shape.add_node(START, fan=0)
    fans = _fans(form)
    for name, node in form.nodes.items():
        shape.add_node(name, visits=_number(form, node.most), fan=fans[name], role=node.ask)
    if form.start in form.nodes:
        shape.add_edge(START, form.start)
    for name, node in form.nodes.items():
        for edge in node.next:
            if edge.stop is not None:
                shape.add_node(f"stop:{edge.stop.value}", end=True, label=edge.stop.value, fan=0)
            goal = f"stop:{edge.stop.value}" if edge.stop is not None else edge.go
            if goal is not None and goal in shape:
                before = shape.edges[name, goal].get("label") if shape.has_edge(name, goal) else None
                label = " or ".join(one for one in (before, edge.condition) if one)
                shape.add_edge(name, goal, label=label)
            if goal in form.nodes and form.nodes[str(goal)].most is not None:
                over = form.nodes[str(goal)].over.value
                limit = _number(form, form.nodes[str(goal)].most)
                shape.add_node(f"stop:{over}", end=True, label=over, fan=0)
                if not shape.has_edge(name, f"stop:{over}"):
                    shape.add_edge(name, f"stop:{over}", label=f"{goal} has had its {limit} visits")
    return shape


def _number(form: ScenarioForm, value: int | str | None) -> int | None:
    if isinstance(value, str):
        default = form.parameters[value].default if value in form.parameters else 1
        return default if isinstance(default, int) and not isinstance(default, bool) else 1
    return value


def _fans(form: ScenarioForm) -> dict[str, int]:
    def fan(name: str, behind: tuple[str, ...]) -> int:
        node = form.nodes[name]
        own = _number(form, node.times) or 1
        inner = node.each
        return own * (
            fan(inner, (*behind, name)) if inner in form.nodes and inner not in (*behind, name) else 1
        )

    return {name: fan(name, ()) for name in form.nodes}


def _fields(form: ScenarioForm) -> tuple[frozenset[str] | None, list[Fault]]:
    told = {*form.tasks.fields, *form.tasks.map}
    try:
        world = catalogue.load(form.world)
    except MaieuticError as error:
        return None, [(("world",), str(error).partition("; ")[0], near(form.world, catalogue.names()))]
    if world.name != "records":
        return frozenset(told | world.generate(0, 0).fields.keys()), []
    return (frozenset(told) if form.tasks.fields else None), []


def _forms(form: ScenarioForm) -> Iterator[Fault]:
    """Bounds and choices that contradict each other."""
    for role, one in form.roles.items():
        at: At = ("roles", role)
        if one.use is None and not one.answer:
            yield (
                at,
                f"{role} says nothing of its answer",
                "add answer: {text: text}, or use: an existing role",
            )
        if one.use is None and not one.brief.strip():
            yield at, f"{role} has no brief: a model would not know what to do", "add brief: a few sentences"
        for name, field in one.answer.items():
            yield from (((*at, "answer", name), what, cure) for what, cure in _field(field))
    for name, parameter in form.parameters.items():
        at, value = ("parameters", name), parameter.default
        if parameter.min is not None and parameter.max is not None and parameter.min > parameter.max:
            yield at, f"min {parameter.min} is above max {parameter.max}", "exchange them"
        elif isinstance(value, int | float) and not (
            (parameter.min is None or value >= parameter.min)
            and (parameter.max is None or value <= parameter.max)
        ):
            yield at, f"the default {value} is out of its own bounds", "change the default or the bounds"
        elif parameter.choices and value not in parameter.choices:
            yield (
                at,
                f"the default {value!r} is none of its choices",
                f"choose {', '.join(parameter.choices)}",
            )


def _field(field: FieldForm) -> Iterator[tuple[str, str]]:
    if field.type == "choice" and len(set(field.choices)) < 2:
        yield f"a choice among {len(set(field.choices))}", "give at least two different choices"
    elif len(set(field.choices)) < len(field.choices):
        yield "a choice stands twice", "drop one"
    if field.type != "choice" and field.choices:
        yield f"{field.type} has choices", "write type: choice, or drop them"
    if field.type in ("boolean", "choice") and (field.min is not None or field.max is not None):
        yield f"{field.type} has no min and max", "drop them"
    if field.min is not None and field.max is not None and field.min > field.max:
        yield f"min {field.min} is above max {field.max}", "exchange them"


def _nodes(draft: Draft) -> Iterator[Fault]:
    """What nodes name, and where their edges go."""
    form = draft.form
    asked = {node.ask for node in form.nodes.values()}
    for role in form.roles if asked <= form.roles.keys() else ():
        if role not in asked:
            yield ("roles", role), f"no node asks {role}", "ask it, or drop it"
    if form.start not in form.nodes:
        yield ("start",), f"{form.start!r} is no node", near(form.start, form.nodes)
    for name, node in form.nodes.items():
        at: At = ("nodes", name)
        if node.ask not in form.roles:
            yield (*at, "ask"), f"{node.ask!r} is no role", near(node.ask, form.roles)
        for key in ("times", "most"):
            value = getattr(node, key)
            if isinstance(value, str):
                if value not in form.parameters:
                    yield (*at, key), f"there is no parameter {value!r}", near(value, form.parameters)
                elif type(form.parameters[value].default) is not int:
                    yield (*at, key), f"parameter {value!r} is not a whole number", "give it one as default"
                elif (form.parameters[value].min or 0) < 1:
                    yield (
                        (*at, key),
                        f"parameter {value!r} may be below 1",
                        f"write {value}: {{default: ..., min: 1}}",
                    )
        yield from _going(draft, name, node)
        yield from _asking(draft, name, node)


def _going(draft: Draft, name: str, node: NodeForm) -> Iterator[Fault]:
    at: At = ("nodes", name, "next")
    if not node.next:
        yield ("nodes", name), f"{name!r} leads nowhere", "add next: NODE, or next: {stop: solved}"
        return
    open_end = False
    for number, edge in enumerate(node.next):
        here: At = (*at, number)
        if open_end:
            yield (
                here,
                "this edge is never taken: the one before it has no condition",
                "put it first, or drop it",
            )
        if (edge.go is None) == (edge.stop is None):
            yield here, "an edge either goes to a node or stops", "write go: NODE or stop: REASON"
        elif edge.go is not None and edge.go not in draft.form.nodes:
            yield here, f"{edge.go!r} is no node", near(edge.go, draft.form.nodes)
        if edge.condition is not None:
            place = _place(draft, name, after=True, wanted="boolean")
            yield from (((*here, "if"), what, cure) for what, cure in faults(edge.condition, place))
        open_end = open_end or edge.condition is None
    if not open_end:
        yield (
            at,
            f"{name!r} leads nowhere when none of its conditions holds",
            "add a last edge without a condition",
        )


def _asking(draft: Draft, name: str, node: NodeForm) -> Iterator[Fault]:
    at: At = ("nodes", name)
    role = draft.roles.get(node.ask)
    before = shapes.earlier(draft.shape, name)
    if node.each is not None:
        if node.each not in draft.form.nodes:
            yield (*at, "each"), f"{node.each!r} is no node", near(node.each, draft.form.nodes)
        elif not _missing(draft.form) and node.each not in before:
            yield (
                (*at, "each"),
                f"{node.each!r} cannot have been visited before {name!r}",
                "go over an earlier node",
            )
        if node.answers is not None:
            yield (*at, "answers"), "with `each`, a turn answers the one that it goes over", "drop `answers`"
    elif node.answers not in (None, "episode"):
        place = _place(draft, name, wanted="turn")
        yield from (((*at, "answers"), what, cure) for what, cure in faults(node.answers, place))
    for key, value in node.show.items():
        here: At = (*at, "show", key)
        if role is not None and key not in role.sees:
            yield here, f"{role.name} does not see {key!r}, so that it is shown in vain", near(key, role.sees)
        place = _place(draft, name, wanted="value", shown=role)
        yield from ((here, what, cure) for what, cure in faults(value, place))
        yield from ((here, what, cure) for what, cure in _hidden(draft, node, value))


def _hidden(draft: Draft, node: NodeForm, value: Any) -> Iterator[tuple[str, str]]:
    form = draft.form.roles.get(node.ask)
    if form is None or not form.hidden or not isinstance(value, str):
        return
    try:
        tree = parse(value)
    except MaieuticError:
        return
    for one in walk(tree):
        named = [f"{one.name}.{one.field}"] if isinstance(one, Ref) else []
        if isinstance(one, Call) and one.field:
            named = [f"{part.name}.{one.field}" for part in one.arguments if isinstance(part, Ref)]
        for name in named:
            if name in form.hidden or name.removeprefix("task.") in form.hidden:
                yield f"{node.ask} would see {name}, which is hidden from it", "show something else"


def _seen(draft: Draft) -> Iterator[Fault]:
    """What roles would see that they must not, and what nobody shows them."""
    form = draft.form
    for name, role in draft.roles.items():
        at: At = ("roles", name)
        hidden = form.roles[name].hidden
        for part in hidden:
            if part in role.sees:
                yield (
                    (*at, "sees"),
                    f"{name} would see {part!r}, which is hidden from it",
                    "drop it from one of the two",
                )
            for other in draft.roles.values():
                if other.name != name and other.seat == role.seat and part in other.sees:
                    yield (
                        (*at, "hidden"),
                        f"the player of {name} sees {part!r} as {other.name}, and may remember it",
                        f"give {other.name} another seat (the part before the dot)",
                    )
        asked = [node for node in form.nodes.values() if node.ask == name]
        for part in role.sees if asked and draft.fields is not None else ():
            if (
                part not in (draft.fields or ())
                and not any(part in node.show for node in asked)
                and part not in (*hidden, *role.optional)
            ):
                yield (
                    (*at, "sees"),
                    f"{name} sees {part!r}, which neither a task has nor a node shows",
                    f"add it to `show` or `tasks.fields`; {near(part, sorted(draft.fields or ()))}",
                )
    source = form.tasks.source
    if source is not None and not source.startswith("hf:") and not is_world(source):
        path = draft.folder / source
        if not path.exists() and not (":" in source and (draft.folder / source.rpartition(":")[0]).is_dir()):
            yield (
                ("tasks", "from"),
                f"there is no file {source!r} beside this one",
                "check its name, or drop the line",
            )
    for key in form.tasks.map:
        if not any(key in role.sees for role in draft.roles.values()) and key not in form.tasks.fields:
            yield ("tasks", "map", key), f"no role sees the field {key!r}", "name a field that a role sees"


def _graph(draft: Draft) -> Iterator[Fault]:
    """What the graph as a whole says."""
    form, shape = draft.form, draft.shape
    if form.start in form.nodes and not _missing(form):
        for name in shapes.unreachable(shape):
            yield ("nodes", name), f"nothing leads to {name!r}", "add an edge to it, or drop it"
    for loop in shapes.loops_without_bound(shape):
        way = " -> ".join([*loop, loop[0]])
        yield (
            ("nodes", loop[0]),
            f"the loop {way} has no bound",
            f"give one of its nodes `most`, such as {loop[0]}: {{most: 5}}",
        )
    dead = [name for name in shapes.dead_ends(shape) if name in form.nodes and form.nodes[name].next]
    unbounded = {name for loop in shapes.loops_without_bound(shape) for name in loop}
    for name in dead:
        goals = [edge.go for edge in form.nodes[name].next]
        if not any(goal in dead or goal not in form.nodes for goal in goals) or (
            name in unbounded and name == next(iter(one for one in dead if one in unbounded))
        ):
            yield ("nodes", name), f"no end can be reached from {name!r}", "add an edge with stop: REASON"
    fewest = shapes.least(shape)
    if form.budget.turns is not None and fewest is not None and form.budget.turns < fewest:
        yield (
            ("budget", "turns"),
            f"the budget of {form.budget.turns} turns is below the {fewest} of the shortest way to an end",
            f"give at least {fewest}",
        )


def _place(draft: Draft, name: str, *, wanted: str, after: bool = False, shown: Role | None = None) -> Place:
    whole = not _missing(draft.form) and not shapes.unreachable(draft.shape)
    given = frozenset(shapes.earlier(draft.shape, name) | ({name} if after else set())) if whole else None
    words = {"each"} if draft.form.nodes[name].each is not None and not after else set()
    return Place(
        roles=draft.asked,
        given=given,
        fields=draft.fields,
        parameters=draft.parameters,
        wanted=wanted,
        shown=shown,
        words=frozenset(words),
        ranges=ranges(draft),
    )


def _missing(form: ScenarioForm) -> bool:
    """Whether edges are missing or lead nowhere, so that what can come before what is not yet known."""
    return any(
        not node.next or any(edge.go is not None and edge.go not in form.nodes for edge in node.next)
        for node in form.nodes.values()
    )


def ranges(draft: Draft) -> dict[str, tuple[int, int]]:
    """How many turns each node can take in an episode."""
    found = {}
    for name in draft.form.nodes:
        most = shapes.worst(draft.shape, lambda facts, name=name: _own(facts, draft, name))  # type: ignore[misc]
        if most is not None:
            found[name] = (0, most)
    return found


def _own(facts: Mapping[str, Any], draft: Draft, name: str) -> int:
    return int(facts["fan"]) if facts is draft.shape.nodes[name] else 0
