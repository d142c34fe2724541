"""Taught: what a tutor of coded turns is put before it at a place of a talk, and what is learnt there.

Knows nothing of who talks. A talk teaches every turn of it that can be used; a pair teaches one turn, the worse side as it was
written where it cannot be used.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from maieutic import Episode, Event, Pair, Record
from maieutic.graphs import Offer, State
from maieutic.roles.tutor import LEARNER_TURN, CodedTurn
from maieutic.scenarios.coded.beside import beside
from maieutic.scenarios.coded.composed import scaffold_of, told_of, truth_of
from maieutic.scenarios.coded.reading import questions, rounds_of, talk_of
from maieutic.scenarios.coded.talk import consistent, turn_of
from maieutic.scenarios.outer import Taught


def offer(
    attempts: int,
    scaffold: Event,
    parent: str,
    history: list[JsonValue],
    at: tuple[int, int],
    number: int = 0,
    found: Mapping[str, JsonValue] | None = None,
) -> Offer:
    """A turn of a tutor who is at a part and has heard some failed attempts at it."""
    asked, (index, failed) = questions(scaffold), at
    return Offer(
        parent,
        {
            "scaffold": dict(scaffold.answer),
            "history": history,
            "subproblem": {"number": index + 1, "of": len(asked), "question": asked[index]},
            "attempts": {"failed": failed, "limit": attempts},
            **told_of(scaffold),
            **(found or {}),
        },
        number,
        truth_of(scaffold),
    )


def taught(episode: Episode, record: Record, attempts: int, passages: int) -> list[Taught]:
    """The turns that a record of an episode teaches a tutor in training.

    Args:
        episode: what the record was drawn from.
        record: a talk, or a pair of turns.
        attempts: failed attempts at a part before its solution is given.
        passages: passages that were found for each answer of the student, at most.
    """
    talk, scaffold = talk_of(episode), scaffold_of(episode.events)
    assert scaffold is not None  # there is a record
    state = State(
        events=list(episode.events), notes=dict(episode.notes), stop=None, fields=dict(episode.task.fields)
    )

    def asked(place: int) -> Mapping[str, JsonValue]:
        """What the tutor is put before it when its turn of that place is due."""
        before, history = talk[:place], list[JsonValue]()
        for one in before:
            history.append({"speaker": "tutor", "text": one.text})
            history.append({"speaker": "student", "text": one.student})
        at = (before[-1].index, before[-1].failed) if before else (0, 0)
        found = beside(state, before[-1].heard, passages) if before else {}
        return offer(attempts, scaffold, "", history, at, found=found).fields

    rounds = rounds_of(episode, talk)
    if isinstance(record, Pair):
        one, turn = next(
            (one, turn)
            for one, turn in rounds
            if one.opened.learner is not None and one.opened.learner.id == record.rejected_event
        )
        assert one.opened.learner is not None
        learner = one.opened.learner
        worse = record.rejected if learner.invalid is not None else _said(turn_of(learner))
        return [Taught(LEARNER_TURN, asked(one.place), (_said(turn), worse))]
    last = rounds[-1][0].place
    return [
        Taught(LEARNER_TURN, asked(place), (_said(one.turn),))
        for place, one in enumerate(talk[: last + 1])
        if one.turn is not None and consistent(one.turn)
    ]


def _said(turn: CodedTurn) -> Mapping[str, JsonValue]:
    """A turn as an answer, without the thoughts, which are not to be learnt."""
    return {**turn.model_dump(mode="json"), "thoughts": ""}
