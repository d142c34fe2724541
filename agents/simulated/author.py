"""Simulated author: cuts a word problem into its true steps, one that is given or one that it writes for a section.

Knows the steps in place of being able to solve the problem; those of its own problem are its memory.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.parts import Part, parts_of, told
from maieutic.agents.simulated.person import Person, added
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.sections import any_problem, composed, skills_of
from maieutic.worlds.word_problems.steps import spell


class Author(Person):
    """Prepares a problem part by part: the one that is given, or one that it writes for a section of word problems.

    Attributes:
        careless: probability that the answer of a part is off by one.
        stray: probability that a problem that it writes is of another section.
    """

    careless: float = Field(0.0, ge=0, le=1)
    stray: float = added(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Write the scaffold. Of a problem of its own, what is true of it is its memory; of a section that is none of word
        problems it writes one of any kind.

        Raises:
            BadAnswer: the task is a problem and brings neither steps nor an answer.
        """
        if turn.role.name == "author.compose":
            return self._composed(turn)
        parts = parts_of(turn.view, turn.truth)
        if not parts:
            raise BadAnswer("a simulated author needs truth.steps or an answer, the task has neither")
        return Move(self._scaffold(parts, rng(turn.seed)))

    def _composed(self, turn: Turn) -> Move:
        section, aims = str(turn.view["section"]), turn.view["objectives"]
        listed = aims if isinstance(aims, list) else re.split(r"\s*[;,\n]\s*", str(aims).strip())
        chance = rng(turn.seed, "problem")
        found = None
        if chance.random() >= self.stray:
            found = composed(section, map(str, listed), chance)
        made = found or any_problem(chance, but=section)
        parts = parts_of(made.fields, made.truth)
        answer = self._scaffold(parts, rng(turn.seed)) | {"problem": made.fields["question"]}
        true: dict[str, JsonValue] = {"parts": [told(part) for part in parts], "topic": made.fields["topic"]}
        return Move(answer, true | {"skills": [*skills_of(made)]})

    def _scaffold(self, parts: Sequence[Part], chance: random.Random) -> dict[str, Any]:
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
        return {
            "subproblems": made,
            "facts": [f"To find it you {act}." for act in dict.fromkeys(part.act for part in parts)],
            "solution": "\n".join(part.solution for part in parts),
        }


def wrong_answer(part: Part, place: int = 0) -> str:
    """A wrong answer to a part: the one that its author names, else that of a misconception where one goes wrong in it, else one
    that is a little off."""
    if part.wrong is not None:
        return part.wrong
    number = answers.parse_number(part.answer)
    if part.left is not None:
        names = misconceptions.applicable(part.left)
        if names:
            wrong = misconceptions.by_name(names[place % len(names)]).wrong(part.left)
            if wrong is not None:
                return spell(wrong)
    return f"not {part.answer}" if number is None else spell(number + 1 + place)
