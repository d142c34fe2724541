"""Wire: requests to one server over HTTP/1.1 connections that are kept open, and nothing that a model's server never needs.

Knows nothing of models. A general client builds a request object, looks for cookies, redirects, proxies and middleware and
starts tasks and timers for each call; that is two thirds of a call's processor time. Here a request is its bytes, its
response is read by llhttp (httptools), and one timer watches over all that are in flight.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from maieutic import InputError

CONNECTING = 10.0  # seconds that a connection may take to be made
KEPT = 60.0  # seconds that an idle one is trusted
MOST = 1 << 30  # bytes of a body, packed or not; no model writes so much


class Response(NamedTuple):
    """What came back; the names of headers are in lower case."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes


class NoConnection(Exception):
    """Nobody is there, or not within the time that a connection may take."""


class Cut(Exception):
    """The connection ended, or stopped making sense, before the response was whole."""


class Wire:
    """The connections to one server, in one event loop.

    Args:
        url: of the server: `http` or `https`, host, port, a name and password where it wants them.
        headers: of every request.
        timeout: seconds for one request, its connection included.

    Raises:
        InputError: a header cannot be sent as it stands.
    """

    def __init__(self, url: str, headers: Mapping[str, str], *, timeout: float) -> None:
        import httptools

        parts = urlsplit(url)
        assert parts.hostname is not None
        named = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
        self.timeout = timeout
        self._parser = httptools.HttpResponseParser
        self._broken: tuple[type[Exception], ...] = (httptools.HttpParserError, httptools.HttpParserUpgrade)
        self._host = named
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        shown = (f"[{named}]" if ":" in named else named) + ("" if parts.port is None else f":{parts.port}")
        self._head = _head(shown, _with_user(headers, parts.username, parts.password))
        self._loop = asyncio.get_running_loop()
        self._idle: list[_Connection] = []  # the one used last is taken first
        self._busy: set[_Connection] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.closed = False

    async def get(self, path: str, *, timeout: float | None = None) -> Response:
        """Ask for a page; see `post`."""
        return await self._send(b"GET", path, b"", b"", timeout)

    async def post(self, path: str, body: bytes, *, extra: bytes = b"") -> Response:
        """Send a body, and read what comes back.

        Args:
            path: as it is sent, `quote`d; it begins with a slash.
            body: what is sent.
            extra: headers of this request, each with its end of line.

        Raises:
            NoConnection, Cut: see there.
            TimeoutError: the response was not whole in time.
        """
        return await self._send(b"POST", path, body, extra, None)

    async def _send(
        self, method: bytes, path: str, body: bytes, extra: bytes, timeout: float | None
    ) -> Response:
        ends = self._loop.time() + (self.timeout if timeout is None else min(timeout, self.timeout))
        head = b"%b %b HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n" % (
            method,
            path.encode(),
            self._head,
            extra,
            len(body),
        )
        connection = self._kept() or await self._connect(ends)
        return await connection.ask(head, body, ends)

    def _kept(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                if self._loop.time() - connection.since < KEPT:
                    return connection
                connection.transport.abort()
        return None

    async def _connect(self, ends: float) -> _Connection:
        within = min(CONNECTING, ends - self._loop.time())
        # other event loops try the addresses of a host one after the other
        race: dict[str, Any] = (
            {"happy_eyeballs_delay": 0.25} if isinstance(self._loop, asyncio.BaseEventLoop) else {}
        )
        try:
            async with asyncio.timeout(within):
                _, connection = await self._loop.create_connection(
                    lambda: _Connection(self), self._host, self._port, ssl=self._tls, **race
                )
        except TimeoutError:
            raise NoConnection(f"none was made within {within:g} s") from None
        except (OSError, UnicodeError) as error:
            raise NoConnection(str(error) or type(error).__name__) from None
        made: _Connection = connection
        return made

    def _watch(self) -> None:
        """Give up on what is late, and look again when the next one could be."""
        now = self._loop.time()
        for connection in [one for one in self._busy if one.ends <= now]:
            connection.fail(TimeoutError())
        self._timer = None
        if self._busy:
            self._timer = self._loop.call_at(min(one.ends for one in self._busy), self._watch)

    def _begun(self, connection: _Connection) -> None:
        self._busy.add(connection)
        if self._timer is None or self._timer.when() > connection.ends:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(connection.ends, self._watch)

    async def close(self) -> None:
        """Close all connections; what is in flight is cut."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        still = [*self._idle, *self._busy]
        for connection in still:
            connection.transport.abort()  # TLS would wait for the other side to agree
        await asyncio.gather(*(connection.over for connection in still))


class _Connection(asyncio.Protocol):
    """One connection, which carries one request at a time; what llhttp reads of the response comes in by `on_...`."""

    transport: asyncio.Transport

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._read = wire._parser(self)
        self._waiter: asyncio.Future[Response] | None = None
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._headed = self._keep = False
        self.ends = self.since = 0.0
        self.over: asyncio.Future[None] = wire._loop.create_future()

    async def ask(self, head: bytes, body: bytes, ends: float) -> Response:
        waiter: asyncio.Future[Response] = self._wire._loop.create_future()
        self._waiter = waiter
        self.ends = ends
        self._wire._begun(self)
        if len(body) < 1 << 16:
            self.transport.write(head + body)
        else:  # not worth another copy
            self.transport.write(head)
            self.transport.write(body)
        try:
            return await waiter
        except asyncio.CancelledError:
            self.fail(None)  # what comes would be taken for the answer to the next one
            raise

    def fail(self, problem: Exception | None) -> None:
        """Have the request fail, and the connection with it."""
        waiter, self._waiter = self._waiter, None
        self._wire._busy.discard(self)
        if waiter is not None and not waiter.done() and problem is not None:
            waiter.set_exception(problem)
        self.transport.abort()

    # what the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if (plug := transport.get_extra_info("socket")) is not None:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            self.transport.abort()  # nobody asked
            return
        try:
            self._read.feed_data(data)
        except self._wire._broken as error:
            self.fail(Cut(f"what came is no HTTP: {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        if self._headed and error is None and not (self._wire.closed or self._bounded()):
            self._ended()  # its end is the end of the body
        self.fail(Cut(str(error or "it was closed before the answer was whole")))
        if self in self._wire._idle:
            self._wire._idle.remove(self)
        if not self.over.done():
            self.over.set_result(None)

    # what the parser tells

    def on_message_begin(self) -> None:
        self._headers, self._body, self._size, self._headed = {}, [], 0, False
        if self._waiter is None:
            self.transport.abort()  # nobody asked for another one

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._headed, self._keep = True, self._read.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MOST:
            self.fail(Cut(f"its body has more than {MOST >> 20} MiB"))
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._read.get_status_code() >= 200:  # what comes before is no response yet
            self._ended()

    def _bounded(self) -> bool:
        return b"content-length" in self._headers or b"transfer-encoding" in self._headers

    def _ended(self) -> None:
        waiter, self._waiter = self._waiter, None
        wire = self._wire
        wire._busy.discard(self)
        if waiter is None or waiter.done():
            self.transport.abort()
            return
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        try:
            packed = self._headers.get(b"content-encoding")
            answer = Response(
                self._read.get_status_code(),
                self._headers,
                body if packed is None else _unpacked(body, packed.lower()),
            )
        except (ValueError, zlib.error) as error:
            waiter.set_exception(Cut(f"its body cannot be unpacked: {error}"))
            self.transport.abort()
            return
        waiter.set_result(answer)
        if self._keep and not wire.closed and not self.transport.get_write_buffer_size():
            self.since = wire._loop.time()
            wire._idle.append(self)
        else:
            self.transport.abort()


def _with_user(headers: Mapping[str, str], user: str | None, password: str | None) -> dict[str, str]:
    """Headers with the name and password of an address, which stand in for no other key."""
    if user is None or "Authorization" in headers:
        return dict(headers)
    said = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {**headers, "Authorization": f"Basic {base64.b64encode(said).decode()}"}


def _head(host: str, headers: Mapping[str, str]) -> bytes:
    """The headers that all requests have.

    Raises:
        InputError: one has what no header can hold.
    """
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise InputError(f"the header {name} has characters that cannot be sent")
    lines = {"Host": host, "Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "maieutic", **headers}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode("ascii")


def _unpacked(body: bytes, how: bytes) -> bytes:
    if how == b"identity":
        return body
    if how not in (b"gzip", b"x-gzip"):
        raise ValueError(f"{how.decode('latin-1')!r} was not asked for")
    press: Any = zlib.decompressobj(16 + zlib.MAX_WBITS)
    plain: bytes = press.decompress(body, MOST)
    if not press.eof:
        raise ValueError("it has no end")
    return plain
