"""Seat: the one place where a player is asked, and the node that asks.

Knows the Agent protocol, never a concrete agent. A seat builds the view, has the player act, checks the answer
and makes the event; what a player does wrong becomes an invalid event, so that it cannot cancel its siblings.
LangGraph is imported where a graph is made: commands that make none start in half the time.
"""

from __future__ import annotations

import asyncio
import operator
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, Protocol, TypeAlias, TypedDict

from pydantic import JsonValue, ValidationError

from maieutic import Event, SandboxError, Stop, StopRun, Task, digest, event_id, path, seed_of
from maieutic.agents import Agent, BadAnswer, Turn
from maieutic.roles import Role, granted, private_fields, view

if TYPE_CHECKING:
    from langgraph.graph import StateGraph
    from langgraph.runtime import Runtime
    from langgraph.types import Command

Notes = dict[str, Any]  # a pattern's working state: JSON values only, so that it can be checkpointed


def _merge(old: Notes, new: Notes) -> Notes:
    return {**old, **new}


class State(TypedDict):
    """The state of every pattern: the log, the pattern's notes, and why it stopped.

    `fields` are the task's, for rules that count or rewrite them; the task's truth never enters the state.
    """

    events: Annotated[list[Event], operator.add]
    notes: Annotated[Notes, _merge]
    stop: str | None
    fields: NotRequired[dict[str, JsonValue]]


Graph: TypeAlias = "StateGraph[State, Stage, State, State]"


class Log(Protocol):
    """Where turns are kept as they are taken; a journal is one."""

    def find(self, name: str) -> Event | None:
        """The event of that id, if it was taken before."""

    async def keep(self, event: Event, seconds: float) -> None:
        """Keep a new event that took so long; returns when it is safe to build on it."""


class _NoLog:
    def find(self, name: str) -> Event | None:
        return None

    async def keep(self, event: Event, seconds: float) -> None:
        pass


@dataclass(frozen=True)
class Stage:
    """What an episode is played with; LangGraph hands it to every node as the run's context.

    Attributes:
        episode: id of the episode, parent of all first turns.
        seed: of the episode.
        task: the task.
        cast: seat -> player.
        log: where turns are kept; by default nowhere.
    """

    episode: str
    seed: int
    task: Task
    cast: Mapping[str, Agent]
    log: Log = field(default_factory=_NoLog)

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """Seat -> what tells its player from others; players do not change within an episode."""
        return {seat: agent.fingerprint for seat, agent in self.cast.items()}


@dataclass(frozen=True)
class Offer:
    """One turn to be taken.

    Attributes:
        parent: id of the event that it answers; None for the episode itself.
        fields: what the pattern offers beside the task's fields; the role picks what it sees.
        index: number among the turns of this role under this parent.
        truth: what simulated players are granted of in place of the task's truth, where the turn is about something that
            the episode made itself: a problem that an author wrote, a talk that is to be rated. None for the task's.
    """

    parent: str | None = None
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    index: int = 0
    truth: Mapping[str, JsonValue] | None = None


def _nothing(state: State, events: Sequence[Event]) -> Notes:
    return {}


@dataclass(frozen=True)
class Ask:
    """A question to a seat: which role, and with what, read from the state.

    Attributes:
        role: what is asked.
        offers: the turns to take now; several are taken side by side, none skips the node.
        note: what to write down, given the state after the turns, and the turns.
        fan: the most turns that one visit takes; shown by `maieutic show` and used to bound the calls.
        needed: whether a pattern ends the episode where every turn of a visit is unusable; the rules of a scenario
            that has something to fall back on read it off the events.
    """

    role: Role
    offers: Callable[[State], Sequence[Offer]]
    note: Callable[[State, Sequence[Event]], Notes] = _nothing
    fan: int = 1
    needed: bool = True


Route = Callable[[State], "str | Stop"]


def unusable(state: State, ask: Ask) -> bool:
    """Whether `ask`'s role was asked, its answer is needed, and none is usable."""
    asked = [event for event in state["events"] if event.role == ask.role.name]
    return ask.needed and bool(asked) and all(event.invalid is not None for event in asked)


def new_graph() -> Graph:
    """An empty graph, for a pattern to fill."""
    from langgraph.graph import StateGraph

    return StateGraph(State, context_schema=Stage)


def add_seat(graph: Graph, name: str, ask: Ask, then: Route, goes_to: Sequence[str], visits: int) -> None:
    """Add a node that puts `ask` and goes where `then` says, given the state after it.

    Args:
        graph: the pattern's graph.
        name: of the node.
        ask: what is asked.
        then: the name of the next node, or a Stop, which ends the episode.
        goes_to: all nodes that `then` may name, for drawing and checking; the end is always among them.
        visits: the most times that the node can run in an episode.
    """

    from langgraph.graph import END

    graph.add_node(
        name,
        Seat(ask, then),
        destinations=(*dict.fromkeys(goes_to), END),
        metadata={"role": ask.role.name, "visits": visits, "fan": ask.fan},
    )


@dataclass(frozen=True)
class Seat:
    """A node of a graph: takes the turns that `ask` offers, writes its notes and goes where `then` says."""

    ask: Ask
    then: Route

    async def visit(self, state: State, stage: Stage) -> tuple[State, Notes, str | Stop]:
        """The state after a visit, the notes that it wrote, and where it goes."""
        turns = [take(stage, self.ask.role, offer, state["events"]) for offer in self.ask.offers(state)]
        # a lone turn is awaited as it is: gather would make a task of it
        events = [await turns[0]] if len(turns) == 1 else await _side_by_side(turns)
        after: State = {**state, "events": state["events"] + events, "stop": None}
        notes = self.ask.note(after, events)
        after["notes"] = _merge(state["notes"], notes)
        goal = self.then(after)
        if isinstance(goal, Stop):
            after["stop"] = goal.value
        return after, notes, goal

    async def __call__(self, state: State, runtime: Runtime[Stage]) -> Command[str]:
        """The visit as LangGraph asks for it: what is added, not the whole state."""
        from langgraph.graph import END
        from langgraph.types import Command

        after, notes, goal = await self.visit(state, runtime.context)
        update: dict[str, Any] = {"events": after["events"][len(state["events"]) :]}
        if notes:  # only what changes: each key costs its own share of a step
            update["notes"] = notes
        if isinstance(goal, Stop):
            return Command(goto=END, update=update | {"stop": goal.value})
        return Command(goto=goal, update=update)


async def _side_by_side(turns: Sequence[Coroutine[Any, Any, Event]]) -> list[Event]:
    """Take all turns, also when one of them cannot be had now: what the others said is kept, and people are asked all
    that is open at once."""
    from langgraph.errors import GraphInterrupt

    taken = await asyncio.gather(*turns, return_exceptions=True)
    problems = [one for one in taken if isinstance(one, BaseException)]
    for problem in problems:
        if not isinstance(problem, GraphInterrupt):
            raise problem
    if problems:
        raise GraphInterrupt([asked for problem in problems for asked in problem.args[0]])
    return [one for one in taken if isinstance(one, Event)]


def bound(graph: Graph) -> int:
    """The most super-steps that an episode over `graph` can take; the recursion limit of its runs."""
    return 1 + sum(int((node.metadata or {}).get("visits", 1)) for node in graph.nodes.values())


def most_turns(graph: Graph) -> int:
    """The most turns that an episode over `graph` can take, side-by-side ones included."""
    return sum(
        int((n.metadata or {}).get("visits", 1)) * int((n.metadata or {}).get("fan", 1))
        for n in graph.nodes.values()
    )


def asked(graph: Graph) -> frozenset[str] | None:
    """The seats that the nodes of `graph` ask; None where a node does not say whom it asks."""
    roles = [(node.metadata or {}).get("role") for node in graph.nodes.values()]
    return None if None in roles else frozenset(str(role).partition(".")[0] for role in roles)


async def take(stage: Stage, role: Role, offer: Offer, events: Sequence[Event]) -> Event:
    """Have the player of `role`'s seat take one turn.

    Never raises for what the player does: a bad answer or a break-down is an invalid event. LangGraph's own
    interrupts (a human's turn) and cancellation pass through.
    """
    parent = offer.parent or stage.episode
    seat = role.seat
    agent = stage.cast[seat]
    shown = view(role, stage.task.fields, offer.fields)
    name = event_id(parent, role.name, offer.index)
    seed = seed_of(stage.seed, name)
    memory = recall(events, parent, seat)
    parts = [role.name, stage.fingerprints[seat], shown, memory, seed]
    key = digest(*parts) if offer.truth is None else digest(*parts, offer.truth)
    known = stage.log.find(name)
    if known is not None and known.key == key and not (known.invalid or "").startswith(BROKE):
        return known
    known_truth = stage.task.truth if offer.truth is None else offer.truth
    truth = granted(role, known_truth) if agent.simulated else None
    begun = time.perf_counter()
    made = await _asked(agent, Turn(role=role, view=shown, seed=seed, memory=memory, truth=truth, id=name))
    event = Event(
        id=name,
        parent=parent,
        role=role.name,
        index=offer.index,
        seat=seat,
        agent=agent.name,
        key=key,
        **made,
    )
    await stage.log.keep(event, time.perf_counter() - begun)
    return event


async def _asked(agent: Agent, turn: Turn) -> dict[str, Any]:
    """The fields of the event that the player's move makes."""
    try:
        move = await agent.act(turn)
    except BadAnswer as error:
        return {"usage": error.usage, "raw": _kept(error.raw), "invalid": _kept(f"bad answer: {error}")}
    except (StopRun, SandboxError):
        raise  # the run as a whole cannot go on
    except Exception as error:
        if _is_langgraphs(error):
            raise  # a human's turn is awaited
        return {"invalid": _kept(f"{BROKE}{type(error).__name__}: {error}")}
    made: dict[str, Any] = {"usage": move.usage, "raw": _kept(move.raw)}
    try:
        answer = turn.role.answer.model_validate(move.answer).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        raw = _kept(move.raw or repr(move.answer)[:2000])
        return made | {"raw": raw, "invalid": _kept(f"bad answer: {where}: {first['msg']}")}
    memory = None if move.memory is None else dict(move.memory)
    if not (_can_be_kept(answer) and _can_be_kept(memory)):
        raw = _kept(move.raw or repr(answer)[:2000])
        return made | {"raw": raw, "invalid": "bad answer: half a surrogate pair, which is no text"}
    hidden = private_fields(turn.role.answer)
    return made | {
        "answer": {key: value for key, value in answer.items() if key not in hidden},
        "private": {key: value for key, value in answer.items() if key in hidden},
        "memory": memory,
    }


def _can_be_kept(value: Any) -> bool:
    """Whether all strings in a JSON value can be written as UTF-8. JSON can spell halves of surrogate pairs, and a
    model cut off within a `\\u` escape does."""
    spelled = repr(value)  # quick, and spells such halves in ASCII
    if spelled.isascii() and "\\ud" not in spelled:
        return True
    if isinstance(value, str):
        return _kept(value) == value
    if isinstance(value, dict):
        return all(_can_be_kept(key) and _can_be_kept(one) for key, one in value.items())
    return not isinstance(value, list) or all(map(_can_be_kept, value))


def _kept(text: str | None) -> str | None:
    """Text with what UTF-8 cannot hold spelled out."""
    return text if text is None else text.encode("utf-8", "backslashreplace").decode()


def _is_langgraphs(error: Exception) -> bool:
    """Whether LangGraph raised it to steer the graph."""
    from langgraph.errors import GraphBubbleUp

    return isinstance(error, GraphBubbleUp)


BROKE = "player broke down: "  # how `invalid` begins where a player raised instead of answering


def recall(events: Sequence[Event], parent: str, seat: str) -> dict[str, JsonValue] | None:
    """What `seat` last remembered on the branch that ends with `parent`."""
    for event in reversed(events):  # a turn stands behind the one that it answers
        if event.id == parent:
            if event.seat == seat and event.memory is not None:
                return event.memory
            parent = event.parent
    return None


def next_index(events: Sequence[Event], parent: str, role: str) -> int:
    """The index for another turn of `role` under `parent`."""
    return sum(1 for event in events if event.parent == parent and event.role == role)


def transcript(events: Sequence[Event], end: str, since: str | None = None) -> list[JsonValue]:
    """What was said aloud on the branch that ends with `end`: `{"speaker": seat, "text": ...}`, oldest first.

    Args:
        events: the log.
        end: id of the last event.
        since: id of an event; only what came after it is given.
    """
    branch = path(events, end)
    if since is not None:
        start = next((place + 1 for place, event in enumerate(branch) if event.id == since), 0)
        branch = branch[start:]
    return [
        {"speaker": event.seat, "text": event.answer["text"]}
        for event in branch
        if event.invalid is None and "text" in event.answer
    ]
