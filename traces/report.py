"""Report: a run, or several, as one file to send to somebody: no server, no network, no script. Needs the extra `view`.

Knows nothing of the terminal. The drawings are those of the web page; what does not fit is left out and said to be.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import htpy as h
from markupsafe import Markup

from maieutic import Episode, MaieuticError, Pair, RunError, __version__
from maieutic.runs import Journal, Status, read_status, scenario_of, wilson
from maieutic.runs.contrast import Estimate
from maieutic.runs.statistics import Statistics, spread
from maieutic.scenarios import Company, Decision, assemble
from maieutic.traces.html import (
    Span,
    anchor,
    belief_table,
    conversation,
    graph_drawing,
    line,
    pair_drawing,
    plain,
    shown,
    stylesheet,
    task_drawing,
    timeline,
    tree_drawing,
    truth_table,
)
from maieutic.traces.search import Search
from maieutic.traces.view.drawn import draw
from maieutic.traces.view.layout import share, table

EPISODES = 20  # shown of each run, unless told otherwise
MOST = 8_000_000  # bytes of the file above which no further episode is shown


@dataclass(frozen=True)
class Choice:
    """Which episodes are shown in full.

    Attributes:
        search: those looked for.
        places: those of these places, in this order; empty takes them as they come, each stop reason in turn.
        most: how many of each run.
    """

    search: Search = field(default_factory=Search)
    places: tuple[int, ...] = ()
    most: int = EPISODES


def write_report(
    folders: Sequence[Path], file: Path, choice: Choice | None = None, *, most_bytes: int = MOST
) -> dict[str, int]:
    """Write the report of these runs; the file is replaced as a whole.

    Args:
        folders: run folders.
        file: what to write.
        choice: which episodes are shown in full.
        most_bytes: size of the file above which no further episode is shown.

    Returns:
        How many episodes are `shown`, how many were `chosen`, and how many there are in all (`episodes`), with `bytes`.

    Raises:
        RunError: no run there, a place that has no episode, or the file cannot be written.
    """
    choice = choice or Choice()
    page = _Page(most_bytes)
    for number, folder in enumerate(folders):
        page.add_run(folder, f"run{number + 1}-" if len(folders) > 1 else "", choice)
    try:
        draft = file.with_name(f".{file.name}.tmp")
        with open(draft, "w", encoding="utf-8", errors="replace") as out:
            out.writelines(page.written())
        draft.replace(file)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror or error}; give an --out that can be written") from None
    return {
        "shown": page.shown,
        "chosen": page.chosen,
        "episodes": page.episodes,
        "bytes": file.stat().st_size,
    }


@dataclass
class _Page:
    """The parts of the file, made run by run."""

    most: int
    heads: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    shown: int = 0
    chosen: int = 0
    episodes: int = 0
    bytes: int = 60_000  # styles and frame

    def add_run(self, folder: Path, prefix: str, choice: Choice) -> None:
        statistics = Statistics()
        with Journal(folder) as journal:
            company = _company(journal)
            places: dict[str, list[int]] = defaultdict(list)  # stop reason -> places of those looked for
            for place, episode in journal.episodes():
                statistics.add(episode, company)
                if choice.search.finds(episode):
                    places[episode.stop.value].append(place)
            wanted = _chosen(folder, places, choice)
            head = _html(_overview(folder, journal, company, statistics))
            self._append(_apart(head, prefix))
            rows: list[tuple[int, Episode]] = []
            left = 0
            for place, episode in journal.some(wanted):
                if self.bytes > self.most:
                    left += 1
                    continue
                told = _apart(_html(_episode(place, episode, company, journal)), prefix)
                size = len(told.encode("utf-8", "replace"))
                if self.bytes + size > self.most and rows:
                    left += 1
                    continue
                rows.append((place, episode))
                self._append(told, size)
        fitting = sum(map(len, places.values())) if not choice.places else len(wanted)
        note = _note(len(rows), fitting, statistics.n, left, self.most)
        self.bodies.insert(len(self.bodies) - len(rows), _apart(_html(_list(rows, note)), prefix))
        self.titles.append(f"{folder.resolve().name} ({journal.manifest['scenario']})")
        self.shown += len(rows)
        self.chosen += fitting
        self.episodes += statistics.n

    def _append(self, told: str, size: int | None = None) -> None:
        self.bodies.append(told)
        self.bytes += len(told.encode("utf-8", "replace")) if size is None else size

    def written(self) -> Iterator[str]:
        style = stylesheet() + files("maieutic.traces.view").joinpath("view.css").read_text(encoding="utf-8")
        style += files("maieutic.traces").joinpath("report.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        title = line(", ".join(self.titles), 120)
        frame = h.html(lang="en")[
            h.head[
                h.meta(charset="utf-8"),
                h.meta({"http-equiv": "Content-Security-Policy"}, content=policy),
                h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                h.meta(name="referrer", content="no-referrer"),
                h.title[f"{title} · maieutic"],
                h.link(rel="icon", href="data:,"),
                h.style[Markup(style)],
            ],
            h.body[
                h.a(".skip", href="#main")["Skip to the content"],
                h.main("#main", tabindex="-1")[_CUT],
            ],
        ]
        before, after = _html(frame).split(_CUT)
        yield before
        yield from self.bodies
        yield f'<footer class="dim">made by maieutic {__version__}; no script, nothing is loaded</footer>{after}\n'


_CUT = "@@the runs@@"


def _html(element: h.Element) -> str:
    """The element as a plain string, which `replace` does not escape into."""
    return "".join(element.iter_chunks())


def _apart(told: str, prefix: str) -> str:
    """`told` with ids of its own, so that two runs of the same tasks can stand in one file.

    In text and in attributes quotes are escaped, so what is replaced can only be ours.
    """
    if not prefix:
        return told
    return told.replace(' id="', f' id="{prefix}').replace(' href="#', f' href="#{prefix}')


def _company(journal: Journal) -> Company[Any] | None:
    try:
        return assemble(scenario_of(journal), parameters=journal.manifest["parameters"])
    except MaieuticError:
        return None


def _chosen(folder: Path, found: dict[str, list[int]], choice: Choice) -> list[int]:
    if choice.places:
        known = set(chain.from_iterable(found.values()))
        for place in choice.places:
            if place not in known:
                raise RunError(f"{folder}: no episode {place} among those looked for")
        return list(dict.fromkeys(choice.places))
    in_turn = chain.from_iterable(zip_longest(*(found[stop] for stop in sorted(found))))
    return sorted([place for place in in_turn if place is not None][: choice.most])


def _note(shown_: int, fitting: int, n: int, left: int, most: int) -> str:
    told = f"{shown_:,} of {n:,} episodes are shown in full."
    if fitting < n:
        told += f" {fitting:,} are as looked for."
    if left:
        told += (
            f" {left:,} were left out, since the file would have passed {most / 1e6:.3g} MB (--most-bytes)."
        )
    elif fitting > shown_:
        told += f" {fitting - shown_:,} were left out (--n); each stop reason has its share of those shown."
    return told + " Texts of more than 4,000 characters are cut, which is marked; the run has all of it."


def _list(rows: Sequence[tuple[int, Episode]], note: str) -> h.Element:
    return h.section[
        h.h2["Episodes"],
        h.p(".left-out")[note],
        bool(rows)
        and table(
            ["episode", "task", "stopped", "turns", "scores"],
            [
                [
                    h.a(".row-link", href=f"#episode-{place}")[str(place)],
                    shown(one.task.id, 80),
                    h.span(f".stop.stop-{one.stop.value}")[one.stop.value],
                    f"{len(one.events):,}",
                    h.span(".wrap.dim")[shown(_scores(one), 300)],
                ]
                for place, one in rows
            ],
            label="Episodes shown",
            numbers=(3,),
        ),
    ]


def _scores(episode: Episode) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in sorted(episode.scores.items()))


def _overview(folder: Path, journal: Journal, company: Company[Any] | None, found: Statistics) -> h.Element:
    manifest = journal.manifest
    return h.section(".run")[
        h.h1[shown(folder.resolve().name), " ", h.span(".dim")[shown(str(manifest["scenario"]))]],
        company is not None
        and h.p[
            shown(company.scenario.summary),
            ". ",
            h.span(".dim")[shown(f"{company.scenario.paper.title}, {company.scenario.paper.year}")],
        ],
        h.p[
            f"tasks: {line(str(manifest.get('tasks', '')), 200)}; the run's seed: {manifest.get('seed', '')}"
        ],
        _ledger(folder, found),
        h.div(".columns")[
            h.section[h.h2["Cast"], _facts(("seat", "player"), dict(manifest.get("cast", {})))],
            h.section[
                h.h2["Parameters"], _facts(("parameter", "value"), dict(manifest.get("parameters", {})))
            ],
        ],
        h.section(".measures")[h.h2["Measures"], _measures(found)],
        _graph(company),
    ]


def _ledger(folder: Path, found: Statistics) -> h.Node:
    try:
        status: Status | None = read_status(folder)
    except RunError:
        status = None
    cells = [("episodes", f"{found.n:,}"), ("turns", f"{sum(found.lengths):,}")]
    if status is not None:
        dropped = sum(status.dropped.values())
        cells = [
            ("asked", f"{status.asked:,}"),
            ("done", f"{status.done:,}"),
            ("dropped", f"{dropped:,}"),
            ("waiting", f"{status.waiting:,}"),
            ("missing", f"{status.missing:,}"),
            *cells[1:],
        ]
    cells += [("calls", f"{sum(found.calls):,}"), ("tokens", f"{sum(found.tokens):,}")]
    return [
        status is not None
        and status.state != "ended"
        and h.p(".problem")[f"The run was {status.state} when this was written."],
        h.dl(".numbers")[[h.div[h.dt[name], h.dd[value]] for name, value in cells]],
    ]


def _facts(columns: tuple[str, str], facts: dict[str, Any]) -> h.Element:
    rows = [[shown(name), h.span(".wrap")[shown(line(plain(value), 300))]] for name, value in facts.items()]
    return table(list(columns), rows, label=columns[0])


def _measures(found: Statistics) -> h.Node:
    if not found.n:
        return h.p(".dim")["No episode has ended."]
    lengths = spread(found.lengths)
    tables: list[tuple[str, list[h.Node], Iterable[list[h.Node]]]] = [
        (
            "Why episodes ended",
            ["stopped", "episodes", "share (95 %)"],
            [
                [name, f"{one.n:,}", share(one.n, found.n, wilson(one.n, found.n))]
                for name, one in found.stops().items()
            ],
        ),
        (
            "Decisions against the known truth",
            ["decision", "n", "precision (95 %)", "recall (95 %)", "accuracy (95 %)", "kappa (95 %)"],
            [
                [
                    shown(kind),
                    f"{one.n:,}",
                    *(share(*part, wilson(*part)) for part in (one.precision, one.recall, one.accuracy)),
                    _told(found.truths[kind].kappa),
                ]
                for kind, one in sorted(found.measures.decisions.items())
            ],
        ),
        (
            "How judges of the same thing agree",
            ["role and field", "episodes", "pairs agree (95 %)", "kappa (95 %)"],
            [
                [shown(name), f"{len(one.pairs):,}", _told(one.share), _told(one.kappa)]
                for name, one in sorted(found.judges.items())
            ],
        ),
        (
            "How raters of the same thing agree on a scale",
            ["role and field", "things", "weighted kappa (95 %)", "ICC (95 %)"],
            [
                [shown(name), f"{one.things:,}", _told(one.weighted_kappa), _told(one.icc)]
                for name, one in sorted(found.scales.items())
            ],
        ),
        (
            "Tutoring",
            ["measure", "value (95 %)", "n"],
            [[name, _told(one), f"{one.n:,}"] for name, one in found.tutoring().items()],
        ),
        (
            "Scores, mean over episodes",
            ["score", "mean", "95 %", "n"],
            [
                [shown(name), f"{mean:.3f}", f"± {half:.3f}", f"{found.measures.scores[name][0]:,}"]
                for name in sorted(found.measures.scores)
                for mean, half in (found.measures.mean(name),)
            ],
        ),
        (
            "Records",
            ["record", "n"],
            [[shown(name), f"{n:,}"] for name, n in sorted(found.measures.records.items())],
        ),
    ]
    return [
        h.p[
            f"{lengths['mean']:.1f} turns an episode, {lengths['median']:g} in the middle, {lengths['most']:.0f} at most."
        ],
        [
            [h.h3[title], table(columns, rows, label=title, numbers=range(1, len(columns)))]
            for title, columns, rows in tables
            if rows
        ],
    ]


def _told(one: Estimate | None) -> str:
    if one is None:
        return "-"
    return f"{one.mean:.3f}" + ("" if one.low is None else f" ({one.low:.3f} to {one.high:.3f})")


def _graph(company: Company[Any] | None) -> h.Node:
    if company is None:
        return h.p(".dim")[
            "The scenario is not installed here: its graph, records and decisions cannot be shown."
        ]
    edges = [(edge.source, edge.target) for edge in company.compiled.get_graph().edges]
    return [h.h2["Graph"], graph_drawing(sorted(edges, key=lambda edge: edge[0] != "__start__"))]


def _episode(place: int, episode: Episode, company: Company[Any] | None, journal: Journal) -> h.Element:
    drawn = draw(company, episode)
    spans = _spans(place, episode, journal)
    belief = belief_table(episode)
    return h.details(".section.shown-episode", id=f"episode-{place}")[
        h.summary[
            h.h2[f"Episode {place}: ", shown(episode.task.id, 120)],
            " ",
            h.span(f".stop.stop-{episode.stop.value}")[episode.stop.value],
            h.span(".dim")[f" {len(episode.events)} turns"],
        ],
        h.p(".dim")["id ", h.code[episode.id], f", seed {episode.seed}; ", shown(_scores(episode), 1000)],
        episode.failure is not None and h.p(".problem")[shown(episode.failure, 1000)],
        drawn.problem is not None and h.p(".problem")[shown(drawn.problem, 600)],
        task_drawing(episode, truth=True),
        h.h3["Tree" if "head" not in episode.notes else "Course"],
        h.p(".legend")[
            "✓ accepted, ✗ not accepted, ! unusable; dots and crosses are votes; #1 was expanded first; the thick way leads to what was chosen."
        ],
        tree_drawing(episode, drawn.records),
        h.h3["Turns"],
        conversation(episode, drawn.records),
        belief is not None and [h.h3["What was so, and what was believed"], belief],
        bool(spans) and [h.h3["Calls over time"], timeline(spans)],
        bool(drawn.pairs) and [h.h3["Pairs"], [_pair(one, episode, drawn.decisions) for one in drawn.pairs]],
        bool(drawn.decisions)
        and h.details[h.summary["Decisions and the truth"], truth_table(drawn.decisions, episode)],
    ]


def _pair(pair: Pair, episode: Episode, decisions: Sequence[Decision]) -> Markup:
    """A pair without ids of its own: its votes stand among the turns too, and an id may stand once in a file."""
    return Markup(_html(pair_drawing(pair, episode, decisions, link=anchor)).replace(' id="', ' data-of="'))


def _spans(place: int, episode: Episode, journal: Journal) -> list[Span]:
    times = journal.times(place)
    known = ((event, *times[event.id]) for event in episode.events if event.id in times)
    return [
        Span(event.id, event.role, event.seat, ended - took, took, reused=not took)
        for event, ended, took in known
    ]
