"""Formats: records as the rows that trainers read. Pure functions from a record to JSON rows, and back to disk.

Knows nothing of runs. Field by field these are TRL's conversational formats: `prompt`, `chosen`, `rejected` for
preference training, `messages` for supervised fine-tuning. Every row carries where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from maieutic import Dialogue, Episode, InputError, Judged, Message, Pair, Record, Task, doors

Row = dict[str, Any]


def dpo(record: Record, episode: Episode) -> Iterator[Row]:
    """A preference pair with its prompt apart (TRL `prompt`, `chosen`, `rejected`); other records give nothing.

    Pairs of which one text begins with the other are left out: trainers that cut at the longest common prefix
    would be left with nothing to compare.
    """
    if (
        not isinstance(record, Pair)
        or record.chosen.startswith(record.rejected)
        or record.rejected.startswith(record.chosen)
    ):
        return
    yield {
        "prompt": [_message(one) for one in record.prompt],
        "chosen": [{"role": "assistant", "content": record.chosen}],
        "rejected": [{"role": "assistant", "content": record.rejected}],
        "provenance": _provenance(record, episode, [record.chosen_event, record.rejected_event])
        | {"chosen_verdict": record.chosen_verdict, "rejected_verdict": record.rejected_verdict},
    }


def sft(record: Record, episode: Episode) -> Iterator[Row]:
    """A conversation to imitate (TRL `messages`), from dialogues and judged samples; the last turn is an answer."""
    if isinstance(record, Dialogue):
        messages = list(record.messages)
        while messages and messages[-1].role != "assistant":
            messages.pop()
        if messages:
            yield {
                "messages": [_message(one) for one in messages],
                "provenance": _provenance(record, episode, list(record.events)),
            }
    elif isinstance(record, Judged):
        yield {
            "messages": [
                *(_message(one) for one in record.prompt),
                {"role": "assistant", "content": record.critique},
            ],
            "provenance": _provenance(record, episode, [record.response_event, record.critique_event]),
        }


def jsonl(record: Record, episode: Episode) -> Iterator[Row]:
    """The record as it is."""
    yield record.model_dump(mode="json") | {"source": _source(episode.task)}


def _message(message: Message) -> Row:
    return {"role": message.role, "content": message.content}


def _source(task: Task) -> Row:
    return {"name": task.source, "licence": task.licence}


def _provenance(record: Record, episode: Episode, events: list[str]) -> Row:
    return {
        "scenario": episode.scenario,
        "episode": episode.id,
        "task": episode.task.id,
        "seed": episode.seed,
        "purpose": record.purpose,
        "events": events,
        "cast": episode.cast,
        "source": _source(episode.task),
    }


Format = Callable[[Record, Episode], Iterable[Row]]
FORMATS: Mapping[str, Format] = MappingProxyType({"dpo": dpo, "sft": sft, "jsonl": jsonl})


def exporter(name: str) -> Format:
    """The format called `name`, or at `module:NAME` or `path.py:NAME`; built-in ones are entry points too.

    Raises:
        UnknownNameError, InputError: as `maieutic.doors.find` says.
    """
    found = doors.find("exporter", name).value
    if not callable(found):
        raise InputError(
            f"{name!r} is a {type(found).__name__}, not an exporter",
            remedy="name a function (record, episode) -> rows",
        )
    form: Format = found
    return form
