"""Command: what `maieutic run` was told, as a value: carried out, kept in the run folder, gone on with later.

Knows nothing of the terminal.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from maieutic import Frozen, InputError, RunError
from maieutic.agents import Program, Scripted
from maieutic.agents.models.engines import Engines, Terms
from maieutic.runs import Crew, Recipe, Source, replace_file
from maieutic.runs.cluster import on_ray
from maieutic.runs.postgres import without_password
from maieutic.runs.processes import processes
from maieutic.scenarios import Company

FILE = "command.json"
WORTH = 256  # tasks that are worth the start of a process


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
    workers: int | None = None
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

    def crew(self, folder: Path, engines: Engines, company: Company[Any]) -> Callable[[int], Crew | None]:
        """For a number of tasks, the workers to play with; None where this process plays.

        Where nobody said how many, it is one for each core if the work is ours and there is enough of it: a seat that a
        model or a person takes is waited for, which one process does for any number of episodes.

        Raises:
            InputError: a model runs in process, and would be loaded once a worker.
        """
        near = self.cluster in (None, "local")  # a folder is shared with those of this machine alone
        recipe = self.recipe.model_copy(update={"folder": str(folder.resolve())} if near else {})
        if self.cluster is not None:
            # each worker loads its own engine
            start = on_ray(recipe, self.cluster, gpus=1 if engines.in_process else 0)
            crew = Crew(start, self.workers or 1, each=self.concurrency)
            return lambda tasks: crew
        if self.workers is not None and self.workers > 1 and engines.in_process:
            raise InputError(
                f"{engines.in_process[0]} would be loaded {self.workers} times",
                key="--workers",
                remedy="serve it (`vllm serve`) and name its address, or give --workers 1",
            )
        ours = all(
            agent.simulated or isinstance(agent, Program | Scripted) for agent in company.cast.values()
        )
        cores = len(os.sched_getaffinity(0)) if ours else 1

        def enough(tasks: int) -> Crew | None:
            workers = self.workers or min(cores, tasks // WORTH)
            return Crew(processes(recipe), workers, each=self.concurrency) if workers > 1 else None

        return enough

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
