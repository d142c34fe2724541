"""One step of TRL's PRM trainer, which left TRL after 1.13: python train_prm.py EXPORT MODEL FOLDER."""

import json
import sys

import datasets
from transformers import AutoModelForTokenClassification, AutoTokenizer
from trl.experimental.prm import PRMConfig, PRMTrainer

folder, tiny, out = sys.argv[1:]
model = AutoModelForTokenClassification.from_pretrained(tiny, num_labels=2)
before = {name: value.detach().clone() for name, value in model.named_parameters()}
rows = datasets.load_dataset(folder, split="train")
trainer = PRMTrainer(
    model=model,
    args=PRMConfig(
        output_dir=out,
        max_steps=1,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        disable_tqdm=True,
    ),
    train_dataset=rows,
    processing_class=AutoTokenizer.from_pretrained(tiny),
)
labels = {label for row in trainer.train_dataset for label in row["labels"]} - {-100}
done = trainer.train()
changed = any(not before[name].equal(value) for name, value in trainer.model.named_parameters())
print(
    json.dumps(
        {"steps": done.global_step, "loss": done.training_loss, "changed": changed, "labels": sorted(labels)}
    )
)
