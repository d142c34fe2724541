"""Probes: the items of a test that tell able from less able best, chosen by item response theory.

Knows nothing of how they are used. A task is taken by several models as an item, each with more and more solved problems
before it; the matrix of answers comes as judged samples, one for each item and respondent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from maieutic import Episode, Frozen, Judged, Message, Record, Stop, usable
from maieutic.agents.simulated.tailor import Known
from maieutic.agents.simulated.working import chain
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow
from maieutic.graphs.seat import Route
from maieutic.roles.exam import GRADE
from maieutic.roles.tailor import TAKE
from maieutic.scenarios.probing.drafts import words
from maieutic.scenarios.probing.irt import fit
from maieutic.worlds.row import Row, rows
from maieutic.worlds.word_problems.generate import reserved, worked_examples
from maieutic.worlds.word_problems.steps import Step as Solved


class Probe(Frozen):
    """A probe item.

    Attributes:
        id: of the task that it was.
        question: its words.
        answer: the right answer.
        steps: how it is solved, where that is known; only simulated players learn of it.
        alpha: discrimination, None where nobody has measured it.
        beta: difficulty, likewise.
    """

    id: str
    question: str
    answer: str
    steps: tuple[Solved, ...] = ()
    alpha: float | None = None
    beta: float | None = None


def measuring(shots: int) -> Graph:
    """A task as an item that all models take, with no solved problem before it up to `shots` of them."""
    shown = worked_examples(shots)

    def take(state: State) -> Sequence[Offer]:
        return [
            Offer(None, {"demos": shown[:number]} if number else {}, number) for number in range(shots + 1)
        ]

    def mark(state: State) -> Sequence[Offer]:
        taken = usable(state["events"], *(role.name for role in TAKE))
        return [Offer(event.id, {"response": str(event.answer["text"])}) for event in taken]

    def going(goal: str) -> Route:
        return lambda state: goal

    names = [role.seat for role in TAKE]
    steps = {
        role.seat: Step(Ask(role, take, fan=shots + 1), going(goal), [goal])
        for role, goal in zip(TAKE, [*names[1:], "mark"], strict=True)
    }
    marking = Ask(GRADE, mark, fan=len(TAKE) * (shots + 1))
    return flow({**steps, "mark": Step(marking, lambda state: Stop.SOLVED)}, start=names[0])


def samples(episode: Episode) -> Iterable[Judged]:
    """The answers to an item, by which it is measured."""
    by_id, gold = {event.id: event for event in episode.events}, str(episode.task.fields.get("answer"))
    for place, mark in enumerate(usable(episode.events, GRADE.name)):
        event = by_id[mark.parent]
        told = {"item": episode.task.id, "model": event.seat, "shots": event.index, "answer": gold}
        known = {"steps": episode.task.truth.get("steps", [])} if place == 0 else {}
        yield Judged(
            episode=episode.id,
            task=episode.task.id,
            purpose="item",
            meta=told | known,
            prompt=(Message(role="user", content=str(episode.task.fields["question"])),),
            response=str(event.answer["text"]),
            critique=f"The final answer is {mark.answer['final']}, the right one {gold}.",
            verdict=bool(mark.answer["correct"]),
            response_event=event.id,
            critique_event=mark.id,
        )


def measured(records: Iterable[Record]) -> list[Probe]:
    """All items that were answered, with their parameters, the most discriminating first.

    Args:
        records: judged samples whose `meta` has `item`, `model`, `shots` and `answer`, and in one of each item `steps`,
            where they are known; others are passed over.
    """
    items: dict[str, Probe] = {}
    said: dict[str, dict[tuple[str, int], bool]] = {}
    for one in records:
        if not isinstance(one, Judged) or "item" not in one.meta:
            continue
        told: Any = one.meta
        name = str(told["item"])
        known = items.get(name) or Probe(
            id=name, question=one.prompt[0].content, answer=str(told["answer"]), steps=told.get("steps") or ()
        )
        items[name] = known
        said.setdefault(name, {})[str(told["model"]), int(told["shots"])] = one.verdict
    who = sorted({one for row in said.values() for one in row})
    found = fit([[said[name].get(one) for one in who] for name in items])
    made = [
        probe.model_copy(update={"alpha": item.alpha, "beta": item.beta})
        for probe, item in zip(items.values(), found, strict=True)
    ]
    return sorted(made, key=lambda one: (-(one.alpha or 0.0), one.id))


def read(file: str) -> list[Probe]:
    """The probes of a file: one a line, or judged samples to measure them by, as `maieutic export --as jsonl` writes them.

    Raises:
        InputError: it cannot be read, or holds neither.
    """
    probes: list[Probe] = []
    samples: list[Record] = []
    for row in rows(file):
        if "kind" in row.data:
            samples.append(_sample(row))
        else:
            try:
                probes.append(Probe.model_validate(row.data))
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise row.error(
                    first["msg"], key=".".join(map(str, first["loc"])), remedy="give id, question and answer"
                ) from None
    return probes + measured(samples)


def _sample(row: Row) -> Judged:
    fields = {name: value for name, value in row.data.items() if name in Judged.model_fields}
    fields["meta"] = json.loads(fields["meta"]) if isinstance(fields.get("meta"), str) else fields.get("meta")
    try:
        made = Judged.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise row.error(first["msg"], key=".".join(map(str, first["loc"]))) from None
    missing = {"item", "model", "shots", "answer"} - made.meta.keys()
    if missing:
        raise row.error(
            f"is no answer to an item: its meta has no {', '.join(sorted(missing))}",
            key="meta",
            remedy="export a run of arte with mode=items",
        )
    return made


def given(value: Any) -> Any:
    """Probes as a parameter may be written: themselves, or the file that holds them.

    Raises:
        InputError: a file that cannot be read.
    """
    if not isinstance(value, str):
        return value
    return read(value) if value.strip() else ()


@lru_cache(maxsize=8)
def unmeasured(use: str, n: int) -> tuple[Probe, ...]:
    """Problems of a stream that no run plays, as items that nobody has measured."""
    return tuple(
        Probe(
            id=one.id,
            question=str(one.fields["question"]),
            answer=str(one.fields["answer"]),
            steps=tuple(chain(one.truth)),
        )
        for one in (reserved(use, index) for index in range(n))
    )


def readable(probes: Iterable[Probe]) -> tuple[Known, ...]:
    """Items as a simulated student reads them."""
    return tuple(Known(question=one.question, answer=one.answer, steps=one.steps) for one in probes)


def chosen(probes: Sequence[Probe], most: int, apart: Iterable[str]) -> list[Probe]:
    """The first `most` of some probes, without those whose words stand in `apart`.

    >>> chosen([Probe(id="a", question="1 + 1?", answer="2")], 40, ["1 + 1? "])
    []
    """
    seen = {words(one) for one in apart}
    return [one for one in probes if words(one.question) not in seen][:most]
