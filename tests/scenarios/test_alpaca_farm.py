import asyncio
import math
from collections import Counter
from statistics import fmean

import pytest
import snapshots
from shared_data import shared
from spy import Spy

from maieutic import InputError, Stop, Task, UnknownNameError, faults, tree
from maieutic.agents import BadAnswer, Program, Scripted
from maieutic.agents.simulated.annotator import TASTES, Annotator, Rewarder
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import leave_one_out, most_turns
from maieutic.roles import noise
from maieutic.roles.annotator import COMPARE, POOL
from maieutic.roles.policy import REFERENCE, SAMPLE
from maieutic.roles.record import RECORD
from maieutic.roles.reward import SCORE
from maieutic.scenarios import assemble, play
from maieutic.scenarios.alpaca_farm import SCENARIO
from maieutic.scenarios.catalogue import load
from maieutic.worlds.text_constraints import WORLD, ifeval_rows, read_ifeval
from maieutic.worlds.text_constraints.utility import utility

TRUTH = {
    "items": [{"id": "punctuation:no_comma"}, {"id": "startend:quotation"}],
    "registry": "repaired",
    "topic": "city trees",
}
SURE = Annotator(slope=1e12, length=0, slot=0)  # always prefers what is truly better
BLIND = Annotator(slope=0, length=0, slot=0)  # throws a coin
ALL = set(range(1, len(POOL) + 1))


def task(number=0, **fields):
    told = {"prompt": f"Write about tree {number}. No commas. In quotes.", "secret": "nobody sees this"}
    return Task(id=f"tree-{number}", world="text-constraints", fields=told | fields, truth=TRUTH)


def within(hits, trials, chance):
    """Whether `hits` of `trials` agree with `chance` at 99.9 % (Wilson's interval)."""
    z, share = 3.29, hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return middle - half <= chance <= middle + half


def many(count, cast=None, tasks=task, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast=cast)

    async def all_of_them():
        return [await company.play(tasks(number), number) for number in range(count)]

    return asyncio.run(all_of_them())


def played(one=None, seed=0, cast=None, **parameters):
    return asyncio.run(play(SCENARIO, one or task(), cast=cast, seed=seed, parameters=parameters))


def policy(*said):
    """A policy (and a reference) that says one text after another, the first again after the last."""
    numbers = iter(range(10**6))

    def say(view):
        text = said[next(numbers) % len(said)]
        if text is None:
            raise BadAnswer("nothing")
        return {"text": text}

    return Program("said", {SAMPLE.name: say, REFERENCE.name: say})


def scores(episodes, name):
    return [episode.scores[name] for episode in episodes if name in episode.scores]


def decided(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


# Sampling and pairing


@pytest.mark.parametrize("mode", ["pairs", "best-of-n", "evaluate"])
def test_the_graph_draws_itself_and_the_catalogue_has_it(mode):
    company = assemble(SCENARIO, parameters={"mode": mode})
    snapshots.check(f"alpaca-farm-{mode}.mmd", company.compiled.get_graph().draw_mermaid())
    assert load("alpaca-farm") is SCENARIO


def test_four_outputs_are_sampled_and_one_pair_is_made_of_two_that_differ():
    for episode in many(20):
        outputs = episode.by_role(SAMPLE.name)
        assert len(outputs) == 4
        first, second = episode.notes["pair"]
        assert first != second
        texts = {event.id: event.answer["text"] for event in outputs}
        assert texts[first] != texts[second]
        assert len(tree(episode.id, episode.events)) == len(episode.events) + 1
        assert len(episode.events) <= most_turns(SCENARIO.graph(SCENARIO.configure({})))


def test_duplicates_are_dropped_before_pairs_are_made():
    for seed in range(10):
        episode = played(seed=seed, cast={"policy": policy("a", "a", "b", "a")}, label_noise=0)
        assert len(episode.notes["distinct"]) == 2
        texts = {event.id: event.answer["text"] for event in episode.by_role(SAMPLE.name)}
        assert [texts[name] for name in episode.notes["pair"]] == ["a", "b"]


def test_every_other_output_is_as_often_the_partner():
    partners = Counter(
        episode.notes["distinct"].index(episode.notes["pair"][1])
        for episode in many(300, cast={"policy": policy("a", "b", "c", "d"), "annotator": BLIND})
    )
    assert set(partners) == {1, 2, 3}
    assert all(within(count, 300, 1 / 3) for count in partners.values())


def test_equal_outputs_tie_without_a_call():
    episode = played(cast={"policy": policy("a")})
    assert episode.stop is Stop.TIE
    assert episode.notes["preference"] == 1.5
    assert {event.role for event in episode.events} == {SAMPLE.name}
    assert not list(SCENARIO.records(episode))
    assert not list(SCENARIO.decisions(episode))


def test_one_usable_output_makes_no_pair_and_none_at_all_ends_it():
    one = played(cast={"policy": policy("a", None, None, None)})
    assert one.stop is Stop.INVALID
    assert "nothing" in one.failure
    assert played(cast={"policy": policy(None)}).stop is Stop.INVALID
    assert played(cast={"policy": policy("a", None, "b", None)}).stop is Stop.SOLVED


# Noise


@pytest.fixture(scope="module")
def sure_run():
    return many(500, cast={"annotator": SURE})


def test_half_of_the_examples_carry_the_mask_and_a_quarter_of_the_labels_are_flipped(sure_run):
    masked = [episode.scores["is_noisy"] for episode in sure_run]
    assert within(sum(masked), len(masked), 0.5)
    agreement = scores(sure_run, "agreement")
    assert len(agreement) > 480
    assert within(sum(agreement), len(agreement), 0.75)
    clean = [e.scores["agreement"] for e in sure_run if not e.scores["is_noisy"] and "agreement" in e.scores]
    assert set(clean) == {1.0}
    noisy = [e.scores["agreement"] for e in sure_run if e.scores["is_noisy"] and "agreement" in e.scores]
    assert within(sum(noisy), len(noisy), 0.5)


def test_a_masked_example_costs_no_call_and_noise_comes_before_annotation(sure_run):
    for episode in sure_run:
        roles = [event.role for event in episode.events]
        expected = [SAMPLE.name] * 4 + [noise.DRAW.name]
        assert roles == (expected if episode.notes["noisy"] else [*expected, COMPARE.name])


def test_labels_are_held_against_the_truth_as_decisions(sure_run):
    labels, annotations = decided(sure_run, "label"), decided(sure_run, "annotation")
    assert within(sum(one.said is one.true for one in labels), len(labels), 0.75)
    assert all(one.said is one.true for one in annotations)
    assert len(annotations) < len(labels)
    assert within(sum(one.true for one in labels), len(labels), 0.5)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_other_rates_of_noise_flip_as_many_labels(rate):
    episodes = many(
        250, cast={"annotator": SURE, "policy": policy('"a b"', "a, b", "b c", "c, d")}, label_noise=rate
    )
    agreement = scores(episodes, "agreement")
    assert within(sum(agreement), len(agreement), 1 - rate)
    assert within(sum(scores(episodes, "is_noisy")), 250, 2 * rate)
    assert (rate == 0) is not any(event.role == noise.DRAW.name for e in episodes for event in e.events)


def test_the_coin_hangs_on_the_instruction_and_the_noise_seed_alone():
    def coins(seed, **parameters):
        cast = {"policy": policy("a", "b"), "annotator": BLIND}
        return [
            played(task(number), seed, cast, **parameters).by_role(noise.DRAW.name)[0].answer
            for number in range(40)
        ]

    assert coins(1) == coins(2, pool_seed=3)
    assert coins(1) != coins(1, noise_seed=1)


def test_noise_that_says_nothing_usable_ends_it():
    odd = Scripted({noise.DRAW.name: [{"noisy": True, "label": None}]})
    episode = played(cast={"noise": odd})
    assert episode.stop is Stop.INVALID
    assert "exactly where the example is noisy" in episode.failure


# Annotators


def test_each_member_is_drawn_by_the_instruction_and_all_are_about_as_often():
    cast = {"policy": policy("a", "b"), "annotator": BLIND}
    runs = [many(400, cast, label_noise=0) for _ in range(2)]
    members = [[e.notes["labels"][0]["annotator"] for e in run] for run in runs]
    assert members[0] == members[1]
    counts = Counter(members[0])
    assert set(counts) == ALL
    assert all(within(count, 400, 1 / 13) for count in counts.values())
    other = [e.notes["labels"][0]["annotator"] for e in many(40, cast, label_noise=0, pool_seed=1)]
    assert other != members[0][:40]


def test_unbiased_members_prefer_either_slot_alike_and_the_order_is_undone():
    episodes = many(400, {"policy": policy("a", "b"), "annotator": BLIND}, label_noise=0)
    assert within(sum(scores(episodes, "first_slot")), 400, 0.5)
    flipped = [e.notes["labels"][0]["flipped"] for e in episodes]
    assert within(sum(flipped), 400, 0.5)
    for episode in episodes:
        answer = episode.by_role(COMPARE.name)[0].answer["preference"]
        label = episode.notes["labels"][0]
        assert episode.notes["preference"] == (3 - answer if label["flipped"] else answer)


def test_a_bias_for_a_slot_shows_and_still_does_not_reach_the_label():
    biased = Annotator(slope=0, length=0, slot=1000)
    episodes = many(400, {"policy": policy("a", "b"), "annotator": biased}, label_noise=0)
    for member, taste in enumerate(TASTES, start=1):
        mine = [e.scores["first_slot"] for e in episodes if e.notes["labels"][0]["annotator"] == member]
        if taste.slot:
            assert set(mine) == {float(taste.slot > 0)}
    firsts = sum(scores(episodes, "first_slot"))
    assert not within(firsts, 400, 0.5)
    assert within(sum(e.notes["preference"] == 1 for e in episodes), 400, 0.5)


def test_a_bias_for_length_shows_beside_the_rule_that_the_longer_wins():
    said = policy("one two three four, five six", '"one two"', "one two three", '"one two three four"')
    vain = many(80, {"policy": said, "annotator": Annotator(slope=0, length=100, slot=0)}, label_noise=0)
    assert fmean(scores(vain, "longer_preferred")) == 1
    fair = many(80, {"policy": said, "annotator": SURE}, label_noise=0)
    assert fmean(scores(fair, "longer_preferred")) == fmean(scores(fair, "longer_agreement")) < 1
    assert fmean(scores(vain, "agreement")) == fmean(scores(vain, "longer_agreement"))


def test_an_answer_that_cannot_be_read_is_counted_and_never_a_label():
    mute = Scripted({COMPARE.name: [BadAnswer("Output (a)")]})
    episode = played(cast={"annotator": mute}, label_noise=0)
    assert episode.stop is Stop.INVALID
    assert episode.scores["failed_labels"] == 1
    assert episode.notes["preference"] is None
    assert not list(SCENARIO.records(episode))
    assert not list(SCENARIO.decisions(episode))
    assert "win" not in played(cast={"annotator": mute}, mode="evaluate").scores
    both = Scripted({COMPARE.name: [{"preference": 3}]})
    assert played(cast={"annotator": both}, label_noise=0).stop is Stop.INVALID
    words = Scripted({COMPARE.name: [{"preference": " 2 "}]})
    assert played(cast={"annotator": words}, label_noise=0).stop is Stop.SOLVED


def test_several_members_label_one_pair_and_their_agreement_is_known():
    episodes = many(60, label_noise=0, labels=4)
    for episode in episodes:
        labels = episode.notes["labels"]
        assert len({label["annotator"] for label in labels}) == 4
        assert len({event.id for event in episode.by_role(COMPARE.name)}) == 4
        ones = sum(label["preference"] == 1 for label in labels)
        assert episode.stop is (Stop.TIE if ones == 2 else Stop.SOLVED)
        assert episode.notes["preference"] == (1.5 if ones == 2 else 1 if ones > 2 else 2)
    said = [[label["preference"] for label in e.notes["labels"]] for e in episodes]
    assert leave_one_out(said) == pytest.approx(fmean(scores(episodes, "leave_one_out")))
    assert 0.55 < leave_one_out(said) < 0.85
    unanimous = many(20, {"annotator": SURE}, label_noise=0, labels=4)
    assert set(scores(unanimous, "leave_one_out")) == {1.0}


def test_nobody_sees_more_than_the_role_lists():
    for parameters in (
        {},
        {"mode": "evaluate"},
        {"mode": "evaluate", "references": "recorded"},
        {"mode": "best-of-n"},
    ):
        cast = {seat: Spy(player) for seat, player in SCENARIO.cast(SCENARIO.configure({})).items()}
        episodes = many(6, cast, lambda n: task(n, input="an oak", response="It grows."), **parameters)
        turns = [turn for spy in cast.values() for turn in spy.seen]
        assert len(turns) == sum(len(episode.events) for episode in episodes)
        for turn in turns:
            assert set(turn.view) == set(turn.role.sees)
            if turn.role.name not in (RECORD.name, COMPARE.name):
                assert "It grows." not in str(turn.view)
            if turn.role.name == COMPARE.name:
                assert turn.view["style"] == POOL[turn.view["member"] - 1].style
                assert set(turn.truth) == {"items", "registry", "topic"}
            if turn.role.name in (noise.DRAW.name, RECORD.name):
                assert turn.truth is None


# Records


def test_pairs_say_how_they_were_labelled(sure_run):
    for episode in sure_run[:80]:
        (record,) = SCENARIO.records(episode)
        assert faults(record, episode) == []
        assert record.meta["is_noisy"] is episode.notes["noisy"]
        assert (record.meta["annotator"] in ALL) is not record.meta["is_noisy"]
        preferred = episode.notes["pair"][record.meta["preference"] - 1]
        assert record.chosen_event == preferred
        if record.meta["is_noisy"]:
            assert record.meta["raw"] is record.meta["order_flipped"] is None
        else:
            assert '"preference"' in record.meta["raw"]
            assert utility(record.chosen, TRUTH) >= utility(record.rejected, TRUTH)


def test_several_labels_are_all_in_the_record_and_the_input_is_in_its_prompt():
    for seed in range(20):
        episode = played(task(1, input="an oak"), seed, label_noise=0, labels=3)
        (record,) = SCENARIO.records(episode)
        assert faults(record, episode) == []
        assert len(record.meta["labels"]) == 3
        assert "an oak" in record.prompt[0].content


def test_the_same_seed_gives_the_same_labels_and_bytes():
    first, second = many(15), many(15)
    assert [one.to_bytes() for one in first] == [one.to_bytes() for one in second]


# Evaluation


def test_an_evaluation_has_no_noise_and_a_better_policy_wins_more():
    wins = {}
    for skill in (0.1, 0.5, 0.9):
        episodes = many(
            80,
            {"policy": Writer(skill=skill), "reference": Writer(skill=0.5)},
            mode="evaluate",
            label_noise=0.5,
        )
        assert not any(event.role == noise.DRAW.name for e in episodes for event in e.events)
        assert all(len(e.by_role(SAMPLE.name)) == len(e.by_role(REFERENCE.name)) == 1 for e in episodes)
        assert not any(list(SCENARIO.records(episode)) for episode in episodes)
        wins[skill] = fmean(scores(episodes, "win"))
    assert wins[0.1] < wins[0.5] - 0.1 < wins[0.9] - 0.2
    assert 0.35 < wins[0.5] < 0.65


def test_an_output_like_the_reference_is_half_a_win_without_a_call():
    episode = played(cast={"policy": policy("a"), "reference": policy("a")}, mode="evaluate")
    assert episode.scores["win"] == 0.5
    assert episode.stop is Stop.TIE
    assert not episode.by_role(COMPARE.name)


def test_a_win_is_one_and_a_loss_nought():
    better, worse = policy('"a b"'), policy("a, b")
    for seed in range(6):
        won = played(
            seed=seed, cast={"policy": better, "reference": worse, "annotator": SURE}, mode="evaluate"
        )
        lost = played(
            seed=seed, cast={"policy": worse, "reference": better, "annotator": SURE}, mode="evaluate"
        )
        assert (won.scores["win"], lost.scores["win"]) == (1, 0)


def test_without_a_reference_there_is_no_comparison():
    episode = played(cast={"reference": policy(None)}, mode="evaluate")
    assert episode.stop is Stop.INVALID
    with pytest.raises(InputError, match="no field 'response'"):
        played(mode="evaluate", references="recorded")


def test_published_responses_are_references():
    data = ifeval_rows(shared("ifeval/prompts.jsonl"), shared("ifeval/responses.jsonl"))
    tasks = [read_ifeval(row) for row, _ in zip(data, range(15), strict=False)]
    weak = many(
        15,
        {"policy": Writer(skill=0.2), "annotator": SURE},
        tasks.__getitem__,
        mode="evaluate",
        references="recorded",
    )
    assert fmean(scores(weak, "win")) < 0.3
    for episode in weak:
        assert episode.by_role(RECORD.name)[0].answer["text"] == episode.task.fields["response"]
        assert episode.stop in (Stop.SOLVED, Stop.TIE)


# Best of n


def test_the_best_by_true_utility_only_rises_with_n():
    for episode in many(10, {"reward": Rewarder(noise=0)}, mode="best-of-n"):
        assert len(episode.by_role(SAMPLE.name)) == 16
        oracle = [episode.scores[f"oracle_of_{n}"] for n in (1, 2, 4, 8, 16)]
        assert oracle == sorted(oracle)
        assert [episode.scores[f"best_of_{n}"] for n in (1, 2, 4, 8, 16)] == oracle
        assert [(one.said, one.true) for one in decided([episode], "best")] == [(True, True)]
        (record,) = SCENARIO.records(episode)
        assert faults(record, episode) == []
        assert record.messages[-1].train


def outputs():
    """A policy whose 64 outputs differ in worth and in words."""
    said = [" ".join(["leaves"] * (1 + n)) + (", yes" if (n * 7) % 3 else "") for n in range(8)] + [
        f'"{"roots " * n}and{", perhaps" if n % 5 else ""} trees {n}"' for n in range(56)
    ]
    order = [said[(number * 37) % 64] for number in range(64)]
    return policy(*(order[(number * 11 + number // 64) % 64] for number in range(64 * 63)))


def test_a_reward_with_heavy_tails_turns_down_at_large_n_where_the_truth_still_rises():
    sizes = [1, 2, 4, 8, 16, 32, 64]
    reward = Rewarder(noise=0.15, degrees=1)
    episodes = many(90, {"policy": outputs(), "reward": reward}, mode="best-of-n", n=64)
    chosen = [fmean(scores(episodes, f"best_of_{n}")) for n in sizes]
    oracle = [fmean(scores(episodes, f"oracle_of_{n}")) for n in sizes]
    assert oracle == sorted(oracle)
    peak = chosen.index(max(chosen))
    assert 0 < peak < len(sizes) - 1
    assert chosen[peak] > chosen[-1] + 0.05
    assert oracle[-1] > chosen[-1] + 0.2


def test_outputs_that_cannot_be_scored_are_counted_and_not_chosen():
    numbers = iter(range(100))
    half = Program("half", {SCORE.name: lambda view: {"score": None if next(numbers) % 2 else 1.0}})
    episode = played(cast={"reward": half}, mode="best-of-n", n=6)
    assert episode.stop is Stop.SOLVED
    assert episode.scores["failed_rewards"] == 3
    mute = Scripted({SCORE.name: [BadAnswer("great!")]})
    episode = played(cast={"reward": mute}, mode="best-of-n", n=6)
    assert episode.stop is Stop.INVALID
    assert not list(SCENARIO.records(episode))


# Parameters and tasks


def test_parameters_out_of_bounds_are_refused():
    for wrong in ({"label_noise": 0.6}, {"samples": 1}, {"labels": 14}, {"mode": "rank"}):
        with pytest.raises(InputError):
            assemble(SCENARIO, parameters=wrong)
    with pytest.raises(UnknownNameError, match="did you mean 'label_noise'"):
        assemble(SCENARIO, parameters={"label_nois": 0.1})


def test_a_task_without_truth_gives_pairs_but_no_decisions():
    bare = Task(id="x", world="other", fields={"prompt": "Say something."})
    episode = played(bare, cast={"policy": policy("a", "b c"), "annotator": BLIND})
    assert len(list(SCENARIO.records(episode))) == 1
    assert not list(SCENARIO.decisions(episode))
    assert "agreement" not in episode.scores
    best = played(bare, cast={"policy": policy("a", "b c")}, mode="best-of-n")
    assert "best_of_1" not in best.scores
    assert not list(SCENARIO.decisions(best))


def test_generated_tasks_of_all_kinds_are_labelled():
    for mode in ("pairs", "evaluate", "best-of-n"):
        episodes = many(12, None, lambda n: WORLD.generate(8, n), mode=mode)
        assert {e.stop for e in episodes} <= {Stop.SOLVED, Stop.TIE}
        assert all(faults(record, e) == [] for e in episodes for record in SCENARIO.records(e))
