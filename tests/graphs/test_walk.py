"""An episode that is walked is the one that LangGraph plays, and who needs LangGraph gets it."""

import asyncio
from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.tracers.context import collect_runs
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph

from maieutic import Stop, Task
from maieutic.agents.human import Human
from maieutic.agents.scripted import Scripted
from maieutic.graphs import Ask, Offer, Stage, State, bound, walk
from maieutic.graphs.seat import add_seat, new_graph
from maieutic.roles import Answer, Role
from maieutic.scenarios import Waiting, assemble, catalogue


class Line(Answer):
    text: str


SPEAK = Role("speaker.say", (), Line)
TASK = Task(id="task", world="none", fields={})


def line(end, *, visits):
    """A graph of seats that stops after `end` turns; `visits` is what each seat declares."""
    graph = new_graph()
    names = [f"seat{number}" for number in range(len(visits))]

    def then(state):
        said = len(state["events"])
        return Stop.SOLVED if said >= end else names[said * 7 % len(names)]

    def offers(state):
        return [Offer(state["events"][-1].id if state["events"] else None)]

    note = lambda state, events: {"said": len(state["events"]), events[-1].id: len(state["notes"])}
    for name, most in zip(names, visits, strict=True):
        add_seat(graph, name, Ask(SPEAK, offers, note), then, names, most)
    graph.set_entry_point(names[0])
    return graph


def both(graph):
    """What LangGraph and the walk come to: a state, or the type of what is raised."""
    stage = lambda: Stage("episode", 1, TASK, {"speaker": Scripted({"speaker.say": [{"text": "so"}]})})
    start = lambda: State(events=[], notes={}, stop=None, fields={})
    limit = {"recursion_limit": bound(graph)}
    found = []
    for play in (
        lambda: graph.compile().ainvoke(start(), limit, context=stage()),
        lambda: walk(graph).play(start(), stage()),
    ):
        try:
            found.append(asyncio.run(play()))
        except GraphRecursionError as error:
            found.append(type(error))
    return found


@settings(max_examples=40)
@given(st.integers(1, 9), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_a_walk_ends_where_langgraph_ends_and_gives_up_at_the_same_visit(end, visits):
    scheduled, walked = both(line(end, visits=visits))
    assert walked == scheduled
    assert (walked is GraphRecursionError) == (end > sum(visits))


@pytest.mark.parametrize("name", catalogue.names())
def test_every_scenario_of_the_catalogue_is_walked_to_the_same_bytes(name):
    scenario = catalogue.load(name)
    company = assemble(scenario)
    assert company.walk is not None
    for place in range(4):
        task = scenario.world.generate(4, place)
        walked, scheduled = (asyncio.run(company.play(task, place, config=one)) for one in (None, {}))
        assert walked.to_bytes() == scheduled.to_bytes()


def test_a_graph_with_a_node_or_an_edge_of_somebody_else_is_left_to_langgraph():
    own = line(2, visits=[2])
    own.add_node("count", lambda state: {"notes": {"counted": True}})
    assert walk(own) is None
    edged = line(2, visits=[2, 2])
    edged.add_edge("seat1", "seat0")
    assert walk(edged) is None
    branched = line(2, visits=[2])
    branched.add_conditional_edges("seat0", lambda state: END)
    assert walk(branched) is None


def test_an_episode_with_a_person_pauses_as_before():
    scenario = catalogue.load("socratic-math")
    company = assemble(scenario, cast={"student": Human()})
    assert company.walk is None
    with pytest.raises(Waiting):
        asyncio.run(company.play(scenario.world.generate(1, 0), 1))


def test_a_player_of_somebody_elses_may_pause_unless_it_says_that_it_does_not():
    scenario = catalogue.load("socratic-math")
    teacher = assemble(scenario).cast["teacher"]

    class Own:
        name, fingerprint, simulated, act = "own", "own", True, teacher.act

    class Steady(Own):
        pauses = False

    assert assemble(scenario, cast={"teacher": Own()}).walk is None
    assert assemble(scenario, cast={"teacher": Steady()}).walk is not None


class Heard(AsyncCallbackHandler):
    def __init__(self):
        self.names = []

    async def on_chain_start(self, serialized, inputs, *, name=None, **told):
        self.names.append(name)


def test_who_watches_sees_every_node_of_the_graph():
    scenario = catalogue.load("socratic-math")
    company, task, heard = assemble(scenario), scenario.world.generate(1, 0), Heard()
    episode = asyncio.run(company.play(task, 1, config={"callbacks": [heard]}))
    assert heard.names[:2] == ["socratic-math", "listen"]
    assert len(heard.names) == 1 + len(episode.events)

    with collect_runs() as watched:  # told of nothing but by LangChain's own context
        assert asyncio.run(company.play(task, 1)) == episode
    assert [one.name for one in watched.traced_runs] == ["socratic-math"]


def test_within_another_graph_an_episode_is_its_subgraph():
    scenario = catalogue.load("socratic-math")
    company, task, heard = assemble(scenario), scenario.world.generate(1, 0), Heard()

    class Outer(TypedDict):
        stop: str

    async def episode(state: Outer) -> Outer:
        return {"stop": (await company.play(task, 1)).stop}

    outer = StateGraph(Outer)
    outer.add_node("episode", episode)
    outer.add_edge(START, "episode")
    outer.add_edge("episode", END)
    asyncio.run(outer.compile(name="outer").ainvoke({"stop": ""}, {"callbacks": [heard]}))
    assert heard.names[:4] == ["outer", "episode", "socratic-math", "listen"]


def test_episodes_that_are_walked_take_turns():
    scenario = catalogue.load("socratic-math")
    company, task = assemble(scenario), scenario.world.generate(1, 0)
    ticks = []

    async def tick():
        while True:
            ticks.append(1)
            await asyncio.sleep(0)

    async def beside():
        ticking = asyncio.create_task(tick())
        episode = await company.play(task, 1)
        ticking.cancel()
        return episode

    episode = asyncio.run(beside())
    assert len(ticks) >= len(episode.events) - 1
