"""Statistics: what a set of records and the judges behind it are like, in numbers and as plain tables.

Knows nothing of drawing. One number is kept for each quantity of each record; quantiles are exact. Shares come with
their 95 % Wilson interval.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from maieutic import Episode, Pair
from maieutic.exports import quantities
from maieutic.exports.agreement import cohen_kappa
from maieutic.exports.entry import Entry
from maieutic.exports.judges import Judges, View
from maieutic.runs import wilson
from maieutic.runs.agreement import Against, hold
from maieutic.scenarios import Decision

CLASSES = ("label", "scenario", "source", "licence")
QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)


class Table(NamedTuple):
    """A table of short cells."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of sorted numbers, between neighbours by their distance (Hyndman and Fan 1996, type 7).

    >>> quantile([1, 2, 4], 0.5), quantile([1, 2, 4], 0.75)
    (2.0, 3.0)
    """
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass
class Statistics:
    """Taken one record at a time.

    Attributes:
        numbers: (group, quantity) -> its values; a group is a kind of record and its purpose.
        classes: (group, class) -> value -> records.
        longer: group -> pairs whose chosen text has more words: (hits, pairs of unequal length).
        judges: what the judges of the run said, if it was asked.
        truths: kind of decision -> how far what was said agrees with what is true.
    """

    numbers: dict[tuple[str, str], array[float]] = field(default_factory=dict)
    classes: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    longer: dict[str, tuple[int, int]] = field(default_factory=dict)
    judges: Judges | None = None
    truths: dict[str, Against] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Count one record."""
        record = entry.record
        group = f"{record.kind}/{record.purpose}"
        for name in quantities.NUMBERS:
            value = quantities.value_of(name, entry)
            if isinstance(value, float):
                self.numbers.setdefault((group, name), array("d")).append(value)
        for name in CLASSES:
            found = quantities.value_of(name, entry)
            if found is not None:
                self.classes[group, name][str(found)] += 1
        if isinstance(record, Pair):
            more = len(record.chosen.split()) - len(record.rejected.split())
            if more:
                hits, n = self.longer.get(group, (0, 0))
                self.longer[group] = (hits + (more > 0), n + 1)

    @property
    def curious(self) -> bool:
        """Whether `look` wants to know what was shown."""
        return self.judges is not None and self.judges.curious

    def look(
        self, episode: Episode, decisions: Iterable[Decision], shown: Mapping[str, View] | None = None
    ) -> None:
        """Count what the judges of one episode said.

        Args:
            episode: the episode.
            decisions: what it decided.
            shown: event id -> what its player was shown, where it is `curious`.
        """
        if self.judges is not None:
            self.judges.add(episode, shown)
        hold(self.truths, decisions)

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, each counted as it goes by."""
        for entry in entries:
            self.add(entry)
            yield entry

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """For machines: rows with named cells, by table."""
        judges = self.judges or Judges(())
        return {
            "quantities": [
                {"record": group, "quantity": name, **_spread(values)}
                for (group, name), values in sorted(self.numbers.items())
            ],
            "classes": [
                {"record": group, "class": name, "value": value, "n": count, "share": count / counts.total()}
                for (group, name), counts in sorted(self.classes.items())
                for value, count in sorted(counts.items())
            ],
            "chosen is longer": [
                {"record": group, **_share(share)} for group, share in sorted(self.longer.items())
            ],
            "decisions and the truth": [
                {"decision": kind, **_against(one)} for kind, one in sorted(self.truths.items())
            ],
            "verdicts": [
                {
                    "role": role,
                    "field": name,
                    "said": dict(sorted(one.said.items())),
                    "alpha": one.alpha.value(),
                    "interval": _ends(one.alpha.interval()),
                    "judged_again": one.alpha.units,
                    "length_r": one.length.value(),
                    "n": one.length.n,
                }
                for (role, name), one in sorted(judges.verdicts.items())
            ],
            "judges of the same turn": [
                {"one": one, "other": other, "field": name, **_kappa(counts)}
                for (one, other, name), counts in sorted(judges.between.items())
            ],
            "comparisons": [
                {"role": role, "judgements": told, **_share(share)}
                for role, one in sorted(judges.comparisons.items())
                for told, share in (
                    ("for the text shown first", one.first),
                    ("for the longest text", one.longer),
                    ("the same text in another order", one.both),
                    ("for none", (one.ties, one.ties + one.first[1])),
                )
            ],
            "agreement in comparisons": [
                {
                    "role": role,
                    "alpha": one.alpha.value(),
                    "interval": _ends(one.alpha.interval()),
                    "compared_again": one.alpha.units,
                }
                for role, one in sorted(judges.comparisons.items())
            ],
        }

    def tables(self) -> list[Table]:
        """For people; tables without rows are left out."""
        made = []
        for title, rows in self.facts().items():
            if rows:
                names = [name for name in rows[0] if name not in ("interval", "half_width")]
                cells = [tuple(_cell(row, name) for name in names) for row in rows]
                made.append(Table(title, tuple(name.replace("_", " ") for name in names), cells))
        return made


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    n, mean = len(ordered), math.fsum(ordered) / len(ordered)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / (n - 1)) if n > 1 else 0.0
    ends = (quantile(ordered, share) for share in QUANTILES)
    names = ("least", "q25", "median", "q75", "q95", "most")
    return {"n": n, "mean": mean, "sd": spread, **dict(zip(names, ends, strict=True))}


def _share(share: tuple[int, int]) -> dict[str, Any]:
    hits, n = share
    return {"share": hits / n if n else None, "interval": list(wilson(hits, n)), "n": n}


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _kappa(counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    kappa, half = cohen_kappa(counts) or (None, None)
    return {"kappa": kappa, "half_width": half, "n": sum(counts.values())}


def _against(one: Against) -> dict[str, Any]:
    found, n = one.kappa, sum(map(sum, one.rows))
    if found is None:
        return {"kappa": None, "interval": None, "n": n}
    return {"kappa": found.mean, "interval": None if found.low is None else [found.low, found.high], "n": n}


def _cell(row: Mapping[str, Any], name: str) -> str:
    match row[name]:
        case None:
            return "-"
        case str() as text:
            return text
        case int() as number:
            return str(number)
        case dict() as said:
            return ", ".join(f"{value} {count}" for value, count in said.items()) or "-"
        case (value, low, high):
            return f"{value:.2f} ({low:.2f} to {high:.2f})"
        case value if row.get("interval") is not None:
            low, high = row["interval"]
            return f"{value:.2f} ({low:.2f} to {high:.2f})"
        case value if name == "kappa" and "half_width" in row:
            return f"{value:.2f} ± {row['half_width']:.2f}"
        case value:
            return f"{value:.0f}" if value == int(value) else f"{value:.3g}"
