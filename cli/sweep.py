"""Sweep on the command line: every cell a run, one after another, and a table of all at the end.

Knows nothing but how to read the axes, to carry out runs, and to lay out tables.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import JsonValue
from rich.console import Console

from maieutic import InputError, MaieuticError, UnknownNameError, digest
from maieutic.cli.arguments import AsJson, pairs
from maieutic.cli.command import Command
from maieutic.cli.progress import carry_out, ledger_line, share
from maieutic.runs import Journal, Ledger, default_folder, replace_file
from maieutic.runs.contrast import Estimate, Setting, ranking, shares_of
from maieutic.runs.sweep import Cell, Plan, checked_plan, is_plan, label, read_plan
from maieutic.scenarios import Company
from maieutic.traces.text import plain, table

FILE = "sweep.json"
_CONTINUED = re.compile(
    r"[A-Za-z_]\w*=|[-+.\d]"
)  # how the rest of a player's parameters begins, and no player does


def run_sweep(
    what: Annotated[
        str, typer.Argument(metavar="FILE|SCENARIO", help="A sweep in YAML or TOML, or scenarios: a,b.")
    ],
    tasks: Annotated[
        str | None, typer.Option("--tasks", "-t", metavar="FILE|world:N", help="As for `maieutic run`.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="Number of tasks of each cell.")] = None,
    seed: Annotated[str | None, typer.Option("--seed", "-s", metavar="1,2,...", help="Seeds.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="K=V1,V2", help="A parameter and its values.")
    ] = None,
    cast: Annotated[
        list[str] | None, typer.Option("--cast", "-c", metavar="SEAT=A,B", help="A seat and who takes it.")
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", "-m", metavar="SCORE", help="A score for the table [all]."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the sweep [one of its own].")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", "-j", min=1, help="Episodes in flight.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run scenario × parameters × cast × seed, each cell a run of its own; the same command goes on where it stopped."""
    given: dict[str, Any] = {"tasks": tasks, "n": n, "concurrency": concurrency}
    given |= {"seed": None if seed is None else [_number(one) for one in split(seed)]}
    given |= {"param": _axes(param, "--param"), "cast": _axes(cast, "--cast")}
    given = {name: value for name, value in given.items() if value not in (None, {})}
    if is_plan(Path(what)):
        plan = checked_plan(read_plan(Path(what)).model_dump() | given)
    else:
        plan = checked_plan({"scenario": split(what), **given})
    cells = plan.cells()
    commands = [_command(plan, cell) for cell in cells]
    names = _checked(plan, cells, commands)
    folder = (
        out
        or Path("maieutic-runs")
        / f"sweep-{digest(plan.model_dump(mode='json', exclude={'n', 'concurrency'}))[:8]}"
    )
    _index(folder, plan, cells, names)
    ended: list[tuple[Cell, Company[Any], Path, Ledger]] = []
    for number, (cell, command, name) in enumerate(zip(cells, commands, names, strict=True), start=1):
        print(
            f"cell {number} of {len(cells)}: {plain(label(cell, plan.varied))}", file=sys.stderr, flush=True
        )
        company, home, ledger = carry_out(command, folder / name)
        ended.append((cell, company, home, ledger))
        if ledger.missing:
            left = len(cells) - number
            why = ledger.stopped or "interrupted"
            print(
                f"{why}: {ledger.missing} missing here, {left} cells to go; the same command goes on",
                file=sys.stderr,
            )
            raise typer.Exit(130)
    settings = _settings(ended)
    known = sorted({name for _, setting in settings for name in setting.measures.scores})
    for name in measure or []:
        if name not in known:
            raise UnknownNameError("score", name, known)
    if as_json:
        print(json.dumps(_facts(folder, plan, ended, settings), ensure_ascii=False, sort_keys=True))
    else:
        _print(plan, ended, settings, measure or known, folder)
    if any(ledger.waiting for *_, ledger in ended):
        raise typer.Exit(3)
    if not all(ledger.complete for *_, ledger in ended):
        raise typer.Exit(1)


def split(text: str) -> list[str]:
    """Values between commas; a comma within brackets, braces or quotes parts nothing.

    >>> split('1,[2,3],"a,b"')
    ['1', '[2,3]', '"a,b"']
    """
    values, depth, quoted, begun = [], 0, False, 0
    for place, sign in enumerate(text):
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign in "[{") - (sign in "]}")
        if sign == "," and depth == 0 and not quoted:
            values.append(text[begun:place])
            begun = place + 1
    return [*values, text[begun:]]


def players(text: str) -> list[str]:
    """Players between commas; what goes on with a player's own parameters is no player.

    >>> players("simulated:slip=0,learn=0.5,human,http://h/v1#m?prices=1,2")
    ['simulated:slip=0,learn=0.5', 'human', 'http://h/v1#m?prices=1,2']
    """
    found: list[str] = []
    for piece in split(text):
        if found and _CONTINUED.match(piece):
            found[-1] += f",{piece}"
        else:
            found.append(piece)
    return found


def _axes(texts: list[str] | None, option: str) -> dict[str, list[JsonValue]]:
    """`name=v1,v2` texts as axes; a name that is given again has more values."""
    found: dict[str, list[JsonValue]] = {}
    for text in texts or []:
        for name, values in pairs([text], option).items():
            found.setdefault(name, []).extend(
                players(values) if option == "--cast" else [_value(one) for one in split(values)]
            )
    return found


def _value(text: str) -> JsonValue:
    """A list or an object, where it is one; else the text, which the parameter's type will read."""
    if text[:1] in ("[", "{"):
        try:
            value: JsonValue = json.loads(text)
            return value
        except json.JSONDecodeError:
            pass
    return text


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"expected whole numbers, got {text!r}", key="--seed") from None


def _command(plan: Plan, cell: Cell) -> Command:
    return Command(
        scenario=cell.scenario,
        param=cell.param,
        cast=cell.cast,
        seed=cell.seed,
        tasks=plan.tasks,
        join=plan.join,
        mapped=plan.map,
        n=plan.n,
        concurrency=plan.concurrency,
    )


def _checked(plan: Plan, cells: Sequence[Cell], commands: Sequence[Command]) -> list[str]:
    """Make every cell ready and read every task that it will be given, once; the names of the cells' folders.

    A folder is named by what the run is, so that a sweep that is made larger finds the cells that it has.

    Raises:
        InputError: a cell that cannot be run, or is another one in other words; nothing has been played.
    """
    read: set[tuple[str, ...]] = set()
    names: dict[str, str] = {}
    for cell, command in zip(cells, commands, strict=True):
        told = label(cell, plan.varied)
        try:
            company, source, n = command.prepare()
            key = (str(source), *company.scenario.needs(company.parameters))
            for task in source.tasks(n) if key not in read else ():
                company.accepts(task)
            read.add(key)
        except MaieuticError as error:
            raise InputError(f"cell {told}: {error}") from None
        name = default_folder(company, source, cell.seed).name
        if name in names:
            raise InputError(
                f"cell {told} is the same run as cell {names[name]}", remedy="leave one of them out"
            )
        names[name] = told
    return list(names)


def _index(folder: Path, plan: Plan, cells: Sequence[Cell], names: Sequence[str]) -> None:
    listed = [
        {"folder": name, **cell.model_dump(mode="json")} for cell, name in zip(cells, names, strict=True)
    ]
    facts = {"version": 1, "plan": plan.model_dump(mode="json", exclude_defaults=True), "cells": listed}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / FILE, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", file=str(folder), remedy="give another --out"
        ) from None


def _settings(
    ended: Sequence[tuple[Cell, Company[Any], Path, Ledger]],
) -> list[tuple[Cell, Setting]]:
    """Each setting over all its seeds, held against the first."""
    found: dict[str, tuple[Cell, Setting]] = {}
    for cell, company, home, ledger in ended:
        key = cell.setting.model_dump_json()
        first = next(iter(found.values()))[1] if found else None
        _, setting = found.setdefault(key, (cell.setting, Setting()))
        with Journal(home) as journal:
            setting.add(
                company,
                journal,
                cell.seed,
                ledger.asked,
                None if setting is first or first is None else first,
            )
    return list(found.values())


def _facts(
    folder: Path,
    plan: Plan,
    ended: Sequence[tuple[Cell, Company[Any], Path, Ledger]],
    settings: Sequence[tuple[Cell, Setting]],
) -> dict[str, Any]:
    shares, all_settings = shares_of([one for _, one in settings]), [one for _, one in settings]
    ranked = {
        name: ranking(all_settings, name)
        for name in sorted({name for one in all_settings for name in one.measures.scores})
    }
    return {
        "sweep": str(folder),
        "axes": plan.varied,
        "cells": [
            {
                "run": str(home),
                **cell.model_dump(mode="json"),
                "asked": ledger.asked,
                "done": ledger.done,
                "dropped": ledger.dropped,
                "waiting": ledger.waiting,
                "missing": ledger.missing,
                "already_there": ledger.found,
            }
            for cell, _, home, ledger in ended
        ],
        "settings": [
            {
                **cell.model_dump(mode="json", exclude={"seed"}),
                "seeds": list(plan.seed),
                **setting.as_json(shares),
                "ranking": {name: vars(standing[place]) for name, standing in ranked.items() if standing},
            }
            for place, (cell, setting) in enumerate(settings)
        ],
    }


def _print(
    plan: Plan,
    ended: Sequence[tuple[Cell, Company[Any], Path, Ledger]],
    settings: Sequence[tuple[Cell, Setting]],
    wanted: Sequence[str],
    folder: Path,
) -> None:
    console = Console()
    for cell, _, _, ledger in ended:
        if not ledger.complete:
            print(ledger_line(label(cell, plan.varied), ledger))
    axes = {name: values for name, values in plan.varied.items() if name != "seed"}
    all_settings = [setting for _, setting in settings]
    legend = [
        (f"[{number}]", label(cell, axes), str(sum(setting.measures.stops.values())))
        for number, (cell, setting) in enumerate(settings, start=1)
    ]
    seeds = f", each over seeds {', '.join(map(str, plan.seed))}" if len(plan.seed) > 1 else ""
    console.print(table(f"settings{seeds}", ("", "setting", "episodes"), legend))
    shares = shares_of(all_settings)
    means = [[_score(setting, name, share=name in shares) for setting in all_settings] for name in wanted]
    _columns(console, "scores, mean (95 %)", wanted, means, first=1)
    apart = [[_apart(setting.difference(name)) for setting in all_settings[1:]] for name in wanted]
    if any(setting.sums for setting in all_settings):
        title = "differences from [1] on the same tasks, mean (95 %); * where 0 is outside"
        _columns(console, title, wanted, apart, first=2)
    ranked = {name: ranking(all_settings, name) for name in wanted if len(settings) > 2}
    told = [[f"{one.rank:.2f} ({one.first:.2f})" for one in found] for found in ranked.values() if found]
    title = "mean rank on the same tasks, 1 the highest score (share of tasks on which it is the highest; ties share)"
    _columns(console, title, [name for name, found in ranked.items() if found], told, first=1)
    kinds = sorted({kind for setting in all_settings for kind in setting.measures.decisions})
    for name in ("precision", "recall"):
        told = [
            [
                share(*getattr(setting.measures.decisions[kind], name))
                if kind in setting.measures.decisions
                else "-"
                for setting in all_settings
            ]
            for kind in kinds
        ]
        _columns(console, f"{name} of decisions against the known truth", kinds, told, first=1)
    print(f"\neach cell is a run, listed in {folder / FILE}")


def _columns(
    console: Console, title: str, names: Sequence[str], cells: Sequence[Sequence[str]], *, first: int
) -> None:
    """A row for each name and a column for each setting, in as many tables as the width asks for."""
    if not names or not cells[0]:
        return
    widths = [max(len(row[column]) for row in cells) + 2 for column in range(len(cells[0]))]
    room = console.width - max(len(name) for name in names)
    for some in _fitting(widths, room):
        columns = ("", *(f"[{first + column}]" for column in some))
        lines = [(name, *(row[column] for column in some)) for name, row in zip(names, cells, strict=True)]
        print()
        console.print(table(title, columns, lines))


def _fitting(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """Columns in groups that stand side by side."""
    some: list[int] = []
    for column, width in enumerate(widths):
        if some and sum(widths[one] for one in some) + width > room:
            yield some
            some = []
        some = [*some, column]
    yield some


def _score(setting: Setting, name: str, *, share: bool) -> str:
    return _spelled(setting.estimate(name, share=share)) if name in setting.measures.scores else "-"


def _apart(one: Estimate | None) -> str:
    if one is None or one.low is None or one.high is None:
        return "-"
    return f"{_spelled(one, sign='+')}{'*' if one.low > 0 or one.high < 0 else ' '}"


def _spelled(one: Estimate, sign: str = "") -> str:
    mean = f"{round(one.mean, 4) + 0.0:{sign}.3g}"
    if one.low is None or one.high is None:
        return mean
    return f"{mean} ({round(one.low, 4) + 0.0:.3g} to {round(one.high, 4) + 0.0:.3g})"
