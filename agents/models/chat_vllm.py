"""Chat vLLM: a LangChain chat model over the same AsyncLLM that the engine uses.

Knows nothing of roles or seats; it is for those who build with LangChain beside our graphs. Calls that do not stream
get the finished output only, which is what makes them cheap.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from queue import SimpleQueue
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCall
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from pydantic import BaseModel, Field, JsonValue, PrivateAttr

from maieutic import InputError
from maieutic.agents.models.engine import Choice
from maieutic.agents.models.messages import schema_of
from maieutic.agents.models.vllm import check_options, read_output
from maieutic.agents.models.vllm_host import Host, host

SAMPLING = ("temperature", "top_p", "top_k", "min_p", "max_tokens", "stop", "seed", "n", "logprobs")
END = object()


class ChatVllm(BaseChatModel):
    """A chat model run by vLLM in this process; models with equal `model` and `options` share one engine.

    Every sampling field, `priority`, `template` and `schema_` can also be given by call or with `bind`.

    Attributes:
        model: path or id.
        options: vLLM's engine arguments; `reasoning_parser` keeps reasoning apart from the text, as
            `additional_kwargs["reasoning_content"]` and a reasoning block.
        temperature, top_p, top_k, min_p, max_tokens, stop, seed, n: sampling; None leaves it to the model. With
            `generate`, all n samples of one request come back as generations.
        logprobs: rivals of each written token; they come in `response_metadata["logprobs"]`, as OpenAI's.
        priority: lower is served first.
        template: arguments of the chat template.
        schema_: JSON Schema that the text must follow.
        tool_parser: vLLM's name for the form in which the model writes tool calls of its own choice.
    """

    model: str
    options: dict[str, JsonValue] = Field(default_factory=dict)
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    seed: int | None = None
    n: int = 1
    logprobs: int | None = None
    priority: int = 0
    template: dict[str, JsonValue] = Field(default_factory=dict)
    schema_: dict[str, Any] | None = None
    tool_parser: str | None = None
    disable_streaming: bool | Literal["tool_calling"] = "tool_calling"

    _host: Host = PrivateAttr()
    _open: bool = PrivateAttr(False)

    def model_post_init(self, context: Any, /) -> None:
        """Check the options; nothing is loaded before the first call."""
        check_options(self.model, self.options)
        self._host = host(self.model, self.options)

    @property
    def _llm_type(self) -> str:
        return "maieutic-vllm"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = (*SAMPLING, "template", "schema_")
        return {"model": self.model, "options": self.options} | {name: getattr(self, name) for name in names}

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        spent = [output["token_usage"] for output in llm_outputs if output]
        names = ("input_tokens", "output_tokens", "total_tokens")
        return {
            "token_usage": {name: sum(one[name] for one in spent) for name in names},
            "model_name": self.model,
        }

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked, call = self._call(messages, stop, kwargs)
        output = self._entered().submit(self._host.finished(**call)).result()
        return self._result(output, asked)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked, call = self._call(messages, stop, kwargs)
        output = await self._entered().ask(**call)
        return self._result(output, asked)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        queue: SimpleQueue[Any] = SimpleQueue()
        asked, call = self._call(messages, stop, kwargs)
        work = self._entered().submit(self._pour(call, asked, queue.put))
        try:
            while (item := queue.get()) is not END:
                if run_manager is not None:
                    run_manager.on_llm_new_token(item.text, chunk=item)
                yield item
            work.result()
        finally:
            work.cancel()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[Any]()
        asked, call = self._call(messages, stop, kwargs)

        def put(item: Any) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        work = self._entered().submit(self._pour(call, asked, put))
        try:
            while (item := await queue.get()) is not END:
                if run_manager is not None:
                    await run_manager.on_llm_new_token(item.text, chunk=item)
                yield item
            await asyncio.wrap_future(work)
        finally:
            work.cancel()

    async def _pour(self, call: dict[str, Any], asked: Mapping[str, Any], put: Callable[[Any], None]) -> None:
        """Within the engine's loop: put each piece of a streamed reply, and a mark at the end."""
        written: int = 0
        text, ids = "", list[int]()
        try:
            reader = None
            async for output in self._host.outputs(**call, stream=True):
                if written == 0:
                    reader = self._host.reader(asked["template"])
                one = output.outputs[0]
                before, old, new = text, list(ids), list(one.token_ids)
                text, ids = text + one.text, ids + new
                said: str | None = one.text
                thought: str | None = None
                if reader is not None:
                    piece = reader[0].extract_reasoning_streaming(before, text, one.text, old, ids, new)
                    said, thought = (piece.content, piece.reasoning) if piece is not None else (None, None)
                usage = UsageMetadata(
                    input_tokens=0 if written else len(output.prompt_token_ids or ()),
                    output_tokens=len(new),
                    total_tokens=len(new) + (0 if written else len(output.prompt_token_ids or ())),
                )
                written += len(new)
                meta = (
                    {"finish_reason": one.finish_reason, "model_name": self.model}
                    if one.finish_reason
                    else {}
                )
                message = AIMessageChunk(
                    content=said or "",
                    additional_kwargs={"reasoning_content": thought} if thought else {},
                    response_metadata=meta,
                    usage_metadata=usage,
                    chunk_position="last" if one.finish_reason else None,
                )
                put(ChatGenerationChunk(message=message))
        finally:
            put(END)

    def _entered(self) -> Host:
        if not self._open:
            self._open = True
            self._host.enter()
        return self._host

    def close(self) -> None:
        """Stop the engine, unless others use it; a later call starts it again."""
        if self._open:
            self._open = False
            self._host.leave()

    def _call(
        self, messages: list[BaseMessage], stop: list[str] | None, given: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is asked, by our names, and the arguments of the host's call."""
        known = {*SAMPLING, "priority", "template", "schema_", "tools", "tool_choice"}
        unknown = sorted(given.keys() - known - {"ls_structured_output_format"})
        if unknown:
            raise InputError(
                f"a vLLM call has no setting {unknown[0]!r}", remedy=f"it has {', '.join(sorted(known))}"
            )
        own = {name: getattr(self, name) for name in known - {"tools", "tool_choice"}}
        asked = own | {name: value for name, value in given.items() if name in known and value is not None}
        if stop:
            asked["stop"] = stop
        asked["template"] = {**self.template, **(given.get("template") or {})}
        if asked.get("tools") and asked.get("tool_choice") not in (None, "auto", "none"):
            asked["schema_"] = _call_schema(asked["tools"], asked["tool_choice"])
        sampling = {name: asked[name] for name in SAMPLING} | {"schema": asked["schema_"]}
        told = convert_to_openai_messages(messages)
        return asked, {
            "messages": told,
            "sampling": sampling,
            "priority": asked["priority"],
            "template": asked["template"],
            "tools": asked.get("tools"),
        }

    def _result(self, output: Any, asked: Mapping[str, Any]) -> ChatResult:
        reply = read_output(output, self.model, self._host.reader(asked["template"]))
        spent = reply.usage
        total = UsageMetadata(
            input_tokens=spent.prompt_tokens,
            output_tokens=spent.completion_tokens,
            total_tokens=spent.prompt_tokens + spent.completion_tokens,
        )
        messages = [self._message(choice, asked) for choice in reply.choices]
        messages[0].usage_metadata = total  # of the whole request, so that sums over generations are right
        return ChatResult(
            generations=[ChatGeneration(message=message) for message in messages],
            llm_output={"token_usage": dict(total), "model_name": self.model},
        )

    def _message(self, choice: Choice, asked: Mapping[str, Any]) -> AIMessage:
        meta: dict[str, Any] = {"finish_reason": choice.finish, "model_name": self.model}
        if choice.tokens:
            meta["logprobs"] = {
                "content": [
                    {
                        "token": token.token,
                        "logprob": token.logprob,
                        "top_logprobs": [
                            {"token": name, "logprob": chance} for name, chance in token.top.items()
                        ],
                    }
                    for token in choice.tokens
                ]
            }
        text, calls = self._tool_calls(choice.text, asked)
        return AIMessage(
            content=text,
            tool_calls=calls,
            additional_kwargs={"reasoning_content": choice.reasoning} if choice.reasoning else {},
            response_metadata=meta,
        )

    def _tool_calls(self, text: str, asked: Mapping[str, Any]) -> tuple[str, list[ToolCall]]:
        tools, choice = asked.get("tools"), asked.get("tool_choice")
        if not tools or choice == "none":
            return text, []
        if choice not in (None, "auto"):
            try:
                call = json.loads(text)
            except ValueError:  # cut at the token limit
                return text, []
            return "", [ToolCall(name=call["name"], args=call["arguments"], id="call-0")]
        from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
        from vllm.tool_parsers import ToolParserManager

        told = ChatCompletionRequest(messages=[], model=self.model, tools=tools)
        parser = ToolParserManager.get_tool_parser(self.tool_parser)(self._host.tokenizer, told.tools)
        found = parser.extract_tool_calls(text, told)
        calls = []
        for place, call in enumerate(found.tool_calls):
            try:
                arguments = json.loads(call.function.arguments)
            except ValueError:  # not JSON: it stays in the text, for the caller to judge
                return text, []
            calls.append(ToolCall(name=call.function.name, args=arguments, id=f"call-{place}"))
        return (found.content or "", calls) if calls else (text, [])

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Give the model tools.

        Args:
            tools: as LangChain takes them; they reach the chat template as OpenAI's.
            tool_choice: `any` or a tool's name has the model write one call, by guided decoding; None or `auto`
                leaves it to the model, and needs `tool_parser`.
            kwargs: further settings of the call.

        Raises:
            InputError: a choice that cannot be made.
        """
        given = [convert_to_openai_tool(tool) for tool in tools]
        names = [tool["function"]["name"] for tool in given]
        if tool_choice in (None, "auto") and self.tool_parser is None:
            raise InputError(
                "to find tool calls in the model's own words its form must be known",
                key="tool_parser",
                remedy="give ChatVllm(tool_parser=...) by vLLM's name, or tool_choice='any'",
            )
        if tool_choice not in (None, "auto", "none", "any", "required", *names):
            raise InputError(
                f"tool_choice {tool_choice!r} is no tool; there are {', '.join(names)}", key="tool_choice"
            )
        return self.bind(tools=given, tool_choice=tool_choice, **kwargs)

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Have every answer follow a schema, by guided decoding.

        Args:
            schema: JSON Schema, TypedDict or pydantic class; of the last, answers are instances.
            include_raw: give `raw`, `parsed` and `parsing_error` in a dict, and never raise for an answer.
            kwargs: further settings of the call.

        An answer that was cut at its token limit is an error, never mended; see `maieutic.agents.models.bounded`.
        """
        guide: dict[str, Any]
        read: Callable[[str], Any]
        if isinstance(schema, type) and issubclass(schema, BaseModel):
            guide, read = schema_of(schema), schema.model_validate_json
        else:
            guide, read = convert_to_json_schema(schema), json.loads
        model = self.bind(schema_=guide, **kwargs)
        parser: Runnable[Any, Any] = RunnableLambda(lambda message: read(message.text))
        if not include_raw:
            return model | parser
        parsed = RunnablePassthrough.assign(
            parsed=lambda both: read(both["raw"].text), parsing_error=lambda both: None
        )
        failed = RunnablePassthrough.assign(parsed=lambda both: None)
        both: Runnable[LanguageModelInput, Any] = RunnableMap(raw=model) | parsed.with_fallbacks(
            [failed], exception_key="parsing_error"
        )
        return both


def _call_schema(tools: Sequence[Mapping[str, Any]], choice: str) -> dict[str, Any]:
    """The form of one tool call."""
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": tool["function"]["name"]},
                "arguments": tool["function"].get("parameters") or {"type": "object", "properties": {}},
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in tools
        if choice in ("any", "required", tool["function"]["name"])
    ]
    return calls[0] if len(calls) == 1 else {"anyOf": calls}
