"""Rows as OpenRLHF's own data sets see them: python read_openrlhf.py MODEL EXPORT...; a line each."""

import json
import sys
from types import SimpleNamespace

import datasets
from openrlhf.datasets import RewardDataset, SFTDataset
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
arguments = {"input_key": "input", "output_key": None, "prompt_key": "prompt", "chosen_key": "chosen"}
arguments |= {"rejected_key": "rejected", "apply_chat_template": True, "tokenizer_chat_template": None}
# older releases nest their options, newer ones do not: both are given
flat = SimpleNamespace(**arguments)
flat.data = SimpleNamespace(**arguments)
strategy = SimpleNamespace(args=flat, is_rank_0=lambda: False, print=print)


def supervised(rows):
    made = SFTDataset(rows, tokenizer, 100_000, strategy, num_processors=1)
    for number in range(len(made)):
        ids, _, mask = (part.flatten().tolist() for part in made[number][:3])
        yield {"learned": tokenizer.decode([token for token, one in zip(ids, mask, strict=False) if one])}


def compared(rows, is_dpo):
    made = RewardDataset(rows, tokenizer, 100_000, strategy, is_dpo=is_dpo, num_processors=1)
    parts = zip(made.prompts, made.chosens, made.rejects, made.extras, strict=True)
    return [dict(zip(("prompt", "chosen", "rejected", "extra"), one, strict=True)) for one in parts]


for folder in sys.argv[2:]:
    rows = datasets.load_dataset(folder, split="train")
    if "input" in rows.column_names:
        print(json.dumps(list(supervised(rows))))
    else:
        print(json.dumps({"rm": compared(rows, False), "dpo": compared(rows, True)}))
