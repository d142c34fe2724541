"""Row: one record of a user's file, read key by key; every wrong key is an error with file, line and remedy.

Knows nothing of what a record means; each world's `readers.py` does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from maieutic import InputError, Task

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """A JSON object and the place that it stands in."""

    data: dict[str, Any]
    file: str
    line: int

    def error(self, problem: str, *, key: str | None = None, remedy: str | None = None) -> InputError:
        """An error that points at this row."""
        return InputError(problem, file=self.file, line=self.line, key=key, remedy=remedy)

    def get(self, key: str, kind: type[T], *, remedy: str | None = None) -> T:
        """The value under `key`.

        Raises:
            InputError: the key is missing, or its value is not of type `kind` (a bool is not an int).
        """
        if key not in self.data:
            raise self.error(
                f"missing (the record has {', '.join(sorted(self.data)) or 'no keys'})",
                key=key,
                remedy=remedy or f"add {key!r} as {kind.__name__}",
            )
        value = self.data[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(
                f"expected {kind.__name__}, got {type(value).__name__} {value!r:.40}", key=key, remedy=remedy
            )
        return value

    def amount(self, key: str) -> str:
        """The number under `key` as text, be it written as a number or as text.

        Raises:
            InputError: it is missing, blank, endless, or neither.
        """
        value = self.data.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise self.error(f"expected a number, got {value}", key=key)
            return f"{Decimal(str(value)):f}"  # never with an exponent
        return self.text(key)

    def text(self, key: str) -> str:
        """The non-blank string under `key`."""
        value = self.get(key, str)
        if not value.strip():
            raise self.error("is blank", key=key, remedy="give it a text")
        return value

    def texts(self, key: str) -> list[str]:
        """The list of strings under `key`."""
        values: list[Any] = self.get(key, list)
        for value in values:
            if not isinstance(value, str):
                raise self.error(f"expected a list of strings, it holds {value!r:.40}", key=key)
        return values


@dataclass(frozen=True)
class Reader:
    """How one kind of record becomes a task.

    Attributes:
        name: the kind, such as `gsm8k`.
        keys: a record that has all of these is of this kind; more specific readers stand first.
        read: makes the task. Raises InputError (through the row) where a value cannot be used.
    """

    name: str
    keys: frozenset[str]
    read: Callable[[Row], Task]


def rows(path: str | Path) -> Iterator[Row]:
    """The records of a JSONL file, one at a time; blank lines are passed over.

    A file that is one JSON array is read too, whole; its records are counted from 1 as lines are.

    Raises:
        InputError: no such file, not readable, not UTF-8, a line that is not a JSON object, or no record at all.
    """
    name = str(path)
    count = 0
    try:
        with open(path, "rb") as file:
            for line, data in enumerate(file, start=1):
                if not data.strip(b" \t\r\n\xef\xbb\xbf"):
                    continue
                count += 1
                if count == 1 and data.lstrip(b" \t\xef\xbb\xbf").startswith(b"["):
                    data += file.read()
                    for place, one in enumerate(_array(data, name, line), start=1):
                        yield Row(_checked(one, name, place, _escapes(data)), name, place)
                    return
                yield Row(_object(data, name, line), name, line)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}",
            file=name,
            remedy="check the path and its permissions",
        ) from None
    if not count:
        raise InputError("holds no record", file=name, remedy="give one JSON object a line")


def _array(data: bytes, file: str, line: int) -> list[Any]:
    value = _json(data, file, line)
    if not value:
        raise InputError("holds no record", file=file, remedy="give one JSON object a line")
    return list(value)


def _object(data: bytes, file: str, line: int) -> dict[str, Any]:
    return _checked(_json(data, file, line), file, line, _escapes(data))


def _escapes(data: bytes) -> bool:
    """Whether JSON spells surrogates, halves of which are no text."""
    return b"\\ud" in data.lower()


def _json(data: bytes, file: str, line: int) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig").rstrip())
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 at byte {error.start}", file=file, line=line, remedy="save it as UTF-8"
        ) from None
    except (json.JSONDecodeError, RecursionError) as error:
        what = (
            f"{error.msg} at column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else "nested too deep"
        )
        below = error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0
        raise InputError(
            f"not JSON: {what}", file=file, line=line + below, remedy="give one JSON object a line"
        ) from None


def _checked(value: Any, file: str, line: int, escapes: bool) -> dict[str, Any]:
    """A record as it is to be: an object without what is no text."""
    if not isinstance(value, dict):
        raise InputError(
            f"expected a JSON object, got {type(value).__name__}", file=file, line=line, remedy="write {...}"
        )
    for key, one in value.items() if escapes else ():
        try:
            json.dumps([key, one], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise InputError(
                "half a surrogate pair, which is no text",
                file=file,
                line=line,
                key=ascii(key)[1:-1],
                remedy="mend the record or leave it out",
            ) from None
    return value
