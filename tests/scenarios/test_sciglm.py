"""SciGLM: the yield of each stage and the precision of what is kept are closed forms; each trap of the published code."""

import itertools
from collections import Counter
from statistics import NormalDist

import pytest
import snapshots
from closed_form import played, within
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared
from spy import Spy

from maieutic import Dialogue, Stop, Task, faults
from maieutic.agents import BadAnswer, Program, Scripted
from maieutic.agents.simulated.comparer import Classifier, Comparer
from maieutic.agents.simulated.scientist import Scientist
from maieutic.roles.reflection import (
    COMPARE,
    INFORM,
    MARK,
    MEASURE,
    QUALITY,
    REVISE,
    SOLVE,
    WEAK,
    log_odds,
    parted,
    read_verdict,
)
from maieutic.runs import Source
from maieutic.scenarios import assemble
from maieutic.scenarios.sciglm import SCENARIO, judged, kept, solution, solutions
from maieutic.worlds.formulas import WORLD, chain, first_fault, sound, stated, verdict

PLAIN = {"unmarked": 0, "vague": 0, "respelled": 0}
SURE = Comparer(miss=0, alarm=0, unsure=0, garbled=0)
KEEN = Classifier(gain=5, bias=0, noise=0)


def many(count, cast=None, seed=3, tasks=None, **parameters):
    company = assemble(SCENARIO, parameters=parameters, cast=cast or {})
    return played(company, tasks or (WORLD.generate(seed, place) for place in range(count)))


def people(**given):
    """The cast in which one scientist takes all seats of those who solve."""
    return dict.fromkeys(("solver", "reviser", "informed", "weak"), Scientist(**{**PLAIN, **given}))


def asked(episode, role):
    return [event for event in episode.events if event.role == role.name]


def decided(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def right(episode, event):
    return verdict(stated(solution(event)), episode.task.truth["answer"]) == "same"


@pytest.mark.parametrize("mode", ["annotate", "label"])
def test_the_graph_of_each_mode_draws_itself(mode):
    company = assemble(SCENARIO, parameters={"mode": mode})
    name = "sciglm" if mode == "annotate" else f"sciglm-{mode}"
    snapshots.check(f"{name}.mmd", company.compiled.get_graph().draw_mermaid())


# yields


@pytest.mark.parametrize(("p", "r"), [(0.6, 0.5), (0.3, 0.8)])
def test_the_yield_of_each_stage_is_its_share_of_what_is_left(p, r):
    episodes = many(150, people(right=p, fix=r), classify=False)
    for stage, share in (("first", p), ("revised", (1 - p) * r), ("informed", (1 - p) * (1 - r))):
        assert within(sum(one.scores[stage] for one in episodes), 150, share)
    assert all(one.scores["yield"] == 1 for one in episodes)  # p + (1 - p) r + (1 - p)(1 - r)
    assert all(right(one, kept(one)) for one in episodes)


def test_without_the_last_stage_what_is_still_wrong_is_dropped():
    episodes = many(150, people(right=0.4, fix=0.5), classify=False, informed=False)
    assert within(sum(one.scores["yield"] for one in episodes), 150, 0.4 + 0.6 * 0.5)
    assert {one.stop for one in episodes} == {Stop.SOLVED, Stop.EXHAUSTED}
    assert not any(asked(one, INFORM) for one in episodes)


def let_through(p, r, stay, u, v):
    """Shares of right and of wrong solutions that a comparer with error rates u, v lets through over the three stages."""
    good, bad = p * (1 - u), (1 - p) * v
    right, wrong = p * u, (1 - p) * (1 - v)
    right, wrong = right * stay + wrong * r, right * (1 - stay) + wrong * (1 - r)
    good, bad = good + right * (1 - u), bad + wrong * v
    return good + (right * u + wrong * (1 - v)) * (1 - u), bad


@pytest.mark.parametrize(("u", "v"), [(0.05, 0.2), (0.3, 0.3)])
def test_a_comparer_with_error_rates_keeps_as_precisely_as_they_say(u, v):
    cast = people(right=0.5, fix=0.6, stay=0.8) | {"comparer": Comparer(miss=u, alarm=v, unsure=0, garbled=0)}
    episodes = many(180, cast, numeric=False, classify=False)
    good, bad = let_through(0.5, 0.6, 0.8, u, v)
    through = [one for one in episodes if one.scores["yield"]]
    assert within(len(through), 180, good + bad)
    assert within(sum(right(one, kept(one)) for one in through), len(through), good / (good + bad))


def test_the_steps_of_later_stages_hold_less_often_and_the_stage_is_marked():
    episodes = many(160, people(right=0.4, luck=0.1, fix=0.5, sound=0.9, shown=0.4), classify=False)
    for stage, share in (("first", 0.9), ("revised", 0.9), ("informed", 0.4)):
        made = decided(episodes, stage)
        assert len(made) > 30
        assert within(sum(one.true for one in made), len(made), share)
    for episode in episodes:
        (record,) = SCENARIO.records(episode)
        assert episode.scores[record.meta["stage"]] == 1


# the comparers


def test_the_judge_is_asked_only_what_numbers_and_units_do_not_tell():
    judge = Spy(SURE)
    episodes = many(120, people(respelled=1) | {"comparer": judge})
    assert judge.views == []
    assert all(one.true == one.said for one in decided(episodes, "match"))
    vague = many(40, people(vague=1) | {"comparer": judge})
    assert len(judge.views) == sum(len(solutions(one.events)) for one in vague) > 40
    assert all(one.scores["yield"] == 0 for one in vague)  # no explicit answer counts as 0


def test_a_judge_that_cannot_tell_turns_right_answers_down_and_the_program_does_not():
    """The rate of false negatives: 1 - (1 - u)(1 - share in another form)."""
    cast = people(right=1, respelled=0.7) | {"comparer": Comparer(miss=0.1, alarm=0, unsure=1, garbled=0)}
    episodes = many(200, cast, numeric=False)
    firsts = [asked(one, SOLVE)[0] for one in episodes]
    plain = [
        f"is {one.task.truth['answer']}." in e.answer["text"] for one, e in zip(episodes, firsts, strict=True)
    ]
    found = [judged(one.events, e, settings(one)) for one, e in zip(episodes, firsts, strict=True)]
    assert 0.1 < sum(plain) / 200 < 0.7
    assert not any(one for one, same in zip(found, plain, strict=True) if not same)
    assert within(sum(one for one, same in zip(found, plain, strict=True) if same), sum(plain), 0.9)
    judgements = [one.said for one in decided(episodes, "judge") if one.true]
    assert judgements.count(False) > 60
    assert sum(one.scores["sent_back"] for one in episodes) == judgements.count(False)
    assert all(one.scores["first"] == 1 and one.scores["sent_back"] == 0 for one in many(60, cast))


def settings(episode):
    return SCENARIO.configure(dict(episode.parameters))


def test_a_first_character_that_is_no_verdict_is_asked_for_again_up_to_the_bound():
    cast = people(right=0.5) | {"comparer": Comparer(miss=0, alarm=0, unsure=0, garbled=0.6)}
    episodes = many(120, cast, numeric=False, classify=False, comparisons=4)
    counts = Counter()
    for episode in episodes:
        for made in solutions(episode.events):
            said = [read_verdict(e.answer["text"]) for e in asked(episode, COMPARE) if e.parent == made.id]
            assert said[:-1] == [None] * (len(said) - 1)
            assert len(said) <= 4
            if said[-1] is None:
                assert len(said) == 4
                assert judged(episode.events, made, settings(episode)) is False
            counts[said[-1] is None] += 1
    assert within(counts[True], counts.total(), 0.6**4)
    assert sum(one.scores["given_up"] for one in episodes) == counts[True] > 10


def test_ten_failures_count_as_0_and_are_counted():
    for episode in many(5, {"comparer": Comparer(garbled=1)}, numeric=False):
        assert len(asked(episode, COMPARE)) == 30
        assert episode.stop is Stop.EXHAUSTED
        assert (episode.scores["given_up"], episode.scores["asked_again"]) == (3, 30)
        assert episode.scores["yield"] == 0


def test_a_comparison_that_breaks_down_is_a_failure_too():
    turn = itertools.count()

    def every_third(view):
        if next(turn) % 3:
            raise BadAnswer("nothing to say")
        return {"text": "1"}

    judge = Program("third", {COMPARE.name: every_third})
    for episode in many(4, people() | {"comparer": judge}, numeric=False, classify=False):
        assert episode.stop is Stop.SOLVED
        assert [e.invalid is None for e in asked(episode, COMPARE)][-1]


@pytest.mark.parametrize(
    ("text", "wanted"), [("1", True), ("0\n", False), ("01", False), ("(1)", None), ("", None)]
)
def test_a_verdict_is_the_first_character(text, wanted):
    assert read_verdict(text) is wanted


# reflection


def test_the_reflection_is_cut_away_and_lines_are_kept():
    seen = 0
    for episode in many(60, people(right=0, fix=1), classify=False):
        (record,) = SCENARIO.records(episode)
        (event,) = asked(episode, REVISE)
        text = record.messages[-1].content
        assert MARK not in text
        assert event.answer["text"] == f"{record.meta['reflection']}\n{MARK}\n{text}"
        assert record.meta["error_kind"] == event.answer["error_kind"]
        assert record.meta["reflection"] not in text
        assert len(text.splitlines()) == len(chain(episode.task.truth).steps) + 1
        seen += 1
    assert seen == 60


@given(st.text(), st.text().map(str.strip).filter(bool).filter(lambda text: MARK.lower() not in text.lower()))
def test_what_stands_behind_the_last_marker_is_the_solution(before, after):
    assert parted(f"{before}\n{MARK}\n{after}")[1] == after
    assert parted(f"{before} without it")[1] is None or MARK.lower() in before.lower()


@pytest.mark.parametrize("lost", [0.5, 1.0])
def test_a_revision_without_the_marker_is_a_failed_try(lost):
    episodes = many(120, people(right=0, fix=1, unmarked=lost), classify=False)
    tries = Counter(len(asked(one, REVISE)) for one in episodes)
    assert max(tries) == 3
    assert within(sum(one.scores["informed"] for one in episodes), 120, lost**3)
    for episode in episodes:
        *failed, last = asked(episode, REVISE)
        assert all(solution(one) is None for one in failed)
        assert (solution(last) is None) is (episode.scores["informed"] == 1)


def test_the_named_kind_of_mistake_is_right_at_its_rate_and_all_kinds_occur():
    episodes = many(120, people(right=0, named=0.7))
    named = decided(episodes, "error")
    assert len(named) > 100
    assert within(sum(one.true for one in named), len(named), 0.7)
    kinds = Counter()
    for episode in episodes:
        answer = episode.task.truth["answer"]
        fault = first_fault(asked(episode, SOLVE)[0].answer["text"], chain(episode.task.truth), answer)
        kinds[fault.kind] += 1
    for kind in ("comprehension", "calculation", "false-reasoning"):
        assert 0.2 < kinds[kind] / 120 < 0.5


# the classifier


def test_a_right_answer_by_wrong_reasoning_passes_the_comparer_and_not_the_classifier():
    for episode in many(60, people(right=1, luck=1) | {"classifier": KEEN}):
        assert episode.scores["first"] == 1
        if not sound(
            solution(asked(episode, SOLVE)[0]), chain(episode.task.truth), episode.task.truth["answer"]
        ):
            assert episode.stop is Stop.REFUSED
            assert list(SCENARIO.records(episode)) == []
    unsound = [one.true for one in decided(many(60, people(right=1, luck=1)), "first")]
    assert sum(unsound) < 5


@pytest.mark.parametrize("threshold", [-1.0, 0.0, 1.5])
def test_each_threshold_keeps_as_many_sound_and_unsound_solutions_as_the_noise_says(threshold):
    gain, bias, noise = 0.8, 0.2, 1.0
    cast = people(right=1, luck=0.5) | {"classifier": Classifier(gain=gain, bias=bias, noise=noise)}
    episodes = many(180, cast, seed=12, threshold=threshold, sweep=(-2.0, 0.0, 1.0))
    for kind, at in ((f"kept>{t:g}", t) for t in (-2.0, 0.0, 1.0)):
        made = decided(episodes, kind)
        assert len(made) == 180
        for true in (True, False):
            said = [one.said for one in made if one.true is true]
            chance = NormalDist().cdf(((gain if true else -gain) + bias - at) / noise)
            assert len(said) > 60
            assert within(sum(said), len(said), chance)
    for one in decided(episodes, "kept"):
        assert one.true in (True, False)
    for episode in episodes:
        assert (episode.stop is Stop.SOLVED) is (episode.scores["quality"] > threshold)
        assert len(list(SCENARIO.records(episode))) == (episode.stop is Stop.SOLVED)


def test_an_unknown_score_keeps_nothing_and_is_counted_and_never_is_the_worst():
    for episode in many(6, {"classifier": Classifier(mute=1)}):
        assert episode.stop is Stop.REFUSED
        assert episode.scores["quality_unknown"] == 1
        assert episode.scores["kept"] == 0
        assert list(SCENARIO.records(episode)) == []
        assert "quality" not in episode.scores


def test_a_word_without_probabilities_counts_as_it_was_said():
    for word in ("True", "False"):
        said = Program("said", {QUALITY.name: lambda view, word=word: {"verdict": word}})
        for episode in many(3, {"classifier": said}):
            (event,) = asked(episode, QUALITY)
            assert (log_odds(event) > 0) is (word == "True") is (episode.stop is Stop.SOLVED)


def test_a_classifier_that_gives_nothing_usable_is_asked_three_times():
    silent = Scripted({QUALITY.name: [{"words": "?"}] * 3})
    for episode in many(2, {"classifier": silent}):
        assert len(asked(episode, QUALITY)) == 3
        assert episode.stop is Stop.REFUSED


# what everybody is shown


def test_nobody_sees_more_than_the_paper_shows():
    watched = {
        seat: Spy(player)
        for seat, player in {
            **people(right=0.3, fix=0.3, vague=0.3),
            "comparer": SURE,
            "classifier": KEEN,
        }.items()
    }
    many(40, watched)
    many(5, watched, mode="label")
    shown = {}
    for one in watched.values():
        for role, view in one.views:
            shown.setdefault(role, set()).add(frozenset(view))
    assert shown == {
        SOLVE.name: {frozenset({"question"})},
        WEAK.name: {frozenset({"question"})},
        REVISE.name: {frozenset({"question", "response", "answer"})},
        INFORM.name: {frozenset({"question", "answer"})},
        COMPARE.name: {frozenset({"response", "answer"})},
        QUALITY.name: {frozenset({"question", "response"})},
    }
    assert all(MARK not in view["response"] for _, view in watched["comparer"].views)


# records


def test_a_record_keeps_what_led_to_it_and_can_be_weighed_down():
    stages = Counter()
    for episode in many(120, people(right=0.4, fix=0.5), classify=True, weights=(1.0, 0.5, 0.25)):
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            assert isinstance(record, Dialogue)
            meta = record.meta
            stages[meta["stage"]] += 1
            assert meta["weight"] == {"first": 1.0, "revised": 0.5, "informed": 0.25}[meta["stage"]]
            assert meta["real_answer"] == episode.task.fields["answer"]
            assert meta["quality_score"] > 0
            assert meta["judge_votes"][0] == {"by": "numbers-and-units", "said": "same"}
            assert ("reflection" in meta) is (meta["stage"] == "revised")
    assert set(stages) == {"first", "revised", "informed"}


def test_a_weaker_models_solutions_are_labelled_for_a_classifier():
    labels = Counter()
    weak = people(right=0.3, luck=0)
    for episode in many(60, weak, mode="label"):
        made = list(SCENARIO.records(episode))
        assert len(made) == len(asked(episode, WEAK)) == 4
        assert asked(episode, SOLVE) == asked(episode, REVISE) == []
        for record, event in zip(made, asked(episode, WEAK), strict=True):
            assert faults(record, episode) == []
            assert record.purpose == "classify"
            word = record.messages[-1].content
            assert word == str(right(episode, event))
            assert solution(event) in record.messages[0].content
            labels[word] += 1
    assert within(labels["True"], 240, 0.3)
    assert len(decided(many(5, weak, mode="label"), "kept")) == 20


# kinds of tasks


def choice(index, answer="B"):
    fields = {"question": f"Which of these, number {index}?\nA) 1\nB) 2\nC) 3", "answer": answer}
    return Task(id=f"choice:{index}", world="formulas", fields=fields, truth={"answer": answer, "choices": 3})


def test_questions_with_a_letter_for_an_answer_are_a_run_of_their_own():
    tasks = [choice(index) for index in range(30)] + [WORLD.generate(1, index) for index in range(3)]
    for answers in ("open", "choice"):
        episodes = many(0, people(right=0.5), tasks=tasks, answers=answers)
        for episode in episodes:
            mine = (episode.task.id.startswith("choice")) is (answers == "choice")
            assert bool(episode.events) is mine
            assert episode.scores.get("apart", 0) == (not mine)
            assert (episode.stop is Stop.REFUSED) or mine
        if answers == "choice":
            assert sum(one.scores.get("yield", 0) for one in episodes) == 30
            assert 5 < sum(one.scores.get("first", 0) for one in episodes) < 25


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "svamp/problems.jsonl", "mathdial/dialogues.jsonl"])
@pytest.mark.parametrize("mode", ["annotate", "label"])
def test_real_records(name, mode):
    tasks = Source(WORLD, shared(name), needs=("question", "answer")).tasks(12)
    stages = Counter()
    for episode in many(0, tasks=tasks, mode=mode):
        assert episode.stop in (Stop.SOLVED, Stop.REFUSED)
        assert all(faults(record, episode) == [] for record in SCENARIO.records(episode))
        assert all(one.said == one.true for one in SCENARIO.decisions(episode) if one.kind == "match")
        stages[episode.stop] += 1
    assert stages[Stop.SOLVED] > 4


def test_unusable_turns_end_an_episode_or_lead_on():
    silent = Scripted({SOLVE.name: [{"words": "?"}] * 3})
    for episode in many(2, {"solver": silent}):
        assert episode.stop is Stop.INVALID
        assert len(episode.events) == 3
    mute = Scripted({INFORM.name: [{"words": "?"}] * 3})
    for episode in many(3, people(right=0, fix=0) | {"informed": mute}):
        assert episode.stop is Stop.EXHAUSTED
        assert len(asked(episode, INFORM)) == 3
    lame = Program("lame", {MEASURE.name: lambda view: {"verdict": "perhaps"}})
    for episode in many(3, people(right=1) | {"measurer": lame, "comparer": SURE, "classifier": KEEN}):
        assert asked(episode, COMPARE)  # a judge is asked where the program breaks down
        assert episode.scores["first"] == 1


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([one.to_bytes() for one in many(6)] for _ in range(2))
    assert once == again
