"""The served client, against the scripted server in another process, and its reader against any bytes."""

import asyncio
import json
import urllib.request
from collections import Counter

import pytest
import served_script
from hypothesis import given
from hypothesis import strategies as st

from maieutic import StopRun, Usage
from maieutic.agents import Turn
from maieutic.agents.models.admission import Fault, Limits
from maieutic.agents.models.engine import EngineError, Reply, Request
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.served import Served, queue_length, read_reply, refusal
from maieutic.agents.models.spec import parse_spec

BODY = {
    "id": "chatcmpl-1",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
}


def request(number=0, **changes):
    return Request(
        **{"messages": ({"role": "user", "content": f"hello {number}"},), "seed": number, **changes}
    )


def tally(url):
    return json.loads(urllib.request.urlopen(f"{url}/tally").read())


async def ask(url, *requests, journal=None, say=None, **options):
    engines = Engines(journal=journal, say=say or (lambda text: None))
    engine = engines.engine(parse_spec(f"{url}/v1#scripted", **{"backoff": 0.01, **options}))
    told = await asyncio.gather(*(engine.complete(one) for one in requests), return_exceptions=True)
    await engines.close()
    return told


# reading

changed = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_a_fault(raw):
    with pytest.raises(Fault):
        read_reply(raw, request())


@given(changed, st.data())
def test_a_completion_with_any_part_replaced_is_a_reply_or_a_fault(value, data):
    body = json.loads(json.dumps(BODY))
    place, path = body, data.draw(st.sampled_from(PATHS))
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        reply = read_reply(json.dumps(body).encode(), request(), model="m", name="mai-1-1")
    except Fault:
        return
    assert Reply.model_validate_json(reply.model_dump_json()) == reply


PATHS = [
    ("id",),
    ("model",),
    ("choices",),
    ("choices", 0),
    ("choices", 0, "index"),
    ("choices", 0, "message"),
    ("choices", 0, "message", "content"),
    ("choices", 0, "message", "refusal"),
    ("choices", 0, "message", "reasoning"),
    ("choices", 0, "finish_reason"),
    ("choices", 0, "logprobs"),
    ("usage",),
    ("usage", "prompt_tokens"),
    ("error",),
]


@given(st.data())
def test_half_of_a_reply_is_a_fault(data):
    raw = json.dumps(BODY).encode()
    with pytest.raises(Fault, match="not JSON"):
        read_reply(raw[: data.draw(st.integers(0, len(raw) - 1))], request())


def test_a_reply_by_another_model_or_to_another_request_is_refused():
    raw = json.dumps({**BODY, "model": "llama-3-8b-instruct"}).encode()
    with pytest.raises(Fault, match="'llama-3-8b-instruct', asked was 'qwen'"):
        read_reply(raw, request(), model="qwen")
    assert read_reply(raw, request(), model="llama-3-8b").model == "llama-3-8b-instruct"
    assert read_reply(raw, request()).model == "llama-3-8b-instruct"
    raw = json.dumps({**BODY, "id": "chatcmpl-mai-1-a0-suffix"}).encode()
    assert read_reply(raw, request(), name="mai-1-a0").usage == Usage(
        prompt_tokens=3, completion_tokens=1, calls=1
    )
    with pytest.raises(Fault, match="answers another request"):
        read_reply(raw, request(), name="mai-1-a")


def test_reasoning_refusals_and_ends_are_told_apart():
    def read(**changes):
        choice = {**BODY["choices"][0], **changes}
        return read_reply(json.dumps({**BODY, "choices": [choice]}).encode(), request()).choices[0]

    assert read(finish_reason="length").finish == "length"
    assert read(finish_reason="content_filter").finish == "refused"
    assert read(finish_reason="tool_calls").finish == "other"
    assert read(message={"content": None, "refusal": "no"}).finish == "refused"
    assert read(message={"content": "x", "reasoning_content": "why"}).reasoning == "why"
    assert read(message={"content": "x", "reasoning": "why"}).reasoning == "why"
    assert read(message={"content": None}).text == ""
    assert read(message={"content": "\ud83d"}).text == "\ufffd"


def test_too_few_choices_are_a_fault():
    with pytest.raises(Fault, match="1 choices, asked were 3"):
        read_reply(json.dumps(BODY).encode(), request(n=3))


@given(st.integers(400, 599), st.binary(max_size=50))
def test_every_status_is_a_fault_or_final(status, raw):
    error = refusal(status, raw)
    assert f"status {status}" in str(error)
    assert error.temporary == (status >= 500 or status in (408, 409, 425, 429))


def test_the_servers_own_words_and_the_wait_it_asks_for_are_kept():
    error = refusal(429, b'{"error": {"message": "slow down"}}', "7")
    assert isinstance(error, Fault)
    assert (error.kind, error.retry_after, "slow down" in str(error)) == ("busy", 7.0, True)
    assert refusal(429, b"", "Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0.0
    assert refusal(429, b"", "soon").retry_after is None
    assert "guided=false" in str(refusal(400, b'{"message": "response_format is not supported"}'))


def test_the_queue_is_read_from_prometheus_text():
    assert queue_length("# HELP x\nvllm:num_requests_running 9\n") is None
    assert (
        queue_length('vllm:num_requests_waiting{model_name="a b"} 1e1\nvllm:num_requests_waiting 2') == 12.0
    )


# calling


@pytest.mark.parametrize("fault", ["429", "500", "503", "cut", "half", "wrong", "other", "stranger"])
def test_each_fault_is_tried_again_once_and_paid_for(fault):
    with served_script.running(plan=[fault]) as url:
        (reply,) = asyncio.run(ask(url, request()))
        assert isinstance(reply, Reply), reply
        assert reply.usage.calls == 2
        assert tally(url)["attempts"] == 2


def test_a_bad_request_is_not_tried_again():
    with served_script.running(plan=["400"]) as url:
        (error,) = asyncio.run(ask(url, request()))
        assert isinstance(error, EngineError)
        assert not error.temporary
        assert "context too long" in str(error)
        assert tally(url)["attempts"] == 1


def test_a_server_that_is_late_beyond_the_timeout_is_asked_again():
    with served_script.running(plan=["late"], lateness=30.0) as url:
        (reply,) = asyncio.run(ask(url, request(), timeout=0.5))
        assert reply.usage.calls == 2


def test_every_response_is_journalled_before_it_is_read():
    kept = []
    with served_script.running(plan=["half", "wrong", "500"]) as url:
        (reply,) = asyncio.run(ask(url, request(), journal=lambda key, raw, status: kept.append((key, raw))))
    assert len(kept) == 4
    assert len({key for key, _ in kept}) == 1
    assert read_reply(kept[-1][1], request()).choices == reply.choices


def test_nobody_at_the_address_is_said_once_and_waited_for():
    said = []
    (error,) = asyncio.run(ask("http://127.0.0.1:9", request(), say=said.append, patience=0.3))
    assert isinstance(error, StopRun)
    assert "away for more than 0.3 s" in str(error)
    assert len(said) == 1


def test_a_server_that_starts_later_is_gone_on_with():
    async def work():
        import socket

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        said = []
        asked = asyncio.create_task(
            ask(f"http://127.0.0.1:{port}", *map(request, range(20)), say=said.append, patience=30)
        )
        await asyncio.sleep(0.3)
        with served_script.running(port=port):
            return await asked, said

    told, said = asyncio.run(work())
    assert all(isinstance(reply, Reply) for reply in told)
    assert ["away" in said[0], "back" in said[1]] == [True, True]


def test_what_only_vllm_knows_goes_only_to_vllm():
    asked = request(top_k=5, template={"think": False}, priority=-3, temperature=0.5, stop=("a",))
    for vllm, priorities in ((True, True), (True, False), (False, False)):
        with served_script.running(vllm=vllm) as url:
            asyncio.run(ask(url, asked, priorities=priorities, extra={"min_p": 0.1}))
            (body,) = tally(url)["recent"]
        assert (body["temperature"], body["stop"], body["seed"], body["min_p"]) == (0.5, ["a"], 0, 0.1)
        assert body.get("top_k") == (5 if vllm else None)
        assert body.get("chat_template_kwargs") == ({"think": False} if vllm else None)
        assert body.get("priority") == (-3 if priorities else None)


def test_a_model_that_vllm_does_not_have_is_an_error_that_names_what_it_has():
    with served_script.running() as url:

        async def work():
            engine = Served(f"{url}/v1", "other")
            try:
                await engine.complete(request())
            finally:
                await engine.close()

        with pytest.raises(EngineError, match="no model 'other'; it has scripted"):
            asyncio.run(work())


def test_several_choices_and_token_probabilities_come_back():
    with served_script.running() as url:
        (reply,) = asyncio.run(ask(url, Request(messages=request().messages, seed=1, n=3, logprobs=2)))
    assert len({choice.text for choice in reply.choices}) == 3
    assert "".join(token.token for token in reply.choices[0].tokens) == reply.choices[0].text


def test_one_pool_serves_all_calls_and_a_new_event_loop_opens_another():
    with served_script.running(delay=0.02) as url:
        engine = Served(f"{url}/v1", "scripted")

        async def work():
            await asyncio.gather(*(engine.complete(request(n)) for n in range(20)))
            first = engine._session
            await asyncio.gather(*(engine.complete(request(n)) for n in range(20, 40)))
            assert engine._session is first
            return first

        first, second = asyncio.run(work()), asyncio.run(work())
        assert first is not second
        assert first.closed
        assert second.closed


def test_the_queue_of_a_served_vllm_can_be_asked_for():
    with served_script.running(slots=1, delay=0.3) as url:

        async def work():
            engine = Served(f"{url}/v1", "scripted")
            calls = [asyncio.create_task(engine.complete(request(n))) for n in range(4)]
            await asyncio.sleep(0.15)
            waiting = await engine.waiting()
            await asyncio.gather(*calls)
            await engine.close()
            return waiting

        assert asyncio.run(work()) == 3.0


# playing


@pytest.mark.parametrize("fault", ["empty", "length", "broken"])
def test_a_model_player_repairs_what_the_server_got_wrong_in_content(role, fault):
    with served_script.running(plan=[fault]) as url:

        async def work():
            engines = Engines()
            move = await engines.player(f"{url}/v1#scripted").act(Turn(role, {"question": "1+1?"}, seed=5))
            await engines.close()
            return move

        move = asyncio.run(work())
        assert move.answer.text.startswith("said ")
        assert move.usage.calls == 2
        assert tally(url)["bodies"] == 2


def test_two_thousand_calls_with_thirty_percent_faults_are_each_done_once_or_listed_with_a_reason(role):
    faults = {kind: 0.3 / len(served_script.FAULTS) for kind in served_script.FAULTS}

    async def work(url):
        engines = Engines(say=lambda text: None)
        model = engines.player(f"{url}/v1#scripted", backoff=0.005, start=256)
        turns = [Turn(role, {"question": f"{n} + 1?"}, seed=n) for n in range(2000)]
        told = await asyncio.gather(*(model.act(turn) for turn in turns), return_exceptions=True)
        await engines.close()
        return told

    with served_script.running(faults=faults, delay=0.002, lateness=0.1) as url:
        told = asyncio.run(work(url))
        seen = tally(url)
    reasons = Counter(str(one) for one in told if isinstance(one, Exception))
    moves = [one for one in told if not isinstance(one, Exception)]
    assert len(moves) + sum(reasons.values()) == 2000
    assert all(reasons), "a call without a reason"
    assert len(moves) > 1950, reasons
    assert all(move.answer.text.startswith("said ") for move in moves)
    assert len({move.answer.text for move in moves}) == len(moves)  # nobody got another's answer
    assert max(seen["done"].values()) == 1  # none was answered twice
    assert set(served_script.FAULTS) <= set(seen["fates"])


def test_limits_say_what_they_mean():
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Limits(tries=0)
