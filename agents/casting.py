"""Casting: who takes a seat, in one short form: `simulated:accuracy=0.9`, `scripted:FILE`, `human`, a player or a model.

Knows nothing of scenarios. A spec that cannot be used is an error before the first turn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from maieutic import InputError, doors
from maieutic.agents.agent import Agent
from maieutic.agents.scripted import Scripted
from maieutic.agents.simulated.person import Person

if TYPE_CHECKING:
    from maieutic.agents.models.engines import Engines


def engaged(
    cast: Mapping[str, Agent | str], usual: Mapping[str, Agent | str], engines: Engines | None = None
) -> dict[str, Agent]:
    """The players of all seats; any process of a run makes the same ones from the same specs.

    Args:
        cast: seat -> spec or player, over the usual ones.
        usual: seat -> who sits there by default.
        engines: of the run, for those that are models; None for ones of their own.

    Raises:
        InputError: a spec cannot be read, or names what the seat does not have.
    """
    at_home = {
        seat: player(one, None, engines) if isinstance(one, str) else one for seat, one in usual.items()
    }
    return at_home | {
        seat: player(one, at_home.get(seat), engines) if isinstance(one, str) else one
        for seat, one in cast.items()
    }


def player(spec: str, default: Agent | None, engines: Engines | None = None) -> Agent:
    """The player that `spec` names.

    Args:
        spec: `simulated` with parameters over those of the seat's default player (`simulated:slip=0,learn=0.5`),
            `scripted:FILE` (JSON: role name -> list of answers), `human` or `human:NAME`, a player by its installed
            name, `module:NAME` or `path.py:NAME`, each with `?name=value&name=value` where it is a class or a function,
            or a model.
        default: who takes the seat by default.
        engines: of the run, for a model; None for one of its own.

    Raises:
        InputError: the spec cannot be read, or names what the seat does not have.
    """
    kind, _, rest = spec.partition(":")
    if kind == "simulated":
        return _simulated(spec, rest, default)
    if kind == "scripted":
        return _scripted(rest)
    if kind == "human":
        from maieutic.agents.human import Human  # imports LangGraph

        return Human(rest or "human")
    if (found := _behind_a_door(spec)) is not None:
        return found
    if engines is not None:
        return engines.player(spec)
    from maieutic.agents.models.engines import (
        player as model,  # reads no heavy library until a spec names one
    )

    return model(spec)


def _behind_a_door(spec: str) -> Agent | None:
    """The player that the spec finds; None where it must be a model."""
    name, _, query = spec.partition("?")
    module, _, attribute = name.rpartition(":")
    if "#" in name or not (
        name in doors.names("player")
        or module.endswith(".py")
        or (attribute.isidentifier() and "." in module and doors.is_module(module))
        or (attribute.isidentifier() and _has(module, attribute))
    ):
        return None
    value = doors.find("player", name).value
    given = {key: _value(text) for key, text in parse_qsl(query, keep_blank_values=True)}
    if not isinstance(value, type) and hasattr(value, "act"):
        if given:
            raise InputError(
                f"{spec!r} is a player already made", remedy="name its class to give it parameters"
            )
        found = value
    elif callable(value):
        found = _made(spec, value, given)
    else:
        found = value
    for part in ("name", "fingerprint", "simulated", "act"):
        if not hasattr(found, part):
            raise InputError(
                f"{spec!r} is a {type(found).__name__}, not a player: it has no {part!r}",
                remedy="name an object with name, fingerprint, simulated and act, or a class or function that makes one",
            )
    player: Agent = found
    return player


def _has(module: str, attribute: str) -> bool:
    """Whether `module` is a file of the current folder that has the attribute; `openai:gpt_4` is a model."""
    return Path(f"{module}.py").is_file() and hasattr(doors.module(module), attribute)


def _made(spec: str, value: Any, given: dict[str, Any]) -> Any:
    try:
        return value(**given)
    except ValidationError as error:
        raise _wrong(spec, error) from None
    except TypeError as error:
        known = f"it has {', '.join(value.model_fields)}" if hasattr(value, "model_fields") else None
        raise InputError(f"{spec!r}: {error}", remedy=known) from None


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _wrong(spec: str, error: ValidationError) -> InputError:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return InputError(f"{spec!r}: {where}: {first['msg']}, got {first['input']!r}")


def _simulated(spec: str, rest: str, default: Agent | None) -> Agent:
    if not isinstance(default, Person):
        who = "nobody" if default is None else default.name
        raise InputError(
            f"{spec!r}: this seat has no simulated player, but {who}", remedy="cast it otherwise"
        )
    given: dict[str, object] = {}
    for part in rest.split(",") if rest else []:
        name, equals, value = part.partition("=")
        if not equals:
            raise InputError(
                f"{spec!r}: expected name=value, got {part!r}", remedy="write simulated:name=value,..."
            )
        if name not in type(default).model_fields:
            known = ", ".join(sorted(type(default).model_fields))
            raise InputError(f"{spec!r}: {default.name} has no parameter {name!r}", remedy=f"it has {known}")
        given[name] = _value(value)
    try:
        return type(default).model_validate({**default.model_dump(), **given})
    except ValidationError as error:
        raise _wrong(spec, error) from None


def _scripted(file: str) -> Agent:
    try:
        lines = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", file=file, remedy="write scripted:FILE"
        ) from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=file, line=error.lineno) from None
    if not isinstance(lines, dict) or not all(
        isinstance(said, list) and said and all(isinstance(line, dict) for line in said)
        for said in lines.values()
    ):
        raise InputError(
            "expected role name -> list of answers", file=file, remedy='write {"role": [{"text": "..."}]}'
        )
    return Scripted(lines, name=f"scripted-{Path(file).stem}")
