"""Calls per second of model clients, side by side in one run, against a server that answers in 50 ms.

The server runs in a process of its own, and each client in another, so that its CPU time and peak memory are its own.
Rounds go through all clients in turn; the median of the rounds is printed, and each client's share of the floor, which
is aiohttp with nothing around it. `a core` is how many calls one core can make, by the CPU time of a call; it moves less
with what else the machine does than calls/s.

Clients over httpx walk its whole pool at each request, so that a call costs the more the more are in flight; rows marked
`, 64` give them 64 places, with which they do better. One that is not through in time is stopped and said to be.

    python benchmarks/calls.py [--calls 20000] [--flight 256] [--delay 50] [--rounds 3] [--within 120] [--only 'floor;client']
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import importlib.util
import json
import os
import platform
import pstats
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ANSWER = json.dumps({"text": "Add the two numbers first, then say what the question asked for.", "score": 3})
PROMPT = "A baker sells 12 loaves in the morning and twice as many after noon. How many does he sell? " * 8


class Server(asyncio.Protocol):
    """Just enough HTTP to answer every POST with the same completion after a delay, at little cost."""

    delay = 0.05
    flying = most = 0
    body = json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "bench",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 180, "completion_tokens": 24, "total_tokens": 204},
        }
    ).encode()
    models = json.dumps({"data": [{"id": "bench", "object": "model", "owned_by": "bench"}]}).encode()

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            place = head.find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                if b"100-continue" in head:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            self.buffer = self.buffer[end + 4 + length :]
            if head.startswith(b"get /most"):
                self.answer(json.dumps(Server.most).encode())
                Server.most = 0
            elif head.startswith(b"get"):
                self.answer(self.models)
            else:
                Server.flying += 1
                Server.most = max(Server.most, Server.flying)
                asyncio.get_running_loop().call_later(self.delay, self.finish)

    def finish(self) -> None:
        Server.flying -= 1
        self.answer(self.body)

    def answer(self, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )


async def serve(delay: float) -> None:
    Server.delay = delay
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# clients: each makes `calls` calls with at most `flight` at once and returns how many gave the right answer

Client = Callable[[str, int, int], Awaitable[int]]


async def spread(one: Callable[[int], Awaitable[bool]], calls: int, flight: int) -> int:
    """Have workers take the next number as soon as they have finished one."""
    numbers, right = iter(range(calls)), 0

    async def worker() -> None:
        nonlocal right
        for number in numbers:
            good = await one(number)
            right += good

    await asyncio.gather(*(worker() for _ in range(flight)))
    return right


def asked(number: int) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "You are a patient teacher."},
        {"role": "user", "content": f"{PROMPT} {number}"},
    ]


async def floor(url: str, calls: int, flight: int) -> int:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(number: int) -> bool:
            body = {"model": "bench", "messages": asked(number), "seed": number, "temperature": 0.7}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                told = await response.json()
            return bool(told["choices"][0]["message"]["content"] == ANSWER)

        return await spread(one, calls, flight)


async def client(url: str, calls: int, flight: int) -> int:
    from maieutic.agents.models.engine import Request
    from maieutic.agents.models.engines import Engines
    from maieutic.agents.models.spec import parse_spec

    engines = Engines()
    engine = engines.engine(parse_spec(f"{url}#bench", start=flight, in_flight=flight))

    async def one(number: int) -> bool:
        reply = await engine.complete(
            Request(messages=tuple(asked(number)), seed=number, temperature=0.7)  # type: ignore[arg-type]
        )
        return reply.choices[0].text == ANSWER

    right = await spread(one, calls, flight)
    await engines.close()
    return right


async def player(url: str, calls: int, flight: int) -> int:
    from maieutic.agents import Turn
    from maieutic.agents.models.engines import Engines

    role, engines = _role("teacher"), Engines()
    model = engines.player(f"{url}#bench", start=flight, in_flight=flight)

    async def one(number: int) -> bool:
        move = await model.act(Turn(role, {"question": f"{PROMPT} {number}"}, seed=number))
        return bool(move.answer.score == 3)

    right = await spread(one, calls, flight)
    await engines.close()
    return right


async def play(url: str, calls: int, flight: int) -> int:
    """Dialogues of ten turns, every seat a model."""
    from maieutic import Task
    from maieutic.agents.models.engines import Engines
    from maieutic.scenarios import assemble

    engines = Engines()
    model = engines.player(f"{url}#bench", start=flight, in_flight=flight)
    company = assemble(_scenario(), cast={"teacher": model, "student": model})

    async def one(number: int) -> bool:
        task = Task(id=str(number), world="none", fields={"question": f"{PROMPT} {number}"})
        episode = await company.play(task, number)
        return episode.stop.value == "turns" and len(episode.by_role("student.turn")) == 5

    right = await spread(one, calls // 10, flight)
    await engines.close()
    return right * 10


async def run(url: str, calls: int, flight: int) -> int:
    """The same dialogues as a run: tasks from a world, raw replies kept, every turn durable in the journal."""
    import tempfile

    from maieutic import Task
    from maieutic.agents.models.engines import Engines
    from maieutic.runs import Source
    from maieutic.runs import run as run_all
    from maieutic.scenarios import assemble
    from maieutic.worlds import World

    def task(seed: int, index: int) -> Task:
        return Task(id=str(index), world="none", fields={"question": f"{PROMPT} {index}"})

    engines = Engines()
    model = engines.player(f"{url}#bench", start=flight, in_flight=flight)
    company = assemble(_scenario(), cast={"teacher": model, "student": model})
    source = Source(World("none", "", task, ()))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "run"
        ledger = await run_all(company, source, place, n=calls // 10, concurrency=flight, engines=engines)
    return ledger.turns_taken if ledger.done == calls // 10 else 0


def _role(name: str) -> Any:
    from maieutic.roles import Answer, Role, read_brief

    class Said(Answer):
        text: str
        score: int

    read_brief.cache_clear()
    brief = next(path.stem for path in sorted((Path(__file__).parents[1] / "roles" / "briefs").glob("*.md")))
    return Role(f"{name}.turn", ("question", "history"), Said, brief=brief)


def _scenario() -> Any:
    from maieutic.graphs import Ask, Offer, dialogue, transcript
    from maieutic.scenarios import Paper, Parameters, Scenario

    def offers(state: Any) -> list[Offer]:
        head = state["notes"].get("head")
        told = transcript(state["events"], head) if head else []
        return [Offer(head, {"history": told})]

    teacher, student = _role("teacher"), _role("student")
    return Scenario(
        name="bench",
        summary="Ten turns.",
        paper=Paper("none", 2025, "none"),
        world=None,  # type: ignore[arg-type]
        parameters=Parameters,
        roles=(teacher, student),
        graph=lambda _: dialogue(
            speak={"speak": Ask(teacher, offers)},
            listen=Ask(student, offers),
            decide=lambda state: "speak",
            turns=5,
        ),
        cast=lambda _: {},
        needs=lambda _: ("question",),
    )


async def langchain_openai(url: str, calls: int, flight: int) -> int:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="bench", base_url=url, api_key="none", temperature=0.7, max_retries=0)

    async def one(number: int) -> bool:
        return (await model.ainvoke(asked(number))).content == ANSWER

    return await spread(one, calls, flight)


async def openai(url: str, calls: int, flight: int) -> int:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as model:

        async def one(number: int) -> bool:
            told = await model.chat.completions.create(
                model="bench", messages=asked(number), seed=number, temperature=0.7
            )
            return told.choices[0].message.content == ANSWER

        return await spread(one, calls, flight)


async def distilabel(url: str, calls: int, flight: int) -> int:
    """Its model alone; its pipelines add processes and pickled batches."""
    from distilabel.models import OpenAILLM

    model = OpenAILLM(model="bench", base_url=url, api_key="none", generation_kwargs={"temperature": 0.7})
    model.load()
    right = 0
    for start in range(0, calls, flight):  # it works in batches and waits for the last of each
        batch = [asked(number) for number in range(start, min(calls, start + flight))]
        told = await asyncio.gather(*(model.agenerate(input=one) for one in batch))
        right += sum(one["generations"][0] == ANSWER for one in told)
    return right


async def curator(url: str, calls: int, flight: int) -> int:
    from bespokelabs import curator as library

    class Asker(library.LLM):  # type: ignore[misc, name-defined]
        def prompt(self, row: dict[str, Any]) -> Any:
            return asked(row["number"])

        def parse(self, row: dict[str, Any], told: str) -> Any:
            return {"text": told}

    _offline_tokenizer()
    os.environ |= {
        "CURATOR_DISABLE_CACHE": "true",
        "CURATOR_VIEWER": "0",
        "OPENAI_API_KEY": "none",
        "TELEMETRY_ENABLED": "0",
    }
    many = 10_000_000
    asker = Asker(
        model_name="bench",
        backend="openai",
        backend_params={
            "base_url": url,
            "max_requests_per_minute": many,
            "max_tokens_per_minute": many * 100,
            "max_concurrent_requests": flight,
        },
    )
    told = await asyncio.to_thread(asker, [{"number": number} for number in range(calls)])
    return sum(row["text"] == ANSWER for row in getattr(told, "dataset", told))


def _offline_tokenizer() -> None:
    """Curator counts tokens with tiktoken, whose vocabularies come from the network; where that cannot be reached it
    counts words, which costs it less."""
    import tiktoken

    class Words:
        def encode(self, text: str, **options: Any) -> list[str]:
            return text.split()

    try:
        tiktoken.get_encoding("cl100k_base")
    except Exception:  # noqa: BLE001 - whatever the network does
        tiktoken.get_encoding = lambda name: Words()
        tiktoken.encoding_for_model = lambda name: Words()


CLIENTS: dict[
    str, tuple[Client, str | None, float]
] = {  # client, package it needs, share of the calls it is given
    "floor": (floor, "aiohttp", 1.0),
    "floor, gc": (floor, "aiohttp", 1.0),
    "client": (client, "aiohttp", 1.0),
    "client, gc": (client, "aiohttp", 1.0),  # as above, with Python's garbage collector looking less often
    "player": (player, "aiohttp", 1.0),  # and messages, schema, answer
    "play": (play, "aiohttp", 1.0),  # and the walk, seats
    "play, gc": (play, "aiohttp", 1.0),
    "run": (run, "aiohttp", 1.0),  # and journal, raw replies kept; a run sets the garbage collector itself
    "langchain-openai": (langchain_openai, "langchain_openai", 0.2),
    "langchain-openai, 64": (langchain_openai, "langchain_openai", 0.2),
    "openai": (openai, "openai", 0.2),
    "openai, 64": (openai, "openai", 0.2),
    "distilabel": (distilabel, "distilabel", 0.2),
    "distilabel, 64": (distilabel, "distilabel", 0.2),
    "curator": (curator, "bespokelabs", 0.2),
}


def measure(name: str, url: str, calls: int, flight: int, profile: bool) -> dict[str, Any]:
    """Run one client in this process: a short warm-up, then the calls."""
    run = CLIENTS[name][0]
    flight = min(flight, 64) if name.endswith(", 64") else flight
    if name.endswith(", gc"):
        gc.set_threshold(50_000, 50, 100)
    profiler = cProfile.Profile()

    async def both() -> tuple[int, float, float]:
        await run(url, max(10, min(flight, calls) // 10 * 10), flight)
        begun, cpu = time.perf_counter(), time.process_time()
        if profile:
            profiler.enable()
        right = await run(url, calls, flight)
        profiler.disable()
        return right, begun, cpu

    right, begun, cpu = asyncio.run(both())
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "rate": calls / seconds,
        "cpu": cpu / calls * 1e3,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "right": right,
        "calls": calls,
    }


def table(rounds: dict[str, list[dict[str, Any]]]) -> None:
    print(
        f"{'client':22}{'calls/s':>9}{'of floor':>9}{'CPU ms':>8}{'a core':>8}{'of floor':>9}{'MiB':>6}{'at once':>8}"
    )
    base: dict[str, float] = {}
    for name, results in rounds.items():
        if "failed" in results[0]:
            print(f"{name:22}{results[0]['failed']}")
            continue
        told = {key: statistics.median(r[key] for r in results) for key in ("rate", "cpu", "memory", "most")}
        base = base or told
        wrong = sum(r["calls"] - r["right"] for r in results)
        print(
            f"{name:22}{told['rate']:9.0f}{told['rate'] / base['rate']:9.2f}{told['cpu']:8.3f}"
            f"{1e3 / told['cpu']:8.0f}{base['cpu'] / told['cpu']:9.2f}{told['memory']:6.0f}{told['most']:8.0f}"
            + (f"  {wrong} calls without the right answer" if wrong else "")
        )


def main() -> None:
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--calls", type=int, default=20_000)
    reader.add_argument("--flight", type=int, default=256)
    reader.add_argument("--delay", type=float, default=50.0, help="milliseconds")
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--within", type=float, default=120.0, help="seconds that each client has")
    reader.add_argument("--only", default=";".join(CLIENTS))
    reader.add_argument("--profile", action="store_true")
    reader.add_argument("--measure", help=argparse.SUPPRESS)
    reader.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    reader.add_argument("--url", help=argparse.SUPPRESS)
    given = reader.parse_args()
    if given.serve:
        asyncio.run(serve(given.delay / 1e3))
        return
    if given.measure:
        told = measure(given.measure, given.url, given.calls, given.flight, given.profile)
        print("\n" + json.dumps(told), flush=True)
        return
    command = [sys.executable, __file__]
    with subprocess.Popen(
        [*command, "--serve", "--delay", str(given.delay)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            machine(given.flight, given.delay)
            table(all_rounds(command, given, port))
        finally:
            server.kill()


def machine(flight: int, delay: float) -> None:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    packages = ("aiohttp", "langgraph", "openai", "langchain-openai", "distilabel", "bespokelabs-curator")
    found = [f"{name} {version(name)}" for name in packages if _distribution(name)]
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {cpu}")
    print(f"Python {platform.python_version()}, {', '.join(found)}")
    print(
        f"load before the run {os.getloadavg()[0]:.2f}; {flight} calls in flight, answers after {delay:g} ms\n"
    )


def _distribution(name: str) -> bool:
    try:
        version(name)
    except ImportError:
        return False
    return True


def all_rounds(command: list[str], given: argparse.Namespace, port: int) -> dict[str, list[dict[str, Any]]]:
    import urllib.request

    rounds: dict[str, list[dict[str, Any]]] = {}
    url = f"http://127.0.0.1:{port}/v1"
    for _ in range(given.rounds):
        for name in given.only.split(";"):
            _, package, share = CLIENTS[name]
            if package is not None and importlib.util.find_spec(package) is None:
                rounds[name] = [{"failed": "  not installed"}]
                continue
            calls = max(given.flight, int(given.calls * share)) // 10 * 10
            urllib.request.urlopen(f"http://127.0.0.1:{port}/most").read()
            arguments = [
                "--measure",
                name,
                "--url",
                url,
                "--calls",
                str(calls),
                "--flight",
                str(given.flight),
            ]
            try:
                ran = subprocess.run(
                    [*command, *arguments, *(["--profile"] if given.profile else [])],
                    check=False,
                    stdout=subprocess.PIPE,
                    stderr=None if given.profile else subprocess.PIPE,
                    text=True,
                    timeout=given.within,
                )
            except subprocess.TimeoutExpired:
                rounds[name] = [{"failed": f"  {calls} calls did not finish in {given.within:g} s"}]
                continue
            if ran.returncode:
                last = (ran.stderr or "").strip().splitlines()[-1:] or ["?"]
                rounds[name] = [{"failed": f"  failed: {last[0][:90]}"}]
                continue
            told = json.loads(ran.stdout.strip().splitlines()[-1])
            told["most"] = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/most").read())
            if "failed" not in rounds.get(name, [{}])[0]:  # one that failed once has no median
                rounds.setdefault(name, []).append(told)
    return rounds


if __name__ == "__main__":
    main()
