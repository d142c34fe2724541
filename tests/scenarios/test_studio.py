"""langgraph.json opens every installed scenario, as LangGraph's server loads it, and plays the episodes of a run."""

import asyncio
import importlib
import json
from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel
from langgraph.types import Command

from maieutic import seed_of
from maieutic.runs import Recipe, studio
from maieutic.scenarios import catalogue

FILE = Path(__file__).parents[2] / "langgraph.json"
NAMES = catalogue.names()


def loaded(name):
    """The graph of an entry, found as the server finds it: a variable of a module, called where it can be."""
    where, _, variable = json.loads(FILE.read_text(encoding="utf-8"))["graphs"][name]["path"].rpartition(":")
    found = importlib.import_module(where).__dict__[variable]
    return found() if callable(found) else found


def test_the_file_names_every_installed_scenario():
    assert FILE.read_text(encoding="utf-8") == studio.written(studio.settings()), (
        "scenarios came or went: `maieutic studio > langgraph.json`"
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_entry_is_a_graph_that_shows_its_scenarios_nodes(name):
    graph, scenario = loaded(name), catalogue.load(name)
    assert isinstance(graph, Pregel)
    assert graph.name == name
    shown = {node.rpartition(":")[2] for node in graph.get_graph(xray=True).nodes}
    assert set(scenario.graph(scenario.configure({})).nodes) <= shown
    assert set(graph.get_input_jsonschema()["properties"]) == {"place", "seed", "cast"}


@pytest.mark.parametrize("name", NAMES)
def test_an_episode_is_that_of_a_run_and_its_nodes_are_streamed(name):
    async def streamed():
        passed, last = set(), None
        async for place, mode, chunk in loaded(name).astream(
            {"place": 1, "seed": 3}, stream_mode=["updates", "values"], subgraphs=True
        ):
            if mode == "updates" and place:
                passed |= set(chunk)
            elif mode == "values" and not place:
                last = chunk
        return passed, last

    passed, told = asyncio.run(streamed())
    recipe = Recipe(scenario=name, seed=3)
    company = recipe.company()
    task = list(recipe.source(company)[0].tasks(2))[1]
    episode = asyncio.run(company.play(task, seed_of(3, 1, task.id)))
    assert told["id"] == episode.id
    assert told["turns"] == episode.model_dump(mode="json")["events"]
    assert "truth" not in told["task"]
    assert passed <= set(company.scenario.graph(company.parameters).nodes)
    assert passed


def test_another_cast_plays_on_request():
    told = asyncio.run(
        loaded("socratic-math").ainvoke({"place": 3, "cast": {"student": "simulated:prior=1,slip=0"}})
    )
    assert told["stop"] == "accepted", "who knows all needs no teacher"


def test_a_scenario_of_ones_own_becomes_a_graph_too():
    graph = studio.graph_of(str(Path(__file__).parents[1] / "toy.py") + ":SCENARIO")
    assert asyncio.run(graph.ainvoke({"place": 2}))["turns"]


def test_a_person_at_a_seat_is_asked_by_an_interrupt_and_answers_by_resuming():
    graph = studio.graph_of("socratic-math")
    graph.checkpointer = InMemorySaver()  # the server brings its own
    thread = {"configurable": {"thread_id": "one"}}
    recipe = Recipe(scenario="socratic-math")
    task = list(recipe.source(recipe.company())[0].tasks(4))[3]

    async def answered(given):
        out = await graph.ainvoke(given, thread)
        return out.get("__interrupt__"), out

    async def talked():
        asked, _ = await answered({"place": 3, "cast": {"student": "human"}})
        first = asked[0].value
        asked, _ = await answered(Command(resume={"text": "I get 1.", "answer": "1", "confidence": 0.5}))
        second = asked[0].value
        said = {"text": "Now I see.", "answer": task.fields["answer"], "confidence": 0.9}
        none, out = await answered(Command(resume=said))
        return first, second, none, out

    first, second, none, out = asyncio.run(talked())
    assert (first["role"], second["role"]) == ("student.reply", "student.reply")
    assert first["view"]["question"] == task.fields["question"]
    assert second["view"]["history"][0] == {"speaker": "student", "text": "I get 1."}
    assert none is None
    assert out["stop"] == "solved"
    assert [turn["answer"].get("text") for turn in out["turns"] if turn["seat"] == "student"] == [
        "I get 1.",
        "Now I see.",
    ]
