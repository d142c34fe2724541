"""Rating: two responses side by side, each with a score from 1 to 10, asked for in both orders.

Knows nothing of what the responses answer. A rater that favours a place favours each response once, so that the mean
over the two orders is free of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field, JsonValue

from maieutic import Event
from maieutic.roles.role import Answer

LOWEST, HIGHEST = 1, 10


class Ratings(Answer):
    """Scores of two responses."""

    score_1: float = Field(ge=LOWEST, le=HIGHEST, description="How good the first response is, from 1 to 10")
    score_2: float = Field(ge=LOWEST, le=HIGHEST, description="How good the second response is, from 1 to 10")


def orders(first: str, second: str, *, both: bool) -> Sequence[dict[str, JsonValue]]:
    """What a rater is shown: the two responses as they are and, where `both` are wanted, the other way round.

    >>> orders("a", "b", both=True)
    [{'response_1': 'a', 'response_2': 'b'}, {'response_1': 'b', 'response_2': 'a'}]
    """
    pairs = [(first, second), (second, first)][: 1 + both]
    return [{"response_1": one, "response_2": other} for one, other in pairs]


def rated(events: Iterable[Event]) -> list[tuple[float, float]]:
    """The scores of the two responses by each rating among `events`, the order of those with index 1 undone; unusable
    ones are left out."""
    found = []
    for event in events:
        if event.invalid is None:
            scores = [float(str(event.answer[name])) for name in ("score_1", "score_2")]
            first, second = scores[::-1] if event.index else scores
            found.append((first, second))
    return found


def verdict(found: Iterable[tuple[float, float]]) -> Literal["win", "tie", "loss"]:
    """What the second response comes to: better in each order, worse in each, or a tie.

    >>> verdict([(5.0, 6.0), (4.0, 6.0)]), verdict([(5.0, 6.0), (6.0, 5.0)])
    ('win', 'tie')
    """
    pairs = list(found)
    if all(second > first for first, second in pairs):
        return "win"
    return "loss" if all(second < first for first, second in pairs) else "tie"
