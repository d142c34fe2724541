"""Axolotl: rows for its `chat_template` types, and the `datasets` part of its configuration.

Knows nothing of files. A message says itself whether it is to be learned (`message_field_training: train`). Axolotl
reads no card and would guess columns from the first rows, so that rows are kept in Parquet, which knows its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from maieutic import Dialogue, Judged, Message, Record, canonical
from maieutic.exports.conversation import lesson, parse, parse_tools, spell, spell_tools
from maieutic.exports.entry import Entry
from maieutic.exports.format import Format, Layout, Row, Unfit
from maieutic.exports.formats.trl import read_stepwise, stepwise_rows
from maieutic.exports.pairs import comparable, rebuild
from maieutic.exports.provenance import common, rest


def sft_rows(entry: Entry) -> Iterator[Row]:
    """A conversation whose messages say which of them is to be learned."""
    record = entry.record
    if not isinstance(record, Dialogue | Judged):
        raise Unfit("nothing to imitate")
    turns = lesson(record)
    row: Row = {
        "messages": [
            spelled | {"train": turn.train} for spelled, turn in zip(spell(turns), turns, strict=True)
        ]
    }
    if isinstance(record, Dialogue) and record.tools:
        row["tools"] = canonical(spell_tools(record.tools)).decode()
    yield row


def read_sft(row: Row, provenance: Row) -> Record:
    """The dialogue behind a conversation."""
    tail = tuple(Message.model_validate(one) for one in rest(provenance).get("tail", ()))
    trained = [place for place, message in enumerate(row["messages"]) if message["train"]]
    return Dialogue(
        **common(provenance),
        messages=parse(row["messages"], trained) + tail,
        events=tuple(provenance["events"]),
        tools=parse_tools(row.get("tools")),
    )


def preference_rows(entry: Entry) -> Iterator[Row]:
    """The conversation so far, and two messages to go on with (not lists of messages)."""
    pair = comparable(entry.record)
    yield {
        "messages": spell(pair.prompt),
        "chosen": {"role": "assistant", "content": pair.chosen},
        "rejected": {"role": "assistant", "content": pair.rejected},
    }


def read_preference(row: Row, provenance: Row) -> Record:
    """The pair again."""
    return rebuild(parse(row["messages"]), row["chosen"]["content"], row["rejected"]["content"], provenance)


def _config(task: Row, key: str, **entry: Any) -> Any:
    """A function that writes axolotl.yml: the part of a configuration that names the data and what is learned of it.

    JSON is YAML.
    """

    def files(layout: Layout) -> Mapping[str, str]:
        ends = {
            "jsonl": ("json", "*.jsonl"),
            "parquet": ("parquet", "*.parquet"),
            "datasets": ("arrow", "*.arrow"),
        }
        kind, glob = ends[layout.container]
        sources: dict[str, list[Row]] = {}
        for splits in layout.tables.values():
            for split, (folder, _) in splits.items():
                purpose = key if split == "train" else "test_datasets"
                sources.setdefault(purpose, []).append(
                    # axolotl names the one split of a file `train`
                    {"path": f"{layout.name}/{folder}", "ds_type": kind, "data_files": glob, "split": "train"}
                    | entry
                )
        text = json.dumps({**task, **sources}, indent=2)
        return {
            "axolotl.yml": f"# to be merged into your configuration; paths are relative to this folder's parent\n{text}\n"
        }

    return files


SFT = Format(
    name="axolotl-sft",
    summary="Axolotl, supervised: `messages` that say which of them is to be learned, `tools`",
    kinds=("dialogue", "judged"),
    rows=sft_rows,
    read=read_sft,
    lossless=("dialogue",),
    files=_config(
        {},
        "datasets",
        type="chat_template",
        field_messages="messages",
        field_tools="tools",
        message_field_training="train",
        roles_to_train=[],
    ),
    container="parquet",
    tags=("sft",),
    advice="merge axolotl.yml into the configuration",
)
PREFERENCE = Format(
    name="axolotl-preference",
    summary="Axolotl, DPO and IPO: `messages`, `chosen`, `rejected`",
    kinds=("pair",),
    rows=preference_rows,
    read=read_preference,
    lossless=("pair",),
    files=_config(
        {"rl": "dpo"},
        "datasets",
        type="chat_template.default",
        field_messages="messages",
        field_chosen="chosen",
        field_rejected="rejected",
    ),
    container="parquet",
    tags=("dpo", "preference"),
    advice="merge axolotl.yml into the configuration",
)
STEPWISE = Format(
    name="axolotl-stepwise",
    summary="Axolotl, process reward model: `prompt`, `completions`, `labels`",
    kinds=("stepwise",),
    rows=stepwise_rows,
    read=read_stepwise,
    lossless=("stepwise",),
    files=_config({"process_reward_model": True}, "datasets", type="stepwise_supervised"),
    container="parquet",
    tags=("prm",),
    advice="merge axolotl.yml into the configuration",
)
