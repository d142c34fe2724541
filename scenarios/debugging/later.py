"""Later: a student who debugs lists fixes once more when other lessons have passed, and what was kept of the talk.

Knows no order of a talk; it is asked when nothing more is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Event, Stop, path, usable
from maieutic.graphs import Ask, Offer, State, goes_on
from maieutic.graphs.seat import Route
from maieutic.roles import debugger
from maieutic.scenarios.debugging.fixes import listing, mends
from maieutic.scenarios.debugging.questions import aloud
from maieutic.scenarios.retention import passed
from maieutic.worlds.programs.bugs import Bug, isomorphic


def later(lessons: int, decide: Route, turns: int) -> dict[str, Ask]:
    """The test, as the last assessment of a talk; none without lessons before it.

    Args:
        lessons: that pass.
        decide: as the talk has it.
        turns: as the talk has it.
    """

    def offers(state: State) -> Sequence[Offer]:
        goal = goes_on(state, decide, turns)
        if not isinstance(goal, Stop) or goal is Stop.INVALID:
            return []
        head = str(state["notes"]["head"])
        said: list[JsonValue] = [
            {"speaker": one.seat, "text": aloud(one, state["events"])}
            for one in path(state["events"], head)
            if "text" in one.answer
        ]
        return [Offer(head, {"history": said, **passed(lessons)})]

    return {"later": Ask(debugger.LATER, offers, needed=False)} if lessons else {}


def retained(episode: Episode, bugs: Sequence[Bug]) -> float | None:
    """Share of the bugs that the student understands then, by its true state; of one without, share of them that its list
    mends. None where it is not asked."""
    for event in usable(episode.events, debugger.LATER.name):
        flags: Any = (event.memory or {}).get("understood")
        return fmean(flags) if flags else mended([event], bugs)
    return None


def mended(lists: Sequence[Event], bugs: Sequence[Bug]) -> float:
    """Share of the bugs that lists of fixes mend between them, each by a fix of its own."""
    listed = [str(fix) for event in lists for fix in listing(event.answer.get("fixes"))]
    return fmean(any(isomorphic(fix, bug.fix) for fix in listed) for bug in bugs)


def repaired(episode: Episode) -> dict[str, float]:
    """Whether the fixes that are listed then make the program pass its tests (`repaired_later`), where they are asked for;
    an unusable list mends nothing."""
    if not any(one.role == debugger.LATER.name for one in episode.events):
        return {}
    made = [
        fix for one in usable(episode.events, debugger.LATER.name) for fix in listing(one.answer.get("fixes"))
    ]
    return {"repaired_later": float(mends(made, episode.task, run=True))}
