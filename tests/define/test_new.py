"""`maieutic new scenario NAME` writes a start that runs and passes at once, in an empty folder."""

import json
import os
import subprocess
import sys

import pytest
from in_process import maieutic


@pytest.mark.parametrize(("option", "end"), [((), "py"), (("--yaml",), "yaml")])
def test_a_start_checks_runs_replays_exports_and_passes_its_own_test(tmp_path, option, end):
    made = maieutic(tmp_path, "new", "scenario", "my-own", *option)
    assert made.returncode == 0, made.stderr
    assert set(os.listdir(tmp_path)) == {f"my_own.{end}", "my_own.tasks.jsonl", "test_my_own.py"}
    checked = maieutic(tmp_path, "check", f"my_own.{end}")
    assert checked.returncode == 0, checked.stdout
    assert "nothing wrong" in checked.stdout
    ran = maieutic(tmp_path, "run", f"./my_own.{end}", "--out", "run", "--json")
    assert ran.returncode == 0, ran.stderr
    facts = json.loads(ran.stdout)
    assert facts["asked"] == facts["done"] == 8
    assert facts["records"]["pair/prefer"] > 0
    assert maieutic(tmp_path, "replay", "run").stdout.startswith("8 episodes replayed, 8 equal")
    rows = maieutic(tmp_path, "export", "run", "--as", "dpo").stdout.splitlines()
    assert rows or end == "py"  # of numbers, one may begin with the other, and such pairs are left out
    passed = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert passed.returncode == 0, passed.stdout
    assert "4 passed" in passed.stdout


def test_nothing_is_written_over_and_names_are_checked(tmp_path):
    (tmp_path / "mine.py").write_text("kept")
    again = maieutic(tmp_path, "new", "scenario", "mine")
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert (tmp_path / "mine.py").read_text() == "kept"
    assert not (tmp_path / "test_mine.py").exists()
    for name in ("Mine", "../x", "a b", ""):
        assert maieutic(tmp_path, "new", "scenario", name).returncode == 2
    assert maieutic(tmp_path, "new", "thing", "x").returncode == 2
