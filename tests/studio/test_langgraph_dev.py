"""`langgraph dev` on this repository's own langgraph.json: the server opens every scenario and plays an episode of each."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("langgraph_api")
from langgraph_sdk import get_client

from maieutic import seed_of
from maieutic.runs import Recipe
from maieutic.scenarios import catalogue

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server that `langgraph dev` has started, with a copy of langgraph.json alone beside it."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copy(ROOT / "langgraph.json", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload"]
    log = (folder / "log").open("w+")
    server = subprocess.Popen(
        [*command, "--port", str(port), "--host", "127.0.0.1"],
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{url}/ok", timeout=1):
                break
        except OSError:
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.25)
    else:
        pytest.fail(f"the server did not come up: {(folder / 'log').read_text()}")
    yield url
    server.terminate()
    server.wait(30)
    log.close()


def test_the_server_has_every_scenario_and_draws_its_nodes(address):
    async def looked():
        async with get_client(url=address) as client:
            ids = {one["graph_id"]: one["assistant_id"] for one in await client.assistants.search(limit=100)}
            drawn = {name: await client.assistants.get_graph(one, xray=True) for name, one in ids.items()}
            inputs = {name: await client.assistants.get_schemas(one) for name, one in ids.items()}
            return drawn, inputs

    drawn, inputs = asyncio.run(looked())
    assert set(drawn) == set(catalogue.names())
    for name, graph in drawn.items():
        shown = {str(node["id"]).rpartition(":")[2] for node in graph["nodes"]}
        scenario = catalogue.load(name)
        assert set(scenario.graph(scenario.configure({})).nodes) <= shown, name
        assert set(inputs[name]["input_schema"]["properties"]) == {"place", "seed", "cast"}


@pytest.mark.parametrize("name", catalogue.names())
def test_an_episode_played_by_the_server_is_that_of_a_run(address, name):
    async def played():
        async with get_client(url=address) as client:
            return await client.runs.wait(None, name, input={"place": 1, "seed": 5})

    told = asyncio.run(played())
    recipe = Recipe(scenario=name, seed=5)
    company = recipe.company()
    task = list(recipe.source(company)[0].tasks(2))[1]
    episode = asyncio.run(company.play(task, seed_of(5, 1, task.id)))
    assert (told["id"], told["stop"]) == (episode.id, episode.stop.value)
    assert [turn["id"] for turn in told["turns"]] == [event.id for event in episode.events]
    assert told["turns"] == episode.model_dump(mode="json")["events"]
