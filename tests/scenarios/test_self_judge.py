import asyncio
import itertools
import math
from collections import Counter
from statistics import NormalDist, fmean

import pytest
import snapshots
from hypothesis import given
from hypothesis import strategies as st

from maieutic import Dialogue, Judged, Pair, Stop, faults
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.scorer import Scorer, digits, share_met
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.evaluator import ALONE, SIMILARITY, WITH_REFERENCE, cosine, expected
from maieutic.roles.policy import SAMPLE
from maieutic.scenarios import assemble
from maieutic.scenarios.self_judge import SCENARIO
from maieutic.worlds.text_constraints import WORLD


def many(count, cast=None, seed=5, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast=cast)

    async def all_of_them():
        return [await company.play(WORLD.generate(seed, place), place) for place in range(count)]

    return asyncio.run(all_of_them())


def within(hits, trials, chance):
    """Whether `hits` of `trials` agree with `chance` at 99.9 % (Wilson's interval)."""
    z, share = 3.29, hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return middle - half <= chance <= middle + half


def says(score, chances):
    return Program("said", {ALONE.name: lambda view: {"score": score, "chances": chances}})


def test_the_graph_that_makes_targets_draws_itself():
    company = assemble(SCENARIO, parameters={"mode": "data"})
    snapshots.check("self-judge-data.mmd", company.compiled.get_graph().draw_mermaid())


# The read-out


@given(st.floats(0, 1))
def test_the_simulated_scorer_spreads_its_score_over_digits_whose_mean_it_is(value):
    assert math.isclose(expected(0, digits(value)), 9 * value, abs_tol=1e-9)


@given(st.lists(st.floats(0, 1), min_size=10, max_size=10).filter(lambda chances: sum(chances) > 1e-6))
def test_the_score_is_the_mean_digit_after_the_ten_are_renormalised(chances):
    wanted = sum(place * chance for place, chance in enumerate(chances)) / sum(chances)
    assert math.isclose(expected(3, chances), wanted, rel_tol=1e-9, abs_tol=1e-9)


def test_no_digit_among_the_probabilities_is_an_unknown_score_and_counted_and_never_the_worst():
    for episode in many(3, {"judge": Scorer(mute=1.0)}, n=4):
        assert episode.stop is Stop.INVALID
        assert episode.scores["unknown"] == 4
        assert list(SCENARIO.decisions(episode)) == list(SCENARIO.records(episode)) == []


@pytest.mark.parametrize(("score", "stop"), [(5, Stop.REFUSED), (6, Stop.SOLVED), (7, Stop.SOLVED)])
def test_a_response_is_declined_below_the_threshold_and_not_at_it(score, stop):
    for episode in many(2, {"judge": says(score, None)}, threshold=6.0):
        assert episode.stop is stop
        assert episode.scores["accepted"] == (stop is Stop.SOLVED)


def test_a_response_that_points_away_from_the_reference_is_worth_no_less_than_one_that_has_nothing_of_it():
    made = [
        many(
            3,
            {
                "recalibrator": Program(
                    "angle", {SIMILARITY.name: lambda view, angle=angle: {"cosine": angle}}
                )
            },
            mode="data",
        )
        for angle in (-0.7, 0.0)
    ]
    assert [one.scores["target"] for one in made[0]] == [one.scores["target"] for one in made[1]]


def test_one_unknown_score_of_several_takes_no_part():
    said = itertools.cycle([[0.0] * 10, digits(1.0), digits(0.9)])
    judge = Program("said", {ALONE.name: lambda view: {"score": 0, "chances": next(said)}})
    for episode in many(3, {"judge": judge}, n=3):
        assert episode.scores["unknown"] == 1
        assert episode.scores["score"] == pytest.approx(9.0)
        assert len(episode.notes["values"]) == 2


def test_a_digit_without_probabilities_counts_as_it_was_said():
    (episode,) = many(1, {"judge": says(7, None)})
    assert (episode.scores["score"], episode.stop) == (7.0, Stop.SOLVED)


def test_a_rejected_score_is_unknown_too():
    def refuses(view):
        raise BadAnswer("no digit at all")

    (episode,) = many(1, {"judge": Program("refuses", {ALONE.name: refuses})})
    assert (episode.stop, episode.scores["unknown"]) == (Stop.INVALID, 1)


# The gate


@pytest.mark.parametrize(("said", "stop"), [(6.0, Stop.SOLVED), (5.9, Stop.REFUSED)])
def test_a_response_is_accepted_from_the_threshold_on(said, stop):
    (episode,) = many(1, {"judge": says(0, digits(said / 9))}, threshold=5.95)
    assert episode.stop is stop


@pytest.mark.parametrize("threshold", [4.0, 6.0, 7.5])
def test_the_gate_is_as_precise_as_its_noise_says(threshold):
    """A score is `gain q + bias + noise`, so a response of quality q passes with chance Phi((gain q + bias - t/9) / noise)."""
    scorer = Scorer(gain=0.6, bias=0.2, noise=0.12)
    episodes = many(250, {"judge": scorer}, threshold=threshold)
    said = [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "accept"]
    qualities = [
        share_met(str(episode.by_role(SAMPLE.name)[0].answer["text"]), episode.task.truth)
        for episode in episodes
    ]
    passes = [NormalDist().cdf((0.6 * q + 0.2 - threshold / 9) / 0.12) for q in qualities]
    accepted = [one for one in said if one.said]
    assert within(len(accepted), len(said), fmean(passes))
    right = sum(chance for q, chance in zip(qualities, passes, strict=True) if q >= 1.0)
    assert within(sum(one.true for one in accepted), len(accepted), right / sum(passes))


def test_a_higher_threshold_never_lowers_the_quality_of_what_a_calibrated_judge_accepts():
    episodes = many(150, {"judge": Scorer(gain=1.0, bias=0.0, noise=0.0)})
    scored = [(episode.scores["score"], episode.scores["quality_of_best"]) for episode in episodes]
    means = [
        fmean(quality for score, quality in scored if score >= threshold)
        for threshold in sorted({score for score, _ in scored})
    ]
    assert len(means) > 2
    assert means == sorted(means)


def test_the_better_of_two_is_chosen_as_often_as_the_noise_allows():
    """Two scores differ by gain (q1 - q2) plus noise of standard deviation sqrt(2) sigma."""
    hits, chances = 0, []
    for episode in many(
        300, {"judge": Scorer(gain=0.5, bias=0.25, noise=0.08), "policy": Writer(skill=0.6)}, n=2
    ):
        qualities = [
            share_met(str(event.answer["text"]), episode.task.truth) for event in episode.by_role(SAMPLE.name)
        ]
        if qualities[0] == qualities[1]:
            continue
        best = max(zip(qualities, episode.by_role(SAMPLE.name), strict=True), key=lambda pair: pair[0])[1]
        hits += episode.notes["best"] == best.id
        chances.append(NormalDist().cdf(0.5 * abs(qualities[0] - qualities[1]) / (0.08 * math.sqrt(2))))
    assert len(chances) > 100
    assert within(hits, len(chances), fmean(chances))


def test_choosing_of_32_takes_the_first_of_the_best_scores_and_makes_a_pair_with_the_worst():
    for episode in many(3, n=32):
        values = episode.notes["values"]
        assert len(values) == 32
        assert values[episode.notes["best"]] == max(values.values())
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, Pair):
                assert (record.chosen_event, values[record.rejected_event]) == (
                    episode.notes["best"],
                    min(values.values()),
                )


def test_every_gated_response_is_a_record_accepted_or_declined_with_its_score():
    found = Counter()
    for episode in many(40, n=3):
        (one,) = (one for one in SCENARIO.records(episode) if "decision" in one.meta)
        assert faults(one, episode) == []
        best = episode.notes["best"]
        assert one.meta["score"] == episode.notes["values"][best]
        assert one.meta["decision"] == ("accept" if one.meta["score"] >= 6 else "decline")
        found[one.purpose, one.meta["decision"]] += 1
        if isinstance(one, Judged):
            assert (one.response_event, one.verdict) == (best, False)
            assert sum(value * p for value, p in enumerate(one.meta["chances"])) == pytest.approx(
                one.meta["score"]
            )
            assert f"{one.meta['score']:.1f} of 9, less than 6." in one.critique
    assert set(found) == {("imitate", "accept"), ("decline", "decline")}


# Training targets


def test_nothing_of_the_reference_reaches_a_judge_who_is_deployed():
    assert "reference" not in ALONE.sees
    assert "reference" in WITH_REFERENCE.sees
    for episode in many(5, mode="data", n=2):
        assert not episode.by_role(ALONE.name)
    for episode in many(5):
        assert not episode.by_role("reference.output")


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_the_target_weighs_the_score_and_the_cosine_on_one_scale(weight):
    for episode in many(4, mode="data", n=3, weight=weight):
        alike = {event.parent: event.answer["cosine"] for event in episode.by_role(SIMILARITY.name)}
        assert len(alike) == 3
        for name, target in episode.notes["targets"].items():
            wanted = weight * episode.notes["values"][name] + (1 - weight) * 9 * alike[name]
            assert target == pytest.approx(wanted)


def test_each_response_is_a_record_with_and_one_without_the_reference_under_one_id():
    for episode in many(4, mode="data", n=2):
        records = list(SCENARIO.records(episode))
        assert all(isinstance(record, Dialogue) and faults(record, episode) == [] for record in records)
        views = {}
        for record in records:
            views.setdefault(record.meta["id"], {})[record.meta["view"]] = record
        assert len(views) == 2
        gold = str(episode.by_role("reference.output")[0].answer["text"])
        for pair in views.values():
            assert set(pair) == {"with reference", "alone"}
            beside, alone = pair["with reference"], pair["alone"]
            assert gold in beside.messages[0].content
            assert gold not in alone.messages[0].content
            assert beside.messages[1] == alone.messages[1]  # spans of equal length, so that KL can be taken
            assert beside.messages[1].content in tuple("0123456789")


def test_a_reference_makes_the_scores_surer():
    errors = []
    for reference in (1.0, 0.2):
        scorer = Scorer(gain=1.0, bias=0.0, noise=0.2, reference=reference)
        episodes = many(80, {"evaluator": scorer}, mode="data", weight=1.0)
        errors.append(fmean(episode.scores["target_error"] for episode in episodes))
    assert errors[1] < 0.6 * errors[0]


def test_a_recorded_reference_is_taken_from_the_task():
    one = WORLD.generate(5, 0)
    told = one.model_copy(update={"fields": dict(one.fields) | {"response": "A recorded answer."}})
    company = assemble(SCENARIO, parameters={"mode": "data", "references": "recorded"})
    episode = asyncio.run(company.play(told, 0))
    assert any("A recorded answer." in record.messages[0].content for record in SCENARIO.records(episode))


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_cosine_is_even_and_between_0_and_1_and_1_for_the_same_words(left, right):
    one = cosine({"output": left, "reference": right}).cosine
    assert 0 <= one <= 1
    assert one == cosine({"output": right, "reference": left}).cosine
    if any(map(str.isalnum, left)):
        assert cosine({"output": left, "reference": left}).cosine == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([episode.model_dump_json() for episode in many(4, n=4, seed=9)] for _ in range(2))
    assert once == again
