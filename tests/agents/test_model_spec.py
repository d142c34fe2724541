"""Specs: three forms, options beside them, and errors before any call."""

import contextlib
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maieutic import InputError
from maieutic.agents.models import spec as module
from maieutic.agents.models.budget import Budget
from maieutic.agents.models.engines import Engines, Terms, player
from maieutic.agents.models.spec import parse_spec


@pytest.fixture(autouse=True)
def everything_installed(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: object())


@pytest.mark.parametrize(
    ("text", "kind", "url", "model"),
    [
        ("vllm:/models/llama", "vllm", None, "/models/llama"),
        ("vllm:Qwen/Qwen3-8B", "vllm", None, "Qwen/Qwen3-8B"),
        ("http://localhost:8000/v1#qwen", "served", "http://localhost:8000/v1", "qwen"),
        ("https://api.host.org/v1#org/model:free", "served", "https://api.host.org/v1", "org/model:free"),
        ("https://host/v1?version=2#m", "served", "https://host/v1?version=2", "m"),
        ("openai:gpt-5", "langchain", None, "openai:gpt-5"),
        ("bedrock:anthropic.claude-v2:1", "langchain", None, "bedrock:anthropic.claude-v2:1"),
    ],
)
def test_the_three_forms_with_options_behind_them(text, kind, url, model):
    for query in ("", "?temperature=0.5&max_tokens=7&repairs=0"):
        spec = parse_spec(text + query)
        assert (spec.kind, spec.url, spec.model) == (kind, url, model)
    assert (spec.options.temperature, spec.options.max_tokens, spec.options.repairs) == (0.5, 7, 0)


@given(st.text(min_size=1, max_size=20), st.floats(0, 2), st.integers(1, 9999))
def test_options_in_the_text_and_by_name_are_the_same(stop, temperature, tokens):
    text = f"http://h/v1#m?temperature={temperature!r}&max_tokens={tokens}&stop={quote(stop, safe='')}"
    assert parse_spec(text) == parse_spec(
        "http://h/v1#m", temperature=temperature, max_tokens=tokens, stop=stop
    )


def test_options_of_every_kind():
    spec = parse_spec(
        "http://h/v1#m?stop=a&stop=b&prices=0.15,0.60&template.enable_thinking=false&extra.min_p=0.1"
        "&guided=false&in_flight=9&patience=5&cache=refresh&server=vllm&identity=mine&override=true"
    ).options
    assert spec.stop == ("a", "b")
    assert spec.prices == (0.15, 0.60)
    assert spec.template == {"enable_thinking": False}
    assert spec.extra == {"min_p": 0.1}
    assert (spec.guided, spec.in_flight, spec.patience, spec.cache) == (False, 9, 5.0, "refresh")
    assert (spec.server, spec.identity, spec.override) == ("vllm", "mine", True)


def test_other_options_are_the_engines_own():
    spec = parse_spec(
        "vllm:m?max_model_len=2048&dtype=float32&speculative_config=" + quote(json.dumps({"k": 1}))
    )
    assert spec.own == {"max_model_len": 2048, "dtype": "float32", "speculative_config": {"k": 1}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpt-5", "vllm:PATH_OR_ID, http://host:port/v1#MODEL, PROVIDER:MODEL"),
        ("", "vllm:PATH_OR_ID"),
        ("vllm:", "vllm:PATH_OR_ID"),
        ("some/path:x", "vllm:PATH_OR_ID"),
        ("http://localhost:8000/v1", "http://host:port/v1#MODEL"),
        ("http://localhost:8000/v1#", "http://host:port/v1#MODEL"),
        ("http://#m", "http://host:port/v1#MODEL"),
        ("http://h/v1#m?temperature", "name=value"),
        ("http://h/v1#m?temperature=hot", "temperature.*number"),
        ("http://h/v1#m?temperature=-1", "temperature.*greater than or equal to 0"),
        ("http://h/v1#m?temprature=1", "did you mean 'temperature'"),
        ("http://h/v1#m?colour=red", "extra.NAME=value"),
        ("http://h/v1#m?cache=maybe", "'off', 'read-write', 'read-only' or 'refresh'"),
        ("vllm:m?temprature=1", "did you mean 'temperature'"),
        ("openai:gpt-5?key_env=X", "only a served model"),
        ("http://h/v1#m?key_env=SURELY_NOT_SET_HERE", "SURELY_NOT_SET_HERE.*not set"),
    ],
)
def test_a_wrong_spec_says_what_was_expected(text, said):
    with pytest.raises(InputError, match=said):
        parse_spec(text)


@given(st.text(max_size=60))
def test_any_text_is_a_spec_or_an_input_error(text):
    with contextlib.suppress(InputError):
        parse_spec(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("vllm:m", "pip install 'maieutic[vllm]'"),
        ("http://h/v1#m", "pip install 'maieutic[served]'"),
        ("openai:m", "pip install 'maieutic[langchain]'"),
    ],
)
def test_what_is_not_installed_is_named_with_its_extra(monkeypatch, text, remedy):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(InputError) as caught:
        parse_spec(text)
    assert caught.value.remedy == remedy


def test_an_unknown_provider_fails_before_any_call():
    with pytest.raises(InputError, match="nobody:m"):
        Engines().player("nobody:m")


def test_players_of_one_model_share_its_engine_and_keep_their_own_sampling():
    engines = Engines()
    cool, warm = (engines.player(f"http://h/v1#m?temperature={t}") for t in (0, 1))
    other = engines.player("http://h/v1#n")
    assert cool.engine is warm.engine is not other.engine
    assert cool.fingerprint != warm.fingerprint != other.fingerprint
    assert player("http://h/v1#m").engine is player("http://h/v1#m?repairs=0").engine


def test_an_identity_stands_in_for_the_address():
    engines = Engines()
    prints = {engines.player(f"http://h:{port}/v1#m?identity=mine").fingerprint for port in (1, 2)}
    assert len(prints) == 1
    assert len({engines.player(f"http://h:{port}/v1#m").fingerprint for port in (1, 2)}) == 2


def test_how_a_model_is_approached_changes_no_fingerprint():
    plain = Engines().player("http://h/v1#m").fingerprint
    assert Engines().player("http://h/v1#m?in_flight=3&patience=1&tries=2").fingerprint == plain
    assert Engines().player("http://h/v1#m?guided=false").fingerprint != plain
    assert Engines().player("http://h/v1#m?extra.min_p=0.1").fingerprint != plain


def test_a_budget_in_money_asks_for_prices_before_any_call():
    engines = Engines(Terms(budget=Budget(money=1)))
    with pytest.raises(InputError, match="needs the price of model 'm'"):
        engines.player("http://h/v1#m")
    assert engines.player("http://h/v1#m?prices=0,0").label == "m"
