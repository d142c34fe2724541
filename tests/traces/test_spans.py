"""Episodes as OpenTelemetry traces: an OTLP collector receives them, and they are as the GenAI conventions say."""

import asyncio
import gzip
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hostile_report import ran

pytest.importorskip("opentelemetry.sdk")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.attributes import error_attributes, service_attributes

from maieutic import InputError, Task, Usage, seed_of
from maieutic.agents import BadAnswer, Move
from maieutic.agents.simulated.student import Student
from maieutic.cli import main
from maieutic.runs import Journal
from maieutic.scenarios import catalogue, play
from maieutic.traces.spans import Sender, provider, span_id, trace_id

OWN = "maieutic."
CONVENTION = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")} | {
    error_attributes.ERROR_TYPE
}
MOVED_ON = {  # what the conventions had before, and must not be sent any more
    "gen_ai.system",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.completion_tokens",
}
OF_EPISODES = {"gen_ai.operation.name", "gen_ai.workflow.name", "gen_ai.conversation.id", "error.type"}
OF_TURNS = {  # the table of `invoke_agent`, internal, as far as it can be said of a turn
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.agent.name",
    "gen_ai.agent.id",
    "gen_ai.conversation.id",
    "gen_ai.request.model",
    "gen_ai.request.seed",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.output.messages",
    "error.type",
}


class Collector:
    """An OTLP collector over HTTP: keeps all that is sent to it, as its protocol has it."""

    def __init__(self, status=200):
        self.requests, self.paths, self.headers = [], [], []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.headers["content-type"] == "application/x-protobuf"
                collector.paths.append(self.path)
                if status == 200:
                    collector.requests.append(ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def spans(self):
        return [
            span
            for one in self.requests
            for of in one.resource_spans
            for by in of.scope_spans
            for span in by.spans
        ]

    @property
    def resources(self):
        return [facts(of.resource.attributes) for one in self.requests for of in one.resource_spans]


def facts(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def command(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["maieutic", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def as_convention(span, attributes):
    """Check a span against the tables of the conventions."""
    own = {name for name in attributes if name.startswith(OWN)}
    assert set(attributes) - own <= CONVENTION - MOVED_ON
    assert span.kind == Sent.SPAN_KIND_INTERNAL
    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    assert (span.status.code == Status.STATUS_CODE_ERROR) == ("error.type" in attributes)
    operation = attributes["gen_ai.operation.name"]
    if operation == "invoke_workflow":
        assert span.name == f"invoke_workflow {attributes['gen_ai.workflow.name']}"
        assert set(attributes) - own <= OF_EPISODES
    else:
        assert operation == "invoke_agent"
        assert span.name == f"invoke_agent {attributes['gen_ai.agent.name']}"
        assert attributes["gen_ai.provider.name"]
        assert set(attributes) - own <= OF_TURNS


@pytest.mark.parametrize("scenario", ["socratic-math", "spar"])
def test_a_finished_run_is_one_trace_an_episode_and_one_span_a_turn(tmp_path, monkeypatch, capsys, scenario):
    folder = ran(tmp_path, monkeypatch, scenario, "run", "--n", 6)
    with Collector() as collector:
        assert command(monkeypatch, "spans", folder, "--otlp", collector.url) == 0
    assert set(collector.paths) == {"/v1/traces"}
    traces = {}
    for span in collector.spans:
        traces.setdefault(span.trace_id.hex(), []).append(span)
        as_convention(span, facts(span.attributes))
    assert all(one[service_attributes.SERVICE_NAME] == "maieutic" for one in collector.resources)
    with Journal(folder) as journal:
        episodes = dict(journal.episodes())
        assert len(traces) == len(episodes)
        for place, episode in episodes.items():
            spans = {span.span_id.hex(): span for span in traces[f"{trace_id(episode):032x}"]}
            root = spans.pop(f"{span_id(episode, episode.id):016x}")
            told, times = facts(root.attributes), journal.times(place)
            assert root.parent_span_id == b""
            assert told["maieutic.stop"] == episode.stop
            assert told["gen_ai.conversation.id"] == episode.id
            assert {n: told[f"maieutic.score.{n}"] for n in episode.scores} == pytest.approx(episode.scores)
            assert set(spans) == {f"{span_id(episode, event.id):016x}" for event in episode.events}
            for event in episode.events:
                span = spans[f"{span_id(episode, event.id):016x}"]
                told = facts(span.attributes)
                assert span.parent_span_id == root.span_id
                assert root.start_time_unix_nano <= span.start_time_unix_nano
                assert span.end_time_unix_nano <= root.end_time_unix_nano
                assert span.end_time_unix_nano / 1e9 == pytest.approx(times[event.id][0], abs=1e-5)
                assert (told["maieutic.role"], told["gen_ai.agent.name"]) == (event.role, event.seat)
                assert told["gen_ai.agent.id"] == episode.cast[event.seat]
                assert told["gen_ai.provider.name"] == "maieutic", "no model was asked"
                assert "gen_ai.output.messages" not in told, "words are sent on request only"
                above = [link.span_id.hex() for link in span.links]
                known = event.parent != episode.id
                assert above == ([f"{span_id(episode, event.parent):016x}"] if known else [])


def test_the_same_episode_has_the_same_ids_whenever_it_is_sent_and_another_cast_others(
    tmp_path, monkeypatch, capsys
):
    names = []
    for out, more in (("one", ()), ("two", ()), ("other", ("--cast", "teacher=simulated:misread=0.5"))):
        folder = ran(tmp_path, monkeypatch, "socratic-math", out, "--n", 3, *more)
        with Collector() as collector:
            assert command(monkeypatch, "spans", folder, "--otlp", f"{collector.url}/v1/traces") == 0
        names.append({(span.trace_id, span.span_id) for span in collector.spans})
    assert names[0] == names[1]
    assert not {trace for trace, _ in names[0]} & {trace for trace, _ in names[2]}


def test_a_live_run_sends_each_episode_as_it_ends_and_a_resumed_one_only_new_ones(
    tmp_path, monkeypatch, capsys
):
    with Collector() as collector:
        folder = ran(tmp_path, monkeypatch, "socratic-math", "run", "--n", 8, "--otlp", collector.url)
        first = {span.trace_id for span in collector.spans}
        assert len(first) == 8
        ran(tmp_path, monkeypatch, "socratic-math", "run", "--n", 12, "--otlp", collector.url)
    with Journal(folder) as journal:
        assert len(collector.spans) == sum(1 + len(one.events) for _, one in journal.episodes())
        assert {span.trace_id for span in collector.spans} == {
            trace_id(one).to_bytes(16) for _, one in journal.episodes()
        }
    sent = [span.span_id for span in collector.spans]
    assert len(sent) == len(set(sent)), "nothing is sent twice"


SLOW = """
import asyncio
from maieutic.agents.simulated.student import Student


class Slow(Student):
    async def act(self, turn):
        await asyncio.sleep(0.1)
        return await super().act(turn)
"""


def test_spans_arrive_while_the_run_goes_on_workers_included(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    with Collector() as collector:
        told = [
            "run",
            "socratic-math",
            "--n",
            "20",
            "-j",
            "2",
            "-w",
            "2",
            "--out",
            "live",
            "--otlp",
            collector.url,
        ]
        run = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from maieutic.cli import main; main()",
                *told,
                "--cast",
                "student=slow.py:Slow",
            ],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        seen = set()
        while run.poll() is None:
            seen.add(len({span.trace_id for span in collector.spans}))
            time.sleep(0.1)
        assert run.returncode == 0, run.stderr.read()
        run.stderr.close()
        assert len({span.trace_id for span in collector.spans}) == 20
    assert len(seen) > 2, "they came bit by bit"


def test_a_dead_or_unwilling_collector_stops_no_run_and_is_told(tmp_path, monkeypatch, capsys):
    with Collector(status=400) as collector:
        folder = ran(tmp_path, monkeypatch, "socratic-math", "run", "--n", 3, "--otlp", collector.url)
        assert "spans were not sent" in capsys.readouterr().err
        with Journal(folder) as journal:
            assert journal.ended() == 3
        assert command(monkeypatch, "spans", folder, "--otlp", collector.url) == 2
    assert "took none of" in capsys.readouterr().err
    assert command(monkeypatch, "spans", folder, "--otlp", "localhost") == 2
    assert "expected http://host:port" in capsys.readouterr().err


class Costly(Student):
    """A student who costs what a model would, and breaks down or answers badly now and then."""

    async def act(self, turn):
        if turn.memory is not None:
            raise TimeoutError("no answer")
        move = await super().act(turn)
        return Move(
            move.answer, move.memory, Usage(prompt_tokens=30, completion_tokens=7, calls=2), raw="said"
        )


class Mumbler(Student):
    async def act(self, turn):
        raise BadAnswer("mumbled", raw="mmm", usage=Usage(calls=1))


def sent_by(student, **options):
    """The spans of one episode that this student played in."""
    scenario = catalogue.load("socratic-math")
    episode = asyncio.run(play(scenario, scenario.world.generate(0, 1), seed=1, cast={"student": student}))
    with Collector() as collector:
        sender = Sender(collector.url, **options)
        sender.add(0, episode, {event.id: (1e9 + n, 0.5) for n, event in enumerate(episode.events)})
        sender.flush()
        sender.close()
    for span in collector.spans:
        as_convention(span, facts(span.attributes))
    return episode, [facts(span.attributes) for span in collector.spans]


def test_a_models_turns_say_model_provider_seed_tokens_and_errors():
    episode, spans = sent_by(Costly())
    first = next(one for one in spans if one.get("gen_ai.agent.name") == "student")
    assert (first["gen_ai.usage.input_tokens"], first["gen_ai.usage.output_tokens"]) == (30, 7)
    assert first["gen_ai.request.seed"] == seed_of(episode.seed, episode.events[0].id)
    assert first["gen_ai.request.model"] == episode.events[0].agent
    wrong = [one["error.type"] for one in spans if "error.type" in one]
    assert wrong == ["TimeoutError"] * 2, "of the turn and of the episode"
    _, spans = sent_by(Mumbler())
    assert {one["error.type"] for one in spans if "error.type" in one} == {"bad_answer"}


def test_words_are_sent_on_request_in_the_form_of_output_messages():
    episode, spans = sent_by(Student(), content=True)
    turns = {one["maieutic.turn"]: one for one in spans if "maieutic.turn" in one}
    for event in episode.events:
        (message,) = json.loads(turns[event.id]["gen_ai.output.messages"])
        assert message["role"] == "assistant"
        assert message["finish_reason"] == "stop"
        (part,) = message["parts"]
        assert part["type"] == "text"
        assert event.answer.get("text", part["content"]) == part["content"]


def test_providers_are_the_conventions_own_where_they_have_a_name():
    known = {one.value for one in gen_ai_attributes.GenAiProviderNameValues}
    from maieutic.traces.spans import _PROVIDERS

    assert set(_PROVIDERS.values()) <= known
    assert provider("served:http://a/v1#m:0a") in known
    assert provider("langchain:nobody:m:0a") == "nobody"


def test_an_episode_without_a_turn_is_a_trace_of_one_span():
    episode, _ = sent_by(Student())
    bare = episode.model_copy(update={"events": (), "task": Task(id="t", world="", fields={})})
    with Collector() as collector:
        sender = Sender(collector.url)
        sender.add(0, bare, {})
        sender.flush()
        sender.close()
    assert len(collector.spans) == 1


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "maieutic.traces.spans")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(InputError, match=r"maieutic\[otel\]"):
        __import__("maieutic.traces.spans")
