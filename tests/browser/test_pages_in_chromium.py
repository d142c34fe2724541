"""The page in a real browser: every page at both widths and in both lights, by mouse, by keyboard, and live."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from page_server import caught_up, maieutic, ran, served

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

PAGES = {
    "runs": "",
    "run": "run/trees",
    "episodes": "run/dialogues/episodes",
    "dialogue": "run/dialogues/episode/15",
    "unfinished": "run/person/episode/0",
    "tree": "run/trees/episode/4",
    "debugging": "run/debugging/episode/1",
    "pairs": "run/trees/pairs",
    "compare": "compare?a=dialogues&b=impatient",
    "waiting": "waiting",
}
SHOTS = os.environ.get("MAIEUTIC_SHOTS")  # a folder to keep pictures in


def axe(page):
    """Serious faults that axe-core finds. It is run beside the page's policy, which lets no foreign script in."""
    source = (Path(os.environ["MAIEUTIC_AXE"]) / "axe.min.js").read_text()
    page.evaluate(source)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], one["impact"], one["nodes"][0]["html"][:200])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_and_can_be_read_by_everybody(tab, address, name, width, scheme):
    page = tab(width, scheme)
    page.goto(address + PAGES[name])
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert axe(page) == []
    if SHOTS and (name, width, scheme) in _KEPT:
        page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png")


_KEPT = {
    ("runs", 1280, "light"), ("episodes", 1280, "light"), ("dialogue", 1280, "light"), ("compare", 1280, "light"),
    ("tree", 1280, "dark"), ("run", 1280, "dark"), ("dialogue", 390, "light"), ("tree", 390, "dark"),
}  # fmt: skip


def test_a_node_of_the_tree_is_clicked_and_all_there_is_to_it_is_shown(tab, address):
    page = tab()
    page.goto(address + PAGES["tree"])
    assert page.locator("#turn").is_hidden()
    node = page.locator("svg.tree a.chosen[data-turn]").last  # a revision that was chosen
    name = node.get_attribute("data-turn")
    node.click()
    page.wait_for_selector("#turn .panel")
    assert page.locator("#turn").bounding_box()["y"] < 900, "what a click opens is in sight"
    assert axe(page) == []
    panel = page.inner_text("#turn")
    for words in (
        "What it changed",
        "votes",
        "What the player was shown",
        "The filled-in prompt",
        "seed",
        "took",
        "journal",
    ):
        assert words in panel
    assert f"turn={name}" in page.url
    page.locator("#turn summary", has_text="The filled-in prompt").click()
    assert "system" in page.inner_text("#turn")
    page.locator("#turn summary", has_text="Where in the graph").click()
    assert page.locator("#turn svg.graph .state.focus").is_visible()
    if SHOTS:
        page.locator("#turn").evaluate("panel => { panel.scrollTop = 0; }")
        page.screenshot(path=f"{SHOTS}/turn-1280-light.png")
    page.go_back()
    expect(page.locator("#turn .panel")).to_have_count(0)
    page.go_forward()
    page.wait_for_selector("#turn .panel")
    page.locator("#turn a.close").click()
    assert page.locator("#turn").is_hidden()
    assert "turn=" not in page.url
    page.goto(f"{address}{PAGES['tree']}?turn={name}")  # a deep link: the same without a script's help
    assert "votes" in page.inner_text("#turn")
    assert page.locator("svg.tree .node.focus").count() == 1


def test_a_search_finds_words_in_turns_and_keeps_them_in_the_address(tab, address):
    page = tab()
    page.goto(address + PAGES["episodes"])
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type('"final answer is"')
    page.keyboard.press("Enter")
    page.wait_for_url("**text=**")
    count = int(re.search(r"([\d,]+) episodes", page.inner_text("#found"))[1].replace(",", ""))
    assert 0 < count < 30
    page.locator("summary", has_text="More filters").click()
    page.select_option("select[name=role]", "teacher.turn")
    page.locator("button", has_text="Search").click()
    page.wait_for_url("**role=teacher.turn**")
    assert "episodes" in page.inner_text("#found")
    page.locator("table.list a", has_text="turns").first.click()
    page.wait_for_url("**sort=turns**")
    assert "role=teacher.turn" in page.url


def test_the_keyboard_alone_goes_everywhere(tab, address):
    page = tab()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/run/**")
    page.goto(address + PAGES["episodes"])
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/episode/0**")
    page.keyboard.press("]")
    page.wait_for_url("**/episode/1**")
    page.keyboard.press("[")
    page.wait_for_url("**/episode/0**")
    page.goto(address + PAGES["tree"])
    page.locator("svg.tree .node[tabindex='0']").focus()
    before = page.evaluate("document.activeElement.dataset.turn")
    page.keyboard.press("ArrowDown")
    after = page.evaluate("document.activeElement.dataset.turn")
    assert after != before
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn .panel")
    assert f"turn={after}" in page.url
    page.keyboard.press("Escape")
    assert page.locator("#turn").is_hidden()
    assert page.evaluate("document.activeElement.dataset.turn") == after
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog#keys").is_visible()


def test_a_pair_is_edited_and_the_export_gives_the_words(tab, address, folder):
    page = tab()
    page.goto(address + PAGES["pairs"])
    page.locator("section.listed a.row-link").first.click()
    page.wait_for_url("**/pair/**")
    page.fill("textarea[name=chosen]", "Words that a person wrote.")
    page.fill("input[name=by]", "ada")
    page.locator("button", has_text="Save the edited texts").click()
    page.wait_for_selector(".reviewed")
    assert "edited by ada" in page.inner_text(".reviewed")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/pair-1280-light.png")
    done = subprocess.run(
        maieutic("export", folder / "trees", "--as", "dpo"), capture_output=True, text=True, check=True
    )
    chosen = [json.loads(line)["chosen"][0]["content"] for line in done.stdout.splitlines()]
    assert chosen.count("Words that a person wrote.") == 1
    page.goto(address + PAGES["pairs"] + "?state=edit")
    assert page.locator("section.listed").count() == 1


def test_a_turn_that_waits_for_a_person_is_answered(tab, address, folder):
    page = tab()
    page.goto(address + "waiting")
    links = page.locator("a[href^='/waiting/person/']")
    before = links.count()
    links.first.click()
    page.wait_for_selector("form.answer")
    assert axe(page) == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/answer-1280-light.png")
    page.fill("[name=text]", "I get 12, I think.")
    for name, value in (("answer", "12"), ("confidence", "0.5")):
        if page.locator(f"[name={name}]").count():
            page.fill(f"[name={name}]", value)
    page.locator("form.answer button").click()
    page.wait_for_url("**/waiting")
    assert page.locator("a[href^='/waiting/person/']").count() == before - 1
    ran("run", "socratic-math", "--n", 2, "--cast", "student=human", "--out", folder / "person")
    found = subprocess.run(
        maieutic("waiting", folder / "person", "--json"), capture_output=True, text=True, check=True
    )
    assert "I get 12, I think." in found.stdout


def test_a_live_run_is_followed_without_a_reload(tab, tmp_path):
    ran("run", "socratic-math", "--n", 3, "--out", tmp_path / "live")
    with served(tmp_path) as found:
        caught_up(found, "live", 3)
        page = tab()
        page.goto(f"{found}run/live/episodes")
        page.evaluate("window.stayed = true")
        assert page.inner_text("#found") == "3 episodes"
        with subprocess.Popen(
            maieutic("run", "socratic-math", "--n", 30, "--out", tmp_path / "live")
        ) as more:
            expect(page.locator("#found")).to_have_text("30 episodes", timeout=120_000)
            assert more.wait(120) == 0
        assert page.evaluate("window.stayed") is True
        assert page.locator("#episodes tbody tr").count() == 30
        page.close()


def test_what_strangers_wrote_does_nothing_in_a_browser(tab, tmp_path):
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\u202e[x](javascript:alert(1))"
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(json.dumps({"question": f"{evil} 3 + 4?", "answer": "7", "id": evil}) + "\n")
    ran("run", "socratic-math", "--tasks", tasks, "--out", tmp_path / "runs" / "evil")
    with served(tmp_path / "runs") as found:
        caught_up(found, "evil", 1)
        page = tab()
        for path in ("", "run/evil", "run/evil/episodes", "run/evil/episode/0", "compare?a=evil&b=evil"):
            page.goto(found + path)
            assert "owned" not in page.title()
            assert page.locator("img").count() == 0
            assert page.evaluate("document.scripts.length") == 1


def test_with_a_token_the_page_opens_and_without_it_does_not(tab, folder):
    with served(folder, "--token", "long-enough-secret") as found:
        page = tab()
        page.goto(found)
        assert "token" not in page.url
        assert page.locator("#runs").count() == 1
        import urllib.error
        import urllib.request

        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(found.partition("?")[0])
        page.close()
