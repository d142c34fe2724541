"""Looking at runs from the terminal: search, filters, a live run followed, two runs compared, what a run says together."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maieutic.runs import Journal, wilson

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202egnirts\u2069 \u200bhid\U000e0041den [bold]x[/bold] <script>alert(1)</script> "
WEAK = ("--cast", "teacher=simulated:misread=0.5")


@pytest.fixture
def talks(maieutic):
    """The command, with a run of thirty dialogues in `a`."""
    assert maieutic("run", "socratic-math", "--n", "30", "--out", "a", "--json")[0] == 0
    return maieutic


def listed(maieutic, *options):
    """Places of the episodes that `trace` lists."""
    return {json.loads(line)["place"] for line in maieutic("trace", "a", *options, "--json")[1].splitlines()}


def episodes():
    with Journal(Path("a")) as journal:
        return dict(journal.episodes())


def test_filters_leave_the_episodes_that_are_as_asked_and_no_others(talks):
    found = episodes()
    assert listed(talks) == set(found)
    assert listed(talks, "--scenario", "spar") == set()
    for stop in ("solved", "accepted", "turns"):
        wanted = {place for place, one in found.items() if one.stop == stop}
        assert listed(talks, "--stop", stop) == wanted
    leaking = {
        p for p, one in found.items() if any(event.answer.get("leaks") is True for event in one.events)
    }
    assert leaking
    assert listed(talks, "--verdict", "leaks=yes") == leaking
    assert listed(talks, "--verdict", "yes") == leaking
    assert listed(talks, "--invalid") == set()
    taught = {p for p, one in found.items() if any(event.seat == "teacher" for event in one.events)}
    assert taught < set(found)
    assert listed(talks, "--role", "teacher") == listed(talks, "--role", "teacher.turn") == taught
    bounded = {p for p, one in found.items() if one.scores.get("gain", -1) >= 0.5 and one.scores["turns"] < 4}
    assert listed(talks, "--score", "gain>=0.5", "--score", "turns<4") == bounded


def test_grep_shows_the_turns_in_which_the_words_are_and_looks_in_one_role_on_request(talks):
    found = episodes()
    own = {
        p
        for p, one in found.items()
        if any("my working" in str(e.answer.get("text")).lower() for e in one.events)
    }
    assert own
    assert listed(talks, "--grep", "my WORKING", "--role", "student") == own
    assert listed(talks, "--grep", "my working", "--role", "critic") == set()
    code, out, _ = talks("trace", "a", "--grep", r"what were you .*step")
    assert code == 0
    lines = [line for line in out.splitlines() if line.strip().startswith("teacher.turn")]
    assert lines
    assert all("hat were you" in line for line in lines)
    assert out.splitlines()[-1].endswith("of 30 episodes")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--stop", "bored"), "no such reason"),
        (("--score", "gain"), "expected a bound"),
        (("--grep", "(("), "no regular expression"),
        (("3", "--stop", "solved"), "leave the episode out"),
        (("3", "--n", "1"), "leave the episode out"),
    ],
)
def test_what_cannot_be_looked_for_is_a_line_and_exit_code_2(talks, options, told):
    code, _, err = talks("trace", "a", *options)
    assert code == 2
    assert told in err


def test_a_long_list_ends_where_it_was_told_to_and_says_so(talks):
    solved = sorted(place for place, one in episodes().items() if one.stop == "solved")
    assert listed(talks, "--stop", "solved", "-n", "3") == set(solved[:3])
    assert "2 episodes; it stopped after 2 (--n)" in talks("trace", "a", "--n", "2")[1]
    assert "1 of 30 episodes; it stopped after 1 (--n)" in talks("trace", "a", "--n", "1", "-g", "step")[1]
    assert "--n" not in talks("trace", "a", "--n", "99")[1]


def test_one_episode_is_shown_as_before(talks):
    assert "stopped:" in talks("trace", "a", "3")[1]


SLOW = """
import asyncio
from maieutic.agents.simulated.student import Student


class Slow(Student):
    async def act(self, turn):
        await asyncio.sleep(0.1)
        return await super().act(turn)
"""


def test_a_live_run_is_followed_turn_by_turn_until_it_ends(maieutic, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    command = [
        "run",
        "socratic-math",
        "--n",
        "12",
        "-j",
        "2",
        "--out",
        "live",
        "--cast",
        "student=slow.py:Slow",
    ]
    run = subprocess.Popen(
        [sys.executable, "-c", "from maieutic.cli import main; main()", *command, "--json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (tmp_path / "live" / "status.json").exists():
            assert run.poll() is None
            time.sleep(0.05)
        code, out, _ = maieutic("trace", "live", "--follow", "--json")
        assert run.wait(60) == 0
    finally:
        run.kill()
        run.wait()
    assert code == 0
    news = [json.loads(line) for line in out.splitlines()]
    with Journal(tmp_path / "live") as journal:
        whole = dict(journal.episodes())
    ended = [one["place"] for one in news if "stop" in one]
    assert len(ended) == len(set(ended)) <= len(whole) == 12
    assert len(ended) >= 6, "most of it came while it was followed"
    turns = [(one["place"], one["turn"]["id"]) for one in news if "turn" in one]
    assert len(turns) == len(set(turns))
    for place in ended[3:]:  # the first ones may have begun before
        assert [name for at, name in turns if at == place] == [event.id for event in whole[place].events]
    assert "solved" in maieutic("trace", "live")[1]


def test_following_a_run_that_is_over_ends_at_once(talks):
    code, out, err = talks("trace", "a", "--follow")
    assert (code, out) == (0, "")
    assert "nobody plays a any more" in err


def test_two_runs_are_compared_task_by_task(talks):
    assert talks("run", "socratic-math", "--n", "30", *WEAK, "--out", "b", "--json")[0] == 0
    code, out, _ = talks("diff", "a", "b", "--json", "-n", "100")
    told = json.loads(out)
    assert code == 0
    assert (told["tasks"], told["only"]) == (30, [0, 0])
    assert set(told["settings"]) == {"cast teacher"}
    with Journal(Path("a")) as one, Journal(Path("b")) as other:
        left, right = dict(one.episodes()), dict(other.episodes())
    step = told["scores"]["diagnosis_step"]
    assert step["difference"]["high"] < 0, "a teacher who misreads finds fewer first wrong steps"
    assert step["wins"] + step["losses"] + step["ties"] == step["n"]
    assert step["win_share"][1:] == pytest.approx(wilson(step["wins"], step["wins"] + step["losses"]))
    for line in told["changed"]:
        mine, theirs, turn = left[line["places"][0]], right[line["places"][1]], line["turn"]
        assert [e.answer for e in mine.events[:turn]] == [e.answer for e in theirs.events[:turn]]
        assert mine.events[turn] != theirs.events[turn]
        assert line["role"] == "teacher.turn", "only the teacher was recast"
    assert told["diverged"] == len(told["changed"])
    place = told["changed"][0]["places"][0]
    code, out, _ = talks("diff", "a", "b", place)
    assert code == 0
    assert "the first that differs" in out
    assert "teacher.turn" in out
    code, out, _ = talks("diff", "a", "b")
    assert code == 0
    assert all(word in out for word in ("wins", "losses", "difference (95 %)", "first turn"))


def test_a_run_does_not_differ_from_itself(talks):
    told = json.loads(talks("diff", "a", "a", "--json")[1])
    assert (told["diverged"], told["changed"], told["settings"], told["stops"]) == (0, [], {}, [])
    assert all(one["difference"]["mean"] == 0 for one in told["scores"].values())


def test_runs_without_a_common_task_cannot_be_compared(talks):
    assert talks("run", "socratic-math", "--n", "2", "--seed", "9", "--out", "c", "--json")[0] == 0
    code, _, err = talks("diff", "a", "c")
    assert code == 2
    assert "no task in common" in err


def test_a_long_list_comes_block_by_block_and_whoever_has_seen_enough_waits_for_no_more(talks, monkeypatch):
    whole = talks("trace", "a")[1].splitlines()
    monkeypatch.setattr("maieutic.cli.trace._BLOCK", 8)
    code, out, err = talks("trace", "a")
    title, *lines, last = out.splitlines()
    assert (code, err, title.strip(), last) == (0, "", "socratic-math", "30 of 30 episodes")
    assert [one.split() for one in lines] == [one.split() for one in whole[1:]]
    read, shown = [], []

    class Console:
        def print(self, what):
            shown.append(len(read))

    class Watched(Journal):
        def episodes(self):
            for place, one in super().episodes():
                read.append(place)
                yield place, one

    monkeypatch.setattr("maieutic.cli.trace.Console", Console)
    monkeypatch.setattr("maieutic.cli.trace.Journal", Watched)
    talks("trace", "a")
    assert shown == [8, 16, 24, 30, 30]  # what was read when a block came, and the count at the end


def test_rows_of_a_run_that_nobody_reads_to_the_end_close_in_silence(talks, monkeypatch):
    heard = []
    monkeypatch.setattr(sys, "unraisablehook", heard.append)
    with Journal(Path("a")) as journal:
        rows = journal.episodes()
        next(rows)
    del rows
    assert heard == []


def test_stats_say_why_episodes_ended_what_they_cost_how_judges_agree_and_how_tutors_taught(talks):
    code, out, _ = talks("stats", "a", "--json")
    told, found = json.loads(out), episodes()
    assert code == 0
    assert sum(one["n"] for one in told["stops"].values()) == told["episodes"] == 30
    assert told["turns"]["sum"] == sum(len(one.events) for one in found.values())
    assert told["tutoring"]["success@7"]["mean"] == pytest.approx(
        sum(one.scores["success"] for one in found.values())
        / sum(one.scores["initial_right"] == 0 for one in found.values())
    )
    assert 0.5 < told["truth"]["leak"]["kappa"]["mean"] <= 1
    code, out, _ = talks("stats", "a")
    assert all(
        word in out for word in ("why they ended", "tutoring, 30 lessons", "success@1", "telling@7", "kappa")
    )


def test_judges_of_one_thing_agree_beyond_chance_as_often_as_they_err(maieutic):
    judges = "refiner=simulated:accuracy=0.9"
    assert maieutic("run", "spar", "--n", "30", "--cast", judges, "--out", "s", "--json")[0] == 0
    told = json.loads(maieutic("stats", "s", "--json")[1])["judges"]["refiner.judge verdict"]
    assert told["agree"]["low"] <= 0.9**2 + 0.1**2 <= told["agree"]["high"]
    assert 0 < told["kappa"]["low"] < told["kappa"]["mean"] < told["kappa"]["high"] < 1


def test_scores_of_one_thing_agree_on_their_scale(maieutic):
    assert maieutic("run", "tapir", "--n", "12", "--param", "expansions=0", "--out", "t", "--json")[0] == 0
    told = json.loads(maieutic("stats", "t", "--json")[1])["scales"]["judge.rate score"]
    _, out, _ = maieutic("stats", "t")
    assert "agree on a scale" in out
    (line,) = (line for line in out.splitlines() if line.startswith("judge.rate score"))
    for name in ("weighted_kappa", "icc"):
        assert f"{told[name]['mean']:.3f}" in line


@pytest.mark.parametrize("size", [7000, 1_000_000], ids=["usable", "too long to be usable"])
def test_nothing_that_a_task_or_a_player_says_moves_the_terminal(maieutic, tmp_path, size):
    said = {"text": HOSTILE + "A" * size, "answer": "7", "confidence": 0.5}
    (tmp_path / "student.json").write_text(json.dumps({"student.reply": [said] * 9}))
    (tmp_path / "tasks.jsonl").write_text(
        json.dumps({"question": HOSTILE + "B" * 1_000_000, "answer": "8", "solution": HOSTILE}) + "\n"
    )
    cast = ("--cast", "student=scripted:student.json")
    for out in ("h", "i"):
        more = WEAK if out == "i" else ()
        code, _, err = maieutic(
            "run", "socratic-math", "--tasks", "tasks.jsonl", *cast, *more, "--out", out, "--json"
        )
        assert code == (0 if size == 7000 else 1), err
    for command in (
        ("trace", "h"),
        ("trace", "h", "0"),
        ("trace", "h", "0", "--whole"),
        ("trace", "h", "--grep", "gnirts"),
        ("trace", "h", "--grep", "script", "--json"),
        ("diff", "h", "i"),
        ("diff", "h", "i", "0"),
        ("stats", "h"),
    ):
        code, out, err = maieutic(*command)
        assert code == 0, err
        assert not set(out + err) & set("\x1b\x07\u202e\u2069\u200b\U000e0041"), command
        assert len(out) < 100_000 or "--whole" in command or "--json" in command, (command, len(out))
