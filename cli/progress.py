"""Progress: a run on the terminal, and its summary at the end.

Knows nothing of how episodes are played. All that it shows while a run goes on is in `maieutic.runs.Status`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from maieutic import Stop
from maieutic.agents.models.engines import Engines
from maieutic.cli.arguments import warn_of_kin
from maieutic.cli.command import Command
from maieutic.runs import (
    Agreement,
    Crew,
    Journal,
    Ledger,
    Measures,
    Source,
    Status,
    default_folder,
    run,
    wilson,
)
from maieutic.scenarios import Company
from maieutic.traces.text import plain, table

EVERY = 5.0  # seconds between two lines where there is no terminal


def play_all(
    company: Company[Any],
    source: Source,
    folder: Path,
    *,
    n: int | None,
    seed: int,
    concurrency: int,
    origin: Path | None = None,
    wait: bool = False,
    crew: Crew | Callable[[int], Crew | None] | None = None,
    at: str | None = None,
    command: Command | None = None,
    engines: Engines | None = None,
    console: Console | None = None,
) -> Ledger:
    """Run with live figures on a terminal, with a plain line every few seconds elsewhere; all on standard error.

    `command` is kept in the run folder, so that the run can be gone on with from there; `engines` are its models.
    """
    console = console or Console(stderr=True)
    live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
    spoken = time.monotonic()

    def on_status(status: Status) -> None:
        nonlocal spoken
        if live is not None:
            live.update(status_view(status), refresh=True)
        elif time.monotonic() - spoken > EVERY:
            spoken = time.monotonic()
            print(status_line(status), file=sys.stderr, flush=True)

    def on_interrupt() -> None:
        console.print("finishing the episodes in flight; interrupt again to stop at once")

    with (
        nullcontext() if live is None else live,
        nullcontext() if origin is None else Journal(origin) as earlier,
    ):
        return asyncio.run(
            run(
                company,
                source,
                folder,
                n=n,
                seed=seed,
                concurrency=concurrency,
                crew=crew,
                at=at,
                origin=earlier,
                wait=wait,
                engines=engines,
                on_start=lambda: None if command is None else command.keep(folder),
                on_status=on_status,
                on_interrupt=on_interrupt,
            )
        )


def carry_out(
    command: Command,
    out: Path | None,
    *,
    wait: bool = False,
    beside: Callable[[Path], AbstractContextManager[object]] | None = None,
) -> tuple[Company[Any], Path, Ledger]:
    """Carry out `maieutic run`: the scenario made ready, the run folder, and what became of every task; `beside`, made
    from the run folder, is entered while it is played."""
    console = Console(stderr=True)

    def say(text: str) -> None:
        console.print(f"maieutic: {plain(text)}", markup=False, highlight=False, soft_wrap=True)

    engines = Engines(command.terms, say=say)
    company, source, n = command.prepare(engines)
    warn_of_kin(company)
    folder = out or default_folder(company, source, command.seed)
    with nullcontext() if beside is None else beside(folder):
        ledger = play_all(
            company,
            source,
            folder,
            n=n,
            seed=command.seed,
            concurrency=command.concurrency,
            origin=None if command.origin is None else Path(command.origin),
            wait=wait,
            crew=command.crew(folder, engines, company),
            at=command.journal,
            command=command,
            engines=engines,
            console=console,
        )
    return company, folder, ledger


def exit_code(ledger: Ledger) -> int:
    """0 when all is done, 130 when something is missing, 3 when something waits for people, 1 when something was dropped."""
    if ledger.missing:
        return 130
    return 3 if ledger.waiting else 0 if ledger.complete else 1


def status_view(status: Status) -> Group:
    """How a run stands: a bar over all tasks, and the figures beneath."""
    over = status.asked - status.missing
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        Text(plain(status.scenario), "bold"),
        ProgressBar(total=max(1, status.asked), completed=over, width=30),
        Text(f"{over} of {status.asked}"),
        Text(_left(status), "dim"),
    )
    lines = [Text.assemble((f"{name}  ", "dim"), text) for name, text in _figures(status).items()]
    return Group(bar, *lines)


def status_line(status: Status) -> str:
    """How a run stands, in one line without any escape sequence."""
    said = "; ".join(f"{name} {text}" for name, text in _figures(status).items())
    over = status.asked - status.missing
    left = _left(status)
    return f"{plain(status.scenario)}: {over} of {status.asked}; {said}" + (f"; {left}" if left else "")


def _figures(status: Status) -> dict[str, str]:
    episodes = [f"done {status.done}", *(f"{name} {n}" for name, n in status.dropped.items())]
    episodes += [f"waiting {status.waiting}"] if status.waiting else []
    episodes += [f"in flight {status.in_flight}"]
    pace = [f"{status.turns_per_second:.1f} turns/s"]
    if status.calls:
        pace += [f"{status.calls_per_second:.1f} calls/s", f"{status.tokens_per_second:.0f} tokens/s"]
    hits = [f"{status.turns_found} in the journal"]
    if status.cache_hits is not None and status.cache_misses is not None:
        hits += [f"{status.cache_hits} of {status.cache_hits + status.cache_misses} calls in the cache"]
    found = {"episodes": ", ".join(episodes), "pace": ", ".join(pace), "hits": ", ".join(hits)}
    if status.cost is not None:
        found["cost"] = f"{status.cost:.4g}"
    if status.failures:
        found["failures"] = ", ".join(f"{n} x {plain(why)}" for why, n in status.failures.items())
    return found


def _left(status: Status) -> str:
    if status.state == "draining":
        return "finishing what is in flight"
    if status.state != "running":
        return status.state
    return "" if status.seconds_left is None else f"{duration(status.seconds_left)} left"


def duration(seconds: float) -> str:
    """A length of time, as a person says it.

    >>> duration(5), duration(75), duration(7260), duration(200000)
    ('5 s', '1 min 15 s', '2 h 1 min', '2 d 7 h')
    """
    whole = round(seconds)
    for size, name, small, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {name} {whole % size // small} {smaller}"
    return f"{whole} s"


def _counts(counter: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {count}" for name, count in sorted(counter.items()))


def ledger_line(name: str, ledger: Ledger) -> str:
    """What became of every task, in one line."""
    dropped = ", ".join(f"{count} {why}" for why, count in sorted(ledger.dropped.items())) or "0"
    there = f" ({ledger.found} were there)" if ledger.found else ""
    waiting = f"waiting {ledger.waiting}, " if ledger.waiting else ""
    return f"{plain(name)}: asked {ledger.asked}, done {ledger.done}{there}, dropped {dropped}, {waiting}missing {ledger.missing}"


def summary(company: Company[Any], folder: Path, ledger: Ledger, measures: Measures, as_json: bool) -> None:
    """Print the ledger, what was drawn, and how the decisions compare with the truth."""
    if as_json:
        facts = {
            "run": str(folder),
            "scenario": company.scenario.name,
            "asked": ledger.asked,
            "done": ledger.done,
            "dropped": ledger.dropped,
            "waiting": ledger.waiting,
            "missing": ledger.missing,
            "stopped": ledger.stopped,
            "already_there": ledger.found,
            "turns_found": ledger.turns_found,
            "turns_taken": ledger.turns_taken,
        }
        print(json.dumps(facts | measures.as_json(), ensure_ascii=False, sort_keys=True))
        return
    console = Console()
    console.print(ledger_line(company.scenario.name, ledger), markup=False, highlight=False)
    if ledger.turns_found:
        console.print(f"turns: {ledger.turns_found} used again, {ledger.turns_taken} taken", highlight=False)
    for reason, count in measures.failures.most_common(5):
        console.print(f"  {count} x {plain(reason)}", markup=False, highlight=False)
    console.print(f"stopped: {_counts(measures.stops) or 'none'}", highlight=False)
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
        print(f"stopped: {ledger.stopped}; {ledger.missing} missing", file=sys.stderr)
    elif ledger.missing:
        print(f"interrupted: {ledger.missing} missing; the same command goes on", file=sys.stderr)
    if ledger.waiting:
        told = "episode waits" if ledger.waiting == 1 else "episodes wait"
        print(
            f"{ledger.waiting} {told} for people: maieutic waiting {folder}   |   maieutic answer {folder} --go-on",
            file=sys.stderr,
        )
    if ledger.done and ledger.stops[Stop.REFUSED.value] == ledger.over:
        print(
            f"every episode was refused; its last turn says for what: maieutic trace {folder} 0",
            file=sys.stderr,
        )
    if ledger.done:
        first = "" if ledger.missing else " 0"
        console.print(
            f"see: maieutic trace {folder}{first}   |   maieutic export {folder} --as jsonl",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


_DECIDED = ("decision", "n", "precision", "recall", "accuracy")


def _decided(kind: str, one: Agreement) -> list[str]:
    return [kind, str(one.n), *(share(*one_share) for one_share in (one.precision, one.recall, one.accuracy))]


def share(hits: int, n: int) -> str:
    """A share with its 95 % interval, such as `0.94 (0.90-0.97)`."""
    low, high = wilson(hits, n)
    return f"{hits / n:.2f} ({low:.2f}-{high:.2f})" if n else "-"
