"""Simulated critic: finds out exactly whether a draft gives the answer away, then errs at its stated rates.

Knows nothing of the teacher's plans or of the student; question, answer and draft are all it reads.
"""

from __future__ import annotations

from pydantic import Field

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.person import Person
from maieutic.worlds.word_problems import answers

_STOPPED = (
    "It states the final answer.",
    "The student could copy the result off it.",
    "The answer itself is in the draft; ask for it instead.",
    "This gives the result away.",
)
_PASSED = (
    "It keeps the answer to itself.",
    "Nothing in it gives the result away.",
    "The student still has to work.",
)


class Critic(Person):
    """A critic of drafts.

    Attributes:
        sensitivity: probability of stopping a draft that gives the answer away.
        specificity: probability of letting one through that does not.
    """

    sensitivity: float = Field(0.95, ge=0, le=1)
    specificity: float = Field(0.98, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Screen one draft.

        Raises:
            BadAnswer: there is no draft or no answer to hold it against.
        """
        draft, answer = turn.view.get("draft"), turn.view.get("answer")
        if draft is None or answer is None:
            raise BadAnswer(
                f"a critic needs a draft and an answer, got {', '.join(sorted(turn.view)) or 'nothing'}"
            )
        chance = rng(turn.seed)
        leaks = answers.reveals(str(draft), str(answer), str(turn.view.get("question") or ""))
        said = leaks if chance.random() < (self.sensitivity if leaks else self.specificity) else not leaks
        return Move({"leaks": said, "reason": chance.choice(_STOPPED if said else _PASSED)})
