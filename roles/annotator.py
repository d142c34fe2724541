"""Annotators: a pool of thirteen who each say which of two outputs is better, in two styles of prompt.

Knows nothing of which output came from whom, nor of noise. The numbers of members by family follow AlpacaFarm
(2023); which member has which style and batch is ours (unverified). A member's batch is how many pairs its prompt
holds at the most; where an episode has one instruction, its pair is asked for alone.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from maieutic import Frozen
from maieutic.roles.role import Answer, Role, Sampling, private

Family = Literal["strong", "middle", "weak"]
Style = Literal["plain", "reasons"]


class Member(Frozen):
    """One annotator of the pool.

    Attributes:
        family: how able its model is; the paper has GPT-4, ChatGPT and davinci-003.
        style: `plain` answers at once, `reasons` compares in words first.
        batch: pairs in one prompt, at the most.
    """

    family: Family
    style: Style
    batch: Literal[1, 4, 5]


def _member(family: Family, style: Style, batch: Literal[1, 4, 5]) -> Member:
    return Member(family=family, style=style, batch=batch)


POOL: tuple[Member, ...] = (  # members are numbered from 1
    _member("strong", "plain", 1),
    _member("strong", "plain", 5),
    _member("strong", "plain", 5),
    _member("strong", "reasons", 1),
    _member("strong", "reasons", 5),
    _member("middle", "plain", 1),
    _member("middle", "plain", 4),
    _member("middle", "reasons", 1),
    _member("middle", "reasons", 4),
    _member("weak", "plain", 1),
    _member("weak", "plain", 1),
    _member("weak", "plain", 4),
    _member("weak", "reasons", 1),
)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip() in ("1", "2") else value


class Preference(Answer):
    """Which of two outputs is better."""

    thoughts: str = private("", max_length=1500, description="The comparison in words; empty in style plain")
    preference: Annotated[Literal[1, 2], BeforeValidator(_number)] = Field(
        description="1 if output_1 is the better answer, 2 if output_2 is"
    )


COMPARE = Role(
    "annotator.compare",
    sees=("prompt", "input", "member", "style", "output_1", "output_2"),
    optional=("input",),
    answer=Preference,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=1.0, max_tokens=600),
)


class Preferences(Answer):
    """Which of two outputs is better, for several pairs."""

    thoughts: str = private("", max_length=3000, description="The comparisons in words; empty in style plain")
    preferences: list[Annotated[Literal[1, 2], BeforeValidator(_number)]] = Field(
        min_length=1,
        max_length=max(member.batch for member in POOL),
        description="One number for each pair, in their order: 1 if output_1 is the better answer, 2 if output_2 is",
    )


SEVERAL = Role(
    "annotator.several",
    sees=("member", "style", "pairs"),
    answer=Preferences,
    sampling=Sampling(temperature=1.0, max_tokens=600),
)
