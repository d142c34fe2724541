"""Seal: the tasks that a run was begun with, so that it does not go on with others.

Knows nothing of where tasks come from and how they are played. A file of tasks is named in the manifest by its path alone,
and the same path may hold other records when the run is gone on with.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from maieutic import Frozen, InputError, RunError, Task, canonical
from maieutic.runs.journal import Journal

FILE = "tasks.json"


class Seal(Frozen):
    """The tasks of a run.

    Attributes:
        marks: number of tasks -> digest (SHA-256) of the canonical text of the first so many, one after another; at
            powers of two and at the end, so that a shorter run is held to it too.
    """

    marks: dict[int, str]


class Sealing:
    """Watches the tasks go by, and says whether they are those that the run in `folder` was begun with.

    Raises:
        RunError: what the folder holds of them is damaged.
    """

    def __init__(self, folder: Path) -> None:
        file = folder / FILE
        try:
            self._kept = Seal.model_validate_json(file.read_bytes()).marks if file.exists() else {}
        except OSError as error:
            raise RunError(f"{file}: {error.strerror or error}; give an --out that can be read") from None
        except ValidationError as error:
            raise RunError(
                f"{file}: damaged ({error.errors()[0]['msg']}); restore it, or use another --out"
            ) from None
        self._digest, self._tasks = sha256(), 0
        self._marks: dict[int, str] = {}

    def add(self, task: Task) -> None:
        """The next task."""
        self._digest.update(canonical(task))
        self._tasks += 1
        if self._tasks in self._kept or self._tasks.bit_count() == 1:
            self._marks[self._tasks] = self._digest.hexdigest()

    def settle(self, journal: Journal, name: str, again: Callable[[int], Iterator[Task]]) -> None:
        """Refuse tasks that have changed; else keep the longest row of tasks that was seen.

        Args:
            journal: of the run, open for writing.
            name: of the file of the tasks.
            again: the first so many tasks once more, to find the one that has changed.

        Raises:
            InputError: a task is not what it was.
            RunError: the folder cannot be written.
        """
        self._marks[self._tasks] = self._digest.hexdigest()
        for tasks in sorted(self._kept.keys() & self._marks.keys()):
            if self._kept[tasks] != self._marks[tasks]:
                place = _first_to_differ(journal, again(tasks))
                raise InputError(
                    f"the first {tasks} tasks are not those that {journal.folder} was begun with"
                    + ("" if place is None else f"; of those played, task {place} is the first to differ"),
                    file=name,
                    remedy="restore the file, or give another --out",
                )
        if self._tasks > max(self._kept, default=-1):
            _keep(journal.folder / FILE, Seal(marks=self._marks))


def _keep(file: Path, seal: Seal) -> None:
    draft = file.with_suffix(".tmp")
    try:
        with open(draft, "w", encoding="utf-8") as out:
            out.write(seal.model_dump_json())
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror or error}; give an --out that can be written") from None


def _first_to_differ(journal: Journal, tasks: Iterator[Task]) -> int | None:
    for place, task in enumerate(tasks):
        for _, episode in journal.some([place]):
            if episode.task != task:
                return place
    return None
