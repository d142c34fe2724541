"""Scale: episodes of ten turns with every turn durable, beside what they could cost at best and what a user would do.

    python benchmarks/scale.py                     # 1,000 and 10,000 episodes
    python benchmarks/scale.py 1000 10000 100000

Side by side in one process, on one core: the same players in a plain asyncio loop (the floor), in bare LangGraph
(no log, no guard), ours (guard, log, journal), and in LangGraph with its AsyncSqliteSaver. Then ours at each size:
time, memory and bytes must not grow with it. Ratios are what to read; absolute figures move with the machine.
"""

from __future__ import annotations

import asyncio
import operator
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
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
from maieutic.runs import Journal, Source, run
from maieutic.scenarios import Paper, Parameters, Scenario, assemble
from maieutic.worlds import World

ROUNDS = 5
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


async def crowd(make: Callable[[str], Awaitable[Any]], n: int, at_once: int = 64) -> float:
    """Seconds of CPU and waiting an episode."""
    names = iter(range(n))

    async def work() -> None:
        for name in names:
            await make(f"e{name}")

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return (time.perf_counter() - begun) / n


async def peers(n: int) -> dict[str, float]:
    seconds = {"plain asyncio (floor)": await crowd(plain, n)}
    compiled = _bare().compile()
    start = lambda name: {"history": [], "name": name}
    seconds["bare LangGraph"] = await crowd(
        lambda name: compiled.ainvoke(start(name), {"recursion_limit": 50}), n
    )
    company = assemble(TEN_TURNS)
    task = TEN_TURNS.world.generate
    seconds["ours, nothing kept"] = await crowd(lambda name: company.play(task(0, int(name[1:])), 1), n)
    seconds["ours, every turn durable"] = await ours(n)
    try:
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    except ImportError:
        print("AsyncSqliteSaver left out: pip install langgraph-checkpoint-sqlite")
        return seconds
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncSqliteSaver.from_conn_string(f"{folder}/saver.db") as saver:
            saved = _bare().compile(checkpointer=saver)
            few = max(1, n // 10)
            seconds["LangGraph with AsyncSqliteSaver"] = await crowd(
                lambda name: saved.ainvoke(
                    start(name), {"recursion_limit": 50, "configurable": {"thread_id": name}}
                ),
                few,
            )
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            print(f"AsyncSqliteSaver: {size / few / 2 / ROUNDS:,.0f} bytes a turn")
    return seconds


async def ours(n: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        await run(assemble(TEN_TURNS), Source(TEN_TURNS.world), Path(folder) / "run", n=n)
        return (time.perf_counter() - begun) / n


def grow(sizes: list[int]) -> None:
    print(
        f"\n{'episodes':>9} {'ms each':>8} {'turns/s':>8} {'peak MB':>8} {'bytes/turn':>10} {'resume s':>8}"
    )
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            child = os.fork()
            if not child:  # a process of its own, so that its peak memory is its own
                _one(n, Path(folder) / "run")
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:
                sys.exit(f"the run of {n} episodes failed")


def _one(n: int, folder: Path) -> None:
    company, source = assemble(TEN_TURNS), Source(TEN_TURNS.world)
    begun = time.perf_counter()
    ledger = asyncio.run(run(company, source, folder, n=n))
    took = time.perf_counter() - begun
    assert ledger.done == ledger.asked == n, ledger
    with Journal(folder) as journal:
        turns = journal.turns()
    size = sum(file.stat().st_size for file in folder.iterdir())
    first: list[float] = []
    begun = time.perf_counter()
    asyncio.run(
        run(company, source, folder, n=n + 1, on_episode=lambda *_: first.append(time.perf_counter() - begun))
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n:>9,} {took / n * 1e3:>8.2f} {turns / took:>8,.0f} {peak:>8.0f} {size / turns:>10.0f} {first[0]:>8.2f}",
        flush=True,
    )


if __name__ == "__main__":
    print(machine())
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for everybody
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or [1000, 10_000]
    found = asyncio.run(peers(600))
    bare = found["bare LangGraph"]
    print(
        f"\n{'ten turns, one core':<34} {'ms/episode':>10} {'episodes/s':>10} {'share of bare LangGraph':>24}"
    )
    for name, seconds in found.items():
        print(f"{name:<34} {seconds * 1e3:>10.2f} {1 / seconds:>10,.0f} {bare / seconds:>24.2f}")
    grow(sizes)
