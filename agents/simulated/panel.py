"""Simulated panel: models of known ability that sit a test whose items have planted discriminations and difficulties.

Knows the answer of the item as its reading of it. What an item is planted with follows from its words alone, so that
everybody who meets it meets the same item.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.working import chain
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.steps import spell

SPREAD = 0.6  # standard deviation of log alpha over items


@lru_cache(maxsize=4096)
def planted(question: str) -> tuple[float, float]:
    """(discrimination, difficulty) of an item."""
    chance = rng("planted", question)
    return math.exp(SPREAD * chance.gauss()), chance.gauss()


def chance_of(question: str, ability: float) -> float:
    """Probability that somebody of an ability is right, by the two-parameter logistic model.

    >>> 0 < chance_of("What is 1 + 1?", -1.0) < chance_of("What is 1 + 1?", 1.0) < 1
    True
    """
    alpha, beta = planted(question)
    return 1 / (1 + math.exp(min(700.0, -alpha * (ability - beta))))


_number = lru_cache(maxsize=4096)(answers.parse_number)


def answered(gold: str, right: bool, seed: int) -> dict[str, str]:
    """A response that comes to the right answer, or to another one."""
    number = _number(gold)
    off = rng(seed, "off").choice((1, 2, 3, 10))
    said = gold if right else "unknown" if number is None else spell(number + off)
    return {"text": f"I worked it out.\nThe answer is {said}."}


def gold_of(turn: Turn) -> str:
    """The right answer of the task.

    Raises:
        BadAnswer: the task brings none.
    """
    truth: Any = turn.truth or {}
    steps = chain(truth)
    if not truth.get("answer") and not steps:
        raise BadAnswer("a simulated test taker needs truth.steps or truth.answer, the task has neither")
    return str(truth.get("answer") or spell(steps[-1].value))


class Taker(Person):
    """A model that sits a test.

    Attributes:
        ability: in standard deviations.
        shot: what each solved problem that it is shown adds to it.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(f"model{number}.take" for number in range(1, 6))

    ability: float = Field(0.0, ge=-10, le=10)
    shot: float = Field(0.3, ge=-10, le=10)

    async def act(self, turn: Turn) -> Move:
        """Answer an item.

        Raises:
            BadAnswer: the task brings no answer.
        """
        shown: Any = turn.view.get("demos") or []
        chance = chance_of(str(turn.view["question"]), self.ability + self.shot * len(shown))
        right = rng(turn.seed).random() < chance
        return Move(answered(gold_of(turn), right, turn.seed), {"chance": chance})
