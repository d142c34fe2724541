"""Show: scenarios as pages for a terminal, or as JSON for machines.

Knows nothing of playing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console

from maieutic import InputError, doors
from maieutic.agents import Program, Turn
from maieutic.agents.models.messages import filled, messages
from maieutic.graphs import bound, most_turns
from maieutic.roles import Sampling, private_fields
from maieutic.runs import Recipe
from maieutic.runs.shown import examples
from maieutic.scenarios import Company, Outer, Scenario
from maieutic.traces.text import plain, table

EXAMPLES = 5  # episodes that prompts are filled in from


def print_list(scenarios: Sequence[Scenario[Any]], as_json: bool) -> None:
    """Name and summary of each scenario."""
    if as_json:
        print(
            json.dumps(
                [{"name": one.name, "summary": one.summary, "world": one.world.name} for one in scenarios]
            )
        )
        return
    Console().print(
        table(
            "scenarios",
            ("name", "what it makes", "world"),
            [(one.name, one.summary, one.world.name) for one in scenarios],
        )
    )


def print_things(kind: str, as_json: bool) -> None:
    """Name and first line of each installed thing of a kind; what needs a missing package is said to."""
    lines = []
    for name in doors.names(kind):
        try:
            value = doors.find(kind, name).value
        except InputError:
            lines.append((name, "needs a package that is not installed"))
            continue
        said = getattr(value, "summary", None) or getattr(value, "instructions", None) or value.__doc__ or ""
        lines.append((name, str(said).strip().partition("\n")[0]))
    if as_json:
        print(json.dumps([{"name": name, "summary": said} for name, said in lines], ensure_ascii=False))
        return
    Console().print(table(f"{kind}s", ("name", "what it is"), lines))


def print_scenario(company: Company[Any], mermaid: bool, as_json: bool) -> None:
    """All about one scenario."""
    scenario, drawn = company.scenario, company.compiled.get_graph()
    if mermaid:
        print(drawn.draw_mermaid())
        return
    graph = scenario.graph(company.parameters)
    if as_json:
        print(json.dumps(_facts(company, drawn.draw_mermaid()), ensure_ascii=False))
        return
    console = Console()

    def say(text: str = "", style: str | None = None) -> None:
        console.print(text, style=style, markup=False, highlight=False)

    say(f"{scenario.name}: {scenario.summary}", style="bold")
    say(f"follows: {scenario.paper.title}, {scenario.paper.year} ({scenario.paper.reference})")
    say(f"tasks: {company.world.name}; needs {', '.join(scenario.needs(company.parameters))}")
    say()
    say("roles", style="bold")
    for role in scenario.roles:
        player = company.cast.get(role.seat)
        who = "not asked with these parameters" if player is None else f"played by {player.name}"
        say(f"  {role.name}  ({who})")
        say(f"      sees     {', '.join(role.sees) or 'nothing'}")
        hidden = private_fields(role.answer)
        fields = [f"{name} (private)" if name in hidden else name for name in role.answer.model_fields]
        say(f"      answers  {', '.join(fields)}")
        if told := _sampled(role.sampling):
            say(f"      a model  samples by {told}", style="dim")
        if role.knows:
            say(f"      knows    {', '.join(role.knows)} (of the truth; simulated players only)", style="dim")
    for judge, writer in scenario.strangers(company.parameters):
        say(f"  {judge} and {writer} should not be models of one family")
    say()
    say("graph", style="bold")
    for node in drawn.nodes:
        goals = list(dict.fromkeys(edge.target for edge in drawn.edges if edge.source == node))
        if goals:
            say(f"  {node} -> {', '.join(goals)}")
    say(f"  at most {bound(graph) - 1} steps and {most_turns(graph)} turns an episode", style="dim")
    say()
    lines = [
        (name, _value(field.default), "" if _verified(field) else "unverified", field.description or "")
        for name, field in scenario.parameters.model_fields.items()
    ]
    console.print(table("parameters", ("name", "default", "", "meaning"), lines))
    say()
    if scenario.paper.training:
        say("trained on its records, as published", style="bold")
        for who, options in scenario.paper.training.items():
            say(f"  {who}  {_options(options)}")
        say()
    if scenario.outer is not None:
        _print_outer(scenario.outer, scenario.configure({}), say)
        say()
    say(drawn.draw_mermaid())


def _print_outer(outer: Outer, parameters: Any, say: Callable[..., None]) -> None:
    """How it is played in rounds, and who learns what in them."""
    say("outer rounds", style="bold")
    mark = "" if outer.verified else " (unverified)"
    say(
        f"  {outer.rounds} round{'s' if outer.rounds > 1 else ''}{mark}, measured by {outer.measured_by(parameters)}"
    )
    for seat, purposes in outer.learns.items():
        say(f"  {seat}  (published training: {_options(outer.training.get(seat, {})) or 'not found'})")
        say(f"      learns   from records of {', '.join(purposes)}")


def _options(training: Mapping[str, Any]) -> str:
    """As options are written."""
    return ", ".join(
        f"{name}={value if isinstance(value, str) else format(value, 'g')}"
        for name, value in training.items()
    )


def print_prompts(company: Company[Any], as_json: bool) -> None:
    """What a model in each role is told, filled in with what it was shown in a few simulated episodes; a role that was
    not asked in them with a mark for each field."""
    scenario = company.scenario
    turns: dict[str, Turn] = {}
    if all(agent.simulated or isinstance(agent, Program) for agent in company.cast.values()):
        recipe = Recipe(scenario=scenario.name)
        turns = asyncio.run(examples(company, recipe.source(company)[0].tasks(EXAMPLES)))
    told = {
        role.name: messages(role, turns[role.name].view) if role.name in turns else filled(role)
        for role in scenario.roles
    }
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return
    for name, lines in told.items():
        print(f"# {name}" + ("" if name in turns else " (not asked in the simulated episodes)") + "\n")
        for line in lines:
            print(f"[{line['role']}]\n{plain(str(line['content']))}\n")


def _facts(company: Company[Any], mermaid: str) -> dict[str, Any]:
    scenario = company.scenario
    return {
        "name": scenario.name,
        "summary": scenario.summary,
        "paper": {
            "title": scenario.paper.title,
            "year": scenario.paper.year,
            "reference": scenario.paper.reference,
        },
        "world": company.world.name,
        "needs": list(scenario.needs(company.parameters)),
        "roles": [
            {
                "name": role.name,
                "seat": role.seat,
                "sees": list(role.sees),
                "knows": list(role.knows),
                "private": sorted(private_fields(role.answer)),
                "answer": role.answer.model_json_schema(),
                "sampling": {
                    name: {"value": value, "verified": name not in role.sampling.unverified}
                    for name, value in _settings(role.sampling).items()
                },
            }
            for role in scenario.roles
        ],
        "parameters": {
            name: {"default": field.default, "verified": _verified(field), "meaning": field.description}
            for name, field in scenario.parameters.model_fields.items()
        },
        "strangers": [list(pair) for pair in scenario.strangers(company.parameters)],
        "training": {who: dict(options) for who, options in scenario.paper.training.items()},
        "outer": None if scenario.outer is None else _outer(scenario.outer, scenario.configure({})),
        "cast": {seat: agent.fingerprint for seat, agent in company.cast.items()},
        "mermaid": mermaid,
    }


def _outer(outer: Outer, parameters: Any) -> dict[str, Any]:
    return {
        "rounds": outer.rounds,
        "verified": outer.verified,
        "measure": outer.measured_by(parameters),
        "learns": {seat: list(purposes) for seat, purposes in outer.learns.items()},
        "training": {seat: dict(options) for seat, options in outer.training.items()},
    }


def _settings(sampling: Sampling) -> dict[str, Any]:
    """What a role does not leave to the model."""
    return {name: value for name, value in sampling.model_dump().items() if value not in (None, ())}


def _sampled(sampling: Sampling) -> str:
    """The settings in one line; a mark behind those that no paper tells, one behind all where none is told."""
    found = _settings(sampling)
    ours = [name for name in found if name in sampling.unverified]
    if found and len(ours) == len(found):
        return f"{', '.join(f'{name}={value}' for name, value in found.items())}, all unverified"
    mark = " (unverified)"
    return ", ".join(f"{name}={value}{mark if name in ours else ''}" for name, value in found.items())


def _verified(field: Any) -> bool:
    extra = field.json_schema_extra
    return not isinstance(extra, dict) or bool(extra.get("verified", True))


def _value(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | list | tuple | dict) else str(value)
