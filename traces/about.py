"""About: the fields of a task that say what its episode is about, which come first wherever a task is shown."""

from __future__ import annotations

from collections.abc import Mapping

ABOUT = ("question", "problem", "prompt", "instruction", "section", "buggy_code")


def about_first(fields: Mapping[str, object]) -> list[str]:
    """The names of the fields, those that say what it is about first.

    >>> about_first({"answer": "4", "question": "2 + 2?"})
    ['question', 'answer']
    """
    return [*(name for name in ABOUT if name in fields), *(name for name in fields if name not in ABOUT)]
