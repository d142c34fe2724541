"""Compare: two runs task by task: what changed, which turn was the first to differ, who won, with an interval.

Knows nothing of why they differ. Runs are matched by the ids of their tasks, in their indices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import htpy as h

from maieutic import Episode
from maieutic.traces.compare import Contest, diverges
from maieutic.traces.html import difference, near, read, shown, talk_lines
from maieutic.traces.view.episode_page import turn_link
from maieutic.traces.view.layout import Site, page, pager, share, table, url
from maieutic.traces.view.shelf import OpenRun

_SIZE = 25
_PREFERRED = ("success", "gain", "solved", "value", "agreement")


def compare_page(site: Site, given: Mapping[str, str]) -> h.Element:
    """Two runs beside each other; without two, a form to choose them."""
    runs = site.shelf.readable()
    slugs = list(runs)
    one, other = given.get("a", ""), given.get("b", "")
    if one not in runs or other not in runs:
        one, other = ([*slugs, "", ""] if len(slugs) > 1 else [*slugs, *slugs, "", ""])[:2]
        body: h.Node = (
            h.p(".dim")["Choose two runs of the same tasks."]
            if len(slugs) > 1
            else h.p(".dim")["Fewer than two runs are open here."]
        )
        return page(
            site, "Compare", [h.h1["Compare"], _form(slugs, one, other, [], ""), body], here="Compare"
        )
    left, right = runs[one], runs[other]
    scores = [name for name in left.index.names("score") if name in right.index.names("score")]
    score = given.get("score", "")
    if score not in scores:
        score = next((name for name in _PREFERRED if name in scores), scores[0] if scores else "")
    changed = given.get("changed") == "1"
    number = int(given.get("page", "0")) if given.get("page", "0").isdecimal() else 0
    facts, count, rows = _joined(left, right, score, changed, min(number, 10**9) * _SIZE)
    return page(
        site,
        f"{one} and {other}",
        [
            h.h1["Compare"],
            _form(slugs, one, other, scores, score),
            _summary(left, right, score, facts),
            h.nav(".chips", aria_label="Rows")[
                [
                    h.a(
                        {"aria-current": "true"} if on == changed else {},
                        href=url("compare", a=one, b=other, score=score, changed=on),
                    )[said]
                    for on, said in ((False, "all tasks"), (True, "only where stop or score differ"))
                ]
            ],
            table(
                [
                    "task",
                    f"A: {one}",
                    f"B: {other}",
                    f"{score} A",
                    f"{score} B",
                    "higher",
                    "first turn that differs",
                ],
                [_line(left, right, row) for row in rows],
                label="Tasks",
                numbers=(3, 4),
                names=["", "A", "B", f"{score} A", f"{score} B", "higher", "first turn that differs"],
            ),
            pager(
                number, _SIZE, count, {"a": one, "b": other, "score": score, "changed": changed}, "compare"
            ),
        ],
        here="Compare",
    )


def _form(slugs: list[str], one: str, other: str, scores: list[str], score: str) -> h.Element:
    def choice(name: str, label: str, options: list[str], chosen: str) -> h.Element:
        return h.label[
            h.span[label],
            h.select(name=name)[[h.option(value=o, selected=o == chosen)[shown(o, 60)] for o in options]],
        ]

    return h.form(".filters", method="get", action="/compare")[
        choice("a", "Run A", slugs, one),
        choice("b", "Run B", slugs, other),
        bool(scores) and choice("score", "Score", scores, score),
        h.button["Compare"],
    ]


def _joined(
    left: OpenRun, right: OpenRun, score: str, changed: bool, offset: int
) -> tuple[dict[str, Any], int, list[tuple[Any, ...]]]:
    """Sums over the tasks that both have, the number of rows, and the rows from `offset` on."""
    path = '$."' + score.replace('"', "") + '"'
    columns = "a.task, a.place, b.place AS place_b, a.stop, b.stop AS stop_b, json_extract(a.scores, :path) AS x, json_extract(b.scores, :path) AS y"
    source = f"(SELECT {columns} FROM episodes a JOIN other.episodes b ON a.task = b.task) "
    values = {"path": path, "limit": _SIZE, "offset": offset}
    with left.index.connect() as db:
        db.execute("ATTACH ? AS other", (str(right.index.file),))
        names = ("tasks", "wins", "losses", "ties", "n", "mean", "squares")
        sums = db.execute(
            "SELECT count(*), sum(y > x), sum(y < x), sum(y = x), count(y - x), avg(y - x), avg((y - x) * (y - x)) "
            f"FROM {source}",
            values,
        ).fetchone()
        alone = [
            db.execute(
                f"SELECT count(*) FROM {one}.episodes WHERE task NOT IN (SELECT task FROM {two}.episodes)"
            ).fetchone()[0]
            for one, two in (("main", "other"), ("other", "main"))
        ]
        test = "WHERE stop != stop_b OR x IS NOT y" if changed else ""
        listed = f"FROM {source} {test}"
        ((count,),) = db.execute(f"SELECT count(*) {listed}", values)
        rows = db.execute(f"SELECT * {listed} ORDER BY place LIMIT :limit OFFSET :offset", values).fetchall()
    facts = dict(zip(names, (value or 0 for value in sums), strict=True))
    return facts | {"only_left": alone[0], "only_right": alone[1]}, int(count), rows


def _summary(left: OpenRun, right: OpenRun, score: str, facts: dict[str, Any]) -> h.Node:
    if not facts["tasks"]:
        return h.p["They have no task in common."]
    told: list[h.Node] = [
        h.p[
            f"{facts['tasks']:,} tasks in common; {facts['only_left']:,} only in A, {facts['only_right']:,} only in B. "
            + "; ".join(
                f"{key}: {'the same' if left.manifest.get(key) == right.manifest.get(key) else 'not the same'}"
                for key in ("scenario", "parameters", "cast", "seed")
            )
            + "."
        ]
    ]
    if score and facts["n"]:
        result = Contest(facts["wins"], facts["losses"], facts["ties"])
        mean, n = facts["mean"], facts["n"]
        half = 1.96 * math.sqrt(max(0.0, facts["squares"] - mean * mean) / n)
        decided = result.wins + result.losses
        won = share(result.wins, decided, result.share[1:]) if result.share else "-"
        numbers = [
            ("B higher", f"{result.wins:,}"),
            ("A higher", f"{result.losses:,}"),
            ("the same", f"{result.ties:,}"),
            ("B's share of the decided (95 %)", won),
            (f"mean of {score}, B less A (95 %)", f"{mean:+.3f} ± {half:.3f}"),
        ]
        told.append(h.dl(".numbers")[[h.div[h.dt[shown(name, 80)], h.dd[value]] for name, value in numbers]])
    differing = [
        (name, left.manifest.get(key, {}).get(name), right.manifest.get(key, {}).get(name))
        for key in ("parameters", "cast")
        for name in dict(left.manifest.get(key, {})) | dict(right.manifest.get(key, {}))
        if left.manifest.get(key, {}).get(name) != right.manifest.get(key, {}).get(name)
    ]
    if differing:
        told.append(
            h.details[
                h.summary[f"Settings that differ: {len(differing)}"],
                table(
                    ["setting", "A", "B"],
                    [[shown(str(cell), 200) for cell in row] for row in differing],
                    label="Settings that differ",
                ),
            ]
        )
    return told


def _line(left: OpenRun, right: OpenRun, row: tuple[Any, ...]) -> list[h.Node]:
    task, place, other, stop, its, x, y = row
    one, two = left.episode(str(place))[1], right.episode(str(other))[1]
    turn = diverges(one, two)
    target = url("compare", left.slug, place, right.slug, other)
    result = "" if x is None or y is None else "=" if x == y else "B" if y > x else "A"
    return [
        h.a(".row-link", href=target)[h.span(".task-id")[shown(task, 80)]],
        h.span(f".stop.stop-{stop}")[stop],
        h.span(f".stop.stop-{its}")[its],
        "" if x is None else f"{x:.3g}",
        "" if y is None else f"{y:.3g}",
        result,
        "none" if turn is None else _turn(one, two, turn),
    ]


def _turn(one: Episode, two: Episode, turn: int) -> h.Node:
    event = (one.events if turn < len(one.events) else two.events)[turn]
    return [f"{turn + 1}: ", shown(event.role, 60)]


def episodes_compared(site: Site, first: tuple[str, str], second: tuple[str, str]) -> h.Element:
    """Two episodes beside each other, from the first turn that differs on."""
    left, right = site.shelf.run(first[0]), site.shelf.run(second[0])
    (place, one, _), (other, two, _) = left.episode(first[1]), right.episode(second[1])
    turn = diverges(one, two)
    return page(
        site,
        f"{left.slug} and {right.slug}: {one.task.id}",
        [
            h.nav(".pager", aria_label="Back")[
                h.a(href=url("compare", a=left.slug, b=right.slug))["all tasks"]
            ],
            h.h1[shown(one.task.id, 120)],
            h.p[
                "All turns are the same."
                if turn is None
                else f"The first {turn} turns are the same; turn {turn + 1} is the first that differs."
                if turn
                else "They differ from the first turn on."
            ],
            _first_difference(one, two, turn),
            h.div(".sides.compared")[
                [
                    h.section(aria_label=name)[
                        h.h2[name, ": ", shown(run.slug)],
                        h.p[
                            h.a(href=url("run", run.slug, "episode", at))[f"episode {at}"],
                            f", stopped: {episode.stop.value}",
                        ],
                        _from(run, at, episode, turn),
                    ]
                    for name, run, at, episode in (("A", left, place, one), ("B", right, other, two))
                ]
            ],
        ],
        here="Compare",
    )


def _first_difference(one: Episode, two: Episode, turn: int | None) -> h.Node:
    if turn is None or turn >= min(len(one.events), len(two.events)):
        return None
    old, new = (episode.events[turn].answer.get("text") for episode in (one, two))
    if not isinstance(old, str) or not isinstance(new, str) or old == new or not near(old, new):
        return None
    return h.section(".changed")[h.h2["From A to B"], difference(old, new)]


def _from(run: OpenRun, place: int, episode: Episode, turn: int | None) -> h.Element:
    if turn is None:
        turn = len(episode.events)
    fresh = {event.id for event in episode.events[turn:]}
    nodes = read(episode)
    kept = {
        name: node
        for name, node in nodes.items()
        if name in fresh or any(vote.id in fresh for vote in node.votes)
    }
    focus = episode.events[turn].id if turn < len(episode.events) else None
    lines = talk_lines(nodes, link=turn_link(run, place), focus=focus, only=kept.keys())
    return h.ol(".talk")[lines]
