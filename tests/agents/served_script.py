"""A scripted server that speaks OpenAI's protocol, in a process of its own, and can misbehave in every known way.

Knows nothing of the package that it tests. What happens to a request is drawn from a digest of its body and of how
often that body has come, so that a test is the same each time.

    python served_script.py '{"delay": 0.05, "faults": {"429": 0.1, "half": 0.1}}'

prints its port and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FAULTS = (
    "late",  # an answer after `lateness` seconds
    "429",  # too many requests, with Retry-After
    "500",
    "503",
    "cut",  # the connection is closed without a word
    "half",  # half of the body, as if it were all
    "wrong",  # JSON that is no completion
    "empty",  # a completion without content
    "length",  # cut off at the token limit
    "other",  # another request's answer
    "stranger",  # another model's answer
    "broken",  # content that is half a JSON object, called finished
)


class Script:
    """What the server does; `faults` gives the share of each kind, decided anew for every attempt."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.model = options.get("model", "scripted")
        self.delay = options.get("delay", 0.0)
        self.lateness = options.get("lateness", 1.0)
        self.retry_after = options.get("retry_after", "0")
        self.faults: dict[str, float] = options.get("faults", {})
        self.plan: list[str] = options.get("plan", [])  # what happens to the first attempts, in order
        self.text = options.get("text")
        self.slots = options.get("slots")  # calls worked on at once, the others queue
        self.brittle = options.get("brittle")  # calls in flight above which it says 429
        self.stragglers = options.get("stragglers", 0.0)  # share of bodies that take `straggle` times as long
        self.straggle = options.get("straggle", 60.0)
        self.vllm = options.get("vllm", True)
        self.key = options.get("key")  # that every request must bring
        self.dies_after = options.get("dies_after")  # calls, after which the process ends without a word
        self.seen: Counter[str] = Counter()  # body -> attempts
        self.done: Counter[str] = Counter()  # body -> good answers given
        self.fates: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.flying = self.most = self.waiting = 0

    def fate(self, body: str) -> str:
        attempt = self.seen[body]
        self.seen[body] += 1
        if self.plan:
            return self.plan.pop(0)
        if not self.faults:
            return "good"
        draw = int.from_bytes(hashlib.blake2b(f"{body}|{attempt}".encode(), digest_size=8).digest()) / 2**64
        for kind, share in self.faults.items():
            draw -= share
            if draw < 0:
                return kind
        return "good"

    def seconds(self, body: str) -> float:
        if not self.stragglers:
            return float(self.delay)
        draw = int.from_bytes(hashlib.blake2b(body.encode(), digest_size=8).digest()) / 2**64
        return float(self.delay * (self.straggle if draw < self.stragglers else 1.0))


def value_of(schema: dict[str, Any], defs: dict[str, Any], mark: str) -> Any:
    """A value that follows `schema`."""
    if "$ref" in schema:
        return value_of(defs[schema["$ref"].rpartition("/")[2]], defs, mark)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][int(mark[:8], 16) % len(schema["enum"])]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return value_of(schema[key][0], defs, mark)
    match schema.get("type"):
        case "object":
            return {name: value_of(part, defs, mark) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [value_of(schema.get("items", {}), defs, mark) for _ in range(schema.get("minItems", 1))]
        case "integer":
            return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        case "number":
            return float(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        case "boolean":
            return bool(int(mark[0], 16) % 2)
        case "null":
            return None
        case _:
            return f"said {mark}".ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", 200)]


def application(script: Script) -> Any:
    from aiohttp import web

    places = asyncio.Semaphore(script.slots) if script.slots else None

    async def chat(request: Any) -> Any:
        raw = await request.text()
        if script.dies_after is not None and script.seen.total() >= script.dies_after:
            os._exit(1)
        script.flying += 1
        script.most = max(script.most, script.flying)
        try:
            if script.brittle and script.flying > script.brittle:
                script.fates["429"] += 1
                return web.json_response(
                    {"error": {"message": "slow down"}},
                    status=429,
                    headers={"Retry-After": script.retry_after},
                )
            return await answer(request, raw)
        finally:
            script.flying -= 1

    async def answer(request: Any, raw: str) -> Any:
        body = json.loads(raw)
        name = hashlib.blake2b(raw.encode(), digest_size=12).hexdigest()
        fate = script.fate(name)
        script.fates[fate] += 1
        script.bodies = [*script.bodies[-99:], body]
        if body.get("model") != script.model:
            return web.json_response({"error": {"message": f"no model {body.get('model')}"}}, status=404)
        if fate in ("429", "500", "503"):
            headers = {"Retry-After": script.retry_after} if fate == "429" else {}
            return web.json_response({"error": {"message": "scripted"}}, status=int(fate), headers=headers)
        if fate == "400":
            return web.json_response({"error": {"message": "context too long"}}, status=400)
        if fate == "cut":
            request.transport.abort()
            return web.Response()
        if places is None:
            await asyncio.sleep(script.seconds(name))
        else:
            script.waiting += 1
            async with places:
                script.waiting -= 1
                await asyncio.sleep(script.seconds(name))
        if fate == "late":
            await asyncio.sleep(script.lateness)
        if fate == "wrong":
            return web.json_response({"result": "fine", "choices": "many"})
        tag = request.headers.get("X-Request-Id", "none")
        reply = completion(script, body, name, fate, tag)
        text = json.dumps(reply, separators=(",", ":"))
        if fate == "half":
            return web.Response(text=text[: len(text) // 2], content_type="application/json")
        if fate in ("good", "late"):
            script.done[name] += 1
        return web.Response(text=text, content_type="application/json")

    async def models(request: Any) -> Any:
        owner = "vllm" if script.vllm else "somebody"
        return web.json_response({"data": [{"id": script.model, "object": "model", "owned_by": owner}]})

    async def metrics(request: Any) -> Any:
        return web.Response(text=f'vllm:num_requests_waiting{{engine="0"}} {float(script.waiting)}\n')

    async def tally(request: Any) -> Any:
        return web.json_response(
            {
                "attempts": sum(script.seen.values()),
                "bodies": len(script.seen),
                "done": dict(script.done),
                "fates": dict(script.fates),
                "most": script.most,
                "recent": script.bodies,
            }
        )

    @web.middleware
    async def keyed(request: Any, handler: Any) -> Any:
        if script.key and request.headers.get("Authorization") != f"Bearer {script.key}":
            return web.json_response({"error": {"message": "Incorrect API key"}}, status=401)
        return await handler(request)

    app = web.Application(client_max_size=1 << 26, middlewares=[keyed])
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/tally", tally)
    return app


def completion(script: Script, body: dict[str, Any], name: str, fate: str, tag: str) -> dict[str, Any]:
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    choices = []
    for index in range(body.get("n", 1)):
        mark = hashlib.blake2b(f"{name}|{index}".encode(), digest_size=8).hexdigest()
        if script.text is not None:
            text = script.text
        elif schema is None:
            text = json.dumps({"text": f"said {mark}"})
        else:
            text = json.dumps(value_of(schema, schema.get("$defs", {}), mark))
        text = {"empty": "", "length": text[:-3], "broken": text[: len(text) // 2]}.get(fate, text)
        choice = {
            "index": index,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "length" if fate == "length" else "stop",
        }
        if body.get("logprobs"):
            choice["logprobs"] = {"content": [token_of(char, body.get("top_logprobs", 0)) for char in text]}
        choices.append(choice)
    return {
        "id": "chatcmpl-mai-0-0" if fate == "other" else f"chatcmpl-{tag}",
        "object": "chat.completion",
        "model": "stranger" if fate == "stranger" else script.model,
        "choices": choices,
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }


def token_of(char: str, top: int) -> dict[str, Any]:
    """A character as a token; beside a digit stand the other nine, equally likely."""
    rest = math.log((1 - math.exp(-0.5)) / 9)
    rivals = [{"token": one, "logprob": -0.5 if one == char else rest} for one in "0123456789"]
    return {"token": char, "logprob": -0.5, "top_logprobs": rivals[:top] if char.isdigit() else []}


def serve(options: dict[str, Any]) -> None:
    """Serve until standard input closes."""
    from aiohttp import web

    async def main() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(application(Script(options)), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", options.get("port", 0), backlog=2048)
        await site.start()
        print(runner.addresses[0][1], flush=True)

        def listen() -> None:
            sys.stdin.read()
            loop.call_soon_threadsafe(over.set)

        threading.Thread(target=listen, daemon=True).start()
        await over.wait()
        await runner.cleanup()

    asyncio.run(main())


@contextmanager
def running(**options: Any) -> Iterator[str]:
    """A server in another process; gives its address without the version."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
