"""Cases: the worked answers of a log, and of those that are wrong the step that was found and what was made of it.

Knows no graph and no truth: it reads what the turns of the roles in `template` and `correction` say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from maieutic import Event, usable
from maieutic.roles.correction import (
    INSPECT,
    LOCATE,
    REVIEW,
    STUDENT_CORRECT,
    TEACHER_CORRECT,
    TEACHER_INSPECT,
    reviewed,
)
from maieutic.roles.record import ATTEMPT
from maieutic.roles.template import (
    SOLVE,
    SOLVE_TAGGED,
    TEMPLATE,
    TEMPLATE_TAGGED,
    Unreadable,
    Worked,
    laid_out,
    recorded,
)

MAKERS = (TEMPLATE.name, TEMPLATE_TAGGED.name, SOLVE.name, SOLVE_TAGGED.name, ATTEMPT.name)
INSPECTORS = (INSPECT.name, TEACHER_INSPECT.name)


def worked_answers(events: Sequence[Event]) -> dict[str, Worked]:
    """Id of a turn -> the worked answer that it gave or came to by review; those that cannot be read are left out."""
    found: dict[str, Worked] = {}
    for event in usable(events, *MAKERS, REVIEW.name):
        try:
            if event.role == REVIEW.name:
                found[event.id] = reviewed(found[event.parent], event.answer)
            elif event.role == ATTEMPT.name:
                found[event.id] = recorded(str(event.answer["text"]))
            else:
                found[event.id] = laid_out(event.answer)
        except Unreadable:
            continue
    return found


@dataclass(frozen=True)
class Case:
    """A wrong solution whose first wrong step was found.

    Attributes:
        worked: the solution.
        number: of the wrong step, from 1.
        located: the turn that found it.
        own: the student's correction, and its inspection.
        tries: the teacher's corrections, each with its inspection.
    """

    worked: Worked
    number: int
    located: Event
    own: tuple[Event, Event | None] | None
    tries: tuple[tuple[Event, Event | None], ...]

    @property
    def step(self) -> dict[str, JsonValue]:
        """The right prefix and the wrong step, as they are shown."""
        steps = self.worked.steps
        return {"prefix": [*steps[: self.number - 1]], "wrong_step": steps[self.number - 1]}

    @property
    def mended(self) -> bool:
        """Whether the student's own correction passed; then there is nothing to learn from a pair."""
        return self.own is not None and passed(self.own[1]) is True

    @property
    def wanting(self) -> bool:
        """Whether the teacher's last correction was sent back, and another one would make a pair."""
        own = self.own is not None and passed(self.own[1]) is False
        return own and bool(self.tries) and passed(self.tries[-1][1]) is False

    @property
    def pair(self) -> tuple[Event, Event] | None:
        """The teacher's correction that passed and the student's that did not."""
        if self.own is None or passed(self.own[1]) is not False or not self.tries:
            return None
        return (self.tries[-1][0], self.own[0]) if passed(self.tries[-1][1]) else None


def passed(inspection: Event | None) -> bool | None:
    """What an inspection came to; None where there is none."""
    return None if inspection is None else bool(inspection.answer["valid"])


def cases(events: Sequence[Event]) -> list[Case]:
    """The wrong solutions whose first wrong step was found; a number that no step has finds none."""
    worked, below = worked_answers(events), {event.parent: event for event in usable(events, *INSPECTORS)}
    by_parent = {
        (one.parent, one.role): one for one in usable(events, TEACHER_CORRECT.name, STUDENT_CORRECT.name)
    }
    found = []
    for event in usable(events, LOCATE.name):
        number: Any = event.answer["first_wrong_step"]
        if number is None or number > len(worked[event.parent].steps):
            continue
        tries: list[tuple[Event, Event | None]] = []
        ahead = by_parent.get((event.id, TEACHER_CORRECT.name))
        while ahead is not None:
            verdict = below.get(ahead.id)
            tries.append((ahead, verdict))
            ahead = None if verdict is None else by_parent.get((verdict.id, TEACHER_CORRECT.name))
        own = by_parent.get((event.id, STUDENT_CORRECT.name))
        held = None if own is None else (own, below.get(own.id))
        found.append(Case(worked[event.parent], number, event, held, tuple(tries)))
    return found
