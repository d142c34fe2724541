"""SciGLM: solve, compare with the answer, reflect and revise, solve with the answer shown; a classifier keeps what is sound.

Knows no words. Each solution carries the stage that made it. Numbers and units are compared by a program before any judge
is asked, and quality is judged by steps, since a right answer can come of wrong reasoning. `label` makes a classifier's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from maieutic import Dialogue, Episode, Event, Message, Record, Stop
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.comparer import Classifier, Comparer
from maieutic.agents.simulated.scientist import Scientist
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow
from maieutic.graphs.seat import next_index
from maieutic.roles.reflection import (
    COMPARE,
    INFORM,
    MEASURE,
    QUALITY,
    REVISE,
    SOLVE,
    WEAK,
    log_odds,
    parted,
    read_verdict,
)
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published, settings_of
from maieutic.worlds import answer_of
from maieutic.worlds.formulas import WORLD, chain, compared, first_fault, is_choice, sound, stated, verdict
from maieutic.worlds.formulas.quantities import DIGITS

Stage = Literal["first", "revised", "informed"]
STAGES: Mapping[str, Stage] = {SOLVE.name: "first", REVISE.name: "revised", INFORM.name: "informed"}


Weight = Annotated[float, Field(ge=0)]


class Settings(Parameters):
    """What is made, how often is asked again, how answers are compared, and what is kept."""

    mode: Literal["annotate", "label"] = published(
        "annotate", "solutions are made; or a weaker model's are labelled for a classifier"
    )
    answers: Literal["open", "choice"] = published(
        "open",
        "questions of which kind are taken; those whose answer is only a letter are a run of their own",
    )
    tries: int = published(3, "of each call, where nothing usable comes", ge=1, le=16)
    comparisons: int = published(10, "tries of each comparison; as many failures count as 0", ge=1, le=64)
    informed: bool = published(
        True,
        "whether what is still wrong is solved with the answer shown (in the paper, not found in the code)",
        verified=False,
    )
    numeric: bool = published(
        True,
        "whether numbers and units are compared by a program, and a judge asked of what that cannot tell",
        verified=False,
    )
    digits: int = published(DIGITS, "significant digits that are enough", verified=False, ge=1, le=12)
    tolerance: float = published(
        0.0, "relative difference that is forgiven besides rounding", verified=False, ge=0, le=0.5
    )
    classify: bool = published(True, "whether the classifier has the last word")
    threshold: float = published(0.0, "log odds of True over False above which a solution is kept")
    sweep: tuple[float, ...] = published(
        (-2.0, -1.0, 0.0, 1.0, 2.0),
        "thresholds whose precision and recall are counted beside it",
        verified=False,
        max_length=20,
    )
    weights: tuple[Weight, Weight, Weight] = published(
        (1.0, 1.0, 1.0), "weight of a record made first, revised, or with the answer shown", verified=False
    )
    samples: int = published(4, "solutions of the weaker model (mode label)", verified=False, ge=1, le=64)


def solution(event: Event) -> str | None:
    """The solution that an event holds; None where it holds none that can be used."""
    if event.invalid is not None or event.role not in (*STAGES, WEAK.name):
        return None
    text = str(event.answer["text"])
    return parted(text)[1] if event.role == REVISE.name else text


def solutions(events: Sequence[Event]) -> list[Event]:
    """The events that hold a usable solution, in their order."""
    return [event for event in events if solution(event) is not None]


def judged(events: Sequence[Event], made: Event, settings: Settings) -> bool | None:
    """Whether a solution was found to have the right answer; None while that is open.

    A program's word counts where it has one. Else the first usable verdict does, and as many failures as there are tries
    count as 0.
    """
    mine = [event for event in events if event.parent == made.id]
    measured = [event for event in mine if event.role == MEASURE.name]
    if settings.numeric:
        if not measured:
            return None
        told = None if measured[-1].invalid is not None else measured[-1].answer["verdict"]
        if told in ("same", "different"):
            return told == "same"
    asked = [event for event in mine if event.role == COMPARE.name]
    said = [one for one in map(_said, asked) if one is not None]
    return said[0] if said else False if len(asked) >= settings.comparisons else None


def _said(event: Event) -> bool | None:
    return None if event.invalid is not None else read_verdict(str(event.answer["text"]))


def quality(events: Sequence[Event], made: Event) -> float | None:
    """The log odds that the classifier gave a solution; None where it was not asked, or nothing is known."""
    scores = [log_odds(one) for one in events if one.role == QUALITY.name and one.parent == made.id]
    return scores[-1] if scores else None


def _graph(settings: Settings) -> Graph:
    label = settings.mode == "label"
    stages = 1 if label else 2 + settings.informed
    fan = settings.samples if label else 1

    def taken(state: State) -> bool:
        """Whether the question is of the kind that this run is for."""
        answer = str(state.get("fields", {}).get("answer") or "")
        return is_choice(answer) is (settings.answers == "choice")

    def first(state: State) -> Sequence[Offer]:
        if not taken(state):
            return []
        if label:
            return [Offer(None, {}, index) for index in range(fan)]
        return [Offer(None, {}, sum(event.role == SOLVE.name for event in state["events"]))]

    def revise(state: State) -> Sequence[Offer]:
        last = solutions(state["events"])[-1]
        index = next_index(state["events"], last.id, REVISE.name)
        return [Offer(last.id, {"response": solution(last)}, index)]

    def inform(state: State) -> Sequence[Offer]:
        last = solutions(state["events"])[-1]
        return [Offer(last.id, {}, next_index(state["events"], last.id, INFORM.name))]

    def opened(state: State) -> list[Event]:
        made = solutions(state["events"])
        return [one for one in made if judged(state["events"], one, settings) is None]

    def measure(state: State) -> Sequence[Offer]:
        rules: dict[str, JsonValue] = {"digits": settings.digits, "tolerance": settings.tolerance}
        return [Offer(one.id, {"response": solution(one), **rules}) for one in opened(state)]

    def compare(state: State) -> Sequence[Offer]:
        return [
            Offer(one.id, {"response": solution(one)}, next_index(state["events"], one.id, COMPARE.name))
            for one in opened(state)
        ]

    def unscored(state: State) -> list[Event]:
        made = solutions(state["events"]) if label else solutions(state["events"])[-1:]
        scored = {e.parent for e in state["events"] if e.role == QUALITY.name and e.invalid is None}
        return [one for one in made if one.id not in scored]

    def classify(state: State) -> Sequence[Offer]:
        return [
            Offer(one.id, {"response": solution(one)}, next_index(state["events"], one.id, QUALITY.name))
            for one in unscored(state)
        ]

    comparer = "measure" if settings.numeric else "compare"

    def made(again: str, else_: str | Stop) -> Any:
        def then(state: State) -> str | Stop:
            if not taken(state):
                return Stop.REFUSED
            asked = [event for event in state["events"] if event.role == steps[again].ask.role.name]
            if any(solution(event) is not None for event in asked):
                return comparer
            return again if len(asked) < settings.tries and not label else else_

        return then

    def decided(state: State) -> str | Stop:
        if opened(state):
            return "compare"
        last = solutions(state["events"])[-1]
        if label or judged(state["events"], last, settings):
            return "classify" if settings.classify else Stop.SOLVED
        match last.role:
            case SOLVE.name:
                return "revise"
            case REVISE.name:
                return "inform" if settings.informed else Stop.EXHAUSTED
        return Stop.EXHAUSTED

    def classified(state: State) -> str | Stop:
        asked = sum(event.role == QUALITY.name for event in state["events"])
        if unscored(state) and asked < settings.tries * fan:
            return "classify"
        score = quality(state["events"], solutions(state["events"])[-1])
        return Stop.SOLVED if label or (score is not None and score > settings.threshold) else Stop.REFUSED

    later = [] if label else ["revise", *(["inform"] if settings.informed else [])]
    judges = ["compare", *later, *(["classify"] if settings.classify else [])]
    give_up: str | Stop = "inform" if settings.informed else Stop.EXHAUSTED
    steps = {
        "solve": Step(
            Ask(WEAK if label else SOLVE, first, fan=fan, needed=label),
            made("solve", Stop.INVALID),
            [comparer] if label else ["solve", comparer],
            most=1 if label else settings.tries,
        ),
        "revise": Step(
            Ask(REVISE, revise, needed=False),
            made("revise", give_up),
            ["revise", comparer, *(["inform"] if settings.informed else [])],
            most=settings.tries,
        ),
        "inform": Step(
            Ask(INFORM, inform, needed=False),
            made("inform", Stop.EXHAUSTED),
            ["inform", comparer],
            most=settings.tries,
        ),
        "measure": Step(Ask(MEASURE, measure, fan=fan, needed=False), decided, judges, most=stages),
        "compare": Step(
            Ask(COMPARE, compare, fan=fan, needed=False), decided, judges, most=stages * settings.comparisons
        ),
        "classify": Step(
            Ask(QUALITY, classify, fan=fan, needed=False), classified, ["classify"], most=settings.tries
        ),
    }
    without = {"revise", "inform"} - set(later)
    without |= {
        name for name, used in (("measure", settings.numeric), ("classify", settings.classify)) if not used
    }
    return flow({name: step for name, step in steps.items() if name not in without}, start="solve")


def _cast(settings: Settings) -> dict[str, Agent]:
    scientist = Scientist()
    return {
        "solver": scientist,
        "measurer": Program("numbers-and-units", {MEASURE.name: compared}),
        "comparer": Comparer(),
        "reviser": scientist,
        "informed": scientist,
        "classifier": Classifier(),
        "weak": Scientist(right=0.3, luck=0.25),
    }


def _accepted(episode: Episode, settings: Settings) -> Event | None:
    """The solution that a comparison let through, in an annotation."""
    return next((e for e in solutions(episode.events) if judged(episode.events, e, settings)), None)


def _passes(score: float | None, threshold: float) -> bool:
    return score is not None and score > threshold


def kept(episode: Episode) -> Event | None:
    """The solution that an annotation keeps; None where it keeps none."""
    settings = settings_of(Settings, episode)
    made = _accepted(episode, settings)
    if made is None or settings.mode == "label":
        return None
    if settings.classify and not _passes(quality(episode.events, made), settings.threshold):
        return None
    return made


def _is_right(made: Event, gold: str, settings: Settings) -> bool:
    said = stated(solution(made) or "")
    return verdict(said, gold, settings.digits, settings.tolerance) == "same"


def score(episode: Episode) -> dict[str, float]:
    """What came of it.

    `yield` and `first`, `revised`, `informed`: whether a comparison let a solution through, and at which stage.
    `asked_again`: comparisons without a usable verdict. `given_up`: solutions that count as 0 because none came.
    `sent_back`: right solutions that a comparison turned down. `apart`: a question for another run.
    """
    settings, events, gold = settings_of(Settings, episode), episode.events, answer_of(episode.task)
    if is_choice(gold) is not (settings.answers == "choice"):
        return {"apart": 1.0}
    made = solutions(events)
    by_id = {event.id: event for event in events}
    asked = [event for event in events if event.role == COMPARE.name]
    failures: dict[str, int] = {}
    for event in asked:
        failures[event.parent] = failures.get(event.parent, 0) + (_said(event) is None)
    scores = {
        "asked_again": float(sum(failures.values())),
        "given_up": float(sum(count >= settings.comparisons for count in failures.values())),
    }
    rights = [one for one in made if gold and _is_right(one, gold, settings)]
    if rights:
        scores["sent_back"] = float(sum(judged(events, one, settings) is False for one in rights))
    unknown = [e for e in events if e.role == QUALITY.name and log_odds(e) is None and e.parent in by_id]
    if settings.classify:
        scores["quality_unknown"] = float(len(unknown))
    if settings.mode == "label":
        labels = [judged(events, one, settings) for one in made]
        return scores | ({"positive": sum(map(bool, labels)) / len(labels)} if labels else {})
    found = _accepted(episode, settings)
    scores["yield"] = float(found is not None)
    for role, stage in STAGES.items():
        scores[stage] = float(found is not None and found.role == role)
    if found is not None and (odds := quality(events, found)) is not None:
        scores["quality"] = odds
    if settings.classify:
        scores["kept"] = float(kept(episode) is not None)
    return scores


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world knows.

    `match`: that a solution has the right answer, whoever decided. `judge`: likewise, where a judge had to; its recall is
    one less the rate of false negatives. `first`, `revised`, `informed`: that a solution was let through at that stage,
    beside whether its steps hold. `kept`: that the classifier keeps it, likewise; `kept>T`: at other thresholds. `error`:
    the kind of mistake that a reviser names.
    """
    settings, gold, of = settings_of(Settings, episode), answer_of(episode.task), chain(episode.task.truth)
    if not gold:
        return
    by_id = {event.id: event for event in episode.events}
    measured = {e.parent: e for e in episode.events if e.role == MEASURE.name and e.invalid is None}
    for made in solutions(episode.events):
        said = judged(episode.events, made, settings)
        if said is None:
            continue
        true = _is_right(made, gold, settings)
        yield Decision(kind="match", said=said, true=true, event=made.id)
        if made.id not in measured or measured[made.id].answer["verdict"] == "unclear":
            yield Decision(kind="judge", said=said, true=true, event=made.id)
        if not of.steps:
            continue
        holds = sound(solution(made) or "", of, gold)
        if said and made.role in STAGES:
            yield Decision(kind=STAGES[made.role], said=True, true=holds, event=made.id)
        asked = any(e.role == QUALITY.name and e.parent == made.id for e in episode.events)
        if asked:
            odds = quality(episode.events, made)
            passes = _passes(odds, settings.threshold)
            yield Decision(kind="kept", said=passes, true=holds, event=made.id)
            for threshold in settings.sweep:
                passes = _passes(odds, threshold)
                yield Decision(kind=f"kept>{threshold:g}", said=passes, true=holds, event=made.id)
        if made.role == REVISE.name:
            fault = first_fault(solution(by_id[made.parent]) or "", of, gold)
            kind = "none" if fault is None else fault.kind
            if kind is not None:
                named = made.answer["error_kind"] == kind
                yield Decision(kind="error", said=True, true=named, event=made.id)


def records(episode: Episode) -> Iterable[Record]:
    """The solution that is kept, with the stage that made it and what led there; in mode label a word on each sample."""
    settings, events = settings_of(Settings, episode), episode.events
    question = str(episode.task.fields["question"])
    about: dict[str, Any] = {"episode": episode.id, "task": episode.task.id}
    if settings.mode == "label":
        for made in solutions(events):
            right = judged(events, made, settings)
            if right is not None:
                yield Dialogue(
                    **about,
                    purpose="classify",
                    meta={"model": made.agent, "judge_votes": _votes(events, made)},
                    messages=(
                        Message(role="user", content=f"{question}\n\nA solution:\n{solution(made)}"),
                        Message(role="assistant", content=str(right), train=True),
                    ),
                    events=(made.id,),
                )
        return
    final = kept(episode)
    text = None if final is None else solution(final)
    if final is None or text is None:
        return
    stage = STAGES[final.role]
    meta: dict[str, JsonValue] = {
        "stage": stage,
        "real_answer": answer_of(episode.task),
        "dataset": episode.task.source,
        "judge_votes": _votes(events, final),
        "quality_score": quality(events, final),
        "weight": settings.weights[list(STAGES.values()).index(stage)],
    }
    if final.role == REVISE.name:
        meta["reflection"] = parted(str(final.answer["text"]))[0]
        meta["error_kind"] = final.answer["error_kind"]
    yield Dialogue(
        **about,
        purpose="solve",
        meta=meta,
        messages=(
            Message(role="user", content=question),
            Message(role="assistant", content=text, train=True),
        ),
        events=(final.id,),
    )


def _votes(events: Sequence[Event], made: Event) -> list[JsonValue]:
    """What was said of a solution's answer, in order: by the program, and by the judge each time it was asked."""
    return [
        {
            "by": event.agent,
            "said": event.raw
            if event.invalid is not None
            else event.answer.get("verdict", event.answer.get("text")),
        }
        for event in events
        if event.parent == made.id and event.role in (MEASURE.name, COMPARE.name)
    ]


SCENARIO = Scenario(
    name="sciglm",
    summary="solutions compared with the answer, reflected on and revised, made with the answer shown; a classifier keeps",
    paper=Paper(
        "SciGLM: Training Scientific Language Models with Self-Reflective Instruction Annotation and Tuning",
        2024,
        "THUDM/SciGLM",
        training={
            "classifier": {"lr": 3e-6, "epochs": 2, "batch": 3, "max_length": 1024},
            "solver": {"lr": 3e-6, "epochs": 2, "max_prompt": 128, "max_completion": 512},
        },
    ),
    world=WORLD,
    parameters=Settings,
    roles=(SOLVE, MEASURE, COMPARE, REVISE, INFORM, QUALITY, WEAK),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question", "answer"),
    score=score,
    records=records,
    decisions=decisions,
)
