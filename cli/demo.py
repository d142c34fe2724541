"""Demo: the newcomer's first command. Runs every scenario without a model, and shows what came out.

Knows nothing that `maieutic run`, `trace` and `export` do not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from maieutic import Episode, Stop
from maieutic.cli.progress import play_all, summary
from maieutic.runs import Journal, Source, checked_records, measure
from maieutic.scenarios import Company, assemble, catalogue
from maieutic.traces import episode_view

BUILT_IN = ("socratic-math", "tree-instruct", "spar", "alpaca-farm")


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the runs.")] = Path("maieutic-demo"),
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="Episodes of each scenario.")] = 25,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Seed.")] = 0,
) -> None:
    """Make dialogues, trees and pairs with the simulated cast, each held against the known truth."""
    console = Console()
    short = False
    for name in BUILT_IN:
        company = assemble(catalogue.load(name))
        folder = out / name
        ledger = play_all(company, Source(company.world, seed=seed), folder, n=n, seed=seed, concurrency=64)
        with Journal(folder) as journal:
            console.rule(name, align="left")
            chosen = _telling(journal, company)
            if chosen is not None:
                console.print(episode_view(chosen, checked_records(company, chosen)[:1]))
                console.print()
            summary(company, folder, ledger, measure(company, journal), as_json=False)
            console.print()
        short = short or not ledger.complete
        if ledger.missing:
            raise typer.Exit(130)
    if short:
        raise typer.Exit(1)


def _telling(journal: Journal, company: Company[Any]) -> Episode | None:
    """A short episode that reached its goal by more than its first answer, else the first there is."""
    best: Episode | None = None
    for _, episode in journal.episodes():
        if best is None or _rank(episode) < _rank(best):
            best = episode
    return best


def _rank(episode: Episode) -> tuple[bool, int]:
    return episode.stop is not Stop.SOLVED, len(episode.events)
