"""What slow answers cost: one answer in a hundred takes sixty times as long as the others.

All calls are given to our client at once, as a run gives them; beside it a client that works in batches and waits for
the last of each, and peers where they are installed. `ideal` is the same calls in the same order with no overhead at all, every place taken again the
moment it is free; `bound` is what nobody can beat, even knowing beforehand which answers will be slow.

    python benchmarks/stragglers.py [--calls 8000] [--flight 256] [--delay 200]
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import importlib.util
import re
import subprocess
import sys
import time
from hashlib import blake2b
from typing import Any

import calls

SHARE, TIMES = 0.01, 60.0
PEERS = ("langchain-openai", "openai", "distilabel", "curator")


def seconds(number: int, delay: float) -> float:
    """How long the answer to a prompt takes: half to one and a half of the delay, or sixty delays."""
    drawn = blake2b(str(number).encode(), digest_size=8).digest()
    first, second = (int.from_bytes(part, "big") / 2**32 for part in (drawn[:4], drawn[4:]))
    return delay * (TIMES if first < SHARE else 0.5 + second)


class Server(calls.Server):
    """Answers each prompt after its own time, which its number sets."""

    heard = b""

    def data_received(self, data: bytes) -> None:
        self.heard += data
        number = re.search(rb'he sell\?  ?(\d+)"', self.heard)  # stands at the end of each prompt
        if number is None and self.heard.startswith(b"POST") and not self.heard.rstrip().endswith(b"}"):
            return  # there is more to come
        if number is None:
            data, self.heard = self.heard, b""
            super().data_received(data)
            return
        if not self.heard.rstrip().endswith(b"}"):
            return
        self.heard = b""
        asyncio.get_running_loop().call_later(seconds(int(number[1]), calls.Server.delay), self.finish)
        calls.Server.flying += 1
        calls.Server.most = max(calls.Server.most, calls.Server.flying)


async def serve(delay: float) -> None:
    calls.Server.delay = delay
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def ideal(many: int, flight: int, delay: float) -> float:
    places = [0.0] * flight
    for number in range(many):
        heapq.heapreplace(places, places[0] + seconds(number, delay))
    return max(places)


def bound(many: int, flight: int, delay: float) -> float:
    lengths = [seconds(number, delay) for number in range(many)]
    return max(sum(lengths) / flight, max(lengths))


async def ours(url: str, many: int, flight: int) -> None:
    from maieutic.agents.models.engine import Request
    from maieutic.agents.models.engines import Engines
    from maieutic.agents.models.spec import parse_spec

    engines = Engines()
    engine = engines.engine(parse_spec(f"{url}#bench", in_flight=flight))
    requests: list[Any] = [
        Request(messages=tuple(calls.asked(n)), seed=n)  # type: ignore[arg-type]
        for n in range(many)
    ]
    await asyncio.gather(*(engine.complete(request) for request in requests))
    await engines.close()


async def batches(url: str, many: int, flight: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(number: int) -> None:
            body = {"model": "bench", "messages": calls.asked(number), "seed": number}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                await response.json()

        for start in range(0, many, flight):
            await asyncio.gather(*(one(n) for n in range(start, min(many, start + flight))))


def main() -> None:
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--calls", type=int, default=8_000)
    reader.add_argument("--flight", type=int, default=256)
    reader.add_argument("--delay", type=float, default=200.0, help="milliseconds")
    reader.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = reader.parse_args()
    delay = given.delay / 1e3
    if given.serve:
        asyncio.run(serve(delay))
        return
    command = [sys.executable, __file__, "--serve", "--delay", str(given.delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        try:
            calls.machine(given.flight, given.delay)
            print(f"{'':18}{'calls':>7}{'bound s':>9}{'ideal s':>9}{'took s':>9}{'of ideal':>9}")
            asyncio.run(ours(url, 1, 1))  # imports are no part of it
            peers = [
                (name, client, 8)
                for name, (client, package, _) in calls.CLIENTS.items()
                if name in PEERS and importlib.util.find_spec(str(package)) is not None
            ]
            for name, client, share in (("ours", ours, 1), ("batches", batches, 8), *peers):
                many = given.calls // share  # the batches take long enough with fewer
                best = ideal(many, given.flight, delay)
                begun = time.perf_counter()
                asyncio.run(client(url, many, given.flight))
                took = time.perf_counter() - begun
                least = bound(many, given.flight, delay)
                print(f"{name:18}{many:7}{least:9.2f}{best:9.2f}{took:9.2f}{took / best:9.2f}", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
