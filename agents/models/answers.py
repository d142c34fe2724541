"""Answers: from a model's words to an instance of a role's answer type, or the reason why not.

Knows nothing of models. What is read is a JSON object; slips of the pen (fences, trailing commas, single quotes) are
mended by json-repair, missing content never is: a text that stops in the middle of its object gives no answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import to_json

from maieutic import InputError, canonical
from maieutic.roles import read_off

A = TypeVar("A", bound=BaseModel)
MOST = 100_000  # characters of an object that json-repair is given; it is slow on long nonsense


class Unusable(Exception):
    """There is no answer in the words; says why, in words that a model can mend it by."""


def read_answer(
    text: str,
    answer: type[A],
    *,
    cut: bool = False,
    given: Mapping[str, Any] | None = None,
    bare: tuple[str, Sequence[JsonValue]] | None = None,
) -> A:
    """The answer in `text`.

    Tried in this order: the whole text as JSON; then each complete `{...}` in it, the last one first, since models
    think before they conclude; each as it stands, then mended.

    Args:
        text: what the model wrote, reasoning taken out.
        answer: the type of the answer.
        cut: whether the model was stopped at its token limit; then nothing is mended.
        given: fields that the model was not asked for; what it says of the others that are read off its token
            probabilities does not count.
        bare: the one field that it was asked for without an object around it, with all the values that it can have.

    Raises:
        Unusable: no object, none that is complete, or none that has the form.
    """
    reasons: list[str] = []
    off = read_off(answer)
    for value in _objects(text, mend=not cut) if bare is None else _bare(text, *bare, cut=cut):
        try:
            made = answer.model_validate(
                {name: said for name, said in value.items() if name not in off} | dict(given or {})
            )
            _sound(made)
            return made
        except ValidationError as error:
            reasons.append(_said(error))
        except ValueError:  # NaN, infinities and halves of surrogate pairs: JSON in name only
            reasons.append("numbers must be finite and text must be whole characters")
    if bare is not None and not reasons:
        raise Unusable("it does not begin with one of " + ", ".join(map(_spelled, bare[1])))
    if cut:
        raise Unusable("it was cut off at the token limit before the object was complete")
    raise Unusable(reasons[0] if reasons else _missing(text))


def _sound(made: BaseModel) -> None:
    """Whether all of an answer can be kept.

    Raises:
        ValueError: a number is no number or has no end, or half of a surrogate pair stands alone.
    """
    spelled = to_json(made.model_dump(), inf_nan_mode="constants")
    if b"NaN" in spelled or b"Infinity" in spelled:  # as numbers, or only as words
        canonical(made.model_dump(mode="json"))


def _missing(text: str) -> str:
    if not text.strip():
        return "it is empty"
    if "{" not in text:
        return "there is no JSON object in it"
    return "its JSON object cannot be read" if spans_of(text) else "its JSON object is not complete"


def _said(error: ValidationError) -> str:
    told = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        where = ".".join(str(part) for part in fault["loc"]) or "the object"
        told.append(f"{where}: {fault['msg']}")
    return "; ".join(told)


def _bare(text: str, field: str, values: Sequence[JsonValue], *, cut: bool) -> Iterator[dict[str, Any]]:
    """The value that the text begins with; an object with the field will do too."""
    start = text.strip().lstrip("\"'`* ")
    by_length = sorted(values, key=lambda value: -len(_spelled(value)))
    for value in by_length:
        word = _spelled(value)
        rest = start[len(word) :]
        if start.casefold().startswith(word.casefold()) and not re.match(r"\w|[.,]\d", rest):
            longer = any(len(_spelled(v)) > len(word) and _spelled(v).startswith(word) for v in values)
            if not (cut and longer and not rest):  # cut at 1, where it may have been going to say 10
                yield {field: value}
            return
    yield from _objects(text, mend=not cut)


def _spelled(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _objects(text: str, *, mend: bool) -> Iterator[dict[str, Any]]:
    """The JSON objects in `text`, the most likely answer first."""
    whole = _strict(text.strip())
    if isinstance(whole, dict):
        yield whole
        return
    spans = list(reversed(spans_of(text)))
    for span in spans:
        value = _strict(span)
        if not isinstance(value, dict) and mend:
            value = _mended(span)
        if isinstance(value, dict):
            yield value


def spans_of(text: str) -> list[str]:
    """Each outermost complete `{...}` in `text`; braces within quoted strings do not count.

    >>> spans_of('First {"a": {}}, then {"b": "}"} and {"c": ')
    ['{"a": {}}', '{"b": "}"}']
    """
    found, depth, start, quoted = [], 0, 0, False
    for mark in re.finditer(r'\\.|["{}]', text, re.DOTALL):
        sign = mark[0]
        if depth and sign == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "{":
            if not depth:
                start = mark.start()
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
            if not depth:
                found.append(text[start : mark.end()])
    return found


def _strict(text: str) -> Any:
    try:
        return _STRICT.decode(text)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_STRICT = json.JSONDecoder(parse_constant=_refuse)  # `json.loads` would make one at each call


def _mended(span: str) -> dict[str, Any] | None:
    if len(span) > MOST:
        return None
    try:
        import json_repair
    except ImportError:
        raise InputError(
            "reading a model's free text needs json-repair, which is not installed",
            remedy="pip install 'maieutic[served]'",
        ) from None
    try:
        value = json_repair.loads(span, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def split_reasoning(text: str) -> tuple[str | None, str]:
    """Take `<think>...</think>` off the front, where a server leaves the reasoning in the text.

    A reply that never stops thinking has no text. Some chat templates write the opening mark into the prompt, so
    that only the closing one is seen.

    >>> split_reasoning('<think>Let me see.</think>{"a": 1}')
    ('Let me see.', '{"a": 1}')
    >>> split_reasoning('{"a": 1}')
    (None, '{"a": 1}')
    """
    start = text.lstrip()
    opened = start.startswith("<think>")
    before, mark, after = start.removeprefix("<think>").partition("</think>")
    if mark and not start.startswith("{"):
        return before.strip() or None, after.strip()
    return (before.strip() or None, "") if opened else (None, text)
