"""Fixes that a student lists in a talk: what a verifier found them to be, and whether they mend the program.

Knows no order of a talk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from maieutic import Episode, Event, Task
from maieutic.agents.simulated.bug_talk import bugs_of
from maieutic.graphs import State
from maieutic.roles import debugger, verifier
from maieutic.scenarios.scenario import Decision
from maieutic.worlds.programs.bugs import Bug, isomorphic, patch, read_fix
from maieutic.worlds.programs.check import passes


def listing(value: Any) -> list[Any]:
    """A list as one, anything else as none."""
    return list(value) if isinstance(value, list) else []


def last_fixes(state: State) -> list[Any]:
    """What the student has just listed; the fixes whose verdict is in are found above the verdict."""
    made = state["events"][-1]
    if made.role == verifier.FIXES.name:
        made = next(event for event in state["events"] if event.id == made.parent)
    return listing(made.answer.get("fixes")) if made.role == debugger.FIXES.name else []


def verdicts(event: Event) -> list[Any]:
    """The verdicts on listed fixes in a turn of the verifier; none where it is unusable."""
    return listing(event.answer.get("verdicts"))


def complete(listed: Sequence[Any], found: Sequence[Any], references: int) -> bool:
    """Whether each listed fix is present, and between them they are all the reference fixes, counted as parsed."""
    if len(listed) != len(found) or not all(one["present"] for one in found):
        return False
    return {one["matches"] for one in found} == set(range(1, references + 1))


def present(event: Event, episode: Episode) -> list[str]:
    """The listed fixes that the verifier's `event` found to be reference fixes."""
    listed: Any = next(one for one in episode.events if one.id == event.parent).answer["fixes"]
    return [fix for fix, one in zip(listed, verdicts(event), strict=False) if one["present"]]


def mends(fixes: Sequence[str], task: Task, *, run: bool = False) -> bool:
    """Whether `fixes` make the buggy program right: the same syntax tree, or with `run` passing the tests.

    It is not run while there is a bug on whose line nothing was changed.
    """
    source = str(task.fields["buggy_code"])
    mended = patch(source, list(dict.fromkeys(fixes)))
    if _shape(mended) == _shape(str(task.fields["correct_code"])):
        return True
    touched = {max(edit.line, 1) for edit in map(read_fix, fixes) if edit is not None}
    if not run or any(bug.line not in touched for bug in bugs_of(task.truth)):
        return False
    return passes(mended, task).status == "pass"


def decisions(episode: Episode, bugs: Sequence[Bug]) -> Iterator[Decision]:
    """Each verdict on a listed fix (`fix`), and whether a list was taken for all there is to mend (`accepted`)."""
    by_id = {event.id: event for event in episode.events}
    for event in episode.by_role(verifier.FIXES.name):
        listed: Any = by_id[event.parent].answer["fixes"]
        for fix, verdict in zip(listed, verdicts(event), strict=False):
            true = any(isomorphic(fix, bug.fix) for bug in bugs)
            yield Decision(kind="fix", said=bool(verdict["present"]), true=true, event=event.id)
        done = complete(listed, verdicts(event), len(bugs))
        yield Decision(kind="accepted", said=done, true=mends(listed, episode.task), event=event.id)


def _shape(source: str) -> str | None:
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return None
