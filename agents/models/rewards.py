"""Rewards: the answers of a model that gives one number for a conversation, such as a reward model of preferences.

Knows nothing of transports. Such a model writes nothing: its number is put where the form that is asked for has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from maieutic import Usage
from maieutic.agents.models.engine import Choice, EngineError, Reply, Request


def numbered(schema: Mapping[str, Any] | None) -> str:
    """The one field of a form, which is a number.

    Raises:
        EngineError: the form is another one, which such a model cannot fill in.

    >>> numbered({"properties": {"score": {"type": "number"}}})
    'score'
    """
    fields = dict((schema or {}).get("properties", {}))
    if len(fields) == 1:
        ((name, part),) = fields.items()
        if part.get("type") == "number":
            return str(name)
    asked = ", ".join(fields) or "free text"
    raise EngineError(
        f"a model that gives numbers cannot take a seat that is asked for {asked}: an answer of one number is wanted",
        temporary=False,
    )


def rewarded(request: Request, number: float, tokens: int, model: str) -> Reply:
    """The reply that a number is.

    Args:
        request: what was asked; every choice that it wants is the same.
        number: what the model gave.
        tokens: that it read.
        model: its name.

    Raises:
        EngineError: a number is not what is asked for.
    """
    text = json.dumps({numbered(request.schema_): number})
    return Reply(
        choices=(Choice(text=text, finish="stop"),) * request.n,
        usage=Usage(prompt_tokens=tokens, calls=1),
        model=model,
    )
