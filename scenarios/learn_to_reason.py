"""Learn-to-Reason: a student's exam, a teacher's working for each mistake, lessons of those that lead to the answer.

Knows no words. One episode is one question of one round's exam; rounds, the test and the training are the outer loop's.
The first data of the paper are a teacher's workings by plain prompting, for every question: so is the first outer round
(`plain`), whose lessons explain no mistake. Published for the training: rationale tokens weigh 1 and prompt tokens 0.1, the
triplet loss 0.5 at a margin of 1; so does a model learn by `--learner trl:MODEL`, unless it is given another method. For
other trainers the contrast of anchor, positive and negative is drawn as pairs.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from pydantic import JsonValue

from maieutic import Dialogue, Episode, Event, InputError, Judged, Message, Pair, Record, Stop, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.explainer import Explainer
from maieutic.agents.simulated.reckoner import Reckoner, named
from maieutic.agents.simulated.working import EXACT, chain, equations, matched
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow
from maieutic.roles.exam import CORRECT, EXAM, GRADE, HELD_OUT, WORK, marks_of
from maieutic.scenarios.outer import Drawn, Outer, no_answer
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds import answer_of
from maieutic.worlds.word_problems import WORLD, answers, exact_match
from maieutic.worlds.word_problems.generate import worked_examples
from maieutic.worlds.word_problems.steps import compute, parse

SAT = (EXAM.name, HELD_OUT.name)  # what the student is marked on
TAUGHT = (CORRECT.name, WORK.name)  # what the teacher is


class Settings(Parameters):
    """How much is asked, and what is kept."""

    samples: int = published(4, "workings of the student for each question", ge=1, le=64)
    shots: int = published(3, "solved problems that are shown in the exam", verified=False, ge=0, le=16)
    teach: bool = published(
        True, "whether mistakes are explained; in a test they are not, and the student is sampled greedily"
    )
    feedback: bool = published(
        True,
        "whether the teacher explains the student's mistakes; else every question is worked out, by plain prompting",
        added=True,
    )
    plain: int = published(
        1,
        "outer rounds, from the first, whose teacher gives no feedback, as the first data were made",
        added=True,
        ge=0,
    )
    examples: int = published(
        3,
        "solved problems that a teacher without feedback is shown",
        verified=False,
        added=True,
        ge=0,
        le=16,
    )
    rationales: int = published(4, "workings of the teacher for each question", verified=False, ge=1, le=64)
    positives: int = published(10, "workings of the teacher that are learnt from, for each question", ge=1)
    negatives: int = published(4, "own mistakes that they are held against, for each question", ge=1)
    keep: float = published(
        0.1,
        "share of the questions solved in all samples that are learnt from too, against forgetting",
        verified=False,
        added=True,
        ge=0,
        le=1,
    )
    recheck: bool = published(
        True, "whether a working that comes to the answer without saying so is no mistake", verified=False
    )


def comes_to(text: str, gold: str) -> bool:
    """Whether the last calculation of a working gives the right answer, whatever is said after it."""
    found, number = equations(text), answers.parse_number(gold)
    return bool(found) and number is not None and found[-1].right == number


def comes_out(text: str, truth: Mapping[str, JsonValue]) -> bool:
    """Whether each calculation of a working gives what is written after it; `30 / 3/4` is read as the true step has it."""
    exact = {one: step for step, one, likeness in matched(text, chain(truth)) if likeness == EXACT}
    for one in equations(text):
        try:
            right = chain(truth)[exact[one]].value if one in exact else one.left and compute(parse(one.left))
        except (InputError, ZeroDivisionError):
            continue
        if one.left and right != one.right:
            return False
    return True


def _bank(events: Sequence[Event], gold: str, recheck: bool) -> list[Event]:
    """The student's mistakes, of each text the first."""
    marks, found = marks_of(events), dict[str, Event]()
    for event in usable(events, *SAT):
        if not marks.get(event.id, True) and not (recheck and comes_to(event.text, gold)):
            found.setdefault(event.text, event)
    return list(found.values())


def _graph(settings: Settings) -> Graph:
    shown, examples = worked_examples(settings.shots), worked_examples(settings.examples)
    role = CORRECT if settings.feedback else WORK

    def exam(state: State) -> Sequence[Offer]:
        return [Offer(None, {"demos": shown} if shown else {}, index) for index in range(settings.samples)]

    def marked(name: str) -> Any:
        return lambda state: [
            Offer(event.id, {"response": event.text}) for event in usable(state["events"], name)
        ]

    def bank(state: State) -> list[Event]:
        gold = str(state.get("fields", {}).get("answer"))
        return _bank(state["events"], gold, settings.recheck)

    def work(state: State) -> Sequence[Offer]:
        return [
            Offer(None, {"demos": examples} if examples else {}, index)
            for index in range(settings.rationales)
        ]

    def teach(state: State) -> Sequence[Offer]:
        wrong = bank(state)
        offers = []
        for index in range(settings.rationales):  # each takes up another mistake, as long as there are any
            turn = index % len(wrong)
            attempts: list[JsonValue] = [one.text for one in wrong[turn:] + wrong[:turn]]
            offers.append(Offer(wrong[turn].id, {"attempts": attempts}, index // len(wrong)))
        return offers

    def examined(state: State) -> str | Stop:
        if not settings.teach:
            return Stop.SOLVED
        if bank(state) or not settings.feedback:
            return "teach"
        return Stop.ACCEPTED if any(marks_of(state["events"]).values()) else Stop.EXHAUSTED

    def checked(state: State) -> Stop:
        marks = marks_of(state["events"])
        kept = any(marks.get(event.id) for event in usable(state["events"], role.name))
        return Stop.SOLVED if kept else Stop.EXHAUSTED

    most, sat = settings.rationales, EXAM if settings.teach else HELD_OUT
    return flow(
        {
            "exam": Step(Ask(sat, exam, fan=settings.samples), lambda state: "grade", ["grade"]),
            "grade": Step(Ask(GRADE, marked(sat.name), fan=settings.samples), examined, ["teach"]),
            "teach": Step(
                Ask(role, teach if settings.feedback else work, fan=most), lambda state: "check", ["check"]
            ),
            "check": Step(Ask(GRADE, marked(role.name), fan=most), checked),
        },
        start="exam",
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    return {
        "student": Reckoner(),
        "grader": Program("exact-match", {GRADE.name: exact_match}),
        "teacher": Explainer(),
    }


def _mistakes(episode: Episode) -> list[Event]:
    return _bank(episode.events, answer_of(episode.task), bool(episode.parameters["recheck"]))


def _kept(episode: Episode) -> list[Event]:
    """The teacher's workings that lead to the answer, of each text the first."""
    marks, found = marks_of(episode.events), dict[str, Event]()
    for event in usable(episode.events, *TAUGHT):
        if marks.get(event.id):
            found.setdefault(event.text, event)
    return list(found.values())


def score(episode: Episode) -> dict[str, float]:
    """The exam over *all* samples (the published script counts each batch once more), and what was kept."""
    marks, asked = marks_of(episode.events), [one for one in episode.events if one.role in SAT]
    taught = [one for one in episode.events if one.role in TAUGHT]
    scores = {"mistaken": float(bool(_mistakes(episode)))}
    if asked:
        scores["accuracy"] = fmean(marks.get(event.id, False) for event in asked)
    if taught:
        scores["kept"] = fmean(marks.get(event.id, False) for event in taught)
    return scores


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what was so.

    `mistake`: a working is in the bank, beside whether the student's own result is wrong. `kept`: a working of the
    teacher is kept, beside whether its answer is right and each of its lines comes out. `cause`: the rule that a
    teacher's working names, beside those that the student went by in the attempt that it takes up, if there is one.
    """
    gold, bank = answer_of(episode.task), {one.text for one in _mistakes(episode)}
    by_id = {event.id: event for event in episode.events}
    if not gold:
        return
    for event in usable(episode.events, *SAT):
        if event.memory is not None and "final" in event.memory:
            wrong = not answers.equal(str(event.memory["final"]), gold)
            yield Decision(kind="mistake", said=event.text in bank, true=wrong, event=event.id)
    marks = marks_of(episode.events)
    for event in usable(episode.events, *TAUGHT):
        sound = exact_match({"response": event.text, "answer": gold})["correct"] and comes_out(
            event.text, episode.task.truth
        )
        yield Decision(kind="kept", said=marks.get(event.id, False), true=sound, event=event.id)
        memory: Any = (event.role == CORRECT.name and by_id[event.parent].memory) or {}
        if memory.get("bugs"):
            right = set(named(event.text, dict.fromkeys(memory["bugs"], 1.0)))
            yield Decision(kind="cause", said=True, true=bool(right), event=event.id)


def records(episode: Episode) -> Iterable[Record]:
    """The teacher's workings that are kept, each held against own mistakes; the bank of mistakes, of each text one; and a
    right working where all were right."""
    question = (Message(role="user", content=str(episode.task.fields["question"])),)
    given, wrong = _kept(episode), _mistakes(episode)
    given = given[: int(str(episode.parameters["positives"]))]
    about: dict[str, Any] = {"episode": episode.id, "task": episode.task.id}
    marks = marks_of(episode.events)
    own = [event for event in usable(episode.events, *SAT) if marks.get(event.id)]
    apart: list[JsonValue] = [one.text for one in wrong[: int(str(episode.parameters["negatives"]))]]
    for purpose, events in (("reason", given), ("keep", [] if wrong else own[:1])):
        for event in events:
            said = Message(role="assistant", content=event.text, train=True)
            yield Dialogue(
                **about,
                purpose=purpose,
                meta={"final_ans": answer_of(episode.task)} | ({"negatives": apart} if apart else {}),
                messages=(*question, said),
                events=(event.id,),
            )
    graded = {event.parent: event for event in usable(episode.events, GRADE.name)}
    for event in wrong:
        yield Judged(
            **about,
            purpose="mistake",
            prompt=question,
            response=event.text,
            critique=f"The final answer {graded[event.id].answer['final']} is not the right one.",
            verdict=False,
            response_event=event.id,
            critique_event=graded[event.id].id,
        )
    for place, event in enumerate(given):
        for other in wrong[: int(str(episode.parameters["negatives"]))]:
            positive = given[(place + 1) % len(given)]
            yield Pair(
                **about,
                purpose="contrast",
                meta={"positive": positive.text} if positive is not event else {},
                prompt=question,
                chosen=event.text,
                rejected=other.text,
                chosen_event=event.id,
                rejected_event=other.id,
                chosen_verdict=1.0,
                rejected_verdict=0.0,
            )


def _select(number: int, drawn: Sequence[Drawn], chance: random.Random) -> Sequence[Drawn]:
    def stays(one: Drawn) -> bool:
        share = Settings.model_validate(one.episode.parameters).keep
        return any(record.purpose == "reason" for record in one.records) or chance.random() < share

    return [one for one in drawn if stays(one)]


def _round(number: int, settings: Settings) -> Mapping[str, Any]:
    """Plain workings first; a student who was taught is shown no example in its exam."""
    return ({"shots": 0} if number > 1 else {}) | ({"feedback": False} if number <= settings.plain else {})


SCENARIO = Scenario(
    name="learn-to-reason",
    summary="an exam, workings of a teacher for the student's own mistakes, and lessons of those that lead to the answer",
    paper=Paper(
        "Democratizing Reasoning Ability: Tailored Learning from Large Language Model",
        2023,
        "EMNLP 2023, Raibows/Learn-to-Reason",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(EXAM, GRADE, CORRECT, WORK, HELD_OUT),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question", "answer"),
    score=score,
    records=records,
    decisions=decisions,
    outer=Outer(
        learns={"student": ("reason", "keep")},
        measure="accuracy",
        lacks=no_answer,
        rounds=3,
        verified=False,
        exam={"samples": 1, "shots": 0, "teach": False},
        parameters=_round,
        select=_select,
        training={
            "student": {
                "method": "contrast",
                "lr": 7e-6,
                "epochs": 10,
                "batch": 2,
                "prompt_weight": 0.1,
                "cl_ratio": 0.5,
                "margin": 1.0,
                "warmup": 100,
                "decay": 0.01,
            }
        },
    ),
)
