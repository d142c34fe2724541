"""Composed: the problem that a coded talk is about, be it the task's or one that an author wrote.

Knows nothing of who talks. Of a problem that a simulated author wrote, what is true is its memory; of any other author's,
what they wrote is all that there is to go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Event, usable
from maieutic.agents.simulated.parts import Part, parts_of, told, written_part
from maieutic.roles.author import COMPOSE, SCAFFOLD
from maieutic.scenarios.scenario import Decision
from maieutic.worlds.word_problems import answers


def scaffold_of(events: Iterable[Event]) -> Event | None:
    """The problem in parts that a talk is about; None where nobody gave a usable one."""
    return next(iter(usable(events, SCAFFOLD.name, COMPOSE.name)), None)


def told_of(scaffold: Event) -> dict[str, JsonValue]:
    """What is put before the later roles in place of the task's own fields: nothing where the problem is the task's."""
    if scaffold.role != COMPOSE.name:
        return {}
    return {"question": scaffold.answer["problem"], "solution": scaffold.answer["solution"]}


def truth_of(scaffold: Event) -> dict[str, JsonValue] | None:
    """What is true of the problem in place of the task's truth; None where the problem is the task's."""
    if scaffold.role != COMPOSE.name:
        return None
    known = (scaffold.memory or {}).get("parts")
    if known:
        return {"parts": known}
    made: Any = scaffold.answer["subproblems"]
    return {"parts": [told(written_part(part)) for part in made]}


def question_of(episode: Episode) -> str:
    """The problem that the talk of an episode is about, in words; empty where nobody gave a usable one."""
    scaffold = scaffold_of(episode.events)
    return "" if scaffold is None else str({**episode.task.fields, **told_of(scaffold)}["question"])


def true_parts(episode: Episode) -> list[Part]:
    """The parts with their right answers, where these are known."""
    scaffold = scaffold_of(episode.events)
    own = None if scaffold is None else truth_of(scaffold)
    return parts_of(episode.task.fields, episode.task.truth if own is None else own)


def topic_of(episode: Episode) -> str:
    """The kind of word problem that the talk is about, where it is one."""
    scaffold = scaffold_of(episode.events)
    made: Mapping[str, Any] = (scaffold.memory if scaffold and scaffold.role == COMPOSE.name else None) or {}
    return str(made.get("topic", episode.task.fields.get("topic")))


def kept_to(episode: Episode) -> Iterable[Decision]:
    """Of a problem that an author wrote: its parts' answers, beside the right ones, and the problem, beside whether it takes the
    section's skills and no others; nothing where that is not known."""
    scaffold = scaffold_of(episode.events)
    if scaffold is None or scaffold.role != COMPOSE.name or not (scaffold.memory or {}).get("parts"):
        return
    made: Any = scaffold.answer["subproblems"]
    for part, true in zip(made, true_parts(episode), strict=True):
        right = answers.equal(str(part["answer"]), true.answer)
        yield Decision(kind="part", said=True, true=right, event=scaffold.id)
    wanted: Any = episode.task.truth.get("skills")
    if wanted is not None:
        memory: Mapping[str, Any] = scaffold.memory or {}
        of_it = memory["topic"] == episode.task.fields.get("topic") and set(memory["skills"]) == set(wanted)
        yield Decision(kind="section", said=True, true=of_it, event=scaffold.id)
