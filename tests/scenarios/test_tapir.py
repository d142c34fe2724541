"""TAPIR: the hard set is found as reckoned, two orders undo the slot's bonus, mixture and balance come out as aimed."""

import asyncio
import itertools
import math
from collections import Counter
from statistics import NormalDist

import pytest
import snapshots
from shared_data import shared

from maieutic import Dialogue, Message, Stop, digest, faults, rng
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.curriculum import Apprentice, Master, Rater, Tagger, task_of
from maieutic.agents.simulated.working import chain
from maieutic.runs import Journal, Recipe, Simulated, rounds
from maieutic.scenarios import Drawn, assemble, play
from maieutic.scenarios.outer import rising, target
from maieutic.scenarios.tapir import SCENARIO, difficulty
from maieutic.worlds import rows
from maieutic.worlds.text_constraints.requests import REQUESTS
from maieutic.worlds.word_problems import READERS


def played(index=0, cast=None, task=None, **parameters):
    task = task or SCENARIO.world.generate(3, index)
    return asyncio.run(play(SCENARIO, task, cast=cast, seed=index, parameters=parameters))


def many(n, cast=None, **parameters):
    return [played(index, cast, **parameters) for index in range(n)]


def within(hits, n, share, z=3.29):
    return abs(hits / n - share) <= z * math.sqrt(share * (1 - share) / n) + 0.5 / n


def decided(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def test_the_graph_draws_itself():
    snapshots.check("tapir.mmd", assemble(SCENARIO).compiled.get_graph().draw_mermaid())


@pytest.mark.parametrize("noise", [0.7, 1.4])
def test_the_threshold_finds_the_hard_set_as_often_as_reckoned(noise):
    judge = Rater(noise=noise, bonus=0.0, right=7, wrong=4)
    made = decided(many(150, {"judge": judge}, expansions=0), "hard")
    # of two scores in two orders, four draws are averaged in pairs: the difference is off by `noise`
    found, false = (1 - NormalDist(mean, noise).cdf(2.0) for mean in (3.0, 0.0))
    hard = [one for one in made if one.true]
    easy = [one for one in made if not one.true]
    assert min(len(hard), len(easy)) > 40
    assert within(sum(one.said for one in hard), len(hard), found)
    assert within(sum(one.said for one in easy), len(easy), false)


def test_both_orders_undo_the_bonus_of_the_first_slot():
    judge = Rater(noise=0.0, bonus=1.5, right=6, wrong=5)
    for both, expected in ((True, {0.0, 1.0}), (False, {1.5, 2.5})):
        found = {
            round(difficulty(one.events), 9)
            for one in many(25, {"judge": judge}, expansions=0, both_orders=both)
            if one.stop is not Stop.REFUSED
        }
        assert found == expected


def test_a_judge_that_is_the_teachers_kin_raises_every_difficulty_by_what_it_prefers_its_kind():
    judge = Rater(noise=0.0, bonus=0.0, right=6, wrong=5)
    alone, kin = (
        {"judge": one, "teacher": Master(accuracy=1)}
        for one in (judge, judge.model_copy(update={"kin": 1.25}))
    )
    off = [
        difficulty(two.events) - difficulty(one.events)
        for one, two in zip(many(25, alone, expansions=0), many(25, kin, expansions=0), strict=True)
    ]
    assert off == pytest.approx([1.25] * 25)  # no order undoes it
    assert judge.fingerprint == Rater(noise=0.0, bonus=0.0, right=6, wrong=5, kin=0.0).fingerprint


def test_plain_requests_are_instructions_too_judged_by_whether_they_are_spoken_of():
    """Seeds of the kind that the paper starts from: no right result, so that the teacher is never found wrong."""
    file = shared("self-instruct/seed_tasks.jsonl")
    read = [next(r for r in REQUESTS if r.keys <= row.data.keys()).read(row) for row in list(rows(file))[:40]]
    made = [
        played(n, task=task, cast={"judge": Rater(noise=0.0)}, instruction="prompt")
        for n, task in enumerate(read)
    ]
    assert {one.stop for one in made} == {Stop.SOLVED, Stop.ACCEPTED}
    for episode in made:
        (student,) = episode.by_role("student.respond")
        (teacher,) = episode.by_role("teacher.respond")
        both = [
            one.memory["right"] if one is student else "so it is done" in one.text
            for one in (student, teacher)
        ]
        assert (difficulty(episode.events) > 2) == (both == [False, True])
        first, *others = SCENARIO.records(episode)
        assert not faults(first, episode)
        fields = episode.task.fields
        asked = "\n\n".join(fields[name] for name in ("prompt", "input") if name in fields)
        assert first.messages[0].content == asked
        assert not others  # no other example can be made
    assert "instruction" not in assemble(SCENARIO).spelled


def test_rounds_on_plain_requests_are_measured_by_the_scores_of_the_judge(tmp_path):
    student, sure = Apprentice(rates={}, other=0.3, gain=0.05), "simulated:noise=0,bonus=0"
    one = Recipe(
        scenario="tapir",
        n=20,
        tasks=str(shared("self-instruct/seed_tasks.jsonl")),
        parameters={"instruction": "prompt", "expansions": 0, "alpha": 1.0},
        cast={"judge": sure},
    )
    done = asyncio.run(rounds(one, {"student": Simulated(student)}, tmp_path, number=1, tests=40))
    (low, high) = ((4 - 1) / 9, (7 - 1) / 9)
    for each, name in zip(done, ("exam-0", "exam-1"), strict=True):
        with Journal(tmp_path / name) as journal:
            made = [episode for _, episode in sorted(journal.episodes(), key=lambda one: one[0])]
        right = [bool(one.by_role("student.respond")[0].memory["right"]) for one in made]
        assert 0 < sum(right) < len(right)
        for score, flag in zip(
            each.scores, right, strict=True
        ):  # some others speak of a part of what is asked for
            assert score == pytest.approx(high) if flag else low - 1e-9 < score < high - 0.01
        assert {event.seat for one in made for event in one.events} == {"student", "teacher", "judge"}
    assert done[1].score.mean > done[0].score.mean


def test_one_order_that_cannot_be_used_leaves_no_difficulty_with_a_bonus_in_it():
    calls = itertools.count()

    def rate(view):
        if next(calls) % 2:
            raise BadAnswer("no scores")
        return {"score_1": 9.0, "score_2": 4.0}

    for episode in many(4, {"judge": Program("half", {"judge.rate": rate}), "teacher": Master(accuracy=1)}):
        assert difficulty(episode.events) is None
        assert episode.stop is Stop.INVALID
        assert not list(SCENARIO.records(episode))


def test_records_have_both_scores_and_both_responses():
    for episode in many(20):
        for one in SCENARIO.records(episode):
            told = one.meta
            assert told["mfd"] == pytest.approx(told["score_t"] - told["score_s"])
            assert told["kept"] == (told["mfd"] > 2) == (one.purpose == "hard")
            assert told["teacher_response"] == episode.by_role("teacher.respond")[0].answer["text"]
            assert told["student_response"] == episode.by_role("student.respond")[0].answer["text"]


def test_no_instruction_is_learnt_from_twice_whoever_added_it():
    drawn = [Drawn(one, tuple(SCENARIO.records(one))) for one in many(40)]
    again = [
        one.model_copy(update={"task": "other"})
        for one in next(d for d in drawn if len(d.records) > 2).records
    ]
    chosen = SCENARIO.outer.select(5, [*drawn, Drawn(drawn[0].episode, tuple(again))], rng("apart"))
    words = [record.messages[0].content for one in chosen for record in one.records]
    assert words
    assert len(words) == len(set(words))


def test_the_course_ends_with_the_round_that_learns_from_hard_records_alone(tmp_path):
    drawn = [Drawn(played(0), ())]
    assert [SCENARIO.outer.ends(number, drawn) for number in (1, 3, 4, 5)] == [False, False, False, True]
    one = Recipe(scenario="tapir", n=12, seed=2, parameters={"alpha": 0.8, "expansions": 0})
    who = {"student": Simulated(one.company().cast["student"])}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=5, tests=8))
    assert [each.number for each in done] == [0, 1, 2]


def test_a_wrong_teacher_makes_no_lesson_and_no_easy_item():
    episodes = many(40, {"teacher": Master(accuracy=0.5)})
    refused = [one for one in episodes if one.stop is Stop.REFUSED]
    assert within(len(refused), len(episodes), 0.5)
    assert not [record for one in refused for record in SCENARIO.records(one)]
    loose = many(40, {"teacher": Master(accuracy=0.0), "judge": Rater(noise=0, bonus=0)}, check=False)
    assert {one.stop for one in loose} == {
        Stop.ACCEPTED
    }  # both wrong looks easy, which the check is there for


def test_records_are_refined_new_and_of_each_instruction_one():
    sources = Counter()
    for episode in many(40):
        made = list(SCENARIO.records(episode))
        assert not [fault for one in made for fault in faults(one, episode)]
        words = [one.messages[0].content for one in made]
        assert len(words) == len(set(words))
        sources.update((one.purpose, one.meta["source"], one.meta["refined"]) for one in made)
    assert sources["hard", "seed", True] > 10
    assert sources["hard", "expanded", False] > 10
    assert set(sources) <= {("hard", "seed", True), ("hard", "expanded", False), ("easy", "seed", False)}


def test_tags_are_right_as_often_as_the_tagger():
    made = decided(many(110, {"tagger": Tagger(accuracy=0.7)}, expansions=0), "task")
    assert within(sum(one.true for one in made), len(made), 0.7)


def test_the_share_of_hard_records_follows_the_schedule():
    assert [round(rising(0.3, 0.2, k), 1) for k in (1, 2, 3, 4, 5)] == [0.3, 0.5, 0.7, 0.9, 1.0]
    drawn = [Drawn(one, tuple(SCENARIO.records(one))) for one in many(80)]
    for number, alpha in ((1, 0.3), (2, 0.5), (3, 0.7), (5, 1.0)):
        chosen = SCENARIO.outer.select(number, drawn, rng("mix", number))
        kinds = Counter(record.purpose for one in chosen for record in one.records)
        assert abs(kinds["hard"] / kinds.total() - alpha) <= 4 / kinds.total()


POOLS = {"addition": 600, "subtraction": 395, "ratio": 300, "percent": 205}


def of_kind(kind, number, episode, purpose="hard"):
    """What a round drew from an instruction of a kind: one record."""
    said = (
        Message(role="user", content=f"{purpose} {kind} {number}"),
        Message(role="assistant", content="7", train=True),
    )
    record = Dialogue(
        episode=episode.id,
        task=episode.task.id,
        purpose=purpose,
        events=(episode.events[0].id,),
        meta={"task": kind},
        messages=said,
    )
    return Drawn(episode, (record,))


def off_balance(chosen, aim):
    """The chi-square of the kinds that were chosen, against their shares as they are aimed at."""
    found = Counter(one.records[0].meta["task"] for one in chosen)
    return sum(
        (found[one] - found.total() * share) ** 2 / (found.total() * share) for one, share in aim.items()
    )


@pytest.mark.parametrize("favoured", [("ratio", "percent"), ("ratio",), ()])
@pytest.mark.parametrize("easy", [0, 250])
def test_a_round_learns_from_kinds_as_often_as_aimed_at_and_from_nothing_twice(favoured, easy):
    episode = played(0, alpha=0.4 if easy else 1.0, favoured=list(favoured), weight=2.0)
    drawn = [of_kind(kind, number, episode) for kind, count in POOLS.items() for number in range(count)]
    drawn += [of_kind("addition", number, episode, "easy") for number in range(easy)]
    chosen = SCENARIO.outer.select(1, drawn, rng("balance"))
    hard = [one for one in chosen if one.records[0].purpose == "hard"]
    aim = target(POOLS, favoured, 2.0)
    assert off_balance(hard, aim) < 16.3  # 99.9 % of chi-square with three degrees of freedom
    if favoured and not easy:
        assert off_balance(hard, target(POOLS, (), 1.0)) > 16.3
    assert len({id(one) for one in chosen}) == len(chosen)
    if easy:  # too few of these: the share is what counts, and hard ones are left out of all kinds alike
        assert len(hard) / len(chosen) == pytest.approx(0.4, abs=0.01)
    else:
        found = Counter(one.records[0].meta["task"] for one in hard)
        assert all(found[one] == POOLS[one] for one in favoured or POOLS)  # as many as there are


def test_rounds_retire_what_was_learnt_and_the_student_gets_better_at_its_tasks(tmp_path):
    one = Recipe(scenario="tapir", n=80, seed=2, cast={"student": "simulated:gain=0.1"})
    who = {"student": Simulated(one.company().cast["student"])}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=2, tests=60))
    gain = done[-1].gain(done[0])
    assert gain.low is not None
    assert gain.low > 0
    with Journal(tmp_path / "loop" / "round-2") as journal:
        played_again = {episode.task.id for _, episode in journal.episodes()}
    with Journal(tmp_path / "loop" / "round-1") as journal:
        easy = {
            e.task.id
            for _, e in journal.episodes()
            if (hard := difficulty(e.events)) is not None and hard <= 2
        }
    assert easy
    assert not played_again & easy


def test_a_test_asks_the_student_alone_and_its_rate_is_the_tasks():
    right = Counter()
    asked = Counter()
    for episode in many(60, {"student": Apprentice(rates={"subtraction": 1.0}, other=0.0)}, teach=False):
        assert [event.role for event in episode.events] == ["student.respond"]
        task = task_of(chain(episode.task.truth))
        asked[task] += 1
        right[task] += episode.scores["accuracy"]
    assert right["subtraction"] == asked["subtraction"] > 3
    assert right.total() == right["subtraction"]


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "svamp/problems.jsonl"])
def test_real_records(name):
    for index, row in enumerate(list(rows(shared(name)))[:10]):
        task = next(one for one in READERS if one.keys <= row.data.keys()).read(row)
        episode = played(index, task=task)
        assert episode.stop in (Stop.SOLVED, Stop.ACCEPTED, Stop.REFUSED)
        assert all(not faults(record, episode) for record in SCENARIO.records(episode))


def test_the_same_seed_gives_the_same_bytes():
    assert digest(played(5).to_bytes().decode()) == digest(played(5).to_bytes().decode())
