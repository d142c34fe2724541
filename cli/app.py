"""The command line: arguments in, exit code out.

Knows nothing but how to call. A user's mistake is one line on standard error and exit code 2; a run with
something dropped ends with 1, one that waits for people with 3, an interrupted one with 130.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from maieutic import MaieuticError, UnknownNameError, __version__, doors
from maieutic.agents.models.cache import MODES
from maieutic.cli import show as pages
from maieutic.cli.again import fork_episode, replay_run
from maieutic.cli.arguments import SCENARIO, AsJson, pairs, terms_of, warn_of_kin
from maieutic.cli.check import check_scenario, print_schema
from maieutic.cli.command import Command
from maieutic.cli.demo import demo
from maieutic.cli.diff import diff_runs
from maieutic.cli.export import export_run, formats
from maieutic.cli.humans import answer_turn, list_waiting
from maieutic.cli.new import new
from maieutic.cli.perplexity import show_perplexity
from maieutic.cli.progress import carry_out, exit_code, summary
from maieutic.cli.report import write as write_report
from maieutic.cli.rounds import run_rounds
from maieutic.cli.spans import beside_run, send_spans
from maieutic.cli.stats import show_stats
from maieutic.cli.status import show_status
from maieutic.cli.studio import print_settings
from maieutic.cli.sweep import run_sweep
from maieutic.cli.trace import trace
from maieutic.cli.view import view
from maieutic.runs import Journal, measure
from maieutic.scenarios import assemble, catalogue

app = typer.Typer(
    help="Agent-based multi-role simulation: tutoring dialogues, refinement trees, preference pairs.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command and exit."""
    try:
        code = app(standalone_mode=False)
    except MaieuticError as error:
        print(f"maieutic: {' '.join(str(error).split())}", file=sys.stderr)
        code = 2
    except typer.Exit as done:
        code = done.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("maieutic: interrupted; the same command goes on from what is on disk", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away, as `head` does
        code = 0
    except Exception as error:
        # click's own usage errors: all but the help that stands in for missing arguments become one line
        if not (hasattr(error, "exit_code") and hasattr(error, "show")):
            raise
        told: Any = error  # click is imported by typer alone
        code = told.exit_code
        context = getattr(error, "ctx", None)
        if context is None or type(error).__name__ == "NoArgsIsHelpError":
            told.show()
        else:
            said = told.format_message().rstrip(".")
            print(f"maieutic: {said}; see {context.command_path} --help", file=sys.stderr)
    raise SystemExit(code or 0)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_things(
    kind: Annotated[
        str, typer.Argument(metavar="|".join(f"{one}s" for one in doors.GROUPS), help="Kind of thing.")
    ] = "scenarios",
    as_json: AsJson = False,
) -> None:
    """List what is installed: scenarios, or another kind of thing that can be added."""
    one = kind.removesuffix("s")
    if one not in doors.GROUPS:
        raise UnknownNameError("kind of thing", kind, [f"{name}s" for name in doors.GROUPS])
    if one == "scenario":
        pages.print_list([catalogue.load(name) for name in catalogue.names()], as_json)
    else:
        pages.print_things(one, as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help=SCENARIO)],
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="Parameter, for the graph.")
    ] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print only the graph, as Mermaid.")] = False,
    prompts: Annotated[
        bool, typer.Option("--prompts", help="Print only what a model in each role is told.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a scenario: paper, roles, graph, parameters with their published defaults."""
    company = assemble(catalogue.load(name), parameters=pairs(param, "--param"))
    warn_of_kin(company)
    if prompts:
        pages.print_prompts(company, as_json)
    else:
        pages.print_scenario(company, mermaid, as_json)


@app.command()
def run(
    name: Annotated[str, typer.Argument(help=SCENARIO)],
    tasks: Annotated[
        str | None,
        typer.Option(
            "--tasks",
            "-t",
            metavar="FILE|-|world:N",
            help="JSONL, CSV, Parquet, a saved data set, hf:NAME, - for standard input, or N tasks of a world.",
        ),
    ] = None,
    join: Annotated[
        str | None,
        typer.Option("--join", metavar="FILE", help="A second file whose records join those of the first."),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=KEY", help="The key of a record that holds a field."),
    ] = None,
    n: Annotated[
        int | None, typer.Option("--n", "-n", min=1, help="Number of tasks [20 from a world, else all].")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Seed of the run.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Run folder [one of its own for each command].")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="Parameter; a list in JSON.")
    ] = None,
    cast: Annotated[
        list[str] | None, typer.Option("--cast", "-c", metavar="SEAT=WHO", help="Who takes a seat.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", "-j", min=1, help="Episodes in flight in each process.")
    ] = 64,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            help="Processes that play [one for each core, for many tasks and a cast without models or people].",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="local|ray://HOST:PORT", help="Play with workers on a Ray cluster."
        ),
    ] = None,
    journal_at: Annotated[
        str | None,
        typer.Option("--journal", metavar="postgresql://...", help="Database that holds the journal."),
    ] = None,
    origin: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN", help="Use the turns of that run up to the first that differs."),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Stay while people are asked, instead of ending when all else is done."),
    ] = False,
    budget: Annotated[
        list[str] | None,
        typer.Option("--budget", metavar="tokens|money|seconds=N", help="What models may spend on this run."),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option("--prices", metavar="FILE", help="Prices of models, as YAML or JSON.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option("--cache", metavar="FILE", help="Keep replies of models from run to run.")
    ] = None,
    cache_size: Annotated[
        int,
        typer.Option(
            "--cache-size", metavar="MIB", min=1, help="What it may hold; the longest unused go first."
        ),
    ] = 4096,
    cache_mode: Annotated[
        str, typer.Option("--cache-mode", metavar="|".join(MODES), help="How the cache is used.")
    ] = "read-write",
    otlp: Annotated[
        str | None, typer.Option("--otlp", metavar="URL", help="Send episodes as spans to a collector.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario on many tasks; the same command goes on where it stopped."""
    command = Command(
        scenario=name,
        tasks=tasks,
        join=join,
        n=n,
        seed=seed,
        param=pairs(param, "--param"),
        cast=pairs(cast, "--cast"),
        mapped=pairs(mapped, "--map"),
        concurrency=concurrency,
        workers=workers,
        cluster=cluster,
        journal=journal_at,
        origin=None if origin is None else str(origin),
        terms=terms_of(pairs(budget, "--budget"), prices, cache, cache_mode, cache_size),
    )
    beside = None if otlp is None else beside_run(otlp)
    company, folder, ledger = carry_out(command, out, wait=wait, beside=beside)
    with Journal(folder) as journal:
        summary(company, folder, ledger, measure(company, journal), as_json)
    if code := exit_code(ledger):
        raise typer.Exit(code)


app.command()(trace)
app.command("diff")(diff_runs)
app.command("stats")(show_stats)
app.command("report")(write_report)
app.command("spans")(send_spans)
app.command("studio")(print_settings)
app.command("new")(new)
app.command("check")(check_scenario)
app.command("schema")(print_schema)
app.command("export")(export_run)
app.command()(formats)
app.command("perplexity")(show_perplexity)
app.command("replay")(replay_run)
app.command("fork")(fork_episode)
app.command("waiting")(list_waiting)
app.command("answer")(answer_turn)
app.command("status")(show_status)
app.command()(view)
app.command("sweep")(run_sweep)
app.command("rounds")(run_rounds)
app.command()(demo)
