"""How a run stands: figures that add up at every look, in a file that is always whole."""

import asyncio
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import toy
from rich.console import Console

from maieutic import RunError, Usage
from maieutic.agents import Move, Program
from maieutic.agents.human import Human
from maieutic.agents.models.admission import Gate, Gated, Limits
from maieutic.agents.models.budget import Meter, Price
from maieutic.agents.models.cache import Cached, Store
from maieutic.cli.progress import status_line, status_view
from maieutic.runs import Source, Status, read_status, run
from maieutic.runs.ledger import Ledger
from maieutic.runs.status import Pace, figures_of
from maieutic.scenarios import assemble

TESTS = Path(__file__).parents[1]
SOURCE = Source(toy.WORLD)


class Paid:
    """Answers like a model: each turn is two calls."""

    name = fingerprint = "paid"
    simulated = False

    def __init__(self, pause=0.0):
        self.pause = pause

    async def act(self, turn):
        await asyncio.sleep(self.pause)
        return Move({"text": "7"}, usage=Usage(prompt_tokens=100, completion_tokens=10, calls=2))


def ran(folder, company, n=8, **options):
    seen = []
    ledger = asyncio.run(run(company, SOURCE, folder, n=n, on_status=seen.append, **options))
    return ledger, seen


def adds_up(status):
    return status.asked == status.done + sum(status.dropped.values()) + status.waiting + status.missing


def test_every_look_adds_up_and_the_last_is_in_the_file(tmp_path):
    ledger, seen = ran(tmp_path, assemble(toy.SCENARIO, cast={"student": Paid(0.1)}), n=30, concurrency=4)
    assert len(seen) > 2
    assert all(adds_up(status) for status in seen)
    assert all(0 <= status.in_flight <= min(4, status.missing) for status in seen)
    assert [status.state for status in seen] == ["running"] * (len(seen) - 1) + ["ended"]
    assert any(status.in_flight == 4 for status in seen)
    last = seen[-1]
    assert last == read_status(tmp_path)
    assert (last.done, last.missing, last.in_flight, last.seconds_left) == (30, 0, 0, None)
    assert (last.calls, last.prompt_tokens, last.completion_tokens) == (60, 3000, 300)
    assert last.turns_taken == ledger.turns_taken
    assert last.calls_per_second > 0
    assert last.tokens_per_second == pytest.approx(55 * last.calls_per_second, rel=0.01)
    assert last.stops == {"solved": 30}
    assert (last.cost, last.cache_hits) == (None, None)
    assert set(json.loads((tmp_path / "status.json").read_text())) == set(Status.model_fields)


def test_a_run_gone_on_with_says_what_was_there_and_what_the_journal_gave_back(tmp_path):
    company = assemble(toy.SCENARIO)
    ran(tmp_path, company, n=5)
    _, seen = ran(tmp_path, company, n=9)
    assert seen[-1].found == 5
    assert seen[-1].done == 9
    assert sum(seen[-1].stops.values()) == 9


def test_failures_are_counted_by_what_was_wrong(tmp_path):
    def reply(view):
        raise RuntimeError("dead\n\x1b[31m")

    company = assemble(toy.SCENARIO, cast={"student": Program("bad", {"student.reply": reply})})
    _, seen = ran(tmp_path, company, n=3)
    assert seen[-1].dropped == {"failed": 3}
    ((why, count),) = seen[-1].failures.items()
    assert count == 3
    assert "RuntimeError: dead" in why
    for shown in (status_line(seen[-1]), drawn(seen[-1])):
        assert "\x1b" not in shown
        assert "3 x failed: player broke down: RuntimeError: dead <1b>[31m" in " ".join(shown.split())


def drawn(status):
    screen = io.StringIO()
    Console(file=screen, width=150).print(status_view(status))
    return screen.getvalue()


def test_people_who_are_waited_for_are_neither_missing_nor_in_flight(tmp_path):
    _, seen = ran(tmp_path, assemble(toy.SCENARIO, cast={"student": Human()}), n=3)
    assert (seen[-1].waiting, seen[-1].missing, seen[-1].in_flight) == (3, 0, 0)
    assert "waiting 3" in status_line(seen[-1])


CHILD = """
import asyncio, sys
sys.path[:0] = sys.argv[1:3]
import toy
from pathlib import Path
from test_status import Paid
from maieutic.runs import Source, run
from maieutic.scenarios import assemble
asyncio.run(run(assemble(toy.SCENARIO, cast={"student": Paid(0.3)}), Source(toy.WORLD), Path(sys.argv[3]), n=400, concurrency=2,
    on_start=lambda: print("begun", flush=True)))
"""


def test_the_file_is_whole_whenever_it_is_read_and_a_killed_run_is_called_killed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(TESTS), str(TESTS / "runs"), str(tmp_path / "run")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begun\n"
    states, begun = set(), time.monotonic()
    while time.monotonic() - begun < 1.5:
        try:
            states.add(read_status(tmp_path / "run").state)
        except RunError as error:
            assert "has not begun" in str(error)  # noqa: PT017 - the first look may come after ours
    assert states == {"running"}
    process.kill()
    process.communicate()
    status = read_status(tmp_path / "run")
    assert (status.state, status.in_flight) == ("killed", 0)
    assert adds_up(status)


def test_no_run_no_session_and_a_damaged_file_are_clear(tmp_path):
    with pytest.raises(RunError, match="no run there"):
        read_status(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RunError, match="has not begun"):
        read_status(tmp_path)
    (tmp_path / "status.json").write_text("{")
    with pytest.raises(RunError, match=r"status.json: damaged"):
        read_status(tmp_path)


class Quiet:
    fingerprint, guided = "quiet", True

    async def complete(self, request):
        raise NotImplementedError

    async def close(self):
        pass


def test_cost_and_cache_hits_are_those_of_the_models_each_counted_once(tmp_path):
    meter, store = Meter(), Store(tmp_path / "cache.db")
    gates = [Gate(name, Limits(), meter=meter, price=Price(prompt=2)) for name in ("a", "b")]
    engines = [Cached(Gated(Quiet(), gate), store) for gate in gates]
    meter.spend(Usage(prompt_tokens=1_000_000), Price(prompt=2))
    engines[0].hits, engines[1].misses = 3, 4

    class Plays(Paid):
        def __init__(self, engine):
            self.engine = engine

    cast = {"a": Plays(engines[0]), "b": Plays(engines[1]), "c": Plays(engines[0]), "d": Paid()}
    assert figures_of(cast) == {"cost": 2.0, "cache_hits": 3, "cache_misses": 4}
    assert figures_of({"d": Paid()}) == {}
    store.close()
    pace = Pace(Ledger(1), "toy", lambda: figures_of(cast))
    status = pace.look("running")
    assert (status.cost, status.cache_hits, status.cache_misses) == (2.0, 3, 4)
    assert "cost 2" in status_line(status)
    assert "3 of 7 calls in the cache" in status_line(status)
