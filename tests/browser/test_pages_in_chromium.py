"""The page in a real browser: every page at both widths and in both lights, by mouse, by keyboard, and live."""

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from page_server import caught_up, maieutic, ran, served

from maieutic.runs import Journal, waiting

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
    "compared": "compare/dialogues/15/impatient/15",
    "waiting": "waiting",
}
TOP = {"tree": ".tree-part"}  # what pictures begin with


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_and_can_be_read_by_everybody(tab, address, looked_at, name):
    page = tab()
    page.goto(address + PAGES[name])
    looked_at(page, name, top=TOP.get(name, "body"))


def test_a_node_of_the_tree_is_clicked_and_all_there_is_to_it_is_shown(tab, address, looked_at):
    page = tab()
    page.goto(address + PAGES["tree"])
    assert page.locator("#turn").is_hidden()
    node = page.locator("svg.tree a.chosen[data-turn]").last  # a revision that was chosen
    name = node.get_attribute("data-turn")
    node.click()
    page.wait_for_selector("#turn .panel")
    assert page.locator("#turn").bounding_box()["y"] < 900, "what a click opens is in sight"
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
    page.locator("#turn").evaluate("panel => { panel.scrollTop = 0; }")
    looked_at(page, "turn", top="#turn")
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


def test_a_pair_is_edited_and_the_export_gives_the_words(tab, address, folder, looked_at):
    page = tab()
    page.goto(address + PAGES["pairs"])
    page.locator("section.listed a.row-link").first.click()
    page.wait_for_url("**/pair/**")
    page.fill("textarea[name=chosen]", "Words that a person wrote.")
    page.fill("input[name=by]", "ada")
    page.locator("button", has_text="Save the edited texts").click()
    page.wait_for_selector(".reviewed")
    assert "edited by ada" in page.inner_text(".reviewed")
    looked_at(page, "pair")
    done = subprocess.run(
        maieutic("export", folder / "trees", "--as", "dpo"), capture_output=True, text=True, check=True
    )
    chosen = [json.loads(line)["chosen"][0]["content"] for line in done.stdout.splitlines()]
    assert chosen.count("Words that a person wrote.") == 1
    page.goto(address + PAGES["pairs"] + "?state=edit")
    assert page.locator("section.listed").count() == 1


def test_a_turn_that_waits_for_a_person_is_answered(tab, address, folder, looked_at):
    page = tab()
    page.goto(address + "waiting")
    links = page.locator("a[href^='/waiting/person/']")
    before = links.count()
    links.first.click()
    page.wait_for_selector("form.answer")
    looked_at(page, "answer")
    page.fill("[name=text]", "I get 12, I think.")
    for name, value in (("answer", "12"), ("confidence", "0.5")):
        if page.locator(f"[name={name}]").count():
            page.fill(f"[name={name}]", value)
    page.locator("form.answer button").click()
    page.wait_for_url("**/waiting")
    assert page.locator("a[href^='/waiting/person/']").count() == before - 1
    ran("run", "socratic-math", "--n", 2, "--cast", "student=human", "--out", folder / "person")
    asked = [turn.question.model_dump_json() for turn in waiting(folder / "person")]
    assert any("I get 12, I think." in one for one in asked)


def test_a_live_run_is_followed_without_a_reload(tab, address, folder):
    page = tab()
    page.goto(f"{address}run/live/episodes")
    page.evaluate("window.stayed = true")
    assert page.inner_text("#found") == "3 episodes"
    with subprocess.Popen(maieutic("run", "socratic-math", "--n", 30, "--out", folder / "live")) as more:
        expect(page.locator("#found")).to_have_text("30 episodes", timeout=120_000)
        assert more.wait(120) == 0
    assert page.evaluate("window.stayed") is True
    assert page.locator("#episodes tbody tr").count() == 30


def test_what_strangers_wrote_does_nothing_in_a_browser(tab, address, folder, hostile):
    """The run appears by itself in the folder that is shown."""
    shutil.copytree(hostile / "bad<b>", folder / "bad<b>")
    slug = "bad-b"
    for _ in range(60):
        if f'/run/{slug}"' in urllib.request.urlopen(address).read().decode():
            break
        time.sleep(0.25)
    caught_up(address, slug, 1)
    with Journal(folder / "bad<b>") as journal:
        turns = [event.id for event in journal.find("0").events]
    page = tab()
    for path in (
        "",
        f"run/{slug}",
        f"run/{slug}/episodes?text=script",
        f"run/{slug}/episode/0",
        *(f"run/{slug}/episode/0?turn={turn}" for turn in turns[:2]),
        f"run/{slug}/pairs",
        f"compare?a={slug}&b=dialogues",
        f"compare/{slug}/0/dialogues/0",
    ):
        answer = page.goto(address + path)
        assert answer.status == 200, path
        assert page.evaluate("window.hit === undefined"), path
        assert page.locator("img").count() == 0, path
        assert page.evaluate("document.scripts.length") == 1, path


def test_with_a_token_the_page_opens_and_without_it_does_not(tab, folder):
    with served(folder, "--token", "long-enough-secret") as found:
        page = tab()
        page.goto(found)
        assert "token" not in page.url
        assert page.locator("#runs").count() == 1
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(found.partition("?")[0])
        page.context.close()
