"""Teacher: somebody who has one pupil find an answer without giving it away.

Knows nothing of what the pupil truly knows; the diagnosis is the teacher's own and stays private.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from maieutic.roles.role import OURS, Answer, Role, Sampling, private

TeacherMove = Literal["focus", "probing", "telling", "generic"]  # the four teacher moves of MathDial
MOVES: tuple[TeacherMove, ...] = ("focus", "probing", "telling", "generic")


class Tutoring(Answer):
    """What a teacher says, and what the teacher thinks."""

    text: str = Field(
        min_length=1, max_length=1200, description="What you say to the student, in 1-3 sentences"
    )
    move: TeacherMove = Field(
        description="focus: steer to the part that matters; probing: ask what the student means or would get; "
        "telling: explain or state a step; generic: anything else, such as a greeting or praise"
    )
    diagnosis: str | None = private(
        None,
        max_length=300,
        description="The misconception behind the student's first wrong step, by name if you know one, else in "
        "your words; null if it looks like a slip or you cannot tell",
    )
    target_step: int | None = private(
        None, ge=0, le=99, description="Which step of the solution you are working on, the first being 0"
    )
    belief: float | None = private(
        None, ge=0, le=1, description="How likely it is, before you speak, that the student can do this step"
    )
    thoughts: str = private("", max_length=800, description="What you make of the student's last words")


TEACHER_TURN = Role(
    "teacher.turn",
    sees=("question", "solution", "answer", "way", "history", "held_back"),
    answer=Tutoring,
    knows=("steps", "misconceptions", "misconception", "wrong_answer"),
    sampling=Sampling(temperature=1.0, max_tokens=1024, unverified=OURS),
)
