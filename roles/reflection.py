"""Reflection: solutions that are made, compared with the answer, reflected on and revised, and at last judged for quality.

Knows nothing of the order in which this happens. What a comparer says counts by its first character, what a reviser says
by a marker, what a classifier says by its token probabilities (SciGLM, 2024; no sampling is published).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from maieutic import Event
from maieutic.roles.exam import Rationale
from maieutic.roles.role import OURS, Answer, Role, Sampling, private

MARK = "Corrected solution:"
LEAST = 1e-6  # a probability below it counts as much: no score is without bounds
ErrorKind = Literal["comprehension", "calculation", "false-reasoning", "none"]


class Comparison(Answer):
    """What a comparer says; the first character is the verdict."""

    text: str = Field(
        min_length=1, max_length=200, description="`1` if the solution ends with the answer, else `0`"
    )


class Measured(Answer):
    """What numbers and units alone tell of a solution's answer."""

    final: str | None = Field(max_length=400, description="The answer that the solution states; null if none")
    verdict: Literal["same", "different", "unclear"] = Field(description="Whether it is the reference answer")


class Revision(Answer):
    """A reflection on a solution, and a corrected one."""

    error_kind: ErrorKind = Field(description="What kind of mistake comes first in the solution")
    text: str = Field(
        min_length=1,
        max_length=6000,
        description=f"The reflection, then a line `{MARK}`, then the whole corrected solution",
    )


class Quality(Answer):
    """Whether a solution is right in its answer and in its steps, and how likely either was."""

    verdict: Literal["True", "False"] = Field(
        description="True if every step of the solution holds, else False"
    )
    chances: dict[str, float] | None = private(
        None, chances_of="verdict", description="Probabilities of True and False"
    )


_KNOWS = ("steps", "units", "laws", "answer", "choices")
_ONCE = Sampling(temperature=0.7, max_tokens=1024, unverified=OURS)
_GREEDY = Sampling(temperature=0.0, max_tokens=16, unverified=OURS)
SOLVE = Role("solver.solve", sees=("question",), answer=Rationale, knows=_KNOWS, sampling=_ONCE)
WEAK = Role(
    "weak.solve", sees=("question",), answer=Rationale, knows=_KNOWS, brief="solver.solve", sampling=_ONCE
)
REVISE = Role(
    "reviser.revise",
    sees=("question", "response", "answer"),
    answer=Revision,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.7, max_tokens=2048, unverified=OURS),
)
INFORM = Role("informed.solve", sees=("question", "answer"), answer=Rationale, knows=_KNOWS, sampling=_ONCE)
MEASURE = Role("measurer.compare", sees=("response", "answer", "digits", "tolerance"), answer=Measured)
COMPARE = Role(
    "comparer.compare",
    sees=("response", "answer"),
    answer=Comparison,
    sampling=Sampling(
        temperature=0.7, max_tokens=64, unverified=OURS
    ),  # not 0: what is asked again is to come out otherwise
)
QUALITY = Role(
    "classifier.judge", sees=("question", "response"), answer=Quality, knows=_KNOWS, sampling=_GREEDY
)


def read_verdict(text: str) -> bool | None:
    """What a comparer said: its first character, 1 or 0; None where that is anything else.

    >>> read_verdict("1"), read_verdict("0, the units differ"), read_verdict(" 1"), read_verdict("yes")
    (True, False, None, None)
    """
    return {"1": True, "0": False}.get(text[:1])


def parted(text: str) -> tuple[str, str | None]:
    """The reflection, and the corrected solution behind the last marker, its lines kept; None where there is no marker.

    >>> parted("I mixed up the units.\\nCorrected solution:\\n3 * 4 = 12 N\\nThe answer is 12 N.")
    ('I mixed up the units.', '3 * 4 = 12 N\\nThe answer is 12 N.')
    >>> parted("3 * 4 = 12 N")
    ('3 * 4 = 12 N', None)
    """
    found = list(re.finditer(rf"^[#* \t]*{re.escape(MARK)}[* \t]*", text, re.IGNORECASE | re.MULTILINE))
    if not found:
        return text.strip(), None
    solution = text[found[-1].end() :].strip()
    return text[: found[-1].start()].strip(), solution or None


def log_odds(event: Event) -> float | None:
    """How much likelier True was than False, as a logarithm; by what was said alone where no probabilities came.

    None where neither has any probability: such a score is unknown, not the worst.
    """
    if event.invalid is not None:
        return None
    chances: Mapping[str, Any] | None = event.private.get("chances")  # type: ignore[assignment]  # by its type
    if chances is None:
        chances = {str(event.answer["verdict"]): 1.0}
    true, false = (float(chances.get(name, 0.0)) for name in ("True", "False"))
    if true <= 0 and false <= 0:
        return None
    return math.log(max(true, LEAST)) - math.log(max(false, LEAST))
