import itertools
from collections import Counter

import pytest
from closed_form import played, within
from shared_data import shared

from maieutic import Dialogue, Judged, Pair, Stop, Task, faults
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.decomposer import Decomposer
from maieutic.agents.simulated.examiner import Examiner
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.actor import RESPOND, REVISE
from maieutic.roles.decomposer import SPLIT
from maieutic.roles.examiner import ITEM
from maieutic.scenarios import assemble
from maieutic.scenarios.decrim import SCENARIO, overall, tally
from maieutic.worlds.text_constraints import WORLD, ifeval_rows, judge, read_ifeval

ORACLE = {"decomposer": Decomposer(drop=0, invent=0), "examiner": Examiner(miss=0, alarm=0)}


def many(count, cast=None, seed=3, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast={**ORACLE, **(cast or {})})
    return played(company, (WORLD.generate(seed, place) for place in range(count)))


def met(event, episode):
    return [one.ok is True for one in judge(str(event.answer["text"]), episode.task.truth)]


def responses(episode):
    return [event for event in episode.events if event.role in (RESPOND.name, REVISE.name)]


def test_the_actor_never_sees_the_decomposition_before_it_is_told_what_failed():
    assert RESPOND.sees == ("prompt", "input")
    assert SPLIT.sees == ("prompt", "input")
    assert set(REVISE.sees) == {"prompt", "input", "response", "failed"}


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_with_an_oracle_all_failures_are_gone_after_n_rounds_as_often_as_the_closed_form_says(rounds):
    """m failures are clean after n rounds with probability (1 - (1 - f)^n)^m."""
    fix, clean, chances = 0.4, 0, []
    for episode in many(150, {"actor": Writer(skill=0.0, fix=fix, spoil=0.0)}, rounds=rounds, repeats=0):
        failures = met(responses(episode)[0], episode).count(False)
        chances.append((1 - (1 - fix) ** rounds) ** failures)
        clean += episode.stop in (Stop.SOLVED, Stop.ACCEPTED)
    assert within(clean, len(chances), sum(chances) / len(chances))


@pytest.mark.parametrize("miss", [0.3, 0.7])
def test_a_faulty_response_is_released_at_once_as_often_as_the_examiner_clears_all_its_faults(miss):
    """u^m for m failures and false-clear rate u, when verdicts are independent and all are asked."""
    released, chances = 0, []
    cast = {"examiner": Examiner(miss=miss, alarm=0), "actor": Writer(skill=0.3)}
    for episode in many(180, cast):
        failures = met(responses(episode)[0], episode).count(False)
        if failures:
            chances.append(miss**failures)
            released += episode.stop is Stop.ACCEPTED
    assert within(released, len(chances), sum(chances) / len(chances))


def test_what_is_released_is_the_last_response_and_is_held_against_the_world():
    told = Counter()
    for episode in many(60, {"actor": Writer(skill=0.3), "examiner": Examiner(miss=0.3, alarm=0)}):
        made = [one for one in SCENARIO.decisions(episode) if one.kind == "released"]
        assert len(made) == (episode.stop in (Stop.ACCEPTED, Stop.SOLVED))
        first, last = responses(episode)[0], responses(episode)[-1]
        for one in made:
            assert (one.said, one.true, one.event) == (True, all(met(last, episode)), last.id)
            told[one.true, all(met(first, episode))] += 1
    assert told[True, False] > 10  # refined until it was right
    assert told[False, False]  # or until nobody saw what was wrong


def test_an_examiner_that_clears_all_leaves_every_response_as_it_was():
    for episode in many(30, {"examiner": Examiner(miss=1, alarm=0)}):
        assert episode.stop is Stop.ACCEPTED
        assert len(responses(episode)) == 1
        assert not [one for one in SCENARIO.records(episode) if not isinstance(one, Judged)]


@pytest.mark.parametrize(("repeats", "rounds"), [(2, 2), (3, 3), (0, 10)])
def test_constraints_that_never_clear_are_noticed(repeats, rounds):
    for episode in many(8, {"examiner": Examiner(miss=0, alarm=1)}, repeats=repeats):
        assert episode.stop is (Stop.EXHAUSTED if repeats else Stop.TURNS)
        assert len(responses(episode)) == 1 + rounds


def test_the_list_is_as_complete_and_as_true_as_the_decomposer_is():
    kept = Counter()
    for episode in many(160, {"decomposer": Decomposer(drop=0.2, invent=0.3)}):
        for one in SCENARIO.decisions(episode):
            if one.kind == "constraint":
                kept[one.said, one.true] += 1
    assert within(kept[True, True], kept[True, True] + kept[False, True], 0.8)
    assert within(kept[True, False], 160, 0.3)


def test_every_constraint_is_checked_by_itself_on_every_response_and_nothing_else_is():
    for episode in many(15, {"actor": Writer(skill=0.2)}):
        asked = Counter(one.parent for one in episode.events if one.role == ITEM.name)
        assert asked == {one.id: len(episode.task.truth["items"]) for one in responses(episode)}


def test_an_unusable_verdict_takes_no_part_and_is_counted():
    answers = itertools.cycle([True, None])

    def check(view):
        if next(answers) is None:
            raise BadAnswer("neither yes nor no")
        return {"reason": "fine", "satisfied": True}

    episodes = many(20, {"examiner": Program("odd", {ITEM.name: check})})
    assert {one.stop for one in episodes} <= {Stop.ACCEPTED, Stop.INVALID}
    assert sum(one.scores["unusable_verdicts"] for one in episodes) > 0
    for one in episodes:  # whether all is met is left open, and so not told
        courses = [record for record in SCENARIO.records(one) if record.purpose == "course"]
        assert len(courses) == (one.stop is Stop.ACCEPTED and one.scores["unusable_verdicts"] == 0)


def test_a_request_of_which_nothing_was_listed_is_refused_and_not_dropped():
    nothing = Program("nothing", {SPLIT.name: lambda view: {"constraints": []}})
    for episode in many(3, {"decomposer": nothing}):
        assert episode.stop is Stop.REFUSED
        assert list(SCENARIO.records(episode)) == []


def test_a_pair_is_made_only_where_nothing_was_lost_and_something_won():
    pairs = 0
    for episode in many(60, {"actor": Writer(skill=0.4, spoil=0.3)}, final="best"):
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, Pair):
                by_id = {event.id: event for event in episode.events}
                first, last = (
                    met(by_id[name], episode) for name in (record.rejected_event, record.chosen_event)
                )
                assert all(new or not old for old, new in zip(first, last, strict=True))
                assert sum(last) > sum(first)
                pairs += 1
            if isinstance(record, Dialogue):
                assert [one.train for one in record.messages] == [False, False, False, True]
    assert pairs > 10


@pytest.mark.parametrize("final", ["last", "best"])
def test_every_course_is_told_once_in_its_pair_or_in_a_judgement_of_what_was_taken(final):
    kinds = Counter()
    cast = {"actor": Writer(skill=0.6, fix=0.3, spoil=0.5), "examiner": Examiner(miss=0.2, alarm=0.1)}
    for episode in many(40, cast, final=final, rounds=3):
        told = [one for one in SCENARIO.records(episode) if "rounds" in one.meta and "stopped_by" in one.meta]
        (one,) = told
        assert faults(one, episode) == []
        kinds[one.purpose] += 1
        order = responses(episode)
        said = {
            event.id: {
                one.meta["constraints"][item.index]: item.answer["satisfied"]
                for item in episode.by_role(ITEM.name)
                if item.parent == event.id
            }
            for event in order
        }
        assert [each["response"] for each in one.meta["rounds"]] == [event.text for event in order]
        assert [each["verdicts"] for each in one.meta["rounds"]] == list(said.values())
        assert one.meta["n_rounds"] == len(order) - 1 == episode.scores["rounds"]
        assert (one.meta["stopped_by"] == "clean") == (episode.stop in (Stop.ACCEPTED, Stop.SOLVED))
        if isinstance(one, Judged):
            assert one.verdict == all(said[one.response_event].values())
            counts = [sum(each.values()) for each in said.values()]
            place = [*said].index(one.response_event)
            assert place == (counts.index(max(counts)) if final == "best" else len(order) - 1)
            for name, met_ in said[one.response_event].items():
                assert (name in one.critique) == (not met_)
    assert min(kinds["course"], kinds["prefer"]) > 3
    assert set(kinds) == {"course", "prefer"}


@pytest.mark.parametrize(("second", "pairs"), [({"a"}, 0), ({"b"}, 0), ({"a", "b"}, 1), (set(), 0)])
def test_a_rewrite_makes_a_pair_only_where_the_constraints_that_it_meets_are_more_and_none_was_lost(
    second, pairs
):
    met = {"first": {"a"}, "second": second}

    def check(view):
        return {"reason": "as it is", "satisfied": view["constraint"] in met[view["response"]]}

    cast = {
        "decomposer": Program("two", {SPLIT.name: lambda view: {"constraints": ["a", "b"]}}),
        "actor": Program(
            "twice",
            {RESPOND.name: lambda view: {"text": "first"}, REVISE.name: lambda view: {"text": "second"}},
        ),
        "examiner": Program("as it is", {ITEM.name: check}),
    }
    for episode in many(2, cast, rounds=1):
        assert len([one for one in SCENARIO.records(episode) if isinstance(one, Pair)]) == pairs


def test_the_best_round_is_never_worse_by_the_verdicts_than_the_last():
    cast = {"actor": Writer(skill=0.6, fix=0.3, spoil=0.5)}
    last, best = (many(60, cast, final=final, rounds=3, repeats=0) for final in ("last", "best"))
    share = [sum(one.scores["constraints_taken"] for one in episodes) for episodes in (last, best)]
    assert share[1] > share[0]


@pytest.mark.parametrize(("miss", "alarm"), [(0.2, 0.1), (0.5, 0.05)])
def test_the_errors_of_the_critic_are_told_of_each_round_and_its_f1_is_what_its_rates_make_it(miss, alarm):
    """F1 on "not met": 2 (1 - u) m / (2 (1 - u) m + u m + v k) for m unmet and k met constraints, error rates u and v."""
    cast = {"examiner": Examiner(miss=miss, alarm=alarm), "actor": Writer(skill=0.4, fix=0.5)}
    sums = Counter()
    for episode in many(120, cast):
        sums.update(tally(episode))
    told = overall(sums)
    for number in range(2):  # later ones are too few
        for what, wrong, rate in (("unmet", "clear", miss), ("met", "alarm", alarm)):
            asked, errors = sums[f"{what} {number}"], sums[f"{wrong} {number}"]
            assert within(int(errors), int(asked), rate)
            assert told[f"false_{wrong}_rate_{number}"] == errors / asked
    unmet, well = (sum(sums[f"{what} {number}"] for number in range(11)) for what in ("unmet", "met"))
    expected = 2 * (1 - miss) * unmet / (2 * (1 - miss) * unmet + miss * unmet + alarm * well)
    assert told["critic_f1"] == pytest.approx(expected, abs=0.04)
    # by constraints, not by requests: of 1 met of 1, and 1 of 3, half are met
    few = overall({"all first": 4, "met first": 2, "all taken": 4, "met taken": 4})
    assert few == {"constraint_accuracy_first": 0.5, "constraint_accuracy_taken": 1.0}
    assert told["constraint_accuracy_taken"] > told["constraint_accuracy_first"]
    assert overall({}) == {}


def test_each_verdict_says_in_which_round_it_fell():
    for episode in many(20, {"actor": Writer(skill=0.2)}):
        order = [event.id for event in responses(episode)]
        for record in SCENARIO.records(episode):
            if record.purpose == "judge":
                assert record.meta["round"] == order.index(record.response_event)


def test_recorded_requests_are_refined_too():
    company = assemble(SCENARIO, cast=ORACLE)
    tasks = [read_ifeval(row) for row in itertools.islice(ifeval_rows(shared("ifeval/prompts.jsonl")), 40)]
    episodes = played(company, tasks)
    assert all(one.stop in (Stop.ACCEPTED, Stop.SOLVED, Stop.EXHAUSTED, Stop.TURNS) for one in episodes)
    assert sum(one.scores["all_taken"] for one in episodes) > sum(one.scores["all_first"] for one in episodes)


def test_what_a_request_is_about_is_shown_to_everybody_and_stands_in_the_records():
    seen = Counter()

    class Watching(Writer):
        async def act(self, turn):
            seen[turn.role.name, turn.view.get("input")] += 1
            return await super().act(turn)

    whole = WORLD.generate(3, 1)
    given = whole.model_copy(update={"fields": {**whole.fields, "input": "A cat sat."}})
    company = assemble(SCENARIO, cast={**ORACLE, "actor": Watching(skill=0.0, fix=1.0)})
    (episode,) = played(company, [given])
    assert set(seen) == {(RESPOND.name, "A cat sat."), (REVISE.name, "A cat sat.")}
    prompts = {one.prompt[0].content for one in SCENARIO.records(episode) if not isinstance(one, Dialogue)}
    assert prompts == {f"{whole.fields['prompt']}\n\nA cat sat."}


def test_a_request_in_words_of_which_no_constraint_is_known_is_taken_apart_by_its_sentences():
    told = {"prompt": "Write to my aunt. Thank her for the book! Keep it short."}
    task = Task(id="words:1", world="text-constraints", fields=told)
    (episode,) = played(assemble(SCENARIO, cast={"decomposer": Decomposer(drop=0, invent=0)}), [task])
    (split,) = episode.by_role(SPLIT.name)
    assert split.answer["constraints"] == ["Write to my aunt.", "Thank her for the book!", "Keep it short."]
    assert episode.stop is not Stop.INVALID
    assert list(SCENARIO.decisions(episode)) == []


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([one.to_bytes() for one in many(5)] for _ in range(2))
    assert once == again
