"""Methods: how a problem is solved, rightly or wrongly, as simulated people have it in mind: steps of numbers, or programs.

Knows no person. A method is carried over to other problems of its kind; which way somebody was taught is read off what the
working comes to, a program by its text and else by what it returns.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pydantic import JsonValue

from maieutic import rng
from maieutic.agents.simulated.procedures import RIGHT, Procedure, taught, wrong
from maieutic.agents.simulated.tailor import Known
from maieutic.agents.simulated.working import chain
from maieutic.worlds.programs_to_write import (
    Instance,
    family,
    instance_of,
    mutants,
    program_in,
    returned,
    working,
)
from maieutic.worlds.programs_to_write.running import told
from maieutic.worlds.word_problems.steps import Step, spell
from maieutic.worlds.word_problems.variants import same_method, transferred, variant


class Method(Protocol):
    """How one problem is solved; a way is the right procedure or a wrong one."""

    right: ClassVar[Any]  # the right way

    def ways(self, number: int) -> Sequence[Any]:
        """The right way, then wrong ones, the same for everybody; `number` of these at most."""

    def told(self, way: Any) -> list[str] | None:
        """A working that goes this way, line by line; None where it comes to nothing."""

    def taught(self, text: str) -> Any | None:
        """The way that a working goes; None where it is no known one."""

    def slip(self, chance: random.Random) -> list[str]:
        """A working of somebody who gets it wrong in his own way."""

    def same(self, other: Method) -> bool:
        """Whether the other problem is solved in the same way."""

    def carried(self, problem: str) -> Method | None:
        """How a variant of the problem is solved; None where it is no variant."""

    def another(self, chance: random.Random) -> tuple[str, Method] | None:
        """A variant of the problem, and how it is solved; None where there is none."""

    def key(self, off: int = 0) -> str:
        """What an answer is marked by; a misprint, which differs by `off`, where that is not 0."""


@dataclass(frozen=True)
class Calculated:
    """A word problem that is solved step by step."""

    right: ClassVar[Procedure] = RIGHT

    question: str
    steps: tuple[Step, ...]

    def ways(self, number: int) -> Sequence[Procedure]:
        """As `Method` says; a wrong one has an operation put wrong."""
        return [RIGHT, *wrong(self.steps, self.question, number)]

    def told(self, way: Procedure) -> list[str] | None:
        """As `Method` says."""
        lines = way.lines(self.steps)
        if not lines:
            return None
        return [
            *(f"{left} = {spell(value)}" for left, value in lines),
            f"The answer is {spell(lines[-1][1])}.",
        ]

    def taught(self, text: str) -> Procedure | None:
        """As `Method` says."""
        return taught(text, self.steps)

    def slip(self, chance: random.Random) -> list[str]:
        """As `Method` says; only an answer is given."""
        return [f"The answer is {spell(self.steps[-1].value + chance.choice((1, 2, 3, 10)))}."]

    def same(self, other: Method) -> bool:
        """As `Method` says."""
        return isinstance(other, Calculated) and same_method(self.steps, other.steps)

    def carried(self, problem: str) -> Calculated | None:
        """As `Method` says."""
        made = transferred(self.question, self.steps, problem)
        return Calculated(problem, tuple(made)) if made else None

    def another(self, chance: random.Random) -> tuple[str, Calculated] | None:
        """As `Method` says."""
        made = variant(self.question, self.steps, chance)
        return None if made is None else (made[0], Calculated(made[0], tuple(made[1])))

    def key(self, off: int = 0) -> str:
        """As `Method` says: a number."""
        return spell(self.steps[-1].value + off)


@dataclass(frozen=True)
class Programmed:
    """A function to be written."""

    right: ClassVar[int] = 0

    problem: Instance

    def ways(self, number: int) -> Sequence[int]:
        """As `Method` says; ways are numbers of programs."""
        wrongs = list(range(1, len(self.problem.family.ways)))
        rng("procedures", self.problem.problem).shuffle(wrongs)
        return [0, *wrongs[:number]]

    def told(self, way: int) -> list[str]:
        """As `Method` says."""
        return working(self.problem, way)

    def taught(self, text: str) -> int | None:
        """As `Method` says; a program that is not ours is tried in the sandbox."""
        ways = range(len(self.problem.family.ways))
        returns = [tuple(told({"answer": one}) for one in self.problem.returns(way)) for way in ways]
        return _way(text, [self.problem.program(way) for way in ways], self.problem.tests(), returns)

    def slip(self, chance: random.Random) -> list[str]:
        """As `Method` says: one of the misconceptions."""
        return self.told(chance.randrange(1, len(self.problem.family.ways)))

    def same(self, other: Method) -> bool:
        """As `Method` says."""
        return isinstance(other, Programmed) and other.problem.family == self.problem.family

    def carried(self, problem: str) -> Programmed | None:
        """As `Method` says."""
        made = self.problem.family.read(problem)
        return None if made is None else Programmed(made)

    def another(self, chance: random.Random) -> tuple[str, Programmed] | None:
        """As `Method` says."""
        made = self.problem.other(chance)
        return None if made is None else (made.problem, Programmed(made))

    def key(self, off: int = 0) -> str:
        """As `Method` says: asserts; misprinted ones are those of a misconception."""
        return self.problem.tests(1 + off % (len(self.problem.family.ways) - 1) if off else 0)


@dataclass(frozen=True)
class Recorded:
    """A function of a record, of which nothing is known but a right program and its tests; it goes wrong by a bug."""

    right: ClassVar[int] = 0

    problem: str
    program: str
    tests: str

    @property
    def programs(self) -> tuple[str, ...]:
        """The right program, then wrong ones."""
        return (self.program, *mutants(self.program, self.tests))

    def ways(self, number: int) -> Sequence[int]:
        """As `Method` says; ways are numbers of programs."""
        return range(len(self.programs))[: number + 1]

    def told(self, way: int) -> list[str]:
        """As `Method` says."""
        return ["It is done like this.", "```python", *self.programs[way].splitlines(), "```"]

    def taught(self, text: str) -> int | None:
        """As `Method` says."""
        return _way(text, self.programs, self.tests, [])

    def slip(self, chance: random.Random) -> list[str]:
        """As `Method` says: with a bug; without any that is known, no program at all."""
        wrongs = range(1, len(self.programs))
        return self.told(chance.choice(wrongs)) if wrongs else ["I do not know how it is done."]

    def same(self, other: Method) -> bool:
        """As `Method` says: nobody knows that of two records."""
        return self == other

    def carried(self, problem: str) -> None:
        """As `Method` says: records have no variants."""

    def another(self, chance: random.Random) -> None:
        """As `Method` says: records have no variants."""

    def key(self, off: int = 0) -> str:
        """As `Method` says."""
        return self.tests


def _way(text: str, programs: Sequence[str], tests: str, returns: Sequence[tuple[str, ...]]) -> int | None:
    """Which of some programs a text ends with: by its words, or else by what it returns, where that is known."""
    program = program_in(text)
    if program is None:
        return None
    written = [one.strip() for one in programs]
    if program.strip() in written:
        return written.index(program.strip())
    seen = returned(program, tests) if returns else ()
    return next((way for way, known in enumerate(returns) if seen == known), None)


def method_of(truth: Mapping[str, JsonValue] | None, question: str) -> Method | None:
    """How a problem is solved, by a task's truth (or by what a role grants of it); None where it brings neither steps nor
    the family of a program nor a program and its tests."""
    steps, method = chain(truth), (truth or {}).get("method")
    if steps:
        return Calculated(question, tuple(steps))
    if isinstance(method, dict) and (known := family(str(method.get("family")))) is not None:
        slots: Any = method["slots"]
        return Programmed(known.instance(slots))
    program, tests = ((truth or {}).get(name) for name in ("program", "tests"))
    return Recorded(question, str(program), str(tests)) if program and tests else None


def read(
    method: Method | None, problem: str, known: Iterable[Known], programs: Mapping[str, str] | None = None
) -> Method | None:
    """How an exam problem is solved: as a variant of the one that `method` solves, as one that is known, by its steps or by
    its program, or as a function of a family; None where it is none of these."""
    mine = None if method is None else method.carried(problem)
    if mine is not None:
        return mine
    found = next((one for one in known if one.question == problem), None)
    if found is not None and found.steps:
        return Calculated(problem, found.steps)
    made = instance_of(problem)
    if made is not None:
        return Programmed(made)
    program = (programs or {}).get(problem)
    return None if found is None or not program else Recorded(problem, program, found.answer)
