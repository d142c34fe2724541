"""A scenario written in YAML and its twin in Python give the same bytes."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import maieutic
from langgraph.graph import StateGraph

from maieutic import faults
from maieutic.graphs import most_turns
from maieutic.runs import Journal, Source, parse_source, run
from maieutic.scenarios import assemble, catalogue

HERE = Path(__file__).parent / "twins"
NAMES = ["mend"]


@pytest.fixture(params=NAMES)
def twins(request):
    return [catalogue.load(str(HERE / f"{request.param}.{end}")) for end in ("yaml", "py")]


def test_twins_give_the_same_bytes_records_and_decisions(twins):
    written, coded = map(assemble, twins)
    stops, kinds = Counter(), Counter()
    for place in range(40):
        task = twins[0].world.generate(5, place)
        one = asyncio.run(written.play(task, place))
        other = asyncio.run(coded.play(task, place))
        assert one.to_bytes() == other.to_bytes()
        drawn = list(twins[0].records(one))
        assert drawn == list(twins[1].records(other))
        assert list(twins[0].decisions(one)) == list(twins[1].decisions(other))
        assert all(faults(record, one) == [] for record in drawn)
        stops[one.stop.value] += 1
        kinds.update(record.kind for record in drawn)
    assert len(stops) >= 3, stops
    assert kinds["pair"] > 10, kinds
    assert kinds["judged"] > 10, kinds


@settings(max_examples=25, deadline=None)
@given(place=st.integers(0, 10**6), rounds=st.integers(1, 9), drafts=st.integers(1, 5))
def test_twins_stay_the_same_under_any_parameters(place, rounds, drafts):
    given_ = {"rounds": rounds, "drafts": drafts}
    written, coded = (
        assemble(catalogue.load(str(HERE / f"mend.{end}")), parameters=given_) for end in ("yaml", "py")
    )
    task = written.scenario.world.generate(2, place)
    one, other = (asyncio.run(company.play(task, place)) for company in (written, coded))
    assert one.to_bytes() == other.to_bytes()
    assert len(one.events) <= most_turns(written.scenario.graph(written.parameters))


def test_twins_keep_the_same_journal_and_replay_each_other(twins, tmp_path, monkeypatch, capsys):
    kept = []
    for number, scenario in enumerate(twins):
        folder = tmp_path / str(number)
        asyncio.run(run(assemble(scenario), Source(scenario.world), folder, n=8, seed=2))
        with Journal(folder) as journal:
            kept.append([episode.to_bytes() for _, episode in journal.episodes()])
    assert kept[0] == kept[1]
    said = maieutic(tmp_path, "replay", tmp_path / "0").stdout
    assert said.startswith("8 episodes replayed, 8 equal")


def test_a_written_scenario_is_a_plain_langgraph_graph(twins):
    for scenario in twins:
        graph = scenario.graph(scenario.configure({}))
        assert type(graph) is StateGraph
        assert set(graph.nodes) == {"draft", "check", "revise", "again"}


@pytest.mark.parametrize(
    "parameters", [{}, {"patience": 40}, {"laps": 1}, {"laps": 2}, {"patience": 1, "laps": 9}]
)
def test_twins_with_roles_players_and_tasks_of_their_own_give_the_same_bytes(parameters, tmp_path):
    kept, drawn = [], []
    for end in ("yaml", "py"):
        scenario = catalogue.load(str(HERE / f"lesson.{end}"))
        company = assemble(scenario, parameters=parameters)
        source, number = parse_source(
            None,
            scenario.world,
            join=None,
            seed=3,
            needs=scenario.needs(company.parameters),
            brought=scenario.tasks,
        )
        folder = tmp_path / end
        asyncio.run(run(company, source, folder, n=number, seed=2))
        with Journal(folder) as journal:
            episodes = [episode for _, episode in journal.episodes()]
        kept.append([episode.to_bytes() for episode in episodes])
        drawn.append([(list(scenario.records(one)), list(scenario.decisions(one))) for one in episodes])
        assert all(faults(record, one) == [] for one in episodes for record in scenario.records(one))
        for role, other in zip(scenario.roles, catalogue.load(str(HERE / "lesson.yaml")).roles, strict=True):
            assert role.instructions == other.instructions
            assert (
                role.answer.model_json_schema()["properties"]
                == other.answer.model_json_schema()["properties"]
            )
    assert len(kept[0]) == 3
    assert kept[0] == kept[1]
    assert drawn[0] == drawn[1]
