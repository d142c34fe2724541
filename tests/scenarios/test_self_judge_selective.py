"""Self-Judge over runs: what choosing and declining gain, thresholds on held-out scores, and views that are trained on."""

import itertools
import math
from statistics import NormalDist, fmean, pstdev

import pytest
from closed_form import played, within
from hypothesis import given
from hypothesis import strategies as st

from maieutic import InputError, Task, rng
from maieutic.agents import Program
from maieutic.agents.simulated.scorer import Scorer
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.evaluator import joint_loss
from maieutic.roles.policy import SAMPLE
from maieutic.runs.ranking import pearson
from maieutic.runs.selective import area, curve, threshold
from maieutic.scenarios import assemble
from maieutic.scenarios.self_judge import SCENARIO, aligned, scored
from maieutic.worlds.text_constraints import WORLD

WORDS = [
    f"{a}{b}"
    for a in ("bra", "clo", "dri", "fle", "gru", "pla")
    for b in ("ck", "nd", "mp", "st", "lt", "sk")
]


def many(tasks, cast, **parameters):
    return played(assemble(SCENARIO, parameters=parameters, cast=cast), tasks)


def generated(count, seed=5):
    return [WORLD.generate(seed, place) for place in range(count)]


def broad(number):
    """A task of 36 constraints, of which a response of `scattered` meets each with one half: nearly normal quality."""
    items = [{"id": "keywords:forbidden_words", "params": {"forbidden_words": [word]}} for word in WORDS]
    truth = {"items": items, "registry": "repaired", "topic": ""}
    return Task(id=f"broad-{number}", world="text-constraints", fields={"prompt": "Write."}, truth=truth)


def scattered():
    numbers = itertools.count()

    def say(view):
        chance = rng("scattered", next(numbers))
        return {"text": " ".join(["Well", *(word for word in WORDS if chance.random() < 0.5)])}

    return Program("scattered", {SAMPLE.name: say})


@pytest.mark.parametrize("r", [0.5, 0.9])
def test_the_best_of_32_gains_r_times_the_expected_maximum_of_32_normals(r):
    """E[max of 32] = 2.07 standard deviations; a judge whose scores correlate with the truth by r gets that share of it."""
    spread = 0.5 / math.sqrt(len(WORDS))
    scorer = Scorer(gain=0.5, bias=0.25, noise=0.5 * spread * math.sqrt(1 / r**2 - 1))
    gains, pairs = [], []
    for episode in many([broad(n) for n in range(30)], {"policy": scattered(), "judge": scorer}, n=32):
        gains.append((episode.scores["quality_of_best"] - 0.5) / spread)
        pairs += scored(episode)
    scores, qualities = zip(*pairs, strict=True)
    assert pearson(scores, qualities) == pytest.approx(r, abs=0.06)
    normal = NormalDist()
    steps = [x / 500 for x in range(-2500, 2500)]
    expected = sum(32 * x * normal.pdf(x) * normal.cdf(x) ** 31 / 500 for x in steps)
    assert expected == pytest.approx(2.07, abs=0.005)
    assert abs(fmean(gains) - r * expected) < 3.29 * pstdev(gains) / math.sqrt(len(gains)) + 0.05


def test_a_calibrated_judge_lets_quality_rise_as_coverage_falls_and_a_blind_one_does_not():
    areas = {}
    for name, scorer in (
        ("sure", Scorer(gain=1, bias=0, noise=0)),
        ("blind", Scorer(gain=0, bias=0.5, noise=0.2)),
    ):
        episodes = many(generated(150), {"judge": scorer})
        points = curve(pair for episode in episodes for pair in scored(episode))
        areas[name], whole = area(points), points[-1].quality
        if name == "sure":
            assert [one.quality for one in points] == sorted((one.quality for one in points), reverse=True)
    assert areas["sure"] > whole + 0.15
    assert abs(areas["blind"] - whole) < 0.1


def test_a_threshold_is_set_on_held_out_scores_of_each_responder_and_keeps_its_word_on_others():
    cast = {"judge": Scorer(gain=0.6, bias=0.2, noise=0.1)}
    for skill in (0.5, 0.8):
        both = {**cast, "policy": Writer(skill=skill)}
        held = curve(p for e in many(generated(150, 6), both) for p in scored(e))
        chosen = threshold(held, quality=0.85)
        episodes = many(generated(150, 7), both, threshold=chosen)
        taken = [e.scores["quality_of_accepted"] for e in episodes if "quality_of_accepted" in e.scores]
        assert len(taken) > 20
        assert fmean(taken) > 0.85 - 3.29 * pstdev(taken) / math.sqrt(len(taken))


@pytest.mark.parametrize("level", [4.0, 6.0, 7.0])
def test_of_what_is_worth_it_the_gate_accepts_as_much_as_the_noise_allows(level):
    cast = {"judge": Scorer(gain=0.6, bias=0.2, noise=0.12)}
    said = [d for e in many(generated(150), cast, threshold=level) for d in SCENARIO.decisions(e) if d.true]
    assert len(said) > 30
    chance = NormalDist().cdf((0.6 + 0.2 - level / 9) / 0.12)
    assert within(sum(one.said for one in said), len(said), chance)


def test_a_bias_of_each_domain_moves_all_its_scores_alike_and_brings_the_correlation_down():
    found = {}
    for domain in (0.0, 0.2):
        cast = {"judge": Scorer(gain=0.5, bias=0.25, noise=0, domain=domain)}
        by_topic, pairs = {}, []
        for episode in many(generated(120), cast):
            for score, quality in scored(episode):
                pairs.append((score, quality))
                if 0.5 < score < 8.5:  # off the ends of the scale
                    by_topic.setdefault(episode.task.truth["topic"], set()).add(
                        round(score / 9 - 0.5 * quality, 6)
                    )
        assert all(len(found_) == 1 for found_ in by_topic.values())
        found[domain] = pearson(*zip(*pairs, strict=True))
    assert found[0.0] == pytest.approx(1)
    assert found[0.2] < 0.9


def test_views_are_aligned_by_their_response_and_one_that_lacks_is_said():
    records = [r for e in many(generated(3), None, mode="data", n=2) for r in SCENARIO.records(e)]
    pairs = aligned(reversed(records))
    assert len(pairs) == 6
    for beside, alone in pairs:
        assert beside.meta["id"] == alone.meta["id"]
        assert beside.meta["reference"] in beside.messages[0].content
        assert alone.meta["reference"] not in alone.messages[0].content
        assert 0 <= beside.meta["cosine"] <= 1
        assert beside.messages[-1] == alone.messages[-1]
    with pytest.raises(InputError, match="no view 'alone'"):
        aligned(records[:1])
    with pytest.raises(InputError, match="two views"):
        aligned([*records, records[0]])
    other = records[1].messages[-1].model_copy(update={"content": "x"})
    with pytest.raises(InputError, match="different targets"):
        aligned([records[0], records[1].model_copy(update={"messages": (records[1].messages[0], other)})])


CHANCES = st.lists(st.floats(0.01, 1), min_size=10, max_size=10).map(lambda one: [x / sum(one) for x in one])


@given(CHANCES, CHANCES, st.integers(0, 9))
def test_the_joint_loss_is_least_where_the_judge_alone_says_what_it_says_beside_the_reference(
    beside, alone, target
):
    same = joint_loss(beside, beside, target)
    assert same == pytest.approx(-1.3 * math.log(beside[target]))
    assert joint_loss(beside, alone, target, own=0) >= joint_loss(beside, beside, target, own=0) - 1e-9
    whole = joint_loss(beside, alone, target)
    apart = sum(p * math.log(p / q) for p, q in zip(beside, alone, strict=True))
    assert whole == pytest.approx(-math.log(beside[target]) - 0.3 * math.log(alone[target]) + 2 * apart)
    with pytest.raises(ValueError, match="one length"):
        joint_loss(beside, alone[:9], target)
