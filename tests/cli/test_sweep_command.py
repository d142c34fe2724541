"""A sweep as one command: checked whole before it begins, gone on with after a kill, and laid side by side at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import killing
import pytest

from maieutic.cli.sweep import players, split

SWEEP = (
    *(
        "sweep",
        "spar",
        "--param",
        "depth=1,2",
        "--cast",
        "refiner=simulated:accuracy=0.7,simulated:accuracy=1",
    ),
    *("--seed", "1,2", "--n", "4", "--out", "s"),
)


def test_a_sweep_runs_every_cell_and_prints_means_and_differences(maieutic):
    code, out, err = maieutic(*SWEEP)
    assert code == 0, err
    assert "cell 8 of 8: depth=2 refiner=simulated:accuracy=1 seed=2" in err
    assert "settings, each over seeds 1, 2" in out
    assert "[4]  depth=2 refiner=simulated:accuracy=1" in out
    assert "scores, mean (95 %)" in out
    assert "differences from [1] on the same tasks" in out
    assert "precision of decisions" in out
    facts = json.loads(maieutic(*SWEEP, "--json")[1])
    assert len(facts["cells"]) == 8
    assert all(cell["already_there"] == 4 for cell in facts["cells"])
    assert len(facts["settings"]) == 4
    for setting in facts["settings"]:
        assert setting["scores"]["solved"]["n"] == 8
        assert setting["scores"]["solved"]["low"] <= setting["scores"]["solved"]["mean"]
    assert facts["settings"][0]["difference"] == {}
    assert set(facts["settings"][1]["difference"]) == set(facts["settings"][1]["scores"])
    for cell in facts["cells"]:
        assert "4 episodes" in maieutic("trace", cell["run"])[1]
        assert maieutic("replay", cell["run"])[0] == 0
    shown = maieutic("status", "s")[1]
    assert shown.count("4 of 4") == 8


def test_a_cell_is_a_run_like_any_other(maieutic):
    maieutic("sweep", "spar", "--param", "depth=1,2", "--n", "4", "--out", "s")
    maieutic("run", "spar", "--param", "depth=2", "--n", "4", "--out", "alone")
    alone = maieutic("export", "alone")[1]
    cells = [cell["folder"] for cell in json.loads(Path("s/sweep.json").read_text())["cells"]]
    assert maieutic("export", f"s/{cells[1]}")[1] == alone


def test_a_sweep_in_a_file_finds_the_cells_of_one_at_the_command_line_and_can_grow(maieutic):
    maieutic(*SWEEP)
    Path("s.yaml").write_text(
        "scenario: spar\nparam: {depth: [1, 2]}\nseed: [1, 2, 3]\nn: 4\n"
        "cast: {refiner: ['simulated:accuracy=0.7', 'simulated:accuracy=1.0']}\n"
    )
    facts = json.loads(maieutic("sweep", "s.yaml", "--out", "s", "--json")[1])
    assert [cell["already_there"] for cell in facts["cells"]] == [4, 4, 0] * 4
    assert [cell["done"] for cell in facts["cells"]] == [4] * 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--param", "depth=1,x"), "cell depth=x: key 'depth'"),
        (("--param", "dept=1,2"), "unknown parameter of spar 'dept'; did you mean 'depth'?"),
        (("--param", "keep=2,9"), "cell keep=9: parameters of spar: keep must be at most branch, got 9"),
        (("--cast", "refiner=simulated,simulated:acuracy=1"), "has no parameter 'acuracy'"),
        (("--cast", "judge=human"), "unknown seat of spar 'judge'"),
        (("--seed", "1,a"), "key '--seed': expected whole numbers, got 'a'"),
        (("--param", "depth=1,1"), "depth: a value is given twice"),
        (("--param", "depth=1,01"), "cell depth=01 is the same run as cell depth=1"),
        (("--tasks", "none.jsonl"), "none.jsonl: no such file"),
        (("--param", "depth"), "key '--param': expected name=value"),
    ],
)
def test_a_wrong_cell_is_one_line_before_any_turn(maieutic, arguments, words):
    code, out, err = maieutic("sweep", "spar", "--n", "2", "--out", "s", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not Path("s").exists()


def test_an_unknown_measure_is_named(maieutic):
    code, _, err = maieutic("sweep", "spar", "--n", "2", "--out", "s", "--measure", "solvd")
    assert code == 2
    assert "unknown score 'solvd'; did you mean 'solved'?" in err


def test_a_sweep_with_people_goes_on_with_the_other_cells(maieutic):
    code, out, _ = maieutic(
        "sweep", "socratic-math", "--cast", "student=simulated,human", "--n", "2", "--out", "s"
    )
    assert code == 3
    assert "student=human: asked 2, done 0, dropped 0, waiting 2, missing 0" in out
    cells = json.loads(Path("s/sweep.json").read_text())["cells"]
    assert len(json.loads(maieutic("waiting", f"s/{cells[1]['folder']}", "--json")[1])) == 2


def test_a_killed_sweep_goes_on_and_ends_with_the_same_bytes(maieutic, tmp_path):
    arguments = ("sweep", "spar", "--param", "depth=1,2", "--n", "16", "--json")
    program = [sys.executable, "-c", "from maieutic.cli import main; main()", *arguments, "--out", "killed"]
    process = subprocess.Popen(
        program, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    for line in process.stderr:
        if "cell 2 of 2" in line:
            break
    second = json.loads((tmp_path / "killed" / "sweep.json").read_text())["cells"][1]["folder"]
    while not killing.ended(tmp_path / "killed" / second) and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    again = json.loads(maieutic(*arguments, "--out", "killed")[1])
    whole = json.loads(maieutic(*arguments, "--out", "whole")[1])
    assert again["settings"] == whole["settings"]
    assert again["cells"][0]["already_there"] == 16
    for cell in json.loads(Path("whole/sweep.json").read_text())["cells"]:
        one, two = (maieutic("export", f"{home}/{cell['folder']}")[1] for home in ("killed", "whole"))
        assert one == two


def test_commas_within_brackets_and_within_a_players_parameters_part_nothing():
    assert split("1,[2,3],x") == ["1", "[2,3]", "x"]
    assert split('{"a":1,"b":2},3') == ['{"a":1,"b":2}', "3"]
    assert players("human,human:anna") == ["human", "human:anna"]
    assert players("simulated:a=1,b=2,scripted:x.json,simulated") == [
        "simulated:a=1,b=2",
        "scripted:x.json",
        "simulated",
    ]
