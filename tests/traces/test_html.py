"""Drawings: every turn is there, nothing that strangers wrote becomes markup, nothing overlaps."""

import asyncio
import re
from itertools import pairwise

import pytest

pytest.importorskip("htpy", reason="the extra `view` is not installed")

import htpy as h
from hostile_html import HOSTILE, Page
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import Episode, Event, Pair, Stop, Task
from maieutic.scenarios import assemble, catalogue, play
from maieutic.traces.html import (
    conversation,
    difference,
    graph_drawing,
    pair_drawing,
    read,
    said,
    stylesheet,
    task_drawing,
    tree_drawing,
    verdict,
)
from maieutic.traces.html.tree import _LARGE, _layout
from maieutic.traces.html.words import compared


def event(name, parent, role="actor.respond", **fields):
    return Event(
        id=name, parent=parent, role=role, index=0, seat=role.split(".")[0], agent="x", key="k", **fields
    )


def episode(events, text="x", **fields):
    task = Task(id=text, world="toy", fields={"question": text, text[:50]: [text]}, truth={text[:50]: text})
    return Episode(
        id="e",
        scenario="toy",
        parameters={},
        task=task,
        cast={},
        seed=0,
        events=tuple(events),
        stop=Stop.SOLVED,
        **fields,
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_strangers_wrote_never_becomes_markup(text):
    short = text[:200]
    events = [
        event("a", "e", answer={"text": text, short: text}, private={short: text}),
        event(
            "v", "a", short or "judge", answer={"verdict": "no", "text": text, short: [text, {short: text}]}
        ),
        event("b", "v", answer={"text": text + " more"}, memory={short: text}),
        event("c", "b", invalid=text, raw=text),
    ]
    shown = episode(events, text, notes={"values": {"a": 0.0, "b": 1.0}, "best": "b", "root": "a"})
    pair = Pair(
        episode="e", task=text, purpose=text, meta={short: text}, prompt=({"role": "user", "content": text},),
        chosen=text + " more", rejected=text, chosen_event="b", rejected_event="a", chosen_verdict=1, rejected_verdict=0,
    )  # fmt: skip
    page = str(
        h.div[
            task_drawing(shown, truth=True),
            conversation(shown, [pair]),
            tree_drawing(shown, [pair]),
            pair_drawing(pair, shown),
        ]
    )
    page.encode()
    found = Page(page)
    allowed = "div section h3 h4 details summary dl dt dd ol ul li header a span b aside article p del ins "
    assert found.names <= {*allowed.split(), "svg", "path", "rect", "text", "circle", "title"}
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "style"]
    assert all(value.startswith("#turn-") for name, value in found.attributes if name in ("href", "src"))
    assert len(page) < 400_000
    assert not re.search("[\x00-\x08\x1b\u202a-\u202e\u2066-\u2069]", page)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_a_text_is_shown_whole_with_nothing_hidden_in_it(text):
    page = str(said(text))
    Page(page)
    page.encode()


@given(st.text("ab c.", max_size=40), st.text("ab c.", max_size=40))
def test_a_difference_holds_both_texts(old, new):
    parts = compared(old, new)
    assert "".join(text for what, text in parts if what != "new") == old
    assert "".join(text for what, text in parts if what != "gone") == new


def test_a_difference_of_very_long_texts_is_found_at_once():
    old = " ".join(f"word{number % 7}" for number in range(100_000))
    assert ("new", "XX") in compared(old, old + "XX") or "XX" in str(difference(old, "XX " + old))


@given(st.lists(st.integers(0, 30), max_size=60))
@settings(deadline=None)
def test_nodes_of_a_tree_never_overlap_and_children_stand_to_the_right(parents):
    events = [
        event(f"n{i}", f"n{p % (i + 1)}" if i and p % (i + 1) != i else "e") for i, p in enumerate(parents)
    ]
    nodes = read(episode(events))
    places, rows, columns = _layout(nodes)
    assert len({(column, round(row * _LARGE.down)) for column, row in places.values()}) == len(nodes)
    for column in range(columns):
        tops = sorted(row for one, row in places.values() if one == column)
        assert all(after - before >= 1 - 1e-9 for before, after in pairwise(tops))
    for name, node in nodes.items():
        assert node.parent is None or places[name][0] == places[node.parent][0] + 1
    assert all(0 <= row < rows for _, row in places.values())


def test_a_conversation_of_thousands_of_turns_is_drawn():
    events = [event(f"n{i}", f"n{i - 1}" if i else "e", answer={"text": f"{i}"}) for i in range(3000)]
    assert str(tree_drawing(episode(events))).count("<rect") == 3000


@pytest.mark.parametrize("name", ["socratic-math", "tree-instruct", "spar", "alpaca-farm"])
def test_every_turn_of_a_scenario_is_in_its_drawings(name):
    scenario = catalogue.load(name)
    for seed in range(3):
        played = asyncio.run(play(scenario, scenario.world.generate(seed, seed), seed=seed))
        records = list(scenario.records(played))
        nodes = read(played, records)
        drawn = [one.id for node in nodes.values() for one in (node.event, *node.votes)]
        assert sorted(drawn) == sorted(one.id for one in played.events)
        talk, tree = str(conversation(played, records)), str(tree_drawing(played, records))
        assert all(f'id="turn-{one.id}"' in talk for one in played.events)
        assert all(f'data-turn="{one}"' in tree for one in nodes)
        Page(talk + tree)


def test_votes_colour_their_candidate_and_the_chosen_path_is_marked():
    scenario = catalogue.load("spar")
    played = asyncio.run(play(scenario, scenario.world.generate(0, 1), seed=5))
    nodes = read(played, list(scenario.records(played)))
    values = played.notes["values"]
    assert {name for name in nodes if nodes[name].value is not None} == set(values)
    for name, value in values.items():
        votes = [verdict(vote) for vote in nodes[name].votes]
        assert not votes or sum(map(bool, votes)) / len(votes) == value
        assert nodes[name].good is (value > 0.5)
    chosen = [name for name, node in nodes.items() if node.chosen]
    assert chosen[0] == played.notes["root"]
    assert chosen[-1] == played.notes["best"]


def test_scores_on_a_scale_of_their_own_are_no_verdicts_and_shares_of_votes_are_held_against_the_gate():
    scored = read(
        episode([event("a", "e"), event("b", "e")], notes={"values": {"a": 5.26, "b": 0.9}, "best": "a"})
    )
    assert [(node.value, node.good) for node in scored.values()] == [(5.26, None), (0.9, None)]
    votes = [
        event(f"v{place}", "a", "refiner.judge", answer={"verdict": said})
        for place, said in enumerate(("yes", "yes", "no"))
    ]
    notes = {"values": {"a": 2 / 3}}
    voted = episode([event("a", "e"), *votes], notes=notes)
    assert read(voted)["a"].good is True
    assert read(voted.model_copy(update={"parameters": {"gate": 0.7}}))["a"].good is False


def test_the_truth_about_a_pair_says_of_which_turn_and_of_which_side_it_is():
    scenario = catalogue.load("spar")
    played = asyncio.run(play(scenario, scenario.world.generate(0, 1), seed=5))
    pair = next(one for one in scenario.records(played) if isinstance(one, Pair))
    decisions = list(scenario.decisions(played))
    page = str(pair_drawing(pair, played, decisions))
    rows = re.findall(r'<tr class="(?:good|bad)"><td>(rejected|chosen)</td><td><a href="#turn-([^"]+)"', page)
    parents = {one.id: one.parent for one in played.events}
    ends = {pair.rejected_event: "rejected", pair.chosen_event: "chosen"}
    assert rows
    assert rows == sorted(rows, key=lambda row: row[0] == "chosen")
    assert all(side == ends.get(turn, ends.get(parents[turn])) for side, turn in rows)
    about = [one.event for one in decisions if one.event in ends or parents[one.event] in ends]
    assert sorted(about) == sorted(turn for _, turn in rows)


@pytest.mark.parametrize("name", ["socratic-math", "tree-instruct", "spar", "decrim", "tapir"])
def test_no_edge_of_a_graph_runs_through_a_node(name):
    edges = [(one.source, one.target) for one in assemble(catalogue.load(name)).compiled.get_graph().edges]
    page = str(graph_drawing(sorted(edges, key=lambda edge: edge[0] != "__start__"), ["draft"]))
    nodes = [tuple(map(int, one)) for one in re.findall(r"translate\((\d+) (\d+)\)", page)]
    wide, high = map(int, re.search(r'<rect width="(\d+)" height="(\d+)"', page).groups())
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)" role', page).groups())
    assert all(x + wide < width and 0 < y < height - high for x, y in nodes)
    drawn = re.findall(r'd="M(\d+) (\d+)H(\d+)V(\d+)H(\d+)V(\d+)H(\d+)m', page)
    assert len(drawn) + len(re.findall(r'd="M\d+ \d+C', page)) == len(set(edges))
    for found in drawn:
        x, y, out, lane, into, end, to = map(int, found)
        corners = [(x, y), (out, y), (out, lane), (into, lane), (into, end), (to, end)]
        assert 0 < lane < height
        for (left, top), (right, low) in pairwise(corners):
            for at, down in nodes:
                apart = max(left, right) <= at or min(left, right) >= at + wide
                assert apart or max(top, low) <= down or min(top, low) >= down + high


def test_the_style_sheet_has_both_lights():
    assert "prefers-color-scheme: dark" in stylesheet()


def test_a_long_conversation_shows_what_was_chosen_and_says_what_it_leaves_out():
    events = [event("0", "e", answer={"text": "root"})]
    events += [event(str(n), str(n - 1), answer={"text": f"turn {n}"}) for n in range(1, 50)]
    shown = episode(events, notes={"values": {str(n): 0.5 for n in range(50)}, "best": "49", "root": "0"})
    page = str(h.div[conversation(shown, most=10)])
    assert page.count('<li class="turn') == 10
    assert "10 of 50 turns" in page
    assert str(h.div[conversation(shown)]).count('<li class="turn') == 50
