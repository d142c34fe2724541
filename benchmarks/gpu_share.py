"""Tokens per second of our calls to vLLM on a GPU, as a share of what `vllm bench serve` gets from the same server.

The model is a Llama of 8 billion parameters with dummy weights, so nothing is downloaded, and every answer is written
to a fixed length. Prompts have the shape of SPaR's: writers, and five votes a draft that share their prompt; each leg
has prompts of its own, so that none finds another's in the prefix cache. Rounds go through the legs in turn.

    bench   vllm bench serve, the engine's own client
    client  our served client behind its gate
    spar    the scenario itself, guided answers, seats, journal and all (where it is installed)

Where there is no GPU it says so and ends; `--size tiny` tries the script out on a CPU, and measures nothing.

Needs vLLM with pandas (`vllm[bench]`).

    python benchmarks/gpu_share.py [--prompts 2000] [--flight 256] [--rounds 3] [--size 8b|tiny]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from machine import machine

from maieutic import rng

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "heavy"))
SHAPES = {
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 16_384,
        "rope_theta": 500_000.0,
        "torch_dtype": "bfloat16",
    },
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 16_384,
        "torch_dtype": "float32",
    },
}
VOCABULARY = {"8b": 128_256, "tiny": 4_096}
SYLLABLES = [
    a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "on", "us")
]


def words(seed: int, count: int) -> list[str]:
    """Made-up words, so that a vocabulary of any size can be learnt from them."""
    chance = rng("words", seed)
    return ["".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 4))) for _ in range(count)]


def make(folder: Path, size: str) -> Path:
    """Config and tokenizer of the model; vLLM fills in the weights."""
    from tiny_llama import TEMPLATE
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", *(f"<|{name}|>" for name in ("system", "user", "assistant", "tool", "end"))]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY[size],
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = (" ".join(words(seed, 1000)) for seed in range(1000 if size == "8b" else 20))
    raw.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="</s>", chat_template=TEMPLATE
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
        architectures=["LlamaForCausalLM"],
        **SHAPES[size],
    )
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def prompts(leg: int, count: int) -> list[tuple[str, int]]:
    """(prompt, tokens to write): for each draft one writer and five judges, with a task of the leg's own."""
    made: list[tuple[str, int]] = []
    for tree in range(count // 6 + 1):
        task = f"Task {leg}-{tree}. " + " ".join(words(leg * 1_000_003 + tree, 150))
        draft = " ".join(words(leg * 1_000_003 + tree + 500_000, 200))
        made.append((f"{task}\nWrite what is asked for.", 300))
        made += [(f"{task}\nAnswer: {draft}\nDoes it keep every constraint?", 120)] * 5
    return made[:count]


def start(model: Path, size: str, port: int, log: Any) -> subprocess.Popen[bytes]:
    from vllm_command import vllm_command

    command = vllm_command("serve", str(model), "--served-model-name=bench", "--load-format=dummy")
    command += ["--host=127.0.0.1", f"--port={port}", "--max-model-len=8192", "--no-enable-log-requests"]
    command += ['--structured-outputs-config={"backend":"guidance","disable_any_whitespace":true}']
    if size == "tiny":
        command += ["--dtype=float32", "--enforce-eager", "--max-num-seqs=32", "--no-enable-chunked-prefill"]
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    for _ in range(1800):
        if server.poll() is not None:
            sys.exit(f"vllm serve ended:\n{Path(log.name).read_text(errors='replace')[-3000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            return server
        except OSError:
            time.sleep(0.5)
    raise SystemExit("vllm serve did not come up within 15 minutes")


def bench(
    model: Path, port: int, asked: list[tuple[str, int]], flight: int, scratch: Path
) -> tuple[float, float]:
    """Tokens written and all tokens, a second, as `vllm bench serve` counts them."""
    from vllm_command import vllm_command

    lines = scratch / "prompts.jsonl"
    lines.write_text("".join(json.dumps({"prompt": text, "output_tokens": n}) + "\n" for text, n in asked))
    command = vllm_command("bench", "serve", "--backend=openai-chat", "--endpoint=/v1/chat/completions")
    command += [f"--base-url=http://127.0.0.1:{port}", "--model=bench", f"--tokenizer={model}"]
    command += ["--dataset-name=custom", f"--dataset-path={lines}", "--custom-output-len=-1", "--ignore-eos"]
    command += [
        f"--num-prompts={len(asked)}",
        f"--max-concurrency={flight}",
        "--disable-shuffle",
        "--num-warmups=0",
    ]
    command += ["--save-result", f"--result-dir={scratch}", "--result-filename=result.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"vllm bench serve failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    result = json.loads((scratch / "result.json").read_text())
    if result["completed"] != len(asked) or result["total_output_tokens"] != sum(n for _, n in asked):
        sys.exit(
            f"vllm bench serve did other work: {result['completed']} answers, {result['total_output_tokens']} tokens"
        )
    return result["output_throughput"], result["total_token_throughput"]


async def client(port: int, asked: list[tuple[str, int]], flight: int) -> tuple[float, float]:
    """The same by our served client."""
    from maieutic.agents.models.admission import Gate, Gated, Limits
    from maieutic.agents.models.engine import Request
    from maieutic.agents.models.served import Served

    url = f"http://127.0.0.1:{port}/v1"
    server = Served(url, "bench", server="vllm", extra={"ignore_eos": True})
    engine = Gated(server, Gate("bench", Limits(start=flight, most=flight), waiting=server.waiting))
    begun = time.perf_counter()
    replies = await asyncio.gather(
        *(
            engine.complete(
                Request(
                    messages=({"role": "user", "content": text},), seed=seed, max_tokens=n, temperature=1.0
                )
            )
            for seed, (text, n) in enumerate(asked)
        )
    )
    seconds = time.perf_counter() - begun
    await engine.close()
    written = sum(reply.usage.completion_tokens for reply in replies)
    if written != sum(n for _, n in asked):
        sys.exit(f"our client did other work: {written} tokens")
    return written / seconds, (written + sum(reply.usage.prompt_tokens for reply in replies)) / seconds


async def spar(port: int, tasks: int, leg: int, scratch: Path) -> tuple[float, float] | None:
    """The same by a run of the scenario; None where it is not installed."""
    from maieutic import MaieuticError

    try:
        from maieutic.agents.models.engines import Engines
        from maieutic.agents.program import Program
        from maieutic.runs.run import run
        from maieutic.runs.tasks import Source
        from maieutic.scenarios import assemble
        from maieutic.scenarios.catalogue import load

        scenario = load("spar")
    except (ImportError, AttributeError, MaieuticError) as error:
        print(f"  (the scenario spar cannot be loaded: {error})")
        return None
    engines = Engines()
    player = engines.player(f"http://127.0.0.1:{port}/v1#bench", width=6.0)
    default = scenario.cast(scenario.configure({}))
    cast = {seat: player for seat in scenario.seats if not isinstance(default.get(seat), Program)}
    begun = time.perf_counter()
    source = Source(scenario.world, seed=leg)
    await run(assemble(scenario, cast=cast), source, scratch / f"spar-{leg}", n=tasks, seed=leg)
    seconds, usage = time.perf_counter() - begun, engines.meter.usage
    await engines.close()
    return usage.completion_tokens / seconds, (usage.completion_tokens + usage.prompt_tokens) / seconds


def gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=2000)
    parser.add_argument("--flight", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=64, help="of the scenario")
    parser.add_argument("--size", choices=sorted(SHAPES), default="8b")
    given = parser.parse_args()
    if find_spec("vllm") is None:
        print("vLLM is not installed: nothing measured")
        return
    if given.size == "8b" and not gpu():
        print("no GPU at hand: nothing measured; the script stands ready (--size tiny tries it out on a CPU)")
        return
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_LOGGING_LEVEL": "ERROR",
    }.items():
        os.environ.setdefault(name, value)
    from maieutic.agents.models.vllm import vllm_version

    print(f"{machine()}, vLLM {vllm_version()}, Llama {given.size}")
    rates: dict[str, list[tuple[float, float]]] = {"bench": [], "client": [], "spar": []}
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        scratch = Path(folder)
        model = make(scratch / "model", given.size)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = start(model, given.size, port, log)
        try:
            asyncio.run(client(port, prompts(0, min(given.prompts, given.flight)), given.flight))  # warm-up
            for turn in range(given.rounds):
                leg = 10 * turn + 1
                rates["bench"].append(bench(model, port, prompts(leg, given.prompts), given.flight, scratch))
                rates["client"].append(
                    asyncio.run(client(port, prompts(leg + 1, given.prompts), given.flight))
                )
                found = asyncio.run(spar(port, given.tasks, leg + 2, scratch))
                if found is not None:
                    rates["spar"].append(found)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(120)
    base = statistics.median(written for written, _ in rates["bench"])
    print(f"{'':8}{'tokens written/s':>18}{'all tokens/s':>16}{'share':>8}   median of {given.rounds} rounds")
    for name, found in rates.items():
        if found:
            written = statistics.median(one for one, _ in found)
            total = statistics.median(all_ for _, all_ in found)
            print(f"{name:8}{written:18,.0f}{total:16,.0f}{written / base:8.3f}")


if __name__ == "__main__":
    main()
