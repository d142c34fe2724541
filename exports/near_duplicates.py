"""Near duplicates: of entries that say nearly the same, the first one goes on.

Knows nothing of formats. Broder's resemblance (1997) is the Jaccard similarity of two texts' sets of word 3-grams.
Candidates are looked up by MinHash and locality-sensitive hashing (Leskovec, Rajaraman and Ullman, Mining of Massive
Datasets, chapter 3), by datasketch, which the extra `data` brings; the sets themselves say how alike they are. Memory
grows with the entries that go on: some four kilobytes each, and eight bytes for each of its words.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from typing import Any

from maieutic import Frozen, InputError
from maieutic.exports import quantities
from maieutic.exports.entry import Entry
from maieutic.exports.selection import Dropped

PERMUTATIONS = 128
WORDS = 3


class NearDuplicates(Frozen):
    """Drops what resembles an entry before it.

    Attributes:
        threshold: the resemblance, between 0 and 1, from which two entries are near duplicates.
    """

    threshold: float

    def __str__(self) -> str:
        return f"near duplicates (MinHash, {WORDS}-grams of words, resemblance >= {self.threshold:g})"

    def __call__(self, entries: Iterator[Entry], dropped: Dropped) -> Iterator[Entry]:
        """The entries that resemble none before them."""
        datasketch = _datasketch()
        # looked up with a lower bound: a candidate too many costs a comparison, one too few is a duplicate missed
        index = datasketch.MinHashLSH(
            threshold=0.75 * self.threshold, num_perm=PERMUTATIONS, weights=(0.1, 0.9)
        )
        kept: dict[int, array[int]] = {}
        for place, entry in enumerate(entries):
            said, sketch = _shingles(entry), datasketch.MinHash(num_perm=PERMUTATIONS, seed=1)
            sketch.update_batch(said)
            marks = array("Q", sorted({_mark(one) for one in said}))
            if any(_resemblance(kept[other], marks) >= self.threshold for other in index.query(sketch)):
                dropped.drop(entry, f"{entry.record.kind} nearly the same as one before")
                continue
            index.insert(place, sketch)
            kept[place] = marks
            yield entry


def near_duplicates(threshold: float) -> NearDuplicates:
    """The step.

    Raises:
        InputError: a threshold out of bounds, or datasketch is not installed.
    """
    if not 0 < threshold <= 1:
        raise InputError(
            f"expected a resemblance above 0 and up to 1, got {threshold:g}", key="--near-duplicates"
        )
    _datasketch()
    return NearDuplicates(threshold=threshold)


def _mark(shingle: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(shingle, digest_size=8).digest(), "big")


def _resemblance(one: array[int], other: array[int]) -> float:
    """Jaccard similarity of two sets."""
    both = len(set(one).intersection(other))
    return both / (len(one) + len(other) - both)


def _shingles(entry: Entry) -> list[bytes]:
    words = f"{entry.record.kind} {' '.join(quantities.texts(entry.record))}".lower().split()
    found = {" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))}
    return [one.encode("utf-8", "surrogatepass") for one in sorted(found)]


def _datasketch() -> Any:
    try:
        import datasketch
    except ImportError:
        raise InputError("datasketch is not installed", remedy="pip install 'maieutic[data]'") from None
    return datasketch
