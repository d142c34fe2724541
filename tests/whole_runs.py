"""Whole runs of installed scenarios whose every seat is a language model, small, and what must hold for them.

Knows nothing of engines: a player is given. Seats that a program takes by definition stay with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from maieutic import Episode, Event, Stop, faults
from maieutic.agents import Program
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.player import Model
from maieutic.runs import Journal, Recipe, Source, run
from maieutic.runs.ledger import Ledger
from maieutic.scenarios import Company, Scenario, assemble, catalogue

SMALL = {  # bounds of scenarios, made small by their names
    "turns": 6,
    "target_turns": 4,
    "teachings": 4,
    "responses": 3,
    "votes": 3,
    "depth": 2,
    "rounds": 3,
    "n": 4,
    "exams": 2,
    "sittings": 1,
    "expansions": 1,
    "most": 3,
    "refinements": 3,
    "outputs": 2,
    "per_output": 1,
    "probes": 3,
    "shots": 1,
    "samples": 2,
    "tries": 2,
    "comparisons": 3,
}
SWITCHED_ON: dict[
    tuple[str, str | None], dict[str, Any]
] = {  # what is off by default, so that all that is asked is asked of a model
    ("socratic-math", None): {"later": 1},
    **{("tree-instruct", mode): {"later": 1} for mode in ("tree", "vanilla", "bridge")},
    ("class-spock", "turns"): {"computation": True, "passages": 2, "experts": 2},
    ("class-spock", "script"): {"problem": "composed", "experts": 2},
    ("learning-by-teaching", "SUM"): {"domain": "programs"},  # each mode chooses; one of them among programs
}


def variants() -> Iterator[tuple[str, str | None]]:
    """Every installed scenario, in each mode that it has."""
    for name in catalogue.names():
        schema = catalogue.load(name).parameters.model_json_schema()
        modes = schema["properties"].get("mode", {}).get("enum", [None])
        yield from ((name, mode) for mode in modes)


def small(scenario: Scenario[Any], mode: str | None) -> dict[str, Any]:
    """Parameters of a scenario with its bounds made small, and with what is off by default."""
    fields = scenario.parameters.model_fields
    low = {name: most for name, most in SMALL.items() if name in fields}
    low = {
        name: most
        for name, most in low.items()
        if isinstance(fields[name].default, int) and fields[name].default > most
    }
    low |= SWITCHED_ON.get((scenario.name, mode), {})
    return low if mode is None else {**low, "mode": mode}


def company(name: str, player: Any, mode: str | None = None, engines: Engines | None = None) -> Company[Any]:
    """The scenario, small, with every seat but those of programs taken by `player`."""
    scenario = catalogue.load(name)
    parameters = small(scenario, mode)
    default = scenario.cast(scenario.configure(parameters))
    seats = [seat for seat in scenario.seats if not isinstance(default.get(seat), Program)]
    return assemble(scenario, parameters=parameters, cast=dict.fromkeys(seats, player), engines=engines)


def tasks(made: Company[Any], seed: int = 3) -> Source:
    """The tasks that the scenario would take."""
    return Recipe(scenario=made.scenario.name, seed=seed).source(made)[0]


def play(
    made: Company[Any],
    folder: Path,
    n: int,
    *,
    beside: Coroutine[Any, Any, None] | None = None,
    **options: Any,
) -> tuple[Ledger, list[Episode]]:
    """A run of `made` over `n` tasks in `folder`, with something done beside it, and its episodes."""

    async def both() -> Ledger:
        doing = None if beside is None else asyncio.create_task(beside)
        ledger = await run(made, tasks(made), folder, n=n, seed=5, **{"concurrency": 8, **options})
        if doing is not None:
            await doing
        return ledger

    ledger = asyncio.run(both())
    with Journal(folder) as journal:
        return ledger, [episode for _, episode in journal.episodes()]


def asked(made: Company[Any], episodes: list[Episode]) -> list[Event]:
    """The turns that models took."""
    models = {seat for seat, agent in made.cast.items() if isinstance(agent, Model)}
    return [event for episode in episodes for event in episode.events if event.seat in models]


def check_valid(made: Company[Any], ledger: Ledger, episodes: list[Episode], n: int) -> list[Event]:
    """Every task done, every answer of its role's type, every record true to its episode; gives the models' turns."""
    assert (ledger.missing, len(episodes)) == (0, n)
    turns = asked(made, episodes)
    assert len(turns) >= n
    for event in turns:
        assert event.invalid is None, f"{event.role}: {event.invalid}\n{event.raw}"
        assert event.usage.completion_tokens > 0
    for episode in episodes:
        assert episode.stop not in (Stop.FAILED, Stop.INVALID)
        for record in made.scenario.records(episode):
            assert faults(record, episode) == []
    return turns
