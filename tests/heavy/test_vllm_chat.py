"""The LangChain chat model over vLLM, through LangChain's own doors."""

import asyncio
import json
from typing import Literal

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from maieutic import InputError
from maieutic.agents.models.chat_vllm import ChatVllm
from maieutic.agents.models.engine import EngineError
from maieutic.agents.models.langchain import LangChain
from maieutic.agents.models.messages import schema_of
from maieutic.agents.models.player import Model

TALK = [SystemMessage("You judge."), HumanMessage("Is this right? 3 x 12 = 36")]


class Verdict(BaseModel):
    """A judgement."""

    text: str = Field(max_length=30)
    verdict: Literal["yes", "no"]


@tool
def look_up(word: Literal["loaf", "euro"], times: int) -> str:
    """Look a word up."""
    return word * times


@pytest.fixture(scope="module")
def chat(engine):
    """Shares the session's engine: same model, same options."""
    made = ChatVllm(model=engine.model, options=engine.host.options, max_tokens=40, seed=7)
    assert made._host is engine.host
    yield made
    made.close()


def test_invoke_batch_and_their_async_twins_agree(chat):
    one = chat.invoke(TALK)
    assert isinstance(one, AIMessage)
    assert 10 < one.usage_metadata["output_tokens"] <= 40
    assert one.response_metadata["finish_reason"] in ("length", "stop")
    again = [*chat.batch([TALK] * 3), asyncio.run(chat.ainvoke(TALK)), *asyncio.run(chat.abatch([TALK] * 3))]
    assert {message.text for message in again} == {one.text}
    assert chat.invoke(TALK, seed=8).text != one.text


def test_a_stream_comes_in_pieces_that_make_the_whole(chat):
    async def collect():
        return [piece async for piece in chat.astream(TALK)]

    whole = chat.invoke(TALK)
    for pieces in (list(chat.stream(TALK)), asyncio.run(collect())):
        assert len(pieces) > 3
        total = sum(pieces[1:], pieces[0])
        assert isinstance(total, AIMessageChunk)
        assert total.text == whole.text
        assert total.usage_metadata == whole.usage_metadata
        assert total.response_metadata["finish_reason"] == whole.response_metadata["finish_reason"]


def test_a_stream_that_is_left_ends_its_request(chat):
    stream = chat.stream(TALK, max_tokens=8000)
    next(stream)
    stream.close()
    chat.invoke(TALK)
    assert chat._host.metrics.running <= 1


def test_samples_stop_strings_and_template_arguments(chat):
    result = chat.generate([TALK], n=3)
    texts = [generation.text for generation in result.generations[0]]
    assert len(set(texts)) == 3
    assert result.llm_output["token_usage"]["output_tokens"] > 60
    stop = texts[0][10]
    assert chat.invoke(TALK, stop=[stop]).text == texts[0][: texts[0].index(stop)]
    longer = chat.invoke(TALK, template={"terse": True}).usage_metadata["input_tokens"]
    assert longer > chat.invoke(TALK).usage_metadata["input_tokens"]


def test_log_probabilities_come_in_openais_form(chat):
    content = chat.invoke(TALK, logprobs=2, max_tokens=5).response_metadata["logprobs"]["content"]
    assert len(content) == 5
    assert all(token["logprob"] <= 0 and token["top_logprobs"] for token in content)


def test_structured_answers_follow_their_schema(chat):
    asked = chat.bind(max_tokens=300)
    verdict = chat.with_structured_output(Verdict, max_tokens=300).invoke(TALK)
    assert isinstance(verdict, Verdict)
    schema = {**schema_of(Verdict), "title": "Verdict"}
    plain = chat.with_structured_output(schema, max_tokens=300).invoke(TALK)
    assert Verdict.model_validate(plain) == verdict
    assert asked.invoke(TALK, schema_=schema).text == json.dumps(
        verdict.model_dump(), separators=(",", ":"), ensure_ascii=False
    )


def test_a_structured_answer_that_is_cut_is_an_error_and_never_mended(chat):
    whole = chat.with_structured_output(Verdict, include_raw=True, max_tokens=5).invoke(TALK)
    assert whole["parsed"] is None
    assert whole["parsing_error"] is not None
    assert whole["raw"].response_metadata["finish_reason"] == "length"
    with pytest.raises(ValueError, match="Invalid JSON"):
        chat.with_structured_output(Verdict, max_tokens=5).invoke(TALK)


def test_a_forced_tool_call_is_a_tool_call_and_its_result_goes_back(chat):
    asked = chat.bind_tools([look_up], tool_choice="any", max_tokens=200)
    message = asked.invoke(TALK)
    (call,) = message.tool_calls
    assert call["name"] == "look_up"
    answer = look_up.invoke({**call["args"], "times": 1})
    told = [*TALK, message, ToolMessage(answer, tool_call_id=call["id"])]
    then = chat.invoke(told)
    assert then.usage_metadata["input_tokens"] > message.usage_metadata["input_tokens"] - 200
    assert next(asked.stream(TALK)).tool_calls == message.tool_calls


def test_tools_of_the_models_own_choice_need_a_parser_and_reach_the_template(chat):
    with pytest.raises(InputError, match="form must be known"):
        chat.bind_tools([look_up])
    free = chat.model_copy(update={"tool_parser": "hermes"})
    message = free.bind_tools([look_up]).invoke(TALK)
    assert message.tool_calls == []
    assert message.usage_metadata["input_tokens"] > chat.invoke(TALK).usage_metadata["input_tokens"]


def test_image_blocks_are_passed_through(chat):
    picture = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
    told = [HumanMessage([{"type": "text", "text": "What is this?"}, picture])]
    _, call = chat._call(told, None, {})
    assert call["messages"][0]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="},
    }
    with pytest.raises(EngineError, match="multimodal"):  # this model sees nothing, and vLLM says so
        chat.invoke(told)


def test_a_wrong_setting_is_refused(chat):
    with pytest.raises(InputError, match="temprature"):
        chat.invoke(TALK, temprature=1)


def test_it_can_sit_at_the_table_as_any_langchain_model(chat):
    from maieutic.agents import Turn
    from maieutic.roles.verifier import TURN

    player = Model(LangChain(chat, "tiny"), width=6.0)
    move = asyncio.run(player.act(Turn(TURN, dict.fromkeys(TURN.sees, "some"), seed=1)))
    assert isinstance(move.answer, TURN.answer)
