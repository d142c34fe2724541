"""Coded talk: a tutor's turns in the template of CLASS and what a student answered, whoever wrote them.

Knows nothing of how they were made. Where a talk stands is walked by its codes; why one turn is rejected beside another
and whether a turn speaks of a mistake that is still to come are read off the words and codes alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from maieutic import Event, Message
from maieutic.agents.simulated.coder import by_the_book, standing
from maieutic.agents.simulated.parts import Wish
from maieutic.roles.script import reference
from maieutic.roles.tutor import (
    ACTIONS,
    EVALUATIONS,
    Action,
    CodedTurn,
    Evaluation,
    Progress,
    moved,
    normal,
)
from maieutic.worlds.word_problems import answers

Reason = Literal[
    "unparsable", "missing", "evaluation", "action", "progress"
]  # in the order in which they are looked for
CODES = ("evaluation", "action", "progress")


@dataclass(frozen=True)
class Worth:
    """What a student's words are worth, and what was asked for with them; `read` where only the words say so, which is of
    results alone."""

    code: Evaluation
    wish: Wish | None = None
    read: bool = False


@dataclass(frozen=True)
class Exchange:
    """A turn of the tutor and what the student answered.

    Attributes:
        turn: the tutor's, None where its codes cannot be used.
        spelled: the same as a model is to write it.
        text: its words.
        event: id of the event that said it.
        student: the answer; empty where there is none.
        heard: id of the event that gave it.
        index: of the part that the answer is about.
        failed: failed attempts at it before.
        worth: what the answer is worth; None where nobody knows.
        at: index and failed by whoever knows its worth.
        learner: what a tutor in training would say to it.
        foresaw: whether the turn was made with the coming mistake in mind; None where nobody knows.
    """

    turn: CodedTurn | None
    spelled: str
    text: str
    event: str
    student: str = ""
    heard: str = ""
    index: int = 0
    failed: int = 0
    worth: Worth | None = None
    at: tuple[int, int] = (0, 0)
    learner: Event | None = None
    foresaw: bool | None = None


@dataclass(frozen=True)
class Round:
    """A student's words, and what the tutor made of them.

    Attributes:
        opened: the exchange that the words are in.
        answered: the one that answers them.
        place: number of the second in its talk, from 0.
        true: the codes by the book, given what the words are worth; None where nobody knows that.
    """

    opened: Exchange
    answered: Exchange
    place: int
    true: tuple[str, int, str] | None


def rounds(talk: Sequence[Exchange], length: int, limit: int) -> Iterator[Round]:
    """The student's answers that the tutor answered, in order.

    Args:
        talk: from the opening.
        length: number of parts.
        limit: failed attempts at a part before its solution is given.
    """
    for place, (before, after) in enumerate(pairwise(talk), 1):
        true = None
        if before.worth is not None:
            index, failed = before.at
            action = by_the_book(before.worth.code, before.worth.wish, failed, limit, index)
            true = before.worth.code, action, standing(action, index == length - 1)
        yield Round(before, after, place, true)


def lines_of(script: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The exchanges of a script, up to the first that the student does not answer: what comes after has no place in a talk.

    >>> [one["student"] for one in lines_of({"exchanges": [{"student": "7"}, {"student": " "}, {"student": "8"}]})]
    ['7', ' ']
    """
    lines = list(script["exchanges"])
    end = next((place for place, one in enumerate(lines, 1) if not one["student"].strip()), len(lines))
    return lines[:end]


def walked(
    exchanges: Sequence[Mapping[str, Any]], questions: Sequence[str]
) -> list[tuple[CodedTurn | None, int, int]]:
    """The turns of a scripted talk as references, with the part and the failed attempts after each.

    One that cannot be used leaves the talk at the part that it was at; where the next one names another part, it is taken at
    its word.

    Args:
        exchanges: as they were written.
        questions: of the parts, in order.
    """
    found: list[tuple[CodedTurn | None, int, int]] = []
    index = failed = 0
    for one in exchanges:
        turn = reference(one["tutor"])
        if turn is not None:
            if found and turn.subproblem in questions and turn.subproblem != questions[index]:
                index, failed = questions.index(turn.subproblem), 0
                found[-1] = found[-1][0], index, failed
            index, failed = moved(index, failed, turn, len(questions))
        found.append((turn, index, failed))
    return found


def opens(turn: CodedTurn | None) -> bool:
    """Whether a turn may open a talk: nothing to evaluate, nothing done about it, and the part at most in progress."""
    return turn is not None and turn.evaluation == "g" and turn.action == 12 and turn.progress in ("w", "x")


def turn_of(event: Event) -> CodedTurn:
    """The coded turn that a valid event is."""
    return CodedTurn.model_validate({**event.answer, **event.private})


def codes(turn: CodedTurn) -> tuple[str, int, str]:
    """The codes of a turn."""
    return turn.evaluation, turn.action, turn.progress


def consistent(turn: CodedTurn) -> bool:
    """Whether the action may follow the evaluation; the published scripts do not look."""
    return turn.action in ACTIONS[turn.evaluation]


def codes_said(event: Event) -> tuple[str, int | str, str]:
    """The codes of a turn that may not be usable; empty for each one that is none of the template's or cannot be read."""
    if event.invalid is None:
        return codes(turn_of(event))
    raw = _object(event.raw) or {}
    said = {name: normal(name, raw[name]) if name in raw else "" for name in CODES}
    legal = {"evaluation": EVALUATIONS, "action": get_args(Action), "progress": get_args(Progress)}
    evaluation, action, progress = (said[name] if said[name] in legal[name] else "" for name in CODES)
    return evaluation, action, progress


def difference(chosen: CodedTurn, other: Event) -> Reason | None:
    """Why `other` is rejected beside `chosen`: the first of the five reasons; None where all codes are equal.

    A turn that cannot be used is read off its raw words: a code that is none of the template's differs like any other.
    """
    raw = _object(other.raw)
    if other.invalid is not None and raw is None:
        return "unparsable"
    if raw is not None and (
        not any(str(raw.get(name) or "").strip() for name in CODES)
        or (other.invalid is not None and not raw.keys() >= {*CODES, "text"})
    ):
        return "missing"
    if other.invalid is None:
        theirs = codes(turn_of(other))
    else:
        assert raw is not None
        theirs = tuple(normal(name, raw[name]) for name in CODES)
    reasons: tuple[Reason, ...] = ("evaluation", "action", "progress")
    differing = (
        reason for reason, mine, one in zip(reasons, codes(chosen), theirs, strict=True) if mine != one
    )
    return next(differing, None if other.invalid is None else "missing")


def _object(raw: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(raw or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def spelled(turn: CodedTurn) -> str:
    """A turn as a model is to write it: the codes, the part and the words, without the thoughts."""
    return _spelled(turn.model_dump())


def scripted(turn: Mapping[str, Any]) -> str:
    """A turn that cannot be used, as it was written."""
    return _spelled(turn)


def _spelled(turn: Mapping[str, Any]) -> str:
    told = {name: turn[name] for name in (*CODES, "subproblem")} | {"tutorbot": turn["text"]}
    return json.dumps(told, ensure_ascii=False)


def messages(question: str, talk: Sequence[Exchange], *, train: bool = False) -> list[Message]:
    """A talk as messages, the question first; turns that cannot be used, or contradict themselves, are not to be learnt."""
    said = [Message(role="user", content=question)]
    for one in talk:
        learn = train and one.turn is not None and consistent(one.turn)
        said.append(Message(role="assistant", content=one.spelled, train=learn))
        if one.student:
            said.append(Message(role="user", content=one.student))
    return said


def foreknown(talk: Sequence[Exchange], known: str) -> dict[int, bool]:
    """For each turn that a wrong number follows, whether it names that number before the student does.

    A number counts where nobody has said it before; that the answer is wrong is what the next turn says. A tutor who knows
    only what was said names it by chance: with a separate student the share is that of coincidence.

    Args:
        talk: from the opening.
        known: all that both have before them, such as the question and its parts.

    Returns:
        Number of the turn, from 0 -> whether it names the coming number.
    """
    found = {}
    heard = set(answers.numbers_in(known))
    for place, (one, after) in enumerate(pairwise(talk)):
        said, coming = set(answers.numbers_in(one.text)), set(answers.numbers_in(one.student))
        if after.turn is not None and after.turn.evaluation == "a" and coming - heard:
            found[place] = bool((coming - heard) & said)
        heard |= said | coming
    return found
