"""Perplexity on the command line: how likely a model finds the texts of a run's records.

Knows nothing of how it is computed.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from maieutic.cli.arguments import AsJson
from maieutic.cli.export import Filters, Run, opened
from maieutic.exports import parse_filter, through
from maieutic.exports.perplexity import perplexity
from maieutic.runs.contrast import Estimate
from maieutic.traces.text import table


def show_perplexity(
    folder: Run,
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", metavar="MODEL", help="Folder of a model, or a name that the hub knows."
        ),
    ],
    keep: Filters = None,
    max_length: Annotated[
        int, typer.Option("--max-length", min=8, help="Tokens beyond which a text is left out.")
    ] = 4096,
    as_json: AsJson = False,
) -> None:
    """Show how likely a model finds the texts of a run's records: what is learned, chosen and rejected."""
    steps = [parse_filter(one) for one in keep or ()]
    with opened(folder) as (entries, _, _):
        stream, _ = through(entries, steps)
        found = perplexity(stream, model, max_length=max_length)
    if as_json:
        print(json.dumps({"model": model, "texts": [asdict(one) for one in found]}))
        return
    rows = [
        (
            one.record,
            one.side,
            str(one.texts),
            str(one.tokens),
            _told(one.perplexity),
            _told(one.likelier),
        )
        for one in found
    ]
    names = ("record", "text", "n", "tokens", "perplexity (95 %)", "likelier than rejected (95 %)")
    Console(highlight=False).print(table("perplexity", names, rows))


def _told(one: Estimate | None) -> str:
    if one is None:
        return "-"
    return f"{one.mean:.4g}" + (
        "" if one.low is None or one.high is None else f" ({one.low:.4g} to {one.high:.4g})"
    )
