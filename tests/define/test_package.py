"""A package of somebody else's, installed beside maieutic, brings one of every kind of thing by entry points."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from maieutic import doors

MODULE = '''
"""One of every kind of thing."""

import json

from maieutic import Stop, Task, Usage
from maieutic.agents import Move
from maieutic.agents.models.engine import Choice, Reply
from maieutic.agents.simulated.person import Person
from maieutic.exports import Format
from maieutic.graphs import Ask, Offer, Step, flow
from maieutic.roles import Answer, Role
from maieutic.scenarios import Paper, Parameters, Scenario
from maieutic.worlds import World


class Line(Answer):
    text: str


RHYME = Role("poet.rhyme", sees=("topic",), answer=Line, brief="Write a line about the topic.")


class Poet(Person):
    """A poet."""

    mood: str = "grey"

    async def act(self, turn):
        return Move({"text": f"{turn.view['topic']} so {self.mood}"})


def solo(ask):
    """One question."""
    return flow({"ask": Step(ask, then=lambda state: Stop.SOLVED)}, start="ask")


WORLD = World("ponds", "ponds", lambda seed, at: Task(id=f"pond:{at}", world="ponds", fields={"topic": f"pond {at}"}), ())

SCENARIO = Scenario(
    name="poems",
    summary="a poet writes a line",
    paper=Paper("an example", 2026, "a test"),
    world=WORLD,
    parameters=Parameters,
    roles=(RHYME,),
    graph=lambda settings: solo(Ask(RHYME, lambda state: [Offer()])),
    cast=lambda settings: {"poet": "bard"},
    needs=lambda settings: ("topic",),
    records=lambda episode: records(episode),
)


def records(episode):
    from maieutic import Dialogue, Message

    (line,) = episode.events
    said = (Message(role="user", content=episode.task.fields["topic"]), Message(role="assistant", content=line.answer["text"], train=True))
    yield Dialogue(episode=episode.id, task=episode.task.id, purpose="rhyme", messages=said, events=(line.id,))


class Engine:
    guided = True

    def __init__(self, model, word):
        self.name, self.fingerprint, self.word = model, f"parrot:{model}:{word}", word

    async def complete(self, request):
        text = json.dumps({"text": self.word})
        return Reply(choices=(Choice(text=text, finish="stop"),), usage=Usage(calls=1), model=self.name)

    async def close(self):
        pass


def parrot(model, options, *, guided, identity):
    return Engine(model, options.get("word", "hello"))


LAST = Format("last-line", "the last line", ("dialogue",), lambda entry: [{"line": entry.record.messages[-1].content}])
'''
PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "ponds-and-poems"
version = "1.0"
[tool.setuptools]
py-modules = ["ponds_and_poems"]
"""
THINGS = {
    "scenario": ("poems", "SCENARIO"),
    "role": ("poet.rhyme", "RHYME"),
    "player": ("bard", "Poet"),
    "pattern": ("solo", "solo"),
    "world": ("ponds", "WORLD"),
    "model": ("parrot", "parrot"),
    "exporter": ("last-line", "LAST"),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder of packages, with the one above in it, and a command that finds them."""
    pytest.importorskip("setuptools")
    pytest.importorskip("json_repair")
    home = tmp_path_factory.mktemp("elsewhere")
    project, packages = home / "project", home / "packages"
    project.mkdir()
    (project / "ponds_and_poems.py").write_text(textwrap.dedent(MODULE))
    doors_of = "".join(
        f'[project.entry-points."{doors.GROUPS[kind]}"]\n"{name}" = "ponds_and_poems:{value}"\n'
        for kind, (name, value) in THINGS.items()
    )
    (project / "pyproject.toml").write_text(PROJECT + doors_of)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*pip, "--target", packages, project], capture_output=True, text=True, check=False)
    if "No module named pip" in done.stderr or "setuptools" in done.stderr:
        pytest.skip("no pip or setuptools to install a package with")
    assert done.returncode == 0, done.stderr

    def maieutic(*arguments, code="from maieutic.cli import main; main()"):
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(packages), "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
        )

    return maieutic


def test_there_is_one_of_every_kind():
    assert set(THINGS) == set(doors.GROUPS)


def test_all_are_found_beside_the_built_in_ones(installed):
    script = "import json; from maieutic import doors; print(json.dumps({one: doors.names(one) for one in doors.GROUPS}))"
    found = json.loads(installed(code=script).stdout)
    for kind, (name, _) in THINGS.items():
        assert name not in doors.names(kind)
        assert sorted([*doors.names(kind), name]) == found[kind]
    listed = json.loads(installed("list", "models", "--json").stdout)
    assert "parrot" in {one["name"] for one in listed}


def test_everything_plays_together(installed):
    checked = installed("check", "poems")
    assert (checked.returncode, "nothing wrong" in checked.stdout) == (0, True), checked.stderr
    ran = installed("run", "poems", "--n", 3, "--cast", "poet=bard?mood=still", "--out", "r", "--json")
    assert ran.returncode == 0, ran.stderr
    rows = installed("export", "r", "--as", "last-line").stdout.splitlines()
    assert [json.loads(row)["line"] for row in rows] == [f"pond {at} so still" for at in range(3)]
    ran = installed(
        "run", "poems", "--tasks", "ponds:2", "--cast", "poet=parrot:grey?word=ahoy", "--out", "m", "--json"
    )
    assert ran.returncode == 0, ran.stderr
    rows = installed("export", "m", "--as", "last-line").stdout.splitlines()
    assert [json.loads(row)["line"] for row in rows] == ["ahoy"] * 2
    assert installed("replay", "r").stdout.startswith("3 episodes replayed, 3 equal")
    shown = installed("show", "poems")
    assert (shown.returncode, "poet.rhyme" in shown.stdout) == (0, True), shown.stderr
