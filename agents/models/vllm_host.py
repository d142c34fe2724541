"""vLLM host: one AsyncLLM for a model and its options in this process, for all who use it, from any event loop.

Knows nothing of requests' meaning. The engine core is a process of its own; when it dies, the calls in flight fail as
from a dead server, and the next call starts it anew. vLLM is imported when the first call needs it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from pydantic import JsonValue

from maieutic import Frozen
from maieutic.agents.models.admission import Fault
from maieutic.agents.models.engine import EngineError

T = TypeVar("T")

DEFAULTS: dict[str, Any] = {
    "enable_prefix_caching": True,  # siblings of a tree and votes of a judge share their prompts
    "scheduling_policy": "priority",  # deep episodes first
    "disable_log_stats": True,  # of vLLM's own; ours are kept all the same
    # xgrammar, vLLM's first choice, has no \n and no \" in a string of bounded length, and lets raw control
    # characters through; guidance writes all of JSON and nothing else
    "structured_outputs_config": {"backend": "guidance", "disable_any_whitespace": True},
}
STARTS = 3  # of the engine in a row without an answer, after which it is given up


class Metrics(Frozen):
    """What vLLM's scheduler last said, and its counts since the engine was first started.

    Attributes:
        waiting, running: requests in its queue, and in its batch.
        cache_use: share of the key-value cache that is taken.
        queried, hit: prompt tokens looked up in the prefix cache, and found there.
        requests: that looked.
    """

    waiting: int = 0
    running: int = 0
    cache_use: float = 0.0
    queried: int = 0
    hit: int = 0
    requests: int = 0

    @property
    def hit_rate(self) -> float:
        """Share of the prompt tokens that were in the prefix cache; 0 before any was looked up."""
        return self.hit / self.queried if self.queried else 0.0


class Host:
    """One AsyncLLM, in an event loop and thread of its own, so that callers may come from any loop or none.

    Args:
        model: path or id.
        options: vLLM's engine arguments, over `DEFAULTS`.
    """

    def __init__(self, model: str, options: Mapping[str, Any]) -> None:
        self.model, self.options = model, dict(options)
        self.metrics = Metrics()
        self.starts = 0  # of the engine, since the first user came
        self._vain = 0  # starts since the last answer
        self._llm: Any = None
        self._own: dict[str, Any] = {}  # the model's own sampling
        self._hopeless: EngineError | None = None  # the first start failed: so would the next
        self._users = 0
        self._number = itertools.count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._starting: asyncio.Lock | None = None

    def enter(self) -> None:
        """Count one more user."""
        with self._guard:
            self._users += 1

    def leave(self) -> None:
        """Count one user less; the last one stops the engine, its processes and its thread. Blocks while it does."""
        with self._guard:
            self._users = max(0, self._users - 1)
            loop, thread = self._loop, self._thread
            if self._users or loop is None or thread is None:
                return
            self._loop = self._thread = self._hopeless = None
        self._vain = self.starts = 0
        asyncio.run_coroutine_threadsafe(self._stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Have `work` done in the engine's loop."""
        with self._guard:
            if self._loop is None:
                self._loop, self._starting = asyncio.new_event_loop(), asyncio.Lock()
                self._thread = threading.Thread(target=self._loop.run_forever, name="vllm", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def start(self) -> None:
        """Start the engine, unless it runs."""
        await asyncio.wrap_future(self.submit(self._engine()))

    async def ask(self, *args: Any, **settings: Any) -> Any:
        """The finished `RequestOutput` for a conversation; see `outputs`."""
        return await asyncio.wrap_future(self.submit(self.finished(*args, **settings)))

    async def finished(self, *args: Any, **settings: Any) -> Any:
        """As `ask`, within the engine's loop."""
        last = None
        async for output in self.outputs(*args, **settings):
            last = output
        return last

    async def outputs(
        self,
        messages: Sequence[Mapping[str, JsonValue]],
        sampling: Mapping[str, Any],
        *,
        priority: int = 0,
        template: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        stream: bool = False,
    ) -> AsyncIterator[Any]:
        """vLLM's `RequestOutput`s for a conversation, within the engine's loop: one at the end, or one a step.

        Args:
            messages: OpenAI message dicts.
            sampling: over the model's own defaults, by vLLM's names; `schema` is a JSON Schema to follow.
            priority: lower is served first.
            template: arguments of the chat template.
            tools: OpenAI tool descriptions, given to the chat template.
            stream: whether to give what is new at each step.

        Raises:
            Fault: the engine died, or the request failed in it.
            EngineError: the request cannot be served, or the engine cannot be started.
        """
        llm = await self._engine()
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        settings = {name: value for name, value in sampling.items() if value is not None}
        schema = settings.pop("schema", None)
        if schema is not None:
            settings["structured_outputs"] = StructuredOutputsParams(json=schema)
        arguments = {"add_generation_prompt": True, **(template or {})}
        if tools:
            arguments["tools"] = [dict(tool) for tool in tools]
        with _told_apart(self.model):
            params = SamplingParams(
                **(self._own | settings),
                output_kind=RequestOutputKind.DELTA if stream else RequestOutputKind.FINAL_ONLY,
            )
            prompt, room = await _prompt(llm, messages, arguments)
            params.max_tokens = room if params.max_tokens is None else min(room, params.max_tokens)
            name, thinking = f"maieutic-{next(self._number)}", {}
            reader = self.reader(template)
            if reader is not None:
                thinking["reasoning_parser_kwargs"] = {"chat_template_kwargs": dict(template or {})}
                params.skip_special_tokens = reader[1].skip_special_tokens
            async for output in llm.generate(prompt, params, name, priority=priority, **thinking):
                self._vain = 0
                yield output

    async def rewards(self) -> bool:
        """Whether the model gives numbers instead of text, as vLLM tells by its architecture or its option `runner`."""
        llm = await asyncio.wrap_future(self.submit(self._engine()))
        return str(llm.model_config.runner_type) == "pooling"

    async def reward(
        self,
        messages: Sequence[Mapping[str, JsonValue]],
        *,
        priority: int = 0,
        template: Mapping[str, Any] | None = None,
    ) -> tuple[float, int]:
        """The number that a reward model gives a conversation, as it stands, and how many tokens it read.

        Raises:
            Fault: the engine died, or the request failed in it.
            EngineError: the request cannot be served, or the model gives several numbers.
        """
        return await asyncio.wrap_future(self.submit(self._reward(messages, priority, template or {})))

    async def _reward(
        self, messages: Sequence[Mapping[str, JsonValue]], priority: int, template: Mapping[str, Any]
    ) -> tuple[float, int]:
        llm = await self._engine()
        from vllm import PoolingParams

        # as it was trained: the whole conversation, nobody being about to answer, and no activation over the number
        with _told_apart(self.model):
            prompt, _ = await _prompt(llm, messages, {"add_generation_prompt": False, **template})
            params = PoolingParams(task="classify", use_activation=False)
            name, last = f"maieutic-{next(self._number)}", None
            async for output in llm.encode(prompt, params, name, priority=priority):
                last = output
        self._vain = 0
        assert last is not None
        numbers = [float(one) for one in last.outputs.data.flatten()]
        if len(numbers) != 1:
            raise EngineError(f"{self.model} gives {len(numbers)} numbers, no reward", temporary=False)
        return numbers[0], len(last.prompt_token_ids or ())

    async def _engine(self) -> Any:
        assert self._starting is not None
        async with self._starting:
            if self._llm is not None and not self._llm.errored:
                return self._llm
            if self._hopeless is not None:
                raise self._hopeless
            if self._vain >= STARTS:
                raise EngineError(
                    f"the vLLM engine of {self.model} died {self._vain} times without an answer in between; its own "
                    "words stand in the log",
                    temporary=False,
                )
            await self._stop()
            self.starts, self._vain = self.starts + 1, self._vain + 1
            try:
                self._llm = self._start()
                # it is read from a file each time it is asked for
                self._own = {"max_tokens": None, **self._llm.model_config.get_diff_sampling_param()}
            except Exception as error:
                said = f"vLLM could not start with {self.model} ({type(error).__name__}: {error})"
                failed = EngineError(f"{said[:1000]}; its own words stand above", temporary=self.starts > 1)
                if self.starts == 1:
                    self._hopeless = failed
                raise failed from error
            return self._llm

    def reader(self, template: Mapping[str, Any] | None) -> tuple[Any, Any] | None:
        """A new parser of reasoning and the request it is shown, where the option `reasoning_parser` names one.

        Within the engine's loop, once the engine runs.
        """
        name = self.options.get("reasoning_parser")
        if not name:
            return None
        from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
        from vllm.reasoning import ReasoningParserManager

        kind = ReasoningParserManager.get_reasoning_parser(str(name))
        parser = kind(self._llm.renderer.get_tokenizer(), chat_template_kwargs=dict(template or {}))
        return parser, parser.adjust_request(ChatCompletionRequest(messages=[], model=self.model))

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, once the engine runs."""
        return self._llm.renderer.get_tokenizer()

    def _start(self) -> Any:
        from vllm.config import StructuredOutputsConfig
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.platforms import current_platform
        from vllm.v1.engine.async_llm import AsyncLLM
        from vllm.v1.metrics.loggers import StatLoggerBase

        host = self

        class Listener(StatLoggerBase):  # type: ignore[misc]  # vLLM is away where types are checked
            def __init__(self, vllm_config: Any, engine_index: int = 0) -> None: ...

            def log_engine_initialized(self) -> None: ...

            def record(self, scheduler_stats: Any, iteration_stats: Any, *rest: Any, **others: Any) -> None:
                if scheduler_stats is not None:
                    host.metrics = _counted(host.metrics, scheduler_stats)

        options = {**DEFAULTS, **self.options, "model": self.model}
        if current_platform.is_cpu():
            # there a prompt taken in pieces kills vLLM 0.32 if it has a seed: "CPU Generator does not use offset"
            options.setdefault("enable_chunked_prefill", False)
        if isinstance(options["structured_outputs_config"], dict):
            options["structured_outputs_config"] = StructuredOutputsConfig(
                **options["structured_outputs_config"]
            )
        return AsyncLLM.from_engine_args(AsyncEngineArgs(**options), stat_loggers=[Listener])

    async def _stop(self) -> None:
        llm, self._llm = self._llm, None
        if llm is not None:
            handler = llm.output_handler
            llm.shutdown()
            if handler is not None:
                await asyncio.gather(handler, return_exceptions=True)
            await _end_context(llm)
        self.metrics = self.metrics.model_copy(update={"waiting": 0, "running": 0, "cache_use": 0.0})


@contextmanager
def _told_apart(model: str) -> Iterator[None]:
    """What vLLM raises inside, as faults that trying again can mend and errors that it cannot."""
    from vllm.exceptions import GracefulHTTPError, VLLMClientError, VLLMServerError
    from vllm.v1.engine.exceptions import EngineDeadError

    try:
        yield
    except EngineDeadError as error:
        raise Fault(f"the vLLM engine of {model} died: {error}", kind="dead") from None
    except GracefulHTTPError as error:
        raise Fault(f"vLLM: {error}", kind="busy") from None
    except VLLMServerError as error:
        raise Fault(f"vLLM: {error or error.__cause__!r}") from None
    except (VLLMClientError, ValueError, TypeError) as error:
        raise EngineError(f"vLLM: {error}", temporary=False) from None


async def _prompt(
    llm: Any, messages: Sequence[Mapping[str, JsonValue]], arguments: Mapping[str, Any]
) -> tuple[Any, int]:
    """A conversation as vLLM's prompt, and the tokens that its context has left.

    Raises:
        EngineError: none is left.
    """
    from vllm.renderers.params import ChatParams

    told = [dict(message) for message in messages]
    _, (prompt,) = await llm.renderer.render_chat_async(
        [told], ChatParams(chat_template_kwargs=dict(arguments))
    )
    taken, context = len(prompt["prompt_token_ids"]), int(llm.model_config.max_model_len)
    if taken >= context:
        raise EngineError(
            f"the prompt of {taken} tokens fills the context of {context}",
            temporary=False,
        )
    return prompt, context - taken


async def _end_context(llm: Any) -> None:
    """End the ZeroMQ context that vLLM leaves open, with its threads; it waits for its sockets, and we only so long."""
    resources = getattr(getattr(llm, "engine_core", None), "resources", None)
    context = getattr(resources, "ctx", None)
    if context is None:
        return
    ending = threading.Thread(target=context.term, daemon=True)
    ending.start()
    for _ in range(100):
        if not ending.is_alive():
            return
        await asyncio.sleep(0.02)


def _counted(before: Metrics, stats: Any) -> Metrics:
    prefix = stats.prefix_cache_stats
    return Metrics(
        waiting=stats.num_waiting_reqs + getattr(stats, "num_skipped_waiting_reqs", 0),
        running=stats.num_running_reqs,
        cache_use=stats.kv_cache_usage,
        queried=before.queried + prefix.queries,
        hit=before.hit + prefix.hits,
        requests=before.requests + prefix.requests,
    )


@cache
def _host(model: str, options: str) -> Host:
    return Host(model, json.loads(options))


def host(model: str, options: Mapping[str, JsonValue]) -> Host:
    """The one host of this process for a model and its options: its weights are in memory once."""
    return _host(model, json.dumps(dict(options), sort_keys=True))
