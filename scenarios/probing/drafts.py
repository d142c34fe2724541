"""Drafts: questions and workings of a teacher with the scores of a student who was shown them, and the pairs they make.

Knows nothing of seeds and probes, and asks nobody: all of it is read off the log. Scores are shares of answers, so that
each has a standard error, and two that are closer than that say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from maieutic import Event, Frozen, usable
from maieutic.roles.tailor import AGREE, COUNT, DRAFT, REDRAFT, SHOW
from maieutic.worlds.word_problems import answers, exact_match


class Question(NamedTuple):
    """A question that is gone on with: the draft in which it stands, its place there, and its words."""

    draft: str
    place: int
    text: str


class Working(Frozen):
    """How a working of a question did.

    Attributes:
        event: id of the turn.
        style: that it was asked for in.
        answer: that it states.
        correct: whether that is the one on which most workings of the question agree.
        count: id of the turn that counted; None where it was not probed, or the count contradicts itself.
        n_probe, n_correct, s_r: items that the student was probed with after it, right ones, and their share.
    """

    event: str
    style: str
    answer: str | None
    correct: bool
    count: str | None = None
    n_probe: int | None = None
    n_correct: int | None = None
    s_r: float | None = None


class Draft(Frozen):
    """How a question did; `event` is the id of the turn that agreed on its answer."""

    question: str
    event: str
    workings: tuple[Working, ...]

    @property
    def probed(self) -> list[Working]:
        """Its workings that were probed."""
        return [one for one in self.workings if one.s_r is not None and one.n_probe]

    @property
    def s_q(self) -> float | None:
        """The mean of its workings' scores."""
        return fmean(one.s_r or 0.0 for one in self.probed) if self.probed else None


class Side(Frozen):
    """One side of a pair: turns, the mean of their scores, and the answers that it rests on."""

    events: tuple[str, ...]
    score: float
    n: int


class Preference(Frozen):
    """Two sides, and by how many standard errors the chosen one is better."""

    chosen: Side
    rejected: Side
    errors: float


class Sheet(Frozen):
    """All of an elicitation.

    Attributes:
        drafts: the questions.
        workings: pairs of workings, each of one question.
        lists: pairs of lists of questions.
        tied: pairs that would have been, of equal scores.
        near: likewise, of scores that are too close.
    """

    drafts: tuple[Draft, ...] = ()
    workings: tuple[Preference, ...] = ()
    lists: tuple[Preference, ...] = ()
    tied: int = 0
    near: int = 0


def words(text: str) -> str:
    """A text without what spacing and case add to it."""
    return " ".join(text.lower().split())


def drafted(events: Sequence[Event], known: Iterable[str], most: int) -> list[Question]:
    """The questions of all drafts, the first `most` of each: copies of each other, or of what is known, are none."""
    seen = {words(one) for one in known}
    found = []
    for event in usable(events, DRAFT.name, REDRAFT.name):
        questions: Any = event.answer["questions"]
        for place, text in enumerate(questions[:most]):
            if words(text) and words(text) not in seen:
                seen.add(words(text))
                found.append(Question(event.id, place, str(text)))
    return found


def workings_of(events: Sequence[Event], question: Question, styles: int) -> list[Event]:
    """The usable workings of a question, in order of the styles."""
    return [
        one
        for one in usable(events, SHOW.name)
        if one.parent == question.draft and one.index // styles == question.place
    ]


def agreed(view: Mapping[str, Any]) -> dict[str, Any]:
    """The answer that most of some workings have, and which have it.

    >>> agreed({"answers": ["7", "7.0", "8", ""], "least": 2})
    {'answer': '7', 'kept': [True, True, False, False]}
    >>> agreed({"answers": ["7", "8"], "least": 1})["answer"]
    ''
    """
    said = [str(one) for one in view["answers"]]
    groups: dict[str, int] = {}
    for one in said:
        if one:
            same = next((other for other in groups if answers.equal(other, one)), one)
            groups[same] = groups.get(same, 0) + 1
    most = max(groups.values(), default=0)
    best = [one for one, times in groups.items() if times == most]
    answer = best[0] if len(best) == 1 and most >= int(view["least"]) else ""
    return {"answer": answer, "kept": [bool(answer and one) and answers.equal(one, answer) for one in said]}


def counted(view: Mapping[str, Any]) -> dict[str, Any]:
    """How many responses come to the right answer.

    >>> counted({"responses": ["The answer is 4.", "I do not know."], "gold": ["4", "5"]})["s_r"]
    0.5
    """
    right = sum(
        bool(exact_match({"response": response, "answer": gold})["correct"])
        for response, gold in zip(view["responses"], view["gold"], strict=True)
    )
    n = len(view["responses"])
    return {"n_probe": n, "n_correct": right, "s_r": right / n if n else 0.0}


def kept(
    events: Sequence[Event], questions: Sequence[Question], styles: int
) -> Iterator[tuple[Question, Event, list[Event]]]:
    """Each question that was agreed on, the turn that did, and the workings that have the answer: the first filter."""
    agreements = {(one.parent, one.index): one for one in usable(events, AGREE.name)}
    for question in questions:
        if one := agreements.get((question.draft, question.place)):
            marks: Any = one.answer["kept"]
            shown = workings_of(events, question, styles)
            yield question, one, [event for event, good in zip(shown, marks, strict=False) if good]


def error_of(n: int) -> float:
    """The standard error of a share of `n` answers, at its largest.

    >>> round(error_of(40), 3)
    0.079
    """
    return 0.5 / math.sqrt(n)


def sheet(
    events: Sequence[Event],
    questions: Sequence[Question],
    styles: Sequence[str],
    *,
    long: int,
    share: float,
    gap: float,
) -> Sheet:
    """Drafts with their scores, and the pairs that are left by the second filter, the distance of scores.

    Args:
        events: the log.
        questions: that are gone on with.
        styles: in the order in which each was worked out.
        long: questions in a list; fewer where there are no more, on both sides alike.
        share: of the questions that are best, and that are worst.
        gap: standard errors by which scores must differ.
    """
    counts = {event.parent: event for event in usable(events, COUNT.name)}
    drafts = []
    for question, agreement, good in kept(events, questions, len(styles)):
        names = {one.id for one in good}
        drafts.append(
            Draft(
                question=question.text,
                event=agreement.id,
                workings=tuple(
                    _working(one, styles, one.id in names, counts.get(one.id))
                    for one in workings_of(events, question, len(styles))
                ),
            )
        )
    told: dict[str, Any] = {"drafts": tuple(drafts)}
    tied = near = 0
    for kind, sides in (("workings", _ends(drafts)), ("lists", _lists(drafts, long, share))):
        pairs = []
        for chosen, rejected in sides:
            errors = (chosen.score - rejected.score) / error_of(min(chosen.n, rejected.n))
            tied += errors <= 0
            near += 0 < errors < gap
            if errors > 0 and errors >= gap:
                pairs.append(Preference(chosen=chosen, rejected=rejected, errors=errors))
        told[kind] = tuple(pairs)
    return Sheet(**told, tied=tied, near=near)


def _agrees(count: Event) -> bool:
    """Whether a count is one: no more right than asked, and the share that they make. What a model counts may be
    anything that has the form; a count that contradicts itself is no measurement."""
    told: Any = count.answer
    asked, right = int(told["n_probe"]), int(told["n_correct"])
    return right <= asked and abs(float(told["s_r"]) * asked - right) <= 0.5


def _working(event: Event, styles: Sequence[str], correct: bool, count: Event | None) -> Working:
    if count is not None and not _agrees(count):
        count = None
    found: Any = (
        {} if count is None else {name: count.answer[name] for name in ("n_probe", "n_correct", "s_r")}
    )
    return Working(
        event=event.id,
        style=styles[event.index % len(styles)],
        answer=answers.stated_answer(str(event.answer["text"])),
        correct=correct,
        count=None if count is None else count.id,
        **found,
    )


def _ends(drafts: Iterable[Draft]) -> Iterator[tuple[Side, Side]]:
    """The best and the worst working of each question of which two or more were probed."""
    for draft in drafts:
        ranked = sorted(draft.probed, key=lambda one: -(one.s_r or 0.0))
        if len(ranked) > 1:
            best, worst = (
                Side(events=(one.event,), score=one.s_r or 0.0, n=one.n_probe or 0)
                for one in (ranked[0], ranked[-1])
            )
            yield best, worst


def _lists(drafts: Iterable[Draft], long: int, share: float) -> Iterator[tuple[Side, Side]]:
    """Lists of the best questions against lists of the worst, each as long as the other, the extremes first."""
    ranked = sorted((one for one in drafts if one.probed), key=lambda one: -(one.s_q or 0.0))
    ends = min(math.ceil(share * len(ranked)), len(ranked) // 2)
    long = min(long, ends)
    for start in range(0, ends - long + 1, long) if long else ():
        best, worst = (
            Side(
                events=tuple(one.event for one in part),
                score=fmean(one.s_q or 0.0 for one in part),
                n=sum(working.n_probe or 0 for one in part for working in one.probed),
            )
            for part in (
                ranked[start : start + long],
                ranked[len(ranked) - start - long : len(ranked) - start],
            )
        )
        yield best, worst
