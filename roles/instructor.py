"""Instructor of a debugging talk: knows the fixes, and leads to them by questions alone.

Knows nothing of who answers, nor of when to ask which kind of question; the scenario does. The opening words that
mark a rephrased or a deeper question are the scenario's too. Two more ways need no plan and see the whole talk: plainly,
and after a decision as in Bridge (Wang et al., NAACL 2024), whose words for error, strategy and intention are used.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling, private


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


class Decided(Answer):
    """What an expert tutor decides before speaking, in the order in which it is decided, and then the words."""

    error: Literal[
        "none", "right_idea", "imprecise", "careless", "guess", "misinterpretation", "not_sure"
    ] = private(
        description="what is wrong with the student's last answer; none where it is right, or none was given"
    )
    strategy: Literal[
        "ask_question",
        "provide_hint",
        "simplify_question",
        "similar_problem",
        "provide_strategy",
        "explain_concept",
        "minor_correction",
        "worked_example",
        "affirm",
        "encourage",
    ] = private(description="what to do about it")
    intention: Literal[
        "diagnose",
        "get_to_elaborate",
        "support_thinking",
        "hint_at_mistake",
        "clarify",
        "explain_mistake",
        "correct_mistake",
        "help_understand",
        "motivate",
        "signal_goal",
    ] = private(description="what that is meant to achieve")
    text: str = Field(
        description="one question in plain language that carries this out; it names no fix",
        min_length=1,
        max_length=800,
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
VANILLA = Role("instructor.vanilla", (*_BASIS, "history"), Question, knows=("bugs",), sampling=_SAMPLING)
BRIDGE = Role("instructor.bridge", (*_BASIS, "history"), Decided, knows=("bugs",), sampling=_SAMPLING)
