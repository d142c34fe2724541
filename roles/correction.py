"""Correction: the first wrong step of a working: who finds it, who says why and writes it anew, who inspects that.

Knows no truth. The teacher is shown the reference, the student never: their roles are two, and so are their briefs.
Steps are counted from 1, as they are shown (SuperCorrect, 2024, section 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, JsonValue

from maieutic import Message
from maieutic.roles.role import OURS, Answer, Role, Sampling
from maieutic.roles.template import MOST_STEPS, REQUEST, Worked


class Place(Answer):
    """Which step is the first wrong one."""

    first_wrong_step: int | None = Field(
        ge=1, le=1000, description="Number of the first wrong step; null if you find none"
    )


class Correction(Answer):
    """Why a step is wrong, and the step as it should be."""

    cause: str = Field(min_length=1, max_length=400, description="Why the step is wrong")
    corrected_step: str = Field(
        min_length=1, max_length=600, description="The step written anew, and no later one"
    )


class Inspection(Answer):
    """Whether a correction holds."""

    valid: bool = Field(description="Whether the corrected step is right and the cause true")
    issue: str | None = Field(max_length=300, description="What is wrong with it; null if nothing is")


class Review(Answer):
    """What somebody finds in their own working."""

    first_wrong_step: int | None = Field(
        ge=1, le=1000, description="Number of the first step that you take to be wrong; null if all stands"
    )
    cause: str = Field(max_length=400, description="Why it is wrong; empty if all stands")
    steps: list[str] = Field(
        max_length=MOST_STEPS,
        description="That step and all after it, written anew; empty if all stands",
    )
    answer: str = Field(max_length=200, description="The final answer as it stands now")


_REFERENCE = ("question", "solution", "answer")
_STEP = ("prefix", "wrong_step")
_KNOWS = ("steps", "answer")
_SAMPLED = Sampling(temperature=0.7, top_p=0.8, max_tokens=1024, unverified=OURS)
_GREEDY = Sampling(temperature=0.0, max_tokens=512, unverified=OURS)
LOCATE = Role(
    "locator.locate",
    sees=(*_REFERENCE, "working", "own_answer"),
    answer=Place,
    knows=(*_KNOWS, "wrong_step", "wrong_line"),
    sampling=_GREEDY,
)
TEACHER_CORRECT = Role(
    "teacher.correct_step",
    sees=(*_REFERENCE, *_STEP, "rejected", "issue"),
    answer=Correction,
    knows=_KNOWS,
    sampling=_SAMPLED,
)
STUDENT_CORRECT = Role(
    "student.correct_step", sees=("question", *_STEP), answer=Correction, knows=_KNOWS, sampling=_SAMPLED
)
_INSPECTED = (*_REFERENCE, *_STEP, "cause", "corrected_step")
INSPECT = Role("inspector.inspect", sees=_INSPECTED, answer=Inspection, knows=_KNOWS, sampling=_GREEDY)
TEACHER_INSPECT = Role(
    "teacher.inspect",
    sees=_INSPECTED,
    answer=Inspection,
    knows=_KNOWS,
    brief="inspector.inspect",
    sampling=_GREEDY,
)
REVIEW = Role(
    "student.review",
    sees=("question", "working", "own_answer"),
    answer=Review,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.7, top_p=0.8, max_tokens=2048, unverified=OURS),
)


def numbered(worked: Worked) -> list[JsonValue]:
    """The steps as they are shown, each with its number."""
    return [{"number": number, "text": step} for number, step in enumerate(worked.steps, 1)]


def texts_of(working: Any) -> list[str]:
    """The steps that `numbered` shows, each on one line."""
    return [" ".join(str(one["text"]).split()) for one in working or []]


def reviewed(worked: Worked, review: Mapping[str, Any]) -> Worked:
    """A working after somebody's own review; as it was where nothing, or a step that is not there, is called wrong."""
    place = review["first_wrong_step"]
    answer = str(review["answer"]).strip()
    if place is None or place > len(worked.steps) or not answer:
        return worked
    steps = (*worked.steps[: place - 1], *(one.strip() for one in review["steps"] if one.strip()))
    return Worked(steps, answer, (None,) * len(steps), worked.generalized)


def asked(question: str, prefix: Sequence[str], wrong_step: str) -> tuple[Message, ...]:
    """The conversation that a correction answers: the problem, the steps that stand, and the wrong one, nothing later."""
    number = len(prefix) + 1
    steps = [
        f"<Step {place}>\n{step}\n</Step {place}>" for place, step in enumerate([*prefix, wrong_step], 1)
    ]
    return (
        Message(role="user", content=f"{question}\n\n{REQUEST}"),
        Message(role="assistant", content="\n".join(steps)),
        Message(
            role="user",
            content=f"Step {number} is the first that is wrong. Say between <Cause> and </Cause> why, and write the step "
            "anew between <Correction> and </Correction>.",
        ),
    )


def told(correction: Mapping[str, Any]) -> str:
    """A correction as it answers `asked`."""
    return f"<Cause>\n{correction['cause']}\n</Cause>\n<Correction>\n{correction['corrected_step']}\n</Correction>"
