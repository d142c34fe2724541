"""Studio: every scenario as a graph that LangGraph's server and Studio open, one episode a run; `langgraph.json` names them.

Knows nothing of the server; `maieutic studio` prints the file. What is given is a place and a seed, as of a run, and who plays; what comes back is the
episode as JSON. The scenario's own graph is a subgraph, so that Studio draws its nodes and shows them as they are passed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel, Field, JsonValue

from maieutic import InputError, Task, seed_of
from maieutic.runs.recipe import Recipe
from maieutic.scenarios import Company, catalogue


class Asked(BaseModel):
    """What an episode is made from; the same as in `maieutic run`, so that it is the same episode."""

    place: int = Field(0, ge=0, description="Index of the task, among those that the scenario brings")
    seed: int = Field(0, description="Seed of the run")
    cast: dict[str, str] = Field({}, description="Seat -> player, as `--cast` takes it")


class Played(BaseModel):
    """An episode."""

    id: str
    task: dict[str, JsonValue]
    turns: list[dict[str, JsonValue]]
    stop: str
    scores: dict[str, float]
    failure: str | None


class _State(Asked):
    """Both together."""

    id: str | None = None
    task: dict[str, JsonValue] | None = None
    turns: list[dict[str, JsonValue]] = []
    stop: str | None = None
    scores: dict[str, float] = {}
    failure: str | None = None


def graph_of(door: str) -> Any:
    """The scenario found by `door` (its name, `path.py`, `module:NAME`) as a compiled graph.

    Raises:
        UnknownNameError, InputError, ScenarioError: it cannot be made ready.
    """
    recipe = Recipe(scenario=door)
    company = recipe.company()
    inner = company.compiled  # seen by LangGraph in the node below, and drawn as its subgraph

    async def episode(state: _State) -> dict[str, Any]:
        task = _task(recipe.model_copy(update={"seed": state.seed}), company, state.place)
        ready = recipe.model_copy(update={"cast": state.cast}).company() if state.cast else company
        played = await replace(ready, compiled=inner).play(task, seed_of(state.seed, state.place, task.id))
        told = played.model_dump(mode="json")
        return {
            "id": played.id,
            "task": dict(told["task"]["fields"]),
            "turns": told["events"],
            "stop": told["stop"],
            "scores": told["scores"],
            "failure": told["failure"],
        }

    outer = StateGraph(_State, input_schema=Asked, output_schema=Played)
    outer.add_node("episode", episode)
    outer.add_edge(START, "episode")
    outer.add_edge("episode", END)
    return outer.compile(name=company.scenario.name)


def _task(recipe: Recipe, company: Company[Any], place: int) -> Task:
    source, _ = recipe.source(company)
    found = next(islice(source.tasks(place + 1), place, None), None)
    if found is None:
        raise InputError(f"there is no task {place}", key="place", remedy="give a smaller place")
    return found


def attribute(name: str) -> str:
    """The name under which this module has the graph of a scenario.

    >>> attribute("socratic-math")
    'socratic_math'
    """
    return name.replace("-", "_")


def settings() -> dict[str, Any]:
    """What `langgraph.json` says: one graph for each installed scenario."""
    return {
        "dependencies": ["."],
        "graphs": {
            name: {
                "path": f"{__name__}:{attribute(name)}",
                "description": catalogue.load(name).summary,
            }
            for name in catalogue.names()
        },
    }


def written(settings: Mapping[str, Any]) -> str:
    """The text of `langgraph.json`."""
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"


def _opened(name: str) -> Callable[[], Any]:
    @cache
    def make() -> Any:
        return graph_of(name)

    make.__name__ = attribute(name)
    return make


for _name in catalogue.names():
    globals()[attribute(_name)] = _opened(_name)
