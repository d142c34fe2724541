"""OpenAI: the JSONL of its fine-tuning service, which many others take as well.

Knows nothing of files. Lines hold what the service names and nothing else, so that provenance is kept beside.
"""

from __future__ import annotations

from collections.abc import Iterator

from maieutic import Dialogue, Judged, Message, Record
from maieutic.exports.conversation import lesson, parse, parse_tools, spell, spell_tools
from maieutic.exports.entry import Entry
from maieutic.exports.format import Format, Row, Unfit
from maieutic.exports.pairs import comparable, rebuild
from maieutic.exports.provenance import common, rest


def chat_rows(entry: Entry) -> Iterator[Row]:
    """A conversation; `weight` says which of the assistant's messages are to be learned."""
    record = entry.record
    if not isinstance(record, Dialogue | Judged):
        raise Unfit("nothing to imitate")
    turns = lesson(record)
    messages = spell(turns, arguments_as_text=True)
    for row, turn in zip(messages, turns, strict=True):
        if turn.role == "assistant":
            row["weight"] = int(turn.train)
    row = {"messages": messages}
    if isinstance(record, Dialogue) and record.tools:
        row["tools"] = spell_tools(record.tools)
    yield row


def read_chat(row: Row, provenance: Row) -> Record:
    """The dialogue behind a conversation."""
    hidden = rest(provenance)
    tail = tuple(Message.model_validate(one) for one in hidden.get("tail", ()))
    return Dialogue(
        **common(provenance),
        messages=parse(row["messages"], hidden["trained"]) + tail,
        events=tuple(provenance["events"]),
        tools=parse_tools(row.get("tools")),
    )


def preference_rows(entry: Entry) -> Iterator[Row]:
    """`input`, and the two outputs as lists of one message each."""
    pair = comparable(entry.record)
    yield {
        "input": {
            "messages": spell(pair.prompt, arguments_as_text=True),
            "tools": [],
            "parallel_tool_calls": True,
        },
        "preferred_output": [{"role": "assistant", "content": pair.chosen}],
        "non_preferred_output": [{"role": "assistant", "content": pair.rejected}],
    }


def read_preference(row: Row, provenance: Row) -> Record:
    """The pair again."""
    return rebuild(
        parse(row["input"]["messages"]),
        row["preferred_output"][0]["content"],
        row["non_preferred_output"][0]["content"],
        provenance,
    )


CHAT = Format(
    name="openai-chat",
    summary="OpenAI, supervised: `messages` with weights, `tools`",
    kinds=("dialogue", "judged"),
    rows=chat_rows,
    read=read_chat,
    lossless=("dialogue",),
    provenance="beside",
    tags=("sft",),
    least=10,
    advice="upload the files of each split, not the folder `provenance`",
)
PREFERENCE = Format(
    name="openai-preference",
    summary="OpenAI, DPO: `input`, `preferred_output`, `non_preferred_output`",
    kinds=("pair",),
    rows=preference_rows,
    read=read_preference,
    lossless=("pair",),
    provenance="beside",
    tags=("dpo", "preference"),
    least=10,
    advice="upload the files of each split, not the folder `provenance`",
)
