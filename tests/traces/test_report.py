"""A report is one file that opens anywhere, says what it leaves out, and in which nothing strange does anything."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

pytest.importorskip("htpy")

from hostile_report import hostile_run, ran

from maieutic import RunError
from maieutic.cli import main
from maieutic.runs import Journal
from maieutic.traces.report import Choice, write_report
from maieutic.traces.search import Search


class Page(HTMLParser):
    """What a file is made of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.targets, self.attributes, self.open = [], [], [], [], []
        self.styles, self.policy = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [given["id"]] if "id" in given else []
        self.targets += [given["href"]] if tag == "a" else []
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        self.open.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def report(*folders, choice=None, **options):
    file = folders[0].parent / "out.html"
    told = write_report(folders, file, choice, **options)
    return told, Page(file.read_text(encoding="utf-8")), file.read_text(encoding="utf-8")


def test_a_report_is_whole_loads_nothing_and_runs_nothing(tmp_path, monkeypatch, capsys):
    talks = ran(tmp_path, monkeypatch, "socratic-math", "talks", "--n", 12)
    trees = ran(tmp_path, monkeypatch, "spar", "trees", "--n", 4)
    told, page, text = report(talks, trees)
    assert (told["shown"], told["episodes"], told["bytes"]) == (16, 16, len(text.encode()))
    style = "".join(page.styles)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in page.policy, "the styles are those that the policy lets in"
    assert "script" not in page.tags
    assert not [one for one in page.attributes if one[1].startswith("on") or one[1] == "style"]
    assert "url(" not in style
    assert "@import" not in style
    loading = [value for tag, name, value in page.attributes if name in ("src", "srcset", "action", "data")]
    assert loading == []
    assert [v for tag, name, v in page.attributes if name == "href" and tag == "link"] == ["data:,"]
    assert len(page.ids) == len(set(page.ids))
    assert {one for one in page.targets if not one.startswith("#")} == set()
    assert {one[1:] for one in page.targets} <= {*page.ids, "main"}, "every link leads somewhere in the file"
    for word in ("Measures", "Tutoring", "success@1", "Decisions against the known truth", "Pairs", "Cast"):
        assert word in text
    assert page.tags.count("details") > 16
    assert "belief" in text
    assert 'class="tree"' in text


def test_what_is_left_out_is_said_and_the_size_is_bounded(tmp_path, monkeypatch, capsys):
    trees = ran(tmp_path, monkeypatch, "spar", "trees", "--n", 30)
    told, _, text = report(trees, choice=Choice(most=30), most_bytes=400_000)
    assert told["bytes"] < 500_000
    assert 0 < told["shown"] < 30
    assert f"{told['shown']} of 30 episodes are shown in full." in text
    assert f"{30 - told['shown']} were left out, since the file would have passed 0.4 MB" in text
    told, _, text = report(trees, choice=Choice(most=3))
    assert told["shown"] == 3
    assert "27 were left out (--n)" in text


def test_episodes_are_chosen_by_place_or_by_what_is_looked_for_and_every_stop_reason_has_its_share(
    tmp_path, monkeypatch, capsys
):
    talks = ran(tmp_path, monkeypatch, "socratic-math", "talks", "--n", 30)
    with Journal(talks) as journal:
        stops = {place: one.stop.value for place, one in journal.episodes()}
    _, page, _ = report(talks, choice=Choice(places=(7, 2)))
    assert [one for one in page.ids if one.startswith("episode-")] == ["episode-7", "episode-2"]
    told, page, _ = report(talks, choice=Choice(Search(stop="accepted")))
    assert told["chosen"] == sum(stop == "accepted" for stop in stops.values())
    _, page, _ = report(talks, choice=Choice(most=len(set(stops.values()))))
    shown = {stops[int(one.removeprefix("episode-"))] for one in page.ids if one.startswith("episode-")}
    assert shown == set(stops.values())
    with pytest.raises(RunError, match="no episode 99"):
        report(talks, choice=Choice(places=(99,)))
    with pytest.raises(RunError, match="no run there"):
        write_report([tmp_path / "none"], tmp_path / "x.html")
    with pytest.raises(RunError, match="give an --out"):
        write_report([talks], tmp_path / "none" / "x.html")


def test_hostile_content_stays_text(tmp_path, monkeypatch, capsys):
    kept = ran(tmp_path, monkeypatch, "socratic-math", "kept", "--n", 3)
    run = hostile_run(tmp_path, monkeypatch)
    told, page, text = report(run, kept)
    assert told["shown"] == 4
    assert told["bytes"] < 2_000_000, "a line of a megabyte is cut"
    assert set(page.tags) & {"script", "img", "iframe", "object", "embed", "base", "form"} == set()
    assert not [one for one in page.attributes if one[1].startswith("on")]
    assert all(one.startswith("#") for one in page.targets)
    assert not re.search("[\x00-\x08\x1b\u202a-\u202e\u2066-\u2069]", text)
    assert len(page.ids) == len(set(page.ids))
    assert page.open == [], "every element is closed"


def test_the_command_writes_it_and_refuses_what_it_cannot_use(tmp_path, monkeypatch, capsys):
    ran(tmp_path, monkeypatch, "socratic-math", "talks", "--n", 3)
    for arguments, code in (
        (["report", "talks", "-o", "x.html"], 0),
        (["report", "talks", "-o", "x.html", "--stop", "bored"], 2),
        (["report", "none", "-o", "y.html"], 2),
    ):
        monkeypatch.setattr("sys.argv", ["maieutic", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
    assert (tmp_path / "x.html").stat().st_size > 50_000
    assert not (tmp_path / "y.html").exists()
