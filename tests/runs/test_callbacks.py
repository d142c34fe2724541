"""LangChain callbacks reach the user's own handlers: every node of the graph, every call of a chat model, in a run too."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
import toy
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

pytest.importorskip("langchain")
pytest.importorskip("json_repair")

from maieutic import InputError
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.langchain import LangChain
from maieutic.agents.models.player import Model
from maieutic.runs import Crew, Journal, Recipe, Source, run
from maieutic.runs.processes import processes
from maieutic.scenarios import assemble, play


class Recorder(BaseCallbackHandler):
    """Remembers what it was told."""

    def __init__(self):
        self.nodes, self.models, self.tags, self.ended, self.runs = Counter(), [], set(), 0, {}

    def on_chain_start(
        self, serialized, inputs, *, run_id, parent_run_id=None, tags=None, metadata=None, **kwargs
    ):
        self.runs[run_id] = parent_run_id
        self.tags |= set(tags or ())
        if metadata and "langgraph_node" in metadata and kwargs.get("name") == metadata["langgraph_node"]:
            self.nodes[metadata["langgraph_node"]] += 1

    def on_chat_model_start(
        self, serialized, messages, *, run_id, parent_run_id=None, metadata=None, **kwargs
    ):
        self.models.append((metadata["langgraph_node"], messages[0][0].content))
        self.runs[run_id] = parent_run_id

    def on_llm_end(self, response, **kwargs):
        self.ended += 1


class Teacher(BaseChatModel):
    """Asks the same thing each time."""

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        said = AIMessage(json.dumps({"text": "What would you add first?", "thought": "wait"}))
        return ChatResult(generations=[ChatGeneration(message=said)])


def taught():
    return {"teacher": Model(LangChain(Teacher(), "fake:teacher"))}


def test_every_node_and_every_call_of_a_chat_model_is_told_to_the_users_handler():
    recorder = Recorder()
    config = {"callbacks": [recorder], "tags": ["mine"], "metadata": {"session": 7}}
    episode = asyncio.run(play(toy.SCENARIO, toy.SCENARIO.world.generate(0, 1), cast=taught(), config=config))
    by_role = Counter(event.role for event in episode.events)
    assert by_role["teacher.ask"] > 0
    assert len(recorder.models) == recorder.ended == by_role["teacher.ask"]
    assert sum(recorder.nodes.values()) >= len(episode.events)
    assert {node for node, _ in recorder.models} <= set(recorder.nodes)
    assert "mine" in recorder.tags
    roots = [one for one, parent in recorder.runs.items() if parent is None]
    assert len(roots) == 1, "all of it hangs under one run"


def test_callbacks_change_nothing_in_an_episode():
    task = toy.SCENARIO.world.generate(0, 1)
    alone = asyncio.run(play(toy.SCENARIO, task, seed=3))
    told = asyncio.run(
        play(toy.SCENARIO, task, seed=3, config={"callbacks": [Recorder()], "recursion_limit": 1})
    )
    assert told.to_bytes() == alone.to_bytes(), "not even the bound on steps"


def test_a_whole_run_tells_of_every_call_behind_queue_budget_and_kept_replies_too(tmp_path, monkeypatch):
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda name, **_: Teacher())
    recorder, engines = Recorder(), Engines()
    company = assemble(toy.SCENARIO, cast={"teacher": "openai:some-model"}, engines=engines)
    ledger = asyncio.run(
        run(
            company,
            Source(toy.SCENARIO.world),
            tmp_path / "run",
            n=6,
            engines=engines,
            config={"callbacks": [recorder]},
        )
    )
    assert ledger.done == 6
    with Journal(tmp_path / "run") as journal:
        asked = sum(event.role == "teacher.ask" for _, one in journal.episodes() for event in one.events)
    assert len(recorder.models) == recorder.ended == asked > 6
    assert sum(parent is None for parent in recorder.runs.values()) == 6


def test_callbacks_that_could_not_reach_other_processes_are_refused(tmp_path):
    recipe = Recipe(scenario="socratic-math")
    company = recipe.company()
    with pytest.raises(InputError, match="do not reach other processes"):
        asyncio.run(
            run(
                company,
                recipe.source(company)[0],
                tmp_path / "run",
                n=2,
                crew=Crew(processes(recipe), 2, each=2),
                config={"callbacks": [Recorder()]},
            )
        )
    assert not (tmp_path / "run").exists()
