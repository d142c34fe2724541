"""Messages: what a model is told: the brief, the form of the answer, and the fields that its role sees.

Knows nothing of transports or tasks. What turns share stands first, so that siblings of a tree and votes of a judge
share their prefix: brief and form (a role), then the task's fields (an episode), then the pattern's in the role's order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, JsonValue

from maieutic.agents.models.chances import bare_field, closed
from maieutic.roles import Role, read_off

ChatMessage = dict[str, JsonValue]


def messages(role: Role, view: Mapping[str, JsonValue]) -> tuple[ChatMessage, ...]:
    """The system and user message for one turn of `role`.

    Args:
        role: what is asked.
        view: the fields it sees, the task's before the pattern's, as `maieutic.roles.view` gives them; within
            each, in the order of `sees`, so a role lists what changes least first.

    A field that is a list of OpenAI content parts (images) is passed through as it stands.
    """
    parts: list[JsonValue] = []
    texts: list[str] = []
    for name, value in view.items():
        if _is_parts(value):
            assert isinstance(value, list)
            texts.append(f"<{name}>")
            parts += [{"type": "text", "text": "\n".join(texts)}, *value]
            texts = [f"</{name}>"]
        else:
            texts.append(f"<{name}>\n{_spelled(value)}\n</{name}>")
    text = "\n".join(texts) or "Begin."
    content: JsonValue = [*parts, {"type": "text", "text": text}] if parts else text
    return {"role": "system", "content": system(role)}, {"role": "user", "content": content}


def correction(reply: str, reason: str, what: str = "the JSON object") -> tuple[ChatMessage, ...]:
    """The messages that carry an unusable reply back with what was wrong with it."""
    return (
        {"role": "assistant", "content": reply[:4000] or "(nothing)"},
        {
            "role": "user",
            "content": f"That reply cannot be used: {reason}. Answer again with {what} alone, in the form described "
            "above.",
        },
    )


@cache
def system(role: Role) -> str:
    """The brief of `role`, and the form of its answer in words."""
    bare = bare_field(role.answer)
    if bare is not None:
        part = schema_of(role.answer)["properties"][bare]
        values = ", ".join(json.dumps(value, ensure_ascii=False) for value in closed(role.answer, bare))
        said = f"{part['description']}. " if "description" in part else ""
        return f"{role.instructions}\n\n{said}Answer with one of these and nothing else: {values}"
    return f"{role.instructions}\n\nAnswer with one JSON object and nothing else. Its form:\n" + in_words(
        schema_of(role.answer)
    )


def filled(role: Role) -> tuple[ChatMessage, ...]:
    """What a model playing `role` would be told, with a mark for each field; for reading."""
    return messages(role, {name: f"({name})" for name in role.sees})


@cache
def schema_of(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema that guides decoding of `answer`: every field is asked for, private ones too, none left over.

    Fields that the player fills in itself (marked `chance_of` or `chances_of`) are left out. Treat it as read-only.
    """
    schema: dict[str, Any] = _tight(answer.model_json_schema())
    for name in read_off(answer):
        del schema["properties"][name]
        schema["required"].remove(name)
    return schema


@cache
def form_of(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of what a model is to write: `schema_of`, or the values of the one field that is answered bare."""
    bare = bare_field(answer)
    return schema_of(answer) if bare is None else {"enum": list(closed(answer, bare))}


def written(role: Role, answer: Mapping[str, JsonValue]) -> str:
    """What a model would write that gives this answer: its own words in a conversation that is to be learnt.

    Args:
        role: that is asked.
        answer: all that it asks for, private fields too; what is read off a model's chances is left out.

    Raises:
        KeyError: a field that the role asks for is missing.
    """
    bare = bare_field(role.answer)
    value: JsonValue = (
        {name: answer[name] for name in schema_of(role.answer)["properties"]}
        if bare is None
        else answer[bare]
    )
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _tight(node: Any, named: bool = False) -> Any:
    """Drop what does not bind (titles, defaults, marks) and ask for every property; `named`: keys are names."""
    if isinstance(node, list):
        return [_tight(item) for item in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {key: _tight(value) for key, value in node.items()}
    tight = {
        key: value if key in ("enum", "const", "required") else _tight(value, key in ("properties", "$defs"))
        for key, value in node.items()
        if key not in ("title", "default", "private", "chance_of", "chances_of", "discriminator", "examples")
    }
    if "properties" in tight:
        tight |= {"required": list(tight["properties"]), "additionalProperties": False}
    return tight


def in_words(schema: Mapping[str, Any]) -> str:
    """A JSON Schema as a list of fields, for a model to read.

    >>> print(in_words({"properties": {"text": {"type": "string", "maxLength": 9, "description": "What is said."}}}))
    - `text` (text, at most 9 characters): What is said.
    """
    return "\n".join(_fields(schema, schema.get("$defs", {}), "", frozenset()))


def _fields(node: Mapping[str, Any], defs: Mapping[str, Any], indent: str, seen: frozenset[str]) -> list[str]:
    lines = []
    for name, part in node.get("properties", {}).items():
        said = f": {part['description']}" if "description" in part else ""
        lines.append(f"{indent}- `{name}` ({_kind(part, defs)}){said}")
        lines += _inner(part, defs, indent + "  ", seen)
    return lines


def _inner(part: Mapping[str, Any], defs: Mapping[str, Any], indent: str, seen: frozenset[str]) -> list[str]:
    if "$ref" in part:
        name = str(part["$ref"]).rpartition("/")[2]
        return [] if name in seen else _inner(defs[name], defs, indent, seen | {name})
    lines = _fields(part, defs, indent, seen)
    for key in ("items", "additionalProperties"):
        if isinstance(part.get(key), Mapping):
            lines += _inner(part[key], defs, indent, seen)
    for option in (*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())):
        lines += _inner(option, defs, indent, seen)
    return lines


BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matching {}",
}
KINDS = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false"}


def _kind(part: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    if "$ref" in part:
        return _kind(defs[str(part["$ref"]).rpartition("/")[2]], defs)
    if "const" in part:
        return json.dumps(part["const"], ensure_ascii=False)
    if "enum" in part:
        return "one of " + ", ".join(json.dumps(value, ensure_ascii=False) for value in part["enum"])
    options = part.get("anyOf") or part.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(_kind(option, defs) for option in options))
    kind = str(part.get("type", "any value"))
    if kind == "array":
        of = f" of {_kind(part['items'], defs)}" if isinstance(part.get("items"), Mapping) else ""
        said = f"a list{of}"
    elif kind == "object":
        said = "an object" if "properties" in part else "an object with names of your own"
    else:
        said = KINDS.get(kind, kind)
    return ", ".join([said, *(words.format(part[key]) for key, words in BOUNDS.items() if key in part)])


_LINE = {"speaker", "text"}


def _is_transcript(value: JsonValue) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(line, dict) and line.keys() == _LINE for line in value)
    )


def _is_parts(value: JsonValue) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(p, dict) and isinstance(p.get("type"), str) and p["type"] in p for p in value)
    )


def _spelled(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if _is_transcript(value):
        assert isinstance(value, list)
        return "\n".join([f"{line['speaker']}: {line['text']}" for line in value if isinstance(line, dict)])
    if not value:
        return json.dumps(value)  # without an indent the encoder in C does it
    return json.dumps(value, ensure_ascii=False, indent=1)
