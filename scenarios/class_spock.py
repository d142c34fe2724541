"""CLASS: a tutor of coded turns leads a student through the parts of a problem, and a tutor in training is held against it.

Knows no words. The template, the codes and the order in which two turns are compared follow the authors' data and
scripts; turns are made one by one with a student of its own, where the authors have one author write the whole talk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stop, path
from maieutic.agents import Agent
from maieutic.agents.simulated.author import Author
from maieutic.agents.simulated.coder import Coder, by_the_book, standing
from maieutic.agents.simulated.pupil import Pupil, Script
from maieutic.graphs import Ask, Graph, Notes, Offer, State, dialogue, transcript
from maieutic.roles.author import SCAFFOLD
from maieutic.roles.student import STUDENT_REMARK
from maieutic.roles.tutor import ACTIONS, LEARNER_TURN, TUTOR_TURN
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds.word_problems import WORLD

Reason = Literal[
    "unparsable", "missing", "evaluation", "action", "progress"
]  # in the order in which they are looked for
CODES = ("evaluation", "action", "progress")
FAILED = ("a", "c")  # evaluations that count as a failed attempt


class Settings(Parameters):
    """What the authors leave open."""

    attempts: int = published(
        3, "failed attempts at a part before its solution is given", verified=False, ge=1
    )
    turns: int = published(60, "answers heard in a talk", verified=False, ge=1)
    learner: bool = published(True, "whether a tutor in training answers every student turn too")


def _parts(scaffold: Event) -> Sequence[Mapping[str, Any]]:
    parts: Any = scaffold.answer["subproblems"]
    return list(parts)


def _place(index: int, failed: int, turn: Event, length: int) -> tuple[int, int]:
    """The part and the failed attempts at it after a tutor's turn."""
    codes = turn.private
    if codes["action"] == 10:
        return max(index - 1, 0), 0
    if codes["progress"] == "y":
        return min(index + 1, length - 1), 0
    return index, failed + (codes["evaluation"] in FAILED)


def _graph(settings: Settings) -> Graph:
    def turn(state: State) -> Sequence[Offer]:
        parts, notes = _parts(state["events"][0]), state["notes"]
        head, index = str(notes.get("head", state["events"][0].id)), int(notes.get("index", 0))
        scaffold = state["events"][0]
        return [
            Offer(
                head,
                {
                    "scaffold": dict(scaffold.answer),
                    "history": transcript(state["events"], head, since=scaffold.id),
                    "subproblem": {
                        "number": index + 1,
                        "of": len(parts),
                        "question": parts[index]["question"],
                    },
                    "attempts": {"failed": int(notes.get("failed", 0)), "limit": settings.attempts},
                },
            )
        ]

    def listen(state: State) -> Sequence[Offer]:
        head = str(state["notes"]["head"])
        return [Offer(head, {"history": transcript(state["events"], head, since=state["events"][0].id)})]

    def moved(state: State, events: Sequence[Event]) -> Notes:
        if events[-1].invalid is not None:
            return {}
        index, failed = _place(
            int(state["notes"].get("index", 0)),
            int(state["notes"].get("failed", 0)),
            events[-1],
            len(_parts(state["events"][0])),
        )
        return {"index": index, "failed": failed}

    def closes(state: State) -> Stop | None:
        return Stop.SOLVED if state["events"][-1].private.get("progress") == "z" else None

    return dialogue(
        prepare=Ask(SCAFFOLD, lambda state: [Offer()]),
        speak={"turn": Ask(TUTOR_TURN, turn, moved)},
        listen=Ask(STUDENT_REMARK, listen),
        assess={"learner": Ask(LEARNER_TURN, lambda state: turn(state) if settings.learner else [])},
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
    }


@dataclass(frozen=True)
class _Round:
    """A student's turn, what the tutor made of it, and what the learner would have; and where the talk stood."""

    student: Event
    tutor: Event
    learner: Event | None
    index: int
    failed: int
    length: int  # parts
    limit: int  # failed attempts before a solution is given

    @property
    def true(self) -> tuple[str, int, str] | None:
        """The codes by the book, given what the student's words are worth; None where nobody knows that."""
        if self.student.memory is None or "code" not in self.student.memory:
            return None
        script = Script.model_validate(self.student.memory)
        action = by_the_book(script.code, script.wish, self.failed, self.limit, self.index)
        return script.code, action, standing(action, self.index == self.length - 1)


def _rounds(episode: Episode) -> Iterator[_Round]:
    """The student's turns that the tutor answered, in order."""
    scaffold = next(iter(episode.by_role(SCAFFOLD.name)), None)
    if scaffold is None:
        return
    length, limit = len(_parts(scaffold)), int(str(episode.parameters["attempts"]))
    learners = {event.parent: event for event in episode.events if event.role == LEARNER_TURN.name}
    index = failed = 0
    student: Event | None = None
    for event in path(episode.events, str(episode.notes.get("head"))):
        if event.role == STUDENT_REMARK.name:
            student = event
        elif event.role == TUTOR_TURN.name:
            if event.invalid is not None:
                return
            if student is not None:
                yield _Round(student, event, learners.get(student.id), index, failed, length, limit)
            index, failed = _place(index, failed, event, length)


def codes(event: Event) -> tuple[Any, ...]:
    """The codes of a coded turn."""
    return tuple(event.private[name] for name in CODES)


def difference(reference: Event, other: Event) -> Reason | None:
    """Why `other` is rejected beside `reference`: the first of the five reasons; None where all codes are equal."""
    if other.invalid is not None:
        try:
            found = json.loads(other.raw or "")
        except ValueError:
            return "unparsable"
        return "missing" if isinstance(found, dict) else "unparsable"
    for name in CODES:
        if reference.private[name] != other.private[name]:
            reason: Reason = (
                "evaluation" if name == "evaluation" else "action" if name == "action" else "progress"
            )
            return reason
    return None


def spelled(event: Event) -> str:
    """A turn as a model is to write it: the codes, the part and the words, without the thoughts."""
    told = {name: event.private[name] for name in (*CODES, "subproblem")} | {"tutorbot": event.answer["text"]}
    return json.dumps(told, ensure_ascii=False)


def _consistent(turn: Event) -> bool:
    """Whether the action may follow the evaluation; the published scripts do not look."""
    evaluation: Any = turn.private["evaluation"]
    return turn.private["action"] in ACTIONS[evaluation]


def score(episode: Episode) -> dict[str, float]:
    """How a talk went, and how far the learner agrees with the tutor on each code (the opening is not counted)."""
    rounds = list(_rounds(episode))
    turns = episode.by_role(TUTOR_TURN.name)
    scores = {
        "turns": float(len(rounds)),
        "finished": float(episode.stop is Stop.SOLVED),
    }
    if turns:
        scores["consistent"] = fmean(_consistent(turn) for turn in turns)
    pairs = [(one.tutor, one.learner) for one in rounds if one.learner is not None]
    if pairs:
        scores["learner_usable"] = fmean(learner.invalid is None for _, learner in pairs)
        usable = [(tutor, learner) for tutor, learner in pairs if learner.invalid is None]
        for name in CODES if usable else ():
            scores[f"learner_{name}"] = fmean(a.private[name] == b.private[name] for a, b in usable)
    return scores


def lesson(episode: Episode) -> Lesson | None:
    """What the talk came to: whether the tutor saw what each of the student's turns was worth, and its codes beside those by
    the book. Parts are closed one by one, and the student has no answer of its own to be right about. The learner's codes
    are held against the tutor's."""
    rounds = list(_rounds(episode))
    known = [(codes(one.tutor), one.true) for one in rounds if one.true is not None]
    apart = [
        (codes(one.learner), codes(one.tutor)) for one in rounds if one.learner and not one.learner.invalid
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
    turns = [one.tutor for one in rounds]
    return Lesson(
        moves=tuple(str(turn.private["action"]) for turn in turns),
        asks=tuple("?" in str(turn.answer["text"]) for turn in turns),
        diagnoses={"evaluation": tuple(said[0] == true[0] for said, true in known)},
        codes={name: found for name, found in classed.items() if found},
    )


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what was so.

    `evaluation`, `action`, `progress`: the tutor's codes, each code against the rest, beside those by the book for what
    the student's words are worth. `pair`: whether the tutor's turn is better than the learner's by these.
    """
    for one in _rounds(episode):
        true = one.true
        if true is None:
            continue
        for name, said, right in zip(CODES, codes(one.tutor), true, strict=True):
            for code in dict.fromkeys((said, right)):
                yield Decision(kind=name, said=said == code, true=right == code, event=one.tutor.id)
        if one.learner is not None and difference(one.tutor, one.learner) is not None:
            better = codes(one.tutor) == true and (
                one.learner.invalid is not None or codes(one.learner) != true
            )
            yield Decision(kind="pair", said=True, true=better, event=one.learner.id)


def _messages(episode: Episode, end: str, train: bool = False) -> list[Message]:
    said = [Message(role="user", content=str(episode.task.fields["question"]))]
    for event in path(episode.events, end):
        if event.role == TUTOR_TURN.name:
            said.append(Message(role="assistant", content=spelled(event), train=train))
        elif event.role == STUDENT_REMARK.name:
            said.append(Message(role="user", content=str(event.answer["text"])))
    return said


def records(episode: Episode) -> Iterable[Record]:
    """The talk in the template, and a pair for each turn of the learner whose codes are not the tutor's."""
    rounds = list(_rounds(episode))
    if rounds:
        spoken = [
            event
            for event in path(episode.events, rounds[-1].tutor.id)
            if event.role in (TUTOR_TURN.name, STUDENT_REMARK.name)
        ]
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="tutor",
            meta={"stop": episode.stop.value},
            messages=tuple(_messages(episode, rounds[-1].tutor.id, train=True)),
            events=tuple(event.id for event in spoken),
        )
    for one in rounds:
        reason = None if one.learner is None else difference(one.tutor, one.learner)
        if one.learner is None or reason is None:
            continue
        rejected = spelled(one.learner) if one.learner.invalid is None else str(one.learner.raw or "")
        if rejected:
            yield Pair(
                episode=episode.id,
                task=episode.task.id,
                purpose="tutor",
                meta={"reason": reason},
                prompt=tuple(_messages(episode, one.student.id)),
                chosen=spelled(one.tutor),
                rejected=rejected,
                chosen_event=one.tutor.id,
                rejected_event=one.learner.id,
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
    roles=(SCAFFOLD, TUTOR_TURN, LEARNER_TURN, STUDENT_REMARK),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question",),
    score=score,
    lesson=lesson,
    records=records,
    decisions=decisions,
)
