"""Layout: what all pages share: head, navigation, tables, links, and the marks by which pages follow a live run.

Knows nothing of what the pages show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import htpy as h

from maieutic.traces.html import shown
from maieutic.traces.view.guard import Forms
from maieutic.traces.view.shelf import OpenRun, Shelf


@dataclass(frozen=True)
class Site:
    """What every page is made from."""

    shelf: Shelf
    forms: Forms


def url(*parts: object, **query: object) -> str:
    """An address on this site; empty and false values are left out of the query.

    >>> url("run", "a b", "episodes", q="x/y", page=None)
    '/run/a%20b/episodes?q=x%2Fy'
    """
    given = {
        name.rstrip("_"): "1" if value is True else str(value)
        for name, value in query.items()
        if value is not None and value is not False and value != ""
    }
    path = "/" + "/".join(quote(str(part).encode("utf-8", "replace").decode(), safe="") for part in parts)
    return path + (f"?{urlencode(given, errors='replace')}" if given else "")


def page(
    site: Site,
    title: str,
    body: h.Node,
    *,
    here: str = "",
    run: OpenRun | None = None,
    tab: str = "",
    live: Iterable[OpenRun] = (),
) -> h.Element:
    """A whole page.

    Args:
        site: the site.
        title: of the page.
        body: its main part.
        here: which entry of the main navigation it stands under.
        run: the run that it is about.
        tab: which of the run's tabs it is.
        live: the runs whose news should show here; elements with `data-live` are then brought up to date.
    """
    runs = list(live)
    stamps = ",".join(one.stamp for one in runs)
    following = (
        {"data-live": url("live", runs=",".join(one.slug for one in runs)), "data-stamp": stamps}
        if runs
        else {}
    )
    return h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[f"{title} · maieutic"],
            h.link(rel="icon", href="data:,"),
            h.link(rel="stylesheet", href="/static/drawings.css"),
            h.link(rel="stylesheet", href="/static/view.css"),
            h.script(src="/static/view.js", defer=True),
        ],
        h.body(following)[
            h.a(".skip", href="#main")["Skip to the content"],
            h.header(".top")[
                h.nav(aria_label="Main")[
                    h.a(".brand", href="/")["maieutic"],
                    [_entry(name, target, here == name) for name, target in _MAIN],
                ],
                h.button("#keys-button", type="button", aria_haspopup="dialog")["Keys"],
            ],
            run is not None and _run_head(run, tab),
            h.main("#main", tabindex="-1")[body],
            _keys(),
        ],
    ]


_MAIN = (("Runs", "/"), ("Compare", "/compare"), ("Waiting", "/waiting"))
_TABS = (("Overview", ()), ("Episodes", ("episodes",)), ("Pairs", ("pairs",)))


def _entry(name: str, target: str, current: bool) -> h.Element:
    return h.a({"aria-current": "page"} if current else {}, href=target)[name]


def _run_head(run: OpenRun, tab: str) -> h.Element:
    return h.section(".run-head", aria_label="Run")[
        h.p(".run-name")[
            h.b[shown(run.slug)],
            run.slug != run.manifest["scenario"]
            and [" ", h.span(".dim")[shown(str(run.manifest["scenario"]))]],
        ],
        h.nav(".tabs", aria_label="Parts of the run")[
            [_entry(name, url("run", run.slug, *parts), name == tab) for name, parts in _TABS]
        ],
        run.problem is not None and h.p(".problem", role="alert")[shown(run.problem)],
    ]


_KEYS = (
    ("j / k", "next, previous row"),
    ("Enter", "open it"),
    ("/", "search"),
    ("[ / ]", "previous, next page or episode"),
    ("arrows", "move in a tree: parent, child, neighbours"),
    ("?", "these keys"),
    ("Esc", "close the turn, or these keys"),
)


def _keys() -> h.Element:
    return h.dialog("#keys", aria_label="Keys")[
        h.h2["Keys"],
        h.dl(".keys")[[h.div[h.dt[h.kbd[key]], h.dd[does]] for key, does in _KEYS]],
        h.form(method="dialog")[h.button["Close"]],
    ]


def table(
    columns: Sequence[h.Node],
    rows: Iterable[Sequence[h.Node]],
    *,
    label: str,
    numbers: Sequence[int] = (),
    id: str = "",
    names: Sequence[str] | None = None,
) -> h.Element:
    """A table that scrolls by itself where the page is narrow.

    Args:
        columns: what stands above each column.
        rows: the cells of each row.
        label: what the table is called by those who hear it.
        numbers: the columns set to the right.
        id: by which a live page finds it.
        names: of the columns; where the page is narrow, each row is then set by itself, with these before its cells.
    """
    classes = [".number" if place in numbers else "" for place in range(len(columns))]
    frame: dict[str, h.Attribute] = {"id": id, "data-live": True} if id else {}
    roles: dict[str, dict[str, str]] = {}
    named: list[dict[str, str]] = [{}] * len(columns)
    if names is not None:  # a row that is set by itself is a row of a table still
        roles = {kind: {"role": kind} for kind in ("table", "rowgroup", "row", "columnheader", "cell")}
        named = [{**roles["cell"], "data-name": name} for name in names]
    cells = list(zip(classes, named, strict=True))
    return h.div(".scroll", frame, tabindex="0", role="region", aria_label=label)[
        h.table(".list" if names is None else ".list.rows", roles.get("table", {}))[
            h.thead(roles.get("rowgroup", {}))[
                h.tr(roles.get("row", {}))[
                    [
                        h.th(kind, roles.get("columnheader", {}), scope="col")[one]
                        for kind, one in zip(classes, columns, strict=True)
                    ]
                ]
            ],
            h.tbody(roles.get("rowgroup", {}))[
                [
                    h.tr(roles.get("row", {}))[
                        [h.td(kind, name)[cell] for (kind, name), cell in zip(cells, row, strict=True)]
                    ]
                    for row in rows
                ]
            ],
        ]
    ]


def worded(text: str) -> h.Node:
    """Words of this program, with what stands between backticks set as code.

    >>> str(h.p[worded("see `maieutic run`")])
    '<p>see <code>maieutic run</code></p>'
    """
    return [h.code[part] if place % 2 else part for place, part in enumerate(text.split("`"))]


def pager(page_number: int, size: int, count: int, link: Mapping[str, object], *path: object) -> h.Node:
    """Which part of a list is shown, with links to the parts beside it."""
    last = max(0, (count - 1) // size)
    if not last:
        return h.p(".pager.dim")[f"{count:,} in all"]
    first = page_number * size + 1

    def step(to: int, name: str, key: str) -> h.Node:
        inside = 0 <= to <= last
        return (
            h.a(href=url(*path, **link, page=to or None), data_key=key)[name]
            if inside
            else h.span(".dim")[name]
        )

    return h.nav(".pager", aria_label="Pages")[
        step(page_number - 1, "← previous", "["),
        h.span[f"{first:,} to {min(count, first + size - 1):,} of {count:,}"],
        step(page_number + 1, "next →", "]"),
    ]


def secret(site: Site) -> h.VoidElement:
    """The hidden field by which a form shows that it is this page's own."""
    return h.input(type="hidden", name="form", value=site.forms.secret)


def share(hits: int, n: int, interval: tuple[float, float]) -> str:
    """A share with its interval, such as `0.94 (0.90-0.97)`."""
    return f"{hits / n:.2f} ({interval[0]:.2f}-{interval[1]:.2f})" if n else "-"
