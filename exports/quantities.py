"""Quantities: what can be asked of a record, by name. The closed vocabulary of filters, balances and statistics.

Knows nothing of formats. Words are what stands between white space. A quantity that a record does not have is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from maieutic import Dialogue, InputError, Judged, Pair, Record, Stepwise
from maieutic.exports.entry import Entry, spoken

Value = float | str | None


def learnt(record: Record) -> tuple[str, ...]:
    """The texts that a model learns from: both sides of a pair, the trained messages, a critique, the steps."""
    match record:
        case Pair():
            return (record.chosen, record.rejected)
        case Dialogue():
            return tuple(message.content for message in record.messages if message.train)
        case Judged():
            return (record.critique,)
        case Stepwise():
            return ("\n".join(record.steps),)


def context(record: Record) -> tuple[str, ...]:
    """The texts that it reads: the prompt, or the messages that are not learned; with a judged response."""
    match record:
        case Dialogue():
            return tuple(message.content for message in record.messages if not message.train)
        case Judged():
            return (*(message.content for message in record.prompt), record.response)
        case _:
            return tuple(message.content for message in record.prompt)


def texts(record: Record) -> tuple[str, ...]:
    """All its texts."""
    return context(record) + learnt(record)


def edit_distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Fewest insertions, deletions and replacements of words that make one of the other (Levenshtein 1966).

    Raises:
        InputError: rapidfuzz is not installed.
    """
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError:
        raise InputError("rapidfuzz is not installed", remedy="pip install 'maieutic[data]'") from None
    return int(Levenshtein.distance(one, other))


def _words(several: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in several]


def _edits(entry: Entry) -> int | None:
    record = entry.record
    if not isinstance(record, Pair):
        return None
    return edit_distance(record.chosen.split(), record.rejected.split())


def _edit_share(entry: Entry) -> float | None:
    edits = _edits(entry)
    return None if edits is None else edits / max(1, *_words(learnt(entry.record)))


def _label(entry: Entry) -> str | None:
    match entry.record:
        case Judged() as record:
            return spoken(record.verdict)
        case Stepwise() as record:
            return spoken(all(record.labels))
        case _:
            return None


def _votes(entry: Entry) -> int | None:
    """Judgements of the event with fewest."""
    counts: dict[str, dict[str, int]] = {}
    for tally in entry.origin.votes:
        field = tally.said.partition("=")[0]
        by_field = counts.setdefault(tally.event, {})
        by_field[field] = by_field.get(field, 0) + tally.count
    return min((max(one.values()) for one in counts.values()), default=None)


def _support(entry: Entry) -> float | None:
    """Share of the commonest judgement, of the event on which judges agree least."""
    groups: dict[tuple[str, str], list[int]] = {}
    for tally in entry.origin.votes:
        groups.setdefault((tally.event, tally.said.partition("=")[0]), []).append(tally.count)
    return min((max(counts) / sum(counts) for counts in groups.values()), default=None)


def _of_pair(read: Callable[[Pair], float]) -> Callable[[Entry], float | None]:
    return lambda entry: read(entry.record) if isinstance(entry.record, Pair) else None


NUMBERS: Mapping[str, tuple[str, Callable[[Entry], float | None]]] = MappingProxyType(
    {
        "length": (
            "words of the longest text to be learned",
            lambda entry: max(_words(learnt(entry.record)), default=0),
        ),
        "shortest": (
            "words of the shortest text to be learned",
            lambda entry: min(_words(learnt(entry.record)), default=0),
        ),
        "characters": (
            "characters of the longest text to be learned",
            lambda entry: max(map(len, learnt(entry.record)), default=0),
        ),
        "context": ("words of all that is read before", lambda entry: sum(_words(context(entry.record)))),
        "turns": (
            "messages of a dialogue",
            lambda entry: len(entry.record.messages) if isinstance(entry.record, Dialogue) else None,
        ),
        "steps": (
            "steps of a worked answer",
            lambda entry: len(entry.record.steps) if isinstance(entry.record, Stepwise) else None,
        ),
        "margin": (
            "verdict of the chosen less that of the rejected",
            _of_pair(lambda pair: pair.chosen_verdict - pair.rejected_verdict),
        ),
        "length_difference": (
            "words of the chosen less those of the rejected",
            _of_pair(lambda pair: len(pair.chosen.split()) - len(pair.rejected.split())),
        ),
        "chosen_verdict": ("what judges said of the chosen", _of_pair(lambda pair: pair.chosen_verdict)),
        "rejected_verdict": (
            "what judges said of the rejected",
            _of_pair(lambda pair: pair.rejected_verdict),
        ),
        "votes": ("judgements of the same text (of the text with fewest)", _votes),
        "support": ("share of the commonest judgement (where it is least)", _support),
        "edit_distance": ("words to change between chosen and rejected", _edits),
        "edit_share": ("edit_distance by the length of the longer text", _edit_share),
    }
)
CLASSES: Mapping[str, tuple[str, Callable[[Entry], str | None]]] = MappingProxyType(
    {
        "kind": ("dialogue, pair, judged or stepwise", lambda entry: entry.record.kind),
        "purpose": ("what a model learns from it", lambda entry: entry.record.purpose),
        "label": ("judged: yes or no; stepwise: yes where every step is right", _label),
        "scenario": ("name of the scenario", lambda entry: entry.origin.scenario),
        "source": ("where the task came from", lambda entry: entry.origin.source),
        "licence": ("licence of that source", lambda entry: entry.origin.licence),
        "task": ("id of the task", lambda entry: entry.record.task),
        "episode": ("id of the episode", lambda entry: entry.record.episode),
    }
)
META = "meta."  # `meta.KEY` is whatever the scenario put there


def known() -> list[str]:
    """All names, with the form of those that scenarios add."""
    return [*NUMBERS, *CLASSES, f"{META}KEY"]


def value_of(name: str, entry: Entry) -> Value:
    """The quantity called `name`, None where the record has none; `name` must be a known one."""
    if name.startswith(META):
        return _plain(entry.record.meta.get(name[len(META) :]))
    if name in NUMBERS:
        number = NUMBERS[name][1](entry)
        return None if number is None else float(number)
    return CLASSES[name][1](entry)


def _plain(value: Any) -> Value:
    if isinstance(value, bool):
        return spoken(value)
    if isinstance(value, int | float):
        return float(value)
    return value if isinstance(value, str) else None
