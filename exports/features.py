"""Features: the columns of rows and their types, found while rows are written.

Knows nothing of files. Readers that guess a table's types from its first rows go wrong where a later row has more
than they; what is found here goes into the card, in the spelling of `datasets`, and into columnar files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FREE = frozenset({"arguments", "cast", "meta", "parameters"})  # objects of no fixed shape


@dataclass
class Shape:
    """What was seen in one place: names of types, fields of objects, items of lists."""

    seen: set[str] = field(default_factory=set)
    fields: dict[str, Shape] = field(default_factory=dict)
    item: Shape | None = None

    def add(self, value: Any, name: str = "") -> None:
        """Look at one more value.

        >>> shape = Shape()
        >>> shape.add({"a": 1}), shape.add({"a": 1.5, "b": [None]})
        (None, None)
        >>> spelled(shape)
        {'struct': [{'name': 'a', 'dtype': 'float64'}, {'name': 'b', 'list': 'string'}]}
        """
        match value:
            case None:
                return
            case dict():
                if name in FREE:
                    self.seen.add("json")
                    return
                self.seen.add("object")
                for key, one in value.items():
                    self.fields.setdefault(key, Shape()).add(one, key)
            case list():
                self.seen.add("list")
                self.item = self.item or Shape()
                for one in value:
                    self.item.add(one)
            case bool():
                self.seen.add("bool")
            case int():
                self.seen.add("int64")
            case float():
                self.seen.add("float64")
            case _:
                self.seen.add("string")


def spelled(shape: Shape) -> Any:
    """The type in the spelling of a data-set card: a name, a list, or an object; `json` where values are mixed."""
    match sorted(shape.seen):
        case []:
            return "string"
        case ["list"]:
            item = spelled(shape.item or Shape())
            return {"list": item["struct"] if isinstance(item, dict) and "struct" in item else item}
        case ["object"] if shape.fields:
            return {"struct": columns(shape)}
        case ["float64", "int64"]:
            return "float64"
        case [one] if one != "object":
            return one
        case _:
            return "json"


def columns(shape: Shape) -> list[dict[str, Any]]:
    """The fields of an object, one entry each."""
    found = []
    for name, one in shape.fields.items():
        kind = spelled(one)
        found.append({"name": name, **({"dtype": kind} if isinstance(kind, str) else kind)})
    return found
