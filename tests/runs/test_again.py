import asyncio
import dataclasses

import pytest
import toy

from maieutic import RunError, Stop
from maieutic.agents import Move
from maieutic.runs import Journal, Source, manifest, run
from maieutic.runs.again import fork, replay
from maieutic.scenarios import assemble

COMPANY = assemble(toy.SCENARIO)
SOURCE = Source(toy.WORLD)


def ran(folder, n=12, company=COMPANY, **options):
    return asyncio.run(run(company, SOURCE, folder, n=n, **options))


def compared(folder, scenario=toy.SCENARIO):
    async def all_again():
        with Journal(folder) as journal:
            return [await replay(scenario, journal, place, episode) for place, episode in journal.episodes()]

    return asyncio.run(all_again())


def kept(folder):
    with Journal(folder) as journal:
        return [episode for _, episode in journal.episodes()]


def test_a_replay_asks_nobody_and_comes_out_equal(tmp_path):
    ran(tmp_path / "run")
    assert compared(tmp_path / "run") == [None] * 12


def test_a_replay_of_a_changed_scenario_names_the_first_turn_that_differs(tmp_path):
    ran(tmp_path / "run")
    narrower = dataclasses.replace(toy.ASK, sees=("question",))
    changed = dataclasses.replace(toy.SCENARIO, graph=lambda settings: _with_role(settings, narrower))
    differences = [one for one in compared(tmp_path / "run", changed) if one is not None]
    assert len(differences) == 12
    assert all("teacher.ask" in one.what for one in differences)
    rescored = dataclasses.replace(toy.SCENARIO, score=lambda episode: {"right": 2.0})
    assert all("scores came out differently" in one.what for one in compared(tmp_path / "run", rescored))


def _with_role(settings, role):
    before = toy.ASK
    toy.ASK = role
    try:
        return toy.graph(settings)
    finally:
        toy.ASK = before


class Counting(toy.Pupil):
    """A pupil of another kind, so that its turns differ; it gives the same answers at first."""

    async def act(self, turn):
        CALLS.append(turn)
        return Move({"text": "no idea", "thought": ""}, {"knows": False})


CALLS: list = []


def test_a_recast_run_uses_every_turn_up_to_the_first_that_differs_and_pays_for_the_rest(tmp_path):
    first = ran(tmp_path / "first")
    CALLS.clear()
    recast = assemble(toy.SCENARIO, cast={"student": Counting()})
    with Journal(tmp_path / "first") as origin:
        ledger = ran(tmp_path / "second", company=recast, origin=origin)
    old, new = kept(tmp_path / "first"), kept(tmp_path / "second")
    for before, after in zip(old, new, strict=True):
        assert before.id == after.id
        opening = [event for event in after.events if event.parent == after.id]
        assert [event for event in opening if event not in before.events] == []
    assert len(CALLS) == sum(len(episode.by_role("student.reply")) for episode in new)
    assert ledger.turns_found > 0
    assert ledger.turns_found + ledger.turns_taken == sum(len(episode.events) for episode in new)
    assert first.turns_taken == sum(len(episode.events) for episode in old)


def test_the_same_cast_from_another_run_pays_for_nothing(tmp_path):
    ran(tmp_path / "first")
    with Journal(tmp_path / "first") as origin:
        ledger = ran(tmp_path / "second", origin=origin)
    assert ledger.turns_taken == 0
    assert kept(tmp_path / "first") == kept(tmp_path / "second")
    assert compared(tmp_path / "second") == [None] * 12


def test_turns_of_another_seed_are_refused(tmp_path):
    ran(tmp_path / "first")
    with Journal(tmp_path / "first") as origin, pytest.raises(RunError, match="its seed is 0, this run's 1"):
        ran(tmp_path / "second", origin=origin, seed=1)


def forked(tmp_path, episode, company=COMPANY, **options):
    with Journal(
        tmp_path / f"fork-{options['at']}", {**manifest(company, SOURCE, 0), "fork": str(options)}
    ) as journal:
        return asyncio.run(fork(company, episode, journal, **options))


def test_a_fork_goes_on_from_a_turn_with_other_words(tmp_path):
    ran(tmp_path / "run", n=40)
    episode = next(
        e for e in kept(tmp_path / "run") if e.stop is Stop.SOLVED and len(e.by_role("student.reply")) > 1
    )
    turn = episode.by_role("student.reply")[0]
    assert turn.answer["text"] == "no idea"
    made, taken = forked(tmp_path, episode, at=turn.id[:12], answer={"text": "seven"})
    assert made.id == episode.id
    assert made.by_role("student.reply")[0].answer["text"] == "seven"
    assert made.stop is Stop.SOLVED
    assert len(made.events) < len(episode.events)
    assert taken == 0
    with Journal(tmp_path / f"fork-{turn.id[:12]}") as journal:
        assert journal.find("0") == made


def test_a_fork_with_other_parameters_keeps_the_turns_before_it(tmp_path):
    ran(tmp_path / "run", n=40, company=assemble(toy.SCENARIO, cast={"student": toy.Pupil(learn=0)}))
    episode = next(e for e in kept(tmp_path / "run") if e.stop is Stop.TURNS)
    longer = assemble(toy.SCENARIO, parameters={"turns": 9, "tries": 9}, cast={"student": toy.Pupil(learn=0)})
    made, taken = forked(tmp_path, episode, company=longer, at=episode.events[-1].id)
    assert made.events[: len(episode.events)] == episode.events
    assert len(made.by_role("student.reply")) == 9
    assert taken == len(made.events) - len(episode.events)


def test_a_fork_at_no_turn_or_with_no_such_field_is_a_clear_error(tmp_path):
    ran(tmp_path / "run", n=1)
    (episode,) = kept(tmp_path / "run")
    with pytest.raises(RunError, match="no turn 'zzz'"):
        forked(tmp_path, episode, at="zzz")
    with pytest.raises(RunError, match="has no field 'words'; it has text, thought"):
        forked(tmp_path, episode, at=episode.events[0].id, answer={"words": "x"})
