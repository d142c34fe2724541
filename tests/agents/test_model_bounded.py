"""Laws of bounded schemas: they only shrink what is allowed, and no text that they allow is too long."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from maieutic.agents.models.bounded import WORST, bounded, most_tokens
from maieutic.agents.models.messages import schema_of

LEAVES = st.one_of(
    st.builds(
        lambda low, high: {"type": "string", "minLength": low} | ({"maxLength": low + high} if high else {}),
        st.integers(0, 3),
        st.integers(0, 500),
    ),
    st.sampled_from(
        [{"type": "integer"}, {"type": "integer", "minimum": 5}, {"type": "number", "maximum": -3}]
    ),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"enum": ["yes", "no", "perhaps"]}]),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda items, most: {"type": "array", "items": items} | ({"maxItems": most} if most else {}),
            inner,
            st.integers(0, 9),
        ),
        st.builds(
            lambda parts: {
                "type": "object",
                "properties": parts,
                "required": list(parts),
                "additionalProperties": False,
            },
            st.dictionaries(st.sampled_from("abcdef"), inner, max_size=4),
        ),
        st.builds(lambda left, right: {"anyOf": [left, right]}, inner, inner),
    ),
    max_leaves=8,
)


def longest(schema):
    """The longest instance that a schema allows, where every character of a string takes six bytes."""
    if "enum" in schema:
        return max(schema["enum"], key=len)
    if "anyOf" in schema:
        return max((longest(option) for option in schema["anyOf"]), key=lambda value: len(json.dumps(value)))
    match schema["type"]:
        case "string":
            return "\x01" * schema["maxLength"]
        case "integer" | "number" as kind:
            whole = max(schema["minimum"], schema["maximum"], key=lambda value: len(str(value)))
            return whole if kind == "integer" else whole - 0.123457 if whole < 0 else whole + 0.123457
        case "array":
            return [longest(schema["items"])] * schema["maxItems"]
        case "object":
            return {name: longest(part) for name, part in schema["properties"].items()}
    return {"boolean": False, "null": None}[schema["type"]]


@given(SCHEMAS, st.integers(20, 4000))
def test_the_longest_text_that_a_bounded_schema_allows_fits(schema, tokens):
    made = bounded(schema, tokens)
    text = json.dumps(longest(made), separators=(",", ":"))
    assert len(text) + 1 <= most_tokens(made)
    if most_tokens(made) > tokens:  # nothing shorter is allowed
        assert most_tokens(bounded(schema, 1)) > tokens


@given(SCHEMAS, st.integers(20, 4000), st.sampled_from([0.25, 1.0, WORST]))
def test_lengths_only_shrink_and_nothing_else_changes(schema, tokens, width):
    def compare(old, new):
        assert {key for key in old if key not in new} == set()
        for key, value in new.items():
            if key in ("maxLength", "maxItems"):
                assert value <= old.get(key, math.inf)
                assert value >= old.get(key.replace("max", "min"), 0)
            elif key in ("minimum", "maximum", "multipleOf"):
                assert old.get(key, value) == value
            elif key == "properties":
                assert list(value) == list(old[key])
                for name in value:
                    compare(old[key][name], value[name])
            elif key == "items":
                compare(old[key], value)
            elif key == "anyOf":
                for one, other in zip(old[key], value, strict=True):
                    compare(one, other)
            else:
                assert old[key] == value

    compare(schema, bounded(schema, tokens, width))


@given(SCHEMAS, st.integers(200, 4000))
def test_a_narrower_width_allows_no_less(schema, tokens):
    def lengths(node):
        if isinstance(node, list):
            return [length for item in node for length in lengths(item)]
        if not isinstance(node, dict):
            return []
        own = [node["maxLength"]] if "maxLength" in node else []
        return own + [length for value in node.values() for length in lengths(value)]

    wide, narrow = bounded(schema, tokens, WORST), bounded(schema, tokens, 0.25)
    if json.dumps(wide).count("maxItems") == 0:
        assert all(a <= b for a, b in zip(lengths(wide), lengths(narrow), strict=True))


def test_what_fits_already_stays_as_it_is():
    schema = {
        "type": "object",
        "properties": {"right": {"type": "boolean"}, "why": {"type": "string", "maxLength": 20}},
    }
    assert bounded(schema, 1000) == schema


def test_pydantic_models_with_references_are_bounded():
    class Step(BaseModel):
        text: str = Field(max_length=4000)
        score: float

    class Plan(BaseModel):
        steps: list[Step]
        best: Step | None

    made = bounded(schema_of(Plan), 600)
    assert most_tokens(made) <= 600 < most_tokens(schema_of(Plan)) == math.inf
    assert made["$defs"]["Step"]["properties"]["text"]["maxLength"] < 4000
    assert 1 <= made["properties"]["steps"]["maxItems"] < 64


@pytest.mark.parametrize(
    "part",
    [
        {"type": "object", "additionalProperties": {"type": "boolean"}},
        {},
        {"type": "string", "pattern": "^a*$"},
    ],
)
def test_what_cannot_be_bounded_is_said(part):
    made = bounded({"type": "object", "properties": {"a": part}}, 300)
    assert (most_tokens(made) == math.inf) is ("pattern" not in part)


def test_a_type_that_holds_itself_has_no_bound():
    schema = {
        "$defs": {"Node": {"type": "object", "properties": {"child": {"$ref": "#/$defs/Node"}}}},
        "$ref": "#/$defs/Node",
    }
    assert most_tokens(bounded(schema, 300)) == math.inf
