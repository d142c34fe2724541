"""Rounds: runs between which somebody learns."""

import asyncio
import json
from pathlib import Path

import pytest

from maieutic import InputError, RunError, digest
from maieutic.runs import Journal, Learner, Recipe, Simulated, rounds
from maieutic.runs.held_out import split
from maieutic.runs.rounds import read_rounds

TOY = f"{Path(__file__).parent / 'rounds_toy.py'}:SCENARIO"


def recipe(**given):
    return Recipe(**{"scenario": TOY, "n": 30, "seed": 3, **given})


def learners(one):
    return {"solver": Simulated(one.company().cast["solver"])}


def loop(folder, one=None, who=None, **given):
    one = one or recipe()
    return asyncio.run(rounds(one, who or learners(one), folder, **{"tests": 40, **given}))


def test_the_new_player_sits_in_the_next_round_and_scores_rise_on_held_out_tasks(tmp_path):
    done = loop(tmp_path / "loop")
    assert [one.number for one in done] == [0, 1, 2, 3]
    assert [len(one.scores) for one in done] == [40] * 4
    skills = [
        json.loads((tmp_path / "loop" / f"learnt-{k}" / "solver" / "state.json").read_text())["skill"]
        for k in (1, 2, 3)
    ]
    assert 0.2 < skills[0] < skills[1] < skills[2]
    gain = done[3].gain(done[0])
    assert gain.low is not None
    assert gain.low > 0
    # what is learnt follows from what was learnt from, by the player's own rule
    learnt = 1 - (1 - 0.2) * (1 - 0.05) ** done[1].records["solver"]
    assert skills[0] == pytest.approx(learnt)
    with Journal(tmp_path / "loop" / "exam-3") as journal:
        casts = {episode.cast["solver"] for _, episode in journal.episodes()}
    with Journal(tmp_path / "loop" / "exam-0") as journal:
        assert casts.isdisjoint(episode.cast["solver"] for _, episode in journal.episodes())


def test_each_record_that_is_learnt_from_has_the_number_of_its_round(tmp_path):
    seen = []

    class Noting(Simulated):
        def learn(self, state, lessons, folder, seed):
            seen.append({record.meta["round"] for one in lessons for record in one.records})
            return super().learn(state, lessons, folder, seed)

    one = recipe()
    loop(tmp_path / "loop", one, {"solver": Noting(one.company().cast["solver"])}, number=2, tests=5)
    assert seen == [{1}, {2}]


def test_tasks_that_are_retired_never_return(tmp_path):
    done = loop(tmp_path / "loop")
    for k in (2, 3):
        with Journal(tmp_path / "loop" / f"round-{k}") as journal:
            played = {episode.task.id for _, episode in journal.episodes()}
        assert played.isdisjoint(done[k - 1].retired)
        assert len(played) == done[k].tasks == 30 - len(done[k - 1].retired)


def test_no_held_out_task_is_taught(tmp_path):
    loop(tmp_path / "loop")
    words = {}
    for name in ("exam-0", "exam-3", "round-1", "round-3"):
        lines = (tmp_path / "loop" / name / "tasks.jsonl").read_text().splitlines()
        words[name] = {digest(json.loads(line)["fields"]) for line in lines}
    assert words["exam-0"] == words["exam-3"]
    assert not words["exam-0"] & (words["round-1"] | words["round-3"])


def _rows(folder, n):
    """A file of `n` records, of which twenty at the most differ in words."""
    rows = [{"question": f"What is {k % 20} + 1?", "answer": str(k % 20 + 1)} for k in range(n)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / "rows.jsonl")


def test_of_a_file_records_with_the_same_words_stay_on_one_side(tmp_path):
    one = recipe(tasks=_rows(tmp_path, 60), n=None)
    company = one.company()
    train, valid, test, *_ = split(one, company, None, 3, validate=True)
    sides = [{digest(task.fields) for task in side} for side in (train, valid, test)]
    assert (len(valid), len(test), len(train)) == (3, 3, 60 - 6 * 3)
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]


def test_what_is_played_before_the_first_round_gives_a_parameter_to_all_after_it_on_tasks_of_its_own(
    tmp_path,
):
    prepared = recipe(scenario=TOY.replace("SCENARIO", "PREPARED"), n=10)
    done = loop(tmp_path / "loop", prepared, tests=10)
    assert len(done) == 4
    names = ("before", "round-1", "exam-0", "exam-3")
    played = {}
    for name in names:
        with Journal(tmp_path / "loop" / name) as journal:
            played[name] = [episode for _, episode in journal.episodes()]
    words = {name: {digest(one.task.fields) for one in found} for name, found in played.items()}
    assert [len(played[name]) for name in names] == [7, 10, 10, 10]
    assert not words["before"] & (words["round-1"] | words["exam-0"])
    assert {one.parameters["times"] for one in played["before"]} == {3}
    hints = sorted(one.task.id for one in played["before"])
    for name in names[1:]:
        assert all(sorted(one.parameters["hints"]) == hints for one in played[name])
    # the tasks that are taught on are those of a loop without it
    loop(tmp_path / "plain", recipe(n=10), tests=10, number=1)
    with Journal(tmp_path / "plain" / "round-1") as journal:
        assert {digest(one.task.fields) for _, one in journal.episodes()} == words["round-1"]


def test_nothing_is_played_before_where_the_run_brings_the_parameter_itself(tmp_path):
    brought = recipe(scenario=TOY.replace("SCENARIO", "PREPARED"), n=4, parameters={"hints": ["look twice"]})
    loop(tmp_path / "loop", brought, tests=4, number=1)
    assert not (tmp_path / "loop" / "before").exists()
    with Journal(tmp_path / "loop" / "exam-0") as journal:
        assert {tuple(one.parameters["hints"]) for _, one in journal.episodes()} == {("look twice",)}


def test_a_file_too_short_for_what_is_played_before_says_so(tmp_path):
    few = recipe(scenario=TOY.replace("SCENARIO", "PREPARED"), tasks=_rows(tmp_path, 10), n=None)
    with pytest.raises(InputError, match="of 7 can be played before the first round"):
        loop(tmp_path / "loop", few, tests=5)


class Broken(Exception):
    """A learner that breaks."""


def test_a_loop_that_broke_goes_on_with_the_same_bytes_and_learns_nothing_twice(tmp_path):
    whole = loop(tmp_path / "whole")
    one = recipe()
    inner = learners(one)["solver"]

    class Breaking:
        """Breaks when it is to learn for the second time."""

        calls: list[str] = []
        fingerprint = inner.fingerprint
        first, player = staticmethod(inner.first), staticmethod(inner.player)

        def __init__(self, limit):
            self.limit = limit

        def learn(self, state, lessons, folder, seed):
            self.calls.append(folder.parent.name)
            if len(self.calls) == self.limit:
                raise Broken
            return inner.learn(state, lessons, folder, seed)

    learner: Learner = Breaking(2)
    with pytest.raises(Broken):
        loop(tmp_path / "broken", one, {"solver": learner})
    again: Learner = Breaking(0)
    done = loop(tmp_path / "broken", one, {"solver": again})
    assert Breaking.calls == ["learnt-1", "learnt-2", "learnt-2", "learnt-3"]
    assert done == whole == read_rounds(tmp_path / "broken")


def test_another_loop_does_not_take_the_folder(tmp_path):
    loop(tmp_path / "loop", number=1)
    with pytest.raises(RunError, match="another loop"):
        loop(tmp_path / "loop", recipe(seed=4), number=1)
    assert len(loop(tmp_path / "loop", number=2)) == 3  # the same one may be longer


def test_it_ends_where_a_validation_set_shows_no_gain(tmp_path):
    still = recipe(cast={"solver": "simulated:learn=0"})
    done = loop(tmp_path / "loop", still, patience=1)
    assert [one.number for one in done] == [0, 1]
    assert done[1].gain(done[0]).mean == 0


def test_who_cannot_learn_is_said_before_the_first_turn(tmp_path):
    with pytest.raises(InputError, match="does not learn"):
        Simulated(recipe(scenario="class-spock").company().cast["author"])
    with pytest.raises(InputError, match="no outer rounds"):
        loop(tmp_path / "loop", recipe(scenario="socratic-math"), {"student": learners(recipe())["solver"]})
    with pytest.raises(InputError, match="held out"):
        loop(tmp_path / "loop", recipe(tasks=_rows(tmp_path, 5), n=None), tests=5)


@pytest.mark.parametrize(
    ("scenario", "row", "key"),
    [
        ("tapir", {"question": "What is {} + 1?"}, "answer"),
        ("arte", {"question": "What is {} + 1?"}, "answer"),
        ("spar", {"prompt": "Write about the number {}."}, "items"),
    ],
)
def test_held_out_tasks_without_their_truth_are_said_before_anything_is_played(scenario, row, key, tmp_path):
    rows = [{"id": k, **{name: value.format(k) for name, value in row.items()}} for k in range(120)]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    blind = recipe(scenario=scenario, tasks=str(file), n=4)
    company = blind.company()
    who = {seat: Simulated(company.cast[seat]) for seat in company.scenario.outer.learns}
    with pytest.raises(
        InputError, match=rf"rows:\d+ .*{key}.*--test world:N|rows:\d+ has no field '{key}'"
    ) as said:
        loop(tmp_path / "loop", blind, who, tests=3)
    assert said.value.key == key
    assert not (tmp_path / "loop").exists()
    if scenario in ("tapir", "spar"):  # the same tasks may teach, where others examine
        assert len(loop(tmp_path / "mixed", blind, who, test="world:3", tests=3, number=0)) == 1


def test_a_measure_that_an_episode_does_not_tell_is_said(tmp_path):
    said = []
    silent = recipe(scenario=TOY.replace("SCENARIO", "SILENT"), n=2)
    loop(tmp_path / "loop", silent, tests=3, number=1, say=said.append)
    assert "round 0: 3 of 3 have no right and count as 0" in said
