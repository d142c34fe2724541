"""Shown: the views of an episode's turns are found again exactly as they were seen."""

import asyncio
from dataclasses import dataclass, field

import pytest

from maieutic import Stop
from maieutic.roles import view
from maieutic.runs.shown import shown
from maieutic.scenarios import catalogue, play


@dataclass
class Watched:
    """A player that notes what it is shown."""

    player: object
    seen: dict = field(default_factory=dict)

    def __getattr__(self, name):
        return getattr(self.player, name)

    async def act(self, turn):
        self.seen[turn.seed] = (turn.role.name, dict(turn.view), turn.memory)
        return await self.player.act(turn)


@pytest.mark.parametrize("name", ["socratic-math", "tree-instruct", "spar", "alpaca-farm"])
def test_every_view_is_found_again(name):
    scenario = catalogue.load(name)
    for seed in range(3):
        seen = {}
        cast = {
            seat: Watched(agent, seen)
            for seat, agent in scenario.cast(scenario.configure({})).items()
            if agent.simulated
        }
        episode = asyncio.run(play(scenario, scenario.world.generate(0, seed), seed=seed, cast=cast))
        found = asyncio.run(shown(scenario, episode))
        assert found.problem is None
        assert not found.unlike
        assert set(found.turns) == {event.id for event in episode.events}
        for turn in found.turns.values():
            assert turn.truth is None
            if turn.role.seat in cast:
                assert (turn.role.name, dict(turn.view), turn.memory) == seen[turn.seed]
            assert turn.view == view(turn.role, turn.view)


def test_an_episode_whose_scenario_has_changed_says_why():
    scenario = catalogue.load("spar")
    episode = asyncio.run(play(scenario, scenario.world.generate(0, 0), seed=0))
    other = episode.model_copy(update={"parameters": {**episode.parameters, "gone": 1}})
    found = asyncio.run(shown(scenario, other))
    assert "gone" in found.problem
    cut = episode.model_copy(update={"events": episode.events[:7], "stop": Stop.FAILED})
    found = asyncio.run(shown(scenario, cut))
    assert set(found.turns) <= {event.id for event in cut.events}
