"""The published training of Learn-to-Reason, held to what its loss must be, and to what it does to a model."""

import random

import pytest

from maieutic.exports.contrastive import batches, fit, triplet, weighted_nll

QUESTION = {"role": "user", "content": "How many apples are there?"}


def said(text):
    return [{"role": "assistant", "content": text}]


@pytest.fixture
def made(tiny):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)


def test_tokens_of_the_prompt_weigh_what_is_said_and_padding_nothing(made):
    import torch

    model, tokenizer = made
    texts = [tokenizer(text)["input_ids"] for text in ("1 + 1 = 2, so it is 2 in all", "so 2")]
    lengths, starts = torch.tensor([len(one) for one in texts]), torch.tensor([3, 2])
    ids = torch.tensor([one + [0] * (max(lengths) - len(one)) for one in texts])
    with torch.inference_mode():
        logits = model(ids).logits
        each = [
            torch.nn.functional.cross_entropy(
                logits[row, : lengths[row] - 1], ids[row, 1 : lengths[row]], reduction="none"
            )
            for row in range(2)
        ]
        for weight in (1.0, 0.1, 0.0):
            wanted = sum(
                float(nll) * (weight if place + 1 < starts[row] else 1.0)
                for row, one in enumerate(each)
                for place, nll in enumerate(one)
            ) / sum(map(len, each))
            assert float(weighted_nll(logits, ids, starts, lengths, weight)) == pytest.approx(
                wanted, rel=1e-4
            )


@pytest.mark.parametrize(
    ("positive", "negative", "both", "loss"),
    [
        ((1.0, 0.0), (-1.0, 0.0), True, 0.0),  # 0 - 2 + 1 < 0
        ((2.0, 0.0), (0.0, 3.0), True, 0.0),  # 0 - 1 + 1
        ((0.0, 1.0), (1.0, 0.0), True, 2.0),  # 1 - 0 + 1
        ((0.0, 1.0), (1.0, 0.0), False, 0.0),
    ],
)
def test_the_triplet_is_by_cosine_distance_and_nothing_where_a_side_is_lacking(
    positive, negative, both, loss
):
    import torch

    one = triplet(
        *(torch.tensor([side]) for side in ((1.0, 0.0), positive, negative)), torch.tensor([both]), 1.0
    )
    assert float(one) == pytest.approx(loss, abs=1e-6)


def test_no_batch_holds_a_question_twice():
    questions = ["a"] * 5 + ["b"] * 3 + ["c"] * 4
    found = list(batches(questions, 3, random.Random(4)))
    assert sorted(place for one in found for place in one) == list(range(12))
    assert all(len({questions[place] for place in one}) == len(one) <= 3 for one in found)


def test_training_draws_workings_together_and_own_mistakes_away(made):
    import torch

    model, tokenizer = made
    good = ["3 + 4 = 7\nThe answer is 7.", "First 3, then 4 more: 7.\nThe answer is 7."]
    bad = ["3 * 4 = 12\nThe answer is 12.", "34. The answer is 34."]
    rows = [
        {
            "prompt": [QUESTION],
            "completion": said(text),
            "positives": [said(other) for other in good if other != text],
            "negatives": [said(one) for one in bad],
            "question": "q",
        }
        for text in good
    ]
    facts = {"seed": 1, "epochs": 12, "batch": 2, "lr": 2e-3, "warmup": 0.0}
    facts |= {"prompt_weight": 0.1, "cl_ratio": 0.5, "margin": 1.0}

    def apart():
        model.eval()
        with torch.inference_mode():
            last = []
            for text in (*good, *bad):
                ids = tokenizer.apply_chat_template([QUESTION, *said(text)], tokenize=True, return_dict=False)
                last.append(model(torch.tensor([ids]), output_hidden_states=True).hidden_states[-1][0, -1:])
            yes = torch.tensor([True])
            return sum(float(triplet(last[0], last[1], wrong, yes, 1.0)) for wrong in last[2:])

    before = apart()
    losses = fit(model, tokenizer, rows, facts)
    assert len(losses) == 24  # a question stands in a batch once
    assert losses[-1] < losses[0]
    assert apart() < before
