"""A scenario with one planted fault."""

from maieutic import Stop
from maieutic.agents import Program, Scripted
from maieutic.graphs import Ask, Offer, Step, flow
from maieutic.roles import Answer, Role
from maieutic.scenarios import Paper, Parameters, Scenario, published
from maieutic.worlds.text_constraints import WORLD


class Settings(Parameters):
    rounds: int = published(3, "checks", ge=1)


class Text(Answer):
    text: str


class Verdict(Answer):
    good: bool


DRAFT = Role("writer.draft", ("prompt",), Text, brief="Write what is asked.")
CHECK = Role("critic.check", ("prompt", "draft"), Verdict, brief="Judge the draft.")


def graph(settings):
    def check(state):
        return [Offer(state["events"][-1].id, {"draft": state["events"][-1].answer["text"]})]

    made = flow(
        {
            "draft": Step(Ask(DRAFT, lambda state: [Offer(index=len(state["events"]))]), lambda s: "check", ["check"]),
            "check": Step(
                Ask(CHECK, check),
                lambda state: Stop.SOLVED if state["events"][-1].answer["good"] else "draft",
                ["draft"],
                most=settings.rounds,
            ),
        },
        start="draft",
    )
    return made


def cast(settings):
    return {
        "writer": Scripted({DRAFT.name: [{"text": "one"}]}),
        "critic": Program("long", {CHECK.name: lambda view: {"good": len(str(view["draft"])) > 3}}),
    }


SCENARIO = Scenario(
    name="coded",
    summary="a writer is checked",
    paper=Paper("an example", 2026, "the tests"),
    world=WORLD,
    parameters=Settings,
    roles=(DRAFT, CHECK),
    graph=graph,
    cast=cast,
    needs=lambda settings: ("prompt",),
    strangers=lambda settings: [
        ("critic", "writer"),
        ("judge", "writer"),  # FAULT: no role has the seat 'judge'
    ],
)
