"""CLASS with one author for both sides: what can be used is used, errors are found as often as they are made, and what the
author foreknew shows beside a separate student."""

import asyncio
import json

import pytest
import snapshots
from closed_form import within

from maieutic import Dialogue, InputError, Pair, Stop, faults
from maieutic.agents import Scripted
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.scriptwriter import Scriptwriter
from maieutic.roles.script import Script, reference
from maieutic.scenarios import assemble
from maieutic.scenarios.class_spock import SCENARIO
from maieutic.scenarios.coded.talk import Exchange, foreknown, walked

SOUND = dict.fromkeys(("illegal", "inconsistent", "misread", "opening", "foresees"), 0.0)
FLAWED = {"illegal": 0.1, "inconsistent": 0.1, "misread": 0.1, "opening": 0.2, "foresees": 0.4}


def played(n, writer, learner=None, mode="script", **parameters):
    cast = {"scriptwriter": writer, "learner": learner or Coder()}
    company = assemble(SCENARIO, parameters={"mode": mode, **parameters}, cast=cast)
    return [asyncio.run(company.play(SCENARIO.world.generate(5, place), place)) for place in range(n)]


@pytest.fixture(scope="module")
def flawed():
    return played(80, Scriptwriter(**FLAWED), learner=Coder(evaluation=0.5))


def told(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def test_the_graph_draws_itself():
    company = assemble(SCENARIO, parameters={"mode": "script"})
    snapshots.check("class-spock-script.mmd", company.compiled.get_graph().draw_mermaid())


def test_a_sound_script_is_a_talk_like_any_other():
    for episode in played(12, Scriptwriter(**SOUND)):
        assert episode.stop is Stop.SOLVED
        assert episode.scores["kept"] == episode.scores["learner_evaluation"] == 1
        assert all(one.said == one.true for one in SCENARIO.decisions(episode))
        (talk,) = SCENARIO.records(episode)
        assert isinstance(talk, Dialogue)
        assert not faults(talk, episode)
        assert json.loads(talk.messages[1].content)["action"] == 12
        assert json.loads(talk.messages[-1].content)["progress"] == "z"
        assert all(one.train for one in talk.messages if one.role == "assistant")


def test_errors_are_found_as_often_as_the_template_can_show_them(flawed):
    taken = told(flawed, "kept")
    kept, sound = (sum(getattr(one, name) for one in taken) for name in ("said", "true"))
    assert within(kept, len(taken), 0.8)
    assert within(sound, len(taken), 0.7)
    assert all(one.said for one in taken if one.true), "nothing sound is thrown away"
    assert within(sum(one.true for one in taken if one.said), kept, 0.7 / 0.8)
    opening = told(flawed, "opening")
    assert all(one.said == one.true for one in opening)
    assert within(sum(one.said for one in opening), len(opening), 0.8)


def test_what_cannot_be_used_is_neither_learnt_nor_a_reference(flawed):
    refused = learnt = pairs = 0
    for episode in flawed:
        made = list(SCENARIO.records(episode))
        if episode.stop is Stop.REFUSED:
            assert made == []
            assert not episode.by_role("learner.turn")
            refused += 1
        for record in made:
            assert not faults(record, episode)
            if isinstance(record, Pair):
                assert reference(_back(record.chosen)) is not None
                pairs += 1
            else:
                for one in record.messages:
                    if one.role == "assistant":
                        assert one.train == (reference(_back(one.content)) is not None)
                        learnt += one.train
    assert refused > 5
    assert learnt > 100
    assert pairs > 100


def _back(content):
    turn = json.loads(content)
    return {("text" if name == "tutorbot" else name): value for name, value in turn.items()}


def test_an_author_of_both_sides_speaks_of_coming_mistakes_and_a_tutor_before_a_separate_student_does_not(
    flawed,
):
    planted = told(flawed, "foreknown")
    assert len(planted) > 100
    assert within(sum(one.true for one in planted), len(planted), FLAWED["foresees"])
    assert all(one.said for one in planted if one.true), "a number that nobody said before is found"
    apart = told(played(40, Scriptwriter(), mode="turns", learner=False), "foreknown")
    assert len(apart) > 20
    assert not [one for one in apart if one.true]
    by_chance = sum(one.said for one in apart) / len(apart)
    assert by_chance < 0.1
    astray = [one.said for one in planted if not one.true]
    assert sum(astray) / len(astray) < 0.1


def test_a_number_is_foreknown_where_nobody_said_it_before_and_the_answer_is_wrong():
    wrong, right = (
        reference({"evaluation": code, "action": action, "progress": "x", "subproblem": "", "text": "So."})
        for code, action in (("a", "1"), ("b", "3"))
    )

    def talk(text, student, then):
        return [Exchange(None, "", text, "", student), Exchange(then, "", "So.", "")]

    assert foreknown(talk("It is not 16.", "I get 16.", wrong), "4 and 13") == {0: True}
    assert foreknown(talk("Go on.", "I get 16.", wrong), "4 and 13") == {0: False}
    assert foreknown(talk("It is not 16.", "I get 16.", wrong), "4, 13 and 16") == {}
    assert foreknown(talk("It is not 16.", "I get 16.", right), "4 and 13") == {}


def test_a_talk_that_is_cut_off_ends_by_its_bound_and_one_that_is_none_as_invalid():
    (short,) = played(1, Scriptwriter(**SOUND), turns=1)
    assert short.stop is Stop.TURNS
    assert len(short.by_role("learner.turn")) == 1
    nothing = Scripted({"scriptwriter.script": [{"exchanges": []}]})
    (none,) = played(1, nothing)
    assert none.stop is Stop.INVALID
    assert list(SCENARIO.records(none)) == list(SCENARIO.decisions(none)) == []


def test_a_student_who_says_nothing_ends_the_talk():
    def line(evaluation, action, student):
        codes = {"evaluation": evaluation, "action": action, "progress": "x", "subproblem": ""}
        return {"tutor": {**codes, "text": "So."}, "student": student}

    lines = [line("g", "12", "7"), line("a", "1", " "), line("a", "1", "8")]
    (episode,) = played(1, Scripted({"scriptwriter.script": [{"exchanges": lines}]}))
    assert episode.stop is Stop.TURNS
    made = list(SCENARIO.records(episode))
    assert [one.role for one in made[0].messages] == ["user", "assistant", "user", "assistant"]
    assert not [fault for one in made for fault in faults(one, episode)]


def test_a_talk_goes_on_at_the_part_that_the_next_turn_names():
    def line(evaluation, action, progress, part):
        codes = {"evaluation": evaluation, "action": action, "progress": progress}
        return {"tutor": {**codes, "subproblem": part, "text": "So."}, "student": "7"}

    lines = [line("g", "12", "x", "A?"), line("b", "13", "y", "A?"), line("a", "1", "x", "B?")]
    found = walked(lines, ["A?", "B?"])
    assert [(turn is not None, *at) for turn, *at in found] == [(True, 0, 0), (False, 1, 0), (True, 1, 1)]


def test_a_number_may_be_an_action_and_codes_of_what_is_not_applicable_are_read():
    line = {"evaluation": "N/A", "action": "none", "progress": "", "subproblem": "", "text": "Hello."}
    made = Script(exchanges=[{"tutor": {**line, "action": 12}, "student": ""}])
    assert made.exchanges[0].tutor.action == "12"
    turn = reference(line)
    assert (turn.evaluation, turn.action, turn.progress) == ("g", 12, "w")


@pytest.mark.parametrize("unheard", [{"passages": 2}, {"computation": True}])
def test_a_script_is_not_asked_to_look_anything_up(unheard):
    with pytest.raises(InputError, match="need mode=turns"):
        assemble(SCENARIO, parameters={"mode": "script", **unheard})
