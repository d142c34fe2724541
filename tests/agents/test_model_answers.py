"""Answers: what is read from words, and what never is."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from maieutic.agents.models.answers import Unusable, read_answer, spans_of, split_reasoning
from maieutic.agents.models.messages import in_words, schema_of
from maieutic.roles import Answer, private


class Said(Answer):
    text: str
    sound: bool
    score: int = private(5, ge=0, le=10)


GOOD = {"text": "Add them.", "sound": True, "score": 7}
sayings = st.fixed_dictionaries(
    {"text": st.text(st.characters(exclude_categories=("Cs",)), max_size=200), "sound": st.booleans()},
    optional={"score": st.integers(0, 10)},
)


def tried(text, cut=False):
    try:
        return read_answer(text, Said, cut=cut)
    except Unusable as error:
        return error


@given(
    sayings, st.sampled_from(["{}", "```json\n{}\n```", "Sure, here it is:\n{}\nAnything else?", "\n\n {} "])
)
def test_an_object_is_read_whole_whatever_stands_around_it(said, frame):
    answer = read_answer(frame.replace("{}", json.dumps(said, ensure_ascii=False)), Said)
    assert answer == Said(**said)


@given(sayings, sayings)
def test_of_two_answers_the_last_is_meant(first, last):
    assert read_answer(f"First {json.dumps(first)}, no: {json.dumps(last)}", Said) == Said(**last)


@given(sayings, st.data(), st.booleans())
def test_an_unfinished_object_never_gives_an_answer(said, data, cut):
    text = json.dumps(said)
    part = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(Unusable):
        read_answer(part, Said, cut=cut)


@given(st.text(max_size=300), st.booleans())
def test_any_text_gives_an_answer_or_a_reason(text, cut):
    assert isinstance(tried(text, cut), Said | Unusable)


@given(st.text(alphabet="{}[]\":,\\ \n'atrue0159.-eNI/*", max_size=120))
def test_any_near_json_gives_an_answer_or_a_reason(text):
    for wrapped in (text, '{"text": ' + text + "}"):
        assert isinstance(tried(wrapped), Said | Unusable)


@pytest.mark.parametrize(
    "text",
    [
        "{'text': 'Add them.', 'sound': True, 'score': 7}",
        '{"text": "Add them.", "sound": true, "score": 7,}',
        '{text: "Add them.", sound: true, score: 7}',
        '{"text": "Add them." /* aloud */, "sound": true, "score": "7"}',
        '{"text": "Add them.", "sound": true, "score": 7}}',
        '```\n{"text": "Add them.",\n "sound": true,\n "score": 7\n}\n```',
    ],
)
def test_slips_of_the_pen_are_mended(text):
    assert read_answer(text, Said) == Said(**GOOD)


def test_a_text_cut_at_the_limit_is_not_mended_and_says_so():
    with pytest.raises(Unusable, match="cut off at the token limit"):
        read_answer('{"text": "Add', Said, cut=True)
    with pytest.raises(Unusable, match="cut off"):
        read_answer("{'text': 'Add them.', 'sound': True}", Said, cut=True)
    assert read_answer(json.dumps(GOOD) + " and so", Said, cut=True) == Said(**GOOD)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("I will not say.", "no JSON object"),
        ('{"text": "Add', "not complete"),
        ('{"text": 5, "sound": true}', "text: "),
        ('{"text": "a", "sound": true, "extra": 1}', "extra: "),
        ('{"text": "a", "sound": true, "score": 11}', "score: "),
        ('{"sound": true}', "text: "),
        ('{"text": "\\ud800", "sound": true}', "whole characters"),
        ("[" * 100_000, "no JSON object"),
        ('{"a":' * 50_000, "not complete"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "cannot be read"),
    ],
)
def test_what_cannot_be_used_says_why(text, reason):
    with pytest.raises(Unusable, match=reason):
        read_answer(text, Said)


def test_numbers_that_are_not_finite_are_no_answer():
    class Number(Answer):
        value: float

    for text in ('{"value": NaN}', '{"value": 1e999}', '{"value": "inf"}', '{"value": -Infinity}'):
        with pytest.raises(Unusable):
            read_answer(text, Number)


def test_code_in_a_reply_is_never_run(tmp_path):
    mark = tmp_path / "ran"
    for text in (
        f"{{'text': __import__('pathlib').Path({str(mark)!r}).touch(), 'sound': True}}",
        f'{{"text": open({str(mark)!r}, "w"), "sound": true}}',
    ):
        with contextlib.suppress(Unusable):
            read_answer(text, Said)
        assert not mark.exists()


@given(st.text(max_size=100))
def test_spans_are_balanced_parts_of_the_text(text):
    for span in spans_of(text):
        assert span in text
        assert span.startswith("{")
        assert span.endswith("}")


def test_reasoning_is_taken_off_the_front_only():
    said = json.dumps({"text": "</think>", "sound": True})
    assert split_reasoning(said) == (None, said)
    assert split_reasoning(f'<think>a {{"b": 1}}</think>\n{said}') == ('a {"b": 1}', said)
    assert split_reasoning(f"the mark stood in the prompt</think>{said}") == (
        "the mark stood in the prompt",
        said,
    )
    assert split_reasoning("<think>for ever") == ("for ever", "")


# the schema that such answers follow


class Step(Answer):
    why: str = Field(description="The reason.", max_length=80)
    next: "Step | None" = None


class Rich(Answer):
    kind: str = Field(pattern="^(a|b)$")
    title: str = Field("untitled", min_length=2)
    steps: list[Step] = Field(min_length=1, max_length=3, description="Steps in order.")
    weights: dict[str, float] = {}
    hidden: float | None = private(None, ge=0, le=1, description="How sure you are.")
    chance: float = Field(0.0, json_schema_extra={"private": True, "chance_of": "kind"})


def test_every_field_is_asked_for_private_ones_too_and_nothing_else_is_let_in():
    schema = schema_of(Rich)
    assert schema["required"] == ["kind", "title", "steps", "weights", "hidden"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Step"]["required"] == ["why", "next"]
    assert schema["properties"]["weights"]["additionalProperties"] == {"type": "number"}
    assert "default" not in json.dumps(schema)


def test_a_schema_in_words_names_every_field_with_its_bounds():
    words = in_words(schema_of(Rich))
    for part in ("`kind`", "matching ^(a|b)$", "`steps`", "at most 3 items", "Steps in order.", "  - `why`"):
        assert part in words
    assert "How sure you are." in words
    assert "chance" not in words
