"""A real browser on real runs. Skipped without Playwright and Chromium; .ci/heavy-view brings both, and axe-core."""

import os
import shutil
from pathlib import Path

import pytest
from page_server import caught_up, ran, served

REASON = "starts a browser; .ci/heavy-view runs it (MAIEUTIC_AXE=folder of axe-core)"


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents and "MAIEUTIC_AXE" not in os.environ:
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    ran("run", "socratic-math", "--n", 30, "--out", folder / "dialogues")
    ran("run", "socratic-math", "--n", 30, "-p", "patience=1", "--out", folder / "impatient")
    ran("run", "spar", "--n", 8, "--out", folder / "trees")
    ran("run", "tree-instruct", "--n", 4, "--out", folder / "debugging")
    ran("run", "socratic-math", "--n", 2, "--cast", "student=human", "--out", folder / "person")
    return folder


@pytest.fixture(scope="session")
def address(folder):
    with served(folder) as found:
        for slug, episodes in (("dialogues", 30), ("impatient", 30), ("trees", 8), ("debugging", 4)):
            caught_up(found, slug, episodes)
        yield found


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """Opens tabs whose console must stay empty; `tab(width, scheme)`."""
    opened, said = [], []

    def open_one(width=1280, scheme="light", height=900):
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda box: said.append(f"dialog: {box.message}"))
        page.set_default_timeout(120_000)  # the machine may be busy
        opened.append(page)
        return page

    yield open_one
    for page in opened:
        page.close()
    assert said == []
