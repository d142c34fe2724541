"""SPaR from plain requests: what is added to them, and who is shown it."""

import asyncio
from collections import Counter
from statistics import fmean

import pytest
import snapshots
from closed_form import played, within
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import shared

from maieutic import InputError, Pair, Stop, Task, faults
from maieutic.agents import Program, Scripted, Turn
from maieutic.agents.simulated.evolver import Evolver, exact
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.actor import RESPOND
from maieutic.roles.evolver import EVOLVE
from maieutic.roles.refiner import JUDGE, REFINE
from maieutic.scenarios import assemble
from maieutic.scenarios.spar import SCENARIO
from maieutic.worlds.row import rows
from maieutic.worlds.text_constraints import REQUESTS, compatible, heard, judge, told
from maieutic.worlds.text_constraints.groups import GROUPS, TYPES, group_of

SMALL = {"mode": "evolved", "responses": 2, "votes": 3, "branch": 2, "depth": 1}


def task(number=0, prompt="Say something about the sea.", **fields):
    told = {"prompt": f"{prompt} ({number})" if number else prompt, **fields}
    return Task(id=f"plain-{number}", world="text-constraints", fields=told)


def company(cast=None, **parameters):
    return assemble(SCENARIO, parameters={**SMALL, **parameters}, cast=cast)


def evolved(group, seed, prompt="Say something about the sea.", truth=None, **evolver):
    turn = Turn(role=EVOLVE, view={"prompt": prompt, "group": group}, seed=seed, memory=None, truth=truth)
    return asyncio.run(Evolver(**evolver).act(turn)).answer


def read(file):
    for row in rows(shared(file)):
        yield next(one for one in REQUESTS if one.keys <= row.data.keys()).read(row)


# The evolver


@settings(max_examples=40)
@given(st.sampled_from(GROUPS), st.integers(0, 10**9))
def test_the_group_that_is_forced_is_there_with_one_to_three_of_others_that_go_together(group, seed):
    said = evolved(group, seed)
    groups = [one["group"] for one in said["constraints"]]
    assert groups.count(group) == 1
    assert len(set(groups)) == len(groups)
    assert (
        1 <= len(groups) <= 4
    )  # one that stands alone, such as a choice of answers, leaves room for words only
    assert all(one["text"] in said["evolved_prompt"] for one in said["constraints"])
    items = heard(said["evolved_prompt"])
    assert sorted(group_of(one.id) for one in items) == sorted(one for one in groups if one in TYPES)
    assert compatible(one.id for one in items)


def test_as_many_are_added_as_the_paper_says_two_to_four():
    counts = Counter(len(evolved(GROUPS[seed % 14], seed)["constraints"]) for seed in range(210))
    assert set(counts) <= {2, 3, 4}
    assert all(within(counts[number], 210, 1 / 3) for number in (2, 3, 4))


def test_what_is_added_can_be_met_together():
    good = []
    for seed in range(40):
        prompt = evolved(GROUPS[seed % 14], seed)["evolved_prompt"]
        turn = Turn(role=RESPOND, view={"prompt": prompt}, seed=seed, memory=None, truth={})
        text = asyncio.run(Writer(skill=1).act(turn)).answer["text"]
        good.append(all(one.ok is True for one in judge(text, told(None, prompt))))
    assert fmean(good) >= 0.95


def test_constraints_that_a_request_has_are_not_added_again_nor_contradicted():
    truth = {"items": [{"id": "change_case:english_lowercase"}], "registry": "repaired", "topic": ""}
    for seed in range(20):
        said = evolved("character format", seed, truth=truth)
        assert compatible(["change_case:english_lowercase", *(i.id for i in heard(said["evolved_prompt"]))])


def test_requests_for_mathematics_and_code_are_told_from_others_by_their_words():
    right = Counter()
    for one in read("mt-bench/questions.jsonl"):
        wanted = one.fields["category"] in ("math", "coding")
        right[wanted, exact(str(one.fields["prompt"])) is wanted] += 1
    assert right[True, True] >= 8 * right[True, False]
    assert right[False, True] >= 4 * right[False, False]


# The episode


def test_the_graph_that_evolves_draws_itself():
    snapshots.check("spar-evolved.mmd", company().compiled.get_graph().draw_mermaid())
    assert "prepare" not in company(mode="given").compiled.get_graph().nodes


def test_everybody_works_on_the_evolved_request_and_records_have_it():
    shown = []

    def spy(role, agent):
        async def act(turn):
            shown.append((turn.role.name, dict(turn.view)))
            return await agent.act(turn)

        return act

    cast = {}
    for seat, agent in (("actor", Writer(skill=0.2)), ("refiner", Refiner(accuracy=0.9, fix=0.9))):
        fields = {"name": seat, "fingerprint": seat, "simulated": True, "act": staticmethod(spy(seat, agent))}
        cast[seat] = type("Spy", (), fields)()
    episodes = played(company(cast), [task(number) for number in range(12)])
    wanted = {str(one.by_role(EVOLVE.name)[0].answer["evolved_prompt"]) for one in episodes}
    assert {view["prompt"] for _, view in shown} == wanted
    assert {role for role, _ in shown} == {RESPOND.name, JUDGE.name, REFINE.name}
    pairs = 0
    for episode in episodes:
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, Pair):
                pairs += 1
                assert record.prompt[-1].content in wanted
    assert pairs >= 4


def test_a_request_that_is_left_alone_ends_there():
    for prompt in ("Write a Python function that adds two numbers.", "Solve x = 3 + 4."):
        (episode,) = played(company(), [task(prompt=prompt)])
        assert (episode.stop, [event.role for event in episode.events]) == (Stop.REFUSED, [EVOLVE.name])
        assert not list(SCENARIO.records(episode))
        assert not list(SCENARIO.decisions(episode))
    for said in ("None", " none. ", '"none"'):
        refuses = Scripted({EVOLVE.name: [{"evolved_prompt": said}]})
        assert played(company({"evolver": refuses}), [task()])[0].stop is Stop.REFUSED
    mute = Scripted({EVOLVE.name: [{"evolved": "?"}]})
    assert played(company({"evolver": mute}), [task()])[0].stop is Stop.INVALID


def test_the_text_that_a_request_is_about_is_never_lost():
    brought = "Bonjour, le monde."
    forgets = Program(
        "forgets", {EVOLVE.name: lambda view: {"evolved_prompt": "Translate, in fewer than 9 words."}}
    )
    for cast in ({"evolver": forgets}, None):
        (episode,) = played(company(cast), [task(prompt="Translate.", input=brought)])
        for record in SCENARIO.records(episode):
            prompt = record.messages[0] if record.kind == "dialogue" else record.prompt[-1]
            assert prompt.content.count(brought) == 1
    said = Program("said", {RESPOND.name: lambda view: {"text": f"{view['prompt']} {view['input']}"}})
    given = assemble(SCENARIO, parameters={**SMALL, "mode": "given"}, cast={"actor": said})
    (episode,) = played(given, [task(prompt="Translate.", input=brought)])
    assert episode.by_role(RESPOND.name)[0].answer["text"] == f"Translate. {brought}"


def test_the_forced_group_is_drawn_evenly_by_the_request_and_a_seed_and_is_there_as_often_as_it_is_heeded():
    quick = {"responses": 1, "votes": 1, "branch": 1, "keep": 1, "budget": 1}
    cast = {
        "evolver": Evolver(heed=0.7),
        "actor": Program("a", {RESPOND.name: lambda view: {"text": "Yes."}}),
    }
    tasks = [task(number) for number in range(1, 141)]
    episodes = played(company(cast, **quick), tasks)
    drawn = Counter(str(one.notes["group"]) for one in episodes)
    assert all(within(drawn[group], 140, 1 / 14) for group in GROUPS)
    assert within(sum(one.scores["forced"] for one in episodes), 140, 0.7)
    assert [one.notes["group"] for one in played(company(cast, **quick), tasks[:9])] == [
        one.notes["group"] for one in episodes[:9]
    ]
    other = played(company(cast, group_seed=1, **quick), tasks[:9])
    assert [one.notes["group"] for one in other] != [one.notes["group"] for one in episodes[:9]]


def test_decisions_are_held_against_what_was_added():
    sure = {"actor": Writer(skill=0.5), "refiner": Refiner(accuracy=1, fix=1, spoil=0)}
    kinds = Counter()
    for episode in played(company(sure), [task(number) for number in range(15)]):
        for one in SCENARIO.decisions(episode):
            kinds[one.kind] += 1
            assert one.said is one.true, (one, episode.scores)
    assert set(kinds) == {"group", "vote", "verdict", "pair"}
    wrong = Program(
        "wrong",
        {
            EVOLVE.name: lambda view: {
                "evolved_prompt": "Write. Stay under 50 words.",
                "constraints": [{"group": "genre", "text": "Stay under 50 words."}],
            }
        },
    )
    (episode,) = played(company({"evolver": wrong}), [task()])
    assert [one.true for one in SCENARIO.decisions(episode) if one.kind == "group"] == [False]


def test_seed_tasks_of_others_become_demanding_and_make_pairs():
    tasks = list(read("self-instruct/seed_tasks.jsonl"))[:24]
    cast = {"refiner": Refiner(accuracy=0.9, fix=0.8)}
    episodes = played(company(cast), tasks)
    stops = Counter(one.stop for one in episodes)
    assert not stops[Stop.FAILED] + stops[Stop.INVALID]
    assert 1 <= stops[Stop.REFUSED] <= 6, stops
    assert stops[Stop.SOLVED] >= 6, stops
    pairs = [d for one in episodes for d in SCENARIO.decisions(one) if d.kind == "pair"]
    assert fmean(one.true for one in pairs) > 0.6
    assert all(faults(record, one) == [] for one in episodes for record in SCENARIO.records(one))


def test_a_recorded_response_answers_no_evolved_request():
    with pytest.raises(InputError, match="needs mode=given"):
        company(roots="recorded")
