"""LangChain: a fake chat model of langchain_core's own, and langchain-openai against the scripted server."""

import asyncio
import json
from typing import Any

import pytest
import served_script
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda

from maieutic import InputError, StopRun, Usage
from maieutic.agents import Turn
from maieutic.agents.models.admission import Fault
from maieutic.agents.models.engine import EngineError, Request
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.langchain import LangChain
from maieutic.agents.models.player import Model

GOOD = json.dumps({"text": "It is right.", "sound": True, "score": 9})


class Fake(BaseChatModel):
    """Gives `told` (a message or an exception) and remembers what it was set to."""

    told: Any
    temperature: float | None = None
    num_predict: int | None = None
    seed: int | None = None
    log: list[Any] = []

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.log.append((self.temperature, self.num_predict, self.seed, stop, kwargs, messages))
        if isinstance(self.told, Exception):
            raise self.told
        return ChatResult(generations=[ChatGeneration(message=self.told)])


class Structured(Fake):
    def with_structured_output(self, schema, *, include_raw=False, **kwargs):
        assert schema["title"] == "answer"
        parsed = {"text": "As a tool call.", "sound": False, "score": 1}
        return RunnableLambda(lambda told: {"raw": AIMessage(""), "parsed": parsed, "parsing_error": None})


class Refusal(Exception):
    def __init__(self, status):
        super().__init__("scripted")
        self.status_code = status


def complete(told, **changes):
    model = Fake(told=told, log=[])
    request = Request(**{"messages": ({"role": "user", "content": "hi"},), "seed": 7, **changes})
    return asyncio.run(LangChain(model, "fake:m").complete(request)), model.log


def test_a_message_becomes_a_reply_with_cost_and_end():
    message = AIMessage(
        [{"type": "reasoning", "reasoning": "Let me see."}, {"type": "text", "text": "hi"}],
        usage_metadata={"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
        response_metadata={"finish_reason": "length", "model_name": "m-1"},
    )
    reply, _ = complete(message)
    (choice,) = reply.choices
    assert (choice.text, choice.reasoning, choice.finish) == ("hi", "Let me see.", "length")
    assert (reply.usage, reply.model) == (Usage(prompt_tokens=3, completion_tokens=2, calls=1), "m-1")


@pytest.mark.parametrize(
    ("meta", "finish"),
    [
        ({"stop_reason": "max_tokens"}, "length"),
        ({"finish_reason": "MAX_TOKENS"}, "length"),
        ({"finish_reason": "SAFETY"}, "refused"),
        ({"stop_reason": "end_turn"}, "stop"),
        ({}, "stop"),
    ],
)
def test_providers_words_for_the_end_are_understood(meta, finish):
    assert complete(AIMessage("x", response_metadata=meta))[0].choices[0].finish == finish


def test_sampling_goes_into_the_models_own_fields_else_with_the_call():
    _, log = complete(AIMessage("x"), temperature=0.3, max_tokens=9, top_p=0.5, stop=("END",))
    temperature, limit, seed, stop, kwargs, _ = log[0]
    assert (temperature, limit, seed, stop, kwargs) == (0.3, 9, 7, ["END"], {"top_p": 0.5})


def test_several_choices_are_several_calls_with_seeds_of_their_own():
    reply, log = complete(AIMessage("x"), n=3)
    assert len(reply.choices) == 3
    assert reply.usage.calls == 3
    assert len({entry[2] for entry in log}) == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refusal(429), "busy"),
        (Refusal(529), "busy"),
        (Refusal(500), "broken"),
        (TimeoutError("late"), "broken"),
        (ConnectionResetError("cut"), "broken"),
        (Refusal(400), None),
        (ValueError("what is this"), None),
    ],
)
def test_errors_are_read_by_their_status(error, kind):
    with pytest.raises(EngineError) as caught:
        complete(error)
    assert caught.value.temporary == (kind is not None)
    assert getattr(caught.value, "kind", None) == kind
    assert isinstance(caught.value, Fault) == (kind is not None)


def test_a_key_or_name_that_is_refused_ends_the_run():
    for status in (401, 403, 404):
        with pytest.raises(StopRun, match="mend the model's name, or its API key"):
            complete(Refusal(status))


def test_a_model_without_structured_output_is_told_in_words_and_one_with_it_is_guided(role):
    turn = Turn(role, {"question": "1+1?"}, seed=1)
    plain = LangChain(Fake(told=AIMessage(f"Here: {GOOD}"), log=[]), "fake:m")
    assert not plain.guided
    assert asyncio.run(Model(plain).act(turn)).answer.score == 9
    guided = LangChain(Structured(told=AIMessage("")), "fake:m")
    assert guided.guided
    assert asyncio.run(Model(guided).act(turn)).answer.text == "As a tool call."


def test_a_spec_goes_through_init_chat_model_to_the_provider(role, monkeypatch):
    pytest.importorskip("langchain_openai", reason="needs langchain-openai")
    pytest.importorskip("langchain", reason="needs langchain")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with served_script.running(plan=["429", "500", "good"]) as url:

        async def work():
            engines = Engines(say=lambda text: None)
            player = engines.player(f"openai:scripted?base_url={url}/v1&backoff=0.01&temperature=0.4")
            move = await player.act(Turn(role, {"question": "1+1?"}, seed=1))
            await engines.close()
            return move

        move = asyncio.run(work())
    assert move.answer.text.startswith("said ")
    assert move.usage.calls == 3
    assert move.usage.prompt_tokens == 100


def test_a_missing_key_is_an_input_error_before_any_call(monkeypatch):
    pytest.importorskip("langchain_openai", reason="needs langchain-openai")
    pytest.importorskip("langchain", reason="needs langchain")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError, match="openai:m"):
        Engines().player("openai:m")
