"""Rows as LLaMA-Factory's own loading code sees them: python read_llama_factory.py MODEL EXPORT...; a line each."""

import importlib.machinery
import json
import sys
import types
from pathlib import Path
from types import SimpleNamespace

# imported at the top of the loading code for recordings, which rows of text have none of
audio = types.ModuleType("torchaudio")
audio.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
sys.modules["torchaudio"] = audio

from llamafactory.data.converter import align_dataset
from llamafactory.data.loader import _load_single_dataset
from llamafactory.data.parser import get_dataset_list

for folder in sys.argv[2:]:
    data = SimpleNamespace(
        dataset_dir=folder,
        media_dir=folder,
        streaming=False,
        preprocessing_num_workers=None,
        overwrite_cache=False,
        max_samples=None,
    )
    model = SimpleNamespace(cache_dir=None, hf_hub_token=None)
    training = SimpleNamespace(local_process_index=0)
    (attributes,) = get_dataset_list([f"{Path(folder).name}_train"], folder)
    rows = _load_single_dataset(attributes, model, data, training)
    if "_prompt" not in rows.column_names:
        rows = align_dataset(rows, attributes, data, training)
    keys = ("_prompt", "_response", "_system", "_tools")
    print(json.dumps([{key: row[key] for key in keys} for row in rows]))
