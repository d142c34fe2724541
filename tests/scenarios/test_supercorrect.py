"""SuperCorrect: pairs on the first wrong step and nothing later, rates in closed form, a reader that counts what it rejects."""

import asyncio
import itertools
from collections import Counter

import pytest
import snapshots
from closed_form import played, within
from hypothesis import example, given
from hypothesis import strategies as st
from shared_data import shared
from spy import Spy

from maieutic import Dialogue, InputError, Pair, Stop, Task, faults, rng
from maieutic.agents import BadAnswer, Move, Program, Scripted
from maieutic.agents.simulated.derivation import KINDS, due, equation, first_wrong, mends, planted, spoil
from maieutic.agents.simulated.inspector import Inspector, Locator
from maieutic.agents.simulated.mentor import Mentor
from maieutic.agents.simulated.trainee import Trainee
from maieutic.agents.simulated.working import chain, equations
from maieutic.roles.correction import (
    INSPECT,
    LOCATE,
    REVIEW,
    STUDENT_CORRECT,
    TEACHER_CORRECT,
    TEACHER_INSPECT,
    reviewed,
)
from maieutic.roles.template import (
    SOLVE,
    SOLVE_TAGGED,
    TEMPLATE,
    TEMPLATE_TAGGED,
    Unreadable,
    Worked,
    laid_out,
    read_tagged,
    recorded,
    tagged,
)
from maieutic.runs import Recipe, Simulated, rounds
from maieutic.scenarios import assemble
from maieutic.scenarios.supercorrect import SCENARIO
from maieutic.worlds import rows
from maieutic.worlds.word_problems import READERS, WORLD, answers

FINDS, KNOWS = Locator(miss=0, off=0), Inspector(miss=0, alarm=0)
SURE = {"locator": FINDS, "inspector": KNOWS}
FAILS = Trainee(right=0, mends=0)


def many(count, cast=None, seed=3, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast=cast or {})
    return played(company, (WORLD.generate(seed, place) for place in range(count)))


def decided(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def drawn(episodes, kind):
    for episode in episodes:
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, kind):
                yield episode, record


@pytest.mark.parametrize("mode", ["template", "test"])
def test_the_graph_of_each_mode_draws_itself(mode):
    company = assemble(SCENARIO, parameters={"mode": mode})
    snapshots.check(f"supercorrect-{mode}.mmd", company.compiled.get_graph().draw_mermaid())


def test_each_kind_of_mistake_shows_at_its_step_and_nowhere_before():
    seen = Counter()
    for index in range(60):
        steps = chain(WORLD.generate(5, index).truth)
        for place, kind in itertools.product(range(len(steps)), KINDS):
            found = planted(steps, [kind], rng("planted", index, place, kind), [place])
            if found is None:
                continue
            seen[kind] += 1
            lines, mistake = found
            said = [equation(line) for line in lines]
            truth = {"steps": [step.model_dump(mode="json") for step in steps]}
            assert first_wrong(said, said[-1].rpartition("= ")[2], truth) == place == mistake.place
            assert mistake in spoil(steps, place, kind)
            assert [one.right for one in equations("\n".join(said[:place]))] == [
                step.value for step in steps[:place]
            ]
            assert lines[place][1] != steps[place].value
    assert min(seen[kind] for kind in KINDS) >= 5


def test_a_line_is_mended_by_the_true_result_and_by_nothing_else():
    truth = {
        "steps": [
            {"expr": "4 * 13", "value": "52", "skill": "multiplication"},
            {"expr": "#0 - 2", "value": "50", "skill": "subtraction"},
        ],
        "answer": "50",
    }
    assert due([], "4 * 13 = 16", chain(truth)) == 0
    assert due(["4 * 13 = 52"], "so there are fewer", chain(truth)) == 1
    assert mends([], "4 * 13 = 16", "4 * 13 = 52", truth)
    assert mends(["4 * 13 = 52"], "52 + 2 = 54", "That leaves 50.", truth)
    assert not mends([], "4 * 13 = 16", "4 * 13 = 16", truth)
    assert not mends([], "4 * 13 = 16", "4 + 13 = 52", truth)  # it does not come out
    assert not mends(["4 * 13 = 52"], "52 + 2 = 54", "I do not know", truth)
    assert mends([], "it is 7", "it is 50", {"answer": "50"})  # one step as a whole


def test_every_chosen_correction_is_right_no_rejected_one_is_and_each_pair_is_on_the_planted_step():
    count = 0
    for episode, pair in drawn(many(80, {**SURE, "student": Trainee(right=0.2, mends=0.3)}), Pair):
        count += 1
        by_id = {event.id: event for event in episode.events}
        (solution,) = episode.by_role(SOLVE.name)
        prefix, wrong, k = (pair.meta[name] for name in ("prefix_steps", "wrong_step", "k"))
        steps = chain(episode.task.truth)
        assert k == solution.memory["place"] + 1
        assert [*prefix, wrong] == [one["text"] for one in solution.answer["steps"]][:k]
        assert [one.right for one in equations("\n".join(prefix))] == [step.value for step in steps[: k - 1]]
        assert equations(pair.meta["chosen"]["fix"])[-1].right == steps[k - 1].value
        assert equations(pair.meta["rejected"]["fix"])[-1].right != steps[k - 1].value
        assert by_id[pair.chosen_event].role == TEACHER_CORRECT.name
        assert by_id[pair.rejected_event].role == STUDENT_CORRECT.name
        assert pair.meta["final_answer"] == episode.task.truth["answer"]
        for side in ("chosen", "rejected"):
            assert pair.meta[side]["fix"] in getattr(pair, side)
            assert pair.meta[side]["cause"] in getattr(pair, side)
    assert count > 30


def test_a_pair_is_conditioned_on_the_problem_the_prefix_and_the_wrong_step_and_on_nothing_later():
    later = 0
    for episode, pair in drawn(many(40, {**SURE, "student": FAILS}), Pair):
        asked, steps, request = pair.prompt
        assert [one.role for one in pair.prompt] == ["user", "assistant", "user"]
        assert episode.task.fields["question"] in asked.content
        solution = [one["text"] for one in episode.by_role(SOLVE.name)[0].answer["steps"]]
        k = pair.meta["k"]
        assert f"Step {k} " in request.content
        assert steps.content.count("<Step ") == k
        for number, text in enumerate(solution, 1):
            block = f"<Step {number}>\n{text}\n</Step {number}>"
            assert (block in steps.content) is (number <= k)
            later += number > k
        assert "<Answer>" not in steps.content
    assert later > 20


def test_the_right_solution_is_dropped_and_so_is_the_student_who_mends_its_own():
    for episode in many(10, {"student": Trainee(right=1)}):
        assert episode.stop is Stop.ACCEPTED
        assert {event.role for event in episode.events} == {SOLVE.name, "grader.grade"}
        assert list(SCENARIO.records(episode)) == []
    for episode in many(10, {**SURE, "student": Trainee(right=0, mends=1), "teacher": Mentor(wrong=0)}):
        assert episode.stop is Stop.TIE
        assert episode.scores["own_mended"] == 1
        assert list(SCENARIO.records(episode)) == []


def test_the_teacher_and_who_locates_and_inspects_see_the_reference_and_the_student_never():
    players = {"teacher": Mentor(wrong=0.5), "student": Trainee(right=0.3), **SURE}
    seen = {}
    for mode, form in itertools.product(("correct", "template", "test"), ("fields", "tagged")):
        watched = {seat: Spy(player) for seat, player in players.items()}
        many(15, watched, mode=mode, form=form)
        for one in watched.values():
            for role, view in one.views:
                seen.setdefault(role, set()).update(view)
    for role in (SOLVE, SOLVE_TAGGED, STUDENT_CORRECT, REVIEW):
        assert seen[role.name] == set(role.sees)
        assert not {"solution", "answer", "topic"} & seen[role.name]
    for role in (TEMPLATE, TEMPLATE_TAGGED, TEACHER_CORRECT, LOCATE, INSPECT):
        assert {"solution", "answer"} <= seen[role.name]
    assert {"rejected", "issue"} <= seen[TEACHER_CORRECT.name]
    assert TEACHER_CORRECT.instructions != STUDENT_CORRECT.instructions


@pytest.mark.parametrize("cap", [1, 3])
def test_the_teacher_gets_through_within_the_cap_as_often_as_reckoned(cap):
    wrong = 0.5
    cast = {**SURE, "student": FAILS, "teacher": Mentor(wrong=wrong)}
    episodes = many(120, cast, inspections=cap)
    made = sum(episode.stop is Stop.SOLVED for episode in episodes)
    assert {episode.stop for episode in episodes} == {Stop.SOLVED, Stop.TURNS}
    assert within(made, 120, 1 - wrong**cap)
    for episode in episodes:
        tries = episode.by_role(TEACHER_CORRECT.name)
        assert len(tries) <= cap
        assert len(episode.by_role(STUDENT_CORRECT.name)) == 1
        assert (len(tries) == cap) or episode.stop is Stop.SOLVED


def test_an_inspector_that_errs_makes_pairs_that_are_true_as_often_as_bayes_rule_has_it():
    wrong, mend, miss, alarm = 0.4, 0.4, 0.3, 0.2
    cast = {
        "locator": FINDS,
        "inspector": Inspector(miss=miss, alarm=alarm),
        "student": Trainee(right=0, mends=mend),
        "teacher": Mentor(wrong=wrong),
    }
    pairs = decided(many(200, cast), "pair")
    chosen = (1 - wrong) * (1 - alarm) / ((1 - wrong) * (1 - alarm) + wrong * miss)
    rejected = (1 - mend) * (1 - miss) / ((1 - mend) * (1 - miss) + mend * alarm)
    assert len(pairs) > 60
    assert within(sum(one.true for one in pairs), len(pairs), chosen * rejected)


@pytest.mark.parametrize("inspector", ["separate", "teacher"])
def test_the_inspector_errs_at_its_rates_whoever_it_is(inspector):
    seats = {"inspector": Inspector(miss=0.3, alarm=0.1), "teacher": Mentor(wrong=0.5, miss=0.3, alarm=0.1)}
    episodes = many(
        90, {"locator": FINDS, "student": Trainee(right=0, mends=0.5), **seats}, inspector=inspector
    )
    role = INSPECT if inspector == "separate" else TEACHER_INSPECT
    assert {e.role for episode in episodes for e in episode.events if e.role.endswith("inspect")} == {
        role.name
    }
    made = decided(episodes, "valid")
    right, wrong = ([one.said for one in made if one.true is kind] for kind in (True, False))
    assert within(len(right) - sum(right), len(right), 0.1)
    assert within(sum(wrong), len(wrong), 0.3)


def test_the_locator_is_exact_and_off_by_one_as_often_as_its_rates_say():
    miss, off = 0.1, 0.4
    exact = near = 0
    chances = []
    episodes = many(110, {"locator": Locator(miss=miss, off=off), "student": FAILS})
    for episode in episodes:
        solution = episode.by_role(SOLVE.name)[0]
        place, length = solution.memory["place"], len(solution.answer["steps"])
        if length > 1:
            exact += episode.scores["located"] == 1
            near += episode.scores["located_near"] == 1
            beside = (place > 0) + (place + 1 < length)
            chances.append(1 - off + off * beside / (length - 1))
    assert within(exact, len(chances), (1 - miss) * (1 - off))
    assert within(near, len(chances), (1 - miss) * sum(chances) / len(chances))
    assert near > exact
    made = decided(episodes, "located")
    assert len(made) == len(episodes)
    for _, pair in drawn(many(25, {"locator": FINDS, "student": FAILS}), Pair):
        assert pair.meta["k"] >= 1
    assert all(
        one.said and one.true for one in decided(many(25, {"locator": FINDS, "student": FAILS}), "located")
    )


@pytest.mark.parametrize(("off", "near"), [(1, 1.0), (2, 0.0)])
def test_near_is_a_step_beside_the_wrong_one_and_no_farther(off, near):
    told = 0
    for seed, episode in enumerate(many(30, {"student": FAILS})):
        solution = episode.by_role(SOLVE.name)[0]
        place = solution.memory["place"] + off + 1
        if place <= len(solution.answer["steps"]):
            beside = Program("beside", {LOCATE.name: lambda view, place=place: {"first_wrong_step": place}})
            company = assemble(SCENARIO, cast={"student": FAILS, "locator": beside})
            again = asyncio.run(company.play(episode.task, seed))
            assert again.by_role(SOLVE.name)[0].answer == solution.answer
            assert (again.scores["located"], again.scores["located_near"]) == (0.0, near)
            told += 1
    assert told


def test_the_same_correction_on_both_sides_is_no_pair_even_where_an_inspector_contradicts_itself():
    said = itertools.count()
    same = {"cause": "The sum is wrong.", "corrected_step": "1 + 1 = 2"}

    class Same(Trainee):
        async def act(self, turn):
            return Move(dict(same)) if turn.role.name == STUDENT_CORRECT.name else await super().act(turn)

    cast = {
        "locator": FINDS,
        "teacher": Program("teacher", {TEACHER_CORRECT.name: lambda view: same}),
        "student": Same(right=0, mends=0),
        "inspector": Program(
            "fickle", {INSPECT.name: lambda view: {"valid": next(said) % 2 == 0, "issue": ""}}
        ),
    }
    for episode in many(6, cast):
        verdicts = [one.answer["valid"] for one in episode.by_role(INSPECT.name)]
        assert sorted(verdicts[:2]) == [False, True]
        assert not list(drawn([episode], Pair))


def test_where_no_wrong_step_can_be_located_it_ends():
    nobody = Program("none", {LOCATE.name: lambda view: {"first_wrong_step": None}})
    beyond = Program("beyond", {LOCATE.name: lambda view: {"first_wrong_step": len(view["working"]) + 1}})
    for player in (nobody, beyond):
        for episode in many(4, {"locator": player, "student": FAILS}):
            assert episode.stop is Stop.EXHAUSTED
            assert episode.scores["located"] == episode.scores["located_near"] == 0
            assert [one.role for one in episode.events] == [SOLVE.name, "grader.grade", LOCATE.name]


def test_self_correction_is_wrong_turned_right_less_right_turned_wrong():
    right, notices, doubts, mend = 0.5, 0.6, 0.5, 0.4
    student = Trainee(right=right, notices=notices, doubts=doubts, mends=mend)
    episodes = many(160, {"student": student}, mode="test")
    righted, spoiled = (sum(one.scores[name] for one in episodes) for name in ("righted", "spoiled"))
    assert within(righted, 250, (1 - right) * notices * mend)
    assert within(spoiled, 250, right * doubts * (1 - mend))
    for one in episodes:
        scores = one.scores
        assert scores["self_correction"] == scores["righted"] - scores["spoiled"]
        assert scores["self_correction"] == scores["accuracy"] - scores["accuracy_first"]
        assert (one.stop is Stop.SOLVED) is (scores["accuracy"] == 1)


def test_a_review_changes_only_what_stands_from_the_wrong_step_on():
    worked = Worked(("1 + 1 = 3", "3 * 2 = 6"), "6", (None, "mind"), "add, then double")
    kept = {"first_wrong_step": None, "cause": "", "steps": [], "answer": "7"}
    assert reviewed(worked, kept) is worked
    assert reviewed(worked, kept | {"first_wrong_step": 3}) is worked  # there is no such step
    changed = reviewed(worked, kept | {"first_wrong_step": 2, "steps": ["3 * 2 = 7"]})
    assert (changed.steps, changed.answer) == (("1 + 1 = 3", "3 * 2 = 7"), "7")


@pytest.mark.parametrize("form", ["fields", "tagged"])
def test_templates_that_come_to_the_answer_are_kept_with_steps_keys_and_recipe(form):
    keys = 0
    episodes = many(60, {"teacher": Mentor(astray=0.3, flawed=0, garbled=0)}, mode="template", form=form)
    assert within(sum(one.scores["kept"] for one in episodes), 60, 0.7)
    for episode, record in drawn(episodes, Dialogue):
        assert episode.stop is Stop.SOLVED
        meta = record.meta
        assert set(meta) == {"steps", "generalized", "answer"}
        read = read_tagged(record.messages[-1].content)
        assert list(read.steps) == [one["text"] for one in meta["steps"]]
        assert read.generalized == meta["generalized"]
        assert not answers.numbers_in(meta["generalized"].replace("one", ""))
        assert answers.equal(meta["answer"], episode.task.truth["answer"])
        keys += sum("key" in one for one in meta["steps"])
    assert keys > 20
    assert all(one.true == one.said for one in decided(episodes, "template"))


def test_a_right_answer_after_a_wrong_line_is_the_template_that_is_kept_falsely():
    made = decided(many(60, {"teacher": Mentor(astray=0, flawed=0.3)}, mode="template"), "template")
    assert all(one.said for one in made)
    assert within(sum(not one.true for one in made), 60, 0.3)


def test_what_cannot_be_read_is_counted_and_left_out_and_what_is_only_sloppy_is_read():
    for episode in many(40, {"teacher": Mentor(sloppy=1, garbled=0)}, mode="template", form="tagged"):
        assert episode.scores["rejects"] == 0
    garbled = many(100, {"teacher": Mentor(sloppy=0.5, garbled=0.3)}, mode="template", form="tagged")
    rejects = sum(one.scores["rejects"] for one in garbled)
    assert within(rejects, 100, 0.3)
    assert sum(one.stop is Stop.REFUSED for one in garbled) == rejects
    several = many(20, {**SURE, "student": Trainee(right=0, garbled=0.5)}, form="tagged", samples=4)
    assert within(sum(one.scores["rejects"] for one in several), 80, 0.5)
    for episode in several:
        assert len(episode.by_role(LOCATE.name)) == 4 - episode.scores["rejects"]


words = st.text("ab1+= \n<>/", min_size=1).map(str.strip).filter(bool)


@given(
    st.lists(st.tuples(words, st.none() | words), min_size=1, max_size=6),
    st.just("") | words,
    words,
    st.booleans(),
    st.integers(0, 3),
)
def test_what_is_written_is_read_back_also_with_tags_left_open(steps, recipe, answer, nested, drop):
    worked = Worked(tuple(step for step, _ in steps), answer, tuple(key for _, key in steps), recipe)
    text = tagged(worked)
    assert read_tagged(text) == worked
    assert read_tagged(f"So:\n```\n{text.replace('<Step ', '<STEP')}\n```\n") == worked
    for kind in ("Step", "Key", "Generalized", "Answer")[
        drop : drop + 1 + nested
    ]:  # left open, all of a kind
        text = "\n".join(line for line in text.split("\n") if not line.startswith(f"</{kind}"))
    assert read_tagged(text) == worked


@given(st.text("<>/StepKyGnralizdAw 12\n", max_size=200))
@example("<Answer>1</Answer><Step>")
@example("</Step><Key><Answer></Key>1")
def test_any_text_gives_a_worked_answer_with_one_answer_or_a_reason(text):
    try:
        read = read_tagged(text)
    except Unreadable:
        with pytest.raises(Unreadable, match=r"it has|its answer"):
            read_tagged(text)
        return
    assert read.steps
    assert read.answer
    assert len(read.keys) == len(read.steps)


@pytest.mark.parametrize(
    ("text", "steps", "keys"),
    [
        ("<Step 1>a<Step 2>b</Step 2></Step 1><Answer>3</Answer>", ("a", "b"), (None, None)),
        ("<step1>a <key>k <step2>b <ANSWER>3", ("a", "b"), ("k", None)),
        ("<Step 1>a<Key>k</Key> more</Step 1><Answer>3</Answer></Answer>", ("a more",), ("k",)),
        ("<Step 1><Step 2>b</Step><Generalised>r<Answer>3", ("b",), (None,)),
        ("1 < 2 <b> <Step n='1'>a</Step><Key/><Answer>3</Answer>", ("a",), (None,)),
    ],
)
def test_nested_and_open_tags_are_read(text, steps, keys):
    read = read_tagged(text)
    assert (read.steps, read.keys, read.answer) == (steps, keys, "3")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<Step 1>a</Step 1>", "no answer block"),
        ("<Step 1>a</Step 1><Answer>1</Answer><Answer>1</Answer>", "2 answer blocks"),
        ("<Step 1>a<Answer>1</Answer></Step 1>\n<Answer>1</Answer>", "2 answer blocks"),
        ("<Step 1> </Step 1><Answer>1</Answer>", "no step"),
        ("<Step 1>a</Step 1><Answer> </Answer>", "answer is empty"),
        ("The answer is 1.", "no answer block"),
    ],
)
def test_without_exactly_one_answer_it_is_rejected_with_the_reason(text, reason):
    with pytest.raises(Unreadable, match=reason):
        read_tagged(text)


def test_fields_that_hold_tags_could_not_be_learnt_from_and_are_rejected():
    given_fields = {"steps": [{"text": "1 + 1 = 2", "key": None}], "generalized": "add", "answer": "2"}
    assert laid_out(given_fields).steps == ("1 + 1 = 2",)
    with pytest.raises(Unreadable, match="hold tags"):
        laid_out(given_fields | {"generalized": "<Answer>3</Answer>"})
    with pytest.raises(Unreadable, match="hold tags"):
        laid_out(given_fields | {"answer": "2 </Answer>"})


def test_the_student_learns_the_layout_first_and_to_correct_itself_then(tmp_path):
    base = Trainee(right=0.3, mends=0.3, notices=0.3, gain=0.03)
    spec = "simulated:right=0.3,mends=0.3,notices=0.3,gain=0.03"
    one = Recipe(scenario="supercorrect", n=30, seed=2, cast={"student": spec})
    who = {"student": Simulated(one.company().cast["student"])}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=2, tests=40))
    states = [
        Trainee.model_validate_json(
            (tmp_path / "loop" / f"learnt-{k}" / "student" / "state.json").read_text()
        )
        for k in (1, 2)
    ]
    taught, shown = (done[k].records["student"] for k in (1, 2))
    assert (taught > 20, shown > 3) == (True, True)
    assert states[0].right == pytest.approx(1 - 0.7 * 0.97**taught)
    assert states[0].mends == states[0].notices == pytest.approx(base.mends)
    assert states[1].right == pytest.approx(states[0].right)
    assert states[1].mends == states[1].notices == pytest.approx(1 - 0.7 * 0.97**shown)
    assert done[2].score.mean > done[0].score.mean


def test_rounds_on_recorded_attempts_examine_the_student_who_learns(tmp_path):
    one = Recipe(
        scenario="supercorrect",
        n=20,
        tasks=str(shared("mathdial/dialogues.jsonl")),
        parameters={"attempts": "recorded"},
        cast={"student": "simulated:right=0.2,gain=0.2"},
    )
    who = {"student": Simulated(one.company().cast["student"])}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=1, tests=30))
    assert done[1].score.mean > done[0].score.mean + 0.2


def test_unusable_turns_end_an_episode_or_take_no_part():
    silent = Scripted({SOLVE.name: [{"words": "?"}]})
    assert {one.stop for one in many(2, {"student": silent})} == {Stop.INVALID}
    turn = itertools.count()

    def every_other(view):
        if next(turn) % 2:
            raise BadAnswer("nothing to say")
        return {"valid": False, "issue": "no"}

    cast = {"locator": FINDS, "student": FAILS, "inspector": Program("odd", {INSPECT.name: every_other})}
    for episode in many(4, cast, samples=3):
        assert list(SCENARIO.records(episode)) == []
        sent_back = {e.id for e in episode.by_role(INSPECT.name)}
        again = [e for e in episode.by_role(TEACHER_CORRECT.name) if e.parent in sent_back]
        assert len(episode.by_role(TEACHER_CORRECT.name)) == 3 + len(again)
        assert any(e.invalid for e in episode.events)


def test_several_solutions_go_their_ways_side_by_side():
    episodes = many(
        15, {**SURE, "student": Trainee(right=0.3, mends=0.3), "teacher": Mentor(wrong=0.5)}, samples=4
    )
    pairs = Counter(episode.id for episode, _ in drawn(episodes, Pair))
    assert max(pairs.values()) > 1
    for episode in episodes:
        wrong = round(4 * (1 - episode.scores["accuracy"]))
        assert len(episode.by_role(LOCATE.name)) == wrong == len(episode.by_role(STUDENT_CORRECT.name))
        assert pairs[episode.id] == episode.scores.get("pairs", 0)


def test_a_recorded_attempt_is_the_students_and_its_lines_keep_their_numbers():
    assert recorded("6 + 1 = 8\n\n  So 8 * 2 = 16\n 16").steps == ("6 + 1 = 8", "So 8 * 2 = 16", "16")
    with pytest.raises(Unreadable, match="answer is empty"):
        recorded("I do not know")
    task = WORLD.generate(1, 0)
    company = assemble(SCENARIO, parameters={"attempts": "recorded"})
    with pytest.raises(InputError, match="has no field 'attempt'"):
        asyncio.run(company.play(task, 0))
    odd = Task(**{**task.model_dump(), "fields": {**task.fields, "attempt": "I give up"}})
    assert asyncio.run(company.play(odd, 0)).stop is Stop.REFUSED


def tasks_of(name, count):
    for row in itertools.islice(rows(shared(name)), count):
        yield next(one for one in READERS if one.keys <= row.data.keys()).read(row)


def test_every_pair_of_stepverify_is_on_the_step_that_its_annotators_named():
    episodes = played(
        assemble(SCENARIO, parameters={"attempts": "recorded"}, cast=SURE),
        tasks_of("stepverify/solutions.jsonl", 60),
    )
    assert all(one.said and one.true for one in decided(episodes, "located"))
    assert len(decided(episodes, "located")) == 60
    count = 0
    for episode, pair in drawn(episodes, Pair):
        count += 1
        lines = episode.task.fields["attempt"].splitlines()
        assert pair.meta["k"] == episode.task.truth["wrong_step"] + 1
        assert [*pair.meta["prefix_steps"], pair.meta["wrong_step"]] == lines[: pair.meta["k"]]
    assert count > 20


@pytest.mark.parametrize(
    ("name", "attempts"),
    [
        ("gsm8k/train.jsonl", "sampled"),
        ("svamp/problems.jsonl", "sampled"),
        ("stepverify/solutions.jsonl", "sampled"),
        ("mathdial/dialogues.jsonl", "recorded"),
    ],
)
@pytest.mark.parametrize("mode", ["correct", "template", "test"])
def test_real_records(name, attempts, mode):
    company = assemble(SCENARIO, parameters={"mode": mode, "attempts": attempts}, cast=SURE)
    episodes = played(company, tasks_of(name, 12))
    assert not {one.stop for one in episodes} & {Stop.INVALID, Stop.FAILED, Stop.REFUSED}
    assert all(one.true for one in decided(episodes, "pair"))
    assert all(faults(record, episode) == [] for episode in episodes for record in SCENARIO.records(episode))


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([one.to_bytes() for one in many(6, samples=2)] for _ in range(2))
    assert once == again
