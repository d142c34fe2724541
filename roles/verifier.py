"""Verifier of a debugging talk: plans what has to be understood, judges each answer, compares fixes.

Knows nothing of turns or levels: each role is one question put to the same seat. That is the verifier of
TreeInstruct (EMNLP Findings 2024), whose free-text verdicts are typed here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling

MOST_ATTRIBUTES = 12  # of a plan; the published bench has at most three bugs a program
MOST_FIXES = 12  # that a student may list


class Attribute(Answer):
    """One thing that the student must come to understand, or to be able to write."""

    kind: Literal["conceptual", "syntactical"] = Field(
        description="conceptual: an idea to be understood; syntactical: something to be written differently"
    )
    text: str = Field(description="the understanding or the task, one sentence", min_length=1, max_length=400)


class Plan(Answer):
    """The state space of a talk: what is not yet understood, in the order in which it is to be taught."""

    explanation: str = Field(
        description="why these and no others, in at most three sentences", max_length=1000
    )
    attributes: list[Attribute] = Field(
        description="conceptual before syntactical; none that the program already satisfies",
        min_length=1,
        max_length=MOST_ATTRIBUTES,
    )


class TurnVerdict(Answer):
    """Whether one answer shows that the question was understood: only when both are true."""

    addresses_question: bool = Field(description="whether the answer is about what was asked")
    no_mistakes: bool = Field(description="whether nothing in the answer is wrong")
    explanation: str = Field(description="how the answer is right, or what it gets wrong", max_length=600)

    @property
    def understood(self) -> bool:
        """Both verdicts together."""
        return self.addresses_question and self.no_mistakes


class AttributeVerdict(Answer):
    """Whether the student could only have answered so by having the attribute."""

    explanation: str = Field(description="what the answer shows, and what is missing", max_length=600)
    understood: bool = Field(description="whether this answer would have needed the attribute")


class FixVerdict(Answer):
    """Whether one listed fix does the same as a reference fix."""

    explanation: str = Field(description="what the two change, in one sentence", max_length=400)
    present: bool = Field(description="whether it does the same as one of the reference fixes")
    matches: int = Field(description="the number of that reference fix, from 1; 0 where there is none", ge=0)


class FixVerdicts(Answer):
    """One verdict for each listed fix, in their order."""

    verdicts: list[FixVerdict] = Field(description="one for each listed fix", max_length=MOST_FIXES)


_GREEDY = Sampling(temperature=0, max_tokens=1024, unverified=("max_tokens",))

ATTRIBUTES = Role(
    "verifier.attributes",
    ("problem", "buggy_code", "bug_descriptions", "bug_fixes", "correct_code"),
    Plan,
    knows=("bugs",),
    sampling=Sampling(temperature=0.1, top_p=0.9, max_tokens=1024, unverified=("max_tokens",)),
)
TURN = Role(
    "verifier.turn",
    ("problem", "correct_code", "bug_fixes", "buggy_code", "question", "answer"),
    TurnVerdict,
    knows=("bugs",),
    sampling=_GREEDY,
)
ATTRIBUTE = Role(
    "verifier.attribute",
    ("problem", "correct_code", "history", "question", "answer", "attribute"),
    AttributeVerdict,
    knows=("bugs",),
    sampling=_GREEDY,
)
FIXES = Role("verifier.fixes", ("problem", "buggy_code", "bug_fixes", "fixes"), FixVerdicts, sampling=_GREEDY)
