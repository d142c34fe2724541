"""Spans: episodes as OpenTelemetry traces under the GenAI semantic conventions, to any OTLP end point. Needs the extra `otel`.

Knows nothing of how episodes are played: it reads what is kept. One trace an episode (`invoke_workflow`), one span a turn
(`invoke_agent`), linked to the turn that it answers. Trace and span ids are digests of the episode's id, its cast and the
turn's id, so that the same episode has the same ids whenever it is sent. Attributes outside the conventions begin with
`maieutic.`; words are sent on request only, as the conventions want it.

Names as in github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-agent-spans.md (in development).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from maieutic import Episode, Event, InputError, RunError, __version__, digest, seed_of
from maieutic.graphs import BROKE
from maieutic.runs import Journal
from maieutic.runs.news import Known, follow, known

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.sdk.trace.id_generator import IdGenerator
    from opentelemetry.trace import (
        Link,
        Span,
        SpanContext,
        SpanKind,
        Status,
        StatusCode,
        TraceFlags,
        set_span_in_context,
    )
except ModuleNotFoundError as error:
    raise InputError(
        f"sending spans needs {error.name}, which is not installed", remedy="pip install 'maieutic[otel]'"
    ) from None

Times = Mapping[
    str, tuple[float, float]
]  # event id -> when it ended (seconds since 1970), how long it took (seconds)

BATCH = 512  # spans of one request
_PROVIDERS = {  # LangChain's names of providers -> well-known values of gen_ai.provider.name
    "openai": "openai",
    "azure_openai": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "anthropic": "anthropic",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai",
    "groq": "groq",
    "ibm": "ibm.watsonx.ai",
    "mistralai": "mistral_ai",
    "perplexity": "perplexity",
    "xai": "x_ai",
}


def trace_id(episode: Episode) -> int:
    """The id of an episode's trace: 128 bits that follow from its id and its cast."""
    name = digest("trace", episode.id, episode.cast) + digest("trace, continued", episode.id, episode.cast)
    return int(name[:32], 16) or 1


def span_id(episode: Episode, turn: str) -> int:
    """The id of a turn's span, or of the episode's own for its id: 64 bits."""
    return int(digest("span", trace_id(episode), turn)[:16], 16) or 1


class _Ids(IdGenerator):
    """Gives out the ids that it was told, which is how OpenTelemetry lets them be chosen."""

    trace = span = 1

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class _Kept(SpanProcessor):
    """Keeps the spans that have ended until they are sent: none is lost for want of room."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


class Sender:
    """Sends episodes to an OTLP end point, over HTTP.

    Args:
        endpoint: its address, such as `http://localhost:4318`; None takes what the environment says
            (`OTEL_EXPORTER_OTLP_ENDPOINT` and its like, headers too).
        content: whether to send what was said.
        exporter: in place of OTLP's own.
    """

    def __init__(
        self, endpoint: str | None = None, *, content: bool = False, exporter: SpanExporter | None = None
    ) -> None:
        own = Resource.create({"service.name": "maieutic", "service.version": __version__})
        self._exporter = exporter or OTLPSpanExporter(endpoint=_address(endpoint))
        self._ids, self._kept, self._content = _Ids(), _Kept(), content
        self._provider = TracerProvider(
            id_generator=self._ids,
            resource=own.merge(OTELResourceDetector().detect()),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(self._kept)
        self._tracer = self._provider.get_tracer("maieutic", __version__)
        self.sent = 0  # spans that the end point has taken

    def add(self, place: int, episode: Episode, times: Times) -> None:
        """Make the spans of an episode, and send those that fill a request.

        Raises:
            RunError: the end point takes none.
        """
        begun = [ended - took for ended, took in times.values()]
        first = _nanoseconds(min(begun, default=0.0))
        last = _nanoseconds(max((ended for ended, _ in times.values()), default=0.0))
        self._ids.trace, self._ids.span = trace_id(episode), span_id(episode, episode.id)
        root = self._tracer.start_span(
            f"invoke_workflow {episode.scenario}",
            attributes=_of_episode(place, episode),
            kind=SpanKind.INTERNAL,
            start_time=first,
        )
        turns = {event.id for event in episode.events}
        for event in episode.events:
            ended, took = times.get(event.id, (last / 1e9, 0.0))
            self._turn(root, episode, event, turns, ended, took)
        if episode.failure is not None:
            root.set_attribute("error.type", _error(episode.failure))
            root.set_status(Status(StatusCode.ERROR, episode.failure if self._content else None))
        root.end(end_time=last)
        while len(self._kept.spans) >= BATCH:
            self._send()

    def _turn(
        self,
        root: Span,
        episode: Episode,
        event: Event,
        turns: AbstractSet[str],
        ended: float,
        took: float,
    ) -> None:
        self._ids.span = span_id(episode, event.id)
        attributes = _of_turn(episode, event)
        if self._content:
            attributes |= _words(event)
        links = []
        if event.parent in turns:
            above = SpanContext(
                trace_id(episode), span_id(episode, event.parent), False, TraceFlags(TraceFlags.SAMPLED)
            )
            links = [Link(above, {"maieutic.link": "answers"})]
        span = self._tracer.start_span(
            f"invoke_agent {event.seat}",
            context=set_span_in_context(root),
            attributes=attributes,
            links=links,
            kind=SpanKind.INTERNAL,
            start_time=_nanoseconds(ended - took),
        )
        if event.invalid is not None:
            span.set_attribute("error.type", _error(event.invalid))
            span.set_status(Status(StatusCode.ERROR, event.invalid if self._content else None))
        span.end(end_time=_nanoseconds(ended))

    def _send(self) -> None:
        batch, self._kept.spans = self._kept.spans[:BATCH], self._kept.spans[BATCH:]
        if batch and self._exporter.export(batch) is not SpanExportResult.SUCCESS:
            raise RunError(
                f"the OTLP end point took none of {len(batch)} spans; see that a collector listens there, over HTTP"
            )
        self.sent += len(batch)

    def flush(self) -> None:
        """Send what is left.

        Raises:
            RunError: the end point takes none.
        """
        while self._kept.spans:
            self._send()

    def close(self) -> None:
        """Let go of the connection; what was not flushed is not sent."""
        self._provider.shutdown()
        self._exporter.shutdown()


def send_run(folder: Path, sender: Sender, places: Iterable[int] | None = None) -> int:
    """Send the episodes of a run that have ended.

    Args:
        folder: the run folder.
        sender: where to.
        places: of the episodes; None sends all.

    Returns:
        How many episodes were sent.

    Raises:
        RunError: no run there, or the end point takes none.
    """
    count = 0
    with Journal(folder) as journal:
        for place, episode in journal.episodes() if places is None else journal.some(places):
            sender.add(place, episode, journal.times(place))
            count += 1
    sender.flush()
    return count


@dataclass
class Live:
    """While inside, the episodes of a run are sent as they end, from a thread of its own; the run notices nothing.

    Attributes:
        folder: the run folder, which may be still to be made.
        sender: where to; closed at the end.
        problem: why sending has been given up, None where it has not.
    """

    folder: Path
    sender: Sender
    problem: str | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _before: Known = frozenset()

    def __enter__(self) -> Self:
        self._before = known(self.folder)
        self._thread = threading.Thread(target=self._work, name="spans", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self.sender.close()

    def _work(self) -> None:
        try:
            run = self.folder / "run.json"
            while not run.exists():
                if self._over.wait(0.05) and not run.exists():
                    return  # the run ended before it began
            for news in follow(self.folder, before=self._before, turns=False, over=self._over.is_set):
                if news is None:
                    self.sender.flush()
                elif news.episode is not None:
                    with Journal(self.folder) as journal:
                        times = journal.times(news.place)
                    self.sender.add(news.place, news.episode, times)
        except Exception as error:  # noqa: BLE001 - whatever becomes of the spans, the run goes on
            self.problem = f"{error}" if isinstance(error, RunError) else f"{type(error).__name__}: {error}"


def _address(endpoint: str | None) -> str | None:
    """The whole address for traces: `/v1/traces` is put where only the end point's own is given."""
    if endpoint is None:
        return None
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"expected http://host:port, got {endpoint!r}", key="--otlp")
    return endpoint.rstrip("/") + "/v1/traces" if parts.path in ("", "/") else endpoint


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000) * 1000  # the journal keeps microseconds


def _of_episode(place: int, episode: Episode) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": episode.scenario,
        "gen_ai.conversation.id": episode.id,
        "maieutic.place": place,
        "maieutic.task": episode.task.id,
        "maieutic.seed": str(episode.seed),
        "maieutic.stop": episode.stop.value,
        **{f"maieutic.score.{name}": value for name, value in episode.scores.items()},
    }


def _of_turn(episode: Episode, event: Event) -> dict[str, Any]:
    seed, usage = seed_of(episode.seed, event.id), event.usage
    fingerprint = episode.cast.get(event.seat, event.agent)
    found: dict[str, Any] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "maieutic",
        "gen_ai.agent.name": event.seat,
        "gen_ai.agent.id": fingerprint,
        "gen_ai.conversation.id": episode.id,
        "maieutic.turn": event.id,
        "maieutic.role": event.role,
        "maieutic.index": event.index,
        "maieutic.player": event.agent,
    }
    if usage.calls:
        found |= {
            "gen_ai.provider.name": provider(fingerprint),
            "gen_ai.request.model": event.agent.rpartition(":")[2],
            "gen_ai.request.seed": seed,
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
            "maieutic.calls": usage.calls,
        }
    verdicts = {name: value for name, value in event.answer.items() if isinstance(value, bool | int | float)}
    return found | {f"maieutic.answer.{name}": value for name, value in verdicts.items()}


def provider(fingerprint: str) -> str:
    """The value of `gen_ai.provider.name` for a player that is a model.

    >>> provider("langchain:mistralai:large:0a"), provider("vllm-0.32:llama:0a"), provider("served:http://a/v1#m:0a")
    ('mistral_ai', 'vllm', 'openai')
    """
    kind, _, rest = fingerprint.partition(":")
    kind = kind.partition("-")[0]  # vLLM's has its version
    if kind == "langchain":
        name = rest.partition(":")[0]
        return _PROVIDERS.get(name, name)
    return "openai" if kind == "served" else kind  # servers are spoken to in OpenAI's form


def _words(event: Event) -> dict[str, Any]:
    """What was said, in the conventions' form of output messages."""
    text = event.answer.get("text")
    said = text if isinstance(text, str) else json.dumps(event.answer, ensure_ascii=False, sort_keys=True)
    if event.invalid is not None:
        said = event.raw or ""
    message = {
        "role": "assistant",
        "parts": [{"type": "text", "content": said}],
        "finish_reason": "stop" if event.invalid is None else "error",
    }
    found = {"gen_ai.output.messages": json.dumps([message], ensure_ascii=False)}
    if event.private:
        found["maieutic.private"] = json.dumps(event.private, ensure_ascii=False, sort_keys=True)
    return found


def _error(said: str) -> str:
    """A class of error of which there are few."""
    if said.startswith(BROKE):
        return said.removeprefix(BROKE).partition(":")[0].strip() or "_OTHER"
    return "bad_answer"
