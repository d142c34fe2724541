"""Chances: what a model's token probabilities say of the values that it wrote, and of those that it might have written.

Knows nothing of transports. An answer's fields marked `chance_of` or `chances_of` are not asked for: they are filled in
here, from the token probabilities of the reply that holds the field they speak of.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, JsonValue

from maieutic import ScenarioError
from maieutic.agents.models.engine import TokenChance
from maieutic.roles import read_off

RIVALS = 20  # of a token, the most that servers tell
MOST = 100  # values of a field that still can be told apart by their beginnings


@cache
def rivals_needed(answer: type[BaseModel]) -> int:
    """Log-probabilities of each token that must be asked for, to fill in what is not asked for."""
    marks = {mark for mark, _ in read_off(answer).values()}
    return RIVALS if "chances_of" in marks else 1 if marks else 0


def filled_in(
    answer: type[BaseModel], tokens: Sequence[TokenChance], text: str
) -> dict[str, float | list[float] | dict[str, float]]:
    """The fields that are read off probabilities; those that cannot be are left out.

    Args:
        answer: the type of the answer.
        tokens: all that was written.
        text: the reply, reasoning taken out.
    """
    found: dict[str, float | list[float] | dict[str, float]] = {}
    for name, (mark, of) in read_off(answer).items():
        bare = text if bare_field(answer) == of else None
        if mark == "chance_of":
            if (chance := chance_of(tokens, of, bare)) is not None:
                found[name] = chance
            continue
        values = closed(answer, of)
        chances = chances_of(tokens, of, values, bare)
        if chances is not None:
            spelled = [value if isinstance(value, str) else json.dumps(value) for value in values]
            found[name] = dict(zip(spelled, chances, strict=True)) if _is_table(answer, name) else chances
    return found


@cache
def bare_field(answer: type[BaseModel]) -> str | None:
    """The one field that is asked for, where its chances are wanted: it is answered bare, without an object around it,
    so that the first token of the answer is the first of the value."""
    asked = [name for name in answer.model_fields if name not in read_off(answer)]
    wanted = any(mark == "chances_of" for mark, _ in read_off(answer).values())
    return asked[0] if wanted and len(asked) == 1 else None


@cache
def closed(answer: type[BaseModel], field: str) -> tuple[JsonValue, ...]:
    """All values that a field can have: a Literal or Enum, a boolean, or a whole number between two bounds.

    Raises:
        ScenarioError: they cannot be counted.
    """
    schema = answer.model_json_schema()
    part: Mapping[str, Any] = schema["properties"].get(field, {})
    if "$ref" in part:
        part = schema["$defs"][str(part["$ref"]).rpartition("/")[2]]
    if "enum" in part:
        return tuple(part["enum"])
    if "const" in part:
        return (part["const"],)
    if part.get("type") == "boolean":
        return (True, False)
    if part.get("type") == "integer":
        low = part.get("minimum", part.get("exclusiveMinimum", math.inf) + 1)
        high = part.get("maximum", part.get("exclusiveMaximum", -math.inf) - 1)
        if -math.inf < low <= high < math.inf and high - low < MOST:
            return tuple(range(math.ceil(low), math.floor(high) + 1))
    raise ScenarioError(
        f"{answer.__name__}.{field}: its chances are wanted, and its values are no small closed set (a Literal, a "
        f"boolean, or a whole number between two bounds, at most {MOST} values)"
    )


def _is_table(answer: type[BaseModel], name: str) -> bool:
    part = answer.model_json_schema()["properties"][name]
    return any(one.get("type") == "object" for one in (part, *part.get("anyOf", ())))


def chance_of(tokens: Sequence[TokenChance], field: str, bare: str | None = None) -> float | None:
    """The probability with which the model wrote the value of `field` in a JSON text, given what stood before it.

    A token that spells some of the value counts whole. None where the tokens or the field are missing.

    Args:
        tokens: all that was written.
        field: of the object.
        bare: the reply, where it is the value without an object.

    >>> tokens = [TokenChance(token=t, logprob=p) for t, p in (('{"a":', -1), (' true', 0), ('}', -2))]
    >>> chance_of(tokens, "a")
    1.0
    """
    text = "".join(token.token for token in tokens)
    if (start := _start(text, field, bare)) is None:
        return None
    length = len(bare.strip()) if bare is not None else 0
    if not length:
        try:
            _, length = json.JSONDecoder().raw_decode(text[start:])
        except (ValueError, RecursionError):
            return None
    end, place, total = start + length, 0, 0.0
    for token in tokens:
        if place < end and place + len(token.token) > start:
            total += token.logprob
        place += len(token.token)
    return math.exp(total)


def chances_of(
    tokens: Sequence[TokenChance], field: str, values: Sequence[JsonValue], bare: str | None = None
) -> list[float] | None:
    """The probability of each of `values` where the model wrote `field`: those of the tokens that might have stood at
    its beginning, renormalised over the values.

    Args:
        tokens: all that was written, with their rivals.
        field: of the object.
        values: all that the field can have.
        bare: the reply, where it is the value without an object.

    Returns:
        In the order of `values`; all 0 where no value is among the tokens; None where the field is missing, no
        probabilities came, or a token may begin several values.

    >>> seven = TokenChance(token="7", logprob=math.log(0.6), top={"7": math.log(0.6), "8": math.log(0.2), "Hm": -2})
    >>> [round(chance, 2) for chance in chances_of([seven], "score", range(6, 10), bare="7")]
    [0.0, 0.75, 0.25, 0.0]
    """
    text = "".join(token.token for token in tokens)
    if (start := _start(text, field, bare)) is None:
        return None
    start += len(text[start:]) - len(text[start:].lstrip('"'))
    place = 0
    for token in tokens:
        if place + len(token.token) > start:
            break
        place += len(token.token)
    else:
        return None
    before = token.token[: start - place]
    spelled = [value if isinstance(value, str) else json.dumps(value) for value in values]
    rivals: dict[str, float] = {}
    for written, logprob in ({token.token: token.logprob} | token.top).items():
        rest = (written.removeprefix(before) if before else written).lstrip(' \t\r\n"')
        rivals[rest] = rivals.get(rest, 0.0) + math.exp(logprob)
    sums = [0.0] * len(spelled)
    for rest, chance in rivals.items():
        begins = [place for place, word in enumerate(spelled) if rest and word.startswith(rest)]
        whole = [place for place in begins if spelled[place] == rest]
        if whole and all(spelled[place] in rivals for place in begins):
            begins = whole  # the longer values have tokens of their own
        if len(begins) > 1:
            return None
        ended = re.match(r"[^\W_]+", rest)
        for place in begins or [place for place, word in enumerate(spelled) if ended and word == ended[0]]:
            sums[place] += chance
    total = math.fsum(sums)
    return [one / total for one in sums] if total > 0 else sums


def _start(text: str, field: str, bare: str | None) -> int | None:
    """Where the value of `field` begins in all that was written."""
    if not text:
        return None
    if bare is not None and not bare.lstrip().startswith("{"):
        found = text.rfind(bare.strip()) if bare.strip() else -1
        return None if found < 0 else found
    named = list(re.finditer(json.dumps(field, ensure_ascii=False) + r"\s*:\s*", text))
    return named[-1].end() if named else None  # the last one: the answer stands at the end
