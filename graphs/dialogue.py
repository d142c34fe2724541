"""Dialogue: somebody speaks, a guard may hold the words back, somebody answers, the answer is assessed.

Knows nothing of tutoring. Ways of speaking (question, hint, teach, ...) are a ladder that `decide` climbs; a
draft that the guard rejects stays in the log as a sibling of the one that passed, which makes a pair of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from maieutic import Event, ScenarioError, Stop
from maieutic.graphs.seat import Ask, Graph, Notes, Route, State, add_seat, new_graph


def dialogue(
    *,
    speak: Mapping[str, Ask],
    listen: Ask,
    decide: Route,
    turns: int,
    first: Literal["speak", "listen"] = "speak",
    prepare: Ask | None = None,
    screen: Ask | None = None,
    passes: Callable[[Event], bool | None] = lambda verdict: True,
    tries: int = 1,
    assess: Mapping[str, Ask] | None = None,
    closes: Callable[[State], Stop | None] = lambda state: None,
) -> Graph:
    """A conversation as a LangGraph state graph.

    The notes hold `head` (the last thing said aloud, which the next turn answers), `way` (how the speaker
    speaks now), `draft` (words not yet let through), `turn` (answers heard so far) and `tries` (drafts of this
    turn). An unusable draft or answer ends the episode as invalid; an unusable verdict of the guard rejects.

    Args:
        speak: name of a way of speaking -> how it is asked; each is a node.
        listen: the one who answers.
        decide: after an answer has been assessed: the way to speak next, or why to stop.
        turns: the most answers that are heard; then the episode stops with `Stop.TURNS`.
        first: who opens; a listener who opens shows a first attempt.
        prepare: asked once before all else, such as a plan or a diagnosis.
        screen: a guard that is shown every draft before the listener is.
        passes: reads the guard's verdict; None or False holds the draft back.
        tries: drafts a turn; when all are held back the episode stops with `Stop.REFUSED`.
        assess: asked in this order after each answer; one without offers is skipped.
        closes: given the state once words have been let through: why to stop there, without an answer.

    Raises:
        ScenarioError: no way of speaking, or a bound below 1.

    >>> from maieutic.roles import Answer, Role
    >>> line = Ask(Role("teacher", (), Answer), lambda state: [])
    >>> dialogue(speak={"ask": line}, listen=line, decide=lambda s: Stop.SOLVED, turns=0)
    Traceback (most recent call last):
    maieutic.errors.ScenarioError: a dialogue needs turns >= 1 and tries >= 1, got turns=0, tries=1
    """
    if turns < 1 or tries < 1:
        raise ScenarioError(f"a dialogue needs turns >= 1 and tries >= 1, got turns={turns}, tries={tries}")
    if not speak:
        raise ScenarioError("a dialogue needs at least one way of speaking, got none")
    checks = dict(assess or {})
    graph = new_graph()

    def next_check(state: State, names: Sequence[str]) -> str | Stop:
        for name in names:
            if checks[name].offers(state):
                return name
        return goes_on(state, decide, turns)

    def after_draft(state: State) -> str | Stop:
        if state["events"][-1].invalid is not None:
            return Stop.INVALID
        return "screen" if screen is not None else closes(state) or "listen"

    def after_screen(state: State) -> str | Stop:
        if state["notes"]["draft"] is None:
            return closes(state) or "listen"
        return Stop.REFUSED if state["notes"]["tries"] >= tries else state["notes"]["way"]

    def after_listen(state: State) -> str | Stop:
        return Stop.INVALID if state["events"][-1].invalid is not None else next_check(state, list(checks))

    ways = list(speak)
    later = [*checks, *ways]
    opening = "listen" if first == "listen" else ways[0]
    if prepare is not None:
        add_seat(
            graph,
            "prepare",
            prepare,
            lambda state: (
                Stop.INVALID if state["events"][-1].invalid is not None else _opened(state, first, decide)
            ),
            ["listen"] if first == "listen" else ways,
            visits=1,
        )
        opening = "prepare"
    graph.set_entry_point(opening)
    for way, ask in speak.items():
        add_seat(
            graph,
            way,
            replace(ask, note=_drafted(way, ask.note, screened=screen is not None)),
            after_draft,
            ["screen" if screen is not None else "listen"],
            visits=turns * tries,
        )
    if screen is not None:
        add_seat(
            graph,
            "screen",
            replace(screen, note=_screened(screen.note, passes)),
            after_screen,
            ["listen", *ways],
            turns * tries,
        )
    add_seat(graph, "listen", replace(listen, note=_heard(listen.note)), after_listen, later, visits=turns)
    for place, (name, ask) in enumerate(checks.items()):
        rest = list(checks)[place + 1 :]
        add_seat(graph, name, ask, partial(next_check, names=rest), [*rest, *ways], visits=turns)
    return graph


def goes_on(state: State, decide: Route, turns: int) -> str | Stop:
    """How a dialogue goes on when an answer has been assessed, or why it ends there.

    Args:
        state: of the dialogue.
        decide: as it has it.
        turns: as it has it.
    """
    goal = decide(state)
    return Stop.TURNS if not isinstance(goal, Stop) and state["notes"].get("turn", 0) >= turns else goal


def _opened(state: State, first: str, decide: Route) -> str | Stop:
    return "listen" if first == "listen" else decide(state)


def _drafted(
    way: str, note: Callable[[State, Sequence[Event]], Notes], *, screened: bool
) -> Callable[[State, Sequence[Event]], Notes]:
    def drafted(state: State, events: Sequence[Event]) -> Notes:
        said = events[-1].id
        notes: Notes = {"way": way, "tries": state["notes"].get("tries", 0) + 1}
        notes |= {"draft": said} if screened else {"head": said, "tries": 0}
        return {**notes, **note(state, events)}

    return drafted


def _screened(
    note: Callable[[State, Sequence[Event]], Notes], passes: Callable[[Event], bool | None]
) -> Callable[[State, Sequence[Event]], Notes]:
    def screened(state: State, events: Sequence[Event]) -> Notes:
        let_through = all(event.invalid is None and passes(event) for event in events)
        notes: Notes = {"head": state["notes"]["draft"], "draft": None, "tries": 0} if let_through else {}
        return {**notes, **note(state, events)}

    return screened


def _heard(note: Callable[[State, Sequence[Event]], Notes]) -> Callable[[State, Sequence[Event]], Notes]:
    def heard(state: State, events: Sequence[Event]) -> Notes:
        notes: Notes = {"head": events[-1].id, "turn": state["notes"].get("turn", 0) + 1}
        return {**notes, **note(state, events)}

    return heard


def head_of(state: State) -> Event:
    """The last thing said aloud in a dialogue that has begun."""
    return next(event for event in reversed(state["events"]) if event.id == state["notes"]["head"])
