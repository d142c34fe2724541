"""CLASS: codes by the book, parts closed in order, pairs for every difference, against what the pupil's script knows."""

import asyncio
import json
import math
from pathlib import Path
from statistics import fmean
from typing import get_args

import pytest
import snapshots

from maieutic import Dialogue, Pair, Stop, faults, path
from maieutic.agents import BadAnswer, Scripted
from maieutic.agents.simulated.coder import Coder, Fault
from maieutic.agents.simulated.parts import Part, parts_of, worth
from maieutic.agents.simulated.pupil import Pupil
from maieutic.roles.tutor import ACTIONS, SHOWING, CodedTurn
from maieutic.runs.tutoring import tutoring
from maieutic.scenarios import assemble, play
from maieutic.scenarios.class_spock import SCENARIO
from maieutic.scenarios.coded.talk import codes, codes_said, difference, turn_of
from maieutic.worlds import rows
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.readers import READERS

DATA = Path(__file__).parents[3] / "shared" / "data"
EXACT = {"tutor": Coder(), "learner": Coder()}


def played(index=0, cast=None, task=None, **parameters):
    task = task or SCENARIO.world.generate(3, index)
    return asyncio.run(play(SCENARIO, task, cast=cast, seed=index, parameters=parameters))


def many(n, cast=None, **parameters):
    return [played(index, cast, **parameters) for index in range(n)]


def within(hits, n, share, z=3.29):
    return abs(hits / n - share) <= z * math.sqrt(share * (1 - share) / n) + 0.5 / n


def test_the_graph_draws_itself():
    snapshots.check("class-spock.mmd", assemble(SCENARIO).compiled.get_graph().draw_mermaid())


def test_a_tutor_by_the_book_is_right_in_every_code_and_finishes_every_part():
    for episode in many(40, EXACT):
        assert episode.stop is Stop.SOLVED
        made = list(SCENARIO.decisions(episode))
        assert made
        assert all(one.said == one.true for one in made)
        assert episode.scores["consistent"] == episode.scores["learner_evaluation"] == 1
        assert not [one for one in SCENARIO.records(episode) if isinstance(one, Pair)]
        turns = episode.by_role("tutor.turn")
        assert codes(turn_of(turns[0])) == ("g", 12, "x")
        assert [turn.private["progress"] == "z" for turn in turns] == [False] * (len(turns) - 1) + [True]


def test_the_tutor_misreads_as_often_as_its_error_rate_says():
    hits = rounds = 0
    for episode in many(80, {"tutor": Coder(evaluation=0.2)}, learner=False):
        minds = {event.id: event.memory for event in episode.by_role("student.remark")}
        for turn in episode.by_role("tutor.turn")[1:]:
            rounds += 1
            hits += turn.private["evaluation"] == minds[turn.parent]["code"]
    assert rounds > 300
    assert within(hits, rounds, 0.8)


def test_turns_whose_action_may_not_follow_their_evaluation_are_told():
    shares = set()
    for episode in many(12, {**EXACT, "tutor": Coder(action=0.5)}):
        turns = episode.by_role("tutor.turn")
        legal = [one.private["action"] in ACTIONS[one.private["evaluation"]] for one in turns]
        assert episode.scores["consistent"] == pytest.approx(fmean(legal))
        shares.add(episode.scores["consistent"])
    assert min(shares) < 0.8


def test_the_learner_is_held_against_the_tutor_on_the_same_words_and_the_opening_is_left_out():
    agreed = 0
    for episode in many(12, {**EXACT, "learner": Coder(evaluation=0.2, action=0.2, progress=0.2)}):
        heard = {one.parent: one for one in episode.by_role("tutor.turn")}
        remarks = {one.id for one in episode.by_role("student.remark")}
        made = [(heard[one.parent], one) for one in episode.by_role("learner.turn") if one.parent in heard]
        assert made
        assert {one.parent for _, one in made} <= remarks
        assert episode.scores["turns"] == len(remarks & heard.keys())
        for name in ("evaluation", "action", "progress"):
            same = fmean(tutor.private[name] == learner.private[name] for tutor, learner in made)
            assert episode.scores[f"learner_{name}"] == pytest.approx(same)
            agreed += same == 1
    assert agreed < 30


def test_what_nobody_answered_is_in_no_record():
    for episode in many(6, {**EXACT, "student": Pupil()}, turns=2, learner=False):
        (talk,) = [one for one in SCENARIO.records(episode) if isinstance(one, Dialogue)]
        assert episode.stop is Stop.TURNS
        assert len(episode.by_role("student.remark")) == 2
        assert [one.role for one in talk.messages].count("assistant") == 2
        assert talk.messages[-1].role == "assistant"


@pytest.mark.parametrize("kind", get_args(Fault))
def test_each_kind_of_error_of_the_learner_makes_a_pair_with_that_reason(kind):
    found = rounds = 0
    for episode in many(12, {"tutor": Coder(), "learner": Coder(**{kind: 1.0})}):
        pairs = [one for one in SCENARIO.records(episode) if isinstance(one, Pair)]
        answered = episode.by_role("tutor.turn")[1:]
        rounds += len(answered)
        for pair in pairs:
            assert pair.meta["reason"] == kind
            assert not faults(pair, episode)
            assert "thoughts" not in json.loads(pair.chosen)
        found += len(pairs)
    assert found == rounds > 30


def test_a_solution_is_only_stated_by_the_actions_that_may():
    stated = 0
    for episode in many(40, EXACT, learner=False):
        parts = parts_of(episode.task.fields, episode.task.truth)
        index, heard = 0, set()
        for event in path(episode.events, episode.notes["head"]):
            if event.role == "student.remark":
                heard |= set(answers.numbers_in(event.answer["text"]))
            if event.role != "tutor.turn":
                continue
            part, value = parts[index], answers.parse_number(parts[index].answer)
            shown = part.solution in event.answer["text"]
            assert shown == (event.private["action"] in SHOWING)
            stated += shown
            if not shown and value not in heard:
                assert not answers.reveals(
                    event.answer["text"], part.answer, part.question + episode.task.fields["question"]
                )
            if event.private["action"] == 10:
                index = max(index - 1, 0)
            elif event.private["progress"] == "y":
                index += 1
    assert stated > 5


@pytest.mark.parametrize("attempts", [1, 2, 4])
def test_solutions_wait_for_as_many_failed_attempts_as_set(attempts):
    stubborn = {**EXACT, "student": Pupil(wrong=0.99, vague=0, astray=0, asks=0)}
    for episode in many(6, stubborn, attempts=attempts, learner=False):
        failed = 0
        for turn in episode.by_role("tutor.turn")[1:]:
            failed += turn.private["evaluation"] in ("a", "c")
            assert (turn.private["action"] in (2, 5)) == (failed == attempts)
            failed = 0 if turn.private["progress"] in ("y", "z") else failed


def test_going_back_opens_the_part_before():
    task = SCENARIO.world.generate(3, 1)
    parts = parts_of(task.fields, task.truth)
    lines = [f"I get {parts[0].answer}.", "Can we go back to the part before?", "Hmm."]
    script = Scripted({"student.remark": [{"text": text} for text in lines]})
    episode = played(task=task, cast={**EXACT, "student": script}, turns=3, learner=False)
    turns = episode.by_role("tutor.turn")
    assert [turn.private["action"] for turn in turns] == [12, 3, 10]
    assert turns[1].private["subproblem"] == parts[0].question
    assert parts[0].question in turns[2].answer["text"]
    assert episode.notes["index"] == 0
    assert episode.stop is Stop.TURNS


def test_an_unusable_turn_of_the_tutor_ends_the_talk():
    assert played(cast={"tutor": Coder(unparsable=1)}).stop is Stop.INVALID


def test_the_student_hears_the_words_and_sees_no_codes():
    seen = []

    class Watching(Pupil):
        async def act(self, turn):
            seen.append(turn.view)
            return await super().act(turn)

    played(cast={**EXACT, "student": Watching()})
    assert seen
    for view in seen:
        assert set(view) == {"history"}
        assert all(set(one) == {"speaker", "text"} for one in view["history"])


def test_records_are_in_the_template_and_alternate():
    for episode in many(10):
        made = list(SCENARIO.records(episode))
        for record in made:
            assert not faults(record, episode)
        (talk,) = [one for one in made if isinstance(one, Dialogue)]
        for message in talk.messages:
            if message.role == "assistant":
                told = json.loads(message.content)
                assert told["action"] in ACTIONS[told["evaluation"]]


def test_equal_codes_make_no_pair_however_the_words_differ():
    (one, other) = (episode.by_role("tutor.turn")[1] for episode in many(2, EXACT))
    same = other.model_copy(update={"private": {**one.private, "thoughts": "otherwise"}})
    assert difference(turn_of(one), same) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"evaluation": "b"', "unparsable"),
        ("[]", "unparsable"),
        ('{"evaluation": "b", "action": 3, "text": "Yes."}', "missing"),
        ('{"evaluation": "", "action": null, "progress": "", "text": "Yes."}', "missing"),
        ('{"evaluation": "right", "action": "13", "progress": "y", "text": "Yes."}', "evaluation"),
        ('{"evaluation": "b", "action": "13", "progress": "v", "text": "Yes."}', "action"),
        ('{"evaluation": "b", "action": "3", "progress": "done", "text": "Yes."}', "progress"),
        ('{"evaluation": "b", "action": "3", "progress": "y", "text": ""}', "missing"),
    ],
)
def test_a_turn_that_cannot_be_used_is_rejected_for_the_first_thing_that_is_wrong_with_it(raw, reason):
    line = BadAnswer("no turn", raw=raw)
    chosen = CodedTurn(evaluation="b", action=3, progress="y", text="Yes.")
    episode = played(cast={**EXACT, "learner": Scripted({"learner.turn": [line]})}, turns=1)
    (turn,) = [event for event in episode.events if event.role == "learner.turn"]
    assert turn.invalid
    assert difference(chosen, turn) == reason


def test_a_turn_that_contradicts_itself_is_neither_learnt_nor_chosen():
    one = {"thoughts": "", "progress": "x", "subproblem": "", "text": "So."}
    lines = [{**one, "evaluation": "g", "action": 12}, {**one, "evaluation": "a", "action": 3}]
    lines.append({**one, "evaluation": "a", "action": 1})
    cast = {"tutor": Scripted({"tutor.turn": lines}), "learner": Coder(progress=1.0)}
    episode = played(cast=cast, turns=3)
    (talk, *pairs) = SCENARIO.records(episode)
    assert [one.train for one in talk.messages if one.role == "assistant"] == [True, False, True]
    assert [json.loads(pair.chosen)["action"] for pair in pairs] == [1]
    assert episode.scores["consistent"] == 2 / 3
    assert sum(one.kind == "pair" for one in SCENARIO.decisions(episode)) == 1
    never = Scripted({"tutor.turn": [{**one, "evaluation": "a", "action": 3}]})
    assert list(SCENARIO.records(played(cast={**cast, "tutor": never}, turns=3))) == []


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("nothing", ("", "", "")),
        ("[]", ("", "", "")),
        ('{"evaluation": "b", "action": "13", "text": "Yes."}', ("b", "", "")),
        ('{"evaluation": "N/A", "action": "3", "progress": ["y"], "text": ""}', ("g", 3, "")),
    ],
)
def test_a_learner_that_cannot_be_read_counts_against_it_code_by_code(raw, said):
    line = BadAnswer("no turn", raw=raw)
    episode = played(cast={**EXACT, "learner": Scripted({"learner.turn": [line]})}, turns=2)
    (turn, *_) = [event for event in episode.events if event.role == "learner.turn"]
    assert codes_said(turn) == said
    lesson = SCENARIO.lesson(episode)
    assert [one[0] for one in lesson.codes["learner_evaluation"]] == [said[0]]
    made = tutoring([lesson])
    assert made["learner_progress_accuracy"].mean == made["learner_progress_macro_f1"].mean == 0


def test_codes_of_what_is_not_applicable_are_the_three_that_stand_for_it():
    for blank in ("N/A", "", None, "none"):
        turn = CodedTurn(evaluation=blank, action=blank, progress=blank, text="Hello.")
        assert (turn.evaluation, turn.action, turn.progress) == ("g", 12, "w")
    assert CodedTurn(evaluation="a", action="2", progress="x", text="No.").action == 2
    with pytest.raises(ValueError, match="action"):
        CodedTurn(evaluation="a", action="13", progress="x", text="No.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("52", "b"),
        ("4 * 13 = 52", "b"),
        ("fifty-two", "b"),
        ("The answer is 16.", "a"),
        ("You multiply 4 and 13, I think, but I cannot do it.", "c"),
        ("Idk", "d"),
        ("What is that good for?", "f"),
        ("My brother has a new bicycle.", "e"),
    ],
)
def test_words_are_worth_their_code(text, code):
    assert worth(text, Part("What do you get for 4 * 13?", "52", "4 * 13", "multiply"))[0] == code


@pytest.mark.parametrize("file", ["gsm8k/train.jsonl", "gsm8k/socratic.jsonl", "svamp/problems.jsonl"])
def test_real_records_are_worked_through(file):
    if not (DATA / file).exists():
        pytest.skip("shared data is not beside the checkout")
    for row, _ in zip(rows(DATA / file), range(12), strict=False):
        reader = next(one for one in READERS if one.keys <= row.data.keys())
        episode = played(task=reader.read(row), cast=EXACT)
        assert episode.stop is Stop.SOLVED
        found = [one for one in SCENARIO.decisions(episode) if one.kind != "foreknown"]
        assert all(one.said == one.true for one in found)
