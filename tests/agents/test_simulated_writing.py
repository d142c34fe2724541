import asyncio
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from maieutic import rng
from maieutic.agents import BadAnswer, Turn
from maieutic.agents.simulated.annotator import (
    TASTES,
    Annotator,
    Rewarder,
    Taste,
    logistic,
    student,
)
from maieutic.agents.simulated.judge import verdict
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer, known, revise, reworded
from maieutic.roles import granted
from maieutic.roles.actor import RESPOND
from maieutic.roles.annotator import COMPARE, POOL
from maieutic.roles.judge import Judgement
from maieutic.roles.policy import SAMPLE
from maieutic.roles.refiner import JUDGE, REFINE
from maieutic.roles.reward import SCORE
from maieutic.worlds.text_constraints import generate, judge
from maieutic.worlds.text_constraints.distance import difference, word_distance
from maieutic.worlds.text_constraints.utility import utility, variety

TRUTH = {
    "items": [
        {"id": "punctuation:no_comma"},
        {"id": "startend:quotation"},
        {"id": "detectable_format:title"},
    ],
    "registry": "repaired",
    "topic": "city trees",
}
BAD = "Trees help, and people soon forget it. The leaves are many, the paths are few."
GOOD = '"<<City trees>> The leaves are good and the roots will hold while people often pass."'


def act(player, role, seed=0, truth=TRUTH, **view):
    truth = granted(role, truth) if truth is not None else None
    return asyncio.run(player.act(Turn(role=role, view=view, seed=seed, truth=truth))).answer


def met(text, truth=TRUTH):
    return [one.ok for one in judge(text, truth)]


def within(hits, trials, chance):
    """Whether `hits` of `trials` agree with `chance` at 99.9 % (Wilson's interval)."""
    z, share = 3.29, hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return middle - half <= chance <= middle + half


# Writer


@pytest.mark.parametrize("skill", [0.2, 0.7])
def test_a_writer_meets_each_constraint_with_its_skill(skill):
    texts = [act(Writer(skill=skill), RESPOND, seed, prompt="?")["text"] for seed in range(250)]
    checks = [met(text) for text in texts]
    for slot in range(3):
        assert within(sum(one[slot] for one in checks), 250, skill)
    assert len(set(texts)) > 240


def test_a_writer_of_skill_one_meets_all_and_of_skill_nought_none_as_actor_and_policy():
    for seed in range(10):
        assert met(act(Writer(skill=1), RESPOND, seed)["text"]) == [True] * 3
        assert met(act(Writer(skill=0), SAMPLE, seed)["text"]) == [False] * 3


def test_a_task_without_constraints_is_written_about_all_the_same():
    assert act(Writer(), RESPOND, truth={})["text"]


def test_players_refuse_roles_that_are_not_theirs():
    with pytest.raises(BadAnswer, match=r"does not play refiner\.judge"):
        act(Writer(), JUDGE)
    with pytest.raises(BadAnswer, match=r"does not play actor\.respond"):
        act(Refiner(), RESPOND)


# Editor


def test_an_editor_mends_each_fault_with_its_rate_and_breaks_nothing_when_careful():
    checks = [met(revise(BAD, known(TRUTH), 0.4, 0, rng(seed))) for seed in range(300)]
    for slot in range(3):
        assert within(sum(one[slot] for one in checks), 300, 0.4)
    assert all(met(revise(GOOD, known(TRUTH), 0.4, 0, rng(seed))) == [True] * 3 for seed in range(30))


def test_an_editor_spoils_what_was_met_with_its_rate():
    checks = [met(revise(GOOD, known(TRUTH), 1, 0.3, rng(seed))) for seed in range(200)]
    for slot in range(3):
        assert within(sum(not one[slot] for one in checks), 200, 0.3)


def test_an_edit_changes_something_and_less_than_a_fresh_draft():
    for seed in range(40):
        edited = revise(BAD, known(TRUTH), 0.4, 0, rng(seed))
        fresh = act(Writer(), RESPOND, seed)["text"]
        assert edited != BAD
        assert difference(edited, BAD) < difference(fresh, BAD)


@given(st.integers(0, 60), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_putting_a_word_otherwise_changes_no_verdict(index, seed):
    task = generate(11, index)
    text = act(Writer(), RESPOND, seed, task.truth)["text"]
    other = reworded(text, known(task.truth), rng(seed))
    assert met(other, task.truth) == met(text, task.truth)
    assert word_distance(other, text) <= 4


# Judge


@pytest.mark.parametrize("accuracy", [0.6, 0.9])
def test_a_verdict_is_right_with_its_accuracy(accuracy):
    for text, good in ((GOOD, True), (BAD, False)):
        said = [verdict(text, known(TRUTH), accuracy, rng(seed))[0] for seed in range(400)]
        assert within(said.count(good), 400, accuracy)


def test_a_right_no_names_every_fault_and_what_was_seen():
    half = GOOD.replace(" and", ", and").replace("<<", "").replace(">>", "")
    assert met(half) == [False, True, False]
    for seed in range(20):
        answer = act(Refiner(accuracy=1), JUDGE, seed, response=half)
        assert answer["verdict"] == "no"
        for slot in (0, 2):
            assert judge(half, TRUTH)[slot].reason in answer["text"]
        assert judge(half, TRUTH)[1].reason not in answer["text"]


def test_a_wrong_verdict_has_words_that_go_with_it():
    for seed in range(20):
        praised = act(Refiner(accuracy=0), JUDGE, seed, response=BAD)
        assert praised["verdict"] == "yes"
        assert not any(one.reason in praised["text"] for one in judge(BAD, TRUTH))
        assert act(Refiner(accuracy=0), JUDGE, seed, response=GOOD)["verdict"] == "no"


def test_a_constraint_that_nobody_knows_is_never_passed_and_still_named():
    truth = {"items": [{"id": "style:rhyme"}], "registry": "published"}
    answer = act(Refiner(accuracy=1), JUDGE, truth=truth, response="Roses are red.")
    assert answer["verdict"] == "no"
    assert "rhyme" in answer["text"]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("yes", "yes"),
        ("No", "no"),
        ("No, although some would say Yes", "no"),
        ("**Yes** - no doubt", "yes"),
        ("[[NO]]", "no"),
        ("Verdict: yes", "yes"),
    ],
)
def test_a_verdict_is_read_by_its_first_yes_or_no(said, read):
    assert Judgement(text="x", verdict=said).verdict == read


@pytest.mark.parametrize("said", ["", "perhaps", "Yesterday", "nothing", "noyes", None, True, 1])
def test_a_verdict_without_yes_or_no_is_none(said):
    with pytest.raises(ValidationError):
        Judgement(text="x", verdict=said)


def test_a_refiner_as_editor_says_what_it_will_do():
    answer = act(Refiner(fix=1), REFINE, response=BAD, critique="bad")
    assert answer["reflection"]
    assert met(answer["text"]) == [True] * 3


# Annotators and reward


def compare(player, seed, first=GOOD, second=BAD, member=1, style="plain"):
    view = {"output_1": first, "output_2": second, "member": member, "style": style}
    return act(player, COMPARE, seed, **view)


def test_the_pool_has_thirteen_members_and_a_taste_for_each():
    assert len(POOL) == len(TASTES) == 13
    assert [sum(one.family == family for one in POOL) for family in ("strong", "middle", "weak")] == [5, 4, 4]
    assert {one.batch for one in POOL} == {1, 4, 5}
    assert len(set(TASTES)) > 10


@pytest.mark.parametrize("member", [1, 9, 13])
def test_a_member_chooses_by_its_own_logistic_curve(member):
    taste = TASTES[member - 1]
    half = GOOD.replace(" and", ", and")
    better = utility(GOOD, TRUTH) - utility(half, TRUTH)
    longer = math.log((1 + len(GOOD.split())) / (1 + len(half.split())))
    chance = logistic(taste.slope * better + taste.length * longer + taste.slot)
    said = [compare(Annotator(), seed, GOOD, half, member)["preference"] for seed in range(500)]
    assert within(said.count(1), 500, chance)
    back = [compare(Annotator(), seed, half, GOOD, member)["preference"] for seed in range(500)]
    chance = logistic(-taste.slope * better - taste.length * longer + taste.slot)
    assert within(back.count(1), 500, chance)


def test_a_very_steep_pool_is_always_right_in_both_orders():
    sure = Annotator(slope=1e12, length=0, slot=0)
    for seed in range(30):
        assert compare(sure, seed, member=1 + seed % 13)["preference"] == 1
        assert compare(sure, seed, BAD, GOOD, 1 + seed % 13)["preference"] == 2


def test_style_reasons_gives_thoughts_that_agree_with_the_preference():
    for seed in range(20):
        assert compare(Annotator(), seed)["thoughts"] == ""
        answer = compare(Annotator(), seed, style="reasons")
        assert re.search("first" if answer["preference"] == 1 else "second", answer["thoughts"])


def test_an_annotator_needs_two_outputs_and_a_member_of_the_pool():
    with pytest.raises(BadAnswer, match="two outputs"):
        act(Annotator(), COMPARE, output_1="a")
    for member in (0, 14, "1"):
        with pytest.raises(BadAnswer, match="members 1 to 13"):
            compare(Annotator(), 0, member=member)
    with pytest.raises(ValidationError):
        Annotator(tastes=())
    with pytest.raises(ValidationError):
        Taste(slope=-1)


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_log_odds_and_their_opposite_share_certainty(odds):
    assert 0 <= logistic(odds) <= 1
    assert logistic(odds) + logistic(-odds) == pytest.approx(1)


def test_a_reward_without_noise_is_utility_and_with_noise_is_centred_on_it():
    assert act(Rewarder(noise=0), SCORE, output=GOOD)["score"] == utility(GOOD, TRUTH)
    scores = sorted(act(Rewarder(noise=0.2), SCORE, seed, output=GOOD)["score"] for seed in range(401))
    assert abs(scores[200] - utility(GOOD, TRUTH)) < 0.05
    with pytest.raises(BadAnswer, match="needs an output"):
        act(Rewarder(), SCORE)


def test_fewer_degrees_of_freedom_have_heavier_tails():
    def far(degrees):
        return sum(abs(student(degrees, rng(degrees, seed))) > 3 for seed in range(2000))

    assert within(far(1), 2000, 2 * math.atan(1 / 3) / math.pi)  # Cauchy beyond 3
    assert far(1) > 2 * far(3) > 2 * far(100)


# Measures of texts


@given(st.text("ab c", max_size=40), st.text("ab c", max_size=40), st.text("ab c", max_size=40))
def test_word_distance_is_a_metric(one, two, three):
    def plain(left, right):
        row = list(range(len(right) + 1))
        for place, word in enumerate(left, start=1):
            last, row = row, [place]
            for other, said in enumerate(right, start=1):
                row.append(min(last[other] + 1, row[-1] + 1, last[other - 1] + (word != said)))
        return row[-1]

    assert word_distance(one, two) == plain(one.split(), two.split()) == word_distance(two, one)
    assert word_distance(one, three) <= word_distance(one, two) + word_distance(two, three)
    assert (word_distance(one, two) == 0) is (one.split() == two.split())
    assert 0 <= difference(one, two) <= 1


def test_a_met_constraint_is_worth_more_than_any_variety():
    for seed in range(20):
        task = generate(3, seed)
        texts = [act(Writer(skill=skill), RESPOND, seed, task.truth)["text"] for skill in (0, 0.5, 1)]
        for left in texts:
            for right in texts:
                fewer, more = sum(met(left, task.truth)), sum(met(right, task.truth))
                if fewer < more:
                    assert utility(left, task.truth) < utility(right, task.truth)
    assert utility("", TRUTH) == variety("") == 0


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    for player, role, view in (
        (Writer(), RESPOND, {"prompt": "?"}),
        (Refiner(), JUDGE, {"response": BAD}),
        (Refiner(), REFINE, {"response": BAD, "critique": "no"}),
        (Rewarder(), SCORE, {"output": BAD}),
    ):
        assert act(player, role, 5, **view) == act(player, role, 5, **view)
        assert len({str(act(player, role, seed, **view)) for seed in range(12)}) > 3
