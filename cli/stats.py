"""Stats on the command line: what the episodes of a run say together.

Knows nothing of how it is computed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from maieutic import MaieuticError, RunError
from maieutic.cli.arguments import AsJson
from maieutic.cli.progress import share
from maieutic.runs import Journal, read_status, scenario_of
from maieutic.runs.contrast import Estimate
from maieutic.runs.statistics import Statistics, spread
from maieutic.scenarios import assemble
from maieutic.traces.text import plain, table


def show_stats(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    as_json: AsJson = False,
) -> None:
    """Show what the episodes of a run say together: why they ended, turns, costs, agreement, tutoring measures."""
    found = Statistics()
    with Journal(folder) as journal:
        manifest = journal.manifest
        try:
            company = assemble(scenario_of(journal), parameters=manifest["parameters"])
        except MaieuticError as error:  # what was said and counted can be told without the scenario
            company = None
            print(f"maieutic: without its scenario, less can be told: {plain(str(error))}", file=sys.stderr)
        for _, episode in journal.episodes():
            found.add(episode, company)
    money = _cost(folder)
    if as_json:
        told = {"run": str(folder), "scenario": manifest["scenario"], "cost": money} | found.as_json()
        print(json.dumps(told, sort_keys=True))
        return
    console = Console(highlight=False)
    console.print(f"{plain(str(manifest['scenario']))}: {found.n} episodes", style="bold", markup=False)
    if found.n:
        for one in _tables(found, money):
            console.print(one)


def _cost(folder: Path) -> float | None:
    """What the last session paid; None where nothing was, or nobody knows."""
    try:
        return read_status(folder).cost
    except RunError:
        return None


def _tables(found: Statistics, money: float | None) -> Iterable[object]:
    yield table(
        "why they ended",
        ("stopped", "episodes", "share (95 %)"),
        [(name, str(one.n), share(one.n, found.n)) for name, one in found.stops().items()],
    )
    lines = [("turns", found.lengths), ("model calls", found.calls), ("tokens", found.tokens)]
    yield table(
        "an episode" if money is None else f"an episode (the last session cost {money:.4g})",
        ("", "sum", "mean (95 %)", "median", "most"),
        [_spread(name, values) for name, values in lines if any(values)],
    )
    yield table(
        "turns by role",
        ("role", "usable", "unusable"),
        [(name, str(one[True]), str(one[False])) for name, one in found.roles.items()],
    )
    if found.judges:
        yield table(
            "how judges of the same thing agree",
            ("role and field", "episodes", "pairs agree (95 %)", "kappa (95 %)"),
            [
                (name, str(len(one.pairs)), _told(one.share), _told(one.kappa))
                for name, one in sorted(found.judges.items())
            ],
        )
    if found.scales:
        yield table(
            "how raters of the same thing agree on a scale",
            ("role and field", "things", "weighted kappa (95 %)", "ICC (95 %)"),
            [
                (name, str(one.things), _told(one.weighted_kappa), _told(one.icc))
                for name, one in sorted(found.scales.items())
            ],
        )
    if found.truths:
        yield table(
            "decisions against the known truth",
            ("decision", "n", "precision", "recall", "accuracy"),
            [
                (kind, str(one.n), *(share(*part) for part in (one.precision, one.recall, one.accuracy)))
                for kind, one in sorted(found.measures.decisions.items())
            ],
        )
        yield table(
            "the same, beyond chance",
            ("decision", "kappa (95 %)"),
            [(kind, _told(one.kappa)) for kind, one in sorted(found.truths.items())],
        )
    measured = found.tutoring()
    if measured:
        yield table(
            f"tutoring, {len(found.lessons)} lessons",
            ("measure", "value (95 %)", "n"),
            [(name, _told(one), str(one.n)) for name, one in measured.items()],
        )
    if told := found.overall():
        yield table(
            "the run as a whole",
            ("measure", "value"),
            [(name, f"{value:.3f}") for name, value in told.items()],
        )
    if found.measures.scores:
        yield table(
            "scores, mean over episodes",
            ("score", "mean", "95 %", "n"),
            [
                (name, f"{mean:.3f}", f"± {half:.3f}", str(found.measures.scores[name][0]))
                for name in sorted(found.measures.scores)
                for mean, half in (found.measures.mean(name),)
            ],
        )


def _spread(name: str, values: list[int]) -> tuple[str, ...]:
    one = spread(values)
    interval = "" if one["low"] is None else f" ({one['low']:.2f}-{one['high']:.2f})"
    return (
        name,
        f"{one['sum']:.0f}",
        f"{one['mean']:.2f}{interval}",
        f"{one['median']:g}",
        f"{one['most']:.0f}",
    )


def _told(one: Estimate | None) -> str:
    """A value with its 95 % interval; a bare one where a single episode gives no interval."""
    if one is None:
        return "-"
    return f"{one.mean:.3f}" + (
        "" if one.low is None or one.high is None else f" ({one.low:.3f} to {one.high:.3f})"
    )
