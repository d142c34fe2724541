"""Export: entries through steps and a format into a file, a folder or a stream of lines.

Knows nothing of runs but what it is told. One entry is in memory at a time, whatever their number; only steps that
say so keep more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maieutic import InputError, __version__
from maieutic.exports import arrow, quantities
from maieutic.exports.card import Counts, card
from maieutic.exports.entry import Entry
from maieutic.exports.format import Container, Format, Layout, Placing, Row, Unfit
from maieutic.exports.provenance import provenance
from maieutic.exports.selection import Step, through
from maieutic.exports.splits import Sides, Split
from maieutic.exports.statistics import Statistics
from maieutic.exports.write import (
    BESIDE,
    ENDS,
    MARK,
    OTHER_ENDS,
    Drafts,
    beside_of,
    finish,
    line,
    place_for,
    refuse,
    write_text,
)
from maieutic.runs import Measures


@dataclass(frozen=True)
class Plan:
    """How an export is made.

    Attributes:
        form: how records are spelled.
        out: a file (.jsonl, .parquet) or else a folder.
        steps: what entries pass through first.
        split: the sides.
        shard_rows: rows of a file, None for one file.
        container: how rows are kept; None goes by the name of the file, or by the format.
        provenance: where it goes; None goes by the format.
        force: replace what is there.
        language: of the texts.
        statistics: to be taken of all records that are written, for the card.
    """

    form: Format
    out: Path
    steps: Sequence[Step] = ()
    split: Split = field(default_factory=Split)
    shard_rows: int | None = None
    container: Container | None = None
    provenance: Placing | None = None
    force: bool = False
    language: str = "en"
    statistics: Statistics | None = None

    @property
    def folder(self) -> bool:
        """Whether a data set is written, and not a single file."""
        return self.out.suffix not in ENDS

    @property
    def kept(self) -> Container:
        """How rows are kept."""
        return self.container or ENDS.get(self.out.suffix) or self.form.container

    @property
    def placing(self) -> Placing:
        """Where provenance goes."""
        return self.provenance or self.form.provenance

    def check(self) -> None:
        """Find what cannot be done before anything is read.

        Raises:
            InputError: a file cannot hold what was asked, something is not installed, or `out` is taken.
        """
        if self.out.suffix.lower() in OTHER_ENDS and not self.out.is_dir():
            raise InputError(
                f"a file that ends in {self.out.suffix} is not written",
                file=str(self.out),
                key="--out",
                remedy="give a name in .jsonl or .parquet, or a folder",
            )
        refuse(self.out, self.force, folder=self.folder)
        if self.shard_rows is not None and self.shard_rows < 1:
            raise InputError("expected 1 row or more", key="--shard-rows")
        if not self.folder:
            if len(self.split.names) > 1 or self.shard_rows is not None:
                raise InputError(
                    "one file cannot hold splits or shards",
                    file=str(self.out),
                    remedy="give a folder as --out",
                )
            if self.kept != ENDS[self.out.suffix]:
                raise InputError(
                    f"the name says {ENDS[self.out.suffix]}, the container is {self.kept}",
                    file=str(self.out),
                    remedy="give a folder, or another container",
                )
        arrow.check(self.kept)


def spelled(entries: Iterable[Entry], plan: Plan, counts: Counts) -> Iterator[tuple[Entry, str, list[Row]]]:
    """Each entry that the steps let through, its side, and its rows; all else is counted."""

    sides = Sides(plan.split)

    def taken() -> Iterator[Entry]:
        for entry in entries:
            sides.see(entry.origin.content)
            counts.seen[entry.record.kind] += 1
            if entry.record.kind in plan.form.kinds:
                yield entry
            else:
                counts.left_out[entry.record.kind] += 1

    stream, counts.steps = through(taken(), plan.steps)
    last: dict[str, str] = {}
    for entry in stream:
        try:
            rows = list(plan.form.rows(entry))
        except Unfit as reason:
            counts.unfit[str(reason)] += 1
            continue
        side = sides.of(entry.origin.content)
        if side is None:
            counts.beyond += 1
            continue
        _count(entry, side, len(rows), counts, last)
        if plan.statistics is not None:
            plan.statistics.add(entry)
        yield entry, side, rows
    sides.check()


def _count(entry: Entry, side: str, rows: int, counts: Counts, last: dict[str, str]) -> None:
    record = entry.record
    counts.rows[side] += rows
    counts.records[f"{record.kind}/{record.purpose}"] += 1
    counts.licences[entry.origin.source, entry.origin.licence] += 1
    label = quantities.value_of("label", entry)
    if label is not None:
        counts.labels[str(label)] += 1
    for text in quantities.learnt(record):
        number, total, least, most = counts.words
        size = len(text.split())
        counts.words = (number + 1, total + size, min(least, size) if number else size, max(most, size))
    # records of a task follow each other
    if last.get(side) != record.task:
        counts.tasks[side] = counts.tasks.get(side, 0) + 1
        last[side] = record.task


def lines(entries: Iterable[Entry], plan: Plan, counts: Counts) -> Iterator[str]:
    """Rows as lines of JSON, for a stream that has one side and no place for provenance beside it."""
    inside = plan.placing == "inside"
    for entry, _, rows in spelled(entries, plan, counts):
        for row in rows:
            yield line(row | {"provenance": provenance(entry)} if inside else row)


def export(
    entries: Iterable[Entry],
    plan: Plan,
    *,
    manifest: Mapping[str, Any] | None = None,
    measures: Callable[[], Measures | None] = lambda: None,
) -> Counts:
    """Write entries as `plan` says; nothing is written where no row comes of them.

    Args:
        entries: read once, as a stream.
        plan: what, where and how.
        manifest: of the run, for the card.
        measures: of the run, asked for when all entries are read.

    Returns:
        What went through; `rows` is empty if nothing was written.

    Raises:
        InputError: `plan` cannot be done; what was at `plan.out` stays.
    """
    plan.check()
    counts = Counts()
    with place_for(plan.out, plan.force, folder=plan.folder) as draft:
        drafts = Drafts(draft.parent / "drafts", plan.shard_rows, beside=plan.placing == "beside")
        with closing(drafts):
            for entry, side, rows in spelled(entries, plan, counts):
                table = entry.record.kind if plan.form.by_kind and plan.folder else "default"
                source = provenance(entry)
                for row in rows:
                    inside = plan.placing == "inside"
                    drafts.add(table, side, row | {"provenance": source} if inside else row, source)
        if counts.rows.total():
            layout = finish(drafts, draft if plan.folder else draft.parent / "made", plan.kept, plan.out.name)
            if plan.folder:
                _describe(draft, plan, layout, counts, manifest or {}, measures())
            else:
                _single(draft, layout, plan)
    return counts


def _describe(
    folder: Path,
    plan: Plan,
    layout: Layout,
    counts: Counts,
    manifest: Mapping[str, Any],
    measures: Measures | None,
) -> None:
    texts = {
        **plan.form.files(layout),
        "README.md": card(
            plan.form,
            layout,
            counts,
            plan.split,
            manifest,
            measures,
            tables=[] if plan.statistics is None else plan.statistics.tables(),
            language=plan.language,
        ),
        MARK: json.dumps(
            {
                "maieutic": __version__,
                "format": plan.form.name,
                "provenance": plan.placing,
                "layout": layout.model_dump(mode="json"),
                "left_out": counts.report(),
                "run": manifest,
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n",
    }
    for name, text in texts.items():
        write_text(folder / name, text)


def _single(draft: Path, layout: Layout, plan: Plan) -> None:
    """One file of rows, and where provenance is beside, NAME.provenance.jsonl before it."""
    made = draft.parent / "made"
    for table in layout.tables.values():
        for folder, _ in table.values():
            if plan.placing == "beside":
                (source,) = (made / BESIDE / folder).iterdir()
                source.replace(beside_of(plan.out))
            (file,) = (made / folder).iterdir()
            file.replace(draft)
