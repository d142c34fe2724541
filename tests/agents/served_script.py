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
from collections import Counter, deque
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
        slots = options.get("slots")  # calls worked on at once, the others queue
        self.places = asyncio.Semaphore(slots) if slots else None
        self.brittle = options.get("brittle")  # calls in flight above which it says 429
        self.stragglers = options.get("stragglers", 0.0)  # share of bodies that take `straggle` times as long
        self.straggle = options.get("straggle", 60.0)
        self.vllm = options.get("vllm", True)
        self.key = options.get("key")  # that every request must bring
        self.dies_after = options.get("dies_after")  # calls, after which the process ends without a word
        self.seen: Counter[str] = Counter()  # body -> attempts
        self.done: Counter[str] = Counter()  # body -> good answers given
        self.fates: Counter[str] = Counter()
        self.bodies: deque[dict[str, Any]] = deque(maxlen=100)
        self.attempts = 0
        self.flying = self.most = self.waiting = 0

    def fate(self, body: str) -> str:
        attempt = self.seen[body]
        self.seen[body] += 1
        self.attempts += 1
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

    def tally(self) -> dict[str, Any]:
        return {
            "attempts": self.attempts,
            "bodies": len(self.seen),
            "done": dict(self.done),
            "fates": dict(self.fates),
            "most": self.most,
            "recent": list(self.bodies),
        }


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


class Line(asyncio.Protocol):
    """A connection: one request after another, each answered before the next is looked at."""

    def __init__(self, script: Script, lines: set[Line]) -> None:
        self.script, self.lines = script, lines
        self.unread = bytearray()
        self.wanted = 0  # bytes before another look is worth while
        self.at_work: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.lines.add(self)

    def connection_lost(self, problem: Exception | None) -> None:
        self.lines.discard(self)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if self.at_work is None and len(self.unread) >= self.wanted:
            self.look()

    def look(self) -> None:
        """Begin with the next request, if all of it is there."""
        end = self.unread.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self.unread[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, path, _ = first.split(" ", 2)
        if "transfer-encoding" in headers:  # none of the clients sends one
            self.reply({"error": {"message": "say how long it is"}}, 411)
            self.transport.close()
            return
        body = end + 4
        self.wanted = body + int(headers.get("content-length", 0))
        if len(self.unread) < self.wanted:
            return
        raw = bytes(self.unread[body : self.wanted])
        del self.unread[: self.wanted]
        self.wanted = 0
        self.at_work = asyncio.get_running_loop().create_task(self.work(method, path, headers, raw))

    async def work(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> None:
        script = self.script
        if script.key and headers.get("authorization") != f"Bearer {script.key}":
            self.reply({"error": {"message": "Incorrect API key"}}, 401)
        elif (method, path) == ("POST", "/v1/chat/completions"):
            await self.chat(headers, raw)
        elif (method, path) == ("GET", "/v1/models"):
            owner = "vllm" if script.vllm else "somebody"
            self.reply({"data": [{"id": script.model, "object": "model", "owned_by": owner}]})
        elif (method, path) == ("GET", "/metrics"):
            self.send(f'vllm:num_requests_waiting{{engine="0"}} {float(script.waiting)}\n', kind="text/plain")
        elif (method, path) == ("GET", "/tally"):
            self.reply(script.tally())
        else:
            self.reply({"error": {"message": f"nothing at {path}"}}, 404)
        self.at_work = None
        if headers.get("connection", "").lower() == "close":
            self.transport.close()
        elif self.unread:
            self.look()

    def reply(self, value: Any, status: int = 200, **more: str) -> None:
        self.send(json.dumps(value, separators=(",", ":")), status, **more)

    def send(self, text: str, status: int = 200, *, kind: str = "application/json", **more: str) -> None:
        if self.transport.is_closing():
            return  # whoever asked is gone
        data = text.encode()
        head = f"HTTP/1.1 {status} {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(data)}\r\n"
        for name, value in more.items():
            head += f"{name.replace('_', '-')}: {value}\r\n"
        self.transport.write(head.encode() + b"\r\n" + data)

    async def chat(self, headers: dict[str, str], raw: bytes) -> None:
        script = self.script
        if script.dies_after is not None and script.attempts >= script.dies_after:
            os._exit(1)
        script.flying += 1
        script.most = max(script.most, script.flying)
        try:
            if script.brittle and script.flying > script.brittle:
                script.fates["429"] += 1
                self.reply({"error": {"message": "slow down"}}, 429, Retry_After=script.retry_after)
            else:
                await self.answer(headers.get("x-request-id", "none"), raw)
        finally:
            script.flying -= 1

    async def answer(self, tag: str, raw: bytes) -> None:
        script, body = self.script, json.loads(raw)
        name = hashlib.blake2b(raw, digest_size=12).hexdigest()
        fate = script.fate(name)
        script.fates[fate] += 1
        script.bodies.append(body)
        if body.get("model") != script.model:
            return self.reply({"error": {"message": f"no model {body.get('model')}"}}, 404)
        if fate in ("429", "500", "503"):
            more = {"Retry_After": script.retry_after} if fate == "429" else {}
            return self.reply({"error": {"message": "scripted"}}, int(fate), **more)
        if fate == "400":
            return self.reply({"error": {"message": "context too long"}}, 400)
        if fate == "cut":
            return self.transport.abort()
        if script.places is None:
            await asyncio.sleep(script.seconds(name))
        else:
            script.waiting += 1
            async with script.places:
                script.waiting -= 1
                await asyncio.sleep(script.seconds(name))
        if fate == "late":
            await asyncio.sleep(script.lateness)
        if fate == "wrong":
            return self.reply({"result": "fine", "choices": "many"})
        text = json.dumps(completion(script, body, name, fate, tag), separators=(",", ":"))
        if fate in ("good", "late"):
            script.done[name] += 1
        return self.send(text[: len(text) // 2] if fate == "half" else text)


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

    async def main() -> None:
        loop, over, lines = asyncio.get_running_loop(), asyncio.Event(), set[Line]()
        script = Script(options)
        server = await loop.create_server(
            lambda: Line(script, lines), "127.0.0.1", options.get("port", 0), backlog=2048
        )
        print(server.sockets[0].getsockname()[1], flush=True)

        def listen() -> None:
            sys.stdin.read()
            loop.call_soon_threadsafe(over.set)

        threading.Thread(target=listen, daemon=True).start()
        await over.wait()
        server.close()
        for line in lines:
            line.transport.abort()

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
