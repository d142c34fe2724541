"""Records: the rows of whatever a user's tasks come in: JSONL, CSV, Parquet, a Hugging Face data set, standard input.

Knows nothing of tasks. One row is in memory at a time (of Parquet, a batch), so that a file may be larger than memory.
"""

from __future__ import annotations

import atexit
import csv
import datetime
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from maieutic import InputError
from maieutic.worlds.row import Row, rows

HUB = "hf:"  # prefix of a data set on the hub: hf:NAME, hf:NAME:SPLIT
BATCH = 256  # rows of Parquet in memory at a time
LONGEST = 2**31 - 1  # characters in a field of CSV; the library's own limit is 128 Ki


def records(source: str | Path) -> Iterator[Row]:
    """The rows of `source`.

    Args:
        source: a file (`.csv`, `.tsv`, `.parquet`, else one JSON object a line), a folder that `datasets` saved
            (`FOLDER` or `FOLDER:SPLIT`), or `hf:NAME` or `hf:NAME:SPLIT` on the hub, which needs a network.

    Raises:
        InputError: it cannot be read, a row has no form, or a package is missing.
    """
    text = str(source)
    if text.startswith(HUB):
        return _hub(text)
    folder, _, split = text.rpartition(":") if not Path(text).exists() else (text, "", "")
    if Path(folder or text).is_dir():
        return _folder(Path(folder or text), split)
    match Path(text).suffix.lower():
        case ".csv":
            return _csv(text, ",")
        case ".tsv":
            return _csv(text, "\t")
        case ".parquet":
            return _parquet(text)
    return rows(text)


def exists(text: str) -> bool:
    """Whether `text` names something that `records` can try to read."""
    return text.startswith(HUB) or Path(text).exists() or Path(text.rpartition(":")[0] or "-").is_dir()


def spool(stream: Iterable[bytes] | None = None) -> tuple[Path, str]:
    """Standard input as a file that can be read twice, and a name that tells two inputs apart.

    Raises:
        InputError: nothing came.
    """
    seen, size = blake2b(digest_size=6), 0
    with tempfile.NamedTemporaryFile(prefix="maieutic-", suffix=".jsonl", delete=False) as file:
        atexit.register(lambda: Path(file.name).unlink(missing_ok=True))
        for line in sys.stdin.buffer if stream is None else stream:
            seen.update(line)
            size += len(line)
            file.write(line)
    if not size:
        raise InputError("nothing came", file="standard input", remedy="pipe one JSON object a line into it")
    return Path(file.name), f"standard input {seen.hexdigest()}"


def renamed(found: Iterator[Row], names: Mapping[str, str]) -> Iterator[Row]:
    """Rows with the fields that `names` gives from other keys; `a.b.0` reaches into a value.

    Raises:
        InputError: a row has no such key.
    """
    for row in found:
        yield Row(
            {**row.data, **{field: value(row, key) for field, key in names.items()}}, row.file, row.line
        )


def value(row: Row, key: str) -> Any:
    """The value under a key, or on a path of keys and numbers joined by dots.

    Raises:
        InputError: it is not there.
    """
    if key in row.data:
        return row.data[key]
    here: Any = row.data
    for part in key.split("."):
        if isinstance(here, list) and part.lstrip("-").isdecimal() and -len(here) <= int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            raise row.error(
                f"missing (the record has {', '.join(sorted(row.data)) or 'no keys'})",
                key=key,
                remedy="map the field from a key that every record has",
            )
    return here


def _csv(name: str, mark: str) -> Iterator[Row]:
    if csv.field_size_limit() < LONGEST:
        csv.field_size_limit(LONGEST)
    count = 0
    try:
        with open(name, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=mark, strict=True, restkey="\0more", restval=None)
            head = reader.fieldnames or ()
            twice = next((one for place, one in enumerate(head) if one in head[:place]), None)
            if twice is not None:
                raise InputError(
                    "two columns of that name", file=name, line=1, key=twice, remedy="rename one"
                )
            for data in reader:
                count += 1
                cells = len(head) - list(data.values()).count(None) + len(data.pop("\0more", None) or ())
                if cells != len(head):
                    raise InputError(
                        f"has {cells} cells, the header has {len(head)}",
                        file=name,
                        line=reader.line_num,
                        remedy="put texts with commas or line breaks into double quotes",
                    )
                yield Row(dict(data), name, reader.line_num)
    except csv.Error as error:
        raise InputError(
            f"not CSV: {error}", file=name, line=reader.reader.line_num, remedy="mend the quotes"
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", file=name, remedy="save it as UTF-8") from None
    except OSError as error:
        raise _unreadable(name, error) from None
    if not count:
        raise InputError("holds no record", file=name, remedy="give a header and one record a line")


def _parquet(name: str) -> Iterator[Row]:
    parquet = _package("pyarrow.parquet", "parquet", name)
    try:
        file = parquet.ParquetFile(name)
        line = 0
        for batch in file.iter_batches(batch_size=BATCH):
            for data in batch.to_pylist():
                line += 1
                yield _row(data, name, line)
    except OSError as error:
        raise _unreadable(name, error) from None
    except import_module("pyarrow").ArrowException as error:
        raise InputError(
            f"not Parquet: {str(error).splitlines()[0]}", file=name, remedy="check the file"
        ) from None
    if not line:
        raise InputError("holds no record", file=name)


def _folder(path: Path, split: str) -> Iterator[Row]:
    datasets = _package("datasets", "datasets", str(path))
    try:
        data = datasets.load_from_disk(str(path))
    except (OSError, ValueError) as error:
        raise InputError(
            f"not a saved data set: {str(error).splitlines()[0]}",
            file=str(path),
            remedy="save it by `Dataset.save_to_disk`, or give a file",
        ) from None
    if isinstance(data, dict):
        chosen = split or ("train" if "train" in data or len(data) != 1 else next(iter(data)))
        if chosen not in data:
            raise InputError(
                f"has no split {chosen!r}", file=str(path), remedy=f"write {path}:{'|'.join(sorted(data))}"
            )
        data = data[chosen]
    return (_row(one, str(path), line) for line, one in enumerate(data, start=1))


def _hub(text: str) -> Iterator[Row]:
    datasets = _package("datasets", "datasets", text)
    name, _, split = text.removeprefix(HUB).partition(":")
    try:
        data = datasets.load_dataset(name, split=split or "train", streaming=True)
    except Exception as error:  # noqa: BLE001 - the network and the hub fail in many ways
        said = (str(error).splitlines() or [""])[0]
        raise InputError(
            f"cannot be had: {type(error).__name__}: {said:.200}",
            file=text,
            remedy="check name, split and network, or save it here and give the folder",
        ) from None
    return (_row(one, text, line) for line, one in enumerate(data, start=1))


def _row(data: dict[str, Any], name: str, line: int) -> Row:
    return Row({key: _plain(one, name, line, key) for key, one in data.items()}, name, line)


def _plain(one: Any, name: str, line: int, key: str) -> Any:
    """A value as JSON has it."""
    match one:
        case None | bool() | int() | str():
            return one
        case float():
            return one if math.isfinite(one) else None
        case list() | tuple():
            return [_plain(part, name, line, key) for part in one]
        case dict():
            return {str(inner): _plain(part, name, line, key) for inner, part in one.items()}
        case datetime.datetime() | datetime.date() | datetime.time():
            return one.isoformat()
        case Decimal():
            return float(one)
    raise InputError(
        f"holds {type(one).__name__}, which is not text, number, list or table",
        file=name,
        line=line,
        key=key,
        remedy="drop the column",
    )


def _package(module: str, extra: str, name: str) -> Any:
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    try:
        return import_module(module)
    except ImportError:
        raise InputError(
            f"needs {module.partition('.')[0]}, which is not installed",
            file=name,
            remedy=f"pip install 'maieutic[{extra}]'",
        ) from None


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(f"cannot be read: {error.strerror or error}", file=name, remedy="check the path")
