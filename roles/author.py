"""Author: somebody who prepares a problem for teaching: its parts, a hint for each, and what to say to a wrong answer.

Knows nothing of the student who will work on it.
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling


class Subproblem(Answer):
    """One part of a problem."""

    question: str = Field(min_length=1, max_length=400, description="The part as a question to the student")
    answer: str = Field(min_length=1, max_length=200, description="Its right answer")
    hint: str = Field(max_length=300, description="A hint that does not give the answer away")
    incorrect_response: str = Field(max_length=200, description="A wrong answer that students often give")
    feedback: str = Field(max_length=300, description="What to say to that wrong answer")


class Scaffold(Answer):
    """A problem in parts that are done one after the other (CLASS, the scaffolding record)."""

    subproblems: tuple[Subproblem, ...] = Field(
        min_length=1, max_length=16, description="The parts, in the order in which they are done"
    )
    facts: tuple[str, ...] = Field(max_length=8, description="Facts that the parts rest on")
    solution: str = Field(max_length=2000, description="The solution of the whole problem")


SCAFFOLD = Role(
    "author.scaffold",
    sees=("question", "solution", "answer"),
    answer=Scaffold,
    knows=("steps", "answer"),
    sampling=Sampling(max_tokens=2048),
)
