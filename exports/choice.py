"""Choice: one pair of each prompt, and as many of each class.

Knows nothing of formats. Both must have seen every entry before the first one goes on.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from maieutic import Frozen, InputError, Pair, UnknownNameError, digest, rng
from maieutic.exports import quantities
from maieutic.exports.entry import Entry
from maieutic.exports.selection import Dropped, twice


class OnePerPrompt(Frozen):
    """Of the pairs with the same prompt, the one whose verdicts differ most; the first of equals. Other kinds go on."""

    def __str__(self) -> str:
        return "one pair per prompt"

    def __call__(self, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
        """The best pair of each prompt, where it stood."""
        best: dict[str, tuple[float, int]] = {}

        def look(place: int, entry: Entry) -> None:
            if isinstance(entry.record, Pair):
                margin = entry.record.chosen_verdict - entry.record.rejected_verdict
                name = _prompt(entry.record)
                if name not in best or margin > best[name][0]:
                    best[name] = (margin, place)

        def keep(place: int, entry: Entry) -> bool:
            if not isinstance(entry.record, Pair) or best[_prompt(entry.record)][1] == place:
                return True
            dropped.drop(entry, "another pair of the same prompt was judged further apart, or came first")
            return False

        return twice(entries, look, keep)


def _prompt(pair: Pair) -> str:
    return digest([message.model_dump(mode="json", exclude={"train"}) for message in pair.prompt])


class Balance(Frozen):
    """As many entries of each class as of the smallest, drawn by the seed.

    Attributes:
        by: a class quantity (`label`, `purpose`, ...) or `meta.KEY`.
        seed: of the draw.
    """

    by: str
    seed: int = 0

    def __str__(self) -> str:
        return f"balance {self.by} (seed {self.seed})"

    def __call__(self, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
        """The entries drawn, in order; those of no class are dropped."""
        draws: dict[str, array[float]] = {}
        bounds: dict[str, float] = {}

        def look(place: int, entry: Entry) -> None:
            name = self._class(entry)
            if name is not None:
                draws.setdefault(name, array("d")).append(self._draw(place))

        def keep(place: int, entry: Entry) -> bool:
            if not bounds and draws:
                size = min(map(len, draws.values()))
                bounds.update((name, sorted(drawn)[size - 1]) for name, drawn in draws.items())
            name = self._class(entry)
            if name is None:
                dropped.drop(entry, f"{entry.record.kind} without {self.by}")
                return False
            if self._draw(place) <= bounds[name]:
                return True
            dropped.drop(entry, f"{self.by} {name} beyond the size of the smallest class")
            return False

        return twice(entries, look, keep)

    def _class(self, entry: Entry) -> str | None:
        value = quantities.value_of(self.by, entry)
        return None if value is None else str(value)

    def _draw(self, place: int) -> float:
        return rng(self.seed, "balance", place).random()


def parse_balance(name: str, seed: int) -> Balance:
    """Read the name of a class.

    Raises:
        UnknownNameError: no class of that name.
        InputError: it is a number.
    """
    if name in quantities.NUMBERS:
        raise InputError(f"{name} is a number, not a class", key="--balance")
    if not name.startswith(quantities.META) and name not in quantities.CLASSES:
        raise UnknownNameError("class", name, [*quantities.CLASSES, f"{quantities.META}KEY"])
    return Balance(by=name, seed=seed)
