"""Catalogue: export formats by name, or in anybody's file or module. Built-in ones come through the same door.

Knows nothing of what a format does.
"""

from __future__ import annotations

from maieutic import InputError, doors
from maieutic.exports.format import KINDS, Format


def names() -> list[str]:
    """The names of all installed formats, sorted."""
    return doors.names("exporter")


def load(name: str) -> Format:
    """The format called `name`, or in the file or module of that name.

    Args:
        name: an installed name, `path.py`, `path.py:NAME` or `pkg.module:NAME`. What stands there is a Format, or a
            function that makes an Entry into rows.

    Raises:
        UnknownNameError: there is none of that name.
        InputError: the file or module cannot be loaded, or holds something else.
    """
    found = doors.find("exporter", name, Format if name.endswith(".py") else None)
    if isinstance(found.value, Format):
        return found.value
    if not callable(found.value) or isinstance(found.value, type):
        raise InputError(
            f"{name!r} is a {type(found.value).__name__}, neither a Format nor a function",
            remedy="name a maieutic.exports.Format, or a function from an Entry to rows",
        )
    return Format(name=found.door, summary=f"rows of {found.door}", kinds=KINDS, rows=found.value)
