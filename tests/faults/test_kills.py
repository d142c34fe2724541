"""Runs of all four scenarios, killed again and again at points drawn by a seed."""

import asyncio
import os
import signal
from importlib.util import find_spec

import killing
import pytest

from maieutic import rng
from maieutic.runs import Crew, Journal, run
from maieutic.runs.cluster import on_ray
from maieutic.runs.crew import Crew as Workers
from maieutic.runs.processes import processes

SIZES = {  # scenario -> parameters, number of tasks
    "tree-instruct": ({}, 3),
    "socratic-math": ({}, 24),
    "spar": ({"depth": 1, "votes": 3}, 3),
    "alpaca-farm": ({}, 8),
}
KILLS = 9  # of each scenario in one process: 36
heavy = pytest.mark.skipif(
    "MAIEUTIC_FAULTS" not in os.environ,
    reason="starts many processes; .ci/heavy-cluster runs it (MAIEUTIC_FAULTS=1)",
)


@pytest.fixture(scope="module", params=SIZES)
def undisturbed(request, tmp_path_factory):
    """A recipe, the folder of a run of it that nothing happened to, and how many tasks it has."""
    parameters, n = SIZES[request.param]
    recipe = killing.recipe_of(request.param, parameters)
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    killing.play(recipe, folder, n)
    return recipe, folder, n


def rows_of(folder, n):
    with Journal(folder) as journal:
        return journal.turns() + n


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bytes(tmp_path, undisturbed):
    recipe, folder, n = undisturbed
    draws = killing.Draws(recipe.scenario, rows_of(folder, n) // (2 * KILLS))
    kills = sum(killing.killed(recipe, tmp_path / "run", n, draws) for _ in range(KILLS))
    assert kills == KILLS
    killing.goes_on(recipe, tmp_path / "run", n)
    killing.check_same(tmp_path / "run", folder, n)


@heavy
def test_a_driver_that_is_killed_takes_its_workers_along_and_the_run_goes_on(tmp_path, undisturbed):
    recipe, folder, n = undisturbed
    draws = killing.Draws(f"{recipe.scenario} driver", rows_of(folder, n) // 3)
    assert killing.killed(recipe, tmp_path / "run", n, draws, workers=2)
    killing.goes_on(recipe, tmp_path / "run", n, workers=2)
    killing.check_same(tmp_path / "run", folder, n)


class Killer:
    """Kills the worker that has just said something, when the seed says so.

    Args:
        name: what the points are drawn from.
        rows: in the whole run.
        kills: how many.
    """

    def __init__(self, name, rows, kills):
        chance = rng("killer", name)
        self.points = sorted(chance.sample(range(1, max(kills + 1, rows * 2 // 3)), kills))
        self.sides = [chance.choice(("before", "after")) for _ in self.points]
        self.pids, self.rows, self.killed = {}, 0, 0

    def say(self, what, facts):
        if what == "ready":
            self.pids[facts["worker"]] = facts["pid"]

    def of(self, start, workers):
        killer = self

        class Doomed(Workers):
            async def _rows(self, hand, number, turns, *rest):
                killer.rows += len(turns)
                due = killer.killed < len(killer.points) and killer.rows >= killer.points[killer.killed]
                if due:
                    side = killer.sides[killer.killed]
                    killer.killed += 1
                    if side == "before":  # what it said is in our hands, and it is not
                        os.kill(killer.pids[hand.number], signal.SIGKILL)
                await super()._rows(hand, number, turns, *rest)
                if due and side == "after":
                    os.kill(killer.pids[hand.number], signal.SIGKILL)

        return Doomed(start, workers, each=2, say=self.say)


def with_kills(recipe, folder, n, start, rows, kills, name):
    killer = Killer(f"{recipe.scenario} {name}", rows, kills)
    ledger = killing.play(recipe, folder, n, crew=killer.of(start, 2))
    assert killer.killed == kills
    return ledger


@heavy
def test_worker_processes_that_are_killed_cost_nothing(tmp_path, undisturbed):
    recipe, folder, n = undisturbed
    with_kills(recipe, tmp_path / "run", n, processes(recipe), rows_of(folder, n), 3, "processes")
    killing.check_same(tmp_path / "run", folder, n)


@pytest.fixture(scope="module")
def ray():
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    import ray

    yield ray
    ray.shutdown()


@heavy
@pytest.mark.filterwarnings("ignore")
def test_workers_on_ray_that_are_killed_cost_nothing(tmp_path, undisturbed, ray):
    recipe, folder, n = undisturbed
    with_kills(recipe, tmp_path / "run", n, on_ray(recipe, "local"), rows_of(folder, n), 2, "ray")
    killing.check_same(tmp_path / "run", folder, n)


def test_all_workers_are_ended_with_the_run(tmp_path):
    pids = []
    recipe = killing.recipe_of("socratic-math")
    company = recipe.company()
    source, _ = recipe.source(company)
    crew = Crew(processes(recipe), 2, each=2, say=lambda what, facts: pids.append(facts.get("pid")))
    asyncio.run(run(company, source, tmp_path / "run", n=6, seed=1, crew=crew))
    started = [pid for pid in pids if pid is not None]
    assert started
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
