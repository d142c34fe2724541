"""Format: one way to spell records for a trainer.

Knows nothing of files. A format is one value, made in one small file; what it says of a record are the fields that
the trainer reads, and provenance is put beside them by whoever writes. `maieutic.exports.catalogue` finds formats
by entry point, anybody's like the built-in ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from maieutic import Frozen, Record
from maieutic.exports.entry import Entry

KINDS = ("dialogue", "pair", "judged", "stepwise")  # of records
Row = dict[str, Any]
Container = Literal["jsonl", "parquet", "datasets"]
Placing = Literal["inside", "beside", "none"]


class Unfit(Exception):
    """A record that a format cannot carry; the message says why, in words that many records share."""


class Layout(Frozen):
    """What was written: for each table and each of its splits, the folder and the number of rows.

    Attributes:
        name: of the data set.
        container: how rows are kept.
        tables: table -> split -> (folder relative to the data set, rows). Formats that keep all records in one
            table call it `default`.
        features: table -> its columns and their types, as data-set cards spell them.
    """

    name: str
    container: Container
    tables: dict[str, dict[str, tuple[str, int]]]
    features: dict[str, list[dict[str, Any]]] = {}


def _no_files(layout: Layout) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Format:
    """One way to spell records.

    Attributes:
        name: as typed after `--as`.
        summary: one line.
        kinds: the kinds of records that it takes; others are left out.
        rows: the fields of the rows that a record becomes; raises `Unfit` where it cannot be carried.
        read: from the fields of one row and its provenance back to the record; None where there is no way back.
        lossless: the kinds of which every row gives its record back whole.
        provenance: where it goes by default: in a column `provenance`, or, for readers that refuse columns that
            they do not know, in a file beside.
        container: how rows are kept by default.
        by_kind: a table for each kind of record, since their columns differ.
        files: further files of a data set, such as the description that a trainer wants: name -> text.
        tags: for the data-set card.
        least: rows below which the reader refuses the file.
        advice: one line for the card: how the trainer is told to read it.
    """

    name: str
    summary: str
    kinds: tuple[str, ...]
    rows: Callable[[Entry], Iterable[Row]]
    read: Callable[[Row, Row], Record] | None = None
    lossless: tuple[str, ...] = ()
    provenance: Placing = "inside"
    container: Container = "jsonl"
    by_kind: bool = False
    files: Callable[[Layout], Mapping[str, str]] = _no_files
    tags: tuple[str, ...] = ()
    least: int = 1
    advice: str = ""
