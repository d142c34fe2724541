"""Reading: a talk in the template as an episode has it, whether it was made turn by turn or by one author.

Knows the roles and nothing of parameters but the number of attempts. What the student's words are worth is read off the
memory of whoever said or wrote them, where that is a simulated person; of a model or a person in the student's seat, it
is known where the words state a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from maieutic import Episode, Event, path, usable
from maieutic.agents.simulated.parts import Part, parts_of, worth
from maieutic.agents.simulated.pupil import Plan
from maieutic.agents.simulated.scriptwriter import Behind
from maieutic.roles.script import SCRIPT
from maieutic.roles.student import STUDENT_REMARK
from maieutic.roles.tutor import LEARNER_TURN, TUTOR_TURN, CodedTurn, moved
from maieutic.scenarios.coded.composed import question_of, scaffold_of
from maieutic.scenarios.coded.talk import (
    Exchange,
    Round,
    Worth,
    foreknown,
    lines_of,
    opens,
    rounds,
    scripted,
    spelled,
    turn_of,
    walked,
)
from maieutic.scenarios.scenario import Decision


def parts(scaffold: Event) -> Sequence[Mapping[str, Any]]:
    """The parts of a problem, as they were prepared."""
    made: Any = scaffold.answer["subproblems"]
    return list(made)


def questions(scaffold: Event) -> list[str]:
    """The questions of the parts."""
    return [str(part["question"]) for part in parts(scaffold)]


def talk_of(episode: Episode) -> list[Exchange]:
    """What was said in the template, up to the first turn that nobody could use as an answer."""
    return talk_in(episode.events, str(episode.notes.get("head")), _true_parts(episode))


def talk_in(events: Sequence[Event], head: str, true: Sequence[Part] = ()) -> list[Exchange]:
    """What was said in the template, in a log whose talk stands at `head`; it may still go on.

    Args:
        events: the log.
        head: id of the last event of the talk.
        true: the parts with their right answers, where what a student's words are worth is to be read off them.
    """
    scaffold = scaffold_of(events)
    if scaffold is None:
        return []
    if (script := next(iter(usable(events, SCRIPT.name)), None)) is not None:
        return _scripted(events, script, questions(scaffold))
    return _spoken(events, head, len(parts(scaffold)), true)


def _true_parts(episode: Episode) -> list[Part]:
    """The parts of a problem with their right answers: by the world where they are its own, else as they were prepared."""
    scaffold = scaffold_of(episode.events)
    true = {one.question: one for one in parts_of(episode.task.fields, episode.task.truth)}
    return [
        true.get(asked, Part(asked, str(one["answer"]), asked, ""))
        for one in (parts(scaffold) if scaffold else ())
        for asked in (str(one["question"]),)
    ]


def said_to_be_worth(text: str, made: Sequence[Part], index: int) -> Worth | None:
    """What words are worth that state a result of a part: right or wrong. None of other words, whose worth depends on who
    reads them, and of the right result of another part.

    >>> parts = [Part("What is 4 * 13?", "52", "4 * 13", "multiply"), Part("And half?", "26", "52 / 2", "divide")]
    >>> [said_to_be_worth(text, parts, 0) for text in ("I get 52.", "It is 42.", "It is 26.", "Could I have a hint?")]
    [Worth(code='b', wish=None, read=True), Worth(code='a', wish=None, read=True), None, None]
    """
    code, _ = worth(text, made[index])
    if code == "b":
        return Worth(code, read=True)
    other = any(worth(text, one)[0] == "b" for place, one in enumerate(made) if place != index)
    return Worth(code, read=True) if code == "a" and not other else None


def _spoken(events: Sequence[Event], head: str, length: int, true: Sequence[Part]) -> list[Exchange]:
    """A talk that was made turn by turn."""
    learners = {event.parent: event for event in events if event.role == LEARNER_TURN.name}
    talk: list[Exchange] = []
    for event in path(events, head):
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
            at = talk[-1].index
            if event.memory is not None and "code" in event.memory:
                plan = Plan.model_validate(event.memory)
                # words about another part are not worth here what they are there
                meant = Worth(plan.code, plan.wish) if plan.part == at else None
            else:
                meant = said_to_be_worth(str(event.answer["text"]), true, at) if true else None
            talk[-1] = replace(
                talk[-1],
                student=str(event.answer["text"]),
                heard=event.id,
                worth=meant,
                learner=learners.get(event.id),
            )
    return talk


def _scripted(events: Sequence[Event], script: Event, asked: Sequence[str]) -> list[Exchange]:
    """A talk that one author wrote."""
    learners = {event.index: event for event in events if event.role == LEARNER_TURN.name}
    lines = lines_of(script.answer)
    planned: Any = (script.memory or {}).get("exchanges")
    behind = [Behind.model_validate(one) for one in planned] if isinstance(planned, list) else []
    talk = []
    for place, (line, (turn, index, failed)) in enumerate(zip(lines, walked(lines, asked), strict=True)):
        one = behind[place] if place < len(behind) else None
        talk.append(
            Exchange(
                turn,
                scripted(line["tutor"]) if turn is None else spelled(turn),
                str(line["tutor"]["text"]),
                script.id,
                student=str(line["student"]).strip(),
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


def rounds_of(episode: Episode, talk: Sequence[Exchange]) -> list[tuple[Round, CodedTurn]]:
    """The rounds whose answer can be used, with that answer; none of a script that opens as it must not."""
    return rounds_in(episode.events, talk, int(str(episode.parameters["attempts"])))


def rounds_in(
    events: Sequence[Event], talk: Sequence[Exchange], attempts: int
) -> list[tuple[Round, CodedTurn]]:
    """The same of the talk that stands in a log.

    Args:
        events: the log.
        talk: what was said in it.
        attempts: failed attempts at a part before its solution is given.
    """
    scaffold = scaffold_of(events)
    if not talk or scaffold is None or (usable(events, SCRIPT.name) and not opens(talk[0].turn)):
        return []
    found = rounds(talk, len(parts(scaffold)), attempts)
    return [(one, one.answered.turn) for one in found if one.answered.turn is not None and one.opened.student]


def foreknown_in(episode: Episode, talk: Sequence[Exchange]) -> dict[int, bool]:
    """Which turns name a wrong number that comes next, before the student does; see `foreknown`."""
    scaffold = scaffold_of(episode.events)
    if scaffold is None:
        return {}
    return foreknown(talk, " ".join([question_of(episode), *questions(scaffold)]))


def taken(script: Event, talk: Sequence[Exchange]) -> Iterable[Decision]:
    """Which turns of a script can be used, beside those whose codes are by the book."""
    planned: Any = (script.memory or {}).get("exchanges")
    if not planned:
        return
    sound = planned[0]["fault"] is None
    yield Decision(kind="opening", said=opens(talk[0].turn), true=sound, event=script.id)
    for one, behind in zip(talk[1:], planned[1:], strict=True):
        yield Decision(kind="kept", said=one.turn is not None, true=behind["fault"] is None, event=script.id)
