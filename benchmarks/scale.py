"""Scale: episodes of ten turns with every turn durable, beside what they could cost at best and what a user would do.

    python benchmarks/scale.py                     # the peers, then 1,000 and 10,000 episodes
    python benchmarks/scale.py 1000 10000 100000

Side by side in one process, on one core, in rounds that take turns: the same players in a plain asyncio loop (the floor),
in bare LangGraph (no log, no guard), ours with nothing kept (guard, log), by LangGraph's scheduler and walked from seat to
seat (graphs/walk.py, what is done unless somebody watches or pauses), ours with every turn durable (journal), and in
LangGraph with its AsyncSqliteSaver. Python's garbage collector is told to come as seldom for all of them as a run of ours
tells it; two rows leave LangGraph as it comes, since that is what a user would otherwise have, and the last column but one
is read beside it. Then ours with two worker processes on two cores. Then ours at each size, in a process
of its own: time, memory and bytes must not grow with it. Ratios are what to read; absolute figures move with the machine.
"""

from __future__ import annotations

import asyncio
import operator
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from machine import machine

from maieutic import Stop, Task, rng
from maieutic.agents import Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.graphs import Ask, Graph, Offer, State, dialogue, transcript
from maieutic.roles import Answer, Role
from maieutic.runs import Crew, Journal, Ledger, Recipe, Source, run
from maieutic.runs.playing import rarer_collections
from maieutic.runs.processes import processes
from maieutic.scenarios import Paper, Parameters, Scenario, assemble
from maieutic.worlds import World

ROUNDS = 5
LIMIT = {"recursion_limit": 50}
WORDS = ["why", "how", "then", "because", "twelve", "of", "the", "apples", "left", "over", "each", "day"]


class Line(Answer):
    text: str


ASK = Role("teacher.ask", ("question", "history"), Line)
REPLY = Role("student.reply", ("question", "history"), Line)


class Speaker(Person):
    """Says twelve words drawn by the turn's seed, and remembers how often it spoke."""

    async def act(self, turn: Turn) -> Move:
        spoken = int((turn.memory or {}).get("spoken", 0))  # type: ignore[arg-type]
        chance = rng(turn.seed)
        return Move({"text": " ".join(chance.choices(WORDS, k=12))}, {"spoken": spoken + 1})


def graph(_: Parameters) -> Graph:
    def offer(state: State) -> list[Offer]:
        head = state["notes"].get("head")
        return [Offer(head, {"history": transcript(state["events"], head)[-4:] if head else []})]

    return dialogue(
        speak={"ask": Ask(ASK, offer)}, listen=Ask(REPLY, offer), decide=lambda state: "ask", turns=ROUNDS
    )


TEN_TURNS: Scenario[Any] = Scenario(
    name="ten-turns",
    summary="ten turns of talk",
    paper=Paper("none", 2026, "this benchmark"),
    world=World(
        "none",
        "",
        lambda seed, index: Task(id=f"task:{index}", world="none", fields={"question": f"{index}?"}),
        (),
    ),
    parameters=Parameters,
    roles=(ASK, REPLY),
    graph=graph,
    cast=lambda _: {"teacher": Speaker(), "student": Speaker()},
    needs=lambda _: ("question",),
    score=lambda episode: {"solved": float(episode.stop is Stop.SOLVED)},
)


# what the same talk costs without us


async def _say(chance_of: str, index: int) -> str:
    return " ".join(rng(chance_of, index).choices(WORDS, k=12))


async def plain(name: str) -> None:
    history: list[str] = []
    for index in range(2 * ROUNDS):
        history.append(await _say(name, index))


class _Talk(TypedDict):
    history: Annotated[list[str], operator.add]
    name: str


def _bare() -> StateGraph[Any]:
    def node(other: str) -> Callable[[_Talk], Awaitable[Command[str]]]:
        async def speak(state: _Talk) -> Command[str]:
            said = await _say(state["name"], len(state["history"]))
            over = len(state["history"]) + 1 == 2 * ROUNDS
            return Command(goto=END if over else other, update={"history": [said]})

        return speak

    bare = StateGraph(_Talk)
    bare.add_node("teacher", node("student"), destinations=("student", END))
    bare.add_node("student", node("teacher"), destinations=("teacher", END))
    bare.add_edge(START, "teacher")
    return bare


async def crowd(make: Callable[[str], Awaitable[Any]], n: int, mark: str, at_once: int = 64) -> None:
    """Play `n` episodes, `at_once` of them side by side."""
    names = iter(range(n))

    async def work() -> None:
        for name in names:
            await make(f"{mark}:{name}")

    await asyncio.gather(*(work() for _ in range(at_once)))


async def floor(n: int, mark: str) -> None:
    await crowd(plain, n, mark)


async def bare(n: int, mark: str) -> None:
    compiled = _bare().compile()
    await crowd(lambda name: compiled.ainvoke({"history": [], "name": name}, LIMIT), n, mark)


async def kept_nowhere(n: int, mark: str) -> None:
    company, task = assemble(TEN_TURNS), TEN_TURNS.world.generate
    await crowd(lambda name: company.play(task(0, int(name.rpartition(":")[2])), 1), n, mark)


async def scheduled(n: int, mark: str) -> None:
    company, task = assemble(TEN_TURNS), TEN_TURNS.world.generate
    await crowd(lambda name: company.play(task(0, int(name.rpartition(":")[2])), 1, config={}), n, mark)


async def durable(n: int, mark: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(await run(assemble(TEN_TURNS), Source(TEN_TURNS.world), Path(folder) / "run", n=n), n)


async def saved(n: int, mark: str) -> None:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    with tempfile.TemporaryDirectory() as folder:
        async with AsyncSqliteSaver.from_conn_string(f"{folder}/saver.db") as saver:
            compiled = _bare().compile(checkpointer=saver)
            await crowd(
                lambda name: compiled.ainvoke(
                    {"history": [], "name": name}, {**LIMIT, "configurable": {"thread_id": name}}
                ),
                n,
                mark,
            )


def check(ledger: Ledger, n: int) -> None:
    """The ledger adds up: asked = done + dropped by reason, and here nothing is dropped."""
    assert ledger.asked == n == ledger.done + sum(ledger.dropped.values()), ledger
    assert (ledger.missing, ledger.dropped) == (0, {}), ledger


BARE, SAVER, AS_IT_COMES = "bare LangGraph", "LangGraph with AsyncSqliteSaver", ", as it comes"
FLOOR, SCHEDULED, WALKED = (
    "plain asyncio (floor)",
    "ours by LangGraph's scheduler, nothing kept",
    "ours, nothing kept",
)
DURABLE = "ours, every turn durable"
PEERS: dict[str, tuple[Callable[[int, str], Awaitable[None]], int]] = {  # episodes a round
    FLOOR: (floor, 200),
    BARE: (bare, 200),
    BARE + AS_IT_COMES: (bare, 200),
    SCHEDULED: (scheduled, 200),
    WALKED: (kept_nowhere, 200),
    DURABLE: (durable, 200),
    SAVER: (saved, 64),
    SAVER + AS_IT_COMES: (saved, 64),
}


def peers(rounds: int) -> dict[str, tuple[float, float]]:
    """Seconds and seconds of processor time an episode: the medians over rounds that take turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in PEERS}
    for number in range(rounds):
        for name, (play, n) in PEERS.items():
            with nullcontext() if name.endswith(AS_IT_COMES) else rarer_collections():
                wall, work = time.perf_counter(), time.process_time()
                asyncio.run(play(n, str(number)))
                found[name].append(((time.perf_counter() - wall) / n, (time.process_time() - work) / n))
    half = lambda values: statistics.median(values)
    return {name: (half([w for w, _ in them]), half([c for _, c in them])) for name, them in found.items()}


def two_cores(n: int) -> float:
    """Seconds an episode with two worker processes, from when both are at work."""
    recipe = Recipe(scenario=f"{Path(__file__).resolve()}:TEN_TURNS")
    company = recipe.company()
    ready: list[tuple[float, int]] = []
    over = [0]

    def said(what: str, _: Mapping[str, Any]) -> None:
        if what == "ready":
            ready.append((time.perf_counter(), over[0]))

    def ended(ledger: Ledger, _: Any) -> None:
        over[0] = ledger.over

    with tempfile.TemporaryDirectory() as folder:
        crew = Crew(processes(recipe), 2, say=said)
        source = Source(TEN_TURNS.world)
        check(asyncio.run(run(company, source, Path(folder) / "run", n=n, crew=crew, on_episode=ended)), n)
        begun, before = ready[1]
        return (time.perf_counter() - begun) / (n - before)


def one(n: int, folder: Path) -> None:
    """A run of `n` episodes, and how long one that is longer by one takes to its first new turn; in one line."""
    company, source = assemble(TEN_TURNS), Source(TEN_TURNS.world)
    begun, work = time.perf_counter(), time.process_time()
    check(asyncio.run(run(company, source, folder, n=n)), n)
    took, work = time.perf_counter() - begun, time.process_time() - work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with Journal(folder) as journal:
        turns = journal.turns()
    size = sum(file.stat().st_size for file in folder.iterdir())
    first: list[float] = []
    begun = time.perf_counter()
    told = lambda *_: first.append(time.perf_counter() - begun)  # a whole episode: later than its first turn
    check(asyncio.run(run(company, source, folder, n=n + 1, on_episode=told)), n + 1)
    print(
        f"{n:>9,} {took / n * 1e3:>8.2f} {work / n * 1e3:>8.2f} {turns / took:>8,.0f} {peak:>8.0f} "
        f"{size / turns:>10.1f} {first[0]:>8.2f}",
        flush=True,
    )


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        with tempfile.TemporaryDirectory() as folder:
            one(int(sys.argv[2]), Path(folder) / "run")
        return
    print(machine("langgraph-checkpoint-sqlite"))
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or [1000, 10_000]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # one core for everybody
    found = peers(5)
    os.sched_setaffinity(0, cores)
    if len(cores) > 1:
        found["ours, durable, two workers"] = (two_cores(1500), float("nan"))
    floor_of, saver = found[BARE], found[SAVER + AS_IT_COMES]
    print(
        f"\n{'ten turns, one core':<46} {'ms/episode':>10} {'cpu ms':>8} {'episodes/s':>10} {'of bare LangGraph':>18} "
        f"{'by cpu':>7} {'x AsyncSqliteSaver':>18} {'by cpu':>7}"
    )
    for name, (wall, work) in found.items():
        print(
            f"{name:<46} {wall * 1e3:>10.2f} {work * 1e3:>8.2f} {1 / wall:>10,.0f} {floor_of[0] / wall:>18.2f} "
            f"{floor_of[1] / work:>7.2f} {saver[0] / wall:>18.1f} {saver[1] / work:>7.1f}"
        )
    floored, walked, whole = (found[name][1] for name in (FLOOR, WALKED, DURABLE))
    shares = {"players": floored, "walk and seats": walked - floored, "journal": whole - walked}
    print(
        "shares of ours, durable: " + ", ".join(f"{name} {part / whole:.0%}" for name, part in shares.items())
    )
    more = found[SCHEDULED][1] - walked
    print(f"LangGraph's scheduler, where somebody watches, adds {more / whole:.0%} of that")
    print(
        f"\n{'episodes':>9} {'ms each':>8} {'cpu ms':>8} {'turns/s':>8} {'peak MB':>8} {'bytes/turn':>10} {'resume s':>8}",
        flush=True,
    )
    for n in sizes:  # each in a process of its own, so that its peak memory is its own
        subprocess.run([sys.executable, __file__, "one", str(n)], check=True)


if __name__ == "__main__":
    main()
