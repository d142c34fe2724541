"""Trainer: the learner that is a language model, trained by TRL on what a round made, on whatever machine it runs.

Knows nothing of scenarios. Training runs in a process of its own, so that an engine that serves the model before and
after shares neither memory nor threads with it. TRL and its models are imported there alone (`maieutic[trl]`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from pydantic import Field, JsonValue, ValidationError

from maieutic import (
    Dialogue,
    Episode,
    Frozen,
    InputError,
    Judged,
    Pair,
    Record,
    canonical,
    digest,
    late_defaults,
)
from maieutic.agents import Agent
from maieutic.agents.models.messages import messages, schema_of, written
from maieutic.exports.apart import apart, needs
from maieutic.exports.contrastive import fit, rising
from maieutic.exports.entry import Entry, Origin
from maieutic.exports.format import Unfit
from maieutic.exports.formats import trl
from maieutic.roles import Role, view
from maieutic.scenarios import Drawn, Taught

Method = Literal["sft", "contrast", "dpo", "reward"]
SIDES: dict[Method, tuple[str, ...]] = {
    "sft": ("completion",),
    "contrast": ("completion",),
    "dpo": ("chosen", "rejected"),
    "reward": ("chosen", "rejected"),
}


class Training(Frozen):
    """How a model is trained; the defaults are for a small model and a few hundred records.

    Attributes:
        method: imitation (`sft`), the same in contrast to own mistakes (`contrast`, the published one of learn-to-reason; see
            `maieutic.exports.contrastive`), preference (`dpo`), or a number for each side of a pair, of which the chosen one's is to
            be higher (`reward`, by the model of Bradley and Terry); None takes what the records teach the seat.
        epochs: passes over the records.
        lr: learning rate.
        batch: records in a step.
        max_length: tokens of a record; a longer one is left out, since its end is what is learnt.
        beta: of DPO.
        sft_weight: of imitating the chosen answer beside DPO (`pref_ftx` in LLaMA-Factory).
        prompt_weight: of a token of the prompt in `contrast`, where those of the answer weigh 1.
        cl_ratio: of the triplet loss there.
        margin: by which an own mistake is to be further away there.
        warmup: share of the steps in which the rate rises, or their number, where it is 1 or more.
        decay: of the weights (AdamW).
        prompts: `seat`: records are put as the turn of the seat that learns, brief, form of the answer and all;
            `record`: as they stand.
    """

    method: Method | None = None
    epochs: float = Field(3, gt=0)
    lr: float = Field(2e-5, gt=0)
    batch: int = Field(8, ge=1)
    max_length: int = Field(1024, ge=8)
    beta: float = Field(0.1, gt=0)
    sft_weight: float = Field(0.0, ge=0)
    prompt_weight: float = Field(0.1, ge=0, json_schema_extra={"added": True})
    cl_ratio: float = Field(0.5, ge=0, json_schema_extra={"added": True})
    margin: float = Field(1.0, ge=0, json_schema_extra={"added": True})
    warmup: float = Field(0.1, ge=0)
    decay: float = Field(0.0, ge=0, json_schema_extra={"added": True})
    prompts: Literal["seat", "record"] = "seat"


class Trl(Frozen):
    """A learner that is a model in a folder; its state is the folder.

    Attributes:
        model: where it starts.
        training: how it is trained.
        serving: further options of the engine that plays it, as after `vllm:PATH?`.
        engine: the back end that plays it: `vllm`, or `path.py:NAME` or `module:NAME` of another one.
        role: that it plays, as which lessons are put, or its seat where the scenario says which role each lesson is of;
            None puts them as the records have them.
    """

    model: str
    training: Training = Training()
    serving: dict[str, str] = {}
    engine: str = "vllm"
    role: str | None = None
    asked: Any = Field(None, exclude=True)  # the role itself
    turns: Any = Field(None, exclude=True)  # `Outer.turns`

    @property
    def fingerprint(self) -> str:
        """The model's configuration and how it is trained; where it lies does not count."""
        file = Path(self.model) / "config.json"
        facts = file.read_text(encoding="utf-8") if file.exists() else self.model
        serving = self.serving if self.engine == "vllm" else {**self.serving, "engine": self.engine}
        training = self.training.model_dump(mode="json", exclude=late_defaults(self.training))
        return f"trl:{digest(facts, training, serving, self.role)}"

    def first(self) -> JsonValue:
        """The model that it starts with."""
        return {"model": str(Path(self.model).resolve()) if Path(self.model).exists() else self.model}

    def player(self, state: JsonValue) -> Agent | str:
        """The model of `state`, played by vLLM in process, or by another back end."""
        assert isinstance(state, dict)
        options = f"?{urlencode(self.serving)}" if self.serving else ""
        return f"{self.engine}{':' if self.engine == 'vllm' else '#'}{state['model']}{options}"

    def learn(self, state: JsonValue, lessons: Sequence[Drawn], folder: Path, seed: int) -> JsonValue:
        """Train on lessons; the new model, and what the training said.

        Raises:
            InputError: the records are neither dialogues nor judgements nor pairs, or TRL is not installed.
            RunError: the training failed.
        """
        assert isinstance(state, dict)
        method, rows = self._rows(lessons)
        data = folder / "lessons.jsonl"
        data.write_text("".join(canonical(row).decode() + "\n" for row in rows), encoding="utf-8")
        needs("trl", "TRL")
        made = folder / "model"
        facts = self.training.model_dump(mode="json") | {
            "method": method,
            "model": state["model"],
            "data": str(data.resolve()),
            "out": str(made.resolve()),
            "seed": seed % 2**31,
        }
        said = apart("maieutic.exports.trainer", facts, folder, "training")
        return {"model": str(made.resolve()), "method": method, "rows": len(rows), **said}

    def _rows(self, lessons: Sequence[Drawn]) -> tuple[Method, list[dict[str, Any]]]:
        if self.turns is not None:
            taught = [
                (one.episode, turn)
                for one in lessons
                for record in one.records
                if isinstance(record, Pair | Dialogue | Judged)
                for turn in _each(self.turns(one.episode, record))
            ]
            methods = {_method(turn) for _, turn in taught}
            usual: Method = "reward" if "reward" in methods else "dpo" if "dpo" in methods else "sft"
            method = self.training.method or usual
            rows = [_as_taught(turn, episode) for episode, turn in taught if _method(turn) == method]
        else:
            method, rows = self._as_they_stand(lessons)
        if not rows:
            kinds = ", ".join(sorted({record.kind for one in lessons for record in one.records}))
            raise InputError(f"no record can be learnt from by {method} (there are {kinds or 'none'})")
        return method, rows

    def _as_they_stand(self, lessons: Sequence[Drawn]) -> tuple[Method, list[dict[str, Any]]]:
        """Rows of the records' own words, put as the turn of the seat's one role where that is known."""
        paired = any(isinstance(record, Pair) for one in lessons for record in one.records)
        method = self.training.method or ("dpo" if paired else "sft")
        imitated = SIDES[method] == ("completion",)
        wanted = (Dialogue, Judged) if imitated else (Pair,)
        rows: list[dict[str, Any]] = []
        for one in lessons:
            for record in one.records:
                if isinstance(record, wanted):
                    entry = Entry(record=record, origin=_origin(one))
                    try:
                        found = list(trl.completion_rows(entry) if imitated else trl.preference_rows(entry))
                    except Unfit:
                        continue
                    if method == "contrast":
                        found = [row | _beside(one, record) for row in found]
                    rows += found if self.asked is None else _as_turns(self.asked, one, found)
        if method == "reward":
            rows = [{side: [*row["prompt"], *row[side]] for side in SIDES[method]} for row in rows]
        return method, rows


def _each(taught: Taught | Sequence[Taught]) -> Sequence[Taught]:
    return [taught] if isinstance(taught, Taught) else taught


def _method(taught: Taught) -> Method:
    """How a turn is learnt from."""
    if taught.worse is not None:
        return "reward"
    return "sft" if len(taught.answers) == 1 else "dpo"


def _beside(one: Drawn, record: Record) -> dict[str, Any]:
    """What a working is held against: others of the same question that were given, and own mistakes (`negatives`)."""
    given = [
        other.messages[-1].content
        for other in one.records
        if isinstance(other, Dialogue) and other is not record and other.purpose == record.purpose
    ]
    wrong: Any = record.meta.get("negatives") or []
    return {
        "question": one.episode.task.id,
        **{
            name: [[{"role": "assistant", "content": text}] for text in texts]
            for name, texts in (("positives", given), ("negatives", wrong))
        },
    }


def _origin(one: Drawn) -> Origin:
    episode = one.episode
    return Origin(
        scenario=episode.scenario,
        seed=episode.seed,
        cast=episode.cast,
        source=episode.task.source,
        licence=episode.task.licence,
        content=digest(episode.task.fields),
    )


def _as_taught(taught: Taught, episode: Episode) -> dict[str, Any]:
    """A row of a turn: what the seat is told, and what it would write that gives the answers; or, where its answer is a
    number, what it is told in either turn."""
    role = taught.role

    def asked(offered: Mapping[str, JsonValue]) -> list[Any]:
        return list(messages(role, view(role, episode.task.fields, offered)))

    sides = SIDES[_method(taught)]
    if taught.worse is not None:
        return dict(zip(sides, map(asked, (taught.offered, taught.worse)), strict=True))
    said = zip(sides, taught.answers, strict=True)
    return {"prompt": asked(taught.offered)} | {
        name: [{"role": "assistant", "content": answer if isinstance(answer, str) else written(role, answer)}]
        for name, answer in said
    }


def _as_turns(role: Role, one: Drawn, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows as turns of the role: what it would be told of this task, and its answer in the form that it has. Where the
    record asks something else than the task does, that stands in the first field, alone."""
    usual = view(role, one.episode.task.fields)
    said = [str(value) for value in usual.values()]
    for row in rows:
        asked = [message["content"] for message in row["prompt"] if message["role"] == "user"]
        same = len(asked) != 1 or asked[0] in said[:1] or asked[0] == "\n\n".join(said)
        prompt = list(messages(role, usual if same else {role.sees[0]: asked[0]}))

        def put(message: Mapping[str, Any]) -> list[dict[str, str]]:
            return [{"role": "assistant", "content": written(role, {"text": message["content"]})}]

        made: dict[str, Any] = {"prompt": prompt}
        made |= {name: put(row[name][-1]) for name in ("completion", "chosen", "rejected") if name in row}
        made |= {
            name: [put(text[-1]) for text in row[name]] for name in ("positives", "negatives") if name in row
        }
        yield made | {name: row[name] for name in ("question",) if name in row}


def learner(
    text: str,
    role: Role,
    turns: Callable[[Episode, Record], Taught | Sequence[Taught]] | None = None,
    published: Mapping[str, float | str] | None = None,
) -> Trl:
    """The learner that `PATH?option=value&...` names; options are those of `Training`, others are the engine's.

    Args:
        text: a folder that holds a model and its tokenizer, or a name that the hub knows, and options.
        role: that it is to play; of a seat with several, any.
        turns: as `Outer` has it.
        published: options of the training that hold where none are given, as `Outer.training` has them.

    Raises:
        InputError: an option that cannot be used, or no such folder.
    """
    model, _, query = text.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    if not model or (model[0] in "./~" and not Path(model).exists()):
        raise InputError("no such model", file=model, key="--learner", remedy="give trl:FOLDER")
    engine = given.pop("engine", "vllm")
    own: dict[str, Any] = {**(published or {})}
    own |= {name: given.pop(name) for name in Training.model_fields if name in given}
    try:
        training = Training.model_validate(own)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(
            f"{first['loc'][0]}: {first['msg']}, got {first['input']!r}",
            key="--learner",
            remedy=f"options are {', '.join(Training.model_fields)} and engine, others go to that engine",
        ) from None
    alone = set(schema_of(role.answer)["properties"]) == {"text"}
    as_seat = training.prompts == "seat"
    put_as = role.seat if turns is not None else role.name if alone else None
    return Trl(
        model=model,
        training=training,
        serving=given,
        engine=engine,
        role=put_as if as_seat else None,
        asked=role if as_seat and turns is None and alone else None,
        turns=turns if as_seat else None,
    )


def train(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Train a model as `facts` say, in this process; what came of it.

    Args:
        facts: `Training`'s fields with `method`, and `model`, `data` (rows of JSON), `out` and `seed`.
    """
    import datasets
    import torch
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
        set_seed,
    )
    from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer

    method: Method = facts["method"]
    assert method in get_args(Method)
    set_seed(facts["seed"])
    with open(facts["data"], encoding="utf-8") as file:
        rows = datasets.Dataset.from_list([json.loads(line) for line in file])
    tokenizer = AutoTokenizer.from_pretrained(facts["model"])
    model: Any
    if method == "reward":
        model = AutoModelForSequenceClassification.from_pretrained(
            facts["model"], num_labels=1, dtype=torch.float32
        )
    else:
        model = AutoModelForCausalLM.from_pretrained(facts["model"], dtype=torch.float32)

    def fits(row: Mapping[str, Any]) -> bool:
        made = (
            tokenizer.apply_chat_template(row.get("prompt", []) + row[name], tokenize=True, return_dict=False)
            for name in SIDES[method]
        )
        return all(len(one) <= facts["max_length"] for one in made)

    whole = len(rows)
    rows = rows.filter(fits)
    if not len(rows):
        raise SystemExit(
            f"none of {whole} records has {facts['max_length']} tokens or fewer: raise max_length"
        )
    if method == "contrast":
        losses = fit(model, tokenizer, list(rows), facts)
        return _saved(model, tokenizer, facts, whole - len(rows), len(losses), losses)
    steps = ceil(ceil(len(rows) / facts["batch"]) * facts["epochs"])
    common: dict[str, Any] = {
        "output_dir": f"{facts['out']}-steps",
        "num_train_epochs": facts["epochs"],
        "per_device_train_batch_size": facts["batch"],
        "learning_rate": facts["lr"],
        "lr_scheduler_type": "cosine",
        "warmup_steps": rising(facts["warmup"], steps),
        "weight_decay": facts.get("decay", 0.0),
        "max_length": facts["max_length"],
        "seed": facts["seed"],
        "report_to": "none",
        "save_strategy": "no",
        "logging_steps": 10,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": False,
        "gradient_checkpointing": False,
        "disable_tqdm": True,
    }
    trainer: Any
    if method == "reward":
        # the number is read off the last token that is no padding, which must not be taken for padding itself
        ends = tokenizer.pad_token in (None, tokenizer.eos_token)
        pad = tokenizer.bos_token or tokenizer.eos_token if ends else tokenizer.pad_token
        trainer = RewardTrainer(
            model=model,
            args=RewardConfig(pad_token=pad, **common),
            train_dataset=rows,
            processing_class=tokenizer,
        )
    elif method == "dpo":
        weight = facts.get("sft_weight", 0)
        if weight:
            common |= {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, weight]}
        options = DPOConfig(beta=facts["beta"], **common)
        trainer = DPOTrainer(model=model, args=options, train_dataset=rows, processing_class=tokenizer)
    else:
        trainer = SFTTrainer(
            model=model, args=SFTConfig(**common), train_dataset=rows, processing_class=tokenizer
        )
    done = trainer.train()
    losses = [one["loss"] for one in trainer.state.log_history if "loss" in one]
    said = losses or [float(done.training_loss)]
    return _saved(trainer.model, tokenizer, facts, whole - len(rows), int(done.global_step), said)


def _saved(
    model: Any, tokenizer: Any, facts: Mapping[str, Any], long: int, steps: int, losses: Sequence[float]
) -> dict[str, Any]:
    model.save_pretrained(facts["out"])
    tokenizer.save_pretrained(facts["out"])
    return {"too_long": long, "steps": steps, "loss_first": losses[0], "loss_last": losses[-1]}


if __name__ == "__main__":
    print("\n" + json.dumps(train(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
