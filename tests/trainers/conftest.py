"""What tests of trainers share: small exports of real runs, and a tiny Llama. All are skipped without TRL."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "heavy"))
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.heavy)
            item.add_marker(pytest.mark.filterwarnings("ignore"))  # those of trainers, torch and transformers
            if find_spec("trl") is None:
                item.add_marker(
                    pytest.mark.skip(reason="trl is not installed; .ci/heavy-trainers runs these tests")
                )


@pytest.fixture(scope="session", autouse=True)
def settings(tmp_path_factory):
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    os.environ["HF_DATASETS_CACHE"] = str(tmp_path_factory.mktemp("datasets-cache"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    from tiny_llama import make

    return str(make(tmp_path_factory.mktemp("tiny-llama")))


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A function from the name of a format to a folder with records of three scenarios and of a dialogue with tools."""
    from drawn_records import drawn

    from maieutic import Dialogue, Message, Tool, ToolCall
    from maieutic.exports import Entry, Plan, export, load, parse_split

    home = tmp_path_factory.mktemp("exports")
    several = [entry for name in ("spar", "socratic-math", "tree-instruct") for entry in drawn(name)]
    origin = several[0].origin
    for number, tool in enumerate(("mul", "add")):
        call = ToolCall(
            id=f"c{number}", name=tool, arguments={"a": 7, "b": 8} if number else {"x": "7", "y": 8.5}
        )
        record = Dialogue(
            episode=f"with-tools-{number}",
            task=f"t{number}",
            purpose="tutor",
            messages=(
                Message(role="system", content="Use the tools."),
                Message(role="user", content="What is 7 times 8?"),
                Message(role="assistant", content="", calls=(call,), train=True),
                Message(role="tool", content="56", answers=call.id),
                Message(role="assistant", content="It is 56.", train=True),
            ),
            events=("e",),
            tools=(
                Tool(name=tool, description="A number.", parameters={"type": "object", "properties": {}}),
            ),
        )
        several.append(Entry(record=record, origin=origin))
    done = {}

    def folder(name, container=None):
        if (name, container) not in done:
            out = home / f"{name}-{container or 'as-is'}"
            plan = Plan(
                load(name),
                out,
                container=container,
                split=parse_split("train=0.8,test=0.2", 1),
                shard_rows=40,
            )
            done[name, container] = out, export(several, plan)
        return done[name, container]

    return folder
