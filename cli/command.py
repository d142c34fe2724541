"""Command: what `maieutic run` was told, as a value: carried out, kept in the run folder, gone on with later.

Knows nothing of the terminal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from maieutic import Frozen, InputError, RunError
from maieutic.agents.models.engines import Engines, Terms
from maieutic.runs import Crew, Recipe, Source, replace_file
from maieutic.runs.cluster import on_ray
from maieutic.runs.postgres import without_password
from maieutic.runs.processes import processes
from maieutic.scenarios import Company

FILE = "command.json"


class Command(Frozen):
    """The arguments of `maieutic run`; see there."""

    scenario: str
    tasks: str | None = None
    join: str | None = None
    n: int | None = None
    seed: int = 0
    param: dict[str, JsonValue] = {}
    cast: dict[str, str] = {}
    mapped: dict[str, str] = {}
    concurrency: int = 64
    workers: int = 1
    cluster: str | None = None
    journal: str | None = None
    origin: str | None = None
    terms: Terms = Terms()

    def prepare(self, engines: Engines | None = None) -> tuple[Company[Any], Source, int | None]:
        """The scenario made ready, its models opened in `engines`, the source of tasks, and how many.

        Raises:
            InputError, UnknownNameError, ScenarioError: an argument cannot be used.
        """
        recipe = self.recipe
        company = recipe.company(engines)
        source, n = recipe.source(company)
        return company, source, n

    @property
    def recipe(self) -> Recipe:
        """What any process makes its own company from."""
        return Recipe(
            scenario=self.scenario,
            parameters=dict(self.param),
            cast=self.cast,
            tasks=self.tasks,
            join=self.join,
            mapped=self.mapped,
            n=self.n,
            seed=self.seed,
            terms=self.terms,
        )

    def crew(self, folder: Path, engines: Engines) -> Crew | None:
        """The workers to play with; None where this process plays.

        Raises:
            InputError: no such cluster, or a model runs in process, and would be loaded once a worker.
        """
        if self.cluster is not None:
            # each worker loads its own engine; a folder is shared with those of this machine alone
            near = self.cluster == "local"
            recipe = self.recipe.model_copy(update={"folder": str(folder.resolve())} if near else {})
            gpus = 1 if engines.in_process else 0
            return Crew(on_ray(recipe, self.cluster, gpus=gpus), self.workers, each=self.concurrency)
        if self.workers == 1:
            return None
        if engines.in_process:
            raise InputError(
                f"{engines.in_process[0]} would be loaded {self.workers} times",
                key="--workers",
                remedy="serve it (`vllm serve`) and name its address, or give --workers 1",
            )
        recipe = self.recipe.model_copy(update={"folder": str(folder.resolve())})
        return Crew(processes(recipe), self.workers, each=self.concurrency)

    def keep(self, folder: Path) -> None:
        """Keep it in the run folder, so that the run can be gone on with from there."""
        told = self.model_dump(exclude_defaults=True)
        if self.journal is not None:
            told["journal"] = without_password(self.journal)
        text = json.dumps(told, ensure_ascii=False, indent=1)
        replace_file(folder / FILE, text + "\n")


def kept(folder: Path) -> Command:
    """The command that made a run.

    Raises:
        RunError: it is not there, or damaged.
    """
    try:
        return Command.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
    except OSError:
        raise RunError(
            f"{folder}: made by a program and not by `maieutic run` (no {FILE}); go on with it there"
        ) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RunError(
            f"{folder / FILE}: damaged ({first['msg']}); give the command of the run again"
        ) from None
