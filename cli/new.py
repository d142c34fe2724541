"""New: a working start, written into the user's own folder.

Knows nothing of what it writes: a scenario, its test and a task file stand as they are in `cli/starts`.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from maieutic import InputError, UnknownNameError

KINDS = ("scenario",)


def new(
    kind: Annotated[str, typer.Argument(metavar="scenario", help="What to begin.")],
    name: Annotated[str, typer.Argument(help="Its name, such as my-scenario.")],
    folder: Annotated[Path, typer.Option("--in", help="Folder to write into.")] = Path(),
    without_code: Annotated[bool, typer.Option("--yaml", help="A YAML file instead of Python.")] = False,
) -> None:
    """Write a working start: a scenario, its test, and a task file."""
    if kind not in KINDS:
        raise UnknownNameError("thing to begin", kind, KINDS)
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", name):
        raise InputError(
            f"{name!r} cannot name a scenario", key="NAME", remedy="use small letters, digits and dashes"
        )
    file, end = name.replace("-", "_"), "yaml" if without_code else "py"
    starts = {
        f"{file}.{end}": f"scenario.{end}.start",
        f"test_{file}.py": "test_scenario.start",
        f"{file}.tasks.jsonl": f"tasks.{end}.start",
    }
    for made in starts:
        if (folder / made).exists():
            raise InputError(
                "is there already", file=str(folder / made), remedy="give another name or --in FOLDER"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for made, start in starts.items():
            text = files("maieutic.cli.starts").joinpath(start).read_text(encoding="utf-8")
            for word, value in (("{name}", name), ("{file}", file), ("{end}", end)):
                text = text.replace(word, value)
            (folder / made).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", file=str(folder), remedy="give --in FOLDER"
        ) from None
    for made in starts:
        print(folder / made)
    path = folder / f"{file}.{end}"
    shown = f"./{path}" if not path.is_absolute() else str(path)
    print(
        f"try: maieutic check {path}   |   maieutic run {shown}   |   python -m pytest {folder / f'test_{file}.py'}"
    )
