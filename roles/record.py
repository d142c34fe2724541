"""Record: a seat for a response or a working that somebody published, so that it enters an episode as a turn like any other.

Knows nothing of how good it is. A program sits here and hands the text over unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from maieutic.roles.role import Answer, Role


class Recorded(Answer):
    """A published response, word for word."""

    text: str = Field(description="The response, exactly as it was published", max_length=200_000)


def handed_over(view: Mapping[str, Any]) -> dict[str, Any]:
    """What the program in this seat answers: the published text that it is shown, whichever that is."""
    return {"text": view.get("response", view.get("attempt"))}


RECORD = Role("record.response", sees=("response",), answer=Recorded)
ATTEMPT = Role("record.attempt", sees=("attempt",), answer=Recorded)
