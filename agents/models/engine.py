"""Engine: the one seam between a player and a language model. A request goes in, a reply comes out.

Knows nothing of roles, episodes or JSON answers. A new model back end is one file with one class that has
`complete`; retries, admission and transport are its own affair.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Protocol

from pydantic import JsonValue, SkipValidation

from maieutic import Frozen, Usage, digest

Finish = Literal["stop", "length", "refused", "other"]


class Request(Frozen):
    """What is asked of a model.

    Attributes:
        messages: OpenAI message dicts (`role`, `content`; content may be a list of parts).
        seed: of this request.
        schema_: JSON Schema that each choice must follow, or None for free text. An engine that cannot force it
            says so by `guided`, and the caller puts the schema in words.
        temperature, top_p, top_k, max_tokens, stop: sampling; None leaves it to the model.
        n: choices wanted, in one request.
        logprobs: top log-probabilities wanted for each token written; 0 for none.
        priority: lower is served first where the engine knows priorities (deep episodes first).
        template: arguments for the chat template, such as switching reasoning on or off.
    """

    messages: SkipValidation[tuple[dict[str, JsonValue], ...]]
    seed: int
    schema_: SkipValidation[dict[str, Any] | None] = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    logprobs: int = 0
    priority: int = 0
    template: SkipValidation[dict[str, JsonValue]] = {}

    @cached_property
    def digest(self) -> str:
        """Digest of all that would change the reply: all but `priority`, which changes only when it comes."""
        return digest({name: getattr(self, name) for name in Request.model_fields if name != "priority"})

    @cached_property
    def keys(self) -> dict[str, str]:
        """Engine's fingerprint -> name of this request to it, once known."""
        return {}


class TokenChance(Frozen):
    """One written token with its log-probability, and those of its rivals."""

    token: str
    logprob: float
    top: dict[str, float] = {}


class Choice(Frozen):
    """One of the texts of a reply; `length` is a verdict (cut at the token limit), not an error."""

    text: str
    finish: Finish
    reasoning: str | None = None
    tokens: tuple[TokenChance, ...] = ()


class Reply(Frozen):
    """What a model gave. `usage` counts the prompt once, however many choices there are."""

    choices: tuple[Choice, ...]
    usage: Usage
    model: str


class Engine(Protocol):
    """A language model behind any transport."""

    @property
    def fingerprint(self) -> str:
        """Model identity, weights and engine options: all beside the request that would change a reply."""

    @property
    def guided(self) -> bool:
        """Whether `schema_` is enforced while decoding."""

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            EngineError: no reply could be had; says whether trying again later can help.
        """

    async def close(self) -> None:
        """Let go of connections, processes and memory."""


class EngineError(Exception):
    """A model gave no reply.

    Args:
        problem: what happened, with the server's own words where it had any.
        temporary: whether the same request may succeed later (a dead server, a time-out), or never will (a bad
            request, a context that is too long).
    """

    def __init__(self, problem: str, *, temporary: bool) -> None:
        super().__init__(problem)
        self.temporary = temporary
