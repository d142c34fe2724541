"""What a notebook shows of an episode, a tree and a pair: HTML and text, drawn by whoever is installed, harmless."""

import asyncio
from html.parser import HTMLParser

import pytest
import toy
from hostile_report import HOSTILE

pytest.importorskip("htpy")

from maieutic import Pair, Tree, display, tree
from maieutic.agents import Program
from maieutic.scenarios import catalogue, play


@pytest.fixture(scope="module")
def refined():
    scenario = catalogue.load("spar")
    episode = asyncio.run(play(scenario, scenario.world.generate(0, 4), seed=4))
    return episode, [record for record in scenario.records(episode) if isinstance(record, Pair)]


def shown(value):
    """As IPython asks for it."""
    formatters = pytest.importorskip("IPython.core.formatters")
    found, _ = formatters.DisplayFormatter().format(value)
    return found


def well_formed(html):
    """The tags of a piece of HTML, all of which are closed."""
    tags, standing = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.append((tag, dict(attrs)))
            standing.append(tag)

        def handle_endtag(self, tag):
            assert standing.pop() == tag

    Reader().feed(html)
    assert standing == []
    return tags


def test_an_episode_a_tree_and_a_pair_have_html_and_text_in_a_notebook(refined):
    episode, pairs = refined
    for value, words, element in (
        (episode, "actor.respond", "svg"),
        (tree(episode.id, episode.events), "actor.respond", "svg"),
        (pairs[0], "pair (prefer)", "article"),
    ):
        found = shown(value)
        assert words in found["text/plain"]
        tags = well_formed(found["text/html"])
        assert element in {tag for tag, _ in tags}
        assert "script" not in {tag for tag, _ in tags}
        assert "<style>@scope" in found["text/html"], "styles reach nothing else in the notebook"
    assert f"Pairs: {len(pairs)}" in shown(episode)["text/html"]


def test_a_part_that_was_cut_out_of_a_tree_is_shown_too(refined):
    episode, _ = refined
    whole = tree(episode.id, episode.events)
    part = whole.subgraph([event.id for event in episode.events[5:20]])
    assert isinstance(part, Tree)
    tags = well_formed(shown(part)["text/html"])
    drawn = {attributes["data-turn"] for tag, attributes in tags if "data-turn" in attributes}
    assert drawn
    assert drawn <= set(part)


def test_a_dialogue_with_hostile_words_is_shown_as_words():
    cast = {"teacher": Program("hostile", {"teacher.ask": lambda view: {"text": HOSTILE}})}
    episode = asyncio.run(play(toy.SCENARIO, toy.SCENARIO.world.generate(0, 1), cast=cast))
    found = shown(episode)
    tags = well_formed(found["text/html"])
    assert not {tag for tag, _ in tags} & {"script", "img"}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "\x1b" not in found["text/plain"] + found["text/html"]


def test_a_long_episode_is_cut_in_words_and_whole_in_the_tree(refined):
    from maieutic.traces.html import cell

    episode, _ = refined
    drafts = [e for e in episode.events if e.role == "actor.respond"]
    many = tuple(drafts[0].model_copy(update={"id": f"turn{n}", "parent": episode.id}) for n in range(500))
    html = cell.tree_cell(episode.model_copy(update={"events": many}))
    assert html.count("data-turn") == 500
    html = shown(episode.model_copy(update={"events": many, "notes": {}}))["text/html"]
    assert "and 300 more" in html
    assert html.count("<li") == cell.MOST


def test_without_a_drawing_a_value_is_shown_as_python_shows_it(refined, monkeypatch):
    episode, _ = refined
    monkeypatch.setattr(display, "_drawn_by", dict)
    assert episode._repr_mimebundle_() == {"text/plain": repr(episode)}
