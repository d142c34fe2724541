"""The command line as a newcomer types it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import killing
import pytest

from maieutic.scenarios import catalogue

SCENARIOS = ["alpaca-farm", "socratic-math", "spar", "tree-instruct"]


def test_list_names_every_scenario(maieutic):
    code, out, _ = maieutic("list")
    assert code == 0
    assert all(name in out for name in SCENARIOS)
    names = [one["name"] for one in json.loads(maieutic("list", "--json")[1])]
    assert names == sorted(names)
    assert set(SCENARIOS) <= set(names)


@pytest.mark.parametrize("name", SCENARIOS)
def test_show_has_paper_roles_graph_and_parameters(maieutic, name):
    code, out, _ = maieutic("show", name)
    assert code == 0
    assert all(
        word in out for word in ("follows:", "roles", "sees", "answers", "graph TD", "parameters", "at most")
    )
    facts = json.loads(maieutic("show", name, "--json")[1])
    assert facts["paper"]["title"]
    assert facts["roles"]
    assert facts["parameters"]
    assert all(one["meaning"] for one in facts["parameters"].values())
    for one in facts["roles"]:
        for setting, told in one["sampling"].items():
            assert f"{setting}={told['value']}" in out
    ours = [not told["verified"] for one in facts["roles"] for told in one["sampling"].values()]
    assert not any(ours) or "unverified" in out
    outer = facts["outer"]
    assert (outer is not None) == ("outer rounds" in out)
    if outer is not None:
        mark = "" if outer["verified"] else " (unverified)"
        assert (
            f"{outer['rounds']} round{'s' * (outer['rounds'] > 1)}{mark}, measured by {outer['measure']}"
            in out
        )
        assert set(outer["training"]) <= set(outer["learns"])
    code, out, _ = maieutic("show", name, "--mermaid")
    assert out.lstrip().startswith("---")


def test_a_list_is_given_as_show_prints_it(maieutic):
    for name in ("automathcritique", "tapir", "sciglm"):
        facts = json.loads(maieutic("show", name, "--json")[1])["parameters"]
        lists = {one: told["default"] for one, told in facts.items() if isinstance(told["default"], list)}
        assert lists
        given = [word for one, value in lists.items() for word in ("-p", f"{one}={json.dumps(value)}")]
        told, same = (
            json.loads(maieutic("run", name, "-n", "2", "-o", out, "--json", *words)[1])
            for out, words in (("given", given), ("default", []))
        )
        assert {**told, "run": ""} == {**same, "run": ""}
        for folder in ("given", "default"):
            shutil.rmtree(folder)
    code, _, _ = maieutic("run", "automathcritique", "-n", "4", "-p", 'ways=["insert"]', "-o", "r", "--json")
    assert code == 0
    events = json.loads(maieutic("trace", "r", "0", "--json")[1])["events"]
    assert [one["role"] for one in events].count("flawmaker.flaw") == 1


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("automathcritique", "ways=insert", 'Input should be a JSON list, as ["a", "b"]'),
        ("automathcritique", 'ways=["insert"', "ways is no JSON list"),
        ("sciglm", "weights=[1, 1, -1]", "greater than or equal to 0"),
        ("tapir", 'favoured=["nothing"]', "favoured must be among labels, got 'nothing'"),
    ],
)
def test_a_list_that_cannot_be_one_is_told_in_a_line(maieutic, name, given, said):
    code, _, told = maieutic("run", name, "-n", "2", "-p", given)
    assert code == 2
    assert said in told
    assert len(told.strip().splitlines()) == 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_run_trace_and_export_without_a_model(maieutic, name):
    code, out, _ = maieutic("run", name, "--n", "8", "--out", "r", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["asked"] == facts["done"] == 8
    assert facts["missing"] == 0
    assert facts["decisions"]
    assert facts["records"]
    code, out, _ = maieutic("trace", "r")
    assert code == 0
    assert "8 episodes" in out
    for place in range(8):
        code, out, _ = maieutic("trace", "r", place)
        assert code == 0
        assert "stopped:" in out
    code, out, _ = maieutic("export", "r", "--as", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(rows) == sum(facts["records"].values())
    code, again, _ = maieutic("run", name, "--n", "8", "--out", "r", "--json")
    assert json.loads(again)["already_there"] == 8
    code, out, _ = maieutic("replay", "r")
    assert (code, out) == (0, "8 episodes replayed, 8 equal, 0 differ\n")


def test_dpo_and_sft_rows_are_what_trainers_read(maieutic):
    maieutic("run", "spar", "--n", "30", "--out", "r")
    code, _, err = maieutic("export", "r", "--as", "dpo", "--out", "pairs.jsonl")
    assert code == 0
    assert "records written" in err
    rows = [json.loads(line) for line in Path("pairs.jsonl").read_text().splitlines()]
    assert rows
    for row in rows:
        assert row["prompt"][-1]["role"] == "user"
        assert row["chosen"][0]["role"] == row["rejected"][0]["role"] == "assistant"
        assert row["chosen"] != row["rejected"]
        assert row["provenance"]["source"]["licence"]
    maieutic("run", "socratic-math", "--n", "20", "--out", "t")
    _, out, _ = maieutic("export", "t", "--as", "sft")
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows
    for row in rows:
        assert row["messages"][-1]["role"] == "assistant"


def test_the_same_command_gives_the_same_bytes_in_another_process_and_order(maieutic):
    maieutic("run", "spar", "--n", "6", "--out", "a", "-j", "1")
    _, one, _ = maieutic("export", "a")
    program = "from maieutic.cli import main; import sys; sys.argv=['maieutic','run','spar','--n','6','--out','b']; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, two, _ = maieutic("export", "b")
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "sparr"], "unknown scenario 'sparr'; did you mean 'spar'?"),
        (["show", "nothing"], "unknown scenario 'nothing'"),
        (["run", "spar", "-p", "brnach=3"], "unknown parameter of spar 'brnach'; did you mean 'branch'?"),
        (["run", "spar", "-p", "branch=three"], "key 'branch'"),
        (["run", "spar", "-p", "branch"], "key '--param': expected name=value"),
        (["run", "spar", "-p", "branch=2", "-p", "branch=3"], "given twice"),
        (["run", "spar", "-p", "branch=2", "-p", "keep=3"], "keep must be at most branch"),
        (["run", "spar", "--cast", "juge=simulated"], "unknown seat of spar 'juge'"),
        (["run", "spar", "--cast", "actor=simulated:skil=1"], "has no parameter 'skil'"),
        (["run", "spar", "--cast", "actor=simulated:skill=2"], "skill"),
        (["run", "spar", "--cast", "actor=scripted:none.json"], "none.json: cannot be read"),
        (["run", "spar", "--tasks", "none.jsonl"], "none.jsonl: no such file, and no world of that name"),
        (["run", "spar", "--tasks", "world:x"], "with a whole number"),
        (["trace", "nowhere"], "no run there"),
        (["export", "nowhere"], "no run there"),
        (["export", "nowhere", "--as", "trl"], "unknown exporter 'trl'"),
    ],
)
def test_a_mistake_is_one_line_with_its_remedy_and_exit_code_2(maieutic, arguments, words):
    code, out, err = maieutic(*arguments)
    assert code == 2
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "tasks.jsonl: holds no record"),
        ('{"question": "1+1?"', "tasks.jsonl:1: not JSON"),
        ('{"question": "1+1?"}\n', "tasks.jsonl:1: key 'answer': missing"),
        ('{"question": 5, "answer": "#### 2"}\n', "tasks.jsonl:1: key 'question': expected str, got int"),
    ],
)
def test_a_bad_file_of_tasks_is_named_with_line_and_key(maieutic, lines, words):
    Path("tasks.jsonl").write_text(lines)
    code, _, err = maieutic("run", "socratic-math", "--tasks", "tasks.jsonl")
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
    assert not Path("maieutic-runs").exists()


def test_an_unusable_option_is_clicks_own_error(maieutic):
    code, _, err = maieutic("run", "spar", "--n", "0")
    assert code == 2
    assert "--n" in err


def test_an_episode_that_is_not_there_is_named(maieutic):
    maieutic("run", "spar", "--n", "2", "--out", "r")
    code, _, err = maieutic("trace", "r", "9")
    assert code == 2
    assert "no episode '9'; give a place (0 to 1)" in err


def test_a_dropped_episode_makes_the_exit_code_1(maieutic):
    Path("mute.json").write_text('{"student.reply": [{"words": 1}]}')
    code, out, _ = maieutic("run", "socratic-math", "--n", "2", "--cast", "student=scripted:mute.json")
    assert code == 1
    assert "dropped 2 invalid" in out


def test_ctrl_c_ends_in_good_order_and_the_same_command_goes_on(maieutic, tmp_path):
    command = [
        sys.executable,
        "-c",
        "from maieutic.cli import main; main()",
        "run",
        "spar",
        "--n",
        "60",
        "-j",
        "2",  # so that most have not begun, for those that have are played to their ends
        "--out",
        "r",
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while killing.ended(tmp_path / "r") < 3 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if process.returncode == 0:
        pytest.skip("this machine finished before the interrupt")
    assert process.returncode == 130
    assert "the same command goes on" in err
    code, out, _ = maieutic("run", "spar", "--n", "60", "--out", "r", "--json")
    assert code == 0
    assert json.loads(out)["already_there"] > 0


def test_fork_goes_on_from_a_turn(maieutic):
    maieutic("run", "socratic-math", "--n", "6", "--out", "r")
    _, out, _ = maieutic("trace", "r", "0", "--json")
    episode = json.loads(out)
    code, out, _ = maieutic(
        "fork", "r", "0", "--at", episode["events"][0]["id"], "--say", "text=I give up.", "--json"
    )
    assert code == 0
    facts = json.loads(out)
    assert Path(facts["run"]).exists()
    assert facts["turns"] >= 1


def test_the_demo_makes_all_four_and_says_where(maieutic):
    code, out, _ = maieutic("demo", "--n", "4")
    assert code == 0
    for name in SCENARIOS:
        assert f"{name}: asked 4, done 4" in out
        assert (Path("maieutic-demo") / name / "journal.db").exists()
    assert "decisions against the known truth" in out


@pytest.mark.parametrize("name", catalogue.names())
def test_prompts_are_shown_filled_in_from_simulated_episodes(maieutic, name):
    code, out, _ = maieutic("show", name, "--prompts", "--json")
    assert code == 0
    told = json.loads(out)
    roles = {role.name: role for role in catalogue.load(name).roles}
    assert list(told) == list(roles)
    filled_in = 0
    for role, messages in told.items():
        system, user = (message["content"] for message in messages)
        assert roles[role].instructions in system
        shown = [field for field in roles[role].sees if f"<{field}>\n" in user]
        filled_in += any(f"<{field}>\n({field})\n</{field}>" not in user for field in shown)
    assert filled_in >= 2
    if name not in SCENARIOS:
        return  # the same, printed otherwise
    _, text, _ = maieutic("show", name, "--prompts")
    assert [line for line in text.splitlines() if line.startswith("# ") and line[2:].split()[0] in roles]


def test_a_run_of_which_every_episode_was_refused_says_where_to_look(maieutic, tmp_path):
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps({"question": "Write `f`, which doubles.", "tests": "assert f(2) == 4"}) + "\n")
    told = [
        "run",
        "learning-by-teaching",
        "--param",
        "domain=programs",
        "--tasks",
        file,
        "--out",
        tmp_path / "out",
    ]
    code, out, err = maieutic(*told)
    assert code == 0
    assert "stopped: refused 1" in out
    assert "every episode was refused; its last turn says for what: maieutic trace" in err
