"""TRL rounds: whole outer loops of `arte`, `spar` and `alpaca-farm` in which a tiny Llama made on the spot is trained between rounds.

    python benchmarks/trl_rounds.py arte FOLDER
    python benchmarks/trl_rounds.py spar FOLDER
    python benchmarks/trl_rounds.py alpaca-farm FOLDER --rounds 2

A model of random weights says nothing that could be preferred, so that it first learns by imitation to take the turns of
the scenario's simulated players, on tasks of their own. Then comes the loop: the model plays, pairs and judgements are
drawn from what it made, TRL trains it on them, it takes its seat again, and held-out tasks are played before and after.
All is on a CPU, with vLLM as the engine (`pip install 'maieutic[trl,vllm]'`), and goes on in FOLDER where it was left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from machine import machine

from maieutic import Episode, Task, canonical, rng
from maieutic.agents.models.messages import messages, written
from maieutic.exports.trainer import learner
from maieutic.roles.tailor import SHOW, STYLES
from maieutic.runs import Recipe, rounds
from maieutic.runs.shown import shown
from maieutic.scenarios import assemble, catalogue
from maieutic.worlds.text_constraints import Truth

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "heavy"))
PLAYED = {  # how the apprenticeship and the loop are played; what differs from the published values is for speed
    "arte": {"outputs": 4, "probes": 40, "items": 40},
    "spar": {"responses": 3, "votes": 3, "branch": 2, "keep": 1, "depth": 1},
    "alpaca-farm": {"samples": 4, "n": 16},
}
LEARNT = {
    "arte": {"teacher": "epochs=6&lr=2e-4&batch=16&beta=0.1&warmup=0.1"},
    "spar": {
        "actor": "epochs=3&lr=1e-4&batch=16&beta=0.1&sft_weight=0.1",
        "refiner": "epochs=3&lr=1e-4&batch=16",
    },
    "alpaca-farm": {
        "reward": "epochs=6&lr=2e-4&batch=16",
        "policy": "epochs=4&lr=2e-4&batch=16",
    },
}
PICKY = (
    "spar",
    "alpaca-farm",
)  # their requests bring several constraints, of which a tiny model meets one at best
SERVED = "max_model_len=2048&max_num_seqs=64&enforce_eager=true&dtype=float32&block_size=32&width=1&repairs=0"
MANNERS = (0.15, 0.55, 0.15, 0.15)  # of an apprentice who is asked for no style; as the simulated teacher's


def tasks(name: str, seed: int) -> Iterator[Task]:
    """Tasks of the scenario's world; of requests those with one constraint, of which a tiny model can meet some."""
    index = 0
    while True:
        task = catalogue.load(name).world.generate(seed, index)
        if name not in PICKY or len(Truth.model_validate(task.truth).items) == 1:
            yield task
        index += 1


def turns(name: str, n: int) -> Iterator[dict[str, Any]]:
    """The turns of the simulated players in the seats that learn, as a model in their place would be asked."""
    scenario = catalogue.load(name)
    assert scenario.outer is not None
    parameters = PLAYED[name] | ({"probes": 1} if name == "arte" else {})
    company = assemble(scenario, parameters=parameters)
    for place, task in enumerate(islice(tasks(name, 77), n)):
        episode: Episode = asyncio.run(company.play(task, place))
        told = asyncio.run(shown(scenario, episode)).turns
        chance = rng("manner", place)
        for event in episode.events:
            if event.seat not in scenario.outer.learns or event.invalid is not None:
                continue
            asked = dict(told[event.id].view)
            if event.role == SHOW.name and asked["style"] == chance.choices(STYLES, MANNERS)[0]:
                yield _row(SHOW, {"question": asked["question"]}, event.answer)
            yield _row(told[event.id].role, asked, event.answer | event.private)


def _row(role: Any, asked: Any, answer: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": written(role, answer)}
    return {"prompt": list(messages(role, asked)), "completion": [said]}


def apprentice(name: str, folder: Path, n: int, epochs: float) -> Path:
    """A tiny Llama that has learnt to take the turns of the simulated players."""
    from tiny_llama import make

    made = folder / "apprentice"
    if (made / "config.json").exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in {canonical(row).decode(): None for row in turns(name, n)}]
    texts = [one["content"] for row in rows for one in (*row["prompt"], *row["completion"])]
    blank = make(folder / "blank", texts, vocabulary=1024, hidden=128, layers=4, heads=4)
    (folder / "turns.jsonl").write_text("".join(canonical(row).decode() + "\n" for row in rows))
    facts = {
        "method": "sft",
        "model": str(blank.resolve()),
        "data": str((folder / "turns.jsonl").resolve()),
        "out": str(made.resolve()),
        "seed": 1,
        "epochs": epochs,
        "lr": 2e-3,
        "batch": 16,
        "max_length": 1500,
        "warmup": 0.05,
        "beta": 0.1,
    }
    (folder / "apprenticeship.json").write_text(json.dumps(facts, indent=1))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "maieutic.exports.trainer", str(folder / "apprenticeship.json")],
        check=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    print(f"apprenticeship: {len(rows)} turns, {said}, {time.monotonic() - began:.0f} s", flush=True)
    return made


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("scenario", choices=sorted(PLAYED))
    reader.add_argument("folder", type=Path)
    reader.add_argument("-n", type=int, default=60, help="tasks that are taught on")
    reader.add_argument("--tests", type=int, default=200, help="held-out tasks")
    reader.add_argument("--rounds", type=int, default=1)
    reader.add_argument("--turns", type=int, default=40, help="episodes of the apprenticeship")
    reader.add_argument("--epochs", type=float, default=8, help="of the apprenticeship")
    given = reader.parse_args()
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    print(machine())
    name: str = given.scenario
    model = apprentice(name, given.folder, given.turns, given.epochs)
    files = {}
    for what, seed, n in (("taught", 5, given.n + 60), ("held-out", 6, 2 * given.tests)):
        files[what] = given.folder / f"{what}.jsonl"
        lines = (canonical(one.model_dump(mode="json")).decode() for one in islice(tasks(name, seed), n))
        files[what].write_text("".join(f"{line}\n" for line in lines))
    recipe = Recipe(scenario=name, parameters=PLAYED[name], tasks=str(files["taught"]), n=given.n, seed=1)
    scenario = catalogue.load(name)
    assert scenario.outer is not None
    who = {
        seat: learner(
            f"{model}?max_length=1500&{options}&{SERVED}",
            next(role for role in scenario.roles if role.seat == seat),
            scenario.outer.turns,
        )
        for seat, options in LEARNT[name].items()
    }
    began = time.monotonic()
    done = asyncio.run(
        rounds(
            recipe,
            who,
            given.folder / "loop",
            number=given.rounds,
            test=str(files["held-out"]),
            tests=given.tests,
            say=lambda text: print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True),
        )
    )
    print(f"\n{name}: {scenario.outer.measured_by(scenario.configure({}))} on {given.tests} held-out tasks")
    for one in done:
        score, gain = one.score, one.gain(done[0])
        print(
            f"  round {one.number}: {score.mean:.3f} ({score.low:.3f} to {score.high:.3f}), gain {gain.mean:+.3f} "
            f"({gain.low:+.3f} to {gain.high:+.3f}), learnt from {one.records}"
        )
        for seat in one.records:
            file = given.folder / "loop" / f"learnt-{one.number}" / seat / "state.json"
            if file.exists():
                state = json.loads(file.read_text())
                print(
                    f"    {seat}: "
                    + ", ".join(f"{key} {value}" for key, value in state.items() if key != "model")
                )


if __name__ == "__main__":
    main()
