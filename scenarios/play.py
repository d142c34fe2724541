"""Play: one episode of a scenario.

Knows nothing of files or other episodes. `play` never raises for what a player did, a failed episode is data;
it raises for a broken scenario, an incomplete cast or a task that lacks what the scenario needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

from pydantic import JsonValue

from maieutic import (
    Episode,
    InputError,
    ScenarioError,
    Stop,
    Task,
    UnknownNameError,
    episode_id,
    late_defaults,
)
from maieutic.agents import Agent
from maieutic.agents.casting import engaged
from maieutic.agents.human import Question
from maieutic.agents.models.engines import Engines
from maieutic.agents.models.family import kin
from maieutic.graphs import BROKE, Log, Stage, State, Walk, asked, bound, walk, watched
from maieutic.scenarios.scenario import P, Scenario
from maieutic.worlds.world import World


class Waiting(Exception):
    """An episode stands still until people have answered.

    Args:
        episode: its id.
        questions: what is asked, all at once.
    """

    def __init__(self, episode: str, questions: tuple[Question, ...]) -> None:
        super().__init__(episode, questions)
        self.episode, self.questions = episode, questions

    def __str__(self) -> str:
        roles = ", ".join(dict.fromkeys(question.role for question in self.questions))
        return f"episode {self.episode} waits for people to answer ({roles})"


@dataclass(frozen=True)
class Company(Generic[P]):
    """A scenario made ready: parameters checked, graph compiled, every seat taken. Plays any number of tasks."""

    scenario: Scenario[P]
    parameters: P
    cast: Mapping[str, Agent]
    compiled: Any  # langgraph's CompiledStateGraph
    limit: int

    @cached_property
    def walk(self) -> Walk | None:
        """How its episodes can be walked without LangGraph's scheduler; None where the graph or a player needs it."""
        if any(getattr(agent, "pauses", True) for agent in self.cast.values()):
            return None
        return walk(self.compiled.builder)

    @property
    def world(self) -> World:
        """Where its tasks come from by default."""
        return self.scenario.world_of(self.parameters)

    @property
    def spelled(self) -> dict[str, JsonValue]:
        """The parameters as JSON, without those that were added later and have their default."""
        return self.parameters.model_dump(mode="json", exclude=late_defaults(self.parameters))

    @property
    def kinship(self) -> tuple[str, ...]:
        """Of each two seats that should be strangers and are taken by models of one family, a phrase that says so."""
        found = []
        for seats in self.scenario.strangers(self.parameters):
            one, other = (self.cast.get(seat) for seat in seats)
            if (family := kin(one, other)) is not None:
                judge, writer = (f"{seat} ({self.cast[seat].name})" for seat in seats)
                found.append(f"{judge} and {writer} are of one family, {family}")
        return tuple(found)

    def accepts(self, task: Task) -> None:
        """Check that `task` has what the scenario needs.

        Raises:
            InputError: a field is missing.
        """
        for name in self.scenario.needs(self.parameters):
            if name not in task.fields:
                raise InputError(
                    f"task {task.id} has no field {name!r}, which {self.scenario.name} needs (it has "
                    f"{', '.join(sorted(task.fields)) or 'none'})",
                    key=name,
                    remedy=f"give records that have it, or other parameters (`maieutic show {self.scenario.name}`)",
                )

    async def play(
        self,
        task: Task,
        seed: int,
        log: Log | None = None,
        name: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Episode:
        """Play one episode.

        Args:
            task: the task.
            seed: of the episode.
            log: where turns are kept and found again; by default nowhere.
            name: id of the episode, where it goes on from another one with other parameters.
            config: LangChain's `RunnableConfig`: callbacks, tags and metadata, which reach every node of the graph and
                every call of a chat model in it. With one, even an empty one, LangGraph's scheduler plays the episode;
                without one that is done only for whoever watches (a tracer, a graph around this one) or needs it.

        Raises:
            InputError: the task lacks a field.
            Waiting: people are asked; the log has what was said before, so that playing again goes on.
        """
        self.accepts(task)
        name = name or episode_id(self.scenario.name, self.spelled, task, seed)
        stage = Stage(name, seed, task, self.cast) if log is None else Stage(name, seed, task, self.cast, log)
        start = State(events=[], notes={}, stop=None, fields=dict(task.fields))
        if self.walk is not None and config is None and not watched():
            state = await self.walk.play(start, stage)
        else:
            told = {**(config or {}), "recursion_limit": self.limit}
            ended = await self.compiled.ainvoke(start, told, context=stage, version="v2")
            if ended.interrupts:
                raise Waiting(name, tuple(Question.model_validate(one.value) for one in ended.interrupts))
            state = ended.value
        if state["stop"] is None:
            raise ScenarioError(f"{self.scenario.name} ended without saying why; a route must return a Stop")
        stop, failure = Stop(state["stop"]), None
        if stop in (Stop.INVALID, Stop.FAILED):
            failure = next((e.invalid for e in reversed(state["events"]) if e.invalid is not None), None)
            stop = Stop.FAILED if failure is not None and failure.startswith(BROKE) else stop
        episode = Episode(
            id=name,
            scenario=self.scenario.name,
            parameters=self.spelled,
            task=task,
            cast=dict(stage.fingerprints),
            seed=seed,
            events=tuple(state["events"]),
            notes=state["notes"],
            stop=stop,
            failure=failure,
        )
        return episode.model_copy(update={"scores": self.scenario.score(episode)})


def assemble(
    scenario: Scenario[P],
    *,
    parameters: Mapping[str, Any] | None = None,
    cast: Mapping[str, Agent | str] | None = None,
    engines: Engines | None = None,
) -> Company[P]:
    """Make a scenario ready to be played.

    Args:
        scenario: what to play.
        parameters: values over the published defaults.
        cast: players, or their specs, over the default cast.
        engines: of the run, for players that are models.

    Raises:
        UnknownNameError: a parameter or a seat that the scenario does not have.
        InputError: a parameter value or a spec that cannot be used.
        ScenarioError: bounds that contradict each other, or a seat that nobody takes.
    """
    configured = scenario.configure(parameters or {})
    for seat in cast or {}:
        if seat not in scenario.seats:
            raise UnknownNameError(f"seat of {scenario.name}", seat, scenario.seats)
    players = engaged(cast or {}, scenario.cast(configured), engines)
    graph = scenario.graph(configured)
    needed = asked(graph)
    for seat in scenario.seats:
        if seat not in players and (needed is None or seat in needed):
            raise ScenarioError(f"nobody takes the seat {seat!r} of {scenario.name}; cast it")
    for seat in (seat for pair in scenario.strangers(configured) for seat in pair):
        if seat not in scenario.seats:
            raise ScenarioError(f"{scenario.name} names {seat!r} among strangers, which is no seat of it")
    for seat, agent in players.items():
        if (
            seated := getattr(agent, "seated", None)
        ) is not None:  # a player whose answers depend on what it is told
            players[seat] = seated([role for role in scenario.roles if role.seat == seat])
    compiled = graph.compile(name=scenario.name)
    seated_there = {seat: players[seat] for seat in scenario.seats if seat in players}
    return Company(scenario, configured, seated_there, compiled, bound(graph))


async def play(
    scenario: Scenario[P],
    task: Task,
    *,
    cast: Mapping[str, Agent | str] | None = None,
    seed: int = 0,
    parameters: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Episode:
    """Play one episode of `scenario` on `task`; see `assemble` and `Company.play` for arguments and what is raised."""
    return await assemble(scenario, parameters=parameters, cast=cast).play(task, seed, config=config)
