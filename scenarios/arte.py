"""ARTE: a teacher is aligned with what makes a student succeed, by preferences between its own questions and workings.

Knows no words. An episode of `build` is one elicitation: three seeds, the questions drafted from them, each worked out in
every style, each working shown to a student as the only example before it solves the probe items. `items` measures probe
items, `tailor` draws what a student is trained on from the teacher as it is, `exam` tries that on a held-out question. It is
long because the modes share seeds, styles and the student, and one scenario may not import another's file.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, field_validator

from maieutic import Dialogue, Episode, Event, Judged, Message, Pair, Record, Stop, rng, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.panel import Taker
from maieutic.agents.simulated.tailor import SEEDS, Drafter, Follower
from maieutic.graphs import Ask, Graph, Notes, Offer, State, Step, flow
from maieutic.roles.exam import GRADE
from maieutic.roles.tailor import (
    AGREE,
    COUNT,
    DRAFT,
    PROBE,
    REDRAFT,
    RESHOW,
    SHOW,
    STYLES,
    TAKE,
    TRY,
    listed,
    plainly,
    wanted,
)
from maieutic.scenarios.outer import Before, Drawn, Outer, Taught, no_answer
from maieutic.scenarios.probing.drafts import (
    Question,
    Sheet,
    agreed,
    counted,
    drafted,
    kept,
    sheet,
    workings_of,
)
from maieutic.scenarios.probing.probes import (
    Probe,
    chosen,
    given,
    measured,
    measuring,
    readable,
    samples,
    unmeasured,
)
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published, settings_of
from maieutic.worlds.word_problems import WORLD, answers, exact_match
from maieutic.worlds.word_problems.generate import reserved


class Settings(Parameters):
    """What it is played for, how much is drafted and probed, and which preferences count."""

    mode: Literal["build", "items", "tailor", "exam"] = published(
        "build",
        "preferences are built, probe items are measured, training data are drawn greedily, or these are tried",
    )
    seeds: int = published(3, "seed questions of an elicitation", ge=1, le=8)
    outputs: int = published(
        4,
        "elicitations from the same seeds in an episode (published: as many as make 250 drafts a task)",
        verified=False,
        ge=1,
        le=125,
    )
    per_output: int = published(2, "questions in each (k)", verified=False, ge=1, le=8)
    styles: tuple[str, ...] = published(
        STYLES, "in which each question is worked out (n = 4; wordings are ours)", min_length=1, max_length=8
    )
    agree: int = published(
        2,
        "workings that must agree on an answer for it to count as right",
        verified=False,
        ge=1,
        le=8,
    )
    probes: int = published(40, "items that each working is probed with", ge=1, le=200)
    probe_items: tuple[Probe, ...] = published(
        (),
        "the items, best first, or a file of them or of the samples of a run with mode=items; by default reserved ones of "
        "the world, not measured",
        verified=False,
    )
    share: float = published(
        0.25, "of the questions that are best, and that are worst, in pairs of lists", gt=0, le=0.5
    )
    gap: float = published(
        1.0, "standard errors by which scores must differ to make a pair", verified=False, ge=0, le=10
    )
    question_pairs: int = published(50, "pairs of lists that a round is learnt from, at the most", ge=0)
    rationale_pairs: int = published(250, "pairs of workings that a round is learnt from, at the most", ge=0)
    items: int = published(100, "labelled items that are measured before the first round", ge=1, le=1000)
    shots: int = published(3, "solved problems before an item, from 0 up to this many", ge=0, le=8)

    @field_validator("probe_items", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        return given(value)


def seeds_of(fields: Mapping[str, JsonValue], settings: Settings) -> list[str]:
    """The seeds of an episode: the task's own question and reserved ones; in an exam the latter alone."""
    own = str(fields.get("question"))
    others = [str(reserved("seeds", index).fields["question"]) for index in range(SEEDS)]
    rng("seeds", own).shuffle(others)
    return ([] if settings.mode == "exam" else [own, *others])[: settings.seeds] or others[: settings.seeds]


def probes_of(fields: Mapping[str, JsonValue], settings: Settings) -> list[Probe]:
    """The items of an episode: never one that is a seed of it."""
    pool = settings.probe_items or unmeasured("probes", settings.probes)
    return chosen(pool, settings.probes, seeds_of(fields, settings))


def _graph(settings: Settings) -> Graph:
    if settings.mode == "items":
        return measuring(settings.shots)
    return _eliciting(settings) if settings.mode == "build" else _tailoring(settings)


def _eliciting(settings: Settings) -> Graph:
    styles = settings.styles
    questions = settings.outputs * settings.per_output
    most = questions * len(styles)

    def draft(state: State) -> Sequence[Offer]:
        return _asked(state, settings, settings.outputs)

    def new(state: State) -> list[Question]:
        return _new(state, settings)

    def show(state: State) -> Sequence[Offer]:
        return [
            Offer(one.draft, {"question": one.text, "style": style}, one.place * len(styles) + number)
            for one in new(state)
            for number, style in enumerate(styles)
        ]

    def agree(state: State) -> Sequence[Offer]:
        offers = []
        for one in new(state):
            said: list[JsonValue] = [
                (answers.stated_answer(event.text) or "")[:400]
                for event in workings_of(state["events"], one, len(styles))
            ]
            if said:
                least = min(settings.agree, len(styles))
                offers.append(Offer(one.draft, {"answers": said, "least": least}, one.place))
        return offers

    def shown(state: State) -> list[tuple[Question, Event]]:
        found = kept(state["events"], new(state), len(styles))
        return [(question, one) for question, _, good in found for one in good]

    def probe(state: State) -> Sequence[Offer]:
        items = probes_of(state.get("fields", {}), settings)
        return [
            Offer(one.id, {"demonstration": _example(question.text, one), "problem": item.question}, number)
            for question, one in shown(state)
            for number, item in enumerate(items)
        ]

    def count(state: State) -> Sequence[Offer]:
        gold: list[JsonValue] = [one.answer for one in probes_of(state.get("fields", {}), settings)]
        said: dict[str, list[JsonValue]] = {}
        for event in state["events"]:
            if event.role == PROBE.name:  # a response that cannot be used is a wrong one
                said.setdefault(event.parent, []).append(event.text if event.invalid is None else "")
        return [
            Offer(one.id, {"responses": said[one.id], "gold": gold})
            for _, one in shown(state)
            if one.id in said
        ]

    def conclude(state: State, events: Sequence[Event]) -> Notes:
        made = sheet(
            state["events"],
            new(state),
            styles,
            long=settings.per_output,
            share=settings.share,
            gap=settings.gap,
        )
        return {"sheet": made.model_dump(mode="json")}

    def ended(state: State) -> Stop:
        found = Sheet.model_validate(state["notes"]["sheet"])
        if found.lists or found.workings:
            return Stop.SOLVED
        return Stop.TIE if any(one.probed for one in found.drafts) else Stop.EXHAUSTED

    return flow(
        {
            "draft": Step(
                Ask(DRAFT, draft, fan=settings.outputs),
                lambda state: "show" if new(state) else Stop.EXHAUSTED,
                ["show"],
            ),
            "show": Step(Ask(SHOW, show, fan=most), lambda state: "agree", ["agree"]),
            "agree": Step(
                Ask(AGREE, agree, conclude, fan=questions),
                lambda state: "probe" if shown(state) else Stop.EXHAUSTED,
                ["probe"],
            ),
            "probe": Step(Ask(PROBE, probe, fan=most * settings.probes), lambda state: "count", ["count"]),
            "count": Step(Ask(COUNT, count, conclude, fan=most), ended),
        },
        start="draft",
    )


def _tailoring(settings: Settings) -> Graph:
    most, tried = settings.per_output, settings.mode == "exam"

    def show(state: State) -> Sequence[Offer]:
        return [Offer(one.draft, {"question": one.text}, one.place) for one in _new(state, settings)]

    def attempt(state: State) -> Sequence[Offer]:
        return [
            Offer(one.id, {"demonstration": _example(question, one)})
            for one, question in tailored(state["events"])
        ]

    def mark(state: State) -> Sequence[Offer]:
        return [Offer(one.id, {"response": one.text}) for one in usable(state["events"], TRY.name)]

    steps = {
        "draft": Step(
            Ask(REDRAFT, lambda state: _asked(state, settings, 1)),
            lambda state: "show" if _new(state, settings) else Stop.EXHAUSTED,
            ["show"],
        ),
        "show": Step(
            Ask(RESHOW, show, fan=most),
            lambda state: "try" if tried else Stop.SOLVED,
            ["try"] if tried else [],
        ),
    }
    if tried:
        steps["try"] = Step(Ask(TRY, attempt, fan=most), lambda state: "mark", ["mark"])
        steps["mark"] = Step(Ask(GRADE, mark, fan=most), lambda state: Stop.SOLVED)
    return flow(steps, start="draft")


def _asked(state: State, settings: Settings, outputs: int) -> list[Offer]:
    seeds: Any = seeds_of(state.get("fields", {}), settings)
    return [Offer(None, {"seeds": seeds, "number": settings.per_output}, index) for index in range(outputs)]


def _new(state: State, settings: Settings) -> list[Question]:
    """The questions that are gone on with: none that is a seed, a probe, or what the student is tried on."""
    fields = state.get("fields", {})
    known = [*seeds_of(fields, settings), str(fields.get("question"))]
    if settings.mode == "build":
        known += [one.question for one in probes_of(fields, settings)]
    return drafted(state["events"], known, settings.per_output)


def _example(question: str, working: Event) -> JsonValue:
    return {"question": question, "working": working.text}


def tailored(events: Sequence[Event]) -> list[tuple[Event, str]]:
    """The workings of greedily drafted questions, with these."""
    by_id = {event.id: event for event in events}
    found = []
    for one in usable(events, RESHOW.name):
        questions: Any = by_id[one.parent].answer["questions"]
        found.append((one, str(questions[one.index])))
    return found


def _cast(settings: Settings) -> dict[str, Agent]:
    known = (
        readable(settings.probe_items or unmeasured("probes", settings.probes))
        if settings.mode == "build"
        else ()
    )
    return {
        "teacher": Drafter(),
        "student": Follower(problems=known),
        "scorer": Program("consensus-and-count", {AGREE.name: agreed, COUNT.name: counted}),
        "grader": Program("exact-match", {GRADE.name: exact_match}),
        **{role.seat: Taker(ability=place - 2.0) for place, role in enumerate(TAKE)},
    }


def _sheet(episode: Episode) -> Sheet:
    return Sheet.model_validate(episode.notes.get("sheet", {}))


def worth(episode: Episode) -> dict[str, float]:
    """Id of a working -> the student's true chance of a right answer after it, over the probes, where the student tells
    its chances, as a simulated one does. A question is worth the mean of its workings that were probed."""
    found: dict[str, list[float]] = {}
    for event in usable(episode.events, PROBE.name):
        if event.memory is not None and "chance" in event.memory:
            found.setdefault(event.parent, []).append(float(str(event.memory["chance"])))
    made = {name: fmean(chances) for name, chances in found.items()}
    for draft in _sheet(episode).drafts:
        probed = [made[one.event] for one in draft.probed if one.event in made]
        if probed:
            made[draft.event] = fmean(probed)
    return made


def score(episode: Episode) -> dict[str, float]:
    """What came of it; in `build` both filters by themselves.

    `kept_by_answer`: share of the workings that have the answer on which most agree. `kept_by_gap`: share of the pairs of
    best and worst that are far enough apart; `tied` and `near` count the others. `accuracy`: in an exam, the student's
    with what the teacher drafts greedily; with items, that of the models; an answer that cannot be used is wrong.
    """
    mode, events = episode.parameters["mode"], episode.events
    if mode in ("items", "exam"):
        asked = [event for event in events if event.role in (TRY.name, *(one.name for one in TAKE))]
        right = sum(bool(event.answer["correct"]) for event in usable(events, GRADE.name))
        return {"accuracy": right / len(asked)} if asked else {}
    if mode == "tailor":
        return {"examples": float(len(tailored(events)))}
    found = _sheet(episode)
    workings = [one for draft in found.drafts for one in draft.workings]
    made = {
        "drafts": float(len(found.drafts)),
        "pairs_of_workings": float(len(found.workings)),
        "pairs_of_lists": float(len(found.lists)),
        "tied": float(found.tied),
        "near": float(found.near),
    }
    if workings:
        made["kept_by_answer"] = fmean(one.correct for one in workings)
    if probed := [one.s_r for one in workings if one.s_r is not None]:
        made |= {"s_r": fmean(probed), "s_r_best": max(probed), "s_r_worst": min(probed)}
    passed = len(found.workings) + len(found.lists)
    if passed + found.tied + found.near:
        made["kept_by_gap"] = passed / (passed + found.tied + found.near)
    return made


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what simulated players know of themselves.

    `kept`: a working passes the filter by the answer, beside whether it is right. `workings`, `lists`: the chosen side is
    better, beside the student's true chances. `right`: a greedy working goes to the student, beside whether it is right.
    """
    by_id, found, true = {event.id: event for event in episode.events}, _sheet(episode), worth(episode)
    for one in (working for draft in found.drafts for working in draft.workings):
        memory = by_id[one.event].memory or {}
        if "right" in memory:
            yield Decision(kind="kept", said=one.correct, true=memory["right"] is True, event=one.event)
    for kind, pairs in (("workings", found.workings), ("lists", found.lists)):
        for pair in pairs:
            if all(name in true for name in (*pair.chosen.events, *pair.rejected.events)):
                better, worse = (
                    fmean(true[name] for name in side.events) for side in (pair.chosen, pair.rejected)
                )
                yield Decision(kind=kind, said=True, true=better > worse, event=pair.chosen.events[0])
    for event, _ in tailored(episode.events):
        if event.memory and "right" in event.memory:
            yield Decision(kind="right", said=True, true=event.memory["right"] is True, event=event.id)


def records(episode: Episode) -> Iterable[Record]:
    """Pairs of lists and of workings, and each working with its scores; the examples that a student is trained on; or each
    answer to an item, by which it is measured."""
    about: dict[str, Any] = {"episode": episode.id, "task": episode.task.id}
    if episode.parameters["mode"] == "items":
        yield from samples(episode)
    elif episode.parameters["mode"] == "build":
        yield from _pairs(episode, about)
        yield from _drafts(episode, about)
    else:
        for event, question in tailored(episode.events):
            said = Message(role="assistant", content=event.text, train=True)
            yield Dialogue(
                **about,
                purpose="learn",
                meta={"question": question, "answer": answers.stated_answer(event.text)},
                messages=(Message(role="user", content=plainly(question)), said),
                events=(event.id,),
            )


def _pairs(episode: Episode, about: Mapping[str, Any]) -> Iterable[Pair]:
    by_id, found = {event.id: event for event in episode.events}, _sheet(episode)
    drafts = {draft.event: draft for draft in found.drafts}
    question_of = {one.event: draft.question for draft in found.drafts for one in draft.workings}
    settings = Settings.model_validate(dict(episode.parameters))
    for pair in (*found.lists, *found.workings):
        sides = (pair.chosen, pair.rejected)
        meta: dict[str, Any] = {"errors": pair.errors}
        texts: list[str]
        if pair in found.lists:
            purpose, level = "questions", "question"
            prompt = wanted(seeds_of(episode.task.fields, settings), len(pair.chosen.events))
            texts = [listed([drafts[name].question for name in side.events]) for side in sides]
            meta |= {
                f"{name}_{what}": [*values]
                for name, side in zip(("chosen", "rejected"), sides, strict=True)
                for what, values in (
                    ("events", side.events),
                    ("workings", [by_id[drafts[one].probed[0].event].text for one in side.events]),
                )
            }
        else:
            purpose, level = "rationales", "rationale"
            prompt = plainly(question_of[pair.chosen.events[0]])
            texts = [by_id[side.events[0]].text for side in sides]
        if texts[0] != texts[1]:
            yield Pair(
                **about,
                purpose=purpose,
                meta={"level": level, **meta},
                prompt=(Message(role="user", content=prompt),),
                chosen=texts[0],
                rejected=texts[1],
                chosen_event=pair.chosen.events[0],
                rejected_event=pair.rejected.events[0],
                chosen_verdict=pair.chosen.score,
                rejected_verdict=pair.rejected.score,
            )


def _drafts(episode: Episode, about: Mapping[str, Any]) -> Iterable[Judged]:
    by_id = {event.id: event for event in episode.events}
    for draft in _sheet(episode).drafts:
        for one in draft.workings:
            said = "Its answer is not one on which most agree."
            if one.count is not None:
                said = f"After it the student solved {one.n_correct} of {one.n_probe} probe items."
            yield Judged(
                **about,
                purpose="draft",
                meta=one.model_dump(exclude={"event", "count"}) | {"s_q": draft.s_q},
                prompt=(Message(role="user", content=plainly(draft.question)),),
                response=by_id[one.event].text,
                critique=said,
                verdict=one.correct,
                response_event=one.event,
                critique_event=one.count or draft.event,
            )


def _select(number: int, drawn: Sequence[Drawn], chance: random.Random) -> Sequence[Drawn]:
    """A mixture of both levels, each up to its number, drawn by chance."""
    if not drawn:
        return []
    told: Any = drawn[0].episode.parameters
    taken: set[tuple[int, int]] = set()
    for purpose, most in (("questions", "question_pairs"), ("rationales", "rationale_pairs")):
        found = [
            (place, number)
            for place, one in enumerate(drawn)
            for number, record in enumerate(one.records)
            if record.purpose == purpose
        ]
        taken |= set(chance.sample(found, min(len(found), told[most])))
    return [
        Drawn(
            one.episode,
            tuple(record for number, record in enumerate(one.records) if (place, number) in taken),
        )
        for place, one in enumerate(drawn)
    ]


def _turns(episode: Episode, record: Record) -> Taught:
    """A pair of lists as what is asked for lists, one of workings as what is asked for one without naming a manner."""
    assert isinstance(record, Pair)
    drafts = {draft.event: draft for draft in _sheet(episode).drafts}
    if record.purpose == "questions":
        settings = settings_of(Settings, episode)
        named: list[Any] = [record.meta["chosen_events"], record.meta["rejected_events"]]
        lists: list[list[JsonValue]] = [[drafts[name].question for name in names] for names in named]
        seeds: Any = seeds_of(episode.task.fields, settings)
        asked: dict[str, JsonValue] = {"seeds": seeds, "number": len(lists[0])}
        return Taught(REDRAFT, asked, ({"questions": lists[0]}, {"questions": lists[1]}))
    (question,) = (
        one.question
        for one in drafts.values()
        if any(working.event == record.chosen_event for working in one.workings)
    )
    return Taught(RESHOW, {"question": question}, ({"text": record.chosen}, {"text": record.rejected}))


def _probed(drawn: Sequence[Drawn], settings: Any) -> JsonValue:
    """The most discriminating of the items that were answered."""
    found = measured(record for one in drawn for record in one.records)
    return [one.model_dump(mode="json") for one in found[: settings.probes]]


SCENARIO = Scenario(
    name="arte",
    summary="a teacher's questions and workings, scored by a student with one as example, make pairs; the teacher learns",
    paper=Paper(
        "Aligning Teacher with Student Preferences for Tailored Training Data Generation",
        2024,
        "no repository",
        training={"student": {"lr": 2e-5, "epochs": 1, "warmup": 0.03, "examples": 6750}},
    ),
    world=WORLD,
    parameters=Settings,
    roles=(DRAFT, SHOW, AGREE, PROBE, COUNT, REDRAFT, RESHOW, TRY, GRADE, *TAKE),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question", "answer") if settings.mode in ("items", "exam") else ("question",),
    score=score,
    records=records,
    decisions=decisions,
    outer=Outer(
        learns={"teacher": ("questions", "rationales")},
        measure="accuracy",
        lacks=no_answer,
        rounds=1,
        exam={"mode": "exam"},
        parameters=lambda number, settings: {"mode": "build"},
        select=_select,
        turns=_turns,
        training={"teacher": {"lr": 1e-7, "epochs": 1, "batch": 16, "warmup": 0.1}},
        before=Before(
            gives="probe_items",
            n=lambda settings: int(settings.items),
            parameters={"mode": "items"},
            concludes=_probed,
        ),
    ),
)
