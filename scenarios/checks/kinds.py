"""Kinds: what an expression gives (text, number, ...), found before anything is said.

Knows nothing of graphs. A kind is `any` where nothing can be told, and then nothing is held against it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from maieutic.scenarios.written.expression import TURN, Call, Compare, Expression, Join, Not, Ref
from maieutic.scenarios.written.expression import Literal as Written


@dataclass(frozen=True)
class Kind:
    """What a value may be; `choices` where only these texts can occur."""

    name: str  # text, number, boolean, list, turn, null, any
    choices: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"one of {', '.join(map(str, self.choices))}" if self.choices else self.name


ANY = Kind("any")
PLAIN = {"turns": Kind("number"), "calls": Kind("number"), "tokens": Kind("number"), "stop": Kind("text")}
GIVES = {"share": "number", "mean": "number", "min": "number", "max": "number", "count": "number"}
GIVES |= {
    "visits": "number",
    "words": "number",
    "number": "number",
    "lower": "text",
    "contains": "boolean",
    "all": "boolean",
    "any": "boolean",
    "list": "list",
}


@dataclass(frozen=True)
class Names:
    """What the names in an expression stand for: node -> its answer type; other names -> their kind."""

    answers: Mapping[str, type[BaseModel] | None] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    view: bool = False


def kind_of_type(annotation: Any) -> Kind:
    """The kind of a field's type.

    >>> str(kind_of_type(Literal["yes", "no"])), str(kind_of_type(int | None)), str(kind_of_type(list[str]))
    ('one of yes, no', 'number', 'list')
    """
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return kind_of_type(get_args(annotation)[0])
    if origin is Literal:
        return (
            Kind("text", get_args(annotation))
            if all(isinstance(one, str) for one in get_args(annotation))
            else ANY
        )
    if origin in (typing.Union, types.UnionType):
        inner = [one for one in get_args(annotation) if one is not type(None)]
        return kind_of_type(inner[0]) if len(inner) == 1 else ANY
    if annotation is bool:
        return Kind("boolean")
    if annotation in (int, float):
        return Kind("number")
    if annotation is str:
        return Kind("text")
    return Kind("list") if (origin or annotation) in (list, tuple) else ANY


def field_kind(answer: type[BaseModel] | None, name: str) -> Kind | None:
    """The kind of a field of an answer; None where the answer has no such field."""
    if answer is None:
        return ANY
    return kind_of_type(answer.model_fields[name].annotation) if name in answer.model_fields else None


def kind(tree: Expression, names: Names) -> Kind:
    """What an expression gives."""
    match tree:
        case Written():
            return _of_value(tree.value)
        case Not() | Join() | Compare():
            return Kind("boolean")
        case Ref():
            if tree.name in names.kinds:
                return names.kinds[tree.name]
            if tree.name in PLAIN:
                return PLAIN[tree.name]
            if tree.name in names.answers:
                if tree.field is None:
                    return Kind("turn")
                return field_kind(names.answers[tree.name], tree.field) or ANY
            return ANY
        case Call():
            if tree.function in TURN:
                if tree.field is None:
                    return Kind("turn")
                inner = [one.name for one in tree.arguments if isinstance(one, Ref)]
                found = {field_kind(names.answers.get(one), tree.field) for one in inner}
                return (found.pop() or ANY) if len(found) == 1 else ANY
            return Kind(GIVES.get(tree.function, "any"))
    return ANY


def _of_value(value: Any) -> Kind:
    if value is None:
        return Kind("null")
    if isinstance(value, bool):
        return Kind("boolean")
    if isinstance(value, int | float):
        return Kind("number")
    if isinstance(value, tuple):
        return Kind("list", value)
    return Kind("text", (value,))


def comparison_fault(tree: Compare, names: Names) -> str | None:
    """Why a comparison can never be other than false (or true), or None."""
    left, right = kind(tree.left, names), kind(tree.right, names)
    if "turn" in (left.name, right.name):
        return "compares a turn; name one of its fields, such as NODE.text"
    if "any" in (left.name, right.name):
        return None
    if tree.sign == "in":
        if right.name != "list":
            return f"looks in what is {right}, not a list"
        if left.choices and right.choices and not set(left.choices) & set(right.choices):
            return f"can never hold: {left} against [{', '.join(map(str, right.choices))}]"
        return None
    if "null" in (left.name, right.name):
        return None if tree.sign in ("==", "!=") else "compares with null, which is neither less nor more"
    if left.name != right.name:
        return f"compares {left} with {right}, which never agree"
    if tree.sign not in ("==", "!="):
        return f"asks for the order of what is {left.name}" if left.name in ("boolean", "list") else None
    if left.choices and right.choices and not set(left.choices) & set(right.choices):
        return f"can never hold: it is {left}, not {right.choices[0]!r}"
    return None
