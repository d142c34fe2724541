"""AutoMathCritique: critiques step by step, kept where enough refinements come right by them; and what a critic is worth.

Knows no words. One graph makes, criticises and refines; `mode` says what for: to build critiques, to train an actor, or
to test one, side by side or one after the other. Retraining is the outer loop's, always from the model at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Judged, Message, Record, Stepwise, Stop, rng, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.solver import FlawMaker, Solver, first_error
from maieutic.agents.simulated.walker import Walker
from maieutic.agents.simulated.working import chain
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow, majority
from maieutic.roles.critique import (
    AMEND,
    ANNOTATE,
    CRITICISE,
    FLAW,
    SOLVE,
    accused,
    aligned,
    spoken,
    steps_of,
    walked,
)
from maieutic.roles.exam import GRADE, marks_of
from maieutic.scenarios.outer import Outer, Taught, no_answer
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published, settings_of
from maieutic.worlds import answer_of
from maieutic.worlds.word_problems import WORLD, answers, exact_match, numbers_in, spell

Way = Literal["sample", "prefix", "insert"]


class Settings(Parameters):
    """What it is played for, how much is asked, and what is kept."""

    mode: Literal["build", "train", "parallel", "sequential"] = published(
        "build",
        "critiques are built, an actor is trained, or it is tested: side by side, or one after the other",
    )
    ways: tuple[Way, ...] = published(
        ("sample", "prefix", "insert"), "how flawed solutions are made, each once a question", min_length=1
    )
    walk: Literal["first-error", "all"] = published("first-error", "where the annotator stops")
    refinements: int = published(10, "of each critique in the filter (N)", verified=False, ge=1, le=64)
    least: int = published(3, "right ones among them that keep it (k)", verified=False, ge=1, le=64)
    samples: int = published(
        5, "solutions of the actor for each question (the script's default is 1)", ge=1, le=64
    )
    tries: int = published(
        1, "refinements of each critique in training and tests", verified=False, ge=1, le=64
    )
    keep: int = published(1, "right refinements of each critique that are learnt from", ge=1, le=64)
    margin: int = published(
        2, "numerals that a refinement may lack of the fewer of reference and original", ge=0, le=100
    )
    turns: int = published(3, "critiques at the most, one after the other", verified=False, ge=1, le=32)
    know_answer: bool = published(
        False, "whether a test sends only wrong solutions to the critic: an oracle", verified=False
    )
    critic: bool = published(True, "whether there is a critic, in training and tests")
    extra: bool = published(False, "whether refinements and critiques are learnt from too, in training")
    guard: bool = published(
        True,
        "whether critiques that state the answer are left out when they are built or learnt from",
        verified=False,
    )

    @model_validator(mode="after")
    def _reachable(self) -> Settings:
        if self.mode == "build" and self.least > self.refinements:
            raise ValueError(f"least must be at most refinements, got {self.least} > {self.refinements}")
        return self

    @property
    def known(self) -> bool:
        """Whether solutions are marked on the way."""
        return self.mode in ("build", "train") or (self.know_answer and self.critic)


_MAKERS = (FLAW.name, SOLVE.name)
_WALKERS = (ANNOTATE.name, CRITICISE.name)


def _verdicts(event: Event, settings: Settings) -> list[Mapping[str, Any]]:
    return walked(event.answer, settings.walk if event.role == ANNOTATE.name else "first-error")


def _told(event: Event, settings: Settings) -> str:
    return spoken(_verdicts(event, settings), bool(event.answer["final_correct"]))


def _faultless(event: Event, settings: Settings) -> bool:
    return bool(event.answer["final_correct"]) and all(one["correct"] for one in _verdicts(event, settings))


def _leaks(event: Event, solution: str, fields: Mapping[str, JsonValue], settings: Settings) -> bool:
    """Whether a critique gives the answer away; what stands in question or solution is nobody's to give."""
    known = f"{fields.get('question')}\n{solution}"
    return answers.reveals(_told(event, settings), str(fields.get("answer") or ""), known)


def _sound(events: Sequence[Event], fields: Mapping[str, JsonValue], settings: Settings) -> list[Event]:
    """The critiques that are gone on with."""
    by_id = {event.id: event for event in events}
    guarded = settings.guard and settings.mode in ("build", "train")
    return [
        one
        for one in usable(events, *_WALKERS)
        if not (guarded and _leaks(one, by_id[one.parent].text, fields, settings))
    ]


def _reference(fields: Mapping[str, JsonValue]) -> str:
    return str(fields.get("solution") or fields.get("answer") or "")


def _flaws(settings: Settings, fields: Mapping[str, JsonValue]) -> list[Offer]:
    """What the flaw maker is asked: a free sample sees no reference, a right prefix is one of the reference's lines."""
    reference = _reference(fields)
    lines = steps_of(str(fields.get("solution") or ""))
    offers = []
    for index, way in enumerate(settings.ways):
        told: dict[str, JsonValue] = {"mode": way}
        if way == "prefix":
            if len(lines) < 2:
                continue  # there is no prefix to go on from
            cut = rng("prefix", str(fields.get("question"))).randrange(1, len(lines))
            told["prefix"] = [*lines[:cut]]
        if way != "sample":
            told["reference"] = reference
        offers.append(Offer(None, told, index))
    return offers


def _graph(settings: Settings) -> Graph:
    build, line = settings.mode == "build", settings.mode == "sequential"
    many = 1 if line else len(settings.ways) if build else settings.samples
    tries = settings.refinements if build else 1 if line else settings.tries
    maker, walker = (FLAW, ANNOTATE) if build else (SOLVE, CRITICISE)

    def make(state: State) -> Sequence[Offer]:
        if build:
            return _flaws(settings, state.get("fields", {}))
        return [Offer(None, {}, index) for index in range(many)]

    def unmarked(state: State) -> Sequence[Offer]:
        asked = {event.parent for event in state["events"] if event.role == GRADE.name}
        made = usable(state["events"], maker.name, AMEND.name)
        return [Offer(one.id, {"response": one.text}) for one in made if one.id not in asked]

    def wrong(state: State) -> list[Event]:
        """The solutions that are to be criticised now."""
        marks = marks_of(state["events"])
        made = usable(state["events"], maker.name, *([AMEND.name] if line else []))
        return [
            one for one in (made[-1:] if line else made) if not settings.known or marks.get(one.id) is False
        ]

    def criticise(state: State) -> Sequence[Offer]:
        offers = []
        for one in wrong(state):
            told: dict[str, JsonValue] = {"response": one.text}
            if build:
                told |= {"reference": _reference(state.get("fields", {})), "walk": settings.walk}
                told |= {name: one.answer[name] for name in ("error_step", "error_type")}
            offers.append(Offer(one.id, told))
        return offers

    def fresh(state: State) -> list[Event]:
        answered = {event.parent for event in state["events"] if event.role == AMEND.name}
        sound = _sound(state["events"], state.get("fields", {}), settings)
        return [one for one in sound if one.id not in answered]

    def refine(state: State) -> Sequence[Offer]:
        by_id = {event.id: event for event in state["events"]}
        return [
            Offer(
                one.id,
                {"response": by_id[one.parent].text, "critique": _told(one, settings)},
                index,
            )
            for one in fresh(state)
            for index in range(tries)
        ]

    def ended(state: State) -> Stop:
        if settings.mode == "parallel":
            return Stop.TIE if voted(state["events"]) is None else Stop.SOLVED
        marks = marks_of(state["events"])
        if build:
            counts = _right(state["events"], marks)
            return Stop.SOLVED if any(one >= settings.least for one in counts.values()) else Stop.EXHAUSTED
        return Stop.SOLVED if any(marks.values()) else Stop.EXHAUSTED

    def made(state: State) -> str | Stop:
        if settings.known:
            return "check"
        return "critique" if settings.critic else Stop.SOLVED if line else ended(state)

    def checked(state: State) -> str | Stop:
        if not wrong(state):
            return Stop.ACCEPTED
        return "critique" if build or settings.critic else ended(state)

    def criticised(state: State) -> str | Stop:
        if line and _faultless(usable(state["events"], walker.name)[-1], settings):
            return Stop.ACCEPTED  # nothing wrong is left to be said
        return "refine" if fresh(state) else Stop.REFUSED

    def refined(state: State) -> str | Stop:
        return "recheck" if settings.known else "critique" if line else ended(state)

    def rechecked(state: State) -> str | Stop:
        if not line:
            return ended(state)
        return "critique" if wrong(state) else Stop.SOLVED

    after = ["recheck"] if settings.known else ["critique"] if line else []
    steps = {
        "make": Step(
            Ask(maker, make, fan=many),
            made,
            ["check"] if settings.known else ["critique"] if settings.critic else [],
        ),
        "check": Step(
            Ask(GRADE, unmarked, fan=many), checked, ["critique"] if build or settings.critic else []
        ),
        "critique": Step(
            Ask(walker, criticise, fan=many), criticised, ["refine"], most=settings.turns if line else None
        ),
        "refine": Step(Ask(AMEND, refine, fan=many * tries), refined, after),
        "recheck": Step(Ask(GRADE, unmarked, fan=many * tries), rechecked, ["critique"] if line else []),
    }
    met, ahead = set[str](), ["make"]
    while ahead:
        met.add(name := ahead.pop())
        ahead += [goal for goal in steps[name].goes_to if goal not in met]
    return flow({name: step for name, step in steps.items() if name in met}, start="make")


def _right(events: Sequence[Event], marks: Mapping[str, bool]) -> dict[str, int]:
    """Id of a critique that was refined by -> how many of its refinements are right, each counted for itself."""
    counts: dict[str, int] = {}
    for event in events:
        if event.role == AMEND.name:
            counts[event.parent] = counts.get(event.parent, 0) + bool(marks.get(event.id))
    return counts


def finals(events: Sequence[Event]) -> list[Event]:
    """The last usable solution of each of those that were sampled."""
    by_id = {event.id: event for event in events}
    found = {event.id: event for event in usable(events, SOLVE.name)}
    for event in usable(events, AMEND.name):
        start = event
        while start.role == AMEND.name:
            start = by_id[by_id[start.parent].parent]
        if event.index == 0:
            found[start.id] = event
    return list(found.values())


def _spelled(event: Event) -> str | None:
    said = answers.stated_answer(event.text)
    number = None if said is None else answers.parse_number(said)
    return said if number is None else spell(number)


def voted(events: Sequence[Event]) -> str | None:
    """The answer of most of the last solutions; None at a tie, or where none gives an answer."""
    return majority(said for one in finals(events) if (said := _spelled(one)) is not None)


def _cast(settings: Settings) -> dict[str, Agent]:
    return {
        "actor": Solver(),
        "flawmaker": FlawMaker(),
        "annotator": Walker(miss=0.05, alarm=0.02),
        "critic": Walker(),
        "grader": Program("exact-match", {GRADE.name: exact_match}),
    }


def _is_right(event: Event, gold: str) -> bool:
    return bool(exact_match({"response": event.text, "answer": gold})["correct"])


def shortcut(text: str, original: str, reference: str, margin: int) -> bool:
    """Whether a refinement leaves the working out: it has fewer numerals than the fewer of the two, less the margin.

    >>> shortcut("The answer is 14.", "6 + 1 = 7, 7 * 3 = 21", "6 + 1 = 7, 7 * 2 = 14", 2)
    True
    """
    fewest = (
        min(len(numbers_in(reference)), len(numbers_in(original))) if reference else len(numbers_in(original))
    )
    return len(numbers_in(text)) < fewest - margin


def _learnt(episode: Episode, settings: Settings) -> tuple[list[tuple[Event, Event, Event]], int]:
    """(wrong solution, critique, refinement) of each refinement that goes to the pool; and how many were too short.

    At most `keep` of each critique, whichever stand beside each other in the log.
    """
    by_id, marks = {event.id: event for event in episode.events}, marks_of(episode.events)
    taken: dict[str, int] = {}
    found, short = [], 0
    reference = str(episode.task.fields.get("solution") or "")
    for event in episode.by_role(AMEND.name):
        critique = by_id[event.parent]
        original = by_id[critique.parent]
        if not marks.get(event.id):
            continue
        if shortcut(event.text, original.text, reference, settings.margin):
            short += 1
        elif taken.get(critique.id, 0) < settings.keep:
            taken[critique.id] = taken.get(critique.id, 0) + 1
            found.append((original, critique, event))
    return found, short


def score(episode: Episode) -> dict[str, float]:
    """What came of it; accuracy under an oracle has a name of its own.

    `misaligned`: steps up to the last one that a critique speaks of, or that it quotes, without a counterpart.
    """
    settings, events = settings_of(Settings, episode), episode.events
    by_id, marks = {event.id: event for event in events}, marks_of(events)
    walks = usable(events, *_WALKERS)
    scores: dict[str, float] = {}
    if walks:
        scores["misaligned"] = float(
            sum(_misses(steps_of(by_id[one.parent].text), _verdicts(one, settings)) for one in walks)
        )
        scores["leaks"] = float(
            sum(_leaks(one, by_id[one.parent].text, episode.task.fields, settings) for one in walks)
        )
    tried = [event for event in events if event.role == AMEND.name]
    if tried and settings.known:
        scores["helpful"] = fmean(bool(marks.get(one.id)) for one in tried)
    if settings.mode == "build":
        counts = _right(events, marks)
        if counts:
            scores["kept"] = fmean(count >= settings.least for count in counts.values())
        return scores
    first, gold = usable(events, SOLVE.name), answer_of(episode.task)
    if not first or not gold:
        return scores
    scores["sampled"] = fmean(_is_right(one, gold) for one in first)
    if settings.mode == "train":
        kept, short = _learnt(episode, settings)
        pool = sum(bool(marks.get(one.id)) for one in first) + len(kept)
        return scores | {"pool": float(pool), "refined": float(len(kept)), "shortcuts": float(short)}
    oracle = "_with_oracle" if settings.known else ""
    last, said = finals(events), voted(events)
    scores[f"accuracy{oracle}"] = float(said is not None and answers.equal(said, gold))
    scores[f"pass_at_n{oracle}"] = float(any(_is_right(one, gold) for one in last))
    return scores


def _misses(steps: Sequence[str], verdicts: Sequence[Mapping[str, Any]]) -> int:
    places = aligned(steps, [str(one["text"]) for one in verdicts])
    found = [place for place in places if place is not None]
    return places.count(None) + (max(found) + 1 - len(set(found)) if found else 0)


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world knows.

    `flaw`: the place that a flaw maker names. `step`: that a step is right, up to the first that is not. `place`: the
    step that is called wrong first, of solutions that are wrong. `wrong`: that the final answer is wrong. `critique`:
    that a critique passed the filter, beside whether it is true: lucky refinements are the false ones. `pool`: that a
    solution is learnt from, beside whether its answer and each line are right. `answer`: the answer of a test.
    """
    steps, gold, settings = chain(episode.task.truth), answer_of(episode.task), settings_of(Settings, episode)
    if not steps or not gold:
        return
    by_id, marks = {event.id: event for event in episode.events}, marks_of(episode.events)
    for event in usable(episode.events, FLAW.name):
        named: Any = event.answer["error_step"]
        if named is not None:
            true = first_error(event.text, steps) == named - 1
            yield Decision(kind="flaw", said=True, true=true, event=event.id)
    counts = _right(episode.events, marks)
    for event in usable(episode.events, *_WALKERS):
        solution = by_id[event.parent]
        lines, verdicts = steps_of(solution.text), _verdicts(event, settings)
        wrong, right = first_error(solution.text, steps), _is_right(solution, gold)
        for place, one in zip(aligned(lines, [str(v["text"]) for v in verdicts]), verdicts, strict=True):
            if place is not None and (wrong is None or place <= wrong):
                yield Decision(kind="step", said=bool(one["correct"]), true=place != wrong, event=event.id)
        blamed, final = accused(lines, verdicts), bool(event.answer["final_correct"])
        if blamed is not None and not right:
            yield Decision(kind="place", said=True, true=blamed == wrong, event=event.id)
        yield Decision(kind="wrong", said=not final, true=not right, event=event.id)
        if settings.mode == "build" and event.id in counts:
            kept = counts[event.id] >= settings.least
            yield Decision(
                kind="critique", said=kept, true=blamed == wrong and final == right, event=event.id
            )
    if settings.mode == "train":
        kept_ids = {one.id for _, _, one in _learnt(episode, settings)[0]}
        for event in usable(episode.events, SOLVE.name, AMEND.name):
            said = event.id in kept_ids or (event.role == SOLVE.name and bool(marks.get(event.id)))
            true = _is_right(event, gold) and first_error(event.text, steps) is None
            yield Decision(kind="pool", said=said, true=true, event=event.id)
    if settings.mode in ("parallel", "sequential") and (last := finals(episode.events)):
        answer = voted(episode.events)
        if answer is not None:
            yield Decision(kind="answer", said=True, true=answers.equal(answer, gold), event=last[-1].id)


def records(episode: Episode) -> Iterable[Record]:
    """Built: the critiques that were kept, in words and as step labels, and one refinement of each. Trained: the pool."""
    settings, marks = settings_of(Settings, episode), marks_of(episode.events)
    by_id = {event.id: event for event in episode.events}
    about: dict[str, Any] = {"episode": episode.id, "task": episode.task.id}
    question = Message(role="user", content=str(episode.task.fields["question"]))

    def reply(purpose: str, events: Sequence[Event], *said: Message, **meta: JsonValue) -> Dialogue:
        ids = tuple(event.id for event in events)
        return Dialogue(**about, purpose=purpose, meta=meta, messages=(question, *said), events=ids)

    def refined(original: Event, critique: Event, event: Event) -> Dialogue:
        return reply(
            "refine",
            (original, critique, event),
            Message(role="assistant", content=original.text),
            Message(role="user", content=_told(critique, settings)),
            Message(role="assistant", content=event.text, train=True),
        )

    if settings.mode == "build":
        for name, count in _right(episode.events, marks).items():
            critique = by_id[name]
            original, verdicts = by_id[critique.parent], _verdicts(critique, settings)
            if count < settings.least:
                continue
            good = next(e for e in usable(episode.events, AMEND.name) if e.parent == name and marks.get(e.id))
            facts: dict[str, JsonValue] = {
                "dataset": episode.task.source,
                "answer": answer_of(episode.task),
                "correct_origin": bool(marks.get(original.id)),
                "critic_model": critique.agent,
                "new_response": good.text,
                "correct_new": True,
                "right": count,
                "refinements": settings.refinements,
                "way": settings.ways[original.index],
            }
            yield Judged(
                **about,
                purpose="critique",
                meta=facts,
                prompt=(question,),
                response=original.text,
                critique=_told(critique, settings),
                verdict=bool(critique.answer["final_correct"]),
                response_event=original.id,
                critique_event=critique.id,
            )
            yield Stepwise(
                **about,
                purpose="steps",
                prompt=(question,),
                steps=tuple(str(one["text"]) for one in verdicts),
                labels=tuple(bool(one["correct"]) for one in verdicts),
                events=(original.id, critique.id),
            )
            yield refined(original, critique, good)
    if settings.mode == "train":
        for event in usable(episode.events, SOLVE.name):
            if marks.get(event.id):
                said = Message(role="assistant", content=event.text, train=True)
                yield reply("solve", (event,), said, source="sampled")
        for original, critique, event in _learnt(episode, settings)[0]:
            said = Message(role="assistant", content=event.text, train=True)
            yield reply("solve", (event,), said, source="refined")
            if settings.extra:
                yield refined(original, critique, event)
                asked = f"{question.content}\n\nA solution, to be criticised step by step:\n{original.text}"
                yield Dialogue(
                    **about,
                    purpose="criticise",
                    messages=(
                        Message(role="user", content=asked),
                        Message(role="assistant", content=_told(critique, settings), train=True),
                    ),
                    events=(critique.id,),
                )


def _turns(episode: Episode, record: Record) -> Taught:
    """A solution, a refinement after a critique, or a critique, each as who gives one is asked for it."""
    assert isinstance(record, Dialogue)
    by_id = {event.id: event for event in episode.events}
    made = by_id[record.events[-1]]
    if record.purpose == "solve":
        return Taught(SOLVE, {}, ({"text": made.text},))
    if record.purpose == "criticise":
        return Taught(CRITICISE, {"response": by_id[made.parent].text}, (made.answer,))
    critique = by_id[made.parent]
    told = _told(critique, settings_of(Settings, episode))
    return Taught(AMEND, {"response": by_id[critique.parent].text, "critique": told}, ({"text": made.text},))


SCENARIO = Scenario(
    name="automathcritique",
    summary="critiques step by step, kept where enough refinements come right by them; a critic in training and tests",
    paper=Paper(
        "Enhancing LLM Reasoning via Critique Models with Test-Time and Training-Time Supervision",
        2024,
        "WooooDyy/MathCritique",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(FLAW, SOLVE, GRADE, ANNOTATE, CRITICISE, AMEND),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question", "answer"),
    score=score,
    records=records,
    decisions=decisions,
    outer=Outer(
        learns={
            "actor": ("solve", "refine", "criticise")
        },  # the latter two where they are asked for (`extra`)
        measure="accuracy",
        lacks=no_answer,
        rounds=3,
        exam={"mode": "parallel", "samples": 1, "critic": False, "know_answer": False},
        parameters=lambda number, settings: {"mode": "train"},
        afresh=True,
        turns=_turns,
        training={"actor": {"lr": 5e-6, "epochs": 1, "max_length": 4096}},
    ),
)
