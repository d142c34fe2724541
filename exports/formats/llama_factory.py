"""LLaMA-Factory: rows of its `sharegpt` formatting, and the dataset_info.json without which it finds nothing.

Knows nothing of files. Turns must alternate strictly, one call of a tool at a time, and LLaMA-Factory skips a row
that breaks a rule with no more than a warning: what it would skip is refused here instead. It guesses the columns of
a file from its first rows, so that all rows have the same ones and provenance is kept beside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maieutic import Dialogue, Judged, Message, Record, ToolCall, canonical
from maieutic.exports.conversation import lesson, parse_tools, spell_tools
from maieutic.exports.entry import Entry
from maieutic.exports.format import Format, Layout, Row, Unfit
from maieutic.exports.pairs import comparable, rebuild
from maieutic.exports.provenance import common, rest

_WHO = {"user": "human", "assistant": "gpt", "tool": "observation"}
_ROLE = {name: role for role, name in _WHO.items()}


def sft_rows(entry: Entry) -> Iterator[Row]:
    """A whole conversation of which every message of the assistant is learned."""
    record = entry.record
    if not isinstance(record, Dialogue | Judged):
        raise Unfit("nothing to imitate")
    turns = lesson(record)
    if any(turn.role == "assistant" and not turn.train for turn in turns):
        raise Unfit("some of the assistant's messages are not to be learned, LLaMA-Factory learns all")
    tools = [one["function"] for one in spell_tools(record.tools)] if isinstance(record, Dialogue) else []
    # a column that dataset_info.json lists must be in every file
    yield _conversation(turns) | {"tools": canonical(tools).decode() if tools else ""}


def read_sft(row: Row, provenance: Row) -> Record:
    """The dialogue behind a conversation."""
    hidden = rest(provenance)
    turns = _parse(row, hidden.get("calls", ()))
    tail = tuple(Message.model_validate(one) for one in hidden.get("tail", ()))
    marked = set(hidden["trained"])
    return Dialogue(
        **common(provenance),
        messages=(
            *(turn.model_copy(update={"train": place in marked}) for place, turn in enumerate(turns)),
            *tail,
        ),
        events=tuple(provenance["events"]),
        tools=parse_tools([{"function": one} for one in json.loads(row.get("tools") or "[]")]),
    )


def preference_rows(entry: Entry) -> Iterator[Row]:
    """The conversation so far, and two ways to go on."""
    pair = comparable(entry.record)
    yield _conversation(pair.prompt) | {
        "chosen": {"from": "gpt", "value": pair.chosen},
        "rejected": {"from": "gpt", "value": pair.rejected},
    }


def read_preference(row: Row, provenance: Row) -> Record:
    """The pair again."""
    prompt = _parse(row, rest(provenance).get("calls", ()))
    return rebuild(prompt, row["chosen"]["value"], row["rejected"]["value"], provenance)


def kto_rows(entry: Entry) -> Iterator[Row]:
    """A judged response as the end of its conversation, with `kto_tag`."""
    record = entry.record
    if not isinstance(record, Judged):
        raise Unfit("not judged on its own")
    if not record.response.strip():
        raise Unfit("the response is empty, which LLaMA-Factory takes for the other label")
    answer = Message(role="assistant", content=record.response)
    yield _conversation([*record.prompt, answer]) | {"kto_tag": record.verdict}


def _conversation(messages: Sequence[Message]) -> Row:
    turns = list(messages)
    row: Row = {"conversations": [], "system": ""}
    if turns and turns[0].role == "system":
        row["system"] = turns.pop(0).content
        if not row["system"]:
            raise Unfit("the system message is empty")
    for place, turn in enumerate(turns):
        said = turn.role in ("user", "tool")
        if said != (place % 2 == 0) or turn.role == "system":
            raise Unfit("turns do not alternate")
        if not turn.calls:
            row["conversations"].append({"from": _WHO[turn.role], "value": turn.content})
            continue
        if turn.content or len(turn.calls) > 1:
            raise Unfit("speaks and calls a tool at once, or calls several")
        (call,) = turn.calls
        value = canonical({"name": call.name, "arguments": call.arguments}).decode()
        row["conversations"].append({"from": "function_call", "value": value})
    return row


def _parse(row: Row, ids: Sequence[str]) -> list[Message]:
    found = [Message(role="system", content=row["system"])] if row.get("system") else []
    names = iter(ids)
    name: str | None = None
    for turn in row["conversations"]:
        if turn["from"] == "function_call":
            call: dict[str, Any] = json.loads(turn["value"])
            name = next(names)
            found.append(Message(role="assistant", content="", calls=(ToolCall(id=name, **call),)))
        else:
            role: Any = _ROLE[turn["from"]]
            found.append(Message(role=role, content=turn["value"], answers=name if role == "tool" else None))
    return found


def _info(columns: Mapping[str, str], **more: Any) -> Any:
    """A function that writes dataset_info.json: an entry for each split, named `DATASET_SPLIT`."""

    def files(layout: Layout) -> Mapping[str, str]:
        # once `columns` is given, what it does not list is off
        entries = {
            f"{layout.name}_{split}": {
                "file_name": folder,
                "formatting": "sharegpt",
                **more,
                "columns": columns,
            }
            for splits in layout.tables.values()
            for split, (folder, _) in splits.items()
        }
        return {"dataset_info.json": json.dumps(entries, indent=2, ensure_ascii=False) + "\n"}

    return files


_TALK = {"messages": "conversations", "system": "system"}
_ADVICE = "dataset_dir: this folder; dataset: a name of dataset_info.json"
SFT = Format(
    name="llama-factory-sft",
    summary="LLaMA-Factory, supervised: `conversations`, `system`, `tools`",
    kinds=("dialogue", "judged"),
    rows=sft_rows,
    read=read_sft,
    lossless=("dialogue",),
    files=_info({**_TALK, "tools": "tools"}),
    provenance="beside",
    tags=("sft",),
    advice=_ADVICE,
)
PREFERENCE = Format(
    name="llama-factory-preference",
    summary="LLaMA-Factory, reward model and DPO: `conversations`, `chosen`, `rejected`",
    kinds=("pair",),
    rows=preference_rows,
    read=read_preference,
    lossless=("pair",),
    files=_info({**_TALK, "chosen": "chosen", "rejected": "rejected"}, ranking=True),
    provenance="beside",
    tags=("dpo", "reward-model", "preference"),
    advice=_ADVICE,
)
KTO = Format(
    name="llama-factory-kto",
    summary="LLaMA-Factory, KTO: `conversations`, `kto_tag`",
    kinds=("judged",),
    rows=kto_rows,
    files=_info({**_TALK, "kto_tag": "kto_tag"}),
    provenance="beside",
    tags=("kto", "preference"),
    advice=_ADVICE,
)
