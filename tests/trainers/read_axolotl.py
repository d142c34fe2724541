"""Rows as Axolotl's own strategies see them, by the written axolotl.yml: python read_axolotl.py MODEL EXPORT...; a line each."""

import json
import sys
from pathlib import Path

import datasets
import yaml
from axolotl.prompt_strategies import chat_template, stepwise_supervised
from axolotl.prompt_strategies.dpo import chat_template as dpo
from axolotl.utils.dict import DictDefault
from axolotl.utils.schemas.datasets import DatasetConfig
from pydantic import TypeAdapter
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])


def validated(sources):
    """The one source as Axolotl's own schema leaves it, which drops keys that it does not know."""
    (source,) = TypeAdapter(list[DatasetConfig]).validate_python(sources)
    return source.model_dump(exclude_none=True)


def seen(folder):
    written = yaml.safe_load((folder / "axolotl.yml").read_text())
    cfg = DictDefault(
        {
            **written,
            "sequence_len": 100_000,
            "chat_template": "tokenizer_default",
            "eot_tokens": ["<|end|>"],
            "train_on_inputs": False,
        }
    )
    source = validated(written["datasets"])
    validated(written.get("test_datasets", written["datasets"]))
    files = sorted(map(str, (folder.parent / source["path"]).glob(source["data_files"])))
    rows = datasets.load_dataset(source["ds_type"], data_files=files, split=source["split"])
    if source["type"] == "chat_template":
        strategy = chat_template.load(tokenizer, cfg, ds_cfg=DictDefault(source))
        for row in rows:
            labels = strategy.tokenize_prompt(dict(row))["labels"]
            yield {"learned": tokenizer.decode([label for label in labels if label != -100])}
    elif source["type"] == "stepwise_supervised":
        strategy = stepwise_supervised.load(tokenizer, cfg, DictDefault(source))
        for row in rows:
            labels = strategy.tokenize_prompt(dict(row))["labels"]
            yield {"labels": [bool(label) for label in labels if label != -100]}
    else:
        transform, _ = dpo.default(cfg)
        yield from (transform(dict(row), tokenizer=tokenizer) for row in rows)


for name in sys.argv[2:]:
    print(json.dumps(list(seen(Path(name)))))
