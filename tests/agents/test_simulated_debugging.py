import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from maieutic import rng
from maieutic.agents import BadAnswer, Turn
from maieutic.agents.simulated import bug_talk
from maieutic.agents.simulated.bug_talk import about, bugs_of, denies, evades, explained, meant, says_fix
from maieutic.agents.simulated.debugger import Debugger
from maieutic.agents.simulated.instructor import Instructor
from maieutic.agents.simulated.verifier import Verifier
from maieutic.roles import Answer, Role, debugger, instructor, verifier
from maieutic.worlds.programs.bugs import Bug

BUGS = [
    Bug(
        operator="found",
        buggy="",
        fixed="",
        kind="conceptual",
        concept="loop bound",
        line=3,
        description="The last one is left out.",
        fix="Replace `n - 1` with `n` on line 3",
    ),
    Bug(
        operator="found",
        buggy="",
        fixed="",
        kind="conceptual",
        concept="loop bound",
        line=9,
        description="The last one is left out.",
        fix="Replace `m - 1` with `m` on line 9",
    ),
    Bug(
        operator="found",
        buggy="",
        fixed="",
        kind="syntactic",
        concept="loop",
        line=5,
        description="The loop bound is met before the body runs.",
        fix="Replace `while 0` with `while 1` on line 5",
    ),
    Bug(
        operator="found",
        buggy="",
        fixed="",
        kind="conceptual",
        concept="base case",
        line=12,
        description="An empty list is treated as if it were correct to fail.",
        fix="Replace `if x` with `if not x` on line 12",
    ),
]
TRUTH = {"bugs": [bug.model_dump() for bug in BUGS]}
FIXES = [bug.fix for bug in BUGS]
EXACT = Verifier(false_yes=0, false_no=0, misjudge=0)
TRUE = {"guess": 0, "slip": 0, "shallow": 0, "volunteer": 0, "careless": 0, "echo": 0}

places = st.integers(0, len(BUGS) - 1)
seeds = st.integers(0, 2**63 - 1)


def act(player, role, seed=0, memory=None, truth=TRUTH, **view):
    return asyncio.run(player.act(Turn(role, view, seed, memory, truth)))


def answer(student, question, seed=0, memory=None):
    return act(student, debugger.ANSWER, seed, memory, question=question)


# Words


@given(places, seeds)
def test_what_one_explains_another_reads_as_this_bug_and_no_other(place, seed):
    text = bug_talk.explain(BUGS[place], rng(seed))
    assert explained(text, BUGS) == [place]
    assert meant(text, BUGS) == place
    assert not denies(text, BUGS)
    assert not evades(text)


@given(places, seeds)
def test_a_remark_is_about_the_bug_and_says_nothing_of_what_is_wrong(place, seed):
    text = bug_talk.remark(BUGS[place], rng(seed))
    assert about(text, BUGS) == [place]
    assert explained(text, BUGS) == []
    assert not denies(text, BUGS)
    assert not evades(text)


@given(places, seeds)
def test_a_denial_is_read_as_one_and_an_evasion_too(place, seed):
    text = bug_talk.deny(BUGS[place], rng(seed))
    assert denies(text, BUGS)
    assert about(text, BUGS) == [place]
    assert explained(text, BUGS) == []
    nothing = bug_talk.evade(rng(seed))
    assert evades(nothing)
    assert about(nothing, BUGS) == explained(nothing, BUGS) == []
    assert not denies(nothing, BUGS)


@given(places, places, seeds)
def test_what_is_said_of_one_bug_does_not_rub_off_on_another(right, wrong, seed):
    chance = rng(seed)
    text = f"{bug_talk.explain(BUGS[right], chance)} {bug_talk.deny(BUGS[wrong], chance)}"
    assert explained(text, BUGS) == [right]
    assert denies(text, BUGS)


def test_a_line_decides_between_bugs_of_one_concept_and_longer_concepts_win():
    assert about("Is the loop bound right?", BUGS) == [0, 1]
    assert about("And the loop bound on line 9?", BUGS) == [1]
    assert about("And the loop bounds?", BUGS) == [0, 1]
    assert about("Does the LOOP ever run?", BUGS) == [2]
    assert about("The loop bound on line 3 and the base case", BUGS) == [0, 3]
    assert about("The outlook, the database cases", BUGS) == []
    assert about("What does line 12 do?", BUGS) == [3]
    assert about("What does line 120 do?", BUGS) == []


def test_free_words_are_read_by_the_words_that_they_share_with_a_description():
    assert explained("Ah, an empty list is treated as something to fail on, on line 12", BUGS) == [3]
    assert explained("Ah, an empty list is treated as something to fail on, on line 4", BUGS) == []
    assert explained("Lists are nice.", BUGS) == []


def test_a_fix_is_found_however_it_is_spaced_or_quoted():
    assert says_fix("So: replace n - 1  with n\non line 3.", BUGS[0])
    assert not says_fix("So: replace n - 2 with n on line 3.", BUGS[0])


def test_truth_without_bugs_has_none_and_a_bug_that_lacks_something_is_an_error():
    assert bugs_of(None) == bugs_of({}) == []
    assert bugs_of(TRUTH) == BUGS
    with pytest.raises(ValidationError, match="concept"):
        bugs_of({"bugs": [{"line": 1}]})


# The student


@given(seeds, st.lists(st.booleans(), min_size=4, max_size=4), places)
def test_flags_are_raised_only_for_what_was_asked_and_never_fall(seed, flags, place):
    student = Debugger(learn=0.5)
    question = f"What of the {BUGS[place].concept} on line {BUGS[place].line}?"
    after = answer(student, question, seed, {"understood": flags, "showed": []}).memory["understood"]
    for other, (before, now) in enumerate(zip(flags, after, strict=True)):
        assert now >= before
        if other != place:
            assert now is before


@given(seeds)
def test_a_question_about_no_bug_teaches_nothing(seed):
    move = answer(Debugger(learn=1, taught=1), "Which names would you choose?", seed)
    assert move.memory["understood"] == [False] * 4
    assert evades(move.answer["text"])


@given(seeds, places, st.sampled_from(["learn", "taught"]))
def test_teaching_and_asking_have_their_own_chances(seed, place, only):
    student = Debugger(**{"learn": 0, "taught": 0, only: 1})
    bug = BUGS[place]
    asked = answer(student, f"What of the {bug.concept} on line {bug.line}?", seed).memory["understood"]
    told = answer(student, bug_talk.explain(bug, rng(seed)), seed).memory["understood"]
    assert asked[place] is (only == "learn")
    assert told[place] is (only == "taught")


@given(seeds, places)
def test_what_is_shown_is_what_the_words_say(seed, place):
    student = Debugger(known=0.5, learn=0.3, guess=0.3, slip=0.3, shallow=0.3, volunteer=0.5, vague=0.5)
    move = answer(student, f"What of the {BUGS[place].concept} on line {BUGS[place].line}?", seed)
    assert explained(move.answer["text"], BUGS) == move.memory["showed"]


def test_fixes_come_from_the_talk_and_from_understanding():
    def listed(student, *talk, flags=(True, True, False, False), seed=0):
        history = [{"speaker": "instructor", "text": text} for text in talk]
        memory = {"understood": list(flags), "showed": []}
        return act(student, debugger.FIXES, seed, memory, history=history).answer["fixes"]

    student = Debugger(**TRUE)
    assert listed(student) == []
    assert listed(student, "The loop bound on line 9?", "And the base case?") == [FIXES[1]]
    assert listed(student, "The loop bound?") == FIXES[:2]
    assert FIXES[0] not in listed(Debugger(**{**TRUE, "careless": 1}), "The loop bound?")
    told = f"The base case. So: {FIXES[3]}"
    assert listed(student, told) == []
    assert listed(Debugger(**{**TRUE, "echo": 1}), told) == [FIXES[3]]
    assert listed(Debugger(**{**TRUE, "echo": 1}), "The base case?") == []


def test_an_echo_repeats_what_was_said_and_understands_nothing():
    student = Debugger(**{**TRUE, "echo": 1}, learn=0, taught=0)
    for seed in range(20):
        move = answer(student, bug_talk.explain(BUGS[3], rng(seed)), seed)
        assert explained(move.answer["text"], BUGS) == [3]
        assert move.memory == {"understood": [False] * 4, "start": [False] * 4, "showed": [3]}


@pytest.mark.parametrize("name", ["known", "learn", "guess", "slip", "shallow"])
def test_each_chance_of_the_student_is_met(name):
    share, trials = 0.3, 600
    base = {**TRUE, "learn": 0, "taught": 0, "known": float(name in ("slip", "shallow"))}
    student = Debugger(**{**base, name: share})
    hits = 0
    for seed in range(trials):
        move = answer(student, "What of the base case?", seed)
        text, knows = move.answer["text"], move.memory["understood"][3]
        match name:
            case "known" | "learn":
                hits += knows
            case "guess":
                hits += explained(text, BUGS) == [3]
            case "slip":
                hits += denies(text, BUGS)
            case "shallow":
                hits += explained(text, BUGS) == []
    assert abs(hits / trials - share) < 3.29 * math.sqrt(share * (1 - share) / trials)


# The instructor


@given(
    seeds,
    places,
    st.sampled_from([instructor.QUESTION, instructor.SIBLING, instructor.CHILD, instructor.TEACH]),
)
def test_an_instructor_speaks_of_the_target_and_leaks_only_when_told_to(seed, place, role):
    view = {"target": f"See this on line {BUGS[place].line}: {BUGS[place].description}"}
    clean = act(Instructor(stray=0, leak=0, tell=0), role, seed, **view).answer["text"]
    assert about(clean, BUGS) == [place]
    assert not any(says_fix(clean, bug) for bug in BUGS)
    assert bool(explained(clean, BUGS)) is (role is instructor.TEACH)
    leaky = act(Instructor(stray=0, leak=1, tell=1), role, seed, **view).answer["text"]
    assert says_fix(leaky, BUGS[place])


@given(seeds)
def test_an_instructor_does_not_ask_the_same_again_while_there_is_another_way(seed):
    asked = []
    for turn in range(5):
        view = {"target": BUGS[3].description, "earlier_questions": asked}
        text = act(Instructor(stray=0, leak=0), instructor.SIBLING, seed + turn, **view).answer["text"]
        assert text not in asked
        asked = [*asked, text]


def test_without_truth_the_instructor_asks_about_the_target_in_its_own_words():
    move = act(Instructor(), instructor.QUESTION, truth={}, target="The sum starts at zero.")
    assert "The sum starts at zero." in move.answer["text"]


# The verifier


def judge(question, said, player=EXACT, seed=0):
    move = act(player, verifier.TURN, seed, question=question, answer=said)
    return move.answer["addresses_question"], move.answer["no_mistakes"]


def test_a_turn_is_judged_by_what_it_takes_up_and_by_what_it_gets_wrong():
    question = "What of the base case?"
    assert judge(question, f"On line 12: {BUGS[3].description}") == (True, True)
    assert judge(question, "It all depends on the base case.") == (True, True)
    assert judge(question, "The base case is fine as it is.") == (True, False)
    assert judge(question, "I am not sure what you mean.") == (False, True)
    assert judge(question, f"On line 9: {BUGS[1].description}") == (False, True)


def test_an_attribute_is_shown_by_the_students_words_alone():
    wanted, lesson = f"See this on line 12: {BUGS[3].description}", f"On line 12: {BUGS[3].description}"

    def shown(said, *history):
        view = {"attribute": wanted, "question": "Well?", "answer": said, "history": list(history)}
        return act(EXACT, verifier.ATTRIBUTE, **view).answer["understood"]

    assert shown(lesson)
    assert not shown("It depends on the base case on line 12.")
    assert not shown(f"On line 9: {BUGS[1].description}")
    assert not shown("Hm.", {"speaker": "instructor", "text": lesson})
    assert shown("Hm.", {"speaker": "student", "text": lesson})


@given(seeds, st.sets(places, min_size=1))
def test_a_plan_has_one_entry_a_bug_conceptual_ones_first(seed, kept):
    bugs = [BUGS[place] for place in sorted(kept)]
    truth = {"bugs": [bug.model_dump() for bug in bugs]}
    plan = act(EXACT, verifier.ATTRIBUTES, seed, truth=truth).answer["attributes"]
    found = [meant(one["text"], bugs) for one in plan]
    assert sorted(found) == list(range(len(bugs)))
    assert [one["kind"] for one in plan] == sorted(one["kind"] for one in plan)
    for one, place in zip(plan, found, strict=True):
        assert one["kind"].startswith(bugs[place].kind)


def test_without_truth_the_plan_follows_the_descriptions():
    plan = act(EXACT, verifier.ATTRIBUTES, truth={}, bug_descriptions=["It stops early.", "It is slow."])
    assert [one["text"] for one in plan.answer["attributes"]] == [
        "See this: It stops early.",
        "See this: It is slow.",
    ]


def test_fixes_are_matched_to_their_references():
    view = {"bug_fixes": FIXES, "fixes": [FIXES[2], "Replace `n - 1` with `n + 1` on line 3", FIXES[0]]}
    verdicts = act(EXACT, verifier.FIXES, **view).answer["verdicts"]
    assert [(one["present"], one["matches"]) for one in verdicts] == [(True, 3), (False, 0), (True, 1)]
    wrong = act(Verifier(misjudge=1), verifier.FIXES, **view).answer["verdicts"]
    assert [one["present"] for one in wrong] == [False, True, False]


@pytest.mark.parametrize("player", [Debugger(), Instructor(), Verifier()])
def test_nobody_plays_a_role_that_is_not_theirs(player):
    with pytest.raises(BadAnswer, match=r"judge\.rank"):
        act(player, Role("judge.rank", (), Answer))


@pytest.mark.parametrize("kind", [Debugger, Instructor, Verifier])
def test_chances_are_chances_and_every_one_changes_the_fingerprint(kind):
    for name in kind.model_fields:
        with pytest.raises(ValidationError):
            kind(**{name: 1.5})
        assert kind(**{name: 0.987}).fingerprint != kind().fingerprint
