"""Simulated tutor of coded turns: reads what the pupil's words are worth, decides by the book, and errs at stated rates.

Knows the parts in place of being able to solve them; of the pupil it knows the words alone.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, Self, get_args

from pydantic import Field, model_validator

from maieutic import Dialogue, Pair, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.parts import WISHED, Part, Wish, parts_of, worth
from maieutic.agents.simulated.person import Person, added
from maieutic.roles.tutor import ACTIONS, EVALUATIONS, SHOWING, Action, Evaluation, Progress
from maieutic.worlds.word_problems import answers

Fault = Literal["unparsable", "missing", "evaluation", "action", "progress"]


def by_the_book(code: Evaluation, wish: Wish | None, failures: int, patience: int, at: int) -> Action:
    """The action that the template calls for.

    Args:
        code: the evaluation.
        wish: what the student asked for, with code f.
        failures: at this part before this turn.
        patience: failures after which the solution is given.
        at: index of the part; from the first one there is no way back.
    """
    match code:
        case "a":
            return 2 if failures + 1 >= patience else 1
        case "c":
            return 5 if failures + 1 >= patience else 4
        case "f":
            return 11 if wish is None or (wish == "back" and at == 0) else WISHED[wish]
        case _:
            return ACTIONS[code][0]


def standing(action: Action, last: bool) -> Progress:
    """How a part stands after an action; `last` where it is the last one."""
    if action == 10:
        return "y"
    if action == 3 or action in SHOWING:
        return "z" if last else "y"
    return "x"


class Coder(Person):
    """A tutor who speaks in coded turns. Each error has a probability of its own; at most one is made in a turn, but for
    slips.

    Attributes:
        unparsable: the turn is half a JSON object.
        missing: the turn lacks its codes.
        evaluation: another evaluation, with an action that may follow it.
        action: another action.
        progress: another state of the part.
        slip: a right result is taken for wrong, or a wrong one for right, where no computation was made.
        gain: share by which errors become rarer with what is studied: all kinds with a talk, one kind with a pair whose worse
            turn has an error of it.
    """

    unparsable: float = Field(0.0, ge=0, le=1)
    missing: float = Field(0.0, ge=0, le=1)
    evaluation: float = Field(0.0, ge=0, le=1)
    action: float = Field(0.0, ge=0, le=1)
    progress: float = Field(0.0, ge=0, le=1)
    slip: float = added(0.0, ge=0, le=1)
    gain: float = added(0.02, ge=0, le=1)

    @model_validator(mode="after")
    def _shares(self) -> Coder:
        if sum(getattr(self, name) for name in get_args(Fault)) > 1:
            raise ValueError("the probabilities of errors must not come to more than 1 together")
        return self

    async def act(self, turn: Turn) -> Move:
        """Evaluate, decide and speak.

        Raises:
            BadAnswer: the task brings neither steps nor an answer, or the turn came out unparsable or incomplete.
        """
        parts = parts_of(turn.view, turn.truth)
        if not parts:
            raise BadAnswer("a simulated tutor needs truth.steps or an answer, the task has neither")
        chance = rng(turn.seed)
        fault = self._fault(chance)
        place: Any = turn.view.get("subproblem") or {}
        at = min(int(place.get("number", 1)) - 1, len(parts) - 1)
        counts: Any = turn.view.get("attempts") or {}
        history: Any = turn.view.get("history") or []
        code: Evaluation = "g"
        wish = None
        if history:
            code, wish = worth(str(history[-1]["text"]), parts[at])
        if code in ("a", "b"):
            code = self._judged(str(history[-1]["text"]), code, turn)
        if fault == "evaluation":
            code = chance.choice([one for one in EVALUATIONS if one not in (code, "g")])
        failures, patience = int(counts.get("failed", 0)), int(counts.get("limit", 3))
        action = by_the_book(code, wish, failures, patience, at)
        if fault == "action":
            action = chance.choice([one for one in get_args(Action) if one != action])
        progress = standing(action, at == len(parts) - 1)
        if fault == "progress":
            progress = chance.choice([one for one in get_args(Progress) if one != progress])
        answer = {
            "thoughts": f"The student's words are {code}.",
            "evaluation": code,
            "action": action,
            "progress": progress,
            "subproblem": parts[at].question,
            "text": _words(action, progress, parts, at, chance),
        }
        if fault == "unparsable":
            raise BadAnswer("there is no JSON object in it", raw=json.dumps(answer)[:-20])
        if fault == "missing":
            raise BadAnswer("evaluation: Field required", raw=json.dumps({"text": answer["text"]}))
        return Move(answer)

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The tutor after talks to imitate and pairs to tell apart."""
        talks = sum(isinstance(one, Dialogue) for one in records)
        reasons = Counter(one.meta.get("reason") for one in records if isinstance(one, Pair))
        return self.model_copy(
            update={
                name: getattr(self, name) * (1 - self.gain) ** (talks + reasons[name])
                for name in get_args(Fault)
            }
        )

    def _judged(self, text: str, code: Evaluation, turn: Turn) -> Evaluation:
        """A result by what was computed, else by the tutor's own reckoning, which may slip."""
        made: Any = turn.view.get("computation")
        if made is not None:
            return "b" if answers.equal(answers.final_answer(text) or text, str(made["result"])) else "a"
        if self.slip and rng(turn.seed, "slip").random() < self.slip:
            return "b" if code == "a" else "a"
        return code

    def _fault(self, chance: random.Random) -> Fault | None:
        luck = chance.random()
        for name in get_args(Fault):
            luck -= getattr(self, name)
            if luck < 0:
                found: Fault = name
                return found
        return None


_SAYINGS: dict[Action, tuple[str, ...]] = {
    1: ("That is not right yet. {hint}", "Not quite. {hint}", "Have another look. {hint}"),
    2: ("We have tried this a few times. It goes like this: {solution}.", "Let me show you: {solution}."),
    3: ("Yes, that is right.", "Right, and complete.", "Good, that is it."),
    4: ("That is a good start. {hint}", "You are on the way. {hint}"),
    5: ("You were close. All of it: {solution}.", "Nearly. This is how it goes on: {solution}."),
    6: ("Can you say a little more about what you mean?", "What exactly do you get there?"),
    7: ("Let us stay with our problem. {question}", "Back to our question. {question}"),
    8: ("{hint}", "A hint: {hint}"),
    9: ("Here it is: {solution}.", "The solution of this part: {solution}."),
    10: ("Let us go back one part. {before}", "Back once more, then. {before}"),
    11: (
        "Each part brings us closer to what the problem asks for. {question}",
        "We need it for what comes after. {question}",
    ),
    12: ("Let us do this in parts. {question}", "We go through it part by part. {question}"),
}


def _words(action: Action, progress: Progress, parts: Sequence[Part], at: int, chance: random.Random) -> str:
    part = parts[at]
    said = chance.choice(_SAYINGS[action]).format(
        hint=part.hint or f"Think about which numbers you have to {part.act}.",
        solution=part.solution,
        question=part.question,
        before=parts[max(at - 1, 0)].question,
    )
    if action == 3 or action in SHOWING:
        if progress == "y" and at + 1 < len(parts):
            said += f" Now the next part. {parts[at + 1].question}"
        elif progress == "z":
            said += " That was the last part, we are done."
    return said
