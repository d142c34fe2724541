"""Server: addresses and pages, behind the guard, on this machine alone unless told otherwise.

Knows nothing of what the pages say.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from importlib.resources import files

import htpy as h
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from maieutic import MaieuticError
from maieutic.traces.html import shown, stylesheet
from maieutic.traces.view import pairs_pages, waiting_pages
from maieutic.traces.view.compare_pages import compare_page, episodes_compared
from maieutic.traces.view.episode_page import episode_json, episode_page, turn_fragment
from maieutic.traces.view.episodes_page import episodes_page
from maieutic.traces.view.guard import FormError, Forms, Guard
from maieutic.traces.view.layout import Site, page
from maieutic.traces.view.runs_pages import run_page, runs_page
from maieutic.traces.view.shelf import Shelf

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
Endpoint = Callable[[Request], Awaitable[Response]]
_FILES = {"view.css": "text/css", "view.js": "text/javascript", "drawings.css": "text/css"}


def application(
    shelf: Shelf, hosts: Collection[str] = LOOPBACK, token: str | None = None, *, addresses: bool = False
) -> Guard:
    """The page as an ASGI application.

    Args:
        shelf: the runs.
        hosts: names under which it may be asked for.
        token: what whoever asks must have; None for none.
        addresses: whether it may be asked for under any IP address.
    """
    site = Site(shelf, Forms())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        shelf.start()
        yield
        await run_in_threadpool(shelf.close)

    def get(make: Callable[[Request], h.Element | Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                return await run_in_threadpool(lambda: _rendered(make(request)))
            except MaieuticError as error:
                return _problem(site, str(error))
            except (
                sqlite3.Error,
                OSError,
            ) as error:  # a run was deleted, or its disk is gone, while it was read
                return _problem(site, f"the run cannot be read: {error}")

        return endpoint

    async def pair(request: Request) -> Response:
        slug, place, ends = _pair(request)
        if request.method != "POST":
            return await get(lambda request: pairs_pages.pair_page(site, slug, place, ends))(request)
        return await _posted(
            site,
            request,
            lambda form: pairs_pages.review_pair(site, slug, place, ends, form),
            lambda problem, form: pairs_pages.pair_page(site, slug, place, ends, problem, form),
        )

    async def turn(request: Request) -> Response:
        slug, name = request.path_params["run"], request.path_params["turn"]
        if request.method != "POST":
            return await get(lambda request: waiting_pages.answer_page(site, slug, name))(request)
        return await _posted(
            site,
            request,
            lambda form: waiting_pages.give_answer(site, slug, name, form),
            lambda problem, form: waiting_pages.answer_page(site, slug, name, problem, form),
        )

    def part(request: Request, name: str = "run") -> str:
        return str(request.path_params[name])

    def one(request: Request) -> tuple[str, str]:
        return part(request), part(request, "name")

    routes = [
        Route("/", get(lambda r: runs_page(site, r.query_params.get("scenario", "")))),
        Route("/run/{run}", get(lambda r: run_page(site, part(r)))),
        Route("/run/{run}/episodes", get(lambda r: episodes_page(site, part(r), r.query_params))),
        Route("/run/{run}/episode/{name}", get(lambda r: episode_page(site, *one(r), r.query_params))),
        Route("/run/{run}/episode/{name}/json", get(lambda r: _json(episode_json(site, *one(r))))),
        Route(
            "/run/{run}/episode/{name}/turn/{turn}",
            get(lambda r: turn_fragment(site, *one(r), part(r, "turn"))),
        ),
        Route("/run/{run}/pairs", get(lambda r: pairs_pages.pairs_page(site, part(r), r.query_params))),
        Route("/run/{run}/pair/{place:int}/{chosen}/{rejected}", pair, methods=["GET", "POST"]),
        Route("/compare", get(lambda r: compare_page(site, r.query_params))),
        Route(
            "/compare/{a}/{x}/{b}/{y}",
            get(
                lambda r: episodes_compared(site, (part(r, "a"), part(r, "x")), (part(r, "b"), part(r, "y")))
            ),
        ),
        Route("/waiting", get(lambda r: waiting_pages.waiting_page(site))),
        Route("/waiting/{run}/{turn}", turn, methods=["GET", "POST"]),
        Route("/live", get(lambda r: _live(site, r.query_params.get("runs", "")))),
        Route("/static/{name}", get(lambda r: _static(part(r, "name")))),
    ]

    async def missing(request: Request, error: Exception) -> Response:
        return _problem(site, "no such page", 404)

    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: missing})
    return Guard(app, hosts, token, addresses=addresses)


def serve(
    shelf: Shelf, host: str, port: int, token: str | None = None, *, ready: Callable[[str], None]
) -> None:
    """Serve until interrupted.

    Args:
        shelf: the runs.
        host: address to listen on.
        port: port to listen on; 0 for any that is free.
        token: as in `application`; one is made where other machines can reach the page.
        ready: called with the address once it can be opened.

    Raises:
        OSError: the port is taken.
    """
    import socket

    import uvicorn

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        port = int(listener.getsockname()[1])
        local = host in ("127.0.0.1", "localhost", "::1")
        token = token or (None if local else secrets.token_urlsafe(24))
        spelled = f"[{host}]" if ":" in host else host
        names = {*LOOPBACK, spelled} | ({socket.gethostname()} if not local else set())
        every = host in ("0.0.0.0", "::")
        app = application(shelf, names, token, addresses=every)
        shown_host = socket.gethostname() if every else spelled
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        server = uvicorn.Server(config)
        ready(f"http://{shown_host}:{port}/" + (f"?token={token}" if token else ""))
        server.run(sockets=[listener])


async def _posted(
    site: Site,
    request: Request,
    act: Callable[[dict[str, str]], str],
    again: Callable[[str, dict[str, str]], h.Element],
) -> Response:
    try:
        form = await site.forms.read(request)
    except FormError as error:
        return _problem(site, str(error), 403)
    try:
        return RedirectResponse(await run_in_threadpool(act, form), 303)
    except MaieuticError as error:
        problem = str(error)
    except (sqlite3.Error, OSError) as error:
        return _problem(site, f"the run cannot be read: {error}")
    try:
        return await run_in_threadpool(lambda: _html(again(problem, form), 422))
    except MaieuticError:
        return _problem(site, problem)


def _pair(request: Request) -> tuple[str, int, tuple[str, str]]:
    named = request.path_params
    return named["run"], min(named["place"], 2**62), (named["chosen"], named["rejected"])


def _rendered(made: h.Element | Response) -> Response:
    return made if isinstance(made, Response) else _html(made)


def _html(element: h.Element, status: int = 200) -> HTMLResponse:
    return HTMLResponse(str(element).encode("utf-8", "replace"), status)


def _problem(site: Site, text: str, status: int = 404) -> Response:
    body = [
        h.h1["That cannot be shown"],
        h.p(".problem", role="alert")[shown(text)],
        h.p[h.a(href="/")["all runs"]],
    ]
    return _html(page(site, "Problem", body), status)


def _json(data: bytes) -> Response:
    return Response(data, media_type="application/json")


def _live(site: Site, slugs: str) -> Response:
    runs = site.shelf.runs()
    return JSONResponse({"stamp": ",".join(runs[slug].stamp for slug in slugs.split(",") if slug in runs)})


def _static(name: str) -> Response:
    if name not in _FILES:
        return PlainTextResponse("no such file", 404)
    if name == "drawings.css":
        return Response(stylesheet(), media_type=_FILES[name])
    return Response(
        files("maieutic.traces.view").joinpath(name).read_text(encoding="utf-8"), media_type=_FILES[name]
    )
