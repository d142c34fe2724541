"""Perplexity: how likely a model finds the texts of records, each after all that stands before it.

Knows nothing of scenarios. A text's perplexity is exp of the mean negative log-probability of its tokens, the end of the
turn among them, put by the model's own chat template; that of many texts is exp of the mean over all their tokens.
Chances come from a forward pass of the model by `transformers` (`maieutic[trl]`): a model behind a server writes down the
chances of its own words only, not those of a text that somebody else chose.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maieutic import Frozen, InputError, Pair, canonical
from maieutic.exports.apart import apart, needs
from maieutic.exports.entry import Entry
from maieutic.exports.format import Unfit
from maieutic.exports.formats import trl
from maieutic.runs.contrast import Estimate
from maieutic.runs.tutoring import ratio, share

SIDES = ("completion", "chosen", "rejected")


class Text(Frozen):
    """A text that is measured.

    Attributes:
        record: kind and purpose of its record, as `pair/tutor`.
        side: `completion`, `chosen` or `rejected`.
        episode: that it came from.
        pair: number of the pair that it is a side of; None for none.
    """

    record: str
    side: str
    episode: str
    pair: int | None = None


class Chance(Frozen):
    """What a model makes of a text: the number of its tokens, and the sum of their negative log-probabilities in nats."""

    tokens: int
    nats: float


@dataclass(frozen=True)
class Likely:
    """Texts of one kind.

    Attributes:
        record: as `Text` has it.
        side: as `Text` has it.
        texts: number of them; those that are too long are not counted.
        tokens: of all of them.
        perplexity: with its 95 % interval over episodes; `n` counts these.
        likelier: of chosen texts, the share that the model finds likelier, token by token, than the rejected ones.
    """

    record: str
    side: str
    texts: int
    tokens: int
    perplexity: Estimate
    likelier: Estimate | None = None


def rows_of(entries: Iterable[Entry]) -> Iterator[tuple[Text, dict[str, Any]]]:
    """The texts to be learned from, each with its `prompt` and itself as the `completion`; what cannot be put as a talk is
    left out."""
    for number, entry in enumerate(entries):
        record, paired = entry.record, isinstance(entry.record, Pair)
        try:
            rows = list(trl.preference_rows(entry) if paired else trl.completion_rows(entry))
        except Unfit:
            continue
        for row in rows:
            for side in (one for one in SIDES if one in row):
                text = Text(
                    record=f"{record.kind}/{record.purpose}",
                    side=side,
                    episode=record.episode,
                    pair=number if paired else None,
                )
                yield text, {"prompt": row["prompt"], "completion": row[side]}


def perplexity(entries: Iterable[Entry], model: str, *, max_length: int = 4096) -> list[Likely]:
    """Measure the texts of records.

    Args:
        entries: the records.
        model: a folder that holds a model and its tokenizer with a chat template, or a name that the hub knows.
        max_length: tokens of a prompt and its text; longer ones are left out.

    Raises:
        InputError: no such folder, no text to measure, or `transformers` is not installed.
        RunError: the model cannot be used.
    """
    if model[:1] in ("/", ".", "~") and not Path(model).expanduser().is_dir():
        raise InputError("no such model", file=model, key="--model")
    needs("transformers", "transformers")
    texts: list[Text] = []
    with tempfile.TemporaryDirectory(prefix="maieutic-perplexity-") as folder:
        data, out = Path(folder, "texts.jsonl"), Path(folder, "chances.jsonl")
        with data.open("wb") as file:
            for text, row in rows_of(entries):
                texts.append(text)
                file.write(canonical(row) + b"\n")
        if not texts:
            raise InputError("no record holds a text to be learned from")
        facts = {
            "model": str(Path(model).expanduser()) if Path(model).expanduser().is_dir() else model,
            "data": str(data),
            "out": str(out),
            "max_length": max_length,
        }
        apart("maieutic.exports.perplexity", facts, Path(folder), "perplexity")
        with out.open(encoding="utf-8") as file:
            found = [None if line == "null\n" else Chance.model_validate_json(line) for line in file]
    return likely(zip(texts, found, strict=True))


def likely(measured: Iterable[tuple[Text, Chance | None]]) -> list[Likely]:
    """Texts of a kind together; None is one that was too long.

    >>> def text(side):
    ...     return Text(record="pair/tutor", side=side, episode="e", pair=0)
    >>> two = [(text("chosen"), Chance(tokens=2, nats=2 * math.log(8))), (text("rejected"), Chance(tokens=1, nats=3.0))]
    >>> chosen, _ = likely(two)
    >>> round(chosen.perplexity.mean, 9), chosen.likelier.mean
    (8.0, 1.0)
    """
    kinds: dict[tuple[str, str], list[tuple[Text, Chance]]] = defaultdict(list)
    pairs: dict[tuple[str, int], dict[str, tuple[Text, Chance]]] = defaultdict(dict)
    for text, chance in measured:
        if chance is not None and chance.tokens:
            kinds[text.record, text.side].append((text, chance))
            if text.pair is not None:
                pairs[text.record, text.pair][text.side] = (text, chance)
    better: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for (record, _), both in pairs.items():
        if len(both) == 2:
            chosen, rejected = (both[side][1] for side in ("chosen", "rejected"))
            won = chosen.nats / chosen.tokens < rejected.nats / rejected.tokens
            better[record][both["chosen"][0].episode].append(won)
    return [
        Likely(
            record,
            side,
            len(found),
            sum(chance.tokens for _, chance in found),
            _pooled(found),
            share(better[record].values()) if side == "chosen" else None,
        )
        for (record, side), found in sorted(kinds.items())
    ]


def _pooled(found: Sequence[tuple[Text, Chance]]) -> Estimate:
    sums: dict[str, tuple[float, float]] = {}
    for text, chance in found:
        nats, tokens = sums.get(text.episode, (0.0, 0.0))
        sums[text.episode] = (nats + chance.nats, tokens + chance.tokens)
    mean = ratio(sums.values())
    assert mean is not None  # there are tokens
    low, high = (None if one is None else _exp(one) for one in (mean.low, mean.high))
    return Estimate(_exp(mean.mean), low, high, mean.n)


def _exp(nats: float) -> float:
    return math.exp(min(nats, 700.0))


def measure(facts: Mapping[str, Any]) -> dict[str, int]:
    """Measure the texts that `facts` name, in this process, one after another; how many were too long.

    Args:
        facts: `model`, `data` (rows of JSON with `prompt` and `completion`), `out` (a line each: a `Chance`, or null) and
            `max_length`.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(facts["model"])
    if tokenizer.chat_template is None:
        raise SystemExit(f"{facts['model']} has no chat template: nobody knows how to put a talk to it")
    cuda = torch.cuda.is_available()
    model: Any = AutoModelForCausalLM.from_pretrained(facts["model"], dtype="auto" if cuda else torch.float32)
    model = model.to("cuda" if cuda else "cpu").eval()

    def tokens(messages: Sequence[Mapping[str, Any]], *, asks: bool) -> list[int]:
        made: list[int] = tokenizer.apply_chat_template(
            messages, tokenize=True, return_dict=False, add_generation_prompt=asks
        )
        return made

    long = 0
    with (
        open(facts["data"], encoding="utf-8") as rows,
        open(facts["out"], "w", encoding="utf-8") as out,
        torch.inference_mode(),
    ):
        for line in rows:
            row = json.loads(line)
            whole = tokens(row["prompt"] + row["completion"], asks=False)
            before = tokens(row["prompt"], asks=True)
            if whole[: len(before)] != before:
                raise SystemExit(
                    "the chat template writes what was said otherwise when more is said after it"
                )
            if len(whole) > facts["max_length"]:
                long += 1
                out.write("null\n")
                continue
            n = len(whole) - len(before)
            ids = torch.tensor([whole], device=model.device)
            logits = model(ids, logits_to_keep=n + 1).logits[0, :-1].float()
            nats = torch.nn.functional.cross_entropy(logits, ids[0, -n:], reduction="sum")
            out.write(Chance(tokens=n, nats=float(nats)).model_dump_json() + "\n")
    return {"too_long": long}


if __name__ == "__main__":
    print("\n" + json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
