"""Runs: the list of runs, and one run: its ledger, cast, parameters, measures and graph.

Knows nothing of single episodes.
"""

from __future__ import annotations

from typing import Any

import htpy as h

from maieutic import RunError
from maieutic.runs import DROPPED, Status, wilson
from maieutic.traces.html import duration, graph_drawing, line, plain, shown
from maieutic.traces.view.layout import Site, page, share, table, url, worded
from maieutic.traces.view.shelf import OpenRun


def runs_page(site: Site, scenario: str = "") -> h.Element:
    """All runs."""
    readable = site.shelf.readable()
    runs, broken = (
        list(readable.values()),
        [run for slug, run in site.shelf.runs().items() if slug not in readable],
    )
    names = sorted({str(run.manifest["scenario"]) for run in runs})
    chosen = [run for run in runs if scenario in ("", run.manifest["scenario"])]
    return page(
        site,
        "Runs",
        [
            h.h1["Runs"],
            len(names) > 1
            and h.nav(".chips", aria_label="Scenarios")[
                [
                    h.a({"aria-current": "true"} if name == scenario else {}, href=url(scenario=name))[
                        shown(name or "all")
                    ]
                    for name in ("", *names)
                ]
            ],
            table(
                ["run", "scenario", "tasks", "seed", "episodes", "stopped", "state"],
                [_line(run) for run in chosen],
                label="Runs",
                numbers=(3, 4),
                id="runs",
                names=["", "", "tasks", "seed", "episodes", "stopped", ""],
            ),
            [
                h.p(".problem", role="alert")[h.b[shown(run.slug)], ": ", shown(run.problem or "", 600)]
                for run in broken
            ],
        ],
        here="Runs",
        live=chosen,
    )


def _line(run: OpenRun) -> list[h.Node]:
    stops = run.index.measures().stops
    return [
        h.a(".row-link", href=url("run", run.slug))[shown(run.slug)],
        shown(str(run.manifest["scenario"])),
        shown(line(str(run.manifest.get("tasks", "")), 60)),
        str(run.manifest.get("seed", "")),
        f"{run.index.count()[0]:,}",
        ", ".join(f"{name} {count:,}" for name, count in sorted(stops.items())),
        state(run),
    ]


def state(run: OpenRun) -> h.Element:
    """Whether a run is going on."""
    if run.problem:
        return h.span(".state.bad")["damaged"]
    status = run.status
    if status is None:
        return h.span(".state")["at rest"]
    if status.state in ("running", "draining"):
        ended = status.done + sum(status.dropped.values())
        return h.span(".state.good")[f"{status.state}, {ended:,} of {status.asked:,}"]
    if status.waiting:
        return h.span(".state.asks")[f"{status.waiting:,} wait for people"]
    if status.missing:
        return h.span(".state.asks")[f"{status.state}, {status.missing:,} missing"]
    return h.span(".state")[status.state]


def run_page(site: Site, slug: str) -> h.Element:
    """One run."""
    run = site.shelf.run(slug)
    return page(
        site,
        slug,
        [
            h.h1[shown(slug)],
            h.div("#ledger", data_live=True)[_ledger(run)],
            h.div(".columns")[
                h.section[h.h2["Cast"], _cast(run)],
                h.section[h.h2["Parameters"], _parameters(run)],
            ],
            h.section("#measures.measures", data_live=True)[h.h2["Measures"], _measures(run)],
            _graph(run),
        ],
        here="Runs",
        run=run,
        tab="Overview",
        live=[run],
    )


def _ledger(run: OpenRun) -> h.Node:
    entered, undrawn = run.index.count()
    measures = run.index.measures()
    dropped = sum(measures.stops[stop.value] for stop in DROPPED)
    status = run.status
    ended = status.done + sum(status.dropped.values()) if status else entered
    going = status is not None and status.state in ("running", "draining")
    flying = run.in_flight() if status is None or status.missing else []
    calls, tokens = run.index.costs()
    cells: list[tuple[str, h.Node]] = [
        ("asked", f"{status.asked:,}" if status else "not written down"),
        ("done", f"{entered - dropped:,}"),
        ("dropped", f"{dropped:,}"),
        ("waiting", f"{status.waiting:,}" if status else "-"),
        ("missing", f"{status.missing:,}" if status else "-"),
        ("turns", f"{measures.turns:,}"),
        ("calls", f"{calls:,}"),
        ("tokens", f"{tokens:,}"),
    ]
    return [
        h.p[state(run), f" {_tasks(run)}"],
        status is not None
        and [
            h.progress(value=str(ended), max=str(max(status.asked, 1)), aria_label="Episodes ended"),
            h.p(".dim")[_pace(status)],
        ],
        h.dl(".numbers")[[h.div[h.dt[name], h.dd[value]] for name, value in cells]],
        entered < ended and h.p(".dim")[f"{entered:,} of {ended:,} episodes are in the index so far."],
        bool(flying)
        and h.p[
            f"{'Being played' if going else 'Begun, not ended'}: ",
            [[h.a(href=url("run", run.slug, "episode", place))[str(place)], " "] for place in flying[:40]],
        ],
        undrawn > 0
        and run.company is not None
        and h.p(".dim")[f"Records and decisions of {undrawn:,} episodes are still to be counted."],
    ]


def _pace(status: Status) -> str:
    if status.state not in ("running", "draining"):
        return f"The last session took {duration(status.seconds)}, {status.turns_taken:,} turns taken, {status.turns_found:,} found."
    left = "" if status.seconds_left is None else f", about {duration(status.seconds_left)} to go"
    return f"{status.in_flight} episodes in flight, {status.turns_per_second:.1f} turns a second{left}"


def _tasks(run: OpenRun) -> str:
    """Tasks and seed of a run in words."""
    return f"tasks: {line(str(run.manifest.get('tasks', '')), 200)}; the run's seed: {run.manifest.get('seed', '')}"


def _cast(run: OpenRun) -> h.Element:
    cast = dict(run.manifest.get("cast", {}))
    return table(
        ["seat", "player"],
        [[shown(seat), h.span(".wrap")[shown(line(str(player), 300))]] for seat, player in cast.items()],
        label="Cast",
    )


def _parameters(run: OpenRun) -> h.Element:
    fields: dict[str, Any] = run.company.scenario.parameters.model_fields if run.company else {}
    return table(
        ["parameter", "value", "meaning"],
        [
            [
                shown(name),
                shown(plain(value)),
                h.span(".wrap.dim")[worded((fields[name].description or "") if name in fields else "")],
            ]
            for name, value in dict(run.manifest.get("parameters", {})).items()
        ],
        label="Parameters",
    )


def _measures(run: OpenRun) -> h.Node:
    measures = run.index.measures()
    episodes = sum(measures.stops.values())
    return [
        h.h3["Why episodes ended"],
        table(
            ["stopped", "episodes", "share (95 %)"],
            [
                [
                    h.a(href=url("run", run.slug, "episodes", stop=name))[name],
                    f"{count:,}",
                    share(count, episodes, wilson(count, episodes)),
                ]
                for name, count in sorted(measures.stops.items())
            ],
            label="Stop reasons",
            numbers=(1, 2),
        ),
        bool(measures.failures)
        and [
            h.h3["What failed"],
            h.ul[[h.li[f"{count} × ", shown(name)] for name, count in measures.failures.most_common(5)]],
        ],
        bool(measures.decisions)
        and [
            h.h3["Decisions against the known truth"],
            table(
                ["decision", "n", "precision (95 %)", "recall (95 %)", "accuracy (95 %)"],
                [
                    [
                        shown(kind),
                        f"{one.n:,}",
                        *(
                            share(hits, n, wilson(hits, n))
                            for hits, n in (one.precision, one.recall, one.accuracy)
                        ),
                    ]
                    for kind, one in sorted(measures.decisions.items())
                ],
                label="Decisions",
                numbers=(1, 2, 3, 4),
            ),
        ],
        bool(measures.scores)
        and [
            h.h3["Scores, mean over episodes"],
            table(
                ["score", "mean", "95 %", "n"],
                [
                    [
                        h.a(href=url("run", run.slug, "episodes", sort=f"score:{name}", down=True))[
                            shown(name)
                        ],
                        f"{measures.mean(name)[0]:.3f}",
                        f"± {measures.mean(name)[1]:.3f}",
                        f"{measures.scores[name][0]:,}",
                    ]
                    for name in sorted(measures.scores)
                ],
                label="Scores",
                numbers=(1, 2, 3),
            ),
        ],
        bool(measures.records)
        and [
            h.h3["Records"],
            table(
                ["record", "n"],
                [[shown(name), f"{count:,}"] for name, count in sorted(measures.records.items())],
                label="Records",
                numbers=(1,),
            ),
        ],
    ]


def _graph(run: OpenRun) -> h.Node:
    if run.company is None:
        return h.p(".dim")[
            "The scenario is not installed here, so its graph, records and decisions cannot be shown."
        ]
    return h.section[
        h.h2["Graph"],
        graph_drawing(edges(run)),
        h.details[h.summary["Mermaid source"], h.pre[run.company.compiled.get_graph().draw_mermaid()]],
    ]


def edges(run: OpenRun) -> list[tuple[str, str]]:
    """The edges of the run's state machine, those from the beginning first."""
    if run.company is None:
        raise RunError(f"the scenario of {run.slug} is not installed here")
    found = [(edge.source, edge.target) for edge in run.company.compiled.get_graph().edges]
    return sorted(found, key=lambda edge: edge[0] != "__start__")
