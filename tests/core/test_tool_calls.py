"""Conversations in which an assistant calls tools."""

import pytest

from maieutic import Message, ToolCall
from maieutic.records import _dialogue_faults as found_in

ASK = Message(role="user", content="7*8?")
CALL = Message(
    role="assistant",
    content="",
    train=True,
    calls=(ToolCall(id="a", name="mul", arguments={"a": 7, "b": 8}),),
)
RESULT = Message(role="tool", content="56", answers="a")
SAY = Message(role="assistant", content="56", train=True)


def test_a_call_its_result_and_the_answer_are_a_sound_conversation():
    assert found_in([ASK, CALL, RESULT, SAY, ASK, SAY]) == []


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([ASK, CALL, SAY], "expected tool"),
        ([ASK, CALL, RESULT, RESULT], "expected assistant"),
        ([ASK, CALL, RESULT.model_copy(update={"answers": "b"}), SAY], "not open"),
        ([ASK, RESULT, SAY], "expected assistant"),
        ([ASK, CALL.model_copy(update={"calls": CALL.calls * 2}), RESULT, SAY], "twice under one id"),
    ],
)
def test_a_call_without_its_result_is_a_fault(turns, words):
    assert any(words in fault for fault in found_in(turns))


def test_messages_without_tools_are_written_without_their_fields():
    assert SAY.model_dump(mode="json") == {"role": "assistant", "content": "56", "train": True}
    assert Message.model_validate(CALL.model_dump(mode="json")) == CALL
