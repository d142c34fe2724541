"""TAPIR: how much a student lacks at an instruction, by a judge in both orders; what is hard is refined and added to.

Knows no words. One episode is one instruction of one round; the mixture of hard and easy, the balance of tasks and the
retirement of what was learnt are the outer loop's, and are told in `_select` and `Outer`. Plain requests have no right
result: on them a student is examined by the judge's scores beside the teacher's response. A judge and a teacher of one
family raise every difficulty, since models prefer their own kind: they should be strangers.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Message, Record, Stop
from maieutic.agents import Agent
from maieutic.agents.simulated.curriculum import OTHER, TASKS, Apprentice, Master, Rater, Tagger, task_of
from maieutic.agents.simulated.working import chain
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow
from maieutic.roles.curriculum import ANSWER, EXPAND, RATE, REFINE, RESPOND, TAG
from maieutic.roles.rating import HIGHEST, LOWEST, orders, rated
from maieutic.scenarios.outer import Drawn, Outer, no_answer, resampled, rising
from maieutic.scenarios.ratings import side_by_side
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds import answer_of
from maieutic.worlds.word_problems import WORLD, answers

FAVOURED = ("ratio", "percent", "order-of-operations", "fraction-division")


class Settings(Parameters):
    """What is hard, what is made of it, and how hard and easy are mixed."""

    teach: bool = published(
        True, "whether instructions are scored and made into lessons; in a test they are not"
    )
    threshold: float = published(
        2.0, "an instruction is hard where the teacher's score is better by more", ge=0, le=9
    )
    both_orders: bool = published(True, "whether the judge scores in both orders")
    check: bool = published(
        True, "whether a response of the teacher that is known to be wrong is left out", verified=False
    )
    expansions: int = published(2, "new examples in the manner of each hard one", verified=False, ge=0, le=16)
    labels: tuple[str, ...] = published(
        TASKS, "kinds of tasks (33 in the paper)", verified=False, min_length=1
    )
    favoured: tuple[str, ...] = published(
        FAVOURED,
        "kinds that come up more often",
        verified=False,
    )
    weight: float = published(1.5, "how much more often than by nature", verified=False, ge=1, le=10)
    instruction: Literal["question", "prompt"] = published(
        "question",
        "field of a task that is the instruction: of problems, or of plain requests (with their `input`)",
        verified=False,
        added=True,
    )
    alpha: float = published(0.3, "share of hard records in round 1", verified=False, ge=0, le=1)
    step: float = published(0.2, "by which it rises each round", verified=False, ge=0, le=1)

    @model_validator(mode="after")
    def _known(self) -> Settings:
        unknown = [one for one in self.favoured if one not in self.labels]
        if unknown and self.favoured != FAVOURED:  # labels of one's own may have none of the kinds named here
            raise ValueError(f"favoured must be among labels, got {unknown[0]!r}")
        return self


def _first(events: Iterable[Event], role: str) -> Event | None:
    return next((one for one in events if one.role == role and one.invalid is None), None)


def difficulty(events: Sequence[Event]) -> float | None:
    """MFD: the teacher's score less the student's; None where a judgement could not be used, since one order alone has the
    bonus of its slot in it."""
    found = scores_of(events)
    return found[0] - found[1] if found else None


def scores_of(events: Iterable[Event]) -> tuple[float, float] | None:
    """The scores of teacher and student, over the orders in which the judge was asked; None where one could not be used."""
    asked = [one for one in events if one.role == RATE.name]
    found = rated(asked)
    if not found or len(found) < len(asked):
        return None
    return fmean(one for one, _ in found), fmean(one for _, one in found)


def instruction_of(fields: Mapping[str, JsonValue], field: str) -> str:
    """The instruction of a task, with its input where it has one."""
    parts = [fields.get(field), fields.get("input") if field == "prompt" else None]
    return "\n\n".join(str(one) for one in parts if one)


def _graph(settings: Settings) -> Graph:
    def told(state: State) -> dict[str, JsonValue]:
        """The instruction under its name, where the task has it under another."""
        field = settings.instruction
        return {} if field == "question" else {"question": instruction_of(state.get("fields", {}), field)}

    def answered(state: State) -> str | Stop:
        gold = str(state.get("fields", {}).get("answer") or "").strip()
        said = _first(state["events"], ANSWER.name)
        if not settings.teach:
            return "rate"
        if settings.check and gold and said is not None and not right(said, gold):
            return Stop.REFUSED
        return "tag"

    def rate(state: State) -> Sequence[Offer]:
        teacher, student = (_first(state["events"], one) for one in (ANSWER.name, RESPOND.name))
        if teacher is None or student is None:
            return []
        shown = orders(teacher.text, student.text, both=settings.both_orders)
        return [Offer(teacher.id, one | told(state), index) for index, one in enumerate(shown)]

    def sorted_out(state: State) -> str | Stop:
        hard = difficulty(state["events"])
        if hard is None:
            return Stop.INVALID
        if not settings.teach:
            return Stop.SOLVED
        return "refine" if hard > settings.threshold else Stop.ACCEPTED

    def taught(role: str, number: int) -> Any:
        def offers(state: State) -> Sequence[Offer]:
            source, tag = _first(state["events"], role), _first(state["events"], TAG.name)
            if source is None or tag is None:
                return []
            offered = told(state) | {"task": tag.answer["task"], "response": source.text}
            return [Offer(source.id, offered, index) for index in range(number)]

        return offers

    return flow(
        {
            "respond": Step(
                Ask(RESPOND, lambda state: [Offer(None, told(state))]),
                lambda state: "answer" if settings.teach or settings.instruction == "prompt" else Stop.SOLVED,
                ["answer"],
            ),
            "answer": Step(
                Ask(ANSWER, lambda state: [Offer(state["events"][-1].id, told(state))]),
                answered,
                ["tag" if settings.teach else "rate"],
            ),
            "tag": Step(
                Ask(
                    TAG,
                    lambda state: [
                        Offer(state["events"][-1].id, told(state) | {"labels": list(settings.labels)})
                    ],
                ),
                lambda state: "rate",
                ["rate"],
            ),
            "rate": Step(Ask(RATE, rate, fan=2), sorted_out, ["refine"]),
            "refine": Step(Ask(REFINE, taught(ANSWER.name, 1)), lambda state: "expand", ["expand"]),
            "expand": Step(
                Ask(EXPAND, taught(REFINE.name, settings.expansions), fan=max(1, settings.expansions)),
                lambda state: Stop.SOLVED,
            ),
        },
        start="respond",
    )


def right(event: Event, gold: str) -> bool:
    """Whether a response comes to the right answer."""
    said = answers.stated_answer(event.text)
    return said is not None and answers.equal(said, gold)


def _cast(settings: Settings) -> dict[str, Agent]:
    return {"student": Apprentice(), "teacher": Master(), "tagger": Tagger(), "judge": Rater()}


def score(episode: Episode) -> dict[str, float]:
    """Whether the student was right, the difficulty, and whether a score stood at the end of the scale; `rating`: the
    student's score, from 0 to 1."""
    student, made = _first(episode.events, RESPOND.name), {}
    if student is not None and answer_of(episode.task):
        made["accuracy"] = float(right(student, answer_of(episode.task)))
    if scores := scores_of(episode.events):
        made |= {"score_t": scores[0], "score_s": scores[1], "mfd": scores[0] - scores[1]}
        made["rating"] = (scores[1] - LOWEST) / (HIGHEST - LOWEST)
        told = [
            float(str(one.answer[name]))
            for one in episode.by_role(RATE.name)
            for name in ("score_1", "score_2")
        ]
        made["clipped"] = fmean(value in (LOWEST, HIGHEST) for value in told)
    return made


def decisions(episode: Episode) -> Iterable[Decision]:
    """`hard`: above the threshold, beside whether the student is wrong where the teacher is right; `task`: the tag."""
    teacher, student = (_first(episode.events, one) for one in (ANSWER.name, RESPOND.name))
    hard, tag = difficulty(episode.events), _first(episode.events, TAG.name)
    if teacher and student and hard is not None and answer_of(episode.task):
        true = right(teacher, answer_of(episode.task)) and not right(student, answer_of(episode.task))
        said = hard > float(str(episode.parameters["threshold"]))
        yield Decision(kind="hard", said=said, true=true, event=teacher.id)
    if tag and (steps := chain(episode.task.truth)):
        yield Decision(kind="task", said=True, true=tag.answer["task"] == task_of(steps), event=tag.id)


def records(episode: Episode) -> Iterable[Record]:
    """The instruction with its response, refined where it is hard, and the new examples, of each instruction one."""
    teacher, tag = (_first(episode.events, one) for one in (ANSWER.name, TAG.name))
    hard, student = difficulty(episode.events), _first(episode.events, RESPOND.name)
    if teacher is None or tag is None or hard is None or student is None:
        return
    own = instruction_of(episode.task.fields, str(episode.parameters.get("instruction", "question")))
    best = _first(episode.events, REFINE.name) or teacher
    found = {own: best}
    for event in episode.by_role(EXPAND.name):
        found.setdefault(str(event.answer["instruction"]), event)  # what is there already is no new example
    kept, scores = hard > float(str(episode.parameters["threshold"])), scores_of(episode.events) or (0.0, 0.0)
    about = {
        "mfd": hard,
        "score_t": scores[0],
        "score_s": scores[1],
        "kept": kept,
        "task": str(tag.answer["task"]),
        "teacher_response": teacher.text,
        "student_response": student.text,
    }
    for instruction, event in found.items():
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="hard" if kept else "easy",
            meta={
                **about,
                "source": "seed" if instruction == own else "expanded",
                "refined": event.role == REFINE.name,
            },
            messages=(
                Message(role="user", content=instruction),
                Message(role="assistant", content=event.text, train=True),
            ),
            events=(event.id,),
        )


def _task(one: Drawn) -> str:
    return str(one.records[0].meta.get("task", OTHER)) if one.records else OTHER


def _apart(drawn: Sequence[Drawn]) -> list[Drawn]:
    """What was drawn, of each instruction the first record: two hard ones may be added to by the same example."""
    seen, found = set[str](), list[Drawn]()
    own = {
        record.messages[0].content
        for one in drawn
        for record in one.records[:1]
        if isinstance(record, Dialogue)
    }
    for one in drawn:
        kept = []
        for place, record in enumerate(one.records):
            asked = record.messages[0].content if isinstance(record, Dialogue) else record.task
            if asked not in seen and (place == 0 or asked not in own):
                seen.add(asked)
                kept.append(record)
        found.append(Drawn(one.episode, tuple(kept)))
    return found


def _select(number: int, drawn: Sequence[Drawn], chance: random.Random) -> Sequence[Drawn]:
    found = [one for one in _apart(drawn) if one.records]
    if not found:
        return []
    told: Any = found[0].episode.parameters
    hard = [one for one in found if one.records[0].purpose == "hard"]
    easy = [one for one in found if one.records[0].purpose == "easy"]
    alpha = rising(float(told["alpha"]), float(told["step"]), number)
    hard = resampled(hard, _task, told["favoured"], float(told["weight"]), chance)
    records = sum(len(one.records) for one in hard)
    wanted = len(easy) if alpha == 0 else min(len(easy), round(records * (1 - alpha) / alpha))
    if (
        alpha > 0 and wanted < records * (1 - alpha) / alpha - 1
    ):  # too few easy ones: the share is what counts
        most, taken = round(wanted * alpha / (1 - alpha)), list[Drawn]()
        for one in hard:
            if sum(len(other.records) for other in taken) + len(one.records) <= max(most, 1):
                taken.append(one)
        hard = taken or hard
    return [*hard, *chance.sample(easy, wanted)]


def _whole(number: int, drawn: Sequence[Drawn]) -> bool:
    """Whether a round has learnt from hard records alone: there is no higher share."""
    told: Any = drawn[0].episode.parameters if drawn else {"alpha": 0.0, "step": 0.0}
    return rising(float(told["alpha"]), float(told["step"]), number) >= 1


def _learnt(episode: Episode) -> bool:
    """Whether an instruction is not hard for the student of this round; such a one does not come back."""
    hard = difficulty(episode.events)
    return hard is not None and hard <= float(str(episode.parameters["threshold"]))


SCENARIO = Scenario(
    name="tapir",
    summary="instructions that the student lacks most, by a judge in both orders, are refined and added to, round by round",
    paper=Paper(
        "Distilling Instruction-following Abilities of LLMs with Task-aware Curriculum Planning",
        2024,
        "Findings of EMNLP 2024, alibaba/EasyNLP",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(RESPOND, ANSWER, TAG, RATE, REFINE, EXPAND),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: (settings.instruction,),
    strangers=lambda settings: (("judge", "teacher"),),
    score=score,
    records=records,
    decisions=decisions,
    ratings=partial(side_by_side, RATE),
    outer=Outer(
        learns={"student": ("hard", "easy")},
        measure=lambda settings: "rating" if settings.instruction == "prompt" else "accuracy",
        lacks=lambda task, settings: None if settings.instruction == "prompt" else no_answer(task, settings),
        rounds=3,
        verified=False,
        exam={"teach": False},
        select=_select,
        retires=_learnt,
        ends=_whole,
    ),
)
