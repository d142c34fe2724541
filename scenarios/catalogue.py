"""Catalogue: scenarios by name. Built-in ones come through the same door as anybody's: an entry point.

Knows nothing of what a scenario does.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from maieutic import ScenarioError, UnknownNameError
from maieutic.scenarios.scenario import Scenario

GROUP = "maieutic.scenarios"  # entry points of this group name a Scenario


@cache
def _doors() -> dict[str, EntryPoint]:
    return {door.name: door for door in entry_points(group=GROUP)}


def names() -> list[str]:
    """The names of all installed scenarios, sorted."""
    return sorted(_doors())


def load(name: str) -> Scenario[Any]:
    """The scenario called `name`.

    Raises:
        UnknownNameError: there is none.
        ScenarioError: the entry point does not name a Scenario.
    """
    door = _doors().get(name)
    if door is None:
        raise UnknownNameError("scenario", name, names())
    scenario = door.load()
    if not isinstance(scenario, Scenario):
        raise ScenarioError(
            f"entry point {door.value} of scenario {name!r} is a {type(scenario).__name__}, not a Scenario"
        )
    return scenario
