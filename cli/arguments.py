"""Arguments: what several commands share in reading the command line.

Knows nothing of what the commands do.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from maieutic import InputError
from maieutic.agents.models.budget import Budget
from maieutic.agents.models.engines import Engines, Terms, read_prices
from maieutic.runs import Recipe
from maieutic.scenarios import Company
from maieutic.traces.text import plain

SCENARIO = "Scenario: an installed name, path.py, path.yaml, path.py:NAME or module:NAME."
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]


def company_of(
    name: str, parameters: Mapping[str, Any], cast: Mapping[str, str], engines: Engines | None = None
) -> Company[Any]:
    """The scenario `name` with these parameters and the players that `--cast` names.

    Raises:
        UnknownNameError, InputError, ScenarioError: as `assemble` says.
    """
    return Recipe(scenario=name, parameters=dict(parameters), cast=dict(cast)).company(engines)


def warn_of_kin(company: Company[Any]) -> None:
    """One line on standard error where seats that should be strangers are taken by models of one family."""
    if found := company.kinship:
        print(
            f"maieutic: {plain('; '.join(found))}: a judge prefers its own kind, cast another",
            file=sys.stderr,
        )


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


def terms_of(
    budget: Mapping[str, str], prices: Path | None, cache: Path | None, cache_mode: str, cache_size: int
) -> Terms:
    """How a run uses models, as `maieutic run` was told.

    Raises:
        InputError: an option that cannot be used.
    """
    facts = {
        "budget": dict(budget),
        "prices": {} if prices is None else read_prices(prices),
        "cache": None if cache is None else str(cache.resolve()),
        "cache_mode": cache_mode,
        "cache_bytes": cache_size << 20,
    }
    try:
        return Terms.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option, *inner = (str(part) for part in first["loc"])
        known = f"give one of {', '.join(f'{name}=N' for name in Budget.model_fields)}"
        raise InputError(
            f"{'='.join([*inner, str(first['input'])])}: {first['msg']}",
            key=f"--{option.replace('_', '-')}",
            remedy=known if option == "budget" else None,
        ) from None
