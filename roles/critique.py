"""Critique: solutions that are judged step by step: who solves, who plants mistakes, who annotates, who criticises.

Knows nothing of rounds or filters. A critique is typed, since verdicts in free text need not have as many lines as the
solution has steps; what it quotes is aligned with the solution by its words. Sampling is that of MathCritique (2024).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from pydantic import Field, JsonValue

from maieutic.roles.exam import Rationale
from maieutic.roles.role import OURS, Answer, Role, Sampling

MOST_STEPS = 20  # that a critique may speak of
MOST_CHARACTERS = 400  # of a step that is quoted
LIKE = 0.6  # how much of a quotation must be the step's words


class StepVerdict(Answer):
    """What is said of one step."""

    text: str = Field(
        min_length=1, max_length=MOST_CHARACTERS, description="The step, as it stands in the response"
    )
    correct: bool = Field(description="Whether the step is right")
    explanation: str = Field(
        max_length=300, description="Why, in one or two sentences, without the right final answer"
    )


class Critique(Answer):
    """What is said of a solution, step by step, and whether it comes to the right answer."""

    steps: list[StepVerdict] = Field(
        min_length=1, max_length=MOST_STEPS, description="The steps in order, up to the first that is wrong"
    )
    final_correct: bool = Field(description="Whether the final answer of the response is right")


class Flawed(Rationale):
    """A solution with a mistake, and what is known of it."""

    error_step: int | None = Field(
        None, ge=1, le=200, description="Number of the line with the first mistake, from 1; null if not known"
    )
    error_type: str | None = Field(
        None, max_length=80, description="Name of the mistake; null if it has none that is known"
    )


_KNOWS = ("steps", "answer")
_ONCE = Sampling(temperature=0.7, max_tokens=1024)
_GREEDY = Sampling(temperature=0.0, max_tokens=1536)
SOLVE = Role("actor.solve", sees=("question",), answer=Rationale, knows=_KNOWS, sampling=_ONCE)
AMEND = Role(
    "actor.amend", sees=("question", "response", "critique"), answer=Rationale, knows=_KNOWS, sampling=_ONCE
)
FLAW = Role(
    "flawmaker.flaw",
    sees=("question", "mode", "reference", "prefix"),
    answer=Flawed,
    knows=_KNOWS,
    sampling=Sampling(temperature=1.0, max_tokens=1024, unverified=("max_tokens",)),
)
ANNOTATE = Role(
    "annotator.walk",
    sees=("question", "response", "reference", "error_step", "error_type", "walk"),
    answer=Critique,
    knows=_KNOWS,
    sampling=Sampling(temperature=0.0, max_tokens=1536, unverified=OURS),
)
CRITICISE = Role(
    "critic.walk", sees=("question", "response"), answer=Critique, knows=_KNOWS, sampling=_GREEDY
)

_END = re.compile(
    r"^\W*(?:(?:so|thus|hence|therefore)\W+)?(?:the\s+)?(?:final\s+)?answer\b|^\s*####", re.IGNORECASE
)


def steps_of(text: str) -> list[str]:
    """The steps of a solution: its lines, or its sentences where all stands on one line, without the answer's.

    >>> steps_of("3 * 60 = 180\\n180 - 22 = 158\\nThe answer is 158."), steps_of("6 + 1 = 7. So 7 * 2 = 14. #### 14")
    (['3 * 60 = 180', '180 - 22 = 158'], ['6 + 1 = 7.', 'So 7 * 2 = 14.'])
    """
    lines = [line.strip() for line in text.replace("####", "\n####").splitlines() if line.strip()]
    lines = [line for line in lines if not _END.match(line)]
    if len(lines) == 1:
        lines = [
            part for part in re.split(r"(?<=[^\d\W]\.)\s+|(?<=\d\.)\s+(?=\D)|(?<=[!?;])\s+", lines[0]) if part
        ]
        lines = [line for line in lines if not _END.match(line)]
    return lines


def walked(critique: Mapping[str, Any], walk: str) -> list[Mapping[str, Any]]:
    """The verdicts that count: with `walk` "first-error" nothing after the first step that is called wrong."""
    steps: list[Mapping[str, Any]] = list(critique["steps"])
    wrong = next((place for place, one in enumerate(steps) if not one["correct"]), None)
    return steps if wrong is None or walk == "all" else steps[: wrong + 1]


def aligned(steps: Sequence[str], quoted: Sequence[str]) -> list[int | None]:
    """For each quotation, which step it is of, in order: the same words, else the likest; None where none is like it.

    >>> aligned(["3 * 60 = 180", "180 - 22 = 158"], ["180 - 22 = 158.", "quite another thing"])
    [1, None]
    """
    found: list[int | None] = []
    after = 0
    plain = [_plain(one) for one in steps]
    for one in map(_plain, quoted):
        likeness = [
            (1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio(), -place)
            for place, other in enumerate(plain)
            if place >= after
        ]
        best, place = max(likeness, default=(0.0, 0))
        found.append(-place if best >= LIKE else None)
        after = 1 - place if best >= LIKE else after
    return found


def _plain(text: str) -> str:
    return re.sub(
        r"[\W_]+(?<![-+*/=])", " ", re.sub(r"^\s*(?:step\s*)?\d+\s*[:.)]\s+", "", text.lower())
    ).strip()


def accused(steps: Sequence[str], verdicts: Sequence[Mapping[str, Any]]) -> int | None:
    """The first step that is called wrong, as it stands in the solution; None where none is, or it is not there."""
    places = aligned(steps, [str(one["text"]) for one in verdicts])
    return next((place for place, one in zip(places, verdicts, strict=True) if not one["correct"]), None)


def spoken(verdicts: Sequence[Mapping[str, Any]], final_correct: bool) -> str:
    """A critique as it is told to the actor."""
    lines = [
        f"{one['text']}\n{'Right.' if one['correct'] else 'Wrong.'} {one['explanation']}".strip()
        for one in verdicts
    ]
    return "\n".join([*lines, f"The final answer is {'right' if final_correct else 'wrong'}."])


def heard(text: str) -> tuple[list[dict[str, JsonValue]], bool]:
    """What `spoken` said, read back: the verdicts, and whether the final answer was called right.

    >>> heard(spoken([{"text": "1 + 1 = 3", "correct": False, "explanation": "No."}], False))
    ([{'text': '1 + 1 = 3', 'correct': False, 'explanation': 'No.'}], False)
    """
    lines = text.splitlines()
    found: list[dict[str, JsonValue]] = []
    for before, line in itertools.pairwise(lines):
        for word in ("Right.", "Wrong."):
            if line.startswith(word):
                said = line.removeprefix(word).strip()
                found.append({"text": before, "correct": word == "Right.", "explanation": said})
    return found, bool(lines) and lines[-1].endswith("is right.")
