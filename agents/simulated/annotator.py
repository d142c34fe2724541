"""Simulated annotators: a pool of thirteen tastes, and a reward that is a noisy sign of utility, or fitted to their labels.

Knows nothing of noise masks or of who wrote what. Every member prefers the truly better output by logistic choice,
each with its own slope and its own weakness for length and for a slot.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import Field, JsonValue

from maieutic import Frozen, Pair, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.writer import known
from maieutic.worlds.text_constraints import request, told
from maieutic.worlds.text_constraints.utility import utility


class Taste(Frozen):
    """How one member chooses, in units of log-odds.

    Attributes:
        slope: for one unit of utility, which is the step from no constraint met to all.
        length: for an output that has e times as many words.
        slot: for the output that is shown first.
    """

    slope: float = Field(ge=0)
    length: float = 0.0
    slot: float = 0.0


def _taste(slope: float, length: float, slot: float) -> Taste:
    return Taste(slope=slope, length=length, slot=slot)


TASTES: tuple[Taste, ...] = (
    # the five ablest members, the four in the middle and the four weakest, in the order of the pool
    *(_taste(*one) for one in ((6, 0.2, 0.1), (5, 0.3, 0.3), (5, 0.3, 0.0), (7, 0.1, 0.0), (6, 0.2, -0.1))),
    *(_taste(*one) for one in ((3, 0.4, 0.4), (2.5, 0.5, 0.6), (3.5, 0.3, 0.2), (3, 0.4, -0.2))),
    *(_taste(*one) for one in ((2, 0.6, -0.4), (1.5, 0.7, 0.8), (1.5, 0.6, 0.5), (2, 0.5, -0.6))),
)


class Annotator(Person):
    """The whole pool in one seat; the member's number in the view says who answers.

    Attributes:
        tastes: of the members, in order.
        slope: factor on every member's slope; a very large one makes all of them right.
        length: factor on every member's weakness for length.
        slot: factor on every member's weakness for a slot.
    """

    tastes: tuple[Taste, ...] = Field(TASTES, min_length=1)
    slope: float = Field(1.0, ge=0, le=1e12)
    length: float = Field(1.0, ge=-1e6, le=1e6)
    slot: float = Field(1.0, ge=-1e6, le=1e6)

    async def act(self, turn: Turn) -> Move:
        """Say which of the two outputs shown is better, or of several pairs for each of them.

        Raises:
            BadAnswer: there are not two outputs, or no member of that number.
        """
        view, chance = turn.view, rng(turn.seed)
        pairs: Any = view.get("pairs", [view])
        lacking = (
            {"output_1", "output_2"} - set.intersection(*(set(one) for one in pairs)) if pairs else {"pairs"}
        )
        if lacking or "member" not in view:
            raise BadAnswer(f"an annotator needs a member and two outputs, got {', '.join(sorted(view))}")
        member = view["member"]
        if not isinstance(member, int) or not 1 <= member <= len(self.tastes):
            raise BadAnswer(f"the pool has members 1 to {len(self.tastes)}, got {member!r}")
        granted = (
            None if "pairs" in view else turn.truth or {}
        )  # of several, what is wanted is heard in the words
        said = [self._choice(self.tastes[member - 1], one, granted, chance) for one in pairs]
        thoughts = ""
        if view.get("style") == "reasons":
            words = ("first" if one == 1 else "second" for one in said)
            thoughts = " ".join(chance.choice(_REASONS).format(word=word) for word in words)
        return Move(
            {"thoughts": thoughts} | ({"preferences": said} if "pairs" in view else {"preference": said[0]})
        )

    def _choice(
        self,
        taste: Taste,
        pair: Mapping[str, Any],
        granted: Mapping[str, JsonValue] | None,
        chance: random.Random,
    ) -> int:
        first, second = str(pair["output_1"]), str(pair["output_2"])
        truth = known(granted, request(pair) if granted is None else "")
        better = utility(first, truth) - utility(second, truth)
        longer = math.log((1 + len(first.split())) / (1 + len(second.split())))
        odds = self.slope * taste.slope * better + self.length * taste.length * longer
        odds += self.slot * taste.slot
        return 1 if chance.random() < logistic(odds) else 2


_REASONS = (
    "Point by point the {word} output comes out ahead.",
    "Both have their merits; the {word} does more of what was asked.",
    "I held the two against the instruction, and the {word} is nearer to it.",
    "If I had to use one of them, it would be the {word}.",
)


def logistic(odds: float) -> float:
    """The probability that has these log-odds."""
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


class Rewarder(Person):
    """A reward model: utility, a weakness for length, and noise with heavy tails. Fitted to preferences it takes over the
    weakness of those who gave them.

    Heavy tails are what best-of-n meets in a fitted reward: among many outputs, sooner or later one is scored far
    above its worth, and the more are drawn the surer it is the one that is chosen.

    Attributes:
        noise: scale of the noise, in units of the reward.
        degrees: degrees of freedom of its Student's t distribution; 1 has the heaviest tails.
        length: for an output that has e times as many words.
        worth: for one unit of utility.
    """

    noise: float = Field(0.1, ge=0, le=1000)
    degrees: int = Field(2, ge=1, le=100)
    length: float = Field(0.0, ge=-100, le=100)
    worth: float = Field(1.0, ge=-100, le=100)

    async def act(self, turn: Turn) -> Move:
        """Score one output.

        Raises:
            BadAnswer: there is no output.
        """
        if "output" not in turn.view:
            raise BadAnswer(f"a reward needs an output, got {', '.join(sorted(turn.view)) or 'nothing'}")
        text, chance = str(turn.view["output"]), rng(turn.seed)
        value = self.worth * utility(text, known(turn.truth)) + self.length * _extent(text)
        value += self.noise * student(self.degrees, chance)
        return Move({"score": max(-1e6, min(1e6, value))})

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The reward fitted to pairs by the model of Bradley and Terry (1952), scaled so that its two weights sum to 1.

        Utility is told from what a prompt asks for in this world's own words; other prompts teach nothing here.
        """
        rows = []
        for record in records:
            if isinstance(record, Pair):
                truth = told(None, record.prompt[-1].content)
                if not truth.items:
                    continue
                better = utility(record.chosen, truth) - utility(record.rejected, truth)
                rows.append((better, _extent(record.chosen) - _extent(record.rejected)))
        weights = fitted(rows)
        total = sum(map(abs, weights))
        if not total:
            return self
        return self.model_copy(update={"worth": weights[0] / total, "length": weights[1] / total})


def _extent(text: str) -> float:
    return math.log(1 + len(text.split()))


def fitted(rows: Sequence[tuple[float, float]], ridge: float = 0.01) -> tuple[float, float]:
    """The two weights w of a logistic choice that wins with log-odds w . row, by Newton's method.

    Args:
        rows: what the winner has more than the loser, of two features.
        ridge: of a normal prior around 0, without which rows that are all won have no best weights.

    >>> [round(one, 2) for one in fitted([(1.0, 0.0)] * 3 + [(-1.0, 0.0)])]  # the log-odds of 3 to 1
    [1.08, 0.0]
    """
    a = b = 0.0
    for _ in range(50):
        chances = [1 - logistic(a * x + b * y) for x, y in rows]
        g = sum(p * x for p, (x, _) in zip(chances, rows, strict=True)) - ridge * a
        h = sum(p * y for p, (_, y) in zip(chances, rows, strict=True)) - ridge * b
        xx, xy, yy = ridge, 0.0, ridge
        for p, (x, y) in zip(chances, rows, strict=True):
            weight = p * (1 - p)
            xx, xy, yy = xx + weight * x * x, xy + weight * x * y, yy + weight * y * y
        det = xx * yy - xy * xy
        step_a, step_b = (yy * g - xy * h) / det, (xx * h - xy * g) / det
        size = max(1.0, abs(step_a), abs(step_b))  # far from the best weights a whole step may go astray
        a, b = a + step_a / size, b + step_b / size
    return a, b


def student(degrees: int, chance: random.Random) -> float:
    """A draw from Student's t distribution: a normal draw over the root mean square of `degrees` others."""
    squares = sum(chance.gauss() ** 2 for _ in range(degrees))
    return chance.gauss() / max(1e-9, math.sqrt(squares / degrees))
