"""Ratings: what raters of an episode said of one thing, so that it can be told how far they agree.

Knows nothing of measures. Turns of one role that answer the same turn rate the same thing, unless their scenario says
otherwise: where each is asked about another part, or is shown responses in another order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from maieutic import Episode, Event
from maieutic.roles import Role
from maieutic.roles.choices import numerical
from maieutic.roles.rating import rated

_WORDS = frozenset({"yes", "no", "true", "false", "a", "b", "tie", "first", "second", "1", "2"})


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one thing.

    Attributes:
        kind: what is rated, and by whom, such as `refiner.judge verdict`.
        thing: name of what is rated, within the episode.
        value: a name or yes and no; or, on a scale, a number.
    """

    kind: str
    thing: str
    value: bool | str | float


def panels(episode: Episode) -> Iterator[Rating]:
    """What turns of one role said of the turn that they all answer, in fields that hold yes and no or a choice of two.

    Numbers are left out, since few of them are ratings: a scenario says which (`on_scales`).
    """
    for parent, events in _under(episode.events):
        for name in events[0].answer:
            given = [event.answer[name] for event in events if name in event.answer]
            names = [
                one
                for one in given
                if isinstance(one, bool) or (isinstance(one, str) and one.lower() in _WORDS)
            ]
            if len(names) == len(given):
                yield from (Rating(f"{events[0].role} {name}", parent, one) for one in names)


def on_scales(episode: Episode, role: Role) -> Iterator[Rating]:
    """What turns of a role said of the turn that they all answer, in fields that hold a number between two bounds; private
    ones too."""
    for parent, events in _under(episode.by_role(role.name)):
        for name in numerical(role.answer):
            for event in events:
                value = (event.answer | event.private).get(name)
                if isinstance(value, int | float):
                    yield Rating(f"{role.name} {name}", parent, float(value))


def _under(events: Iterable[Event]) -> Iterator[tuple[str, list[Event]]]:
    """The usable turns of one role that answer one turn, where there are two or more, with its id."""
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        if event.invalid is None:
            found[event.parent, event.role].append(event)
    for (parent, _), several in found.items():
        if len(several) > 1:
            yield parent, several


def side_by_side(role: Role, episode: Episode) -> Iterator[Rating]:
    """The scores that turns of a role gave two responses side by side, each put back to its response
    (`maieutic.roles.rating`), where both orders can be used."""
    for parent, events in _under(episode.by_role(role.name)):
        for scores in rated(events):
            for place, score in enumerate(scores, start=1):
                yield Rating(f"{role.name} score", f"{parent} {place}", score)


def nothing_twice(episode: Episode) -> Iterable[Rating]:
    """The ratings of a scenario in which nothing is rated by two."""
    return ()
