"""Plots: statistics as pictures, by matplotlib, which the extra `plots` brings.

Knows nothing of records. Drawn without any state of the library's own, so that nothing else that draws is changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maieutic import InputError
from maieutic.exports.statistics import Statistics

_WIDTH = 3.2  # inches of one panel
_COLUMNS = 4


def check() -> None:
    """Find out before any work whether there is something to draw with.

    Raises:
        InputError: matplotlib is not installed.
    """
    _figure(1, 1)


def draw(statistics: Statistics, folder: Path) -> list[Path]:
    """Draw what there is into `folder`: quantities of each kind of record, labels, and what sways judges.

    Returns:
        The files that were made.

    Raises:
        InputError: matplotlib is not installed, or the folder cannot be written.
    """
    pictures: dict[str, Any] = {}
    groups = sorted({group for group, _ in statistics.numbers})
    for group in groups:
        several = {name: values for (one, name), values in statistics.numbers.items() if one == group}
        pictures[f"quantities-{group.replace('/', '-')}"] = _histograms(group, several)
    facts = statistics.facts()
    said = [
        (f"{row['record']}: {row['class']} {row['value']}", row["share"])
        for row in facts["classes"]
        if row["class"] == "label"
    ]
    for row in facts["verdicts"]:
        n = sum(row["said"].values())
        said += [
            (f"{row['role']}: {row['field']} {value}", count / n) for value, count in row["said"].items()
        ]
    if said:
        pictures["labels"] = _bars(said)
    shares = [(f"{row['record']}: chosen is longer", row) for row in facts["chosen is longer"]]
    shares += [(f"{row['role']}: {row['judgements']}", row) for row in facts["comparisons"]]
    if shares := [(name, row) for name, row in shares if row["n"]]:
        pictures["shares"] = _shares(shares)
    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            made.append(folder / f"{name}.png")
            picture.savefig(made[-1], dpi=120, metadata={"Software": "maieutic"})
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(folder), key="--plots") from None
    return made


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("matplotlib is not installed", remedy="pip install 'maieutic[plots]'") from None
    return Figure(figsize=(width, height), layout="constrained")


def _histograms(group: str, several: Mapping[str, Sequence[float]]) -> Any:
    columns = min(_COLUMNS, len(several))
    rows = math.ceil(len(several) / columns)
    picture = _figure(_WIDTH * columns, 2.4 * rows + 0.4)
    picture.suptitle(f"{group} ({max(map(len, several.values()))} records)")
    for place, (name, values) in enumerate(several.items(), start=1):
        panel = picture.add_subplot(rows, columns, place)
        panel.hist(list(values), bins=min(30, len(set(values))), color="tab:blue")
        panel.set_title(name, fontsize=9)
        panel.tick_params(labelsize=8)
    return picture


def _bars(said: Sequence[tuple[str, float]]) -> Any:
    picture = _figure(7, 0.8 + 0.3 * len(said))
    panel = picture.add_subplot()
    panel.barh([name for name, _ in said], [share for _, share in said], color="tab:blue")
    panel.invert_yaxis()
    panel.set_xlim(0, 1)
    panel.set_xlabel("share")
    panel.tick_params(labelsize=8)
    return picture


def _shares(shares: Sequence[tuple[str, Mapping[str, Any]]]) -> Any:
    picture = _figure(7, 1.0 + 0.35 * len(shares))
    panel = picture.add_subplot()
    for place, (_, row) in enumerate(shares):
        panel.plot(row["interval"], [place, place], color="tab:blue")
        panel.plot([row["share"]], [place], "o", color="tab:blue")
    panel.axvline(0.5, color="grey", linewidth=0.8)
    panel.set_yticks(range(len(shares)), [f"{name} (n = {row['n']})" for name, row in shares], fontsize=8)
    panel.invert_yaxis()
    panel.set_xlim(0, 1)
    panel.set_xlabel("share, 95 % interval")
    return picture
