"""Lines: a YAML text as plain values, and the line that each of them stands on.

Knows nothing of scenarios. Only what JSON has can be written: no tags, no objects, and (as in YAML 1.2) `yes`, `no`,
`on` and `off` are texts, so that they can be answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import JsonValue

from maieutic import InputError

Place = tuple[str | int, ...]  # keys and indexes from the top of the file
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
DEEPEST, LARGEST = 30, 1_000_000  # levels, and values that anchors may multiply to


@dataclass(frozen=True)
class Document:
    """What a file says.

    Attributes:
        file: its name as the user gave it.
        value: its content.
        lines: where each key or item stands, from 1.
        twice: keys that stand twice in one mapping: their place, and the line of the second.
    """

    file: str
    value: JsonValue
    lines: dict[Place, int]
    twice: tuple[tuple[Place, int], ...] = ()

    def line(self, place: Place) -> int:
        """The line of what stands at `place`, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(text: str, file: str) -> Document:
    """Read a YAML text.

    Raises:
        InputError: it is not YAML, or uses what JSON does not have; with the line.

    >>> document = read("a: 1\\nb: [no, 2.5]\\n", "x.yaml")
    >>> document.value, document.line(("b", 1))
    ({'a': 1, 'b': ['no', 2.5]}, 2)
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is not None and error.context_mark is not None and not text[mark.index :].strip():
            mark = error.context_mark  # what was never closed is better shown where it began
        raise InputError(
            f"not YAML: {error.problem or error.context}"
            + (f" at column {mark.column + 1}" if mark is not None else ""),
            file=file,
            line=None if mark is None else mark.line + 1,
            remedy="mend the indentation or the quotes there",
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0]}", file=file, remedy="mend it") from None
    if node is None:
        raise InputError("is empty", file=file, remedy="see `maieutic new scenario NAME --yaml`")
    reader = _Reader(file)
    value = reader.value(node, ())
    return Document(file, value, reader.lines, tuple(reader.twice))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file, self.count = file, 0
        self.lines: dict[Place, int] = {}
        self.twice: list[tuple[Place, int]] = []

    def value(self, node: Any, place: Place) -> JsonValue:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.count += 1
        if len(place) > DEEPEST or self.count > LARGEST:
            raise InputError("nested too deep, or too much repeated by anchors", file=self.file, line=line)
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
            what = f"tag {node.tag!r} cannot be used"
            raise InputError(what, file=self.file, line=line, remedy="write plain values")
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, number)) for number, item in enumerate(node.value)]
        found: dict[str, JsonValue] = {}
        for key, item, at in self.pairs(node):
            here = (*place, key)
            if key in found:
                self.twice.append((here, at))
                continue
            self.lines[here] = at
            found[key] = self.value(item, here)
        return found

    def pairs(self, node: Any) -> Iterator[tuple[str, Any, int]]:
        for key, item in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise InputError("a key must be a word", file=self.file, line=at, remedy="put it in quotes")
            yield str(key.value), item, at

    def scalar(self, node: Any) -> JsonValue:
        text = str(node.value)
        if node.style is not None:  # quoted, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text
