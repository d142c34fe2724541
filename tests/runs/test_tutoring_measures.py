"""The measures of tutoring: definitions, laws, and intervals that hold what they promise."""

import asyncio
import math
from statistics import fmean

import pytest
from closed_form import within
from hypothesis import given
from hypothesis import strategies as st

from maieutic import faults, rng
from maieutic.agents.simulated.critic import Critic
from maieutic.agents.simulated.silent import Silent
from maieutic.agents.simulated.student import Student
from maieutic.agents.simulated.teacher import Teacher
from maieutic.runs import tutoring as measured
from maieutic.runs import wilson
from maieutic.runs.tutoring import (
    auc,
    brier,
    code_accuracy,
    code_macro_f1,
    diagnosis,
    gain,
    leak_precision,
    leak_recall,
    mean,
    move_entropy,
    net_success_at,
    responsiveness,
    retention,
    retention_gain,
    retention_share,
    share,
    student_bias,
    success_at,
    telling_at,
    transfer,
    transfer_gain,
    turns_to_success,
)
from maieutic.scenarios import Lesson, assemble, catalogue, play

FLAGS = st.lists(st.booleans(), max_size=5).map(tuple)
LESSONS = st.lists(st.builds(Lesson, opened=st.none() | st.booleans(), right=FLAGS, told=FLAGS), max_size=8)


def test_an_echo_of_a_told_answer_is_a_success_and_a_telling_but_no_net_success():
    echoed = Lesson(opened=False, right=(False, True), told=(False, True))
    found = Lesson(opened=False, right=(False, True), told=(False, False, True))
    lost = Lesson(opened=False, right=(False, False), told=(True, False))
    lessons = [echoed, found, lost]
    assert success_at(lessons, 1).mean == 0
    assert success_at(lessons, 2).mean == 2 / 3
    assert telling_at(lessons, 1).mean == 1 / 3
    assert telling_at(lessons, 2).mean == 2 / 3, "told after it was found is no telling"
    assert net_success_at(lessons, 2).mean == 1 / 3
    assert turns_to_success(lessons).mean == 2


def test_a_right_opening_counts_neither_for_nor_against_the_teaching():
    taught = Lesson(opened=False, right=(True,), told=(False,))
    assert success_at([taught, Lesson(opened=True)], 1).n == 1


@given(LESSONS, st.integers(1, 6))
def test_success_grows_with_the_turns_and_holds_net_success(lessons, k):
    now, later = success_at(lessons, k), success_at(lessons, k + 1)
    if now is None:
        assert later is None
        return
    net = net_success_at(lessons, k)
    told = [one for one in lessons if not one.opened and one.success and one.success <= k and one.telling]
    assert now.mean <= later.mean
    assert net.n == now.n
    assert round((now.mean - net.mean) * now.n) == len(told)


def test_gain_is_what_was_gained_over_what_there_was_to_gain():
    lessons = [Lesson(before=0.0, after=0.5), Lesson(before=0.8, after=1.0), Lesson(before=1.0, after=1.0)]
    assert gain(lessons).mean == pytest.approx(0.7 / 1.2)
    assert [one.gain for one in lessons] == [0.5, pytest.approx(1.0), None]


def test_transfer_is_measured_on_siblings_and_beside_their_own_pretest():
    lessons = [Lesson(transfer_before=0.25, transfer=0.75), Lesson(transfer=0.25)]
    assert transfer(lessons).mean == 0.5
    assert transfer_gain(lessons).mean == 0.5


def test_leaks_are_held_against_what_the_words_give_away():
    lessons = [Lesson(leaks=((True, True), (True, False))), Lesson(leaks=((False, True), (False, False)))]
    assert (leak_precision(lessons).mean, leak_recall(lessons).mean) == (0.5, 0.5)
    assert leak_precision([Lesson(leaks=((False, True),))]) is None


def test_measures_of_which_nothing_is_known_are_left_out():
    assert measured([]) == {}
    assert measured([Lesson(opened=True)]) == {}
    assert set(measured([Lesson(diagnoses={"step": (True,)})])) == {"diagnosis_step"}


def test_a_talk_that_the_critic_ended_counts_as_one_without_success_and_one_without_an_opening_does_not():
    refused, solved = Lesson(opened=False), Lesson(opened=False, right=(True,), told=(False,))
    assert success_at([refused, solved, Lesson()], 1).mean == 0.5
    assert measured([refused]) == {}


def test_moves_questions_help_and_claims():
    lessons = [
        Lesson(moves=("probing", "telling"), asks=(True, False), rung=1, urged=(True, False)),
        Lesson(moves=("probing", "telling"), asks=(True, True), rung=0, urged=(False, False)),
    ]
    made = measured(lessons)
    assert made["move_entropy"].mean == pytest.approx(1.0)
    assert made["question_share"].mean == 0.75
    assert made["hint_level"].mean == 0.5
    assert made["student_sycophancy"].mean == 0.25
    assert move_entropy([Lesson(moves=("telling",) * 3)]).mean == 0


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcg"), st.sampled_from("abcg")), max_size=6).map(tuple),
        max_size=6,
    )
)
def test_macro_f1_is_the_mean_over_the_classes_that_occur(lots):
    pairs = [pair for lot in lots for pair in lot]
    lessons = [Lesson(codes={"x": lot}) for lot in lots]
    found, right = code_macro_f1(lessons, "x"), code_accuracy(lessons, "x")
    if not pairs:
        assert found is None
        assert right is None
        return
    scores = []
    for name in {one for pair in pairs for one in pair}:
        hits = sum(said == true == name for said, true in pairs)
        missed = sum((said == name) != (true == name) for said, true in pairs)
        scores.append(2 * hits / (2 * hits + missed))
    assert found.mean == pytest.approx(fmean(scores))
    assert right.mean == pytest.approx(fmean(said == true for said, true in pairs))
    assert found.n == len(pairs)


# intervals


def test_a_share_of_one_flag_a_dialogue_has_wilsons_interval():
    found = share([[True]] * 8 + [[False]] * 2)
    assert (found.low, found.high) == pytest.approx(wilson(8, 10))


def test_what_is_kept_is_held_against_both_tests_before():
    lessons = [
        Lesson(before=0.25, after=0.75, retained=0.5),
        Lesson(before=0.0, after=0.25, retained=0.25),
        Lesson(before=0.0, after=1.0),
        Lesson(retained=0.75),
    ]
    assert retention(lessons).mean == 0.5
    assert retention_gain(lessons).mean == 0.25
    assert retention_share(lessons).mean == 0.75, "of the sums: half of a small gain weighs little"
    assert retention([Lesson(after=1.0)]) is None


@given(st.lists(st.booleans(), min_size=2, max_size=30), st.integers(2, 20))
def test_saying_the_same_thing_many_times_in_a_dialogue_makes_nothing_surer(flags, times):
    once, often = share([[flag] for flag in flags]), share([[flag] * times for flag in flags])
    assert often.mean == pytest.approx(once.mean)
    assert often.high - often.low >= (once.high - once.low) * 0.999


@given(st.lists(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), max_size=4), max_size=6))
def test_auc_is_the_share_of_pairs_in_the_right_order(lots):
    high = [chance for lot in lots for chance, known in lot if known]
    low = [chance for lot in lots for chance, known in lot if not known]
    found = auc(Lesson(beliefs=tuple(lot)) for lot in lots)
    if not high or not low:
        assert found is None
        return
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one in high for other in low]
    assert found.mean == pytest.approx(fmean(pairs))
    assert found.low is None or 0 <= found.low <= found.mean <= found.high <= 1


def test_a_clustered_auc_has_the_interval_of_its_dialogues():
    lots = [((0.2 + 0.1 * (n % 5), n % 3 == 0), (0.3 + 0.1 * (n % 4), n % 2 == 0)) for n in range(40)]
    once = auc(Lesson(beliefs=lot) for lot in lots)
    often = auc(Lesson(beliefs=lot * 7) for lot in lots)
    assert (often.mean, often.low, often.high) == pytest.approx((once.mean, once.low, once.high))


def _drawn(seed: int, lessons: int = 60) -> list[Lesson]:
    """Dialogues that differ from each other: each has its own chance, so that its turns are not independent."""
    chance, made = rng(0, "lessons", str(seed)), []
    for _ in range(lessons):
        skill = chance.random()
        known = [chance.random() < skill for _ in range(chance.randint(1, 6))]
        beliefs = tuple((min(1.0, max(0.0, chance.gauss(0.35 + 0.3 * one, 0.25))), one) for one in known)
        codes = tuple((chance.choice("ab"), "a" if one else "b") for one in known)
        moves = tuple(chance.choices(("probing", "focus", "telling"), (1 + 9 * skill, 2, 1), k=len(known)))
        made.append(
            Lesson(beliefs=beliefs, diagnoses={"step": tuple(known)}, codes={"step": codes}, moves=moves)
        )
    return made


def test_intervals_cover_the_truth_about_as_often_as_they_say_though_turns_cluster():
    large, lots = _drawn(10**6, 15_000), [_drawn(seed) for seed in range(160)]
    for measure in (
        lambda them: diagnosis(them, "step"),
        brier,
        auc,
        move_entropy,
        lambda them: code_macro_f1(them, "step"),
    ):
        true = measure(large).mean
        found = [measure(lot) for lot in lots]
        covered = fmean(one.low <= true <= one.high for one in found)
        assert 0.9 <= covered <= 0.99, covered


def test_an_interval_of_means_is_the_normal_one():
    found = mean([1.0, 2.0, 3.0, 4.0])
    half = 1.96 * math.sqrt(5 / 3 / 4)
    assert (found.mean, found.low, found.high) == pytest.approx((2.5, 2.5 - half, 2.5 + half))
    assert mean([2.0]).low is None


# a scenario's own lessons


def test_socratic_lessons_say_what_the_simulated_cast_was_told_to_be():
    scenario = catalogue.load("socratic-math")
    student = Student(learn=0.3, told=0.3, slip=0.1, guess=0.2)

    async def all_of(n: int):
        tasks = list(enumerate(scenario.world.generate(5, i) for i in range(n)))
        return [await play(scenario, task, seed=i, cast={"student": student}) for i, task in tasks]

    episodes = asyncio.run(all_of(150))
    lessons = [scenario.lesson(one) for one in episodes]
    assert None not in lessons
    for episode, lesson in zip(episodes, lessons, strict=True):
        if lesson.opened is False:
            assert episode.scores["success"] == float(lesson.success is not None)
            assert episode.scores["net_success"] == float(
                lesson.success is not None and lesson.telling is None
            )
            assert episode.scores.get("turns_to_success") == lesson.success
        assert lesson.after >= lesson.before, "nothing is forgotten"
    learnt = responsiveness(lessons, to=True)
    assert learnt.low <= student.learn <= learnt.high
    assert responsiveness(lessons, to=False).mean == 0, "nobody learns what is not spoken of"
    known = fmean(chance for one in lessons for chance, _ in one.planned)
    bias = student_bias(lessons)
    assert bias.low <= (1 - known) * student.guess - known * student.slip <= bias.high


def examined_in(n: int, student: Student, **cast: object):
    scenario = catalogue.load("socratic-math")

    async def all_of():
        tasks = [scenario.world.generate(4, i) for i in range(n)]
        asked = {"tests": 6, "siblings": 2, "claims": 3}
        return [
            await play(scenario, task, seed=i, cast={"student": student, **cast}, parameters=asked)
            for i, task in enumerate(tasks)
        ]

    return scenario, asyncio.run(all_of())


def test_tests_outside_the_dialogue_measure_what_is_known_and_no_echo():
    """A student who takes over every number and learns nothing solves the problem, and gains nothing."""
    sure = {"slip": 0.0, "guess": 0.0, "prior": 0.3}
    leaky = Teacher(leak=1.0), Critic(sensitivity=0.0, specificity=1.0)
    scenario, echoed = examined_in(
        14, Student(learn=0, told=0, echo=1.0, **sure), teacher=leaky[0], critic=leaky[1]
    )
    found = measured([scenario.lesson(one) for one in echoed])
    assert found["success@1"].mean == found["telling@1"].mean == 1
    assert found["net_success@1"].mean == found["delta"].mean == found["transfer_gain"].mean == 0
    assert found["student_sycophancy"].mean == 1
    scenario, taught = examined_in(14, Student(learn=1.0, told=1.0, echo=0.0, **sure))
    found = measured([scenario.lesson(one) for one in taught])
    assert found["gain"].mean > 0.8
    assert found["transfer_gain"].mean > 0.3
    assert found["student_sycophancy"].mean == 0
    for episode in taught:
        minds = [event.memory["known"] for event in episode.by_role("student.reply")]
        for event in episode.by_role("student.test"):
            assert event.memory["known"] in minds, "a test teaches nothing"
        assert {one.parent for one in episode.by_role("student.test")} <= {
            one.id for one in episode.by_role("student.reply")
        }
        assert not [fault for one in scenario.records(episode) for fault in faults(one, episode)]


@pytest.mark.parametrize(("forget", "later"), [(0.1, 6), (0.0, 6), (1.0, 1)])
def test_what_is_left_after_other_lessons_is_the_closed_form_of_forgetting(forget, later):
    scenario = catalogue.load("socratic-math")
    sure = Student(learn=1.0, told=1.0, echo=0.0, slip=0, guess=0, prior=0.3, forget=forget)
    asked, lessons, skills = assemble(scenario, parameters={"later": later}, cast={"student": sure}), [], []
    for place in range(40):
        episode = asyncio.run(asked.play(scenario.world.generate(4, place), place))
        lessons.append(scenario.lesson(episode))
        for event in episode.by_role("student.test"):
            then = next(one.memory["known"] for one in episode.events if one.id == event.parent)
            skills += [now for skill, now in event.memory["known"].items() if then[skill]]
            assert not any(now for skill, now in event.memory["known"].items() if not then[skill])
            assert right(event, episode) == all(event.memory["known"].values())
    assert len(skills) > 60
    kept = (1 - forget) ** later
    assert within(sum(skills), len(skills), kept) if 0 < kept < 1 else sum(skills) == kept * len(skills)
    found = measured(lessons)
    assert found["retention_share"].low - 1e-9 <= kept <= found["retention_share"].high + 1e-9


def right(event, episode):
    return event.answer["answer"] == episode.task.fields["answer"]


def test_late_attempts_are_counted_apart_from_all_others():
    scenario = catalogue.load("socratic-math")
    sure = Student(learn=1.0, told=1.0, echo=1.0, slip=0, guess=0, prior=0.0, forget=1.0)
    company = assemble(
        scenario,
        parameters={"tests": 3, "siblings": 1, "claims": 2, "later": 1},
        cast={"student": sure},
    )
    lesson = scenario.lesson(asyncio.run(company.play(scenario.world.generate(4, 1), 1)))
    assert (lesson.after, lesson.transfer, lesson.urged, lesson.retained) == (1, 1, (True, True), 0)


def test_without_a_tutor_nobody_gains():
    """The arm without a tutor: whatever is gained beside it is the tutor's doing."""
    scenario, alone = examined_in(10, Student(slip=0, guess=0), teacher=Silent())
    found = measured([scenario.lesson(one) for one in alone])
    assert found["delta"].mean == 0
    assert found["move_entropy"].mean == found["question_share"].mean == 0
    assert found[f"success@{7}"].mean == 0


def test_tests_leave_the_dialogue_as_it_was():
    scenario = catalogue.load("socratic-math")
    task = scenario.world.generate(4, 1)
    plain, examined = (
        asyncio.run(play(scenario, task, seed=5, parameters=given)) for given in ({}, {"tests": 0})
    )
    assert plain.to_bytes() == examined.to_bytes(), "what was added later changes no episode at its default"
    assert "tests" not in plain.parameters


def played(name: str, n: int, **options: object):
    scenario = catalogue.load(name)

    async def all_of():
        tasks = [scenario.world.generate(1, i) for i in range(n)]
        return [await play(scenario, task, seed=1000 + i, **options) for i, task in enumerate(tasks)]

    return scenario, asyncio.run(all_of())


def test_talks_about_bugs_are_lessons_by_what_the_student_understands():
    scenario, episodes = played("tree-instruct", 8)
    for episode in episodes:
        lesson = scenario.lesson(episode)
        assert len(lesson.right) == len(lesson.told) == len(episode.by_role("student.answer"))
        assert len(lesson.moves) == len(lesson.asks) == len(lesson.right)
        assert (lesson.opened, lesson.before) == (False, 0)
        assert lesson.right[-1] == (lesson.after == 1)
        assert sum(lesson.told) <= episode.scores["leaks"]
        plan = [one for one in scenario.decisions(episode) if one.kind == "plan" and one.said]
        assert len(lesson.diagnoses["plan"]) == len(plan)
    found = measured([scenario.lesson(one) for one in episodes])
    solved = [found[f"success@{k}"].mean for k in range(1, 8) if f"success@{k}" in found]
    assert solved == sorted(solved)
    assert solved[-1] > solved[0]
    assert found["gain"].mean > 0
    assert found["responds_to_help"].mean > found["responds_to_other"].mean


def test_coded_turns_are_diagnoses_that_err_as_often_as_the_tutor_was_told_to():
    from maieutic.agents.simulated.coder import Coder

    scenario, episodes = played("class-spock", 60, cast={"tutor": Coder(evaluation=0.2)})
    found = diagnosis([scenario.lesson(one) for one in episodes], "evaluation")
    assert found.low <= 0.8 <= found.high
    lessons = [scenario.lesson(one) for one in episodes]
    made = measured(lessons)
    kinds = [f"{by}{name}" for by in ("", "learner_") for name in ("evaluation", "action", "progress")]
    coded = {f"{kind}_{what}" for kind in kinds for what in ("accuracy", "macro_f1")}
    assert set(made) == {"diagnosis_evaluation", "question_share", "move_entropy"} | coded
    assert made["evaluation_accuracy"] == made["diagnosis_evaluation"]
    assert made["learner_evaluation_accuracy"].mean < 1


def test_what_is_no_tutoring_is_no_lesson():
    scenario, episodes = played("spar", 2)
    assert [scenario.lesson(one) for one in episodes] == [None, None]
