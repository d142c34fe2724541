"""A scenario of one seat that is right with probability `skill`, and learns a little from each right answer."""

from dataclasses import replace
from fractions import Fraction

from pydantic import Field

from maieutic import Dialogue, Message, Stop, rng
from maieutic.agents import Move
from maieutic.agents.simulated.person import Person
from maieutic.graphs import Ask, Offer, Step, flow
from maieutic.roles import Answer, Role
from maieutic.scenarios import Outer, Paper, Parameters, Scenario, published
from maieutic.scenarios.outer import Before
from maieutic.worlds.word_problems import WORLD


class Solution(Answer):
    text: str


SOLVE = Role(
    "solver.solve", ("question",), Solution, knows=("answer",), brief="You solve the word problem, briefly."
)


class Settings(Parameters):
    """How much is asked."""

    times: int = published(2, "attempts", ge=1)
    hints: tuple[str, ...] = published((), "what is known before")


class Solver(Person):
    """Right with probability `skill`; each record that it studies leaves a share `learn` less unknown."""

    skill: float = Field(0.2, ge=0, le=1)
    learn: float = Field(0.05, ge=0, le=1)

    async def act(self, turn):
        assert turn.truth is not None
        right = rng(turn.seed).random() < self.skill
        return Move({"text": str(turn.truth["answer"]) if right else "I do not know"})

    def studied(self, records, seed):
        unknown = Fraction(1) - Fraction(self.skill)
        for _ in records:
            unknown *= 1 - Fraction(self.learn)
        return self.model_copy(update={"skill": float(1 - unknown)})


def _right(episode):
    said = episode.by_role(SOLVE.name)
    return [one for one in said if one.answer["text"] == episode.task.truth["answer"]]


def records(episode):
    """One dialogue for each right answer."""
    for event in _right(episode):
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="solve",
            messages=(
                Message(role="user", content=str(episode.task.fields["question"])),
                Message(role="assistant", content=str(event.answer["text"]), train=True),
            ),
            events=(event.id,),
        )


def _graph(settings):
    ask = Ask(SOLVE, lambda state: [Offer(None, {}, k) for k in range(settings.times)], fan=settings.times)
    return flow({"solve": Step(ask, lambda state: Stop.SOLVED)}, start="solve")


SCENARIO = Scenario(
    name="rounds-toy",
    summary="one seat that learns",
    paper=Paper("none", 2026, "here"),
    world=WORLD,
    parameters=Settings,
    roles=(SOLVE,),
    graph=_graph,
    cast=lambda settings: {"solver": Solver()},
    needs=lambda settings: ("question",),
    score=lambda episode: {"right": len(_right(episode)) / len(episode.events)},
    records=records,
    outer=Outer(
        learns={"solver": ("solve",)},
        measure="right",
        rounds=3,
        exam={"times": 1},
        retires=lambda episode: len(_right(episode)) == len(episode.events),
    ),
)

PREPARED = replace(
    SCENARIO,
    outer=replace(
        SCENARIO.outer,
        before=Before(
            gives="hints",
            n=lambda settings: 7,
            parameters={"times": 3},
            concludes=lambda drawn, settings: [one.episode.task.id for one in drawn],
        ),
    ),
)

SILENT = replace(SCENARIO, score=lambda episode: {})
