"""The answers of models that give a number: only a seat whose answer is one number can have one."""

import json

import pytest

from maieutic.agents.models.answers import read_answer
from maieutic.agents.models.engine import EngineError, Request
from maieutic.agents.models.messages import form_of
from maieutic.agents.models.rewards import rewarded
from maieutic.roles.actor import RESPOND
from maieutic.roles.codec import RATE
from maieutic.roles.evaluator import ALONE
from maieutic.roles.reward import SCORE


def asked(form, n=1):
    return Request(messages=({"role": "user", "content": "How good?"},), seed=1, schema_=form, n=n)


def test_a_number_is_the_whole_answer_of_a_reward():
    reply = rewarded(asked(form_of(SCORE.answer), n=2), -1.25, 40, "tiny")
    first, second = reply.choices
    assert first == second
    assert read_answer(first.text, SCORE.answer) == SCORE.answer(score=-1.25)
    assert json.loads(first.text) == {"score": -1.25}
    assert (reply.usage.prompt_tokens, reply.usage.calls) == (40, 1)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (form_of(RESPOND.answer), "text"),
        (form_of(RATE.answer), "score_1, score_2"),
        (form_of(ALONE.answer), "free text"),
        (None, "free text"),
    ],
)
def test_any_other_seat_is_refused_with_what_it_is_asked_for(form, said):
    with pytest.raises(EngineError, match=f"asked for {said}: an answer of one number") as refused:
        rewarded(asked(form), 0.5, 40, "tiny")
    assert not refused.value.temporary
