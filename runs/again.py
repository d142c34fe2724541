"""Again: an episode from its journal: replayed and compared, or gone on with from any turn.

Knows nothing of the terminal. Both rest on one thing: a seat takes a turn from the log where everything that
its answer depends on is the same, and has it taken anew where something differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maieutic import Episode, Event, RunError
from maieutic.agents.absent import Absent
from maieutic.runs.inbox import Inbox, seated
from maieutic.runs.journal import Journal
from maieutic.scenarios import Company, Scenario, Waiting, assemble


@dataclass
class Memory:
    """A log that gives back the turns that it was made with, and remembers the new ones without writing them."""

    known: dict[str, Event]
    new: list[Event] = field(default_factory=list)

    def find(self, name: str) -> Event | None:
        """The event of that id."""
        return self.known.get(name)

    async def keep(self, event: Event, seconds: float) -> None:
        """Remember a new event."""
        self.new.append(event)


@dataclass(frozen=True)
class Difference:
    """Where a replay went another way than its journal."""

    place: int
    event: str | None
    what: str


async def replay(
    scenario: Scenario[Any], journal: Journal, place: int, episode: Episode
) -> Difference | None:
    """Play `episode` again from its turns alone, and hold the result against it; None when they are equal.

    No player is asked: the graph, the guard and the scores run anew over the recorded answers.
    """
    cast = {seat: Absent(fingerprint) for seat, fingerprint in episode.cast.items()}
    company = assemble(scenario, parameters=episode.parameters, cast=cast)
    log = Memory({event.id: event for event in journal.events(place)})
    again = await company.play(episode.task, episode.seed, log, name=episode.id)
    if again == episode:
        return None
    if log.new:
        first = log.new[0]
        return Difference(place, first.id, f"{first.role} would be asked something else than was recorded")
    for old, new in zip(episode.events, again.events, strict=False):
        if old != new:
            return Difference(place, old.id, f"{old.role} is another turn")
    changed = [name for name in type(episode).model_fields if getattr(episode, name) != getattr(again, name)]
    return Difference(place, None, f"{', '.join(changed)} came out differently")


async def fork(
    company: Company[Any],
    episode: Episode,
    journal: Journal,
    *,
    at: str,
    answer: Mapping[str, Any] | None = None,
) -> tuple[Episode, int]:
    """Go on from one turn of an episode, with other words in it, another cast or other parameters.

    Args:
        company: the scenario with the parameters and cast to go on with.
        episode: what to go on from; its id stays, so that its turns are found.
        journal: where the fork is kept, as the episode of place 0.
        at: beginning of the id of the turn; everything before it is used again.
        answer: fields of the turn's answer to be said otherwise; None leaves it.

    Returns:
        The new episode, and how many turns were taken anew.

    Raises:
        RunError: no turn, or several, of that id; or a field that the answer does not have.
        Waiting: people are asked; when they have answered, the same call goes on.
    """
    found = [place for place, event in enumerate(episode.events) if event.id.startswith(at)]
    if len(found) != 1:
        what = "no turn" if not found else "several turns"
        raise RunError(
            f"episode {episode.id}: {what} {at!r}; `maieutic trace RUN EPISODE --json` lists their ids"
        )
    before, turn = list(episode.events[: found[0]]), episode.events[found[0]]
    for name in answer or {}:
        if name not in turn.answer and name not in turn.private:
            known = ", ".join([*turn.answer, *turn.private])
            raise RunError(f"turn {turn.id} ({turn.role}) has no field {name!r}; it has {known}")
    role = next(role for role in company.scenario.roles if role.name == turn.role)
    said = role.answer.model_validate({**turn.answer, **turn.private, **(answer or {})}).model_dump(
        mode="json"
    )
    turn = turn.model_copy(
        update={
            "answer": {name: said[name] for name in turn.answer},
            "private": {name: said[name] for name in turn.private},
            "raw": turn.raw if not answer else None,
        }
    )
    log = journal.log(0, [*before, turn])
    inbox = Inbox(journal.folder)
    company, _ = seated(company, inbox)
    try:
        made = await company.play(episode.task, episode.seed, log, name=episode.id)
    except Waiting as waiting:
        inbox.ask(0, waiting)
        raise
    await log.end(made)
    inbox.forget(0)
    return made, log.taken
