"""Player: from a turn to messages, from replies to a move or a bad answer; over an engine that is told what to say."""

import asyncio
import json
import math

import pytest

from maieutic import Usage
from maieutic.agents import BadAnswer, Turn
from maieutic.agents.models.bounded import most_tokens
from maieutic.agents.models.engine import Choice, Reply, TokenChance
from maieutic.agents.models.messages import filled, messages
from maieutic.agents.models.player import Model
from maieutic.roles import Answer, Role, Sampling

GOOD = json.dumps({"text": "It is right.", "sound": True, "score": 9})
VIEW = {"question": "1 + 1?", "history": [{"speaker": "teacher", "text": "Try."}], "candidate": "2"}


class Told:
    """Says its lines in order and remembers what it was asked."""

    fingerprint = "told"

    def __init__(self, *lines, guided=True):
        self.lines, self.guided, self.asked = list(lines), guided, []

    async def complete(self, request):
        self.asked.append(request)
        line = self.lines.pop(0)
        choice = line if isinstance(line, Choice) else Choice(text=line, finish="stop")
        usage = Usage(prompt_tokens=10, completion_tokens=5, calls=1)
        return Reply(choices=(choice,), usage=usage, model="told")

    async def close(self):
        pass


def act(engine, role, **options):
    return asyncio.run(Model(engine, **options).act(Turn(role, VIEW, seed=3)))


def test_a_good_reply_becomes_a_move_with_its_words_and_cost(role):
    move = act(Told(GOOD), role)
    assert move.answer.model_dump() == json.loads(GOOD)
    assert move.raw == GOOD
    assert move.usage == Usage(prompt_tokens=10, completion_tokens=5, calls=1)
    assert move.memory is None


def test_an_unusable_reply_is_sent_back_with_the_reason_and_all_is_paid_for(role):
    engine = Told("I think it is right.", '{"text": "ok"}', GOOD)
    move = act(engine, role)
    assert move.answer.score == 9
    assert move.usage.calls == 3
    first, second, third = engine.asked
    assert second.messages[: len(first.messages)] == first.messages
    assert second.messages[-2] == {"role": "assistant", "content": "I think it is right."}
    assert "no JSON object" in second.messages[-1]["content"]
    assert "sound: Field required" in third.messages[-1]["content"]
    assert len({request.seed for request in engine.asked}) == 3


def test_after_the_last_repair_the_answer_is_bad_and_its_words_are_kept(role):
    with pytest.raises(BadAnswer, match="not complete") as caught:
        act(Told("no", "never", '{"text": "yes'), role, repairs=2)
    assert caught.value.raw == '{"text": "yes'
    assert caught.value.usage.calls == 3


def test_length_is_a_verdict(role):
    with pytest.raises(BadAnswer, match="cut off at the token limit"):
        act(Told(Choice(text=GOOD[:-5], finish="length")), role, repairs=0)
    assert act(Told(Choice(text=GOOD + "\n\n", finish="length")), role).answer.score == 9


def test_a_refusal_is_not_argued_with(role):
    engine = Told(Choice(text="I cannot help.", finish="refused"))
    with pytest.raises(BadAnswer, match="refused") as caught:
        act(engine, role)
    assert caught.value.raw == "I cannot help."
    assert len(engine.asked) == 1


def test_reasoning_is_kept_with_the_words_and_never_in_the_answer(role):
    for choice in (
        Choice(text=GOOD, finish="stop", reasoning="Let me see."),
        Choice(text=f"<think>Let me see.</think>{GOOD}", finish="stop"),
    ):
        move = act(Told(choice), role)
        assert move.raw == f"<think>\nLet me see.\n</think>\n{GOOD}"
        assert "Let me see" not in json.dumps(move.answer.model_dump())


def test_the_seed_is_the_turns_and_the_schema_goes_to_engines_that_can_force_it(role):
    guided, free = Told(GOOD), Told(GOOD, guided=False)
    act(guided, role)
    act(free, role)
    assert guided.asked[0].seed == free.asked[0].seed == 3
    assert guided.asked[0].schema_["required"] == ["text", "sound", "score"]
    assert free.asked[0].schema_ is None
    assert guided.asked[0].messages == free.asked[0].messages


def test_the_roles_sampling_goes_first_and_the_specs_fills_it_up_unless_it_overrides():
    role = Role("judge.turn", (), Answer, brief="x", sampling=Sampling(temperature=0.2, stop=("END",)))
    mine = Sampling(temperature=0.9, max_tokens=50, stop=("X",))

    def made(override):
        return Model(Told(), mine, override=override)._request(Turn(role, {}, seed=1), (), 0)

    assert (made(False).temperature, made(False).max_tokens, made(False).stop) == (0.2, 50, ("END",))
    assert (made(True).temperature, made(True).max_tokens, made(True).stop) == (0.9, 50, ("X",))


def test_a_field_marked_chance_of_is_filled_from_the_token_probabilities(monkeypatch):
    from pydantic import Field

    class Vote(Answer):
        better: bool
        sure: float | None = Field(None, json_schema_extra={"private": True, "chance_of": "better"})

    monkeypatch.setattr("maieutic.roles.role.read_brief", lambda name: "Vote.")
    tokens = (TokenChance(token='{"better": ', logprob=-3), TokenChance(token="true", logprob=-0.5))
    choice = Choice(
        text='{"better": true}', finish="stop", tokens=(*tokens, TokenChance(token="}", logprob=-1))
    )
    engine = Told(choice, '{"better": true}')
    role = Role("judge.vote", ("question",), Vote)
    assert act(engine, role).answer.sure == pytest.approx(math.exp(-0.5))
    assert engine.asked[0].logprobs == 1
    assert "sure" not in engine.asked[0].schema_["properties"]
    assert act(engine, role).answer.sure is None


def test_what_is_shared_stands_first(role):
    system, user = messages(role, VIEW)
    assert system["role"] == "system"
    assert system["content"].startswith("You are the judge.turn.")
    places = [user["content"].index(part) for part in ("1 + 1?", "teacher: Try.", "<candidate>")]
    assert places == sorted(places)
    longer = {**VIEW, "history": [*VIEW["history"], {"speaker": "student", "text": "3"}]}
    other = messages(role, {**longer, "candidate": "3"})
    assert other[0] == system
    shared = user["content"][: places[1] + len("teacher: Try.")]
    assert other[1]["content"].startswith(shared)


def test_every_field_is_asked_for_in_words_private_ones_too(role):
    said = messages(role, {})[0]["content"]
    for part in ("`text` (text, at most 200 characters): What is said aloud.", "`score`", "at most 10"):
        assert part in said


def test_a_filled_brief_shows_where_each_field_goes(role):
    shown = filled(role)[1]["content"]
    assert all(f"<{name}>\n({name})\n</{name}>" in shown for name in role.sees)


def test_image_parts_are_passed_through_in_their_place(role):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    content = messages(role, {"question": "What is it?", "history": [image], "candidate": "A cat."})[1][
        "content"
    ]
    assert content[1] == image
    assert [part["type"] for part in content] == ["text", "image_url", "text"]
    assert "A cat." in content[2]["text"]


def test_deeper_episodes_are_served_first(role):
    engine = Told(GOOD)
    act(engine, role)
    assert engine.asked[0].priority == -1


def test_with_a_width_the_schema_is_bounded_to_fit_the_token_limit(role):
    engine = Told(GOOD, GOOD)
    act(engine, role, sampling=Sampling(max_tokens=100), width=1.0)
    act(engine, role, sampling=Sampling(max_tokens=100))
    narrow, plain = (request.schema_["properties"]["text"]["maxLength"] for request in engine.asked)
    assert narrow < 100 < plain == 200


def test_after_a_cut_the_schema_is_bounded_by_the_width_that_the_reply_had_and_then_by_the_worst(role):
    cut = Choice(text='{"text": "x', finish="length")  # 11 characters in 5 tokens
    engine = Told(cut, cut, GOOD)
    act(engine, role, sampling=Sampling(max_tokens=100))
    first, second, third = (request.schema_["properties"]["text"]["maxLength"] for request in engine.asked)
    assert first == 200 > second > third
    assert most_tokens(engine.asked[2].schema_) <= 100


def test_the_width_is_part_of_the_fingerprint():
    assert len({Model(Told(), width=width).fingerprint for width in (None, 1.0, 6.0)}) == 3
