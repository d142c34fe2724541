"""Casting: who takes a seat, in one short form: `simulated:accuracy=0.9`, `scripted:FILE`, or a model spec.

Knows nothing of scenarios. A spec that cannot be used is an error before the first turn.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from maieutic import InputError
from maieutic.agents.agent import Agent
from maieutic.agents.scripted import Scripted
from maieutic.agents.simulated.person import Person


def player(spec: str, default: Agent | None) -> Agent:
    """The player that `spec` names.

    Args:
        spec: `simulated` with parameters over those of the seat's default player (`simulated:slip=0,learn=0.5`),
            `scripted:FILE` (JSON: role name -> list of answers), or a model.
        default: who takes the seat by default.

    Raises:
        InputError: the spec cannot be read, or names what the seat does not have.
    """
    kind, _, rest = spec.partition(":")
    if kind == "simulated":
        return _simulated(spec, rest, default)
    if kind == "scripted":
        return _scripted(rest)
    from maieutic.agents.models.spec import player as model  # reads no heavy library until a spec names one

    return model(spec)


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
        try:
            given[name] = json.loads(value)
        except json.JSONDecodeError:
            given[name] = value
    try:
        return type(default).model_validate({**default.model_dump(), **given})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{spec!r}: {where}: {first['msg']}, got {first['input']!r}") from None


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
