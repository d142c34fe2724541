"""AutoMathCritique: the filter is a binomial tail, critiques are told by their truth, no trap of the published code."""

import asyncio
import itertools
import json
import math
from collections import Counter

import pytest
import snapshots
from closed_form import played, within
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared
from spy import Spy

from maieutic import Dialogue, InputError, Judged, Stepwise, Stop, faults, rng
from maieutic.agents import BadAnswer, Program, Scripted
from maieutic.agents.simulated.solver import FlawMaker, Solver, first_error, spoiled
from maieutic.agents.simulated.walker import Walker
from maieutic.agents.simulated.working import chain
from maieutic.roles.critique import (
    AMEND,
    ANNOTATE,
    CRITICISE,
    FLAW,
    SOLVE,
    aligned,
    heard,
    spoken,
    steps_of,
    walked,
)
from maieutic.runs import Journal, Recipe, Simulated, rounds
from maieutic.runs.playing import checked_records
from maieutic.scenarios import assemble
from maieutic.scenarios.automathcritique import SCENARIO, shortcut, voted
from maieutic.worlds import rows
from maieutic.worlds.word_problems import READERS, WORLD, answers

SURE = Walker(miss=0, alarm=0, leak=0, skips=0)


def many(count, cast=None, seed=3, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast=cast or {})
    return played(company, (WORLD.generate(seed, place) for place in range(count)))


def decided(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def asked(episode, role):
    return [event for event in episode.events if event.role == role.name]


def tail(n, k, p):
    """Probability of k or more of n."""
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize("mode", ["train", "parallel", "sequential"])
def test_the_graph_of_each_mode_draws_itself(mode):
    company = assemble(SCENARIO, parameters={"mode": mode})
    snapshots.check(f"automathcritique-{mode}.mmd", company.compiled.get_graph().draw_mermaid())


def test_the_closed_form_is_the_one_that_is_known():
    shares = [round(tail(10, 3, p), 3) for p in (0.1, 0.2, 0.3, 0.5)]
    assert shares == [0.070, 0.322, 0.617, 0.945]


@pytest.mark.parametrize("p", [0.1, 0.3])
def test_the_share_that_is_kept_is_the_binomial_tail(p):
    actor = Solver(fix=p, luck=p, shortcut=0)
    kept = []
    for episode in many(70, {"annotator": SURE, "actor": actor}, ways=("insert",)):
        made = Counter(event.parent for event in asked(episode, AMEND))
        assert set(made.values()) == {10}
        kept.append(episode.scores["kept"])
    assert within(sum(kept), len(kept), tail(10, 3, p))


def test_a_filter_that_nothing_could_pass_is_a_clear_error():
    with pytest.raises(InputError, match="least must be at most refinements, got 3 > 2"):
        SCENARIO.configure({"refinements": 2})
    assert SCENARIO.configure({"refinements": 2, "mode": "train"}).least == 3  # where there is no filter


def test_lucky_refinements_are_the_false_critiques_that_pass():
    cast = {"annotator": Walker(miss=0, alarm=0.4, leak=0, skips=0), "actor": Solver(fix=0.5, luck=0.2)}
    made = decided(many(100, cast, ways=("insert",)), "critique")
    true, false = ([one.said for one in made if one.true is kind] for kind in (True, False))
    assert min(len(true), len(false)) > 25
    assert within(sum(true), len(true), tail(10, 3, 0.5))
    assert within(sum(false), len(false), tail(10, 3, 0.2))


def test_a_critique_that_finds_nothing_changes_nothing():
    blind = Walker(miss=1, alarm=0, leak=0, skips=0)
    for episode in many(20, {"annotator": blind}):
        assert episode.stop in (Stop.EXHAUSTED, Stop.ACCEPTED)
        assert list(SCENARIO.records(episode)) == []
        assert all(not one.said for one in decided([episode], "critique"))


def test_best_of_eight_is_as_often_right_as_any_of_eight():
    actor = Solver(right=0.3, hard=0.3)
    episodes = many(120, {"actor": actor}, mode="parallel", critic=False, samples=8)
    assert round(1 - 0.7**8, 3) == 0.942
    assert within(sum(one.scores["pass_at_n"] for one in episodes), 120, 1 - 0.7**8)


@pytest.mark.parametrize("turns", [1, 3])
def test_one_after_the_other_under_an_oracle_is_the_closed_form_and_says_that_it_is_one(turns):
    """1 - (1 - r)(1 - f)^t after t refinements by critiques that are true."""
    cast = {"actor": Solver(right=0.3, hard=0.3, fix=0.4), "critic": SURE}
    episodes = many(120, cast, mode="sequential", turns=turns, know_answer=True)
    right = [one.scores["accuracy_with_oracle"] for one in episodes]
    assert within(sum(right), 120, 1 - 0.7 * 0.6**turns)
    assert all("accuracy" not in one.scores for one in episodes)
    assert {one.stop for one in episodes} == {Stop.ACCEPTED, Stop.SOLVED, Stop.TURNS}


def test_only_an_oracle_keeps_right_solutions_from_the_critic():
    for know in (True, False):
        for episode in many(25, {"critic": SURE}, mode="parallel", know_answer=know):
            gold = episode.task.truth["answer"]
            wrong = [
                e
                for e in asked(episode, SOLVE)
                if not answers.equal(answers.stated_answer(e.answer["text"]), gold)
            ]
            assert len(asked(episode, CRITICISE)) == (len(wrong) if know else 5)
            assert len(asked(episode, AMEND)) == len(asked(episode, CRITICISE))
            assert ("accuracy_with_oracle" in episode.scores) is know


def test_the_critic_errs_at_its_rates_and_its_first_error_is_right_by_their_product():
    miss, alarm = 0.3, 0.1
    critic = Walker(miss=miss, alarm=alarm, leak=0, skips=0)
    episodes = many(60, {"critic": critic}, mode="parallel")
    steps = decided(episodes, "step")
    right, wrong = ([one.said for one in steps if one.true is kind] for kind in (True, False))
    assert within(len(right) - sum(right), len(right), alarm)
    assert within(sum(wrong), len(wrong), miss)
    hits, chances = 0, []
    for episode in episodes:
        truth, texts = chain(episode.task.truth), {e.id: e.answer["text"] for e in asked(episode, SOLVE)}
        hits += sum(one.true for one in decided([episode], "place"))
        for event in asked(episode, CRITICISE):
            error = first_error(texts[event.parent], truth)
            if error is not None:
                chances.append((1 - miss) * (1 - alarm) ** error)
    assert within(hits, len(chances), sum(chances) / len(chances))


def test_each_way_of_making_flaws_tells_the_annotator_what_is_known_and_no_more():
    annotator, maker = Spy(SURE), Spy(FlawMaker(wrong=1.0))
    episodes = many(15, {"annotator": annotator, "flawmaker": maker})
    shown = {view["mode"]: view for _, view in maker.views}
    assert "reference" not in shown["sample"]
    assert "prefix" not in shown["insert"]
    assert all("reference" in view for _, view in annotator.views)
    assert Counter(
        (v["error_step"] is not None, v["error_type"] is not None) for _, v in annotator.views
    ) == {
        (False, False): 15,
        (True, False): 15,
        (True, True): 15,
    }
    for episode in episodes:
        truth = chain(episode.task.truth)
        prefixed = next(e for e in asked(episode, FLAW) if e.index == 1)
        lines = steps_of(prefixed.answer["text"])
        cut = prefixed.answer["error_step"] - 1
        assert lines[:cut] == steps_of(episode.task.fields["solution"])[:cut]
        assert cut >= 1
        assert first_error(prefixed.answer["text"], truth) == cut
    assert all(one.true for one in decided(episodes, "flaw"))


def test_neither_actor_nor_critic_sees_the_answer():
    actor, critic = Spy(Solver()), Spy(Walker(leak=0))
    many(10, {"actor": actor, "critic": critic}, mode="train")
    many(5, {"actor": actor})
    allowed = {one.name: set(one.sees) for one in (SOLVE, AMEND, CRITICISE)}
    for role, view in actor.views + critic.views:
        assert set(view) == allowed[role]
        assert not {"answer", "solution", "reference"} & set(view)


def test_the_annotator_stops_at_the_first_error_whoever_sits_there():
    def all_of_them(view):
        lines = steps_of(view["response"])
        verdicts = [{"text": one, "correct": place < 1, "explanation": ""} for place, one in enumerate(lines)]
        return {"steps": verdicts, "final_correct": False}

    for walk in ("first-error", "all"):
        longest = 0
        actor = Solver(fix=1, luck=1)
        for episode in many(
            10, {"annotator": Program("long", {ANNOTATE.name: all_of_them}), "actor": actor}, walk=walk
        ):
            for one in SCENARIO.records(episode):
                if isinstance(one, Stepwise):
                    longest = max(longest, one.labels.count(False))
                    assert one.labels.index(False) == 1
        assert longest == 1 if walk == "first-error" else longest > 1


def test_verdicts_are_aligned_by_words_and_what_is_left_out_is_counted():
    steps = ["There are 3 * 60 = 180 minutes.", "Less 22 these are 180 - 22 = 158.", "So 158 / 2 = 79."]
    assert aligned(steps, ["Step 1: there are 3 * 60 = 180 minutes", "So 158 / 2 = 79"]) == [0, 2]
    assert aligned(steps, [steps[2], steps[0]]) == [2, None]  # a step is not walked to twice
    episodes = many(30, {"annotator": Walker(miss=0, alarm=0, leak=0, skips=1)})
    assert sum(one.scores.get("misaligned", 0) for one in episodes) > 10
    assert all(one.true for one in decided(episodes, "place"))


@given(
    st.lists(
        st.tuples(st.text("abc 1=+", min_size=1).map(str.strip).filter(bool), st.booleans()), min_size=1
    ),
    st.booleans(),
)
def test_what_is_told_of_a_critique_is_read_back(steps, final):
    verdicts = [{"text": text, "correct": correct, "explanation": "so"} for text, correct in steps]
    assert heard(spoken(verdicts, final)) == (verdicts, final)
    kept = walked({"steps": verdicts}, "first-error")
    assert [one["correct"] for one in kept[:-1]] == [True] * (len(kept) - 1)


@pytest.mark.parametrize(("mode", "seat"), [("build", "annotator"), ("train", "critic")])
def test_a_critique_that_states_the_answer_is_not_used(mode, seat):
    teller = {seat: Walker(miss=0, alarm=0, leak=1, skips=0)}
    for episode in many(12, teller, mode=mode):
        assert asked(episode, AMEND) == []
        assert episode.stop in (Stop.REFUSED, Stop.ACCEPTED)
        walks = [*asked(episode, ANNOTATE), *asked(episode, CRITICISE)]
        assert episode.scores.get("leaks", 0) == len(walks)
    assert any(asked(episode, AMEND) for episode in many(3, teller, mode=mode, guard=False))


def test_a_right_refinement_without_its_working_is_not_learnt_from():
    assert not shortcut("6 + 1 = 7, 7 * 2 = 14", "6 + 1 = 7", "6 + 1 = 7, 7 * 2 = 14", 2)
    assert shortcut("14", "6 + 1 = 7, 7 * 3 = 21", "", 2)
    cast = {"critic": SURE, "actor": Solver(fix=1, shortcut=1)}
    episodes = many(25, cast, mode="train")
    assert sum(one.scores.get("shortcuts", 0) for one in episodes) > 30
    for episode in episodes:
        for one in SCENARIO.records(episode):
            if one.meta.get("source") == "refined":  # so short a reference has fewer numerals still
                texts = [episode.task.fields["solution"], *(e.answer["text"] for e in asked(episode, SOLVE))]
                assert min(len(answers.numbers_in(text)) for text in texts) <= 3
    assert sum(one.scores.get("shortcuts", 0) for one in many(25, cast, mode="train", margin=100)) == 0


@pytest.mark.parametrize("keep", [1, 2])
def test_no_more_refinements_of_a_critique_are_learnt_from_than_are_to_be(keep):
    cast = {"critic": SURE, "actor": Solver(fix=0.8, shortcut=0)}
    for episode in many(12, cast, mode="train", tries=5, keep=keep):
        by_id = {event.id: event for event in episode.events}
        learnt = [one.events[0] for one in SCENARIO.records(episode) if one.meta.get("source") == "refined"]
        counts = Counter(by_id[name].parent for name in learnt)
        assert all(count <= keep for count in counts.values())
        right = Counter(
            e.parent
            for e in asked(episode, AMEND)
            if answers.equal(answers.stated_answer(e.answer["text"]), episode.task.truth["answer"])
        )
        assert counts == {name: min(keep, count) for name, count in right.items()}


def test_each_record_of_the_filter_has_counts_and_targets_of_its_own():
    seen = 0
    for episode in many(30, {"actor": Solver(fix=0.5, luck=0.2)}):
        gold = episode.task.truth["answer"]
        right = Counter()
        for event in asked(episode, AMEND):
            right[event.parent] += answers.equal(answers.stated_answer(event.answer["text"]), gold)
        made = list(SCENARIO.records(episode))
        assert all(faults(one, episode) == [] for one in made)
        judged = {one.critique_event: one for one in made if isinstance(one, Judged)}
        assert judged.keys() == {name for name, count in right.items() if count >= 3}
        assert (episode.stop is Stop.SOLVED) is bool(judged)
        for name, one in judged.items():
            seen += 1
            assert one.meta["right"] == right[name]
            assert not answers.equal(answers.stated_answer(one.response), gold)
            assert answers.equal(answers.stated_answer(one.meta["new_response"]), gold)
    assert seen > 40


def test_what_is_trained_on_is_right_and_extra_records_come_only_when_they_are_asked_for():
    for extra in (False, True):
        purposes = Counter()
        for episode in many(15, mode="train", extra=extra):
            for one in SCENARIO.records(episode):
                assert faults(one, episode) == []
                assert isinstance(one, Dialogue)
                purposes[one.purpose] += 1
                if one.purpose != "criticise":
                    said = answers.stated_answer(one.messages[-1].content)
                    assert answers.equal(said, episode.task.truth["answer"])
        assert set(purposes) == ({"solve", "refine", "criticise"} if extra else {"solve"})


def test_refinements_that_are_learnt_from_make_failed_ones_fewer_and_critiques_are_no_solutions():
    base = Solver(gain=0.1)
    for episode in many(8, mode="train", extra=True):
        found = list(SCENARIO.records(episode))
        kept = [one for one in found if one.purpose in ("refine", "criticise")]
        refined = len(kept) // 2
        after = base.studied(kept, 0)
        assert after.fix == pytest.approx(1 - (1 - base.fix) * 0.9**refined)
        assert after.model_copy(update={"fix": base.fix}).model_dump() == pytest.approx(base.model_dump())
        solved = [one for one in found if one.purpose == "solve"]
        assert base.studied(solved, 0).fix == base.fix


def test_with_a_critic_more_of_what_is_learnt_from_are_hard_questions():
    shares = {}
    for critic in (False, True):
        pool = Counter()
        for episode in many(40, {"actor": Solver(right=0.9, hard=0.1)}, mode="train", critic=critic):
            hard = len(chain(episode.task.truth)) >= 4
            pool[hard] += sum(one.purpose == "solve" for one in SCENARIO.records(episode))
            assert critic or not asked(episode, CRITICISE)
        shares[critic] = pool[True] / pool.total()
    assert shares[True] > shares[False] + 0.1


def test_every_round_learns_from_the_model_at_the_start_on_all_that_was_made(tmp_path):
    base = Solver(right=0.4, hard=0.2, gain=0.02)
    one = Recipe(
        scenario="automathcritique", n=20, seed=2, cast={"actor": "simulated:right=0.4,hard=0.2,gain=0.02"}
    )
    who = {"actor": Simulated(one.company().cast["actor"])}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=2, tests=40))
    pool = []
    for number in (1, 2):
        company = assemble(SCENARIO, parameters={"mode": "train"})
        with Journal(tmp_path / "loop" / f"round-{number}") as journal:
            found = sorted(journal.episodes(), key=lambda one: one[0])
            pool += [
                r for _, episode in found for r in checked_records(company, episode) if r.purpose == "solve"
            ]
        told = json.loads((tmp_path / "loop" / f"learnt-{number}" / "actor" / "state.json").read_text())
        assert told == base.studied(pool, 0).model_dump(mode="json")
        assert done[number].records["actor"] == len(pool)
    assert done[2].score.mean > done[0].score.mean


def test_one_after_the_other_ends_when_nothing_is_wrong_or_the_turns_are_over():
    for turns in (1, 4):
        cast = {"actor": Solver(right=0, hard=0, fix=0, luck=0), "critic": SURE}
        for episode in many(6, cast, mode="sequential", turns=turns):
            assert episode.stop is Stop.TURNS
            assert len(asked(episode, CRITICISE)) == turns == len(asked(episode, AMEND))
    for episode in many(6, {"actor": Solver(right=1, hard=1), "critic": SURE}, mode="sequential"):
        assert episode.stop is Stop.ACCEPTED
        assert [event.role for event in episode.events] == [SOLVE.name, CRITICISE.name]


def test_what_was_not_wrong_is_not_annotated():
    for episode in many(6, {"flawmaker": FlawMaker(wrong=0)}, ways=("sample",)):
        assert episode.stop is Stop.ACCEPTED
        assert asked(episode, ANNOTATE) == []


def test_unusable_turns_end_an_episode_or_take_no_part():
    silent = Scripted({SOLVE.name: [{"words": "?"}]})
    assert {one.stop for one in many(2, {"actor": silent}, mode="train")} == {Stop.INVALID}
    turn = itertools.count()

    def every_other(view):
        if next(turn) % 2:
            raise BadAnswer("nothing to say")
        return {"steps": [{"text": "?", "correct": False, "explanation": ""}], "final_correct": False}

    for episode in many(4, {"critic": Program("odd", {CRITICISE.name: every_other})}, mode="parallel"):
        usable = [one for one in asked(episode, CRITICISE) if one.invalid is None]
        assert len(asked(episode, AMEND)) == len(usable) < 5
        assert all(faults(record, episode) == [] for record in SCENARIO.records(episode))


def test_equal_votes_are_a_tie_and_no_answer_is_none():
    turn = itertools.count()
    two = Program("two", {SOLVE.name: lambda view: {"text": f"The answer is {next(turn) % 2}."}})
    (episode,) = many(1, {"actor": two}, mode="parallel", critic=False, samples=2)
    assert episode.stop is Stop.TIE
    assert episode.scores["accuracy"] == 0
    assert voted([]) is None


def test_a_planted_mistake_is_told_at_its_place_and_a_right_solution_has_none():
    for index in range(12):
        task = WORLD.generate(9, index)
        steps = chain(task.truth)
        assert first_error(str(task.fields["solution"]), steps) is None
        for place in range(len(steps)):
            found = spoiled(steps, [place], rng("planted", index, place))
            assert found is not None
            assert first_error(found[0], steps) == place


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "svamp/problems.jsonl"])
@pytest.mark.parametrize("mode", ["build", "train", "parallel", "sequential"])
def test_real_records(name, mode):
    found = itertools.islice(rows(shared(name)), 8)
    tasks = [next(one for one in READERS if one.keys <= row.data.keys()).read(row) for row in found]
    company = assemble(SCENARIO, parameters={"mode": mode})
    for episode in played(company, tasks):
        assert episode.stop in (
            Stop.SOLVED,
            Stop.ACCEPTED,
            Stop.EXHAUSTED,
            Stop.TURNS,
            Stop.TIE,
            Stop.REFUSED,
        )
        assert all(faults(record, episode) == [] for record in SCENARIO.records(episode))
        assert all(one.true for one in SCENARIO.decisions(episode) if one.kind == "flaw")


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([one.to_bytes() for one in many(4)] for _ in range(2))
    assert once == again
