"""Retrieval: a seat that finds passages of a textbook for what is talked about.

Knows nothing of who reads them. A program sits here by default: the search is by words and needs no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from maieutic.roles.role import OURS, Answer, Role, Sampling
from maieutic.worlds.retrieval import nearest

MOST = 16  # passages that can be asked for


class Found(Answer):
    """Which passages."""

    numbers: tuple[int, ...] = Field(
        max_length=MOST, description="Numbers of the passages, from 0, the most useful one first"
    )


SEARCH = Role(
    "retriever.search",
    sees=("query", "textbook", "number"),
    answer=Found,
    sampling=Sampling(temperature=0.0, max_tokens=256, unverified=OURS),
)


def searched(view: Mapping[str, Any]) -> dict[str, Any]:
    """The passages that are nearest by BM25.

    >>> searched({"query": "red pens", "textbook": ["a hat", "a red pen"], "number": 1})
    {'numbers': [1]}
    """
    return {"numbers": nearest(str(view["query"]), list(view["textbook"]), int(view["number"]))}


def picked(answer: Mapping[str, Any], textbook: list[str], number: int) -> list[str]:
    """The passages that an answer names; numbers of none and repeated ones are passed over."""
    named = [one for one in dict.fromkeys(answer["numbers"]) if 0 <= one < len(textbook)]
    return [textbook[one] for one in named[:number]]
