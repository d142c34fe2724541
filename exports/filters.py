"""Filters: comparisons over the quantities of a record, such as `length<=512`.

Knows nothing of formats, and evaluates nothing but its own small grammar: NAME OPERATOR VALUE, where values may be
joined by `|` after == and !=.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from maieutic import Frozen, InputError, UnknownNameError
from maieutic.exports import quantities
from maieutic.exports.entry import Entry
from maieutic.exports.selection import Dropped

_GRAMMAR = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(<=|>=|==|!=|<|>)\s*(.*?)\s*", re.DOTALL)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
)


class Filter(Frozen):
    """Keeps the entries for which the comparison holds; those that have no such quantity are dropped as well."""

    name: str
    operator: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}{self.operator}{'|'.join(self.values)}"

    def holds(self, value: quantities.Value) -> bool:
        """Whether `value` (not None) satisfies the comparison."""
        if self.operator in _COMPARE:
            return isinstance(value, float) and _COMPARE[self.operator](value, float(self.values[0]))
        same = any(value == (_number(one) if isinstance(value, float) else one) for one in self.values)
        return same == (self.operator == "==")

    def __call__(self, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
        """The entries for which it holds."""
        for entry in entries:
            value = quantities.value_of(self.name, entry)
            if value is None:
                dropped.drop(entry, f"{entry.record.kind} without {self.name}")
            elif self.holds(value):
                yield entry
            else:
                dropped.drop(entry, f"{entry.record.kind} otherwise")


def parse_filter(text: str) -> Filter:
    """Read `NAME OPERATOR VALUE`.

    Raises:
        InputError: another form, or a comparison that the quantity does not allow.
        UnknownNameError: no quantity of that name.
    """
    found = _GRAMMAR.fullmatch(text)
    if found is None or not found[3]:
        raise InputError(
            f"expected NAME OPERATOR VALUE, got {text!r}",
            key="--filter",
            remedy=f"operators are <= >= == != < >, names {', '.join(quantities.known())}",
        )
    name, sign, value = found.groups()
    meta = name.startswith(quantities.META) and len(name) > len(quantities.META)
    if not meta and name not in quantities.NUMBERS and name not in quantities.CLASSES:
        raise UnknownNameError("quantity", name, quantities.known())
    if name in quantities.CLASSES and sign in _COMPARE:
        raise InputError(f"{name} is a name, not a number: compare it by == or !=", key="--filter")
    values = (value,) if sign in _COMPARE else tuple(one.strip() for one in value.split("|"))
    if (sign in _COMPARE or name in quantities.NUMBERS) and any(_number(one) is None for one in values):
        raise InputError(f"expected a number after {name}{sign}, got {value!r}", key="--filter")
    return Filter(name=name, operator=sign, values=values)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number  # which compares to nothing
