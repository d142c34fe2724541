"""A report, and a notebook's output, in a real browser, off line: seen by everybody, nothing executed, nothing loaded."""

import os
from pathlib import Path

import pytest
from hostile_report import hostile_task
from page_server import ran

from maieutic.runs import Journal

SHOTS = os.environ.get("MAIEUTIC_SHOTS")  # a folder to keep pictures in


@pytest.fixture
def page(chromium):
    """Opens a file off line; the console must stay empty and nothing be asked for."""
    said, opened = [], []

    def open_one(file, width=1280, scheme="light"):
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        opened.append(context)
        found = context.new_page()
        found.set_default_timeout(120_000)  # the machine may be busy
        found.on("console", lambda one: said.append(one.text))
        found.on("pageerror", lambda error: said.append(str(error)))
        found.on("dialog", lambda box: said.append(box.message))
        found.on(
            "request", lambda one: None if one.url.startswith(("file:", "data:")) else said.append(one.url)
        )
        found.goto(file.as_uri())
        return found

    yield open_one
    for context in opened:
        context.close()
    assert said == []


def axe(found):
    """Serious faults that axe-core finds."""
    found.evaluate((Path(os.environ["MAIEUTIC_AXE"]) / "axe.min.js").read_text())
    faults = found.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in faults
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of a run that is hostile in every field and of one of trees, beside the runs."""
    folder = tmp_path_factory.mktemp("report")
    ran("run", "socratic-math", *hostile_task(folder), "--out", folder / "bad<b>")
    ran("run", "spar", "--n", 4, "--out", folder / "trees")
    ran("report", folder / "bad<b>", folder / "trees", "-o", folder / "out.html")
    return folder / "out.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_opens_off_line_fits_and_nothing_in_it_acts(page, report, width, scheme):
    found = page(report, width, scheme)
    assert axe(found) == []
    found.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert found.evaluate("window.hit === undefined")
    assert found.locator("svg.tree").count() == 5
    assert found.locator("svg.tree").last.bounding_box()["width"] > 100
    assert found.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
    assert found.evaluate("getComputedStyle(document.querySelector('.talk')).display") == "grid", (
        "its styles are let in"
    )
    assert axe(found) == []
    if SHOTS and (width, scheme) == (1280, "light"):
        found.locator("svg.tree").last.scroll_into_view_if_needed()
        found.screenshot(path=f"{SHOTS}/report-{width}-{scheme}.png")
    found.locator("svg.tree").last.locator("a").nth(1).click()
    assert found.locator(".turn:target, .vote:target").count() == 1


def test_a_notebooks_output_is_drawn_and_changes_nothing_else_in_the_notebook(page, report, tmp_path):
    with Journal(report.parent / "trees") as journal:
        html = journal.find("1")._repr_mimebundle_()["text/html"]
    before = "<!doctype html><html lang=en><title>n</title><body><p class='turn facts role'>own</p>"
    style = "JSON.stringify([...Object.values(getComputedStyle(document.querySelector('p')))].slice(0, 400))"
    (tmp_path / "alone.html").write_text(before)
    (tmp_path / "with.html").write_text(before + html)
    drawn = page(tmp_path / "with.html")
    assert page(tmp_path / "alone.html").evaluate(style) == drawn.evaluate(style)
    assert drawn.locator("svg.tree").count() == 1
    assert drawn.evaluate("getComputedStyle(document.querySelector('.talk')).display") == "grid"
