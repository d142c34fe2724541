"""Simulated tutoring: what the cast says is right as often as its parameters state, and is read as it was meant."""

import asyncio
from fractions import Fraction
from math import exp, lgamma, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from maieutic import digest, rng
from maieutic.agents import BadAnswer, Turn
from maieutic.agents.simulated.critic import Critic
from maieutic.agents.simulated.knowledge import Tracing, learned, observe, predict, trace
from maieutic.agents.simulated.problem import problem, values_of
from maieutic.agents.simulated.student import Mind, Student, fidelity
from maieutic.agents.simulated.teacher import Teacher
from maieutic.agents.simulated.working import (
    chain,
    claimed,
    equations,
    first_wrong,
    stated,
    target,
    written,
)
from maieutic.roles import granted, view
from maieutic.roles.critic import CRITIC_SCREEN
from maieutic.roles.student import STUDENT_REPLY
from maieutic.roles.teacher import TEACHER_TURN
from maieutic.worlds.word_problems import WORLD, answers, misconceptions
from maieutic.worlds.word_problems.steps import spell, value

probabilities = st.floats(0.01, 0.99)


def likely(successes, trials, p, at=0.001):
    """Whether `successes` lies within the exact two-sided binomial interval of `trials` at level `at`."""
    if p in (0, 1):
        return successes == trials * p

    def mass(k):
        ways = lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1)
        return exp(ways + k * log(p) + (trials - k) * log(1 - p))

    low = sum(mass(k) for k in range(successes + 1))
    high = sum(mass(k) for k in range(successes, trials + 1))
    return min(low, high) >= at / 2


def act(player, role, task, seed, memory=None, **fields):
    turn = Turn(
        role, view(role, task.fields, fields), seed, memory, granted(role, task.truth) if task.truth else None
    )
    return asyncio.run(player.act(turn))


def tasks(n, seed=5):
    return [WORLD.generate(seed, index) for index in range(n)]


def opened(student, n, seed=5):
    """(problem, mind, what was said) after the first attempts at `n` tasks."""
    found = []
    for place, task in enumerate(tasks(n, seed)):
        move = act(student, STUDENT_REPLY, task, place)
        found.append((problem(task.fields, task.truth), Mind.model_validate(move.memory), move.answer))
    return found


@given(probabilities, st.floats(0, 0.45), st.floats(0, 0.45), st.floats(0, 1))
def test_the_filter_obeys_the_law_of_total_probability(known, slip, guess, learn):
    skill = Tracing(slip=slip, guess=guess, learn=learn)
    right = predict(known, skill)
    mixed = right * observe(known, True, skill) + (1 - right) * observe(known, False, skill)
    assert mixed == pytest.approx(known)
    assert observe(known, True, skill) >= known >= observe(known, False, skill)
    assert known <= learned(known, learn) <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_one_who_knows_must_be_right_more_often_than_one_who_does_not(slip, guess):
    if 1 - slip <= guess:
        with pytest.raises(ValidationError, match="1 - slip must be above guess"):
            Student(slip=slip, guess=guess)
    else:
        assert predict(1, Student(slip=slip, guess=guess)) > predict(0, Student(slip=slip, guess=guess))


def test_a_trace_has_the_published_form():
    skill = Tracing(prior=0.3, learn=0.2, slip=0.1, guess=0.25)
    after = 0.3 * 0.9 / (0.3 * 0.9 + 0.7 * 0.25)
    after += (1 - after) * 0.2
    again = after * 0.1 / (after * 0.1 + (1 - after) * 0.75)
    assert trace([True, False], skill) == pytest.approx([0.3, after, again + (1 - again) * 0.2])


@pytest.mark.parametrize(
    "student", [Student(), Student(prior=0.7, slip=0.2, guess=0.3), Student(prior=0.2, slip=0.0, guess=0.0)]
)
def test_a_student_is_right_as_often_as_its_knowledge_says(student):
    found = fidelity(student, ((task, mind) for task, mind, _ in opened(student, 200)))
    assert found.steps > 200
    assert likely(found.right, found.steps, predict(student.prior, student))


def test_a_first_working_is_free_of_errors_as_often_as_its_closed_form_says():
    student = Student(prior=0.6, slip=0.1, guess=0.2)
    expected = spread = 0.0
    flawless = 0
    for task, mind, said in opened(student, 200):
        p = 1.0
        for skill in task.skills:
            uses = sum(task.skill(index) == skill for index in range(task.length))
            p *= student.prior * (1 - student.slip) ** uses + (1 - student.prior) * student.guess**uses
        expected, spread = expected + p, spread + p * (1 - p)
        fine = all(mark.how in ("known", "guess") for mark in mind.marks)
        flawless += fine
        assert not fine or answers.equal(said["answer"], task.answer)
    assert abs(flawless - expected) < 3.3 * spread**0.5


def test_a_students_wrong_steps_are_those_of_a_misconception_wherever_one_bites():
    student = Student(prior=0.3, slip=0.0)
    minds = opened(student, 200)
    for task, mind, _ in minds:
        values = values_of(mind.marks) if task.chain else []
        for index, step in enumerate(task.chain):
            if task.right(index, mind.marks) is False:
                left, name = written(step.expr, values), mind.marks[index].name
                assert not mind.known[step.skill]
                assert (name is None) == (misconceptions.applicable(left) == ())
                assert name is None or misconceptions.by_name(name).wrong(left) == values[index]
    found = fidelity(student, ((task, mind) for task, mind, _ in minds))
    assert found.wrong > 100
    assert found.misconception_share > 0.75
    assert found.own > 0.7 * found.misconceived  # where the one held is idle, another bites
    assert found.slips == 0


def test_slips_are_marked_in_memory_and_are_as_frequent_as_stated():
    student = Student(prior=1.0, slip=0.3)
    minds = opened(student, 200)
    found = fidelity(student, ((task, mind) for task, mind, _ in minds))
    assert likely(found.slips, found.steps, 0.3)
    for _, mind, _ in minds:
        assert {mark.how for mark in mind.marks} <= {"known", "slip"}


def test_what_a_student_says_is_what_it_holds_to_the_last_digit():
    for task, mind, said in opened(Student(prior=0.4, slip=0.2), 150):
        if task.chain and None not in values_of(mind.marks):
            assert stated(said["text"], task.chain) == values_of(mind.marks)
            assert answers.equal(said["answer"], mind.marks[-1].value)
            assert said["text"].rstrip(".").endswith((said["answer"], f"{said['answer']} in the end"))


def test_errors_propagate():
    seen = 0
    for task, mind, _ in opened(Student(prior=0.5, slip=0.0, guess=0.0), 100):
        values = values_of(mind.marks)
        for index, step in enumerate(task.chain):
            fed = [n for n in range(index) if f"#{n}" in step.expr and values[n] != task.chain[n].value]
            if fed and mind.marks[index].how == "known" and values[index] is not None:
                seen += 1
                assert values[index] == value(step.expr, values)
    assert seen > 10


def talk(task, student, teacher, seed, way="probe"):
    """One attempt, one teacher's turn, one reply."""
    first = act(student, STUDENT_REPLY, task, seed)
    history = [{"speaker": "student", "text": first.answer["text"]}]
    taught = act(teacher, TEACHER_TURN, task, seed + 1, history=history, way=way)
    history.append({"speaker": "teacher", "text": taught.answer["text"]})
    reply = act(student, STUDENT_REPLY, task, seed + 2, first.memory, history=history)
    return first, taught, reply


@pytest.mark.parametrize("way", ["probe", "focus", "hint", "tell"])
def test_a_student_understands_which_step_the_teacher_means_from_the_words_alone(way):
    teacher, student = Teacher(leak=0, misread=0.2), Student(prior=0.3)
    meant = understood = 0
    for task in tasks(60):
        if not task.truth["steps"]:
            continue
        _, taught, reply = talk(task, student, teacher, 7, way)
        meant += 1
        understood += Mind.model_validate(reply.memory).heard == taught.answer["target_step"]
    assert meant > 30
    assert understood >= 0.97 * meant


def test_a_teacher_without_errors_finds_the_first_wrong_step_and_the_misconception_behind_it():
    named = steps = 0
    for seed, task in enumerate(tasks(80)):
        first, taught, _ = talk(task, Student(prior=0.4, slip=0, guess=0), Teacher(leak=0, misread=0), seed)
        mind, what = Mind.model_validate(first.memory), problem(task.fields, task.truth)
        wrong = what.first_wrong(mind.marks)
        if wrong is None or not what.chain:
            continue
        steps += 1
        assert taught.answer["target_step"] == wrong
        if (name := mind.marks[wrong].name) is not None:
            step = what.chain[wrong]
            true = [one.value for one in what.chain]
            rivals = misconceptions.explain(written(step.expr, true), values_of(mind.marks)[wrong])
            assert name in rivals
            assert taught.answer["diagnosis"] in rivals
            named += taught.answer["diagnosis"] == name
    assert steps > 30
    assert named > 10


def test_a_teachers_belief_is_calibrated_where_its_model_of_the_student_is_right():
    student, teacher = (
        Student(prior=0.5, guess=0.2, slip=0.1),
        Teacher(prior=0.5, guess=0.2, slip=0.1, leak=0),
    )
    expected = spread = 0.0
    known = 0
    for seed, task in enumerate(tasks(200)):
        first, taught, _ = talk(task, student, teacher, 1000 + seed)
        mind = Mind.model_validate(first.memory)
        for skill, belief in taught.memory["beliefs"].items():
            expected += belief
            spread += belief * (1 - belief)
            known += mind.known[skill]
    assert abs(known - expected) < 3.3 * spread**0.5


def test_a_teacher_gives_the_answer_away_as_often_as_stated_and_never_else():
    drafts = leaks = 0
    for seed, task in enumerate(tasks(90)):
        for place, way in enumerate(("probe", "tell")):
            for leak in (0.3, 0.0):
                _, taught, _ = talk(task, Student(prior=0.2), Teacher(leak=leak), 10 * seed + place, way)
                told = answers.reveals(taught.answer["text"], task.fields["answer"], task.fields["question"])
                assert leak or not told, taught.answer["text"]
                drafts += leak > 0
                leaks += told
    assert likely(leaks, drafts, 0.3)


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.7, 0.9), (1.0, 1.0), (0.5, 0.6)])
def test_a_critic_errs_at_its_stated_rates(sensitivity, specificity):
    critic = Critic(sensitivity=sensitivity, specificity=specificity)
    task = next(
        one
        for one in tasks(30)
        if answers.reveals(
            f"The answer is {one.fields['answer']}.", one.fields["answer"], one.fields["question"]
        )
    )
    stopped = passed = 0
    for seed in range(300):
        leak = f"The answer is {task.fields['answer']}."
        stopped += act(critic, CRITIC_SCREEN, task, seed, draft=leak).answer["leaks"]
        passed += not act(critic, CRITIC_SCREEN, task, seed, draft="What did you do there?").answer["leaks"]
    assert likely(stopped, 300, sensitivity)
    assert likely(passed, 300, specificity)


def test_learning_is_as_likely_as_stated_and_likelier_when_the_step_is_shown():
    student = Student(prior=0, slip=0, guess=0, learn=0.3, told=0.8, echo=0)
    counts = {"probe": [0, 0], "tell": [0, 0]}
    for seed, task in enumerate(tasks(90)):
        if len(task.truth["steps"]) < 2:
            continue  # a last step is never shown
        for way, count in counts.items():
            _, taught, reply = talk(task, student, Teacher(leak=0, misread=0), 10 * seed, way)
            if way == "tell" and "=" not in taught.answer["text"]:
                continue  # its result was the answer itself, so it was held back
            count[0] += 1
            count[1] += bool(Mind.model_validate(reply.memory).learned)
    assert likely(counts["probe"][1], counts["probe"][0], 0.3)
    assert likely(counts["tell"][1], counts["tell"][0], 0.8)


def test_words_about_no_step_teach_nothing():
    student = Student(prior=0, learn=1, guess=0)
    for seed, task in enumerate(tasks(30)):
        first = act(student, STUDENT_REPLY, task, seed)
        history = [
            {"speaker": "student", "text": first.answer["text"]},
            {"speaker": "teacher", "text": "Hm, ok!"},
        ]
        reply = act(student, STUDENT_REPLY, task, seed, first.memory, history=history)
        mind = Mind.model_validate(reply.memory)
        assert (mind.heard, mind.learned) == (None, ())
        assert reply.answer["answer"] == first.answer["answer"]


def test_an_echoing_student_takes_over_a_final_answer_true_or_false_and_knows_no_more_for_it():
    for seed, task in enumerate(tasks(30)):
        first = act(Student(prior=0, guess=0), STUDENT_REPLY, task, seed)
        for said in (task.fields["answer"], "987654"):
            history = [
                {"speaker": "student", "text": first.answer["text"]},
                {"speaker": "teacher", "text": f"The answer is {said}."},
            ]
            for echo in (0.0, 1.0):
                student = Student(prior=0, guess=0, learn=0, told=0, echo=echo)
                reply = act(student, STUDENT_REPLY, task, seed, first.memory, history=history)
                assert not any(Mind.model_validate(reply.memory).known.values())
                assert answers.equal(reply.answer["answer"], said) == bool(echo)


def test_a_given_attempt_is_shown_unchanged_and_owned():
    truth = {
        "steps": [
            {"expr": "6 * 3", "value": "18", "skill": "multiply", "says": "eggs in all boxes"},
            {"expr": "#0 + 5", "value": "23", "skill": "add", "says": "eggs with those in the bowl"},
            {"expr": "#1 / 2", "value": "23/2", "skill": "divide", "says": "half of them"},
        ],
        "answer": "23/2",
        "misconceptions": [],
    }
    attempt = (
        "There are 6 x 3 = 20 eggs in the boxes.\nWith the bowl that is 20 + 5 = 25 eggs.\nHalf is 12.5."
    )
    task = tasks(1)[0].model_copy(
        update={
            "fields": {"question": "6 boxes of 3 eggs and 5 more, halved?", "attempt": attempt},
            "truth": truth,
        }
    )
    first = act(Student(), STUDENT_REPLY, task, 0)
    mind = Mind.model_validate(first.memory)
    assert first.answer["text"] == attempt
    assert first.answer["answer"] == "12.5"
    assert mind.known == {"multiply": False, "add": True, "divide": True}
    assert mind.given
    assert values_of(mind.marks) == [20, 25, Fraction(25, 2)]


def test_a_problem_with_a_symbolic_answer_is_one_step():
    task = tasks(1)[0].model_copy(
        update={
            "fields": {"question": "Write four times a number.", "attempt": "x^4", "answer": "4x"},
            "truth": {
                "steps": [],
                "answer": "4x",
                "misconception": "power-for-product",
                "wrong_answer": "x^4",
            },
        }
    )
    student, teacher = Student(learn=1, slip=0), Teacher(leak=0, misread=0)
    first, taught, reply = talk(task, student, teacher, 3)
    assert first.answer["answer"] == "x^4"
    assert taught.answer["diagnosis"] == "power-for-product"
    assert reply.answer["answer"] == "4x"


def test_without_anything_to_be_right_about_there_is_no_answer():
    task = tasks(1)[0].model_copy(update={"fields": {"question": "?"}, "truth": {}})
    with pytest.raises(BadAnswer, match="steps or truth"):
        act(Student(), STUDENT_REPLY, task, 0)
    with pytest.raises(BadAnswer, match="draft"):
        act(Critic(), CRITIC_SCREEN, task, 0)


def test_working_in_prose_is_read_too():
    steps = chain(
        {
            "steps": [
                {"expr": "33 * 2", "value": "66", "skill": "multiply", "says": "the second pair"},
                {"expr": "#0 + 33", "value": "99", "skill": "add", "says": "both pairs together"},
                {"expr": "#1 + 5", "value": "104", "skill": "add", "says": "the boots"},
            ]
        }
    )
    text = "The other pair costs 2 x $33 = $66.\nTogether $33 + $66 = $99 and the boots $99 - $5 = $94."
    assert stated(text, steps) == [66, 99, 94]
    assert first_wrong(stated(text, steps), steps) == 2
    assert stated("So the boots are 94 + 10 = 104.", steps, before=[66, 99, 94]) == [66, 99, 104]
    assert [one.left for one in equations("80,000 × 1.5 = 120,000")] == ["80000*1.5"]
    assert target("What do the boots cost, compared with the heels?", steps, [66, 99, 94]) == 2
    assert target("How did you get 99?", steps, [66, 99, 94]) == 1
    assert target("Look at step 1 again.", steps, [66, 99, 94]) == 0
    assert target("Well done so far!", steps, [66, 99, 94]) is None
    assert claimed("so the final answer is $94.") == "94"


@given(st.fractions(max_denominator=400), st.integers(-50, 50))
@settings(max_examples=60)
def test_a_number_is_read_as_it_was_written(value, other):
    found = equations(f"Then {spell(Fraction(other))} + 1 = {spell(value)}")
    assert [one.right for one in found] == [value]


def test_the_same_seed_says_the_same_words_and_another_seed_others():
    task = tasks(1)[0]
    said = [act(Student(), STUDENT_REPLY, task, seed).answer["text"] for seed in (1, 1, *range(2, 12))]
    assert said[0] == said[1]
    assert len(set(said)) > 4
    assert rng(1, "x").random() == rng(1, "x").random()


def test_what_a_player_did_not_have_at_first_leaves_its_name_as_it_was():
    before = Student().model_dump(mode="json", exclude={"forget", "astray", "lapse"})
    assert Student().fingerprint == f"simulated-student:{digest(before)}"
    assert Student(forget=0.1).fingerprint != Student().fingerprint
