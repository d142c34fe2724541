"""Domains: the kinds of problems that are taught by their solution and examined by others of the same method.

Knows no graph. What a working comes to, which workings come to the same, whether it is right, and what an exam may be chosen
from: answers for word problems, and for programs what they return, which a turn of the grader has in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import JsonValue

from maieutic import Episode, Event, Task, usable
from maieutic.agents.agent import Agent
from maieutic.agents.program import Program
from maieutic.agents.simulated.methods import method_of, read
from maieutic.roles.exam import CHECK, GRADE, RUN
from maieutic.roles.lesson import EXPLAIN, PICK, PROGRAM, PROGRAMMERS, SITTERS, VARY, VARY_PROGRAM
from maieutic.roles.role import Role
from maieutic.scenarios.probing.probes import Probe, given, readable, unmeasured
from maieutic.worlds import programs_to_write as programs
from maieutic.worlds import word_problems as words
from maieutic.worlds.programs_to_write import running
from maieutic.worlds.programs_to_write.generate import reserved
from maieutic.worlds.programs_to_write.generate import worked_examples as worked_programs
from maieutic.worlds.row import rows
from maieutic.worlds.word_problems.generate import worked_examples
from maieutic.worlds.world import World

Kind = Literal["words", "programs"]
Likeness = str | tuple[str, ...]  # what of an answer is compared


@dataclass(frozen=True)
class Domain:
    """A kind of problems.

    Attributes:
        world: where they come from.
        key: the field of a task by which its answers are marked.
        explain, vary, grade: the roles that are asked.
        sitters: likewise, of the students.
        run: the role that finds out what a working comes to; None where its words tell.
        grader: what the program is called that marks.
        stated: the answer that a text states; None where it states none.
        likeness: (an answer, what `run` found of it or nothing) -> what of it is compared; None where it comes to nothing.
        alike: whether two answers are the same.
        examinable: whether answers of a task can be told apart at all, by its key.
        marks: whether a key of an exam problem marks anything.
        examples: `n` solved problems, to be shown.
        exams: what exams are chosen from where nothing is given.
    """

    world: World
    key: str
    explain: Role
    vary: Role
    sitters: tuple[Role, ...]
    grade: Role
    run: Role | None
    grader: str
    stated: Callable[[str], str | None]
    likeness: Callable[[str, Mapping[str, Any]], Likeness | None]
    alike: Callable[[Any, Any], bool]
    examinable: Callable[[str], bool]
    marks: Callable[[str], bool]
    examples: Callable[[int], list[JsonValue]]
    exams: Callable[[int], tuple[Probe, ...]]

    @property
    def roles(self) -> tuple[Role, ...]:
        """All that are asked."""
        runs = () if self.run is None else (self.run,)
        return (self.vary, PICK, self.explain, *runs, *self.sitters, self.grade)

    def key_of(self, task: Task) -> str:
        """By what the answers of a task are marked; empty where it does not say."""
        said = task.fields.get(self.key)
        return "" if said is None else str(said).strip()


def answers(domain: Domain, events: Sequence[Event]) -> dict[str, tuple[str, Likeness]]:
    """Id of a working -> its answer, and what of it is compared; workings that come to nothing are left out."""
    found: dict[str, Mapping[str, Any]] = {}
    if domain.run is not None:
        found = {event.parent: event.answer for event in usable(events, domain.run.name)}
    made = {}
    for event in usable(events, domain.explain.name):
        said = domain.stated(event.text)
        likeness = None if said is None else domain.likeness(said, found.get(event.id, {}))
        if said is not None and likeness is not None:
            made[event.id] = said, likeness
    return made


def grouped(domain: Domain, told: Mapping[str, tuple[str, Likeness]]) -> dict[str, list[str]]:
    """Answer -> ids of the workings that lead to it; answers that come to the same stand together, under the first one."""
    found: dict[str, list[str]] = {}
    for name, (said, likeness) in told.items():
        firsts = ((answer, told[names[0]][1]) for answer, names in found.items())
        same = next((answer for answer, first in firsts if domain.alike(first, likeness)), said)
        found.setdefault(same, []).append(name)
    return found


def right(domain: Domain, episode: Episode) -> Callable[[str | None], bool]:
    """Whether an answer is the right one of the episode's task; never where the task does not say."""
    gold = domain.key_of(episode.task)
    if domain.run is None:
        return lambda answer: bool(answer and gold) and domain.alike(answer, gold)
    passed = {event.parent for event in usable(episode.events, domain.run.name) if event.answer["correct"]}
    correct = {domain.stated(event.text) for event in episode.events if event.id in passed}
    return lambda answer: answer is not None and answer in correct


def related(task: Task, problems: Iterable[Probe]) -> list[bool]:
    """Of each problem whose method is known, whether the task takes the same one; nothing where the task's is not known."""
    taught = method_of(task.truth, str(task.fields["question"]))
    if taught is None:
        return []
    methods = (read(None, one.question, readable([one])) for one in problems)
    return [taught.same(one) for one in methods if one is not None]


def carried(domain: Domain, task: Task, problems: Sequence[str], key: Sequence[str]) -> list[bool]:
    """Of each exam problem to which the true method can be carried over, whether the key is what it comes to there."""
    taught, found = method_of(task.truth, str(task.fields["question"])), list[bool]()
    for problem, answer in zip(problems, key, strict=False):
        method = None if taught is None else taught.carried(problem)
        if method is not None:
            own = method.key()
            told = method.told(method.right) or []
            found.append(domain.alike(answer, own) if domain.run is None else _tells(answer, told, own))
    return found


def _tells(tests: str, working: Sequence[str], own: str) -> bool:
    """Whether tests hold for the right program; those that are the world's own need no run."""
    program = programs.program_in("\n".join(working))
    return tests == own or (program is not None and programs.holds(program, tests))


def grader(domain: Domain) -> Agent:
    """The program that marks."""
    return Program(
        domain.grader, {GRADE.name: words.exact_match, CHECK.name: running.check, RUN.name: running.run}
    )


def bank(value: Any) -> Any:
    """Problems of a bank as a parameter may be written: themselves, JSON, or a file of them or of records with tests.

    Raises:
        InputError: a file that cannot be read.
        ValueError: JSON that is damaged.
    """
    if isinstance(value, str) and value.strip() and not value.lstrip().startswith("["):
        reader = next((one for one in programs.READERS if one.keys <= next(rows(value)).data.keys()), None)
        if reader is not None:
            return [as_exercise(reader.read(row)) for row in rows(value)]
    return given(value)


@lru_cache(maxsize=8)
def _programs(n: int) -> tuple[Probe, ...]:
    return tuple(as_exercise(reserved("exams", index)) for index in range(n))


class Exercise(Probe):
    """A problem of a bank that is recorded with its program."""

    program: str


def as_exercise(task: Task) -> Exercise:
    """A task of programming as a problem of a bank."""
    question, tests = (str(task.fields[name]) for name in ("question", PROGRAMS.key))
    return Exercise(id=task.id, question=question, answer=tests, program=str(task.truth["program"]))


def programs_of(problems: Iterable[Probe]) -> dict[str, str]:
    """Problem -> its program, of those that are recorded with one."""
    return {one.question: one.program for one in problems if isinstance(one, Exercise)}


WORDS = Domain(
    world=words.WORLD,
    key="answer",
    explain=EXPLAIN,
    vary=VARY,
    sitters=SITTERS,
    grade=GRADE,
    run=None,
    grader="exact-match",
    stated=words.stated_answer,
    likeness=lambda said, found: said,
    alike=words.equal,
    examinable=lambda key: True,
    marks=lambda key: True,
    examples=worked_examples,
    exams=lambda n: unmeasured("exams", n),
)
PROGRAMS = Domain(
    world=programs.WORLD,
    key="tests",
    explain=PROGRAM,
    vary=VARY_PROGRAM,
    sitters=PROGRAMMERS,
    grade=CHECK,
    run=RUN,
    grader="sandbox",
    stated=programs.program_in,
    likeness=lambda said, found: tuple(found["returns"]) if running.answered(found.get("returns")) else None,
    alike=lambda one, two: bool(one == two),
    examinable=lambda key: bool(programs.called(key)[1]),
    marks=running.tells,
    examples=worked_programs,
    exams=_programs,
)
DOMAINS: Mapping[Kind, Domain] = {"words": WORDS, "programs": PROGRAMS}
