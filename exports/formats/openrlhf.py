"""OpenRLHF: rows for its supervised and its reward and DPO training, read with chat templates on.

Knows nothing of files. Keys are named by OpenRLHF's options; the advice in each format says which, as release 0.11
spells them (older ones had no `data.` in them).
"""

from __future__ import annotations

from collections.abc import Iterator

from maieutic import Dialogue, Judged
from maieutic.exports.conversation import lessons, spell
from maieutic.exports.entry import Entry
from maieutic.exports.format import Format, Row, Unfit
from maieutic.exports.formats.trl import preference_rows, read_preference
from maieutic.exports.pairs import comparable, margin


def sft_rows(entry: Entry) -> Iterator[Row]:
    """Each message to be learned, as the last one of the conversation under `input`."""
    record = entry.record
    if not isinstance(record, Dialogue | Judged):
        raise Unfit("nothing to imitate")
    if isinstance(record, Dialogue) and record.tools:
        raise Unfit("calls tools, for which there is no column")
    for before, turn in lessons(record):
        yield {"input": spell([*before, turn])}


def rows(entry: Entry) -> Iterator[Row]:
    """`prompt`, `chosen` and `rejected` as messages, with the `margin` of their verdicts."""
    for row in preference_rows(entry):
        yield row | {"margin": margin(comparable(entry.record))}


SFT = Format(
    name="openrlhf-sft",
    summary="OpenRLHF, supervised: a conversation under `input`, its last message to be learned",
    kinds=("dialogue", "judged"),
    rows=sft_rows,
    tags=("sft",),
    advice="--data.input_key input --data.apply_chat_template, without --data.multiturn, which would learn every "
    "message of the assistant",
)
PREFERENCE = Format(
    name="openrlhf-preference",
    summary="OpenRLHF, reward model and DPO: `prompt`, `chosen`, `rejected`, `margin`",
    kinds=("pair",),
    rows=rows,
    read=read_preference,
    lossless=("pair",),
    tags=("dpo", "reward-model", "preference"),
    advice="--data.prompt_key prompt --data.chosen_key chosen --data.rejected_key rejected "
    "--data.apply_chat_template",
)
