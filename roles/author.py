"""Author: somebody who prepares a problem for teaching, one that is given or one of their own: its parts, a hint for each, and
what to say to a wrong answer.

Knows nothing of the student who will work on it.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from maieutic.roles.role import OURS, Answer, Role, Sampling


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
    sampling=Sampling(max_tokens=2048, unverified=OURS),
)


class Composed(Answer):
    """A problem that somebody wrote for a section of a textbook, in parts (CLASS, the scaffolding record as published)."""

    problem: str = Field(min_length=1, max_length=2000, description="The problem as it is put to the student")
    subproblems: tuple[Subproblem, ...] = Field(
        min_length=1, max_length=16, description="Its parts, in the order in which they are done"
    )
    facts: tuple[str, ...] = Field(max_length=8, description="Facts that the parts rest on")
    solution: str = Field(min_length=1, max_length=2000, description="The solution of the whole problem")

    @model_validator(mode="after")
    def _said(self) -> Composed:
        """Nobody can work on a problem of which a part has no words."""
        told = [self.problem, self.solution]
        told += [text for part in self.subproblems for text in (part.question, part.answer)]
        if not all(text.strip() for text in told):
            raise ValueError(
                "the problem, its solution and each part's question and answer must not be blank"
            )
        return self


COMPOSE = Role(  # nothing of a truth is granted: what the problem is, its author says
    "author.compose",
    sees=("section", "objectives"),
    answer=Composed,
    sampling=Sampling(max_tokens=2048, unverified=OURS),
)
