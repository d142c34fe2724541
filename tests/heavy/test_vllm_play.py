"""Whole scenarios with every role played by the tiny Llama, through real vLLM: in process, and through `vllm serve`."""

import asyncio
import json
import math
import socket
import subprocess
import time
import urllib.request

import pytest
import whole_runs

from maieutic.agents import Turn
from maieutic.agents.models.admission import Fault
from maieutic.agents.models.answers import split_reasoning
from maieutic.agents.models.engine import Request
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.messages import form_of
from maieutic.roles.evaluator import ALONE

SPINE = ("socratic-math", "tree-instruct", "spar", "alpaca-farm")
WHOLE = {"width": 6.0, "repairs": 4, "backoff": 0.1}  # a model with random weights fills what it may


def played(name, player, folder, n=2, mode=None, beside=None):
    """The models' turns of a run in which all went well, each raw text held against its schema."""
    from jsonschema import Draft202012Validator  # comes with vLLM

    made = whole_runs.company(name, player, mode)
    ledger, episodes = whole_runs.play(made, folder, n, beside=beside)
    turns = whole_runs.check_valid(made, ledger, episodes, n)
    answers = {role.name: role.answer for role in made.scenario.roles}
    for turn in turns:
        said = json.loads(split_reasoning(turn.raw)[1])
        Draft202012Validator(form_of(answers[turn.role])).validate(said)
    return turns


SAID = []  # by whoever sees to the engines in this process


@pytest.fixture(scope="module")
def in_process(tiny, server):
    from tiny_llama import OPTIONS

    engines = Engines(say=SAID.append)
    yield engines, engines.player(f"vllm:{tiny}", **WHOLE, **OPTIONS)
    asyncio.run(engines.close())


class Server:
    """`vllm serve` on loopback, which can be killed and started again."""

    def __init__(self, model, log):
        from tiny_llama import OPTIONS
        from vllm_command import vllm_command

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        given = [
            f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
            for name, value in OPTIONS.items()
        ]
        self.command = [
            *vllm_command("serve", model, *given, "--served-model-name=tiny", "--no-enable-chunked-prefill"),
            "--host=127.0.0.1",
            f"--port={self.port}",
            '--structured-outputs-config={"backend":"guidance","disable_any_whitespace":true}',
        ]
        self.log, self.process = log, None

    def begin(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait(self):
        for _ in range(600):
            assert self.process.poll() is None, f"vllm serve ended; its words are in {self.log}"
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1)
            except OSError:
                time.sleep(0.5)
        raise AssertionError(f"vllm serve does not answer; its words are in {self.log}")

    def kill(self):
        import psutil  # comes with vLLM

        for one in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
            one.kill()
        self.process.wait(60)


@pytest.fixture(scope="module")
def server(tiny, tmp_path_factory):
    made = Server(tiny, tmp_path_factory.mktemp("serve") / "log")
    made.begin()  # it loads while the tests in process run
    yield made
    made.kill()  # it does not listen to SIGTERM while it loads


@pytest.fixture(scope="module")
def served(server):
    server.wait()
    engines = Engines()
    spec = f"http://127.0.0.1:{server.port}/v1#tiny"
    yield engines, engines.player(spec, **WHOLE, identity="tiny")
    asyncio.run(engines.close())


@pytest.mark.parametrize(("name", "mode"), list(whole_runs.variants()))
def test_every_answer_is_valid_in_process(in_process, tmp_path, name, mode):
    played(name, in_process[1], tmp_path / "run", n=2 if name in SPINE else 1, mode=mode)


RIVALS = [("tree-instruct", mode) for mode in ("vanilla", "bridge")]


@pytest.mark.parametrize(("name", "mode"), [*((name, None) for name in SPINE), *RIVALS])
def test_every_answer_is_valid_through_vllm_serve(served, tmp_path, name, mode):
    played(name, served[1], tmp_path / "run", n=2 if mode is None else 1, mode=mode)


def test_digits_come_with_their_probabilities_the_same_in_process_and_served(in_process, served):
    async def play(player):
        shown = {"prompt": "Say hello.", "input": "", "output": "Hello."}
        turns = [Turn(ALONE, {**shown, "output": "Hello. " * n}, seed=n) for n in range(8)]
        return await asyncio.gather(*(player.act(turn) for turn in turns))

    both = [asyncio.run(play(player)) for _, player in (in_process, served)]
    for here, there in zip(*both, strict=True):
        assert math.fsum(here.answer.chances) == pytest.approx(1)
        assert max(here.answer.chances) < 0.5  # random weights are sure of nothing
        assert here.answer.score == here.answer.chances.index(max(here.answer.chances))  # temperature 0
        assert there.answer.score == here.answer.score
        assert there.answer.chances == pytest.approx(here.answer.chances, rel=1e-3)


def in_flight(engines):
    return sum(gate.in_flight for gate in engines.gates.values())


async def once_at_work(engines, then):
    """Wait until calls are under way, and a moment longer."""
    while not in_flight(engines):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(then)


@pytest.fixture(scope="module")
def calm(in_process, tmp_path_factory):
    """The answers of a run that nothing happened to."""
    turns = played("socratic-math", in_process[1], tmp_path_factory.mktemp("calm") / "run", n=4)
    return [turn.answer for turn in turns]


def test_a_killed_engine_is_a_dead_server_to_a_bare_call_and_costs_a_run_nothing(
    engine, server, in_process, tmp_path, calm
):
    import psutil  # comes with vLLM

    def request(tokens, seed=1):
        return Request(
            messages=({"role": "user", "content": "Say something."},), seed=seed, max_tokens=tokens
        )

    def kill():
        elsewhere = psutil.Process(server.process.pid).children(recursive=True)
        for one in psutil.Process().children(recursive=True):
            if one.name().startswith("VLLM") and one not in elsewhere:
                one.kill()

    async def beside():
        while not in_flight(engines):
            await asyncio.sleep(0.01)
        calls = [asyncio.create_task(engine.complete(request(4000, seed))) for seed in range(4)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(kill)
        outcomes.extend(await asyncio.gather(*calls, return_exceptions=True))

    engines, player = in_process
    outcomes = []
    before, starts = asyncio.run(engine.complete(request(30))), engine.host.starts
    SAID.clear()
    turns = played("socratic-math", player, tmp_path / "run", n=4, beside=beside())
    failed = [one for one in outcomes if isinstance(one, Exception)]
    assert {(type(one), one.kind, one.temporary) for one in failed} == {(Fault, "dead", True)}
    assert [turn.answer for turn in turns] == calm
    assert ["away" in SAID[0], "is back" in SAID[1], len(SAID)] == [True, True, 2]
    assert engine.host.starts == starts + 1
    assert asyncio.run(engine.complete(request(30))) == before


def test_a_run_goes_on_when_the_server_is_killed_and_started_again(server, served, tmp_path, calm):
    engines, player = served
    first = server.process.pid

    def kill():
        server.kill()
        server.begin()

    turns = played("socratic-math", player, tmp_path / "run", n=4, beside=once_at_work(engines, kill))
    assert server.process.pid != first
    assert [turn.answer for turn in turns] == calm
