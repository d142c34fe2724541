"""Diff on the command line: two runs of the same tasks, task by task: what changed, where, and who did better.

Knows nothing of why they differ.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from maieutic import Episode, RunError
from maieutic.cli.arguments import AsJson
from maieutic.runs import Journal
from maieutic.runs.contrast import Estimate
from maieutic.runs.tutoring import mean
from maieutic.traces.compare import Both, contest, side_by_side
from maieutic.traces.text import changed_text, plain, table

_MOVED = 2  # scores named of each task


def diff_runs(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    second: Annotated[Path, typer.Argument(metavar="OTHER", help="Run folder that is held against it.")],
    task: Annotated[
        str | None,
        typer.Argument(help="Id of a task, or its place in RUN: show the turn that differs first."),
    ] = None,
    shown: Annotated[int, typer.Option("--n", "-n", min=0, help="Tasks listed that changed.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Compare two runs of the same tasks: what changed, which turn differs first, wins and losses."""
    with Journal(first) as one, Journal(second) as other, ExitStack() as stack:
        both, only_one, only_other = side_by_side(one, other)
        stack.enter_context(closing(both))
        if task is not None:
            found = next((each for each in both if task in (each.one.task.id, str(each.place))), None)
            if found is None:
                raise RunError(f"{first} and {second} have no task {task!r} in common; give an id or a place")
            _show(found, as_json)
            return
        pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        lines: list[dict[str, Any]] = []
        stops: Counter[tuple[str, str]] = Counter()
        diverged = tasks = altered = 0
        for each in both:
            tasks += 1
            diverged += each.turn is not None
            stops[each.one.stop.value, each.other.stop.value] += 1
            for name in each.one.scores.keys() & each.other.scores.keys():
                pairs[name].append((each.one.scores[name], each.other.scores[name]))
            if each.changed or each.turn is not None:
                altered += 1
                if len(lines) < shown:
                    lines.append(_line(each))
        if not tasks:
            raise RunError(f"{first} and {second} have no task in common; give runs of the same tasks")
        told: dict[str, Any] = {
            "runs": [str(first), str(second)],
            "tasks": tasks,
            "only": [len(only_one), len(only_other)],
            "settings": _settings(one.manifest, other.manifest),
            "diverged": diverged,
            "stops": [{"from": a, "to": b, "n": n} for (a, b), n in sorted(stops.items()) if a != b],
            "scores": {name: _contest(values) for name, values in sorted(pairs.items())},
            "changed": lines,
            "not_listed": altered - len(lines),
        }
    if as_json:
        print(json.dumps(told, sort_keys=True))
    else:
        _print(told)


def _line(each: Both) -> dict[str, Any]:
    moved = {
        name: [each.one.scores.get(name), each.other.scores.get(name)]
        for name in sorted(each.one.scores.keys() | each.other.scores.keys())
        if each.one.scores.get(name) != each.other.scores.get(name)
    }
    return {
        "task": each.one.task.id,
        "places": [each.place, each.other_place],
        "stops": [each.one.stop.value, each.other.stop.value],
        "turn": each.turn,
        "role": _role(each),
        "scores": moved,
    }


def _role(each: Both) -> str | None:
    if each.turn is None:
        return None
    longer = each.one if each.turn < len(each.one.events) else each.other
    return longer.events[each.turn].role


def _contest(values: list[tuple[float, float]]) -> dict[str, Any]:
    result, apart = contest(values), mean(b - a for a, b in values)
    assert apart is not None
    return {
        "n": len(values),
        "means": [sum(a for a, _ in values) / len(values), sum(b for _, b in values) / len(values)],
        "difference": asdict(apart),
        "wins": result.wins,
        "losses": result.losses,
        "ties": result.ties,
        "win_share": result.share,
    }


def _settings(one: dict[str, Any], other: dict[str, Any]) -> dict[str, list[Any]]:
    """The settings that are not the same: name -> as the first run has it, as the second."""
    found = {
        key: [one.get(key), other.get(key)] for key in ("scenario", "seed", "tasks", "maieutic", "definition")
    }
    for key in ("parameters", "cast"):
        left, right = dict(one.get(key, {})), dict(other.get(key, {}))
        found |= {f"{key} {name}": [left.get(name), right.get(name)] for name in left | right}
    return {name: values for name, values in found.items() if values[0] != values[1]}


def _print(told: dict[str, Any]) -> None:
    console = Console(highlight=False)
    first, second = map(plain, told["runs"])
    console.print(
        Text(
            f"{told['tasks']} tasks in common, {told['only'][0]} only in {first}, {told['only'][1]} only in {second}; "
            f"{told['diverged']} with a turn that differs"
        )
    )
    if told["settings"]:
        rows = [(name, *(json.dumps(one) for one in values)) for name, values in told["settings"].items()]
        console.print(table("settings that differ", ("setting", first, second), rows))
    if told["stops"]:
        rows = [(f"{one['from']} -> {one['to']}", str(one["n"])) for one in told["stops"]]
        console.print(table("stopped otherwise", ("stopped", "tasks"), rows))
    if told["scores"]:
        columns = ("score", first, second, "difference (95 %)", "n")
        rows = [_scores(name, one) for name, one in told["scores"].items()]
        console.print(table("scores, mean over the tasks in common", columns, rows))
        columns = ("score", "wins", "losses", "ties", "wins of decided (95 %)")
        rows = [_wins(name, one) for name, one in told["scores"].items()]
        console.print(table(f"a win is a higher score in {second}", columns, rows))
    if told["changed"]:
        rows = [_row(one) for one in told["changed"]]
        console.print(
            table("tasks that changed", ("task", "place", "stopped", "first turn", "scores that moved"), rows)
        )
    if told["not_listed"]:
        console.print(
            Text(f"and {told['not_listed']} more (--n); one task: maieutic diff {first} {second} TASK", "dim")
        )


def _scores(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    apart = Estimate(**one["difference"])
    interval = "" if apart.low is None else f" ({apart.low:+.3f} to {apart.high:+.3f})"
    return name, *(f"{value:.3f}" for value in one["means"]), f"{apart.mean:+.3f}{interval}", str(one["n"])


def _wins(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    won = one["win_share"]
    counts = (str(one[key]) for key in ("wins", "losses", "ties"))
    return name, *counts, "-" if won is None else f"{won[0]:.2f} ({won[1]:.2f}-{won[2]:.2f})"


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    moved = [
        f"{name} {'-' if a is None else f'{a:.3g}'}→{'-' if b is None else f'{b:.3g}'}"
        for name, (a, b) in one["scores"].items()
    ]
    if len(moved) > _MOVED:
        moved[_MOVED:] = [f"and {len(moved) - _MOVED} more"]
    stops, places = one["stops"], one["places"]
    return (
        one["task"],
        str(places[0]) if places[0] == places[1] else f"{places[0]}, {places[1]}",
        stops[0] if stops[0] == stops[1] else f"{stops[0]} -> {stops[1]}",
        "none" if one["turn"] is None else f"{one['turn'] + 1}: {one['role']}",
        ", ".join(moved),
    )


def _show(each: Both, as_json: bool) -> None:
    """The first turn that differs, as both runs have it."""
    events = [
        episode.events[each.turn] if each.turn is not None and each.turn < len(episode.events) else None
        for episode in (each.one, each.other)
    ]
    if as_json:
        turns = [None if event is None else event.model_dump(mode="json") for event in events]
        print(json.dumps(_line(each) | {"turns": turns}, sort_keys=True))
        return
    console = Console(highlight=False)
    console.print(
        Text.assemble((plain(each.one.task.id), "bold"), f"  {_ended(each.one)}  ->  {_ended(each.other)}")
    )
    if each.turn is None:
        console.print(Text("all turns are the same", "dim"))
        return
    console.print(Text(f"{each.turn} turns are the same; the next one is the first that differs", "dim"))
    one, other = events
    if one is None or other is None:
        ended, goes_on = ("the first", other) if one is None else ("the second", one)
        assert goes_on is not None
        console.print(
            Text(f"{ended} run's episode ends there; the other one goes on with {plain(goes_on.role)}")
        )
        return
    for name in dict.fromkeys(("text", *one.answer, *other.answer, *one.private, *other.private, "invalid")):
        left, right = (_field(event, name) for event in (one, other))
        if left != right:
            console.print(
                Text.assemble((f"{plain(one.role)} ", "bold cyan"), (f"{plain(name)}  ", "bold")).append(
                    changed_text(left, right)
                )
            )
    if one.role != other.role:
        console.print(Text(f"{plain(one.role)} in the first, {plain(other.role)} in the second"))


def _ended(episode: Episode) -> str:
    return f"{episode.stop.value}, {len(episode.events)} turns"


def _field(event: Any, name: str) -> str:
    value = {**event.private, **event.answer}.get(name) if name != "invalid" else event.invalid
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
