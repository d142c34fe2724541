"""Minds: a student's state behind each reply, by its memory or by its words, and what the teacher made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Event
from maieutic.agents.simulated.problem import Problem, problem
from maieutic.agents.simulated.student import Mind, first_steps
from maieutic.roles.student import STUDENT_REPLY
from maieutic.roles.teacher import TEACHER_TURN
from maieutic.scenarios.socratic.outside import before_help, keeps, openings, planted, states
from maieutic.scenarios.socratic.talk import branch_of, replies_of, right
from maieutic.worlds.word_problems import LIBRARY


def mind_of(event: Event | None) -> Mind | None:
    """The true state of a simulated student after its turn; None for anybody else's."""
    if event is None or event.memory is None or not {"known", "marks"} <= event.memory.keys():
        return None
    return Mind.model_validate(event.memory)


def remembered_of(episode: Episode) -> dict[str, Mind]:
    """The true states of a simulated student, by its replies; none of anybody else."""
    replies = episode.by_role(STUDENT_REPLY.name)
    return {event.id: mind for event in replies if (mind := mind_of(event)) is not None}


def shown(episode: Episode) -> dict[str, Mind]:
    """The states that the words of a student show, by its replies, whoever plays it; none where the task brings neither
    steps nor an answer."""
    task = problem(episode.task.fields, episode.task.truth)
    if task is None:
        return {}
    replies = replies_of(episode)
    said = [_words(one) for one in replies]
    heard = [str(one.answer["text"]) for one in branch_of(episode) if one.role == TEACHER_TURN.name]
    minds = states(task, said, heard, planted(task))
    return {one.id: mind for one, mind in zip(replies, minds, strict=True)}


def _words(reply: Event) -> tuple[str, str | None]:
    """A reply and the answer that stands by it, if any."""
    answer = reply.answer.get("answer")
    return str(reply.answer["text"]), None if answer is None else str(answer)


def diagnosed(episode: Episode, minds: Mapping[str, Mind]) -> Iterable[tuple[Event, Mind, Problem]]:
    """Each usable draft with the student's state behind it, where that is known, and the problem."""
    task = problem(episode.task.fields, episode.task.truth)
    for draft in episode.by_role(TEACHER_TURN.name):
        mind = minds.get(draft.parent)
        if task is not None and mind is not None and mind.clear:
            yield draft, mind, task


@dataclass
class Insight:
    """What the teacher made of the student, turn by turn: whether the first wrong step and the misconception behind it were
    found, and the chance given to a skill beside whether it is known."""

    steps: list[bool] = field(default_factory=list)
    names: list[bool] = field(default_factory=list)
    beliefs: list[tuple[float, bool]] = field(default_factory=list)


def insight(episode: Episode, minds: Mapping[str, Mind]) -> Insight:
    """What the teacher made of the student, beside its state behind each reply."""
    seen = Insight()
    for draft, mind, task in diagnosed(episode, minds):
        wrong, aim = task.first_wrong(mind.marks), draft.private.get("target_step")
        if task.chain and wrong is not None:
            seen.steps.append(aim == wrong)
        index = wrong if wrong is not None and (aim == wrong or not task.chain) else None
        if index is not None and (name := mind.marks[index].name) is not None:
            said = called(draft.private.get("diagnosis"), task)
            if said != "":
                seen.names.append(said == name)
        belief, at = draft.private.get("belief"), aim if isinstance(aim, int) else 0
        if isinstance(belief, int | float) and at < task.length:
            seen.beliefs.append((belief, mind.known[task.skill(at)]))
    return seen


def called(diagnosis: JsonValue, task: Problem) -> str | None:
    """The misconception that a teacher names, by its name or its statement; empty where the words are its own, which nobody
    can hold against a name, None where it names none."""
    if diagnosis is None:
        return None
    plain = re.sub(r"\W+", " ", str(diagnosis).casefold()).strip()
    if task.misconception is not None and plain == re.sub(r"\W+", " ", task.misconception.casefold()).strip():
        return task.misconception
    for one in LIBRARY:
        if plain in (one.name.replace("-", " "), re.sub(r"\W+", " ", one.statement.casefold()).strip()):
            return one.name
    return ""


def guided(episode: Episode, minds: Sequence[Mind | None]) -> Iterable[tuple[bool, bool]]:
    """Per turn of the teacher, whether it was about what the student lacks, and whether the student learnt then."""
    task = problem(episode.task.fields, episode.task.truth)
    for mind, one in pairwise(minds):
        if task and mind and one and not all(mind.known.values()):
            about = one.heard is not None and not mind.known[task.skill(one.heard)]
            yield about, len(one.learned) > len(mind.learned)


def by_memory(episode: Episode, memories: Sequence[Mind | None]) -> dict[str, Any]:
    """Whether a simulated student was who its memory says."""
    task, first = problem(episode.task.fields, episode.task.truth), memories[0]
    begun = [] if task is None or first is None else list(first_steps(task, first))
    return {
        "planned": tuple((float(first.known[skill]), well) for skill, well, _ in begun if first),
        "abided": tuple(
            (sum(not known for known in mind.known.values()), right(event, episode.task.fields))
            for event, mind in list(zip(replies_of(episode), memories, strict=True))[1:]
            if mind is not None
        ),
        "misconceived": tuple(
            name is not None and name == first.holds.get(skill)
            for skill, well, name in begun
            if first and not well and not first.known[skill]
        ),
    }


def by_words(episode: Episode, alone: bool) -> dict[str, Any]:
    """Whether any student was, by its words, who the task says; `alone` where no memory says more."""
    task = problem(episode.task.fields, episode.task.truth)
    plan = None if task is None else planted(task)
    if task is None or plan is None:
        return {}
    replies, minds = replies_of(episode), list(shown(episode).values())
    held = before_help(task, minds, plan)
    made: dict[str, Any] = {
        "kept": tuple(
            keeps(task, plan, mind)
            for event, mind in zip(replies, held, strict=False)
            if event.answer.get("answer") is not None
        )
    }
    if not alone:
        return made
    begun = [] if plan.given else list(openings(task, *_words(replies[0]), plan))
    fields = episode.task.fields
    return made | {
        "planned": tuple((float(has), well) for has, well, _ in begun),
        "abided": tuple((1, right(event, fields)) for event, _ in zip(replies[1:], held[1:], strict=False)),
        "misconceived": tuple(meant for has, well, meant in begun if not has and not well),
    }
