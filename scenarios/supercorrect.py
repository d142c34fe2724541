"""SuperCorrect: worked answers with their thoughts to learn from; then the first wrong step of the student's own, corrected
by the teacher and by the student side by side, as a pair.

Knows no words. A pair is conditioned on the problem, the right prefix and the wrong step, never on a whole solution: what
comes after the first wrong step is wrong by inheritance. The published gain on one benchmark is 15.1, 11.5 or 1.5
points, by the harness; whoever compares must name grader, prompt and sampling, and may claim the smallest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stop, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.derivation import first_wrong, mends
from maieutic.agents.simulated.inspector import Inspector, Locator
from maieutic.agents.simulated.mentor import Mentor
from maieutic.agents.simulated.trainee import Trainee
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow
from maieutic.roles.correction import (
    INSPECT,
    LOCATE,
    REVIEW,
    STUDENT_CORRECT,
    TEACHER_CORRECT,
    TEACHER_INSPECT,
    asked,
    numbered,
    told,
)
from maieutic.roles.exam import GRADE, marks_of
from maieutic.roles.record import ATTEMPT, handed_over
from maieutic.roles.role import Role
from maieutic.roles.template import (
    REQUEST,
    SOLVE,
    SOLVE_TAGGED,
    TEMPLATE,
    TEMPLATE_TAGGED,
    Worked,
    spoken,
    tagged,
)
from maieutic.scenarios.correcting.cases import MAKERS, Case, cases, passed, worked_answers
from maieutic.scenarios.outer import Outer, Taught, no_answer
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds import answer_of
from maieutic.worlds.word_problems import WORLD, answers, exact_match


class Settings(Parameters):
    """Which stage it is, how worked answers are written, and how corrections are inspected."""

    mode: Literal["correct", "template", "test"] = published(
        "correct",
        "stage 2, pairs of corrections; stage 1, templates; or a test, in which the student looks its answer over",
    )
    form: Literal["fields", "tagged"] = published(
        "fields",
        "worked answers as fields, or, as published, as one tagged text, which is left out if it cannot be read",
        verified=False,
    )
    attempts: Literal["sampled", "recorded"] = published(
        "sampled", "whether the student solves, or its solution is the task's field `attempt`", verified=False
    )
    samples: int = published(
        1, "solutions of the student (the published evaluation has one)", verified=False, ge=1, le=64
    )
    inspector: Literal["separate", "teacher"] = published(
        "separate", "who inspects corrections", verified=False
    )
    inspections: int = published(
        3, "corrections of the teacher for a wrong step, at the most", verified=False, ge=1, le=16
    )


def _maker(settings: Settings) -> Role:
    typed = settings.form == "fields"
    if settings.mode == "template":
        return TEMPLATE if typed else TEMPLATE_TAGGED
    if settings.attempts == "recorded":
        return ATTEMPT
    return SOLVE if typed else SOLVE_TAGGED


def _wrong(events: Sequence[Event]) -> list[str]:
    """The solutions that were marked wrong."""
    marks = marks_of(events)
    return [name for name in worked_answers(events) if marks.get(name) is False]


def _graph(settings: Settings) -> Graph:
    maker = _maker(settings)
    many = settings.samples if maker in (SOLVE, SOLVE_TAGGED) else 1

    def make(state: State) -> Sequence[Offer]:
        return [Offer(None, {}, index) for index in range(many)]

    def unmarked(state: State) -> Sequence[Offer]:
        seen = {event.parent for event in state["events"] if event.role == GRADE.name}
        found = worked_answers(state["events"])
        return [Offer(name, {"response": spoken(one)}) for name, one in found.items() if name not in seen]

    def shown(state: State, names: Iterable[str]) -> Sequence[Offer]:
        found = worked_answers(state["events"])
        return [
            Offer(name, {"working": numbered(found[name]), "own_answer": found[name].answer})
            for name in names
        ]

    def own(state: State) -> Sequence[Offer]:
        return [Offer(case.located.id, case.step) for case in cases(state["events"])]

    def correct(state: State) -> Sequence[Offer]:
        offers = []
        for case in cases(state["events"]):
            if not case.tries and case.own is not None:
                offers.append(Offer(case.located.id, case.step))
            elif case.wanting:
                last, verdict = case.tries[-1]
                assert verdict is not None
                issue = {"rejected": dict(last.answer), "issue": verdict.answer["issue"]}
                offers.append(Offer(verdict.id, case.step | issue))
        return offers

    def inspect(state: State) -> Sequence[Offer]:
        return [
            Offer(event.id, case.step | event.answer)
            for case in cases(state["events"])
            for event, verdict in (*case.tries, *([case.own] if case.own else []))
            if verdict is None
        ]

    def made(state: State) -> str | Stop:
        return "check" if worked_answers(state["events"]) else Stop.REFUSED  # no worked answer can be read

    def checked(state: State) -> str | Stop:
        right = any(marks_of(state["events"]).values())
        if settings.mode == "test":
            return "review"
        if settings.mode == "template":
            return Stop.SOLVED if right else Stop.EXHAUSTED
        return "locate" if _wrong(state["events"]) else Stop.ACCEPTED

    def rechecked(state: State) -> Stop:
        marks = marks_of(state["events"])
        last = usable(state["events"], REVIEW.name)
        return Stop.SOLVED if any(marks.get(one.id) for one in last) else Stop.EXHAUSTED

    def inspected(state: State) -> str | Stop:
        found = cases(state["events"])
        if any(case.wanting for case in found):
            asked_for = max(len(case.tries) for case in found)
            if asked_for < settings.inspections:
                return "correct"
        if any(case.pair for case in found):
            return Stop.SOLVED
        return Stop.TURNS if any(case.wanting for case in found) else Stop.TIE

    steps = {"make": Step(Ask(maker, make, fan=many), made, ["check"])}
    if settings.mode == "template":
        return flow(steps | {"check": Step(Ask(GRADE, unmarked), checked)}, start="make")
    if settings.mode == "test":
        look = Ask(REVIEW, lambda state: shown(state, worked_answers(state["events"])), fan=many)
        return flow(
            steps
            | {
                "check": Step(Ask(GRADE, unmarked, fan=many), checked, ["review"]),
                "review": Step(look, lambda state: "recheck", ["recheck"]),
                "recheck": Step(Ask(GRADE, unmarked, fan=many), rechecked),
            },
            start="make",
        )
    find = Ask(LOCATE, lambda state: shown(state, _wrong(state["events"])), fan=many)
    inspector = INSPECT if settings.inspector == "separate" else TEACHER_INSPECT
    return flow(
        steps
        | {
            "check": Step(Ask(GRADE, unmarked, fan=many), checked, ["locate"]),
            "locate": Step(
                find,
                lambda state: "self_correct" if cases(state["events"]) else Stop.EXHAUSTED,
                ["self_correct"],
            ),
            "self_correct": Step(Ask(STUDENT_CORRECT, own, fan=many), lambda state: "correct", ["correct"]),
            "correct": Step(
                Ask(TEACHER_CORRECT, correct, fan=many),
                lambda state: "inspect",
                ["inspect"],
                most=settings.inspections,
            ),
            "inspect": Step(Ask(inspector, inspect, fan=2 * many), inspected, ["correct"]),
        },
        start="make",
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    return {
        "teacher": Mentor(),
        "student": Trainee(),
        "record": Program("recorded-attempt", {ATTEMPT.name: handed_over}),
        "grader": Program("exact-match", {GRADE.name: exact_match}),
        "locator": Locator(),
        "inspector": Inspector(),
    }


def _place(episode: Episode, worked: Worked) -> int | None:
    """The number of the first wrong step, from 1, where the world knows: by the annotators' word of a recorded attempt,
    by the calculations of a solution that was made here."""
    truth = episode.task.truth
    if episode.parameters["attempts"] == "recorded" and "wrong_step" not in truth:
        return None
    place = first_wrong(worked.lines, worked.answer, truth)
    return None if place is None else place + 1


def _located(episode: Episode) -> list[tuple[Event, int | None, int]]:
    """Each search for a first wrong step, what was found, and what there is; where the world knows that."""
    worked, found = (
        worked_answers(episode.events),
        {one.located.id: one.number for one in cases(episode.events)},
    )
    known = [(one, _place(episode, worked[one.parent])) for one in episode.by_role(LOCATE.name)]
    return [(one, found.get(one.id), place) for one, place in known if place is not None]


def score(episode: Episode) -> dict[str, float]:
    """What came of it.

    `rejects`: worked answers that cannot be read. `located` and `located_near`: first wrong steps that were found, and
    those that were missed by one step at the most, over all wrong solutions. `own_mended`: the student's corrections
    that passed. `self_correction`: wrong answers turned right by the student's own review, less right ones turned wrong,
    over all answers.
    """
    events, marks = episode.events, marks_of(episode.events)
    worked = worked_answers(events)
    made = usable(events, *MAKERS)
    scores = {"rejects": float(sum(event.id not in worked for event in made))}
    solved = [marks.get(event.id, False) for event in made]
    if not made:
        return scores
    if episode.parameters["mode"] == "template":
        return scores | {"kept": fmean(solved)}
    if episode.parameters["mode"] == "test":
        after = {one.parent: marks.get(one.id, False) for one in usable(events, REVIEW.name)}
        last = [after.get(event.id, right) for event, right in zip(made, solved, strict=True)]
        righted = fmean(now and not then for then, now in zip(solved, last, strict=True))
        spoiled = fmean(then and not now for then, now in zip(solved, last, strict=True))
        return scores | {
            "accuracy_first": fmean(solved),
            "accuracy": fmean(last),
            "righted": righted,
            "spoiled": spoiled,
            "self_correction": righted - spoiled,
        }
    scores["accuracy"] = fmean(solved)
    looked = _located(episode)
    if looked:
        scores["located"] = fmean(number == place for _, number, place in looked)
        scores["located_near"] = fmean(
            number is not None and abs(number - place) <= 1 for _, number, place in looked
        )
    found = cases(events)
    if found:
        scores["own_mended"] = fmean(case.mended for case in found)
        scores["corrections"] = fmean(len(case.tries) for case in found)
        scores["pairs"] = float(sum(case.pair is not None for case in found))
    return scores


def _holds(episode: Episode, case: Case, event: Event) -> bool:
    """Whether a correction truly gives what should stand there."""
    lines = case.worked.lines
    fix = " ".join(str(event.answer["corrected_step"]).split())
    return mends(lines[: case.number - 1], lines[case.number - 1], fix, episode.task.truth)


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world knows.

    `template`: a worked answer is kept, beside whether its answer and each of its lines are right. `located`: a first
    wrong step is named, beside whether it is that one; none named is a miss. `valid`: a correction passes, beside whether
    it gives the true result; not of recorded attempts, whose words the world cannot work out. `pair`: a pair is made,
    beside whether its step is the first wrong one, and its chosen correction holds and the rejected does not. `noticed`:
    the student calls a step of its own wrong, beside whether its answer is.
    """
    gold, truth = answer_of(episode.task), episode.task.truth
    if not gold:
        return
    worked, marks = worked_answers(episode.events), marks_of(episode.events)
    for event in episode.by_role(TEMPLATE.name) + episode.by_role(TEMPLATE_TAGGED.name):
        if event.id in worked:
            one = worked[event.id]
            true = answers.equal(one.answer, gold) and first_wrong(one.lines, one.answer, truth) is None
            yield Decision(kind="template", said=marks.get(event.id, False), true=true, event=event.id)
    places = {}
    for event, number, place in _located(episode):
        places[event.id] = place
        yield Decision(kind="located", said=number is not None, true=number in (None, place), event=event.id)
    own_words = episode.parameters["attempts"] == "sampled"
    for case in cases(episode.events):
        turns = [*case.tries, *([case.own] if case.own else [])]
        for event, verdict in turns if own_words else []:
            if verdict is not None:
                said = passed(verdict) is True
                yield Decision(kind="valid", said=said, true=_holds(episode, case, event), event=verdict.id)
        if case.pair and case.located.id in places:
            chosen, rejected = case.pair
            sides = not own_words or (_holds(episode, case, chosen) and not _holds(episode, case, rejected))
            true = sides and case.number == places[case.located.id]
            yield Decision(kind="pair", said=True, true=true, event=chosen.id)
    for event in episode.by_role(REVIEW.name):
        said = event.answer["first_wrong_step"] is not None
        true = not answers.equal(worked[event.parent].answer, gold)
        yield Decision(kind="noticed", said=said, true=true, event=event.id)


def records(episode: Episode) -> Iterable[Record]:
    """Stage 1: the worked answer in its layout. Stage 2: the teacher's correction before the student's own, both of them
    as answers to the problem, the right prefix and the wrong step."""
    about: dict[str, Any] = {"episode": episode.id, "task": episode.task.id}
    question, marks = str(episode.task.fields["question"]), marks_of(episode.events)
    if episode.parameters["mode"] == "template":
        for name, one in worked_answers(episode.events).items():
            if marks.get(name):
                steps: list[JsonValue] = [
                    {"text": text, "key": key} if key else {"text": text}
                    for text, key in zip(one.steps, one.keys, strict=True)
                ]
                facts = {"steps": steps, "generalized": one.generalized, "answer": one.answer}
                messages = (
                    Message(role="user", content=f"{question}\n\n{REQUEST}"),
                    Message(role="assistant", content=tagged(one), train=True),
                )
                yield Dialogue(**about, purpose="template", meta=facts, messages=messages, events=(name,))
    for case in cases(episode.events):
        if case.pair is None or told(case.pair[0].answer) == told(case.pair[1].answer):
            continue
        chosen, rejected = case.pair
        sides: dict[str, JsonValue] = {
            side: {"cause": one.answer["cause"], "fix": one.answer["corrected_step"]}
            for side, one in (("chosen", chosen), ("rejected", rejected))
        }
        prefix = case.worked.steps[: case.number - 1]
        wrong = case.worked.steps[case.number - 1]
        yield Pair(
            **about,
            purpose="correct",
            meta={
                "prefix_steps": [*prefix],
                "wrong_step": wrong,
                "k": case.number,
                **sides,
                "final_answer": answer_of(episode.task),
            },
            prompt=asked(question, prefix, wrong),
            chosen=told(chosen.answer),
            rejected=told(rejected.answer),
            chosen_event=chosen.id,
            rejected_event=rejected.id,
            chosen_verdict=1.0,
            rejected_verdict=0.0,
        )


def _turns(episode: Episode, record: Record) -> Taught:
    """A worked answer as the student's solution, a pair as its correction of the step."""
    if isinstance(record, Pair):
        (pair,) = (one for one in cases(episode.events) if one.pair and one.pair[0].id == record.chosen_event)
        assert pair.pair is not None
        return Taught(STUDENT_CORRECT, pair.step, tuple(one.answer for one in pair.pair))
    assert isinstance(record, Dialogue)
    (made,) = (one for one in episode.events if one.id == record.events[0])
    return Taught(SOLVE if made.role == TEMPLATE.name else SOLVE_TAGGED, {}, (made.answer,))


SCENARIO = Scenario(
    name="supercorrect",
    summary="worked answers with their thoughts, then the first wrong step corrected by teacher and student, as a pair",
    paper=Paper(
        "SuperCorrect: Supervising and Correcting Language Models with Error-Driven Insights",
        2024,
        "ICLR 2025, YangLing0818/SuperCorrect-llm",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(
        TEMPLATE,
        TEMPLATE_TAGGED,
        SOLVE,
        SOLVE_TAGGED,
        ATTEMPT,
        GRADE,
        LOCATE,
        STUDENT_CORRECT,
        TEACHER_CORRECT,
        INSPECT,
        TEACHER_INSPECT,
        REVIEW,
    ),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: (
        ("question", "answer", "attempt")
        if settings.attempts == "recorded" and settings.mode != "template"
        else ("question", "answer")
    ),
    score=score,
    records=records,
    decisions=decisions,
    outer=Outer(  # round 1 teaches the layout (about 100,000 templates), round 2 corrections (about 10,000 pairs)
        learns={"student": ("template", "correct")},
        measure="accuracy",
        lacks=no_answer,
        rounds=2,
        verified=False,
        exam={"mode": "test", "samples": 1, "attempts": "sampled"},  # what was recorded learns nothing
        parameters=lambda number, settings: {"mode": "template" if number == 1 else "correct"},
        turns=_turns,
    ),
)
