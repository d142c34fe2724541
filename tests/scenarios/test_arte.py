"""ARTE: scores follow the student's true chances, pairs are right where scores are apart, ties make none, and a teacher
that learns from them teaches otherwise, and better."""

import asyncio
import functools
import itertools
import json
import math
import random
import re
from statistics import fmean

import pytest
import snapshots
from closed_form import within
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared

from maieutic import Dialogue, InputError, Judged, Pair, Stop, digest, faults
from maieutic.agents import Move, Scripted
from maieutic.agents.simulated.panel import planted
from maieutic.agents.simulated.tailor import Drafter, Follower, skills_in, skills_of, style_of
from maieutic.agents.simulated.working import chain
from maieutic.cli import main
from maieutic.exports.trainer import learner
from maieutic.roles.tailor import DRAFT, PLAIN, STYLES, plainly
from maieutic.runs import Journal, Recipe, Simulated, rounds
from maieutic.scenarios import Drawn, assemble, play
from maieutic.scenarios.arte import SCENARIO, probes_of, seeds_of, worth
from maieutic.scenarios.probing.drafts import Draft, Sheet, Working, _lists, drafted, error_of
from maieutic.scenarios.probing.drafts import sheet as scored
from maieutic.scenarios.probing.irt import rank_correlation
from maieutic.scenarios.probing.probes import measured
from maieutic.worlds import rows
from maieutic.worlds.word_problems import READERS
from maieutic.worlds.word_problems.generate import reserved

SMALL = {"outputs": 2, "probes": 12}
INDIFFERENT = "simulated:lift=0,steady=1"  # whatever it is shown, it answers alike


def played(index=0, cast=None, task=None, **parameters):
    task = task or SCENARIO.world.generate(3, index)
    return asyncio.run(play(SCENARIO, task, cast=cast, seed=index, parameters=parameters))


@functools.cache
def built():
    return [played(index) for index in range(9)]


@functools.cache
def independent():
    """Episodes in which each answer has a luck of its own, and half the workings are wrong."""
    company = assemble(SCENARIO, parameters=SMALL)
    student = company.cast["student"].model_copy(update={"steady": 0.0})
    return [
        played(index, {"student": student, "teacher": Drafter(accuracy=0.6)}, **SMALL) for index in range(40)
    ]


def sheet(episode):
    return Sheet.model_validate(episode.notes["sheet"])


def pairs(episode, purpose):
    return [one for one in SCENARIO.records(episode) if isinstance(one, Pair) and one.purpose == purpose]


def text(episode, name):
    return next(event.answer["text"] for event in episode.events if event.id == name)


@pytest.mark.parametrize("mode", ["build", "items", "tailor", "exam"])
def test_the_graph_draws_itself(mode):
    name = "arte.mmd" if mode == "build" else f"arte-{mode}.mmd"
    company = assemble(SCENARIO, parameters={"mode": mode})
    snapshots.check(name, company.compiled.get_graph().draw_mermaid())


def test_the_panel_finds_the_planted_discriminations():
    episodes = [played(index, mode="items") for index in range(60)]
    probes = measured(record for one in episodes for record in SCENARIO.records(one))
    true = [planted(one.question) for one in probes]
    assert len(probes) == 60
    assert rank_correlation([one.alpha for one in probes], [alpha for alpha, _ in true]) > 0.5
    assert rank_correlation([one.beta for one in probes], [beta for _, beta in true]) > 0.7
    best = fmean(alpha for alpha, _ in true[:24])
    assert best > 1.3 * fmean(alpha for alpha, _ in true[24:])
    answers = [one for one in SCENARIO.records(episodes[0]) if isinstance(one, Judged)]
    assert len({(one.meta["model"], one.meta["shots"]) for one in answers}) == 20


def test_a_round_probes_with_the_items_that_discriminate_most_the_best_first():
    episodes = [played(index, mode="items") for index in range(12)]
    drawn = [Drawn(one, tuple(SCENARIO.records(one))) for one in episodes]
    before = SCENARIO.outer.before
    told = before.concludes(drawn, SCENARIO.configure({"probes": 5}))
    alphas = [one.alpha for one in measured(record for one in drawn for record in one.records)]
    assert len(set(alphas)) == 12
    assert [one["alpha"] for one in told] == sorted(alphas, reverse=True)[:5]
    settings = SCENARIO.configure({before.gives: told, "probes": 5})
    assert [one.id for one in settings.probe_items] == [one["id"] for one in told]


def test_the_student_solves_as_many_probes_as_its_chances_say():
    hits = asked = 0
    expected = 0.0
    for episode in independent():
        true = worth(episode)
        for one in (working for draft in sheet(episode).drafts for working in draft.probed):
            hits += one.n_correct
            asked += one.n_probe
            expected += true[one.event] * one.n_probe
    assert asked > 2000
    assert within(hits, asked, expected / asked)


def test_a_demonstration_helps_by_the_share_of_skills_and_only_in_the_manner_that_the_student_takes_to():
    student = Follower(skills={"addition": 0.5}, other=-1.0, lift=2.0, style="in symbols")
    problem, skills = "How many?", frozenset({"addition", "division"})
    alpha, beta = planted(problem)

    def reckoned(ability):
        return 1 / (1 + math.exp(-alpha * (ability - beta)))

    fitting, other = ("Written in symbols alone:\n∴ 1 + 2 = 3", "Step 1: 1 + 2 = 3")
    assert style_of(fitting) == "in symbols"
    assert skills_in(fitting) == {"addition"}
    assert student.chance(problem, skills, other) == pytest.approx(reckoned((0.5 - 1.0) / 2))
    assert student.chance(problem, skills, fitting) == pytest.approx(reckoned((0.5 - 1.0) / 2 + 2.0 / 2))
    whole = "Written in symbols alone:\n∴ 1 + 2 = 3\n∴ 6 / 3 = 2"
    assert student.chance(problem, skills, whole) == pytest.approx(reckoned((0.5 - 1.0) / 2 + 2.0))


def test_scores_are_ranked_as_the_true_chances_are():
    found = []
    for episode in built():
        true = worth(episode)
        probed = [one for draft in sheet(episode).drafts for one in draft.probed]
        found.append(rank_correlation([one.s_r for one in probed], [true[one.event] for one in probed]))
    assert fmean(found) > 0.6
    assert min(found) > 0.4


def test_of_pairs_more_than_two_standard_errors_apart_nineteen_in_twenty_are_right():
    seen = {"workings": [], "lists": []}
    for episode in built():
        true = worth(episode)
        for kind, found in seen.items():
            for pair in getattr(sheet(episode), kind):
                better, worse = (
                    fmean(true[name] for name in side.events) for side in (pair.chosen, pair.rejected)
                )
                found.append((pair.errors, better > worse))
    for kind, found in seen.items():
        far = [right for errors, right in found if errors > 2]
        assert len(far) > (40 if kind == "workings" else 3)
        assert fmean(far) >= 0.95
        assert min(errors for errors, _ in found) >= 1


def test_ties_make_no_pair_and_say_so():
    for index in range(4):
        episode = played(index, {"student": INDIFFERENT}, **SMALL)
        assert episode.stop is Stop.TIE
        assert not pairs(episode, "questions")
        assert not pairs(episode, "rationales")
        assert episode.scores["tied"] > 0
        assert episode.scores["kept_by_gap"] == 0


def test_pairs_nearer_than_a_standard_error_are_left_out_and_counted():
    near = 0
    for episode in [*built(), *independent()]:
        settings = SCENARIO.configure(episode.parameters)
        known = [
            *seeds_of(episode.task.fields, settings),
            *(one.question for one in probes_of(episode.task.fields, settings)),
        ]
        questions = drafted(episode.events, known, settings.per_output)
        every, some = (
            scored(episode.events, questions, settings.styles, long=2, share=0.25, gap=gap) for gap in (0, 1)
        )
        assert some == sheet(episode)
        near += some.near
        assert (every.near, every.tied) == (0, some.tied)
        for kind in ("workings", "lists"):
            assert [one for one in getattr(every, kind) if one.errors >= 1] == [*getattr(some, kind)]
        assert len(every.workings) + len(every.lists) == len(some.workings) + len(some.lists) + some.near
        for one in some.workings:
            assert one.chosen.score - one.rejected.score >= error_of(settings.probes)
    assert near > 10


def test_lists_of_a_pair_are_equally_long_and_have_no_question_in_common():
    made = [one for episode in built() for one in pairs(episode, "questions")]
    assert len(made) > 7
    for one in made:
        sides = [re.findall(r"^\d+\. ", side, re.MULTILINE) for side in (one.chosen, one.rejected)]
        assert len(sides[0]) == len(sides[1]) == len(one.meta["chosen_events"]) == 2
        assert not {*one.meta["chosen_events"]} & {*one.meta["rejected_events"]}
        assert one.prompt[0].content.count("\n- ") == 3
        assert one.meta["level"] == "question"
    uneven = [played(index, share=0.1, **{**SMALL, "outputs": 4}) for index in range(4)]
    for one in (pair for episode in uneven for pair in pairs(episode, "questions")):
        assert len(one.meta["chosen_events"]) == len(one.meta["rejected_events"]) == 1


@given(
    scores=st.lists(st.integers(0, 8), max_size=12),
    long=st.integers(1, 4),
    share=st.sampled_from([0.1, 0.25, 0.4, 0.5, 1.0]),
)
def test_no_question_is_on_both_sides_of_lists_and_the_extremes_come_first(scores, long, share):
    drafts = [
        Draft(question=f"q{place}", event=f"e{place}", workings=(_probed(score),))
        for place, score in enumerate(scores)
    ]
    made = list(_lists(drafts, long, share))
    best = [name for chosen, _ in made for name in chosen.events]
    worst = [name for _, rejected in made for name in rejected.events]
    assert len({*best, *worst}) == len(best) + len(worst)
    assert len(best) == len(worst) <= len(scores) // 2
    assert all(len(one.events) == len(two.events) <= long for one, two in made)
    if len(scores) > 1:
        assert made, "two are enough for a pair"
        assert made[0][0].score == pytest.approx(fmean(sorted(scores)[-len(made[0][0].events) :]) / 8)


def _probed(score):
    return Working(
        event="w",
        style="plain",
        answer="1",
        correct=True,
        count="c",
        n_probe=8,
        n_correct=score,
        s_r=score / 8,
    )


def test_best_and_worst_quarters_are_what_is_paired():
    for episode in built():
        found = sheet(episode)
        ranked = sorted((one for one in found.drafts if one.probed), key=lambda one: -one.s_q)
        quarter = math.ceil(len(ranked) / 4)
        for pair in found.lists:
            assert {*pair.chosen.events} <= {one.event for one in ranked[:quarter]}
            assert {*pair.rejected.events} <= {one.event for one in ranked[-quarter:]}


def test_a_pair_of_workings_is_of_one_question_and_asked_for_plainly():
    made = [(episode, one) for episode in built() for one in pairs(episode, "rationales")]
    assert len(made) > 40
    for episode, one in made:
        draft = next(
            draft for draft in sheet(episode).drafts if plainly(draft.question) == one.prompt[0].content
        )
        ends = {working.event: working for working in draft.probed}
        assert one.chosen_verdict == max(working.s_r for working in ends.values())
        assert one.rejected_verdict == min(working.s_r for working in ends.values())
        assert {one.chosen_event, one.rejected_event} <= ends.keys()
        asked = one.prompt[0].content.removeprefix(draft.question)
        assert PLAIN in asked
        assert not [style for style in STYLES if style != PLAIN and style in asked]


def reckoned(accuracy, ways=3, styles=4, least=2):
    """(share of right workings that are kept, share of kept ones that are right), where wrong ones go one of some ways."""
    chances = [accuracy, *([(1 - accuracy) / ways] * ways)]
    right = kept_right = kept = 0.0
    for drawn in itertools.product(range(ways + 1), repeat=styles):
        p = math.prod(chances[one] for one in drawn)
        counts = [drawn.count(one) for one in range(ways + 1)]
        most = max(counts)
        right += p * counts[0]
        if most >= least and counts.count(most) == 1:
            kept += p * most
            kept_right += p * most * (counts.index(most) == 0)
    return kept_right / right, kept_right / kept


def test_workings_are_filtered_by_the_answer_first_as_often_as_reckoned():
    recall, precision = reckoned(0.6)
    right = kept = both = 0
    for episode in independent():
        for one in SCENARIO.decisions(episode):
            if one.kind == "kept":
                right += one.true
                kept += one.said
                both += one.true and one.said
        scores, workings = episode.scores, [one for draft in sheet(episode).drafts for one in draft.workings]
        assert scores["kept_by_answer"] == pytest.approx(fmean(one.correct for one in workings))
        assert all((one.s_r is not None) <= one.correct for one in workings)
    assert right > 300
    assert within(both, right, recall)
    assert within(both, kept, precision)


def test_a_wrong_working_would_have_scored_as_well_without_that_filter():
    """The student takes to a manner, not to what is right; so the first filter cannot be left to the second."""
    company = assemble(SCENARIO)
    student, found = company.cast["student"], []
    for episode in independent():
        memory = {event.id: event.memory for event in episode.by_role("teacher.show")}
        for draft in sheet(episode).drafts:
            wrong = [one.event for one in draft.workings if not memory[one.event]["right"]]
            fit = [name for name in wrong if memory[name]["style"] == student.style]
            plain = [
                one.event
                for one in draft.workings
                if one.correct and memory[one.event]["style"] != student.style
            ]
            if fit and plain:
                known = student.reading.items()
                found.append(
                    fmean(
                        student.chance(question, skills, text(episode, fit[0]))
                        for question, (_, skills) in known
                    )
                    > fmean(
                        student.chance(question, skills, text(episode, plain[0]))
                        for question, (_, skills) in known
                    )
                )
    assert len(found) > 10
    assert fmean(found) > 0.9


def test_no_probe_is_a_seed_or_a_draft_and_no_answer_is_shown():
    own = SCENARIO.world.generate(3, 0)
    listed = [
        {"id": "own", "question": f" {str(own.fields['question']).upper()}", "answer": "1"},
        {"id": "other", "question": "What is 2 + 2?", "answer": "4"},
    ]
    settings = SCENARIO.configure({"probe_items": listed})
    assert [one.id for one in probes_of(own.fields, settings)] == ["other"]
    others = {
        name: {str(reserved(name, k).fields["question"]) for k in range(40)} for name in ("probes", "seeds")
    }
    assert not others["probes"] & others["seeds"]
    exam = SCENARIO.configure({"mode": "exam"})
    assert own.fields["question"] in seeds_of(own.fields, settings)
    assert own.fields["question"] not in seeds_of(own.fields, exam)
    assert {*seeds_of(own.fields, exam)} <= others["seeds"]
    shown = {field for role in SCENARIO.roles if role.seat in ("teacher", "student") for field in role.sees}
    assert not shown & {"answer", "solution", "gold", "answers"}


def test_copies_of_seeds_probes_and_each_other_are_no_drafts_nor_is_what_stands_behind_the_number():
    task = SCENARIO.world.generate(3, 0)
    settings = SCENARIO.configure(SMALL)
    probe, seed = probes_of(task.fields, settings)[0].question, seeds_of(task.fields, settings)[1]
    told = [[probe, "What is 2 + 3?", "What is 9 + 9?"], [f"  {seed}", "what is  2 + 3?"]]
    lines = {
        "teacher.draft": [{"questions": one} for one in told],
        "teacher.show": [{"text": "2 + 3 = 5\nThe answer is 5."}],
    }
    episode = played(0, {"teacher": Scripted(lines)}, **SMALL)
    assert [one.question for one in sheet(episode).drafts] == ["What is 2 + 3?"]
    assert len(episode.by_role("teacher.show")) == 4


class Divided(Drafter):
    """Says something else each time."""

    async def act(self, turn):
        move = await super().act(turn)
        if "style" not in turn.view:
            return move
        return Move({"text": f"The answer is {STYLES.index(turn.view['style'])}."}, move.memory)


def test_a_question_whose_workings_do_not_agree_is_not_probed():
    split = played(0, {"teacher": Divided()}, **SMALL)
    assert split.stop is Stop.EXHAUSTED
    assert not split.by_role("student.probe")
    assert split.scores["kept_by_answer"] == 0


@pytest.mark.parametrize(
    "told", [{"n_probe": 8, "n_correct": 57, "s_r": 0.0}, {"n_probe": 8, "n_correct": 2, "s_r": 0.9}]
)
def test_a_count_that_contradicts_itself_is_no_measurement(told):
    honest = assemble(SCENARIO, parameters=SMALL).cast["scorer"]

    class Miscounting:
        name, fingerprint, simulated = "miscounting", "miscounting", honest.simulated

        async def act(self, turn):
            return Move(told) if turn.role.name == "scorer.count" else await honest.act(turn)

    episode = played(0, {"scorer": Miscounting()}, **SMALL)
    assert episode.by_role("scorer.count")
    assert not any(draft.probed for draft in sheet(episode).drafts)
    assert not pairs(episode, "question")
    assert "s_r" not in episode.scores


def test_a_probe_without_a_usable_answer_counts_as_wrong():
    company = assemble(SCENARIO, parameters=SMALL)
    few = company.cast["student"].model_copy(
        update={"problems": company.cast["student"].problems[:5], "lift": 50.0}
    )
    episode = played(0, {"student": few}, **SMALL)
    assert {one.n_probe for draft in sheet(episode).drafts for one in draft.probed} == {12}
    assert max(one.s_r for draft in sheet(episode).drafts for one in draft.probed) <= 5 / 12


def test_every_record_holds_and_drafts_carry_both_filters():
    for episode in [*built()[:3], *independent()[:3]]:
        made = list(SCENARIO.records(episode))
        assert not [fault for one in made for fault in faults(one, episode)]
        drafts = [one for one in made if one.purpose == "draft"]
        assert len(drafts) == len(episode.by_role("teacher.show"))
        for one in drafts:
            assert {"style", "answer", "correct", "n_probe", "n_correct", "s_r", "s_q"} <= one.meta.keys()
            assert one.verdict is one.meta["correct"]


def test_what_a_student_is_trained_on_is_drawn_greedily_and_without_a_style():
    episode = played(2, mode="tailor")
    made = list(SCENARIO.records(episode))
    assert len(made) == 2
    assert all(isinstance(one, Dialogue) and not faults(one, episode) for one in made)
    styles = {
        style_of(one.messages[1].content)
        for index in range(6)
        for one in SCENARIO.records(played(index, mode="tailor"))
    }
    assert styles == {PLAIN}  # what the teacher likes best before it has learnt
    taught = Drafter(manners={"in symbols": 0.51, PLAIN: 0.49})
    after = {
        style_of(one.messages[1].content)
        for index in range(6)
        for one in SCENARIO.records(played(index, {"teacher": taught}, mode="tailor"))
    }
    assert after == {"in symbols"}


def loop(folder, tests=40, number=1, cast=None, **parameters):
    one = Recipe(
        scenario="arte",
        n=5,
        seed=1,
        cast=cast or {},
        parameters={"items": 24, "probes": 12, "outputs": 4, **parameters},
    )
    who = {"teacher": Simulated(one.company().cast["teacher"])}
    return asyncio.run(rounds(one, who, folder, number=number, tests=tests))


def episodes_of(folder):
    with Journal(folder) as journal:
        return [episode for _, episode in journal.episodes()]


def test_a_teacher_that_learns_teaches_otherwise_and_its_student_does_better_on_held_out_questions(tmp_path):
    done = loop(tmp_path / "loop")
    gain = done[1].gain(done[0])
    assert gain.low is not None
    assert gain.low > 0
    before, after = (
        Drafter(),
        Drafter.model_validate_json((tmp_path / "loop/learnt-1/teacher/state.json").read_text()),
    )
    student = assemble(SCENARIO).cast["student"]
    assert after.manners[student.style] > before.manners[student.style] + 0.3
    first, last = (episodes_of(tmp_path / f"loop/exam-{k}") for k in (0, 1))
    said = [
        {event.answer["text"].splitlines()[0] for one in side for event in one.by_role("teacher.reshow")}
        for side in (first, last)
    ]
    assert not said[0] & said[1]
    # the probes are the most telling of items that neither teach nor examine anybody
    given = {digest(one.parameters["probe_items"]) for one in episodes_of(tmp_path / "loop/round-1")}
    probes = episodes_of(tmp_path / "loop/round-1")[0].parameters["probe_items"]
    alphas = [one["alpha"] for one in probes]
    assert len(given) == 1
    assert len(alphas) == 12
    assert alphas == sorted(alphas, reverse=True)
    words = {
        name: {
            json.loads(line)["fields"]["question"]
            for line in (tmp_path / "loop" / name / "tasks.jsonl").read_text().splitlines()
        }
        for name in ("before", "round-1", "exam-0")
    }
    assert len(words["before"]) == 24
    assert {one["question"] for one in probes} <= words["before"]
    assert not words["before"] & (words["round-1"] | words["exam-0"])


def test_a_student_that_is_helped_by_nothing_teaches_the_teacher_nothing(tmp_path):
    done = loop(tmp_path / "loop", tests=5, cast={"student": INDIFFERENT})
    assert [one.number for one in done] == [0]  # there was no pair to learn from


def test_pairs_of_lists_shift_what_is_drafted_and_pairs_of_workings_how_it_is_worked_out():
    made = [one for episode in built() for one in SCENARIO.records(episode) if isinstance(one, Pair)]
    lists = [one for one in made if one.purpose == "questions"]
    workings = [one for one in made if one.purpose == "rationales"]
    before = Drafter()
    drafting, showing = before.studied(lists, 0), before.studied(workings, 0)
    assert drafting.manners == pytest.approx(before.manners)
    assert showing.likes == {}
    assert max(showing.manners, key=showing.manners.get) == "in symbols"
    settings = SCENARIO.configure({})
    probes = [skills_of(one.steps) for one in probes_of({"question": "?"}, settings)]
    covered = {
        index: fmean(len(skills & skills_of(steps)) / len(skills) for skills in probes)
        for index in range(12)
        if (steps := reading(index))
    }
    liked = {index: drafting.weight(reading(index)) for index in covered}
    assert rank_correlation([*covered.values()], [*liked.values()]) > 0.5


def reading(index):
    return chain(reserved("seeds", index).truth)


def test_a_round_is_learnt_from_a_mixture_up_to_the_published_numbers():
    drawn = [Drawn(episode, tuple(SCENARIO.records(episode))) for episode in built()]
    told = {"question_pairs": 3, "rationale_pairs": 7}
    few = [
        Drawn(one.episode.model_copy(update={"parameters": {**one.episode.parameters, **told}}), one.records)
        for one in drawn
    ]
    taken = [record for one in SCENARIO.outer.select(1, few, random.Random(0)) for record in one.records]
    assert sorted(one.purpose for one in taken) == ["questions"] * 3 + ["rationales"] * 7
    every = [record for one in SCENARIO.outer.select(1, drawn, random.Random(0)) for record in one.records]
    assert len(every) == sum(isinstance(record, Pair) for one in drawn for record in one.records)
    assert SCENARIO.outer.select(1, [], random.Random(0)) == []


def test_a_model_can_be_trained_on_both_levels(tmp_path):
    drawn = [
        Drawn(episode, tuple(pairs(episode, "questions") + pairs(episode, "rationales")))
        for episode in built()[:3]
    ]
    method, made = learner(f"{tmp_path}?lr=1e-7&batch=16&epochs=1", DRAFT)._rows(drawn)
    assert method == "dpo"
    assert len(made) == sum(len(one.records) for one in drawn)
    assert all({"prompt", "chosen", "rejected"} <= row.keys() for row in made)
    assert {row["prompt"][-1]["content"].splitlines()[0] for row in made} >= {
        "Here are questions of one kind:"
    }


def test_items_are_measured_in_a_run_exported_and_given_to_another(tmp_path, monkeypatch):
    def command(*words):
        monkeypatch.setattr("sys.argv", ["maieutic", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 0

    items, file = tmp_path / "items", tmp_path / "samples.jsonl"
    command("run", "arte", "--n", 8, "--param", "mode=items", "--out", items, "--json")
    command("export", items, "--as", "jsonl", "--out", file)
    settings = SCENARIO.configure({"probe_items": str(file)})
    assert len(settings.probe_items) == 8
    direct = measured(record for one in episodes_of(items) for record in SCENARIO.records(one))
    assert [one.alpha for one in settings.probe_items] == pytest.approx([one.alpha for one in direct])
    assert settings.probe_items[0].steps
    episode = played(0, probe_items=str(file), outputs=2)
    assert {one.n_probe for draft in sheet(episode).drafts for one in draft.probed} <= {7, 8}
    assert episode.parameters["probe_items"][0]["alpha"] == direct[0].alpha
    with pytest.raises(InputError, match="cannot be read"):
        SCENARIO.configure({"probe_items": str(tmp_path / "none.jsonl")})


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "svamp/problems.jsonl"])
def test_real_records(name):
    done = 0
    for index, row in enumerate(list(rows(shared(name)))[:5]):
        task = next(one for one in READERS if one.keys <= row.data.keys()).read(row)
        for mode in ("build", "items", "tailor", "exam"):
            episode = played(index, task=task, mode=mode, **SMALL)
            done += episode.stop in (Stop.SOLVED, Stop.TIE)
            assert all(not faults(record, episode) for record in SCENARIO.records(episode))
    assert done >= 17


def test_the_same_seed_gives_the_same_bytes():
    assert digest(played(5, **SMALL).to_bytes().decode()) == digest(played(5, **SMALL).to_bytes().decode())
