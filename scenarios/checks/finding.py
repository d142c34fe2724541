"""Finding: one thing that is wrong with a scenario: where, what, and how to mend it.

Knows nothing of how it was found.
"""

from __future__ import annotations

from maieutic import Frozen, InputError, MaieuticError


class Finding(Frozen):
    """One fault.

    Attributes:
        file: the file's name as the user gave it, or the scenario's where it has none.
        line: from 1; None where nothing tells.
        what: one sentence.
        remedy: what to do.
    """

    file: str
    line: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what}; {self.remedy}"


def finding_of(error: MaieuticError, file: str, line: int | None) -> Finding:
    """A finding from an error; its own file and line go before the given ones."""
    if isinstance(error, InputError):
        what = error.problem if error.key is None else f"key {error.key!r}: {error.problem}"
        if error.file is not None:
            file, line = error.file, error.line
        return Finding(file=file, line=line, what=what, remedy=error.remedy or "mend it")
    what, _, remedy = str(error).partition("; ")
    return Finding(file=file, line=line, what=what, remedy=remedy or "mend it")
