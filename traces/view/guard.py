"""Guard: who may ask the page for anything: its own browser tab, from this machine, or whoever has the token.

Knows nothing of runs. Foreign hosts (DNS rebinding), foreign origins and cross-site requests are refused before any page
is made; every answer forbids scripts, styles, frames and connections that are not the page's own.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.ASCII)
COOKIE = "maieutic-view"
MOST_BODY = 4_000_000  # bytes of a form


class Guard:
    """ASGI middleware.

    Args:
        app: what is guarded.
        hosts: the names under which it may be asked for, without ports: a port may be forwarded to another one, and only
            names can be bound to another machine's address.
        token: what whoever asks must have; None where this machine alone can reach the page.
        addresses: whether any IP address will do as a name, as where the page listens on all of them.
    """

    def __init__(
        self, app: ASGIApp, hosts: Collection[str], token: str | None = None, *, addresses: bool = False
    ) -> None:
        self.app, self.token, self.addresses = app, token, addresses
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        answer = self._refusal(scope) or self._greeting(scope)
        await (answer or self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._named(host):
            return PlainTextResponse("refused: this page is not served under that name", 421)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse("refused: the request comes from another origin", 403)
        site = headers.get("sec-fetch-site", "same-origin")
        following = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site not in ("same-origin", "none") and not following:
            return PlainTextResponse("refused: the request comes from another site", 403)
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("refused: GET and POST only", 405)
        return None

    def _named(self, host: str) -> bool:
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        name = found[1]
        return name in self.hosts or (self.addresses and _is_address(name.strip("[]")))

    def _greeting(self, scope: Scope) -> Response | None:
        """With a token: let in whoever has the cookie, give it to whoever has the token, refuse the others."""
        if self.token is None:
            return None
        request = Request(scope)
        if _same(request.cookies.get(COOKIE, ""), self.token):
            return None
        given = parse_qs(str(scope["query_string"], "latin-1")).get("token", [""])[0]
        if not _same(given, self.token):
            return PlainTextResponse(
                "refused: open the address with the token that `maieutic view` printed", 401
            )
        answer = RedirectResponse(scope["path"], 303)
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict", path="/")
        return answer


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


class FormError(Exception):
    """A form that cannot be used."""


class Forms:
    """Forms that only this page can have made: each carries a secret that no other origin can read."""

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(32)

    async def read(self, request: Request) -> dict[str, str]:
        """The fields of a posted form, the secret checked and taken out; line ends are single.

        Raises:
            FormError: too large, of another kind, or without the secret.
        """
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            raise FormError("not a form")
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_BODY:
                raise FormError("the form is too large")
        try:
            fields = parse_qs(
                body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200
            )
        except ValueError:
            raise FormError("the form cannot be read") from None
        given = {name: values[-1].replace("\r\n", "\n") for name, values in fields.items()}
        if not _same(given.pop("form", ""), self.secret):
            raise FormError("the form is of another session; open its page again")
        return given
