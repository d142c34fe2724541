"""Family: which language models are kin, as far as their names tell.

Knows nothing of seats. Models of one family share data and training, and a judge among them prefers what its own kind
writes (Panickssery et al. 2024, LLM Evaluators Recognize and Favor Their Own Generations); no other trace of it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from maieutic.agents.agent import Agent
from maieutic.agents.models.player import Model

_FAMILIES: Mapping[str, str] = {  # family -> the words, without the version behind them, that tell it
    "Claude": "claude",
    "Command": "command|aya",
    "DeepSeek": "deepseek",
    "Falcon": "falcon",
    "Gemini": "gemini|gemma|(text)?bison",
    "GLM": "(chat)?glm",
    "GPT": "(chat|distil)?gpt|davinci|o(?=[134](?!\\d))",
    "Granite": "granite",
    "Grok": "grok",
    "Kimi": "kimi",
    "Llama": "(code|tiny|open)?llama|alpaca|vicuna|wizardlm",
    "Mistral": "(open)?mi[sx]tral|ministral|magistral|codestral|devstral|pixtral|zephyr",
    "OLMo": "olmoe?|tulu",
    "Phi": "phi",
    "Qwen": "(code)?qwen|qwq|qvq",
    "Yi": "yi",
}
_WORDS = {family: re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z])") for family, words in _FAMILIES.items()}
# what training calls its folders
_UNTOLD = re.compile(r"(checkpoint|step|epoch|round)[-_]?\d+|model|merged|final|latest|best|hf|adapter")


def families(model: str) -> frozenset[str]:
    """The families that the name of a model tells.

    Those of which a word stands in the name, whatever version, size or tuning follows it: a model that was distilled from
    one family into another is of both. A name with none of these words is a family of its own up to its first digit.

    Args:
        model: its name; what stands before the last `/` is whose it is, and says nothing, unless what stands behind it is
            such a word as `checkpoint-100`, by which training marks a folder.

    >>> [*families("Qwen/Qwen2.5-7B-Instruct")], [*families("openai:gpt-4.1")], [*families("ollama:llama3:8b")]
    (['Qwen'], ['GPT'], ['Llama'])
    >>> sorted(families("DeepSeek-R1-Distill-Qwen-7B")), [*families("ours-7b-v2")]
    (['DeepSeek', 'Qwen'], ['ours'])
    >>> [*families("./qwen3-tutor/checkpoint-100")], [*families("./ours-7b/checkpoint-100")]
    (['Qwen'], ['ours'])
    """
    parts = model.lower().strip("/").split("/")
    name = next((part for part in reversed(parts) if not _UNTOLD.fullmatch(part)), parts[-1])
    known = frozenset(family for family, words in _WORDS.items() if words.search(name))
    return known or frozenset({re.split(r"[-_.:]*\d", name)[0] or name})


def kin(one: Agent | None, other: Agent | None) -> str | None:
    """What makes two players kin: a family that both are of, or that they are the same model; None where they are not, or
    where either is no language model, or nobody sits there."""
    if not isinstance(one, Model) or not isinstance(other, Model):
        return None
    shared = families(one.label) & families(other.label)
    if shared:
        return " and ".join(sorted(shared))
    return one.label if one.engine.fingerprint == other.engine.fingerprint else None
