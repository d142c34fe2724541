"""What a model would be taught: the rows that a learner writes before TRL reads them."""

import asyncio
import json
import re

import pytest
from closed_form import played

from maieutic import InputError, Task
from maieutic.agents import Program
from maieutic.agents.models.messages import messages
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.curriculum import Apprentice
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.trainee import Trainee
from maieutic.agents.simulated.writer import Writer
from maieutic.exports.trainer import learner
from maieutic.roles import critique, curriculum
from maieutic.roles.actor import RESPOND, Response
from maieutic.roles.correction import STUDENT_CORRECT
from maieutic.roles.exam import Rationale
from maieutic.roles.judge import Judgement
from maieutic.roles.policy import AMONG, SAMPLE
from maieutic.roles.refiner import JUDGE, Refinement
from maieutic.roles.reward import SCORE
from maieutic.roles.tailor import DRAFT, Drafts, listed
from maieutic.roles.template import SOLVE
from maieutic.roles.tutor import LEARNER_TURN, CodedTurn
from maieutic.runs.shown import shown
from maieutic.scenarios import (
    Drawn,
    alpaca_farm,
    arte,
    assemble,
    automathcritique,
    catalogue,
    class_spock,
    spar,
    supercorrect,
    tapir,
)
from maieutic.scenarios.coded.talk import spelled


@pytest.fixture
def rows(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    monkeypatch.setattr("maieutic.exports.apart.find_spec", lambda name: None)

    def taught(role, lessons, purposes, turns=None):
        chosen = [
            Drawn(one.episode, tuple(r for r in one.records if r.purpose in purposes)) for one in lessons
        ]
        one = learner(str(tmp_path / "model"), role, turns)
        with pytest.raises(InputError, match="TRL is not installed"):
            one.learn(one.first(), chosen, tmp_path, 0)
        return [json.loads(line) for line in (tmp_path / "lessons.jsonl").read_text().splitlines()]

    return taught


def drawn(scenario, tasks, cast, **parameters):
    episodes = played(assemble(scenario, parameters=parameters, cast=cast), tasks)
    return [Drawn(one, tuple(scenario.records(one))) for one in episodes]


def plain(number):
    fields = {"prompt": f"Say something about the sea. ({number})"}
    return Task(id=f"plain-{number}", world="text-constraints", fields=fields)


def told(scenario, lessons):
    """Id of a turn -> what a model in its place would have been told then."""
    found = {}
    for one in lessons:
        turns = asyncio.run(shown(scenario, one.episode)).turns
        found |= {
            (one.episode.id, name): list(messages(turn.role, turn.view)) for name, turn in turns.items()
        }
    return found


@pytest.mark.parametrize("mode", ["given", "evolved"])
def test_who_writes_and_who_refines_are_taught_in_the_very_form_in_which_they_were_asked_and_answered(
    mode, rows
):
    cast = {"actor": Writer(skill=0.2), "refiner": Refiner(accuracy=0.8, fix=0.9)}
    small = {"mode": mode, "responses": 2, "branch": 2, "depth": 1}
    tasks = [
        plain(number) if mode == "evolved" else spar.SCENARIO.world.generate(2, number) for number in range(8)
    ]
    lessons = drawn(spar.SCENARIO, tasks, cast, **small)
    asked = told(spar.SCENARIO, lessons)
    records = [(one.episode, record) for one in lessons for record in one.records]
    by_id = {(episode.id, event.id): event for episode, _ in records for event in episode.events}

    pairs = [(episode, record) for episode, record in records if record.purpose == "prefer"]
    taught = rows(RESPOND, lessons, ("prefer",), spar.SCENARIO.outer.turns)
    assert len(taught) == len(pairs) > 2
    for row, (episode, pair) in zip(taught, pairs, strict=True):
        assert row["prompt"] == asked[episode.id, pair.rejected_event]
        said = [Response.model_validate_json(row[side][0]["content"]).text for side in ("chosen", "rejected")]
        assert said == [pair.chosen, pair.rejected]

    wanted = [(episode, record) for episode, record in records if record.purpose in ("refine", "judge")]
    taught = rows(JUDGE, lessons, ("refine", "judge"), spar.SCENARIO.outer.turns)
    assert {record.kind for _, record in wanted} == {"judged", "dialogue"}
    for row, (episode, record) in zip(taught, wanted, strict=True):
        name = record.critique_event if record.kind == "judged" else record.events[-1]
        answer = Judgement if record.kind == "judged" else Refinement
        assert row["prompt"] == asked[episode.id, name]
        said = answer.model_validate_json(row["completion"][0]["content"])
        assert said.model_dump() == by_id[episode.id, name].answer


def test_a_teacher_is_taught_lists_as_it_is_asked_for_lists_and_workings_as_it_is_asked_for_plain_ones(rows):
    tasks = [arte.SCENARIO.world.generate(4, number) for number in range(3)]
    lessons = drawn(arte.SCENARIO, tasks, {})
    asked = {}
    for role, found in (("teacher.draft", arte.SCENARIO), ("teacher.reshow", arte.SCENARIO)):
        mode = "build" if role == "teacher.draft" else "tailor"
        played_so = drawn(found, tasks, {}, mode=mode)
        by_id = {(one.episode.id, event.id): event for one in played_so for event in one.episode.events}
        for (episode, name), said in told(found, played_so).items():
            if by_id[episode, name].role == role:
                asked.setdefault(role, []).append(said)
    records = [record for one in lessons for record in one.records if record.kind == "pair"]
    taught = rows(DRAFT, lessons, ("questions", "rationales"), arte.SCENARIO.outer.turns)
    assert {record.purpose for record in records} == {"questions", "rationales"}
    for row, record in zip(taught, records, strict=True):
        system, user = (message["content"] for message in row["prompt"])
        said = [row[side][0]["content"] for side in ("chosen", "rejected")]
        if record.purpose == "questions":
            lists = [Drafts.model_validate_json(one).questions for one in said]
            assert [listed(one) for one in lists] == [record.chosen, record.rejected]
            assert len(lists[0]) == 2  # as many as an elicitation wants: the prompt is that of one
            assert row["prompt"] in asked["teacher.draft"]
        else:
            assert [Rationale.model_validate_json(one).text for one in said] == [
                record.chosen,
                record.rejected,
            ]
            assert system == asked["teacher.reshow"][0][0]["content"]
            question = record.prompt[-1].content.removesuffix("\nSolve it step by step.")
            assert user == f"<question>\n{question}\n</question>"
            assert re.fullmatch(
                r"<question>\n.*\n</question>", asked["teacher.reshow"][0][1]["content"], re.DOTALL
            )


def test_a_new_example_is_taught_under_its_own_instruction(rows):
    tasks = [tapir.SCENARIO.world.generate(3, number) for number in range(12)]
    lessons = drawn(tapir.SCENARIO, tasks, {"student": Apprentice()})
    records = [record for one in lessons for record in one.records]
    assert any(record.meta["source"] == "expanded" for record in records)
    for row, record in zip(rows(curriculum.RESPOND, lessons, ("hard", "easy")), records, strict=True):
        assert record.messages[0].content in row["prompt"][-1]["content"]


def test_a_student_is_taught_to_solve_and_to_correct_as_it_is_asked_to(rows):
    tasks = [supercorrect.SCENARIO.world.generate(5, number) for number in range(8)]
    turns = supercorrect.SCENARIO.outer.turns
    tests = drawn(supercorrect.SCENARIO, tasks, {}, mode="test")
    solving = {one.episode.task.id: one.episode.by_role(SOLVE.name)[0].id for one in tests}
    asked = told(supercorrect.SCENARIO, tests)
    lessons = drawn(supercorrect.SCENARIO, tasks, {}, mode="template")
    records = [(one.episode, record) for one in lessons for record in one.records]
    prompts = {one.episode.task.id: asked[one.episode.id, solving[one.episode.task.id]] for one in tests}
    for row, (episode, record) in zip(rows(SOLVE, lessons, ("template",), turns), records, strict=True):
        said = SOLVE.answer.model_validate_json(row["completion"][0]["content"])
        assert said.answer == record.meta["answer"]
        assert row["prompt"] == prompts[episode.task.id]
    lessons = drawn(supercorrect.SCENARIO, tasks, {"student": Trainee(right=0, mends=0)}, mode="correct")
    asked = told(supercorrect.SCENARIO, lessons)
    records = [(one.episode, record) for one in lessons for record in one.records if record.kind == "pair"]
    taught = rows(SOLVE, lessons, ("correct",), turns)
    assert len(taught) > 2
    for row, (episode, record) in zip(taught, records, strict=True):
        assert row["prompt"] == asked[episode.id, record.rejected_event]  # the student's own
        for side in ("chosen", "rejected"):
            said = STUDENT_CORRECT.answer.model_validate_json(row[side][0]["content"])
            assert said.corrected_step == record.meta[side]["fix"]


@pytest.mark.parametrize("together", [1, 3])
def test_a_reward_learns_from_each_side_of_a_pair_as_it_is_asked_about_one_output(together, rows):
    numbers = iter(range(10**6))

    def say(view):
        return {"text": ("An oak stands here.", "An oak, an elm.")[next(numbers) % 2]}

    trees = Program("trees", {SAMPLE.name: say, AMONG.name: say})
    scenario, outer = alpaca_farm.SCENARIO, alpaca_farm.SCENARIO.outer
    tasks = [plain(number) for number in range(4)]
    tasks = [one.model_copy(update={"fields": one.fields | {"input": "tides"}}) for one in tasks]
    lessons = drawn(scenario, tasks, {"policy": trees}, label_noise=0, together=together)
    chosen = drawn(scenario, tasks, {"policy": trees}, mode="best-of-n", n=2)
    asked = told(scenario, chosen)
    scored = [asked[one.episode.id, event.id] for one in chosen for event in one.episode.by_role(SCORE.name)]
    pairs = [record for one in lessons for record in one.records]
    taught = rows(SCORE, lessons, ("prefer",), outer.turns)
    assert len(taught) == len(pairs) >= 4 * together - 1
    own = 0
    for row, pair in zip(taught, pairs, strict=True):
        assert set(row) == {"chosen", "rejected"}
        better, worse = (row[side][1]["content"] for side in ("chosen", "rejected"))
        assert pair.chosen in better
        assert pair.rejected in worse
        assert better.replace(pair.chosen, pair.rejected) == worse
        if "about the sea" in better:  # another instruction has words of its own, and no input
            own += 1
            assert row["chosen"] in scored
            assert row["rejected"] in scored
        else:
            assert "tides" not in better
    assert own == 4
    (first, *_) = best = rows(SAMPLE, chosen, ("imitate",), outer.turns)
    assert len(best) == 4
    assert SAMPLE.answer.model_validate_json(first["completion"][0]["content"]).text.startswith("An oak")


def test_an_actor_is_taught_to_solve_to_amend_and_to_criticise_as_each_is_asked_for(rows):
    scenario = automathcritique.SCENARIO
    tasks = [scenario.world.generate(6, number) for number in range(6)]
    lessons = drawn(scenario, tasks, {}, mode="train", extra=True)
    asked = told(scenario, lessons)
    records = [(one.episode, record) for one in lessons for record in one.records]
    assert {record.purpose for _, record in records} == set(scenario.outer.learns["actor"])
    taught = rows(critique.SOLVE, lessons, scenario.outer.learns["actor"], scenario.outer.turns)
    assert len(taught) == len(records)
    for row, (episode, record) in zip(taught, records, strict=True):
        made = next(event for event in episode.events if event.id == record.events[-1])
        solves = record.purpose == "solve"  # a refinement too is a solution of the question
        first = episode.by_role(critique.SOLVE.name)[0]
        assert row["prompt"] == asked[episode.id, (first if solves else made).id]
        assert json.loads(row["completion"][0]["content"]) == made.answer


@pytest.mark.parametrize(
    "parameters",
    [{"computation": True, "passages": 2}, {"mode": "script"}, {"problem": "composed", "turns": 9}],
)
def test_a_tutor_in_training_is_taught_every_turn_of_a_talk_and_both_sides_of_a_pair_as_it_is_asked(
    parameters, rows
):
    scenario = class_spock.SCENARIO
    made = assemble(scenario, parameters=parameters)
    tasks = [made.world.generate(6, number) for number in range(5)]
    errors = {"unparsable": 0.2, "evaluation": 0.2, "progress": 0.2}
    lessons = drawn(scenario, tasks, {"learner": Coder(**errors)}, **parameters)
    asked = told(scenario, lessons)
    events = {(one.episode.id, event.id): event for one in lessons for event in one.episode.events}
    records = [(one.episode, record) for one in lessons for record in one.records]
    pairs = [(episode, record) for episode, record in records if record.kind == "pair"]
    taught = rows(LEARNER_TURN, lessons, ("tutor",), scenario.outer.turns)
    assert len(taught) == len(pairs) > 5
    for row, (episode, pair) in zip(taught, pairs, strict=True):
        learner = events[episode.id, pair.rejected_event]
        assert row["prompt"] == asked[episode.id, learner.id]
        better, worse = (row[side][0]["content"] for side in ("chosen", "rejected"))
        said = CodedTurn.model_validate_json(better)
        assert (spelled(said), said.thoughts) == (pair.chosen, "")
        if learner.invalid is None:
            assert spelled(CodedTurn.model_validate_json(worse)) == pair.rejected
        else:
            assert worse == pair.rejected == learner.raw
    prompts = [one for (episode, name), one in asked.items() if events[episode, name].seat == "learner"]
    talks = [
        Drawn(one.episode, tuple(record for record in one.records if record.kind == "dialogue"))
        for one in lessons
    ]
    taught = rows(LEARNER_TURN, talks, ("tutor",), scenario.outer.turns)
    learnt = [
        message.content
        for one in talks
        for record in one.records
        for message in record.messages
        if message.train
    ]
    assert [
        spelled(CodedTurn.model_validate_json(row["completion"][0]["content"])) for row in taught
    ] == learnt
    openings = [row for row in taught if "<history>\n[]" in row["prompt"][1]["content"]]
    assert len(openings) == len([one for one in talks if one.records])
    assert all(row["prompt"] in prompts for row in taught if row not in openings)


@pytest.mark.parametrize("name", catalogue.names())
def test_what_is_published_of_a_training_is_of_a_seat_that_learns_and_holds_where_nothing_is_given(
    name, tmp_path
):
    scenario = catalogue.load(name)
    outer, roles = scenario.outer, {role.seat: role for role in scenario.roles}
    for seat, options in {} if outer is None else outer.training.items():
        assert seat in outer.learns
        usual = learner(str(tmp_path), roles[seat], outer.turns, options).training
        assert usual.model_dump(include=set(options)) == options
        given = learner(f"{tmp_path}?lr=0.5", roles[seat], outer.turns, options).training
        assert given == usual.model_copy(update={"lr": 0.5})
