"""AlpacaFarm over runs: how methods rank, how a pool errs, and what a reward that is fitted to its labels does."""

import asyncio
import json
import math
from itertools import accumulate
from statistics import fmean

import pytest
from closed_form import compared, counts, played, within

from maieutic import Dialogue, Message, Pair, Task, rng
from maieutic.agents import Program
from maieutic.agents.simulated.annotator import Annotator, Rewarder, Taste, logistic
from maieutic.agents.simulated.scorer import share_met
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.annotator import POOL
from maieutic.roles.policy import SAMPLE
from maieutic.runs import Journal, Recipe, Simulated, rounds, spearman
from maieutic.scenarios import assemble
from maieutic.scenarios.alpaca_farm import SCENARIO
from maieutic.worlds.text_constraints import WORLD
from maieutic.worlds.text_constraints.utility import utility

SURE = Annotator(slope=1e12, length=0, slot=0)
ASKED = "Write about trees. There must be no comma anywhere. Wrap everything you write in one pair of double quotation marks."
TRUTH = {
    "items": [{"id": "punctuation:no_comma"}, {"id": "startend:quotation"}],
    "registry": "repaired",
    "topic": "city trees",
}


def task(number):
    told = {"prompt": f"{ASKED} ({number})"}
    return Task(id=f"tree-{number}", world="text-constraints", fields=told, truth=TRUTH)


def alike(**taste):
    return Annotator(tastes=tuple(Taste(**taste) for _ in POOL), slot=0)


def many(tasks, cast, **parameters):
    return played(assemble(SCENARIO, parameters=parameters, cast=cast), tasks)


def policy():
    """Outputs in quotes as often as not, whose lengths have a heavy tail; each word may bring a comma that is not wanted."""
    numbers = iter(range(10**6))

    def say(view):
        chance = rng("policy", next(numbers))
        words = [
            chance.choice(("oak", "elm", "ash", "lime", "yew"))
            for _ in range(min(2000, int(4 * chance.paretovariate(0.7))))
        ]
        text = " ".join(f"{one}," if chance.random() < 0.03 else one for one in words)
        return {"text": f'"{text}"' if chance.random() < 0.5 else text}

    return Program("trees", {SAMPLE.name: say})


# Win rates


def test_the_pool_ranks_methods_as_the_truth_does():
    tasks = [WORLD.generate(9, place) for place in range(30)]
    rates = {}
    for name, annotator in (("pool", Annotator()), ("truth", SURE)):
        for skill in (0.1, 0.4, 0.7, 1.0):
            cast = {"policy": Writer(skill=skill), "annotator": annotator}
            episodes = many(tasks, cast, mode="evaluate")
            rates.setdefault(name, []).append(fmean(one.scores["win"] for one in episodes))
    assert rates["truth"] == sorted(rates["truth"])
    assert spearman(rates["pool"], rates["truth"]) == pytest.approx(1)
    spread = {name: found[-1] - found[0] for name, found in rates.items()}
    assert spread["pool"] < spread["truth"]  # who errs sees less of a difference


# Bias and variance


@pytest.mark.parametrize("members", [3, 4])
def test_bias_and_variance_of_a_pool_are_as_its_odds_say(members):
    """Of members who are right with p, a vote differs from the mode of the others, and the mode from the truth."""
    better, worse = '"an oak"', "an oak, an elm"
    slope = 1.2
    p = logistic(slope * (utility(better, TRUTH) - utility(worse, TRUTH)))
    numbers = iter(range(10**6))
    two = Program("two", {SAMPLE.name: lambda view: {"text": (better, worse)[next(numbers) % 2]}})
    cast = {"policy": two, "annotator": alike(slope=slope)}
    episodes = many([task(n) for n in range(220)], cast, label_noise=0, labels=members, samples=2)

    def tail(n, wrong=False):  # P(most of n), a tie half
        q = 1 - p if wrong else p
        return sum(
            math.comb(n, k) * q**k * (1 - q) ** (n - k) * (1 if 2 * k > n else 0.5)
            for k in range(n + 1)
            if 2 * k >= n
        )

    expected = {"variance": p * tail(members - 1, wrong=True) + (1 - p) * tail(members - 1)}
    expected["bias"] = tail(members, wrong=True)
    for name, mean in expected.items():
        found = [one.scores[name] for one in episodes]
        assert len(found) == 220
        spread = math.sqrt(fmean((one - fmean(found)) ** 2 for one in found) / 220)
        assert abs(fmean(found) - mean) < 3.29 * spread, name
    assert all("bias" not in e.scores for e in many([task(1)], cast, label_noise=0, samples=2))
    sure = many([task(n) for n in range(5)], {**cast, "annotator": SURE}, label_noise=0, labels=4, samples=2)
    assert {(e.scores["bias"], e.scores["variance"]) for e in sure} == {(0.0, 0.0)}


# A fitted reward


def pairs(annotator, number, noise=0.25):
    cast = {"policy": policy(), "annotator": annotator}
    episodes = many([task(n) for n in range(number)], cast, label_noise=noise)
    return [r for one in episodes for r in SCENARIO.records(one) if isinstance(r, Pair)]


def test_a_reward_takes_over_the_weakness_of_those_whose_labels_it_is_fitted_to():
    """Choices by logistic odds of 3 for utility and 1 for length are what the model of Bradley and Terry is fitted to."""
    fitted = Rewarder().studied(pairs(alike(slope=3, length=1), 300, 0), 0)
    assert fitted.worth + fitted.length == pytest.approx(1)
    assert fitted.length / fitted.worth == pytest.approx(1 / 3, abs=0.15)
    fair = Rewarder().studied(pairs(alike(slope=3), 300, 0), 0)
    assert abs(fair.length / fair.worth) < 0.15
    assert Rewarder().studied([], 0) == Rewarder()


def test_best_of_n_by_a_reward_fitted_to_a_vain_pool_turns_down_where_the_truth_still_rises():
    sizes = (1, 2, 4, 8, 16, 32, 64)
    curves = {}
    for name, annotator in (("vain", Annotator(slope=0.5, length=2, slot=1)), ("sure", SURE)):
        reward = Rewarder(noise=0).studied(pairs(annotator, 150), 0)
        cast = {"policy": policy(), "reward": reward}
        episodes = many([task(n) for n in range(40)], cast, mode="best-of-n", n=64)
        curves[name] = [fmean(e.scores[f"best_of_{n}"] for e in episodes) for n in sizes]
        curves["oracle"] = [fmean(e.scores[f"oracle_of_{n}"] for e in episodes) for n in sizes]
    assert curves["oracle"] == sorted(curves["oracle"])
    peak = curves["vain"].index(max(curves["vain"]))
    assert 0 < peak < len(sizes) - 1, curves
    assert curves["vain"][peak] > curves["vain"][-1] + 0.05
    assert curves["sure"][-1] > curves["vain"][-1] + 0.2
    assert curves["sure"][-1] > curves["sure"][0] + 0.3  # one sure judge does not bring it about


# Expert iteration


def test_imitating_draws_a_writer_to_what_it_imitates_and_its_own_average_teaches_nothing():
    def lesson(text):
        said = (Message(role="user", content=ASKED), Message(role="assistant", content=text, train=True))
        return Dialogue(episode="e", task="t", purpose="imitate", messages=said, events=("a",))

    writer = Writer(skill=0.5, gain=0.1)
    assert writer.studied([lesson('"an oak"')], 0).skill == pytest.approx(0.55)
    assert writer.studied([lesson("an oak, an elm")], 0).skill == pytest.approx(0.45)
    assert writer.studied([lesson("an oak")], 0).skill == pytest.approx(0.5)
    many_ = writer.studied([lesson('"an oak"')] * 10, 0).skill
    assert many_ == pytest.approx(1 - 0.5 * 0.9**10)


def test_a_reward_is_fitted_first_and_what_is_best_by_it_draws_the_policy_as_far_as_binomials_say(tmp_path):
    """Who meets each constraint with p has in the best of n the highest of n binomials; and wins against one with q as
    often as its binomial is higher, half of the ties counted, since equals differ by their words alone."""
    before, gain, many, reference = 0.3, 0.1, 8, 0.8
    recipe = Recipe(
        scenario="alpaca-farm",
        n=30,
        seed=2,
        parameters={"n": many},
        cast={
            "policy": f"simulated:skill={before},gain={gain}",
            "reward": "simulated:noise=0,worth=0,length=1",
            "annotator": "simulated:slope=1e12,length=0,slot=0",
        },
    )
    seated = recipe.company().cast
    who = {seat: Simulated(seated[seat]) for seat in ("policy", "reward")}
    done = asyncio.run(rounds(recipe, who, tmp_path, tests=90))
    assert [{k for k, n in one.records.items() if n} for one in done[1:]] == [{"reward"}, {"policy"}]

    def state(number, seat):
        return json.loads((tmp_path / f"learnt-{number}" / seat / "state.json").read_text())

    def episodes(name):
        with Journal(tmp_path / name) as journal:
            return [episode for _, episode in journal.episodes()]

    assert (
        state(1, "reward")["worth"] > 0.5
    )  # it has learnt what is preferred, though a quarter of the labels is wrong
    assert done[1].scores == done[0].scores

    shares, expected = [], []
    for episode in episodes("round-2"):
        ((record,), size) = SCENARIO.records(episode), len(episode.task.truth["items"])
        shares.append(share_met(record.messages[-1].content, episode.task.truth))
        below = list(accumulate(counts([before] * size)))
        expected.append(sum(1 - one**many for one in below[:-1]) / size)
    apart = [one - other for one, other in zip(shares, expected, strict=True)]
    assert abs(fmean(apart)) < 3.29 * math.sqrt(fmean(one**2 for one in apart) / 30)
    skill = before + (1 - (1 - gain) ** 30) * (fmean(shares) - before)
    assert state(2, "policy")["skill"] == pytest.approx(skill)

    for number, p in ((0, before), (2, skill)):
        chances = []
        for episode in episodes(f"exam-{number}"):
            size = len(episode.task.truth["items"])
            win, tie = compared([p] * size, [reference] * size)
            chances.append(win + tie / 2)
        assert within(round(sum(done[number].scores)), 90, fmean(chances))
    assert done[2].gain(done[0]).mean > 0.1


def test_members_may_be_shown_several_pairs_at_once_in_rounds_too(tmp_path):
    one = Recipe(scenario="alpaca-farm", n=6, seed=2, parameters={"together": 4})
    who = {seat: Simulated(one.company().cast[seat]) for seat in ("reward", "policy")}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=2, tests=4))
    assert done[1].records["reward"] > 3 * 6  # the pairs of four instructions an episode, but for copies
    assert done[2].records["policy"] == 6
