"""Check and schema on the command line.

Knows nothing but how to print what `maieutic.scenarios.checks` found, and to read the tasks once.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console

from maieutic import MaieuticError
from maieutic.agents import Agent
from maieutic.agents.models.spec import Options
from maieutic.cli.arguments import SCENARIO, AsJson, company_of, pairs, warn_of_kin
from maieutic.runs import parse_source
from maieutic.scenarios import assemble, written
from maieutic.scenarios.checks import Finding, Report, as_mermaid, as_text, check, finding_of, recast

REPAIRS = int(Options.model_fields["repairs"].default)


def check_scenario(
    name: Annotated[str, typer.Argument(help=SCENARIO)],
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="Parameter.")
    ] = None,
    cast: Annotated[
        list[str] | None, typer.Option("--cast", "-c", metavar="SEAT=WHO", help="Who takes a seat.")
    ] = None,
    tasks: Annotated[
        str | None, typer.Option("--tasks", "-t", metavar="FILE|world:N", help="Tasks to look at, too.")
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=KEY", help="The key of a record that holds a field."),
    ] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print only the graph, as Mermaid.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find what is wrong with a scenario before any call, draw its graph, and say how long it can take."""
    given = pairs(param, "--param")
    report = check(name, given)
    players: dict[str, Agent] = {}
    if report.scenario is not None and not report.findings:
        chosen = company_of(name, given, pairs(cast, "--cast"))
        warn_of_kin(chosen)
        players = dict(chosen.cast)
        if cast:
            report = recast(report, {seat: players[seat] for seat in pairs(cast, "--cast")})
        report = replace(report, findings=(*report.findings, *_tasks(report, given, tasks, mapped)))
    if mermaid:
        print("" if report.shape is None else as_mermaid(report.shape))
    elif as_json:
        print(json.dumps(_facts(report, players), ensure_ascii=False))
    else:
        _print(report, players)
    if report.findings:
        raise typer.Exit(1)


def _tasks(
    report: Report, given: dict[str, str], tasks: str | None, mapped: list[str] | None
) -> list[Finding]:
    """What is wrong with the first record that cannot be played, in the tasks that are given or brought."""
    assert report.scenario is not None
    company = assemble(report.scenario, parameters=given)
    brought = report.scenario.tasks
    if tasks is None and brought.source is None:
        return []
    try:
        source, number = parse_source(
            tasks,
            company.world,
            join=None,
            seed=0,
            needs=report.scenario.needs(company.parameters),
            mapped=pairs(mapped, "--map"),
            brought=brought,
        )
        for task in source.tasks(number):
            company.accepts(task)
    except MaieuticError as error:
        return [finding_of(error, report.name, None)]
    return []


def _facts(report: Report, cast: dict[str, Agent]) -> dict[str, Any]:
    plain, repaired = report.calls(cast)
    return {
        "findings": [one.model_dump() for one in report.findings],
        "turns": report.turns,
        "turns_by_role": dict(report.by_role or {}),
        "calls": plain,
        "calls_with_repairs": repaired,
        "mermaid": None if report.shape is None else as_mermaid(report.shape),
    }


def _print(report: Report, cast: dict[str, Agent]) -> None:
    console = Console()

    def say(text: str = "", style: str | None = None) -> None:
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    for one in report.findings:
        say(str(one), style="red")
    if report.shape is not None:
        say(as_text(report.shape))
    if report.turns is not None:
        say()
        say(f"an episode takes at most {report.turns} turns")
        for role, turns in (report.by_role or {}).items():
            who = cast.get(role.partition(".")[0])
            say(f"  {role}: {turns}" + ("" if who is None else f"  ({who.name})"))
        plain, repaired = report.calls(cast)
        say(
            f"and {plain} model calls, {repaired} if every answer has to be repaired"
            if plain
            else f"and no model call with this cast; with a model in every seat {report.turns}, or "
            f"{report.turns * (1 + REPAIRS)} if every answer has to be repaired {REPAIRS} times"
        )
    count = len(report.findings)
    wrong = "nothing" if not count else "1 thing" if count == 1 else f"{count} things"
    say(f"{report.name}: {wrong} wrong")


def print_schema() -> None:
    """Print the JSON Schema of YAML scenarios, for editors."""
    print(json.dumps(written.schema(), indent=1, ensure_ascii=False))
