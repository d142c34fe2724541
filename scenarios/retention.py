"""Retention: a test that a student takes once more when all is said and other lessons have passed, whatever was taught.

Knows nothing of the test. A scenario asks the role of it as the last thing before its talk ends; a simulated student
forgets at a rate of its own (`maieutic.agents.simulated.knowledge.forgotten`), a model is shown the lessons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from maieutic.scenarios.scenario import published
from maieutic.worlds.word_problems.generate import worked_examples


def lessons_later() -> Any:
    """The parameter `later`: how many lessons pass."""
    return published(
        0,
        "other lessons that pass before the student is tested once more; 0: it is not",
        verified=False,
        added=True,
        ge=0,
        le=64,
    )


def passed(lessons: int) -> Mapping[str, JsonValue]:
    """What a student is shown who takes a test after so many lessons: these, in the field `between`.

    >>> len(passed(2)["between"])
    2
    """
    return {"between": worked_examples(lessons)}
