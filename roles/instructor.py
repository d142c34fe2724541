"""Instructor of a debugging talk: knows the fixes, and leads to them by questions alone.

Knows nothing of who answers, nor of when to ask which kind of question; the scenario does. The opening words that
mark a rephrased or a deeper question are the scenario's too.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling


class Question(Answer):
    """One question to the student."""

    text: str = Field(
        description="one question in plain language; it names no fix", min_length=1, max_length=800
    )


class Teaching(Answer):
    """A short lesson that answers a question which the student could not."""

    text: str = Field(
        description="the answer to the first question in plain language, without code",
        min_length=1,
        max_length=1200,
    )


_BASIS = ("problem", "buggy_code", "bug_descriptions", "bug_fixes")
_SAMPLING = Sampling(temperature=0.3, top_p=0.9, max_tokens=1024)

QUESTION = Role("instructor.question", (*_BASIS, "target"), Question, knows=("bugs",), sampling=_SAMPLING)
SIBLING = Role(
    "instructor.sibling",
    (*_BASIS, "target", "history", "earlier_questions", "misunderstanding"),
    Question,
    knows=("bugs",),
    sampling=_SAMPLING,
)
CHILD = Role(
    "instructor.child",
    (*_BASIS, "target", "history", "earlier_questions", "misunderstanding"),
    Question,
    knows=("bugs",),
    sampling=_SAMPLING,
)
TEACH = Role(
    "instructor.teach", (*_BASIS, "target", "first_question"), Teaching, knows=("bugs",), sampling=_SAMPLING
)
