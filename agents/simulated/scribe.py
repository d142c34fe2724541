"""Scribe: how simulated people write a worked answer in its layout, and how they get its tags wrong.

Knows nothing of what is right. Tags that are nested or left open can still be read; two answers cannot.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from pydantic import Field, JsonValue

from maieutic.agents.simulated.person import Person
from maieutic.roles.template import Worked, tagged


class Scribe(Person):
    """Somebody who writes worked answers.

    Attributes:
        sloppy: probability of tags that are left open, nested or spelled otherwise, in tagged text.
        garbled: probability of a tagged text without exactly one answer.
    """

    sloppy: float = Field(0.3, ge=0, le=1)
    garbled: float = Field(0.05, ge=0, le=1)

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
