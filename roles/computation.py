"""Computation: somebody who says whether a turn needs a computation and writes it down, and a program that does it.

Knows nothing of grading. The follow-up of CLASS has a program of the tutor's run before it looks at the student's answer;
here it is bare arithmetic, done exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from maieutic import InputError
from maieutic.roles.role import OURS, Answer, Role, Sampling
from maieutic.worlds.word_problems.steps import spell, value

LONGEST = 400  # characters of a result


class Wanted(Answer):
    """Whether something is to be computed, and what."""

    needed: bool = Field(description="Whether the student's words can only be judged with a computation")
    calculation: str | None = Field(
        max_length=200,
        description="The calculation without its result, such as `4 * 13`; null if none is needed",
    )


class Computed(Answer):
    """What came of a calculation."""

    value: str | None = Field(max_length=LONGEST, description="Its exact result; null where it is none")
    fault: str | None = Field(max_length=400, description="Why there is none; null where there is one")


WANTED = Role(
    "checker.computation",
    sees=("question", "subproblem", "history"),
    answer=Wanted,
    knows=("steps", "answer", "parts"),
    sampling=Sampling(temperature=0.0, max_tokens=256, unverified=OURS),
)
COMPUTE = Role("calculator.compute", sees=("calculation",), answer=Computed)


def computed(view: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a calculation, exact.

    >>> computed({"calculation": "(4 + 1/2) * 2"})["value"], computed({"calculation": "1 / 0"})["fault"]
    ('9', 'division by nought')
    """
    try:
        made = spell(value(str(view["calculation"])))
    except ZeroDivisionError:
        return {"value": None, "fault": "division by nought"}
    except (InputError, ValueError) as error:  # a number may be too long to be written
        return {"value": None, "fault": str(error)[:400]}
    if len(made) > LONGEST:
        return {"value": None, "fault": f"its result has {len(made)} characters, more than {LONGEST}"}
    return {"value": made, "fault": None}
