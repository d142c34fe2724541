"""The pages that are made: the gallery has every scenario, llms.txt every page, the reference every package."""

import importlib.util
from pathlib import Path

import pytest

from maieutic.scenarios import catalogue

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("docs_pages", DOCS / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_gallery_draws_every_scenario(pages):
    text = pages.gallery()
    for name in catalogue.names():
        part = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert "```mermaid\ngraph TD" in part
        assert "An episode takes at most" in part
        for role in catalogue.load(name).roles:
            assert f"`{role.name}`" in part


def test_the_reference_has_a_page_for_every_package(pages):
    made = pages.reference()
    assert len(made) == len(pages.packages()) + 1
    assert "::: maieutic.graphs.flow" in made["reference/graphs.md"]
    assert "::: maieutic.agents.simulated.writer" in made["reference/agents.md"]
    assert "::: maieutic.exports.formats.trl" in made["reference/exports.md"]


def test_llms_txt_names_every_page_with_its_first_sentence(pages):
    found = {str(file.relative_to(DOCS)): file.read_text() for file in DOCS.rglob("*.md")}
    text = pages.llms(found)
    assert text.startswith("# maieutic\n\n> ")
    for path in found:
        assert f"]({path})" in text
    assert "(guide/first.md): Everything here runs without a model" in text
    assert "(guide/exporting.md): `maieutic export` writes the records of a run" in text
    assert "```" not in text


def test_a_page_that_the_navigation_does_not_name_is_in_the_guide(pages, tmp_path):
    (tmp_path / "guide").mkdir()
    for name in ("index.md", "new.md", "guide/first.md", "guide/later.md"):
        (tmp_path / name).write_text("# x\n")
    config = {"docs_dir": str(tmp_path), "nav": ["index.md", {"Guide": ["guide/first.md"]}]}
    assert pages.on_config(config)["nav"] == [
        "index.md",
        {"Guide": ["guide/first.md", "guide/later.md", "new.md"]},
    ]
