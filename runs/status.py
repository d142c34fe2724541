"""Status: how a run stands, as figures: for a terminal while it runs, and for machines in `status.json` in the run folder.

Knows nothing of how episodes are played; it looks at the ledger every half second. The file is replaced as a whole, so a
reader never sees half of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from maieutic import Frozen, RunError
from maieutic.agents import Agent
from maieutic.runs.ledger import Ledger

FILE = "status.json"
EVERY = 0.5  # seconds between two looks
WINDOW = 30.0  # seconds over which rates are taken


class Status(Frozen):
    """How a run stands. Counts of episodes are those of the run folder, all others those of this process's session.

    Attributes:
        version: of this form.
        state: `running`; `draining` after an interrupt; `ended` in good order; `killed`: it says that it is running, but no
            process is.
        scenario: its name.
        asked, done, dropped, waiting, missing: the ledger; asked = done + the sum of dropped + waiting + missing.
        in_flight: episodes being played; among those missing.
        found: episodes that were there when the session began.
        stops: stop reason -> episodes.
        failures: what players broke down of or answered wrongly -> episodes; the commonest, of this session.
        turns_taken, turns_found: turns that were paid for, and turns that the journal gave back.
        calls, prompt_tokens, completion_tokens: of models, as the turns say.
        cache_hits, cache_misses: calls that the reply cache answered or not; None where there is no such cache.
        cost: in the currency of the models' prices; None where no model is paid for.
        seconds: since the session began.
        turns_per_second, calls_per_second, tokens_per_second: over the last half minute.
        seconds_left: to the end of what is missing, at the pace of this session; None while that cannot be said.
        stopped: why the run ended before its tasks did, where no interrupt ended it.
        process: id of the process.
        started, updated: seconds since 1970.
    """

    version: Literal[1] = 1
    state: Literal["running", "draining", "ended", "killed"]
    scenario: str
    asked: int
    done: int
    dropped: dict[str, int]
    waiting: int
    missing: int
    in_flight: int
    found: int
    stops: dict[str, int]
    failures: dict[str, int]
    turns_taken: int
    turns_found: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cache_hits: int | None
    cache_misses: int | None
    cost: float | None
    seconds: float
    turns_per_second: float
    calls_per_second: float
    tokens_per_second: float
    seconds_left: float | None
    stopped: str | None
    process: int
    started: float
    updated: float


Figures = Mapping[str, float]


def figures_of(cast: Mapping[str, Agent]) -> dict[str, float]:
    """What the models of a cast have spent and found in their caches: `cost`, `cache_hits`, `cache_misses`, where they have
    any."""
    engines = {}
    for agent in cast.values():
        engine = getattr(agent, "engine", None)
        while engine is not None:
            engines[id(engine)] = engine
            engine = getattr(engine, "engine", None)
    found: dict[str, float] = {}
    meters = {}
    for engine in engines.values():
        if hasattr(engine, "hits") and hasattr(engine, "misses"):
            found["cache_hits"] = found.get("cache_hits", 0) + engine.hits
            found["cache_misses"] = found.get("cache_misses", 0) + engine.misses
        meter = getattr(getattr(engine, "gate", None), "meter", None)
        if meter is not None:
            meters[id(meter)] = meter
    money = sum(meter.money for meter in meters.values())
    return found | ({"cost": money} if money else {})


class Pace:
    """Figures of a session over time.

    Args:
        ledger: what is counted.
        scenario: name of the scenario.
        figures: what models spent, asked at each look.
    """

    def __init__(
        self, ledger: Ledger, scenario: str, figures: Callable[[], Figures] = dict[str, float]
    ) -> None:
        self._ledger, self._scenario, self._figures = ledger, scenario, figures
        self._started, self._clock = time.time(), time.monotonic()
        self._over = ledger.over
        self._samples = deque([(self._clock, 0, 0, 0)])

    def look(self, state: Literal["running", "draining", "ended"]) -> Status:
        """The figures now."""
        ledger, now = self._ledger, time.monotonic()
        tokens = ledger.usage.prompt_tokens + ledger.usage.completion_tokens
        self._samples.append((now, ledger.turns_taken, ledger.usage.calls, tokens))
        while len(self._samples) > 2 and now - self._samples[1][0] > WINDOW:
            self._samples.popleft()
        then = self._samples[0]
        span = max(now - then[0], 1e-9)
        seconds, played = now - self._clock, ledger.over - self._over
        left = seconds * ledger.missing / played if played and state == "running" else None
        figures = self._figures()
        hits, misses = figures.get("cache_hits"), figures.get("cache_misses")
        return Status(
            state=state,
            scenario=self._scenario,
            asked=ledger.asked,
            done=ledger.done,
            dropped=dict(sorted(ledger.dropped.items())),
            waiting=ledger.waiting,
            missing=ledger.missing,
            in_flight=ledger.playing,
            found=ledger.found,
            stops=dict(sorted(ledger.stops.items())),
            failures=dict(ledger.failures.most_common(5)),
            turns_taken=ledger.turns_taken,
            turns_found=ledger.turns_found,
            calls=ledger.usage.calls,
            prompt_tokens=ledger.usage.prompt_tokens,
            completion_tokens=ledger.usage.completion_tokens,
            cache_hits=None if hits is None else int(hits),
            cache_misses=None if misses is None else int(misses),
            cost=figures.get("cost"),
            seconds=round(seconds, 3),
            turns_per_second=round((ledger.turns_taken - then[1]) / span, 3),
            calls_per_second=round((ledger.usage.calls - then[2]) / span, 3),
            tokens_per_second=round((tokens - then[3]) / span, 3),
            seconds_left=None if left is None else round(left, 1),
            stopped=ledger.stopped,
            process=os.getpid(),
            started=round(self._started, 3),
            updated=round(time.time(), 3),
        )


@asynccontextmanager
async def reported(
    pace: Pace, folder: Path, draining: asyncio.Event, tell: Callable[[Status], None]
) -> AsyncIterator[None]:
    """While inside, and once at the end: look every half second, tell, and keep the status in the run folder."""

    def look(state: Literal["running", "draining", "ended"]) -> None:
        status = pace.look(state)
        with suppress(OSError):  # a full disk is the journal's to report: it cannot go on, and says so
            replace_file(folder / FILE, status.model_dump_json(indent=1) + "\n")
        tell(status)

    async def watch() -> None:
        while True:
            look("draining" if draining.is_set() else "running")
            await asyncio.sleep(EVERY)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        look("ended")


def read_status(folder: Path) -> Status:
    """How a run stands, or stood when it was last left.

    Raises:
        RunError: no run there, none that was ever begun, or the file is damaged.
    """
    file = folder / FILE
    try:
        status = Status.model_validate_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "has not begun" if (folder / "run.json").exists() else "no run there"
        raise RunError(f"{folder}: {what} (no {FILE}); see `maieutic run --help`") from None
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RunError(f"{file}: damaged ({first['msg']}); the next session writes it anew") from None
    if status.state in ("running", "draining") and not in_use(folder):
        return status.model_copy(update={"state": "killed", "in_flight": 0, "seconds_left": None})
    return status


def in_use(folder: Path) -> bool:
    """Whether a process is running the run of that folder."""
    try:
        with open(folder / "lock", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def replace_file(file: Path, text: str) -> None:
    """Write a small file as a whole: who reads it sees what was there before, or all of what is there now.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    draft = file.with_name(f"{file.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)
