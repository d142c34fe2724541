"""Errors: what a user did that cannot be done, said in one line with the place and the remedy.

What an agent does wrong is never an error but data: an event marked invalid, an episode marked failed.

    MaieuticError
    ├── InputError        a file, a record, a key or a value given by the user cannot be used
    ├── UnknownNameError  no scenario, world, parameter, role or format of that name; the known ones are listed
    ├── ScenarioError     a scenario contradicts itself (a seat without a player, a bound that bounds nothing)
    ├── SandboxError      a program cannot be run safely on this machine; says how to get isolation
    ├── StopRun           the run as a whole must end in good order, such as when its budget is spent
    └── RunError          a run folder cannot be used: in use, made by another command, or damaged
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MaieuticError(Exception):
    """Base of all errors that a user can mend; the command line prints them in one line and exits with 2."""


class InputError(MaieuticError):
    """Input cannot be used.

    Args:
        problem: what was wrong, what was expected and what was got.
        file: the file's name as the user gave it, if it came from one.
        line: 1-based line number in `file`.
        key: the key within the record.
        remedy: what to do about it.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem, self.file, self.line, self.key, self.remedy = problem, file, line, key, remedy
        place = ":".join(str(part) for part in (file, line) if part is not None)
        if key is not None:
            place = f"{place}: key {key!r}" if place else f"key {key!r}"
        text = f"{place}: {problem}" if place else problem
        super().__init__(f"{text}; {remedy}" if remedy else text)


class UnknownNameError(MaieuticError):
    """A name that nothing bears, with the nearest known names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        near = difflib.get_close_matches(name, self.known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown {kind} {name!r}; {hint}known: {', '.join(self.known) or 'none'}")


class ScenarioError(MaieuticError):
    """A scenario contradicts itself; raised before the first turn."""


class SandboxError(MaieuticError):
    """No safe way to run a program here."""


class StopRun(MaieuticError):
    """No further turn can be had in this run. A player may raise it, and no seat makes an event of it: what is in
    flight stays unfinished in the journal, and the same command goes on later."""


class RunError(MaieuticError):
    """A run folder cannot be used as asked."""
