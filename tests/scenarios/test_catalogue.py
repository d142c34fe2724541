"""What holds for every scenario in the catalogue."""

import asyncio
import hashlib
from importlib.metadata import entry_points

import pytest
import snapshots
from in_process import here_and_elsewhere
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from maieutic import ScenarioError, UnknownNameError, faults, tree
from maieutic.graphs import Stage, State, bound, most_turns
from maieutic.roles import private_fields
from maieutic.runs import Journal, Source, run
from maieutic.scenarios import assemble, catalogue

NAMES = catalogue.names()
COMMAND = """
import asyncio, hashlib
from maieutic.scenarios import assemble, catalogue

for name in catalogue.names():
    scenario = catalogue.load(name)
    company, found = assemble(scenario), hashlib.sha256()
    for place in range(1):
        episode = asyncio.run(company.play(scenario.world.generate(3, place), place))
        found.update(episode.to_bytes())
        for record in scenario.records(episode):
            found.update(record.model_dump_json().encode())
    print(name, found.hexdigest())
"""


@pytest.fixture(params=NAMES)
def scenario(request):
    return catalogue.load(request.param)


def test_same_seed_same_bytes_of_episodes_and_records_under_three_hash_seeds(tmp_path):
    first, *others = (one.splitlines() for one in here_and_elsewhere(tmp_path, COMMAND, 1, 987))
    assert [line.split()[0] for line in first] == list(NAMES)
    assert others == [first, first]


def test_same_bytes_at_concurrency_1_and_64(scenario, tmp_path):
    digests = []
    for concurrency in (1, 64):
        folder = tmp_path / str(concurrency)
        asyncio.run(
            run(assemble(scenario), Source(scenario.world), folder, n=4, seed=5, concurrency=concurrency)
        )
        with Journal(folder) as journal:
            digests.append(
                [hashlib.sha256(episode.to_bytes()).hexdigest() for _, episode in journal.episodes()]
            )
    assert digests[0] == digests[1]
    assert len(digests[0]) == 4


def test_every_log_is_a_tree_within_its_bounds_and_every_record_holds(scenario):
    company = assemble(scenario)
    graph = scenario.graph(company.parameters)
    for place in range(5):
        episode = asyncio.run(company.play(scenario.world.generate(8, place), place))
        tree(episode.id, episode.events)
        assert len(episode.events) <= most_turns(graph)
        assert bound(graph) > 1
        for record in scenario.records(episode):
            assert faults(record, episode) == []
        for decision in scenario.decisions(episode):
            assert decision.event in {event.id for event in episode.events}


def test_no_view_and_no_public_answer_holds_what_it_must_not(scenario):
    seen = []

    class Watched:
        def __init__(self, player):
            self.player, self.name, self.fingerprint = player, player.name, player.fingerprint
            self.simulated = player.simulated

        async def act(self, turn):
            seen.append(turn)
            return await self.player.act(turn)

    cast = {seat: Watched(player) for seat, player in assemble(scenario).cast.items()}
    company = assemble(scenario, cast=cast)
    for place in range(2):
        episode = asyncio.run(company.play(scenario.world.generate(2, place), place))
        roles = {role.name: role for role in scenario.roles}
        for event in episode.events:
            assert not set(event.answer) & private_fields(roles[event.role].answer)
    assert seen
    for turn in seen:
        assert set(turn.view) <= set(turn.role.sees)
        assert set(turn.truth or {}) <= set(turn.role.knows)
        if not company.cast[turn.role.seat].simulated:
            assert turn.truth is None


def test_an_episode_passes_through_a_checkpointer_under_strict_msgpack(scenario, monkeypatch):
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    allowed = [("maieutic.event", "Event"), ("maieutic.event", "Usage")]
    saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=allowed))
    company = assemble(scenario)
    task = scenario.world.generate(1, 1)
    graph = scenario.graph(company.parameters).compile(checkpointer=saver)
    stage = Stage("episode", 1, task, company.cast)
    config = {"configurable": {"thread_id": "one"}, "recursion_limit": company.limit}
    start = State(events=[], notes={}, stop=None, fields=task.fields)
    state = asyncio.run(graph.ainvoke(start, config, context=stage))
    kept = saver.get(config)["channel_values"]
    assert kept["events"] == state["events"]
    assert kept["stop"] == state["stop"] is not None


def test_the_graph_is_drawn_as_before(scenario):
    snapshots.check(f"{scenario.name}.mmd", assemble(scenario).compiled.get_graph().draw_mermaid())


def test_every_role_has_a_brief_and_every_parameter_a_meaning(scenario):
    for role in scenario.roles:
        assert len(role.instructions) > 40
    for name, field in scenario.parameters.model_fields.items():
        assert field.description, name
        assert field.default is not None, name


def test_unknown_names_and_empty_seats_are_clear_errors(scenario):
    with pytest.raises(UnknownNameError, match="unknown scenario 'nothing'"):
        catalogue.load("nothing")
    with pytest.raises(UnknownNameError, match="unknown seat"):
        assemble(scenario, cast={"nobody": None})
    import dataclasses

    empty = dataclasses.replace(scenario, cast=lambda settings: {})
    with pytest.raises(ScenarioError, match="nobody takes the seat"):
        assemble(empty)


def test_every_role_can_be_asked_in_a_written_scenario(scenario):
    """Each is found by name where YAML names it; the five of arte's panel are one role under five names."""
    known = {entry.name: entry for entry in entry_points(group="maieutic.roles")}
    for role in scenario.roles:
        if not role.name.startswith("model"):
            assert known[role.name].load() == role
