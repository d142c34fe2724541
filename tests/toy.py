"""A small scenario and world of the tests' own: a teacher asks sums, a critic holds back answers, a student learns."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from maieutic import Dialogue, Episode, Event, Message, Pair, Stop, Task, rng
from maieutic.agents import Agent, Move, Program, Turn
from maieutic.agents.simulated.person import Person
from maieutic.graphs import Ask, Graph, Notes, Offer, State, dialogue, next_index, transcript
from maieutic.roles import Answer, Role, private
from maieutic.scenarios import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds import Reader, Row, World


class Line(Answer):
    text: str
    thought: str = private("")


class Verdict(Answer):
    leaks: bool


ASK = Role("teacher.ask", ("question", "answer", "history"), Line, brief="You ask for a sum.")
REPLY = Role("student.reply", ("question", "history"), Line, knows=("sum",), brief="You answer with a sum.")
SCREEN = Role(
    "critic.screen", ("answer", "draft"), Verdict, brief="You look whether a draft gives the answer away."
)


class Settings(Parameters):
    turns: int = published(4, "answers heard", ge=1)
    tries: int = published(2, "drafts a turn", ge=1)


class Pupil(Person):
    """Right from the turn on that it has learnt, which happens with probability `learn` at each."""

    learn: float = Field(0.5, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        knows = bool((turn.memory or {}).get("knows")) or rng(turn.seed).random() < self.learn
        assert turn.truth is not None
        said = str(turn.truth["sum"]) if knows else "no idea"
        return Move({"text": said, "thought": "hm"}, {"knows": knows})


class Asker(Person):
    """Gives the answer away with probability `leak`."""

    leak: float = Field(0.3, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        if rng(turn.seed).random() < self.leak:
            return Move({"text": f"It is {turn.view['answer']}."})
        return Move({"text": f"What is {turn.view['question']}?", "thought": "wait"})


def check(view: Mapping[str, object]) -> Verdict:
    return Verdict(leaks=str(view["answer"]) in str(view["draft"]))


def _head(state: State) -> str | None:
    return state["notes"].get("head")


def _said(state: State) -> dict[str, object]:
    head = _head(state)
    return {"history": transcript(state["events"], head) if head else []}


def _drafts(state: State) -> Sequence[Offer]:
    parent = _head(state)
    taken = (
        next_index(state["events"], parent, ASK.name)
        if parent
        else sum(e.role == ASK.name for e in state["events"])
    )
    return [Offer(parent, _said(state), taken)]


def _screen(state: State) -> Sequence[Offer]:
    draft = next(e for e in state["events"] if e.id == state["notes"]["draft"])
    return [Offer(draft.id, {"draft": draft.answer["text"]})]


def graph(settings: Settings) -> Graph:
    def decide(state: State) -> str | Stop:
        return Stop.SOLVED if state["events"][-1].answer["text"] != "no idea" else "ask"

    def heard(state: State, events: Sequence[Event]) -> Notes:
        return {"right": events[-1].answer.get("text") != "no idea"}

    return dialogue(
        speak={"ask": Ask(ASK, _drafts)},
        screen=Ask(SCREEN, _screen),
        passes=lambda event: not event.answer["leaks"],
        tries=settings.tries,
        listen=Ask(REPLY, lambda state: [Offer(_head(state), _said(state))], heard),
        decide=decide,
        turns=settings.turns,
    )


def cast(settings: Settings) -> dict[str, Agent]:
    return {"teacher": Asker(), "student": Pupil(), "critic": Program("toy-critic", {SCREEN.name: check})}


def records(episode: Episode):
    said = [e for e in episode.events if e.role in (ASK.name, REPLY.name) and e.id in _path(episode)]
    if said:
        opening = Message(role="user", content=str(episode.task.fields["question"]))
        talk = [
            Message(
                role="assistant" if e.role == ASK.name else "user",
                content=str(e.answer["text"]),
                train=e.role == ASK.name,
            )
            for e in said
        ]
        names = tuple(e.id for e in said)
        yield Dialogue(
            episode=episode.id, task=episode.task.id, purpose="tutor", messages=(opening, *talk), events=names
        )
    for held in episode.by_role(ASK.name):
        for passed in episode.by_role(ASK.name):
            if held.parent == passed.parent and held.id not in _path(episode) and passed.id in _path(episode):
                yield Pair(
                    episode=episode.id,
                    task=episode.task.id,
                    purpose="tutor",
                    prompt=(Message(role="user", content=str(episode.task.fields["question"])),),
                    chosen=str(passed.answer["text"]),
                    rejected=str(held.answer["text"]),
                    chosen_event=passed.id,
                    rejected_event=held.id,
                    chosen_verdict=1.0,
                    rejected_verdict=0.0,
                )


def _path(episode: Episode) -> set[str]:
    from maieutic import path

    return {e.id for e in path(episode.events, str(episode.notes.get("head")))}


def decisions(episode: Episode):
    for event in episode.by_role(SCREEN.name):
        draft = next(e for e in episode.events if e.id == event.parent)
        true = str(episode.task.truth["sum"]) in str(draft.answer["text"])
        yield Decision(kind="leak", said=bool(event.answer["leaks"]), true=true, event=event.id)


def generate(seed: int, index: int) -> Task:
    chance = rng("toy", seed, index)
    left, right = chance.randrange(10, 99), chance.randrange(10, 99)
    return _task(f"toy:{seed}:{index}", left, right)


def _task(name: str, left: int, right: int) -> Task:
    fields = {"question": f"{left} + {right}", "answer": str(left + right), "secret": "nobody sees this"}
    return Task(id=name, world="toy", fields=fields, truth={"sum": left + right})


def read(row: Row) -> Task:
    return _task(f"toy:{row.line}", row.get("left", int), row.get("right", int))


WORLD = World("toy", "sums", generate, (Reader("toy", frozenset({"left", "right"}), read),))

SCENARIO = Scenario(
    name="toy",
    summary="sums for the tests",
    paper=Paper("none", 2026, "the tests"),
    world=WORLD,
    parameters=Settings,
    roles=(ASK, REPLY, SCREEN),
    graph=graph,
    cast=cast,
    needs=lambda settings: ("question", "answer"),
    score=lambda episode: {
        "right": float(bool(episode.notes.get("right"))),
        "turns": float(episode.notes.get("turn", 0)),
    },
    records=records,
    decisions=decisions,
)
