"""Simulated examiner and imitator: exam problems of the same method, and a student who goes by what was taught.

Knows how the problem that was taught is solved, as its reading of it. The student takes the procedure over with a known
chance, and else goes its own way, right with another; what was taught is of no use for a problem of another method.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.methods import method_of, read
from maieutic.agents.simulated.person import Person, added
from maieutic.agents.simulated.tailor import Known
from maieutic.roles.lesson import PICK, PROGRAMMERS, SITTERS, VARY, VARY_PROGRAM
from maieutic.roles.retrieval import searched


class ExamMaker(Person):
    """Makes an exam of variants, or picks it from problems that there are.

    Attributes:
        misprint: probability of a wrong answer in the key, for each problem.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({VARY.name, VARY_PROGRAM.name, PICK.name})

    misprint: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Draw other numbers, as many as there are; or find the nearest of the problems that are shown, by BM25.

        Nothing is padded.
        """
        if turn.role.name == PICK.name:
            return Move(searched(turn.view))
        method, chance = method_of(turn.truth, str(turn.view["question"])), rng(turn.seed)
        found: dict[str, str] = {}
        for _ in range(8 * int(str(turn.view["number"]))):
            made = method.another(chance) if method else None
            if made is None or len(found) == turn.view["number"]:
                break
            off = chance.choice((1, 2, 5)) if chance.random() < self.misprint else 0
            found.setdefault(made[0], made[1].key(off))
        return Move({"problems": list(found), "answers": list(found.values())})


class Imitator(Person):
    """A student who was shown one working.

    Attributes:
        uptake: probability of going by the procedure that was taught.
        own: probability of being right otherwise.
        problems: that it can read, beside variants of the one that was taught.
        programs: problem -> the right program, of those of them that are recorded with one.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(role.name for role in (*SITTERS, *PROGRAMMERS))

    uptake: float = Field(0.3, ge=0, le=1)
    own: float = Field(3 / 7, ge=0, le=1)
    problems: tuple[Known, ...] = added(())
    programs: dict[str, str] = added({})

    async def act(self, turn: Turn) -> Move:
        """Solve an exam problem.

        Raises:
            BadAnswer: it is neither a variant of what was taught nor a problem that it can read.
        """
        shown: Any = turn.view["taught"]
        chance, method = rng(turn.seed), method_of(turn.truth, str(shown["question"]))
        mine = read(method, str(turn.view["problem"]), self.problems, self.programs)
        if mine is None:
            raise BadAnswer("a simulated imitator can only solve problems with known steps")
        way = method.taught(str(shown["working"])) if method is not None and method.same(mine) else None
        follows, luck = chance.random() < self.uptake, chance.random() < self.own
        told = None
        if follows and way is not None:
            told = mine.told(way)
        elif luck:
            told = mine.told(mine.right)
        return Move({"text": "\n".join(told or mine.slip(chance))})
