"""Read: what an export wrote, as entries again.

Knows nothing of how rows came about. A format gives back the records of the kinds that it carries whole
(`Format.lossless`); of other kinds there is no way back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maieutic import InputError
from maieutic.exports import arrow
from maieutic.exports.catalogue import load
from maieutic.exports.entry import Entry
from maieutic.exports.format import Container, Format, Layout, Row
from maieutic.exports.provenance import origin_of
from maieutic.exports.write import BESIDE, ENDS, MARK, beside_of


def entry_of(form: Format, row: Row, provenance: Row) -> Entry | None:
    """The entry behind a row, None where its kind is not carried whole.

    Args:
        form: how the row is spelled.
        row: its fields.
        provenance: as `maieutic.exports.provenance` spelled it.
    """
    if form.read is None or provenance["kind"] not in form.lossless:
        return None
    return Entry(record=form.read(row, provenance), origin=origin_of(provenance))


def read(place: Path, form: Format | None = None) -> Iterator[Entry]:
    """The entries of an exported folder or file, in the order in which they were written.

    Args:
        place: a folder that an export made, or a single file.
        form: how a single file is spelled; a folder says itself.

    Raises:
        InputError: no export there, provenance was not kept, or a row is damaged.
    """
    if place.is_dir():
        form, placing, layout, _ = _described(place)
        for splits in layout.tables.values():
            for folder, _ in splits.values():
                beside = place / BESIDE / folder if placing == "beside" else None
                yield from _entries(form, _rows(place / folder, layout.container), beside)
        return
    if form is None or place.suffix not in ENDS:
        raise InputError(
            "is no folder that an export made", file=str(place), remedy="say the format of a file"
        )
    beside = beside_of(place)
    yield from _entries(form, _rows(place, ENDS[place.suffix]), beside if beside.exists() else None)


def _entries(form: Format, rows: Iterator[Row], beside: Path | None) -> Iterator[Entry]:
    sources = None if beside is None else _rows(beside, "jsonl")
    for number, row in enumerate(rows, start=1):
        provenance = row.pop("provenance", None) if sources is None else next(sources, None)
        if provenance is None:
            raise InputError(
                f"row {number} has no provenance",
                remedy="export it again, with --provenance inside or beside",
            )
        try:
            entry = entry_of(form, row, provenance)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            what = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            raise InputError(f"row {number} is not one of format {form.name} ({what})") from None
        if entry is not None:
            yield entry


def is_export(place: Path) -> bool:
    """Whether `place` is a folder that an export made."""
    return (place / MARK).is_file()


def run_of(folder: Path) -> dict[str, Any]:
    """The manifest of the run that an exported folder was made from.

    Raises:
        InputError: no export there, or its format has no way back to records.
    """
    form, placing, _, run = _described(folder)
    if not form.lossless or placing == "none":
        why = (
            f"format {form.name} keeps too little of them"
            if not form.lossless
            else "their provenance was left out"
        )
        raise InputError(
            f"records cannot be read back, {why}", file=str(folder), remedy="export the run itself"
        )
    return run


def _described(folder: Path) -> tuple[Format, str, Layout, dict[str, Any]]:
    file = folder / MARK
    try:
        facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        layout = Layout.model_validate(facts["layout"])
        return load(facts["format"]), facts["provenance"], layout, dict(facts["run"])
    except OSError:
        raise InputError("no export there", file=str(file)) from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"damaged ({type(error).__name__})", file=str(file)) from None


def _rows(place: Path, container: Container) -> Iterator[Row]:
    if container == "datasets":
        yield from arrow.rows_of_datasets(place)
        return
    for file in sorted(place.iterdir()) if place.is_dir() else [place]:
        if container == "parquet":
            yield from arrow.rows_of_parquet(file)
            continue
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise InputError(f"not JSON: {error.msg}", file=str(file), line=number) from None
