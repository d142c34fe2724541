"""Tutor: somebody who says, in codes, what a student's words are worth and what to do, and then does it.

Knows nothing of the student's true state. The codes are those of CLASS; each action may follow one evaluation only.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from maieutic.roles.role import OURS, Answer, Role, Sampling, private

Evaluation = Literal["a", "b", "c", "d", "e", "f", "g"]
Action = Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
Progress = Literal["w", "x", "y", "z"]

EVALUATIONS: tuple[Evaluation, ...] = ("a", "b", "c", "d", "e", "f", "g")
ACTIONS: dict[Evaluation, tuple[Action, ...]] = {  # what may follow each evaluation
    "a": (1, 2),
    "b": (3,),
    "c": (4, 5),
    "d": (6,),
    "e": (7,),
    "f": (8, 9, 10, 11),
    "g": (12,),
}
FAILED: tuple[Evaluation, ...] = ("a", "c")  # what counts as a failed attempt
SHOWING: tuple[Action, ...] = (2, 5, 9)  # actions that state a part's solution


class CodedTurn(Answer):
    """A tutor's turn in the decision template of CLASS: codes first, words after them."""

    thoughts: str = private("", max_length=600, description="What you make of the student's words")
    evaluation: Evaluation = private(
        description="a wrong, b right, c partly right, d unclear or too short, e off the subject, f the student asks "
        "something, g nothing to evaluate"
    )
    action: Action = private(
        description="after a: 1 feedback and a hint, 2 the solution after several failed attempts; after b: 3 confirm "
        "and check that it is complete; after c: 4 feedback and a hint, 5 the solution after several failed attempts; "
        "after d: 6 ask what is meant; after e: 7 lead back; after f: 8 give a hint, 9 give the solution and close the "
        "part, 10 close the part and go back one, 11 answer the question; after g: 12 nothing of these"
    )
    progress: Progress = private(
        description="The part: w not applicable, x in progress, y closed and on to another, z closed and all is done"
    )
    subproblem: str = private("", max_length=400, description="The part that you are working on now")
    text: str = Field(min_length=1, max_length=1200, description="What you say to the student")

    @field_validator("evaluation", "action", "progress", mode="before")
    @classmethod
    def _normal(cls, value: Any, info: ValidationInfo) -> Any:
        """Codes as they are to be: those of not applicable are g, 12 and w, and a number may be written in quotes."""
        return normal(str(info.field_name), value)


def moved(index: int, failed: int, turn: CodedTurn, length: int) -> tuple[int, int]:
    """The part that a talk is at and the failed attempts at it, after a tutor's turn.

    Args:
        index: of the part before.
        failed: failed attempts at it before.
        turn: of the tutor.
        length: number of parts.
    """
    if turn.action == 10:
        return max(index - 1, 0), 0
    if turn.progress == "y":
        return min(index + 1, length - 1), 0
    return index, failed + (turn.evaluation in FAILED)


def normal(code: str, value: Any) -> Any:
    """A code as the template has it: that of not applicable is g, 12 or w, and an action in quotes is a number.

    Args:
        code: its name.
        value: as it was given, which may be no code at all.

    >>> normal("action", "N/A"), normal("action", "3"), normal("progress", "y")
    (12, 3, 'y')
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in _NONE):
        return {"evaluation": "g", "action": 12, "progress": "w"}[code]
    return int(value) if code == "action" and isinstance(value, str) and value.isdecimal() else value


_NONE = ("", "n/a", "na", "none", "not applicable")
_SEES = ("question", "solution", "scaffold", "history", "subproblem", "attempts", "passages", "computation")

TUTOR_TURN = Role(
    "tutor.turn",
    sees=_SEES,
    optional=("input",),
    answer=CodedTurn,
    knows=("steps", "answer", "parts"),
    sampling=Sampling(max_tokens=1024, unverified=OURS),
)
LEARNER_TURN = Role(  # a tutor in training, asked what it would have said to the same words
    "learner.turn",
    sees=_SEES,
    optional=("input",),
    answer=CodedTurn,
    knows=("steps", "answer", "parts"),
    brief="tutor.turn",
    sampling=Sampling(temperature=0.3, max_tokens=512),
)
