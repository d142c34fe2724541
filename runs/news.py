"""News: what is kept in a run's journal while it is going on, turn by turn and episode by episode.

Knows nothing of who follows. The journal is only read, by whatever process; nobody who plays notices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from maieutic import Episode, Event, RunError
from maieutic.runs.journal import Journal
from maieutic.runs.status import in_use

EVERY = 0.5  # seconds between two looks
PATIENCE = 5.0  # seconds in which a journal that has just been begun becomes readable


@dataclass(frozen=True)
class News:
    """A turn that was taken, or an episode that has ended (with all its turns).

    Attributes:
        place: index of the task.
        event: the turn; None where the episode has ended.
        episode: the episode; None where it is being played.
    """

    place: int
    event: Event | None = None
    episode: Episode | None = None


Known = frozenset[tuple[int, str, int]]  # place, id and size on disk of each episode that has ended


def known(folder: Path) -> Known:
    """The episodes that the run in `folder` has now; none where it is still to be made."""
    if not (folder / "run.json").exists():
        return frozenset()
    with _opened(folder, lambda: False) as journal:
        return frozenset(journal.outline())


def follow(
    folder: Path,
    *,
    before: Known | None = None,
    turns: bool = True,
    over: Callable[[], bool] | None = None,
) -> Iterator[News | None]:
    """What comes into the journal of the run in `folder`, until nobody plays it any more.

    Args:
        folder: the run folder.
        before: the episodes that need not be told; None: those that are there when this is called.
        turns: whether to tell of the turns of episodes that are being played.
        over: whether to end, once all is told that is there; None asks whether a process holds the run.

    Yields:
        News in the order in which they are seen; None after each look, when all is told that was there.

    Raises:
        RunError: no run there, or it is damaged.
    """
    ended = over or (lambda: not in_use(folder))
    with _opened(folder, ended) as journal:
        told = set(journal.outline() if before is None else before)
        seen: dict[int, int] = {}  # place -> turns told, of the episodes that are being played
        if before is None:
            seen = {place: len(journal.events(place)) for place in journal.begun()}
        version: int | None = None
        while True:
            last = ended()  # asked before the look, so that nothing that comes between is lost
            if (now := journal.version()) != version or last:
                version = now
                yield from _turns(journal, seen) if turns else ()
                new = sorted(one for one in journal.outline() if one not in told)
                told.update(new)
                for place, episode in journal.some(place for place, _, _ in new):
                    if turns:
                        yield from (News(place, event) for event in episode.events[seen.pop(place, 0) :])
                    yield News(place, episode=episode)
            yield None
            if last:
                return
            time.sleep(EVERY)


def _opened(folder: Path, over: Callable[[], bool]) -> Journal:
    """The journal of a run, which may have begun a moment ago and have no tables yet."""
    patience = time.monotonic() + PATIENCE
    while True:
        journal = None
        try:
            journal = Journal(folder)
            journal.ended()
        except RunError:
            if journal is not None:
                journal.close()
            begun = (folder / "run.json").exists()
            if over() or not begun or time.monotonic() > patience:
                raise
            time.sleep(0.05)
        else:
            return journal


def _turns(journal: Journal, seen: dict[int, int]) -> Iterator[News]:
    for place in sorted(journal.begun()):
        events = journal.events(place)
        for event in events[seen.get(place, 0) :]:
            yield News(place, event)
        seen[place] = len(events)
