"""Recipe: a run in words, as JSON: any process on any machine makes its own company and finds its own tasks from it.

Knows nothing of how a run is carried out.
"""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from maieutic import Frozen
from maieutic.agents.models.engines import Engines, Terms
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
        terms: on which it uses models.
        folder: the run folder, where workers keep what models answered and cost; None keeps neither.
    """

    scenario: str
    parameters: dict[str, JsonValue] = {}
    cast: dict[str, str] = {}
    tasks: str | None = None
    join: str | None = None
    mapped: dict[str, str] = {}
    n: int | None = None
    seed: int = 0
    terms: Terms = Terms()
    folder: str | None = None

    def company(self, engines: Engines | None = None) -> Company[Any]:
        """The scenario with these parameters, and the players that `cast` names.

        Args:
            engines: for the players that are models; None for ones of their own.

        Raises:
            UnknownNameError, InputError, ScenarioError: as `assemble` says.
        """
        scenario: Scenario[Any] = catalogue.load(self.scenario)
        return assemble(scenario, parameters=self.parameters, cast=self.cast, engines=engines)

    def source(self, company: Company[Any]) -> tuple[Source, int | None]:
        """Where the tasks come from, and how many; None for all of a file.

        Raises:
            InputError: neither a file nor a world.
        """
        source, number = parse_source(
            self.tasks,
            company.world,
            join=self.join,
            seed=self.seed,
            needs=company.scenario.needs(company.parameters),
            mapped=self.mapped,
            brought=company.scenario.tasks,
        )
        n = number if self.n is None else self.n
        return source, DEFAULT_N if n is None and source.file is None else n
