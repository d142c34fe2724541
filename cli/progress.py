"""Progress: a run on the terminal, and its summary at the end.

Knows nothing of how episodes are played.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from maieutic import Episode
from maieutic.runs import Agreement, Journal, Ledger, Measures, Source, run, wilson
from maieutic.scenarios import Company
from maieutic.traces.text import table


def play_all(
    company: Company[Any],
    source: Source,
    folder: Path,
    *,
    n: int | None,
    seed: int,
    concurrency: int,
    origin: Path | None = None,
) -> Ledger:
    """Run with a bar on a terminal, with a plain line every few seconds elsewhere; all on standard error."""
    console = Console(stderr=True)
    stops: Counter[str] = Counter()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[stops]}", style="dim"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        line = bar.add_task(company.scenario.name, total=None, stops="")
        spoken = time.monotonic()

        def on_episode(ledger: Ledger, episode: Episode) -> None:
            nonlocal spoken
            stops[episode.stop.value] += 1
            over = ledger.asked - ledger.missing
            bar.update(line, total=ledger.asked, completed=over, stops=_counts(stops))
            if not console.is_terminal and time.monotonic() - spoken > 5:
                spoken = time.monotonic()
                console.print(f"{company.scenario.name}: {over} of {ledger.asked}  {_counts(stops)}")

        def on_interrupt() -> None:
            console.print("finishing the episodes in flight; interrupt again to stop at once")

        with nullcontext() if origin is None else Journal(origin) as earlier:
            return asyncio.run(
                run(
                    company,
                    source,
                    folder,
                    n=n,
                    seed=seed,
                    concurrency=concurrency,
                    origin=earlier,
                    on_episode=on_episode,
                    on_interrupt=on_interrupt,
                )
            )


def _counts(counter: Counter[str]) -> str:
    return "  ".join(f"{name} {count}" for name, count in sorted(counter.items()))


def summary(company: Company[Any], folder: Path, ledger: Ledger, measures: Measures, as_json: bool) -> None:
    """Print the ledger, what was drawn, and how the decisions compare with the truth."""
    if as_json:
        facts = {
            "run": str(folder),
            "scenario": company.scenario.name,
            "asked": ledger.asked,
            "done": ledger.done,
            "dropped": ledger.dropped,
            "missing": ledger.missing,
            "stopped": ledger.stopped,
            "already_there": ledger.found,
            "turns_found": ledger.turns_found,
            "turns_taken": ledger.turns_taken,
        }
        print(json.dumps(facts | measures.as_json(), ensure_ascii=False, sort_keys=True))
        return
    console = Console()
    dropped = ", ".join(f"{count} {name}" for name, count in sorted(ledger.dropped.items())) or "0"
    there = f" ({ledger.found} were there)" if ledger.found else ""
    console.print(
        f"{company.scenario.name}: asked {ledger.asked}, done {ledger.done}{there}, dropped {dropped}, "
        f"missing {ledger.missing}",
        highlight=False,
    )
    if ledger.turns_found:
        console.print(f"turns: {ledger.turns_found} used again, {ledger.turns_taken} taken", highlight=False)
    for reason, count in measures.failures.most_common(5):
        console.print(f"  {count} x {reason}", markup=False, highlight=False)
    console.print(f"stopped: {_counts(measures.stops)}", highlight=False)
    console.print(
        f"records: {_counts(measures.records) or 'none'} (each held against its episode)", highlight=False
    )
    if measures.decisions:
        console.print(
            table(
                "decisions against the known truth",
                _DECIDED,
                (_decided(kind, one) for kind, one in sorted(measures.decisions.items())),
            )
        )
    if measures.scores:
        lines = (
            (name, f"{mean:.3f}", f"± {half:.3f}", str(measures.scores[name][0]))
            for name in sorted(measures.scores)
            for mean, half in (measures.mean(name),)
        )
        console.print(table("scores, mean over episodes", ("score", "mean", "95 %", "n"), lines))
    if ledger.stopped:
        print(
            f"stopped: {ledger.stopped}; {ledger.missing} missing; the same command goes on", file=sys.stderr
        )
    elif ledger.missing:
        print(f"interrupted: {ledger.missing} missing; the same command goes on", file=sys.stderr)
    console.print(
        f"see: maieutic trace {folder} 0   |   maieutic export {folder} --as jsonl",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


_DECIDED = ("decision", "n", "precision", "recall", "accuracy")


def _decided(kind: str, one: Agreement) -> list[str]:
    return [kind, str(one.n), *(_share(*share) for share in (one.precision, one.recall, one.accuracy))]


def _share(hits: int, n: int) -> str:
    """A share with its 95 % interval, such as `0.94 (0.90-0.97)`."""
    low, high = wilson(hits, n)
    return f"{hits / n:.2f} ({low:.2f}-{high:.2f})" if n else "-"
