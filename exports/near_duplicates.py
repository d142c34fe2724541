"""Near duplicates: of entries that say nearly the same, the first one goes on.

Knows nothing of formats. Broder's resemblance (1997), the Jaccard similarity of two texts' sets of word 3-grams, is
estimated by MinHash and looked up by locality-sensitive hashing (Leskovec, Rajaraman and Ullman, Mining of Massive
Datasets, chapter 3), both by datasketch, which the extra `data` brings. Memory grows with the entries that go on, by
some four kilobytes each.
"""

from __future__ import annotations

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
        # rather a candidate too many than one too few; from 0.9 on there is nothing to choose between
        index = datasketch.MinHashLSH(
            threshold=min(self.threshold, 0.9), num_perm=PERMUTATIONS, weights=(0.1, 0.9)
        )
        kept: dict[int, Any] = {}
        for place, entry in enumerate(entries):
            sketch = datasketch.MinHash(num_perm=PERMUTATIONS, seed=1)
            sketch.update_batch(_shingles(entry))
            # the index finds candidates; the sketches themselves say how alike they are
            if any(kept[other].jaccard(sketch) >= self.threshold for other in index.query(sketch)):
                dropped.drop(entry, f"{entry.record.kind} nearly the same as one before")
                continue
            index.insert(place, sketch)
            kept[place] = datasketch.LeanMinHash(sketch)
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
