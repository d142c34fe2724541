"""Workers as Ray actors on this machine; skipped where Ray is not installed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
import toy

from maieutic import InputError, RunError
from maieutic.runs import Crew, Journal, Recipe, Source, run
from maieutic.runs.cluster import _begin, on_ray

TESTS = Path(__file__).parents[1]
RECIPE = Recipe(scenario=f"{TESTS / 'toy.py'}:SCENARIO")
SOURCE = Source(toy.WORLD)

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
heavy = pytest.mark.skipif(
    "MAIEUTIC_FAULTS" not in os.environ, reason="starts Ray; .ci/heavy-cluster runs it (MAIEUTIC_FAULTS=1)"
)


def kept(folder):
    with Journal(folder) as journal:
        return [episode.to_bytes() for _, episode in journal.episodes()]


def test_what_is_no_cluster_is_refused_before_anything_is_played(monkeypatch):
    monkeypatch.setattr("maieutic.runs.cluster.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'maieutic\[cluster\]'"):
        on_ray(RECIPE, "local")
    monkeypatch.undo()
    if find_spec("ray") is not None:
        with pytest.raises(InputError, match="'here' is no cluster"):
            on_ray(RECIPE, "here")


@pytest.mark.parametrize(
    ("address", "mode", "token", "told"),
    [
        ("ray://there:1", None, "file", "~/.ray/auth_token"),
        ("ray://there:1", None, "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN"),
        ("ray://there:1", None, None, None),
        ("ray://there:1", "token", "file", None),
        ("there:1", None, "file", None),
    ],
)
def test_a_cluster_that_a_token_keeps_from_answering_names_what_decides_it(
    monkeypatch, tmp_path, address, mode, token, told
):
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    if mode is not None:
        monkeypatch.setenv("RAY_AUTH_MODE", mode)
    if token == "file":
        (tmp_path / ".ray").mkdir()
        (tmp_path / ".ray" / "auth_token").write_text("secret")
    elif token is not None:
        monkeypatch.setenv(token, "secret")

    class Ray:
        @staticmethod
        def init(address, **options):
            raise ConnectionError("ray client connection timeout")

    with pytest.raises(RunError, match="ray client connection timeout") as caught:
        _begin(Ray, address)
    said = str(caught.value)
    assert "secret" not in said
    assert ("set RAY_AUTH_MODE to token or to disabled" in said) == (told is not None)
    assert ("give --cluster local" in said) == (told is None)
    assert told is None or f"({told})" in said


@heavy
@needs_ray
@pytest.mark.filterwarnings("ignore")
def test_workers_on_ray_make_the_same_bytes_and_one_that_is_killed_costs_nothing(tmp_path):
    import ray

    company = RECIPE.company()
    pids, killed = [], []

    def say(what, facts):
        if what == "ready":
            pids.append(facts["pid"])

    def on_episode(ledger, episode):
        if ledger.over in (20, 60) and pids:
            killed.append(pids.pop(0))
            os.kill(killed[-1], signal.SIGKILL)

    crew = Crew(on_ray(RECIPE, "local"), 2, each=8, say=say)
    try:
        ledger = asyncio.run(run(company, SOURCE, tmp_path / "ray", n=120, crew=crew, on_episode=on_episode))
    finally:
        ray.shutdown()
    assert len(killed) == 2
    assert (ledger.done, ledger.missing) == (120, 0)
    asyncio.run(run(company, SOURCE, tmp_path / "plain", n=120))
    assert kept(tmp_path / "ray") == kept(tmp_path / "plain")
    with Journal(tmp_path / "ray") as journal:
        said = [event.id for place in range(120) for event in journal.events(place)]
    assert len(said) == len(set(said))


@heavy
@needs_ray
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_is_not_there_is_a_clear_error(tmp_path):
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1"):
        crew = Crew(on_ray(RECIPE, address), 1)
        with pytest.raises(RunError, match=f"no cluster at {address}: .* or give --cluster local"):
            asyncio.run(run(RECIPE.company(), SOURCE, tmp_path / "run", n=2, crew=crew))


@contextmanager
def alone():
    """Ray of this test's own, ended with it."""
    import ray

    assert not ray.is_initialized()
    try:
        yield ray
    finally:
        ray.shutdown()


@heavy
@needs_ray
@pytest.mark.filterwarnings("ignore")
def test_a_node_that_is_lost_with_its_workers_costs_nothing(tmp_path):
    from ray.cluster_utils import Cluster

    company, lost = RECIPE.company(), []
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        first = cluster.add_node(num_cpus=2)

        def on_episode(ledger, episode):
            if ledger.over >= 30 and not lost:
                lost.append(first)
                cluster.add_node(num_cpus=2)
                cluster.remove_node(first, allow_graceful=False)

        with alone():
            crew = Crew(on_ray(RECIPE, cluster.address), 2, each=4)
            playing = run(company, SOURCE, tmp_path / "ray", n=120, crew=crew, on_episode=on_episode)
            ledger = asyncio.run(playing)
    finally:
        cluster.shutdown()
    assert lost
    assert (ledger.asked, ledger.done, ledger.missing) == (120, 120, 0)
    asyncio.run(run(company, SOURCE, tmp_path / "plain", n=120))
    assert kept(tmp_path / "ray") == kept(tmp_path / "plain")


@heavy
@needs_ray
@pytest.mark.filterwarnings("ignore")
def test_a_driver_outside_the_cluster_plays_on_it_by_its_address(tmp_path):
    with socket.socket() as one, socket.socket() as two:
        ports = []
        for free in (one, two):
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    head, client = ports
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--num-cpus=2"]
    command += [f"--port={head}", f"--ray-client-server-port={client}", "--include-dashboard=false"]
    command += ["--disable-usage-stats"]
    company = RECIPE.company()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as started:
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", client)) == 0:
                        break
                assert started.poll() is None
                time.sleep(0.2)
            with alone():
                crew = Crew(on_ray(RECIPE, f"ray://127.0.0.1:{client}"), 2, each=4)
                ledger = asyncio.run(run(company, SOURCE, tmp_path / "ray", n=40, crew=crew))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait(60)
    assert (ledger.done, ledger.missing) == (40, 0)
    asyncio.run(run(company, SOURCE, tmp_path / "plain", n=40))
    assert kept(tmp_path / "ray") == kept(tmp_path / "plain")
