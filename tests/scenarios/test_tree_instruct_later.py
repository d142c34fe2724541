"""TreeInstruct's student once more after other lessons: asked when all is said, and what is kept is kept as reckoned."""

from itertools import islice
from statistics import fmean

import pytest
from closed_form import played, within

from maieutic import Stop, faults
from maieutic.agents import Scripted
from maieutic.agents.simulated.debugger import Debugger
from maieutic.runs.tutoring import retention_share
from maieutic.scenarios import assemble
from maieutic.scenarios.tree_instruct import SCENARIO
from maieutic.worlds.programs import WORLD

MODES = ("tree", "vanilla", "bridge")
SURE = {"guess": 0, "slip": 0, "shallow": 0, "careless": 0, "echo": 0}


def tasks(count, bugs=2, seed=9):
    made = (WORLD.generate(seed, index) for index in range(10**6))
    return list(islice((one for one in made if len(one.truth["bugs"]) == bugs), count))


def talks(count, mode="tree", forget=0.1, cast=None, **parameters):
    given = {"student": Debugger(**SURE, forget=forget), **(cast or {})}
    return played(assemble(SCENARIO, parameters={"mode": mode, **parameters}, cast=given), tasks(count))


@pytest.mark.parametrize("mode", MODES)
def test_each_bug_is_still_understood_as_often_as_reckoned_and_the_tests_see_it(mode):
    made = talks(30, mode, later=3)
    kept = []
    for episode in made:
        (late,) = episode.by_role("student.later")
        head = next(one for one in episode.events if one.id == late.parent)
        now = late.memory["understood"]
        kept += [still for still, had in zip(now, head.memory["understood"], strict=True) if had]
        assert SCENARIO.lesson(episode).retained == fmean(now)
        assert not [fault for one in SCENARIO.records(episode) for fault in faults(one, episode)]
    assert len(kept) > 40
    assert within(sum(kept), len(kept), 0.9**3)
    share = retention_share([SCENARIO.lesson(one) for one in made])
    assert share.low < 0.9**3 < share.high


def test_what_was_not_forgotten_mends_the_program_and_what_was_does_not():
    for forget, expected in ((0.0, "repaired"), (1.0, None)):
        for episode in talks(6, forget=forget, later=1):
            whole = episode.stop is Stop.SOLVED and bool(episode.notes["accepted"])
            if whole:
                assert episode.scores["repaired_later"] == (episode.scores[expected] if expected else 0.0)


@pytest.mark.parametrize("mode", MODES)
def test_it_is_asked_once_when_nothing_more_is_said_and_sees_the_whole_talk(mode):
    seen = []

    class Watching(Debugger):
        async def act(self, turn):
            if turn.role.name == "student.later":
                seen.append(turn.view)
            return await super().act(turn)

    made = talks(4, mode, cast={"student": Watching()}, later=2, turns=3)
    assert {Stop.TURNS} <= {one.stop for one in made}
    assert len(seen) == len(made)
    for view, episode in zip(seen, made, strict=True):
        assert len(view["between"]) == 2
        assert "bug_fixes" not in view
        heard = episode.by_role("student.answer")
        assert [line["text"] for line in view["history"] if line["speaker"] == "student"] == [
            one.answer["text"] for one in heard
        ]
        assert len(view["history"]) == 2 * len(heard)


def test_a_student_who_lists_nothing_usable_then_ends_nothing_else():
    late = Scripted({"student.later": [{"words": "?"}], "student.answer": [{"text": "I do not know."}] * 9})
    (episode,) = talks(1, cast={"student": late}, later=1, turns=2)
    assert episode.stop is Stop.TURNS
    assert episode.scores["repaired_later"] == 0
    lesson = SCENARIO.lesson(episode)
    assert (lesson.before, lesson.retained) == (None, None), "nobody knows, and an unusable list says nothing"
    assert not any(lesson.right)


def test_without_it_nobody_is_asked_and_episodes_keep_their_names():
    assert "later" not in assemble(SCENARIO).spelled
    (episode,) = talks(1, later=0)
    assert not episode.by_role("student.later")
    assert "repaired_later" not in episode.scores
    assert SCENARIO.lesson(episode).retained is None
