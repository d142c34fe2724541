"""Card: the README.md of a data set, with the header that hubs and `datasets` read.

Knows nothing of how rows are written. Everything in it was counted or is in the run's manifest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maieutic import __version__
from maieutic.exports.format import Format, Layout
from maieutic.exports.selection import Dropped
from maieutic.exports.splits import Split
from maieutic.exports.statistics import Table
from maieutic.runs import Measures, wilson

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_ENDS = {"jsonl": "jsonl", "parquet": "parquet"}


@dataclass
class Counts:
    """What went through an export."""

    seen: Counter[str] = field(default_factory=Counter)  # records by kind
    left_out: Counter[str] = field(default_factory=Counter)  # kinds that the format does not take
    steps: list[Dropped] = field(default_factory=list)
    unfit: Counter[str] = field(default_factory=Counter)  # reasons why the format could not carry a record
    records: Counter[str] = field(default_factory=Counter)  # written, by kind and purpose
    rows: Counter[str] = field(default_factory=Counter)  # written, by split
    licences: Counter[tuple[str, str]] = field(default_factory=Counter)  # records by (source, licence)
    labels: Counter[str] = field(default_factory=Counter)
    words: tuple[int, int, int, int] = (0, 0, 0, 0)  # texts to be learned: number, sum, least, most
    tasks: dict[str, int] = field(default_factory=dict)  # tasks by split
    beyond: int = 0  # records of tasks that came when all sides were full

    def report(self) -> list[str]:
        """Lines that say what was dropped and why."""
        lines = [
            f"not for this format: {count} of kind {kind}" for kind, count in sorted(self.left_out.items())
        ]
        lines += [str(step) for step in self.steps]
        if self.beyond:
            lines.append(f"on no side: {self.beyond} records of tasks beyond the numbers of the split")
        lines += [f"cannot be carried: {count} records, {why}" for why, count in self.unfit.most_common()]
        return lines


def card(
    form: Format,
    layout: Layout,
    counts: Counts,
    split: Split,
    manifest: Mapping[str, Any],
    measures: Measures | None,
    *,
    tables: Iterable[Table] = (),
    language: str,
) -> str:
    """The text of README.md.

    Args:
        form: how records are spelled.
        layout: what was written.
        counts: what went through.
        split: how tasks were put on sides.
        manifest: of the run; empty where records came from elsewhere.
        measures: of the run.
        tables: statistics, where they were taken.
        language: of the texts, as ISO 639.
    """
    body = [
        f"# {layout.name}",
        (
            f"{sum(counts.rows.values())} rows for {form.summary}. Made by maieutic {__version__} from a run's "
            "episodes; every row names the episode and the turns that it came from."
        ),
        *_how(form),
        "## Rows",
        _table(
            ("split", "rows", "tasks"),
            ((one, counts.rows[one], counts.tasks.get(one, 0)) for one in split.names),
        ),
        (
            f"Splits: {json.dumps(split.numbers or split.shares)}, seed {split.seed}. "
            + (
                "The first tasks that gave records, whatever their kind, are dealt out by chance until the sides are full; "
                if split.numbers
                else "A task's side is drawn from the digest of what it says, "
            )
            + "so that no task, and no two tasks with the same words, are on two sides."
        ),
        _table(("record", "number"), sorted(counts.records.items())),
        *_texts(counts),
        "## What was left out",
        *([f"- {one}" for one in counts.report()] or ["Nothing."]),
        "## Sources",
        _table(
            ("source", "licence", "records"),
            ((source, licence, count) for (source, licence), count in sorted(counts.licences.items())),
        ),
        (
            "What maieutic generates carries no terms of its own; records keep the licence of the task that they were "
            "made from, which every row names."
        ),
        *_run(manifest),
        *([] if measures is None else _measured(measures)),
        *_statistics(tables),
        "## Known limits",
        (
            "The cast says who wrote the texts; those of simulated players are made from templates. Verdicts are "
            "those of the episode's own judges; the tables above say how often they were right where the truth is "
            "known."
        ),
    ]
    return f"---\n{_header(form, layout, counts, language)}---\n\n" + _joined(body) + "\n"


def _header(form: Format, layout: Layout, counts: Counts, language: str) -> str:
    total = sum(counts.rows.values())
    licences = sorted({licence for _, licence in counts.licences})
    facts: dict[str, Any] = {
        "language": [language],
        "license": licences[0].lower() if len(licences) == 1 else "other",
        **({"license_name": " and ".join(licences)} if len(licences) > 1 else {}),
        "pretty_name": layout.name,
        "size_categories": [next((name for size, name in _SIZES if total < size), "n>1M")],
        "task_categories": ["text-generation"],
        "tags": ["synthetic", "maieutic", *form.tags],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
    }
    if layout.container in _ENDS:
        facts["configs"] = [
            {
                "config_name": table,
                "data_files": [
                    {"split": split, "path": f"{folder}/*.{_ENDS[layout.container]}"}
                    for split, (folder, _) in splits.items()
                ],
            }
            for table, splits in layout.tables.items()
        ]
        facts["dataset_info"] = [
            {"config_name": table, "features": columns} for table, columns in layout.features.items()
        ]
    # a JSON value is a YAML value
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in facts.items())


def _how(form: Format) -> Iterable[str]:
    if form.advice:
        yield f"To be read with: {form.advice}."


def _texts(counts: Counts) -> Iterable[str]:
    number, total, least, most = counts.words
    if number:
        yield f"Words of a text to be learned: {total / number:.1f} on average, {least} to {most}."
    if counts.labels:
        yield _table(("label", "number"), sorted(counts.labels.items()))


def _run(manifest: Mapping[str, Any]) -> Iterable[str]:
    if manifest:
        yield "## How it was made"
        facts = [
            (name, manifest[name]) for name in ("scenario", "seed", "tasks", "maieutic") if name in manifest
        ]
        yield _table(("of the run", ""), facts)
        for title in ("parameters", "cast"):
            yield _table(
                (title[:-1] if title == "parameters" else "seat", ""), (manifest.get(title) or {}).items()
            )


def _measured(measures: Measures) -> Iterable[str]:
    if measures.decisions:
        yield "## Decisions against the known truth"
        yield _table(
            ("decision", "n", "precision", "recall", "accuracy"),
            (
                (kind, one.n, *(_share(*share) for share in (one.precision, one.recall, one.accuracy)))
                for kind, one in sorted(measures.decisions.items())
            ),
        )
    if measures.scores:
        yield "## Scores, mean over episodes"
        yield _table(
            ("score", "mean", "95 %"),
            (
                (name, f"{mean:.3f}", f"± {half:.3f}")
                for name in sorted(measures.scores)
                for mean, half in (measures.mean(name),)
            ),
        )


def _statistics(tables: Iterable[Table]) -> Iterable[str]:
    for title, columns, rows in tables:
        yield f"## Statistics: {title}"
        yield _table(columns, rows)


def _share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits / n:.2f} ({low:.2f}-{high:.2f})" if n else "-"


def _table(titles: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    rows = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    rows += [f"| {' | '.join(_cell(one) for one in line)} |" for line in lines]
    return "\n".join(rows)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _joined(parts: Sequence[str]) -> str:
    """Paragraphs, with items of a list on lines that follow each other."""
    text = ""
    for before, part in zip(["", *parts], parts, strict=False):
        gap = "" if not text else "\n" if part.startswith("- ") and before.startswith("- ") else "\n\n"
        text += gap + part
    return text
