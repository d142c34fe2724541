"""Disks that are full, read-only or damaged, folders that are taken, clocks that go back: a clear error, and nothing lost."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import killing
import pytest

from maieutic import RunError
from maieutic.runs import Journal, Recipe

N = 24
RECIPE = killing.recipe_of("socratic-math")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    killing.play(RECIPE, folder, N)
    return folder


# full


def on_a_full_disk(recipe, folder, limit):
    """In a child: files end at `limit` bytes, as where nothing is left; 3 when the run says so."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        killing.play(Recipe.model_validate_json(recipe), Path(folder), N)
    except RunError as error:
        said = str(error)
        assert "cannot be written" in said, said
        assert "free some space and give the same command again" in said, said
        os._exit(3)


@pytest.mark.parametrize("limit", [1 << 15, 1 << 16])
def test_a_disk_that_is_full_ends_the_run_with_what_to_do_and_the_same_command_goes_on(
    tmp_path, undisturbed, limit
):
    run = (RECIPE.model_dump_json(), str(tmp_path / "run"), limit)
    assert killing.in_child(on_a_full_disk, *run) == 3
    killing.goes_on(RECIPE, tmp_path / "run", N)
    killing.check_same(tmp_path / "run", undisturbed, N)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 192 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(folder)]
    if (
        os.getuid()
        or shutil.which("mount") is None
        or subprocess.run(command, check=False, capture_output=True).returncode
    ):
        pytest.skip("only an administrator mounts a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def until_full(recipe, folder):
    """In a child: 3 when the run says that the disk is full."""
    try:
        killing.play(Recipe.model_validate_json(recipe), Path(folder), N)
    except RunError as error:
        assert "free some space" in str(error), error
        os._exit(3)


def test_a_real_disk_that_is_full_loses_nothing(small_disk, undisturbed):
    assert killing.in_child(until_full, RECIPE.model_dump_json(), str(small_disk / "run")) == 3
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    killing.goes_on(RECIPE, small_disk / "run", N)
    killing.check_same(small_disk / "run", undisturbed, N)


def test_a_commit_that_fails_once_in_the_middle_is_told_and_the_run_goes_on(
    tmp_path, undisturbed, monkeypatch
):
    from maieutic.runs.sqlite import SQLite

    commit, left = SQLite.commit, [9]

    def failing(store, turns, episodes):
        left[0] -= 1
        if left[0] == 0:
            raise RunError("cannot be written (somebody pulled the plug)")
        commit(store, turns, episodes)

    monkeypatch.setattr(SQLite, "commit", failing)
    with pytest.raises(RunError, match="pulled the plug"):
        killing.play(RECIPE, tmp_path / "run", N)
    killing.play(RECIPE, tmp_path / "run", N)
    killing.check_same(tmp_path / "run", undisturbed, N)


# read-only


def as_nobody(recipe, folder):
    """In a child without rights: 3 when the run says that the folder cannot be written."""
    Recipe.model_validate_json(recipe).company()  # what is read from elsewhere is read before
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    try:
        killing.play(Recipe.model_validate_json(recipe), Path(folder), N + 1)
    except RunError as error:
        assert "give an --out that can be written" in str(error), error
        os._exit(3)


@pytest.mark.skipif(os.getuid() != 0, reason="only an administrator becomes somebody without rights")
def test_a_folder_that_is_read_only_is_told_and_left_as_it_is(undisturbed):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        shutil.copytree(undisturbed, folder)
        for path in (Path(place), folder):
            path.chmod(0o755)
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert killing.in_child(as_nobody, RECIPE.model_dump_json(), str(folder)) == 3
        assert killing.in_child(as_nobody, RECIPE.model_dump_json(), str(Path(place) / "other")) == 3
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
        assert killing.episodes(folder) == killing.episodes(undisturbed)


# taken


HOLD = """
import sys
from pathlib import Path
from maieutic.runs import Journal
with Journal(Path(sys.argv[1]), {"seed": 0}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_on_a_run_folder_is_refused_and_may_read(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(
            RunError, match="another process is running there; wait for it, or give another --out"
        ):
            Journal(tmp_path / "run", {"seed": 0})
        with Journal(tmp_path / "run") as journal:
            assert journal.ended() == 0
        first.kill()
    with Journal(tmp_path / "run", {"seed": 0}):  # what it held ended with it
        pass


# clocks


def test_a_clock_that_goes_back_changes_nothing_but_times(tmp_path, undisturbed, monkeypatch):
    started, looks = time.time_ns(), [0]

    def back():
        looks[0] += 1
        return started - looks[0] * 3_600_000_000_000  # an hour a look

    monkeypatch.setattr(time, "time_ns", back)
    monkeypatch.setattr(time, "time", lambda: back() / 1e9)
    killing.play(RECIPE, tmp_path / "run", N // 2)
    killing.play(RECIPE, tmp_path / "run", N)
    monkeypatch.undo()
    assert looks[0] > N
    killing.check_same(tmp_path / "run", undisturbed, N)
    with Journal(tmp_path / "run") as journal:
        ended = [when for when, _ in journal.times(0).values()]
    assert ended == sorted(ended, reverse=True)


# damage


@pytest.mark.parametrize("cut", [1, 700, 9001])
def test_a_write_ahead_log_with_a_torn_end_costs_its_last_turns_only(tmp_path, undisturbed, cut):
    folder = tmp_path / "run"
    draws = killing.Draws("torn", 60)
    while not (folder / "journal.db-wal").exists() or (folder / "journal.db-wal").stat().st_size < 20_000:
        assert killing.killed(RECIPE, folder, N, draws)
    log = folder / "journal.db-wal"
    data = log.read_bytes()
    log.write_bytes(data[:-cut])
    killing.goes_on(RECIPE, folder, N)
    killing.check_same(folder, undisturbed, N)


def test_a_write_ahead_log_whose_last_page_is_garbled_costs_its_last_turns_only(tmp_path, undisturbed):
    folder = tmp_path / "run"
    draws = killing.Draws("garbled", 60)
    while not (folder / "journal.db-wal").exists() or (folder / "journal.db-wal").stat().st_size < 20_000:
        assert killing.killed(RECIPE, folder, N, draws)
    log = folder / "journal.db-wal"
    data = bytearray(log.read_bytes())
    data[-2000:] = bytes(byte ^ 0x5A for byte in data[-2000:])
    log.write_bytes(data)
    killing.goes_on(RECIPE, folder, N)
    killing.check_same(folder, undisturbed, N)


def test_a_journal_whose_last_page_is_corrupt_is_told_wherever_it_is_read_and_the_rest_can_be_had(
    tmp_path, undisturbed
):
    folder = tmp_path / "run"
    shutil.copytree(undisturbed, folder)
    with sqlite3.connect(folder / "journal.db") as db:
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    file = folder / "journal.db"
    data = bytearray(file.read_bytes())
    data[-size:] = os.urandom(size)
    file.write_bytes(data)
    told, had = 0, 0
    whole = dict(killing.episodes(undisturbed))
    with Journal(folder) as journal:
        for place in range(N):
            try:
                episode = journal.find(str(place))
            except RunError as error:
                told += 1
                assert "restore" in str(error), error
            else:
                had += 1
                assert episode.to_bytes() == whole[place]
    assert told + had == N
    assert told > 0
