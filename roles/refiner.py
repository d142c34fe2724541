"""Refiner: one model in two roles, judging a response and revising it in the light of that judgement.

Knows nothing of trees or votes. One player sits for both roles, as in SPaR (ICLR 2025), whose sampling this is.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, JsonValue

from maieutic import Dialogue, Message
from maieutic.roles.judge import Judgement
from maieutic.roles.role import Answer, Role, Sampling


class Refinement(Answer):
    """A revised response, and what was to be changed."""

    reflection: str = Field(
        description="What has to change and how, in a few sentences", min_length=1, max_length=3000
    )
    text: str = Field(
        description="The whole revised response, nothing before or after it", min_length=1, max_length=20_000
    )


_KNOWS = ("items", "registry", "topic")

JUDGE = Role(
    "refiner.judge",
    sees=("prompt", "input", "response"),
    optional=("input",),
    answer=Judgement,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=2048),
)
REFINE = Role(
    "refiner.refine",
    sees=("prompt", "input", "response", "critique"),
    optional=("input",),
    answer=Refinement,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=3072, unverified=("top_p",)),
)

_RULE = "\n\n---\n\n"
_CHECK = "Does this response meet every constraint of the request?"
_AGAIN = "Revise the response, changing as little as will mend it."


def case(prompt: str, response: str) -> str:
    """What is put to whoever judges a response, as one text."""
    return _RULE.join([prompt, response, _CHECK])


def spoken(judged: Mapping[str, JsonValue]) -> str:
    """What a judge answered, in words: the check, and below it the verdict."""
    return f"{judged['text']}\n\nVerdict: {judged['verdict']}"


def turns(
    prompt: str, response: str, judged: Mapping[str, JsonValue], refined: Mapping[str, JsonValue]
) -> tuple[Message, ...]:
    """A refinement as a conversation of four turns, of which the last is to be learnt: case, judgement, request, revision.

    Args:
        prompt: the request.
        response: what is revised, which is seldom the first response.
        judged: the answer of the judge on it.
        refined: the answer of the editor.
    """
    return (
        Message(role="user", content=case(prompt, response)),
        Message(role="assistant", content=spoken(judged)),
        Message(role="user", content=_AGAIN),
        Message(role="assistant", content=f"{refined['reflection']}{_RULE}{refined['text']}", train=True),
    )


def revision(record: Dialogue) -> tuple[str, str, str] | None:
    """The request, the response and its revision that `turns` made a conversation of; None where it is another one."""
    if len(record.messages) != 4 or record.messages[2].content != _AGAIN:
        return None
    prompt, _, put = record.messages[0].content.partition(_RULE)
    return prompt, put.removesuffix(_RULE + _CHECK), record.messages[3].content.partition(_RULE)[2]
