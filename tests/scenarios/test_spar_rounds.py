"""SPaR in rounds: what is learnt from, and who becomes better or worse by it."""

import asyncio
import json
from collections import Counter

import pytest
from closed_form import played
from hypothesis import given
from hypothesis import strategies as st

from maieutic import Dialogue, Judged, Message, Pair, rng
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer, taught
from maieutic.roles.refiner import case, revision, turns
from maieutic.runs import Journal, Recipe, Simulated, rounds
from maieutic.scenarios import Drawn, assemble
from maieutic.scenarios.outer import capped
from maieutic.scenarios.spar import SCENARIO
from maieutic.worlds.text_constraints import WORLD

SMALL = {"responses": 3, "votes": 3, "branch": 2, "depth": 1}
RATE = st.floats(0, 1)


# What one lesson does


@given(RATE, st.integers(0, 50), st.integers(0, 50), RATE)
def test_right_lessons_raise_a_rate_and_wrong_ones_lower_it(rate, right, wrong, gain):
    after = taught(rate, right, wrong, gain)
    assert -1e-9 <= after <= 1 + 1e-9
    assert taught(rate, right + 1, wrong, gain) >= after - 1e-12
    assert taught(rate, right, wrong + 1, gain) <= after + 1e-12
    assert taught(rate, 0, 0, gain) == pytest.approx(rate)


ABOUT = {"episode": "e", "task": "t"}
PROMPT = (Message(role="user", content="Write. There must be no comma anywhere."),)
GOOD, BAD = "Rain falls on roofs.", "Rain falls, then stops."


def pair(chosen, rejected, prompt=PROMPT):
    return Pair(
        **ABOUT,
        purpose="prefer",
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        chosen_event="a",
        rejected_event="b",
        chosen_verdict=1,
        rejected_verdict=0,
    )


def judged(response, verdict, in_tree=False):
    return Judged(
        **ABOUT,
        purpose="judge",
        meta={"in_tree": in_tree},
        prompt=PROMPT,
        response=response,
        critique="well",
        verdict=verdict,
        response_event="a",
        critique_event="b",
    )


def refined(before, after):
    judgement = {"text": "a comma", "verdict": "no"}
    said = turns(PROMPT[0].content, before, judgement, {"reflection": "none", "text": after})
    return Dialogue(**ABOUT, purpose="refine", messages=said, events=("a", "b", "c"))


def test_a_writer_learns_from_pairs_that_are_truly_right_and_is_misled_by_wrong_ones():
    writer = Writer(skill=0.5, gain=0.1)
    assert writer.studied([pair(GOOD, BAD)], 0).skill == pytest.approx(0.55)
    assert writer.studied([pair(BAD, GOOD)], 0).skill == pytest.approx(0.45)
    assert writer.studied([pair(GOOD, f"{GOOD} Still.")], 0).skill == 0.5
    other = (Message(role="user", content="Leave all commas out, please."),)
    assert writer.studied([pair(GOOD, BAD, other)], 0).skill == 0.5  # not in words that it can check


def test_a_refiner_learns_to_judge_from_judgements_and_to_mend_from_revisions():
    refiner = Refiner(accuracy=0.5, fix=0.5, gain=0.1)
    for lesson, accuracy, fix in (
        (judged(GOOD, True), 0.55, 0.5),
        (judged(BAD, False), 0.55, 0.5),
        (judged(BAD, True), 0.45, 0.5),
        (refined(BAD, GOOD), 0.5, 0.55),
        (refined(GOOD, BAD), 0.5, 0.45),
        (refined(BAD, f"{BAD} Still, it falls."), 0.5, 0.5),
    ):
        after = refiner.studied([lesson], 0)
        assert (after.accuracy, after.fix) == (pytest.approx(accuracy), pytest.approx(fix))


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_refinement_is_read_back_from_its_conversation(response, text, reflection):
    rule = "\n\n---\n\n"
    said = turns("Write.", response, {"text": "x", "verdict": "no"}, {"reflection": reflection, "text": text})
    record = Dialogue(**ABOUT, purpose="refine", messages=said, events=("a",))
    if rule not in reflection:
        assert revision(record) == ("Write.", response, text)
    assert revision(record.model_copy(update={"messages": said[:2]})) is None


# The mix


@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abcx"), st.integers(0, 5)), max_size=5), max_size=6),
    st.fixed_dictionaries({kind: st.integers(0, 4) for kind in "abc"}),
    st.integers(0, 99),
)
def test_a_mix_has_no_more_of_a_kind_than_its_cap_none_twice_and_all_that_has_no_cap(drawn, caps, seed):
    given_ = [
        Drawn(None, tuple(pair(f"{kind}{number}", "no") for kind, number in records)) for records in drawn
    ]
    mixed = capped(given_, lambda one: one.chosen[0], caps, lambda one: one.chosen[1:], rng(seed))
    left = [record.chosen for one in mixed for record in one.records]
    before = Counter(record.chosen for one in given_ for record in one.records)
    assert not Counter(left) - before
    assert sum(one[0] == "x" for one in left) == sum(n for one, n in before.items() if one[0] == "x")
    limited = [one for one in left if one[0] != "x"]
    assert len({one[1:] for one in limited}) == len(limited)
    known = set()
    for kind, cap in caps.items():  # as many as can be had, kinds in their order
        mine = {one[1:] for one in limited if one[0] == kind}
        assert len(mine) == min(cap, len({one[1:] for one in before if one[0] == kind} - known))
        known |= mine
    assert all(one.records for one in mixed)


@pytest.fixture(scope="module")
def drawn():
    company = assemble(SCENARIO, parameters={**SMALL, "depth": 2, "votes": 5})
    episodes = played(company, [WORLD.generate(6, place) for place in range(25)])
    return [Drawn(one, tuple(SCENARIO.records(one))) for one in episodes]


def asked(record):
    return record.prompt[-1].content


def parts(chosen):
    found = Counter()
    for one in chosen:
        for record in one.records:
            name = record.kind
            if isinstance(record, Judged):
                name = ("tree" if record.meta["in_tree"] else "first", record.verdict)
            found[name] += 1
    return found


def test_the_refiner_learns_from_a_capped_mix_in_which_no_case_comes_twice(drawn):
    whole = SCENARIO.outer.select(1, drawn, rng(0))
    assert parts(whole)["pair"] == sum(r.kind == "pair" for one in drawn for r in one.records) > 5
    cases = [
        record.messages[0].content if isinstance(record, Dialogue) else case(asked(record), record.response)
        for one in whole
        for record in one.records
        if not isinstance(record, Pair)
    ]
    assert len(set(cases)) == len(cases) > 20
    for one in whole:  # of a tree one judgement that passed and one that failed
        tree = Counter(r.verdict for r in one.records if isinstance(r, Judged) and r.meta["in_tree"])
        assert max(tree.values(), default=0) <= 1
    caps = {"refinements": 2, "tree_passed": 1, "tree_failed": 0, "first_failed": 3, "first_passed": 4}
    told = [
        Drawn(one.episode.model_copy(update={"parameters": {**one.episode.parameters, **caps}}), one.records)
        for one in drawn
    ]
    few = parts(SCENARIO.outer.select(1, told, rng(0)))
    assert few["dialogue"] == 2
    assert few["tree", True] == 1
    assert few["tree", False] == 0
    assert few["first", False] == 3
    assert few["first", True] == 4
    assert few["pair"] == parts(whole)["pair"]
    assert SCENARIO.outer.select(1, [], rng(0)) == []


def test_published_caps_are_the_defaults():
    settings = SCENARIO.configure({})
    assert (settings.refinements, settings.tree_passed, settings.tree_failed) == (4000, 1500, 1000)
    assert (settings.first_failed, settings.first_passed) == (500, 2500)
    assert SCENARIO.outer.rounds == 3
    assert SCENARIO.outer.learns == {"actor": ("prefer",), "refiner": ("refine", "judge")}


# The loop


def loop(folder, refiner, number=2):
    recipe = Recipe(
        scenario="spar",
        n=14,
        seed=4,
        parameters=SMALL,
        cast={
            "actor": "simulated:skill=0.5,gain=0.05",
            "refiner": f"simulated:{refiner},gain=0.02",
        },
    )
    seated = recipe.company().cast
    learners = {seat: Simulated(seated[seat]) for seat in ("actor", "refiner")}
    return asyncio.run(rounds(recipe, learners, folder, number=number, tests=40)), seated


def test_writer_and_refiner_become_better_by_what_they_make_where_it_is_mostly_right(tmp_path):
    done, seated = loop(tmp_path / "loop", "accuracy=0.9")
    actor, refiner = seated["actor"], seated["refiner"]
    for number in (1, 2):
        with Journal(tmp_path / "loop" / f"round-{number}") as journal:
            found = [episode for _, episode in sorted(journal.episodes(), key=lambda one: one[0])]
        made = [Drawn(one, tuple(SCENARIO.records(one))) for one in found]
        lessons = [r for one in SCENARIO.outer.select(number, made, rng(0)) for r in one.records]
        before = actor.skill, refiner.accuracy, refiner.fix
        actor = actor.studied([r for r in lessons if r.purpose == "prefer"], 0)
        refiner = refiner.studied([r for r in lessons if r.purpose in ("refine", "judge")], 0)
        for seat, player in (("actor", actor), ("refiner", refiner)):
            state = json.loads((tmp_path / "loop" / f"learnt-{number}" / seat / "state.json").read_text())
            assert type(player).model_validate(state) == player
        assert (actor.skill, refiner.accuracy, refiner.fix) > before
    assert done[2].gain(done[0]).low > 0
    with Journal(tmp_path / "loop" / "exam-2") as journal:
        for _, episode in journal.episodes():  # an exam asks for one response, and teaches nothing
            assert len(episode.by_role("actor.respond")) == 1
            assert len(episode.by_role("refiner.refine")) <= 1


def test_a_judge_who_is_mostly_wrong_and_an_editor_who_spoils_teach_both_to_be_worse(tmp_path):
    _, seated = loop(tmp_path / "loop", "accuracy=0.2,fix=0,spoil=0.6", number=1)
    states = {
        seat: json.loads((tmp_path / "loop" / "learnt-1" / seat / "state.json").read_text())
        for seat in ("actor", "refiner")
    }
    assert states["refiner"]["accuracy"] < seated["refiner"].accuracy
    assert states["refiner"]["fix"] == 0
    assert states["actor"]["skill"] < seated["actor"].skill
