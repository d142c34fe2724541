"""Simulated author: cuts a word problem into its true steps.

Knows the steps in place of being able to solve the problem.
"""

from __future__ import annotations

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.parts import Part, parts_of
from maieutic.agents.simulated.person import Person
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import spell


class Author(Person):
    """Prepares a problem part by part.

    Attributes:
        careless: probability that the answer of a part is off by one.
    """

    careless: float = Field(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write the scaffold.

        Raises:
            BadAnswer: the task brings neither steps nor an answer.
        """
        parts = parts_of(turn.view, turn.truth)
        if not parts:
            raise BadAnswer("a simulated author needs truth.steps or an answer, the task has neither")
        chance = rng(turn.seed)
        made = []
        for part in parts:
            given = part.answer
            if chance.random() < self.careless:
                number = answers.parse_number(part.answer)
                given = part.answer if number is None else spell(number + 1)
            made.append(
                {
                    "question": part.question,
                    "answer": given,
                    "hint": f"Think about which numbers you have to {part.act}.",
                    "incorrect_response": wrong_answer(part),
                    "feedback": "Look at the numbers once more before you go on.",
                }
            )
        answer = {
            "subproblems": made,
            "facts": [f"To find it you {act}." for act in dict.fromkeys(part.act for part in parts)],
            "solution": "\n".join(part.solution for part in parts),
        }
        return Move(answer)


def wrong_answer(part: Part, place: int = 0) -> str:
    """A wrong answer to a part: that of a misconception where one goes wrong in it, else one that is a little off."""
    number = answers.parse_number(part.answer)
    if part.left is not None:
        names = misconceptions.applicable(part.left)
        if names:
            wrong = misconceptions.by_name(names[place % len(names)]).wrong(part.left)
            if wrong is not None:
                return spell(wrong)
    return f"not {part.answer}" if number is None else spell(number + 1 + place)
