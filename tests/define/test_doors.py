"""Whatever can be added is found by name, by module and by file, through the door that the built-ins come by."""

import json
import sys
import textwrap

import pytest
import toy

from maieutic import InputError, UnknownNameError, doors
from maieutic.agents import Program
from maieutic.agents.casting import player
from maieutic.agents.simulated.writer import Writer
from maieutic.cli import main
from maieutic.graphs import refine
from maieutic.roles import Role
from maieutic.runs import Journal
from maieutic.scenarios import Scenario, catalogue
from maieutic.worlds import World

TOY = "from toy import SCENARIO, Pupil\nimport toy\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty folder of a user's own, with modules that no other test has loaded."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith(("maieutic_file_", "mine")):
            del sys.modules[name]


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))
    return file


def command(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["maieutic", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


@pytest.mark.parametrize("kind", [kind for kind in doors.GROUPS if kind not in ("model",)])
def test_every_built_in_comes_through_a_door(kind):
    assert doors.names(kind)
    for name in doors.names(kind):
        assert doors.find(kind, name).value is not None


def test_doors_hold_what_they_say():
    assert doors.find("pattern", "refine").value is refine
    assert doors.find("player", "writer").value is Writer
    assert isinstance(doors.find("world", "programs", World).value, World)
    for name in doors.names("role"):
        role = doors.find("role", name, Role).value
        assert role.name == name


def test_a_scenario_is_found_by_path_by_module_and_by_both_with_a_name(project):
    write(project, "mine_scenario.py", TOY)
    write(project, "minepkg/__init__.py", "")
    write(project, "minepkg/mod.py", TOY)
    for name in (
        "mine_scenario.py",
        "./mine_scenario.py",
        "mine_scenario.py:SCENARIO",
        "minepkg.mod:SCENARIO",
    ):
        scenario = catalogue.load(name)
        assert scenario.name == toy.SCENARIO.name
        assert scenario.origin is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "cannot be loaded: SyntaxError"),
        ("\n\nraise ValueError('so')\n", "mine_bad.py:3: cannot be loaded: ValueError: so"),
        ("x = 1\n", "holds 0 values that are a scenario"),
        (
            "from toy import SCENARIO\nimport dataclasses\nB = dataclasses.replace(SCENARIO, name='b')\n",
            "holds 2",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_error_with_its_place(project, text, said):
    write(project, "mine_bad.py", text)
    with pytest.raises(InputError, match=said):
        catalogue.load("mine_bad.py")


def test_wrong_doors_say_what_is_there():
    with pytest.raises(UnknownNameError, match="did you mean 'spar'"):
        catalogue.load("sparr")
    with pytest.raises(InputError, match="no such file"):
        catalogue.load("nowhere.py")
    with pytest.raises(InputError, match="no module"):
        catalogue.load("no.such.module:X")
    with pytest.raises(InputError, match="has no 'NOTHING'"):
        doors.find("scenario", "maieutic.scenarios.spar:NOTHING", Scenario)
    with pytest.raises(InputError, match="is a Role, not a World"):
        doors.find("world", "maieutic.roles.actor:RESPOND", World)


def test_a_player_is_cast_by_path_module_and_name_with_parameters(project):
    write(
        project,
        "mine_players.py",
        """
        from maieutic.agents import Move, Program
        from maieutic.agents.simulated.person import Person
        class Mute(Person):
            share: float = 0.5
            async def act(self, turn): return Move({"text": "-"})
        READY = Program("ready", {})
        def make(loud: bool = False): return Program("loud" if loud else "low", {})
        NOT = 3
        """,
    )
    assert player("mine_players.py:Mute?share=0.25", None).share == 0.25
    assert player("mine_players:Mute", None).share == 0.5
    assert player("mine_players.py:READY", None) == Program("ready", {})
    assert player("mine_players.py:make?loud=true", None).name == "loud"
    assert player("writer?skill=0.9", None) == Writer(skill=0.9)
    assert player("maieutic.agents.simulated.writer:Writer?skill=0.9", None) == Writer(skill=0.9)
    for spec, said in [
        ("mine_players.py:NOT", "not a player"),
        ("mine_players.py:READY?a=1", "already made"),
        ("writer?skill=2", "less than or equal to 1"),
        ("mine_players.py:make?soft=1", "unexpected keyword"),
    ]:
        with pytest.raises(InputError, match=said):
            player(spec, None)


def test_a_run_of_a_file_is_replayed_from_any_folder_and_knows_when_the_file_was_changed(
    project, monkeypatch, capsys, tmp_path_factory
):
    file = write(project, "mine_toy.py", TOY)
    run = ("run", "./mine_toy.py", "--n", "4", "--out", project / "r", "--json")
    code, out, err = command(monkeypatch, capsys, *run)
    assert (code, json.loads(out)["asked"]) == (0, 4), err
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    code, out, err = command(monkeypatch, capsys, "replay", project / "r")
    assert out.startswith("4 episodes replayed, 4 equal"), err
    assert command(monkeypatch, capsys, "export", project / "r")[0] == 0
    monkeypatch.chdir(project)
    file.write_text(TOY + "# changed\n")
    code, _, err = command(monkeypatch, capsys, *run)
    assert code == 2
    assert "definition was" in err
    with Journal(project / "r") as journal:
        assert journal.manifest["door"].endswith("mine_toy.py:SCENARIO")


def test_a_model_back_end_of_ones_own_is_a_file_too(project):
    pytest.importorskip("json_repair")
    write(
        project,
        "mine_engine.py",
        """
        class Echo:
            def __init__(self, model): self.name, self.fingerprint, self.guided = model, f"echo:{model}", False
            async def complete(self, request): raise NotImplementedError
            async def close(self): pass
        def open_echo(model, own, *, guided, identity): return Echo(f"{model}-{own.get('size')}")
        """,
    )
    one = player("./mine_engine.py:open_echo#tiny?size=3&temperature=0.5", None)
    assert "tiny-3" in one.fingerprint


def test_list_shows_every_kind_of_thing(monkeypatch, capsys, project):
    for kind in doors.GROUPS:
        code, out, err = command(monkeypatch, capsys, "list", f"{kind}s", "--json")
        assert code == 0, err
        assert {one["name"] for one in json.loads(out)} == set(doors.names(kind))
    assert command(monkeypatch, capsys, "list", "things")[0] == 2
