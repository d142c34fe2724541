"""Human: a person takes the seat, and the episode pauses through LangGraph's interrupt until the answer is there.

Knows nothing of terminals, pages or run folders. Where an answer may have been left is a function that it is given;
without one, whoever runs the graph resumes it with the answer, as with any LangGraph interrupt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from maieutic import Frozen, digest
from maieutic.agents.agent import Move, Turn


class Question(Frozen):
    """What a person is asked: all that a page or a terminal needs to show, and nothing that the role does not see.

    Attributes:
        turn: id of the event that the answer will become.
        role: what is asked, such as `student.reply`.
        view: the fields that the role sees.
        form: JSON Schema of the answer; fields that no other role will see carry `"private": true`.
    """

    turn: str
    role: str
    view: dict[str, JsonValue]
    form: dict[str, JsonValue]

    @property
    def shown(self) -> str:
        """Digest of what the person is shown; an answer counts only for the question that was read."""
        return digest(self.role, self.view)


Find = Callable[[Question], Mapping[str, JsonValue] | None]


def _nowhere(question: Question) -> Mapping[str, JsonValue] | None:
    return None


@dataclass(frozen=True)
class Human:
    """A person.

    Args:
        name: of the person; part of the fingerprint, so another person's answers are other turns.
        find: looks up the answer that was given to a question, None while there is none.
    """

    name: str = "human"
    find: Find = field(default=_nowhere, compare=False)
    simulated: bool = False

    @property
    def fingerprint(self) -> str:
        """Kind and name."""
        return f"human:{self.name}"

    async def act(self, turn: Turn) -> Move:
        """Give the answer that was left, or pause the graph until somebody resumes it with one.

        Raises:
            langgraph.errors.GraphInterrupt: no answer yet; carries the `Question` as JSON.
        """
        question = Question(
            turn=turn.id, role=turn.role.name, view=dict(turn.view), form=turn.role.answer.model_json_schema()
        )
        answer: Any = self.find(question)
        if answer is None:
            from langgraph.types import interrupt

            answer = interrupt(question.model_dump(mode="json"))
        return Move({"text": answer} if isinstance(answer, str) else answer)
