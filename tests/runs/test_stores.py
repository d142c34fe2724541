"""The same laws over every kind of store: SQLite in the run folder, PostgreSQL by address."""

import asyncio
import dataclasses
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import postgres_server
import pytest
import toy
from typer.testing import CliRunner

from maieutic import Pair, RunError, Stop, StopRun
from maieutic.agents import Program, Scripted
from maieutic.cli.app import app
from maieutic.runs import Crew, Journal, Recipe, Source, checked_records, manifest, measure, run
from maieutic.runs.again import fork, replay
from maieutic.runs.journal import Group
from maieutic.runs.processes import processes
from maieutic.runs.reviews import Review, keep, reviews
from maieutic.runs.worker import Worker
from maieutic.scenarios import assemble, catalogue

TESTS = Path(__file__).parents[1]
TOY = f"{TESTS / 'toy.py'}:SCENARIO"
COMPANY = assemble(toy.SCENARIO)
SOURCE = Source(toy.WORLD)


@pytest.fixture(scope="session")
def server():
    if (reason := postgres_server.missing()) is not None:
        pytest.skip(reason)
    with postgres_server.running() as address:
        yield address


SEEDS = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    """The address of the store, and a seed of the test's own: runs of one database are told apart by what they are."""
    address = request.getfixturevalue("server") if request.param == "postgresql" else None
    return address, next(SEEDS) * 1000


def ran(folder, store, n=12, company=COMPANY, seed=0, source=SOURCE, **options):
    at, base = store
    return asyncio.run(run(company, source, folder, n=n, seed=base + seed, at=at, **options))


def kept(folder):
    with Journal(folder) as journal:
        return [(place, episode.to_bytes()) for place, episode in journal.episodes()]


def plain(tmp_path, store, n, seed=0, company=COMPANY):
    """The bytes that an undisturbed run in one process and one file makes."""
    folder = tmp_path / f"plain-{n}-{seed}"
    asyncio.run(run(company, SOURCE, folder, n=n, seed=store[1] + seed))
    return kept(folder)


def test_every_task_has_one_episode_with_the_bytes_of_any_other_store(tmp_path, store):
    ledger = ran(tmp_path / "run", store, n=20, concurrency=7)
    assert (ledger.asked, ledger.missing) == (20, 0)
    assert ledger.done + sum(ledger.dropped.values()) == 20
    assert kept(tmp_path / "run") == plain(tmp_path, store, 20)


def test_a_longer_run_goes_on_from_a_shorter_one(tmp_path, store):
    ran(tmp_path / "run", store, n=5)
    ledger = ran(tmp_path / "run", store, n=20)
    assert ledger.found == 5
    assert kept(tmp_path / "run") == plain(tmp_path, store, 20)


def test_an_episode_that_broke_down_is_played_again(tmp_path, store):
    broken = assemble(toy.SCENARIO, cast={"student": Scripted({"student.reply": [RuntimeError("dead")]})})
    first = ran(tmp_path / "run", store, company=broken, n=8)
    assert first.dropped["failed"] > 0
    again = ran(tmp_path / "run", store, company=broken, n=8)
    assert (again.found, again.dropped) == (first.done, first.dropped)
    with Journal(tmp_path / "run") as journal:
        assert journal.ended() == 8


def test_a_player_that_stops_the_run_leaves_it_to_be_gone_on_with_deep_episodes_first(tmp_path, store):
    left, asked = [30], []

    def reply(view):
        asked.append(view["question"])
        left[0] -= 1
        if left[0] < 0:
            raise StopRun("the budget is spent")
        return {"text": "7"}

    company = assemble(toy.SCENARIO, cast={"student": Program("counted", {"student.reply": reply})})
    ledger = ran(tmp_path / "run", store, company=company, n=50, concurrency=4)
    assert (ledger.stopped, ledger.missing > 0) == ("the budget is spent", True)
    with Journal(tmp_path / "run") as journal:
        begun = journal.begun()
        deep = [len(journal.events(place)) for place in begun]
    assert deep == sorted(deep, reverse=True)
    left[0] = 1000
    asked.clear()
    ledger = ran(tmp_path / "run", store, company=company, n=50, concurrency=1)
    assert (ledger.stopped, ledger.missing) == (None, 0)
    first = SOURCE.world.generate(0, begun[0]).fields["question"] if begun else None
    assert not begun or asked[0] == first
    with Journal(tmp_path / "run") as journal:
        names = [event.id for place in range(50) for event in journal.events(place)]
    assert len(names) == len(set(names))


CHILD = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
import toy
from pathlib import Path
from maieutic.runs import Source, run
from maieutic.scenarios import assemble

class Pupil(toy.Pupil):
    async def act(self, turn):
        await asyncio.sleep(0.01)
        return await toy.Pupil.act(self, turn)

told = lambda ledger, episode: print("done", flush=True)
asyncio.run(run(assemble(toy.SCENARIO, cast={"student": Pupil()}), Source(toy.WORLD), Path(sys.argv[2]), n=60,
    seed=int(sys.argv[3]), concurrency=2, at=sys.argv[4] or None, on_episode=told))
"""


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path, store):
    at, base = store
    command = [sys.executable, "-c", CHILD, str(TESTS), str(tmp_path / "run"), str(base), at or ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(9):
            process.stdout.readline()
        process.kill()
    assert process.returncode == -signal.SIGKILL
    for _ in range(50):  # a server needs a moment to see that its client is gone
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        if "another process" not in again.stderr:
            break
        time.sleep(0.1)
    assert again.returncode == 0, again.stderr
    with Journal(tmp_path / "run") as journal:
        said = [event.id for place in range(60) for event in journal.events(place)]
        assert len(said) == len(set(said))
        assert journal.ended() == 60
    assert kept(tmp_path / "run") == plain(tmp_path, store, 60)


def test_two_processes_on_one_run_are_refused(tmp_path, store):
    at, base = store
    wanted = manifest(COMPANY, SOURCE, base)
    with Journal(tmp_path / "run", wanted, at=at):
        with pytest.raises(RunError, match="another process"):
            Journal(tmp_path / "run", wanted, at=at)
        if at is not None:  # from another machine, which has a folder of its own
            with pytest.raises(RunError, match="another process"):
                Journal(tmp_path / "elsewhere", wanted, at=at)


def test_another_folder_goes_on_with_a_run_of_the_database(tmp_path, server):
    store = (server, next(SEEDS) * 1000)
    ran(tmp_path / "here", store, n=5)
    ledger = ran(tmp_path / "there", store, n=12)
    assert ledger.found == 5
    assert kept(tmp_path / "here") == kept(tmp_path / "there") == plain(tmp_path, store, 12)


def test_the_password_of_a_database_is_not_written_down(tmp_path):
    from maieutic.runs.postgres import without_password

    assert without_password("postgresql://me:secret@db:5432/runs?sslmode=require") == (
        "postgresql://me@db:5432/runs?sslmode=require"
    )
    assert without_password("postgresql:///runs") == "postgresql:///runs"
    pytest.importorskip("psycopg")
    with pytest.raises(RunError, match=r"postgresql://me@127.0.0.1:1/none: .*give the command again"):
        Journal(tmp_path / "run", {"seed": 0}, at="postgresql://me:secret@127.0.0.1:1/none")
    assert "secret" not in (tmp_path / "run" / "run.json").read_text()


def test_replay_and_recast_and_fork(tmp_path, store):
    ran(tmp_path / "run", store)

    async def compared():
        with Journal(tmp_path / "run") as journal:
            return [await replay(toy.SCENARIO, journal, place, one) for place, one in journal.episodes()]

    assert asyncio.run(compared()) == [None] * 12
    recast = assemble(toy.SCENARIO, cast={"student": toy.Pupil(learn=1.0)})
    with Journal(tmp_path / "run") as origin:
        ledger = ran(tmp_path / "recast", store, company=recast, origin=origin)
        episode = next(one for _, one in origin.episodes() if one.stop is Stop.SOLVED)
    assert ledger.turns_found > 0
    turn = episode.by_role("student.reply")[0]
    facts = {"fork": episode.id, "base": store[1]}
    with Journal(tmp_path / "fork", facts, at=store[0]) as journal:
        made, _ = asyncio.run(fork(COMPANY, episode, journal, at=turn.id, answer={"text": "seven"}))
    with Journal(tmp_path / "fork") as journal:
        assert journal.find(made.id[:12]) == made
        assert journal.find("0") == made
        with pytest.raises(RunError, match="no episode 'zz'"):
            journal.find("zz")


def test_measures_are_the_same_from_every_store(tmp_path, store):
    ran(tmp_path / "run", store, n=30)
    asyncio.run(run(COMPANY, SOURCE, tmp_path / "file", n=30, seed=store[1]))
    found = []
    for folder in (tmp_path / "run", tmp_path / "file"):
        with Journal(folder) as journal:
            found.append(json.dumps(measure(COMPANY, journal).as_json()))
            assert [place for place, _, _ in sorted(journal.outline())] == list(range(30))
            assert set(journal.times(3)) == {event.id for event in journal.find("3").events}
    assert found[0] == found[1]


def spoil(folder, at, statement, *values):
    if at is None:
        with sqlite3.connect(folder / "journal.db") as db:
            db.execute(statement.replace("%s", "?"), values)
        db.close()
        return
    import psycopg

    with psycopg.connect(at) as db:
        for table in ("turns", "episodes"):
            statement = statement.replace(f" {table} ", f" maieutic.{table} ")
        db.execute(statement, values)


def test_one_turned_bit_of_a_row_is_told_and_never_taken_for_the_truth(tmp_path, store):
    ran(tmp_path / "run", store, n=3)
    with Journal(tmp_path / "run") as journal:
        (row,) = journal._rows.at(1)
    bad = bytes([*row.payload[:-9], row.payload[-9] ^ 1, *row.payload[-8:]])
    # other runs of the database have other episodes, with other ids
    spoil(tmp_path / "run", store[0], "UPDATE episodes SET payload = %s WHERE id = %s", bad, row.id)
    with (
        Journal(tmp_path / "run") as journal,
        pytest.raises(RunError, match=r"episode 1 is damaged \(its checksum"),
    ):
        list(journal.episodes())


def test_workers_in_processes_make_the_same_bytes_in_every_store(tmp_path, store):
    recipe = Recipe(scenario=TOY)
    company = recipe.company()
    crew = Crew(processes(recipe), 2, each=8)
    made = []

    def generate(seed, index):
        made.append(index)
        return toy.generate(seed, index)

    source = Source(dataclasses.replace(toy.WORLD, generate=generate))
    ledger = ran(tmp_path / "run", store, n=120, company=company, source=source, crew=crew)
    assert (ledger.done, ledger.missing) == (120, 0)
    assert max(made) < 100, "the driver made tasks that its workers could make"
    assert kept(tmp_path / "run") == plain(tmp_path, store, 120, company=company)
    with Journal(tmp_path / "run") as journal:
        assert ledger.turns_taken == journal.turns() == sum(len(one.events) for _, one in journal.episodes())


def test_a_worker_makes_the_tasks_of_the_same_world_and_is_sent_those_of_another():
    said = []
    worker = Worker(Recipe(scenario=TOY).model_dump_json(), said.append)
    other = dataclasses.replace(toy.WORLD, generate=lambda seed, index: toy.generate(seed + 1, index))
    apart = dataclasses.replace(toy.WORLD, name="elsewhere")
    for source in (Source(other), Source(apart)):
        worker.hear(("generated", *source.generated))
    assert [one[0] for one in said] == ["ready"]
    worker.hear(("generated", *Source(toy.WORLD, seed=3).generated))
    assert [one[0] for one in said] == ["ready", "makes"]
    assert Source(toy.WORLD, file="tasks.jsonl").generated is None


def test_rows_go_together_after_a_pause_and_at_once_when_everybody_waits():
    groups = []

    async def commit(turns, episodes):
        groups.append(list(turns))

    async def main():
        group = Group(commit, pause=60.0, writers=lambda: 3)

        async def writer(name):
            for turn in range(2):
                await asyncio.sleep(0.001 * name)
                await group.write([(name, turn)])

        await group.write([(0, 0)])  # the first waits for nobody
        async with asyncio.timeout(10):
            await asyncio.gather(*map(writer, range(3)))
        brief = Group(commit, pause=0.01, writers=lambda: 3)
        await brief.write([(8, 0)])
        async with asyncio.timeout(10):
            await brief.write([(9, 0)])  # nobody else comes

    asyncio.run(main())
    assert [sorted(one) for one in groups] == [
        [(0, 0)],
        [(0, 0), (1, 0), (2, 0)],
        [(0, 1), (1, 1), (2, 1)],
        [(8, 0)],
        [(9, 0)],
    ]


def test_a_journal_of_schema_1_is_read_and_brought_up_to_date(tmp_path):
    ran(tmp_path / "run", (None, 0), n=4)
    before = kept(tmp_path / "run")
    with sqlite3.connect(tmp_path / "run" / "journal.db") as db:  # as version 1 wrote it
        db.execute("DROP INDEX episodes_by_id")
        db.execute("ALTER TABLE turns DROP COLUMN crc")
        db.execute("ALTER TABLE episodes DROP COLUMN crc")
        db.execute("PRAGMA user_version = 0")
    db.close()
    file = tmp_path / "run" / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 1}))
    assert kept(tmp_path / "run") == before
    assert ran(tmp_path / "run", (None, 0), n=6).found == 4
    assert kept(tmp_path / "run")[:4] == before
    assert json.loads(file.read_text())["version"] == 2
    with sqlite3.connect(tmp_path / "run" / "journal.db") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
        assert db.execute("SELECT count(*) FROM turns WHERE crc IS NULL").fetchone()[0] > 0
        assert db.execute("SELECT count(*) FROM turns WHERE crc IS NOT NULL").fetchone()[0] > 0
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(RunError, match="written in format 99, this maieutic reads up to 2"):
        ran(tmp_path / "run", (None, 0), n=6)


def test_tables_of_schema_1_in_a_database_are_brought_up_to_date(tmp_path, server):
    import psycopg

    store = (server, next(SEEDS) * 1000)
    ran(tmp_path / "run", store, n=4)
    before = kept(tmp_path / "run")
    with psycopg.connect(server) as db:
        db.execute("DROP INDEX maieutic.episodes_by_id")
        db.execute("ALTER TABLE maieutic.turns DROP COLUMN crc")
        db.execute("ALTER TABLE maieutic.episodes DROP COLUMN crc")
        db.execute("UPDATE maieutic.schema SET version = 1")
    with pytest.raises(RunError, match="its tables are of format 1"):
        kept(tmp_path / "run")
    assert ran(tmp_path / "run", store, n=6).found == 4
    assert kept(tmp_path / "run")[:4] == before


def test_a_worker_that_is_killed_again_and_again_costs_nothing(tmp_path, store):
    recipe = Recipe(scenario=TOY)
    company = recipe.company()
    killed = []

    def say(what, facts):
        if what == "ready":
            pids.append(facts["pid"])

    pids: list[int] = []
    crew = Crew(processes(recipe), 2, each=4, say=say)

    def on_episode(ledger, episode):
        if ledger.over in (5, 40, 90) and pids:
            killed.append(pids.pop(0))
            os.kill(killed[-1], signal.SIGKILL)

    ledger = ran(tmp_path / "run", store, n=150, company=company, crew=crew, on_episode=on_episode)
    assert len(killed) >= 2
    assert (ledger.done, ledger.missing) == (150, 0)
    with Journal(tmp_path / "run") as journal:
        said = [event.id for place in range(150) for event in journal.events(place)]
    assert len(said) == len(set(said))
    assert kept(tmp_path / "run") == plain(tmp_path, store, 150, company=company)


def test_workers_that_make_another_cast_are_refused(tmp_path):
    crew = Crew(processes(Recipe(scenario=TOY, cast={"student": "simulated:learn=0.9"})), 1)
    with pytest.raises(RunError, match="made another cast"):
        ran(tmp_path / "run", (None, 0), n=3, crew=crew)


def test_a_worker_that_cannot_begin_ends_the_run_with_its_reason(tmp_path):
    crew = Crew(processes(Recipe(scenario=str(tmp_path / "gone.py"))), 1)
    with pytest.raises(RunError, match=r"a worker cannot begin: .*gone.py"):
        ran(tmp_path / "run", (None, 0), n=3, crew=crew)


def test_a_scenario_at_fault_in_a_worker_is_told_as_in_one_process(tmp_path):
    lying = tmp_path / "lying.py"
    lying.write_text(
        f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
        "import dataclasses, toy\n"
        "def lies(e): return [r.model_copy(update={'task': 'another'}) for r in toy.records(e)]\n"
        "SCENARIO = dataclasses.replace(toy.SCENARIO, records=lies)\n"
    )
    recipe = Recipe(scenario=f"{lying}:SCENARIO")
    with pytest.raises(Exception, match="names task 'another'"):
        ran(tmp_path / "run", (None, 0), n=3, company=recipe.company(), crew=Crew(processes(recipe), 1))


def test_the_ledger_says_the_same_with_workers(tmp_path):
    recipe = Recipe(scenario=TOY, cast={"student": "simulated:learn=0.1"})
    company = recipe.company()
    alone = ran(tmp_path / "alone", (None, 0), n=30, company=company)
    many = ran(tmp_path / "many", (None, 0), n=30, company=company, crew=Crew(processes(recipe), 2))
    assert dataclasses.asdict(alone) == dataclasses.asdict(many)


def test_reviews_are_kept_whatever_the_store_and_an_export_honours_them(tmp_path, store):
    company, folder = assemble(catalogue.load("spar")), tmp_path / "run"
    ran(folder, store, n=6, company=company, source=Source(company.scenario.world))

    def exported():
        done = CliRunner().invoke(app, ["export", str(folder), "--as", "dpo"])
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert reviews(folder) == {}
    before = exported()
    with Journal(folder) as journal:
        found = [
            (place, record)
            for place, episode in journal.episodes()
            for record in checked_records(company, episode)
            if isinstance(record, Pair)
        ]
    (one, first), (two, second) = found[:2]
    keep(folder, one, first, Review(verdict="reject"))
    keep(folder, two, second, Review(verdict="edit", chosen="Better words."))
    assert [row["chosen"][0]["content"] for row in exported()] == [
        "Better words.",
        *(row["chosen"][0]["content"] for row in before[2:]),
    ]
