"""Requests: records that ask for a text with constraints in words only, as tasks: Self-Instruct's seeds, FollowBench, MT-Bench,
PandaLM, LLMBar and Bridge.

Knows nothing of files. No program can check what these ask for, so their truth has no items: scores and decisions that
need them are left out. What somebody answered stands in `response`, for scenarios that hold outputs against a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from maieutic import Task
from maieutic.worlds.chat import KEYS, read_chat
from maieutic.worlds.row import Reader, Row

APACHE = "Apache-2.0"


def request(fields: Mapping[str, JsonValue]) -> str:
    """All that is asked, as one text: the prompt, and below it what it is to be done with.

    >>> request({"prompt": "Translate.", "input": "Bonjour."}), request({"prompt": "Hello.", "input": ""})
    ('Translate.\n\nBonjour.', 'Hello.')
    """
    return str(fields["prompt"]) + (f"\n\n{fields['input']}" if fields.get("input") else "")


def _task(row: Row, name: str, prompt: str, source: str, licence: str = APACHE, **fields: JsonValue) -> Task:
    said = {key: value for key, value in fields.items() if value not in (None, "", [])}
    return Task(
        id=f"{name}:{row.line}",
        world="text-constraints",
        fields={"prompt": prompt, **said},
        source=source,
        licence=licence,
    )


def _maybe(row: Row, key: str) -> str:
    """The text under `key`, blank where there is none."""
    return "" if row.data.get(key) is None else row.get(key, str)


def self_instruct(row: Row) -> Task:
    """A seed task of Self-Instruct (Wang et al., 2023); its first instance gives the input and the response."""
    instances: list[Any] = row.get("instances", list)
    if not instances or not isinstance(instances[0], dict):
        raise row.error(
            "expected a list of objects", key="instances", remedy='write [{"input": "", "output": ""}]'
        )
    first = Row(instances[0], row.file, row.line)
    return _task(
        row,
        "self-instruct",
        row.text("instruction"),
        "Self-Instruct",
        input=_maybe(first, "input"),
        response=_maybe(first, "output"),
        is_classification=row.data.get("is_classification"),
    )


def followbench(row: Row) -> Task:
    """A record of FollowBench (Jiang et al., 2024): one instruction of a group, `level` says how many constraints it has."""
    group = f"{row.text('category')}-{row.get('example_id', int)}-{row.get('level', int)}"
    return _task(
        row,
        f"followbench:{group}",
        row.text("instruction"),
        "FollowBench",
        response=_maybe(row, "target"),
        category=row.data["category"],
        level=row.data["level"],
    )


def mt_bench(row: Row) -> Task:
    """A question of MT-Bench (Zheng et al., 2023); the first turn is the prompt, the others follow in `turns`.

    The response is the reference of the question, or the first answer of a file of answers that is joined to it.
    """
    turns = row.texts("turns")
    if not turns or not turns[0].strip():
        raise row.error("has no first turn", key="turns", remedy="give at least one text")
    references = row.texts("reference") if row.data.get("reference") is not None else []
    if not references and row.data.get("choices") is not None:
        choices: list[Any] = row.get("choices", list)
        if not choices or not isinstance(choices[0], dict):
            raise row.error("expected a list of objects", key="choices", remedy='write [{"turns": ["..."]}]')
        references = Row(choices[0], row.file, row.line).texts("turns")
    return _task(
        row,
        f"mt-bench:{row.data.get('question_id', '')}",
        turns[0],
        "MT-Bench",
        turns=[*turns],
        response=references[0] if references else "",
        category=_maybe(row, "category"),
    )


def pandalm(row: Row) -> Task:
    """A record of PandaLM's test set (Wang et al., 2024): two responses, and whom each annotator preferred (0 is a tie)."""
    votes: list[JsonValue] = []
    for key in sorted(key for key in row.data if key.startswith("annotator")):
        vote = row.get(key, int)
        if vote not in (0, 1, 2):
            raise row.error(f"expected 0, 1 or 2, got {vote}", key=key, remedy="0 is a tie")
        votes.append(vote)
    task = _task(
        row,
        f"pandalm:{row.data.get('idx', '')}",
        row.text("instruction"),
        "PandaLM",
        input=_maybe(row, "input"),
        response=_maybe(row, "response1"),
        other=_maybe(row, "response2"),
    )
    return task.model_copy(update={"truth": {"votes": votes}})


def llmbar(row: Row) -> Task:
    """A record of LLMBar (Zeng et al., 2024), in which MT-Bench's preferences are published too: two outputs, `label` says
    which is better, 1 or 2."""
    label = row.get("label", int)
    if label not in (1, 2):
        raise row.error(f"expected 1 or 2, got {label}", key="label")
    outputs = [row.get(f"output_{number}", str) for number in (1, 2)]
    better, worse = outputs if label == 1 else reversed(outputs)
    task = _task(row, "llmbar", row.text("input"), "LLMBar", "MIT", response=better, other=worse)
    return task.model_copy(update={"truth": {"votes": [label]}})


def bridge(row: Row) -> Task:
    """A record of Bridge (Wang et al., 2024): what a tutor is to say next; the expert's reply is the response, that of the
    chat's own tutor the other one. The truth has the expert's `error`, `strategy` and `intention`."""
    chat = read_chat(row)
    said = "\n".join(part for part in (chat.talk, f"Student: {chat.attempt}" if chat.attempt else "") if part)
    task = _task(
        row,
        f"bridge:{chat.name or 'chat'}",
        f"A tutor and a student are chatting. Write what the tutor should say next, and nothing else.\n\n{said}",
        "Bridge",
        "MIT",
        response=chat.expert,
        other=chat.novice,
        topic=chat.topic,
    )
    known: dict[str, JsonValue] = {
        "error": chat.error,
        "strategy": chat.strategy,
        "intention": chat.intention,
    }
    return task.model_copy(update={"truth": known})


REQUESTS = (
    Reader("pandalm", frozenset({"instruction", "response1", "response2", "annotator1"}), pandalm),
    Reader("followbench", frozenset({"example_id", "category", "level", "instruction"}), followbench),
    Reader("self-instruct", frozenset({"instruction", "instances"}), self_instruct),
    Reader("mt-bench", frozenset({"question_id", "turns"}), mt_bench),
    Reader("llmbar", frozenset({"input", "output_1", "output_2", "label"}), llmbar),
    Reader("bridge", KEYS, bridge),
)
