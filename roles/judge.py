"""Judge: what it is to say of one response whether it does all that was asked.

Knows nothing of who judges; the refiner of SPaR (ICLR 2025) is one. A verdict in words is read by the first yes or
no in it, as the authors read it; one without either is no verdict.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from maieutic.roles.role import Answer


def first_word(value: Any) -> Any:
    """`yes` or `no`, whichever stands first in a text; anything else is left for the type to refuse.

    >>> first_word("**No**, though one could say yes"), first_word("Yesterday")
    ('no', 'Yesterday')
    """
    found = re.search(r"\b(yes|no)\b", value, re.IGNORECASE) if isinstance(value, str) else None
    return found[1].lower() if found else value


YesNo = Annotated[Literal["yes", "no"], BeforeValidator(first_word)]


class Judgement(Answer):
    """A verdict on a response, with the check that led to it."""

    text: str = Field(
        description="Your check of the response, constraint by constraint: what was asked, what you found",
        min_length=1,
        max_length=6000,
    )
    verdict: YesNo = Field(description="yes if the response meets every constraint, else no")
