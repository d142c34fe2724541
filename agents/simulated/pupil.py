"""Simulated pupil: goes through the parts of a problem by a script of its own, and says what the script has it say.

Knows the parts in place of understanding the tutor's words. What its words are worth, and what it asked for, is its
memory, so that every evaluation can be held against it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from maieutic import Frozen, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.author import wrong_answer
from maieutic.agents.simulated.parts import Part, Wish, parts_of
from maieutic.agents.simulated.person import Person
from maieutic.roles.tutor import Evaluation


class Plan(Frozen):
    """What the pupil is at.

    Attributes:
        part: index of the part.
        failures: how often it will still fail at it.
        code: what its last words are worth.
        wish: what it asked for with them.
    """

    part: int
    failures: int
    code: Evaluation
    wish: Wish | None = None


class Pupil(Person):
    """A pupil who fails at a part a few times and then gets it right, and sometimes says something else.

    Attributes:
        wrong: probability of one more failure at a part before it is got right.
        partial: share of the failures that are partly right.
        vague, astray, asks: probabilities that a turn is too short, off the subject, or a question.
    """

    wrong: float = Field(0.4, ge=0, lt=1)
    partial: float = Field(0.3, ge=0, le=1)
    vague: float = Field(0.08, ge=0, le=1)
    astray: float = Field(0.05, ge=0, le=1)
    asks: float = Field(0.15, ge=0, le=1)

    @model_validator(mode="after")
    def _shares(self) -> Pupil:
        if self.vague + self.astray + self.asks > 1:
            raise ValueError("vague, astray and asks must not come to more than 1 together")
        return self

    async def act(self, turn: Turn) -> Move:
        """Answer the tutor's last words.

        Raises:
            BadAnswer: the task brings neither steps nor an answer.
        """
        parts = parts_of(turn.view, turn.truth)
        if not parts:
            raise BadAnswer("a simulated pupil needs truth.steps or truth.answer, the task has neither")
        chance = rng(turn.seed)
        before = None if turn.memory is None else Plan.model_validate(turn.memory)
        history: Any = turn.view.get("history") or []
        at = _part_named(str(history[-1]["text"]) if history else "", parts, before)
        if before is not None and at == before.part:
            failures = before.failures
        else:
            failures = 0
            while chance.random() < self.wrong and failures < 20:
                failures += 1
        luck, wish = chance.random(), None
        if luck < self.vague:
            code: Evaluation = "d"
        elif luck < self.vague + self.astray:
            code = "e"
        elif luck < self.vague + self.astray + self.asks:
            code, wish = "f", _wished(at, chance)
        elif failures:
            failures -= 1
            code = "c" if chance.random() < self.partial and parts[at].left else "a"
        else:
            code = "b"
        plan = Plan(part=at, failures=failures, code=code, wish=wish)
        return Move({"text": _words(parts[at], code, wish, chance)}, plan.model_dump(mode="json"))


def _wished(at: int, chance: random.Random) -> Wish:
    wishes: list[Wish] = (
        ["hint", "solution", "meaning"] if at == 0 else ["hint", "solution", "back", "meaning"]
    )
    return chance.choice(wishes)


def _part_named(text: str, parts: list[Part], before: Plan | None) -> int:
    """The part whose question stands last in the tutor's words; else the one that the pupil was at."""
    found = [(text.rfind(part.question), index) for index, part in enumerate(parts) if part.question in text]
    if found:
        return max(found)[1]
    if before is None:
        return 0
    return min(before.part + (before.code == "b"), len(parts) - 1)


_RIGHT = ("I get {value}.", "That makes {value}.", "It is {value}.", "My answer is {value}.")
_WORKED = ("{left} = {value}", "{left} = {value}, so I get {value}.", *_RIGHT)
_PARTLY = (
    "I think I have to {act} here, but I cannot finish it.",
    "Here one should {act}, but that is as far as I am.",
    "You {act} the numbers, and then I am stuck.",
)
_VAGUE = ("Hmm.", "Not sure.", "No idea.", "OK.")
_ASTRAY = (
    "It has been raining since this morning.",
    "I would rather talk about football.",
    "My cat slept on my homework yesterday.",
    "There was cake in the canteen today.",
)
_ASKING: Mapping[Wish, tuple[str, ...]] = {
    "hint": ("Can you give me a hint?", "Could I have a hint, please?"),
    "solution": ("Could you just tell me the solution?", "Can you show me the solution of this part?"),
    "back": ("Can we go back to the part before?", "Could we go back once more?"),
    "meaning": ("Why do we need this part?", "What does this part have to do with the question?"),
}


def _words(part: Part, code: Evaluation, wish: Wish | None, chance: random.Random) -> str:
    match code:
        case "a" | "b":
            value = part.answer if code == "b" else wrong_answer(part, chance.randrange(3))
            return chance.choice(_WORKED if part.left else _RIGHT).format(left=part.left, value=value)
        case "c":
            return chance.choice(_PARTLY).format(act=part.act)
        case "d":
            return chance.choice(_VAGUE)
        case "e":
            return chance.choice(_ASTRAY)
        case _:
            return chance.choice(_ASKING[wish or "meaning"])
