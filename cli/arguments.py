"""Arguments: what several commands share in reading the command line.

Knows nothing of what the commands do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from maieutic import InputError
from maieutic.runs import Recipe
from maieutic.scenarios import Company

SCENARIO = "Scenario: an installed name, path.py, path.yaml, path.py:NAME or module:NAME."
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]


def company_of(name: str, parameters: Mapping[str, Any], cast: Mapping[str, str]) -> Company[Any]:
    """The scenario `name` with these parameters and the players that `--cast` names.

    Raises:
        UnknownNameError, InputError, ScenarioError: as `assemble` and `player` say.
    """
    return Recipe(scenario=name, parameters=dict(parameters), cast=dict(cast)).company()


def pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """`name=value` texts as a mapping.

    Raises:
        InputError: a text of another form, or a name given twice.
    """
    found: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"expected name=value, got {text!r}", key=option)
        if name in found:
            raise InputError(f"{name!r} is given twice", key=option, remedy="give it once")
        found[name] = value
    return found
