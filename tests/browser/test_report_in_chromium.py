"""A report, and a notebook's output, in a real browser, off line: seen by everybody, nothing executed, nothing loaded."""

from maieutic.runs import Journal


def test_a_report_opens_off_line_fits_and_nothing_in_it_acts(tab, hostile, axe, looked_at):
    found = tab(offline=True)
    found.goto((hostile / "out.html").as_uri())
    assert axe(found) == [], "as it opens"
    found.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert found.evaluate("window.hit === undefined")
    assert found.locator("svg.tree").count() == 2
    assert found.locator("svg.tree").last.bounding_box()["width"] > 100
    assert found.evaluate("getComputedStyle(document.querySelector('.talk')).display") == "grid", (
        "its styles are let in"
    )
    looked_at(found, "report", top=".tree-frame")
    found.locator("svg.tree").last.locator("a").nth(1).click()
    assert found.locator(".turn:target, .vote:target").count() == 1


def test_a_notebooks_output_is_drawn_and_changes_nothing_else_in_the_notebook(tab, folder, tmp_path):
    with Journal(folder / "trees") as journal:
        html = journal.find("1")._repr_mimebundle_()["text/html"]
    before = "<!doctype html><html lang=en><title>n</title><body><p class='turn facts role'>own</p>"
    style = "JSON.stringify([...Object.values(getComputedStyle(document.querySelector('p')))].slice(0, 400))"
    (tmp_path / "alone.html").write_text(before)
    (tmp_path / "with.html").write_text(before + html)
    alone, drawn = tab(offline=True), tab(offline=True)
    alone.goto((tmp_path / "alone.html").as_uri())
    drawn.goto((tmp_path / "with.html").as_uri())
    assert alone.evaluate(style) == drawn.evaluate(style)
    assert drawn.locator("svg.tree").count() == 1
    assert drawn.evaluate("getComputedStyle(document.querySelector('.talk')).display") == "grid"
