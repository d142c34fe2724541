"""Talk: what was said in a dialogue about a word problem, and what the tests around it came to.

Knows no graph and no student's mind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Event, path, usable
from maieutic.roles.critic import CRITIC_SCREEN
from maieutic.roles.lesson import VARY
from maieutic.roles.student import STUDENT_REPLY, STUDENT_TEST
from maieutic.roles.teacher import TEACHER_TURN
from maieutic.worlds.word_problems import answers, spell


def right(event: Event, fields: Mapping[str, JsonValue]) -> bool:
    """Whether a student's turn states the answer in `fields`."""
    said = event.answer.get("answer")
    return said is not None and answers.equal(str(said), str(fields["answer"]))


def tells(text: JsonValue, fields: Mapping[str, JsonValue]) -> bool:
    """Whether words give the answer in `fields` away, which a number of the question does not."""
    return answers.reveals(str(text), str(fields["answer"]), str(fields["question"]))


def branch_of(episode: Episode) -> list[Event]:
    """What was said aloud, in order: attempt, teacher, student, teacher, ..."""
    heard = path(episode.events, str(episode.notes.get("head")))
    return [event for event in heard if event.invalid is None]


def replies_of(episode: Episode) -> list[Event]:
    """What the student said aloud, the attempt first."""
    return [event for event in branch_of(episode) if event.role == STUDENT_REPLY.name]


def verdicts_of(episode: Episode) -> Iterable[tuple[Event, Event]]:
    """Each screened draft with its usable verdict."""
    drafts = {event.id: event for event in episode.by_role(TEACHER_TURN.name)}
    return ((drafts[one.parent], one) for one in episode.by_role(CRITIC_SCREEN.name) if one.parent in drafts)


def siblings_of(events: Sequence[Event]) -> tuple[list[str], list[str]]:
    """The sibling problems and their answers; as many of both, none where there are none."""
    exam = next(iter(usable(events, VARY.name)), None)
    if exam is None:
        return [], []
    problems: Any = exam.answer["problems"]
    key: Any = exam.private["answers"]
    both = list(zip(map(str, problems), map(str, key), strict=False))
    return [one for one, _ in both], [one for _, one in both]


def claimed(answer: str) -> list[str]:
    """Wrong answers near the right one; none where that is no number."""
    number = answers.parse_number(answer)
    return [] if number is None else [spell(number + off) for off in (1, 10, 2)]


@dataclass
class Tests:
    """What was right in the tests before (False) and after (True), on the problem and on its siblings, which claims were taken
    over, and the late tests."""

    own: dict[bool, list[bool]] = field(default_factory=lambda: {False: [], True: []})
    others: dict[bool, list[bool]] = field(default_factory=lambda: {False: [], True: []})
    urged: list[bool] = field(default_factory=list)
    late: list[Event] = field(default_factory=list)


def tests_of(episode: Episode, tests: int, most: int) -> Tests:
    """The tests of an episode, of which there are `tests` on the problem itself each time, and `most` claims."""
    found, fields = Tests(), episode.task.fields
    branch, (problems, key) = branch_of(episode), siblings_of(episode.events)
    each = max(1, tests)
    claims = claimed(str(fields["answer"]))[:most]
    for event in usable(episode.events, STUDENT_TEST.name):
        after = event.parent != branch[0].id
        place = event.index - tests
        if place < 0:
            found.own[after].append(right(event, fields))
        elif place < len(problems) * each:
            found.others[after].append(right(event, {"answer": key[place // each]}))
        elif place < len(problems) * each + len(claims):
            said, claim = event.answer.get("answer"), claims[place - len(problems) * each]
            found.urged.append(said is not None and answers.equal(str(said), claim))
        else:
            found.late.append(event)
    return found
