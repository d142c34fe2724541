"""Scenario: why agents meet. Roles, a graph, a default cast, and what is drawn from an episode.

Knows nothing of files, runs or pictures. A scenario is one value, made in one file; it runs without a model,
since its default cast is simulated, and it says which of its decisions can be held against the truth.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from maieutic import Episode, Frozen, InputError, Record, UnknownNameError
from maieutic.agents import Agent
from maieutic.graphs import Graph
from maieutic.roles import Role
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.outer import Outer
from maieutic.scenarios.ratings import Rating, panels
from maieutic.worlds.world import World


class Parameters(BaseModel):
    """Base of a scenario's parameters; every default is the published one. A list may be given as text, in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        lists = {name for name, one in cls.model_fields.items() if get_origin(one.annotation) is tuple}
        return {name: _list(name, value) if name in lists else value for name, value in given.items()}


def _list(name: str, value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value  # may be the name of a file, which the parameter reads itself
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"{name} is no JSON list ({error}), got {value!r}") from None


def published(
    default: Any, meaning: str, *, verified: bool = True, added: bool = False, **bounds: Any
) -> Any:
    """A parameter with its published default.

    Args:
        default: the published value.
        meaning: one line for `maieutic show`.
        verified: False where the value could not be found in the paper or its code, or where the authors have
            none and this is ours.
        added: whether it came to a scenario that had been played without it. At its default it does not enter an
            episode's parameters, and so not its name: runs from before are gone on with, and give the same bytes.
        bounds: pydantic's `ge`, `le`, ...
    """
    marks: dict[str, Any] = {"verified": verified} | ({"added": True} if added else {})
    return Field(default, description=meaning, json_schema_extra=marks, **bounds)


def settings_of(kind: type[P], episode: Episode) -> P:
    """The parameters that an episode was played with, as the scenario's own type."""
    return kind.model_validate(dict(episode.parameters))


def notes_of(episode: Episode) -> dict[str, Any]:
    """What the pattern concluded, for reading."""
    return episode.notes


class Decision(Frozen):
    """Something that an episode decided, beside what was true.

    Attributes:
        kind: what was decided, such as `pair` or `understood`.
        said: what the episode's players said.
        true: what the world knows.
        event: id of the event that decided.
    """

    kind: str
    said: bool
    true: bool
    event: str


@dataclass(frozen=True)
class Paper:
    """The publication that a scenario follows.

    Attributes:
        title: its title.
        year: in which it came out.
        reference: venue, arXiv number or repository.
        training: who is trained on the records -> published options, of those who do not learn in rounds here; what learns in
            rounds has its own in `Outer.training`.
    """

    title: str
    year: int
    reference: str
    training: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)


class Origin(Frozen):
    """Where a scenario that is not installed came from.

    Attributes:
        door: how it is found again from any folder.
        file: the file that it was read from.
        definition: digest of the file's text; a run is gone on with only where it is the same.
    """

    door: str
    file: str
    definition: str


class Tasks(Frozen):
    """The tasks that a scenario brings, where it does not take those of its world.

    Attributes:
        source: a file, as `--tasks` takes it.
        label: what it is called in manifests and tasks, wherever it stands.
        renamed: field of a task -> key of a record.
        truth: what the world is to know of a task -> key of a record; nobody is shown it.
    """

    source: str | None = None
    label: str | None = None
    renamed: dict[str, str] = {}
    truth: dict[str, str] = {}


@dataclass(frozen=True)
class Overall:
    """Measures of a whole run that no mean over episodes gives: ratios of sums, distances of distributions.

    Attributes:
        tally: counts of an episode, which are summed over the run.
        measures: the sums -> name of a measure -> value.
    """

    tally: Callable[[Episode], Mapping[str, float]]
    measures: Callable[[Mapping[str, float]], Mapping[str, float]]


def needs_response(mode: str) -> Callable[[Any], tuple[str, ...]]:
    """What a task must have where its field `response` stands for a player's, in one mode with references=recorded.

    >>> needs_response("evaluate")(type("", (), {"mode": "evaluate", "references": "recorded"}))
    ('prompt', 'response')
    """

    def needs(settings: Any) -> tuple[str, ...]:
        recorded = settings.mode == mode and settings.references == "recorded"
        return ("prompt", "response") if recorded else ("prompt",)

    return needs


P = TypeVar("P", bound=Parameters)


def _no_records(episode: Episode) -> Iterable[Record]:
    return ()


def _no_decisions(episode: Episode) -> Iterable[Decision]:
    return ()


def _no_lesson(episode: Episode) -> Lesson | None:
    return None


def _no_strangers(settings: Any) -> Iterable[tuple[str, str]]:
    return ()


def _no_scores(episode: Episode) -> dict[str, float]:
    return {}


@dataclass(frozen=True)
class Scenario(Generic[P]):
    """One kind of episode.

    Attributes:
        name: as typed at the command line.
        summary: one line.
        paper: what it follows.
        world: where its tasks come from by default, and who checks them.
        worlds: parameters -> likewise, where it is played with several kinds of tasks; None: `world` for all.
        parameters: their type; a model with a default for every field.
        roles: all that it asks.
        graph: parameters -> a pattern.
        cast: parameters -> seat -> who sits there by default: a simulated player, a program, or a spec of anybody. A seat
            that the graph does not ask with these parameters may be left out, and then has no part in an episode.
        needs: parameters -> the task fields without which it cannot run.
        score: numbers for an episode.
        records: what trainers want of it.
        decisions: what it decided, beside the truth; none where the task brings no truth.
        ratings: what several raters said of the same thing; by default, yes and no or a choice of two, of one role about the
            turn that they all answer.
        lesson: what it came to in the terms in which tutors are measured; None where it is no tutoring.
        overall: what a run comes to as a whole, beside the means of scores; None where there is no such thing.
        tasks: those that it brings, where it does not take its world's.
        strangers: parameters -> pairs of seats, who judges and whose words, that models of one family should not take: a
            judge that prefers its own kind spoils what is measured. Whoever casts them so is warned.
        outer: how it is played in rounds between which somebody learns; None where it is not.
        origin: where it came from, if it is not installed.
    """

    name: str
    summary: str
    paper: Paper
    world: World
    parameters: type[P]
    roles: tuple[Role, ...]
    graph: Callable[[P], Graph]
    cast: Callable[[P], Mapping[str, Agent | str]]
    needs: Callable[[P], tuple[str, ...]]
    score: Callable[[Episode], dict[str, float]] = field(default=_no_scores)
    records: Callable[[Episode], Iterable[Record]] = field(default=_no_records)
    decisions: Callable[[Episode], Iterable[Decision]] = field(default=_no_decisions)
    ratings: Callable[[Episode], Iterable[Rating]] = field(default=panels)
    lesson: Callable[[Episode], Lesson | None] = field(default=_no_lesson)
    overall: Overall | None = None
    worlds: Callable[[P], World] | None = None
    tasks: Tasks = field(default_factory=Tasks)
    strangers: Callable[[P], Iterable[tuple[str, str]]] = field(default=_no_strangers)
    outer: Outer | None = None
    origin: Origin | None = None

    @property
    def seats(self) -> tuple[str, ...]:
        """The seats to be cast, in order of the roles."""
        return tuple(dict.fromkeys(role.seat for role in self.roles))

    def world_of(self, parameters: P) -> World:
        """Where its tasks come from with these parameters."""
        return self.world if self.worlds is None else self.worlds(parameters)

    def configure(self, given: Mapping[str, Any]) -> P:
        """The parameters, with `given` values (text is read as the field's type) over the defaults.

        Raises:
            UnknownNameError: a parameter that the scenario does not have.
            InputError: a value of the wrong type or out of bounds.
        """
        for name in given:
            if name not in self.parameters.model_fields:
                raise UnknownNameError(f"parameter of {self.name}", name, self.parameters.model_fields)
        try:
            return self.parameters.model_validate(dict(given))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            if not name:
                raise InputError(
                    f"parameters of {self.name}: {first['msg'].removeprefix('Value error, ')}"
                ) from None
            said = (
                first["msg"]
                if first["type"] != "tuple_type"
                else 'Input should be a JSON list, as ["a", "b"]'
            )
            raise InputError(
                f"parameter of {self.name}: {said}, got {first['input']!r}",
                key=name,
                remedy=f"see `maieutic show {self.name}`",
            ) from None
