"""Arrow: drafts in JSON lines made into Parquet, or into a data set of `datasets` on disk.

Knows nothing of records. The one place that imports pyarrow and datasets, which the extra `data` brings. Columns
are found by reading the drafts once and written by reading them again, a batch in memory at a time. Objects of no
fixed shape (`meta`, a call's `arguments`, a cast) are columns of JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from maieutic import InputError, canonical
from maieutic.exports.features import FREE
from maieutic.exports.format import Row
from maieutic.exports.provenance import SAMPLE

BATCH = 1000


def _missing(name: str) -> InputError:
    return InputError(f"{name} is not installed", remedy="pip install 'maieutic[data]'")


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise _missing("pyarrow") from None
    return pyarrow


def _datasets() -> Any:
    # this is local work: no look-up on a hub, and no bar for each file
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import datasets
    except ImportError:
        raise _missing("datasets") from None
    return datasets


def check(container: str) -> None:
    """See that what a container needs is installed.

    Raises:
        InputError: it is not; says what to install.
    """
    if container in ("parquet", "datasets"):
        _arrow()
    if container == "datasets":
        _datasets()


def schema_of(drafts: Iterable[Path]) -> Any:
    """The columns that hold every row of `drafts` (JSON lines).

    Raises:
        InputError: a column holds values of two types.
    """
    pa = _arrow()
    found = pa.schema([])
    for draft in drafts:
        for number, batch in enumerate(_batches(draft)):
            try:
                table = pa.Table.from_pylist(batch, schema=None)
                # from_pylist takes its columns from the first row
                names = list(dict.fromkeys(name for row in batch for name in row))
                if names != table.column_names:
                    table = pa.table({name: pa.array([row.get(name) for row in batch]) for name in names})
                known = [_sample(pa)] if "provenance" in names else []
                found = pa.unify_schemas([found, table.schema, *known], promote_options="permissive")
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                first = number * BATCH + 1
                raise InputError(
                    f"rows {first} to {first + len(batch) - 1} share no type with those before: {error}",
                    file=draft.name,
                    remedy="use the container jsonl",
                ) from None
    return pa.schema([pa.field(field.name, _typed(pa, field.type, "")) for field in found])


def _sample(pa: Any) -> Any:
    return pa.Table.from_pylist([_free_as_text({"provenance": SAMPLE})]).schema


def _typed(pa: Any, kind: Any, name: str, free: bool = False) -> Any:
    """The type, with nothing-types as text, and with free objects as JSON where `free`."""
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(one.name, _typed(pa, one.type, one.name, free)) for one in kind])
    if pa.types.is_list(kind):
        return pa.list_(_typed(pa, kind.value_type, "", free))
    if pa.types.is_null(kind):
        return pa.string()
    return pa.json_() if free and name in FREE and pa.types.is_string(kind) else kind


def to_parquet(draft: Path, out: Path, schema: Any) -> None:
    """Write the rows of a draft as Parquet with these columns."""
    pa = _arrow()
    free = pa.schema([pa.field(one.name, _typed(pa, one.type, one.name, free=True)) for one in schema])
    with pa.parquet.ParquetWriter(out, free) as writer:
        for batch in _batches(draft):
            rows = [{one.name: _filled(pa, row.get(one.name), one.type) for one in schema} for row in batch]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema).cast(free))


def _filled(pa: Any, value: Any, kind: Any) -> Any:
    """The value, with an empty list for each missing one: `datasets` cannot size missing lists that hold JSON."""
    if pa.types.is_list(kind):
        return [_filled(pa, one, kind.value_type) for one in value or ()]
    if pa.types.is_struct(kind) and value is not None:
        return {one.name: _filled(pa, value.get(one.name), one.type) for one in kind}
    return value


def to_datasets(splits: Mapping[str, list[Path]], out: Path, cache: Path) -> None:
    """Write splits, each given as Parquet files, as a `DatasetDict` on disk."""
    datasets = _datasets()
    shown = datasets.utils.logging.is_progress_bar_enabled()
    datasets.utils.logging.disable_progress_bar()
    try:
        whole = datasets.DatasetDict()
        for split, files in splits.items():
            names = [str(file) for file in files]
            whole[split] = datasets.Dataset.from_parquet(names, split=split, cache_dir=str(cache))
        counts = {split: len(files) for split, files in splits.items()}
        whole.save_to_disk(str(out), num_shards=counts)
    finally:
        if shown:
            datasets.utils.logging.enable_progress_bar()


def dataset_of(rows: list[Row]) -> Any:
    """Rows as a `datasets.Dataset` in memory, with the columns of all of them.

    Raises:
        InputError: something is not installed, or a column holds values of two types.
    """
    pa, datasets = _arrow(), _datasets()
    names = list(dict.fromkeys(name for row in rows for name in row))
    try:
        table = pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"the rows share no columns: {error}") from None
    schema = pa.schema([pa.field(one.name, _typed(pa, one.type, "")) for one in table.schema])
    return datasets.Dataset(table.cast(schema))


def rows_of_parquet(file: Path) -> Iterator[Row]:
    """The rows of a Parquet file; objects of no fixed shape come as JSON text."""
    pa = _arrow()
    for batch in pa.parquet.ParquetFile(file).iter_batches(batch_size=BATCH):
        yield from batch.to_pylist()


def rows_of_datasets(folder: Path) -> Iterator[Row]:
    """The rows of one split of a data set on disk; objects of no fixed shape come as JSON text."""
    # read as Arrow: the library's own reader of JSON rounds numbers
    whole = _datasets().Dataset.load_from_disk(str(folder)).with_format("arrow")
    for table in whole.iter(batch_size=BATCH):
        yield from table.to_pylist()


def _batches(draft: Path) -> Iterator[list[Row]]:
    with open(draft, encoding="utf-8") as lines:
        while batch := [_free_as_text(json.loads(line)) for line in islice(lines, BATCH)]:
            yield batch


def _free_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: canonical(one).decode() if name in FREE and isinstance(one, dict) else _free_as_text(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_free_as_text(one) for one in value]
    return value
