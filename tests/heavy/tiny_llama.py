"""A tiny Llama with random weights, tokenizer and chat template, made on the spot; no hub is asked.

python tests/heavy/tiny_llama.py FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

VOCABULARY = 512
CONTEXT = 16_384
OPTIONS = {  # of the engine over it: small, and float32 so that batches of any shape write the same
    "max_model_len": 16_384,
    "max_num_seqs": 32,
    "enforce_eager": True,
    "dtype": "float32",
    "block_size": 32,
}
TEXT = (
    "The teacher asks a question, and the student answers it in a sentence or two. Twelve loaves at three euros each "
    "cost thirty-six euros in all. What would happen if the loop began at one instead of zero? Let us look at the "
    "second step again. The critic says yes or no, with a reason. Rewrite the answer so that every constraint holds."
)
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] or [] %}{{ part['text'] }}{% endfor %}{% endif %}"
    "{% for call in message['tool_calls'] or [] %}{{ call['function'] | tojson }}{% endfor %}<|end|>\n{% endfor %}"
    "{% if tools %}<|system|>\n{{ tools | tojson }}<|end|>\n{% endif %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% if terse %}Briefly: {% endif %}{% endif %}"
)


def make(
    folder: Path,
    text: Iterable[str] = (TEXT,),
    vocabulary: int = VOCABULARY,
    hidden: int = 64,
    layers: int = 2,
    heads: int = 2,
) -> Path:
    """Write the model into `folder`; the same bytes each time.

    Args:
        folder: that is made.
        text: from which the tokenizer takes its pieces.
        vocabulary: number of these.
        hidden: width; the feed-forward one is twice that.
        layers, heads: their numbers; there is one head of keys and values.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    roles = [f"<|{name}|>" for name in ("system", "user", "assistant", "tool", "end")]
    special = ["<s>", "</s>", *roles]  # reasoning marks are plain tokens, added below
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(text, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="</s>",
        chat_template=TEMPLATE,
        model_max_length=CONTEXT,
    )
    tokenizer.add_tokens(["<think>", "</think>"])
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    LlamaForCausalLM(config).to(torch.float32).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


if __name__ == "__main__":
    print(json.dumps({"model": str(make(Path(sys.argv[1])).resolve())}))
