"""Exports: rows a second of each format beside plain JSON lines, and what near-duplicate and contamination steps find.

The floor dumps the same records as JSON lines, one `model_dump_json` each. Near duplicates are planted by changing a
share of the words of a text; what is found is held against the exact resemblance of the two texts, so that the step's
estimate can be judged: recall among pairs that resemble each other enough, and precision among those dropped.

    python benchmarks/exports.py [--records 20000] [--texts 600]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from machine import machine

from maieutic import Message, Pair, rng
from maieutic.exports import (
    Entry,
    Origin,
    Plan,
    Statistics,
    entries_of,
    export,
    load,
    names,
    near_duplicates,
    through,
)
from maieutic.exports.near_duplicates import WORDS
from maieutic.scenarios import assemble, catalogue

SCENARIOS = ("spar", "socratic-math", "tree-instruct")


def drawn(episodes: int) -> list[Entry]:
    """Entries of the first episodes of some scenarios."""
    found = []
    for name in SCENARIOS:
        company = assemble(catalogue.load(name))
        for place in range(episodes):
            episode = asyncio.run(company.play(company.scenario.world.generate(4, place), place))
            found += entries_of(company.scenario.records(episode), episode, company.scenario.roles)
    return found


def many(base: list[Entry], number: int) -> Iterator[Entry]:
    return islice((base[place % len(base)] for place in range(number)), number)


def speeds(base: list[Entry], number: int, folder: Path) -> None:
    begun = time.process_time()
    with open(folder / "floor.jsonl", "w", encoding="utf-8") as file:
        file.writelines(entry.model_dump_json() + "\n" for entry in many(base, number))
    floor = number / (time.process_time() - begun)
    print(f"{'plain JSON lines':34} {floor:8.0f} records/s  1.00")
    for name in names():
        form = load(name)
        fit = [entry for entry in base if entry.record.kind in form.kinds]
        begun = time.process_time()
        counts = export(many(fit, number), Plan(form, folder / name))
        speed = number / (time.process_time() - begun)
        rows = f"{counts.rows.total()} rows" + (f", {counts.unfit.total()} unfit" if counts.unfit else "")
        print(f"{name:34} {speed:8.0f} records/s  {speed / floor:.2f}  ({rows})")
    begun = time.process_time()
    for _ in Statistics().watch(many(base, number)):
        pass
    speed = number / (time.process_time() - begun)
    print(f"{'statistics':34} {speed:8.0f} records/s  {speed / floor:.2f}")


def pair(text: str, number: int) -> Entry:
    record = Pair(
        episode=f"e{number}", task=f"t{number}", purpose="prefer", prompt=(Message(role="user", content=""),),
        chosen=text, rejected="", chosen_event="a", rejected_event="b", chosen_verdict=1, rejected_verdict=0,
    )  # fmt: skip
    origin = Origin(scenario="x", seed=number, cast={}, source="made", licence="none", content=str(number))
    return Entry(record=record, origin=origin)


def resemblance(one: list[str], other: list[str]) -> float:
    """Jaccard similarity of the sets of word n-grams, as the step reads a record (its kind comes first)."""
    sets = []
    for words in (["pair", *one], ["pair", *other]):
        sets.append({tuple(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def duplicates(texts: int, threshold: float) -> None:
    """Planted copies with 0 to 30 % of their words changed: found or not, beside the exact resemblance."""
    chance, found, counts = rng("duplicates"), [], {"hit": 0, "miss": 0, "false": 0, "right": 0}
    for number in range(texts):
        words = [f"w{chance.randrange(4000)}" for _ in range(80)]
        share = chance.random() * 0.3
        copy = ["changed" if chance.random() < share else word for word in words]
        stream, _ = through(
            [pair(" ".join(words), 2 * number), pair(" ".join(copy), 2 * number + 1)],
            [near_duplicates(threshold)],
        )
        dropped, exact = len(list(stream)) == 1, resemblance(words, copy)
        found.append(exact)
        counts[
            ("hit" if dropped else "miss") if exact >= threshold else ("false" if dropped else "right")
        ] += 1
    hits, misses, wrong = counts["hit"], counts["miss"], counts["false"]
    print(
        f"near duplicates at {threshold}: {texts} planted copies, {hits + misses} of them alike enough; recall "
        f"{hits / (hits + misses):.3f}, precision {hits / (hits + wrong):.3f}"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--records", type=int, default=20_000)
    arguments.add_argument("--texts", type=int, default=600)
    given = arguments.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        speeds(drawn(10), given.records, Path(folder))
    for threshold in (0.5, 0.7, 0.8, 0.9):
        duplicates(given.texts, threshold)


if __name__ == "__main__":
    main()
