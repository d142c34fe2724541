"""The wire against servers that send any bytes in any pieces, keep or close their connections, or say nothing."""

import asyncio
import gzip
import itertools
import socket
import ssl
import subprocess
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("httptools")

from maieutic import InputError, StopRun
from maieutic.agents.models.engine import Request
from maieutic.agents.models.served import Served
from maieutic.agents.models.wire import Cut, NoConnection, Wire

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"


def good(body):
    return LENGTH % (len(body), body)


def chunked(body, size=7):
    pieces = [body[place : place + size] for place in range(0, len(body), size)]
    told = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + told + b"0\r\n\r\n"


class Server:
    """Answers each request with the next of `plan`: bytes, sent in `pieces`, and then maybe the end; None says nothing."""

    def __init__(self, *plan, pieces=1 << 16):
        self.plan, self.pieces = list(plan), pieces
        self.connections = 0
        self.heads, self.bodies = [], []

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                told = self.plan.pop(0)
                if told is None:
                    await asyncio.sleep(30)
                ends = told.endswith(b"END")
                told = told.removesuffix(b"END")
                for place in range(0, len(told), self.pieces):
                    writer.write(told[place : place + self.pieces])
                    await asyncio.sleep(0)
                if ends:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def at(server, timeout=5.0, tls=None, **headers):
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls) as listening:
        port = listening.sockets[0].getsockname()[1]
        wire = Wire(f"http{'s' if tls else ''}://localhost:{port}", headers, timeout=timeout)
        try:
            yield wire
        finally:
            await wire.close()


def said(*plan, ask=b"{}", times=1, **options):
    """What a server that goes by `plan` is heard to say, one request after the other, and the server."""
    server = Server(*plan, **options)

    async def work():
        told = []
        async with at(server) as wire:
            for _ in range(times):
                try:
                    told.append(await wire.post("/v1/x", ask))
                except (Cut, TimeoutError) as error:
                    told.append(error)
        return told

    return asyncio.run(work()), server


class Quiet(asyncio.Transport):
    """A transport that goes nowhere."""

    closing = False

    def write(self, data):
        pass

    def abort(self):
        self.closing = True

    def is_closing(self):
        return self.closing

    def get_write_buffer_size(self):
        return 0


@given(
    st.binary(max_size=200),
    st.sampled_from(["length", "chunked", "end"]),
    st.integers(0, 2),
    st.lists(st.integers(0, 400), max_size=6),
)
def test_a_body_is_the_same_however_it_is_framed_and_cut_into_pieces(body, how, early, cuts):
    told = {"length": good(body), "chunked": chunked(body), "end": b"HTTP/1.1 200 OK\r\n\r\n" + body}[how]
    told = b"HTTP/1.1 100 Continue\r\n\r\n" * early + told
    places = [0, *sorted(min(cut, len(told)) for cut in cuts), len(told)]

    async def work():
        wire = Wire("http://127.0.0.1:9", {}, timeout=5)
        connection = _connected(wire)
        asked = asyncio.create_task(connection.ask(b"", b"", wire._loop.time() + 5))
        await asyncio.sleep(0)
        for start, end in itertools.pairwise(places):
            connection.data_received(told[start:end])
        if how == "end":
            connection.connection_lost(None)
        status, _, heard = await asked
        assert (status, heard) == (200, body)
        assert wire._idle == ([] if how == "end" else [connection])
        connection.connection_lost(None)
        assert not wire._idle
        await wire.close()

    asyncio.run(work())


def _connected(wire):
    from maieutic.agents.models.wire import _Connection

    connection = _Connection(wire)
    connection.connection_made(Quiet())
    return connection


@given(st.binary(min_size=1, max_size=120), st.booleans())
def test_any_bytes_give_a_response_or_a_cut(told, begun):
    async def work():
        wire = Wire("http://127.0.0.1:9", {}, timeout=5)
        connection = _connected(wire)
        asked = asyncio.create_task(connection.ask(b"", b"", wire._loop.time() + 5))
        await asyncio.sleep(0)
        connection.data_received((b"HTTP/1.1 200 OK\r\n" if begun else b"") + told)
        connection.connection_lost(None)
        with suppress(Cut):
            await asked
        assert not wire._busy
        await wire.close()

    asyncio.run(work())


def test_one_connection_carries_request_after_request_and_the_requests_are_whole():
    told, server = said(good(b"1"), chunked(b"two" * 9), good(b""), ask=b"x" * 100_000, times=3, pieces=5)
    assert [one.body for one in told] == [b"1", b"two" * 9, b""]
    assert server.connections == 1
    assert server.bodies == [b"x" * 100_000] * 3
    assert server.heads[0].startswith(b"POST /v1/x HTTP/1.1\r\nHost: localhost:")


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1END",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1END",  # closed without a word
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
        good(b"1") + good(b"nobody asked"),
        good(b"1") + b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\n\r\n1END",
    ],
)
def test_a_connection_that_cannot_be_used_again_is_not(first):
    server = Server(first, good(b"2"))

    async def work():
        async with at(server) as wire:
            told = [(await wire.post("/", b"")).body]
            await asyncio.sleep(0.02)
            return [*told, (await wire.post("/", b"")).body]

    assert asyncio.run(work()) == [b"1", b"2"]
    assert server.connections == 2


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (b"END", "closed before the answer was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalfEND", "closed before the answer was whole"),
        (chunked(b"half of it")[:-9] + b"END", "closed before the answer was whole"),
        (b"SSH-2.0-OpenSSH\r\n", "no HTTP"),
        (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\n1", "'br' was not asked for"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n1", "cannot be unpacked"),
    ],
)
def test_what_is_no_response_is_a_cut_and_the_next_request_has_another_connection(told, reason):
    (first, second), server = said(told, good(b"2"), times=2)
    assert isinstance(first, Cut)
    assert reason in str(first)
    assert second.body == b"2"
    assert server.connections == 2


def test_a_packed_body_is_unpacked():
    body = gzip.compress(b'{"a": 1}' * 99)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    (told,), _ = said(head + body, pieces=11)
    assert told.body == b'{"a": 1}' * 99


def test_one_that_is_late_is_given_up_alone_and_its_answer_reaches_nobody_else():
    server = Server(None, good(b"2"))

    async def work():
        async with at(server, timeout=0.1) as wire:
            with pytest.raises(TimeoutError):
                await wire.post("/", b"")
            return (await wire.post("/", b"")).body

    assert asyncio.run(work()) == b"2"
    assert server.connections == 2


def test_a_request_that_is_cancelled_takes_its_connection_with_it():
    server = Server(good(b"0"), None, good(b"2"))

    async def work():
        async with at(server) as wire:
            await wire.post("/", b"")
            asked = asyncio.create_task(wire.post("/", b""))
            await asyncio.sleep(0.02)
            asked.cancel()
            await asyncio.wait([asked])
            return asked.cancelled(), (await wire.post("/", b"")).body

    assert asyncio.run(work()) == (True, b"2")
    assert server.connections == 2


def test_what_is_in_flight_when_the_wire_is_closed_is_cut():
    async def work():
        async with at(Server(None)) as wire:
            asked = asyncio.create_task(wire.post("/", b""))
            await asyncio.sleep(0.02)
            await wire.close()
            with pytest.raises(Cut):
                await asked

    asyncio.run(work())


def test_nobody_there_and_nobody_who_answers_the_door():
    async def work(host, timeout):
        wire = Wire(f"http://{host}", {}, timeout=timeout)
        with pytest.raises(NoConnection) as told:
            await wire.post("/", b"")
        await wire.close()
        return str(told.value)

    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))  # bound, but nobody listens
        assert "Connect call failed" in asyncio.run(work(f"127.0.0.1:{plug.getsockname()[1]}", 5.0))
    assert asyncio.run(work("no-such-host.invalid", 5.0))


def test_a_certificate_that_is_not_trusted_is_refused_and_one_that_is_carries_requests(tmp_path, monkeypatch):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        [
            "openssl",
            *make.split(),
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate, key)

    async def work():
        server = Server(good(b"1"), good(b"2"))
        async with at(server, tls=theirs) as wire:
            return [(await wire.post("/", b"x" * 300_000)).body for _ in range(2)], server.connections

    with pytest.raises(NoConnection, match="certificate verify failed"):
        asyncio.run(work())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert asyncio.run(work()) == ([b"1", b"2"], 1)


def test_the_name_and_password_of_an_address_are_sent_unless_a_key_is():
    async def work(**headers):
        server = Server(good(b""))
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            wire = Wire(f"http://ann:p%40ss@127.0.0.1:{port}", headers, timeout=5)
            await wire.get("/models")
            await wire.close()
        return server.heads[0]

    assert b"Authorization: Basic YW5uOnBAc3M=\r\n" in asyncio.run(work())
    told = asyncio.run(work(Authorization="Bearer key"))
    assert b"Authorization: Bearer key\r\n" in told
    assert b"Basic" not in told


def test_a_key_that_no_header_can_hold_is_refused_and_not_shown():
    async def work():
        Wire("http://127.0.0.1:9", {"Authorization": "Bearer a\r\nX: secret"}, timeout=5)

    with pytest.raises(InputError, match="header Authorization") as told:
        asyncio.run(work())
    assert "secret" not in str(told.value)


def test_a_server_that_has_moved_ends_the_run_and_says_where_to():
    moved = b"HTTP/1.1 308 Moved\r\nLocation: https://new.example/v1\r\nContent-Length: 0\r\n\r\n"

    async def work():
        server = Server(moved)
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            engine = Served(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", "m")
            try:
                await engine.complete(Request(messages=({"role": "user", "content": "hello"},), seed=0))
            finally:
                await engine.close()

    with pytest.raises(StopRun, match=r"moved \(https://new\.example/v1\)"):
        asyncio.run(work())
