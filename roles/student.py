"""Student: somebody who works on a question, says how, and may learn from what the teacher says.

Knows neither the solution nor the answer. Whether the student is right is for the world to say.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import OURS, Answer, Role, Sampling, private


class Working(Answer):
    """What a student says: the working line by line, and the answer it leads to."""

    text: str = Field(
        min_length=1, max_length=8000, description="What you say, with your working, one step on each line"
    )
    answer: str | None = Field(
        max_length=1200,
        description="Your final answer as it stands now, without words; null if you have none",
    )
    confidence: float | None = private(
        None, ge=0, le=1, description="How sure you are that this answer is right"
    )


_KNOWS = ("steps", "answer", "misconceptions", "misconception", "wrong_answer", "lacks")

STUDENT_REPLY = Role(
    "student.reply",
    sees=("question", "profile", "attempt", "history"),
    optional=("profile", "attempt"),
    answer=Working,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.6, max_tokens=1024, unverified=OURS),
)

STUDENT_TEST = Role(  # outside the dialogue: nobody answers it, and the student is not told how it went
    "student.test",
    sees=("question", "profile", "attempt", "history", "between", "sibling", "claim"),
    optional=("profile", "attempt"),
    answer=Working,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.6, max_tokens=1024, unverified=OURS),
)


class Remark(Answer):
    """What a student says, and nothing else."""

    text: str = Field(min_length=1, max_length=2000, description="What you say to the tutor")


STUDENT_REMARK = Role(  # hears the tutor and sees nothing besides
    "student.remark",
    sees=("history",),
    answer=Remark,
    knows=("steps", "answer", "parts"),
    sampling=Sampling(temperature=0.6, max_tokens=512, unverified=OURS),
)
