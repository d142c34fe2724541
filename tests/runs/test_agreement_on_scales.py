"""Agreement on scales: the published example, laws of the measures, and what a known split of variance gives."""

import asyncio
from statistics import fmean

import pytest

from maieutic import rng
from maieutic.agents.simulated.curriculum import Rater
from maieutic.runs.agreement import Against, Agreed, enter, icc, weighted_kappa
from maieutic.runs.statistics import Statistics
from maieutic.runs.tutoring import LENIENT, code_accuracy, code_macro_f1, student_drift, tutoring
from maieutic.scenarios import Lesson, Rating, assemble, catalogue, play

PUBLISHED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_correlation_of_the_published_table_is_the_published_one():
    assert icc([[one] for one in PUBLISHED]).mean == pytest.approx(
        0.17, abs=0.005
    )  # Shrout and Fleiss, table 4


def test_a_known_split_of_variance_is_found_and_lies_in_its_interval():
    chance = rng("scales")
    lots = [
        [[true + 0.5 * chance.gauss() for _ in range(2 + place % 3)]]
        for place in range(400)
        for true in [chance.gauss()]
    ]
    found, pooled = icc(lots), weighted_kappa(lots)
    assert found.low < 1 / 1.25 < found.high
    assert pooled.mean == pytest.approx(found.mean, abs=0.05)


def test_kappa_with_the_truth_is_cohens_and_is_not_given_where_no_negatives_were_entered():
    found = Against(rows=[(4, 1, 0, 5), (3, 0, 1, 6)])
    assert found.kappa.mean == pytest.approx(
        (18 / 20 - (8 * 8 + 12 * 12) / 400) / (1 - (8 * 8 + 12 * 12) / 400)
    )
    assert Against(rows=[(40, 1, 1, 0), (38, 0, 2, 0)]).kappa is None


def test_on_two_values_the_weighted_kappa_is_the_plain_one():
    lots = [[[1, 1], [0, 1]], [[0, 0, 1]], [[1, 1]], [[0, 0], [1]]]
    plain = Agreed()
    for things in lots:
        things = [one for one in things if len(one) > 1]
        pairs = [(a, b) for one in things for i, a in enumerate(one) for b in one[i + 1 :]]
        plain.pairs.append((float(sum(a == b for a, b in pairs)), float(len(pairs))))
        plain.values.append({value: sum(one.count(value) for one in things) for value in (0, 1)})
    found = weighted_kappa(lots)
    assert found.mean == pytest.approx(plain.kappa.mean)
    assert (found.low, found.high) == pytest.approx((plain.kappa.low, plain.kappa.high))


def test_a_far_miss_weighs_more_than_near_ones_and_no_spread_is_no_agreement():
    near = weighted_kappa([[[1, 2]], [[5, 4]], [[3, 3]]])
    far = weighted_kappa([[[1, 5]], [[5, 4]], [[3, 3]]])
    assert far.mean < near.mean
    assert weighted_kappa([[[3, 3]], [[3, 3]]]) is None
    assert icc([[[3, 3]], [[3, 3]]]) is None
    assert weighted_kappa([[[4]], []]) is icc([[[4], [5]]]) is None


def test_ratings_by_a_name_and_on_a_scale_go_to_measures_of_their_own():
    named, scaled = {}, {}
    said = [Rating("vote", "x", one) for one in (True, True, False)] + [Rating("score", "x", 3.0)]
    enter(named, scaled, [*said, Rating("score", "x", 4.0), Rating("score", "y", 9.0)])
    enter(named, scaled, [Rating("score", "x", 5.0)])  # nobody to agree with
    assert named["vote"].pairs == [(1.0, 3.0)]
    assert (scaled["score"].things, len(scaled["score"].rows)) == (1, 1)


@pytest.mark.parametrize(("noise", "bonus"), [(0.5, 0.0), (0.8, 2.0)])
def test_two_orders_agree_on_each_response_as_noise_and_the_bonus_of_the_slot_let_them(noise, bonus):
    """Of true scores with variance V, ICC = (2V - b^2/2) / (2V + 2s^2 + b^2/2): a bonus b parts the two orders."""
    judge = Rater(noise=noise, bonus=bonus, right=6.5, wrong=4.5)  # far from the ends of the scale
    scenario = catalogue.load("tapir")
    company, found, true = (
        assemble(scenario, cast={"judge": judge}, parameters={"expansions": 0}),
        Statistics(),
        [],
    )
    for index in range(160):
        episode = asyncio.run(company.play(scenario.world.generate(3, index), index))
        found.add(episode, company)
        if episode.scores.get("mfd") is not None:
            true += [6.5, 6.5 if episode.scores["accuracy"] else 4.5]
    middle = fmean(true)
    spread = fmean((one - middle) ** 2 for one in true)
    expected = (2 * spread - bonus**2 / 2) / (2 * spread + 2 * noise**2 + bonus**2 / 2)
    (told,) = found.scales.values()
    assert told.things == len(true)
    assert told.icc.low < expected < told.icc.high
    assert told.icc.high - told.icc.low < 0.3
    assert found.as_json()["scales"]["judge.rate score"]["icc"]["mean"] == told.icc.mean
    assert found.judges == {}


@pytest.mark.parametrize("name", ["decrim", "tick-stick", "tree-instruct"])
def test_who_is_asked_about_another_part_each_time_agrees_with_nobody(name):
    scenario, found = catalogue.load(name), Statistics()
    company = assemble(scenario)
    for index in range(3):
        found.add(asyncio.run(company.play(scenario.world.generate(3, index), index)), company)
    assert (found.judges, found.scales) == ({}, {})


def test_members_of_a_pool_agree_on_a_pair_whose_order_is_undone():
    scenario, found = catalogue.load("alpaca-farm"), Statistics()
    company = assemble(scenario, parameters={"labels": 5, "label_noise": 0})
    alike = []
    for index in range(8):
        episode = asyncio.run(company.play(scenario.world.generate(3, index), index))
        found.add(episode, company)
        said = [one["preference"] for one in episode.notes["labels"]]
        alike += [a == b for place, a in enumerate(said) for b in said[place + 1 :]]
    assert found.judges["annotator.compare preference"].share.mean == pytest.approx(fmean(alike))


WRITTEN = """
name: scale
summary: a text is scored by three
roles:
  judge.score:
    brief: Say how good it is.
    sees: [prompt]
    answer: {score: {type: integer, min: 0, max: 9, private: true}, words: integer}
start: rate
nodes: {rate: {ask: judge.score, times: 3, next: [{stop: solved}]}}
cast: {judge: {script: [{score: 2, words: 1}]}}
tasks: {fields: [prompt]}
"""


def test_a_written_scenario_says_by_times_who_rates_the_same_thing(tmp_path):
    (tmp_path / "scale.yaml").write_text(WRITTEN)
    scenario = catalogue.load(str(tmp_path / "scale.yaml"))
    task = catalogue.load("spar").world.generate(1, 0)
    ratings = [*scenario.ratings(asyncio.run(play(scenario, task)))]
    assert {one.kind for one in ratings} == {"judge.score score"}  # a number without bounds is no scale
    assert [one.value for one in ratings] == [2.0] * 3
    assert len({one.thing for one in ratings}) == 1


def talks(n, seed, luck, drift=0.0, learns=0.3, most=8):
    """Lessons of a learner whose answer is right by a chance that depends on what it lacks alone, and on its `drift`; each
    ends with the first right answer."""
    chance, found = rng("drift", seed), []
    for _ in range(n):
        lacking, replies = chance.randrange(4), []
        while len(replies) < most and not (replies and replies[-1][1]):
            replies.append((lacking, chance.random() < luck[lacking] + drift * len(replies)))
            lacking -= lacking > 0 and chance.random() < learns
        found.append(Lesson(abided=tuple(replies)))
    return found


def within_each(lessons):
    """The slope about each lesson's own mean, which a talk that ends with the first right answer bends."""
    up = down = 0.0
    for lesson in lessons:
        off = [right - (not lacking) for lacking, right in lesson.abided]
        up += sum((place - (len(off) - 1) / 2) * one for place, one in enumerate(off))
        down += sum((place - (len(off) - 1) / 2) ** 2 for place, _ in enumerate(off))
    return up / down


def test_luck_at_a_constant_rate_is_no_drift_though_talks_end_where_it_strikes():
    luck = (0.9, 0.25, 0.1, 0.05)
    covered = 0
    for seed in range(60):
        found = student_drift(talks(120, seed, luck))
        covered += found.low <= 0 <= found.high
        assert found.n <= 120
    assert covered >= 52  # of 57 to be expected; 51 or less come up once in 350
    many = talks(3000, "many", luck)
    found = student_drift(many)
    assert abs(found.mean) < 0.008
    assert within_each(many) > 0.04


def test_a_drift_that_is_there_is_found_at_its_size():
    found = student_drift(talks(3000, "planted", (0.5, 0.2, 0.1, 0.05), drift=0.05))
    assert found.low <= 0.05 <= found.high
    assert found.high - found.low < 0.03


def test_drift_is_a_slope_by_hand():
    replies = (((1, False), (1, True)), ((1, True),), ((0, True), (0, True)))
    # about the means 1/3 and 2/3 of what lacks one, and no slope at all in what lacks nothing
    found = student_drift([Lesson(abided=one) for one in replies])
    rows = [(0 - 1 / 3, 0 - 2 / 3), (1 - 1 / 3, 1 - 2 / 3), (0 - 1 / 3, 1 - 2 / 3)]
    assert found.mean == pytest.approx(sum(x * y for x, y in rows) / (sum(x * x for x, _ in rows) + 0.5))
    assert found.n == 3
    assert student_drift([Lesson(abided=((1, True),))]) is None


def test_a_student_who_never_guesses_nor_slips_abides_by_what_it_knows():
    scenario, found = catalogue.load("socratic-math"), []
    company = assemble(scenario, cast={"student": "simulated:guess=0,slip=0,echo=0"})
    for index in range(40):
        found.append(scenario.lesson(asyncio.run(company.play(scenario.world.generate(7, index), index))))
    told = student_drift(found)
    assert abs(told.mean) < 0.005
    assert sum(len(one.abided) for one in found) > 120


def test_a_lenient_score_takes_half_a_yes_for_one():
    said = (("yes", "to some extent"), ("to some extent", "yes"), ("no", "no"), ("no", "to some extent"))
    lessons = [Lesson(codes={"guidance": said})]
    assert code_accuracy(lessons, "guidance").mean == 1 / 4
    assert code_accuracy(lessons, "guidance", LENIENT).mean == 3 / 4
    assert code_macro_f1(lessons, "guidance", LENIENT).mean == pytest.approx((4 / 5 + 2 / 3) / 2)
    named = tutoring(lessons)
    assert (named["guidance_accuracy"].mean, named["guidance_accuracy_lenient"].mean) == (1 / 4, 3 / 4)
    assert "guidance_accuracy_lenient" not in tutoring([Lesson(codes={"guidance": (("yes", "no"),)})])
