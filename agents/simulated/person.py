"""Person: what all simulated players share: explicit parameters, and a fingerprint made of them.

Knows no domain. A simulated person answers from its view, its memory, its seed, and what its role grants it of
the truth in place of reading comprehension.
"""

from __future__ import annotations

from typing import ClassVar

from maieutic import Frozen, digest


class Person(Frozen):
    """Base of simulated players; each parameter is a field with bounds, so that a wrong one is an error."""

    simulated: ClassVar[bool] = True
    pauses: ClassVar[bool] = False
    plays: ClassVar[frozenset[str] | None] = None  # names of the roles that it can play, where it says so

    @property
    def name(self) -> str:
        """Short name for traces, such as `simulated-judge`."""
        return f"simulated-{type(self).__name__.lower()}"

    @property
    def fingerprint(self) -> str:
        """Kind and all parameters."""
        return f"{self.name}:{digest(self.model_dump(mode='json'))}"
