"""Person: what all simulated players share: explicit parameters, and a fingerprint made of them.

Knows no domain. A simulated person answers from its view, its memory, its seed, and what its role grants it of
the truth in place of reading comprehension.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from maieutic import Frozen, digest, late_defaults


def added(default: Any, **bounds: Any) -> Any:
    """A parameter that a player did not have at first. At its default it does not enter the fingerprint, so that turns
    that were taken before are found again."""
    return Field(default, json_schema_extra={"added": True}, **bounds)


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
        """Kind and all parameters, but for those that were added later and have their default."""
        return f"{self.name}:{digest(self.model_dump(mode='json', exclude=late_defaults(self)))}"
