import itertools
import math
from collections import Counter

import pytest
import snapshots
from closed_form import compared, played, within
from shared_data import shared

from maieutic import InputError, Judged, Pair, Stop, Task, faults
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.decomposer import Decomposer
from maieutic.agents.simulated.examiner import Examiner
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.actor import RESPOND, REWRITE
from maieutic.roles.decomposer import CHECKLIST
from maieutic.roles.evaluator import ALONE
from maieutic.roles.examiner import POLARITY, TICK, TICKS
from maieutic.runs.statistics import Statistics
from maieutic.scenarios import assemble
from maieutic.scenarios.tick_stick import SCENARIO, drfr
from maieutic.worlds.text_constraints import WORLD, asked, ifeval_rows, judge, read_ifeval, which

WHOLE = Decomposer(drop=0, invent=0, turn=0)
SURE = Examiner(miss=0, alarm=0, confuse=0, anchor=0)
ORACLE = {"decomposer": WHOLE, "examiner": SURE}

PLAIN = Program("plain", dict.fromkeys((RESPOND.name, REWRITE.name), lambda view: {"text": "Yes."}))


def tasks(least=2, most=9, seed=3):
    for place in itertools.count():
        task = WORLD.generate(seed, place)
        if least <= len(task.truth["items"]) <= most:
            yield task


def many(count, cast=None, least=2, most=9, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast={**ORACLE, **(cast or {})})
    return played(company, itertools.islice(tasks(least, most), count))


def met(event, task):
    return [one.ok is True for one in judge(str(event.answer["text"]), task.truth)]


def texts(episode):
    by_id = {event.id: event for event in episode.events}
    return [by_id[name] for name in episode.notes["responses"]]


def wanted(episode):
    """Of each question, the constraint that it is about."""
    from maieutic.agents.simulated.writer import known

    return [which(asked(one)[0], known(episode.task.truth)) for one in episode.notes["questions"]]


def test_the_list_is_written_from_the_request_alone_before_any_response_is_seen():
    assert CHECKLIST.sees == ("prompt", "input")
    assert "questions" not in RESPOND.sees
    assert TICK.sees == ("prompt", "input", "response", "question")
    for episode in many(5):
        roles = [event.role for event in episode.events]
        assert roles.index(CHECKLIST.name) == 0
        assert max(n for n, one in enumerate(roles) if one == CHECKLIST.name) < roles.index(RESPOND.name)
        written = next(event for event in episode.events if event.role == CHECKLIST.name)
        assert written.parent == episode.id, "no response is on the writer's branch"


@pytest.mark.parametrize("flip", [0.1, 0.3])
def test_the_gap_of_two_scores_is_as_the_closed_form_says_where_the_list_is_whole(flip):
    """(s - t)(1 - 2e)/m for responses that meet s and t of m and a ticker that flips with rate e."""
    gap = predicted = variance = 0.0
    cast = {"examiner": Examiner(miss=flip, alarm=flip, confuse=0)}
    for episode in many(120, cast, mode="evaluate"):
        s, t = (sum(met(one, episode.task)) for one in texts(episode))
        m = len(episode.task.truth["items"])
        a, b = episode.notes["scores"]
        gap += a - b
        predicted += (s - t) * (1 - 2 * flip) / m
        variance += 2 * flip * (1 - flip) / m
    assert abs(gap - predicted) < 3.29 * math.sqrt(variance)


@pytest.mark.parametrize(("drop", "junk"), [(0.0, 0.0), (0.3, 0.5)])
def test_preferences_and_ties_are_as_many_as_two_binomials_say(drop, junk):
    """Each question is ticked by itself: 1 - e where it is met or cannot fail, e where it is not."""
    flip, right, ties, chances, tying = 0.2, 0, 0, [], []
    cast = {
        "decomposer": Decomposer(drop=drop, invent=junk, turn=0),
        "examiner": Examiner(miss=flip, alarm=flip, confuse=0),
    }
    for episode in many(150, cast, mode="evaluate"):
        if episode.notes["direct"]:
            continue
        first, second = (met(one, episode.task) for one in texts(episode))
        yes = [
            [1 - flip if place is None or row[place] else flip for place in wanted(episode)]
            for row in (first, second)
        ]
        win, tie = compared(*yes)
        tying.append(tie)
        ties += episode.notes["preference"] == "tie"
        if sum(first) != sum(second):
            better = sum(first) > sum(second)
            chances.append(win if better else 1 - win - tie)
            right += episode.notes["preference"] == ("a" if better else "b")
    assert within(right, len(chances), sum(chances) / len(chances))
    assert within(ties, len(tying), sum(tying) / len(tying))


def test_the_best_of_eight_holds_a_full_pass_as_often_as_the_closed_form_says_and_a_sure_ticker_finds_it():
    """1 - (1 - 0.3)^8 = 0.942 where each sample passes with probability 0.3."""
    episodes = many(60, {"actor": Writer(skill=math.sqrt(0.3))}, least=2, most=2, mode="select")
    assert within(sum(one.scores["ceiling"] for one in episodes), len(episodes), 1 - 0.7**8)
    assert all(one.scores["all_taken"] == one.scores["ceiling"] for one in episodes)


def test_by_its_own_ticks_refining_gains_all_and_by_the_worlds_checks_only_what_the_list_holds():
    """A list of m items keeps each with 1 - d and is used with 2 or more: the gap is 1 - E[K | K >= 2]/m; all that was
    asked is met with (1 - d)^m / P(K >= 2)."""
    drop, full, chances, gap, predicted, variance = 0.3, 0, [], 0.0, 0.0, 0.0
    cast = {
        "decomposer": Decomposer(drop=drop, invent=0, turn=0),
        "actor": Writer(skill=0, fix=1, spoil=0),
    }
    for episode in many(120, cast):
        if episode.notes["direct"] or any(met(texts(episode)[0], episode.task)):
            continue
        m = len(episode.task.truth["items"])
        odds = [math.comb(m, k) * (1 - drop) ** k * drop ** (m - k) for k in range(m + 1)]
        used = sum(odds[2:])
        mean = sum(k * odds[k] for k in range(2, m + 1)) / used
        assert episode.scores["own_gain"] == 1
        chances.append(odds[m] / used)
        full += len(episode.notes["questions"]) == m and episode.scores["all_taken"] == 1
        gap += episode.scores["own_gain"] - len(set(wanted(episode))) / m
        predicted += 1 - mean / m
        variance += (sum(k * k * odds[k] for k in range(2, m + 1)) / used - mean**2) / m**2
        kept, last = set(wanted(episode)), met(texts(episode)[-1], episode.task)
        assert all(last[place] for place in kept)
        lucky = sum(last[place] for place in range(m) if place not in kept)
        assert episode.scores["gain"] == pytest.approx((len(kept) + lucky) / m)
    assert within(full, len(chances), sum(chances) / len(chances))
    assert abs(gap - predicted) < 3.29 * math.sqrt(variance)


def test_precision_and_recall_of_the_list_are_those_of_its_writer():
    kept = Counter()
    cast = {"actor": PLAIN, "decomposer": Decomposer(drop=0.2, invent=0.3)}
    for episode in many(120, cast, fewest=1, rounds=1):
        kept.update((d.said, d.true) for d in SCENARIO.decisions(episode) if d.kind == "question")
        assert {"question_precision", "question_recall", "count_error"} <= set(episode.scores)
    assert within(kept[True, True], kept[True, True] + kept[False, True], 0.8)


def test_every_question_is_put_by_itself_to_every_response_and_the_list_is_one():
    for episode in many(6, {"decomposer": Decomposer()}, mode="select", n=3):
        put = Counter(event.parent for event in episode.events if event.role == TICK.name)
        assert put == dict.fromkeys(episode.notes["responses"], len(episode.notes["questions"]))
        assert len(episode.notes["ticks"]) == 3


def test_all_at_once_makes_the_same_record_and_anchors_answers_on_each_other():
    alone, together = (many(8, mode="evaluate", ticking=one) for one in ("each", "batch"))
    for one, other in zip(alone, together, strict=True):
        assert sum(event.role == TICKS.name for event in other.events) == 2
        assert set(one.notes) == set(other.notes)
        assert [len(row) for row in one.notes["ticks"]] == [len(row) for row in other.notes["ticks"]]
    anchored = many(12, {"examiner": Examiner(anchor=1, confuse=0)}, mode="evaluate", ticking="batch")
    assert all(len(set(row)) == 1 for one in anchored for row in one.notes["ticks"])


@pytest.mark.parametrize("ticking", ["each", "batch"])
def test_a_question_whose_no_is_good_flips_the_score_unless_its_polarity_is_looked_at(ticking):
    cast = {"decomposer": Decomposer(drop=0, invent=0, turn=1)}
    for looked in (True, False):
        for episode in many(15, cast, mode="evaluate", polarity=looked, ticking=ticking):
            assert any(event.role == POLARITY.name for event in episode.events) is looked
            for text, given in zip(texts(episode), episode.notes["scores"], strict=True):
                share = share_met(str(text.answer["text"]), episode.task.truth)
                assert given == pytest.approx(share if looked else 1 - share)


def test_an_unanswerable_question_counts_as_not_met():
    calls = itertools.count()

    def tick(view):
        if next(calls) % 2:
            raise BadAnswer("cannot be said")
        return {"answer": True}

    examiner = Program("odd", {TICK.name: tick, POLARITY.name: lambda view: {"good": "yes"}})
    for episode in many(12, {"examiner": examiner}, least=4, most=4, mode="evaluate"):
        assert episode.notes["scores"] == [0.5, 0.5]
        assert episode.stop is Stop.TIE
        assert episode.scores["unusable_ticks"] == 4


@pytest.mark.parametrize("mode", ["refine", "select", "evaluate"])
@pytest.mark.parametrize("short", [(), ("Is it short?",), ("Is it short?", "Is it short?")])
def test_a_list_too_short_is_written_again_once_and_then_gives_way_to_a_score_that_says_so(mode, short):
    short_sighted = Program("short", {CHECKLIST.name: lambda view: {"questions": short}})
    for episode in many(
        4, {"decomposer": short_sighted, "judge": Scorer(noise=0, gain=1, bias=0)}, mode=mode
    ):
        assert sum(event.role == CHECKLIST.name for event in episode.events) == 2
        assert not [event for event in episode.events if event.role in (TICK.name, TICKS.name)]
        assert episode.scores["direct"] == 1
        assert episode.scores["regenerated"] == 1
        for text, given in zip(texts(episode), episode.notes["scores"], strict=True):
            assert given == pytest.approx(share_met(str(text.answer["text"]), episode.task.truth))
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, Pair):
                assert record.meta["direct"] is True


def test_a_second_list_that_is_long_enough_is_the_one_that_stays():
    lists = itertools.cycle([BadAnswer("no list"), ("Is it kind?", "Is it brief?")])

    def write(view):
        said = next(lists)
        if isinstance(said, BadAnswer):
            raise said
        return {"questions": said}

    for episode in many(3, {"decomposer": Program("slow", {CHECKLIST.name: write})}):
        assert episode.notes["questions"] == ["Is it kind?", "Is it brief?"]
        assert episode.scores["direct"] == 0


@pytest.mark.parametrize(("guard", "rewrites"), [(True, 1), (False, 4)])
def test_refining_stops_where_nothing_is_won_and_at_the_cap(guard, rewrites):
    for episode in many(6, {"examiner": Examiner(miss=0, alarm=1, confuse=0)}, guard=guard):
        assert episode.stop is (Stop.EXHAUSTED if guard else Stop.TURNS)
        assert sum(event.role == REWRITE.name for event in episode.events) == rewrites


def test_a_response_with_all_ticks_is_taken_as_it_is():
    for episode in many(6, {"actor": Writer(skill=1)}):
        assert episode.stop is Stop.ACCEPTED
        assert not [one for one in SCENARIO.records(episode) if not isinstance(one, Judged)]


def test_a_rewriter_is_shown_the_whole_list_with_its_ticks():
    seen = []

    def rewrite(view):
        seen.append(view)
        return {"text": "Again."}

    actor = Program("two", {RESPOND.name: lambda view: {"text": "Once."}, REWRITE.name: rewrite})
    episodes = many(5, {"actor": actor})
    assert seen
    shown = [[one["question"] for one in view["checklist"]] for view in seen]
    assert [one for one in shown if one not in [episode.notes["questions"] for episode in episodes]] == []


def test_equal_maxima_are_drawn_from_evenly():
    blind = {"actor": PLAIN, "examiner": Examiner(miss=1, alarm=0, confuse=0)}
    taken = Counter(
        one.notes["chosen_index"] for one in many(100, blind, mode="select", n=3, most=2, fewest=2)
    )
    for place in range(3):
        assert within(taken[place], 100, 1 / 3)


@pytest.mark.parametrize("final", ["last", "best"])
def test_the_last_rewrite_is_taken_or_the_first_that_scored_best(final):
    episodes = many(15, {"actor": Writer(skill=0.5, fix=0.3, spoil=0.4)}, final=final)
    for one in episodes:
        scores, taken = one.notes["scores"], one.notes["chosen_index"]
        assert taken == (len(scores) - 1 if final == "last" else scores.index(max(scores)))
    assert any(one.notes["scores"][-1] < max(one.notes["scores"]) for one in episodes)


@pytest.mark.parametrize("ticking", ["each", "batch"])
@pytest.mark.parametrize("mode", ["refine", "select", "evaluate"])
def test_records_hold_and_pairs_have_the_whole_sheet(mode, ticking):
    pairs = 0
    for episode in many(
        20, {"decomposer": Decomposer(), "examiner": Examiner()}, mode=mode, n=3, ticking=ticking
    ):
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, Pair):
                pairs += 1
                assert (
                    len(record.meta["ticks"]) == len(record.meta["scores"]) == len(record.meta["responses"])
                )
                assert (record.meta["preference"] is None) is (mode != "evaluate")
    assert pairs > 1


def test_the_ratio_over_all_questions_weighs_long_lists_more():
    episodes, found = many(12, mode="evaluate"), Statistics()
    for one in episodes:
        found.add(one, assemble(SCENARIO))
    rows = [row for one in episodes for row in one.notes["ticks"]]
    assert found.overall() == {"drfr": pytest.approx(sum(map(sum, rows)) / sum(map(len, rows)))}
    assert Statistics().overall() == drfr({}) == {}


def test_a_published_response_is_compared_with_what_the_actor_writes():
    company = assemble(SCENARIO, parameters={"mode": "evaluate", "references": "recorded"}, cast=ORACLE)
    whole = next(tasks())
    given = Task(
        id="t", world=whole.world, fields={**whole.fields, "response": "Short, so."}, truth=whole.truth
    )
    (episode,) = played(company, [given])
    assert texts(episode)[1].answer["text"] == "Short, so."
    assert episode.notes["preference"] in ("a", "b", "tie")
    with pytest.raises(InputError, match="no field 'response'"):
        played(company, [whole])


def test_recorded_requests_are_refined_chosen_and_compared():
    rows = list(itertools.islice(ifeval_rows(shared("ifeval/prompts.jsonl")), 12))
    for mode in ("refine", "select", "evaluate"):
        company = assemble(SCENARIO, parameters={"mode": mode, "n": 2}, cast=ORACLE)
        episodes = played(company, [read_ifeval(row) for row in rows])
        assert all(one.stop not in (Stop.INVALID, Stop.FAILED) for one in episodes)
        assert {one.scores["direct"] for one in episodes} == {0.0, 1.0}, "many records ask for one thing only"
        assert all(one.role != ALONE.name for e in episodes if not e.scores["direct"] for one in e.events)
        assert any(True for one in episodes for _ in SCENARIO.decisions(one))


def test_bounds_that_contradict_each_other_are_a_clear_error():
    with pytest.raises(InputError, match="most must be at least fewest, 4"):
        assemble(SCENARIO, parameters={"fewest": 4, "most": 3})


@pytest.mark.parametrize("mode", ["select", "evaluate"])
def test_the_other_graphs_are_drawn_as_before(mode):
    company = assemble(SCENARIO, parameters={"mode": mode})
    snapshots.check(f"tick-stick-{mode}.mmd", company.compiled.get_graph().draw_mermaid())


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([one.to_bytes() for one in many(4, mode="select", n=2)] for _ in range(2))
    assert once == again
