"""vLLM in process, over a tiny Llama with random weights: whatever it would rather say, its answers have the form."""

import asyncio
import json
import os
import pkgutil
import time
import zlib
from importlib import import_module

import pytest

import maieutic.roles
from maieutic import InputError
from maieutic.agents import Turn
from maieutic.agents.models.engine import EngineError, Request
from maieutic.agents.models.player import Model
from maieutic.agents.models.vllm import open_vllm
from maieutic.roles import Role

TALK = (
    {"role": "system", "content": "You judge."},
    {"role": "user", "content": "Is this right? 3 x 12 = 36"},
)
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "maxLength": 30}, "right": {"type": "boolean"}},
    "required": ["text", "right"],
    "additionalProperties": False,
}


def all_roles():
    for found in pkgutil.iter_modules(maieutic.roles.__path__):
        if found.ispkg:
            continue
        module = import_module(f"maieutic.roles.{found.name}")
        yield from {value.name: value for value in vars(module).values() if isinstance(value, Role)}.values()


def ask(engine, *requests):
    async def together():
        return await asyncio.gather(*(engine.complete(request) for request in requests))

    return asyncio.run(together())


def request(**settings):
    return Request(**{"messages": TALK, "seed": 1, "max_tokens": 200, **settings})


@pytest.mark.parametrize("width", [6.0, None], ids=["bounded from the start", "bounded after a cut"])
def test_every_role_is_answered_in_its_form(engine, width):
    roles = {role.name: role for role in all_roles()}
    if width is None:  # what is bounded later is the same for all
        roles = dict(list(roles.items())[::4])
    model = Model(engine, width=width, repairs=9)  # random words meet a role's own validators by chance only

    async def play():
        turns = [
            Turn(role, {name: f"some {name}" for name in role.sees}, seed=zlib.crc32(role.name.encode()))
            for role in roles.values()  # seeds by name, so that a new role changes nothing for the others
        ]
        return turns, await asyncio.gather(*(model.act(turn) for turn in turns), return_exceptions=True)

    turns, moves = asyncio.run(play())
    failed = {
        turn.role.name: move for turn, move in zip(turns, moves, strict=True) if isinstance(move, Exception)
    }
    assert not failed
    assert len(moves) >= (40 if width else 10)
    for turn, move in zip(turns, moves, strict=True):
        assert isinstance(move.answer, turn.role.answer)
        if (
            width is not None
        ):  # the guarantee holds at once; a role's own validators may still ask for another try
            json.loads(move.raw)


def test_equal_requests_get_equal_replies_and_other_seeds_other_ones(engine):
    requests = [request(seed=seed, max_tokens=60) for seed in range(24)]
    once, again = ask(engine, *requests), ask(engine, *reversed(requests))
    assert once == again[::-1]
    assert len({reply.choices[0].text for reply in once}) == 24


def test_samples_of_one_request_differ_and_the_prompt_is_counted_once(engine):
    (one,), (many,) = ask(engine, request(max_tokens=8)), ask(engine, request(max_tokens=8, n=5))
    assert len({choice.text for choice in many.choices}) == 5
    assert many.usage.prompt_tokens == one.usage.prompt_tokens
    assert many.usage.completion_tokens == 40
    assert many.usage.calls == 1
    assert {choice.finish for choice in many.choices} == {"length"}


def test_log_probabilities_are_those_of_the_tokens_written(engine):
    (reply,) = ask(engine, request(schema_=SCHEMA, logprobs=3))
    choice = reply.choices[0]
    assert choice.finish == "stop"
    assert "".join(token.token for token in choice.tokens).startswith('{"text":"')
    for token in choice.tokens:
        assert token.logprob <= 0
        assert len(token.top) >= 1
        assert max(token.top.values()) >= token.logprob


def test_a_stop_string_ends_the_text_before_it(engine):
    (free,) = ask(engine, request(max_tokens=60))
    stop = free.choices[0].text[20]
    (cut,) = ask(engine, request(max_tokens=60, stop=(stop,)))
    assert cut.choices[0].text == free.choices[0].text[: free.choices[0].text.index(stop)]
    assert cut.choices[0].finish == "stop"


def test_template_arguments_reach_the_chat_template(engine):
    (plain,), (terse,) = ask(engine, request()), ask(engine, request(template={"terse": True}))
    assert terse.usage.prompt_tokens > plain.usage.prompt_tokens


def test_a_shared_prompt_is_found_in_the_prefix_cache(engine):
    told = ({"role": "user", "content": "Twelve loaves at three euros each. " * 40},)
    (first,) = ask(engine, request(messages=told, max_tokens=4))
    before = engine.host.metrics
    ask(engine, *(request(messages=told, seed=seed, max_tokens=4) for seed in range(5)))
    after = engine.host.metrics
    assert after.queried - before.queried == 5 * first.usage.prompt_tokens
    assert after.hit - before.hit > 0.9 * 5 * (first.usage.prompt_tokens - 32)
    assert asyncio.run(engine.waiting()) == 0.0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"messages": ({"role": "user", "content": "x y " * 20_000},)}, "context"),
        ({"schema_": {"type": "strin"}}, "strin"),
        ({"temperature": -1.0}, "temperature"),
    ],
)
def test_a_request_that_can_never_be_served_is_refused_for_good(engine, settings, words):
    with pytest.raises(EngineError, match=words) as caught:
        ask(engine, request(**settings))
    assert not caught.value.temporary


def test_an_unknown_option_names_its_neighbour(tiny):
    with pytest.raises(InputError, match="max_model_len"):
        open_vllm(tiny, {"max_model_length": 100})
    with pytest.raises(InputError, match="no config"):
        open_vllm("./no-such-folder", {})


def test_the_fingerprint_follows_the_files_and_options_and_not_the_place(tiny, tmp_path):
    import shutil

    copy = shutil.copytree(tiny, tmp_path / "copies" / os.path.basename(tiny))
    prints = {open_vllm(str(place), {}).fingerprint for place in (tiny, copy)}
    assert len(prints) == 1
    with (copy / "model.safetensors").open("r+b") as weights:
        weights.seek(-4, os.SEEK_END)
        weights.write(b"\x01\x02\x03\x04")
    other = shutil.copytree(copy, tmp_path / "other" / os.path.basename(tiny))
    assert open_vllm(str(other), {}).fingerprint not in prints
    assert open_vllm(tiny, {"max_model_len": 64}).fingerprint not in prints


def core_of(engine):
    """The living processes of the engine."""
    import psutil

    def lives(one):
        try:
            return one.name().startswith("VLLM") and one.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return [one for one in psutil.Process().children(recursive=True) if lives(one)]


def test_players_of_one_model_share_one_engine_that_keeps_reasoning_apart_and_the_last_to_leave_ends_its_processes(
    tiny,
):
    from tiny_llama import OPTIONS

    options = {**OPTIONS, "reasoning_parser": "deepseek_r1"}
    before = set(core_of(None))
    one, other = open_vllm(tiny, options), open_vllm(tiny, dict(reversed(options.items())))
    try:
        (reply,) = ask(one, request(schema_=SCHEMA, n=16, max_tokens=1500))
        made = set(core_of(None)) - before
        ask(other, request(max_tokens=4))
        assert made
        assert set(core_of(None)) - before == made
        asyncio.run(one.close())
        assert made <= set(core_of(None))
    finally:
        asyncio.run(one.close())
        asyncio.run(other.close())
    for _ in range(300):
        if not made & set(core_of(None)):
            break
        time.sleep(0.1)
    assert not made & set(core_of(None))
    done = [choice for choice in reply.choices if choice.finish == "stop" and choice.text]
    assert len(done) >= 3  # the others ended, or were cut, while they were thinking
    for choice in done:
        assert set(json.loads(choice.text)) == {"text", "right"}
    assert any(choice.reasoning for choice in done)
    assert not any("</think>" in choice.text for choice in done)


def test_an_engine_that_cannot_start_is_tried_once_and_says_why(tiny):
    broken = open_vllm(tiny, {"max_model_len": 10_000_000})
    for _ in range(2):
        with pytest.raises(EngineError, match=r"max_model_len|model length") as caught:
            ask(broken, request())
        assert not caught.value.temporary
    assert broken.host.starts == 1
    asyncio.run(broken.close())
