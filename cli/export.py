"""Export on the command line: records of a run for a trainer, chosen, split and described.

Knows nothing but how to call `maieutic.exports`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.console import Console

from maieutic import Episode, InputError, UnknownNameError
from maieutic.cli.arguments import AsJson
from maieutic.exports import (
    Counts,
    Entry,
    Judges,
    OnePerPrompt,
    Plan,
    Statistics,
    Step,
    asked_at_once,
    catalogue,
    contamination,
    entries_of,
    export,
    is_export,
    lines,
    near_duplicates,
    parse_balance,
    parse_filter,
    parse_split,
    plots,
    read,
    run_of,
)
from maieutic.exports.format import Container, Placing
from maieutic.runs import Journal, Measures, checked_records, scenario_of
from maieutic.runs.reviews import reviewed, reviews
from maieutic.runs.shown import shown
from maieutic.scenarios import Scenario, assemble
from maieutic.traces.text import table

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, or one that an export made.")]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", "-f", metavar="'NAME<=VALUE'", help="Keep only such records; see `maieutic formats`."
    ),
]


def entries(
    journal: Journal, measures: Measures | None = None, statistics: Statistics | None = None
) -> Generator[Entry]:
    """The records of a run in order, as people left them after their reviews.

    Args:
        journal: of the run.
        measures: to be filled on the way.
        statistics: what its judges say, and what was decided beside the truth, likewise.
    """
    scenario = scenario_of(journal)
    company = assemble(scenario, parameters=journal.manifest["parameters"])
    looked_at = reviews(journal.folder)
    for place, episode in journal.episodes():
        records = checked_records(company, episode)
        if measures is not None:
            measures.add(episode, records, scenario.decisions(episode))
        if statistics is not None:
            statistics.look(
                episode,
                scenario.decisions(episode),
                _views(scenario, episode) if statistics.curious else None,
            )
        yield from entries_of(reviewed(records, looked_at.get(place, {})), episode, scenario.roles)


def _views(scenario: Scenario[Any], episode: Episode) -> dict[str, Mapping[str, Any]]:
    return {name: turn.view for name, turn in asyncio.run(shown(scenario, episode)).turns.items()}


def export_run(
    folder: Run,
    form: Annotated[
        str,
        typer.Option("--as", metavar="FORMAT", help="A name of `maieutic formats`, or FILE.py, module:NAME."),
    ] = "jsonl",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .jsonl or .parquet file, or else a folder [standard output]."),
    ] = None,
    keep: Filters = None,
    test_prompts: Annotated[
        Path | None,
        typer.Option("--test-prompts", metavar="FILE", help="Drop what overlaps with prompts of a test set."),
    ] = None,
    test_ngram: Annotated[int, typer.Option("--test-ngram", help="Words of an overlap.")] = 8,
    test_share: Annotated[
        float, typer.Option("--test-share", help="Share of a test prompt beyond which it counts as held.")
    ] = 0.5,
    resemblance: Annotated[
        float | None,
        typer.Option(
            "--near-duplicates", metavar="SHARE", help="Drop what resembles a record before it, as 0.8."
        ),
    ] = None,
    one_per_prompt: Annotated[
        bool,
        typer.Option("--one-per-prompt", help="Of the pairs of a prompt, the one judged furthest apart."),
    ] = False,
    balance: Annotated[
        str | None,
        typer.Option("--balance", metavar="CLASS", help="As many records of each class, as `label`."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="train=0.9,test=0.1",
            help="Sides, divided by task: shares, or numbers of tasks.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Seed of splits and balances.")] = 0,
    shard_rows: Annotated[
        int | None, typer.Option("--shard-rows", metavar="N", help="Rows of a file [all].")
    ] = None,
    container: Annotated[
        str | None,
        typer.Option("--container", metavar="|".join(get_args(Container)), help="How rows are kept."),
    ] = None,
    placing: Annotated[
        str | None,
        typer.Option(
            "--provenance", metavar="|".join(get_args(Placing)), help="Where each row's origin goes."
        ),
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Of the texts, for the card.")] = "en",
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    stats: Annotated[
        bool, typer.Option("--stats", help="Print statistics of what is written, and put them into the card.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option("--plots", metavar="FOLDER", help="Draw the statistics, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the statistics as one JSON object.")] = False,
) -> None:
    """Write the records of a run for a trainer, in the order of the tasks; or those of an export, spelled otherwise."""
    if out is None and (split is not None or shard_rows is not None):
        raise InputError(
            "standard output cannot hold splits or shards",
            key="--split" if split is not None else "--shard-rows",
            remedy="give a folder as --out",
        )
    steps: list[Step] = [parse_filter(one) for one in keep or ()]
    if test_prompts is not None:
        steps.append(contamination(test_prompts, ngram=test_ngram, share=test_share))
    if resemblance is not None:
        steps.append(near_duplicates(resemblance))
    if one_per_prompt:
        steps.append(OnePerPrompt())
    if balance is not None:
        steps.append(parse_balance(balance, seed))
    plan = Plan(
        catalogue.load(form),
        out or Path("-.jsonl"),
        steps=steps,
        split=parse_split(split, seed),
        shard_rows=shard_rows,
        container=_one_of("container", container, get_args(Container)),
        provenance=_one_of("place for provenance", placing, get_args(Placing)),
        force=force,
        language=language,
        statistics=Statistics() if stats or pictures or as_json else None,
    )
    plan.check()
    if pictures is not None:
        plots.check()
    with opened(folder, plan.statistics) as (stream, manifest, measures):
        if out is None:
            counts = _print(stream, plan)
        else:
            counts = export(stream, plan, manifest=manifest, measures=lambda: measures)
    if plan.statistics is not None:
        _tell(plan.statistics, pictures, as_json=as_json)
    for one in counts.report():
        print(one, file=sys.stderr)
    written = counts.rows.total()
    if out is not None and written:
        sides = ", ".join(f"{side} {counts.rows[side]}" for side in plan.split.names)
        print(
            f"{counts.records.total()} records written to {out} as {written} rows ({sides})", file=sys.stderr
        )
    if 0 < written < plan.form.least:
        print(f"its reader wants {plan.form.least} rows or more", file=sys.stderr)
    if not written:
        print(f"no record of this run fits {form!r}; try --as jsonl", file=sys.stderr)
        raise typer.Exit(1)


@contextmanager
def opened(
    folder: Path, statistics: Statistics | None = None
) -> Iterator[tuple[Iterator[Entry], Mapping[str, Any], Measures | None]]:
    """The entries of a run, or of what was exported from one; its manifest; what is measured while they are read."""
    if is_export(folder):
        yield read(folder), run_of(folder), None
        return
    measures = Measures()
    with Journal(folder) as journal:
        if statistics is not None:
            company = assemble(scenario_of(journal), parameters=journal.manifest["parameters"])
            several = asked_at_once(company.scenario.graph(company.parameters))
            statistics.judges = Judges(company.scenario.roles, several)
        with closing(entries(journal, measures, statistics)) as stream:  # before the journal is
            yield stream, journal.manifest, measures


def _print(stream: Iterator[Entry], plan: Plan) -> Counts:
    """Rows, or statistics alone where they are asked for."""
    counts = Counts()
    for line in lines(stream, plan, counts):
        if plan.statistics is None:
            print(line)
    return counts


def _tell(statistics: Statistics, pictures: Path | None, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(statistics.facts(), ensure_ascii=False))
    else:
        console = Console()
        for title, columns, rows in statistics.tables():
            console.print(table(title, columns, rows))
    if pictures is not None:
        for file in plots.draw(statistics, pictures):
            print(f"{file} written", file=sys.stderr)


def _one_of(kind: str, value: str | None, known: tuple[str, ...]) -> Any:
    if value is not None and value not in known:
        raise UnknownNameError(kind, value, known)
    return value


def formats(as_json: AsJson = False) -> None:
    """List the export formats, and what a filter can ask for."""
    from maieutic.exports import quantities

    found = [catalogue.load(name) for name in catalogue.names()]
    asked = {
        **{name: meaning for name, (meaning, _) in quantities.NUMBERS.items()},
        **{f"{name} ==": meaning for name, (meaning, _) in quantities.CLASSES.items()},
        f"{quantities.META}KEY": "whatever the scenario says of the record under this key",
    }
    if as_json:
        facts = {
            name: {"summary": one.summary, "kinds": one.kinds, "lossless": one.lossless, "advice": one.advice}
            for name, one in zip(catalogue.names(), found, strict=True)
        }
        print(json.dumps({"formats": facts, "quantities": asked}, ensure_ascii=False))
        return
    console = Console()
    rows = (
        [name, one.summary, ", ".join(one.kinds), ", ".join(one.lossless) or "-"]
        for name, one in zip(catalogue.names(), found, strict=True)
    )
    console.print(
        table("formats (maieutic export RUN --as NAME)", ("name", "what", "from", "back whole"), rows)
    )
    console.print(
        table("quantities (--filter 'NAME<=VALUE', 'NAME==ONE|OTHER')", ("name", "what"), asked.items())
    )
