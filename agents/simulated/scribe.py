"""Scribe: what simulated people of worked answers share: what they go by, how they write one in its layout, and how they get
its tags wrong.

Decides nothing about what is right. Tags that are nested or left open can still be read; two answers cannot.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from pydantic import Field, JsonValue

from maieutic.agents.agent import BadAnswer, Turn
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.working import chain
from maieutic.roles.template import Worked, tagged
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.steps import Step


class Scribe(Person):
    """Somebody who writes worked answers.

    Attributes:
        sloppy: probability of tags that are left open, nested or spelled otherwise, in tagged text.
        garbled: probability of a tagged text without exactly one answer.
    """

    sloppy: float = Field(0.3, ge=0, le=1)
    garbled: float = Field(0.05, ge=0, le=1)

    def grounds(self, turn: Turn) -> tuple[Sequence[Step], Fraction | None]:
        """What there is to go by: the true steps, and the answer where it is a number.

        Raises:
            BadAnswer: the task brings neither steps nor an answer in numbers.
        """
        steps = chain(turn.truth)
        gold = answers.parse_number(str((turn.truth or {}).get("answer") or ""))
        if not steps and gold is None:
            raise BadAnswer(
                f"a {self.name.replace('-', ' ')} needs truth.steps or a number as truth.answer, the task has neither"
            )
        return steps, gold

    def written(self, worked: Worked, as_text: bool, chance: random.Random) -> Mapping[str, JsonValue]:
        """A worked answer as fields, or as tagged text."""
        if not as_text:
            steps: list[JsonValue] = [
                {"text": step, "key": key} for step, key in zip(worked.steps, worked.keys, strict=True)
            ]
            return {"steps": steps, "generalized": worked.generalized, "answer": worked.answer}
        text = tagged(worked)
        if chance.random() < self.sloppy:
            text = chance.choice(_SLOPPY)(text)
        if chance.random() < self.garbled:
            text = chance.choice(_GARBLED)(text)
        return {"text": text}


def shown_step(turn: Turn) -> tuple[list[str], str]:
    """The right steps before the wrong one, and the wrong one, each on one line."""
    given: Any = turn.view.get("prefix") or []
    return [" ".join(str(one).split()) for one in given], " ".join(str(turn.view["wrong_step"]).split())


def _nested(text: str) -> str:
    return text.replace("</Step 1>\n", "", 1).replace("<Generalized>", "</Step 1>\n<Generalized>", 1)


_SLOPPY = (
    lambda text: text.replace("</Step 1>", "", 1),
    lambda text: text.replace("</Key>", "").replace("\n</Answer>", ""),
    lambda text: text.replace("<Step ", "<step").replace("</Step ", "</STEP"),
    _nested,
    lambda text: f"Here is how I see it.\n\n{text}\n\nI hope this helps.",
)
_GARBLED = (
    lambda text: f"{text}\nOr else:\n<Answer>0</Answer>",
    lambda text: text.replace("<Answer>", "").replace("</Answer>", ""),
)
