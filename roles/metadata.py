"""Metadata: what an instruction is for and what it takes, in a few words each, so that they can be counted and compared.

Knows nothing of who names them. Skills longer than a few words carry what stood in the instruction, so they are dropped,
and one that is named twice counts once (CodecLM, 2024).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from maieutic.roles.role import Answer

MOST_SKILLS = 3
Few = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Metadata(Answer):
    """Use case and skills of an instruction."""

    use_case: str = Field(
        min_length=1, max_length=80, description="What the instruction is for, in two or three words"
    )
    skills: list[Few] = Field(
        min_length=1,
        max_length=MOST_SKILLS,
        description="What a response takes; one to three skills, each in two or three words",
    )


def brief_skills(skills: Iterable[object], most: int) -> list[str]:
    """Skills in lower case and without marks, those of more than `most` words and repeated ones left out.

    >>> brief_skills(["Market research", "market  research!", "knowing the price of bread in Riga"], 3)
    ['market research']
    """
    plain = [keyword(str(one)) for one in skills]
    return list(dict.fromkeys(one for one in plain if one and len(one.split()) <= most))[:MOST_SKILLS]


def keyword(text: str) -> str:
    """The words of a text in lower case, so that the same metadata is spelled the same.

    >>> keyword("  Business-plan *development* ")
    'business-plan development'
    """
    return " ".join(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower()))


def jensen_shannon(one: Mapping[str, int], other: Mapping[str, int]) -> float | None:
    """How far two distributions, given as counts, are apart: 0 where they are the same, 1 where they share nothing (Lin
    1991, in bits). None where one of them is empty.

    >>> jensen_shannon({"a": 1, "b": 1}, {"a": 5, "b": 5}), jensen_shannon({"a": 1}, {"b": 1}), jensen_shannon({}, {"b": 1})
    (0.0, 1.0, None)
    """
    totals = [sum(counts.values()) for counts in (one, other)]
    if not all(totals):
        return None
    apart = 0.0
    for name in sorted({*one, *other}):
        shares = [counts.get(name, 0) / total for counts, total in zip((one, other), totals, strict=True)]
        middle = sum(shares) / 2
        apart += sum(share / 2 * math.log2(share / middle) for share in shares if share)
    return apart


def counted(found: Iterable[tuple[str, Iterable[str]]]) -> dict[str, Counter[str]]:
    """How often each use case and each skill is named, in metadata given as (use case, skills)."""
    counts = {"use_case": Counter[str](), "skills": Counter[str]()}
    for use_case, skills in found:
        counts["use_case"][keyword(use_case)] += 1
        counts["skills"].update(skills)
    return counts
