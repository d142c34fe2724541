"""Episode: one episode as a conversation, a tree, a time line and a table of beliefs, with any turn in full.

Knows nothing of lists. A turn's panel is a page of its own for who has no script, and is put into the episode's page
for who has.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import htpy as h

from maieutic import Episode, Event, Pair, RunError, seed_of
from maieutic.agents import Turn
from maieutic.agents.models.messages import messages
from maieutic.runs import waiting
from maieutic.scenarios import Decision
from maieutic.traces.html import (
    Node,
    Span,
    before,
    belief_table,
    conversation,
    difference,
    duration,
    facts,
    graph_drawing,
    pair_drawing,
    plain,
    read,
    said,
    shown,
    task_drawing,
    timeline,
    tree_drawing,
    truth_table,
    verdict,
    vote_line,
)
from maieutic.traces.html.tree import Link
from maieutic.traces.view.drawn import Drawn, draw
from maieutic.traces.view.episodes_page import asked, query_of
from maieutic.traces.view.layout import Site, page, url
from maieutic.traces.view.query import beside
from maieutic.traces.view.runs_pages import edges
from maieutic.traces.view.shelf import OpenRun

_WHOLE = 30_000  # characters shown of one text in a turn's panel
_TURNS = 100  # turns of one conversation; the tree has them all


def episode_page(site: Site, slug: str, name: str, given: Mapping[str, str]) -> h.Element:
    """One episode, and one of its turns in full where the address names it."""
    run = site.shelf.run(slug)
    place, episode, ended = run.episode(name)
    query = query_of(given)
    kept = asked(query)
    earlier, later = beside(run.index, query, place)
    drawn = draw(run.company, episode) if ended else Drawn()
    records, decisions, pairs = drawn.records, drawn.decisions, drawn.pairs
    focus = given.get("turn") or None
    link = turn_link(run, place)
    nodes = read(episode, records)
    as_tree = "head" not in episode.notes
    spans = _spans(run, place, episode)
    belief = belief_table(episode, link=link)
    return page(
        site,
        f"{slug}: episode {place}",
        [
            h.nav(".pager", aria_label="Episodes")[
                _step(run, earlier, kept, "← previous", "["),
                h.a(href=url("run", slug, "episodes", **kept))["list"],
                _step(run, later, kept, "next →", "]"),
            ],
            h.h1["Episode ", str(place), ": ", shown(episode.task.id, 120)],
            h.div("#ending", data_live=True)[_ending(run, place, episode, ended)],
            drawn.problem is not None and h.p(".problem")[shown(drawn.problem, 600)],
            h.details(".section", open=True)[h.summary[h.h2["Task"]], task_drawing(episode, truth=True)],
            h.div(".episode")[
                h.section(".tree-part", aria_label="Tree")[
                    h.h2["Tree" if as_tree else "Course"],
                    h.p(".legend")[_LEGEND],
                    h.div("#tree", data_live=True)[tree_drawing(episode, records, link=link, focus=focus)],
                ],
                h.section("#turn", {"aria-live": "polite", "aria-label": "Turn"})[
                    bool(focus) and turn_panel(run, place, episode, nodes, focus or "")
                ],
                h.section(".turns", aria_label="Turns")[
                    h.h2["Turns"],
                    h.div("#talk", data_live=True)[
                        conversation(
                            episode,
                            records,
                            link=link,
                            focus=focus,
                            most=None if given.get("all") == "1" else _TURNS,
                        )
                    ],
                    len(nodes) > _TURNS
                    and given.get("all") != "1"
                    and h.p[h.a(href=url("run", slug, "episode", place, all=True))["show all turns"]],
                ],
            ],
            bool(belief) and h.section[h.h2["What was so, and what was believed"], belief],
            bool(spans) and h.section[h.h2["Calls over time"], timeline(spans, link=link, focus=focus)],
            bool(pairs)
            and h.section[h.h2["Pairs"], [_pair(run, place, one, episode, decisions, link) for one in pairs]],
            bool(decisions)
            and h.details(".section")[
                h.summary[h.h2["Decisions and the truth"]], truth_table(decisions, episode, link=link)
            ],
            h.p[
                h.a(href=url("run", slug, "episode", place, "json"), download=f"{episode.id}.json")[
                    "the whole episode as JSON"
                ]
            ],
        ],
        here="Runs",
        run=run,
        tab="Episodes",
        live=[] if ended else [run],
    )


_LEGEND = "✓ accepted, ✗ not accepted, ! unusable; dots and crosses are votes; #1 was expanded first; the thick way leads to what was chosen. Click a turn, here or by its role's name, to see all there is to it."


def turn_link(run: OpenRun, place: int) -> Link:
    """Where the turns of an episode are shown in full."""
    base = url("run", run.slug, "episode", place)  # once, since a tree has thousands of turns
    return lambda event: f"{base}?turn={quote(event, safe='')}#turn"


def turn_fragment(site: Site, slug: str, name: str, turn: str) -> h.Element:
    """A turn's panel alone, to be put into the page of its episode."""
    run = site.shelf.run(slug)
    place, episode, ended = run.episode(name)
    records = draw(run.company, episode).records if ended else ()
    return turn_panel(run, place, episode, read(episode, records), turn)


def turn_panel(run: OpenRun, place: int, episode: Episode, nodes: Mapping[str, Node], turn: str) -> h.Element:
    """All there is to one turn.

    Raises:
        RunError: the episode has no such turn.
    """
    events = {event.id: event for event in episode.events}
    event = events.get(turn)
    if event is None:
        raise RunError(f"episode {place} has no turn {turn!r}")
    node, link = nodes.get(turn), turn_link(run, place)
    source = before(nodes, turn)
    found = run.shown(episode.id)
    view = found.turns.get(turn)
    text = event.answer.get("text")
    rest = {name: value for name, value in event.answer.items() if name != "text"}
    good = {True: "✓", False: "✗", None: ""}[node.good if node else verdict(event)]
    return h.div(".panel")[
        h.div(".panel-head")[
            h.div[
                h.h2[shown(event.role, 80), " ", h.span(".sign")[good]],
                h.span(".dim")[shown(event.agent, 120)],
            ],
            h.a(".close", href=url("run", run.slug, "episode", place), data_close=True)["close"],
        ],
        isinstance(text, str) and said(text, _WHOLE),
        facts(rest, _WHOLE),
        event.invalid is not None and h.div(".problem")[h.b["unusable: "], shown(event.invalid, 2000)],
        _private(event),
        source is not None
        and isinstance(text, str)
        and h.details(open=True)[
            h.summary["What it changed"],
            h.p(".dim")["in the ", h.a(href=link(source.id), data_turn=source.id)["turn above"]],
            difference(str(source.answer.get("text", "")), text),
        ],
        node is not None
        and bool(node.votes)
        and h.details(open=True)[
            h.summary[f"{len(node.votes)} votes"],
            h.ul(".votes")[[vote_line(vote, link) for vote in node.votes]],
        ],
        _raw(event),
        _view(view, found.problem, turn in found.unlike),
        event.memory is not None
        and h.details[
            h.summary["What it remembered", " (its true state)" * _simulated(event)], facts(event.memory)
        ],
        h.details(open=True)[h.summary["Facts"], _facts(run, place, episode, event, link)],
        _node_in_focus(run, event),
    ]


def _simulated(event: Event) -> bool:
    return event.agent.startswith("simulated")


def _private(event: Event) -> h.Node:
    values = {name: value for name, value in event.private.items() if value not in (None, "")}
    return (
        bool(values)
        and h.div(".private", role="group", aria_label="Private")[
            h.span(".label")["private: no other player sees it"], facts(values, _WHOLE)
        ]
    )


def _raw(event: Event) -> h.Node:
    if event.raw is None:
        return None
    return h.details[h.summary["Raw reply"], h.pre(".said", dir="auto")[shown(event.raw, _WHOLE)]]


def _view(view: Turn | None, problem: str | None, unlike: bool) -> h.Node:
    if view is None:
        why = problem or "this turn is not taken when the episode is played again"
        return h.p(".dim")["What the player was shown cannot be found again: ", shown(why, 600)]
    return [
        unlike and h.p(".problem")["The player would be shown something else now than was recorded."],
        h.details[
            h.summary["What the player was shown"],
            [
                h.div(".field")[h.h3[shown(name, 80)], said(_spelled(value), _WHOLE)]
                for name, value in view.view.items()
            ],
        ],
        h.details[
            h.summary["The filled-in prompt"],
            h.p(".dim")["As a language model in this seat would be told it."],
            [
                h.div(".field")[h.h3[str(message["role"])], said(plain(message["content"]), _WHOLE)]
                for message in messages(view.role, view.view)
            ],
        ],
    ]


def _spelled(value: object) -> str:
    if (
        isinstance(value, list)
        and value
        and all(isinstance(one, dict) and set(one) == {"speaker", "text"} for one in value)
    ):
        return "\n".join(f"{one['speaker']}: {one['text']}" for one in value)
    return plain(value)


def _facts(run: OpenRun, place: int, episode: Episode, event: Event, link: Link) -> h.Element:
    with run.journal() as journal:
        ended, took = journal.times(place).get(event.id, (0.0, 0.0))
    usage = event.usage
    above = next((one for one in episode.events if one.id == event.parent), None)
    known: list[tuple[str, h.Node]] = [
        ("turn", f"{episode.events.index(event) + 1} of {len(episode.events)}"),
        (
            "answers",
            h.a(href=link(above.id), data_turn=above.id)[shown(above.role)]
            if above
            else "the episode's task",
        ),
        ("tokens", f"{usage.prompt_tokens:,} read, {usage.completion_tokens:,} written"),
        ("calls", f"{usage.calls:,}"),
        ("took", duration(took) if took else "nothing"),
        ("journal", "taken in this run" if took else "found in an earlier run, not taken again"),
        ("kept", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(ended)) if ended else "-"),
        ("seed", str(seed_of(episode.seed, event.id))),
        ("id", h.code[event.id]),
        ("key", h.code[event.key]),
    ]
    return h.dl(".facts")[[h.div[h.dt[name], h.dd[value]] for name, value in known]]


def _node_in_focus(run: OpenRun, event: Event) -> h.Node:
    if run.company is None:
        return None
    graph = run.company.scenario.graph(run.company.parameters)
    here = [
        name for name, node in graph.nodes.items() if str((node.metadata or {}).get("role")) == event.role
    ]
    source = run.company.compiled.get_graph().draw_mermaid()
    for name in here:
        source = source.rstrip() + f"\n\tclass {name} focus\n"
    focused = source.rstrip() + "\n\tclassDef focus stroke-width:4px" if here else source
    return h.details[
        h.summary["Where in the graph"],
        graph_drawing(edges(run), here),
        h.details[h.summary["Mermaid source"], h.pre[focused]],
    ]


def _ending(run: OpenRun, place: int, episode: Episode, ended: bool) -> h.Node:
    if not ended:
        status = run.status
        going = status is not None and status.state in ("running", "draining")
        return h.p[
            h.span(".state.good" if going else ".state.asks")["being played" if going else "not ended"],
            f" {len(episode.events)} turns so far; what comes shows by itself",
            [
                [
                    "; ",
                    h.a(href=url("waiting", run.slug, one.question.turn))[
                        "answer ", shown(one.question.role, 80)
                    ],
                ]
                for one in waiting(run.folder)
                if one.place == place
            ],
        ]
    usage = episode.usage
    return [
        h.p[
            "stopped: ",
            h.span(f".stop.stop-{episode.stop.value}")[episode.stop.value],
            h.span(".dim")[
                f"  {len(episode.events)} turns, {usage.calls:,} calls, "
                f"{usage.prompt_tokens + usage.completion_tokens:,} tokens, seed {episode.seed}"
            ],
        ],
        episode.failure is not None and h.p(".problem")[shown(episode.failure, 1000)],
        bool(episode.scores)
        and h.ul(".scores")[
            [
                h.li[h.span(".dim")[shown(name, 60)], " ", h.b[f"{value:.3g}"]]
                for name, value in sorted(episode.scores.items())
            ]
        ],
    ]


def _spans(run: OpenRun, place: int, episode: Episode) -> list[Span]:
    with run.journal() as journal:
        times = journal.times(place)
    return [
        Span(
            event.id,
            event.role,
            event.seat,
            times[event.id][0] - times[event.id][1],
            times[event.id][1],
            reused=not times[event.id][1],
        )
        for event in episode.events
        if event.id in times
    ]


def _step(run: OpenRun, place: int | None, kept: Mapping[str, object], name: str, key: str) -> h.Element:
    if place is None:
        return h.span(".dim")[name]
    return h.a(href=url("run", run.slug, "episode", place, **kept), data_key=key)[name]


def _pair(
    run: OpenRun, place: int, pair: Pair, episode: Episode, decisions: Sequence[Decision], link: Link
) -> h.Node:
    target = url("run", run.slug, "pair", place, pair.chosen_event, pair.rejected_event)
    return [pair_drawing(pair, episode, decisions, link=link), h.p[h.a(href=target)["review this pair"]]]


def episode_json(site: Site, slug: str, name: str) -> bytes:
    """The whole episode."""
    _, episode, _ = site.shelf.run(slug).episode(name)
    return json.dumps(episode.model_dump(mode="json"), indent=1, sort_keys=True).encode()
