"""Coded: what can be told of a Python scenario without playing it: its graph, roles, cast, parameters and tasks.

Knows nothing of what its functions do. Lines are those of the functions and calls in its file that are at fault.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from maieutic import InputError, MaieuticError
from maieutic.agents.casting import engaged
from maieutic.graphs import Graph, asked
from maieutic.scenarios.checks import shape as shapes
from maieutic.scenarios.checks.finding import Finding, finding_of
from maieutic.scenarios.checks.players import unplayable
from maieutic.scenarios.checks.shape import Shape
from maieutic.scenarios.scenario import Parameters, Scenario


def check_coded(
    scenario: Scenario[Any], given: Mapping[str, Any], name: str
) -> tuple[list[Finding], Shape | None]:
    """The findings in a scenario, and its graph where it has one.

    Args:
        scenario: what is checked.
        given: parameters over the defaults.
        name: the file as the user gave it, or the scenario's name.
    """
    where = _Where(scenario, name)
    found: list[Finding] = []
    try:
        settings = scenario.configure(given)
    except MaieuticError as error:
        return [
            where.finding(str(error), "give every parameter a default within its bounds", scenario.parameters)
        ], None
    found += _roles(scenario, where)
    graph: Graph | None = None
    shape: Shape | None = None
    try:
        graph = scenario.graph(settings)
        compiled = graph.compile(name=scenario.name)
        shape = shapes.of_graph(compiled, graph.nodes)
    except MaieuticError as error:
        found.append(finding_of(error, *where.of(scenario.graph)))
    except Exception as error:  # noqa: BLE001 - a scenario's own code may fail in any way
        found.append(where.finding(f"the graph cannot be made: {error}", "mend the function", scenario.graph))
    if shape is not None:
        found += _graph(scenario, shape, where)
    needed = None if graph is None else asked(graph)
    found += _cast(scenario, settings, needed, where)
    found += _tasks(scenario, settings, where)
    return sorted(dict.fromkeys(found), key=lambda one: one.line or 0), shape


class _Where:
    """Finds the file and line of a part of a scenario."""

    def __init__(self, scenario: Scenario[Any], name: str) -> None:
        self.name = name
        self.file = None if scenario.origin is None else Path(scenario.origin.file)
        self.tree = ast.parse("") if self.file is None else ast.parse(self.file.read_text(encoding="utf-8"))
        self.call = self._call("Scenario", scenario.name)

    def of(self, thing: Any) -> tuple[str, int | None]:
        """File and line of a function or class; of the scenario's own call where it has none there."""
        try:
            file, line = inspect.getsourcefile(thing), inspect.getsourcelines(thing)[1]
        except (TypeError, OSError):
            return self.name, self.call
        if self.file is None or file is None or Path(file).resolve() != self.file.resolve():
            return (self.name, self.call) if self.file is not None else (file or self.name, line)
        return self.name, max(1, line)

    def finding(self, what: str, remedy: str, thing: Any = None) -> Finding:
        """A finding at a part of the scenario."""
        file, line = (self.name, self.call) if thing is None else self.of(thing)
        return Finding(file=file, line=line, what=what, remedy=remedy)

    def text(self, said: str, what: str, remedy: str) -> Finding:
        """A finding at the first place where the file has this text as a literal."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and node.value == said:
                return Finding(file=self.name, line=node.lineno, what=what, remedy=remedy)
        return self.finding(what, remedy)

    def _call(self, function: str, name: str) -> int | None:
        calls = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) == function
        ]
        for node in calls:
            if any(isinstance(one, ast.Constant) and one.value == name for one in ast.walk(node)):
                return node.lineno
        return calls[0].lineno if calls else None


def _roles(scenario: Scenario[Any], where: _Where) -> Iterator[Finding]:
    names = [role.name for role in scenario.roles]
    for name in dict.fromkeys(one for one in names if names.count(one) > 1):
        yield where.text(name, f"two roles are called {name!r}", "rename one")
    for role in scenario.roles:
        try:
            brief = role.instructions
        except (OSError, UnicodeDecodeError):
            brief = ""
        if not brief:
            yield where.text(
                role.name, f"{role.name} has no brief", "give it brief='a few sentences' or a Path"
            )


def _graph(scenario: Scenario[Any], shape: Shape, where: _Where) -> Iterator[Finding]:
    known = {role.name for role in scenario.roles}
    alone = shapes.unreachable(shape)
    for name in alone:
        yield where.text(name, f"nothing leads to the node {name!r}", "add an edge to it, or drop it")
    for name in (one for one in shapes.dead_ends(shape) if one not in alone):
        yield where.text(name, f"no end can be reached from the node {name!r}", "add an edge to the end")
    for loop in shapes.loops_without_bound(shape):
        way = " -> ".join([*loop, loop[0]])
        yield where.text(loop[0], f"the loop {way} has no bound", "add its nodes by a pattern, with a bound")
    for name, facts in shape.nodes(data=True):
        if facts.get("role") and facts["role"] not in known:
            what = f"the node {name!r} asks {facts['role']}, which is none of the scenario's roles"
            yield where.text(facts["role"], what, "add it to roles=(...)")


def _cast(
    scenario: Scenario[Any], settings: Parameters, needed: frozenset[str] | None, where: _Where
) -> Iterator[Finding]:
    try:
        cast = engaged({}, scenario.cast(settings))
    except Exception as error:  # noqa: BLE001 - a scenario's own code may fail in any way
        yield where.finding(f"the cast cannot be made: {error}", "mend the function", scenario.cast)
        return
    for seat in scenario.seats:
        if seat not in cast and needed is not None and seat not in needed:
            continue
        if seat not in cast:
            yield where.finding(
                f"nobody takes the seat {seat!r} by default", "add it to the cast", scenario.cast
            )
            continue
        for what, remedy in unplayable(cast[seat], [role for role in scenario.roles if role.seat == seat]):
            yield where.finding(what, remedy, scenario.cast)
    for seat in dict.fromkeys(seat for pair in scenario.strangers(settings) for seat in pair):
        if seat not in scenario.seats:
            what = f"no role has the seat {seat!r}, which is named among strangers"
            yield where.text(seat, what, "drop it, or mend its name")
    for seat in cast:
        if seat not in scenario.seats:
            yield where.text(
                seat, f"no role has the seat {seat!r}, which somebody takes", "drop it, or mend its name"
            )


def _tasks(scenario: Scenario[Any], settings: Parameters, where: _Where) -> Iterator[Finding]:
    needs, world = scenario.needs(settings), scenario.world_of(settings)
    try:
        task = world.generate(0, 0)
    except InputError:
        return  # its tasks are brought, and looked at where they are read
    for name in needs:
        if name not in task.fields:
            yield where.text(
                name,
                f"needs the field {name!r}, which tasks of {world.name} do not have",
                f"they have {', '.join(sorted(task.fields))}",
            )
