"""Selection: steps that entries pass through before they are written, each of which says what it dropped and why.

Knows nothing of formats. A step takes a stream and gives a stream; those that must have seen all entries before the
first one goes on keep them in a temporary file, not in memory.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from maieutic.exports.entry import Entry


@dataclass
class Dropped:
    """What one step dropped: reason -> count, with the episodes of the first few."""

    step: str
    seen: int = 0
    kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def drop(self, entry: Entry, reason: str) -> None:
        """Count one entry."""
        self.reasons[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < 3:
            examples.append(entry.record.episode)

    def __str__(self) -> str:
        why = "; ".join(
            f"{count} {reason} (such as {self.examples[reason][0]})"
            for reason, count in self.reasons.most_common(5)
        )
        return f"{self.step}: dropped {self.seen - self.kept} of {self.seen}{': ' + why if why else ''}"


class Step(Protocol):
    """One step; `str` of it is how it is recorded."""

    def __call__(self, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
        """The entries that go on; what is dropped is told to `dropped`."""
        ...


def through(entries: Iterable[Entry], steps: Sequence[Step]) -> tuple[Iterator[Entry], list[Dropped]]:
    """Entries after all steps, in order, and what each step dropped (complete once the entries are read)."""
    stream, ledger = iter(entries), []
    for step in steps:
        dropped = Dropped(str(step))
        ledger.append(dropped)
        stream = _counted(step, stream, dropped)
    return stream, ledger


def _counted(step: Step, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
    def seen() -> Iterator[Entry]:
        for entry in entries:
            dropped.seen += 1
            yield entry

    for entry in step(seen(), dropped):
        dropped.kept += 1
        yield entry


def twice(
    entries: Iterable[Entry], look: Callable[[int, Entry], None], keep: Callable[[int, Entry], bool]
) -> Iterator[Entry]:
    """The entries that `keep` admits after `look` has seen them all; both get an entry's place and the entry."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        for place, entry in enumerate(entries):
            look(place, entry)
            spool.write(entry.model_dump_json() + "\n")
        spool.seek(0)
        for place, line in enumerate(spool):
            entry = Entry.model_validate_json(line)
            if keep(place, entry):
                yield entry
