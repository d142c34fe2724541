"""The page: who may ask for it, what strangers wrote stays text, reviews and answers reach the journal."""

import asyncio
import dataclasses
import json
import re
import shutil
from urllib.parse import quote

import pytest

pytest.importorskip("starlette", reason="the extra `view` is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")

import toy
from hostile_html import HOSTILE, Page
from starlette.testclient import TestClient
from typer.testing import CliRunner

from maieutic import RunError, Task, Usage, rng
from maieutic.agents import Move, Program
from maieutic.agents.human import Human
from maieutic.agents.simulated.person import Person
from maieutic.cli.app import app
from maieutic.runs import Journal, Source, run, waiting
from maieutic.scenarios import assemble, catalogue
from maieutic.traces.view import index
from maieutic.traces.view.server import application
from maieutic.traces.view.shelf import Shelf

HOST = "127.0.0.1:8411"


class Opened:
    """Runs on a page: a client whose tab is the page's own, with the indices up to date."""

    def __init__(self, folder, token=None):
        self.shelf = Shelf([folder])
        self.page = application(self.shelf, token=token)
        self.client = TestClient(self.page, base_url=f"http://{HOST}", follow_redirects=False)
        self.look()

    def look(self):
        for one in self.shelf.runs().values():
            while one.refresh():
                pass

    def get(self, path, status=200, **options):
        answer = self.client.get(path, **options)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
        return answer.text

    def post(self, path, status=303, **form):
        secret = re.search(r'name="form" value="([^"]+)"', self.get(path))[1]
        answer = self.client.post(path, data={"form": secret, **form})
        assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
        return answer


def played(folder, company, n=6, seed=0, world=None):
    asyncio.run(run(company, Source(world or company.scenario.world), folder, n=n, seed=seed))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    played(folder / "dialogues", assemble(catalogue.load("socratic-math")), n=8)
    played(folder / "recast", assemble(catalogue.load("socratic-math"), parameters={"patience": 1}), n=8)
    played(folder / "trees", assemble(catalogue.load("spar")), n=4, seed=1)
    return folder


@pytest.fixture(scope="module")
def site(runs):
    return Opened(runs)


# Who may ask


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8411",
        "localhost.evil.example:8411",
        "127.0.0.1:8411.evil.example",
        "127.0.0.2",
        "192.168.1.5:8411",
        "localhost@evil.example",
        "[::1].evil.example",
        "localhost:",
        "127.0.0.1:8411, evil.example",
        "",
    ],
)
def test_another_name_than_its_own_is_refused_so_that_no_name_can_be_rebound_to_it(site, host):
    assert "not served under that name" in site.get("/", 421, headers={"host": host})


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:80", "LOCALHOST:8411", "[::1]:8411"])
def test_a_forwarded_port_is_still_this_page_and_other_local_pages_are_not(site, host):
    site.get("/", headers={"host": host, "origin": f"http://{host}"})
    assert "another origin" in site.get("/", 403, headers={"host": host, "origin": "http://localhost:3000"})


def test_where_it_listens_everywhere_an_address_will_do_and_a_strange_name_will_not(runs):
    page = TestClient(
        application(Shelf([runs]), token="a-long-secret", addresses=True), follow_redirects=False
    )
    for host, status in (("192.168.1.5:8411", 401), ("[fe80::1]:8411", 401), ("evil.example:8411", 421)):
        assert page.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize("path", ["/", "/run/trees/episodes", "/static/view.js", "/live?runs=trees"])
def test_requests_from_other_origins_and_sites_are_refused(site, path):
    assert "another origin" in site.get(path, 403, headers={"origin": "http://evil.example"})
    assert "another origin" in site.get(path, 403, headers={"origin": "null"})
    assert "another site" in site.get(path, 403, headers={"sec-fetch-site": "cross-site"})
    site.get(path, headers={"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"})


def test_a_form_that_the_page_did_not_make_changes_nothing(site, runs):
    target = re.search(r'href="(/run/trees/pair/[^"]+)"', site.get("/run/trees/pairs"))[1]
    for form in ({}, {"form": "guessed"}, {"form": ""}):
        answer = site.client.post(target, data={"verdict": "reject", **form})
        assert answer.status_code == 403
    assert site.client.post(target, json={"verdict": "reject"}).status_code == 403
    assert "rejected (0)" in site.get("/run/trees/pairs")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(site, method):
    assert site.client.request(method, "/").status_code == 405


def test_every_answer_carries_the_policy_that_only_its_own_files_run(site):
    for path in ("/", "/no-such-page", "/static/view.js", "/run/dialogues/episode/0/json", "/run/none"):
        headers = site.client.get(path).headers
        policy = dict(one.strip().split(" ", 1) for one in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_with_a_token_nobody_gets_in_without_it_and_it_does_not_stay_in_the_address(runs):
    page = Opened(runs, token="a-long-secret")
    for path in ("/", "/static/view.js", "/?token=wrong", "/run/trees/episodes"):
        assert "with the token" in page.get(path, 401)
    answer = page.client.get("/run/trees?token=a-long-secret")
    assert (answer.status_code, answer.headers["location"]) == (303, "/run/trees")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    page.get("/run/trees")
    page.client.cookies.clear()
    page.client.cookies.set("maieutic-view", "wrong")
    page.get("/", 401)


SECRETS = (
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/run.json",
    "/etc/passwd",
    "view.css/../../guard.py",
)


@pytest.mark.parametrize("path", SECRETS)
def test_no_path_leads_out_of_what_is_shown(site, path):
    for door in ("/static/", "/run/", "/run/trees/episode/", "/run/trees/episode/0/turn/", "/waiting/trees/"):
        answer = site.client.get(door + path)
        assert answer.status_code in (404, 405), (door, path, answer.status_code)
        assert "root:" not in answer.text
        assert "import" not in answer.text


# Pages


def test_every_page_is_whole_and_links_to_pages_that_are_there(site):
    seen, left = set(), ["/"]
    while left and len(seen) < 200:
        path = left.pop(0)
        if path in seen or path.endswith("/json"):
            continue
        seen.add(path)
        page = Page(site.get(path))
        left += [
            re.sub(r"#.*", "", value)
            for name, value in page.attributes
            if name == "href" and value.startswith("/") and not value.startswith("/static")
        ]
    kinds = {re.sub(r"[0-9a-f]{24}|\d+|\?.*", "", path) for path in seen}
    assert {"/", "/run/trees", "/run/trees/episodes", "/run/trees/pairs", "/compare", "/waiting"} <= kinds


def test_search_and_filters_find_what_is_there_and_nothing_else(site, runs):
    with Journal(runs / "dialogues") as journal:
        episodes = dict(journal.episodes())
    leaking = {
        place for place, one in episodes.items() if any(e.answer.get("leaks") is True for e in one.events)
    }

    def found(query):
        return set(
            map(
                int, re.findall(r"/run/dialogues/episode/(\d+)", site.get(f"/run/dialogues/episodes?{query}"))
            )
        )

    assert found("") == set(episodes)
    assert found("verdict=" + quote("leaks: yes")) == leaking
    for stop in {one.stop.value for one in episodes.values()}:
        assert found(f"stop={stop}") == {place for place, one in episodes.items() if one.stop.value == stop}
    one = episodes[3]
    assert found(f"seed={one.seed}") == {3}
    said = str(one.by_role("student.reply")[0].answer["text"])
    assert 3 in found("text=" + quote('"' + said.splitlines()[0] + '"'))
    assert found("text=" + quote("xyzzy nobody says this")) == set()
    assert found("score=turns&low=3") == {p for p, e in episodes.items() if e.scores["turns"] >= 3}
    assert found("role=critic.screen&text=leak") <= set(episodes)


class Costly(Person):
    """A student like a model: it costs tokens, has raw replies, and now and then says nothing that can be used."""

    async def act(self, turn):
        chance = rng(turn.seed)
        usage = Usage(calls=1, prompt_tokens=chance.randrange(500), completion_tokens=7)
        if chance.random() < 0.3:
            return Move({"words": "none"}, usage=usage, raw="not <b>JSON</b>")
        return Move({"text": "12", "thought": "hm"}, usage=usage, raw='{"text": "12"}')


def found_again():
    """The toy scenario as a run can find it again: by its file."""
    return catalogue.load(f"{toy.__file__}:SCENARIO")


@pytest.fixture(scope="module")
def costly(tmp_path_factory):
    folder = tmp_path_factory.mktemp("costly")
    hasty = Program("hasty", {"critic.screen": lambda view: {"leaks": "3" in str(view["draft"])}})
    played(folder / "run", assemble(found_again(), cast={"student": Costly(), "critic": hasty}), n=60)
    with Journal(folder / "run") as journal:
        return Opened(folder), dict(journal.episodes())


def test_every_filter_and_every_order_is_that_of_the_episodes_page_by_page(costly):
    page, episodes = costly
    company = assemble(toy.SCENARIO)
    wrong = {p: sum(d.said != d.true for d in company.scenario.decisions(e)) for p, e in episodes.items()}
    tokens = {p: e.usage.prompt_tokens + e.usage.completion_tokens for p, e in episodes.items()}
    invalid = {p: sum(one.invalid is not None for one in e.events) for p, e in episodes.items()}
    middle = sorted(tokens.values())[30]
    low = sorted(e.scores["turns"] for e in episodes.values())[20] if "turns" in episodes[0].scores else 0

    def found(query):
        places = []
        for number in range(2):
            text = page.get(f"/run/run/episodes?{query}&page={number}")
            places += map(int, re.findall(r'row-link" href="/run/run/episode/(\d+)', text))
            if f">{len(places):,} episode" in text:
                break
        return places

    assert found("") == sorted(episodes)
    for query, wanted in {
        f"cost={middle}": {p for p in episodes if tokens[p] >= middle},
        "invalid=1": {p for p in episodes if invalid[p]},
        "wrong=1": {p for p in episodes if wrong[p]},
        "role=critic.screen": {p for p, e in episodes.items() if e.by_role("critic.screen")},
        "role=nobody": set(),
        f"score=turns&high={low}": {p for p, e in episodes.items() if e.scores.get("turns", 99) <= low},
        f"cost={middle}&invalid=1": {p for p in episodes if tokens[p] >= middle and invalid[p]},
    }.items():
        assert set(found(query)) == wanted, query
    assert all(0 < sum(map(bool, one.values())) < 60 for one in (invalid, wrong))
    for sort, values in (("tokens", tokens), ("invalid", invalid), ("wrong", wrong)):
        assert found(f"sort={sort}") == sorted(episodes, key=lambda p, by=values: (by[p], p))
        assert found(f"sort={sort}&down=1") == sorted(episodes, key=lambda p, by=values: (-by[p], p))


def test_the_episodes_before_and_after_are_those_that_were_asked_for(costly):
    page, episodes = costly
    asked = sorted(p for p, e in episodes.items() if any(one.invalid is not None for one in e.events))
    text = page.get(f"/run/run/episode/{asked[1]}?invalid=1")
    assert f'href="/run/run/episode/{asked[0]}?invalid=1" data-key="["' in text
    assert f'href="/run/run/episode/{asked[2]}?invalid=1" data-key="]"' in text


def test_a_turn_of_a_model_shows_its_raw_reply_its_tokens_and_why_it_cannot_be_used(costly):
    page, episodes = costly
    place, bad = next((p, one) for p, e in episodes.items() for one in e.events if one.invalid is not None)
    panel = page.get(f"/run/run/episode/{place}/turn/{bad.id}")
    assert "unusable" in panel
    text = page.get(f"/run/run/episode/{place}")
    assert "Decisions and the truth" in text, "records that cannot be drawn take no decisions with them"
    assert "not &lt;b&gt;JSON&lt;/b&gt;" in panel
    assert f"{bad.usage.prompt_tokens:,} read, 7 written" in panel
    assert "taken in this run" in panel
    good = next(one for e in episodes.values() for one in e.events if one.raw and one.invalid is None)
    place = next(p for p, e in episodes.items() if good in e.events)
    panel = page.get(f"/run/run/episode/{place}/turn/{good.id}")
    assert "Raw reply" in panel
    assert "{&#34;text&#34;: &#34;12&#34;}" in panel


@pytest.mark.parametrize(
    "query",
    ["text=" + quote(text[:300].encode("utf-8", "replace")) for text in HOSTILE]
    + ["text=%22", "text=a%20NOT%20OR%20(", "text=c0:x", "sort=;DROP", "sort=score:" + quote('"; DROP TABLE'), "page=-1",
       "page=99999999999999999999", "stop=%00", "score=x&low=1", "role=" + quote("' OR 1=1 --")],
)  # fmt: skip
def test_whatever_is_typed_into_the_search_is_words_and_never_a_language(site, query):
    Page(site.get(f"/run/dialogues/episodes?{query}"))


@pytest.mark.parametrize("query", ["low=abc&score=turns", "cost=1.5", "seed=99999999999999999999"])
def test_a_number_that_is_none_is_told(site, query):
    assert 'role="alert"' in site.get(f"/run/dialogues/episodes?{query}", 404)


def test_a_turn_shows_its_view_its_prompt_its_seed_and_where_in_the_graph_it_stands(site, runs):
    with Journal(runs / "trees") as journal:
        episode = journal.find("0")
    vote = episode.by_role("refiner.judge")[0]
    panel = site.get(f"/run/trees/episode/0/turn/{vote.id}")
    for words in (
        "What the player was shown",
        "The filled-in prompt",
        "took",
        vote.id,
        "Where in the graph",
        "1 of 1",
    ):
        if words != "1 of 1":
            assert words in panel
    assert "state focus" in panel


def test_compare_tells_which_turn_diverged_first_and_who_won(site):
    text = site.get("/compare?a=dialogues&b=recast")
    assert "8 tasks in common" in text
    assert "B higher" in text
    assert "first turn that differs" in text
    row = re.search(r'href="(/compare/dialogues/\d+/recast/\d+)"', text)[1]
    assert "They differ from the first turn on." in site.get(row), (
        "they are of other parameters, so of other seeds"
    )
    assert "parameters: not the same; cast: the same" in text


# What happens to runs while they are shown


def test_a_damaged_run_is_told_and_hides_no_other_run(tmp_path):
    played(tmp_path / "good", assemble(toy.SCENARIO), n=2)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "run.json").write_text((tmp_path / "good" / "run.json").read_text())
    page = Opened(tmp_path)
    text = page.get("/")
    assert "/run/good" in text
    assert "bad/run.json: damaged" in text
    assert "empty/journal.db" in text
    for path in ("/compare", "/waiting", "/run/good", "/live?runs=good,bad"):
        page.get(path)
    for path in ("/run/bad", "/run/bad/episodes", "/run/empty/pairs"):
        assert 'role="alert"' in page.get(path, 404)


def test_a_run_that_is_deleted_while_it_is_shown_is_told_and_one_made_in_its_place_is_shown(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("maieutic.traces.view.shelf._LOOK", 0.0)
    for name in ("kept", "gone"):
        played(tmp_path / name, assemble(toy.SCENARIO), n=2)
    page = Opened(tmp_path)
    assert "2 episodes" in page.get("/run/gone/episodes")
    with Journal(tmp_path / "gone") as journal:
        turn = journal.find("0").events[0].id
    shutil.rmtree(tmp_path / "gone")
    for path in ("", "/episodes", "/episode/0", f"/episode/0/turn/{turn}", "/episode/0/json", "/pairs"):
        assert "not any more" in page.get(f"/run/gone{path}", 404)
    assert "/run/gone" not in page.get("/")
    page.look()
    for path in ("/compare?a=kept&b=gone", "/waiting", "/live?runs=gone,kept", "/run/kept/episodes"):
        page.get(path)
    played(tmp_path / "gone", assemble(toy.SCENARIO), n=3, seed=5)
    page.get("/")
    page.look()
    assert "3 episodes" in page.get("/run/gone/episodes")


def test_a_run_that_vanishes_under_a_page_is_told(tmp_path):
    played(tmp_path / "run", assemble(toy.SCENARIO), n=2)
    page = Opened(tmp_path)
    page.get("/run/run")
    shutil.rmtree(tmp_path / "run")
    page.shelf._looked = float("inf")  # before the shelf has noticed
    for path in ("", "/episodes", "/episode/0", "/pairs"):
        assert 'role="alert"' in page.get(f"/run/run{path}", 404)
    for path in ("/", "/waiting", "/compare"):
        page.get(path)


def test_a_rest_is_as_long_as_the_work_before_it_whatever_is_done_between_two_chunks(tmp_path, monkeypatch):
    played(tmp_path / "run", assemble(catalogue.load("socratic-math")), n=6)
    now, rests = [0.0], []
    monkeypatch.setattr(index.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(index.time, "sleep", rests.append)
    add, draw = index.Index.add, index.Index.draw

    def slow(of):
        def taken(self, *given):
            now[0] += 2.0
            return of(self, *given)

        return taken

    monkeypatch.setattr(index.Index, "add", slow(add))
    monkeypatch.setattr(index.Index, "draw", slow(draw))
    with Journal(tmp_path / "run") as journal:
        company = assemble(catalogue.load("socratic-math"))
        found = []
        for done in index.build(index.Index(tmp_path / "run"), journal, company, chunk=5, rest=0.5):
            found.append(done)
            now[0] += 60.0  # other runs are looked after
    assert found == [5, 1, 1, 1, 1, 1, 1, 1]
    assert rests == [1.0] * 8


def test_an_index_that_is_thrown_away_is_made_again(tmp_path):
    played(tmp_path / "run", assemble(toy.SCENARIO), n=2)
    page = Opened(tmp_path)
    for file in tmp_path.glob("run/view.db*"):
        file.unlink()
    assert "0 episodes" in page.get("/run/run/episodes")
    for file in tmp_path.glob("run/view.db*"):
        file.unlink()
    page.look()
    assert "2 episodes" in page.get("/run/run/episodes")


# What people do


def test_a_pair_is_edited_and_the_export_gives_the_edited_text(runs, tmp_path):
    played(tmp_path / "trees", assemble(catalogue.load("spar")), n=4, seed=1)
    page = Opened(tmp_path)
    target = re.search(r'href="(/run/trees/pair/[^"]+)"', page.get("/run/trees/pairs"))[1]
    page.post(target, 303, verdict="edit", chosen="Words of a person.", note="clearer", by="ada")
    assert "edited (1)" in page.get("/run/trees/pairs")
    done = CliRunner().invoke(app, ["export", str(tmp_path / "trees"), "--as", "dpo"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["chosen"][0]["content"] for row in rows].count("Words of a person.") == 1
    page.post(target, 422, verdict="perhaps")
    page.post(target, 303, verdict="reject", by="eve")
    assert "rejected (1)" in page.get("/run/trees/pairs")
    fewer = CliRunner().invoke(app, ["export", str(tmp_path / "trees"), "--as", "dpo"]).stdout.splitlines()
    assert len(fewer) == len(rows) - 1
    page.post(target, 303, verdict="accept")
    last = CliRunner().invoke(app, ["export", str(tmp_path / "trees"), "--as", "dpo"]).stdout
    assert len(last.splitlines()) == len(rows)
    assert "Words of a person." not in last


def test_a_turn_that_waits_for_a_person_is_answered_on_the_page(tmp_path):
    company = assemble(catalogue.load("socratic-math"), cast={"student": Human()})
    played(tmp_path / "person", company, n=2)
    page = Opened(tmp_path)
    turn = waiting(tmp_path / "person")[0].question.turn
    target = f"/waiting/person/{turn}"
    assert target in page.get("/waiting")
    unbegun = page.get("/run/person/episode/0")
    assert "0 turns so far" in unbegun
    assert f'href="{target}"' in unbegun
    assert str(company.scenario.world.generate(0, 0).fields["question"])[:30] in unbegun
    page.get("/run/person/episode/2", 404)
    page.post(target, 422, text="", answer="", confidence="very")
    page.post(target, 303, text="<b>I get 12</b>", answer="12", confidence="0.5")
    assert target not in page.get("/waiting")
    played(tmp_path / "person", company, n=2)
    with Journal(tmp_path / "person") as journal:
        said = [
            e.answer.get("text")
            for place in range(2)
            for e in journal.events(place)
            if e.role == "student.reply"
        ]
    assert "<b>I get 12</b>" in said


def test_news_of_a_run_change_its_stamp(tmp_path):
    company = assemble(toy.SCENARIO)
    played(tmp_path / "run", company, n=2)
    page = Opened(tmp_path)
    before = page.get("/live?runs=run")
    assert page.get("/live?runs=run") == before
    played(tmp_path / "run", company, n=5)
    page.look()
    assert page.get("/live?runs=run") != before
    assert "5 episodes" in page.get("/run/run/episodes")


def test_a_folder_without_runs_is_an_error(tmp_path):
    with pytest.raises(RunError, match="no run there"):
        Shelf([tmp_path])


# Strangers


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_strangers_wrote_becomes_markup_on_any_page(tmp_path, text):
    def hostile(seed, index):
        fields = {"question": text, "answer": "7", "secret": text, text[:60] or "x": text}
        name = f"{text[:60]}:{index}".encode("utf-8", "replace").decode().replace("\0", "0")
        return Task(id=name, world="toy", fields=fields, truth={"sum": 7, text[:60]: text})

    world = dataclasses.replace(toy.WORLD, generate=hostile)
    cast = {
        "teacher": Program("teacher", {"teacher.ask": lambda view: {"text": text, "thought": text}}),
        "student": Program("student", {"student.reply": lambda view: {"text": text + "?", "thought": text}}),
        "critic": Program("critic", {"critic.screen": lambda view: {"leaks": False}}),
    }
    played(tmp_path / "run", assemble(toy.SCENARIO, cast=cast), n=2, world=world)
    page = Opened(tmp_path)
    with Journal(tmp_path / "run") as journal:
        turns = [event.id for event in journal.find("0").events]
    paths = [
        "/",
        "/run/run",
        "/run/run/episodes",
        "/run/run/episode/0",
        "/run/run/pairs",
        "/compare?a=run&b=run",
    ]
    paths += [f"/run/run/episode/0/turn/{turn}" for turn in turns[:3]] + [
        f"/run/run/episode/0?turn={turns[0]}"
    ]
    for path in paths:
        text_of_page = page.get(path)
        found = Page(text_of_page)
        assert [one.get("src") for one in found.scripts] in ([], ["/static/view.js"])
        assert not found.names & {"img", "iframe", "object", "embed", "base", "style"}
        for name, value in found.attributes:
            assert not name.startswith("on"), (path, name)
            assert not str(value).strip().lower().startswith("javascript:"), (path, name)
        assert "\u202e" not in text_of_page
        assert "\x1b" not in text_of_page
        assert len(text_of_page) < 3_000_000
