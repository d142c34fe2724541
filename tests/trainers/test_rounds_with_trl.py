"""Outer rounds with a model that TRL trains: it changes, sits in the next round's cast, and is examined before and after."""

import asyncio
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from maieutic import InputError
from maieutic.exports.trainer import learner
from maieutic.roles.exam import EXAM
from maieutic.runs import Journal, Recipe, rounds
from maieutic.scenarios import Drawn, play
from maieutic.scenarios.learn_to_reason import SCENARIO

OPTIONS = "max_length=2000&epochs=1&lr=1e-3&batch=4"
SERVED = "max_model_len=4096&max_num_seqs=16&enforce_eager=true&dtype=float32&block_size=32&width=2&repairs=0&override=true&max_tokens=120"


def drawn(n=2):
    episodes = [asyncio.run(play(SCENARIO, SCENARIO.world.generate(1, k), seed=k)) for k in range(n)]
    return [Drawn(one, tuple(SCENARIO.records(one))) for one in episodes]


def kept(lessons, kind):
    return [Drawn(one.episode, tuple(r for r in one.records if r.kind == kind)) for one in lessons]


@pytest.mark.parametrize(
    ("kind", "method", "more"),
    [("dialogue", "sft", ""), ("pair", "dpo", ""), ("pair", "dpo", "&sft_weight=0.1")],
)
def test_a_model_changes_with_what_it_is_taught(kind, method, more, tiny, tmp_path):
    from transformers import AutoModelForCausalLM

    one = learner(f"{tiny}?{OPTIONS}{more}", EXAM)
    state = one.learn(one.first(), kept(drawn(), kind)[:1], tmp_path, 7)
    assert (state["method"], state["too_long"]) == (method, 0)
    assert state["rows"] > 1
    rows = [json.loads(line) for line in (tmp_path / "lessons.jsonl").read_text().splitlines()]
    name = "completion" if method == "sft" else "chosen"
    assert all(
        json.loads(row[name][0]["content"])["text"] for row in rows
    )  # in the form in which the seat answers
    before, after = (AutoModelForCausalLM.from_pretrained(path) for path in (tiny, state["model"]))
    assert any(not a.equal(b) for a, b in zip(before.parameters(), after.parameters(), strict=True))


def test_records_that_do_not_fit_are_said(tiny, tmp_path):
    one, lessons = learner(f"{tiny}?{OPTIONS}&method=dpo", EXAM), kept(drawn(1), "dialogue")
    with pytest.raises(InputError, match="no record can be learnt from by dpo"):
        one.learn(one.first(), lessons, tmp_path, 7)
    with pytest.raises(InputError, match="lr"):
        learner(f"{tiny}?lr=-1", EXAM)


@pytest.mark.skipif(
    find_spec("vllm") is None, reason="vllm is not installed; .ci/heavy-trainers runs this test"
)
def test_a_whole_loop(tiny, tmp_path, monkeypatch):
    for name, value in {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(name, value)
    one = Recipe(
        scenario="learn-to-reason", n=3, seed=1, parameters={"samples": 1, "shots": 0, "rationales": 2}
    )
    who = {"student": learner(f"{tiny}?{OPTIONS}&{SERVED}", EXAM)}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=1, tests=2))
    assert [len(each.scores) for each in done] == [2, 2]
    assert done[1].records["student"] > 0
    with Journal(tmp_path / "loop" / "exam-0") as first, Journal(tmp_path / "loop" / "exam-1") as last:
        casts = [{episode.cast["student"] for _, episode in journal.episodes()} for journal in (first, last)]
    assert casts[0].isdisjoint(casts[1])  # the new model has taken its seat
    state = json.loads((tmp_path / "loop" / "learnt-1" / "student" / "state.json").read_text())
    assert Path(state["model"]).is_dir()
