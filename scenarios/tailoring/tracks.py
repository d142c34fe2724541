"""Tracks: what became of each instruction that was decoded from metadata, read off the turns of an episode.

Knows nothing of the order of turns. An instruction is hardened until the scores of two responses differ by more than a
threshold; it ends as well where its bound is reached, where it comes back unchanged, and where nobody could follow it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from maieutic import Event, rng, usable
from maieutic.roles.codec import DECODE, IMPROVE, RATE, SOLVABLE, STRONG, TARGET, refuses, same
from maieutic.roles.rating import rated
from maieutic.worlds.text_constraints.distance import difference

End = Literal["open", "kept", "capped", "unchanged", "refusing", "unsolvable", "invalid"]
Under = Mapping[tuple[str, str], Sequence[Event]]  # (id of a turn, role) -> the turns that answer it


@dataclass(frozen=True)
class Gate:
    """What is let through: instructions whose scores differ by more than `theta`, after `rounds` actions at the most."""

    theta: float
    rounds: int


@dataclass(frozen=True)
class Track:
    """A basic instruction and what became of it.

    Attributes:
        made: the turns that wrote it, the basic one first.
        end: why it is not gone on with, if it is not.
        responses: to the last one, the strong model's and the target's, as far as they are there.
        scores: of these, the mean over the orders; none where they are not rated.
        first_slot: how much more than the second the response that stood first was given, in the mean.
    """

    made: tuple[Event, ...]
    end: End = "open"
    responses: tuple[Event, ...] = ()
    scores: tuple[float, float] | None = None
    first_slot: float = 0.0

    @property
    def last(self) -> Event:
        """The instruction as it is now."""
        return self.made[-1]

    @property
    def round(self) -> int:
        """Actions that were taken."""
        return len(self.made) - 1

    @property
    def gap(self) -> float:
        """The strong model's score less the target's; 0 where they are not rated."""
        strong, target = self.scores or (0.0, 0.0)
        return strong - target

    @property
    def better(self) -> int:
        """The place of the response with the higher score, whoever gave it."""
        return 0 if self.gap > 0 else 1


def instruction(event: Event) -> str:
    """The instruction that a turn wrote."""
    return str(event.answer["instruction"])


def drawn(actions: Sequence[str], before: Event) -> str:
    """The action that an instruction is made harder by: any of them, as likely, whoever plays."""
    return rng("action", before.id).choice(actions)


def basics(events: Iterable[Event], seed: str, share: float) -> tuple[list[Event], int]:
    """The basic instructions that are gone on with, and how many are left out: refusals, and copies of the seed or of one
    another, which have `share` of their words in common."""
    found, left_out, known = list[Event](), 0, [seed] if seed else []
    for event in usable(events, DECODE.name):
        text = instruction(event)
        if refuses(text) or any(same(text, one) or 1 - difference(text, one) >= share for one in known):
            left_out += 1
            continue
        known.append(text)
        found.append(event)
    return found, left_out


def followed(events: Sequence[Event], starts: Iterable[Event], gate: Gate) -> list[Track]:
    """How things stand with each basic instruction of `starts`."""
    under = _under(events)
    return [_track(one, under, gate) for one in starts]


def stages(events: Sequence[Event], found: Iterable[Track], gate: Gate) -> list[Track]:
    """Tracks as they stood each time that they had been rated."""
    under = _under(events)
    cut = [_judged(one.made[:end], under, gate) for one in found for end in range(2, len(one.made) + 1)]
    return [one for one in cut if one.scores is not None]


def _under(events: Sequence[Event]) -> Under:
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        found[event.parent, event.role].append(event)
    return found


def _track(basic: Event, under: Under, gate: Gate) -> Track:
    track = Track((basic,))
    while track.end == "open" and (answers := under.get((track.last.id, IMPROVE.name))):
        event = answers[0]
        end: End | None = None
        if event.invalid is not None:
            end = "invalid"
        elif refuses(instruction(event)):
            end = "refusing"
        elif same(instruction(event), instruction(track.last)):
            end = "unchanged"
        if end is not None:
            return Track(track.made, end, track.responses, track.scores, track.first_slot)
        track = _judged((*track.made, event), under, gate)
    return track


def _judged(made: tuple[Event, ...], under: Under, gate: Gate) -> Track:
    """A track whose last instruction was just made, as far as it was answered and rated."""
    name = made[-1].id
    responses = tuple(one for role in (STRONG, TARGET) for one in under.get((name, role.name), ()))
    if any(one.invalid is not None for one in responses):
        return Track(made, "invalid")
    ratings = under.get((name, RATE.name), ())
    if not ratings:
        return Track(made, responses=responses)
    found = rated(ratings)
    if len(found) < len(ratings):
        return Track(made, "invalid", responses)  # one order alone would let the scorer's bias through
    scores = fmean(one[0] for one in found), fmean(one[1] for one in found)
    slot = fmean((one[0] - one[1]) * (-1 if place else 1) for place, one in enumerate(found))
    doubts = [one for one in under.get((name, SOLVABLE.name), ()) if one.invalid is None]
    end: End = "open"
    if abs(scores[0] - scores[1]) > gate.theta:
        end = "kept"
    elif any(not one.answer["solvable"] for one in doubts):
        end = "unsolvable"
    elif len(made) > gate.rounds:
        end = "capped"
    return Track(made, end, responses, scores, slot)
