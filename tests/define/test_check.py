"""`maieutic check` finds each planted fault on its line, and nothing where nothing is wrong."""

import json
import re
import sys
from pathlib import Path

import pytest

from maieutic.cli import main
from maieutic.scenarios import catalogue
from maieutic.scenarios.checks import as_mermaid, as_text, check

HERE = Path(__file__).parent
PLANTED = sorted((HERE / "faults").glob("*.yaml")) + sorted((HERE / "faults").glob("*.py"))
MARK = re.compile(r"# FAULT(?: (?P<file>[\w.]+):(?P<line>\d+))?: (?P<said>.*)")


def planted(file):
    """File, line and words of the fault that the file says it has."""
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if found := MARK.search(line):
            if found["file"]:
                return found["file"], int(found["line"]), found["said"]
            return file.name, number, found["said"]
    raise AssertionError(f"{file.name} has no mark")


@pytest.fixture
def maieutic(monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["maieutic", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def test_there_are_at_least_thirty_planted_faults():
    assert len(PLANTED) >= 30


@pytest.mark.parametrize("file", PLANTED, ids=lambda file: file.name)
def test_a_planted_fault_is_found_on_its_line_and_nothing_else_is(maieutic, file):
    name, line, said = planted(file)
    code, out, err = maieutic("check", file, "--json")
    assert code == 1, err or out
    findings = json.loads(out)["findings"]
    assert len(findings) == 1, [f"{one['line']}: {one['what']}" for one in findings]
    (one,) = findings
    assert (Path(one["file"]).name, one["line"]) == (name, line), one
    assert re.search(said, f"{one['what']}; {one['remedy']}"), one
    assert one["remedy"]


@pytest.mark.parametrize(
    "name", [*catalogue.names(), *(str(file) for file in sorted((HERE / "twins").glob("*.[yp]*")))]
)
def test_nothing_is_said_of_what_is_right(name):
    report = check(name)
    assert report.findings == ()
    assert report.scenario is not None
    assert report.turns is not None
    assert report.turns > 0


def test_the_graph_is_drawn_for_the_terminal_and_as_mermaid(maieutic):
    file = HERE / "twins" / "mend.yaml"
    code, out, _ = maieutic("check", file)
    assert code == 0
    assert "start" in out
    assert "revise (refiner.refine, at most 5 times)" in out
    assert "an episode takes at most 18 turns" in out
    assert "in every seat 18, or 54" in out
    code, out, _ = maieutic("check", file, "--mermaid")
    assert out.startswith("graph TD")
    assert "again.verdict == #quot;yes#quot;" in out
    shape = check(str(file)).shape
    assert as_mermaid(shape) == out.rstrip("\n")
    assert "draft" in as_text(shape)


def test_parameters_change_the_worst_case_and_models_are_counted(maieutic):
    file = str(HERE / "twins" / "mend.yaml")
    assert check(file).turns == 2 + 6 + 5 + 5
    assert check(file, {"rounds": "2", "drafts": "4"}).turns == 4 + 12 + 2 + 2

    class Model:
        repairs, simulated, name, fingerprint = 2, False, "model", "model"

    report = check(file)
    assert report.calls({"refiner": Model()}) == (16, 48)
    assert report.calls({"actor": Model(), "refiner": Model()}) == (18, 54)


def test_a_cast_of_the_command_line_is_checked_too(maieutic):
    code, out, _ = maieutic("check", HERE / "twins" / "mend.yaml", "--cast", "actor=refiner")
    assert code == 1
    assert "simulated-refiner does not play actor.respond" in out


def test_tasks_of_the_command_line_are_checked_too(maieutic, tmp_path):
    (tmp_path / "t.jsonl").write_text('{"prompt": "a"}\n{"ask": "b"}\n')
    code, out, _ = maieutic("check", HERE / "twins" / "base.yaml", "--tasks", tmp_path / "t.jsonl")
    assert code == 1
    assert "t.jsonl:2: key 'prompt': missing" in out
    (tmp_path / "t.jsonl").write_text('{"ask": "a"}\n{"ask": "b"}\n')
    check_ = ("check", HERE / "twins" / "base.yaml", "--tasks", tmp_path / "t.jsonl", "--map", "prompt=ask")
    assert maieutic(*check_)[0] == 0


def test_an_unknown_name_is_bad_input(maieutic):
    code, _, err = maieutic("check", "sparr")
    assert code == 2
    assert "did you mean 'spar'" in err
