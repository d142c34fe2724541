"""AlpacaFarm with several instructions in an episode: pairs that a member is shown at once, and what is known of them."""

import math
from collections import Counter

import pytest
from closed_form import played, within

from maieutic import InputError, Stop, Task, faults
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.annotator import TASTES, Annotator, logistic
from maieutic.roles.annotator import POOL, SEVERAL
from maieutic.roles.policy import AMONG
from maieutic.scenarios import assemble
from maieutic.scenarios.alpaca_farm import SCENARIO
from maieutic.scenarios.preferring.pairs import members_of
from maieutic.scenarios.preferring.pooled import instructions, outcomes
from maieutic.worlds.text_constraints import WORLD, told
from maieutic.worlds.text_constraints.utility import utility

SURE = Annotator(slope=1e12, length=0, slot=0)
MANY = 39


def many(number, cast=None, seed=1, **parameters):
    settings = {"together": MANY, "samples": 2, **parameters}
    company = assemble(SCENARIO, parameters=settings, cast=cast)
    return played(company, [WORLD.generate(seed, place) for place in range(number)])


def test_each_member_is_shown_its_own_pairs_as_many_at_once_as_its_prompt_holds():
    seen = []

    def say(view):
        seen.append(view)
        return {"preferences": [1] * len(view["pairs"])}

    (episode,) = many(1, {"annotator": Program("first", {SEVERAL.name: say})}, label_noise=0)
    found = instructions(episode.task.fields, MANY)
    assert len({one["prompt"] for one in found}) == MANY
    wanted = Counter(
        members_of(one, 0)[0] for one, come in zip(found, outcomes(episode), strict=True) if come.pair
    )
    shown = Counter()
    for view in seen:
        batch = POOL[view["member"] - 1].batch
        assert 1 <= len(view["pairs"]) <= batch
        shown[view["member"]] += len(view["pairs"])
        for pair in view["pairs"]:
            assert members_of(pair, 0) == [view["member"]]
            assert pair["output_1"] != pair["output_2"]
    assert shown == wanted
    prompts = Counter(view["member"] for view in seen)
    assert prompts == {m: math.ceil(n / POOL[m - 1].batch) for m, n in wanted.items()}
    assert max(len(view["pairs"]) for view in seen) > 1


def test_labels_of_faultless_members_are_the_true_order_wherever_a_pair_stands_in_a_prompt():
    episodes = many(3, {"annotator": SURE}, label_noise=0)
    said = [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "label"]
    assert len(said) > 80
    assert all(one.said is one.true for one in said)
    slots = Counter(record.meta["slot"] for episode in episodes for record in SCENARIO.records(episode))
    assert set(slots) == set(range(5))
    for episode in episodes:
        assert episode.scores["agreement"] == 1
        for record in SCENARIO.records(episode):
            assert not list(faults(record, episode))
            truth = told(None, record.prompt[-1].content)
            assert utility(record.chosen, truth) > utility(record.rejected, truth)


def test_half_of_the_pairs_are_left_to_the_coin_and_labels_agree_with_the_truth_three_times_in_four():
    episodes = many(5, {"annotator": SURE})
    come = [one for episode in episodes for one in outcomes(episode) if one.pair]
    assert within(sum(one.coin is not None for one in come), len(come), 0.5)
    said = [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "label"]
    assert within(sum(one.said is one.true for one in said), len(said), 0.75)
    told_of = sum(len(event.answer["preferences"]) for e in episodes for event in e.by_role(SEVERAL.name))
    assert told_of == sum(one.coin is None for one in come)  # a masked pair costs no call


def test_each_label_of_a_prompt_is_a_choice_by_the_odds_of_its_own_pair():
    annotator, right, expected = Annotator(), 0, []
    for episode in many(5, {"annotator": annotator}, label_noise=0):
        for one in outcomes(episode):
            if one.label and one.truth is not None:
                first, second = (event.text for event in one.pair)
                better = utility(first, one.truth) - utility(second, one.truth)
                taste = TASTES[one.label["annotator"] - 1]
                odds = taste.slope * better + taste.slot * (-1 if one.label["flipped"] else 1)
                odds += taste.length * math.log((1 + len(first.split())) / (1 + len(second.split())))
                expected.append(logistic(odds) if better > 0 else 1 - logistic(odds))
                right += (one.preference == 1) == (better > 0)
    assert len(expected) > 150
    assert within(right, len(expected), sum(expected) / len(expected))


def test_a_prompt_that_is_answered_in_part_or_not_at_all_costs_the_labels_that_are_missing():
    numbers = iter(range(10**6))

    def say(view):
        if next(numbers) % 2:
            raise BadAnswer("nothing")
        return {"preferences": [1]}

    (episode,) = many(1, {"annotator": Program("short", {SEVERAL.name: say})}, label_noise=0)
    come = [one for one in outcomes(episode) if one.pair]
    read = list(episode.by_role(SEVERAL.name))
    assert sum(bool(one.label) for one in come) == len(read) > 1
    assert episode.scores["failed_labels"] == len(come) - len(read) > 0
    assert len(list(SCENARIO.records(episode))) == len(read)
    assert all(one.preference is None for one in come if one.failed)


def test_instructions_come_from_the_task_first_and_an_input_is_of_its_own_instruction_alone():
    more = ["Name a river.", {"prompt": "Put it in capitals.", "input": "rain"}]
    fields = {"prompt": "Sum it up.", "input": "A long text.", "more": more}
    task = Task(id="own", world="text-constraints", fields=fields)
    seen = []

    def say(view):
        seen.append(view)
        return {"text": f"text {len(seen)}"}

    cast = {"policy": Program("says", {AMONG.name: say}), "annotator": SURE}
    company = assemble(SCENARIO, parameters={"together": 4, "samples": 2, "label_noise": 0}, cast=cast)
    (episode,) = played(company, [task])
    asked = dict.fromkeys((view["prompt"], view["input"]) for view in seen)
    assert list(asked)[:3] == [
        ("Sum it up.", "A long text."),
        ("Name a river.", ""),
        ("Put it in capitals.", "rain"),
    ]
    assert len(asked) == 4  # and one of the world
    prompts = {record.prompt[-1].content for record in SCENARIO.records(episode)}
    assert {"Sum it up.\n\nA long text.", "Name a river.", "Put it in capitals.\n\nrain"} < prompts
    with pytest.raises(InputError, match="instruction 0"):
        instructions({"prompt": "x", "more": [3]}, 2)


def test_one_instruction_is_an_episode_as_it_was_and_several_are_for_pairs_alone():
    company = assemble(SCENARIO)
    assert "together" not in company.spelled
    for given in ({"mode": "evaluate"}, {"labels": 2}):
        with pytest.raises(InputError, match="together"):
            assemble(SCENARIO, parameters={"together": 2, **given})
    assert [one.scores for one in many(1)] == [one.scores for one in many(1)]


def test_an_episode_in_which_nobody_can_be_read_is_invalid_and_one_of_copies_a_tie():
    def nothing(view):
        raise BadAnswer("nothing")

    mute = Program("mute", {SEVERAL.name: nothing})
    (episode,) = many(1, {"annotator": mute}, label_noise=0, together=3)
    assert episode.stop is Stop.INVALID
    same = Program("same", {AMONG.name: lambda view: {"text": "the same"}})
    (episode,) = many(1, {"policy": same}, together=3)
    assert (episode.stop, list(SCENARIO.records(episode))) == (Stop.TIE, [])
