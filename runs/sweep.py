"""Sweep: scenario × parameters × cast × seed as cells, each of them one run.

Knows nothing of playing and of folders.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue, ValidationError, field_validator

from maieutic import Frozen, InputError, canonical
from maieutic.scenarios.written.lines import Document
from maieutic.scenarios.written.lines import read as read_yaml


class Cell(Frozen):
    """One run of a sweep."""

    scenario: str
    param: dict[str, JsonValue] = {}
    cast: dict[str, str] = {}
    seed: int = 0

    @property
    def setting(self) -> Cell:
        """The cell but for its seed."""
        return self.model_copy(update={"seed": 0})


class Plan(Frozen):
    """What a sweep varies, and what it holds fast. A list is an axis; anything else is one value for all cells.

    A name such as `spar.depth` holds for that scenario alone.

    Attributes:
        scenario: names or files of scenarios.
        param: parameter -> its values; a value that is itself a list stands in a list.
        cast: seat -> who takes it.
        seed: of the runs.
        tasks, join, map, n, concurrency: of every run, as for `maieutic run`.
    """

    scenario: tuple[str, ...] = Field(min_length=1)
    param: dict[str, tuple[JsonValue, ...]] = {}
    cast: dict[str, tuple[str, ...]] = {}
    seed: tuple[int, ...] = Field((0,), min_length=1)
    tasks: str | None = None
    join: str | None = None
    map: dict[str, str] = {}
    n: int | None = Field(None, ge=1)
    concurrency: int = Field(64, ge=1)

    @field_validator("scenario", "seed", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return _axis(value)

    @field_validator("param", "cast", mode="before")
    @classmethod
    def _axes(cls, value: Any) -> Any:
        return {name: _axis(one) for name, one in value.items()} if isinstance(value, Mapping) else value

    @field_validator("scenario", "seed", "param", "cast")
    @classmethod
    def _once(cls, value: Any) -> Any:
        for name, axis in value.items() if isinstance(value, Mapping) else (("", value),):
            spelled = [canonical(one) for one in axis]
            if len(set(spelled)) < len(spelled):
                raise ValueError(f"{f'{name}: ' if name else ''}a value is given twice")
            if not spelled:
                raise ValueError(f"{f'{name}: ' if name else ''}no value is given")
        return value

    def cells(self) -> list[Cell]:
        """All cells: the first scenario first, the first parameter changing slowest, seeds fastest.

        >>> plan = Plan(scenario="spar", param={"depth": [1, 2]}, seed=[3, 4])
        >>> [(cell.param["depth"], cell.seed) for cell in plan.cells()]
        [(1, 3), (1, 4), (2, 3), (2, 4)]
        """
        return [
            Cell(scenario=name, param=param, cast=cast, seed=seed)
            for name in self.scenario
            for param in _choices(self.param, name, self.scenario)
            for cast in _choices(self.cast, name, self.scenario)
            for seed in self.seed
        ]

    @property
    def varied(self) -> dict[str, list[JsonValue]]:
        """The axes with more than one value: name -> values."""
        axes: dict[str, list[JsonValue]] = {"scenario": list(self.scenario)}
        axes |= {name: list(values) for name, values in self.param.items()}
        axes |= {name: list(values) for name, values in self.cast.items()}
        axes["seed"] = list(self.seed)
        return {name: values for name, values in axes.items() if len(values) > 1}


def _axis(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _choices(
    axes: Mapping[str, tuple[Any, ...]], scenario: str, scenarios: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Every choice of one value an axis, of the axes that hold for `scenario`."""
    names, values = [], []
    for name, axis in axes.items():
        whose, dot, short = name.partition(".")
        alone = bool(dot) and whose in {Path(one).stem for one in scenarios}
        if not alone or whose == Path(scenario).stem:
            names.append(short if alone else name)
            values.append(axis)
    for chosen in product(*values):
        yield dict(zip(names, chosen, strict=True))


def label(cell: Cell, varied: Mapping[str, Any]) -> str:
    """A cell in words: what sets it apart from the others.

    >>> label(Cell(scenario="spar", param={"depth": 2}, seed=3), {"depth": [1, 2], "seed": [3, 4]})
    'depth=2 seed=3'
    """
    words = [cell.scenario] if "scenario" in varied else []
    for axes in (cell.param, cell.cast):
        for name, value in axes.items():
            if name in varied or f"{Path(cell.scenario).stem}.{name}" in varied:
                words.append(f"{name}={value if isinstance(value, str) else canonical(value).decode()}")
    words += [f"seed={cell.seed}"] if "seed" in varied else []
    return " ".join(words) or cell.scenario


def is_plan(path: Path) -> bool:
    """Whether a file is a sweep rather than a scenario: it names scenarios under the key `scenario`."""
    if path.suffix == ".toml":
        return True
    if path.suffix not in (".yaml", ".yml") or not path.exists():
        return False
    value = read_yaml(path.read_text(encoding="utf-8"), str(path)).value
    return isinstance(value, dict) and "scenario" in value


def read_plan(path: Path) -> Plan:
    """The sweep in a YAML or TOML file.

    Raises:
        InputError: it cannot be read, or something in it is wrong; with the line where there is one.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=str(path), remedy="check the path") from None
    if path.suffix == ".toml":
        try:
            document = Document(str(path), tomllib.loads(text), {})
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"not TOML: {error}", file=str(path)) from None
    else:
        document = read_yaml(text, str(path))
    for place, line in document.twice:
        raise InputError("stands twice", file=str(path), line=line, key=".".join(map(str, place)))
    return checked_plan(document.value, document)


def checked_plan(value: Any, document: Document | None = None) -> Plan:
    """A sweep from plain values.

    Raises:
        InputError: something in it is wrong.
    """
    try:
        return Plan.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = tuple(first["loc"])
        known = f"; a sweep has {', '.join(Plan.model_fields)}" if first["type"] == "extra_forbidden" else ""
        raise InputError(
            first["msg"].removeprefix("Value error, ") + known,
            file=None if document is None else document.file,
            line=None if document is None or not document.lines else document.line(place),
            key=".".join(map(str, place)) or None,
            remedy="see docs/sweeps.md",
        ) from None
