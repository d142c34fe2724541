"""A back end for small models on a CPU: transformers writes, llguidance keeps to the schema; or gives the number of a reward
model. It starts at once, where vLLM's processes take half a minute for each model; one request after the other, so for
models of a few layers only."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from maieutic import Usage
from maieutic.agents.models.engine import Choice, Reply
from maieutic.agents.models.rewards import rewarded
from maieutic.agents.models.vllm import identity_of


class Small:
    """A model that transformers runs in this process."""

    guided = True

    def __init__(self, model: str) -> None:
        self.model = model

    @property
    def fingerprint(self) -> str:
        return f"small:{identity_of(self.model)}"

    @cached_property
    def parts(self) -> Any:
        import llguidance.hf
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(self.model)
        model = AutoModelForCausalLM.from_pretrained(self.model).eval()
        return tokenizer, model, llguidance.hf.from_tokenizer(tokenizer, n_vocab=model.config.vocab_size)

    @cached_property
    def reward(self) -> Any:
        """The parts of a reward model; None where it is none."""
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

        kinds = AutoConfig.from_pretrained(self.model).architectures or [""]
        if not kinds[0].endswith("ForSequenceClassification"):
            return None
        model = AutoModelForSequenceClassification.from_pretrained(self.model).eval()
        return AutoTokenizer.from_pretrained(self.model), model

    def _number(self, request: Any) -> Reply:
        import torch

        tokenizer, model = self.reward
        shown = tokenizer.apply_chat_template([dict(one) for one in request.messages], return_dict=False)
        with torch.inference_mode():
            number = float(model(torch.tensor([shown])).logits[0, 0])
        return rewarded(request, number, len(shown), self.model)

    async def complete(self, request: Any) -> Reply:
        if self.reward is not None:
            return self._number(request)
        tokenizer, _, _ = self.parts
        prompt = tokenizer.apply_chat_template(
            [dict(one) for one in request.messages],
            add_generation_prompt=True,
            return_dict=False,
            **request.template,
        )
        written = [self._written(prompt, request, number) for number in range(request.n)]
        choices = tuple(
            Choice(text=tokenizer.decode(tokens, skip_special_tokens=True), finish=finish)
            for tokens, finish in written
        )
        told = sum(len(tokens) for tokens, _ in written)
        return Reply(
            choices=choices,
            usage=Usage(prompt_tokens=len(prompt), completion_tokens=told, calls=1),
            model=self.model,
        )

    def _written(self, prompt: list[int], request: Any, number: int) -> tuple[list[int], Any]:
        import llguidance.torch as masks
        import torch
        from llguidance import LLMatcher

        tokenizer, model, known = self.parts
        grammar = LLMatcher.grammar_from_json_schema(
            json.dumps(request.schema_ or {}), defaults={"whitespace_flexible": False}
        )
        matcher = LLMatcher(known, grammar)
        chance = torch.Generator().manual_seed(request.seed % 2**31 + number)
        mask = masks.allocate_token_bitmask(1, model.config.vocab_size)
        tokens: list[int] = []
        shown, past = torch.tensor([prompt]), None
        with torch.inference_mode():
            while len(tokens) < (request.max_tokens or 512):
                made = model(shown, past_key_values=past, use_cache=True)
                past, logits = made.past_key_values, made.logits[:, -1, :].clone()
                masks.fill_next_token_bitmask(matcher, mask, 0)
                masks.apply_token_bitmask_inplace(logits, mask)
                heat = 1.0 if request.temperature is None else request.temperature
                if heat == 0:
                    token = int(logits.argmax())
                else:
                    token = int(torch.multinomial((logits[0] / heat).softmax(-1), 1, generator=chance))
                if token == tokenizer.eos_token_id or not matcher.consume_token(token):
                    return tokens, "stop"
                tokens.append(token)
                if matcher.is_stopped():
                    return tokens, "stop"
                shown = torch.tensor([[token]])
        return tokens, "length"

    async def close(self) -> None:
        self.__dict__.pop("parts", None)
        self.__dict__.pop("reward", None)


def open_small(model: str, options: Any, *, guided: Any = None, identity: Any = None) -> Small:
    """What the spec `tests/trainers/small_engine.py:open_small#FOLDER` opens."""
    return Small(model)
