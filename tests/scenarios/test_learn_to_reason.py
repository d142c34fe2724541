"""Learn-to-Reason: the bank holds what was truly wrong, the filter no wrong answer, lessons help where they are fitted."""

import asyncio
import math

import pytest
import snapshots
from shared_data import shared

from maieutic import Judged, Pair, Stop, digest, faults, rng
from maieutic.agents import Program, Scripted
from maieutic.agents.simulated.explainer import Explainer
from maieutic.agents.simulated.reckoner import Reckoner
from maieutic.roles.exam import CORRECT, EXAM, HELD_OUT
from maieutic.runs import Recipe, Simulated, rounds
from maieutic.scenarios import Drawn, assemble, play
from maieutic.scenarios.learn_to_reason import SCENARIO
from maieutic.worlds import rows
from maieutic.worlds.word_problems import READERS, answers


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
    snapshots.check("learn-to-reason.mmd", assemble(SCENARIO).compiled.get_graph().draw_mermaid())


def test_the_bank_holds_what_was_wrong_and_no_slip_of_the_pen():
    made = decided(many(30, {"student": Reckoner(garble=0.3)}), "mistake")
    assert len(made) == 120
    assert all(one.said == one.true for one in made)
    loose = decided(many(30, {"student": Reckoner(garble=0.3)}, recheck=False), "mistake")
    poisoned = sum(one.said and not one.true for one in loose)
    right = sum(not one.true for one in loose)
    assert within(poisoned, right, 0.3)  # without the check, each right working that ends badly is a negative


def test_the_filter_keeps_no_wrong_answer_and_what_is_right_by_a_wrong_line_is_told():
    episodes = many(80, {"teacher": Explainer(astray=0.2, flawed=0.1)})
    for episode in episodes:
        for record in SCENARIO.records(episode):
            assert not faults(record, episode)
            if record.purpose in ("reason", "keep"):
                said = record.messages[-1].content
                assert answers.equal(answers.final_answer(said), episode.task.truth["answer"])
    kept = decided(episodes, "kept")
    assert within(sum(one.said for one in kept), len(kept), 0.8)
    through = [one for one in kept if one.said]
    assert within(sum(not one.true for one in through), len(through), 0.1)
    assert not [one for one in kept if one.true and not one.said]


def test_the_teacher_names_the_rule_behind_the_mistake_as_often_as_its_rate_says():
    for rate in (0.0, 0.6):
        cause = decided(many(40, {"teacher": Explainer(tailored=rate)}), "cause")
        assert len(cause) > 80
        assert within(sum(one.true for one in cause), len(cause), rate) or rate == 0
        assert rate or sum(one.true for one in cause) <= 0.05 * len(cause)


def learnt(tailored, folder, number=3, **given):
    cast = {"teacher": f"simulated:tailored={tailored},astray=0,flawed=0"}
    one = Recipe(scenario="learn-to-reason", n=30, seed=1, cast=cast, **given)
    who = {"student": Simulated(one.company().cast["student"])}
    return asyncio.run(rounds(one, who, folder, number=number, tests=40))


def test_accuracy_rises_by_round_under_fitted_feedback_and_stays_under_any_other(tmp_path):
    fitted, other = (learnt(rate, tmp_path / str(rate)) for rate in (1.0, 0.0))
    means = [one.score.mean for one in fitted]
    assert means == sorted(means)
    assert means[1] == means[0]  # workings by plain prompting explain no mistake
    gain = fitted[-1].gain(fitted[0])
    assert gain.low is not None
    assert gain.low > 0.2
    still = other[-1].gain(other[0])
    assert abs(still.mean) <= 0.1
    assert means[-1] > other[-1].score.mean + 0.2  # the tailoring effect


def test_the_exam_counts_every_sample_once():
    for episode in many(20):
        marks = [event.answer["correct"] for event in episode.by_role("grader.grade")]
        asked = [event for event in episode.events if event.role == "student.exam"]
        own = {event.id for event in asked}
        right = [e for e in episode.by_role("grader.grade") if e.parent in own and e.answer["correct"]]
        assert len(asked) == 4
        assert episode.scores["accuracy"] == len(right) / 4
        assert len(marks) >= 4


@pytest.mark.parametrize(
    ("response", "gold", "final", "correct"),
    [
        ("6 x 3 = 18\nThe answer is 18.", "18", "18", True),
        ("The answer is 1,200 euros.", "1200", "1,200 euros", True),
        ("The answer is as above.", "18", answers.NONE, False),
        ("18", "18", answers.NONE, False),
        ("", "", answers.NONE, False),
        ("The answer is [none].", answers.NONE, answers.NONE, False),
    ],
)
def test_a_missing_answer_never_matches(response, gold, final, correct):
    mark = answers.exact_match({"response": response, "answer": gold})
    assert (mark["final"], mark["correct"]) == (final, correct)


def test_mistakes_make_pairs_and_questions_solved_in_all_samples_are_kept():
    seen, others = set(), 0
    for episode in many(30):
        made = list(SCENARIO.records(episode))
        pairs = [one for one in made if isinstance(one, Pair)]
        reasons = {one.messages[-1].content for one in made if one.purpose == "reason"}
        seen.add(episode.stop)
        if episode.stop is Stop.ACCEPTED:
            assert [one.purpose for one in made] == ["keep"]
        for one in pairs:
            assert not answers.equal(answers.final_answer(one.rejected) or "", episode.task.truth["answer"])
            assert ("positive" in one.meta) is (len(reasons) > 1)  # another working of the same question
            if "positive" in one.meta:
                assert one.meta["positive"] in reasons - {one.chosen}
                others += 1
    assert {Stop.SOLVED, Stop.ACCEPTED} <= seen
    assert others


def test_a_teacher_who_never_comes_to_the_answer_teaches_nothing_and_the_episode_says_so():
    for episode in many(8, {"teacher": Explainer(astray=1.0)}):
        assert episode.stop is (Stop.EXHAUSTED if episode.scores["mistaken"] else Stop.ACCEPTED)
        assert not any(one.purpose in ("reason", "contrast") for one in SCENARIO.records(episode))


def test_the_bank_is_drawn_as_records_each_mistake_once():
    for episode in many(12):
        bank = [one for one in SCENARIO.records(episode) if isinstance(one, Judged)]
        said = {one.said for one in SCENARIO.decisions(episode) if one.kind == "mistake"}
        assert bool(bank) == (True in said) == bool(episode.scores["mistaken"])
        assert len({one.response for one in bank}) == len(bank)
        assert all((one.purpose, one.verdict) == ("mistake", False) for one in bank)


def test_a_mistake_that_is_made_twice_is_one_and_lessons_keep_to_their_numbers():
    wrong = [
        {"text": f"{number} + 1 = {number + 1}\nThe answer is {number + 1}."}
        for number in (7001, 7001, 7002, 7003)
    ]
    gold = SCENARIO.world.generate(3, 0).truth["answer"]
    good = [{"text": f"Way {number}.\nThe answer is {gold}."} for number in (1, 1, 2, 3)]
    for positives, negatives in ((10, 4), (2, 1)):
        said, shown = iter(wrong), iter(good)
        cast = {
            "student": Program("student", {EXAM.name: lambda view, said=said: next(said)}),
            "teacher": Program("teacher", {CORRECT.name: lambda view, shown=shown: next(shown)}),
        }
        (episode,) = many(1, cast, positives=positives, negatives=negatives)
        made = list(SCENARIO.records(episode))
        assert sum(one.purpose == "mistake" for one in made) == 3
        reasons = [one for one in made if one.purpose == "reason"]
        assert len(reasons) == min(3, positives)
        assert all(len(one.meta["negatives"]) == min(3, negatives) for one in reasons)
        assert sum(isinstance(one, Pair) for one in made) == min(3, positives) * min(3, negatives)


def test_without_feedback_the_teacher_sees_no_mistake_and_names_no_rule():
    seen = []

    class Watching(Explainer):
        async def act(self, turn):
            seen.append(turn.view)
            return await super().act(turn)

    episodes = many(12, {"teacher": Watching(tailored=1.0)}, feedback=False, examples=2)
    assert len(seen) == 12 * 4  # it works every question out, whatever came of the exam
    assert all(set(view) == {"question", "demos"} and len(view["demos"]) == 2 for view in seen)
    assert not decided(episodes, "cause")
    student = Reckoner()
    for episode in episodes:
        taught = [one for one in SCENARIO.records(episode) if one.purpose == "reason"]
        assert taught
        assert student.studied(taught, 0) == student  # no rule is named, so none is held less firmly


def test_the_first_round_is_plain_as_many_as_are_set_are_and_later_exams_show_no_example():
    def given(number, **parameters):
        return SCENARIO.outer.parameters(number, SCENARIO.configure(parameters))

    assert [given(number) for number in (1, 2)] == [{"feedback": False}, {"shots": 0}]
    assert given(1, plain=0) == {}
    assert given(2, plain=2) == {"shots": 0, "feedback": False}


@pytest.mark.parametrize("keep", [0.0, 1.0])
def test_what_was_solved_in_all_samples_is_kept_at_the_share_that_is_set(keep):
    drawn = [Drawn(one, tuple(SCENARIO.records(one))) for one in many(20, keep=keep)]
    solved = [one for one in drawn if one.episode.stop is Stop.ACCEPTED]
    chosen = SCENARIO.outer.select(1, drawn, rng("keep"))
    assert solved
    assert [one for one in chosen if one.episode.stop is Stop.ACCEPTED] == (solved if keep else [])


def test_a_student_who_is_never_usable_ends_the_episode_and_a_test_asks_no_teacher():
    silent = Scripted({"student.exam": [{"words": "?"}]})
    assert played(0, {"student": silent}).stop is Stop.INVALID
    episode = played(0, teach=False, samples=1, shots=0)
    assert {event.role for event in episode.events} == {"student.held_out", "grader.grade"}
    assert {one.name: one.sampling.temperature for one in (EXAM, HELD_OUT)} == {
        EXAM.name: 0.7,
        HELD_OUT.name: 0,
    }
    assert HELD_OUT.instructions == EXAM.instructions  # it is told the same


def test_the_answer_is_shown_to_grader_and_teacher_alone():
    assert "answer" not in SCENARIO.roles[0].sees
    assert [role.name for role in SCENARIO.roles if "answer" in role.sees] == [
        "grader.grade",
        "teacher.correct",
    ]


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "svamp/problems.jsonl"])
def test_real_records(name):
    file = shared(name)
    read = [next(r for r in READERS if r.keys <= row.data.keys()).read(row) for row in list(rows(file))[:12]]
    for index, task in enumerate(read):
        episode = played(index, task=task)
        assert episode.stop in (Stop.SOLVED, Stop.ACCEPTED, Stop.EXHAUSTED)
        assert all(not faults(record, episode) for record in SCENARIO.records(episode))
        assert all(one.said == one.true for one in SCENARIO.decisions(episode) if one.kind == "mistake")


def test_the_same_seed_gives_the_same_bytes():
    assert digest(played(5).to_bytes().decode()) == digest(played(5).to_bytes().decode())
