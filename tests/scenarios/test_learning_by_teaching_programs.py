"""Learning by teaching where the problems are programs: chosen as reckoned, marked by running, alike by what they return."""

import asyncio
import functools
import json

import pytest
import snapshots
from closed_form import reckoned, within
from shared_data import shared
from spy import Spy

from maieutic import InputError, Pair, Stop, Usage, faults
from maieutic.agents import Move, Program, Scripted
from maieutic.agents.models.engine import Choice, Reply
from maieutic.agents.models.player import Model
from maieutic.agents.simulated.imitator import ExamMaker, Imitator
from maieutic.agents.simulated.lecturer import Lecturer
from maieutic.agents.simulated.methods import method_of
from maieutic.roles.retrieval import searched
from maieutic.runs import Recipe, Simulated, rounds
from maieutic.scenarios import assemble, play
from maieutic.scenarios.learning_by_teaching import SCENARIO
from maieutic.worlds import rows
from maieutic.worlds.programs_to_write import READERS, WORLD, instance_of, program_in

PUBLISHED = {"samples": 16}


def played(index=0, cast=None, task=None, **parameters):
    task = task or WORLD.generate(3, index)
    given = {"domain": "programs", **parameters}
    return asyncio.run(play(SCENARIO, task, cast=cast, seed=index, parameters=given))


@functools.cache
def many(n, **parameters):
    return [played(index, **parameters) for index in range(n)]


def explained(*programs):
    """A teacher who writes these, one in each working."""

    class Writes:
        name = fingerprint = "writes"
        simulated = False

        async def act(self, turn):
            return Move({"text": f"So:\n```python\n{next(left)}\n```"})

    left = iter(programs)
    return Writes()


def test_the_graph_draws_itself():
    company = assemble(SCENARIO, parameters={"domain": "programs"})
    snapshots.check("learning-by-teaching-programs.mmd", company.compiled.get_graph().draw_mermaid())
    assert company.world is WORLD


def test_each_mode_is_right_as_often_as_reckoned_and_in_the_published_order():
    episodes = many(20, **PUBLISHED)
    assert all(one.stop is Stop.SOLVED for one in episodes)
    expected = reckoned(Lecturer().weights, 16, 9)
    assert expected["MAJ"] < expected["SUM"] < expected["MAX"] < expected["AVG"]
    rates = {mode: sum(one.scores[mode] for one in episodes) for mode in expected}
    for mode, hits in rates.items():
        assert within(hits, len(episodes), expected[mode])
    assert rates["MAJ"] < rates["SUM"] <= min(rates["MAX"], rates["AVG"])
    assert within(sum(16 * one.scores["accuracy"] for one in episodes), 16 * len(episodes), 0.3)
    marks = {True: [], False: []}
    for one in episodes:
        for working in one.by_role("teacher.program"):
            marks[working.memory["right"]].append(one.notes["scores"][working.id])
    for kind, chance in ((True, 0.6), (False, 0.3)):
        assert within(9 * sum(marks[kind]), 9 * len(marks[kind]), chance)


def test_scores_dealt_out_by_chance_bring_the_sum_back_to_the_majority():
    episodes = many(20, **PUBLISHED, sittings=1, shuffle=True)
    expected = reckoned(Lecturer().weights, 16, 3, shuffled=True)
    assert abs(expected["SUM"] - expected["MAJ"]) < 0.04
    for mode in ("SUM", "MAJ"):
        assert within(sum(one.scores[mode] for one in episodes), len(episodes), expected[mode])


def test_exam_problems_are_of_the_same_family_and_tests_are_kept_from_teacher_and_student():
    for role in SCENARIO.roles:
        if role.seat not in ("examiner", "grader"):
            assert not {"tests", "answers", "answer", "number"} & set(role.sees)
    for episode in many(20, **PUBLISHED):
        (exam,) = episode.by_role("examiner.programs")
        family = method_of(episode.task.truth, "").problem.family
        for problem, tests in zip(exam.answer["problems"], exam.private["answers"], strict=True):
            made = instance_of(problem)
            assert made.family == family
            assert (problem, tests) != (episode.task.fields["question"], episode.task.fields["tests"])
            assert tests == made.tests()
        assert len(set(exam.answer["problems"])) == 3
        assert [one.true for one in SCENARIO.decisions(episode) if one.kind == "exam"] == [True] * 3
    teacher, student = Spy(Lecturer()), Spy(Imitator())
    played(0, {"teacher": teacher, "student": student}, samples=2, sittings=1)
    assert "assert " not in repr([teacher.views, student.views])


def test_programs_are_one_answer_where_they_return_the_same_whatever_their_text():
    made = instance_of(WORLD.generate(3, 0).fields["question"])
    once, wrong, other = (made.program(way) for way in (0, 1, 2))
    twice = f"# the same\n{once}unused = 1\n"
    mute = f"def {made.name}(*args):\n    raise ValueError"
    episode = played(0, {"teacher": explained(wrong, once, other, twice, mute, "def f(:")}, samples=6)
    events = episode.by_role("teacher.program")
    # what returns nothing is no answer, nor is what cannot be read
    assert [one.id for one in events[:4]] == list(episode.notes["scores"])
    assert episode.notes["winner"]["MAJ"] == program_in(events[1].text)
    assert episode.scores["MAJ"] == 1
    assert episode.scores["accuracy"] == pytest.approx(2 / 6)
    (chosen,) = [one for one in SCENARIO.records(episode) if one.purpose == "choose"]
    assert not faults(chosen, episode)
    sheet = chosen.meta
    assert [len(row) for row in sheet["exam_details"]["student"]["scores"]] == [9] * 4
    assert sheet["exam_gt_answers"] == episode.by_role("examiner.programs")[0].private["answers"]
    assert [one["answer"] for one in sheet["teaching_items"]] == [program_in(one.text) for one in events[:4]]


def test_where_nobody_writes_a_program_nobody_is_examined():
    for texts in (["I cannot."], ["```python\ndef other():\n    return 1\n```"]):
        teacher = Scripted({"teacher.program": [{"text": one} for one in texts]})
        assert played(0, {"teacher": teacher}).stop is Stop.EXHAUSTED


def test_a_problem_without_related_ones_is_left_out_and_never_padded():
    few = Scripted({"examiner.programs": [{"problems": ["Write f."], "answers": ["assert f(1)"]}]})
    assert played(0, {"examiner": few}).stop is Stop.REFUSED
    idle = Scripted({"examiner.programs": [{"problems": ["Write f."], "answers": ["f(1) gives 2."]}]})
    assert played(0, {"examiner": idle}, exams=1).stop is Stop.REFUSED, "this key would mark everybody wrong"
    whole = WORLD.generate(3, 0)
    unknown = whole.model_copy(update={"truth": {}})
    assert played(task=unknown).stop is Stop.REFUSED, "the simulated examiner pads nothing either"
    blind = whole.model_copy(
        update={"fields": {**whole.fields, "tests": "for n in range(9):\n    assert f(n)\n"}}
    )
    episode = played(task=blind)
    assert (episode.stop, len(episode.events)) == (Stop.REFUSED, 1), "programs could not be told apart"


def test_a_task_of_another_kind_is_an_error_that_says_what_is_missing():
    with pytest.raises(InputError, match="no field 'answer'"):
        played(0, domain="words")


def test_a_misprint_in_the_tests_is_found_by_the_right_program():
    key = [
        one.true
        for index in range(12)
        for one in SCENARIO.decisions(
            played(index, {"examiner": ExamMaker(misprint=0.4)}, samples=2, sittings=1, exams=4)
        )
        if one.kind == "exam"
    ]
    assert within(sum(key), len(key), 0.6)


def test_pairs_prefer_the_right_program_and_the_teacher_learns_from_them(tmp_path):
    episodes = many(20, **PUBLISHED)
    pairs = [one for episode in episodes for one in SCENARIO.records(episode) if isinstance(one, Pair)]
    made = [one.true for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "pair"]
    assert len(pairs) >= len(made) > 40
    assert sum(made) > 0.85 * len(made)
    assert not [
        fault for one in episodes for record in SCENARIO.records(one) for fault in faults(record, one)
    ]
    taught = SCENARIO.outer.turns(episodes[0], pairs[0])
    assert (taught.role.name, len(taught.answers)) == ("teacher.program", 2)
    assert Lecturer().studied(pairs, 0).weights[0] > Lecturer().weights[0] + 0.25
    one = Recipe(scenario="learning-by-teaching", parameters={"domain": "programs"}, n=12, seed=1)
    who = {"teacher": Simulated(one.company().cast["teacher"])}
    done = asyncio.run(rounds(one, who, tmp_path / "rounds", number=1, tests=20))
    gain = done[1].gain(done[0])
    assert gain.low is not None
    assert gain.low > 0.1  # two in three are right after that, of one in three before


def test_exams_of_the_nearest_programs_tell_as_far_as_they_are_of_one_family():
    shares, marked = [], {True: [], False: []}
    for index in range(8):
        episode = played(index, maker="nearest", exams=1, sittings=4)
        shares.append(episode.scores["related"])
        for working in episode.by_role("teacher.program"):
            marked[working.memory["right"]].append(episode.notes["scores"][working.id])
    assert shares == [1.0] * 8
    for kind, chance in ((True, 0.6), (False, 0.3)):
        assert within(4 * sum(marked[kind]), 4 * len(marked[kind]), chance)
    away = [{"id": "a", "question": "Write f.", "answer": "assert f(1) == 1"}]
    aside = played(0, {"student": Scripted({"student.program": [{"text": "def f(n): return n"}] * 8})},
                   maker="nearest", bank=away, exams=1, sittings=1)  # fmt: skip
    assert "related" not in aside.scores, "nobody knows how it is solved"
    assert set(aside.notes["scores"].values()) == {1.0}


@pytest.mark.parametrize("name", ["humaneval", "mbpp"])
def test_real_records_are_taught_and_examined_with_a_bank_of_real_records(name):
    """A teacher and a student who know the reference programs: all that they write passes its tests."""
    file = shared(f"{name}/problems.jsonl")
    tasks = [
        next(one for one in READERS if one.keys <= row.data.keys()).read(row) for row in list(rows(file))[:25]
    ]
    known = {one.fields["question"]: one.truth["program"] for one in tasks}

    def write(view):
        program = known[view.get("problem", view.get("question"))]
        return {"text": f"As it is known.\n```python\n{program}\n```"}

    cast = {
        "teacher": Program("reference", {"teacher.program": write}),
        "student": Program("reference", {"student.program": write}),
    }
    bank = [
        {"id": one.id, "question": one.fields["question"], "answer": one.fields["tests"]} for one in tasks
    ]
    given = {"maker": "nearest", "samples": 2, "exams": 2, "sittings": 1}
    for index, task in enumerate(tasks[:3]):
        episode = played(index, cast, task, bank=bank, **given)
        assert episode.stop is Stop.SOLVED
        assert set(episode.notes["scores"].values()) == {1.0}
        assert episode.scores["chosen"] == episode.scores["accuracy"] == 1
        (sheet,) = [one.meta for one in SCENARIO.records(episode) if one.purpose == "choose"]
        assert task.fields["question"] not in sheet["exam_questions"]
    settings = SCENARIO.configure({"domain": "programs", "bank": str(file)})
    assert len(settings.bank) > 25
    assert [one.model_dump(include={"id", "question", "answer"}) for one in settings.bank[:25]] == bank


def test_the_exam_of_a_problem_of_humaneval_is_the_one_that_is_solved_with_it():
    """By their words: a record of the pro set has the whole of its first problem in it."""
    bank = list(rows(shared("humaneval-pro/problems.jsonl")))
    textbook = [
        next(one for one in READERS if one.keys <= row.data.keys()).read(row).fields["question"]
        for row in bank
    ]
    taught = [READERS[0].read(row).fields["question"] for row in rows(shared("humaneval/problems.jsonl"))]
    assert len(taught) == len(textbook)
    found = [searched({"query": one, "textbook": textbook, "number": 1})["numbers"] for one in taught]
    assert found == [[place] for place in range(len(taught))]


def test_simulated_players_take_records_whose_misconceptions_are_bugs_put_into_the_program():
    """The exam is of other problems than the one that was taught, so that it measures the student alone."""
    file = str(shared("humaneval/problems.jsonl"))
    marked, kinds = {True: [], False: []}, set()
    for index, row in enumerate(list(rows(file))[:4]):
        task = READERS[0].read(row)
        episode = played(index, task=task, maker="nearest", bank=file, exams=1, sittings=4)
        assert episode.stop is Stop.SOLVED
        assert "related" not in episode.scores
        told = {one.parent: one.answer for one in episode.by_role("grader.run")}
        for working in episode.by_role("teacher.program"):
            assert told[working.id]["correct"] is working.memory["right"]
            marked[working.memory["right"]].append(episode.notes["scores"][working.id])
            kinds.add(tuple(told[working.id]["returns"]))
    assert len(kinds) > 8
    for scores in marked.values():
        assert within(4 * sum(scores), 4 * len(scores), 3 / 7)


class Told:
    """An engine whose model writes what `says` has for whoever is asked."""

    fingerprint, guided = "told", True

    def __init__(self, says):
        self.says, self.asked = says, []

    async def complete(self, request):
        self.asked.append(request)
        brief = str(request.messages[0]["content"])
        line = next(line for start, line in self.says.items() if brief.startswith(start))
        return Reply(
            choices=(Choice(text=json.dumps(line), finish="stop"),), usage=Usage(calls=1), model="told"
        )

    async def close(self):
        pass


def test_models_take_every_seat():
    task = WORLD.generate(3, 0)
    made = instance_of(task.fields["question"])
    text = {"text": f"One step after the other.\n```python\n{made.program(0)}```"}
    engine = Told(
        {
            "You make an exam": {"problems": [made.problem] * 2, "answers": [made.tests()] * 2},
            "You write a program": text,
            "You are a student": text,
            "You say what a program does": {"returns": ["1", "2"], "correct": True},
            "You mark programs": {"final": made.name, "correct": True},
        }
    )
    model = Model(engine)
    few = {"samples": 2, "exams": 2, "sittings": 1}
    episode = played(0, dict.fromkeys(("teacher", "examiner", "student", "grader"), model), task, **few)
    assert episode.stop is Stop.SOLVED
    assert not [one.invalid for one in episode.events if one.invalid]
    assert set(episode.notes["scores"].values()) == {1.0}
    told = [str(one.messages) for one in engine.asked if "You write a program" in str(one.messages)]
    assert len(told) == 2
    assert all(made.problem in one and "assert" not in one for one in told)
    simulated = played(0, {"teacher": Model(engine)}, task, **few)
    assert simulated.scores["accuracy"] == 1, "a model's program is run, and a simulated student takes it up"
