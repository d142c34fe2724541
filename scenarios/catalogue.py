"""Catalogue: scenarios by name, module or file. Built-in ones come through the same door as anybody's.

Knows nothing of what a scenario does.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from maieutic import InputError, ScenarioError, digest, doors
from maieutic.scenarios import written
from maieutic.scenarios.scenario import Origin, Scenario


def names() -> list[str]:
    """The names of all installed scenarios, sorted."""
    return doors.names("scenario")


def load(name: str) -> Scenario[Any]:
    """The scenario called `name`, or in the file or module of that name.

    Args:
        name: an installed name, `path.yaml`, `path.py`, `path.py:NAME` or `pkg.module:NAME`.

    Raises:
        UnknownNameError: there is none of that name.
        InputError: the file or module cannot be loaded.
        ScenarioError: what stands there is not a Scenario.
    """
    if name.endswith((".yaml", ".yml")):
        return written.load(name)
    found = doors.find("scenario", name, Scenario if name.endswith(".py") else None)
    if not isinstance(found.value, Scenario):
        raise ScenarioError(f"{name!r} is a {type(found.value).__name__}, not a Scenario")
    scenario: Scenario[Any] = found.value
    if found.file is None or scenario.origin is not None:
        return scenario
    return replace(scenario, origin=origin_of(found.door, found.file))


def origin_of(door: str, file: Path) -> Origin:
    """Where a scenario came from, with a digest of its text.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        return Origin(door=door, file=str(file), definition=digest(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=str(file), remedy="check the path") from None
