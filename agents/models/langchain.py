"""LangChain: any LangChain chat model as an engine.

Knows nothing of roles. The model makes one attempt a call, its own retries are off where we open it; what it raises
is read by its HTTP status, which every provider's errors carry.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, convert_to_messages
from pydantic import JsonValue

from maieutic import InputError, StopRun, Usage, seed_of
from maieutic.agents.models.admission import Fault
from maieutic.agents.models.engine import Choice, EngineError, Finish, Reply, Request
from maieutic.agents.models.served import BUSY, DENIED, clean, token_chances, wait_seconds

OWN_RETRIES = frozenset(  # providers whose model classes retry by themselves unless told not to
    {"anthropic", "azure_openai", "deepseek", "fireworks", "google_genai", "groq", "mistralai", "openai"}
    | {"openrouter", "together", "xai"}
)
CUT = frozenset({"length", "max_tokens", "model_length"})
REFUSED = frozenset({"content_filter", "refusal", "safety", "prohibited_content", "blocklist", "recitation"})
ENDS: dict[str, Finish] = {
    "LengthFinishReasonError": "length",
    "ContentFilterFinishReasonError": "refused",
}


class LangChain:
    """A LangChain chat model behind the engine protocol.

    Args:
        model: the chat model.
        name: what it is called in fingerprints.
        guided: whether its structured output is used; None: where its class has one.
        identity: stands in the fingerprint in place of the name.
    """

    def __init__(
        self, model: BaseChatModel, name: str, *, guided: bool | None = None, identity: str | None = None
    ) -> None:
        self.model, self._name = model, identity or name
        if guided is None:
            guided = type(model).with_structured_output is not BaseChatModel.with_structured_output
        self.guided = guided

    @property
    def fingerprint(self) -> str:
        """Name, and whether it is guided."""
        return f"langchain:{self._name}{'' if self.guided else ':free'}"

    async def complete(self, request: Request) -> Reply:
        """Make one attempt; several choices are several calls.

        Raises:
            Fault: trying again can help.
            EngineError: it cannot.
        """
        if request.n == 1:
            return await self._one(request, request.seed)
        replies = await asyncio.gather(
            *(
                self._one(request, seed_of(request.seed, place) if place else request.seed)
                for place in range(request.n)
            )
        )
        return Reply(
            choices=tuple(choice for reply in replies for choice in reply.choices),
            usage=sum((reply.usage for reply in replies), Usage()),
            model=replies[0].model,
        )

    async def _one(self, request: Request, seed: int) -> Reply:
        model, settings = self._set(request, seed)
        told = convert_to_messages(list(request.messages))
        parsed: Any = None
        try:
            if request.schema_ and self.guided and "enum" not in request.schema_:  # it knows objects only
                schema = {"title": "answer", **request.schema_}
                asked = model.with_structured_output(schema, include_raw=True, **settings)
                both = await asked.ainvoke(told)
                message, parsed = (both["raw"], both["parsed"]) if isinstance(both, dict) else (None, both)
            else:
                message = await model.ainvoke(told, **settings)
        except (Fault, asyncio.CancelledError):
            raise
        except Exception as error:
            if (ended := ENDS.get(type(error).__name__)) is not None:
                return self._read_end(error, ended)
            raise _read_error(error) from error
        if not isinstance(message, AIMessage):
            raise EngineError(f"{self._name} gave no message but {type(message).__name__}", temporary=False)
        return self._read(message, parsed)

    def _set(self, request: Request, seed: int) -> tuple[BaseChatModel, dict[str, Any]]:
        """The model with the request's sampling: in its own fields where it has them, else as call arguments.

        A model without a field for the seed is not given one.
        """
        fields = type(self.model).model_fields
        names = ("max_tokens", "num_predict", "max_output_tokens", "max_new_tokens")
        limit = next((name for name in names if name in fields), "max_tokens")
        wanted: dict[str, Any] = {
            "temperature": request.temperature,
            "top_p": request.top_p,
            "top_k": request.top_k,
            limit: request.max_tokens,
            "stop": list(request.stop) or None,
        }
        if "seed" in fields:
            wanted["seed"] = seed
        if request.logprobs and "logprobs" in fields:
            wanted |= {"logprobs": True, "top_logprobs": request.logprobs}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        own = {name: value for name, value in wanted.items() if name in fields}
        settings = {name: value for name, value in wanted.items() if name not in fields and name != "top_k"}
        return self.model.model_copy(update=own), settings

    def _read_end(self, error: Exception, ended: Finish) -> Reply:
        """What was written, where OpenAI's library makes an error of how a reply ended."""
        completion: Any = getattr(error, "completion", None)
        text = completion.choices[0].message.content if completion is not None else ""
        spent = getattr(completion, "usage", None)
        usage = Usage(
            prompt_tokens=getattr(spent, "prompt_tokens", 0),
            completion_tokens=getattr(spent, "completion_tokens", 0),
            calls=1,
        )
        return Reply(choices=(Choice(text=clean(text or ""), finish=ended),), usage=usage, model=self._name)

    def _read(self, message: AIMessage, parsed: Any) -> Reply:
        text, thoughts = "", []
        for block in message.content_blocks:
            if block["type"] == "text":
                text += block["text"]
            elif block["type"] == "reasoning":
                thoughts.append(str(block.get("reasoning", "")))
        if isinstance(parsed, dict) and not text.strip():
            text = json.dumps(parsed, ensure_ascii=False)  # it came as a tool call
        meta = message.response_metadata
        ended = str(
            meta.get("finish_reason") or meta.get("stop_reason") or meta.get("done_reason") or "stop"
        ).lower()
        finish: Finish = "length" if ended in CUT else "refused" if ended in REFUSED else "stop"
        spent = message.usage_metadata
        return Reply(
            choices=(
                Choice(
                    text=clean(text),
                    finish=finish,
                    reasoning=clean("\n".join(filter(None, thoughts))) or None,
                    tokens=token_chances(meta.get("logprobs")),
                ),
            ),
            usage=Usage(
                prompt_tokens=spent["input_tokens"] if spent else 0,
                completion_tokens=spent["output_tokens"] if spent else 0,
                calls=1,
            ),
            model=str(meta.get("model_name") or meta.get("model") or self._name),
        )

    async def close(self) -> None:
        """Nothing to do: LangChain's models close with the process."""


def open_langchain(
    name: str, options: Mapping[str, JsonValue], *, guided: bool | None = None, identity: str | None = None
) -> LangChain:
    """The engine for `PROVIDER:MODEL`, through LangChain's `init_chat_model`.

    Args:
        name: provider and model.
        options: passed on to the provider's class.
        guided: see `LangChain`.
        identity: see `LangChain`.

    Raises:
        InputError: LangChain or the provider's package is missing, or the provider refuses the options.
    """
    try:
        from langchain.chat_models import init_chat_model
    except ImportError:
        raise InputError(
            f"model {name!r} needs LangChain, which is not installed",
            remedy="pip install 'maieutic[langchain]'",
        ) from None
    provider = name.partition(":")[0]
    settings: dict[str, Any] = {"max_retries": 0} if provider in OWN_RETRIES else {}
    try:
        model = init_chat_model(name, **{**settings, **options})
    except ImportError as error:
        raise InputError(
            f"model {name!r}: {error}",
            remedy=f"install the provider's LangChain package beside pip install 'maieutic[langchain]' "
            f"(provider {provider!r})",
        ) from None
    except Exception as error:  # noqa: BLE001 - each provider has its own kinds of error for a wrong option or key
        said = str(error).strip().splitlines()
        raise InputError(
            f"model {name!r} cannot be opened: {said[0] if said else type(error).__name__}",
            remedy="expected PROVIDER:MODEL as LangChain's init_chat_model takes it, with its key in the environment",
        ) from None
    assert isinstance(model, BaseChatModel)
    changed = json.dumps(dict(options), sort_keys=True, default=str) if options else ""
    return LangChain(model, name + changed, guided=guided, identity=identity)


def _read_error(error: Exception) -> EngineError | StopRun:
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    if status is None and isinstance(getattr(error, "code", None), int):
        status = error.code  # type: ignore[attr-defined]  # Google's errors name it so
    said = f"{type(error).__name__}: {error}"[:500]
    asked = getattr(response, "headers", {}).get("retry-after")
    seconds = None if asked is None else wait_seconds(str(asked))
    if not isinstance(status, int):
        if isinstance(error, OSError | TimeoutError) or "Connect" in said or "Timeout" in said:
            return Fault(said)
        return EngineError(said, temporary=False)
    if status in DENIED:
        return StopRun(f"{said}; mend the model's name, or its API key in the environment")
    if status in BUSY:
        return Fault(said, kind="busy", retry_after=seconds)
    if status >= 500 or status in (408, 409, 425):
        return Fault(said, retry_after=seconds)
    return EngineError(said, temporary=False)
