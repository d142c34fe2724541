"""Socratic math: bounds, stop reasons, the leak guard, measures and records, against what the world knows."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
import snapshots

from maieutic import Dialogue, InputError, Pair, Stepwise, Stop, faults, path
from maieutic.agents import BadAnswer, Program, Scripted
from maieutic.agents.simulated.critic import Critic
from maieutic.agents.simulated.problem import problem
from maieutic.agents.simulated.student import Mind, Student
from maieutic.agents.simulated.teacher import Teacher
from maieutic.graphs import bound, most_turns
from maieutic.scenarios import assemble, play
from maieutic.scenarios.socratic_math import LADDER, SCENARIO
from maieutic.worlds import rows
from maieutic.worlds.word_problems import answers

DATA = Path(__file__).parents[3] / "shared" / "data"
STRICT = Critic(sensitivity=1, specificity=1)
HOPELESS = Student(prior=0, learn=0, told=0, slip=0, guess=0, echo=0)


def generated(index=0, seed=3):
    return SCENARIO.world.generate(seed, index)


def played(index=0, seed=None, cast=None, task=None, **parameters):
    task = task or generated(index)
    return asyncio.run(
        play(SCENARIO, task, cast=cast, seed=index if seed is None else seed, parameters=parameters)
    )


def many(n, cast=None, **parameters):
    return [played(index, cast=cast, **parameters) for index in range(n)]


def tells(text, task):
    return answers.reveals(text, str(task.fields["answer"]), task.fields["question"])


def taught(episode):
    return [e for e in path(episode.events, episode.notes["head"]) if e.role == "teacher.turn"]


def test_the_graph_draws_itself():
    snapshots.check("socratic-math.mmd", assemble(SCENARIO).compiled.get_graph().draw_mermaid())


def test_a_right_first_attempt_is_accepted_and_no_success_of_the_teaching():
    for episode in many(20, {"student": Student(prior=1, slip=0)}):
        assert episode.stop is Stop.ACCEPTED
        assert Counter(e.role for e in episode.events) == {"student.reply": 1}
        assert episode.scores["initial_right"] == 1
        assert episode.scores["success"] == episode.scores["net_success"] == episode.scores["turns"] == 0
        assert "turns_to_success" not in episode.scores
        assert not [r for r in SCENARIO.records(episode) if isinstance(r, Dialogue)]


@pytest.mark.parametrize("turns", [1, 4, 7])
def test_a_student_who_cannot_learn_ends_by_the_bound_on_turns(turns):
    cast = {"student": HOPELESS, "teacher": Teacher(leak=0), "critic": STRICT}
    for episode in many(10, cast, turns=turns):
        assert episode.stop is Stop.TURNS
        assert Counter(e.role for e in episode.events) == {
            "student.reply": turns + 1,
            "teacher.turn": turns,
            "critic.screen": turns,
        }
        assert episode.scores["success"] == 0


def test_with_a_perfect_critic_no_leak_reaches_the_student():
    stopped = 0
    for episode in many(40, {"teacher": Teacher(leak=0.5), "critic": STRICT}, tries=8):
        assert not any(tells(event.answer["text"], episode.task) for event in taught(episode))
        assert episode.stop is not Stop.TOLD
        assert episode.scores["leaks_passed"] == episode.scores["false_alarms"] == 0
        stopped += episode.scores["leaks_stopped"]
    assert stopped > 40


def test_when_every_draft_gives_the_answer_away_the_dialogue_is_refused_after_its_tries():
    cast = {"student": HOPELESS, "teacher": Teacher(leak=1), "critic": STRICT}
    episode = played(cast=cast, tries=4)
    assert episode.stop is Stop.REFUSED
    assert Counter(e.role for e in episode.events) == {
        "student.reply": 1,
        "teacher.turn": 4,
        "critic.screen": 4,
    }
    assert len({e.parent for e in episode.by_role("teacher.turn")}) == 1
    assert {record.kind for record in SCENARIO.records(episode)} <= {"stepwise"}


def test_a_student_who_echoes_a_leaked_answer_was_told_and_not_taught():
    student = HOPELESS.model_copy(update={"echo": 1.0})
    cast = {"student": student, "teacher": Teacher(leak=1), "critic": Critic(sensitivity=0)}
    for episode in many(10, cast):
        assert episode.stop is Stop.TOLD
        assert (episode.scores["success"], episode.scores["told"], episode.scores["net_success"]) == (1, 1, 0)
        assert episode.scores["leaks_passed"] == episode.scores["turns_to_success"] == 1
        assert episode.scores["gain"] == 0  # right by the answer, no wiser by the true state
        assert not [
            r for r in SCENARIO.records(episode) if isinstance(r, Dialogue)
        ]  # nothing worth imitating


def test_a_student_who_learns_at_once_solves_it_in_as_many_turns_as_steps_were_wrong_at_most():
    cast = {
        "student": Student(prior=0, learn=1, told=1, slip=0, guess=0, echo=0),
        "teacher": Teacher(leak=0, misread=0),
        "critic": STRICT,
    }
    for episode in many(25, cast, turns=20):
        assert episode.stop in (Stop.SOLVED, Stop.ACCEPTED)  # wrong steps can cancel out
        task = problem(episode.task.fields, episode.task.truth)
        assert episode.scores["turns"] <= len(task.skills)


def test_success_grows_with_the_students_ability_to_learn():
    rates = []
    for learn in (0.0, 0.15, 0.5, 1.0):
        cast = {"student": Student(prior=0.2, learn=learn, told=learn, echo=0, guess=0), "critic": STRICT}
        rates.append(sum(e.scores["net_success"] for e in many(20, cast, tries=9)))
    assert rates == sorted(rates)
    assert rates[-1] > rates[0] + 8


def test_help_grows_rung_by_rung_and_the_reason_for_a_held_draft_reaches_the_teacher():
    seen = []

    def teach(view):
        seen.append((view["way"], [one["reason"] for one in view.get("held_back", [])]))
        return {"text": f"try {len(seen)}", "move": "generic"}

    stops = iter([True, *[False] * 20])
    critic = Program("once", {"critic.screen": lambda view: {"leaks": next(stops), "reason": "too plain"}})
    episode = played(
        cast={"teacher": Program("t", {"teacher.turn": teach}), "critic": critic, "student": HOPELESS}
    )
    assert episode.stop is Stop.TURNS
    assert seen[:2] == [("probe", []), ("probe", ["too plain"])]
    assert [way for way, _ in seen[1:]] == ["probe", "probe", "focus", "focus", "hint", "hint", "tell"]
    assert {way for way, _ in seen} == set(LADDER)
    assert all(not reasons for _, reasons in seen[2:])


@dataclass
class Watched:
    """Passes every turn on, and remembers what was shown."""

    player: object
    turns: list = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.player, name)

    async def act(self, turn):
        self.turns.append(turn)
        return await self.player.act(turn)


def test_nobody_sees_more_than_the_role_lists_and_the_student_never_the_answer_or_a_held_draft():
    cast = {"student": Student(prior=0.2), "teacher": Teacher(leak=0.5), "critic": STRICT}
    watched = {seat: Watched(player) for seat, player in cast.items()}
    episodes = many(15, watched, tries=6)
    for watch in watched.values():
        assert watch.turns
        for turn in watch.turns:
            assert set(turn.view) <= set(turn.role.sees)
    for turn in watched["student"].turns:
        assert set(turn.view) <= {"question", "attempt", "history"}
    heard = {one["text"] for turn in watched["student"].turns for one in turn.view.get("history", [])}
    for episode in episodes:
        said = {e.answer["text"] for e in taught(episode)}
        held = {e.answer["text"] for e in episode.by_role("teacher.turn")} - said
        assert not held & heard - {e.answer["text"] for other in episodes for e in taught(other)}
    private = {"diagnosis", "belief", "thoughts", "target_step", "confidence"}
    assert all(set(one) == {"speaker", "text"} for t in watched["critic"].turns for one in t.view["history"])
    assert all(not private & set(event.answer) for e in episodes for event in e.events)


@pytest.mark.parametrize(
    ("seat", "role", "line", "stop"),
    [
        ("student", "student.reply", {"text": "hm"}, Stop.INVALID),
        ("student", "student.reply", RuntimeError("gone"), Stop.FAILED),
        ("teacher", "teacher.turn", {"text": "hm", "move": "shouting"}, Stop.INVALID),
        ("teacher", "teacher.turn", BadAnswer("no JSON", raw="{"), Stop.INVALID),
        ("critic", "critic.screen", {"leaks": "perhaps"}, Stop.REFUSED),
    ],
)
def test_an_unusable_answer_is_data_and_gives_no_records_of_it(seat, role, line, stop):
    cast = {"student": HOPELESS, "teacher": Teacher(leak=0), seat: Scripted({role: [line]})}
    episode = played(cast=cast)
    assert episode.stop is stop
    assert any(e.invalid for e in episode.events)
    for record in SCENARIO.records(episode):
        assert isinstance(record, Stepwise)
        assert faults(record, episode) == []
    assert list(SCENARIO.decisions(episode)) is not None


def test_only_the_answer_field_counts_exactly_and_numbers_in_passing_do_not():
    task = generated()
    gold = str(task.fields["answer"])
    said = [{"text": f"It is not {gold}.", "answer": None}, {"text": "Or is it?", "answer": f" {gold} "}]
    cast = {"student": Scripted({"student.reply": said}), "teacher": Teacher(leak=0), "critic": STRICT}
    episode = played(task=task, cast=cast)
    assert (episode.stop, len(taught(episode))) == (Stop.SOLVED, 1)


def test_records_name_their_events_and_hold_against_the_truth():
    kinds = Counter()
    for episode in many(40, {"teacher": Teacher(leak=0.4)}, tries=5):
        events = {event.id: event for event in episode.events}
        for record in SCENARIO.records(episode):
            kinds[record.kind] += 1
            assert faults(record, episode) == []
            match record:
                case Dialogue():
                    assert record.messages[0].content.startswith(episode.task.fields["question"])
                    assert events[record.events[0]].answer["text"] in record.messages[0].content
                    for message, name in zip(record.messages, record.events, strict=True):
                        assert events[name].answer["text"] in message.content
                        assert not (message.train and tells(message.content, episode.task))
                case Pair():
                    chosen, rejected = events[record.chosen_event], events[record.rejected_event]
                    assert chosen.parent == rejected.parent
                    assert record.rejected_verdict == 0
                    assert record.meta["rejected_leaks"] == tells(record.rejected, episode.task)
                    assert record.prompt[-1].role == "user"
                case Stepwise():
                    mind = Mind.model_validate(events[record.events[0]].memory)
                    steps = problem(episode.task.fields, episode.task.truth).chain
                    start = len(mind.marks) - len(record.steps)
                    right = [m.value == str(s.value) for m, s in zip(mind.marks, steps, strict=True)]
                    assert list(record.labels) == right[start:]
    assert set(kinds) == {"dialogue", "pair", "stepwise"}


def test_a_line_that_cannot_be_told_to_be_a_true_step_labels_nothing():
    said = {"text": "I did it in my head: 17 of 3 = 999 and so on.", "answer": "999999"}
    cast = {"student": Scripted({"student.reply": [said]}), "teacher": Teacher(leak=0), "critic": STRICT}
    episode = played(cast=cast)
    assert {r.kind for r in SCENARIO.records(episode)} == {"dialogue"}
    assert "belief_brier" not in episode.scores  # nobody knows what a scripted student knows


def test_decisions_recover_the_rates_of_those_who_made_them():
    table = defaultdict(Counter)
    cast = {"teacher": Teacher(leak=0.5, misread=0.25), "critic": Critic(sensitivity=0.8, specificity=0.9)}
    for episode in many(80, cast, tries=9):
        for one in SCENARIO.decisions(episode):
            table[one.kind][one.said, one.true] += 1
            assert one.event in {event.id for event in episode.events}
    assert set(table) == {"leak", "diagnosis", "knows", "solved"}
    leak = table["leak"]
    assert near(leak[True, True], leak[True, True] + leak[False, True], 0.8)
    assert near(leak[False, False], leak[False, False] + leak[True, False], 0.9)
    step = table["diagnosis"]
    assert near(step[True, True], step[True, True] + step[False, True], 0.75, allowance=0.03)
    assert table["solved"][True, False] == table["solved"][False, True] == 0


def near(hits, trials, p, allowance=0.0):
    """Within 3.3 standard deviations; `allowance` for teachers who misread where there is one step to read."""
    assert trials > 100
    low, high = p - 3.3 * (p * (1 - p) / trials) ** 0.5, p + 3.3 * (p * (1 - p) / trials) ** 0.5
    return low <= hits / trials <= high + allowance


def test_measures_of_insight_are_those_of_the_private_fields_against_the_true_state():
    cast = {"student": Student(slip=0, guess=0), "teacher": Teacher(leak=0, misread=0), "critic": STRICT}
    scores = [e.scores for e in many(30, cast) if e.stop is not Stop.ACCEPTED]
    assert {s["diagnosis_step"] for s in scores if "diagnosis_step" in s} == {1.0}
    assert all(0 <= s["belief_brier"] <= 1 for s in scores)
    assert all(s["leaks_passed"] == s["leaks_stopped"] == 0 for s in scores)
    assert any(s["question_share"] > 0.4 for s in scores)


def test_an_episode_stays_within_the_bound_and_is_the_same_bytes_twice():
    graph = SCENARIO.graph(SCENARIO.configure({}))
    for index in range(5):
        first, second = played(index), played(index)
        assert first.to_bytes() == second.to_bytes()
        assert len(first.events) <= most_turns(graph) <= 2 * bound(graph)
    assert played(0, seed=1).to_bytes() != played(0, seed=2).to_bytes()


def test_a_task_without_an_answer_is_refused_before_the_first_turn():
    task = generated()
    fields = {key: value for key, value in task.fields.items() if key != "answer"}
    with pytest.raises(InputError, match="answer"):
        played(task=task.model_copy(update={"fields": fields}))
    with pytest.raises(InputError, match="patience"):
        played(patience=0)


@pytest.mark.parametrize(
    "file",
    [
        "gsm8k/train.jsonl",
        "gsm8k/socratic.jsonl",
        "svamp/problems.jsonl",
        "mae-misconceptions/examples.jsonl",
    ],
)
def test_real_problems_are_played_through(file):
    if not (DATA / file).exists():
        pytest.skip(f"no {file} in the shared data beside the checkout")
    company = assemble(SCENARIO)
    stops = Counter()
    for place, row in enumerate(islice(rows(DATA / file), 20)):
        task = next(one for one in SCENARIO.world.readers if one.keys <= row.data.keys()).read(row)
        episode = asyncio.run(company.play(task, place))
        assert episode.stop not in (Stop.FAILED, Stop.INVALID), (task.id, episode.failure)
        stops[episode.stop] += 1
        if (
            file.startswith("mae") and episode.stop is Stop.ACCEPTED
        ):  # some wrong answers of the data are right
            assert answers.equal(task.truth["wrong_answer"], task.fields["answer"])
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
        for one in SCENARIO.decisions(episode):
            assert one.kind != "solved" or one.said == one.true
    assert stops[Stop.SOLVED] > 4
