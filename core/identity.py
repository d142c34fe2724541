"""Identity: the same content has the same bytes, the same digest and the same chance, in every process.

Knows nothing of events or tasks; it only turns plain values into bytes, names and random streams.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: cannot be changed once made, refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def late_defaults(value: BaseModel) -> set[str]:
    """The fields of `value` that its type did not have at first (`json_schema_extra={"added": True}`) and that have their
    default: what is named by its parameters leaves them out, and so keeps the name that it had before.

    >>> from pydantic import Field
    >>> class Settings(Frozen):
    ...     turns: int = 7
    ...     later: int = Field(0, json_schema_extra={"added": True})
    >>> late_defaults(Settings()), late_defaults(Settings(later=2))
    ({'later'}, set())
    """
    return {
        name
        for name, field in type(value).model_fields.items()
        if isinstance(field.json_schema_extra, dict)
        and field.json_schema_extra.get("added")
        and getattr(value, name) == field.default
    }


def canonical(value: Any) -> bytes:
    """The one JSON spelling of `value` in UTF-8: keys sorted, no spaces, no NaN.

    Raises:
        TypeError: `value` holds something that is not JSON (sets and objects have no stable order).
        ValueError: `value` holds NaN or an infinity.

    >>> canonical({"b": 1, "a": [1.5, None, "é"]}).decode()
    '{"a":[1.5,null,"é"],"b":1}'
    """
    return _spell(value).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"expected JSON values, got {type(value).__name__}: {value!r:.80}")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,
    default=_plain,
)


def _speller() -> Callable[[Any], str]:
    """What spells a value: the standard library's encoder in C, made once where `encode` makes one at each call, which
    for the short values that names are made of is half of the time."""
    made = getattr(json.encoder, "c_make_encoder", None)
    if made is None:  # an interpreter without it
        return _ENCODER.encode
    spell = made(None, _plain, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda value: "".join(spell(value, 0))


_spell = _speller()


def digest(*parts: Any) -> str:
    """A name of 24 hexadecimal digits (96 bits) for `parts`, equal in every process (unlike `hash`).

    >>> digest("a", 1) == digest("a", 1), digest("a", 1) == digest("a", "1")
    (True, False)
    """
    return blake2b(canonical(parts), digest_size=12).hexdigest()


def seed_of(*parts: Any) -> int:
    """A seed of 63 bits drawn from `parts`; fits a signed 64-bit column and every model engine."""
    return int.from_bytes(blake2b(canonical(parts), digest_size=8).digest(), "big") >> 1


def rng(*parts: Any) -> random.Random:
    """A random stream of its own for `parts`: no draw here moves a draw elsewhere.

    >>> rng(7, "noise").random() == rng(7, "noise").random()
    True
    """
    return random.Random(seed_of(*parts))
