"""The export command: what it writes, what it says, what it refuses before anything is read."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def run(maieutic):
    """A small run in `r`."""
    assert maieutic("run", "spar", "--n", 12, "--out", "r", "--json")[0] == 0
    return maieutic


def test_a_folder_with_splits_shards_filters_and_a_card(run, tmp_path):
    code, _, err = run(
        "export", "r", "--as", "trl-unpaired", "--out", "d", "--split", "train=0.5,test=0.5", "--shard-rows", 10,
        "-f", "kind==judged", "-f", "support>=0.6", "--balance", "label",
    )  # fmt: skip
    assert code == 0
    assert "kind==judged: dropped 0 of" in err
    assert "beyond the size of the smallest class" in err
    rows = [
        json.loads(line)
        for file in (tmp_path / "d").glob("*/*.jsonl")
        for line in file.read_text().splitlines()
    ]
    assert f"as {len(rows)} rows" in err
    assert sum(row["label"] for row in rows) * 2 == len(rows) > 20
    card = (tmp_path / "d" / "README.md").read_text()
    assert "support>=0.6: dropped" in card
    assert "| refiner | " in card
    assert run("export", "r", "--as", "trl-unpaired", "--out", "d")[0] == 2  # never over what is there
    assert run("export", "r", "--as", "trl-unpaired", "--out", "d", "--force")[0] == 0


def test_what_was_exported_is_exported_again_in_other_spellings(run, tmp_path):
    assert run("export", "r", "--as", "jsonl", "--out", "whole")[0] == 0
    for name in ("trl-preference", "axolotl-preference", "openai-preference"):
        assert run("export", "whole", "--as", name, "--out", f"{name}-a")[0] == 0
        assert run("export", "r", "--as", name, "--out", f"{name}-b")[0] == 0
        one, other = (sorted((tmp_path / f"{name}-{end}" / "train").iterdir()) for end in "ab")
        assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]
    code, _, err = run("export", "trl-preference-a", "--as", "llama-factory-preference", "--out", "lf")
    assert code == 0
    assert json.loads((tmp_path / "lf" / "export.json").read_text())["run"]["scenario"] == "spar"
    code, _, err = run("export", "lf", "--as", "jsonl", "--provenance", "none", "--out", "bare")
    assert code == 0
    code, _, err = run("export", "bare", "--as", "jsonl")
    assert (code, "provenance was left out" in err) == (2, True)
    assert run("export", "r", "--as", "trl-unpaired", "--out", "unpaired")[0] == 0
    code, _, err = run("export", "unpaired", "--as", "jsonl")
    assert (code, "keeps too little" in err) == (2, True)


def test_statistics_are_tables_json_and_pictures(run, tmp_path):
    pytest.importorskip("matplotlib")
    code, out, err = run("export", "r", "--as", "trl-preference", "--stats", "--plots", "p")
    assert code == 0
    assert "edit_distance" in out
    assert "refiner.judge" in out
    assert '"prompt"' not in out  # statistics, and no rows
    assert "p/shares.png written" in err
    assert (tmp_path / "p" / "quantities-pair-prefer.png").exists()
    code, out, _ = run("export", "r", "--as", "trl-preference", "--json")
    facts = json.loads(out)
    (judge,) = facts["verdicts"]
    assert judge["alpha"] > 0
    assert {row["decision"] for row in facts["decisions and the truth"]} == {"pair", "verdict", "vote"}
    code, out, _ = run("export", "r", "--as", "jsonl", "--out", "d", "--stats")
    assert code == 0
    assert "## Statistics: verdicts" in (tmp_path / "d" / "README.md").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-f", "lenght<3"], "did you mean 'length'"),
        (["--split", "train=0.5", "--out", "x"], "sum to 0.5"),
        (["--split", "train=0.5,test=0.5"], "standard output cannot hold splits"),
        (["--shard-rows", "3"], "give a folder as --out"),
        (["--out", "x.csv"], "ends in .csv is not written"),
        (["--shard-rows", "0", "--out", "x"], "1 row or more"),
        (["--balance", "length"], "a number, not a class"),
        (["--near-duplicates", "2"], "resemblance"),
        (["--test-prompts", "none.txt"], "cannot be read"),
        (["--container", "csv"], "unknown container"),
        (["--provenance", "above"], "place for provenance"),
        (["--split", "train=0.5,test=0.5", "--out", "x.jsonl"], "give a folder"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_run_is_read(maieutic, options, said):
    code, _, err = maieutic("export", "nowhere", *options)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_formats_are_listed_for_people_and_machines(maieutic):
    code, out, _ = maieutic("formats")
    assert code == 0
    assert "trl-stepwise" in out
    facts = json.loads(maieutic("formats", "--json")[1])
    assert len(facts["formats"]) >= 20
    assert "edit_distance" in facts["quantities"]


def test_a_reader_that_goes_away_is_no_error(run, tmp_path):
    command = f'{sys.executable} -c "from maieutic.cli import main; main()" export r | head -1'
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)
    assert done.stderr == ""
