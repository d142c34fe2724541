"""TRL: the conversational and standard data-set types that its trainers read.

Knows nothing of files. Field by field as TRL's documentation ("Dataset formats and types") has them; the stepwise
type is read up to TRL 1.13, whose PRM trainer was taken out afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from maieutic import Dialogue, Judged, Record, Stepwise, canonical
from maieutic.exports.conversation import as_text, lesson, lessons, parse, parse_tools, spell, spell_tools
from maieutic.exports.entry import Entry
from maieutic.exports.format import Format, Row, Unfit
from maieutic.exports.pairs import comparable, margin, rebuild
from maieutic.exports.provenance import common, rest
from maieutic.records import Message


def sft_rows(entry: Entry) -> Iterator[Row]:
    """A conversation to imitate: `messages`, and `tools` (JSON text, so that schemas of any shape share a column)."""
    record = _taught(entry.record)
    row: Row = {"messages": spell(lesson(record))}
    if isinstance(record, Dialogue) and record.tools:
        row["tools"] = canonical(spell_tools(record.tools)).decode()
    yield row


def read_dialogue(row: Row, provenance: Row) -> Dialogue:
    """The dialogue behind a row of `messages` and `tools`."""
    hidden = rest(provenance)
    tail = tuple(Message.model_validate(one) for one in hidden.get("tail", ()))
    return Dialogue(
        **common(provenance),
        messages=parse(row["messages"], hidden["trained"]) + tail,
        events=tuple(provenance["events"]),
        tools=parse_tools(row.get("tools")),
    )


def completion_rows(entry: Entry) -> Iterator[Row]:
    """Each message to be learned as the `completion` of all that was said before it, the `prompt`."""
    record = _taught(entry.record)
    for before, turn in lessons(record):
        whole = spell([*before, turn])
        row: Row = {"prompt": whole[:-1], "completion": whole[-1:]}
        if isinstance(record, Dialogue) and record.tools:
            row["tools"] = canonical(spell_tools(record.tools)).decode()
        yield row


def preference_rows(entry: Entry) -> Iterator[Row]:
    """`prompt`, `chosen` and `rejected` apart."""
    pair = comparable(entry.record)
    yield {
        "prompt": spell(pair.prompt),
        "chosen": [{"role": "assistant", "content": pair.chosen}],
        "rejected": [{"role": "assistant", "content": pair.rejected}],
    }


def read_preference(row: Row, provenance: Row) -> Record:
    """The pair behind `prompt`, `chosen` and `rejected`."""
    return rebuild(
        parse(row["prompt"]), row["chosen"][0]["content"], row["rejected"][0]["content"], provenance
    )


def implicit_rows(entry: Entry) -> Iterator[Row]:
    """`chosen` and `rejected` as whole conversations, with the `margin` of their verdicts."""
    pair = comparable(entry.record)
    prompt = spell(pair.prompt)
    yield {
        "chosen": [*prompt, {"role": "assistant", "content": pair.chosen}],
        "rejected": [*prompt, {"role": "assistant", "content": pair.rejected}],
        "margin": margin(pair),
    }


def read_implicit(row: Row, provenance: Row) -> Record:
    """The pair behind two whole conversations."""
    *prompt, chosen = row["chosen"]
    return rebuild(parse(prompt), chosen["content"], row["rejected"][-1]["content"], provenance)


def unpaired_rows(entry: Entry) -> Iterator[Row]:
    """A judged response as `prompt`, `completion` and `label`.

    Pairs are left out: that one of two was judged better does not make it good.
    """
    record = entry.record
    if not isinstance(record, Judged):
        raise Unfit("not judged on its own")
    if not record.response.strip():
        raise Unfit("the response is empty")
    yield {
        "prompt": spell(record.prompt),
        "completion": [{"role": "assistant", "content": record.response}],
        "label": record.verdict,
    }


def stepwise_rows(entry: Entry) -> Iterator[Row]:
    """`prompt` as text, steps as `completions`, and a label for each step as the record has it."""
    record = entry.record
    if not isinstance(record, Stepwise):
        raise Unfit("not stepwise")
    yield {
        "prompt": as_text(record.prompt),
        "completions": list(record.steps),
        "labels": list(record.labels),
    }


def read_stepwise(row: Row, provenance: Row) -> Record:
    """The steps again."""
    hidden = rest(provenance).get("prompt")
    prompt = (
        (Message(role="user", content=row["prompt"]),)
        if hidden is None
        else tuple(Message.model_validate(one) for one in hidden)
    )
    return Stepwise(
        **common(provenance),
        prompt=prompt,
        steps=tuple(row["completions"]),
        labels=tuple(row["labels"]),
        events=tuple(provenance["events"]),
    )


def _taught(record: Record) -> Dialogue | Judged:
    if not isinstance(record, Dialogue | Judged):
        raise Unfit("nothing to imitate")
    return record


SFT = Format(
    name="trl-sft",
    summary="TRL, supervised: `messages` and `tools`",
    kinds=("dialogue", "judged"),
    rows=sft_rows,
    read=read_dialogue,
    lossless=("dialogue",),
    tags=("sft",),
    advice="SFTTrainer; it learns every message unless `assistant_only_loss=True`, and then every one of the "
    "assistant's: `trl-prompt-completion` has a row for each message that is to be learned",
)
PROMPT_COMPLETION = Format(
    name="trl-prompt-completion",
    summary="TRL, supervised: `prompt` and `completion`, a row for each message to be learned",
    kinds=("dialogue", "judged"),
    rows=completion_rows,
    tags=("sft",),
    advice="SFTTrainer, which learns the completion only",
)
PREFERENCE = Format(
    name="trl-preference",
    summary="TRL, preference with explicit prompt: `prompt`, `chosen`, `rejected`",
    kinds=("pair",),
    rows=preference_rows,
    read=read_preference,
    lossless=("pair",),
    tags=("dpo", "preference"),
    advice="DPOTrainer, and KTOTrainer, which takes the two sides apart",
)
IMPLICIT = Format(
    name="trl-preference-implicit",
    summary="TRL, preference with implicit prompt: `chosen`, `rejected`, `margin`",
    kinds=("pair",),
    rows=implicit_rows,
    read=read_implicit,
    lossless=("pair",),
    tags=("reward-model", "preference"),
    advice="RewardTrainer; DPOTrainer after it has cut off what both begin with",
)
UNPAIRED = Format(
    name="trl-unpaired",
    summary="TRL, unpaired preference: `prompt`, `completion`, `label`",
    kinds=("judged",),
    rows=unpaired_rows,
    tags=("kto", "preference"),
    advice="KTOTrainer; it wants both labels in the data",
)
STEPWISE = Format(
    name="trl-stepwise",
    summary="TRL, stepwise supervision: `prompt`, `completions`, `labels`",
    kinds=("stepwise",),
    rows=stepwise_rows,
    read=read_stepwise,
    lossless=("stepwise",),
    tags=("prm",),
    advice="PRMTrainer of trl<1.14 (trl.experimental.prm); a label says whether its own step is right, whatever "
    "stood before it",
)
