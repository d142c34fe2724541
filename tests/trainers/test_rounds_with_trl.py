"""Outer rounds with a model that TRL trains: it changes, sits in the next round's cast, and is examined before and after."""

import asyncio
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from maieutic import InputError
from maieutic.agents.models.engine import EngineError, Request
from maieutic.agents.models.messages import messages, schema_of
from maieutic.agents.models.vllm import Vllm, identity_of
from maieutic.exports.trainer import Trl, learner
from maieutic.roles.exam import EXAM, Rationale
from maieutic.roles.reward import SCORE
from maieutic.roles.tailor import Drafts
from maieutic.runs import Journal, Recipe, Simulated, rounds
from maieutic.scenarios import Drawn, alpaca_farm, arte, play, spar
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
    [
        ("dialogue", "sft", ""),
        ("dialogue", "contrast", "&method=contrast"),
        ("pair", "dpo", ""),
        ("pair", "dpo", "&sft_weight=0.1"),
    ],
)
def test_a_model_changes_with_what_it_is_taught(kind, method, more, tiny, tmp_path):
    from transformers import AutoModelForCausalLM

    one = learner(f"{tiny}?{OPTIONS}{more}", EXAM)
    state = one.learn(one.first(), kept(drawn(), kind)[:1], tmp_path, 7)
    assert (state["method"], state["too_long"]) == (method, 0)
    assert state["rows"] > 1
    rows = [json.loads(line) for line in (tmp_path / "lessons.jsonl").read_text().splitlines()]
    name = "chosen" if method == "dpo" else "completion"
    if method == "contrast":  # each beside its own mistakes and the other workings of its question
        assert all(row["negatives"] and len(row["positives"]) == len(rows) - 1 for row in rows)
        assert all("text" in json.loads(one[0]["content"]) for row in rows for one in row["negatives"])
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


HERE = Path(__file__).parent
ENGINE = f"{HERE / 'small_engine.py'}:open_small"
SMALL = f"engine={ENGINE}&width=2&repairs=0&override=true&max_tokens=100"
TRAINING = "max_length=3000&epochs=1&lr=1e-3&batch=4"


def casts(folder, seat):
    with Journal(folder) as journal:
        return {episode.cast[seat] for _, episode in journal.episodes()}


def learners(scenario, tiny):
    roles = {role.seat: role for role in scenario.roles}
    return {
        seat: learner(f"{tiny}?{TRAINING}&{SMALL}", roles[seat], scenario.outer.turns)
        for seat in scenario.outer.learns
    }


def learnt(folder, seat):
    """What a seat was taught in the first round, and what came of it."""
    home = folder / "learnt-1" / seat
    rows = [json.loads(line) for line in (home / "lessons.jsonl").read_text().splitlines()]
    return rows, json.loads((home / "state.json").read_text())


class Mixed(Trl):
    """Is played by the small engine before its first lesson, and by vLLM, which takes long to start, after it."""

    def player(self, state):
        engine = "vllm" if "method" in state else ENGINE
        return Trl.player(self.model_copy(update={"engine": engine}), state)


@pytest.mark.skipif(
    find_spec("vllm") is None, reason="vllm is not installed; .ci/heavy-trainers runs this test"
)
def test_a_whole_loop(tiny, tmp_path, monkeypatch):
    for name, value in {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(name, value)
    one = Recipe(
        scenario="learn-to-reason", n=3, seed=1, parameters={"samples": 1, "shots": 0, "rationales": 2}
    )
    told = learner(f"{tiny}?{OPTIONS}&{SERVED}", EXAM)
    who = {"student": Mixed(**{name: getattr(told, name) for name in Trl.model_fields})}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", number=1, tests=2))
    assert [len(each.scores) for each in done] == [2, 2]
    assert done[1].records["student"] > 0
    _, state = learnt(tmp_path / "loop", "student")
    for name, model in (("exam-0", tiny), ("exam-1", state["model"])):
        (sat,) = casts(tmp_path / "loop" / name, "student")
        assert identity_of(model) in sat  # the new model has taken its seat


def test_a_whole_loop_in_which_a_teacher_is_aligned_by_preferences(tiny, tmp_path):
    cast = {"scorer": f"{HERE / 'lenient_scorer.py'}:LENIENT", "student": "simulated:steady=0"}
    few = {"outputs": 2, "per_output": 1, "probes": 4, "items": 6, "gap": 0}
    one = Recipe(scenario="arte", n=2, seed=1, parameters=few, cast=cast)
    done = asyncio.run(rounds(one, learners(arte.SCENARIO, tiny), tmp_path / "loop", number=1, tests=2))
    assert [len(each.scores) for each in done] == [2, 2]
    rows, state = learnt(tmp_path / "loop", "teacher")
    assert (state["method"], state["rows"]) == ("dpo", done[1].records["teacher"])
    assert len(rows) == state["rows"] > state["too_long"]
    for row in rows:  # each as the teacher is asked and answers
        answer = Drafts if "<seeds>" in row["prompt"][1]["content"] else Rationale
        assert "<style>" not in row["prompt"][1]["content"]
        for side in ("chosen", "rejected"):
            answer.model_validate_json(row[side][0]["content"])
    first, last = (casts(tmp_path / "loop" / name, "teacher") for name in ("exam-0", "exam-1"))
    assert first.isdisjoint(last)


def test_a_whole_loop_in_which_two_learn(tiny, tmp_path):
    few = {"responses": 2, "votes": 3, "branch": 2, "keep": 1, "depth": 1}
    one = Recipe(scenario="spar", n=4, seed=1, parameters=few)
    done = asyncio.run(rounds(one, learners(spar.SCENARIO, tiny), tmp_path / "loop", number=1, tests=2))
    assert [len(each.scores) for each in done] == [2, 2]
    for seat, method in (("actor", "dpo"), ("refiner", "sft")):
        rows, state = learnt(tmp_path / "loop", seat)
        assert (state["method"], state["rows"]) == (method, done[1].records[seat])
        assert len(rows) > state["too_long"]
        first, last = (casts(tmp_path / "loop" / name, seat) for name in ("exam-0", "exam-1"))
        assert first.isdisjoint(last)
    # what the refiner was taught is what it answered, by its own words in the journal
    with Journal(tmp_path / "loop" / "round-1") as journal:
        said = {event.raw for _, episode in journal.episodes() for event in episode.events if event.raw}
    assert {row["completion"][0]["content"] for row in rows} <= said


def test_a_whole_loop_in_which_a_reward_is_fitted_and_the_best_by_it_are_imitated(tiny, tmp_path):
    one = Recipe(scenario="alpaca-farm", n=6, seed=1, parameters={"n": 3, "label_noise": 0})
    who = {**learners(alpaca_farm.SCENARIO, tiny), "policy": Simulated(one.company().cast["policy"])}
    done = asyncio.run(rounds(one, who, tmp_path / "loop", tests=2))
    assert [{k for k, n in each.records.items() if n} for each in done[1:]] == [{"reward"}, {"policy"}]
    rows, state = learnt(tmp_path / "loop", "reward")
    assert (state["method"], state["rows"], state["too_long"]) == ("reward", done[1].records["reward"], 0)
    assert all([m["role"] for m in row[side]] == ["system", "user"] for row in rows for side in row)
    with Journal(tmp_path / "loop" / "round-2") as journal:
        said = [e for _, episode in journal.episodes() for e in episode.by_role("reward.score")]
    # each output has a number of its own, which the reward gave as its whole answer
    numbers = [event.answer["score"] for event in said]
    assert len(set(numbers)) > 3
    assert [json.loads(event.raw) for event in said] == [{"score": number} for number in numbers]


@pytest.mark.skipif(
    find_spec("vllm") is None, reason="vllm is not installed; .ci/heavy-trainers runs this test"
)
def test_vllm_gives_the_number_of_a_reward_model_that_it_was_trained_to_give(tiny, tmp_path, monkeypatch):
    import torch

    monkeypatch.syspath_prepend(HERE)
    from small_engine import Small
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    for name, value in {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(name, value)
    torch.manual_seed(3)
    model = AutoModelForSequenceClassification.from_pretrained(tiny, num_labels=1)
    model.score.weight.data.normal_()
    model.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path)
    form = schema_of(SCORE.answer)
    asked = [
        Request(messages=messages(SCORE, {"prompt": "Say it.", "output": text}), seed=1, schema_=form)
        for text in ("An oak.", "An elm, and an ash.", "Nothing at all comes to mind here.")
    ]
    options = {"max_model_len": 2048, "enforce_eager": True, "dtype": "float32", "block_size": 32}

    async def numbers(engine):
        replies = await asyncio.gather(*(engine.complete(one) for one in asked))
        return [json.loads(reply.choices[0].text)["score"] for reply in replies]

    async def both():
        engine = Vllm(str(tmp_path), options)
        try:
            found = await numbers(engine)
            with pytest.raises(EngineError, match="cannot take a seat that is asked for free text"):
                await engine.complete(asked[0].model_copy(update={"schema_": None}))
        finally:
            await engine.close()
        return found, await numbers(Small(str(tmp_path)))

    found, wanted = asyncio.run(both())
    assert found == pytest.approx(wanted, abs=1e-3)
    assert max(wanted) - min(wanted) > 0.02
