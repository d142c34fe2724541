"""Waiting: the turns that wait for people, and a form to answer one.

Knows nothing of how a run goes on: an answer is left where the run looks for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import htpy as h
from pydantic import JsonValue

from maieutic.roles import private_fields, read_brief
from maieutic.runs import OpenTurn
from maieutic.runs.humans import answer, find, role_of, typed, waiting
from maieutic.runs.run import scenario_of
from maieutic.traces.html import line, plain, said, shown
from maieutic.traces.view.layout import Site, page, secret, table, url, worded
from maieutic.traces.view.shelf import OpenRun

_MOST = 200  # turns listed of one run
_LONG = 120  # most characters of a field for which one line is enough


def waiting_page(site: Site) -> h.Element:
    """All turns of all runs that wait for people."""
    runs = list(site.shelf.readable().values())
    rows = [(run, turn) for run in runs for turn in waiting(run.folder, _MOST)]
    return page(
        site,
        "Waiting",
        [
            h.h1["Waiting"],
            h.div("#waiting", data_live=True)[
                table(
                    ["run", "episode", "role", "last words"],
                    [
                        [
                            shown(run.slug),
                            h.a(href=url("run", run.slug, "episode", turn.place))[str(turn.place)],
                            h.a(".row-link", href=url("waiting", run.slug, turn.question.turn))[
                                shown(turn.question.role, 80)
                            ],
                            h.span(".wrap")[shown(line(_last(turn.question.view), 140))],
                        ]
                        for run, turn in rows
                    ],
                    label="Turns that wait",
                    numbers=(1,),
                    names=["run", "episode", "", ""],
                )
                if rows
                else h.p(".dim")[
                    worded("Nobody waits. A seat is a person's where a run was given `--cast SEAT=human`.")
                ]
            ],
        ],
        here="Waiting",
        live=runs,
    )


def _last(view: Mapping[str, JsonValue]) -> str:
    for value in reversed(list(view.values())):
        if isinstance(value, list) and value and isinstance(value[-1], dict) and "text" in value[-1]:
            return str(value[-1]["text"])
    return plain(next(iter(view.values()), ""))


def answer_page(
    site: Site, slug: str, turn: str, problem: str = "", given: Mapping[str, str] = {}
) -> h.Element:
    """What one person is shown, and the form to answer."""
    run = site.shelf.run(slug)
    asked = find(run.folder, turn)
    role = _role(run, asked)
    hidden = private_fields(role.answer)
    return page(
        site,
        f"{slug}: answer",
        [
            h.nav(".pager", aria_label="Back")[h.a(href="/waiting")["all that wait"]],
            h.h1[shown(role.name), f", episode {asked.place}"],
            h.details[h.summary["What is asked of you"], said(read_brief(role.brief or role.name))],
            h.section(".task", aria_label="What you are shown")[
                h.h2["What you are shown"],
                [
                    h.div(".field")[h.h3[shown(name, 80)], _field(value)]
                    for name, value in asked.question.view.items()
                ],
            ],
            bool(problem) and h.p(".problem", role="alert")[shown(problem)],
            h.form(".answer", method="post", action=url("waiting", slug, asked.question.turn))[
                secret(site),
                [
                    _input(name, info, name in hidden, given.get(name, ""))
                    for name, info in asked_properties(asked)
                ],
                h.p[h.button(".good")["Answer"]],
            ],
        ],
        here="Waiting",
    )


def asked_properties(asked: OpenTurn) -> list[tuple[str, dict[str, Any]]]:
    """Name and JSON Schema of each field of the answer."""
    properties = asked.question.form.get("properties")
    return list(properties.items()) if isinstance(properties, dict) else []  # type: ignore[arg-type]


def _field(value: JsonValue) -> h.Node:
    if isinstance(value, list) and value and all(isinstance(one, dict) and "text" in one for one in value):
        return h.ol(".talk")[
            [
                h.li(".turn")[h.header[h.b[shown(str(one.get("speaker", "")), 80)]], said(str(one["text"]))]
                for one in value
                if isinstance(one, dict)
            ]
        ]
    return said(plain(value)) if value not in ("", [], None) else h.p(".dim")["nothing yet"]


def _input(name: str, info: Mapping[str, Any], private: bool, value: str) -> h.Element:
    label = h.span[shown(name, 80), private and h.span(".dim")[" (private: nobody else sees it)"]]
    hint = bool(info.get("description")) and h.span(".dim.hint")[worded(str(info["description"]))]
    kinds = [info.get("type"), *(one.get("type") for one in info.get("anyOf", []) if isinstance(one, dict))]
    choices = info.get("enum") or ([True, False] if "boolean" in kinds else [])
    must = "default" not in info and "null" not in kinds
    if choices:
        options = [one if isinstance(one, str) else json.dumps(one) for one in choices]
        return h.label[
            label,
            hint,
            h.select(name=name)[
                not must and h.option(value="")["(nothing)"],
                [h.option(value=one, selected=one == value)[shown(one, 80)] for one in options],
            ],
        ]
    if "string" in kinds and info.get("maxLength", _LONG + 1) > _LONG:
        return h.label[
            label,
            hint,
            h.textarea(
                name=name, rows="4" if info.get("maxLength", 9999) > 2000 else "2", dir="auto", required=must
            )["\n" + value],
        ]
    return h.label[label, hint, h.input(name=name, value=value, required=must, autocomplete="off")]


def give_answer(site: Site, slug: str, turn: str, form: Mapping[str, str]) -> str:
    """Leave an answer for the run; the address to go on to.

    Raises:
        MaieuticError: no such turn, a field that cannot be used, or it has been answered.
    """
    run = site.shelf.run(slug)
    asked = find(run.folder, turn)
    role = _role(run, asked)
    left_out = {
        name for name, info in asked_properties(asked) if form.get(name) == "" and not _nullable(info)
    }
    fields = {
        name: None if text == "" else typed(role.answer, name, text)
        for name, text in form.items()
        if name not in left_out
    }
    answer(run.folder, turn, fields, scenario=_scenario(run))
    return "/waiting"


def _nullable(info: Mapping[str, Any]) -> bool:
    kinds = [one.get("type") for one in info.get("anyOf", []) if isinstance(one, dict)]
    return "null" in kinds and info.get("default") is None


def _role(run: OpenRun, asked: OpenTurn) -> Any:
    return role_of(run.folder, asked.question, _scenario(run))


def _scenario(run: OpenRun) -> Any:
    with run.journal() as journal:
        return scenario_of(journal)
