"""A report opened by a real browser, off line: drawings to be seen, nothing executed, nothing on the console."""

import shutil

import pytest

pytest.importorskip("playwright")
pytest.importorskip("htpy")
from hostile_report import hostile_run, ran
from playwright.sync_api import sync_playwright

from maieutic.traces.report import write_report

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_report_opens_off_line_and_nothing_in_it_acts(tmp_path, monkeypatch, capsys, width, scheme):
    runs = [hostile_run(tmp_path, monkeypatch), ran(tmp_path, monkeypatch, "spar", "trees", "--n", 4)]
    write_report(runs, tmp_path / "out.html")
    said = []
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = {"width": width, "height": 900}
        page = browser.new_context(offline=True, viewport=view, color_scheme=scheme).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on(
            "request",
            lambda one: said.append(one.url) if not one.url.startswith(("file:", "data:")) else None,
        )
        page.goto((tmp_path / "out.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("window.hit === undefined")
        assert page.locator("svg.tree").count() == 5
        assert page.locator("svg.tree").last.bounding_box()["width"] > 100
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
        assert page.evaluate("getComputedStyle(document.querySelector('.talk')).display") == "grid", (
            "styles are let in"
        )
        page.locator("svg.tree").last.locator("a").nth(1).click()
        assert page.locator(".turn:target, .vote:target").count() == 1
        browser.close()
    assert said == []
