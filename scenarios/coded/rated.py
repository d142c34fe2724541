"""Rated: how good a finished coded talk is, by what is known of it, and by the experts who rate it.

Knows nothing of the experts' rates of error. Four shares make the four axes, each spread over the scale from 1 to 5:
evaluations that are right, actions that are by the book, parts that were closed, and turns that do not hand out a solution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from maieutic import Episode, usable
from maieutic.roles.expert import AXES, HIGHEST, LOWEST, RATE
from maieutic.roles.tutor import SHOWING, CodedTurn, moved
from maieutic.scenarios.coded.talk import Exchange, Round, codes


def quality(
    talk: Sequence[Exchange], found: Iterable[tuple[Round, CodedTurn]], length: int
) -> dict[str, float]:
    """How good a talk is on each axis, from 1 to 5; without `factual` and `relevance` where nobody knows what the student's
    words are worth, and without any where there is no round.

    Args:
        talk: from the opening.
        found: its rounds, with the turns that answer them.
        length: number of parts.
    """
    shown = list(found)
    if not shown:
        return {}
    known = [(codes(turn), one.true) for one, turn in shown if one.true is not None]
    shares = {
        "completeness": closed(talk, length) / length,
        "motivation": fmean(turn.action not in SHOWING for _, turn in shown),
    }
    if known:
        shares["factual"] = fmean(said[0] == true[0] for said, true in known)
        shares["relevance"] = fmean(said[1] == true[1] for said, true in known)
    return {axis: LOWEST + (HIGHEST - LOWEST) * shares[axis] for axis in AXES if axis in shares}


def closed(talk: Sequence[Exchange], length: int) -> int:
    """How many parts lie behind a talk where it ends; one that went back has opened a part again."""
    index = failed = 0
    for one in talk:
        if one.turn is not None and one.turn.progress == "z":
            return length
        if one.turn is not None:
            index, failed = moved(index, failed, one.turn, length)
    return index


def ratings_of(episode: Episode) -> dict[str, tuple[float, ...]]:
    """Axis -> what each expert gave; empty where none gave a usable rating."""
    found = usable(episode.events, RATE.name)
    return {axis: tuple(float(str(one.answer[axis])) for one in found) for axis in AXES} if found else {}
