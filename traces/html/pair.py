"""Pair: chosen beside rejected with the difference marked, the votes that decided, and the truth where it is known.

Knows nothing of where pairs are kept or who has looked at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import htpy as h

from maieutic import Episode, Pair
from maieutic.scenarios import Decision
from maieutic.traces.html.reading import read
from maieutic.traces.html.talk import vote_line
from maieutic.traces.html.text import facts, said, shown
from maieutic.traces.html.tree import Link, anchor
from maieutic.traces.html.words import difference, near


def pair_drawing(
    pair: Pair, episode: Episode, decisions: Iterable[Decision] = (), *, link: Link = anchor
) -> h.Element:
    """A pair.

    Args:
        pair: the pair.
        episode: what it was drawn from.
        decisions: of the episode, those that can be held against the truth.
        link: where a turn is shown in full.
    """
    return h.article(".pair")[
        h.details(".prompt")[
            h.summary["prompt"], [[h.h3[message.role], said(message.content)] for message in pair.prompt]
        ],
        h.section(".changed")[
            h.h3["from rejected to chosen"],
            difference(pair.rejected, pair.chosen)
            if near(pair.rejected, pair.chosen)
            else h.p(".dim")["The two have little in common."],
        ],
        h.div(".sides")[
            _side("rejected", pair.rejected, pair.rejected_verdict, pair.rejected_event, episode, link),
            _side("chosen", pair.chosen, pair.chosen_verdict, pair.chosen_event, episode, link),
        ],
        _truth(pair, episode, decisions, link),
        facts(pair.meta, 300),
    ]


def _side(what: str, text: str, value: float, event: str, episode: Episode, link: Link) -> h.Element:
    node = read(episode).get(event)
    return h.section(f".side.{what}")[
        h.header[
            h.h3[what],
            h.span(".value")[f"{value:.2f}"],
            h.a(".role", href=link(event))["turn"],
        ],
        said(text),
        node is not None
        and bool(node.votes)
        and h.ul(".votes")[[vote_line(vote, link) for vote in node.votes]],
    ]


def _truth(pair: Pair, episode: Episode, decisions: Iterable[Decision], link: Link) -> h.Node:
    ends = {pair.rejected_event: "rejected", pair.chosen_event: "chosen"}
    about = ends | {event.id: ends[event.parent] for event in episode.events if event.parent in ends}
    known = sorted(
        (one for one in decisions if one.event in about), key=lambda one: about[one.event] == "chosen"
    )
    return bool(known) and truth_table(known, episode, link=link, about=about)


def truth_table(
    decisions: Iterable[Decision], episode: Episode, *, link: Link = anchor, about: Mapping[str, str] = {}
) -> h.Element:
    """What was said beside what was true.

    Args:
        decisions: the rows.
        episode: what they were made in.
        link: where a turn is shown in full.
        about: event id -> what its row is about, such as the chosen side of a pair.
    """
    roles = {event.id: event.role for event in episode.events}
    return h.div(".scroll", tabindex="0", role="group", aria_label="Decisions and the truth")[
        h.table(".truth")[
            h.thead[
                h.tr[
                    bool(about) and h.th["about"],
                    [h.th[name] for name in ("turn", "decision", "said", "true", "it was")],
                ]
            ],
            h.tbody[
                [
                    h.tr(class_="good" if one.said == one.true else "bad")[
                        bool(about) and h.td[about.get(one.event, "")],
                        h.td[
                            h.a(href=link(one.event), data_turn=one.event)[shown(roles[one.event], 80)]
                            if one.event in roles
                            else "the episode"
                        ],
                        h.td[shown(one.kind, 80)],
                        h.td["yes" if one.said else "no"],
                        h.td["yes" if one.true else "no"],
                        h.td["right" if one.said == one.true else "wrong"],
                    ]
                    for one in decisions
                ]
            ],
        ]
    ]
