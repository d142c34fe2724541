"""Cell: a drawing as the output of a notebook's cell: no script, and styles that reach nothing else in the notebook.

Knows nothing of kernels.
"""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import islice

import htpy as h
from markupsafe import Markup

from maieutic import Episode, Pair
from maieutic.traces.html.belief import belief_table
from maieutic.traces.html.pair import pair_drawing
from maieutic.traces.html.reading import read
from maieutic.traces.html.talk import talk_lines, task_drawing
from maieutic.traces.html.text import shown
from maieutic.traces.html.tree import tree_drawing
from maieutic.traces.view.drawn import Drawn

MOST = 200  # turns shown in words; the tree has them all


def episode_cell(episode: Episode, drawn: Drawn) -> str:
    """An episode: task, tree, turns, beliefs, pairs."""
    nodes = read(episode, drawn.records)
    lines = islice(talk_lines(nodes, only=set(islice(nodes, MOST))), MOST)
    scores = ", ".join(f"{name} {value:.3g}" for name, value in sorted(episode.scores.items()))
    belief = belief_table(episode)
    return _cell(
        h.p[
            h.b[shown(episode.scenario, 80)],
            " ",
            shown(episode.task.id, 120),
            h.span(".dim")[
                f" stopped: {episode.stop.value}; {len(episode.events)} turns; ", shown(scores, 1000)
            ],
        ],
        episode.failure is not None and h.p(".problem")[shown(episode.failure, 600)],
        task_drawing(episode),
        tree_drawing(episode, drawn.records),
        h.details(open=True)[
            h.summary["Turns"],
            h.ol(".talk")[list(lines)],
            len(nodes) > MOST
            and h.p(".dim")[f"and {len(nodes) - MOST:,} more; `maieutic view` shows all of them"],
        ],
        belief is not None and h.details[h.summary["What was so, and what was believed"], belief],
        bool(drawn.pairs)
        and h.details[
            h.summary[f"Pairs: {len(drawn.pairs)}"],
            [pair_drawing(one, episode, drawn.decisions) for one in drawn.pairs],
        ],
    )


def tree_cell(episode: Episode) -> str:
    """The turns as a tree."""
    return _cell(tree_drawing(episode))


def pair_cell(pair: Pair, episode: Episode) -> str:
    """A pair, without the votes that decided where its episode is not known."""
    return _cell(h.p(".dim")[shown(f"{pair.purpose}, task {pair.task}", 200)], pair_drawing(pair, episode))


_OWN = """
:scope { background: var(--paper); color: var(--ink); padding: 0.6em 0.9em; border-radius: 8px; font: 14px/1.5 system-ui, sans-serif; }
.tree-frame { max-height: 34em; }
summary { cursor: pointer; margin: 0.6em 0; }
a { color: var(--accent); }
"""


def _cell(*parts: h.Node) -> str:
    sheet = files("maieutic.traces.html").joinpath("drawings.css").read_text(encoding="utf-8")
    styles = (
        f"@scope {{\n{re.sub(r':root', ':scope', sheet)}{_OWN}}}"  # of the element that the styles stand in
    )
    return "".join(h.div(".maieutic-cell")[h.style[Markup(styles)], parts].iter_chunks())
