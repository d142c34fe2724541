"""Workers as Ray actors on this machine; skipped where Ray is not installed."""

import asyncio
import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
import toy

from maieutic import InputError, RunError
from maieutic.runs import Crew, Journal, Recipe, Source, run
from maieutic.runs.cluster import on_ray

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
