"""Simulated verifier of a debugging talk: reads what was said exactly, then errs with its stated rates.

Knows no student's state. It is granted the bugs in place of understanding sentences about them; fixes it compares
as programs would be compared, by their effect on the syntax tree.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.bug_talk import about, bugs_of, denies, evades, explained, meant
from maieutic.agents.simulated.person import Person
from maieutic.worlds.programs.bugs import Bug, isomorphic

Answered = dict[str, JsonValue]


class Verifier(Person):
    """A verifier with known rates of error.

    Attributes:
        miss: probability that a bug is left out of the plan (never all of them).
        spurious: probability that the plan has something that the program already satisfies.
        false_yes: probability that a turn or an attribute is called understood though the words do not show it.
        false_no: probability that one is called not understood though the words show it.
        misjudge: probability that a fix gets the wrong verdict.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"verifier.attributes", "verifier.turn", "verifier.attribute", "verifier.fixes"}
    )

    miss: float = Field(0.0, ge=0, le=1)
    spurious: float = Field(0.0, ge=0, le=1)
    false_yes: float = Field(0.05, ge=0, le=1)
    false_no: float = Field(0.05, ge=0, le=1)
    misjudge: float = Field(0.02, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Give the verdict that the role asks for.

        Raises:
            BadAnswer: a role that this verifier does not play.
        """
        bugs, chance = bugs_of(turn.truth), rng(turn.seed)
        match turn.role.name:
            case "verifier.attributes":
                return Move(self._plan(turn.view, bugs, chance))
            case "verifier.turn":
                return Move(self._turn(turn.view, bugs, chance))
            case "verifier.attribute":
                return Move(self._attribute(turn.view, bugs, chance))
            case "verifier.fixes":
                return Move(self._fixes(turn.view, chance))
        raise BadAnswer(f"a simulated verifier does not play {turn.role.name}")

    def _plan(self, view: Mapping[str, JsonValue], bugs: Sequence[Bug], chance: random.Random) -> Answered:
        if bugs:
            kept = [bug for bug in bugs if chance.random() >= self.miss] or [bugs[0]]
            plan = [
                (bug.kind == "syntactic", f"See this on line {bug.line}: {bug.description}") for bug in kept
            ]
        else:
            plan = [(False, f"See this: {text}") for text in _texts(view["bug_descriptions"])]
        plan.sort(key=lambda one: one[0])
        if chance.random() < self.spurious:
            plan.append((True, chance.choice(_SATISFIED)))
        return {
            "explanation": f"To be understood before the program can be mended: {len(plan)}.",
            "attributes": [
                {"kind": "syntactical" if written else "conceptual", "text": text} for written, text in plan
            ],
        }

    def _turn(self, view: Mapping[str, JsonValue], bugs: Sequence[Bug], chance: random.Random) -> Answered:
        question, answer = str(view["question"]), str(view["answer"])
        asked = set(about(question, bugs))
        named = {*about(answer, bugs), *explained(answer, bugs)}
        addresses = not evades(answer) and (not asked or not named or bool(asked & named))
        faultless = not denies(answer, bugs)
        understood = addresses and faultless
        if chance.random() < (self.false_no if understood else self.false_yes):
            addresses, faultless = (True, False) if understood else (True, True)
        if not addresses:
            why = "The answer does not take up the question."
        elif not faultless:
            why = "The answer takes the part that was asked about to be right, which it is not."
        else:
            why = "The answer takes up the question, and what it says is true."
        return {"addresses_question": addresses, "no_mistakes": faultless, "explanation": why}

    def _attribute(
        self, view: Mapping[str, JsonValue], bugs: Sequence[Bug], chance: random.Random
    ) -> Answered:
        wanted = meant(str(view["attribute"]), bugs)
        said = [str(view["answer"])]
        history = view.get("history")
        for line in history if isinstance(history, list) else []:
            if isinstance(line, dict) and line["speaker"] == "student":
                said.append(str(line["text"]))
        shown = any(wanted in explained(text, bugs) for text in said)
        if chance.random() < (self.false_no if shown else self.false_yes):
            shown = not shown
        why = "says what is wrong there" if shown else "could have been said without seeing what is wrong"
        return {"explanation": f"What the student said {why}.", "understood": shown}

    def _fixes(self, view: Mapping[str, JsonValue], chance: random.Random) -> Answered:
        references = _texts(view["bug_fixes"])
        verdicts: list[JsonValue] = []
        for fix in _texts(view["fixes"]):
            match = next((n for n, one in enumerate(references, start=1) if isomorphic(fix, one)), 0)
            if chance.random() < self.misjudge:
                match = 0 if match else chance.randint(1, len(references)) if references else 0
            same = "the same change as" if match else "another change than all of"
            verdicts.append(
                {"explanation": f"This is {same} the reference.", "present": match > 0, "matches": match}
            )
        return {"verdicts": verdicts}


def _texts(value: JsonValue) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


_SATISFIED = (
    "The function has to give something back to its caller.",
    "The name of the function has to be the one that the problem asks for.",
    "The parameters have to be used in the order in which they are given.",
)
