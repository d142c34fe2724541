"""Display: how the nouns look in a notebook; who draws them is found by name when they are shown, not before.

Knows nothing of drawings: each is an entry point of the group `maieutic.displays`, named after the noun, and takes the
value and gives its representations by MIME type. Without one, a value is shown as Python shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

GROUP = "maieutic.displays"


@cache
def _drawn_by() -> Mapping[str, EntryPoint]:
    return MappingProxyType({door.name: door for door in entry_points(group=GROUP)})


def bundle(noun: str, value: object) -> dict[str, Any]:
    """The representations of a value, such as `text/plain` and `text/html`.

    Args:
        noun: what it is: `episode`, `tree` or `pair`.
        value: the value.
    """
    door = _drawn_by().get(noun)
    if door is None:
        return {"text/plain": repr(value)}
    shown: dict[str, Any] = door.load()(value)
    return shown
