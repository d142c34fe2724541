"""Talks without a plan: an instructor who sees the whole talk asks question after question, with no target and no level.

The systems that TreeInstruct is ranked against: plain prompting, and Bridge's decision before each question. The student,
who lists fixes, and the verifier of fixes are those of the planned talk; since nobody judges answers here, fixes are
listed after each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import JsonValue

from maieutic import Episode, Event, Stop, path
from maieutic.agents.simulated.bug_talk import about, shown
from maieutic.graphs import Ask, Graph, Notes, Offer, State, dialogue, head_of
from maieutic.roles import Role, debugger, instructor, verifier
from maieutic.scenarios.debugging.fixes import complete, last_fixes, listing, verdicts
from maieutic.scenarios.debugging.later import later
from maieutic.scenarios.scenario import Decision
from maieutic.worlds.programs.bugs import Bug

ROLES = {"vanilla": instructor.VANILLA, "bridge": instructor.BRIDGE}


def unplanned(role: Role, turns: int, lessons: int) -> Graph:
    """The talk of an instructor of `role`.

    Args:
        role: of the instructor.
        turns: the most answers that are heard.
        lessons: that pass before fixes are listed once more; 0: they are not.
    """

    def decide(state: State) -> str | Stop:
        return Stop.SOLVED if state["notes"].get("accepted") else "ask"

    return dialogue(
        speak={
            "ask": Ask(role, lambda state: [Offer(state["notes"].get("head"), {"history": _history(state)})])
        },
        listen=Ask(
            debugger.ANSWER,
            lambda state: [Offer(state["notes"]["head"], {"question": head_of(state).answer["text"]})],
            _heard,
        ),
        assess={
            "fixes": Ask(
                debugger.FIXES,
                lambda state: [Offer(state["notes"]["head"], {"history": _history(state)})],
                lambda state, events: {
                    "fixes": [*state["notes"].get("fixes", []), listing(events[-1].answer.get("fixes"))]
                },
            ),
            "acceptance": Ask(
                verifier.FIXES,
                lambda state: [
                    Offer(state["events"][-1].id, {"fixes": fixes}) for fixes in [last_fixes(state)] if fixes
                ],
                _accepted,
            ),
            **later(lessons, decide, turns),
        },
        decide=decide,
        turns=turns,
    )


def _history(state: State) -> list[JsonValue]:
    if "head" not in state["notes"]:
        return []
    branch = path(state["events"], state["notes"]["head"])
    return [{"speaker": event.seat, "text": event.answer["text"]} for event in branch]


def _heard(state: State, events: Sequence[Event]) -> Notes:
    answer = events[-1]
    if answer.invalid is not None:
        return {}
    turn: dict[str, Any] = {
        "talk": 0,
        "target": None,
        "level": 0,
        "kind": "unplanned",
        "question": answer.parent,
        "answer": answer.id,
        "verdict": None,
        "program": None,
        "resolved": [],  # reference fixes that were found present for the first time, from 0
    }
    return {"turns": [*state["notes"].get("turns", []), turn]}


def _accepted(state: State, events: Sequence[Event]) -> Notes:
    listed, found = last_fixes(state), verdicts(events[-1])
    references = len(listing(state.get("fields", {}).get("bug_fixes")))
    turns = state["notes"]["turns"]
    before = {number for turn in turns for number in turn["resolved"]}
    now = {one["matches"] - 1 for one in found if one["present"] and 0 < one["matches"] <= references}
    last = {**turns[-1], "resolved": sorted(now - before)}
    return {"accepted": complete(listed, found, references), "turns": [*turns[:-1], last]}


def readings(episode: Episode, bugs: Sequence[Bug]) -> Iterator[Decision]:
    """Whether the instructor, who decides before asking, took the last answer for one that is wrong (`error`), beside
    whether the student lacked what the question before it was about (its true state; of one without, whether its answer
    does not say what is wrong there)."""
    by_id = {event.id: event for event in episode.events}
    for event in episode.by_role(instructor.BRIDGE.name):
        answer = by_id.get(event.parent or "")
        if event.invalid is not None or answer is None:
            continue
        memory: Any = answer.memory or {}
        asked = about(str(by_id[answer.parent].answer["text"]), bugs)
        if asked and "text" in answer.answer:
            understood = memory.get("understood") or shown([str(answer.answer["text"])], bugs)[0]
            lacks = not all(understood[bug] for bug in asked)
            yield Decision(kind="error", said=event.private["error"] != "none", true=lacks, event=event.id)
