"""Replay and fork on the command line.

Knows nothing but how to call `maieutic.runs.again`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from maieutic import Episode, digest
from maieutic.agents.models.engines import Engines
from maieutic.cli.arguments import AsJson, company_of, pairs
from maieutic.runs import Journal, origin_facts, scenario_of
from maieutic.runs.again import Difference, fork, replay
from maieutic.scenarios import Waiting
from maieutic.traces import episode_view


def replay_run(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    as_json: AsJson = False,
) -> None:
    """Play every episode of a run again from its journal, with no player, and compare."""

    async def all_again(journal: Journal) -> tuple[int, list[Difference]]:
        count, found, scenario = 0, [], scenario_of(journal)
        for place, episode in journal.episodes():
            count += 1
            if (difference := await replay(scenario, journal, place, episode)) is not None:
                found.append(difference)
        return count, found

    with Journal(folder) as journal:
        count, found = asyncio.run(all_again(journal))
    if as_json:
        print(
            json.dumps(
                {"episodes": count, "equal": count - len(found), "differ": [vars(one) for one in found]}
            )
        )
    else:
        print(f"{count} episodes replayed, {count - len(found)} equal, {len(found)} differ")
        for one in found[:10]:
            print(f"  episode {one.place}{f' at {one.event}' if one.event else ''}: {one.what}")
    if found:
        raise typer.Exit(1)


def fork_episode(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    episode: Annotated[str, typer.Argument(help="Place (0, 1, ...) or beginning of an id.")],
    at: Annotated[
        str, typer.Option("--at", metavar="EVENT", help="Beginning of the id of the turn to go on from.")
    ],
    say: Annotated[
        list[str] | None, typer.Option("--say", metavar="FIELD=VALUE", help="Say it otherwise.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="Another parameter.")
    ] = None,
    cast: Annotated[
        list[str] | None, typer.Option("--cast", "-c", metavar="SEAT=WHO", help="Another player.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the fork.")] = None,
    as_json: AsJson = False,
) -> None:
    """Go on from any turn of an episode, with other words, players or parameters."""
    with Journal(folder) as journal:
        found = journal.find(episode)
        name = str(journal.manifest.get("door") or found.scenario)
    engines = Engines()
    company = company_of(
        name, {**found.parameters, **pairs(param, "--param")}, pairs(cast, "--cast"), engines
    )
    said = {name: _value(value) for name, value in pairs(say, "--say").items()}
    manifest = {
        "scenario": found.scenario,
        "parameters": company.spelled,
        "cast": {seat: agent.fingerprint for seat, agent in company.cast.items()},
        "seed": found.seed,
        "fork": {"episode": found.id, "at": at, "say": said},
    } | origin_facts(company.scenario)
    home = out or folder.with_name(f"{folder.name}-fork-{digest(manifest)[:8]}")

    async def gone_on() -> tuple[Episode, int]:
        with Journal(home, manifest) as journal:
            async with engines.at_work(home):
                return await fork(company, found, journal, at=at, answer=said)

    try:
        made, taken = asyncio.run(gone_on())
    except Waiting as waiting:
        print(f"{waiting}: maieutic waiting {home}; then the same command goes on", file=sys.stderr)
        raise typer.Exit(3) from None
    if as_json:
        print(
            json.dumps({"run": str(home), "turns": len(made.events), "taken": taken, "stop": made.stop.value})
        )
        return
    console = Console()
    console.print(episode_view(made, list(company.scenario.records(made))))
    print(f"{len(made.events) - taken} turns used again, {taken} taken; kept in {home}")


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
