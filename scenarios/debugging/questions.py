"""Questions of an instructor: how they are heard, and what each was like beside the bugs that are known.

Knows nothing of why a question was asked. The three measures are those of TreeInstruct: relevant, indirect, logical flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from maieutic import Episode, Event, path
from maieutic.agents.simulated.bug_talk import about, meant
from maieutic.roles import instructor
from maieutic.scenarios.debugging.fixes import listing
from maieutic.worlds.programs.bugs import Bug, isomorphic, leaks

REPHRASED = "Let me ask it from another side."  # opening words of a sibling, put in front by the scenario
DEEPER = "Good. Let us take that one step further."  # of a child
LESSON = "Consider this first."  # of teaching, which ends with the question that was asked last
KINDS = ("conceptual", "syntactical")


def aloud(event: Event, events: Sequence[Event]) -> str:
    """What the student hears of an instructor's `event`, or the words of an answer; the log is `events`.

    A lesson ends with the last question that was asked before it.
    """
    text = str(event.answer["text"])
    if event.role == instructor.SIBLING.name:
        return f"{REPHRASED} {text}"
    if event.role == instructor.CHILD.name:
        return f"{DEEPER} {text}"
    if event.role == instructor.TEACH.name:
        before = path(events, event.parent)
        asked = next(e for e in reversed(before) if e.seat == event.seat and e.role != event.role)
        return f"{LESSON} {text}\n{asked.answer['text']}"
    return text


def gives_away(text: str, bugs: Sequence[Bug]) -> bool:
    """Whether a text spells out the fix of one of the bugs."""
    return leaks(text, [bug.model_dump() for bug in bugs])


def kind_of(bug: Bug) -> str:
    """The kind of attribute that a bug asks for."""
    return "syntactical" if bug.kind == "syntactic" else "conceptual"


def fixed(episode: Episode, bugs: Sequence[Bug]) -> list[int | None]:
    """For each reference fix of the task the bug that it mends; None where it is none of them."""
    return [
        next((place for place, bug in enumerate(bugs) if isomorphic(str(fix), bug.fix)), None)
        for fix in listing(episode.task.fields.get("bug_fixes"))
    ]


@dataclass(frozen=True)
class _Asked:
    """What a question that was answered was like, and the kind of bug that it was to be about."""

    kind: str
    relevant: bool
    indirect: bool
    flows: bool


def quality(episode: Episode, bugs: Sequence[Bug]) -> dict[str, float]:
    """Shares of the questions, of all and of those about each kind of bug, and the mean of the three (`quality`).

    Relevant: about a bug of the target; where a talk has no targets, about any bug. Indirect: spells out no fix. Logical
    flow: neither said before in this talk nor back at what is resolved. The kind is that of the target; without one that
    of the bug that the question is about, or if there is none, of the first one still open, conceptual before syntactical.
    """
    found = _asked(episode, bugs)
    shares: dict[str, float] = {}
    for kind in ("", *KINDS):
        of = [one for one in found if kind in ("", one.kind)]
        if of:
            name = f"_{kind}" if kind else ""
            three = (
                fmean(one.relevant for one in of),
                fmean(one.indirect for one in of),
                fmean(one.flows for one in of),
            )
            shares |= {
                f"{measure}{name}": share
                for measure, share in zip(
                    ("relevant", "indirect_questions", "logical_flow"), three, strict=True
                )
            }
            shares[f"quality{name}"] = fmean(three)
    return shares


def _asked(episode: Episode, bugs: Sequence[Bug]) -> list[_Asked]:
    by_id = {event.id: event for event in episode.events}
    attributes: Any = episode.notes.get("attributes", [])
    aims = [meant(one["text"], bugs) for one in attributes] if attributes else fixed(episode, bugs)
    found, done, said = list[_Asked](), set[int | None](), dict[int, set[str]]()
    for one in listing(episode.notes.get("turns")):
        text = str(by_id[one["question"]].answer["text"])
        hit, before = set(about(text, bugs)), said.setdefault(one["talk"], set())
        if attributes:
            kind, relevant = attributes[one["target"]]["kind"], aims[one["target"]] in hit
        else:
            kind, relevant = _due(hit, done, bugs), bool(hit)
        found.append(
            _Asked(
                kind=kind,
                relevant=relevant,
                indirect=not gives_away(aloud(by_id[one["question"]], episode.events), bugs),
                flows=text not in before and not (hit and hit <= done),
            )
        )
        before.add(text)
        done |= {aims[number] for number in one["resolved"]}
    return found


def _due(hit: set[int], done: set[int | None], bugs: Sequence[Bug]) -> str:
    open_ones = [place for place in range(len(bugs)) if place not in done] or list(range(len(bugs)))
    first = [*sorted(hit), *sorted(open_ones, key=lambda place: kind_of(bugs[place]))]
    return kind_of(bugs[first[0]])
