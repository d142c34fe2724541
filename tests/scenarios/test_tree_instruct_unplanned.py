"""TreeInstruct's rivals: instructors without a plan on the same tasks, their questions, and the ranking of the three."""

from itertools import islice
from statistics import fmean

import pytest
import snapshots
from closed_form import played, within

from maieutic import InputError, Stop, faults
from maieutic.agents import Program, Scripted
from maieutic.agents.simulated.debugger import Debugger
from maieutic.agents.simulated.instructor import Instructor
from maieutic.agents.simulated.verifier import Verifier
from maieutic.roles import private_fields
from maieutic.roles.instructor import BRIDGE
from maieutic.runs.ranking import standings
from maieutic.scenarios import assemble
from maieutic.scenarios.tree_instruct import SCENARIO
from maieutic.worlds.programs import WORLD

MODES = ("tree", "vanilla", "bridge")
TRUE_STUDENT = {"guess": 0, "slip": 0, "shallow": 0, "volunteer": 0, "careless": 0, "echo": 0}
PLAIN = {"stray": 0, "leak": 0, "tell": 0, "spill": 0, "back": 0, "misread": 0}
DECIDED = {"error": "none", "strategy": "ask_question", "intention": "diagnose"}


def tasks(count, bugs=3, seed=5):
    """Generated programs of so many bugs."""
    made = (WORLD.generate(seed, index) for index in range(10**6))
    return list(islice((one for one in made if len(one.truth["bugs"]) == bugs), count))


def company(mode, instructor=None, students=None, verifier=None, **parameters):
    cast = {
        "instructor": Instructor(**{**PLAIN, **(instructor or {})}),
        "student": Debugger(**{**TRUE_STUDENT, **(students or {})}),
        "verifier": verifier or Verifier(false_yes=0, false_no=0, misjudge=0),
    }
    return assemble(SCENARIO, parameters={"mode": mode, **parameters}, cast=cast)


def talks(mode, count, bugs=3, instructor=None, students=None, **parameters):
    return played(company(mode, instructor, students, **parameters), tasks(count, bugs))


@pytest.mark.parametrize("mode", MODES[1:])
def test_the_graph_has_no_plan_and_no_ladder(mode):
    drawn = assemble(SCENARIO, parameters={"mode": mode}).compiled.get_graph().draw_mermaid()
    snapshots.check(f"tree-instruct-{mode}.mmd", drawn)


def test_the_mode_that_was_there_before_keeps_its_names_and_others_have_their_own():
    assert "mode" not in assemble(SCENARIO).spelled
    assert assemble(SCENARIO, parameters={"mode": "bridge"}).spelled["mode"] == "bridge"
    with pytest.raises(InputError, match="needs mode=tree"):
        assemble(SCENARIO, parameters={"mode": "vanilla", "edit_between_targets": True})


@pytest.mark.parametrize("mode", MODES[1:])
def test_the_instructor_sees_the_whole_talk_the_student_the_question_alone_and_a_decision_reaches_nobody(
    mode,
):
    seen = []

    def spy(role, answer):
        return lambda view: seen.append((role, dict(view))) or answer

    asked = {"text": "Why?", **(DECIDED if mode == "bridge" else {})}
    cast = {
        "instructor": Program("asker", {f"instructor.{mode}": spy("instructor", asked)}),
        "student": Program(
            "student",
            {
                "student.answer": spy("student", {"text": "Hm."}),
                "student.fixes": spy("fixes", {"fixes": ["Delete line 1"]}),
            },
        ),
        "verifier": Verifier(misjudge=0),
    }
    (episode,) = played(assemble(SCENARIO, parameters={"mode": mode, "turns": 3}, cast=cast), tasks(1))
    assert episode.stop is Stop.TURNS
    views = {role: [view for who, view in seen if who == role] for role, _ in seen}
    assert [len(view["history"]) for view in views["instructor"]] == [0, 2, 4]
    assert [len(view["history"]) for view in views["fixes"]] == [2, 4, 6]
    assert all(set(view) == {"problem", "buggy_code", "question"} for view in views["student"])
    assert {"problem", "buggy_code", "bug_descriptions", "bug_fixes", "history"} == set(
        views["instructor"][0]
    )
    assert private_fields(BRIDGE.answer) == set(DECIDED)
    if mode == "bridge":
        assert all(event.private == DECIDED for event in episode.by_role("instructor.bridge"))
    assert not any(word in str(view) for _, view in seen for word in ("strategy", "intention"))


@pytest.mark.parametrize("mode", MODES[1:])
def test_a_talk_ends_when_all_fixes_are_accepted_and_says_which_turn_brought_which(mode):
    for episode in talks(mode, 12, students={"learn": 1}):
        assert (episode.stop, episode.scores["turns"]) == (Stop.SOLVED, 3)
        assert sorted(number for one in episode.notes["turns"] for number in one["resolved"]) == [0, 1, 2]
        assert [episode.scores[name] for name in ("success", "accepted", "repaired", "quality")] == [1] * 4
        assert {1.0} == {
            episode.scores[one] for one in ("conceptual", "syntactical") if one in episode.scores
        }
        (record,) = SCENARIO.records(episode)
        assert faults(record, episode) == []
        assert len(record.messages) == 7


def test_who_cannot_learn_ends_by_the_bound_and_what_is_unusable_ends_the_talk():
    for episode in talks("vanilla", 3, students={"learn": 0}, turns=8):
        assert (episode.stop, episode.scores["turns"], episode.scores["success"]) == (Stop.TURNS, 8, 0)
        assert {episode.scores.get(one, 0.0) for one in ("conceptual", "syntactical")} == {0.0}
    cast = {"instructor": Scripted({"instructor.bridge": [{"text": "Why?"}]})}
    (episode,) = played(assemble(SCENARIO, parameters={"mode": "bridge"}, cast=cast), tasks(1))
    assert episode.stop is Stop.INVALID
    assert list(SCENARIO.records(episode)) == list(SCENARIO.decisions(episode)) == []


def expected(mode, n, q, taught, back=0.0, misread=0.0):
    """The mean number of questions for `n` bugs, each understood with `q` by a question that is about it."""
    if mode == "tree":
        return n * (1 + (1 - q) + (1 - q) ** 2 + (1 - q) ** 3 / taught)
    if mode == "vanilla":
        return 1 / q + (n - 1) / (q * (1 - back))
    return n / q + (n - 1) * misread / (1 - misread)


@pytest.mark.parametrize("mode", MODES)
def test_the_number_of_questions_follows_from_the_rates(mode):
    rates = {"back": 0.4, "misread": 0.25}
    turns = [
        one.scores["turns"]
        for one in talks(mode, 80, instructor=rates, students={"learn": 0.5, "taught": 0.8})
    ]
    error = (fmean(x * x for x in turns) - fmean(turns) ** 2) ** 0.5 / len(turns) ** 0.5
    assert abs(fmean(turns) - expected(mode, 3, 0.5, 0.8, **rates)) < 3.3 * error


@pytest.mark.parametrize(("mode", "leak"), [("vanilla", "spill"), ("bridge", "leak")])
def test_relevant_and_indirect_questions_come_at_their_rates(mode, leak):
    made = talks(mode, 120, 2, {"stray": 0.2, leak: 0.3}, {"learn": 0.4, "taught": 0.4})
    asked = sum(int(one.scores["turns"]) for one in made)
    relevant, indirect = (
        round(sum(one.scores["turns"] * one.scores[name] for one in made))
        for name in ("relevant", "indirect_questions")
    )
    assert within(relevant, asked, 0.8)
    assert within(indirect, asked, 1 - 0.8 * 0.3)


@pytest.mark.parametrize(("mode", "rate"), [("vanilla", "back"), ("bridge", "misread")])
def test_all_questions_but_the_first_go_back_at_their_rate(mode, rate):
    made = talks(mode, 120, instructor={rate: 0.3}, students={"learn": 1})
    asked = sum(int(one.scores["turns"]) - 1 for one in made)
    flow = round(sum(one.scores["turns"] * one.scores["logical_flow"] - 1 for one in made))
    assert within(flow, asked, 0.7)


def test_errors_are_read_at_their_rate():
    made = talks("bridge", 80, instructor={"misread": 0.2}, students={"learn": 0.5})
    found = [d.said is d.true for one in made for d in SCENARIO.decisions(one) if d.kind == "error"]
    assert len(found) > 200
    assert within(sum(found), len(found), 0.8)
    shares = [one for episode in made for one in SCENARIO.lesson(episode).diagnoses.get("error", ())]
    assert shares == found


def test_a_question_about_nothing_stands_under_the_kind_that_is_due():
    for episode in talks("vanilla", 6, instructor={"stray": 1}, turns=2):
        due = "conceptual" if "conceptual" in episode.scores else "syntactical"
        other = {"conceptual": "syntactical", "syntactical": "conceptual"}[due]
        assert episode.scores[f"relevant_{due}"] == 0
        assert f"relevant_{other}" not in episode.scores


def test_the_ranking_on_the_same_tasks_has_the_shares_that_follow_from_the_rates():
    rates = {"back": 0.3, "misread": 0.1}
    made = [talks(mode, 70, instructor=rates, students={"learn": 1}) for mode in MODES]
    assert all(len({one.task.id for one in same}) == 1 for same in zip(*made, strict=True))
    tree, vanilla, bridge = standings(
        [[one.scores["quality"] for one in same] for same in zip(*made, strict=True)]
    )
    a, b = (
        0.7**2,
        0.9**2,
    )  # of never going back between three bugs: then it is as good as the plan, which never does
    error = 3.3 * 0.5 / 70**0.5
    assert abs(tree.first - ((1 - a) * (1 - b) + (a * (1 - b) + (1 - a) * b) / 2 + a * b / 3)) < error
    assert abs(vanilla.first - (a * (1 - b) / 2 + a * b / 3)) < error
    assert abs(bridge.first - ((1 - a) * b / 2 + a * b / 3)) < error
    assert tree.rank < bridge.rank < vanilla.rank
