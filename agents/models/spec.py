"""Spec: a model in one short form, with its options.

Knows nothing of episodes. `vllm:PATH_OR_ID` runs in process, `http://host:port/v1#MODEL` is a server that speaks
OpenAI's protocol, `PROVIDER:MODEL` goes through LangChain; options follow the model as `?name=value&name=value`.
A wrong spec is an error before any call.
"""

from __future__ import annotations

import difflib
import json
import os
from importlib.util import find_spec
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import ConfigDict, Field, JsonValue, ValidationError, field_validator

from maieutic import Frozen, InputError, doors
from maieutic.agents.models.cache import Mode

FORMS = (
    "vllm:PATH_OR_ID, http://host:port/v1#MODEL, PROVIDER:MODEL, BACK_END:MODEL or path.py:NAME#MODEL, each with "
    "?option=value&..."
)


class Options(Frozen):
    """What may stand beside a model; names that are not here are the engine's own (vLLM's, the provider's).

    Attributes:
        temperature, top_p, top_k, max_tokens, stop: sampling where the role leaves it open.
        override: whether that sampling goes before the role's.
        template: arguments of the chat template.
        logprobs: rivals of each token to ask for.
        repairs: times an unusable reply is sent back.
        width: tokens a character can take; with it, guided answers are bounded to fit into `max_tokens`.
        guided: whether the engine is made to follow the schema; by default where it can.
        key_env: environment variable that holds the API key.
        in_flight, start: calls at once, at most and at first.
        tries, backoff, timeout, patience: attempts a call, first pause, one attempt, waiting for a dead server.
        prices: of a million tokens read and written, such as `0.15,0.60`.
        cache: mode of the reply cache, where the run has one; by default the run's.
        identity: stands in fingerprints in place of the address, for a server that moves.
        server: what a served model is sent: `vllm`, `openai` or, asked once, `auto`.
        priorities: whether the server heeds priorities.
        echo: whether a reply that names another model is refused.
        extra: further fields of every request body to a server.
    """

    model_config = ConfigDict(extra="allow")

    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=1)
    max_tokens: int | None = Field(None, ge=1)
    stop: tuple[str, ...] = ()
    override: bool = False
    template: dict[str, JsonValue] = {}
    logprobs: int = Field(0, ge=0, le=20)
    repairs: int = Field(2, ge=0, le=20)
    width: float | None = Field(None, gt=0)
    guided: bool | None = None
    key_env: str | None = None
    in_flight: int = Field(256, ge=1)
    start: int = Field(64, ge=1)
    tries: int = Field(6, ge=1)
    backoff: float = Field(0.5, ge=0)
    timeout: float = Field(600.0, gt=0)
    patience: float = Field(300.0, ge=0)
    prices: tuple[float, float] | None = None
    cache: Mode | None = None
    identity: str | None = None
    server: Literal["auto", "vllm", "openai"] = "auto"
    priorities: bool = False
    echo: bool = True
    extra: dict[str, JsonValue] = {}

    @field_validator("prices", mode="before")
    @classmethod
    def _pair(cls, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value

    @field_validator("stop", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


PLAYERS = frozenset(  # options of a player; the others belong to the engine, which players share
    {
        "temperature",
        "top_p",
        "top_k",
        "max_tokens",
        "stop",
        "override",
        "template",
        "logprobs",
        "repairs",
        "width",
    }
)
SERVED_ONLY = frozenset({"key_env", "server", "priorities", "echo", "extra", "timeout"})


class Spec(Frozen):
    """A model with its options, checked; `url` is where it is served, or who opens it (an installed back end, a file)."""

    kind: Literal["vllm", "served", "langchain", "other"]
    model: str
    url: str | None = None
    options: Options = Options()

    @property
    def own(self) -> dict[str, Any]:
        """Options that are the engine's own."""
        return dict(self.options.model_extra or {})

    @property
    def engine_key(self) -> str:
        """Equal for specs whose players can share an engine."""
        options = self.options.model_dump(mode="json", exclude=set(PLAYERS))
        return json.dumps([self.kind, self.url, self.model, options], sort_keys=True)


def parse_spec(text: str, /, **options: Any) -> Spec:
    """Read a spec.

    Args:
        text: one of the three forms, options after a `?`.
        options: the same options by name; they go before those in the text.

    Raises:
        InputError: it is none of the forms, an option is unknown or has a wrong value, or a package that it needs
            is missing.

    >>> spec = parse_spec("http://localhost:8000/v1#qwen?temperature=0.7&max_tokens=512")
    >>> spec.kind, spec.url, spec.model, spec.options.temperature, spec.options.max_tokens
    ('served', 'http://localhost:8000/v1', 'qwen', 0.7, 512)
    """
    kind: Literal["vllm", "served", "langchain", "other"]
    url = None
    scheme = text.partition(":")[0].lower()
    if scheme in ("http", "https"):
        kind = "served"
        url, mark, rest = text.partition("#")
        model, _, query = rest.partition("?")
        if not _is_address(url) or not mark or not model:
            raise InputError(f"a served model is http://host:port/v1#MODEL, got {text!r}")
    elif (own := text.partition("#"))[1] and doors.is_door(own[0]):
        kind, url = "other", own[0]
        model, _, query = own[2].partition("?")
    elif scheme in doors.names("model") and scheme not in ("vllm", "langchain"):
        kind, url = "other", scheme
        model, _, query = text.partition(":")[2].partition("?")
    else:
        prefix, mark, rest = text.partition(":")
        model, _, query = rest.partition("?")
        if not mark or not prefix or not model or "/" in prefix or " " in prefix:
            raise InputError(f"a model is given as {FORMS}; got {text!r}")
        kind = "vllm" if prefix == "vllm" else "langchain"
        model = model if kind == "vllm" else f"{prefix}:{model}"
    spec = Spec(
        kind=kind, model=model, url=url, options=_options(text, kind, {**_query(text, query), **options})
    )
    _installed(spec)
    return spec


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or half of an IPv6 address
        return False


def _query(text: str, query: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise InputError(f"options are name=value joined by '&', got {query!r} in {text!r}") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        outer, dot, inner = name.partition(".")
        if dot and outer in ("template", "extra"):
            found.setdefault(outer, {})[inner] = _value(value)
        elif name == "stop":
            found["stop"] = (*found.get("stop", ()), value)
        elif name in ("template", "extra") or name not in Options.model_fields:
            found[name] = _value(value)
        else:
            found[name] = value
    return found


def _value(text: str) -> Any:
    """The JSON value that `text` spells, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _options(text: str, kind: str, given: dict[str, Any]) -> Options:
    own = [name for name in given if name not in Options.model_fields]
    for name in own:
        near = difflib.get_close_matches(name, Options.model_fields, n=1, cutoff=0.8)
        if kind == "served" or near:
            hint = (
                f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(sorted(Options.model_fields))
            )
            raise InputError(
                f"unknown option of model {text!r}; {hint}",
                key=name,
                remedy="fields for the request body are given as extra.NAME=value"
                if kind == "served"
                else None,
            )
    for name in sorted(SERVED_ONLY & given.keys()):
        if kind != "served":
            raise InputError(f"only a served model (http://...) has this option, {text!r} is none", key=name)
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(
            f"option of model {text!r}: {first['msg']}, got {first['input']!r}",
            key=".".join(str(part) for part in first["loc"]),
        ) from None


def _installed(spec: Spec) -> None:
    needs = {
        "vllm": ("vllm", ("vllm", "json_repair")),
        "served": ("served", ("aiohttp", "json_repair")),
        "langchain": ("langchain", ("langchain", "json_repair")),
        "other": ("served", ("json_repair",)),
    }
    extra, packages = needs[spec.kind]
    for package in packages:
        if find_spec(package) is None:
            raise InputError(
                f"model {spec.model!r} needs {package}, which is not installed",
                remedy=f"pip install 'maieutic[{extra}]'",
            )
    name = spec.options.key_env
    if name is not None and not os.environ.get(name):
        raise InputError(
            f"environment variable {name} should hold the API key for {spec.url} and is not set",
            key="key_env",
        )
