"""Conversation: messages in the spelling that chat templates read, and back.

Knows nothing of formats. Roles, `content`, `tool_calls` and `tool_call_id` are those of OpenAI's chat messages, which
every trainer has taken over; they differ in whether the arguments of a call are an object or a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from maieutic import Dialogue, Judged, Message, Tool, ToolCall, canonical
from maieutic.exports.format import Row, Unfit


def spell(messages: Iterable[Message], *, arguments_as_text: bool = False) -> list[Row]:
    """Messages as rows.

    Args:
        messages: of one conversation, in order.
        arguments_as_text: a call's arguments as JSON text (OpenAI) and not as an object (chat templates).
    """
    rows: list[Row] = []
    names: dict[str, str] = {}  # call -> tool
    for message in messages:
        row: Row = {"role": message.role, "content": message.content}
        if message.calls:
            row["tool_calls"] = [_call(call, arguments_as_text) for call in message.calls]
            names |= {call.id: call.name for call in message.calls}
        if message.answers is not None:
            row |= {"tool_call_id": message.answers}
            if message.answers in names and not arguments_as_text:
                row |= {"name": names[message.answers]}
        rows.append(row)
    return rows


def _call(call: ToolCall, as_text: bool) -> Row:
    arguments: Any = canonical(call.arguments).decode() if as_text else dict(call.arguments)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def parse(rows: Iterable[Row], trained: Iterable[int] = ()) -> tuple[Message, ...]:
    """What `spell` wrote, with the messages numbered `trained` marked."""
    marked = set(trained)
    return tuple(_parse(row, place in marked) for place, row in enumerate(rows))


def _parse(row: Row, train: bool) -> Message:
    calls = []
    for call in row.get("tool_calls") or ():
        arguments = call["function"]["arguments"]
        calls.append(
            ToolCall(
                id=call["id"],
                name=call["function"]["name"],
                arguments=json.loads(arguments) if isinstance(arguments, str) else arguments,
            )
        )
    return Message(
        role=row["role"],
        content=row.get("content") or "",
        train=train,
        calls=tuple(calls),
        answers=row.get("tool_call_id"),
    )


def spell_tools(tools: Iterable[Tool]) -> list[Row]:
    """Tools as the JSON schemas that chat templates read."""
    return [{"type": "function", "function": tool.model_dump(mode="json")} for tool in tools]


def parse_tools(value: Any) -> tuple[Tool, ...]:
    """What `spell_tools` wrote, as a list or as its JSON text."""
    found = json.loads(value) if isinstance(value, str) else value or []
    return tuple(Tool.model_validate(one["function"]) for one in found)


def up_to_last_answer(messages: Sequence[Message]) -> list[Message]:
    """Without what was said after the assistant's last message.

    Raises:
        Unfit: the assistant says nothing.
    """
    turns = list(messages)
    while turns and turns[-1].role != "assistant":
        turns.pop()
    if not turns:
        raise Unfit("the assistant says nothing")
    return turns


def lesson(record: Dialogue | Judged) -> list[Message]:
    """The conversation that a model learns from: a dialogue's own, or to judge a response as the critic did.

    A judged response stands inside the question, so that no trainer takes it for something to imitate.

    Raises:
        Unfit: there is nothing to learn to say.
    """
    if isinstance(record, Dialogue):
        return up_to_last_answer(record.messages)
    *before, last = record.prompt
    if last.role != "user":
        raise Unfit("the prompt does not end with a question")
    question = f"{last.content}\n\nHere is a response to this. Judge it.\n\n{record.response}"
    return [
        *before,
        Message(role="user", content=question),
        Message(role="assistant", content=record.critique, train=True),
    ]


def lessons(record: Dialogue | Judged) -> Iterable[tuple[list[Message], Message]]:
    """Each message that is to be learned, with all that was said before it.

    Raises:
        Unfit: as `lesson`.
    """
    turns = lesson(record)
    return [
        (turns[:place], turn)
        for place, turn in enumerate(turns)
        if turn.train and turn.role == "assistant" and place
    ]


def as_text(messages: Sequence[Message]) -> str:
    """A conversation as one text, for readers that know no messages: a lone question as it is.

    >>> as_text([Message(role="user", content="7*8?")])
    '7*8?'
    >>> as_text([Message(role="system", content="Tutor."), Message(role="user", content="7*8?")])
    'System: Tutor.\\n\\nUser: 7*8?'
    """
    if [message.role for message in messages] == ["user"]:
        return messages[0].content
    return "\n\n".join(f"{message.role.capitalize()}: {message.content}" for message in messages)
