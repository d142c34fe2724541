"""Check: one scenario, all that can be told of it before the first call.

Knows nothing of the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maieutic import MaieuticError
from maieutic.agents import Agent
from maieutic.scenarios import catalogue
from maieutic.scenarios.checks import shape as shapes
from maieutic.scenarios.checks.coded import check_coded
from maieutic.scenarios.checks.finding import Finding, finding_of
from maieutic.scenarios.checks.players import unplayable
from maieutic.scenarios.checks.shape import Shape
from maieutic.scenarios.checks.written import check_written
from maieutic.scenarios.scenario import Scenario
from maieutic.scenarios.written.file import document_of


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        name: as the user gave it.
        findings: the faults, in the order of their lines.
        shape: the graph, where there is one.
        scenario: what could be played, where nothing is wrong.
        turns: the most turns that an episode can take; None where nothing bounds them.
        by_role: the most turns of each role.
    """

    name: str
    findings: tuple[Finding, ...]
    shape: Shape | None = None
    scenario: Scenario[Any] | None = None
    turns: int | None = None
    by_role: Mapping[str, int] | None = None

    def calls(self, cast: Mapping[str, Agent]) -> tuple[int, int]:
        """The most model calls of an episode under a cast: when every answer is usable at once, and when none is."""
        plain = repaired = 0
        for role, turns in (self.by_role or {}).items():
            agent = cast.get(role.partition(".")[0])
            repairs = getattr(agent, "repairs", None)
            if repairs is not None:
                plain += turns
                repaired += turns * (1 + repairs)
        return plain, repaired


def check(name: str, parameters: Mapping[str, Any] | None = None) -> Report:
    """Check the scenario called `name`, or in the file of that name, as `catalogue.load` takes it.

    Args:
        name: an installed name, a file, or a module.
        parameters: values over the defaults.

    Raises:
        UnknownNameError: there is none of that name.

    >>> report = check("spar")
    >>> report.findings, report.turns
    ((), 413)
    """
    given, scenario = parameters or {}, None
    shape: Shape | None = None
    try:
        if name.endswith((".yaml", ".yml")):
            document = document_of(name)
            findings, shape = check_written(document, Path(name).resolve().parent)
            if not findings:
                scenario = catalogue.load(name)
                findings, shape = _compiled(scenario, given, name, shape)
        else:
            scenario = catalogue.load(name)
            where = name.rpartition(":")[0] if ".py:" in name else name
            findings, shape = check_coded(scenario, given, where)
    except MaieuticError as error:
        if not name.endswith((".yaml", ".yml", ".py")) and ":" not in name:
            raise
        findings = [finding_of(error, name, None)]
    turns = None if shape is None else shapes.worst(shape)
    return Report(name, tuple(findings), shape, scenario, turns, None if shape is None else _by_role(shape))


def _compiled(
    scenario: Scenario[Any], given: Mapping[str, Any], name: str, drawn: Shape | None
) -> tuple[list[Finding], Shape | None]:
    """A written scenario under other parameters: its graph is compiled, and the bounds in the drawing follow."""
    try:
        graph = scenario.graph(scenario.configure(given))
        graph.compile(name=scenario.name)
    except MaieuticError as error:
        return [finding_of(error, name, None)], drawn
    if drawn is None or not given:
        return [], drawn
    for node, spec in graph.nodes.items():
        facts = spec.metadata or {}
        drawn.nodes[node]["fan"] = int(facts["fan"])
        if drawn.nodes[node]["visits"] is not None:
            drawn.nodes[node]["visits"] = int(facts["visits"])
    return [], drawn


def _by_role(shape: Shape) -> dict[str, int]:
    roles = dict.fromkeys(facts["role"] for _, facts in shape.nodes(data=True) if facts.get("role"))
    found = {}
    for role in roles:
        most = shapes.worst(
            shape,
            lambda facts, role=role: int(facts["fan"]) if facts.get("role") == role else 0,  # type: ignore[misc]
        )
        if most is not None:
            found[role] = most
    return found


def recast(report: Report, cast: Mapping[str, Agent]) -> Report:
    """The report with what the given players cannot do."""
    if report.scenario is None:
        return report
    found = [
        Finding(file=report.name, line=None, what=what, remedy=remedy)
        for seat, agent in cast.items()
        for what, remedy in unplayable(agent, [role for role in report.scenario.roles if role.seat == seat])
    ]
    return replace(report, findings=(*report.findings, *found))
