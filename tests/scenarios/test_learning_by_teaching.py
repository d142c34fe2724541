"""Learning by teaching: the four ways of choosing come out as reckoned, chance scores undo them, the teacher learns."""

import asyncio
import functools
import json
import math
import random

import pytest
import snapshots
from closed_form import reckoned
from shared_data import shared

from maieutic import Pair, Stop, digest, faults
from maieutic.agents import Scripted
from maieutic.agents.simulated.imitator import ExamMaker, Imitator
from maieutic.agents.simulated.lecturer import Lecturer
from maieutic.runs import Recipe, Simulated, rounds
from maieutic.scenarios import assemble, play
from maieutic.scenarios.learning_by_teaching import MODES, SCENARIO, winner
from maieutic.scenarios.probing.probes import unmeasured
from maieutic.worlds import rows
from maieutic.worlds.word_problems import READERS, Step, answers
from maieutic.worlds.word_problems.variants import same_method, transferred, variant


def played(index=0, cast=None, task=None, **parameters):
    task = task or SCENARIO.world.generate(3, index)
    return asyncio.run(play(SCENARIO, task, cast=cast, seed=index, parameters=parameters))


def many(n, cast=None, **parameters):
    return _many(n, **parameters) if cast is None else _played(n, cast, **parameters)


@functools.cache
def _many(n, **parameters):
    return _played(n, None, **parameters)


def _played(n, cast, **parameters):
    found = [played(index, cast, **parameters) for index in range(n)]
    return [one for one in found if one.stop is not Stop.REFUSED]  # some problems have no variants


def taught(episodes):
    return [one for episode in episodes for one in SCENARIO.records(episode) if isinstance(one, Pair)]


def within(hits, n, share, z=3.29):
    return abs(hits / n - share) <= z * math.sqrt(share * (1 - share) / n) + 0.5 / n


def test_the_graph_draws_itself():
    snapshots.check("learning-by-teaching.mmd", assemble(SCENARIO).compiled.get_graph().draw_mermaid())


def test_the_reckoning_gives_the_published_expectation():
    published = {"MAJ": 0.40, "SUM": 0.78, "MAX": 0.89, "AVG": 0.97}
    found = reckoned((0.3, 0.7 / 3, 0.7 / 3, 0.7 / 3), 16, 9)
    assert all(abs(found[mode] - value) < 0.03 for mode, value in published.items())
    common = reckoned((0.3, 0.7), 16, 9)
    assert abs(common["MAJ"] - 0.05) < 0.03
    assert abs(common["SUM"] - 0.38) < 0.05
    assert abs(common["MAX"] - 0.86) < 0.05


def test_each_mode_is_right_as_often_as_reckoned():
    episodes = many(36, samples=16)
    expected = reckoned(Lecturer().weights, 16, 9)
    assert len(episodes) > 30
    rates = {}
    for mode in MODES:
        hits = round(sum(one.scores[mode] for one in episodes))
        assert within(hits, len(episodes), expected[mode])
        rates[mode] = hits / len(episodes)
    assert rates["MAJ"] < rates["SUM"] < max(rates["MAX"], rates["AVG"])
    workings = sum(16 for _ in episodes)
    assert within(round(sum(16 * one.scores["accuracy"] for one in episodes)), workings, 0.3)


def test_scores_dealt_out_by_chance_bring_the_sum_back_to_the_majority():
    episodes = many(36, samples=16, sittings=1, shuffle=True)
    expected = reckoned(Lecturer().weights, 16, 3, shuffled=True)
    assert abs(expected["SUM"] - expected["MAJ"]) < 0.04
    for mode in ("SUM", "MAJ"):
        assert within(round(sum(one.scores[mode] for one in episodes)), len(episodes), expected[mode])


def test_pairs_prefer_the_right_working_and_the_teacher_learns_from_them(tmp_path):
    episodes = many(20)
    pairs = taught(episodes)
    made = [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "pair"]
    assert len(pairs) >= len(made) > 30
    assert sum(one.true for one in made) > 0.85 * len(made)
    assert not [
        fault for episode in episodes for one in SCENARIO.records(episode) for fault in faults(one, episode)
    ]
    one = Recipe(scenario="learning-by-teaching", n=12, seed=1)
    who = {"teacher": Simulated(one.company().cast["teacher"])}
    done = asyncio.run(rounds(one, who, tmp_path / "fair", number=2, tests=30))
    gain = done[2].gain(done[0])
    assert gain.low is not None
    assert gain.low > 0.2


def test_scores_by_chance_teach_the_teacher_nothing_in_particular():
    """The odds of the right manner shift by the share of pairs that it wins: none, up to chance."""
    episodes = many(20, shuffle=True)
    pairs, fair = taught(episodes), taught(many(20))
    start = Lecturer().weights[0]
    assert abs(Lecturer().studied(pairs, 0).weights[0] - start) < 0.2
    assert Lecturer().studied(fair, 0).weights[0] > start + 0.25


def test_exam_problems_need_the_same_steps_and_their_key_is_kept_from_teacher_and_student():
    assert all("answers" not in role.sees for role in SCENARIO.roles)
    assert "answer" not in {
        field for role in SCENARIO.roles if role.seat in ("teacher", "student") for field in role.sees
    }
    for episode in many(15):
        (exam,) = episode.by_role("examiner.vary")
        steps = [Step.model_validate(one) for one in episode.task.truth["steps"]]
        assert len(set(exam.answer["problems"])) == 3
        for problem, answer in zip(exam.answer["problems"], exam.private["answers"], strict=True):
            carried = transferred(episode.task.fields["question"], steps, problem)
            assert answers.equal(carried[-1].value, answer)
            assert not answers.equal(answer, episode.task.truth["answer"])
        assert "answers" not in exam.answer


def test_a_problem_without_its_variants_is_left_out_and_never_padded():
    for problems, key in ((["What is 1 + 1?"], ["2"]), ([], [])):
        exam = Scripted({"examiner.vary": [{"problems": problems, "answers": key}]})
        episode = played(0, {"examiner": exam})
        assert episode.stop is Stop.REFUSED
        assert len(episode.events) == 1
    whole = SCENARIO.world.generate(3, 0)
    bare = whole.model_copy(update={"truth": {**whole.truth, "steps": []}})
    assert played(task=bare).stop is Stop.REFUSED, "the simulated examiner pads nothing either"


def test_a_misprint_in_the_key_is_found_by_the_steps():
    key = [
        one
        for episode in many(12, {"examiner": ExamMaker(misprint=0.4)}, samples=2)
        for one in SCENARIO.decisions(episode)
        if one.kind == "exam"
    ]
    assert len(key) > 24
    assert within(sum(one.true for one in key), len(key), 0.6)


def test_the_score_of_a_working_is_the_mean_over_students_and_the_record_has_the_whole_matrix():
    cast = {"student": Imitator(uptake=1, own=1), "student2": Imitator(uptake=0, own=0)}
    for episode in many(6, cast, samples=4, students=2):
        right = {
            event.id for event in episode.by_role("teacher.explain") if (event.memory or {}).get("right")
        }
        assert {name for name, score in episode.notes["scores"].items() if score == 0.5} == right
        assert set(episode.notes["scores"].values()) <= {0, 0.5}
        assert episode.scores["student_calls"] == 2 * 4 * 9
        (chosen,) = [one for one in SCENARIO.records(episode) if one.purpose == "choose"]
        assert not faults(chosen, episode)
        sheet = chosen.meta
        assert set(sheet["exam_details"]) == set(sheet["scores"]) == {"student", "student2"}
        assert [len(row) for row in sheet["exam_details"]["student"]["scores"]] == [9] * 4
        for told in sheet["exam_details"].values():
            assert [[len(row) for row in told[name]] for name in ("rationales", "answers")] == [[9] * 4] * 2
            read = [[answers.stated_answer(text) for text in row] for row in told["rationales"]]
            assert told["answers"] == read
        assert sheet["scores"]["student2"] == 0
        assert len(sheet["exam_questions"]) == len(sheet["exam_gt_answers"]) == 3
        assert set(sheet["winner"]) == set(MODES)
        assert answers.equal(answers.stated_answer(chosen.messages[-1].content), sheet["winner"]["MAX"])


def test_scores_go_with_being_right():
    found = [one.scores["correlation"] for one in many(36, samples=16) if "correlation" in one.scores]
    assert sum(found) / len(found) > 0.3


def test_workings_without_an_answer_are_no_group_of_their_own():
    mute = Scripted({"teacher.explain": [{"text": "I do not know."}]})
    assert played(0, {"teacher": mute}).stop is Stop.EXHAUSTED


def test_ties_go_to_the_more_frequent_answer():
    found = {"1": ["a"], "2": ["b", "c"]}
    assert winner("MAX", found, {"a": 0.5, "b": 0.5, "c": 0.1}) == "2"
    assert winner("MAX", found, {"a": 0.6, "b": 0.5, "c": 0.1}) == "1"
    assert winner("MAJ", {}, {}) is None


def test_a_majority_at_equal_compute_is_told_beside():
    episode = played(1, samples=4, more=36)
    assert {"MAJ", "MAJ_more"} <= episode.scores.keys()
    assert len(episode.by_role("student.sit")) == 4 * 9
    assert len(episode.by_role("teacher.explain")) == 40


def test_pairs_by_correctness_hold_every_right_working_against_a_wrong_one():
    for episode in many(8, paired="correct"):
        right = {one.id for one in episode.by_role("teacher.explain") if (one.memory or {})["right"]}
        pairs = taught([episode])
        assert len(pairs) == min(4, len(right), 8 - len(right))
        assert all(one.chosen_event in right and one.rejected_event not in right for one in pairs)
        assert {(one.chosen_verdict, one.rejected_verdict) for one in pairs} <= {(1.0, 0.0)}
        assert not [fault for one in pairs for fault in faults(one, episode)]
    start = Lecturer()
    learnt = start.studied(taught(many(8, paired="correct")), 0).weights
    odds = 0.3 * math.exp(start.rate)  # its manner wins each pair, the others lose a third of them or so each
    assert learnt[0] > odds / (odds + 0.7)


def test_exams_of_the_nearest_problems_tell_right_from_wrong_as_far_as_these_take_the_same_steps():
    marked = {True: [], False: []}
    for episode in many(6, maker="nearest", exams=1, sittings=8):
        (exam,) = episode.by_role("examiner.pick")
        assert len(exam.answer["numbers"]) == 1
        assert episode.scores["related"] == 1
        for working in episode.by_role("teacher.explain"):
            marked[working.memory["right"]].append(episode.notes["scores"][working.id])
    right, wrong = (round(8 * sum(marked[kind])) for kind in (True, False))
    assert within(right, 8 * len(marked[True]), 0.6)
    assert within(wrong, 8 * len(marked[False]), 0.3)
    task = SCENARIO.world.generate(3, 0)
    steps = [Step.model_validate(one) for one in task.truth["steps"]]
    bank = [one for one in unmeasured("exams", 30) if not same_method(steps, one.steps)]
    episode = played(task=task, maker="nearest", bank=[one.model_dump(mode="json") for one in bank])
    assert episode.scores["related"] == 0
    aside = episode.notes["scores"].values()
    assert within(round(9 * sum(aside)), 9 * len(aside), 3 / 7)  # such an exam measures the student


def test_an_exam_is_chosen_from_the_problems_that_are_given_and_never_the_one_that_is_taught(tmp_path):
    task = SCENARIO.world.generate(3, 0)
    bank = [
        {"id": str(n), "question": q, "answer": "4"}
        for n, q in enumerate((task.fields["question"], "Two and two?"))
    ]
    (tmp_path / "bank.jsonl").write_text("".join(json.dumps(one) + "\n" for one in bank))
    given = {"maker": "nearest", "bank": str(tmp_path / "bank.jsonl"), "exams": 1}
    picks = Scripted({"examiner.pick": [{"numbers": [0]}]})
    sits = Scripted({"student.sit": [{"text": "The answer is 4."}] * 24})
    episode = played(task=task, cast={"examiner": picks, "student": sits}, **given)
    (sheet,) = [one.meta for one in SCENARIO.records(episode) if one.purpose == "choose"]
    assert (sheet["exam_questions"], sheet["exam_gt_answers"]) == (["Two and two?"], ["4"])
    few = Scripted({"examiner.pick": [{"numbers": [7]}]})
    assert played(task=task, cast={"examiner": few}, **given).stop is Stop.REFUSED


@pytest.mark.parametrize("seed", range(5))
def test_variants_keep_wholes_whole_and_nothing_below_nought(seed):
    for index in range(12):
        task = SCENARIO.world.generate(seed, index)
        steps = [Step.model_validate(one) for one in task.truth["steps"]]
        made = variant(task.fields["question"], steps, random.Random(seed))
        if made is not None:
            text, other = made
            assert text != task.fields["question"]
            assert all(one.value > 0 for one in other)
            wholes = [one.value.denominator == 1 for one in steps]
            assert all(one.value.denominator == 1 for one, whole in zip(other, wholes, strict=True) if whole)


def test_real_records():
    done = 0
    for index, row in enumerate(list(rows(shared("gsm8k/train.jsonl")))[:8]):
        task = next(one for one in READERS if one.keys <= row.data.keys()).read(row)
        episode = played(index, task=task, samples=4)
        done += episode.stop is Stop.SOLVED
        assert all(not faults(record, episode) for record in SCENARIO.records(episode))
    assert done >= 4


def test_the_same_seed_gives_the_same_bytes():
    assert digest(played(5).to_bytes().decode()) == digest(played(5).to_bytes().decode())
