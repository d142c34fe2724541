"""CLASS: a tutor of coded turns leads a student through the parts of a problem, and a tutor in training is held against it.

Knows no words. The template, the codes and the order in which two turns are compared follow the authors' data and
scripts. Turns are made one by one with a student of its own, or, as the authors do, one author writes the whole talk and
so knows the mistakes that are still to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue

from maieutic import Dialogue, Episode, Event, Pair, Record, Stop, path, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.author import Author
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.gauge import Gauge
from maieutic.agents.simulated.parts import parts_of
from maieutic.agents.simulated.pupil import Plan, Pupil
from maieutic.agents.simulated.scriptwriter import Behind, Scriptwriter
from maieutic.graphs import Ask, Graph, Notes, Offer, State, Step, dialogue, flow, transcript
from maieutic.roles.author import SCAFFOLD
from maieutic.roles.computation import COMPUTE, WANTED, computed
from maieutic.roles.retrieval import MOST as MOST_PASSAGES
from maieutic.roles.retrieval import SEARCH, picked, searched
from maieutic.roles.script import MOST, SCRIPT, reference
from maieutic.roles.student import STUDENT_REMARK
from maieutic.roles.tutor import ACTIONS, LEARNER_TURN, TUTOR_TURN, CodedTurn, moved
from maieutic.scenarios.coded import (
    CODES,
    Exchange,
    Round,
    Worth,
    codes,
    difference,
    foreknown,
    messages,
    opens,
    rounds,
    scripted,
    spelled,
    turn_of,
    walked,
)
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds.word_problems import WORLD, answers
from maieutic.worlds.word_problems.textbook import textbook


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
    computation: bool = published(
        False,
        "whether it is asked first what a turn needs computed, which a program does (the authors' follow-up; mode turns)",
        verified=False,
        added=True,
    )


def _parts(scaffold: Event) -> Sequence[Mapping[str, Any]]:
    parts: Any = scaffold.answer["subproblems"]
    return list(parts)


def _graph(settings: Settings) -> Graph:
    return _script(settings) if settings.mode == "script" else _turns(settings)


def _questions(scaffold: Event) -> list[str]:
    return [str(part["question"]) for part in _parts(scaffold)]


def _textbook(fields: Mapping[str, JsonValue]) -> list[str]:
    """The passages that a task brings, else those of the world."""
    own = fields.get("passages")
    return [str(one) for one in own] if isinstance(own, list) else list(textbook().values())


def _beside(state: State, head: str, number: int) -> dict[str, JsonValue]:
    """What was found out about the student's words before they are judged."""
    events, told = state["events"], dict[str, JsonValue]()
    for one in usable(events, SEARCH.name):
        if one.parent == head:
            told["passages"] = [*picked(one.answer, _textbook(state.get("fields", {})), number)]
    for one in usable(events, COMPUTE.name):
        wanted = next(event for event in events if event.id == one.parent)
        if wanted.parent == head and one.answer["value"] is not None:
            made = {"calculation": wanted.answer["calculation"], "result": one.answer["value"]}
            told["computation"] = made
    return told


def _offer(
    settings: Settings,
    scaffold: Event,
    parent: str,
    history: list[JsonValue],
    at: tuple[int, int],
    number: int = 0,
    beside: Mapping[str, JsonValue] | None = None,
) -> Offer:
    """A turn of a tutor who is at a part and has heard some failed attempts at it."""
    parts, (index, failed) = _parts(scaffold), at
    return Offer(
        parent,
        {
            "scaffold": dict(scaffold.answer),
            "history": history,
            "subproblem": {"number": index + 1, "of": len(parts), "question": parts[index]["question"]},
            "attempts": {"failed": failed, "limit": settings.attempts},
            **(beside or {}),
        },
        number,
    )


def _script(settings: Settings) -> Graph:
    """One author writes the talk; a tutor in training answers each of the student's words that a usable turn answers."""

    def write(state: State) -> Sequence[Offer]:
        scaffold = state["events"][0]
        told: dict[str, JsonValue] = {
            "scaffold": dict(scaffold.answer),
            "turns": min(settings.turns + 1, MOST),
        }
        return [Offer(scaffold.id, {**told, "attempts": {"limit": settings.attempts}})]

    def train(state: State) -> Sequence[Offer]:
        scaffold, script = state["events"][0], state["events"][1]
        lines: Any = script.answer["exchanges"]
        talk = walked(lines, _questions(scaffold))
        history: list[JsonValue] = []
        offers = []
        for place, (line, (_, *at)) in enumerate(zip(lines[:-1], talk, strict=False)):
            history.append({"speaker": "tutor", "text": line["tutor"]["text"]})
            history.append({"speaker": "student", "text": line["student"]})
            if talk[place + 1][0] is not None and line["student"]:
                offers.append(_offer(settings, scaffold, script.id, list(history), (at[0], at[1]), place))
        return offers

    def ends(state: State) -> Stop:
        lines: Any = state["events"][1].answer["exchanges"]
        last = reference(lines[-1]["tutor"])
        return Stop.SOLVED if last is not None and last.progress == "z" else Stop.TURNS

    def written(state: State) -> str | Stop:
        lines: Any = state["events"][1].answer["exchanges"]
        if not opens(reference(lines[0]["tutor"])):
            return Stop.REFUSED
        return "learner" if settings.learner else ends(state)

    return flow(
        {
            "prepare": Step(Ask(SCAFFOLD, lambda state: [Offer()]), lambda state: "write", ["write"]),
            "write": Step(Ask(SCRIPT, write), written, ["learner"] if settings.learner else []),
        }
        | (
            {"learner": Step(Ask(LEARNER_TURN, train, fan=min(settings.turns, MOST), needed=False), ends)}
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
        return [_offer(settings, scaffold, head, history, at, beside=_beside(state, head, settings.passages))]

    def compute(state: State) -> Sequence[Offer]:
        head = str(state["notes"]["head"])
        asked = [one for one in usable(state["events"], WANTED.name) if one.parent == head]
        return [
            Offer(one.id, {"calculation": one.answer["calculation"]})
            for one in asked
            if one.answer["needed"] and one.answer["calculation"]
        ]

    def listen(state: State) -> Sequence[Offer]:
        head = str(state["notes"]["head"])
        return [Offer(head, {"history": transcript(state["events"], head, since=state["events"][0].id)})]

    def places(state: State, events: Sequence[Event]) -> Notes:
        if events[-1].invalid is not None:
            return {}
        index, failed = moved(
            int(state["notes"].get("index", 0)),
            int(state["notes"].get("failed", 0)),
            turn_of(events[-1]),
            len(_parts(state["events"][0])),
        )
        return {"index": index, "failed": failed}

    def closes(state: State) -> Stop | None:
        return Stop.SOLVED if state["events"][-1].private.get("progress") == "z" else None

    def search(state: State) -> Sequence[Offer]:
        head, questions = str(state["notes"]["head"]), _questions(state["events"][0])
        heard = next(str(one.answer["text"]) for one in state["events"] if one.id == head)
        told: dict[str, JsonValue] = {
            "query": f"{questions[int(state['notes'].get('index', 0))]} {heard}",
            "textbook": [*_textbook(state.get("fields", {}))],
            "number": settings.passages,
        }
        return [Offer(head, told)]

    checks: dict[str, Ask] = {}
    if settings.passages:
        checks["search"] = Ask(SEARCH, search, needed=False)
    if settings.computation:
        checks["wanted"] = Ask(WANTED, turn, needed=False)
        checks["compute"] = Ask(COMPUTE, compute, needed=False)
    checks["learner"] = Ask(LEARNER_TURN, lambda state: turn(state) if settings.learner else [])
    return dialogue(
        prepare=Ask(SCAFFOLD, lambda state: [Offer()]),
        speak={"turn": Ask(TUTOR_TURN, turn, places)},
        listen=Ask(STUDENT_REMARK, listen),
        assess=checks,
        decide=lambda state: "turn",
        closes=closes,
        turns=settings.turns,
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    errors = dict.fromkeys(("unparsable", "missing", "evaluation", "action", "progress"), 0.06)
    return {
        "author": Author(),
        "tutor": Coder(evaluation=0.03),
        "learner": Coder(**errors),
        "student": Pupil(),
        "scriptwriter": Scriptwriter(),
        "retriever": Program("bm25", {SEARCH.name: searched}),
        "checker": Gauge(),
        "calculator": Program("exact-arithmetic", {COMPUTE.name: computed}),
    }


def _talk(episode: Episode) -> list[Exchange]:
    """What was said in the template, up to the first turn that nobody could use as an answer."""
    scaffold = next(iter(usable(episode.events, SCAFFOLD.name)), None)
    if scaffold is None:
        return []
    if (script := next(iter(usable(episode.events, SCRIPT.name)), None)) is not None:
        return _scripted(episode, script, _questions(scaffold))
    return _spoken(episode, len(_parts(scaffold)))


def _spoken(episode: Episode, length: int) -> list[Exchange]:
    """A talk that was made turn by turn."""
    learners = {event.parent: event for event in episode.events if event.role == LEARNER_TURN.name}
    talk: list[Exchange] = []
    for event in path(episode.events, str(episode.notes.get("head"))):
        if event.invalid is not None:
            break
        if event.role == TUTOR_TURN.name:
            turn, before = turn_of(event), talk[-1] if talk else None
            index, failed = moved(before.index if before else 0, before.failed if before else 0, turn, length)
            talk.append(
                Exchange(
                    turn,
                    spelled(turn),
                    turn.text,
                    event.id,
                    index=index,
                    failed=failed,
                    at=(index, failed),
                    foresaw=False,
                )
            )
        elif event.role == STUDENT_REMARK.name:
            worth = None
            if event.memory is not None and "code" in event.memory:
                plan = Plan.model_validate(event.memory)
                if (
                    plan.part == talk[-1].index
                ):  # words about another part are not worth here what they are there
                    worth = Worth(plan.code, plan.wish)
            talk[-1] = replace(
                talk[-1],
                student=str(event.answer["text"]),
                heard=event.id,
                worth=worth,
                learner=learners.get(event.id),
            )
    return talk


def _scripted(episode: Episode, script: Event, questions: Sequence[str]) -> list[Exchange]:
    """A talk that one author wrote."""
    learners = {event.index: event for event in episode.events if event.role == LEARNER_TURN.name}
    lines: Any = script.answer["exchanges"]
    planned: Any = (script.memory or {}).get("exchanges")
    behind = [Behind.model_validate(one) for one in planned] if isinstance(planned, list) else []
    talk = []
    for place, (line, (turn, index, failed)) in enumerate(zip(lines, walked(lines, questions), strict=True)):
        one = behind[place] if place < len(behind) else None
        talk.append(
            Exchange(
                turn,
                scripted(line["tutor"]) if turn is None else spelled(turn),
                str(line["tutor"]["text"]),
                script.id,
                student=str(line["student"]),
                heard=script.id,
                index=index,
                failed=failed,
                worth=None if one is None or one.code is None else Worth(one.code, one.wish),
                at=(one.part, one.failed) if one else (0, 0),
                learner=learners.get(place),
                foresaw=one.foresaw if one else None,
            )
        )
    return talk


def _rounds(episode: Episode, talk: Sequence[Exchange]) -> list[tuple[Round, CodedTurn]]:
    """The rounds whose answer can be used, with that answer; none of a script that opens as it must not."""
    if not talk or (episode.by_role(SCRIPT.name) and not opens(talk[0].turn)):
        return []
    length = len(_parts(usable(episode.events, SCAFFOLD.name)[0]))
    found = rounds(talk, length, int(str(episode.parameters["attempts"])))
    return [(one, one.answered.turn) for one in found if one.answered.turn is not None and one.opened.student]


def _foreknown(episode: Episode, talk: Sequence[Exchange]) -> dict[int, bool]:
    scaffold = next(iter(usable(episode.events, SCAFFOLD.name)), None)
    if scaffold is None:
        return {}
    return foreknown(talk, " ".join([str(episode.task.fields["question"]), *_questions(scaffold)]))


def score(episode: Episode) -> dict[str, float]:
    """How a talk went, and how far the learner agrees with the tutor on each code (the opening is not counted).

    `consistent`: turns whose action may follow their evaluation, of those that have legal codes or were said by a tutor of
    its own. `kept`: turns of a script that can be used. `foreknown`: turns before a wrong number that name it.
    """
    talk = _talk(episode)
    found = _rounds(episode, talk)
    scores = {
        "turns": float(len(found)),
        "finished": float(episode.stop is Stop.SOLVED),
    }
    if episode.by_role(SCRIPT.name):
        if talk:
            scores["kept"] = fmean(one.turn is not None for one in talk)
    elif turns := episode.by_role(TUTOR_TURN.name):
        scores["consistent"] = fmean(_consistent(turn_of(turn)) for turn in turns)
    if foreseen := _foreknown(episode, talk):
        scores["foreknown"] = fmean(foreseen.values())
    pairs = [(turn, one.opened.learner) for one, turn in found if one.opened.learner is not None]
    if pairs:
        scores["learner_usable"] = fmean(learner.invalid is None for _, learner in pairs)
        agreed = [(codes(turn), codes(turn_of(learner))) for turn, learner in pairs if not learner.invalid]
        for place, name in enumerate(CODES if agreed else ()):
            scores[f"learner_{name}"] = fmean(a[place] == b[place] for a, b in agreed)
    return scores


def _consistent(turn: CodedTurn) -> bool:
    """Whether the action may follow the evaluation; the published scripts do not look."""
    return turn.action in ACTIONS[turn.evaluation]


def lesson(episode: Episode) -> Lesson | None:
    """What the talk came to: whether the tutor saw what each of the student's turns was worth, and its codes beside those by
    the book. Parts are closed one by one, and the student has no answer of its own to be right about. The learner's codes
    are held against the tutor's."""
    found = _rounds(episode, _talk(episode))
    known = [(codes(turn), one.true) for one, turn in found if one.true is not None]
    apart = [
        (codes(turn_of(one.opened.learner)), codes(turn))
        for one, turn in found
        if one.opened.learner and not one.opened.learner.invalid
    ]
    if not known and not apart:
        return None
    classed = {
        name: tuple((str(a[place]), str(b[place])) for a, b in known) for place, name in enumerate(CODES)
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
    )


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what was so.

    `evaluation`, `action`, `progress`: the tutor's codes, each code against the rest, beside those by the book for what
    the student's words are worth. `pair`: whether the tutor's turn is better than the learner's by these. `foreknown`: a
    turn names the wrong number that comes next, beside whether its author had that in mind; a tutor who speaks before a
    separate student cannot. `opening`, `kept`: an opening or a later turn of a script is taken, beside whether its codes
    are those by the book. `computation`: a computation is asked for, beside whether the student gave a result; `computed`:
    its result, beside the right one. `passage`: a passage is found, beside whether it is the right one (of the world's
    textbook, that of the task's kind; of a task's own, the number `passage` of its truth), so that recall is recall@k.
    """
    talk = _talk(episode)
    for place, said in _foreknown(episode, talk).items():
        if (foresaw := talk[place].foresaw) is not None:
            yield Decision(kind="foreknown", said=said, true=foresaw, event=talk[place].event)
    script = next(iter(usable(episode.events, SCRIPT.name)), None)
    if script is not None and talk:
        yield from _taken(script, talk)
    yield from _retrieved(episode)
    yield from _computed(episode, talk)
    for one, turn in _rounds(episode, talk):
        if one.true is None:
            continue
        for name, mine, right in zip(CODES, codes(turn), one.true, strict=True):
            for code in dict.fromkeys((mine, right)):
                yield Decision(kind=name, said=mine == code, true=right == code, event=one.answered.event)
        learner = one.opened.learner
        if learner is not None and difference(turn, learner) is not None:
            better = codes(turn) == one.true and (
                learner.invalid is not None or codes(turn_of(learner)) != one.true
            )
            yield Decision(kind="pair", said=True, true=better, event=learner.id)


def _taken(script: Event, talk: Sequence[Exchange]) -> Iterable[Decision]:
    planned: Any = (script.memory or {}).get("exchanges")
    if not planned:
        return
    sound = planned[0]["fault"] is None
    yield Decision(kind="opening", said=opens(talk[0].turn), true=sound, event=script.id)
    for one, behind in zip(talk[1:], planned[1:], strict=True):
        yield Decision(kind="kept", said=one.turn is not None, true=behind["fault"] is None, event=script.id)


def _retrieved(episode: Episode) -> Iterable[Decision]:
    fields = episode.task.fields
    book = _textbook(fields)
    right = episode.task.truth.get("passage") if "passages" in fields else None
    if "passages" not in fields and str(fields.get("topic")) in textbook():
        right = list(textbook()).index(str(fields["topic"]))
    if not isinstance(right, int) or not 0 <= right < len(book):
        return
    number = int(str(episode.parameters.get("passages", 0)))
    for event in usable(episode.events, SEARCH.name):
        found = picked(event.answer, book, number)
        for text in found:
            yield Decision(kind="passage", said=True, true=text == book[right], event=event.id)
        if book[right] not in found:
            yield Decision(kind="passage", said=False, true=True, event=event.id)


def _computed(episode: Episode, talk: Sequence[Exchange]) -> Iterable[Decision]:
    parts, heard = parts_of(episode.task.fields, episode.task.truth), {one.heard: one for one in talk}
    results = {one.parent: one for one in usable(episode.events, COMPUTE.name)}
    for wanted in usable(episode.events, WANTED.name):
        about = heard.get(wanted.parent)
        if about is None or about.worth is None:
            continue
        yield Decision(
            kind="computation",
            said=bool(wanted.answer["needed"]),
            true=about.worth.code in ("a", "b"),
            event=wanted.id,
        )
        made = results.get(wanted.id)
        if made is not None and about.index < len(parts):
            result = made.answer["value"]
            right = result is not None and answers.equal(str(result), parts[about.index].answer)
            yield Decision(kind="computed", said=result is not None, true=right, event=made.id)


def records(episode: Episode) -> Iterable[Record]:
    """The talk in the template, and a pair for each turn of the learner whose codes are not the tutor's."""
    talk, question = _talk(episode), str(episode.task.fields["question"])
    found = _rounds(episode, talk)
    if found:
        said = list(talk[: found[-1][0].place + 1])
        said[-1] = replace(said[-1], student="")  # what nobody answered is not part of the record
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="tutor",
            meta={"stop": episode.stop.value},
            messages=tuple(messages(question, said, train=True)),
            events=tuple(
                dict.fromkeys(
                    name for one in said for name in ([one.event, one.heard] if one.student else [one.event])
                )
            ),
        )
    for one, turn in found:
        learner = one.opened.learner
        reason = None if learner is None else difference(turn, learner)
        if learner is None or reason is None:
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


SCENARIO = Scenario(
    name="class-spock",
    summary="a tutor leads a student through the parts of a problem in coded turns, a tutor in training is held against it",
    paper=Paper(
        "CLASS: A Design Framework for Building Intelligent Tutoring Systems Based on Learning Science Principles",
        2023,
        "Findings of EMNLP 2023, luffycodes/Tutorbot-Spock",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(SCAFFOLD, TUTOR_TURN, LEARNER_TURN, STUDENT_REMARK, SCRIPT, SEARCH, WANTED, COMPUTE),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question",),
    score=score,
    lesson=lesson,
    records=records,
    decisions=decisions,
)
