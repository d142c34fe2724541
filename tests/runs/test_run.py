import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import toy

from maieutic import InputError, RunError, ScenarioError, Stop, StopRun
from maieutic.agents import Program, Scripted
from maieutic.runs import Journal, Source, manifest, measure, read_status, run
from maieutic.runs.sqlite import SQLite
from maieutic.scenarios import assemble

TESTS = Path(__file__).parents[1]
COMPANY = assemble(toy.SCENARIO)


def source(**facts):
    return Source(toy.WORLD, **facts)


def ran(folder, n=20, company=COMPANY, **options):
    return asyncio.run(run(company, options.pop("source", source()), folder, n=n, **options))


def kept(folder):
    with Journal(folder) as journal:
        return [(place, episode.to_bytes()) for place, episode in journal.episodes()]


def test_every_task_has_one_episode_and_the_ledger_adds_up(tmp_path):
    ledger = ran(tmp_path / "run")
    assert (ledger.asked, ledger.missing) == (20, 0)
    assert ledger.done + sum(ledger.dropped.values()) == 20
    assert [place for place, _ in kept(tmp_path / "run")] == list(range(20))


@pytest.mark.parametrize("concurrency", [1, 64])
def test_same_seed_same_bytes_at_any_concurrency(tmp_path, concurrency):
    ran(tmp_path / "a", concurrency=7)
    ran(tmp_path / "b", concurrency=concurrency)
    assert kept(tmp_path / "a") == kept(tmp_path / "b")


def test_another_seed_gives_other_episodes(tmp_path):
    ran(tmp_path / "a", seed=1)
    ran(tmp_path / "b", seed=2)
    assert kept(tmp_path / "a") != kept(tmp_path / "b")


def test_a_longer_run_goes_on_from_a_shorter_one(tmp_path):
    ran(tmp_path / "whole", n=20)
    ran(tmp_path / "parts", n=8)
    ledger = ran(tmp_path / "parts", n=20)
    assert ledger.found == 8
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


def test_an_episode_that_broke_down_is_played_again_and_an_invalid_one_is_kept(tmp_path):
    broken = assemble(toy.SCENARIO, cast={"student": Scripted({"student.reply": [RuntimeError("dead")]})})
    ledger = ran(tmp_path / "run", company=broken, n=3)
    assert ledger.dropped == {"failed": 3}
    assert not ledger.complete
    assert ran(tmp_path / "run", company=broken, n=3).found == 0
    mute = assemble(toy.SCENARIO, cast={"student": Scripted({})})
    assert ran(tmp_path / "mute", company=mute, n=3).dropped == {"invalid": 3}
    assert ran(tmp_path / "mute", company=mute, n=3).found == 3


CHILD = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
import toy
from pathlib import Path
from maieutic.runs import Source, run
from maieutic.scenarios import assemble
from maieutic.agents import Move

class Pupil(toy.Pupil):
    async def act(self, turn):
        await asyncio.sleep(0.02)  # so that it does not end before it is killed
        return await toy.Pupil.act(self, turn)

def said(ledger, episode):
    print("done", flush=True)

ledger = asyncio.run(run(assemble(toy.SCENARIO, cast={"student": Pupil()}), Source(toy.WORLD), Path(sys.argv[2]), n=60,
    concurrency=2, on_episode=said))
print("ledger", ledger.done, ledger.missing, flush=True)
"""


def child(folder):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(TESTS), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What the run that children play comes to."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    ran(folder, n=60)
    return kept(folder)


@pytest.mark.parametrize("after", [1, 9, 23])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path, after, whole):
    process = child(tmp_path / "killed")
    for _ in range(after):
        process.stdout.readline()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    ledger = ran(tmp_path / "killed", n=60)
    assert ledger.found >= after - 2
    assert ledger.missing == 0
    assert kept(tmp_path / "killed") == whole
    assert len(whole) == 60


def test_the_first_interrupt_drains_and_the_run_goes_on_later(tmp_path):
    process = child(tmp_path / "run")
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 0, err
    done, missing = map(int, out.split("ledger")[1].split())
    assert missing > 0
    assert len(kept(tmp_path / "run")) >= 60 - missing >= done


def test_the_second_interrupt_stops_at_once_and_what_was_on_its_way_to_the_disk_is_counted(
    tmp_path, monkeypatch
):
    commit, late = SQLite.commit, []

    def interrupted(self, turns, episodes):
        if episodes and not late:
            late.extend(row.place for row in episodes)
            for _ in range(2):  # the second one stops the run while this commit is under way
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.1)
        commit(self, turns, episodes)

    monkeypatch.setattr(SQLite, "commit", interrupted)
    ledger = ran(tmp_path / "run", n=60)
    monkeypatch.undo()
    found = kept(tmp_path / "run")
    assert late
    assert {place for place, _ in found} >= set(late)
    assert ledger.over == len(found) < 60
    with Journal(tmp_path / "run") as journal:
        assert ledger.turns_taken == journal.turns()
    status = read_status(tmp_path / "run")
    assert status.turns_taken == ledger.turns_taken
    assert (status.done, status.missing) == (ledger.done, ledger.missing) == (len(found), 60 - len(found))
    assert ran(tmp_path / "run", n=60).found == len(found)


def test_two_processes_on_one_folder_are_refused(tmp_path):
    folder = tmp_path / "run"
    with Journal(folder, manifest(COMPANY, source(), 0)), pytest.raises(RunError, match="another process"):
        Journal(folder, manifest(COMPANY, source(), 0))


def test_a_folder_of_another_run_is_refused_with_what_differs(tmp_path):
    ran(tmp_path / "run", n=2)
    with pytest.raises(RunError, match="seed was 0, now 1"):
        ran(tmp_path / "run", n=2, seed=1)
    other = assemble(toy.SCENARIO, parameters={"turns": 9})
    with pytest.raises(RunError, match="parameters was"):
        ran(tmp_path / "run", n=2, company=other)


def test_no_run_a_damaged_manifest_and_a_damaged_journal_are_clear_errors(tmp_path):
    with pytest.raises(RunError, match="no run there"):
        Journal(tmp_path / "nothing")
    ran(tmp_path / "run", n=2)
    with sqlite3.connect(tmp_path / "run" / "journal.db") as db:
        db.execute("UPDATE episodes SET payload = x'00' WHERE place = 1")
    db.close()
    with Journal(tmp_path / "run") as journal, pytest.raises(RunError, match="damaged"):
        list(journal.episodes())
    (tmp_path / "run" / "run.json").write_text("{")
    with pytest.raises(RunError, match=r"run.json: damaged"):
        Journal(tmp_path / "run")
    file = tmp_path / "run" / "run.json"
    file.write_text(json.dumps({"version": 99}))
    with pytest.raises(RunError, match="format 99"):
        Journal(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="give an --out that can be written"):
        ran(tmp_path / "file" / "run", n=1)


def test_measures_hold_decisions_against_the_truth_with_intervals(tmp_path):
    ran(tmp_path / "run", n=40)
    with Journal(tmp_path / "run") as journal:
        measures = measure(COMPANY, journal)
    leak = measures.decisions["leak"]
    assert leak.n > 40
    assert leak.precision[0] == leak.precision[1] > 0
    assert leak.recall[0] == leak.recall[1] > 0
    assert measures.records["dialogue/tutor"] > 0
    facts = json.loads(json.dumps(measures.as_json()))
    assert facts["decisions"]["leak"]["precision"]["value"] == 1.0
    assert 0 < facts["decisions"]["leak"]["precision"]["interval"][0] < 1
    assert sum(facts["stops"].values()) == 40


def test_a_scenario_that_draws_a_false_record_is_stopped(tmp_path):
    import dataclasses

    def lies(episode):
        return [record.model_copy(update={"task": "another"}) for record in toy.records(episode)]

    company = assemble(dataclasses.replace(toy.SCENARIO, records=lies))
    with pytest.raises(ScenarioError, match="names task 'another'"):
        ran(tmp_path / "run", company=company, n=2)


def test_a_player_that_stops_the_run_leaves_it_to_be_gone_on_with(tmp_path):
    left = [30]

    def reply(view):
        left[0] -= 1
        if left[0] < 0:
            raise StopRun("the budget is spent")
        return {"text": "7"}

    company = assemble(toy.SCENARIO, cast={"student": Program("counted", {"student.reply": reply})})
    ledger = ran(tmp_path / "run", company=company, n=50, concurrency=4)
    assert ledger.stopped == "the budget is spent"
    assert 0 < ledger.missing < 50
    left[0] = 1000
    ledger = ran(tmp_path / "run", company=company, n=50, concurrency=4)
    assert (ledger.stopped, ledger.missing) == (None, 0)


# files of tasks


def file(tmp_path, *lines):
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


GOOD = '{"left": 1, "right": 2}'


def test_a_file_is_read_by_the_kind_of_its_records(tmp_path):
    path = file(tmp_path, GOOD, "", '{"left": 3, "right": 4}')
    ledger = ran(tmp_path / "run", n=None, source=source(file=path))
    assert (ledger.asked, ledger.missing) == (2, 0)
    with Journal(tmp_path / "run") as journal:
        assert [episode.task.fields["question"] for _, episode in journal.episodes()] == ["1 + 2", "3 + 4"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "holds no record"),
        ([GOOD, '{"left": 1,'], r"tasks.jsonl:2: not JSON: .* column"),
        ([GOOD, "[1]"], "tasks.jsonl:2: expected a JSON object, got list"),
        ([GOOD, '{"left": 1}'], r"tasks.jsonl:2: key 'right': missing; the record has left"),
        ([GOOD, '{"left": 1, "right": "2"}'], r"tasks.jsonl:2: key 'right': expected int, got str '2'"),
        ([GOOD, '{"left": true, "right": 2}'], r"tasks.jsonl:2: key 'left': expected int, got bool"),
        (['{"id": "a", "world": "moon", "fields": {}}'], r"tasks.jsonl:1: key 'world': unknown world 'moon'"),
        (['{"id": "a", "world": "programs", "fields": 3}'], r"tasks.jsonl:1: not a task"),
    ],
)
def test_bad_input_is_one_line_with_file_line_key_and_remedy_and_no_turn_is_taken(tmp_path, lines, words):
    path = file(tmp_path, *lines)
    company = assemble(
        toy.SCENARIO, cast={"teacher": Scripted({"teacher.ask": [AssertionError("a turn was taken")]})}
    )
    with pytest.raises(InputError, match=words) as caught:
        ran(tmp_path / "run", n=None, source=source(file=path), company=company)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_file_that_is_not_there_or_too_short_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        list(source(file=tmp_path / "none.jsonl").tasks())
    with pytest.raises(InputError, match="holds 1 records, 5 were asked for"):
        list(source(file=file(tmp_path, GOOD)).tasks(5))


def test_two_files_join_by_their_common_key(tmp_path):
    one = tmp_path / "one.jsonl"
    two = tmp_path / "two.jsonl"
    one.write_text('{"key": 1, "left": 1}\n{"key": 2, "left": 5}\n')
    two.write_text('{"key": 2, "right": 6}\n{"key": 1, "right": 3}\n')
    tasks = list(source(file=one, join=two).tasks())
    assert [task.fields["question"] for task in tasks] == ["1 + 3", "5 + 6"]
    two.write_text('{"key": 2, "right": 6}\n')
    with pytest.raises(InputError, match=r"one.jsonl:1: key 'key': 1 is not in"):
        list(source(file=one, join=two).tasks())
    two.write_text('{"key": 1, "right": 6}\n{"key": 1, "right": 6}\n')
    with pytest.raises(InputError, match=r"two.jsonl:2: key 'key': 1 stands on line 1 already"):
        list(source(file=one, join=two).tasks())
    two.write_text('{"name": 1}\n')
    with pytest.raises(InputError, match="shares no key"):
        list(source(file=one, join=two).tasks())


def test_a_plain_record_with_all_that_the_scenario_needs_is_taken_as_it_is(tmp_path):
    path = file(tmp_path, '{"question": "2 + 2", "hint": "4", "id": "x"}')
    (task,) = source(file=path, needs=("question", "hint")).tasks()
    assert task.fields["question"] == "2 + 2"
    assert task.truth == {}


@pytest.mark.parametrize(
    ("record", "renamed", "licence"),
    [
        ('{"question": "2 + 2", "licence": "CC-BY-4.0"}', {}, "CC-BY-4.0"),
        ('{"question": "2 + 2", "license": "MIT"}', {}, "MIT"),
        ('{"question": "2 + 2", "terms": {"spdx": "CC0-1.0"}}', {"licence": "terms.spdx"}, "CC0-1.0"),
        ('{"question": "2 + 2"}', {}, "unknown"),
    ],
)
def test_a_plain_record_brings_its_licence(tmp_path, record, renamed, licence):
    path = file(tmp_path, record)
    (task,) = source(file=path, needs=("question",), renamed=renamed).tasks()
    assert task.licence == licence


def test_a_task_that_lacks_a_field_is_refused(tmp_path):
    path = file(tmp_path, '{"id": "a", "world": "word-problems", "fields": {"question": "1?"}}')
    with pytest.raises(InputError, match=r"task a has no field 'answer', which toy needs"):
        ran(tmp_path / "run", n=None, source=source(file=path))


def test_a_file_whose_tasks_have_changed_is_refused_and_a_longer_or_shorter_one_is_gone_on_with(tmp_path):
    def played(*lines):
        path = file(tmp_path, *lines)
        return ran(tmp_path / "run", n=None, source=source(file=path))

    lines = [json.dumps({"left": one, "right": 1}) for one in range(7)]
    assert played(*lines[:5]).done == 5
    before = kept(tmp_path / "run")
    for changed, words in (
        ([*lines[:3], lines[6], lines[4]], r"the first 4 tasks are not .* task 3 is the first to differ"),
        ([*lines[:4], lines[6], lines[5]], r"the first 5 tasks are not .* task 4 is the first to differ"),
        (lines[1:4], r"the first 1 tasks are not .* task 0 is the first to differ"),
    ):
        with pytest.raises(InputError, match=f"tasks.jsonl: {words}.*another --out"):
            played(*changed)
        assert kept(tmp_path / "run") == before
    assert played(*lines[:3]).done == 3
    assert played(*lines).found == 5
    with pytest.raises(InputError, match="the first 7 tasks"):
        played(*lines[:6], lines[0].replace("0", "9"))
    (tmp_path / "run" / "tasks.json").write_text("{")
    with pytest.raises(RunError, match=r"tasks\.json: damaged"):
        played(*lines)


def test_stops_are_an_enumeration():
    assert {stop.value for stop in Stop} >= {"solved", "turns", "budget", "refused", "invalid", "failed"}
