"""A run in one call as a pandas frame, a networkx graph, and a data set."""

import json

import networkx as nx
import pytest
from hostile_report import ran

from maieutic import InputError, RunError, UnknownNameError
from maieutic.exports import dataset, frame, graph
from maieutic.runs import Journal


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """A run of dialogues, and its episodes by place."""
    folder = ran(tmp_path, monkeypatch, "socratic-math", "talks", "--n", 12)
    with Journal(folder) as journal:
        return folder, dict(journal.episodes())


def test_a_frame_has_a_row_for_each_turn_or_each_episode(run):
    pytest.importorskip("pandas")
    folder, episodes = run
    turns = frame(folder)
    assert len(turns) == sum(len(one.events) for one in episodes.values())
    for place, part in turns.groupby("place"):
        assert list(part["id"]) == [event.id for event in episodes[place].events]
        assert list(part["answer"]) == [event.answer for event in episodes[place].events]
    whole = frame(folder, "episodes").set_index("place")
    assert list(whole["stop"]) == [one.stop.value for one in episodes.values()]
    for place, one in episodes.items():
        assert {n: whole.at[place, f"score.{n}"] for n in one.scores} == one.scores
    assert not [name for name in [*turns, *whole] if "truth" in name]
    solved = turns.merge(frame(folder, "episodes")[["place", "stop"]], on="place").query("stop == 'solved'")
    assert set(solved["place"]) == {place for place, one in episodes.items() if one.stop == "solved"}


def test_a_graph_has_the_tree_of_every_episode(run):
    folder, episodes = run
    whole = graph(folder)
    assert nx.is_forest(whole)
    assert nx.number_weakly_connected_components(whole) == len(episodes)
    for place, one in episodes.items():
        assert whole.nodes[one.id]["place"] == place
        assert nx.descendants(whole, one.id) == {event.id for event in one.events}


def test_a_data_set_has_the_same_rows_and_those_of_any_export(run):
    pytest.importorskip("datasets")
    folder, episodes = run
    turns = dataset(folder)
    assert turns["id"][:] == [event.id for one in episodes.values() for event in one.events]
    assert json.loads(turns[0]["answer"]) == episodes[0].events[0].answer
    pairs = dataset(folder, "trl-preference")
    assert set(pairs.column_names) == {"prompt", "chosen", "rejected"}
    assert len(pairs) == len(frame(folder, "trl-preference"))
    assert len(dataset(folder, "episodes")) == len(episodes)


def test_what_there_is_not_is_said(run, tmp_path):
    pytest.importorskip("pandas")
    folder, _ = run
    with pytest.raises(UnknownNameError, match="no-such-format"):
        frame(folder, "no-such-format")
    with pytest.raises(RunError, match="no run there"):
        frame(tmp_path)
    with pytest.raises(RunError, match="no run there"):
        graph(tmp_path)


def test_a_missing_package_is_named_with_its_extra(run, monkeypatch):
    folder, _ = run
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(InputError, match=r"maieutic\[data\]"):
        frame(folder)
