"""CLASS: a tutor of coded turns leads a student through the parts of a problem, and a tutor in training is held against it.

Knows no words. The template, the codes and the order in which two turns are compared follow the authors' data and
scripts. Turns are made one by one with a student of its own, or, as the authors do, one author writes the whole talk and
so knows the mistakes that are still to come. How perplexed a tutor in training is by the chosen turns takes its model, and
is told by `maieutic perplexity RUN --model MODEL`; a cast of people and programs has none.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean
from typing import Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Pair, Record, Stop, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.author import Author
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.expert import Expert
from maieutic.agents.simulated.gauge import Gauge
from maieutic.agents.simulated.pupil import Pupil
from maieutic.agents.simulated.scriptwriter import Scriptwriter
from maieutic.graphs import Ask, Graph, Notes, Offer, State, Step, afterwards, dialogue, flow, transcript
from maieutic.roles.author import COMPOSE, SCAFFOLD
from maieutic.roles.computation import COMPUTE, WANTED, computed
from maieutic.roles.expert import RATE
from maieutic.roles.retrieval import MOST as MOST_PASSAGES
from maieutic.roles.retrieval import SEARCH, searched
from maieutic.roles.script import MOST, SCRIPT, reference
from maieutic.roles.student import STUDENT_REMARK
from maieutic.roles.tutor import LEARNER_TURN, TUTOR_TURN, moved
from maieutic.scenarios.coded.beside import beside, computing, reckoned, retrieved, searching
from maieutic.scenarios.coded.composed import kept_to, question_of, scaffold_of, told_of, truth_of
from maieutic.scenarios.coded.rated import quality, ratings_of
from maieutic.scenarios.coded.reading import (
    foreknown_in,
    parts,
    questions,
    rounds_in,
    rounds_of,
    taken,
    talk_in,
    talk_of,
)
from maieutic.scenarios.coded.talk import (
    CODES,
    codes,
    codes_said,
    consistent,
    difference,
    lines_of,
    messages,
    opens,
    spelled,
    turn_of,
    walked,
)
from maieutic.scenarios.coded.taught import offer, taught
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.outer import Drawn, Outer, Taught
from maieutic.scenarios.ratings import on_scales
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published, settings_of
from maieutic.worlds.word_problems import WORLD
from maieutic.worlds.word_problems.sections import WORLD as SECTIONS


class Settings(Parameters):
    """What the authors leave open."""

    mode: Literal["turns", "script"] = published(
        "turns",
        "whether tutor and student speak in turn, or one author writes the whole talk, as published",
        verified=False,
        added=True,
    )
    attempts: int = published(
        3, "failed attempts at a part before its solution is given", verified=False, ge=1
    )
    turns: int = published(60, "answers heard in a talk", verified=False, ge=1)
    learner: bool = published(True, "whether a tutor in training answers every student turn too")
    passages: int = published(
        0,
        "textbook passages that are found for each answer of the student: of the task's field `passages`, else of the "
        "world's textbook (mode turns)",
        verified=False,
        added=True,
        ge=0,
        le=MOST_PASSAGES,
    )
    problem: Literal["given", "composed"] = published(
        "given",
        "whether the task brings the problem, or its author writes one for the task's `section` and `objectives`, as published",
        verified=False,
        added=True,
    )
    experts: int = published(
        0,
        "experts who rate the finished talk on four axes, side by side",
        verified=False,
        added=True,
        ge=0,
        le=16,
    )
    computation: bool = published(
        False,
        "whether it is asked first what a turn needs computed, which a program does (the authors' follow-up; mode turns)",
        verified=False,
        added=True,
    )

    @model_validator(mode="after")
    def _spoken(self) -> Settings:
        if self.mode == "script" and (self.passages or self.computation):
            raise ValueError("passages and computation need mode=turns: in a script nobody looks anything up")
        return self


def _graph(settings: Settings) -> Graph:
    graph = _script(settings) if settings.mode == "script" else _turns(settings)
    if not settings.experts:
        return graph
    ask = Ask(RATE, lambda state: _rating(state, settings), fan=settings.experts, needed=False)
    return afterwards(graph, "rate", ask, _written if settings.mode == "script" else _spoken)


def _prepared(settings: Settings) -> Ask:
    """The problem in parts: the task's, or one that is written now."""
    return Ask(COMPOSE if settings.problem == "composed" else SCAFFOLD, lambda state: [Offer()])


def _rating(state: State, settings: Settings) -> Sequence[Offer]:
    """The finished talk, put before every expert; none where there is nothing to rate.

    How good it is follows from what is known of the student's words, which no expert is shown; a simulated one is granted
    it, since it cannot read.
    """
    events = state["events"]
    scaffold, head = events[0], str(state["notes"].get("head"))
    talk = talk_in(events, head)
    found = rounds_in(events, talk, settings.attempts)
    if not found:
        return []
    said: list[JsonValue] = []
    for one in talk:
        said.append({"speaker": "tutor", "text": one.text})
        said += [{"speaker": "student", "text": one.student}] if one.student else []
    told: dict[str, JsonValue] = {**told_of(scaffold), "scaffold": dict(scaffold.answer), "history": said}
    true: dict[str, JsonValue] = {"quality": {**quality(talk, found, len(parts(scaffold)))}}
    return [Offer(talk[-1].event, told, number, true) for number in range(settings.experts)]


def _spoken(state: State) -> Stop:
    """Why a talk that was made turn by turn ended."""
    head = next(event for event in state["events"] if event.id == state["notes"]["head"])
    done = head.role == TUTOR_TURN.name and head.private.get("progress") == "z"
    return Stop.SOLVED if done else Stop.TURNS


def _written(state: State) -> Stop:
    """Why a talk that one author wrote ended."""
    lines = lines_of(state["events"][1].answer)
    if not opens(reference(lines[0]["tutor"])):
        return Stop.REFUSED
    last = reference(lines[-1]["tutor"])
    return Stop.SOLVED if last is not None and last.progress == "z" else Stop.TURNS


def _script(settings: Settings) -> Graph:
    """One author writes the talk; a tutor in training answers each of the student's words that a usable turn answers."""

    def write(state: State) -> Sequence[Offer]:
        scaffold = state["events"][0]
        told: dict[str, JsonValue] = {
            "scaffold": dict(scaffold.answer),
            "turns": min(settings.turns + 1, MOST),
            "attempts": {"limit": settings.attempts},
        }
        return [Offer(scaffold.id, {**told, **told_of(scaffold)}, truth=truth_of(scaffold))]

    def train(state: State) -> Sequence[Offer]:
        scaffold, script = state["events"][0], state["events"][1]
        lines = lines_of(script.answer)
        talk = walked(lines, questions(scaffold))
        history: list[JsonValue] = []
        offers = []
        for place, (line, (_, *at)) in enumerate(zip(lines[:-1], talk, strict=False)):
            history.append({"speaker": "tutor", "text": line["tutor"]["text"]})
            history.append({"speaker": "student", "text": line["student"]})
            if talk[place + 1][0] is not None:
                offers.append(
                    offer(settings.attempts, scaffold, script.id, list(history), (at[0], at[1]), place)
                )
        return offers

    def written(state: State) -> str | Stop:
        stop = _written(state)
        return "learner" if settings.learner and stop is not Stop.REFUSED else stop

    return flow(
        {
            "prepare": Step(_prepared(settings), lambda state: "write", ["write"]),
            "write": Step(Ask(SCRIPT, write), written, ["learner"] if settings.learner else []),
        }
        | (
            {"learner": Step(Ask(LEARNER_TURN, train, fan=min(settings.turns, MOST), needed=False), _written)}
            if settings.learner
            else {}
        ),
        start="prepare",
    )


def _turns(settings: Settings) -> Graph:
    def turn(state: State) -> Sequence[Offer]:
        scaffold, notes = state["events"][0], state["notes"]
        head, at = (
            str(notes.get("head", scaffold.id)),
            (int(notes.get("index", 0)), int(notes.get("failed", 0))),
        )
        history = transcript(state["events"], head, since=scaffold.id)
        return [
            offer(
                settings.attempts, scaffold, head, history, at, found=beside(state, head, settings.passages)
            )
        ]

    def listen(state: State) -> Sequence[Offer]:
        head, scaffold = str(state["notes"]["head"]), state["events"][0]
        said = transcript(state["events"], head, since=scaffold.id)
        return [Offer(head, {"history": said}, truth=truth_of(scaffold))]

    def places(state: State, events: Sequence[Event]) -> Notes:
        if events[-1].invalid is not None:
            return {}
        index, failed = moved(
            int(state["notes"].get("index", 0)),
            int(state["notes"].get("failed", 0)),
            turn_of(events[-1]),
            len(parts(state["events"][0])),
        )
        return {"index": index, "failed": failed}

    def closes(state: State) -> Stop | None:
        return Stop.SOLVED if state["events"][-1].private.get("progress") == "z" else None

    checks: dict[str, Ask] = {}
    if settings.passages:
        checks["search"] = Ask(SEARCH, lambda state: searching(state, settings.passages), needed=False)
    if settings.computation:
        checks["wanted"] = Ask(WANTED, turn, needed=False)
        checks["compute"] = Ask(COMPUTE, computing, needed=False)
    checks["learner"] = Ask(LEARNER_TURN, lambda state: turn(state) if settings.learner else [])
    return dialogue(
        prepare=_prepared(settings),
        speak={"turn": Ask(TUTOR_TURN, turn, places)},
        listen=Ask(STUDENT_REMARK, listen),
        assess=checks,
        decide=lambda state: "turn",
        closes=closes,
        turns=settings.turns,
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    errors = dict.fromkeys(("unparsable", "missing", "evaluation", "action", "progress"), 0.06)
    cast: dict[str, Agent] = {
        "author": Author(),
        "tutor": Coder(evaluation=0.03),
        "learner": Coder(**errors),
        "student": Pupil(),
        "scriptwriter": Scriptwriter(),
        "retriever": Program("bm25", {SEARCH.name: searched}),
        "checker": Gauge(),
        "calculator": Program("exact-arithmetic", {COMPUTE.name: computed}),
    }
    return (
        cast | {"expert": Expert()} if settings.experts else cast
    )  # who is not asked has no part in an episode


def _strangers(settings: Settings) -> Sequence[tuple[str, str]]:
    """Who rates and whose words are rated."""
    speaker = "scriptwriter" if settings.mode == "script" else "tutor"
    return [("expert", speaker)] if settings.experts else []


def score(episode: Episode) -> dict[str, float]:
    """How a talk went, and how far the usable turns of the learner agree with the tutor on each code (the opening is not counted).

    `consistent`: turns whose action may follow their evaluation, of those that have legal codes or were said by a tutor of
    its own. `kept`: turns of a script that can be used. `foreknown`: turns before a wrong number that name it. `factual`,
    `relevance`, `completeness`, `motivation`: what the experts gave, from 1 to 5, where any were asked.
    """
    talk = talk_of(episode)
    found = rounds_of(episode, talk)
    scores = {
        "turns": float(len(found)),
        "finished": float(episode.stop is Stop.SOLVED),
    }
    if episode.by_role(SCRIPT.name):
        if talk:
            scores["kept"] = fmean(one.turn is not None for one in talk)
    elif turns := episode.by_role(TUTOR_TURN.name):
        scores["consistent"] = fmean(consistent(turn_of(turn)) for turn in turns)
    if foreseen := foreknown_in(episode, talk):
        scores["foreknown"] = fmean(foreseen.values())
    pairs = [(turn, one.opened.learner) for one, turn in found if one.opened.learner is not None]
    if pairs:
        scores["learner_usable"] = fmean(learner.invalid is None for _, learner in pairs)
        agreed = [(codes(turn), codes(turn_of(learner))) for turn, learner in pairs if not learner.invalid]
        for place, name in enumerate(CODES if agreed else ()):
            scores[f"learner_{name}"] = fmean(a[place] == b[place] for a, b in agreed)
    return scores | {axis: fmean(given) for axis, given in ratings_of(episode).items()}


def lesson(episode: Episode) -> Lesson | None:
    """What the talk came to: whether the tutor saw what each of the student's turns was worth, and its codes beside those by
    the book. Parts are closed one by one, and the student has no answer of its own to be right about. The learner's codes
    are held against the tutor's, one that cannot be read as none at all.

    Of a student that is a model or a person, only results are known to be right or wrong: the tutor's evaluations of those
    are diagnoses, and no codes, of which some kinds would be missing.
    """
    talk, scaffold = talk_of(episode), scaffold_of(episode.events)
    found = rounds_of(episode, talk)
    known = [(codes(turn), one.true) for one, turn in found if one.true is not None]
    whole = [
        (codes(turn), one.true)
        for one, turn in found
        if one.true is not None and one.opened.worth is not None and not one.opened.worth.read
    ]
    apart = [
        (codes_said(one.opened.learner), codes(turn)) for one, turn in found if one.opened.learner is not None
    ]
    rated = ratings_of(episode)
    if not found and not rated:
        return None
    classed = {
        name: tuple((str(a[place]), str(b[place])) for a, b in whole) for place, name in enumerate(CODES)
    }
    classed |= {
        f"learner_{name}": tuple((str(a[place]), str(b[place])) for a, b in apart)
        for place, name in enumerate(CODES)
    }
    return Lesson(
        moves=tuple(str(turn.action) for _, turn in found),
        asks=tuple("?" in turn.text for _, turn in found),
        diagnoses={"evaluation": tuple(said[0] == true[0] for said, true in known)},
        codes={name: made for name, made in classed.items() if made},
        ratings=rated,
        qualities=quality(talk, found, len(parts(scaffold))) if scaffold and rated else {},
    )


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what was so.

    `evaluation`, `action`, `progress`: the tutor's codes, each code against the rest, beside those by the book for what
    the student's words are worth. `pair`: whether the tutor's turn is better than the learner's by these. `foreknown`: a
    turn names the wrong number that comes next, beside whether its author had that in mind; a tutor who speaks before a
    separate student cannot. `opening`, `kept`: an opening or a later turn of a script is taken, beside whether its codes
    are those by the book. `computation`: a computation is asked for, beside whether the student gave a result; `computed`:
    its result, beside the right one. `passage`: a passage is found, beside whether it is the right one (of the world's
    textbook, that of the task's kind; of a task's own, the number `passage` of its truth), so that recall is recall@k. `part`, `section`: an answer of a part, and the problem, that
    an author wrote, beside whether it is right, and whether the problem takes what the task's section is about.
    """
    talk = talk_of(episode)
    for place, said in foreknown_in(episode, talk).items():
        if (foresaw := talk[place].foresaw) is not None:
            yield Decision(kind="foreknown", said=said, true=foresaw, event=talk[place].event)
    script = next(iter(usable(episode.events, SCRIPT.name)), None)
    if script is not None and talk:
        yield from taken(script, talk)
    yield from kept_to(episode)
    yield from retrieved(episode)
    yield from reckoned(episode, talk)
    for one, turn in rounds_of(episode, talk):
        if one.true is None:
            continue
        for name, mine, right in zip(CODES, codes(turn), one.true, strict=True):
            for code in dict.fromkeys((mine, right)):
                yield Decision(kind=name, said=mine == code, true=right == code, event=one.answered.event)
        learner = one.opened.learner
        if learner is not None and consistent(turn) and difference(turn, learner) is not None:
            better = codes(turn) == one.true and (
                learner.invalid is not None or codes(turn_of(learner)) != one.true
            )
            yield Decision(kind="pair", said=True, true=better, event=learner.id)


def records(episode: Episode) -> Iterable[Record]:
    """The talk in the template, and a pair for each turn of the learner whose codes are not the tutor's. A turn whose action may
    not follow its evaluation is no reference: it is neither learnt nor chosen."""
    talk, question = talk_of(episode), question_of(episode)
    found = rounds_of(episode, talk)
    if found:
        said = list(talk[: found[-1][0].place + 1])
        said[-1] = replace(said[-1], student="")  # what nobody answered is not part of the record
        told = messages(question, said, train=True)
        names = (name for one in said for name in ([one.event, one.heard] if one.student else [one.event]))
        if any(one.train for one in told):
            yield Dialogue(
                episode=episode.id,
                task=episode.task.id,
                purpose="tutor",
                meta={"stop": episode.stop.value},
                messages=tuple(told),
                events=tuple(dict.fromkeys(names)),
            )
    for one, turn in found:
        learner = one.opened.learner
        reason = None if learner is None else difference(turn, learner)
        if learner is None or reason is None or not consistent(turn):
            continue
        rejected = spelled(turn_of(learner)) if learner.invalid is None else str(learner.raw or "")
        if rejected:
            yield Pair(
                episode=episode.id,
                task=episode.task.id,
                purpose="tutor",
                meta={"reason": reason},
                prompt=tuple(messages(question, talk[: one.place])),
                chosen=spelled(turn),
                rejected=rejected,
                chosen_event=one.answered.event,
                rejected_event=learner.id,
                chosen_verdict=1.0,
                rejected_verdict=0.0,
            )


def _taught_from(number: int, drawn: Sequence[Drawn], chance: random.Random) -> Sequence[Drawn]:
    """The first round imitates talks; later ones go by the pairs that whoever has learnt them makes."""
    kind = Dialogue if number == 1 else Pair
    return [Drawn(one.episode, tuple(r for r in one.records if isinstance(r, kind))) for one in drawn]


def _taught(episode: Episode, record: Record) -> Sequence[Taught]:
    """What a talk or a pair teaches the learner, as it is asked for a turn."""
    settings = settings_of(Settings, episode)
    return taught(episode, record, settings.attempts, settings.passages)


SCENARIO = Scenario(
    name="class-spock",
    summary="a tutor leads a student through the parts of a problem in coded turns, a tutor in training is held against it",
    paper=Paper(
        "CLASS: A Design Framework for Building Intelligent Tutoring Systems Based on Learning Science Principles",
        2023,
        "Findings of EMNLP 2023, luffycodes/Tutorbot-Spock",
    ),
    world=WORLD,
    worlds=lambda settings: SECTIONS if settings.problem == "composed" else WORLD,
    parameters=Settings,
    roles=(
        SCAFFOLD,
        COMPOSE,
        TUTOR_TURN,
        LEARNER_TURN,
        STUDENT_REMARK,
        SCRIPT,
        SEARCH,
        WANTED,
        COMPUTE,
        RATE,
    ),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("section", "objectives") if settings.problem == "composed" else ("question",),
    score=score,
    strangers=lambda settings: _strangers(settings),
    lesson=lesson,
    records=records,
    decisions=decisions,
    ratings=partial(on_scales, role=RATE),
    outer=Outer(  # supervised first, then preference
        learns={"learner": ("tutor",)},
        measure="learner_evaluation",
        rounds=2,
        exam={"learner": True, "experts": 0},
        select=_taught_from,
        turns=_taught,
        training={"learner": {"lr": 2e-5, "epochs": 3, "warmup": 0.1, "max_length": 4096, "beta": 0.1}},
    ),
)
