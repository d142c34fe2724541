"""Bounded: a JSON Schema made small enough that every text it allows ends within a number of tokens.

Knows nothing of models. A model that is made to follow a schema may still fill a string for ever, and is then cut in
the middle of its object; under a bounded schema it cannot be. Lengths that a schema has are only ever made smaller.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

WORST = 6.0  # tokens a character of a string can take: one for each byte of \u00XX
LARGEST = 10**9  # bound on numbers that have none
STEP = 0.000001  # of numbers that have none: so many digits after the point
ITEMS = (64, 32, 16, 8, 4, 2, 1)
SHORT = 40  # characters below which lists are shortened before strings are
LEAST = 8  # characters below which a string says nothing


def bounded(schema: Mapping[str, Any], max_tokens: int, width: float = WORST) -> dict[str, Any]:
    """The schema with lengths for which every instance, written compactly, fits into `max_tokens`.

    All strings get the same longest length, the largest for which it all fits, unless their own is smaller; lists are
    shortened where strings would otherwise fall under 40 characters; numbers get bounds of ±10⁹ and steps of a millionth
    where they have none.

    Args:
        schema: JSON Schema of an object, as pydantic writes it.
        max_tokens: that the text may take, the one that ends it included.
        width: tokens that a character of a string takes. The default holds for every text in every byte-level
            vocabulary; English in a large one takes about a quarter of a token a character.

    Returns:
        A schema whose instances are instances of `schema`. Where even the shortest allowed strings and lists do not
        fit, or the schema has what cannot be bounded (a type that holds itself, an object with names of its own, a
        value of any type), the smallest that can be had; `most_tokens` tells.

    >>> bounded({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}, 256)
    {'type': 'object', 'properties': {'text': {'type': 'string', 'maxLength': 40}}, 'required': ['text']}
    """
    made: dict[str, Any] = {}
    for items in ITEMS:
        low, high = 0, 1 << 17  # characters: the largest that fits lies in [low, high)
        while high - low > 1:
            middle = (low + high) // 2
            fits = most_tokens(_cap(schema, middle, items), width) <= max_tokens
            low, high = (middle, high) if fits else (low, middle)
        made = _cap(schema, low, items)
        if low >= SHORT:
            break
    return made


def leaves_room(schema: Mapping[str, Any], max_tokens: int, width: float = WORST) -> bool:
    """Whether the bounded schema lets every string have a few characters."""
    return most_tokens(_cap(schema, LEAST, 1), width) <= max_tokens


def most_tokens(schema: Mapping[str, Any], width: float = WORST) -> float:
    """The most tokens that an instance of `schema`, written compactly, can take; infinite where nothing bounds it.

    Args:
        schema: JSON Schema, as pydantic writes it.
        width: tokens that a character of a string takes; what stands around strings takes one a byte, at most.

    >>> most_tokens({"type": "object", "properties": {"right": {"type": "boolean"}}})
    19.0
    >>> most_tokens({"type": "string"})
    inf
    """
    return 1 + _cost(schema, schema.get("$defs", {}), width, frozenset())


def _cap(node: Any, chars: int, items: int) -> Any:
    if isinstance(node, list):
        return [_cap(item, chars, items) for item in node]
    if not isinstance(node, Mapping):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            made[key] = {name: _cap(part, chars, items) for name, part in value.items()}
        else:
            made[key] = value if key in ("enum", "const", "required") else _cap(value, chars, items)
    if "enum" in node or "const" in node:
        return made
    kind = node.get("type")
    if kind == "string" and "format" not in node:
        made["maxLength"] = min(node.get("maxLength", 1 << 17), max(chars, node.get("minLength", 0)))
    elif kind == "array":
        made["maxItems"] = min(node.get("maxItems", 1 << 17), max(items, node.get("minItems", 0)))
    elif kind in ("integer", "number"):
        if "minimum" not in node and "exclusiveMinimum" not in node:
            most = node.get("maximum", node.get("exclusiveMaximum", 0))
            made["minimum"] = min(most, 0) - LARGEST
        if "maximum" not in node and "exclusiveMaximum" not in node:
            least = node.get("minimum", node.get("exclusiveMinimum", 0))
            made["maximum"] = max(least, 0) + LARGEST
        if kind == "number" and "multipleOf" not in node:
            made["multipleOf"] = STEP
    elif kind == "object" and node.get("additionalProperties", False) is not False:
        made["maxProperties"] = min(
            node.get("maxProperties", 1 << 17), max(items, node.get("minProperties", 0))
        )
    return made


def _fraction(step: float | None) -> float:
    """The most characters of a number's part behind its whole digits, the point included."""
    return math.inf if step is None else 1 + max(0, -int(Decimal(str(step)).normalize().as_tuple().exponent))


def _cost(node: Mapping[str, Any], defs: Mapping[str, Any], width: float, within: frozenset[str]) -> float:
    byte = min(1.0, width)
    if "$ref" in node:
        name = str(node["$ref"]).rpartition("/")[2]
        return math.inf if name in within else _cost(defs[name], defs, width, within | {name})
    for key in ("const", "enum"):
        if key in node:
            values = [node[key]] if key == "const" else node[key]
            return max(byte * len(json.dumps(value)) for value in values)
    options = node.get("anyOf") or node.get("oneOf") or node.get("allOf")
    if options:
        return max(_cost(option, defs, width, within) for option in options)
    kind = node.get("type")
    if kind == "string":
        return 2 * byte + (64 * byte if "format" in node else width * node.get("maxLength", math.inf))
    if kind in ("integer", "number"):
        low = node.get("minimum", node.get("exclusiveMinimum", -math.inf))
        high = node.get("maximum", node.get("exclusiveMaximum", math.inf))
        digits = max(abs(low), abs(high))
        whole = math.inf if math.isinf(digits) else len(str(math.ceil(digits))) + (1 if low < 0 else 0)
        return whole + (0 if kind == "integer" else _fraction(node.get("multipleOf")))
    if kind == "array":
        most = node.get("maxItems", math.inf)
        one = _cost(node["items"], defs, width, within) if "items" in node else math.inf
        return 2 * byte + (0.0 if most == 0 else most * (one + 2 * byte))
    if kind == "object":
        if node.get("additionalProperties", False) is not False:
            return math.inf
        inner = (
            byte * (len(json.dumps(name)) + 4) + _cost(part, defs, width, within)
            for name, part in node.get("properties", {}).items()
        )
        return 2 * byte + sum(inner)
    return {"boolean": 5 * byte, "null": 4 * byte}.get(str(kind), math.inf)
