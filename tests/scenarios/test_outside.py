"""A student's state as its words show it: exact on simulated students, and infidelity at a rate comes out at that rate."""

from itertools import islice

import pytest
from closed_form import played, within

from maieutic import Stop
from maieutic.agents import Program, Scripted
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.critic import Critic
from maieutic.agents.simulated.debugger import Debugger
from maieutic.agents.simulated.problem import problem
from maieutic.agents.simulated.silent import Silent
from maieutic.agents.simulated.student import Mind, Student
from maieutic.agents.simulated.teacher import Teacher
from maieutic.runs.tutoring import tutoring as measured
from maieutic.scenarios import assemble, catalogue
from maieutic.scenarios.socratic.minds import shown
from maieutic.scenarios.socratic.outside import keeps, openings, planted, states
from maieutic.scenarios.socratic_math import SCENARIO
from maieutic.worlds import Row
from maieutic.worlds.word_problems.planted import PLANTED, generate_planted, plantable
from maieutic.worlds.word_problems.readers import mae, mathdial
from maieutic.worlds.word_problems.steps import Step

EXACT = {"slip": 0.0, "guess": 0.0, "echo": 0.0}
SAME = ("student_faithful", "student_overreach", "student_misconceived", "student_bias", "student_keeps")


def talks(n, student, tasks=PLANTED.generate, parameters=None, **cast):
    company = assemble(SCENARIO, cast={"student": student, **cast}, parameters=parameters)
    return played(company, [tasks(7, place) for place in range(n)])


def without_memory(episode):
    """The same words, of somebody whose mind nobody can read."""
    return episode.model_copy(
        update={"events": tuple(event.model_copy(update={"memory": None}) for event in episode.events)}
    )


def outside(episodes):
    return measured([SCENARIO.lesson(without_memory(one)) for one in episodes])


def test_a_planted_misconception_spoils_one_skill_and_the_answer_and_the_profile_tells_it():
    for task in (generate_planted(1, index) for index in range(40)):
        found = problem(task.fields, task.truth)
        plan = planted(found)
        assert task.truth["misconception"] in plantable(found.chain)
        wrong = {found.skill(at) for at, mark in enumerate(plan.marks) if not found.right(at, plan.marks)}
        assert wrong == set(task.truth["lacks"])
        assert plan.final != str(found.chain[-1].value)
        assert task.fields["profile"]
        assert task.truth["answer"] not in task.fields["profile"].split()


def test_what_a_simulated_student_says_shows_its_memory_step_by_step():
    for episode in talks(40, Student(**EXACT)):
        states_said = shown(episode)
        assert states_said
        for event in episode.by_role("student.reply"):
            said, true = states_said[event.id], Mind.model_validate(event.memory)
            assert [one.value for one in said.marks] == [one.value for one in true.marks]
            assert said.known == true.known
            assert said.learned == true.learned
            assert said.heard == true.heard


def test_outside_measures_of_a_noisy_student_agree_with_those_of_its_memory():
    episodes = talks(80, Student())
    inside = measured([SCENARIO.lesson(one) for one in episodes])
    said = outside(episodes)
    for name in (*SAME, "diagnosis_step", "success@3"):
        assert inside[name].low <= said[name].mean <= inside[name].high, name
        assert said[name].low <= inside[name].mean <= said[name].high, name
    found = [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "keeps"]
    assert {one.said for one in found} == {True, False}
    assert all(one.said == one.true for one in found)


@pytest.mark.parametrize("q", [0.0, 0.2, 0.7])
def test_infidelity_at_a_rate_is_recovered_as_that_rate(q):
    short = {"parameters": {"turns": 1}, "teacher": Silent()}
    reach = outside(talks(80, Student(**EXACT | {"guess": q}), **short))["student_overreach"]
    assert within(round(reach.mean * reach.n), reach.n, q)
    strays = outside(talks(80, Student(**EXACT, astray=q), **short))["student_misconceived"]
    assert within(round(strays.mean * strays.n), strays.n, 1 - q)


@pytest.mark.parametrize("q", [0.1, 0.4])
def test_giving_up_unasked_shows_in_what_is_kept_as_the_powers_of_its_rate(q):
    episodes = talks(
        80, Student(**EXACT, lapse=q, learn=0, told=0), teacher=Silent(), critic=Critic(sensitivity=0)
    )
    lessons = [SCENARIO.lesson(without_memory(one)) for one in episodes]
    for k in (1, 2, 3):
        still = [all(one.kept[: k + 1]) for one in lessons]
        assert within(sum(still), len(still), (1 - q) ** k)
    found = measured(lessons)["responds_to_other"]
    assert within(round(found.mean * found.n), found.n, q)


def test_final_answers_alone_show_as_much_as_whole_workings():
    episodes = talks(40, Student(**EXACT), teacher=Teacher(leak=0.0))
    bare = []
    for episode in map(without_memory, episodes):
        events = [
            event.model_copy(update={"answer": event.answer | {"text": "That is what I get."}})
            if event.seat == "student"
            else event
            for event in episode.events
        ]
        bare.append(episode.model_copy(update={"events": tuple(events)}))
    full, short = ([SCENARIO.lesson(without_memory(one)) for one in some] for some in (episodes, bare))
    assert [one.kept for one in short] == [one.kept for one in full]
    assert [one.planned for one in short] == [one.planned for one in full]
    assert not any(one.diagnoses["step"] for one in short), "which step is wrong, nobody can read there"


def test_words_that_say_nothing_are_faithful_to_nobody():
    task = generate_planted(3, 0)
    found = problem(task.fields, task.truth)
    plan = planted(found)
    assert list(openings(found, "Well, let me see.", None, plan)) == []
    assert list(openings(found, "loaves of", "perhaps", plan)) == []
    whole = list(openings(found, "So", str(plan.final), plan))
    assert len(whole) == len(found.skills)
    assert all(well == has for has, well, _ in whole)


def test_a_student_that_can_do_all_is_found_out():
    """A frozen strong model in the student's seat: right from the start, whatever its profile says."""
    tasks = [generate_planted(2, place) for place in range(6)]
    solved = {task.fields["question"]: task.fields for task in tasks}

    def strong(view):
        assert "never understood" in view["profile"]
        fields = solved[view["question"]]
        return {"text": fields["solution"], "answer": fields["answer"]}

    company = assemble(SCENARIO, cast={"student": Program("strong", {"student.reply": strong})})
    episodes = played(company, tasks)
    assert {one.stop for one in episodes} == {Stop.ACCEPTED}
    found = measured([SCENARIO.lesson(one) for one in episodes])
    assert (found["student_overreach"].mean, found["student_keeps"].mean) == (1, 0)
    assert found["student_bias"].mean > 0
    assert found["student_overreach"].n == len(tasks)
    assert "student_misconceived" not in found, (
        "nothing went wrong, so that nothing could go wrong as planted"
    )


DIALOGUE = {
    "qid": 7,
    "question": "Ann has 12 boxes of 3 eggs. She breaks 5 eggs. How many are left?",
    "ground_truth": "There are 12 * 3 = 36 eggs.\nThat leaves 36 - 5 = 31.\n31",
    "student_incorrect_solution": "There are 12 * 3 = 36 eggs.\n36 + 5 = 41.\n41",
    "student_profile": "Ada is in 7th grade. She mixes up what to add and what to take away.",
}


def said(*answers, task=DIALOGUE):
    replies = [{"text": text, "answer": answer} for text, answer in answers]
    teacher = {
        "text": "You wrote 36 + 5 = 41. Are there more eggs now?",
        "move": "probing",
        "diagnosis": "adds what was lost",
        "target_step": 1,
    }
    cast = {
        "student": Scripted({"student.reply": replies}),
        "teacher": Scripted(
            {"teacher.turn": [{"text": "Go on.", "move": "generic", "target_step": 1}, teacher]}
        ),
        "critic": Scripted({"critic.screen": [{"leaks": False, "reason": ""}]}),
    }
    (episode,) = played(assemble(SCENARIO, cast=cast, parameters={"turns": 3}), [mathdial(Row(task, "x", 1))])
    return episode


def test_a_wrong_working_that_a_record_brings_is_kept_until_the_tutor_speaks_of_it():
    faithful = SCENARIO.lesson(said(("I add: 36 + 5 = 41", "41"), ("It is 41.", "41"), ("36 - 5 = 31", "31")))
    assert faithful.kept == (True, True)
    assert faithful.guided == ((False, False), (True, True))
    fickle = SCENARIO.lesson(said(("I add: 36 + 5 = 41", "41"), ("36 - 5 = 31", "31")))
    assert fickle.kept == (True, False)
    assert fickle.guided == ((False, True),)
    part = SCENARIO.lesson(said(("I add: 36 + 5 = 41", "41"), ("12 * 3 = 36", "36"), ("36 - 5 = 31", "31")))
    assert part.kept == (True, True), "the result of a step is no new final answer"
    other = SCENARIO.lesson(said(("36 * 5 = 180", "180"), ("I do not know.", None), ("36 - 5 = 31", "31")))
    assert other.kept == (False,), (
        "an opening of another working is not the student's; no answer says nothing"
    )


def test_the_profile_of_a_record_reaches_the_student_and_nobody_else_in_tests_too():
    seen = {"student.reply": [], "student.test": [], "teacher.turn": [], "critic.screen": []}

    def of(role, answer):
        return lambda view: seen[role].append(set(view)) or answer

    wrong = {"text": "36 + 5 = 41", "answer": "41"}
    cast = {
        "student": Program("s", {role: of(role, wrong) for role in ("student.reply", "student.test")}),
        "teacher": Program("t", {"teacher.turn": of("teacher.turn", {"text": "Go on.", "move": "generic"})}),
        "critic": Program("c", {"critic.screen": of("critic.screen", {"leaks": False, "reason": ""})}),
    }
    played(
        assemble(SCENARIO, cast=cast, parameters={"turns": 1, "tests": 1}), [mathdial(Row(DIALOGUE, "x", 1))]
    )
    assert all({"profile", "attempt"} <= view for view in seen["student.reply"])
    first, last = seen["student.test"]
    assert {"profile", "attempt"} <= first
    assert "history" not in first
    assert {"profile", "history"} <= last
    assert not any("profile" in view for role in ("teacher.turn", "critic.screen") for view in seen[role])


def test_words_of_a_tutor_that_are_no_name_are_not_held_against_a_name():
    episode = said(("There are 12 * 3 = 36 eggs. 36 + 5 = 41", "41"), ("It is 41.", "41"))
    lesson = SCENARIO.lesson(episode)
    assert lesson.diagnoses["misconception"][:1] == (False,), "one who names nothing misses what there is"
    assert len(lesson.diagnoses["misconception"]) < len(lesson.diagnoses["step"])


def test_an_answer_that_the_tutor_gave_away_shows_no_understanding():
    record = mathdial(Row(DIALOGUE, "x", 1))
    task = problem(record.fields, record.truth)
    plan = planted(task)
    replies = [("36 + 5 = 41", "41"), ("OK, 31 then.", "31")]
    told, alone = (states(task, replies, [heard], plan) for heard in ("The answer is 31.", "Look again."))
    assert not told[1].learned
    assert alone[1].learned
    assert not keeps(task, plan, told[1])


def test_a_misconception_without_steps_is_known_by_its_answer():
    row = {
        "Misconception ID": "MaE99",
        "Misconception": "Unlike terms are put together.",
        "Topic": "Algebra",
        "Question": "Simplify 2a + 3b",
        "Incorrect Answer": "5ab",
        "Correct Answer": "2a + 3b",
    }
    task = mae(Row(row, "x", 1))
    assert "Unlike terms" in task.fields["profile"]
    found = problem(task.fields, task.truth)
    plan = planted(found)
    first, second, third = states(
        found, [("x", "5ab"), ("y", "6ab"), ("z", "2a + 3b")], ["Is that one term?", "Look at a and b."], plan
    )
    assert [keeps(found, plan, one) for one in (first, second, third)] == [True, False, False]
    assert [one.known[found.skill(0)] for one in (first, second, third)] == [False, False, True]


def test_a_working_that_is_right_or_cannot_be_read_plants_nothing():
    for attempt in ("There are 12 * 3 = 36 eggs.\n36 - 5 = 31.\n31", "[Image]"):
        task = mathdial(Row(DIALOGUE | {"student_incorrect_solution": attempt}, "x", 1))
        assert planted(problem(task.fields, task.truth)) is None


def test_problems_in_which_nothing_can_be_planted_are_passed_over():
    step = Step(expr="2 + 2", value="4", skill="addition")
    assert plantable([step]) == []
    assert len({task.id for task in islice((PLANTED.generate(0, place) for place in range(9)), 9)}) == 9


def of_words(scenario, episodes):
    return [scenario.lesson(masked(one)) for one in episodes]


def masked(episode):
    """The same talk with a student whose mind nobody can read."""
    events = (
        event.model_copy(update={"memory": None}) if event.seat == "student" else event
        for event in episode.events
    )
    return episode.model_copy(update={"events": tuple(events)})


@pytest.mark.parametrize("mode", ["tree", "vanilla"])
def test_a_debugger_who_says_what_it_understands_is_known_by_its_words_and_its_lists(mode):
    scenario = catalogue.load("tree-instruct")
    plain = Debugger(guess=0, slip=0, shallow=0, careless=0, echo=0, forget=0.2)
    company = assemble(scenario, cast={"student": plain}, parameters={"mode": mode, "later": 3})
    episodes = played(company, [scenario.world.generate(3, place) for place in range(10)])
    inside = [scenario.lesson(one) for one in episodes]
    for said, true in zip(of_words(scenario, episodes), inside, strict=True):
        assert said.right == true.right
        assert said.guided == true.guided
        assert (said.after, said.retained) == (true.after, true.retained)
        assert said.before is None, "nobody asked before the talk"
        assert (said.told, said.moves, said.diagnoses) == (true.told, true.moves, true.diagnoses)
    assert {flag for one in inside for flag in one.right} == {True, False}


def test_a_debugger_who_says_nothing_of_worth_has_learnt_nothing_by_its_words():
    scenario = catalogue.load("tree-instruct")
    cast = {"student": Scripted({"student.answer": [{"text": "Maybe."}], "student.fixes": [{"fixes": []}]})}
    (episode,) = played(assemble(scenario, cast=cast), [scenario.world.generate(3, 1)])
    lesson = scenario.lesson(episode)
    assert lesson.right
    assert not any(lesson.right)
    assert not any(learnt for _, learnt in lesson.guided)
    assert "success@1" in measured([lesson])


def coded(scenario, episode):
    """Event -> what the tutor's codes were held to be there."""
    found = {}
    for one in scenario.decisions(episode):
        if one.kind in ("evaluation", "action", "progress"):
            found.setdefault(one.event, []).append((one.kind, one.said, one.true))
    return found


def test_results_that_a_student_states_are_known_to_be_right_or_wrong_and_other_words_are_not():
    scenario = catalogue.load("class-spock")
    company = assemble(scenario, cast={"tutor": Coder(evaluation=0.2)})
    episodes = played(company, [scenario.world.generate(3, place) for place in range(30)])
    inside = [scenario.lesson(one) for one in episodes]
    said = of_words(scenario, episodes)
    shared = numbers = 0
    for episode in episodes:
        by_words, by_memory = (coded(scenario, talk) for talk in (masked(episode), episode))
        assert by_words.items() <= by_memory.items()
        shared, numbers = shared + len(by_words), numbers + len(by_memory)
    assert 0.5 * numbers < shared < numbers
    assert 0.7 < measured(said)["diagnosis_evaluation"].mean < 0.95, "it misreads one in five"
    assert not any(name in one.codes for one in said for name in ("evaluation", "action", "progress"))
    assert [one.moves for one in said] == [one.moves for one in inside]
