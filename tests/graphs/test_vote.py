import asyncio
import math
from collections import Counter

import pytest
import snapshots
from hypothesis import given
from hypothesis import strategies as st

from maieutic import Stop, Task, rng
from maieutic.agents import BadAnswer, Move, Scripted
from maieutic.graphs import Ask, Offer, Stage, State, bound, derangement, leave_one_out, majority, vote
from maieutic.roles import Answer, Role


class Words(Answer):
    text: str


SAMPLE = Role("policy.sample", (), Words)
COIN = Role("coin.toss", (), Words)
VOTE = Role("voter.vote", ("choices",), Words)


def usable(state, role):
    return [e for e in state["events"] if e.role == role.name and e.invalid is None]


def pattern(samples=3, votes=3, between=None, coin=lambda state: [Offer()]):
    def compare(state):
        choices = sorted({event.answer["text"] for event in usable(state, SAMPLE)})
        said = [event.answer["text"] for event in usable(state, COIN)]
        if len(choices) < 2 or "noisy" in said:
            return []
        first = usable(state, SAMPLE)[0].id
        return [Offer(first, {"choices": choices}, index) for index in range(votes)]

    def conclude(state):
        winner = majority(event.answer["text"] for event in usable(state, VOTE))
        return {"winner": winner}, Stop.TIE if winner is None else Stop.SOLVED

    return vote(
        sample=Ask(SAMPLE, lambda state: [Offer(index=n) for n in range(samples)], fan=samples),
        compare=Ask(VOTE, compare, fan=votes),
        conclude=conclude,
        between=Ask(COIN, coin) if between else None,
    )


def said(*lines):
    return [line if isinstance(line, Exception) else {"text": line} for line in lines]


class Many:
    """Says one line after another, whoever asks."""

    simulated = False
    name = fingerprint = "many"

    def __init__(self, *lines):
        self.lines = iter(lines)

    async def act(self, turn):
        line = next(self.lines)
        if isinstance(line, Exception):
            raise line
        return Move({"text": line})


def played(graph, samples, votes=(), coin="clean"):
    cast = {"policy": Many(*samples), "voter": Many(*votes), "coin": Scripted({COIN.name: said(coin)})}
    stage = Stage("episode", 0, Task(id="t", world="w", fields={}), cast)
    start = State(events=[], notes={}, stop=None)
    return asyncio.run(graph.compile().ainvoke(start, {"recursion_limit": bound(graph)}, context=stage))


@pytest.mark.parametrize("between", [False, True])
def test_the_graph_draws_itself(between):
    name = "vote-between.mmd" if between else "vote.mmd"
    snapshots.check(name, pattern(between=between).compile().get_graph().draw_mermaid())


def test_each_sample_is_taken_once_and_each_comparison_once():
    state = played(pattern(), ["a", "b", "b"], ["b", "a", "b"])
    assert Counter(event.role for event in state["events"]) == {SAMPLE.name: 3, VOTE.name: 3}
    assert (state["stop"], state["notes"]["winner"]) == ("solved", "b")


def test_an_unusable_sample_takes_no_part_and_an_unusable_vote_does_not_count():
    bad = BadAnswer("?")
    state = played(pattern(), ["a", bad, "b"], [bad, "a", bad])
    assert (state["stop"], state["notes"]["winner"]) == ("solved", "a")
    assert played(pattern(), ["a", bad, "b"], ["a", bad, "b"])["stop"] == "tie"


@pytest.mark.parametrize("between", [False, True])
def test_without_a_usable_sample_nobody_is_asked_to_compare(between):
    state = played(pattern(between=between), [BadAnswer("?")] * 3)
    assert state["stop"] == "invalid"
    assert {event.role for event in state["events"]} == {SAMPLE.name}


def test_equal_samples_are_not_compared():
    state = played(pattern(), ["a", "a", "a"])
    assert state["stop"] == "tie"
    assert state["notes"] == {"winner": None}
    assert len(state["events"]) == 3


def test_what_is_asked_in_between_comes_before_the_comparison_and_can_spare_it():
    clean = played(pattern(between=True), ["a", "b", "b"], ["a", "a", "a"])
    assert [event.role for event in clean["events"]] == [SAMPLE.name] * 3 + [COIN.name] + [VOTE.name] * 3
    noisy = played(pattern(between=True), ["a", "b", "b"], coin="noisy")
    assert [event.role for event in noisy["events"]] == [SAMPLE.name] * 3 + [COIN.name]


def test_an_unusable_answer_in_between_ends_it_and_no_question_there_does_not():
    state = played(pattern(between=True), ["a", "b", "b"], coin=BadAnswer("?"))
    assert state["stop"] == "invalid"
    assert VOTE.name not in {event.role for event in state["events"]}
    silent = pattern(between=True, coin=lambda state: [])
    assert played(silent, ["a", "b", "b"], ["a", "a", "a"])["stop"] == "solved"


@given(st.lists(st.integers(0, 3)))
def test_a_majority_is_said_more_often_than_anything_else(votes):
    counts, winner = Counter(votes), majority(votes)
    if winner is None:
        assert not votes or list(counts.values()).count(max(counts.values())) > 1
    else:
        assert all(counts[winner] > count for other, count in counts.items() if other != winner)


@given(st.lists(st.lists(st.sampled_from([1, 2]), max_size=7), max_size=6))
def test_leave_one_out_agreement_is_a_share_and_one_where_all_agree(votes):
    found = leave_one_out(votes)
    assert (found is None) is all(len(said) < 2 for said in votes)
    assert found is None or 0 <= found <= 1
    assert leave_one_out([[1] * 4, [2] * 4]) == 1
    assert leave_one_out([[1, 1, 2, 2]]) == 0


@given(st.integers(2, 30), st.integers())
def test_a_derangement_leaves_nothing_in_its_place(count, seed):
    order = derangement(count, rng(seed))
    assert sorted(order) == list(range(count))
    assert all(place != thing for place, thing in enumerate(order))


def test_all_nine_derangements_of_four_are_as_likely():
    seen = Counter(tuple(derangement(4, rng("nine", seed))) for seed in range(1800))
    assert len(seen) == 9
    assert all(abs(count - 200) < 3.5 * math.sqrt(200 * 8 / 9) for count in seen.values())
    with pytest.raises(ValueError, match="2 or more"):
        derangement(1, rng(0))
