"""Notebook: an episode, a tree or a pair as a cell's output: the drawings as HTML, and the terminal's view as text.

Knows nothing of kernels. Without the extra `view` there is only the text.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from maieutic import Episode, Event, MaieuticError, Pair, Stop, Task
from maieutic.scenarios import assemble, catalogue
from maieutic.traces.text import episode_view, pair_view, tree_view
from maieutic.traces.view.drawn import Drawn, draw
from maieutic.tree import Tree

WIDTH = 100  # characters of a line of text

Bundle = dict[str, Any]  # MIME type -> representation


def episode_bundle(episode: Episode) -> Bundle:
    """An episode: its task, its tree, what was said, and its pairs where its scenario is installed."""
    drawn = _drawn(episode)
    found = {"text/plain": _text(episode_view(episode, drawn.records))}
    if (cell := _cells()) is not None:
        found["text/html"] = cell.episode_cell(episode, drawn)
    return found


def pair_bundle(pair: Pair) -> Bundle:
    """A pair: the difference, and chosen beside rejected."""
    found = {"text/plain": _text(pair_view(pair))}
    if (cell := _cells()) is not None:
        found["text/html"] = cell.pair_cell(pair, _stub(pair.episode, ()))
    return found


def tree_bundle(graph: Tree) -> Bundle:
    """A tree of turns, or a part that was cut out of one: what hung under a turn that is not there hangs at the top."""
    turns: dict[str, Event | None] = {name: facts.get("event") for name, facts in graph.nodes.items()}
    root = next((name for name, event in turns.items() if event is None), "tree")
    events: dict[str, Event] = {}
    for name, event in turns.items():
        if event is not None:
            events[name] = event if event.parent in events else event.model_copy(update={"parent": root})
    episode = _stub(root, tuple(events.values()))
    found = {"text/plain": _text(tree_view(episode))}
    if (cell := _cells()) is not None:
        found["text/html"] = cell.tree_cell(episode)
    return found


def _stub(name: str, events: tuple[Event, ...]) -> Episode:
    """An episode of which only the turns are known."""
    task = Task(id=name, world="", fields={})
    return Episode(
        id=name, scenario="", parameters={}, task=task, cast={}, seed=0, events=events, stop=Stop.ACCEPTED
    )


def _drawn(episode: Episode) -> Drawn:
    try:
        company = assemble(catalogue.load(episode.scenario), parameters=episode.parameters)
    except MaieuticError as error:
        return Drawn(problem=str(error))
    return draw(company, episode)


def _text(shown: RenderableType) -> str:
    screen = StringIO()
    Console(file=screen, width=WIDTH, color_system=None).print(shown)
    return screen.getvalue().rstrip("\n")


def _cells() -> Any:
    """The module that makes HTML; None where htpy is not installed."""
    try:
        from maieutic.traces.html import cell
    except ModuleNotFoundError as error:
        if error.name != "htpy":
            raise
        return None
    return cell
