"""People at the terminal: what waits is listed, answered by option, by file and at a prompt, and the run goes on."""

import io
import json
import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from maieutic import InputError
from maieutic.agents.human import Question
from maieutic.cli.asking import Quit, Skip, ask, question_view
from maieutic.roles import Answer, Role, private
from maieutic.roles.student import STUDENT_REPLY
from maieutic.runs import OpenTurn, read_status, waiting
from maieutic.runs.humans import typed
from maieutic.runs.inbox import Inbox

RUN = ("run", "socratic-math", "--n", "2", "--cast", "student=human", "--out", "r")


def open_turns(maieutic):
    return json.loads(maieutic("waiting", "r", "--json")[1])


def test_a_run_with_a_person_ends_with_3_and_says_what_waits(maieutic):
    code, out, err = maieutic(*RUN)
    assert code == 3
    assert "asked 2, done 0, dropped 0, waiting 2, missing 0" in out
    assert "2 episodes wait for people: maieutic waiting r" in err
    facts = json.loads(maieutic(*RUN, "--json")[1])
    assert (
        facts["asked"] == facts["done"] + sum(facts["dropped"].values()) + facts["waiting"] + facts["missing"]
    )
    code, out, _ = maieutic("waiting", "r")
    assert code == 0
    assert "2 turns wait; answer: maieutic answer r" in out
    assert out.count("student.reply") == 2
    assert "1 shown" in maieutic("waiting", "r", "--n", "1")[1]
    for one in open_turns(maieutic):
        assert set(one["sees"]) <= {"question", "history"}
        assert [field["name"] for field in one["fields"]] == ["text", "answer", "confidence"]
        assert [field["required"] for field in one["fields"]] == [True, True, False]
        assert [field["private"] for field in one["fields"]] == [False, False, True]


def test_answers_by_option_and_by_file_and_the_run_goes_on(maieutic):
    maieutic(*RUN)
    first, second = open_turns(maieutic)
    code, out, _ = maieutic("answer", "r", first["turn"][:8], "--text", "I get 7.", "--field", "answer=7")
    assert (code, out) == (0, f"answered {first['turn'][:12]} (student.reply, episode 0)\n")
    Path("said.json").write_text(json.dumps({"text": "Five", "answer": "5", "confidence": 0.5}))
    code, out, err = maieutic("answer", "r", second["turn"], "--json", "said.json", "--go-on")
    assert code == 3, err
    assert "waiting 2" in out
    after = open_turns(maieutic)
    assert [one["place"] for one in after] == [0, 1]
    assert after[0]["sees"]["history"][0]["text"] == "I get 7."
    assert "0.5" not in json.dumps(after[1]["sees"])
    for _ in range(8):
        for one in open_turns(maieutic):
            maieutic("answer", "r", one["turn"], "--text", "I give up.", "--field", "answer=null")
        code, out, _ = maieutic(*RUN)
    assert code == 0
    assert maieutic("replay", "r")[1] == "2 episodes replayed, 2 equal, 0 differ\n"
    assert maieutic("waiting", "r")[1] == "0 turns wait\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--text", "x"), "key 'answer': answer of student.reply: Field required"),
        (("--field", "answr=7"), "unknown field of the answer 'answr'; did you mean 'answer'?"),
        (("--field", "answer"), "key '--field': expected name=value"),
        (
            ("--text", "x", "--field", "answer=1", "--field", "confidence=7"),
            "key 'confidence': Input should be less",
        ),
        (("--json", "none.json"), "none.json: cannot be read"),
        (("--json", "list.json"), "list.json: expected a JSON object, got list"),
        (("--json", "bad.json"), "bad.json:1: not JSON"),
    ],
)
def test_an_answer_that_cannot_be_used_names_its_field_and_nothing_is_kept(maieutic, arguments, words):
    maieutic(*RUN)
    Path("list.json").write_text("[]")
    Path("bad.json").write_text("{")
    before = open_turns(maieutic)
    code, out, err = maieutic("answer", "r", before[0]["turn"], *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert open_turns(maieutic) == before


def test_mistakes_in_naming_a_run_or_a_turn_are_one_line(maieutic):
    assert "no run there" in maieutic("waiting", "nowhere")[2]
    assert "no run there" in maieutic("answer", "nowhere")[2]
    assert "no run there" in maieutic("status", "nowhere")[2]
    maieutic(*RUN)
    assert "no turn 'zzz' that waits" in maieutic("answer", "r", "zzz", "--text", "x")[2]
    assert "an answer needs its turn" in maieutic("answer", "r", "--text", "x")[2]


def test_one_after_another_at_a_prompt_with_skip_quit_and_what_was_filled_in_kept(maieutic, monkeypatch):
    maieutic(*RUN)
    lines = io.StringIO("I get 7\n\n:skip\nFive\nseven\nmany\n0.5\n")
    monkeypatch.setattr("sys.stdin", lines)
    code, out, err = maieutic("answer", "r")
    assert code == 0
    assert "1 answered, 1 waiting" in err
    (left,) = open_turns(maieutic)
    assert left["place"] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("0.7\n"))
    code, out, err = maieutic("answer", "r", "--go-on")
    assert "text: I get 7 (as before; :back changes it)" in out
    assert "1 answered" in err
    assert code == 3


def test_at_a_prompt_with_go_on_the_conversation_goes_on_at_once(maieutic, monkeypatch):
    maieutic(*RUN)
    monkeypatch.setattr("sys.stdin", io.StringIO(":skip\n" + "No idea.\nnull\n\n" * 30))
    code, out, err = maieutic("answer", "r", "--go-on")
    assert code == 3
    assert "teacher: " in out
    assert "1 answered" not in err
    facts = read_status(Path("r"))
    assert (facts.done, facts.waiting) == (1, 1)
    assert [one.place for one in waiting(Path("r"))] == [0]


class Form(Answer):
    text: str
    sure: float | None = private(None, ge=0, le=1)


ROLE = Role("student.reply", ("question",), Form)


def asked(*lines, draft=None):
    said, left = [], list(lines)
    screen = io.StringIO()

    def read(prompt):
        said.append(prompt)
        if not left:
            raise EOFError
        return left.pop(0)

    return ask(ROLE, {} if draft is None else draft, Console(file=screen), read), screen.getvalue(), said


def test_a_field_is_asked_again_until_it_can_be_used_and_back_goes_back():
    answer, screen, said = asked("a", "2", ":back", "b", "0.5")
    assert answer == {"text": "b", "sure": 0.5}
    assert "key 'sure': Input should be less than or equal to 1" in screen
    assert said[1] == "sure (a number, at least 0, at most 1 or null, private, default null): "


def test_several_lines_stand_between_triple_quotes():
    assert asked('"""one', "two", 'three"""', "")[0] == {"text": "one\ntwo\nthree", "sure": None}
    assert asked('"""', "one", '"""', "")[0]["text"] == "one"
    assert asked('"""one"""', "")[0]["text"] == "one"


def test_skip_quit_and_the_end_of_input_leave_what_was_filled_in():
    for line, what in ((":skip", Skip), (":quit", Quit)):
        draft = {}
        with pytest.raises(what):
            asked("a", line, draft=draft)
        assert draft == {"text": "a"}
    with pytest.raises(Quit):
        asked("a")


def test_hostile_text_reaches_no_terminal():
    hostile = "\x1b[31mred\x1b]0;title\x07 \u202ereversed [bold]markup[/bold] \x9b2J"
    question = Question(
        turn="ab" * 12,
        role=STUDENT_REPLY.name,
        view={"question": hostile, hostile: [{"speaker": hostile, "text": hostile}], "x": {"y": hostile}},
        form=STUDENT_REPLY.answer.model_json_schema(),
    )
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, width=200)
    console.print(question_view(OpenTurn(place=0, episode="e", question=question)), markup=False)
    shown = screen.getvalue()
    assert not any(one in shown for one in ("\x1b", "\x07", "\x9b", "\u202e"))
    assert "<1b>[31mred" in shown
    assert "[bold]markup[/bold]" in shown


def test_an_interrupt_at_a_real_terminal_loses_nothing(maieutic, tmp_path):
    maieutic(*RUN)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execv(
            sys.executable,
            [sys.executable, "-c", "from maieutic.cli import main; main()", "answer", "r"],
        )
    shown = b""

    def until(words, again=b""):
        nonlocal shown
        end = time.monotonic() + 120
        while words not in shown:
            assert time.monotonic() < end, shown
            if select.select([terminal], [], [], 2)[0]:
                shown += os.read(terminal, 4096)
            elif again:  # an interrupt can fall between a look at signals and the read; people press it again
                os.write(terminal, again)

    try:
        until(b"characters): ")
        os.write(terminal, b"I get 7\n")
        until(b"or null): ")
        os.write(terminal, b"\x03")
        until(b"0 answered, 2 waiting", again=b"\x03")
    except BaseException:
        os.kill(process, signal.SIGKILL)
        raise
    finally:
        _, how = os.waitpid(process, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(how) in (130, -signal.SIGINT)
    (one, _) = waiting(Path("r"))
    assert Inbox(Path("r")).draft(one.question.turn) == {"text": "I get 7"}
    assert b"Traceback" not in shown


def test_nothing_that_is_typed_as_an_answer_escapes_its_type():
    with pytest.raises(InputError, match="key 'sure'"):
        typed(Form, "sure", "nan")


def test_a_fork_with_a_person_waits_and_the_same_command_goes_on(maieutic):
    maieutic("run", "socratic-math", "--n", "1", "--out", "r")
    turn = json.loads(maieutic("trace", "r", "0", "--json")[1])["events"][0]["id"]
    fork = ("fork", "r", "0", "--at", turn, "--say", "text=Help", "--cast", "teacher=human", "--out", "f")
    code, _, err = maieutic(*fork)
    while code == 3:
        assert "the same command goes on" in err
        (one,) = json.loads(maieutic("waiting", "f", "--json")[1])
        assert one["role"] == "teacher.turn"
        assert one["sees"]["history"][0]["text"] == "Help"
        maieutic("answer", "f", one["turn"], "--text", "Go on.", "--field", "move=generic")
        code, _, err = maieutic(*fork)
    assert code == 0, err
    assert maieutic("waiting", "f")[1] == "0 turns wait\n"
