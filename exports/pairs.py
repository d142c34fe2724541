"""Pairs: what all preference formats ask of a pair before they spell it, and how it is built again.

Knows nothing of the formats' columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from maieutic import Message, Pair, Record
from maieutic.exports.format import Row, Unfit
from maieutic.exports.provenance import common


def comparable(record: Record) -> Pair:
    """The pair, where a trainer can tell its two sides apart.

    Trainers that cut at the longest common prefix would be left with nothing to compare where one text begins
    with the other.

    Raises:
        Unfit: they cannot, or it is no pair.
    """
    if not isinstance(record, Pair):
        raise Unfit("not a pair")
    if record.chosen.startswith(record.rejected) or record.rejected.startswith(record.chosen):
        raise Unfit("one text begins with the other")
    return record


def rebuild(prompt: Sequence[Message], chosen: str, rejected: str, provenance: Row) -> Pair:
    """The pair of these texts with its provenance."""
    chosen_event, rejected_event = provenance["events"]
    chosen_verdict, rejected_verdict = provenance["verdicts"]
    return Pair(
        **common(provenance),
        prompt=tuple(prompt),
        chosen=chosen,
        rejected=rejected,
        chosen_event=chosen_event,
        rejected_event=rejected_event,
        chosen_verdict=chosen_verdict,
        rejected_verdict=rejected_verdict,
    )


def margin(record: Pair) -> float:
    """By how much the chosen text was judged better."""
    return float(record.chosen_verdict - record.rejected_verdict)
