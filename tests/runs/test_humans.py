"""People in a run: asked, passed over, answered from anywhere, gone on with; in any order the same bytes."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import toy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import Field

from maieutic import InputError, RunError, Stop, UnknownNameError, rng
from maieutic.agents import Program
from maieutic.agents.human import Human
from maieutic.graphs import Ask, Offer, Stage, State, vote
from maieutic.roles import Answer, Role, private
from maieutic.runs import Journal, Source, answer, run, waiting
from maieutic.runs.again import replay
from maieutic.runs.humans import checked, typed
from maieutic.runs.inbox import Inbox
from maieutic.scenarios import Paper, Parameters, Scenario, Waiting, assemble, play

TESTS = Path(__file__).parents[1]
COMPANY = assemble(toy.SCENARIO, cast={"student": Human()})
SOURCE = Source(toy.WORLD)


def ran(folder, n=4, company=COMPANY, **options):
    return asyncio.run(run(company, SOURCE, folder, n=n, **options))


def kept(folder):
    with Journal(folder) as journal:
        return [(place, episode.to_bytes()) for place, episode in journal.episodes()]


def compared(folder, scenario=toy.SCENARIO):
    async def all_again():
        with Journal(folder) as journal:
            return [await replay(scenario, journal, place, episode) for place, episode in journal.episodes()]

    return asyncio.run(all_again())


def said(question):
    """What this person says: it hangs on the question alone, as the person is the same whoever asks first."""
    knows = rng(question.shown).random() < 0.3
    return {"text": "7" if knows else "no idea", "thought": "hm"}


def adds_up(ledger):
    return ledger.asked == ledger.done + sum(ledger.dropped.values()) + ledger.waiting + ledger.missing


def test_an_episode_waits_at_the_persons_turn_and_the_others_go_on(tmp_path):
    company = assemble(
        toy.SCENARIO,
        cast={"student": Human(find=lambda one: said(one) if "4" in one.view["question"] else None)},
    )
    episodes, paused = 0, 0
    for index in range(12):
        try:
            asyncio.run(play(toy.SCENARIO, toy.WORLD.generate(0, index), cast=company.cast))
            episodes += 1
        except Waiting:
            paused += 1
    assert episodes > 0
    assert paused > 0
    ledger = ran(tmp_path / "run", n=5)
    assert (ledger.asked, ledger.waiting, ledger.missing, ledger.done) == (5, 5, 0, 0)
    assert adds_up(ledger)


def test_what_waits_has_what_the_role_sees_and_nothing_else(tmp_path):
    ran(tmp_path / "run", n=3)
    for one in waiting(tmp_path / "run"):
        assert one.question.role == "student.reply"
        assert set(one.question.view) <= {"question", "history"}
        task = toy.WORLD.generate(0, one.place)
        told = one.model_dump_json()
        assert "nobody sees this" not in told
        assert '"secret"' not in told
        assert str(task.truth["sum"]) not in json.dumps(one.question.view)
        assert set(one.question.form["properties"]) == {"text", "thought"}
        assert one.question.form["properties"]["thought"]["private"] is True


def test_answers_are_picked_up_after_a_restart_and_nothing_is_paid_again(tmp_path):
    asked = []

    def ask(view):
        asked.append(view)
        return {"text": "What is it?"}

    company = assemble(
        toy.SCENARIO, cast={"student": Human(), "teacher": Program("asker", {"teacher.ask": ask})}
    )
    folder = tmp_path / "run"
    rounds = 0
    while True:
        ledger = ran(folder, company=company)
        assert adds_up(ledger)
        if not ledger.waiting:
            break
        rounds += 1
        for one in waiting(folder):
            answer(folder, one.question.turn, said(one.question), scenario=toy.SCENARIO)
    assert rounds > 1
    assert ledger.done == 4
    with Journal(folder) as journal:
        episodes = [episode for _, episode in journal.episodes()]
    assert len(asked) == sum(len(episode.by_role("teacher.ask")) for episode in episodes)
    assert compared(folder) == [None] * 4
    assert waiting(folder) == []


def test_a_run_without_an_answer_is_left_as_it_is(tmp_path):
    folder = tmp_path / "run"
    ran(folder)
    before = waiting(folder)
    ledger = ran(folder)
    assert (ledger.waiting, ledger.turns_taken, ledger.turns_found) == (4, 0, 0)
    assert waiting(folder) == before


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_answers_and_restarts_gives_the_same_bytes(tmp_path, data):
    folder, straight = tmp_path / "any", tmp_path / "straight"
    if not straight.exists():
        ran(straight, company=assemble(toy.SCENARIO, cast={"student": Human(find=said)}))
        assert len(kept(straight)) == 4
    shutil.rmtree(folder, ignore_errors=True)
    while ran(folder, concurrency=data.draw(st.integers(1, 4))).waiting:
        open_turns = data.draw(st.permutations(waiting(folder)))
        for one in open_turns[: data.draw(st.integers(1, len(open_turns)))]:
            answer(folder, one.question.turn, said(one.question), scenario=toy.SCENARIO)
    assert kept(folder) == kept(straight)


CHILD = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
import toy
from pathlib import Path
from maieutic.agents.human import Human
from maieutic.runs import Source, run
from maieutic.scenarios import assemble
ledger = asyncio.run(run(assemble(toy.SCENARIO, cast={"student": Human()}), Source(toy.WORLD), Path(sys.argv[2]), n=4,
    wait=True, on_start=lambda: print("begun", flush=True)))
print("ledger", ledger.done, ledger.waiting, ledger.missing, flush=True)
"""


def child(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(TESTS), str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    return process


def test_a_run_that_stays_picks_answers_up_while_it_runs_and_survives_a_kill(tmp_path):
    folder = tmp_path / "run"
    process, killed = child(folder), False
    while process.poll() is None:
        for one in waiting(folder):
            answer(folder, one.question.turn, said(one.question), scenario=toy.SCENARIO)
            if not killed:
                process.kill()
                process.communicate()
                process, killed = child(folder), True
                break
        time.sleep(0.02)
    out, _ = process.communicate()
    assert out.endswith("ledger 4 0 0\n")
    ran(tmp_path / "straight", company=assemble(toy.SCENARIO, cast={"student": Human(find=said)}))
    assert kept(folder) == kept(tmp_path / "straight")


def test_an_interrupt_ends_a_run_that_stays(tmp_path):
    process = child(tmp_path / "run")
    while not waiting(tmp_path / "run"):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert int(out.split()[1]) == 0
    assert int(out.split()[2]) + int(out.split()[3]) == 4


def test_an_answer_that_the_role_cannot_give_is_refused_by_field_and_nothing_is_kept(tmp_path):
    folder = tmp_path / "run"
    ran(folder)
    turn = waiting(folder)[0].question.turn
    with pytest.raises(UnknownNameError, match=r"field of student.reply 'texts'; did you mean 'text'"):
        answer(folder, turn, {"texts": "7"}, scenario=toy.SCENARIO)
    with pytest.raises(InputError, match=r"key 'text': answer of student.reply: Field required"):
        answer(folder, turn, {"thought": "7"}, scenario=toy.SCENARIO)
    with pytest.raises(InputError, match="key 'text'"):
        answer(folder, turn, {"text": 7}, scenario=toy.SCENARIO)
    with pytest.raises(InputError, match="whole characters"):
        answer(folder, turn, {"text": "\ud800"}, scenario=toy.SCENARIO)
    with pytest.raises(RunError, match="no turn 'zzz' that waits"):
        answer(folder, "zzz", {"text": "7"}, scenario=toy.SCENARIO)
    with pytest.raises(RunError, match="several turns ''"):
        answer(folder, "", {"text": "7"}, scenario=toy.SCENARIO)
    assert len(waiting(folder)) == 4


def test_a_turn_is_answered_once(tmp_path):
    folder = tmp_path / "run"
    ran(folder)
    question = waiting(folder)[0].question
    Inbox(folder).answer(question, {"text": "7", "thought": ""})
    with pytest.raises(RunError, match="has been answered"):
        Inbox(folder).answer(question, {"text": "8", "thought": ""})
    assert Inbox(folder).find(question) == {"text": "7", "thought": ""}


def test_an_answer_counts_only_for_the_question_that_was_read(tmp_path):
    folder = tmp_path / "run"
    ran(folder)
    one = waiting(folder)[0]
    other = one.question.model_copy(update={"view": {"question": "1 + 1"}})
    Inbox(folder).answer(other, {"text": "2", "thought": ""})
    assert Inbox(folder).find(one.question) is None
    assert ran(folder).waiting == 4


def test_no_run_and_a_run_without_people_are_clear(tmp_path):
    with pytest.raises(RunError, match="no run there"):
        waiting(tmp_path / "nothing")
    ran(tmp_path / "run", company=assemble(toy.SCENARIO))
    assert waiting(tmp_path / "run") == []
    assert not (tmp_path / "run" / "humans.db").exists()


def test_a_damaged_file_of_questions_is_a_clear_error(tmp_path):
    ran(tmp_path / "run")
    (tmp_path / "run" / "humans.db").write_bytes(b"not a database" * 100)
    with pytest.raises(RunError, match=r"humans.db: file is not a database"):
        waiting(tmp_path / "run")


# several turns at once, as in votes

SAMPLE = Role("maker.sample", ("question",), toy.Line)
COMPARE = Role("voter.compare", ("question", "draft"), toy.Verdict)


def ballot(settings):
    def votes(state):
        return [Offer(e.id, {"draft": e.answer["text"]}, k) for e in state["events"] for k in range(2)]

    return vote(
        sample=Ask(SAMPLE, lambda state: [Offer(None, {}, k) for k in range(2)], fan=2),
        compare=Ask(COMPARE, votes, fan=4),
        conclude=lambda state: ({"yes": sum(e.answer.get("leaks", 0) for e in state["events"])}, Stop.SOLVED),
    )


BALLOT = Scenario(
    name="ballot",
    summary="a vote of people",
    paper=Paper("none", 2026, "the tests"),
    world=toy.WORLD,
    parameters=Parameters,
    roles=(SAMPLE, COMPARE),
    graph=ballot,
    cast=lambda settings: {
        "maker": Program("maker", {"maker.sample": lambda view: {"text": f"so {view['question']}"}}),
        "voter": Human("anna"),
    },
    needs=lambda settings: ("question",),
)


def test_all_that_is_open_in_an_episode_is_asked_at_once(tmp_path):
    folder, company = tmp_path / "run", assemble(BALLOT)
    assert ran(folder, n=2, company=company).waiting == 2
    asked = waiting(folder)
    assert len({one.question.turn for one in asked}) == 8
    for one in asked[:3]:
        answer(folder, one.question.turn, {"leaks": True}, scenario=BALLOT)
    ledger = ran(folder, n=2, company=company)
    assert (ledger.waiting, ledger.turns_taken) == (2, 0)
    for one in asked[3:]:
        answer(folder, one.question.turn, {"leaks": False}, scenario=BALLOT)
    ledger = ran(folder, n=2, company=company)
    assert (ledger.done, ledger.turns_taken) == (2, 8)
    with Journal(folder) as journal:
        assert [episode.notes["yes"] for _, episode in journal.episodes()] == [3, 0]
        assert journal.find("0").cast["voter"] == "human:anna"
    assert compared(folder, BALLOT) == [None, None]


def test_langgraphs_own_resume_works_too():
    task, stage = toy.WORLD.generate(0, 1), None
    company = assemble(toy.SCENARIO, cast={"student": Human()})
    compiled = toy.SCENARIO.graph(company.parameters).compile(checkpointer=InMemorySaver())
    stage = Stage("episode", 3, task, company.cast)
    config = {"configurable": {"thread_id": "1"}}

    async def talk():
        start = State(events=[], notes={}, stop=None, fields=dict(task.fields))
        state = await compiled.ainvoke(start, config, context=stage)
        while "__interrupt__" in state:
            assert state["__interrupt__"][0].value["role"] == "student.reply"
            state = await compiled.ainvoke(Command(resume="12"), config, context=stage)
        return state

    assert asyncio.run(talk())["stop"] == "solved"


# what is typed


class Form(Answer):
    text: str
    sure: float | None = private(None, ge=0, le=1)
    right: bool = False
    lines: list[int] = Field(default_factory=list)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "42", "42"),
        ("text", "null", "null"),
        ("text", '{"a": 1}', '{"a": 1}'),
        ("sure", "0.5", 0.5),
        ("sure", "null", None),
        ("right", "yes", True),
        ("right", "false", False),
        ("lines", "[1, 2]", [1, 2]),
    ],
)
def test_what_is_typed_is_read_as_the_field_wants_it(name, text, value):
    assert typed(Form, name, text) == value
    assert checked(Role("x", (), Form), {"text": "a", name: typed(Form, name, text)})[name] == value


@pytest.mark.parametrize(
    ("name", "text"), [("sure", "2"), ("right", "perhaps"), ("lines", "x"), ("none", "x")]
)
def test_what_cannot_be_read_names_the_field(name, text):
    with pytest.raises((InputError, UnknownNameError), match=name):
        typed(Form, name, text)
