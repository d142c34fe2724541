"""Chances: closed forms over invented tokens, and a player that fills in what it does not ask for."""

import asyncio
import itertools
import json
import math
from typing import Literal

import pytest
import served_script
from hypothesis import given
from hypothesis import strategies as st

from maieutic import ScenarioError, Usage
from maieutic.agents import BadAnswer, Turn
from maieutic.agents.models.chances import bare_field, chance_of, chances_of, closed
from maieutic.agents.models.engine import Choice, Reply, TokenChance
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.messages import form_of, system
from maieutic.agents.models.player import Model
from maieutic.roles import Answer, Role, private
from maieutic.roles.evaluator import ALONE, expected


class Choose(Answer):
    """Two fields are asked for, so they come in an object."""

    text: str
    better: Literal["first", "second"]
    odds: dict[str, float] | None = private(None, chances_of="better")


def token(text, chance=1.0, **rivals):
    return TokenChance(
        token=text, logprob=math.log(chance), top={name: math.log(one) for name, one in rivals.items()}
    )


@given(st.booleans(), st.integers(1, 5))
def test_the_chance_of_a_field_is_that_of_the_tokens_that_spell_it(value, size):
    text = json.dumps({"text": 'the "sound": x', "sound": value})
    tokens = tuple(
        TokenChance(token=text[place : place + size], logprob=-0.1) for place in range(0, len(text), size)
    )
    chance = chance_of(tokens, "sound")
    start = text.rindex(json.dumps(value))
    touched = sum(
        place < start + len(json.dumps(value)) and place + size > start for place in range(0, len(text), size)
    )
    assert chance == pytest.approx(math.exp(-0.1 * touched))


def test_the_chance_of_a_field_that_was_not_written_is_unknown():
    assert chance_of((), "sound") is None
    assert chance_of((TokenChance(token='{"a": 1}', logprob=0),), "sound") is None


# of several values


@given(st.lists(st.floats(1e-6, 1), min_size=10, max_size=10), st.data())
def test_the_chances_of_ten_digits_are_the_rivals_renormalised(weights, data):
    total, said = sum(weights), data.draw(st.integers(0, 9))
    odd = data.draw(st.floats(0, 0.5))  # on tokens that are no digit
    shares = [(1 - odd) * weight / total for weight in weights]
    space = data.draw(st.sampled_from(["", " "]))
    rivals = {f"{space}{digit}": math.log(share) for digit, share in enumerate(shares)}
    rivals |= {"Well": math.log(odd)} if odd else {}
    tokens = [
        TokenChance(token=f"{space}{said}", logprob=math.log(shares[said]), top=rivals),
        TokenChance(token="<end>", logprob=0.0),
    ]
    found = chances_of(tokens, "score", range(10), bare=f"{space}{said}")
    assert found == pytest.approx([weight / total for weight in weights])


@given(st.integers(1, 12))
def test_in_an_object_the_token_that_begins_the_value_is_found_however_the_text_is_cut(size):
    text = json.dumps({"text": 'no "better": second', "better": "first"})
    start = text.rindex("first")
    places = list(range(start % size, start, size))  # so that some token begins with the value
    cuts = sorted({0, *places, start, len(text)})
    pieces = [text[a:b] for a, b in itertools.pairwise(cuts)]
    tokens = [TokenChance(token=piece, logprob=-0.01) for piece in pieces[:-1]]
    tokens.append(token(pieces[-1], 0.75, **{pieces[-1]: 0.75, "second": 0.05, "seco": 0.1, "third": 0.1}))
    found = chances_of(tokens, "better", ("first", "second"))
    assert found == pytest.approx([0.75 / 0.9, 0.15 / 0.9])


def test_a_token_that_begins_before_the_value_is_read_from_where_the_value_begins():
    tokens = [token('{"better'), token('":"first', 0.5, **{'":"first': 0.5, '":"second': 0.3, '":"': 0.2})]
    assert chances_of(tokens, "better", ("first", "second")) == pytest.approx([0.625, 0.375])


def test_where_a_token_may_begin_several_values_nothing_is_said():
    one = token("1", 0.6, **{"1": 0.6, "2": 0.4})
    assert chances_of([one], "score", range(1, 11), bare="1") is None
    told = token("1", 0.6, **{"1": 0.6, "10": 0.2, "2": 0.2})  # the vocabulary has 10, so 1 means 1
    assert chances_of([told], "score", (1, 2, 10), bare="1") == pytest.approx([0.6, 0.2, 0.2])


def test_without_probabilities_or_without_the_field_nothing_is_said_and_without_a_value_all_are_zero():
    assert chances_of([], "score", range(10), bare="7") is None
    assert chances_of([token("8")], "score", range(10), bare="7") is None
    assert chances_of([token('{"other": 7}')], "score", range(10)) is None
    assert chances_of([token("7", 0.5, Well=0.5)], "score", range(8, 10), bare="7") == [0.0, 0.0]


def test_only_small_closed_sets_have_chances():
    class Open(Answer):
        score: float
        chances: tuple[float, ...] | None = private(None, chances_of="score")

    assert closed(Choose, "better") == ("first", "second")
    assert closed(ALONE.answer, "score") == tuple(range(10))
    with pytest.raises(ScenarioError, match=r"Open\.score: its chances are wanted"):
        Model(Told("7")).seated([Role("judge.open", (), Open, brief="Say how good it is.")])


# a player


class Told:
    fingerprint, guided = "told", True

    def __init__(self, *said):
        self.said, self.asked = list(said), []

    async def complete(self, request):
        self.asked.append(request)
        told = self.said.pop(0)
        choice = told if isinstance(told, Choice) else Choice(text=told, finish="stop")
        return Reply(choices=(choice,), usage=Usage(calls=1), model="told")


def act(engine, role, **options):
    return asyncio.run(Model(engine, **options).act(Turn(role, dict.fromkeys(role.sees, "x"), seed=1)))


def test_a_lone_value_is_asked_for_bare_so_that_its_first_token_is_the_first_of_the_answer():
    seven = Choice(text="7", finish="stop", tokens=(token("7", 0.5, **{"7": 0.5, "9": 0.3, "So": 0.2}),))
    engine = Told(seven)
    answer = act(engine, ALONE).answer
    assert bare_field(ALONE.answer) == "score"
    assert (answer.score, expected(answer.score, answer.chances)) == (7, pytest.approx(7.75))
    (asked,) = engine.asked
    assert asked.schema_ == {"enum": list(range(10))} == form_of(ALONE.answer)
    assert (asked.logprobs, asked.max_tokens, asked.temperature) == (20, 10, 0.0)
    assert asked.messages[0]["content"].endswith(
        "Answer with one of these and nothing else: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    )


def test_thoughts_before_the_value_do_not_stand_in_for_it():
    thoughts = [token("<think>"), token("3", 0.9, **{"3": 0.9, "4": 0.1}), token("</think>")]
    value = token("7", 0.5, **{"7": 0.5, "8": 0.5})
    choice = Choice(text="<think>3</think>7", finish="stop", tokens=(*thoughts, value))
    assert act(Told(choice), ALONE).answer.chances[7:9] == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(
    ("said", "score"), [("7", 7), (" **7**, for", 7), ('"7"', 7), ("7/9", 7), ('{"score": 7}', 7)]
)
def test_a_value_is_read_where_the_reply_begins_with_it(said, score):
    assert act(Told(said), ALONE).answer.score == score


@pytest.mark.parametrize("said", ["", "12", "7.5", "I would say 7 or 8", "-1", "seven"])
def test_what_begins_with_no_value_is_sent_back_and_never_guessed_at(said):
    with pytest.raises(BadAnswer, match="does not begin with one of 0, 1"):
        act(Told(said), ALONE, repairs=0)
    engine = Told(said, "4")
    assert act(engine, ALONE).answer.score == 4
    assert "Answer again with the value alone" in engine.asked[1].messages[-1]["content"]


def test_a_model_cannot_say_its_own_chances():
    assert act(Told('{"score": 7, "chances": [0,0,0,0,0,0,0,0,0,1]}'), ALONE).answer.chances is None


def test_beside_other_fields_the_value_stays_in_the_object_and_its_chances_may_be_a_table():
    role = Role("judge.choose", ("question",), Choose, brief="Say which is better.")
    said = '{"text": "Well.", "better": "second"}'
    begun, rest = said[: said.index("second")], "second"
    choice = Choice(
        text=said, finish="stop", tokens=(token(begun), token(rest, 0.6, second=0.6, first=0.2), token('"}'))
    )
    engine = Told(choice)
    answer = act(engine, role).answer
    assert answer.odds == pytest.approx({"first": 0.25, "second": 0.75})
    assert list(engine.asked[0].schema_["properties"]) == ["text", "better"]
    assert "odds" not in system(role)


@pytest.mark.parametrize("vllm", [True, False])
def test_a_served_model_gives_its_chances_through_openais_protocol(vllm):
    async def play(url):
        engines = Engines()
        player = engines.player(f"{url}/v1#scripted")
        turns = [Turn(ALONE, {"prompt": "Say hello.", "output": f"{n}"}, seed=n) for n in range(20)]
        moves = await asyncio.gather(*(player.act(turn) for turn in turns))
        await engines.close()
        return moves

    with served_script.running(vllm=vllm, text=None if vllm else "5") as url:
        moves = asyncio.run(play(url))
    for move in moves:
        rest = (1 - math.exp(-0.5)) / 9  # the scripted server's
        wanted = [math.exp(-0.5) if digit == move.answer.score else rest for digit in range(10)]
        assert move.answer.chances == pytest.approx(wanted)
    if vllm:  # the schema was sent and followed
        assert len({move.answer.score for move in moves}) > 3
