"""Plain: records as they are, as lines of JSON, in Parquet, or as a data set of `datasets` on disk.

Knows nothing of trainers. These carry everything, for those who go on with records in their own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from maieutic import Record
from maieutic.exports.entry import Entry
from maieutic.exports.format import KINDS, Format, Row
from maieutic.exports.provenance import as_object
from maieutic.records import record_adapter


def rows(entry: Entry) -> Iterator[Row]:
    """The record itself."""
    yield entry.record.model_dump(mode="json")


def read(row: Row, provenance: Row) -> Record:
    """The record again; columns of other kinds, which a table of mixed kinds fills with nothing, are passed over."""
    fields = {name: value for name, value in row.items() if value is not None and value != []}
    fields["meta"] = as_object(fields.get("meta", {}))
    for one in ("prompt", "messages"):
        if one in fields:
            fields[one] = [_message(message) for message in fields[one]]
    if "tools" in fields:
        fields["tools"] = [tool | {"parameters": as_object(tool["parameters"])} for tool in fields["tools"]]
    return record_adapter.validate_python(fields)


def _message(row: Row) -> Row:
    calls = [call | {"arguments": as_object(call["arguments"])} for call in row.get("calls") or ()]
    return {name: value for name, value in row.items() if value is not None} | {"calls": calls}


JSONL = Format(
    name="jsonl",
    summary="records as they are, one JSON object a line",
    kinds=KINDS,
    rows=rows,
    read=read,
    lossless=KINDS,
    by_kind=True,
)
PARQUET = replace(JSONL, name="parquet", summary="records as they are, in Parquet", container="parquet")
DATASETS = replace(
    JSONL,
    name="datasets",
    summary="records as they are, as a data set of `datasets` on disk",
    container="datasets",
)
