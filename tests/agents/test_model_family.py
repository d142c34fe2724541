"""Which models are kin, by their names and by what serves them; whoever casts kin in seats of strangers is warned once."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

for package in ("aiohttp", "json_repair"):
    pytest.importorskip(package, reason="needs pip install 'maieutic[test]'")

from maieutic import ScenarioError
from maieutic.agents.models.engines import player
from maieutic.agents.models.family import families, kin
from maieutic.agents.simulated.curriculum import Rater
from maieutic.cli import main
from maieutic.scenarios import assemble, catalogue


def served(model, port=9):
    return f"http://127.0.0.1:{port}/v1#{model}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "qwen3"),
        ("gpt-4o", "openai/gpt-4.1-mini"),
        ("chatgpt-4o-latest", "o3-mini"),
        ("meta-llama/Meta-Llama-3-8B", "CodeLlama-7b-hf"),
        ("mistral-large-latest", "Mixtral-8x7B-v0.1"),
        ("DeepSeek-R1-Distill-Qwen-7B", "QwQ-32B"),
        ("gemma-2-9b-it", "gemini-1.5-pro"),
        ("anthropic.claude-3-5-sonnet-v2:0", "claude-opus-4"),
        ("ours-7b", "mine/Ours-13b-v2"),
    ],
)
def test_models_of_one_family(one, other):
    assert families(one) & families(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4o", "claude-sonnet-4"),
        ("dolphin-7b", "phi-4"),
        ("ollama:qwen3", "llama3:8b"),
        ("DeepSeek-V3", "Qwen3-8B"),
        ("o1-mini", "olmo-1b"),
        ("ours-7b", "theirs-7b"),
    ],
)
def test_models_of_two(one, other):
    assert not families(one) & families(other)


def test_the_same_served_model_is_kin_whatever_is_asked_of_it_and_a_simulated_player_is_nobodys():
    judge, teacher = player(served("qwen3?temperature=0")), player(served("Qwen2.5-7B", 10))
    assert kin(judge, teacher) == "Qwen"
    assert kin(player(served("x?in_flight=2")), player(served("x?temperature=1"))) == "x"
    assert kin(judge, player(served("phi-4"))) is None
    assert kin(judge, Rater()) is None
    assert kin(Rater(), Rater()) is None


@pytest.mark.parametrize("name", catalogue.names())
def test_strangers_are_seats_of_their_scenario_and_no_default_cast_is_kin(name):
    assert assemble(catalogue.load(name)).kinship == ()


def test_which_seats_are_strangers_may_depend_on_the_parameters():
    scenario, model = catalogue.load("alpaca-farm"), served("qwen3")
    cast = dict.fromkeys(("annotator", "policy", "reference"), model)
    assert assemble(scenario, cast=cast).kinship == ()
    told = assemble(scenario, cast=cast, parameters={"mode": "evaluate"}).kinship
    assert [one.partition(" (")[0] for one in told] == ["annotator", "annotator"]


def test_a_stranger_whom_nobody_plays_is_nobodys_kin():
    scenario = replace(catalogue.load("class-spock"), strangers=lambda settings: [("expert", "tutor")])
    cast = {"tutor": served("qwen3")}
    default = scenario.cast
    alone = replace(
        scenario, cast=lambda settings: {k: v for k, v in default(settings).items() if k != "expert"}
    )
    assert assemble(alone, cast=cast).kinship == ()


def test_a_seat_that_is_none_is_no_stranger():
    scenario = replace(catalogue.load("tapir"), strangers=lambda settings: [("jury", "teacher")])
    with pytest.raises(ScenarioError, match="'jury' among strangers"):
        assemble(scenario)


WRITTEN = """
name: prefer
summary: a judge and a writer
roles:
  writer.draft: {brief: Write., sees: [prompt], answer: {text: text}}
  judge.rate: {brief: Judge., sees: [prompt, draft], answer: {good: boolean}}
start: draft
nodes:
  draft: {ask: writer.draft, next: rate}
  rate: {ask: judge.rate, show: {draft: draft.text}, next: [{stop: solved}]}
cast: {writer: WRITER, judge: JUDGE}
strangers: [[judge, writer]]
tasks: {fields: [prompt]}
"""


@pytest.fixture
def maieutic(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["maieutic", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


@pytest.mark.parametrize(("writer", "warned"), [("qwen2.5-7b", True), ("phi-4", False)])
def test_show_and_check_warn_in_one_line_and_never_fail(maieutic, writer, warned):
    text = WRITTEN.replace("WRITER", f"'{served(writer)}'").replace("JUDGE", f"'{served('qwen3')}'")
    Path("prefer.yaml").write_text(text)
    for name in ("show", "check"):
        code, out, err = maieutic(name, "./prefer.yaml", "--json")
        assert code == 0, err
        assert json.loads(out)
        assert err.count("\n") == warned
        assert ("judge (qwen3) and writer (qwen2.5-7b) are of one family, Qwen" in err) == warned


@pytest.mark.parametrize("command", ["run", "rounds"])
def test_run_and_rounds_warn_before_anything_is_played(maieutic, command):
    cast = [word for seat in ("judge", "teacher") for word in ("--cast", f"{seat}={served('qwen3')}")]
    _, _, err = maieutic(command, "tapir", "--n", 1, *cast)  # nobody serves there
    assert err.startswith("maieutic: judge (qwen3) and teacher (qwen3) are of one family, Qwen: ")
    code, _, err = maieutic("run", "tapir", "--n", 1)
    assert (code, "family" in err) == (0, False)
