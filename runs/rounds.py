"""Rounds: runs between which somebody learns from what the last one made, and is examined on held-out tasks.

Knows nothing of trainers: a learner says who sits in its seat, and what it has become after lessons. The outer loops
of published systems (exam, feedback, training, exam again) are this one; what is particular stands in the scenario's
`Outer`. All is kept in one folder, each round as runs, so that a loop that was left is gone on with where it stopped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from maieutic import Frozen, InputError, Record, RunError, Task, canonical, digest, rng, seed_of
from maieutic.agents import Agent
from maieutic.agents.models.engines import Engines
from maieutic.runs.contrast import Estimate
from maieutic.runs.held_out import examinable, playable, split
from maieutic.runs.journal import Journal
from maieutic.runs.learner import Learner
from maieutic.runs.ledger import DROPPED
from maieutic.runs.playing import checked_records
from maieutic.runs.recipe import Recipe
from maieutic.runs.run import run
from maieutic.runs.status import replace_file
from maieutic.runs.tasks import Source
from maieutic.scenarios import Company, Drawn, Outer, assemble
from maieutic.scenarios.outer import Before

FILE = "rounds.json"
Z = 1.96


class Round(Frozen):
    """How things stand after a round; the one with number 0 is before any learning.

    Attributes:
        number: of the round.
        scores: the measure on each held-out task, in order; 0 where the episode gave no usable answer.
        tasks: that were played to teach.
        records: seat -> number of records that were learnt from.
        retired: tasks that are not played again.
    """

    number: int
    scores: tuple[float, ...]
    tasks: int = 0
    records: dict[str, int] = {}
    retired: tuple[str, ...] = ()

    @property
    def score(self) -> Estimate:
        """Mean of the measure, with its normal 95 % interval."""
        return estimate(self.scores)

    def gain(self, first: Round) -> Estimate:
        """Mean difference from another round on the same tasks."""
        return estimate([a - b for a, b in zip(self.scores, first.scores, strict=True)])


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of some values with its normal 95 % interval, where there are two or more.

    >>> estimate([0.0, 1.0, 1.0, 0.0]).mean
    0.5
    """
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Estimate(mean, None, None, n)
    half = Z * math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (n - 1) / n)
    return Estimate(mean, mean - half, mean + half, n)


class Stopped(Exception):
    """A run of the loop was left before its end; the same call goes on."""


async def rounds(
    recipe: Recipe,
    learners: Mapping[str, Learner],
    folder: Path,
    *,
    number: int | None = None,
    test: str | None = None,
    tests: int = 50,
    concurrency: int = 64,
    patience: int | None = None,
    say: Any = lambda text: None,
) -> list[Round]:
    """Play, learn and examine, round by round.

    Args:
        recipe: scenario, parameters, cast and tasks, as of one run; `n` tasks are taught on.
        learners: who learns in each seat that the scenario's `Outer` names.
        folder: where all is kept; a loop that was left there is gone on with.
        number: rounds; None for the published number.
        test: where held-out tasks come from, as `--tasks` has it; None holds them out of the others.
        tests: number of held-out tasks.
        concurrency: episodes in flight.
        patience: rounds without a better score on a validation set, as large as the held-out one and apart from it,
            after which no more are played; None plays all rounds.
        say: told in a line what is being done.

    Returns:
        The rounds, the first being before any learning.

    Raises:
        InputError: the scenario has no outer rounds, a seat has no learner, tasks cannot be split, or the measure cannot
            be taken of a held-out one.
        RunError: the folder holds another loop.
        Stopped: a run was interrupted.
    """
    company = recipe.company()
    outer = company.scenario.outer
    if outer is None:
        raise InputError(
            f"{company.scenario.name} has no outer rounds", remedy="see `maieutic list` for those that have"
        )
    for seat in outer.learns:
        if seat not in learners:
            raise InputError(f"nobody learns in the seat {seat!r}", key="--learner")
    number = outer.rounds if number is None else number
    before = outer.before
    if before is not None and getattr(company.parameters, before.gives):
        before = None  # the run brings itself what it would give
    first = 0 if before is None else before.n(company.parameters)
    train, valid, held_out, prior, label = split(
        recipe, company, test, tests, validate=patience is not None, before=first
    )
    playable(recipe, outer.parameters(1, company.parameters), train)
    if before is not None:
        playable(recipe, before.parameters, prior)
    exam = playable(recipe, outer.exam, [*held_out, *valid])
    for task in (*held_out, *valid):
        examinable(outer, task, exam.parameters)
    same = {
        "scenario": company.scenario.name,
        "parameters": company.spelled,
        "cast": {seat: agent.fingerprint for seat, agent in company.cast.items() if seat not in outer.learns},
        "learners": {seat: learners[seat].fingerprint for seat in outer.learns},
        "tasks": digest(
            *([one.id for one in part] for part in (train, valid, held_out, prior)[: 4 if prior else 3])
        ),
        "seed": recipe.seed,
    }
    _claim(folder, same)
    loop = _Loop(recipe, outer, dict(learners), folder, label, concurrency, say)
    states = {seat: learners[seat].first() for seat in outer.learns}
    if before is not None:
        given = {before.gives: await loop.prepared(before, states, prior, company.parameters)}
        loop = replace(loop, recipe=recipe.model_copy(update={"parameters": {**recipe.parameters, **given}}))
    done: list[Round] = [Round(number=0, scores=await loop.exam(0, states, held_out))]
    best, since, retired = -1.0, 0, list[str]()
    pool: dict[str, list[Drawn]] = {seat: [] for seat in outer.learns}
    if patience is not None:
        best = estimate(await loop.exam(0, states, valid, "valid")).mean
    for turn in range(1, number + 1):
        left = [task for task in train if task.id not in set(retired)]
        if not left:
            say(f"round {turn}: all tasks are retired")
            break
        drawn = await loop.teach(turn, states, left)
        taught = loop.lessons(turn, drawn)
        if not any(taught.values()):
            say(f"round {turn}: nothing to learn from")
            break
        if outer.afresh:
            pool = {seat: [*pool[seat], *lessons] for seat, lessons in taught.items()}
            taught, states = pool, {seat: learners[seat].first() for seat in outer.learns}
        states = {
            seat: loop.learnt(turn, seat, state, taught[seat]) if taught[seat] else state
            for seat, state in states.items()
        }
        retired += [one.episode.task.id for one in drawn if outer.retires(one.episode)]
        done.append(
            Round(
                number=turn,
                scores=await loop.exam(turn, states, held_out),
                tasks=len(left),
                records={seat: sum(len(one.records) for one in lessons) for seat, lessons in taught.items()},
                retired=tuple(retired),
            )
        )
        _keep(folder, same, done)
        if outer.ends(turn, drawn):
            say(f"round {turn}: the last of its course")
            break
        if patience is not None:
            score = estimate(await loop.exam(turn, states, valid, "valid")).mean
            best, since = (score, 0) if score > best else (best, since + 1)
            if since >= patience:
                say(f"round {turn}: no gain on the validation set")
                break
    _keep(folder, same, done)
    return done


@dataclass(frozen=True)
class _Loop:
    recipe: Recipe
    outer: Outer
    learners: dict[str, Learner]
    folder: Path
    label: str
    concurrency: int
    say: Any

    async def exam(
        self, turn: int, states: Mapping[str, JsonValue], tasks: Sequence[Task], name: str = "exam"
    ) -> tuple[float, ...]:
        """The measure on each task; the same chance in every round, so that scores can be compared task by task."""
        self.say(f"round {turn}: {name} on {len(tasks)} tasks")
        seed = seed_of(self.recipe.seed, name)
        _, drawn = await self._played(self.folder / f"{name}-{turn}", states, tasks, self.outer.exam, seed)
        measure = self.outer.measured_by(self.recipe.company().parameters)
        ended = [one.episode for one in drawn if one.episode.stop not in DROPPED]
        if untold := sum(measure not in one.scores for one in ended):
            self.say(f"round {turn}: {untold} of {len(drawn)} have no {measure} and count as 0")
        return tuple(
            0.0 if one.episode.stop in DROPPED else float(one.episode.scores.get(measure, 0.0))
            for one in drawn
        )

    async def prepared(
        self, before: Before, states: Mapping[str, JsonValue], tasks: Sequence[Task], parameters: Any
    ) -> JsonValue:
        """What is concluded from tasks that are played before the first round."""
        self.say(f"before the first round: {len(tasks)} tasks are played")
        seed = seed_of(self.recipe.seed, "before")
        _, drawn = await self._played(self.folder / "before", states, tasks, before.parameters, seed)
        return before.concludes(drawn, parameters)

    async def teach(self, turn: int, states: Mapping[str, JsonValue], tasks: Sequence[Task]) -> list[Drawn]:
        """What is drawn from this round's episodes, each record with the number of the round."""
        self.say(f"round {turn}: {len(tasks)} tasks are played")
        seed = seed_of(self.recipe.seed, "round", turn)
        own = self.outer.parameters(turn, self.recipe.company().parameters)
        _, drawn = await self._played(self.folder / f"round-{turn}", states, tasks, own, seed)
        return [Drawn(one.episode, tuple(_numbered(record, turn) for record in one.records)) for one in drawn]

    def lessons(self, turn: int, drawn: Sequence[Drawn]) -> dict[str, list[Drawn]]:
        """What each seat learns from in this round."""
        chosen = self.outer.select(turn, drawn, rng(self.recipe.seed, "select", turn))
        return {
            seat: [
                Drawn(one.episode, mine)
                for one in chosen
                if (mine := tuple(record for record in one.records if record.purpose in purposes))
            ]
            for seat, purposes in self.outer.learns.items()
        }

    def learnt(self, turn: int, seat: str, state: JsonValue, lessons: Sequence[Drawn]) -> JsonValue:
        """The state after this round's lessons, read back where it was learnt before."""
        folder = self.folder / f"learnt-{turn}" / seat
        file = folder / "state.json"
        if file.exists():
            known: JsonValue = json.loads(file.read_text(encoding="utf-8"))
            return known
        folder.mkdir(parents=True, exist_ok=True)
        self.say(f"round {turn}: {seat} learns from {sum(len(one.records) for one in lessons)} records")
        after = self.learners[seat].learn(
            state, lessons, folder, seed_of(self.recipe.seed, "learn", turn, seat)
        )
        replace_file(file, json.dumps(after, ensure_ascii=False) + "\n")
        return after

    async def _played(
        self,
        folder: Path,
        states: Mapping[str, JsonValue],
        tasks: Sequence[Task],
        parameters: Mapping[str, Any],
        seed: int,
    ) -> tuple[Company[Any], list[Drawn]]:
        engines = Engines(self.recipe.terms)
        seated: dict[str, Agent | str] = {**self.recipe.cast}
        seated |= {seat: self.learners[seat].player(state) for seat, state in states.items()}
        scenario = self.recipe.company().scenario
        company = assemble(
            scenario,
            parameters={**self.recipe.parameters, **parameters},
            cast=seated,
            engines=engines,
        )
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "tasks.jsonl"
        _write_tasks(file, tasks)
        source = Source(company.world, file, label=self.label)
        ledger = await run(company, source, folder, seed=seed, concurrency=self.concurrency, engines=engines)
        if ledger.missing or ledger.waiting:
            raise Stopped(ledger.stopped or "interrupted")
        with Journal(folder) as journal:
            found = sorted(journal.episodes(), key=lambda one: one[0])
            return company, [Drawn(one, tuple(checked_records(company, one))) for _, one in found]


def _numbered(record: Record, turn: int) -> Record:
    return record.model_copy(update={"meta": {**record.meta, "round": turn}})


def _write_tasks(file: Path, tasks: Sequence[Task]) -> None:
    text = "".join(canonical(task.model_dump(mode="json")).decode() + "\n" for task in tasks)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        replace_file(file, text)


def _claim(folder: Path, same: Mapping[str, Any]) -> None:
    """Take the folder for this loop.

    Raises:
        RunError: it holds another one.
    """
    file = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            replace_file(file, json.dumps({"loop": same}, ensure_ascii=False, indent=1) + "\n")
            return
        known = json.loads(file.read_text(encoding="utf-8"))["loop"]
    except OSError as error:
        raise RunError(f"{folder}: cannot be written: {error.strerror}; give another --out") from None
    except (ValueError, KeyError, TypeError):
        raise RunError(f"{file}: damaged; give another --out") from None
    for key, value in same.items():
        if known.get(key) != value:
            raise RunError(
                f"{folder}: holds another loop: its {key} is {known.get(key)!r}, this one's {value!r}; give "
                "another --out"
            )


def _keep(folder: Path, same: Mapping[str, Any], done: Sequence[Round]) -> None:
    facts = {"loop": same, "rounds": [one.model_dump(mode="json") for one in done]}
    replace_file(folder / FILE, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")


def read_rounds(folder: Path) -> list[Round]:
    """The rounds of a loop that a folder holds.

    Raises:
        RunError: there is none, or it is damaged.
    """
    try:
        facts = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return [Round.model_validate(one) for one in facts.get("rounds", [])]
    except (OSError, ValueError, ValidationError) as error:
        raise RunError(f"{folder}: no rounds can be read: {error}") from None
