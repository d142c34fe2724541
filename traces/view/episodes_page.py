"""Episodes: the list of a run's episodes, paged, sorted, searched and filtered by the server.

Knows nothing of what stands in an episode but what the index says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import htpy as h

from maieutic import InputError
from maieutic.traces.html import shown
from maieutic.traces.view.layout import Site, page, pager, table, url
from maieutic.traces.view.query import Query, Row, find
from maieutic.traces.view.shelf import OpenRun

SIZE = 50
_SHOWN = 3  # scores in a row


def query_of(given: Mapping[str, str]) -> Query:
    """What an address asks for.

    Raises:
        InputError: a number that is none.
    """
    numbers = {"low": float, "high": float, "cost": int, "seed": int}
    known: dict[str, object] = {}
    for name in (field.name for field in fields(Query)):
        text = given.get(name, "").strip() if name != "text" else given.get("text", "")
        if text == "":
            continue
        try:
            known[name] = numbers[name](text) if name in numbers else text
        except ValueError:
            raise InputError(f"expected a number, got {text!r:.40}", key=name) from None
        if name in ("invalid", "wrong", "down"):
            known[name] = text == "1"
        if name == "seed" and abs(int(text)) >= 2**63:
            raise InputError("no seed is that large", key=name)
    return Query(**known)  # type: ignore[arg-type]


def asked(query: Query) -> dict[str, object]:
    """A query as the parts of an address; what is usual is left out."""
    usual = Query()
    return {
        field.name: getattr(query, field.name)
        for field in fields(Query)
        if getattr(query, field.name) != getattr(usual, field.name)
    }


def episodes_page(site: Site, slug: str, given: Mapping[str, str]) -> h.Element:
    """The episodes of a run that are as asked."""
    run = site.shelf.run(slug)
    query = query_of(given)
    number = int(given.get("page", "0")) if given.get("page", "0").isdecimal() else 0
    count, rows = find(run.index, query, min(number, 10**9) * SIZE, SIZE)
    scores = run.index.names("score")
    columns = [query.sort[6:]] if query.sort.startswith("score:") else []
    columns += [
        name
        for name in ("success", "gain", "value", "solved", *(one for one in scores if one != "turns"))
        if name in scores
    ]
    columns = list(dict.fromkeys(columns))[:_SHOWN]
    heads = [("place", "place"), ("task", "task"), ("stop", "stopped"), ("turns", "turns")]
    return page(
        site,
        f"{slug}: episodes",
        [
            h.h1["Episodes"],
            _filters(run, query),
            h.p("#found", role="status", data_live=True)[f"{count:,} episodes"],
            table(
                [
                    *(_head(run, query, name, said) for name, said in heads),
                    *(_head(run, query, f"score:{name}", name) for name in columns),
                    _head(run, query, "tokens", "tokens"),
                    _head(run, query, "invalid", "unusable"),
                    _head(run, query, "wrong", "wrong"),
                ],
                [_line(run, query, row, columns) for row in rows],
                label="Episodes",
                numbers=(0, *range(3, 7 + len(columns))),
                names=["", "", "", "turns", *columns, "tokens", "unusable", "wrong"],
                id="episodes",
            ),
            pager(number, SIZE, count, asked(query), "run", slug, "episodes"),
        ],
        here="Runs",
        run=run,
        tab="Episodes",
        live=[run],
    )


def _head(run: OpenRun, query: Query, name: str, said: str) -> h.Node:
    here = query.sort == name
    down = here and not query.down
    changed = {**asked(query), "sort": name, "down": down}
    mark = (" ↓" if query.down else " ↑") if here else ""
    return h.a(href=url("run", run.slug, "episodes", **changed))[shown(said), mark]


def _line(run: OpenRun, query: Query, row: Row, columns: list[str]) -> list[h.Node]:
    kept = {name: value for name, value in asked(query).items() if name not in ("sort", "down")}
    return [
        str(row.place),
        h.a(".row-link", href=url("run", run.slug, "episode", row.place, **kept))[
            h.span(".task-id")[shown(row.task, 80)], h.span(".about")[shown(row.about)]
        ],
        h.span(f".stop.stop-{row.stop}")[row.stop],
        str(row.turns),
        *(f"{row.scores[name]:.3g}" if name in row.scores else "" for name in columns),
        f"{row.tokens:,}" if row.tokens else "",
        str(row.invalid or ""),
        bool(row.wrong) and h.span(title=f"{row.wrong} of {row.decided} decisions")[str(row.wrong)],
    ]


def _filters(run: OpenRun, query: Query) -> h.Element:
    index = run.index

    def choice(name: str, label: str, options: list[str], chosen: str) -> h.Element:
        return h.label[
            h.span[label],
            h.select(name=name)[
                h.option(value="")["any"],
                [h.option(value=one, selected=one == chosen)[shown(one, 60)] for one in options],
            ],
        ]

    def number(name: str, label: str, value: object) -> h.Element:
        text = "" if value is None else str(value)
        return h.label[h.span[label], h.input(name=name, value=text, inputmode="decimal", size="8")]

    def tick(name: str, label: str, on: bool) -> h.Element:
        return h.label(".tick")[h.input(type="checkbox", name=name, value="1", checked=on), h.span[label]]

    more = any((query.role, query.verdict, query.score, query.cost, query.seed, query.invalid, query.wrong))
    return h.form(".filters", method="get", action=url("run", run.slug, "episodes"), role="search")[
        h.label(".wide")[
            h.span["Search the turns"],
            h.input(
                "#search",
                type="search",
                name="text",
                value=query.text,
                placeholder='words, "a phrase", begin*',
            ),
        ],
        choice("stop", "Stopped", index.names("stop"), query.stop),
        h.button(type="submit")["Search"],
        h.details(open=bool(more))[
            h.summary["More filters"],
            h.div(".filter-grid")[
                choice("role", "Role", index.names("role"), query.role),
                choice("verdict", "Verdict", index.names("verdict"), query.verdict),
                choice("score", "Score", index.names("score"), query.score),
                number("low", "at least", query.low),
                number("high", "at most", query.high),
                number("cost", "Tokens (or calls) at least", query.cost),
                number("seed", "Seed", query.seed),
                tick("invalid", "has unusable turns", query.invalid),
                tick("wrong", "has a wrong decision", query.wrong),
            ],
        ],
        query.sort != "place" and h.input(type="hidden", name="sort", value=query.sort),
        query.down and h.input(type="hidden", name="down", value="1"),
        bool(asked(query)) and h.a(href=url("run", run.slug, "episodes"))["clear"],
    ]
