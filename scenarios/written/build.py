"""Build: a written scenario as a Scenario value: its answer types, parameters, players, and a plain LangGraph graph.

Knows nothing of YAML text. What it makes is asked through the same seats, journal and replay as any other scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import GenericAlias
from typing import Any, Literal

from pydantic import Field, JsonValue, create_model

from maieutic import Event, InputError, Stop, digest, doors
from maieutic.agents import Agent, Program, Scripted
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow, next_index
from maieutic.roles import Answer, Role, Sampling, private
from maieutic.scenarios.scenario import Origin, Paper, Parameters, Scenario, Tasks, published
from maieutic.scenarios.written.draw import decided, drawn, measured, rated
from maieutic.scenarios.written.expression import Expression, parse
from maieutic.scenarios.written.form import (
    CastForm,
    FieldForm,
    NodeForm,
    ParameterForm,
    RoleForm,
    RuleForm,
    ScenarioForm,
)
from maieutic.scenarios.written.scope import Scope, at, holds, worth
from maieutic.worlds import catalogue

_TYPES: Mapping[str, Any] = {"text": str, "number": float, "integer": int, "boolean": bool}


def build(form: ScenarioForm, folder: Path, origin: Origin | None = None) -> Scenario[Any]:
    """The scenario that a form describes.

    Args:
        form: what was written.
        folder: where paths in it begin.
        origin: where it was read from.

    Raises:
        MaieuticError: something that it names does not exist, or contradicts itself.
    """
    roles = {name: role_of(name, one, folder) for name, one in form.roles.items()}
    settings = parameters_of(form)
    return Scenario(
        name=form.name,
        summary=form.summary,
        paper=Paper(form.summary, 0, "your own") if form.paper is None else Paper(**form.paper.model_dump()),
        world=catalogue.load(form.world),
        parameters=settings,
        roles=tuple(roles.values()),
        graph=lambda chosen: graph_of(form, roles, chosen),
        cast=lambda chosen: {seat: player_of(seat, one, roles, folder) for seat, one in form.cast.items()},
        needs=lambda chosen: needs_of(form, roles),
        score=partial(measured, form),
        records=partial(drawn, form, roles),
        decisions=partial(decided, form),
        ratings=partial(rated, form, roles),
        tasks=tasks_of(form, folder),
        strangers=lambda chosen: form.strangers,
        origin=origin,
    )


def role_of(name: str, form: RoleForm, folder: Path) -> Role:
    """A role: an existing one, with what is written here put over it, or a new one."""
    sampling = Sampling(**form.sampling.model_dump())
    if form.use is None:
        answer = answer_of(name, form.answer)
        return Role(name, form.sees, answer, form.knows, f"{form.brief.strip()}\n\n", sampling)
    role: Role = doors.find("role", beside(form.use, folder), Role).value
    changes: dict[str, Any] = {"name": name, "brief": role.brief or role.name}
    if form.answer:
        changes["answer"] = answer_of(name, form.answer)
    if form.brief:
        changes["brief"] = f"{form.brief.strip()}\n\n"
    if form.sampling != type(form.sampling)():
        changes["sampling"] = sampling
    return replace(
        role, **changes, **{key: value for key in ("sees", "knows") if (value := getattr(form, key))}
    )


def answer_of(name: str, fields: Mapping[str, FieldForm]) -> type[Answer]:
    """The answer type that fields make."""
    typed: dict[str, Any] = {field: _typed(one) for field, one in fields.items()}
    return create_model(f"{name.title().replace('.', '').replace('_', '')}Answer", __base__=Answer, **typed)


def _typed(form: FieldForm) -> tuple[Any, Any]:
    kind: Any
    bounds: dict[str, Any] = {}
    least, most = ("ge", "le") if form.type in ("number", "integer") else ("min_length", "max_length")
    for key, value in ((least, form.min), (most, form.max)):
        if value is not None:
            bounds[key] = value if least == "ge" else int(value)
    if form.type == "choice":
        kind = Literal[form.choices]
    elif form.type == "list":
        kind = GenericAlias(list, (_TYPES[form.of],))
    else:
        kind = _TYPES[form.type]
    default: Any = ...
    if form.optional:
        kind, default = kind | None, None
    if form.says:
        bounds["description"] = form.says
    return kind, (private if form.private else Field)(default, **bounds)


def parameters_of(form: ScenarioForm) -> type[Parameters]:
    """The type of the parameters."""
    typed: dict[str, Any] = {name: _parameter(name, one) for name, one in form.parameters.items()}
    return create_model("Settings", __base__=Parameters, **typed)


def _parameter(name: str, form: ParameterForm) -> tuple[Any, Any]:
    bounds: dict[str, Any] = {
        key: value for key, value in (("ge", form.min), ("le", form.max)) if value is not None
    }
    kind: Any = Literal[form.choices] if form.choices else type(form.default)
    return kind, published(form.default, form.says or name, verified=False, **bounds)


def number_of(value: int | str | None, chosen: Parameters) -> int | None:
    """A number that is written out, or the parameter of that name."""
    return int(getattr(chosen, value)) if isinstance(value, str) else value


def graph_of(form: ScenarioForm, roles: Mapping[str, Role], chosen: Parameters) -> Graph:
    """The nodes and edges as a LangGraph state graph."""
    spelled = chosen.model_dump(mode="json")
    fans = fans_of(form, chosen)
    steps = {
        name: Step(
            ask=Ask(roles[node.ask], _offers(node, roles[node.ask], chosen, spelled), fan=fans[name]),
            then=_route(node, spelled),
            goes_to=list(dict.fromkeys(edge.go for edge in node.next if edge.go is not None)),
            most=number_of(node.most, chosen),
            over=node.over,
        )
        for name, node in form.nodes.items()
    }
    bounds = form.budget.model_dump(exclude_none=True)
    return flow(steps, start=form.start, spent=lambda state: _spent(bounds, at(state, spelled)))


def fans_of(form: ScenarioForm, chosen: Parameters) -> dict[str, int]:
    """The most turns of a visit of each node: its own times, times those of the node that it goes over."""
    fans: dict[str, int] = {}

    def fan(name: str, behind: tuple[str, ...] = ()) -> int:
        node = form.nodes[name]
        own = number_of(node.times, chosen) or 1
        if node.each is None or node.each not in form.nodes or name in behind:
            return own
        return own * fan(node.each, (*behind, name))

    for name in form.nodes:
        fans[name] = fan(name)
    return fans


def _spent(bounds: Mapping[str, int], scope: Scope) -> bool:
    return any(worth(parse(name), scope) >= most for name, most in bounds.items())


def _route(node: NodeForm, spelled: Mapping[str, JsonValue]) -> Callable[[State], str | Stop]:
    edges = [
        (None if one.condition is None else parse(one.condition), one.go or one.stop) for one in node.next
    ]

    def then(state: State) -> str | Stop:
        scope = at(state, spelled)
        for condition, goal in edges:
            if goal is not None and (condition is None or holds(condition, scope)):
                return goal
        return Stop.EXHAUSTED

    return then


def _offers(
    node: NodeForm, role: Role, chosen: Parameters, spelled: Mapping[str, JsonValue]
) -> Callable[[State], Sequence[Offer]]:
    shown = {name: expression(value) for name, value in node.show.items()}
    times = number_of(node.times, chosen) or 1
    answers = None if node.answers in (None, "episode") else parse(str(node.answers))

    def parents(state: State, scope: Scope) -> list[Event | None]:
        if node.each is not None:
            return list(scope.turns(node.each))
        if node.answers == "episode":
            return [None]
        if answers is not None:
            return [worth(answers, scope)]
        return [next((event for event in reversed(state["events"]) if event.invalid is None), None)]

    def offers(state: State) -> list[Offer]:
        scope, made = at(state, spelled), list[Offer]()
        for parent in parents(state, scope):
            here = scope if parent is None else replace(scope, end=parent.id)
            if parent is not None and node.each is not None:
                here = here.binding(**{node.each: parent, "each": parent})
            fields = {name: value for name, one in shown.items() if (value := worth(one, here)) is not None}
            first = _next(state["events"], parent, role.name)
            made += [
                Offer(None if parent is None else parent.id, fields, first + number)
                for number in range(times)
            ]
        return made

    return offers


def _next(events: Sequence[Event], parent: Event | None, role: str) -> int:
    if parent is not None:
        return next_index(events, parent.id, role)
    known = {event.id for event in events}
    return sum(event.role == role and event.parent not in known for event in events)


def expression(value: str | float | bool) -> Expression:
    """An expression, or a plain value as one."""
    return parse(value if isinstance(value, str) else str(value).lower())


def player_of(seat: str, form: str | CastForm, roles: Mapping[str, Role], folder: Path) -> Agent | str:
    """The player of a seat, or its spec.

    Raises:
        InputError: the line names nobody, or a script or program is for no role of the seat.
    """
    if isinstance(form, str):
        return beside(form, folder)
    if form.program is not None:
        rules = {role: _program(fields) for role, fields in form.program.items()}
        name = f"rules-{digest(form.model_dump(mode='json', by_alias=True)['program'])[:12]}"
        return Program(name, rules)
    script = form.script or {}
    if isinstance(script, list):
        mine = [name for name, role in roles.items() if role.seat == seat]
        if len(mine) != 1:
            raise InputError(
                f"seat {seat!r} has the roles {', '.join(mine) or 'none'}",
                key=f"cast.{seat}.script",
                remedy="write a list of answers under the name of each role",
            )
        script = {mine[0]: script}
    return Scripted(script, name=f"scripted-{seat}")


def _program(
    fields: Mapping[str, str | list[RuleForm]],
) -> Callable[[Mapping[str, JsonValue]], dict[str, Any]]:
    rules: dict[str, list[tuple[Expression | None, Any]]] = {}
    plain: dict[str, Expression] = {}
    for name, said in fields.items():
        if isinstance(said, str):
            plain[name] = parse(said)
        else:
            rules[name] = [(None if one.condition is None else parse(one.condition), one.say) for one in said]

    def answer(view: Mapping[str, JsonValue]) -> dict[str, Any]:
        scope = Scope(view=view)
        made = {name: worth(one, scope) for name, one in plain.items()}
        for name, cases in rules.items():
            made[name] = next((say for when, say in cases if when is None or holds(when, scope)), None)
        return made

    return answer


def beside(spec: str, folder: Path) -> str:
    """A spec whose relative path begins in `folder`, as one that is found from anywhere."""
    start, colon, rest = spec.partition(":")
    if start == "scripted":
        return f"scripted:{folder / rest}"
    return f"{folder / start}{colon}{rest}" if start.endswith(".py") else spec


def needs_of(form: ScenarioForm, roles: Mapping[str, Role]) -> tuple[str, ...]:
    """The fields without which a task cannot be played: as declared, else all that no node shows to a role."""
    if form.tasks.fields or form.world != "records":
        return form.tasks.fields
    wanted: dict[str, None] = {}
    for node in form.nodes.values():
        wanted |= dict.fromkeys(name for name in roles[node.ask].sees if name not in node.show)
    return tuple(wanted)


def tasks_of(form: ScenarioForm, folder: Path) -> Tasks:
    """The tasks that the scenario brings."""
    source = form.tasks.source
    if source is not None and not is_world(source):
        source = str(folder / source)
    return Tasks(source=source, label=form.tasks.source, renamed=form.tasks.map, truth=form.tasks.truth)


def is_world(source: str) -> bool:
    """Whether a source of tasks is a world, such as `world:20` or `word-problems`."""
    return source.partition(":")[0] in ("world", *catalogue.names())
