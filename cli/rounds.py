"""Rounds on the command line: an outer loop of a scenario, and what each round came to.

Knows nothing but how to read arguments and lay out a table.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from maieutic import InputError, digest
from maieutic.agents.casting import player
from maieutic.cli.arguments import SCENARIO, AsJson, pairs, warn_of_kin
from maieutic.exports.trainer import learner
from maieutic.runs import Learner, Recipe, Simulated, Stopped, rounds
from maieutic.runs.contrast import Estimate
from maieutic.scenarios import Company, catalogue
from maieutic.traces.text import plain, table


def run_rounds(
    name: Annotated[str, typer.Argument(help=SCENARIO)],
    number: Annotated[
        int | None, typer.Option("--rounds", "-r", min=1, help="Rounds [the published number].")
    ] = None,
    who: Annotated[
        list[str] | None,
        typer.Option(
            "--learner",
            "-l",
            metavar="[SEAT=]WHO",
            help="simulated, simulated:name=value,..., or trl:MODEL?option=value&... [simulated].",
        ),
    ] = None,
    tasks: Annotated[
        str | None, typer.Option("--tasks", "-t", metavar="FILE|world:N", help="As for `maieutic run`.")
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=KEY", help="The key of a record that holds a field."),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="Tasks that are taught on.")] = None,
    test: Annotated[
        str | None,
        typer.Option("--test", metavar="FILE|world:N", help="Held-out tasks [held out of the others]."),
    ] = None,
    tests: Annotated[int, typer.Option("--tests", min=1, help="Number of held-out tasks.")] = 50,
    patience: Annotated[
        int | None,
        typer.Option("--patience", min=1, help="Stop after so many rounds without gain on a validation set."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Seed of the loop.")] = 0,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="Parameter; a list in JSON.")
    ] = None,
    cast: Annotated[
        list[str] | None, typer.Option("--cast", "-c", metavar="SEAT=WHO", help="Who takes another seat.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the loop [one of its own for each command].")
    ] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", "-j", min=1, help="Episodes in flight.")] = 64,
    as_json: AsJson = False,
) -> None:
    """Play a scenario in rounds between which somebody learns; the same command goes on where it stopped."""
    recipe = Recipe(
        scenario=name,
        parameters=dict(pairs(param, "--param")),
        cast=pairs(cast, "--cast"),
        tasks=tasks,
        mapped=pairs(mapped, "--map"),
        n=n,
        seed=seed,
    )
    company = recipe.company()
    if company.scenario.outer is None:
        known = [one for one in catalogue.names() if catalogue.load(one).outer is not None]
        raise InputError(
            f"{company.scenario.name} has no outer rounds", remedy=f"these have: {', '.join(known) or 'none'}"
        )
    warn_of_kin(company)
    learners = _learners(who or [], company)
    facts = {seat: one.fingerprint for seat, one in learners.items()}
    same = digest(recipe.model_dump(mode="json"), facts, test, tests, patience)
    folder = out or Path("maieutic-runs") / f"rounds-{company.scenario.name}-{same[:8]}"
    try:
        done = asyncio.run(
            rounds(
                recipe,
                learners,
                folder,
                number=number,
                test=test,
                tests=tests,
                concurrency=concurrency,
                patience=patience,
                say=lambda text: print(plain(text), file=sys.stderr, flush=True),
            )
        )
    except Stopped as reason:
        print(f"{reason}: the same command goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        print(
            json.dumps(
                {
                    "loop": str(folder),
                    "measure": company.scenario.outer.measured_by(company.parameters),
                    "rounds": [
                        one.model_dump(mode="json", exclude={"scores"})
                        | {"score": vars(one.score), "gain": vars(one.gain(done[0]))}
                        for one in done
                    ],
                },
                ensure_ascii=False,
            )
        )
        return
    lines = [
        (
            str(one.number),
            str(one.tasks or "-"),
            "\n".join(f"{seat} {n}" for seat, n in one.records.items())
            or "-",  # a wider cell would be cut off
            _spelled(one.score),
            _spelled(one.gain(done[0]), "+") if one.number else "-",
        )
        for one in done
    ]
    title = f"{company.scenario.outer.measured_by(company.parameters)} on {len(done[0].scores)} held-out tasks, mean (95 %)"
    Console().print(table(title, ("round", "tasks", "learnt from", "score", "gain over round 0"), lines))
    print(f"\neach round is kept in {folder}")


def _learners(texts: list[str], company: Company[Any]) -> dict[str, Learner]:
    """Who learns in each seat.

    Raises:
        InputError: somebody who cannot learn, or a seat where nobody does.
    """
    assert company.scenario.outer is not None
    seats = tuple(company.scenario.outer.learns)
    told: dict[str, str] = {}
    for text in texts:
        seat, equals, spec = text.partition("=")
        if equals and seat in company.scenario.seats:
            if seat not in seats:
                raise InputError(
                    f"nobody learns in the seat {seat!r}", key="--learner", remedy=f"give {', '.join(seats)}"
                )
            told[seat] = spec
        else:
            told |= dict.fromkeys(seats, text)
    return {seat: _learner(told.get(seat, "simulated"), seat, company) for seat in seats}


def _learner(spec: str, seat: str, company: Company[Any]) -> Learner:
    kind, _, rest = spec.partition(":")
    if kind == "simulated":
        return Simulated(player(spec, company.cast[seat]))
    if kind == "trl":
        outer = company.scenario.outer
        assert outer is not None
        role = next(role for role in company.scenario.roles if role.seat == seat)
        return learner(rest, role, outer.turns, outer.training.get(seat))
    raise InputError(
        f"no learner {spec!r}", key="--learner", remedy="give simulated, simulated:name=value or trl:MODEL"
    )


def _spelled(one: Estimate, sign: str = "") -> str:
    if one.low is None or one.high is None:
        return f"{one.mean:{sign}.3f}"
    return f"{one.mean:{sign}.3f} ({one.low:.3f} to {one.high:.3f})"
