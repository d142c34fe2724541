"""Spans on the command line: a finished run sent to a collector, or a live one while it is played.

Knows nothing of OpenTelemetry until it is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from maieutic.traces.text import plain

URL = (
    "Address of the OTLP end point, over HTTP, such as http://localhost:4318 [what OTEL_EXPORTER_OTLP_* say]."
)


def send_spans(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    otlp: Annotated[str | None, typer.Option("--otlp", metavar="URL", help=URL)] = None,
    content: Annotated[bool, typer.Option("--content", help="Send what was said, too.")] = False,
    episode: Annotated[
        list[int] | None, typer.Option("--episode", "-e", metavar="PLACE", help="Only these episodes.")
    ] = None,
) -> None:
    """Send the episodes of a run to an OpenTelemetry collector: one trace an episode, one span a turn."""
    from maieutic.traces.spans import Sender, send_run

    with closing(Sender(otlp, content=content)) as sender:
        count = send_run(folder, sender, episode or None)
        print(f"{sender.sent} spans of {count} episodes sent", file=sys.stderr)


def beside_run(otlp: str) -> Callable[[Path], AbstractContextManager[object]]:
    """What sends the episodes of a run as they end, made from the run's folder.

    Raises:
        InputError: OpenTelemetry is not installed, or this is no address.
    """
    from maieutic.traces.spans import Live, Sender

    sender = Sender(otlp)

    @contextmanager
    def beside(folder: Path) -> Iterator[None]:
        live = Live(folder, sender)
        try:
            with live:
                yield
        finally:
            if live.problem is not None:
                print(f"maieutic: spans were not sent: {plain(live.problem)}", file=sys.stderr)

    return beside
