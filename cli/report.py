"""Report on the command line.

Knows nothing but which runs and episodes are meant.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from maieutic import MaieuticError
from maieutic.cli.arguments import AsJson
from maieutic.traces.search import Search, pattern

_MOST = 8_000_000


def write(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.html", help="The file to write.")],
    episode: Annotated[
        list[int] | None, typer.Option("--episode", "-e", metavar="PLACE", help="Show these episodes.")
    ] = None,
    n: Annotated[int, typer.Option("--n", "-n", min=0, help="Episodes shown of each run.")] = 20,
    grep: Annotated[
        str | None,
        typer.Option("--grep", "-g", metavar="PATTERN", help="Only with this in a task or a turn."),
    ] = None,
    stop: Annotated[str, typer.Option("--stop", help="Only those that ended so.")] = "",
    role: Annotated[str, typer.Option("--role", help="Only those in which this role or seat spoke.")] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", metavar="[FIELD=]WORD", help="Only where this was judged.")
    ] = "",
    invalid: Annotated[bool, typer.Option("--invalid", help="Only with unusable turns.")] = False,
    score: Annotated[
        list[str] | None, typer.Option("--score", metavar="BOUND", help="Such as 'gain>=0.5'.")
    ] = None,
    most: Annotated[
        int, typer.Option("--most-bytes", min=100_000, help="Size above which episodes are left out.")
    ] = _MOST,
    as_json: AsJson = False,
) -> None:
    """Write runs as one HTML file to send to somebody: measures, episodes, trees, pairs; no server, no script."""
    try:
        from maieutic.traces.report import Choice, write_report
    except ModuleNotFoundError as error:
        raise MaieuticError(
            f"a report needs {error.name}; install it with `pip install 'maieutic[view]'`"
        ) from None
    search = Search(
        text=None if grep is None else pattern(grep),
        stop=stop,
        role=role,
        verdict=verdict,
        invalid=invalid,
        scores=tuple(score or ()),
    )
    told = write_report(runs, out, Choice(search, tuple(episode or ()), n), most_bytes=most)
    if as_json:
        print(json.dumps({"file": str(out)} | told, sort_keys=True))
        return
    left = told["chosen"] - told["shown"]
    more = f"; {left} more that were asked for are left out, as the file says" if left else ""
    print(
        f"{out}: {told['bytes'] / 1e6:.2f} MB, {told['shown']} of {told['episodes']} episodes in full{more}",
        file=sys.stderr,
    )
