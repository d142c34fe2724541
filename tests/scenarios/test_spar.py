import asyncio
import math
from collections import Counter
from statistics import fmean

import pytest
import snapshots
from shared_data import shared
from spy import Spy

from maieutic import InputError, Stop, Task, faults, path, tree
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import bound, most_turns
from maieutic.roles.actor import RESPOND
from maieutic.roles.record import RECORD
from maieutic.roles.refiner import JUDGE, REFINE
from maieutic.scenarios import assemble, play
from maieutic.scenarios.catalogue import load
from maieutic.scenarios.spar import SCENARIO, overall, tally
from maieutic.worlds.text_constraints import WORLD, ifeval_rows, judge, read_ifeval

LINE = "Old people often say that the small paths are good, and many soon find that it is easy to walk in the rain."
BAD = " ".join(
    LINE.replace("paths", f"paths of the {word} valley")
    for word in ["first", "second", "third", "fourth", "fifth", "sixth"]
)
ONE = {"items": [{"id": "punctuation:no_comma"}], "registry": "repaired", "topic": "walking in the rain"}
TASK = Task(
    id="walk",
    world="text-constraints",
    fields={
        "prompt": "Write about walking. Use no commas.",
        "response": BAD,
        "source_note": "nobody sees this",
    },
    truth=ONE,
)


def within(hits, trials, chance):
    """Whether `hits` of `trials` agree with `chance` at 99.9 % (Wilson's interval)."""
    z, share = 3.29, hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return middle - half <= chance <= middle + half


def majority(accuracy, votes=5):
    """The probability that most of an odd number of votes are right."""
    return sum(
        math.comb(votes, right) * accuracy**right * (1 - accuracy) ** (votes - right)
        for right in range(votes // 2 + 1, votes + 1)
    )


def many(count, task=TASK, cast=None, tasks=None, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast=cast)

    async def all_of_them():
        return [await company.play(tasks[seed] if tasks else task, seed) for seed in range(count)]

    return asyncio.run(all_of_them())


def played(task=TASK, seed=0, cast=None, **parameters):
    return asyncio.run(play(SCENARIO, task, cast=cast, seed=seed, parameters=parameters))


def texts(*said):
    """An actor who says one text after another, the first again after the last."""
    numbers = iter(range(10**6))
    return Program("texts", {RESPOND.name: lambda view: {"text": said[next(numbers) % len(said)]}})


def votes(judging, revise=lambda view, number: f"{view['response']} And {number} more, still."):
    """A refiner whose n-th vote on a text is what `judging(text, n)` says: yes, no or something else."""
    asked, number = Counter(), iter(range(10**6))

    def judged(view):
        asked[view["response"]] += 1
        said = judging(view["response"], asked[view["response"]] - 1)
        return {"text": f"critique {asked[view['response']]}", "verdict": said}

    def refine(view):
        return {"reflection": "shorter", "text": revise(view, next(number))}

    return Program("votes", {JUDGE.name: judged, REFINE.name: refine})


def decided(episodes, kind, role=None):
    found = Counter()
    for episode in episodes:
        roles = {event.id: event.role for event in episode.events}
        parents = {event.id: roles.get(event.parent) for event in episode.events}
        for one in SCENARIO.decisions(episode):
            if one.kind == kind and role in (None, parents[one.event]):
                found[one.said, one.true] += 1
    return found


# The tree


def test_the_graph_draws_itself_and_the_catalogue_has_it():
    snapshots.check("spar.mmd", assemble(SCENARIO).compiled.get_graph().draw_mermaid())
    assert load("spar") is SCENARIO


def test_a_tree_that_never_passes_has_3_6_6_children_and_75_votes_on_them():
    for episode in many(8, cast={"refiner": Refiner(accuracy=1, fix=0, spoil=0)}, roots="recorded"):
        assert [len(level) for level in episode.notes["levels"]] == [3, 6, 6]
        assert episode.stop is Stop.EXHAUSTED
        assert episode.scores["children"] == 15
        children = {event.id for event in episode.by_role(REFINE.name)}
        distinct = len({event.answer["text"] for event in episode.by_role(REFINE.name)} - {BAD})
        asked = [event for event in episode.by_role(JUDGE.name) if event.parent in children]
        assert len(asked) == 5 * distinct <= 75
        assert not [one for one in SCENARIO.records(episode) if one.kind != "judged"]
    numbered = played(cast={"refiner": votes(lambda text, n: "no")}, roots="recorded")
    assert numbered.scores["votes"] == 5 + 75


def test_five_responses_are_sampled_and_each_gets_five_votes():
    episode = played(cast={"refiner": votes(lambda text, n: "yes")})
    assert len(episode.by_role(RESPOND.name)) == 5
    assert episode.scores["votes"] == 5 * len({e.answer["text"] for e in episode.by_role(RESPOND.name)})
    assert episode.stop is Stop.ACCEPTED
    assert not list(SCENARIO.records(episode))
    assert not [one for one in SCENARIO.decisions(episode) if one.kind == "pair"]


def test_a_child_at_the_gate_makes_no_pair_and_one_above_it_does():
    refiner = votes(lambda text, n: "no" if text == BAD else ("yes", "yes", "yes", "no", "no")[n])
    at = played(cast={"refiner": refiner}, roots="recorded", gate=0.6)
    assert at.stop is Stop.EXHAUSTED
    assert not [one for one in SCENARIO.records(at) if one.kind != "judged"]
    refiner = votes(lambda text, n: "no" if text == BAD else ("yes", "yes", "yes", "no", "no")[n])
    above = played(cast={"refiner": refiner}, roots="recorded")
    assert above.stop is Stop.SOLVED
    assert above.notes["value"] == 0.6
    assert len(above.by_role(REFINE.name)) == 3


def test_only_ties_are_no_decision():
    episode = played(cast={"refiner": votes(lambda text, n: ("yes", "no", "yes", "no", "perhaps")[n % 5])})
    assert episode.stop is Stop.TIE
    assert episode.scores["unusable_votes"] == episode.scores["votes"] / 5
    assert episode.scores["dropped"] == 5
    assert not list(SCENARIO.records(episode))


def test_a_tie_on_children_is_voted_on_three_times_more_and_then_they_are_gone():
    tied = votes(lambda text, n: "no" if text == BAD else ("yes", "no", "no", "yes", "?")[n % 5])
    episode = played(cast={"refiner": tied}, roots="recorded")
    assert episode.stop is Stop.EXHAUSTED
    assert episode.scores["votes"] == 5 + 3 * 5 * 4
    assert episode.notes["best"] == episode.notes["root"]
    assert "value" not in episode.scores
    assert not list(SCENARIO.records(episode))


def test_no_child_that_can_be_used_leaves_the_root_and_no_record():
    def dead(view, number):
        raise BadAnswer("no markers")

    episode = played(cast={"refiner": votes(lambda text, n: "no", dead)}, roots="recorded")
    assert episode.stop is Stop.EXHAUSTED
    assert episode.scores["children"] == 3
    assert not list(SCENARIO.records(episode))
    assert not decided([episode], "pair")


def test_the_budget_ends_a_tree():
    episode = played(cast={"refiner": votes(lambda text, n: "no")}, roots="recorded", budget=7)
    assert episode.stop is Stop.BUDGET
    assert episode.scores["children"] == 7


def test_actors_who_say_nothing_and_players_who_break_are_data():
    silent = Program("silent", {RESPOND.name: lambda view: {"text": ""}})
    assert played(cast={"actor": silent}).stop is Stop.INVALID

    def broken(view):
        raise RuntimeError("down")

    episode = played(cast={"actor": Program("broken", {RESPOND.name: broken})})
    assert (episode.stop, episode.failure) == (Stop.FAILED, "player broke down: RuntimeError: down")


def test_bounds_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="keep must be at most branch"):
        assemble(SCENARIO, parameters={"keep": 4})
    assert bound(SCENARIO.graph(SCENARIO.configure({}))) == 1 + 1 + (1 + 3 * 4) + 3
    for order in ("breadth", "depth"):
        for pick in ("greedy", "proportional"):
            company = assemble(SCENARIO, parameters={"order": order, "pick": pick, "depth": 2})
            episode = asyncio.run(company.play(WORLD.generate(2, 0), 1))
            assert len(episode.events) <= most_turns(SCENARIO.graph(company.parameters))


# Who sees what


@pytest.mark.parametrize("roots", ["sampled", "recorded"])
def test_nobody_sees_more_than_the_role_lists_and_the_actor_never_a_published_response(roots):
    cast = {seat: Spy(player) for seat, player in SCENARIO.cast(SCENARIO.configure({})).items()}
    many(4, cast=cast, roots=roots)
    turns = [turn for spy in cast.values() for turn in spy.seen]
    assert {turn.role.name for turn in turns} == {
        RESPOND.name if roots == "sampled" else RECORD.name,
        JUDGE.name,
        REFINE.name,
    }
    for turn in turns:
        assert set(turn.view) == set(turn.role.sees) - {"input"}  # the task has none
        if turn.role.name == RESPOND.name:
            assert dict(turn.view) == {"prompt": TASK.fields["prompt"]}
            assert BAD not in str(turn.view)
        if turn.role.name == RECORD.name:
            assert dict(turn.view) == {"response": BAD}
            assert turn.truth is None


def test_with_sampled_roots_a_published_response_reaches_no_judge():
    cast = {"refiner": Spy(Refiner())}
    many(3, cast=cast)
    assert cast["refiner"].seen
    assert all(turn.view["response"] != BAD for turn in cast["refiner"].seen)


def test_an_editor_is_shown_the_critique_of_the_text_that_it_edits():
    spy = Spy(votes(lambda text, n: "no" if n else "yes"))
    episode = played(cast={"refiner": spy}, roots="recorded")
    by_id = {event.id: event for event in episode.events}
    for event, turn in zip(
        episode.by_role(REFINE.name), (t for t in spy.seen if t.role.name == REFINE.name), strict=True
    ):
        critique = by_id[event.parent]
        assert turn.view["critique"] == critique.answer["text"] == "critique 2"  # the first that says no
        assert turn.view["response"] == by_id[critique.parent].answer["text"]


def test_recorded_roots_need_a_response():
    with pytest.raises(InputError, match="no field 'response'"):
        played(Task(id="x", world="text-constraints", fields={"prompt": "?"}), roots="recorded")


# Closed forms


@pytest.mark.parametrize(("accuracy", "right"), [(0.6, 0.683), (0.7, 0.837), (0.8, 0.942), (0.9, 0.991)])
def test_five_votes_are_right_as_often_as_the_binomial_says(accuracy, right):
    assert majority(accuracy) == pytest.approx(right, abs=0.0006)
    said = [f"The {n} th path is long{', and' if n % 2 else ' and'} it is wet." for n in range(60)]
    cast = {"actor": texts(*said), "refiner": Refiner(accuracy=accuracy)}
    episodes = many(8, cast=cast, responses=60, budget=1)
    verdicts = decided(episodes, "verdict", RESPOND.name)
    assert verdicts.total() == 480
    assert within(verdicts[True, True] + verdicts[False, False], 480, majority(accuracy))
    single = decided(episodes, "vote", RESPOND.name)
    assert single.total() == 2400
    assert within(single[True, True] + single[False, False], 2400, accuracy)


@pytest.mark.parametrize(("accuracy", "good"), [(0.7, 0.774), (0.8, 0.916), (0.9, 0.987)])
def test_an_accepted_child_is_truly_good_as_often_as_bayes_says(accuracy, good):
    right, fix = majority(accuracy), 0.4
    expected = fix * right / (fix * right + (1 - fix) * (1 - right))
    assert expected == pytest.approx(good, abs=0.0006)
    refiner = Refiner(accuracy=accuracy, fix=fix, spoil=0)
    # few children a tree, so that hardly any two are the same text, which would share one verdict
    episodes = many(120, cast={"refiner": refiner}, roots="recorded", branch=5, keep=1, depth=1)
    children = decided(episodes, "verdict", REFINE.name)
    accepted = children[True, True] + children[True, False]
    assert accepted > 100
    assert within(children[True, True], accepted, expected)
    assert within(children[True, True] + children[False, True], children.total(), fix)


def test_a_pair_of_one_child_is_right_as_often_as_bayes_says():
    refiner, right = Refiner(accuracy=0.8, fix=0.4, spoil=0), majority(0.8)
    episodes = many(250, cast={"refiner": refiner}, roots="recorded", branch=1, keep=1, depth=1)
    pairs = decided(episodes, "pair")
    assert pairs.total() == sum(episode.stop is Stop.SOLVED for episode in episodes) > 60
    assert within(
        pairs.total(), sum(e.stop is not Stop.ACCEPTED for e in episodes), 0.4 * right + 0.6 * (1 - right)
    )
    assert within(pairs[True, True], pairs.total(), 0.4 * right / (0.4 * right + 0.6 * (1 - right)))


def test_the_four_accuracies_of_ifeval_are_those_of_the_first_responses():
    task = TASK.model_copy(
        update={
            "truth": {
                **ONE,
                "items": [
                    {"id": "punctuation:no_comma"},
                    {
                        "id": "length_constraints:number_words",
                        "params": {"num_words": 4, "relation": "at least"},
                    },
                ],
            }
        }
    )
    said = texts(
        "Sure, here:\nNo comma at all here.", "No comma.", "One, two", "No comma in these five words."
    )
    (episode,) = many(
        1, task, cast={"actor": said, "refiner": votes(lambda text, number: "yes")}, responses=4
    )
    assert overall(tally(episode)) == {
        "prompts_strict": 1 / 4,  # the last
        "prompts_loose": 2 / 4,  # and the first, without its first line
        "instructions_strict": 4 / 8,
        "instructions_loose": 5 / 8,
    }
    assert episode.scores["strict"] == 1 / 4
    assert (
        overall(
            tally(many(1, TASK.model_copy(update={"truth": {"votes": [1]}, "fields": {"prompt": "Hi."}}))[0])
        )
        == {}
    )


def test_a_pair_whose_root_met_as_much_is_a_false_one():
    faultless = LINE.replace(",", "")
    stern = votes(
        lambda text, number: "no" if text == faultless else "yes",
        lambda view, number: f"{faultless} So be it.",
    )
    (episode,) = many(1, cast={"actor": texts(faultless), "refiner": stern}, responses=1)
    assert episode.scores["root_good"] == episode.scores["final_good"] == 1
    assert decided([episode], "pair") == {(True, False): 1}


@pytest.fixture(scope="module")
def default_run():
    return many(40, tasks=[WORLD.generate(4, index) for index in range(40)])


def test_more_search_gives_better_pairs_than_chance_and_the_final_text_beats_the_root(default_run):
    pairs = decided(default_run, "pair")
    assert pairs[True, True] > 3 * pairs[True, False]
    grown = [episode for episode in default_run if "final_good" in episode.scores]
    assert fmean(e.scores["final_good"] for e in grown) > 0.5 + fmean(e.scores["root_good"] for e in grown)


def test_a_pair_differs_in_less_than_two_independent_responses_do(default_run):
    solved = [e.scores for e in default_run if e.stop is Stop.SOLVED]
    assert len(solved) > 25
    ratio = fmean(e["changed"] for e in solved) / fmean(e["changed_between_drafts"] for e in solved)
    assert ratio < 0.5


# Records


def test_records_hold_and_say_what_the_votes_said(default_run):
    kinds = Counter()
    for episode in default_run:
        by_id = {event.id: event for event in episode.events}
        assert len(tree(episode.id, episode.events)) == len(episode.events) + 1
        made = list(SCENARIO.records(episode))
        kinds.update(one.kind for one in made)
        assert (episode.stop is Stop.SOLVED) is any(one.kind == "pair" for one in made)
        for record in made:
            assert faults(record, episode) == []
            if record.kind == "pair":
                assert record.chosen_event == episode.notes["best"]
                assert record.rejected_event == episode.notes["root"]
                assert record.chosen_verdict == record.meta["value"] > 0.5 >= record.rejected_verdict
                assert record.meta["refine_text"] == by_id[record.chosen_event].answer["reflection"]
            elif record.kind == "judged":
                said = [e for e in episode.by_role(JUDGE.name) if e.parent == record.response_event]
                yes = sum(e.answer["verdict"] == "yes" for e in said)
                assert 0 < yes < len(said)
                assert record.verdict is (2 * yes > len(said))
                critique = by_id[record.critique_event]
                assert critique.answer["verdict"] == ("yes" if record.verdict else "no")
    assert set(kinds) == {"pair", "dialogue", "judged"}
    assert kinds["pair"] == kinds["dialogue"]


def test_a_judgement_on_which_all_votes_agree_is_no_record():
    refiner = votes(lambda text, n: "no")
    assert not list(SCENARIO.records(played(cast={"refiner": refiner}, roots="recorded")))


def test_a_refine_record_starts_from_the_parent_and_not_from_the_root():
    refiner = votes(lambda text, n: "yes" if text.count("more") == 3 else "no")
    episode = played(cast={"refiner": refiner}, roots="recorded")
    assert episode.scores["final_depth"] == 3
    pair, dialogue = (next(r for r in SCENARIO.records(episode) if r.kind == k) for k in ("pair", "dialogue"))
    parent = path(episode.events, pair.chosen_event)[-3]
    assert parent.answer["text"] == pair.meta["parent_response"] != BAD == pair.rejected
    assert parent.answer["text"] in dialogue.messages[0].content
    assert pair.meta["parent_critique"] in dialogue.messages[1].content
    assert pair.chosen in dialogue.messages[3].content
    assert [message.train for message in dialogue.messages] == [False, False, False, True]
    assert dialogue.events == (parent.id, episode.notes["critiques"][parent.id], pair.chosen_event)


def test_a_child_with_the_text_of_the_root_is_not_judged_and_makes_no_pair():
    refiner = votes(lambda text, n: "no", lambda view, number: view["response"])
    episode = played(cast={"refiner": refiner}, roots="recorded")
    assert episode.scores["votes"] == 5
    assert episode.stop is Stop.EXHAUSTED
    assert len(decided([episode], "verdict")) == 1


def test_the_same_seed_gives_the_same_bytes():
    first, second = (many(4, WORLD.generate(1, 3)) for _ in range(2))
    assert [one.to_bytes() for one in first] == [one.to_bytes() for one in second]
    assert len({one.to_bytes() for one in first}) == 4


def test_a_task_without_truth_gives_scores_and_records_but_no_decisions():
    bare = TASK.model_copy(update={"truth": {}})
    refiner = votes(lambda text, n: "no" if text == BAD else "yes")
    episode = played(bare, cast={"refiner": refiner}, roots="recorded")
    assert not list(SCENARIO.decisions(episode))
    assert "final_good" not in episode.scores
    assert [one.kind for one in SCENARIO.records(episode)] == ["pair", "dialogue"]


# Published responses


def test_published_responses_grow_trees_of_their_own():
    data = list(ifeval_rows(shared("ifeval/prompts.jsonl"), shared("ifeval/responses.jsonl")))
    tasks = [read_ifeval(row) for row in data]
    failed = [t for t in tasks if not all(one.ok is True for one in judge(t.fields["response"], t.truth))]
    assert len(failed) > 20
    episodes = many(
        20, tasks=failed[:20], cast={"refiner": Refiner(accuracy=0.95, fix=0.8)}, roots="recorded"
    )
    stops = Counter(episode.stop for episode in episodes)
    assert stops[Stop.SOLVED] >= 7, stops
    assert not stops[Stop.FAILED] + stops[Stop.INVALID]
    for episode in episodes:
        assert episode.by_role(RECORD.name)[0].answer["text"] == episode.task.fields["response"]
        assert not episode.by_role(RESPOND.name)
        assert all(faults(record, episode) == [] for record in SCENARIO.records(episode))
    verdicts = decided(episodes, "verdict")
    assert verdicts[True, True] + verdicts[False, False] > 0.9 * verdicts.total()


def test_a_writer_can_be_recast_by_its_skill():
    assert all(
        e.stop is Stop.ACCEPTED
        for e in many(3, cast={"actor": Writer(skill=1), "refiner": Refiner(accuracy=1)})
    )
