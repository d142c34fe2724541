"""View on the command line.

Knows nothing but how to start the page.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from maieutic import InputError, MaieuticError


def view(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders that hold some.")
    ],
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than this machine need the token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any that is free.")
    ] = 8411,
    token: Annotated[
        str | None, typer.Option("--token", help="What whoever opens the page must have.")
    ] = None,
) -> None:
    """Open runs as a local web page: episodes, trees, pairs, comparisons, turns that wait for people; live."""
    try:
        from maieutic.traces.view.server import serve
        from maieutic.traces.view.shelf import Shelf
    except ModuleNotFoundError as error:
        raise MaieuticError(
            f"the page needs {error.name}; install it with `pip install 'maieutic[view]'`"
        ) from None
    if token is not None and len(token) < 8:
        raise InputError("too short", key="--token", remedy="give at least 8 characters")
    try:
        serve(
            Shelf(runs),
            host,
            port,
            token,
            ready=lambda address: print(f"open {address} (Ctrl-C ends)", file=sys.stderr),
        )
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror or error}", remedy="give another --port"
        ) from None
