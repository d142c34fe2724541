"""What each format makes of the records of every scenario."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from drawn_records import drawn

from maieutic import Dialogue, InputError, Judged, Message, Pair, Tool, ToolCall
from maieutic.exports import KINDS, Entry, Unfit, load, names, provenance

NAMES = ["alpaca-farm", "socratic-math", "spar", "tree-instruct"]


@pytest.fixture(params=NAMES)
def several(request):
    return drawn(request.param)


def of(form, entries):
    """(entry, row) of all that the format can carry."""
    for entry in entries:
        if entry.record.kind in form.kinds:
            with suppress(Unfit):
                yield from [(entry, row) for row in form.rows(entry)]


def test_every_scenario_makes_records(several):
    assert several


@pytest.mark.parametrize("name", names())
def test_rows_are_plain_json_and_their_provenance_names_the_record(name, several):
    for entry, row in of(load(name), several):
        assert json.loads(json.dumps(row, allow_nan=False)) == row
        source = provenance(entry)
        assert source["episode"] == entry.record.episode
        assert source["events"]
        assert source["cast"]
        assert source["source"]["licence"] == entry.origin.licence
        assert source["kind"] in load(name).kinds


def test_a_pair_becomes_prompt_chosen_and_rejected(several):
    for entry, row in of(load("trl-preference"), several):
        assert row["chosen"] == [{"role": "assistant", "content": entry.record.chosen}]
        assert row["rejected"] == [{"role": "assistant", "content": entry.record.rejected}]
        assert row["prompt"][-1]["role"] == "user"


@pytest.mark.parametrize("name", ["trl-sft", "openai-chat", "axolotl-sft"])
def test_conversations_end_with_an_answer_and_alternate(name, several):
    for entry, row in of(load(name), several):
        assert isinstance(entry.record, Dialogue | Judged)
        roles = [message["role"] for message in row["messages"] if message["role"] != "system"]
        assert roles[0] == "user"
        assert roles[-1] == "assistant"
        assert all(one != other for one, other in pairwise(roles))


def test_a_judged_response_stands_in_the_question_and_only_the_critique_is_learned(several):
    for entry, row in of(load("trl-prompt-completion"), several):
        if isinstance(entry.record, Judged):
            assert entry.record.response in row["prompt"][-1]["content"]
            assert row["completion"] == [{"role": "assistant", "content": entry.record.critique}]


def test_every_message_to_be_learned_is_one_completion(several):
    form = load("trl-prompt-completion")
    for entry in several:
        if isinstance(entry.record, Dialogue):
            trained = [message.content for message in entry.record.messages if message.train]
            assert [row["completion"][0]["content"] for row in form.rows(entry)] == trained


@pytest.mark.parametrize("name", ["llama-factory-sft", "llama-factory-preference", "llama-factory-kto"])
def test_llama_factory_rows_alternate_and_have_the_length_that_it_wants(name, several):
    odd = name.endswith("preference")
    for _, row in of(load(name), several):
        turns = [turn["from"] for turn in row["conversations"]]
        assert len(turns) % 2 == odd
        assert all(turn in ("human", "observation") for turn in turns[::2])
        assert all(turn in ("gpt", "function_call") for turn in turns[1::2])
        assert type(row.get("kto_tag", True)) is bool


MESSAGE = Message(role="user", content="q")
PAIR = Pair(
    episode="e",
    task="t",
    purpose="x",
    prompt=(MESSAGE,),
    chosen="yes, sure",
    rejected="yes",
    chosen_event="a",
    rejected_event="b",
    chosen_verdict=1,
    rejected_verdict=0,
)
ORIGIN = {"scenario": "s", "seed": 1, "cast": {}, "source": "g", "licence": "MIT", "content": "c"}


@pytest.mark.parametrize("name", [name for name in names() if load(name).kinds == ("pair",)])
def test_a_pair_of_which_one_begins_with_the_other_is_refused_with_its_reason(name):
    with pytest.raises(Unfit, match="begins with the other"):
        list(load(name).rows(Entry(record=PAIR, origin=ORIGIN)))


def test_tools_are_spelled_as_each_trainer_wants_them():
    record = Dialogue(
        episode="e",
        task="t",
        purpose="x",
        messages=(
            MESSAGE,
            Message(
                role="assistant",
                content="",
                train=True,
                calls=(ToolCall(id="c1", name="mul", arguments={"a": 7, "b": 8}),),
            ),
            Message(role="tool", content="56", answers="c1"),
            Message(role="assistant", content="It is 56.", train=True),
        ),
        events=("a",),
        tools=(Tool(name="mul", parameters={"type": "object", "properties": {}}),),
    )
    entry = Entry(record=record, origin=ORIGIN)
    (trl,), (openai,), (factory,) = (
        list(load(name).rows(entry)) for name in ("trl-sft", "openai-chat", "llama-factory-sft")
    )
    function = trl["messages"][1]["tool_calls"][0]["function"]
    assert function == {"name": "mul", "arguments": {"a": 7, "b": 8}}
    assert trl["messages"][2]["name"] == "mul"
    assert json.loads(trl["tools"])[0]["function"]["name"] == "mul"
    assert openai["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"a":7,"b":8}'
    assert openai["messages"][2]["tool_call_id"] == "c1"
    assert openai["tools"][0]["type"] == "function"
    turns = [turn["from"] for turn in factory["conversations"]]
    assert turns == ["human", "function_call", "observation", "gpt"]
    assert json.loads(factory["tools"])[0]["name"] == "mul"


def test_formats_of_ones_own_come_through_the_same_door(tmp_path, monkeypatch):
    file = tmp_path / "my_format.py"
    file.write_text("def rows(entry):\n    yield {'text': entry.record.kind}\n")
    form = load(f"{file}:rows")
    assert form.kinds == KINDS
    assert list(form.rows(Entry(record=PAIR, origin=ORIGIN))) == [{"text": "pair"}]
    file.write_text(
        "from maieutic.exports import Format\n"
        "MINE = Format(name='mine', summary='x', kinds=('pair',), rows=lambda entry: [{'a': 1}])\n"
    )
    assert load(str(file)).name == "mine"
    with pytest.raises(InputError, match="neither a Format nor a function"):
        load("maieutic.exports.format:KINDS")
