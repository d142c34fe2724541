"""Status on the command line: how a run stands, while it runs or afterwards.

Knows nothing but how to read `status.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from maieutic.cli import sweep
from maieutic.cli.arguments import AsJson
from maieutic.cli.progress import status_line, status_view
from maieutic.runs import read_status


def show_status(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    as_json: AsJson = False,
) -> None:
    """Show how a run stands, or every run of a sweep, while it runs or afterwards."""
    if (index := folder / sweep.FILE).exists():
        _show_sweep(index, as_json)
        return
    status = read_status(folder)
    if as_json:
        print(status.model_dump_json())
        return
    Console(highlight=False).print(status_view(status))
    if status.stopped:
        print(f"stopped: {status.stopped}; the same command goes on")
    elif status.missing and status.state in ("ended", "killed"):
        print(f"{status.missing} missing; the same command goes on")
    if status.waiting:
        print(f"{status.waiting} wait for people: maieutic waiting {folder}")


def _show_sweep(index: Path, as_json: bool) -> None:
    for cell in json.loads(index.read_text(encoding="utf-8"))["cells"]:
        folder = index.parent / cell["folder"]
        begun = (folder / "run.json").exists()
        if as_json:
            found = read_status(folder).model_dump(mode="json") if begun else None
            print(json.dumps({"run": str(folder), "status": found}))
        else:
            print(f"{folder}: {status_line(read_status(folder)) if begun else 'has not begun'}")
