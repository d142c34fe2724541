"""Shown: what each player of an episode was shown, found again by playing the episode with its own answers.

Knows nothing of pages. Views are not kept in the journal, since they follow from it: the graph runs anew, and players
that only repeat what was said see exactly what was seen then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from maieutic import Episode, Event, MaieuticError, Task, seed_of
from maieutic.agents import BadAnswer, Move, Turn
from maieutic.graphs import BROKE
from maieutic.scenarios import Company, Scenario, assemble


@dataclass
class Shown:
    """What was found.

    Attributes:
        turns: event id -> what its player was given (without any truth).
        unlike: ids of turns whose players would be shown something else now than was recorded.
        problem: why the rest could not be found, None where all was.
    """

    turns: dict[str, Turn] = field(default_factory=dict)
    unlike: set[str] = field(default_factory=set)
    problem: str | None = None


@dataclass(frozen=True)
class _Repeater:
    """Says again what was said, and keeps what it was shown."""

    fingerprint: str
    said: dict[int, Event]  # seed of the turn -> the turn
    found: Shown
    name: str = "repeater"
    simulated: bool = False
    pauses: ClassVar[bool] = False

    async def act(self, turn: Turn) -> Move:
        event = self.said.get(turn.seed)
        if event is None:
            raise BadAnswer("this turn was not taken then")
        self.found.turns[event.id] = turn
        if event.invalid is not None and event.invalid.startswith(BROKE):
            raise RuntimeError(event.invalid)
        if event.invalid is not None:
            raise BadAnswer(event.invalid, raw=event.raw, usage=event.usage)
        return Move(event.answer | event.private, event.memory, event.usage, event.raw)


@dataclass
class _Keys:
    """A log that holds the keys of the turns against those that were recorded."""

    keys: dict[str, str]
    found: Shown

    def find(self, name: str) -> Event | None:
        return None

    async def keep(self, event: Event, seconds: float) -> None:
        if self.keys.get(event.id, event.key) != event.key:
            self.found.unlike.add(event.id)


async def examples(company: Company[Any], tasks: Iterable[Task]) -> dict[str, Turn]:
    """For each role a turn as its player would be given it, from episodes of the company; the fullest view of each.

    Roles that are not asked, and all where an episode cannot be played, are left out.

    Args:
        company: whose players are no models and no people, so that nothing is asked of anybody.
        tasks: an episode of each is played.
    """
    found: dict[str, Turn] = {}
    for seed, task in enumerate(tasks):
        try:
            episode = await company.play(task, seed)
        except MaieuticError:
            break
        turns = (await shown(company.scenario, episode)).turns
        for turn in turns.values():
            best = found.get(turn.role.name)
            if best is None or len(str(turn.view)) > len(str(best.view)):
                found[turn.role.name] = turn
    return found


async def shown(scenario: Scenario[Any], episode: Episode) -> Shown:
    """What each player of `episode` was shown; never raises, what could not be found says why."""
    found = Shown()
    said = {seed_of(episode.seed, event.id): event for event in episode.events}
    try:
        cast = {seat: _Repeater(fingerprint, said, found) for seat, fingerprint in episode.cast.items()}
        company = assemble(scenario, parameters=episode.parameters, cast=cast)
        keys = _Keys({event.id: event.key for event in episode.events}, found)
        await company.play(episode.task, episode.seed, keys, name=episode.id)
    except MaieuticError as error:
        found.problem = str(error)
    except Exception as error:  # noqa: BLE001 - a scenario that has changed since can do anything with an old episode
        found.problem = f"{type(error).__name__}: {error}"
    return found
