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

HUB = "hf:"  # prefix of a data set on the hub: hf:NAME, hf:NAME:SPLIT, hf:NAME:CONFIG:SPLIT
BATCH = 256  # rows of Parquet in memory at a time
LONGEST = 2**31 - 1  # characters in a field of CSV; the library's own limit is 128 Ki


def records(source: str | Path) -> Iterator[Row]:
    """The rows of `source`.

    Args:
        source: a file (`.csv`, `.tsv`, `.parquet`, else one JSON object a line), the folder of a data set, saved by
            `datasets` or as it lies on the hub, or `hf:NAME` on the hub, which needs a network. The last two may be
            followed by `:SPLIT` or `:CONFIG:SPLIT`.

    Raises:
        InputError: it cannot be read, a row has no form, or a package is missing.
    """
    text = str(source)
    if text.startswith(HUB):
        return _hub(text)
    folder, config, split = _parts(text)
    if Path(folder).is_dir():
        return _folder(folder, config, split)
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
    return text.startswith(HUB) or Path(text).exists() or Path(_parts(text)[0]).is_dir()


def _parts(text: str) -> tuple[str, str, str]:
    """Folder, configuration and split of `FOLDER`, `FOLDER:SPLIT` or `FOLDER:CONFIG:SPLIT`; else the whole text."""
    for cuts in range(0 if Path(text).is_file() else 3):
        folder, *rest = text.rsplit(":", cuts)
        if len(rest) == cuts and folder and Path(folder).is_dir():
            return folder, rest[0] if cuts == 2 else "", rest[-1] if rest else ""
    return text, "", ""


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
                        f"has {cells} cell{'s' * (cells != 1)}, the header has {len(head)}",
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


def _folder(folder: str, config: str, split: str) -> Iterator[Row]:
    """A data set in a folder: saved by `datasets`, or files (and perhaps a card) as a clone of the hub has them."""
    datasets = _package("datasets", "datasets", folder)
    if not any((Path(folder) / name).exists() for name in ("dataset_dict.json", "state.json")):
        return _described(datasets, folder, folder, config, split)
    if config:
        raise InputError(
            f"a saved data set has no configuration {config!r}", file=folder, remedy=f"write {folder}:{split}"
        )
    try:
        data = datasets.load_from_disk(folder)
    except Exception as error:  # noqa: BLE001 - each way of being damaged is an error of its own
        raise InputError(
            f"not a saved data set: {_said(error)}", file=folder, remedy="save it again, or give a file"
        ) from None
    if isinstance(data, dict):
        chosen = split or ("train" if "train" in data or len(data) != 1 else next(iter(data)))
        if chosen not in data:
            raise InputError(
                f"has no split {chosen!r}", file=folder, remedy=f"write {folder}:{'|'.join(sorted(data))}"
            )
        data = data[chosen]
    return _each(data, folder)


def _hub(text: str) -> Iterator[Row]:
    datasets = _package("datasets", "datasets", text)
    name, *rest = text.removeprefix(HUB).split(":")
    if not name or len(rest) > 2:
        raise InputError(
            "names no data set", file=text, remedy="write hf:NAME, hf:NAME:SPLIT or hf:NAME:CONFIG:SPLIT"
        )
    return _described(datasets, name, text, rest[0] if len(rest) == 2 else "", rest[-1] if rest else "")


def _described(datasets: Any, name: str, shown: str, config: str, split: str) -> Iterator[Row]:
    """The rows of a data set that its files or its card describe, as a stream."""
    try:
        found = datasets.load_dataset(name, config or None, streaming=True)
    except Exception as error:  # noqa: BLE001 - folders, the network and the hub fail in many ways
        raise InputError(
            f"cannot be had as a data set: {type(error).__name__}: {_said(error)}",
            file=shown,
            remedy="check name, configuration and split (NAME:CONFIG:SPLIT), and the network for one of the hub",
        ) from None
    chosen = split or ("train" if "train" in found or len(found) != 1 else next(iter(found)))
    if chosen not in found:
        raise InputError(
            f"has no split {chosen!r}", file=shown, remedy=f"it has {', '.join(sorted(map(str, found)))}"
        )
    return _each(found[chosen], shown)


def _each(data: Iterable[dict[str, Any]], name: str) -> Iterator[Row]:
    line = 0
    try:
        for line, one in enumerate(data, start=1):
            yield _row(one, name, line)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - a file that is damaged further down, or a network that goes away
        raise InputError(
            f"breaks off: {type(error).__name__}: {_said(error)}",
            file=name,
            line=line + 1,
            remedy="check the files, or the network for one of the hub",
        ) from None
    if not line:
        raise InputError("holds no record", file=name)


def _said(error: Exception) -> str:
    """What an error of a library says first; its second line often names what there is."""
    return " ".join(line.strip() for line in str(error).splitlines()[:2])[:300]


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
