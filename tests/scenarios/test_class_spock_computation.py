"""CLASS with a program that computes what a turn needs before it is judged: when it is asked, what it gives, what it is worth."""

import asyncio

import pytest
import snapshots
from closed_form import within

from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.gauge import Gauge
from maieutic.agents.simulated.pupil import Pupil
from maieutic.roles.computation import LONGEST, computed
from maieutic.scenarios import assemble
from maieutic.scenarios.class_spock import SCENARIO

SLIP = 0.3


def played(n, gauge=None, computation=True):
    cast = {"tutor": Coder(slip=SLIP), "student": Pupil(vague=0.1, astray=0.1, asks=0.1)}
    if gauge is not None:
        cast["checker"] = gauge
    company = assemble(SCENARIO, parameters={"computation": computation, "learner": False}, cast=cast)
    return [asyncio.run(company.play(SCENARIO.world.generate(6, place), place)) for place in range(n)]


def told(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def graded(episodes):
    """Results of the student that were graded, and those graded rightly."""
    right = given = 0
    for episode in episodes:
        for said, true in SCENARIO.lesson(episode).codes["evaluation"]:
            if true in ("a", "b"):
                given += 1
                right += said == true
    return right, given


def test_the_graph_draws_itself():
    company = assemble(SCENARIO, parameters={"computation": True})
    snapshots.check("class-spock-computation.mmd", company.compiled.get_graph().draw_mermaid())


@pytest.mark.parametrize(
    ("gauge", "accuracy"),
    [
        (None, 1 - SLIP),
        (Gauge(overlooked=0, needless=0.2, miswritten=0), 1.0),
        (Gauge(overlooked=0.5, needless=0, miswritten=0), 1 - 0.5 * SLIP),
    ],
)
def test_grades_are_as_right_as_the_computations_make_them(gauge, accuracy):
    right, given = graded(played(30, gauge, computation=gauge is not None))
    assert given > 80
    assert within(right, given, accuracy) if accuracy < 1 else right == given


def test_what_is_computed_is_asked_for_and_comes_out_at_the_rates_of_the_gauge():
    episodes = played(60, Gauge(overlooked=0.2, needless=0.3, miswritten=0.1))
    wanted = told(episodes, "computation")
    due, idle = ([one.said for one in wanted if one.true is kind] for kind in (True, False))
    assert within(sum(due), len(due), 0.8)
    assert within(sum(idle), len(idle), 0.3)
    made = told(episodes, "computed")
    assert len(made) == sum(due) + sum(idle) > 100
    assert within(sum(one.true for one in made), len(made), 0.9)
    for episode in episodes:
        asked = {event.id: event for event in episode.by_role("checker.computation")}
        for event in episode.by_role("calculator.compute"):
            assert asked[event.parent].answer["needed"]


def test_what_is_no_arithmetic_or_has_no_end_is_a_fault_and_no_number():
    for wrong in ("", "import os", "7 / 0", "x + 1", "9" * 5000):
        made = computed({"calculation": wrong})
        assert made["value"] is None
        assert made["fault"]
    long = computed({"calculation": " * ".join(["9" * 900] * 6)})
    assert long["value"] is None
    assert long["fault"]
    assert str(LONGEST) in computed({"calculation": f"{10**500} + 1"})["fault"]


def test_without_it_episodes_are_what_they_were():
    company = assemble(SCENARIO)
    assert set(company.spelled) == {"attempts", "turns", "learner"}
