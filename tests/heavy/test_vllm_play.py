"""Whole scenarios with every role played by the tiny Llama, through real vLLM: in process, and through `vllm serve`."""

import asyncio
import os
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from maieutic import Stop, faults
from maieutic.agents.models.engines import Engines
from maieutic.runs.journal import Journal
from maieutic.runs.run import run
from maieutic.runs.tasks import parse_source
from maieutic.scenarios import assemble
from maieutic.scenarios.catalogue import load

SPINE = ("socratic-math", "tree-instruct", "spar", "alpaca-farm")
PROGRAM = ("program", "scripted")  # seats that a program takes by definition stay with it


def company(name, player):
    try:
        scenario = load(name)
    except (ImportError, AttributeError) as error:
        pytest.skip(f"scenario {name} cannot be loaded yet: {error}")
    default = scenario.cast(scenario.configure({}))
    cast = {
        seat: player
        for seat in scenario.seats
        if seat not in default or not type(default[seat]).__name__.lower().startswith(PROGRAM)
    }
    return assemble(scenario, cast=cast)


def play(name, player, folder, n=2, meanwhile=None):
    made = company(name, player)
    source, _ = parse_source(
        None, made.scenario.world, join=None, seed=3, needs=made.scenario.needs(made.parameters)
    )

    async def go():
        side = asyncio.create_task(meanwhile()) if meanwhile else None
        ledger = await run(made, source, folder, n=n, seed=5, concurrency=8)
        if side is not None:
            await side
        return ledger

    ledger = asyncio.run(go())
    with Journal(folder) as journal:
        episodes = [episode for _, episode in journal.episodes()]
    return made, ledger, episodes


def check(made, ledger, episodes, n=2):
    assert ledger.missing == 0
    assert len(episodes) == n
    models = {seat for seat, agent in made.cast.items() if hasattr(agent, "engine")}
    asked = [event for episode in episodes for event in episode.events if event.seat in models]
    assert len(asked) >= n
    assert {event.invalid for event in asked} == {None}
    assert all(event.usage.completion_tokens > 0 for event in asked)
    for episode in episodes:
        assert episode.stop not in (Stop.FAILED, Stop.INVALID)
        for record in made.scenario.records(episode):
            assert faults(record, episode) == []
    return asked


@pytest.fixture(scope="module")
def in_process(tiny):
    from tiny_llama import OPTIONS

    engines = Engines()
    yield engines, engines.player(f"vllm:{tiny}", width=6.0, repairs=4, backoff=0.1, **OPTIONS)
    asyncio.run(engines.close())


@pytest.fixture(scope="module")
def served(tiny, tmp_path_factory):
    """`vllm serve` on loopback, with a spec for it."""
    from tiny_llama import OPTIONS
    from vllm_command import vllm_command

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
        for name, value in OPTIONS.items()
    ]
    log = (tmp_path_factory.mktemp("serve") / "log").open("wb")
    command = vllm_command("serve", tiny, *given, "--served-model-name=tiny", "--no-enable-chunked-prefill")
    command += ["--host=127.0.0.1", f"--port={port}"]
    command += ['--structured-outputs-config={"backend":"guidance","disable_any_whitespace":true}']
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        for _ in range(600):
            assert server.poll() is None, f"vllm serve ended; its words are in {log.name}"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        engines = Engines()
        yield engines.player(f"http://127.0.0.1:{port}/v1#tiny", width=6.0, repairs=4, identity="tiny")
        asyncio.run(engines.close())
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
        log.close()


@pytest.mark.parametrize("name", SPINE)
def test_every_answer_is_valid_in_process(in_process, tmp_path, name):
    check(*play(name, in_process[1], tmp_path / "run"))


@pytest.mark.parametrize("name", SPINE)
def test_every_answer_is_valid_through_vllm_serve(served, tmp_path, name):
    check(*play(name, served, tmp_path / "run"))


def test_a_run_goes_on_when_the_engine_is_killed_and_ends_with_the_same_bytes(in_process, tmp_path):
    import psutil

    engines, player = in_process
    killed = []

    async def kill():
        (gate,) = engines.gates.values()
        while not gate.in_flight:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        for one in psutil.Process().children(recursive=True):
            if one.name().startswith("VLLM"):
                one.kill()
                killed.append(one.pid)

    calm = check(*play("socratic-math", player, tmp_path / "calm", n=6), n=6)
    rough = check(*play("socratic-math", player, tmp_path / "rough", n=6, meanwhile=kill), n=6)
    assert killed
    assert [event.answer for event in rough] == [event.answer for event in calm]
