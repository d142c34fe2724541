"""Lesson: what an episode of tutoring came to, in the terms in which tutors are measured, whatever its scenario.

Knows nothing of words or worlds: each scenario says what was right and what gave an answer away. The measures over
many lessons, with intervals, are in `maieutic.runs.tutoring`.
"""

from __future__ import annotations

from maieutic import Frozen


class Lesson(Frozen):
    """One episode of tutoring; what a scenario cannot say is left empty.

    The k-th turn of a tutor is the one that the k-th reply of the learner answers. Tests are taken outside the dialogue,
    so that an echoed answer adds nothing to them; each is the share of its questions or attempts that came out right, or
    what the learner's true state gives.

    Attributes:
        opened: whether the learner was right before any teaching; None where nobody asked.
        right: per reply to the tutor, whether the learner then stands at the right answer.
        told: per turn of the tutor, whether it gives the answer away.
        before: pre-test, from 0 to 1.
        after: post-test of the same kind.
        transfer_before: pre-test on sibling problems, which the dialogue does not touch.
        transfer: post-test on them.
        retained: the post-test once more, after other lessons have passed.
        moves: per turn of the tutor, its move or action by the scenario's own names.
        asks: per turn of the tutor, whether it asks something.
        rung: how much help had been given when the learner found the answer, as a rung of the scenario's ladder, from 0.
        urged: per wrong claim of the tutor that was put to the learner as a test, whether the learner took it over.
        leaks: per draft of the tutor that was screened, whether it was said to give the answer away, and whether it does.
        diagnoses: what was diagnosed (`step`, `misconception`, ...) -> per diagnosis, whether it was right.
        codes: what was classed -> per turn, the class that was given (empty where none was) and the true one.
        beliefs: the chance that the tutor gave a piece of knowledge, and whether the learner has it.
        planned: the chance of a right step by the learner's true state, or by the one that it was given to play (1 or 0 where
            the step is known or not), and whether the step came out right.
        abided: per reply to the tutor in their order, how many of the skills that a right answer needs the learner lacks then,
            by its true state or by the one that it was given to play, and whether its answer is right.
        misconceived: per wrong step for want of knowledge, whether it is what the learner's own misconception gives.
        kept: per reply before the tutor spoke of what was planted, the opening first, whether by its words the learner goes
            wrong as planted.
        ratings: axis -> what each expert gave the whole talk.
        qualities: axis -> how good the talk truly is, on the scale of the ratings.
        guided: per turn of the tutor, whether it was about what the learner lacks, and whether the learner learnt then.
    """

    opened: bool | None = None
    right: tuple[bool, ...] = ()
    told: tuple[bool, ...] = ()
    before: float | None = None
    after: float | None = None
    transfer_before: float | None = None
    transfer: float | None = None
    retained: float | None = None
    moves: tuple[str, ...] = ()
    asks: tuple[bool, ...] = ()
    rung: int | None = None
    urged: tuple[bool, ...] = ()
    leaks: tuple[tuple[bool, bool], ...] = ()
    diagnoses: dict[str, tuple[bool, ...]] = {}
    codes: dict[str, tuple[tuple[str, str], ...]] = {}
    beliefs: tuple[tuple[float, bool], ...] = ()
    planned: tuple[tuple[float, bool], ...] = ()
    abided: tuple[tuple[int, bool], ...] = ()
    misconceived: tuple[bool, ...] = ()
    kept: tuple[bool, ...] = ()
    guided: tuple[tuple[bool, bool], ...] = ()
    ratings: dict[str, tuple[float, ...]] = {}
    qualities: dict[str, float] = {}

    @property
    def success(self) -> int | None:
        """The first reply, from 1, that stands at the right answer; None where none does.

        >>> Lesson(right=(False, True)).success
        2
        """
        return _first(self.right)

    @property
    def telling(self) -> int | None:
        """The first turn of the tutor, from 1, that gave the answer away no later than the learner found it.

        >>> Lesson(right=(False, True), told=(False, True)).telling, Lesson(right=(True,), told=(False, True)).telling
        (2, None)
        """
        told, success = _first(self.told), self.success
        return None if told is None or (success is not None and success < told) else told

    @property
    def gain(self) -> float | None:
        """Normalised gain, (after - before) / (1 - before); None without both tests or without anything to gain.

        Hake (1998), Interactive-engagement versus traditional methods, American Journal of Physics 66.

        >>> Lesson(before=0.5, after=0.75).gain
        0.5
        """
        if self.before is None or self.after is None or self.before >= 1:
            return None
        return (self.after - self.before) / (1 - self.before)


def _first(flags: tuple[bool, ...]) -> int | None:
    return next((place for place, flag in enumerate(flags, start=1) if flag), None)
