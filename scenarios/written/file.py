"""File: the YAML file of a scenario, read and checked key by key, with the line of whatever is wrong.

Knows nothing of graphs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from maieutic import InputError, digest
from maieutic.scenarios.scenario import Origin, Scenario
from maieutic.scenarios.written.build import build
from maieutic.scenarios.written.form import ScenarioForm
from maieutic.scenarios.written.lines import Document, Place, read


def load(path: str | Path) -> Scenario[Any]:
    """The scenario in a YAML file.

    Raises:
        InputError: it cannot be read, or something in it is wrong; `maieutic check` lists all that is.
    """
    document = document_of(path)
    for problem in problems(document):
        raise problem
    file = Path(path).resolve()
    origin = Origin(door=str(file), file=str(file), definition=digest(document.value))
    return build(form_of(document), file.parent, origin)


def document_of(path: str | Path) -> Document:
    """The text of a file as values with lines.

    Raises:
        InputError: it cannot be read, or is not YAML.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", file=str(path), remedy="check the path"
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 at byte {error.start}", file=str(path), remedy="save it as UTF-8"
        ) from None
    return read(text, str(path))


def form_of(document: Document) -> ScenarioForm:
    """The form that a document fills in.

    Raises:
        InputError: it does not.
    """
    for problem in problems(document):
        raise problem
    return ScenarioForm.model_validate(document.value)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    made = ScenarioForm.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "maieutic scenario",
        **_shorthands({key: value for key, value in made.items() if key != "title"}),
    }


def problems(document: Document) -> Iterator[InputError]:
    """All that is wrong with the keys and values of a document, each with its line."""
    for place, line in document.twice:
        yield InputError(
            "stands twice",
            file=document.file,
            line=line,
            key=spelled(place),
            remedy=f"the first is on line {document.line(place)}; drop one",
        )
    try:
        ScenarioForm.model_validate(document.value)
    except ValidationError as error:
        seen = set()
        for one in error.errors(include_url=False):
            place, what, remedy = _told(one, document)
            if (
                place not in seen or "key" in what
            ):  # of a union, what each member says of one value is one fault
                seen.add(place)
                yield InputError(
                    what,
                    file=document.file,
                    line=document.line(place),
                    key=spelled(place) or None,
                    remedy=remedy,
                )


def spelled(place: Place) -> str:
    """A place as a user would write it, such as `nodes.check.next`."""
    return ".".join(str(part) for part in place)


def _told(error: Any, document: Document) -> tuple[Place, str, str]:
    """Place, problem and remedy of one of pydantic's errors."""
    place = _place(error["loc"], document)
    last = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        known = _known(error["loc"][:-1])
        near = difflib.get_close_matches(last, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
        if set(last) & set("()[]'\""):  # the rest of a value that was cut in two
            hint = "inside { } a comma ends a value: put an expression with commas into double quotes"
        return place, "unknown key", hint
    if error["type"] == "missing":
        return place, f"lacks the key {last!r}", f"add {last}:"
    got = repr(error.get("input"))
    told = _SHOULD.get(error["type"]) or f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    remedy = "write a value of that form"
    if error["type"] == "string_pattern_mismatch":
        remedy = "begin with a letter, and go on with letters, digits and _"
        if place == ("name",):
            remedy = "use small letters, digits and dashes"
    elif len(place) == 2 and last in ScenarioForm.model_fields:
        remedy = f"{last} is a key of the file: begin its line at the margin"
    return place, f"{told}, got {got:.60}", remedy


_SHOULD = {  # pydantic speaks of Python's types
    "dict_type": "should be keys with values",
    "model_type": "should be keys with values",
    "model_attributes_type": "should be keys with values",
    "tuple_type": "should be a list",
    "string_type": "should be a text",
    "string_pattern_mismatch": "cannot be a name",
    "int_type": "should be a whole number",
}


def _place(loc: tuple[Any, ...], document: Document) -> Place:
    """The part of pydantic's location that stands in the file; names of types and of union members do not."""
    place: Place = ()
    value: Any = document.value
    for part in loc:
        if (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            value, place = value[part], (*place, part)
    return place


def _known(loc: tuple[Any, ...]) -> list[str]:
    """The keys that may stand at a place of the form."""
    definitions = schema()
    here: Any = definitions
    for part in loc:
        here = _inner(here, part, definitions)
    here = _resolved(here, definitions)
    found = dict(here.get("properties", {}))
    for one in here.get("anyOf", ()):
        found |= _resolved(one, definitions).get("properties", {})
    return list(found)


def _inner(here: Any, part: Any, definitions: Any) -> Any:
    others: list[Any] = _resolved(here, definitions).get("anyOf", [])
    options = [_resolved(one, definitions) for one in [here, *others]]
    for one in options:
        if isinstance(part, int) and "items" in one:
            return one["items"]
        if part in one.get("properties", {}):
            return one["properties"][part]
        extra = one.get("additionalProperties") or next(iter(one.get("patternProperties", {}).values()), None)
        if isinstance(extra, dict) and part not in definitions.get("$defs", {}):
            return extra
    return here


def _resolved(here: Any, definitions: Any) -> dict[str, Any]:
    while isinstance(here, dict) and "$ref" in here:
        here = definitions["$defs"][here["$ref"].rpartition("/")[2]]
    return here if isinstance(here, dict) else {}


_SHORT: dict[str, list[Any]] = {  # forms that may also be written shorter
    "FieldForm": [
        {"enum": ["text", "number", "integer", "boolean"]},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ],
    "ParameterForm": [{"type": ["boolean", "number", "string"]}],
}


def _shorthands(made: Any) -> Any:
    """The schema with the short spellings that the validators accept."""
    for name, others in _SHORT.items():
        made["$defs"][f"{name}Whole"] = made["$defs"][name]
        made["$defs"][name] = {"anyOf": [{"$ref": f"#/$defs/{name}Whole"}, *others]}
    edges = made["$defs"]["NodeForm"]["properties"]["next"]
    items = edges.pop("items")
    edges.pop("type")
    one = {"anyOf": [items, {"type": "string"}]}
    edges["anyOf"] = [{"type": "array", "items": one}, items, {"type": "string"}]
    return made
