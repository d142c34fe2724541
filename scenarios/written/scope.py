"""Scope: what the names in an expression stand for at one moment of an episode, and what the expression is worth.

Knows nothing of YAML. What was not said is null; null is equal to nothing but null, and neither less nor more than
anything.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Event
from maieutic.graphs import State, transcript
from maieutic.scenarios.written.expression import Call, Compare, Expression, Join, Literal, Not, Ref, walk

SPECIAL = frozenset({"task", "parameters", "truth"})  # names whose fields are not those of a turn
PLAIN = frozenset({"turns", "calls", "tokens", "stop", "history"})  # names without a field
_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Scope:
    """One moment.

    Attributes:
        events: the log so far.
        said: node -> the ids of the turns of each of its visits.
        fields: of the task.
        parameters: of the scenario.
        truth: of the task, for measures and decisions only.
        stop: why the episode ended, once it has.
        end: id of the turn that the next one answers.
        bound: names that stand for one turn just here, or for none.
        under: id of a turn; only turns that answer it are meant by the name of a node.
        view: the fields that a program sees; then there is nothing else.
    """

    events: Sequence[Event] = ()
    said: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)
    truth: Mapping[str, JsonValue] = field(default_factory=dict)
    stop: str | None = None
    end: str | None = None
    bound: Mapping[str, Event | None] = field(default_factory=dict)
    under: str | None = None
    view: Mapping[str, JsonValue] | None = None

    @cached_property
    def by_id(self) -> dict[str, Event]:
        """The log by id."""
        return {event.id: event for event in self.events}

    def turns(self, node: str, *, whole: bool = False) -> list[Event]:
        """The usable turns of the last visit of `node`, or of all its visits."""
        if node in self.bound:
            return [one for one in (self.bound[node],) if one is not None]
        visits = self.said.get(node, ())
        if not whole and self.under is None:
            visits = visits[-1:]
        found = (self.by_id[name] for visit in visits for name in visit)
        return [event for event in found if event.invalid is None and self.under in (None, event.parent)]

    def binding(self, **bound: Event | None) -> Scope:
        """The same moment, with names that stand for one turn."""
        return replace(self, bound={**self.bound, **bound})


def at(state: State, parameters: Mapping[str, JsonValue]) -> Scope:
    """The scope of a state of the graph; the truth is not in it."""
    return Scope(state["events"], state["notes"].get("said", {}), state.get("fields", {}), parameters)


def over(episode: Episode) -> Scope:
    """The scope of a whole episode."""
    said: Any = episode.notes.get("said", {})
    return Scope(
        episode.events,
        said,
        episode.task.fields,
        episode.parameters,
        episode.task.truth,
        episode.stop.value,
        episode.events[-1].id if episode.events else None,
    )


def holds(tree: Expression, scope: Scope) -> bool:
    """Whether a condition holds."""
    return bool(worth(tree, scope))


def worth(tree: Expression, scope: Scope) -> Any:
    """What an expression is worth: a JSON value, or an event where it names a turn."""
    match tree:
        case Literal():
            return list(tree.value) if isinstance(tree.value, tuple) else tree.value
        case Not():
            return not holds(tree.one, scope)
        case Join():
            return (all if tree.word == "and" else any)(holds(one, scope) for one in tree.parts)
        case Compare():
            return _compared(tree.sign, worth(tree.left, scope), worth(tree.right, scope))
        case Ref():
            return _named(tree, scope)
    return _called(tree, scope)


def field_of(event: Event | None, name: str | None) -> Any:
    """A field of a turn's answer, private ones too; the turn itself where no field is named."""
    if event is None or name is None:
        return event
    return event.answer.get(name, event.private.get(name))


def number(value: Any) -> float | int | None:
    """The number that a value is or begins with, such as `12 km`.

    >>> number(" 1,200.50 m"), number(3), number("none"), number(True)
    (1200.5, 3, None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    found = re.match(r"\s*[^\w\s-]?\s*(-?\d[\d,]*(?:\.\d+)?)", str(value))
    return None if found is None else float(found[1].replace(",", ""))


def over_which(tree: Expression) -> tuple[str, ...]:
    """The nodes whose turns `share`, `mean`, ... go over: the first that the expression names, or its `latest(a, b)`.

    >>> from maieutic.scenarios.written.expression import parse
    >>> over_which(parse("check.score > task.limit")), over_which(parse("latest(a, b).verdict == 'yes'"))
    (('check',), ('a', 'b'))
    """
    for one in walk(tree):
        if isinstance(one, Call) and one.function == "latest":
            return tuple(argument.name for argument in one.arguments if isinstance(argument, Ref))
        if isinstance(one, Ref) and one.name not in SPECIAL | PLAIN and one.field is not None:
            return (one.name,)
    return ()


def _named(ref: Ref, scope: Scope) -> Any:
    if scope.view is not None:
        return scope.view.get(ref.name)
    match ref.name:
        case "task":
            return scope.fields.get(str(ref.field))
        case "parameters":
            return scope.parameters.get(str(ref.field))
        case "truth":
            return scope.truth.get(str(ref.field))
        case "stop":
            return scope.stop
        case "turns":
            return len(scope.events)
        case "calls":
            return sum(event.usage.calls for event in scope.events)
        case "tokens":
            return sum(event.usage.prompt_tokens + event.usage.completion_tokens for event in scope.events)
        case "history":
            return transcript(scope.events, scope.end) if scope.end else []
    found = scope.turns(ref.name)
    return field_of(found[-1], ref.field) if found else None


def _each(tree: Expression, scope: Scope) -> Iterator[Any]:
    """What the expression is worth for each turn of the node that it names."""
    nodes = over_which(tree)
    for node in nodes:
        for event in scope.turns(node):
            yield worth(tree, scope.binding(**{**dict.fromkeys(nodes), node: event}))


def _called(call: Call, scope: Scope) -> Any:
    first = call.arguments[0]
    name = first.name if isinstance(first, Ref) else ""
    match call.function:
        case "count":
            return len(scope.turns(name, whole=True))
        case "visits":
            return len(scope.said.get(name, ()))
        case "share" | "all" | "any":
            found = [bool(one) for one in _each(first, scope)]
            if not found:
                return None
            if call.function == "share":
                return sum(found) / len(found)
            return all(found) if call.function == "all" else any(found)
        case "mean" | "min" | "max":
            numbers = [one for one in map(number, _each(first, scope)) if one is not None]
            if not numbers:
                return None
            return (
                sum(numbers) / len(numbers)
                if call.function == "mean"
                else (min if call.function == "min" else max)(numbers)
            )
        case "list":
            return [one for one in _each(first, scope) if one is not None]
        case "first":
            return field_of(next(iter(scope.turns(name, whole=True)), None), call.field)
        case "latest":
            names = {one.name for one in call.arguments if isinstance(one, Ref)}
            turns = {event.id for one in names for event in scope.turns(one, whole=True)}
            return field_of(
                next((one for one in reversed(scope.events) if one.id in turns), None), call.field
            )
        case "best" | "worst":
            return field_of(_ranked(call, name, scope), call.field)
    value = worth(first, scope)
    match call.function:
        case "words":
            return len(str(value).split()) if value is not None else None
        case "number":
            return number(value)
        case "lower":
            return str(value).lower() if value is not None else None
    part = worth(call.arguments[1], scope)  # contains
    if isinstance(value, list):
        return part in value
    return value is not None and part is not None and str(part) in str(value)


def _ranked(call: Call, node: str, scope: Scope) -> Event | None:
    """The turn of `node` that is worth most, or least; the first of several."""
    found = [(worth_of(event, node, call.arguments[1], scope), event) for event in scope.turns(node)]
    known = [(value, event) for value, event in found if value is not None]
    if not known:
        return None
    return (max if call.function == "best" else min)(known, key=lambda pair: pair[0])[1]


def worth_of(event: Event, node: str, by: Expression, scope: Scope) -> float | int | None:
    """What `by` says of one turn: the name of its node is that turn, other nodes mean what answered it."""
    value = worth(by, replace(scope, under=event.id, bound={**scope.bound, node: event, "turn": event}))
    return float(value) if isinstance(value, bool) else number(value)


def _compared(sign: str, left: Any, right: Any) -> bool:
    if sign == "in":
        return isinstance(right, list) and left in right
    if sign in ("==", "!="):
        same = _same(left, right)
        return same if sign == "==" else not same
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return False
    try:
        return bool(_SIGNS[sign](left, right))
    except TypeError:
        return False


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False  # true is not 1
    return bool(left == right)
