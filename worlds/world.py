"""World: a domain with exact answers and no model.

Knows nothing of roles or episodes. A world makes tasks from a seed, reads them from real files, and knows the
truth of each; how its answers are checked is in its own modules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maieutic import Task
from maieutic.worlds.row import Reader


@dataclass(frozen=True)
class World:
    """A domain.

    Attributes:
        name: such as `word-problems`.
        summary: one line for `maieutic list`.
        generate: `(seed, index)` -> the index-th task of an endless stream; any index at once, in any order.
        readers: kinds of records that it understands.
    """

    name: str
    summary: str
    generate: Callable[[int, int], Task]
    readers: tuple[Reader, ...]


def answer_of(task: Task) -> str:
    """The answer that a task's record states; empty where it states none.

    >>> answer_of(Task(id="1", world="none", fields={"answer": 0})), answer_of(Task(id="2", world="none", fields={}))
    ('0', '')
    """
    said = task.fields.get("answer")
    return "" if said is None else str(said).strip()
