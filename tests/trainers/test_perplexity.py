"""Perplexity by a model of which it is known what it must be."""

import json
import math
import shutil

import pytest
from drawn_records import drawn
from in_process import maieutic

from maieutic import RunError
from maieutic.exports import Plan, export, load
from maieutic.exports.perplexity import perplexity


@pytest.fixture(scope="module")
def several():
    return list(drawn("class-spock"))[:12]


@pytest.fixture
def unsure(tiny, tmp_path):
    """A model that gives every token of its vocabulary the same chance, and the size of that."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny)
    torch.nn.init.zeros_(model.get_output_embeddings().weight)
    model.save_pretrained(tmp_path / "unsure")
    AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path / "unsure")
    return str(tmp_path / "unsure"), model.config.vocab_size


def test_a_model_that_knows_nothing_is_as_perplexed_as_its_vocabulary_is_large(several, unsure):
    folder, size = unsure
    found = perplexity(several, folder)
    assert {one.side for one in found} == {"completion", "chosen", "rejected"}
    assert [one.perplexity.mean for one in found] == pytest.approx([size] * len(found), rel=1e-4)


def test_it_is_what_the_model_itself_makes_of_all_tokens_of_the_text_after_its_prompt(several, tiny):
    """The loss that `transformers` gives where the prompt is masked."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny), AutoModelForCausalLM.from_pretrained(tiny)
    (entry,) = [one for one in several if one.record.kind == "pair"][:1]
    prompt = [one.model_dump(include={"role", "content"}) for one in entry.record.prompt]
    whole = tokenizer.apply_chat_template(
        [*prompt, {"role": "assistant", "content": entry.record.chosen}], tokenize=True, return_dict=False
    )
    before = tokenizer.apply_chat_template(
        prompt, tokenize=True, return_dict=False, add_generation_prompt=True
    )
    ids = torch.tensor([whole])
    labels = ids.clone()
    labels[0, : len(before)] = -100
    with torch.inference_mode():
        loss = float(model(ids, labels=labels).loss)
    chosen = next(one for one in perplexity([entry], tiny) if one.side == "chosen")
    assert chosen.perplexity.mean == pytest.approx(math.exp(loss), rel=1e-4)
    assert chosen.tokens == len(whole) - len(before)


def test_the_command_tells_it_of_an_export_and_says_what_is_wrong_with_a_model(several, tiny, tmp_path):
    export(several, Plan(load("jsonl"), tmp_path / "made"))
    done = maieutic(tmp_path, "perplexity", "made", "--model", tiny, "-f", "kind==pair", "--json")
    told = json.loads(done.stdout)["texts"]
    assert [(one["record"], one["side"]) for one in told] == [
        ("pair/tutor", "chosen"),
        ("pair/tutor", "rejected"),
    ]
    assert 0 <= told[0]["likelier"]["mean"] <= 1
    mute = shutil.copytree(tiny, tmp_path / "mute")
    (mute / "chat_template.jinja").unlink(missing_ok=True)
    config = json.loads((mute / "tokenizer_config.json").read_text())
    config.pop("chat_template", None)
    (mute / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(RunError, match="no chat template"):
        perplexity(several, str(mute))
