"""Every TRL format is loaded by `datasets` and trained on for one step by TRL's own trainers."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maieutic.exports import load, names

OPTIONS = {
    "max_steps": 1,
    "per_device_train_batch_size": 4,
    "learning_rate": 1e-3,
    "report_to": "none",
    "save_strategy": "no",
    "logging_steps": 1,
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "disable_tqdm": True,
}


def rows_of(folder, split="train"):
    import datasets

    return datasets.load_dataset(str(folder), split=split)


def one_step(trainer, model):
    """Train one step; the model must have changed and the loss be a number."""
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    done = trainer.train()
    assert done.global_step == 1
    assert math.isfinite(done.training_loss)
    after = dict(trainer.model.named_parameters())
    assert any(not value.equal(after[name].detach()) for name, value in before.items() if name in after)


@pytest.fixture
def model(tiny):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny)


@pytest.fixture(scope="session")
def tokenizer(tiny):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


@pytest.mark.parametrize("name", names())
def test_datasets_loads_every_split_of_every_format_by_its_card(name, exported):
    import datasets

    folder, counts = exported(name)
    assert counts.rows.total()
    tables = json.loads((folder / "export.json").read_text())["layout"]["tables"]
    for table, splits in tables.items():
        for split, (place, number) in splits.items():
            if load(name).container == "datasets":
                found = datasets.load_from_disk(str((folder / place).parent))[split]
            else:
                found = datasets.load_dataset(str(folder), table, split=split)
            assert len(found) == number


@pytest.mark.parametrize("container", ["jsonl", "parquet", "datasets"])
def test_rows_are_the_same_in_every_container(container, exported):
    import datasets

    for name in ("trl-preference", "trl-sft"):
        folder, _ = exported(name, container)
        written = [
            json.loads(line)
            for file in sorted((exported(name)[0] / "train").iterdir())
            for line in file.read_text().splitlines()
        ]
        found = datasets.load_from_disk(str(folder))["train"] if container == "datasets" else rows_of(folder)
        assert [_bare(row) for row in found] == [_bare(row) for row in written]


def _bare(value):
    """Without what a table fills in where a row has nothing."""
    if isinstance(value, dict):
        return {name: _bare(one) for name, one in value.items() if one not in (None, [])}
    return [_bare(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("trl-sft", "jsonl"),
        ("trl-sft", "parquet"),
        ("trl-sft", "datasets"),
        ("trl-prompt-completion", "jsonl"),
    ],
)
def test_sft(name, container, exported, tiny, model, tokenizer, tmp_path):
    import datasets
    from trl import SFTConfig, SFTTrainer

    folder, _ = exported(name, container)
    rows = datasets.load_from_disk(str(folder))["train"] if container == "datasets" else rows_of(folder)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(output_dir=str(tmp_path), max_length=512, **OPTIONS),
        train_dataset=rows,
        processing_class=tokenizer,
    )
    one_step(trainer, model)


def test_sft_learns_the_completion_and_nothing_else(exported, model, tokenizer, tmp_path):
    from trl import SFTConfig, SFTTrainer

    folder, _ = exported("trl-prompt-completion")
    rows = rows_of(folder)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(output_dir=str(tmp_path), max_length=4096, shuffle_dataset=False, **OPTIONS),
        train_dataset=rows,
        processing_class=tokenizer,
    )
    checked = 0
    for row, made in list(zip(rows, trainer.train_dataset, strict=True))[:40]:
        batch = trainer.data_collator([made])
        learned = [
            token
            for token, label in zip(batch["input_ids"][0], batch["labels"][0], strict=True)
            if label != -100
        ]
        text = tokenizer.decode(learned)
        (turn,) = row["completion"]
        if not turn.get("tool_calls"):
            assert turn["content"] in text
            assert len(text) < len(turn["content"]) + 40
            checked += 1
    assert checked > 10


def test_sft_with_tools_renders_their_calls(exported, tokenizer):
    from trl import apply_chat_template

    folder, _ = exported("trl-sft")
    rows = [row for split in ("train", "test") for row in rows_of(folder, split) if row["tools"]]
    assert len(rows) == 2
    for row in rows:
        text = apply_chat_template({"messages": row["messages"]}, tokenizer, tools=json.loads(row["tools"]))[
            "text"
        ]
        name = row["messages"][2]["tool_calls"][0]["function"]["name"]
        assert f'"name": "{name}"' in text
        assert "A number." in text


@pytest.mark.parametrize("name", ["trl-preference", "trl-preference-implicit"])
def test_dpo(name, exported, model, tokenizer, tmp_path):
    from trl import DPOConfig, DPOTrainer

    folder, _ = exported(name)
    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(output_dir=str(tmp_path), max_length=512, **OPTIONS),
        train_dataset=rows_of(folder),
        processing_class=tokenizer,
    )
    one_step(trainer, model)


def test_a_reward_model_learns_from_implicit_pairs_and_their_margin(exported, tiny, tokenizer, tmp_path):
    from transformers import AutoModelForSequenceClassification
    from trl import RewardConfig, RewardTrainer

    folder, _ = exported("trl-preference-implicit")
    scorer = AutoModelForSequenceClassification.from_pretrained(tiny, num_labels=1)
    trainer = RewardTrainer(
        model=scorer,
        args=RewardConfig(output_dir=str(tmp_path), max_length=1024, **OPTIONS),
        train_dataset=rows_of(folder),
        processing_class=tokenizer,
    )
    assert "margin" in trainer.train_dataset.column_names
    one_step(trainer, scorer)


@pytest.mark.parametrize("name", ["trl-unpaired", "trl-preference"])
def test_kto(name, exported, model, tokenizer, tmp_path):
    from trl import KTOConfig, KTOTrainer

    folder, _ = exported(name)
    trainer = KTOTrainer(
        model=model,
        args=KTOConfig(output_dir=str(tmp_path), max_length=512, **OPTIONS),
        train_dataset=rows_of(folder),
        processing_class=tokenizer,
    )
    one_step(trainer, model)


def test_prm(exported, tiny, tmp_path):
    older = Path(os.environ.get("READERS", "nowhere")) / "trl-prm"
    if not older.is_dir():
        pytest.skip("no trl<1.14, the last with a PRM trainer; .ci/heavy-trainers installs it")
    folder, _ = exported("trl-stepwise")
    script = Path(__file__).parent / "train_prm.py"
    done = subprocess.run(
        [sys.executable, str(script), str(folder), tiny, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(older)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["steps"] == 1
    assert facts["changed"]
    assert math.isfinite(facts["loss"])
    assert facts["labels"] == [0, 1]
