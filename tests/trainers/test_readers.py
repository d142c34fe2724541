"""Other trainers' own published loading code sees every row, and learns what the record says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from maieutic.exports import load

READERS = Path(os.environ.get("READERS", "nowhere"))
HERE = Path(__file__).parent
EXPORTS = {
    "llama-factory": ("sft", "preference", "kto"),
    "openrlhf": ("sft", "preference"),
    "axolotl": ("sft", "preference", "stepwise"),
}


@pytest.fixture(scope="session")
def seen(exported, tiny):
    """A function to (rows as written, what the loading code of a trainer makes of them)."""
    done = {}

    def of(reader, kind):
        if not (READERS / reader).is_dir():
            pytest.skip(f"no {reader}; .ci/heavy-trainers brings its loading code")
        folders = [exported(f"{reader}-{one}")[0] for one in EXPORTS[reader]]
        if reader not in done:  # once for all of its exports, since its imports take longest
            script = HERE / f"read_{reader.replace('-', '_')}.py"
            ran = subprocess.run(
                [sys.executable, str(script), tiny, *map(str, folders)],
                env={**os.environ, "PYTHONPATH": f"{READERS / reader}{os.pathsep}{READERS / 'more'}"},
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert ran.returncode == 0, ran.stderr[-3000:]
            lines = [line for line in ran.stdout.splitlines() if line.startswith(("[{", '{"'))]
            done[reader] = [json.loads(line) for line in lines[-len(folders) :]]
        at = EXPORTS[reader].index(kind)
        return rows_of(folders[at]), done[reader][at]

    return of


def rows_of(folder):
    rows = []
    for file in sorted((folder / "train").iterdir()):
        if file.suffix == ".parquet":
            from maieutic.exports.arrow import rows_of_parquet

            rows += rows_of_parquet(file)
        else:
            rows += [json.loads(line) for line in file.read_text().splitlines()]
    return rows


def test_llama_factory_learns_whole_conversations_and_skips_none(seen):
    rows, found = seen("llama-factory", "sft")
    wanted = [([turn["value"] for turn in row["conversations"]], row["system"], row["tools"]) for row in rows]
    read = [
        ([turn["content"] for turn in [*one["_prompt"], *one["_response"]]], one["_system"], one["_tools"])
        for one in found
    ]
    assert sorted(read) == sorted(wanted)  # it reads files in the order of the disk
    assert any(tools for _, _, tools in read)


def test_llama_factory_compares_what_was_compared(seen):
    rows, found = seen("llama-factory", "preference")
    wanted = [
        [*(turn["value"] for turn in row["conversations"]), row["chosen"]["value"], row["rejected"]["value"]]
        for row in rows
    ]
    assert sorted(
        [turn["content"] for turn in [*one["_prompt"], *one["_response"]]] for one in found
    ) == sorted(wanted)


def test_llama_factory_keeps_the_label(seen):
    rows, found = seen("llama-factory", "kto")
    wanted = [
        (row["conversations"][-1]["value"], "") if row["kto_tag"] else ("", row["conversations"][-1]["value"])
        for row in rows
    ]
    assert sorted(tuple(turn["content"] for turn in one["_response"]) for one in found) == sorted(wanted)


def test_openrlhf_learns_the_last_message(seen):
    rows, found = seen("openrlhf", "sft")
    assert len(found) == len(rows)
    for row, one in zip(rows, found, strict=True):
        content = row["input"][-1]["content"]
        assert one["learned"].strip().startswith(content.strip()[:200])  # its mask is shifted by one token
        assert len(one["learned"]) < len(content) + 40


@pytest.mark.parametrize(("kind", "commands"), [("sft", ["sft"]), ("preference", ["rm", "dpo"])])
def test_openrlhf_has_the_options_that_the_card_names(kind, commands):
    folder = READERS / "openrlhf" / "openrlhf" / "cli"
    if not folder.is_dir():
        pytest.skip("no openrlhf; .ci/heavy-trainers brings its loading code")
    named = re.findall(r"--[\w.]+", load(f"openrlhf-{kind}").advice)
    assert named
    for command in commands:
        known = re.findall(r'"(--[\w.]+)"', (folder / f"train_{command}.py").read_text())
        assert set(named) <= set(known)


@pytest.mark.parametrize("stage", ["rm", "dpo"])
def test_openrlhf_compares_what_was_compared(stage, seen):
    rows, both = seen("openrlhf", "preference")
    found = both[stage]
    assert len(found) == len(rows)
    for row, one in zip(rows, found, strict=True):
        assert one["chosen"].startswith(row["chosen"][0]["content"])
        assert one["rejected"].startswith(row["rejected"][0]["content"])
        if stage == "dpo":
            assert one["prompt"].endswith("<|assistant|>\n")
        else:
            assert one["extra"] == pytest.approx(row["margin"])


def test_axolotl_learns_the_messages_that_say_so(seen):
    rows, found = seen("axolotl", "sft")
    assert len(found) == len(rows)
    for row, one in zip(rows, found, strict=True):
        for message in row["messages"]:
            if message["train"]:
                assert message["content"].strip() in one["learned"]
        learned = sum(len(message["content"]) for message in row["messages"] if message["train"])
        calls = sum(len(json.dumps(message.get("tool_calls", ""))) for message in row["messages"])
        assert len(one["learned"]) <= learned + calls + 20 * len(row["messages"])


def test_axolotl_compares_what_was_compared(seen):
    rows, found = seen("axolotl", "preference")
    assert len(found) == len(rows)
    for row, one in zip(rows, found, strict=True):
        assert one["chosen"].startswith(row["chosen"]["content"].lstrip())
        assert one["rejected"].startswith(row["rejected"]["content"].lstrip())
        assert all(message["content"].strip() in one["prompt"] for message in row["messages"])


def test_axolotl_labels_every_step(seen):
    rows, found = seen("axolotl", "stepwise")
    assert [one["labels"] for one in found] == [row["labels"] for row in rows]


@pytest.mark.parametrize("name", ["openai-chat", "openai-preference"])
def test_openai_messages_and_tools_are_those_of_its_own_types(name, exported):
    types = pytest.importorskip("openai.types.chat")
    from pydantic import TypeAdapter

    messages = TypeAdapter(list[types.ChatCompletionMessageParam])
    tools = TypeAdapter(list[types.ChatCompletionToolUnionParam])
    rows, called = rows_of(exported(name)[0]), 0
    for row in rows:
        several = [row["messages"]] if "messages" in row else [row["input"]["messages"]]
        several += [row[key] for key in ("preferred_output", "non_preferred_output") if key in row]
        for conversation in several:
            for found, one in zip(messages.validate_python(conversation), conversation, strict=True):
                calls = list(found.get("tool_calls", ()))  # validated as they are read
                called += len(calls)
                assert set(one) - set(found) <= {"weight"}  # which only fine-tuning knows
        tools.validate_python(row.get("tools", []))
    assert rows
    assert (called > 0) == (name == "openai-chat")
