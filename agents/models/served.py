"""Served: one attempt at a chat completion from any server that speaks OpenAI's protocol, over one connection pool.

Knows nothing of retries, roles or answers. Every response is journalled before it is read, and whatever a server
sends, the outcome is a reply or one of two errors: try again (`Fault`), or never (`EngineError`).
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, from_json, to_json

from maieutic import InputError, StopRun, Usage
from maieutic.agents.models.admission import Fault
from maieutic.agents.models.engine import Choice, EngineError, Finish, Reply, Request, TokenChance

Received = Callable[[str, Request, bytes, int], None]  # fingerprint, what was asked, body, HTTP status
FINISH: dict[str, Finish] = {"stop": "stop", "length": "length", "content_filter": "refused"}
KEY = "name the environment variable that holds the right API key: ?key_env=NAME"
DENIED = {  # every call alike, whatever is asked; and what to do
    401: KEY,
    402: "pay the provider, or take another model",
    403: KEY,
    404: "mend the model's name or the address",
}
BUSY = {429, 503, 529}  # too many calls, or overloaded


class Served:
    """A model behind `POST {url}/chat/completions`.

    The connection pool opens with the first call and closes with `close`, or with the event loop.

    Args:
        url: up to and including the version, such as `http://127.0.0.1:8000/v1`.
        model: as the server calls it.
        key: sent as a bearer token.
        guided: whether the server is sent the schema to force.
        server: `vllm` is sent what only vLLM knows (top_k, priority, chat_template_kwargs); `openai` is not; `auto`
            asks the server's list of models once.
        extra: further fields of every request body.
        identity: stands in the fingerprint in place of the address, for a server that moves.
        timeout: seconds for one attempt.
        journal: given the request's key and every raw response before it is read, with its HTTP status.
        echo: whether a reply that names another model is refused.
        priorities: whether the server was started to heed priorities (vLLM refuses them otherwise).
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        guided: bool = True,
        server: Literal["auto", "vllm", "openai"] = "auto",
        extra: Mapping[str, JsonValue] | None = None,
        identity: str | None = None,
        timeout: float = 600.0,
        journal: Received | None = None,
        echo: bool = True,
        priorities: bool = False,
    ) -> None:
        try:
            import aiohttp
        except ImportError:
            raise InputError(
                "a served model needs aiohttp, which is not installed",
                remedy="pip install 'maieutic[served]'",
            ) from None
        from yarl import URL  # comes with aiohttp

        self.url, self.model, self.guided = url.rstrip("/"), model, guided
        self._aiohttp, self._to = aiohttp, URL(f"{self.url}/chat/completions")
        self._server, self._extra, self._identity = server, dict(extra or {}), identity
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(10.0, timeout))
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._journal, self._echo, self._priorities = journal, echo, priorities
        self._number = itertools.count()
        self._pool: AsyncGenerator[aiohttp.ClientSession, None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._met = server != "auto"

    @property
    def fingerprint(self) -> str:
        """Address (or identity), model, whether it is guided, and the extra fields."""
        extra = json.dumps(self._extra, sort_keys=True) if self._extra else ""
        return f"served:{self._identity or self.url}#{self.model}{'' if self.guided else ':free'}{extra}"

    async def complete(self, request: Request) -> Reply:
        """Make one attempt.

        Raises:
            Fault: trying again can help.
            EngineError: it cannot.
            StopRun: no call can be answered here: the key is refused, or there is no such model.
        """
        session = await self._open()
        if not self._met:
            await self._meet(session)
        body = spelled(self._body(request))
        # images: sent in pieces, so that the event loop goes on
        data: bytes | io.BytesIO = body if len(body) <= 1 << 20 else io.BytesIO(body)
        name = f"mai-{os.getpid():x}-{next(self._number):x}"
        headers = {**self._headers, "X-Request-Id": name}
        try:
            async with session.post(self._to, data=data, headers=headers) as response:
                status, retry_after = response.status, response.headers.get("Retry-After")
                raw = await response.read()
        except (self._aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._fault(error) from None
        if self._journal is not None:
            self._journal(self.fingerprint, request, raw, status)
        if status in DENIED:
            raise self._denied(status, raw)
        if status != 200:
            raise refusal(status, raw, retry_after)
        return self.read(raw, request, name)

    def read(self, raw: bytes, request: Request, name: str | None = None) -> Reply:
        """Read a raw response, now or again; see `read_reply`."""
        return read_reply(raw, request, model=self.model if self._echo else None, name=name)

    async def start(self) -> None:
        """Ask the server whether it is there, what it is, and whether it has the model.

        Raises:
            Fault: nobody answers.
            EngineError: it has no such model.
            StopRun: it refuses the key.
        """
        await self._meet(await self._open())

    def _denied(self, status: int, raw: bytes) -> StopRun:
        problem = f"{self.url}, model {self.model!r}: status {status}: {words(raw)}"
        return StopRun(f"{problem}; {DENIED[status]}")

    def _fault(self, error: Exception) -> Fault:
        said = str(error) or type(error).__name__
        if isinstance(error, self._aiohttp.ClientConnectorError | self._aiohttp.ConnectionTimeoutError):
            return Fault(f"no connection to {self.url}: {said}", kind="dead")
        if isinstance(error, TimeoutError):
            return Fault(f"no answer from {self.url} within {self._timeout.total:g} s")
        return Fault(f"the connection to {self.url} was cut: {said}")

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": request.messages, "seed": request.seed}
        for name in ("temperature", "top_p", "max_tokens"):
            if (value := getattr(request, name)) is not None:
                body[name] = value
        if request.stop:
            body["stop"] = request.stop
        if request.n > 1:
            body["n"] = request.n
        if request.logprobs:
            body |= {"logprobs": True, "top_logprobs": request.logprobs}
        # OpenAI's own takes schemas of objects only
        if request.schema_ and self.guided and (self._server == "vllm" or "enum" not in request.schema_):
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": request.schema_},
            }
        if self._server == "vllm":
            if request.top_k is not None:
                body["top_k"] = request.top_k
            if request.template:
                body["chat_template_kwargs"] = request.template
            if self._priorities and request.priority:
                body["priority"] = request.priority
        return body | self._extra

    async def _meet(self, session: Any) -> None:
        """Ask the server what it is; one that does not list its models is taken for a plain OpenAI server."""
        try:
            brief = self._aiohttp.ClientTimeout(total=min(30.0, self._timeout.total or 30.0))
            async with session.get(f"{self.url}/models", headers=self._headers, timeout=brief) as response:
                status, raw = response.status, await response.read()
        except (self._aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._fault(error) from None
        if status in (401, 403):
            raise self._denied(status, raw)
        try:
            listed = {entry["id"]: entry.get("owned_by") for entry in json.loads(raw)["data"]}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            listed = {}
        if "vllm" in listed.values() and self.model not in listed:
            raise EngineError(
                f"{self.url} has no model {self.model!r}; it has {', '.join(sorted(listed))}", temporary=False
            )
        if not self._met:
            self._server = "vllm" if listed.get(self.model) == "vllm" else "openai"
            self._met = True

    async def waiting(self) -> float | None:
        """How many calls wait in vLLM's own queue; None where the server does not say."""
        if not self._met:
            return 0.0
        if self._server != "vllm":
            return None
        session = await self._open()
        try:
            async with session.get(f"{self.url.removesuffix('/v1')}/metrics") as response:
                return queue_length(await response.text()) if response.status == 200 else None
        except (self._aiohttp.ClientError, TimeoutError, OSError):
            return 0.0  # away for the moment: the calls themselves will find out

    async def _open(self) -> Any:
        """The session of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop or self._session.closed:
            # a generator, because an event loop closes its generators before it closes itself
            self._pool, self._loop = self._sessions(), loop
            self._session = await anext(self._pool)
        return self._session

    async def _sessions(self) -> AsyncGenerator[Any, None]:
        connector = self._aiohttp.TCPConnector(limit=0, keepalive_timeout=60.0)
        session = self._aiohttp.ClientSession(
            connector=connector, timeout=self._timeout, cookie_jar=self._aiohttp.DummyCookieJar()
        )
        try:
            yield session
        finally:
            await session.close()

    async def close(self) -> None:
        """Close the connection pool; a later call opens another."""
        pool, self._pool, self._session = self._pool, None, None
        if pool is not None and self._loop is asyncio.get_running_loop():
            await pool.aclose()


def queue_length(metrics: str) -> float | None:
    """The sum of `vllm:num_requests_waiting` over all engines in Prometheus text; None without that metric.

    >>> queue_length('vllm:num_requests_waiting{engine="0"} 3.0\\nvllm:num_requests_waiting{engine="1"} 4.0')
    7.0
    """
    found = re.findall(r"^vllm:num_requests_waiting(?:\{[^}]*\})?\s+([0-9.eE+-]+)", metrics, re.MULTILINE)
    return sum(map(float, found)) if found else None


def refusal(status: int, raw: bytes, retry_after: str | None = None) -> EngineError:
    """The error for an HTTP status other than 200, with the server's own words.

    Args:
        status: HTTP status.
        raw: body of the response.
        retry_after: that header, in seconds or as a date.
    """
    said = words(raw)
    problem = f"status {status}: {said}"
    seconds = None if retry_after is None else wait_seconds(retry_after)
    if status in BUSY:
        return Fault(problem, kind="busy", retry_after=seconds)
    if status >= 500 or status in (408, 409, 425):
        return Fault(problem, retry_after=seconds)
    if status == 400 and "response_format" in said:
        problem += "; a server that cannot force a schema is used with `?guided=false`"
    return EngineError(problem, temporary=False)


def words(raw: bytes) -> str:
    """What a server says in the body of an error, on one line.

    >>> words(b'{"error": {"message": "slow down"}}'), words(b"")
    ('slow down', 'no words')
    """
    said = raw[:2000].decode("utf-8", "replace")
    try:
        told = json.loads(raw)
        told = told.get("error", told) if isinstance(told, dict) else told
        said = str(told["message"]) if isinstance(told, dict) and "message" in told else said
    except (ValueError, RecursionError):
        pass  # not JSON: the words as they stand
    return " ".join(said.split())[:500] or "no words"


def spelled(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON in UTF-8; half of a surrogate pair becomes a question mark.

    >>> spelled({"a": [1, "é"]}).decode(), spelled({"a": chr(0xD800)}).decode()
    ('{"a":[1,"é"]}', '{"a":"?"}')
    """
    try:
        return to_json(body)  # several times as fast as the standard library
    except PydanticSerializationError:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def parsed(raw: bytes) -> Any:
    """The value of a JSON text; where the faster reader gives up (half of a surrogate pair), the standard library is asked.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is too deep.
    """
    try:
        return from_json(raw)
    except ValueError:
        return json.loads(raw)


def wait_seconds(retry_after: str) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or as a date; None when it is neither.

    >>> wait_seconds("1.5"), wait_seconds("soon")
    (1.5, None)
    """
    retry_after = retry_after.strip()
    if re.fullmatch(r"\d{1,6}(\.\d+)?", retry_after):
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def read_reply(raw: bytes, request: Request, *, model: str | None = None, name: str | None = None) -> Reply:
    """Read the body of a chat completion.

    Args:
        raw: body of the response.
        request: what was asked; there must be as many choices.
        model: what the reply must name; a longer name of the same model will do. None: whatever it names.
        name: id sent with the request, which vLLM repeats in the reply's id.

    Raises:
        Fault: it is not JSON, not a completion, or somebody else's.
    """
    try:
        body = parsed(raw)
    except (ValueError, RecursionError):
        raise Fault(f"the reply is not JSON: {raw[:80]!r} ... {raw[-40:]!r}", kind="wrong") from None
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        raise Fault(f"the reply is an error: {str(body['error'].get('message'))[:500]}")
    try:
        echoed, tag = str(body["model"]), str(body.get("id") or "")
        written = sorted(body["choices"], key=lambda choice: int(choice.get("index") or 0))
        choices = tuple(_choice(choice) for choice in written)
        usage = body.get("usage") or {}
        spent = Usage(
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
            calls=1,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Fault(f"the reply is JSON but no chat completion: {raw[:200]!r}", kind="wrong") from None
    if model is not None and not _same_model(model, echoed):
        raise Fault(f"the reply is by model {echoed!r}, asked was {model!r}", kind="wrong")
    ours = re.search(r"mai-[0-9a-f]+-[0-9a-f]+", tag)
    if name is not None and ours is not None and ours[0] != name:
        raise Fault(f"the reply {tag!r} answers another request than {name!r}", kind="wrong")
    if len(choices) != request.n:
        raise Fault(f"the reply has {len(choices)} choices, asked were {request.n}", kind="wrong")
    return Reply(choices=choices, usage=spent, model=echoed)


def _same_model(asked: str, echoed: str) -> bool:
    asked, echoed = asked.lower(), echoed.lower()
    return asked == echoed or asked in echoed or echoed in asked


def _choice(choice: Any) -> Choice:
    message = choice["message"]
    text, refused = message.get("content"), message.get("refusal")
    if isinstance(text, list):  # parts, as some servers send them
        text = "".join(part["text"] for part in text if part.get("type") == "text")
    if text is not None and not isinstance(text, str):
        raise TypeError("content is not text")
    finish: Finish = FINISH.get(str(choice.get("finish_reason")), "other")
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    return Choice(
        text=clean(text or (refused if isinstance(refused, str) else "")),
        finish="refused" if refused else finish,
        reasoning=clean(reasoning) if isinstance(reasoning, str) else None,
        tokens=token_chances(choice.get("logprobs")),
    )


def clean(text: str) -> str:
    """`text` with a replacement mark for each half of a surrogate pair that stands alone, which no file can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def token_chances(logprobs: Any) -> tuple[TokenChance, ...]:
    """The tokens of a choice from OpenAI's `logprobs` object."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    return tuple(
        TokenChance(
            token=clean(entry["token"]),
            logprob=max(-9999.0, float(entry["logprob"])),
            top={
                clean(top["token"]): max(-9999.0, float(top["logprob"]))
                for top in entry.get("top_logprobs") or ()
            },
        )
        for entry in content or ()
    )
