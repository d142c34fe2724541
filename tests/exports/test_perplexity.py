"""Perplexity: texts of a kind together, over all their tokens; what is wrong is said before anything is loaded."""

import math

import pytest
from drawn_records import drawn

from maieutic import InputError, Pair
from maieutic.exports import perplexity as module
from maieutic.exports.perplexity import Chance, Text, likely, perplexity, rows_of


def text(side, episode="a", pair=None, record="pair/tutor"):
    return Text(record=record, side=side, episode=episode, pair=pair)


def test_many_texts_are_as_perplexing_as_their_tokens_are_on_average_and_what_is_too_long_is_left_out():
    found = likely(
        [
            (text("completion", "a", record="dialogue/tutor"), Chance(tokens=3, nats=3 * math.log(2))),
            (text("completion", "b", record="dialogue/tutor"), Chance(tokens=1, nats=math.log(32))),
            (text("completion", "c", record="dialogue/tutor"), None),
        ]
    )
    (one,) = found
    assert (one.record, one.texts, one.tokens, one.perplexity.n) == ("dialogue/tutor", 2, 4, 2)
    assert one.perplexity.mean == pytest.approx(2 ** ((3 + 5) / 4))
    assert one.perplexity.low < one.perplexity.mean < one.perplexity.high
    assert one.likelier is None


def test_pairs_are_compared_token_by_token_not_by_length():
    found = likely(
        [
            (text("chosen", "a", 0), Chance(tokens=10, nats=10.0)),  # longer, each token likelier
            (text("rejected", "a", 0), Chance(tokens=2, nats=4.0)),
            (text("chosen", "b", 1), Chance(tokens=2, nats=6.0)),
            (text("rejected", "b", 1), Chance(tokens=2, nats=4.0)),
            (text("chosen", "b", 2), Chance(tokens=2, nats=1.0)),
            (text("rejected", "b", 2), None),  # too long: not compared
        ]
    )
    chosen, rejected = found
    assert (chosen.likelier.mean, chosen.likelier.n) == (0.5, 2)
    assert rejected.likelier is None
    assert rejected.perplexity.mean == pytest.approx(math.exp(8 / 4))


def test_every_turn_to_be_learned_and_both_sides_of_every_pair_are_measured():
    several = list(drawn("class-spock"))
    found = [one for one, _ in rows_of(several)]
    pairs = sum(isinstance(one.record, Pair) for one in several)
    learned = sum(
        sum(message.train for message in one.record.messages)
        for one in several
        if one.record.kind == "dialogue"
    )
    assert {one.record for one in found} == {"dialogue/tutor", "pair/tutor"}
    assert [sum(one.side == side for one in found) for side in ("completion", "chosen", "rejected")] == [
        learned,
        pairs,
        pairs,
    ]
    assert min(learned, pairs) > 3


def test_what_cannot_be_measured_is_said_in_a_line(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="no such model"):
        perplexity([], str(tmp_path / "nowhere"))
    monkeypatch.setattr(module, "needs", lambda *_: None)
    with pytest.raises(InputError, match="no record"):
        perplexity([], str(tmp_path))
    monkeypatch.undo()
    monkeypatch.setattr("maieutic.exports.apart.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"transformers is not installed.*maieutic\[trl\]"):
        perplexity([], str(tmp_path))
