"""Contrastive: imitation of a teacher's workings that also draws them together, and apart from a student's own mistakes.

The training of Learn-to-Reason (EMNLP 2023): a weighted likelihood, in which tokens of the prompt count little, and a
triplet loss on the last hidden state of the last token, by cosine distance. No trainer of TRL has it. A question stands
in a batch once, so that no text is held against another answer of the same question.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def batches(questions: Sequence[str], size: int, chance: random.Random) -> Iterator[list[int]]:
    """Places of all items in random order, in batches that hold no question twice; some are shorter therefore.

    >>> found = [*batches(["a", "a", "a", "b"], 2, random.Random(1))]
    >>> sorted(map(len, found)), sorted(place for one in found for place in one)
    ([1, 1, 2], [0, 1, 2, 3])
    """
    left = chance.sample(range(len(questions)), len(questions))
    while left:
        batch: list[int] = []
        for place in left:
            if len(batch) < size and questions[place] not in {questions[one] for one in batch}:
                batch.append(place)
        yield batch
        left = [place for place in left if place not in set(batch)]


def weighted_nll(logits: Any, ids: Any, starts: Any, lengths: Any, prompt_weight: float) -> Any:
    """Negative log-likelihood over a batch, tokens of the prompt weighted; over the number of tokens that count at all.

    Args:
        logits: batch x tokens x vocabulary.
        ids: batch x tokens, padded at their ends.
        starts: batch; the place of the first token after the prompt.
        lengths: batch; tokens without the padding.
        prompt_weight: of a token of the prompt; the others weigh 1.
    """
    import torch

    places = torch.arange(1, ids.shape[1], device=ids.device)[None, :]
    valid = places < lengths[:, None]
    weights = torch.where(places < starts[:, None], prompt_weight, 1.0) * valid
    nll = torch.nn.functional.cross_entropy(
        logits[:, :-1].float().transpose(1, 2), ids[:, 1:], reduction="none"
    )
    return (nll * weights).sum() / valid.sum()


def triplet(anchors: Any, positives: Any, negatives: Any, both: Any, margin: float) -> Any:
    """Mean of max(0, d(anchor, positive) - d(anchor, negative) + margin) by cosine distance, 0 where a side is lacking.

    Args:
        anchors, positives, negatives: batch x size.
        both: batch; whether an item has a positive and a negative.
        margin: by which negatives are to be further away.
    """
    import torch

    def apart(one: Any, other: Any) -> Any:
        return 1 - torch.nn.functional.cosine_similarity(one.float(), other.float(), dim=-1)

    lost = torch.relu(apart(anchors, positives) - apart(anchors, negatives) + margin)
    return (lost * both).mean()


def rising(warmup: float, steps: int) -> int:
    """Steps in which the rate rises, of so many: a share of them, or their number from 1 on; never all, since a lesson of one
    step would teach nothing at a rate of 0.

    >>> rising(0.1, 40), rising(100, 400), rising(100, 40), rising(0.1, 1)
    (4, 100, 39, 0)
    """
    return min(int(warmup if warmup >= 1 else warmup * steps), steps - 1)


def fit(
    model: Any, tokenizer: Any, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> list[float]:
    """Train a model in place; the loss of each step.

    Args:
        model: of `transformers`, for causal language.
        tokenizer: its own, with a chat template.
        rows: `prompt` and `completion` as messages, `positives` and `negatives` as lists of such completions, `question`.
        facts: as `maieutic.exports.trainer.train` has them.
    """
    import torch
    from transformers import get_cosine_schedule_with_warmup

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chance = random.Random(facts["seed"])
    model.to(device).train()
    questions = [str(row["question"]) for row in rows]
    plan = [
        batch
        for _ in range(math.ceil(facts["epochs"]))
        for batch in batches(questions, facts["batch"], chance)
    ]
    plan = plan[: max(1, math.ceil(len(plan) * facts["epochs"] / math.ceil(facts["epochs"])))]
    optimizer = torch.optim.AdamW(model.parameters(), lr=facts["lr"], weight_decay=facts.get("decay", 0.0))
    first = rising(facts["warmup"], len(plan))
    schedule = get_cosine_schedule_with_warmup(optimizer, first, len(plan) + 1)
    if first:
        schedule.step()

    def padded(texts: Sequence[tuple[list[int], int]]) -> tuple[Any, Any, Any]:
        longest = max(len(ids) for ids, _ in texts)
        filler = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        ids = torch.tensor([ids + [filler] * (longest - len(ids)) for ids, _ in texts], device=device)
        starts = torch.tensor([start for _, start in texts], device=device)
        return ids, starts, torch.tensor([len(ids) for ids, _ in texts], device=device)

    def read(texts: Sequence[tuple[list[int], int]]) -> tuple[Any, Any]:
        """Logits, and the hidden state of the last token of each text."""
        ids, _, lengths = padded(texts)
        mask = torch.arange(ids.shape[1], device=device)[None, :] < lengths[:, None]
        said = model(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True)
        return said.logits, said.hidden_states[-1][torch.arange(len(texts), device=device), lengths - 1]

    losses = []
    for batch in plan:
        chosen = [rows[place] for place in batch]
        own = [_tokens(tokenizer, row, row["completion"]) for row in chosen]
        logits, anchors = read(own)
        loss = weighted_nll(logits, *padded(own), facts["prompt_weight"])
        both = [bool(row["positives"] and row["negatives"]) for row in chosen]
        if any(both) and facts["cl_ratio"]:
            sides = []
            for name in ("positives", "negatives"):
                drawn = [
                    chance.choice(row[name]) if has else row["completion"]
                    for row, has in zip(chosen, both, strict=True)
                ]
                texts = [_tokens(tokenizer, row, one) for row, one in zip(chosen, drawn, strict=True)]
                sides.append(read(texts)[1])
            held = torch.tensor(both, device=device)
            loss = loss + facts["cl_ratio"] * triplet(anchors, sides[0], sides[1], held, facts["margin"])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(float(loss))
    return losses


def _tokens(tokenizer: Any, row: Mapping[str, Any], completion: Sequence[Any]) -> tuple[list[int], int]:
    """The tokens of a prompt with a completion, and the place of the first one after the prompt."""
    whole: list[int] = tokenizer.apply_chat_template(
        [*row["prompt"], *completion], tokenize=True, return_dict=False
    )
    before = tokenizer.apply_chat_template(
        row["prompt"], tokenize=True, return_dict=False, add_generation_prompt=True
    )
    return whole, len(before)
