"""A real browser on real runs. Skipped without Playwright and Chromium; .ci/heavy-view brings both, and axe-core.

Starting things is what takes time here: all runs are made in this process, one server shows them, one browser looks.
"""

import os
import shutil
from pathlib import Path

import in_process
import pytest
from hostile_report import hostile_task
from page_server import caught_up, served

REASON = "starts a browser; .ci/heavy-view runs it (MAIEUTIC_AXE=folder of axe-core)"
SEEN = {"dialogues": 30, "impatient": 30, "trees": 8, "debugging": 4, "live": 3}  # episodes of each run
LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents and "MAIEUTIC_AXE" not in os.environ:
            item.add_marker(pytest.mark.skip(reason=REASON))


def made(folder, *words):
    done = in_process.maieutic(folder, *words)
    assert done.returncode in (0, 3), done.stderr


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The folder of runs that the page shows."""
    folder = tmp_path_factory.mktemp("runs")
    made(folder, "run", "socratic-math", "--n", 30, "--out", "dialogues")
    made(folder, "run", "socratic-math", "--n", 30, "-p", "patience=1", "--out", "impatient")
    made(folder, "run", "spar", "--n", SEEN["trees"], "--out", "trees")
    made(folder, "run", "tree-instruct", "--n", SEEN["debugging"], "--out", "debugging")
    made(folder, "run", "socratic-math", "--n", 2, "--cast", "student=human", "--out", "person")
    made(folder, "run", "socratic-math", "--n", SEEN["live"], "--out", "live")
    return folder


@pytest.fixture(scope="session")
def hostile(tmp_path_factory, folder):
    """A folder with a run that is hostile in every field, `bad<b>`, and a report of it and of the trees."""
    hostile = tmp_path_factory.mktemp("hostile")
    made(hostile, "run", "socratic-math", *hostile_task(hostile), "--out", "bad<b>")
    made(hostile, "report", "bad<b>", folder / "trees", "-o", "out.html", "--episode", 0)
    return hostile


@pytest.fixture(scope="session")
def address(folder):
    with served(folder) as found:
        for slug, episodes in SEEN.items():
            caught_up(found, slug, episodes)
        yield found


@pytest.fixture(scope="session")
def chromium(folder, hostile):  # runs are made first: the browser's driver keeps this thread's event loop
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """Opens tabs whose console must stay empty; with `offline`, nothing may be asked of anybody."""
    opened, said = [], []

    def open_one(offline=False):
        context = chromium.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme="light", offline=offline
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)  # the machine may be busy
        page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda box: said.append(f"dialog: {box.message}"))
        if offline:
            near = ("file:", "data:")
            page.on("request", lambda one: None if one.url.startswith(near) else said.append(one.url))
        return page

    yield open_one
    for context in opened:
        context.close()
    assert said == []


@pytest.fixture(scope="session")
def axe():
    """Serious faults that axe-core finds. It is run beside the page's policy, which lets no foreign script in."""
    source = (Path(os.environ["MAIEUTIC_AXE"]) / "axe.min.js").read_text()

    def faults(page):
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            (one["id"], one["impact"], one["nodes"][0]["html"][:200])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    return faults


@pytest.fixture(scope="session")
def looked_at(axe):
    """Goes over a page in each width and light: nothing sticks out, everybody can read it; keeps pictures, from `top` on, if
    MAIEUTIC_SHOTS names a folder for them."""

    def look(page, name, top="body"):
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) <= 0, (name, width)
            if (width, scheme) in ((1280, "light"), (390, "dark")):  # each width and each light once
                assert axe(page) == [], (name, width, scheme)
            if "MAIEUTIC_SHOTS" in os.environ:
                page.locator(top).last.evaluate("one => one.scrollIntoView({behavior: 'instant'})")
                page.screenshot(path=f"{os.environ['MAIEUTIC_SHOTS']}/{name}-{width}-{scheme}.png")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")

    return look
