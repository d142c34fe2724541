"""The twin of lesson.yaml, written in Python."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from maieutic import Dialogue, Message, Stepwise, Stop
from maieutic.agents import Program, Scripted
from maieutic.graphs import Ask, Offer, Step, flow, transcript
from maieutic.roles import Answer, Role, private
from maieutic.scenarios import Decision, Paper, Parameters, Scenario, Tasks, published
from maieutic.worlds.records import WORLD


class Settings(Parameters):
    laps: int = published(4, "questions at the most", verified=False, ge=1, le=9)
    patience: int = published(6, "turns after which a teacher tells", verified=False, ge=1, le=40)


class Asked(Answer):
    text: str = Field(max_length=200, description="what you say")
    move: Literal["probe", "tell"]
    hope: float | None = private(None, ge=0, le=1)


class Worked(Answer):
    text: str
    steps: list[str] = Field(min_length=1)
    sure: bool


class Checked(Answer):
    text: str
    right: list[bool]
    wrong: int = Field(ge=0, le=9)


ASK = Role(
    "teacher.ask",
    ("question", "history", "tired"),
    Asked,
    brief="Ask the student for the next step, or tell it.",
)
WORK = Role("student.work", ("question", "asked"), Worked, brief="Work the question in steps.")
CHECK = Role("checker.steps", ("steps", "lap"), Checked, brief="Say of each step whether it is right.")


def last(events, role):
    return next(
        (event for event in reversed(events) if event.role == role.name and event.invalid is None), None
    )


def graph(settings):
    def ask(state):
        events = state["events"]
        before = last(events, WORK)  # a later question answers the student, not the checker
        end = None if before is None else before.id
        fields = {
            "history": [] if end is None else transcript(events, end),
            "tired": len(events) >= settings.patience,
        }
        return [Offer(end, fields)]

    def work(state):
        asked = last(state["events"], ASK)
        return [Offer(asked.id, {"asked": asked.answer["text"]})]

    def check(state):
        worked = last(state["events"], WORK)
        lap = len(state["notes"]["said"]["ask"])
        return [Offer(worked.id, {"steps": worked.answer["steps"], "lap": lap})]

    def checked(state):
        found, asked, worked = (last(state["events"], role) for role in (CHECK, ASK, WORK))
        if found.answer["wrong"] == 0:
            return Stop.TOLD if asked.answer["move"] == "tell" else Stop.SOLVED
        return Stop.EXHAUSTED if worked.answer["sure"] else "ask"

    return flow(
        {
            "ask": Step(Ask(ASK, ask), lambda state: "work", ["work"], most=settings.laps),
            "work": Step(Ask(WORK, work), lambda state: "check", ["check"]),
            "check": Step(Ask(CHECK, check), checked, ["ask"]),
        },
        start="ask",
        spent=lambda state: len(state["events"]) >= 20,
    )


def teacher(view):
    text = "It is all in the first line." if view["tired"] else "What comes next?"
    return {"text": text, "move": "tell" if view["tired"] else "probe", "hope": 0.2 if view["tired"] else 0.7}


def checker(view):
    lap = view["lap"]
    right = [True, True, True] if lap > 2 else [True, False] if lap == 2 else [False]
    return {"text": "All of it." if lap > 2 else "Not yet.", "right": right, "wrong": 0 if lap > 2 else 1}


LINES = (
    {"text": "Is it one?", "steps": ["one"], "sure": False},
    {"text": "One and one.", "steps": ["one", "and one"], "sure": False},
    {"text": "That makes two.", "steps": ["one", "and one", "two"], "sure": True},
)


def score(episode):
    hopes = [event.private["hope"] for event in episode.by_role(ASK.name)]
    return {
        "laps": float(len(hopes)),
        "hopeful": hopes[-1],  # of the last visit
        "solved": float(episode.stop is Stop.SOLVED),
    }


def records(episode):
    common = {"episode": episode.id, "task": episode.task.id}
    question = Message(role="user", content=episode.task.fields["question"])
    spoken = [event for event in episode.events if event.role in (ASK.name, WORK.name)]
    said = [Message(role="system", content=episode.task.fields["level"]), question]
    for event in spoken:
        teaches = event.role == ASK.name
        said.append(
            Message(role="assistant" if teaches else "user", content=event.answer["text"], train=teaches)
        )
    yield Dialogue(
        **common, purpose="tutor", messages=tuple(said[:-1]), events=tuple(event.id for event in spoken)
    )
    worked, checked = last(episode.events, WORK), last(episode.events, CHECK)
    if len(worked.answer["steps"]) == len(checked.answer["right"]):
        yield Stepwise(
            **common,
            purpose="steps",
            prompt=(question,),
            steps=tuple(worked.answer["steps"]),
            labels=tuple(checked.answer["right"]),
            events=(worked.id, checked.id),
        )


def decisions(episode):
    for event in episode.by_role(CHECK.name):
        true = episode.task.truth["worked"].lower() == "two"
        yield Decision(kind="finished", said=event.answer["wrong"] == 0, true=true, event=event.id)


SCENARIO = Scenario(
    name="lesson",
    summary="a teacher asks until every step of a student is right",
    paper=Paper("a teacher asks until every step of a student is right", 0, "your own"),
    world=WORLD,
    parameters=Settings,
    roles=(ASK, WORK, CHECK),
    graph=graph,
    cast=lambda settings: {
        "teacher": Program("rules-78449e9f6922", {ASK.name: teacher}),
        "student": Scripted({WORK.name: LINES}, name="scripted-student"),
        "checker": Program("rules-6b884ba42458", {CHECK.name: checker}),
    },
    needs=lambda settings: ("question", "level"),
    score=score,
    records=records,
    decisions=decisions,
    tasks=Tasks(
        source=str(Path(__file__).parent / "lesson.tasks.jsonl"),
        label="lesson.tasks.jsonl",
        renamed={"question": "q"},
        truth={"worked": "solution"},
    ),
)
