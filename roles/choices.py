"""Choices: which fields of an answer hold one of few values, or a number between two bounds.

Knows nothing of what they mean.
"""

from __future__ import annotations

import enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel


@cache
def options(answer: type[BaseModel]) -> dict[str, tuple[Any, ...]]:
    """The fields of an answer type that hold one of few values (booleans, literals, enumerations), and these values."""
    found = {name: _few(field.annotation) for name, field in answer.model_fields.items()}
    return {name: values for name, values in found.items() if values}


@cache
def numerical(answer: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields of an answer type that hold a number between two bounds, as ratings do."""
    return tuple(
        name
        for name, field in answer.model_fields.items()
        if _plain(field.annotation) in (int, float)
        and any(isinstance(one, Ge | Gt) for one in field.metadata)
        and any(isinstance(one, Le | Lt) for one in field.metadata)
    )


def _plain(annotation: Any) -> Any:
    """Without bounds and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        several = [one for one in get_args(annotation) if one is not NoneType]
        return _plain(several[0]) if len(several) == 1 else annotation
    return annotation


def _few(annotation: Any) -> tuple[Any, ...]:
    kind = _plain(annotation)
    if kind is bool:
        return (True, False)
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(one.value for one in kind) if isinstance(kind, type) and issubclass(kind, enum.Enum) else ()
