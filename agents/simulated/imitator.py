"""Simulated examiner and imitator: exam problems that need the same steps, and a student who goes by what was taught.

Knows the steps of the problem that was taught as its reading of it. The student takes the procedure over with a known
chance, and else goes its own way, right with another; what was taught is of no use for a problem that takes other steps.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person, added
from maieutic.agents.simulated.procedures import RIGHT, taught
from maieutic.agents.simulated.tailor import Known
from maieutic.agents.simulated.working import chain
from maieutic.roles.lesson import PICK, SITTERS, VARY
from maieutic.roles.retrieval import searched
from maieutic.worlds.word_problems.steps import spell
from maieutic.worlds.word_problems.variants import same_method, transferred, variant


class ExamMaker(Person):
    """Makes an exam of variants, or picks it from problems that there are.

    Attributes:
        misprint: probability of a wrong answer in the key, for each problem.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({VARY.name, PICK.name})

    misprint: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Draw other numbers, as many as there are; or find the nearest of the problems that are shown, by BM25.

        Nothing is padded.
        """
        if turn.role.name == PICK.name:
            return Move(searched(turn.view))
        steps, chance = chain(turn.truth), rng(turn.seed)
        found: dict[str, str] = {}
        for _ in range(8 * int(str(turn.view["number"]))):
            made = variant(str(turn.view["question"]), steps, chance) if steps else None
            if made is None or len(found) == turn.view["number"]:
                break
            off = chance.choice((1, 2, 5)) if chance.random() < self.misprint else 0
            found.setdefault(made[0], spell(made[1][-1].value + off))
        return Move({"problems": list(found), "answers": list(found.values())})


class Imitator(Person):
    """A student who was shown one working.

    Attributes:
        uptake: probability of going by the procedure that was taught.
        own: probability of being right otherwise.
        problems: that it can read, beside variants of the one that was taught.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(role.name for role in SITTERS)

    uptake: float = Field(0.3, ge=0, le=1)
    own: float = Field(3 / 7, ge=0, le=1)
    problems: tuple[Known, ...] = added(())

    async def act(self, turn: Turn) -> Move:
        """Solve an exam problem.

        Raises:
            BadAnswer: it is neither a variant of what was taught nor a problem that it can read, or the steps are not known.
        """
        shown: Any = turn.view["taught"]
        chance, steps = rng(turn.seed), chain(turn.truth)
        problem = str(turn.view["problem"])
        mine = transferred(str(shown["question"]), steps, problem) if steps else None
        mine = mine or next((list(one.steps) for one in self.problems if one.question == problem), None)
        if not mine:
            raise BadAnswer("a simulated imitator can only solve problems with known steps")
        way = taught(str(shown["working"]), steps) if same_method(steps, mine) else None
        follows, luck = chance.random() < self.uptake, chance.random() < self.own
        lines = way.lines(mine) if follows and way is not None else RIGHT.lines(mine) if luck else None
        if lines is None:
            lines = [("", mine[-1].value + chance.choice((1, 2, 3, 10)))]
        told = [f"{left} = {spell(value)}" for left, value in lines if left]
        return Move({"text": "\n".join([*told, f"The answer is {spell(lines[-1][1])}."])})
