"""Records: what trainers want, drawn from an episode, each naming the events that it came from.

Knows nothing of file formats; `maieutic.exports` spells them for each trainer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, TypeAdapter, model_serializer

from maieutic.display import bundle
from maieutic.episode import Episode
from maieutic.identity import Frozen


class Tool(Frozen):
    """A tool that an assistant may call; `parameters` is a JSON Schema of its arguments."""

    name: str
    description: str = ""
    parameters: dict[str, JsonValue]


class ToolCall(Frozen):
    """One call of a tool; `id` is what the message with its result names."""

    id: str
    name: str
    arguments: dict[str, JsonValue] = {}


class Message(Frozen):
    """One message of a conversation.

    Attributes:
        role: who says it; `tool` gives the result of a call.
        content: the words.
        train: whether a trainer should learn to say it.
        calls: the tools that an assistant calls with this message.
        answers: the id of the call whose result a tool's message is.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    train: bool = False
    calls: tuple[ToolCall, ...] = ()
    answers: str | None = None

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_empty(handler(self), "calls", "answers")


def _without_empty(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """`fields` without those of `names` that hold nothing: most conversations know no tools."""
    return {name: value for name, value in fields.items() if value or name not in names}


class _Record(Frozen):
    episode: str  # id of the episode
    task: str  # id of the task
    purpose: str  # what a model learns from it: tutor, refine, judge, prefer, ...
    meta: dict[str, JsonValue] = {}


class Dialogue(_Record):
    """A conversation to imitate; `events[i]` is the turn behind the i-th message that came from a turn."""

    kind: Literal["dialogue"] = "dialogue"
    messages: tuple[Message, ...]
    events: tuple[str, ...]
    tools: tuple[Tool, ...] = ()

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_empty(handler(self), "tools")


class Pair(_Record):
    """Two answers to one prompt, of which one was judged better.

    `chosen_verdict` and `rejected_verdict` are what the episode's own judges said of each, on one scale; they
    differ, the chosen one higher.
    """

    kind: Literal["pair"] = "pair"
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    chosen_event: str
    rejected_event: str
    chosen_verdict: float
    rejected_verdict: float

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:  # what notebooks ask for
        return bundle("pair", self)


class Judged(_Record):
    """One answer with a verdict and the words that justify it."""

    kind: Literal["judged"] = "judged"
    prompt: tuple[Message, ...]
    response: str
    critique: str
    verdict: bool
    response_event: str
    critique_event: str


class Stepwise(_Record):
    """A worked answer in steps, each labelled right or wrong."""

    kind: Literal["stepwise"] = "stepwise"
    prompt: tuple[Message, ...]
    steps: tuple[str, ...]
    labels: tuple[bool, ...]
    events: tuple[str, ...]


Record = Annotated[Dialogue | Pair | Judged | Stepwise, Field(discriminator="kind")]
record_adapter: TypeAdapter[Record] = TypeAdapter(Record)


def named_events(record: Record) -> tuple[str, ...]:
    """The ids of all events that `record` says it came from."""
    match record:
        case Pair():
            return (record.chosen_event, record.rejected_event)
        case Judged():
            return (record.response_event, record.critique_event)
        case _:
            return record.events


def faults(record: Record, episode: Episode) -> list[str]:
    """What is wrong with `record` as drawn from `episode`, one sentence each; empty when all is right.

    Checked: it names this episode and its task; every event exists and is valid (but for a rejected one whose raw words
    the pair quotes); a pair's texts and events differ, and its chosen verdict is higher; a dialogue alternates after an optional system message,
    every call of a tool gets its result before the assistant goes on, and there is something to train on; step labels match the steps.
    """
    found: list[str] = []
    if record.episode != episode.id:
        found.append(f"names episode {record.episode}, drawn from {episode.id}")
    if record.task != episode.task.id:
        found.append(f"names task {record.task!r}, the episode's is {episode.task.id!r}")
    valid = {event.id for event in episode.events if event.invalid is None}
    named = named_events(record)
    if not named:
        found.append("names no event")
    if isinstance(record, Pair):  # words that could not be used are a fair example of what not to say
        valid |= {
            event.id
            for event in episode.events
            if event.id == record.rejected_event and event.raw and event.raw == record.rejected
        }
    found += [
        f"names event {name}, which is not a valid event of the episode"
        for name in named
        if name not in valid
    ]
    match record:
        case Pair():
            if record.chosen == record.rejected:
                found.append("chosen and rejected are the same text")
            if record.chosen_event == record.rejected_event:
                found.append("chosen and rejected are the same event")
            if not record.chosen_verdict > record.rejected_verdict:
                found.append(
                    f"verdicts do not favour the chosen: {record.chosen_verdict} <= {record.rejected_verdict}"
                )
            if not record.prompt:
                found.append("the prompt is empty")
        case Dialogue():
            found += _dialogue_faults(record.messages)
        case Stepwise():
            if len(record.steps) != len(record.labels) or not record.steps:
                found.append(f"{len(record.steps)} steps with {len(record.labels)} labels")
        case Judged():
            if not record.prompt:
                found.append("the prompt is empty")
    return found


def _dialogue_faults(messages: Iterable[Message]) -> list[str]:
    turns = list(messages)
    found = []
    if turns and turns[0].role == "system":
        turns = turns[1:]
    wanted, open_calls = "user", set[str]()
    for number, message in enumerate(turns):
        if message.role != wanted:
            found.append(f"message {number} is by {message.role}, expected {wanted}: turns must alternate")
            break
        if message.role == "tool":
            if message.answers not in open_calls:
                found.append(f"message {number} answers call {message.answers!r}, which is not open")
                break
            open_calls.discard(message.answers)
        else:
            open_calls = {call.id for call in message.calls}
            if len(open_calls) < len(message.calls):
                found.append(f"message {number} calls twice under one id")
        spoke = "user" if message.role == "assistant" else "assistant"
        wanted = "tool" if open_calls else spoke
    if not any(message.train for message in turns):
        found.append("no message is marked for training")
    if any(message.train and not message.content.strip() and not message.calls for message in turns):
        found.append("a message marked for training is empty")
    return found
