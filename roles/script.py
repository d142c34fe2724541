"""Script: somebody who writes a whole tutoring talk in one answer, the tutor's coded turns and the student's words.

Knows both sides, and so what the student will say next. Codes are taken as they are written: which of them can be used is
for the scenario to say, so that one that cannot costs its turn and not the talk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError, field_validator

from maieutic.roles.role import Answer, Role, Sampling
from maieutic.roles.tutor import ACTIONS, CodedTurn

MOST = 64  # turns of the tutor in a script


class ScriptedTurn(Answer):
    """A tutor's turn as somebody wrote it; the codes are those of `CodedTurn`."""

    evaluation: str = Field(max_length=20, description="What the student's words are worth: a to g")
    action: str = Field(max_length=20, description="What the tutor does then: 1 to 12")
    progress: str = Field(max_length=20, description="How the part stands: w, x, y or z")
    subproblem: str = Field(max_length=400, description="The part that is worked on")
    text: str = Field(min_length=1, max_length=1200, description="What the tutor says")

    @field_validator("action", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class ScriptedExchange(Answer):
    """What the tutor says, and what the student answers."""

    tutor: ScriptedTurn
    student: str = Field(
        max_length=2000, description="What the student says to it; empty after the last turn"
    )


class Script(Answer):
    """A whole talk."""

    exchanges: tuple[ScriptedExchange, ...] = Field(
        min_length=1,
        max_length=MOST,
        description="The talk, from the tutor's opening until all parts are done",
    )


SCRIPT = Role(
    "scriptwriter.script",
    sees=("question", "solution", "scaffold", "attempts", "turns"),
    answer=Script,
    knows=("steps", "answer", "parts"),
    sampling=Sampling(max_tokens=2048),
)


def reference(turn: Mapping[str, Any]) -> CodedTurn | None:
    """A scripted turn as one to learn from; None where a code is none of the template's, or the action may not follow the
    evaluation.

    >>> turn = {"evaluation": "a", "action": "1", "progress": "x", "subproblem": "", "text": "Not yet."}
    >>> reference(turn).action, reference({**turn, "action": "3"}), reference({**turn, "evaluation": "wrong"})
    (1, None, None)
    """
    try:
        made = CodedTurn.model_validate(dict(turn))
    except ValidationError:
        return None
    return made if made.action in ACTIONS[made.evaluation] else None
