"""Recipe: a run in words, as JSON: any process on any machine makes its own company and finds its own tasks from it.

Knows nothing of how a run is carried out.
"""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from maieutic import Frozen, UnknownNameError
from maieutic.agents.casting import player
from maieutic.runs.tasks import Source, parse_source
from maieutic.scenarios import Company, Scenario, assemble, catalogue

DEFAULT_N = 20  # tasks of a world where nobody says how many


class Recipe(Frozen):
    """What a run is made from.

    Attributes:
        scenario: its name, or where it is found (`path.py:NAME`, `path.yaml`, `module:NAME`).
        parameters: values over the published ones; text is read as the parameter's type.
        cast: seat -> who takes it, as `maieutic.agents.casting.player` reads it.
        tasks: where tasks come from, as `parse_source` reads it; None for those of the scenario.
        join: a second file whose records join those of the first.
        mapped: field of a task -> key of a record.
        n: number of tasks.
        seed: of the run.
    """

    scenario: str
    parameters: dict[str, JsonValue] = {}
    cast: dict[str, str] = {}
    tasks: str | None = None
    join: str | None = None
    mapped: dict[str, str] = {}
    n: int | None = None
    seed: int = 0

    def company(self) -> Company[Any]:
        """The scenario with these parameters, and the players that `cast` names.

        Raises:
            UnknownNameError, InputError, ScenarioError: as `assemble` and `player` say.
        """
        scenario: Scenario[Any] = catalogue.load(self.scenario)
        usual = scenario.cast(scenario.configure(self.parameters))
        players = {}
        for seat, spec in self.cast.items():
            if seat not in scenario.seats:
                raise UnknownNameError(f"seat of {scenario.name}", seat, scenario.seats)
            players[seat] = player(spec, usual.get(seat))
        return assemble(scenario, parameters=self.parameters, cast=players)

    def source(self, company: Company[Any]) -> tuple[Source, int | None]:
        """Where the tasks come from, and how many; None for all of a file.

        Raises:
            InputError: neither a file nor a world.
        """
        source, number = parse_source(
            self.tasks,
            company.scenario.world,
            join=self.join,
            seed=self.seed,
            needs=company.scenario.needs(company.parameters),
            mapped=self.mapped,
            brought=company.scenario.tasks,
        )
        n = number if self.n is None else self.n
        return source, DEFAULT_N if n is None and source.file is None else n
