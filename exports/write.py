"""Write: rows into a file or a folder, whole or not at all.

Knows nothing of records. Everything is written under a temporary name beside the final one and renamed when it is
complete, so that nobody ever finds half a file under a final name.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from maieutic import InputError
from maieutic.exports import arrow
from maieutic.exports.features import Shape, columns
from maieutic.exports.format import Container, Layout, Row
from maieutic.exports.provenance import SAMPLE

MARK = "export.json"  # what a folder holds that an export made
BESIDE = "provenance"  # the folder for provenance that is not in the rows
ENDS: Mapping[str, Container] = {".jsonl": "jsonl", ".parquet": "parquet"}  # of single files
# endings by which somebody means a file that is not written here
OTHER_ENDS = frozenset(
    {".arrow", ".csv", ".gz", ".json", ".ndjson", ".tsv", ".txt", ".xz", ".yaml", ".zip", ".zst"}
)


def write_text(file: Path, text: str) -> None:
    """Write a whole text file, durably."""
    with open(file, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def beside_of(file: Path) -> Path:
    """Where the provenance of a single file's rows is kept."""
    return file.with_suffix(".provenance.jsonl")


def line(row: Row) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


@contextmanager
def place_for(out: Path, force: bool, *, folder: bool) -> Iterator[Path]:
    """A name for a temporary file or folder, which becomes `out` when the block ends well; else nothing is left.

    What else the block leaves in the same folder is removed.

    Raises:
        InputError: `out` exists and `force` is not given, a folder to be replaced was made by no export, or the
            place cannot be written.
    """
    refuse(out, force, folder=folder)
    draft: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        draft = home / out.name
        yield draft
        if draft.exists():
            refuse(out, force, folder=folder)
            if folder and out.exists():
                out.rename(home / "old")
            draft.replace(out)
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", file=str(out), remedy="give another --out"
        ) from None
    finally:
        if draft is not None:
            shutil.rmtree(draft.parent, ignore_errors=True)


def refuse(out: Path, force: bool, *, folder: bool) -> None:
    """See that `out` may be written.

    Raises:
        InputError: as `place_for`.
    """
    if not out.exists() or (folder and out.is_dir() and not any(out.iterdir())):
        return
    if folder != out.is_dir():
        what = "a file" if folder else "a folder"
        raise InputError(f"is {what}", file=str(out), key="--out", remedy="give another --out")
    if not force:
        raise InputError(
            "exists already", file=str(out), key="--out", remedy="give another --out, or --force"
        )
    if folder and not (out / MARK).exists():
        raise InputError(
            f"was made by no export (it has no {MARK}), and is not replaced", file=str(out), key="--out"
        )


class Drafts:
    """Rows in JSON lines below a folder: TABLE/SPLIT/00000.jsonl, ..., a new file after `shard_rows` rows.

    A data set of one table has no folder for it. Provenance that is not in the rows lies below the folder
    `provenance` under the same names, line by line.
    """

    def __init__(self, folder: Path, shard_rows: int | None, *, beside: bool) -> None:
        self.folder, self.shard_rows, self.beside = folder, shard_rows, beside
        self.counts: dict[str, dict[str, int]] = {}
        self.shapes: dict[str, Shape] = {}
        self._open: dict[tuple[str, str], list[IO[str]]] = {}

    def add(self, table: str, split: str, row: Row, provenance: Row) -> None:
        """Write one row."""
        if table not in self.shapes:
            self.shapes[table] = Shape()
            if "provenance" in row:
                self.shapes[table].add({**row, "provenance": SAMPLE})  # the order of columns is the row's
        self.shapes[table].add(row)
        splits = self.counts.setdefault(table, {})
        count = splits.get(split, 0)
        if count == 0 or (self.shard_rows and count % self.shard_rows == 0):
            self._next(table, split, count // self.shard_rows if self.shard_rows else 0)
        splits[split] = count + 1
        files = self._open[table, split]
        files[0].write(line(row) + "\n")
        if self.beside:
            files[1].write(line(provenance) + "\n")

    def _next(self, table: str, split: str, shard: int) -> None:
        for file in self._open.pop((table, split), ()):
            _close(file)
        homes = [
            self.folder / table / split,
            *([self.folder / BESIDE / table / split] if self.beside else []),
        ]
        for home in homes:
            home.mkdir(parents=True, exist_ok=True)
            self._open.setdefault((table, split), []).append(
                open(home / f"{shard:05d}.jsonl", "w", encoding="utf-8")  # noqa: SIM115 - open until the last row
            )

    def close(self) -> None:
        """Make all files durable."""
        for files in self._open.values():
            for file in files:
                _close(file)
        self._open.clear()


def _close(file: IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def finish(drafts: Drafts, folder: Path, container: Container, name: str) -> Layout:
    """Make drafts into what the container wants, in `folder`.

    Returns:
        What was written.

    Raises:
        InputError: the rows do not fit the container, or what it needs is not installed.
    """
    drafts.close()
    lone = len(drafts.counts) == 1
    tables: dict[str, dict[str, tuple[str, int]]] = {}
    for table, counts in sorted(drafts.counts.items()):
        home = folder if lone else folder / table
        splits = {split: sorted((drafts.folder / table / split).iterdir()) for split in counts}
        if container == "jsonl":
            for split, files in splits.items():
                _move(files, home / split, "jsonl", lambda one, other: one.rename(other))
        else:
            schema = arrow.schema_of(file for files in splits.values() for file in files)
            made = home if container == "parquet" else drafts.folder / "parquet" / table

            def convert(one: Path, other: Path, schema: Any = schema) -> None:
                arrow.to_parquet(one, other, schema)

            for split, files in splits.items():
                _move(files, made / split, "parquet", convert)
            if container == "datasets":
                parts = {split: sorted((made / split).iterdir()) for split in splits}
                arrow.to_datasets(parts, home, drafts.folder / "cache")
        for split in splits if drafts.beside else ():
            beside = sorted((drafts.folder / BESIDE / table / split).iterdir())
            _move(
                beside,
                folder / BESIDE / (home / split).relative_to(folder),
                "jsonl",
                lambda a, b: a.rename(b),
            )
        tables["default" if lone else table] = {
            split: ((home / split).relative_to(folder).as_posix(), count) for split, count in counts.items()
        }
    features = {"default" if lone else table: columns(shape) for table, shape in drafts.shapes.items()}
    return Layout(name=name, container=container, tables=tables, features=features)


def _move(files: list[Path], home: Path, end: str, make: Callable[[Path, Path], Any]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(files):
        make(file, home / f"{number:05d}-of-{len(files):05d}.{end}")
