"""CLASS with experts who rate the finished talk: what they give is what the talk is worth, as strictly and surely as stated."""

import asyncio
import math
from functools import partial
from statistics import fmean

import pytest
import snapshots
from closed_form import played

from maieutic import Stop
from maieutic.agents import Program, Scripted
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.expert import Expert
from maieutic.agents.simulated.parts import parts_of
from maieutic.agents.simulated.pupil import Pupil
from maieutic.agents.simulated.scriptwriter import Scriptwriter
from maieutic.roles.expert import AXES
from maieutic.runs.agreement import icc, weighted_kappa
from maieutic.runs.statistics import Statistics
from maieutic.runs.tutoring import tutoring
from maieutic.scenarios import assemble
from maieutic.scenarios.class_spock import SCENARIO
from maieutic.scenarios.coded.rated import closed
from maieutic.scenarios.coded.reading import rounds_of, talk_of

MIXED = {
    "tutor": Coder(evaluation=0.25, action=0.1),
    "student": Pupil(wrong=0.7, asks=0.3),
}


def company(cast=None, **parameters):
    given = {"experts": 2, "learner": False, "turns": 6, **parameters}
    return assemble(SCENARIO, parameters=given, cast={**MIXED, **(cast or {})})


def tasks(n):
    return [SCENARIO.world.generate(9, place) for place in range(n)]


@pytest.fixture(scope="module")
def rated():
    """Lessons of talks that differ in what they are worth, rated by strict experts."""
    expert = Expert(severity=0.5, noise=0.8)
    return expert, [
        SCENARIO.lesson(one) for one in played(company({"expert": expert}, experts=3), tasks(120))
    ]


def test_the_graphs_draw_themselves():
    for mode in ("turns", "script"):
        drawn = assemble(SCENARIO, parameters={"experts": 2, "mode": mode}).compiled.get_graph()
        snapshots.check(f"class-spock-experts-{mode}.mmd", drawn.draw_mermaid())


@pytest.mark.parametrize("axis", AXES)
def test_ratings_are_as_likely_as_severity_and_noise_make_them(rated, axis):
    expert, lessons = rated
    found = mean = spread = 0.0
    n = 0
    for lesson in lessons:
        chances = expert.chances(lesson.qualities[axis])
        middle = sum(point * chance for point, chance in chances.items())
        mean += len(lesson.ratings[axis]) * middle
        spread += len(lesson.ratings[axis]) * sum(
            chance * (point - middle) ** 2 for point, chance in chances.items()
        )
        found += sum(lesson.ratings[axis])
        n += len(lesson.ratings[axis])
    assert n == 360
    assert abs(found - mean) < 3.29 * math.sqrt(spread)
    told = tutoring(lessons)
    assert told[f"{axis}_rating"].mean == pytest.approx(found / n)
    assert told[f"{axis}_rating_bias"].mean == pytest.approx(
        found / n - fmean(one.qualities[axis] for one in lessons)
    )
    assert told[f"{axis}_rating_bias"].high < 0, "strict experts rate below what the talk is worth"


@pytest.mark.parametrize("axis", AXES)
def test_experts_agree_as_far_as_their_noise_lets_them(rated, axis):
    expert, lessons = rated
    means, squares = [], []
    for lesson in lessons:
        chances = expert.chances(lesson.qualities[axis])
        means.append(sum(point * chance for point, chance in chances.items()))
        squares.append(sum(point**2 * chance for point, chance in chances.items()))
    apart = 2 * fmean(square - mean**2 for square, mean in zip(squares, means, strict=True))
    predicted = 1 - apart / (2 * (fmean(squares) - fmean(means) ** 2))
    found = weighted_kappa([lesson.ratings[axis]] for lesson in lessons)
    half = (found.high - found.low) / 2 / 1.96 * 3.29
    assert abs(found.mean - predicted) < half < 0.35
    assert icc([lesson.ratings[axis]] for lesson in lessons).mean == pytest.approx(found.mean, abs=0.05)


def test_a_run_tells_how_far_its_experts_agree():
    made, found = company({"expert": Expert(noise=0.0)}), Statistics()
    for episode in played(made, tasks(12)):
        found.add(episode, made)
    assert set(found.scales) == {f"expert.rate {axis}" for axis in AXES}
    for scaled in found.scales.values():
        assert (scaled.things, scaled.icc.mean) == (12, 1.0), "who is sure of the same gives the same"


def test_the_quality_of_a_talk_is_what_its_codes_say():
    episodes = played(company({"expert": Expert(noise=0.0)}, experts=1), tasks(30))
    assert len({episode.scores["factual"] for episode in episodes}) > 2
    for episode in episodes:
        lesson, found = SCENARIO.lesson(episode), rounds_of(episode, talk_of(episode))
        right = {
            name: fmean(said == true for said, true in lesson.codes[name])
            for name in ("evaluation", "action")
        }
        assert lesson.qualities["factual"] == pytest.approx(1 + 4 * right["evaluation"])
        assert lesson.qualities["relevance"] == pytest.approx(1 + 4 * right["action"])
        kept = fmean(turn.action not in (2, 5, 9) for _, turn in found)
        assert lesson.qualities["motivation"] == pytest.approx(1 + 4 * kept)
        closed = lesson.qualities["completeness"] == 5
        assert closed == (episode.stop is Stop.SOLVED)
        for axis in AXES:
            assert episode.scores[axis] == math.floor(lesson.qualities[axis] + 0.5)


def test_a_part_that_was_gone_back_to_is_open_again():
    (task,) = tasks(1)
    parts = parts_of(task.fields, task.truth)
    first = f"I get {parts[0].answer}."
    for said, behind in (
        ([first, "Hmm.", "Hmm."], 1),
        ([first, "Can we go back to the part before?", "Hmm."], 0),
    ):
        lines = Scripted({"student.remark": [{"text": text} for text in said]})
        (episode,) = played(company({"tutor": Coder(), "student": lines}, turns=3), [task])
        assert closed(talk_of(episode), len(parts)) == behind


def test_nobody_has_a_part_in_an_episode_who_is_not_asked():
    plain = assemble(SCENARIO)
    assert "expert" not in plain.cast
    assert "expert" in company().cast
    (episode,) = played(plain, tasks(1))
    assert "expert" not in episode.cast
    assert not {"experts", "problem"} & set(episode.parameters)
    assert not set(AXES) & set(episode.scores)


@pytest.mark.parametrize("mode", ["turns", "script"])
def test_rating_a_talk_changes_nothing_in_it(mode):
    stops = set()
    for place, task in enumerate(tasks(20)):
        bare, rated = (
            asyncio.run(company(mode=mode, experts=number).play(task, place, name="same"))
            for number in (0, 2)
        )
        assert rated.stop is bare.stop
        extra = rated.events[len(bare.events) :]
        assert rated.events[: len(bare.events)] == bare.events
        assert [one.role for one in extra] == ["expert.rate"] * (0 if rated.stop is Stop.REFUSED else 2)
        stops.add(rated.stop)
    assert {Stop.SOLVED, Stop.TURNS} <= stops


def test_what_is_no_talk_is_not_rated():
    refused = Scriptwriter(opening=1.0)
    (episode,) = played(company({"scriptwriter": refused}, mode="script"), tasks(1))
    assert (episode.stop, episode.by_role("expert.rate")) == (Stop.REFUSED, [])
    (episode,) = played(company({"tutor": Coder(unparsable=1)}), tasks(1))
    assert (episode.stop, [one.role for one in episode.events if one.seat == "expert"]) == (Stop.INVALID, [])


def test_experts_see_the_words_and_no_codes_and_not_each_other():
    seen = []

    class Watching(Expert):
        async def act(self, turn):
            seen.append((turn.seed, turn.view))
            return await super().act(turn)

    (episode,) = played(company({"expert": Watching()}, experts=3), tasks(1))
    assert len({seed for seed, _ in seen}) == 3
    spoken = [one.answer["text"] for one in episode.events if one.role in ("tutor.turn", "student.remark")]
    for _, view in seen:
        assert set(view) == {"question", "solution", "scaffold", "history"}
        assert all(set(one) == {"speaker", "text"} for one in view["history"])
        assert [one["text"] for one in view["history"]] == spoken


def test_an_expert_of_any_kind_is_scored_and_one_who_says_nothing_usable_is_not():
    fair = dict(zip(AXES, (5, 4, 3, 2), strict=True))
    said = iter([fair, {**fair, "factual": 6}, {**fair, "factual": 3}])
    panel = Program("panel", {"expert.rate": lambda view: next(said)})
    (episode,) = played(company({"expert": panel}, experts=3), tasks(1))
    assert [episode.scores[axis] for axis in AXES] == [4, 4, 3, 2]
    assert len(episode.by_role("expert.rate")) == 2
    assert SCENARIO.lesson(episode).ratings["factual"] == (5, 3)


def test_a_simulated_expert_gives_no_rating_where_nobody_knows_what_the_students_words_are_worth():
    lines = Scripted({"student.remark": [{"text": "I get 7."}]})
    (episode,) = played(company({"student": lines}), tasks(1))
    assert episode.stop is Stop.TURNS
    asked = [one for one in episode.events if one.role == "expert.rate"]
    assert len(asked) == 2
    assert all("factual, relevance" in one.invalid for one in asked)
    assert "motivation" not in episode.scores


def test_a_rated_episode_is_walked_as_langgraph_plays_it():
    made, (task,) = company(), tasks(1)
    walked, scheduled = (asyncio.run(partial(made.play, task, 3)(config=one)) for one in (None, {}))
    assert walked.to_bytes() == scheduled.to_bytes()
