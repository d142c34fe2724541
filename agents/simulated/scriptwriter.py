"""Simulated scriptwriter: has a tutor and a pupil of its own talk, and writes it all down, with errors at stated rates.

Knows what the pupil will say before it writes the tutor's turn; how often it lets the tutor speak of it is one of the
rates. What each of the pupil's words is worth, and what was done to the tutor's turns, is its memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, JsonValue, model_validator

from maieutic import Frozen, rng, seed_of
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.parts import Wish
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.pupil import Pupil
from maieutic.roles.student import STUDENT_REMARK
from maieutic.roles.tutor import ACTIONS, TUTOR_TURN, Action, CodedTurn, Evaluation, moved
from maieutic.worlds.word_problems import answers, spell

Spoiled = Literal["illegal", "inconsistent", "misread"]


class Behind(Frozen):
    """What is behind an exchange.

    Attributes:
        fault: what was done to the tutor's turn.
        foresaw: whether it was made to speak of the mistake that comes next.
        code: what the pupil's words are worth; None after the last turn.
        wish: what it asked for with them.
        part: index of the part that they are about.
        failed: failed attempts at it before them.
    """

    fault: Spoiled | Literal["opening"] | None = None
    foresaw: bool = False
    code: Evaluation | None = None
    wish: Wish | None = None
    part: int = 0
    failed: int = 0


class Scriptwriter(Person):
    """Somebody who writes both sides of a talk. At most one error is made in a turn, but for what it foresees.

    Attributes:
        wrong: probability of one more failure of the student at a part before it gets it right.
        illegal: probability that a code is none of the template's.
        inconsistent: probability that the action is one that may not follow the evaluation.
        misread: probability of another evaluation, with an action that may follow it.
        opening: probability that the first turn is coded as if there were something to evaluate.
        foresees: probability that a turn before a wrong number warns of that number.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"scriptwriter.script"})

    wrong: float = Field(0.6, ge=0, lt=1)
    illegal: float = Field(0.03, ge=0, le=1)
    inconsistent: float = Field(0.05, ge=0, le=1)
    misread: float = Field(0.03, ge=0, le=1)
    opening: float = Field(0.02, ge=0, le=1)
    foresees: float = Field(0.3, ge=0, le=1)

    @model_validator(mode="after")
    def _shares(self) -> Scriptwriter:
        if self.illegal + self.inconsistent + self.misread > 1:
            raise ValueError("illegal, inconsistent and misread must not come to more than 1 together")
        return self

    async def act(self, turn: Turn) -> Move:
        """Write the talk.

        Raises:
            BadAnswer: the task brings neither steps nor an answer.
        """
        chance, pupil = rng(turn.seed), Pupil(wrong=self.wrong)
        scaffold: Any = turn.view["scaffold"]
        length, most = len(scaffold["subproblems"]), int(str(turn.view["turns"]))
        counts: Any = turn.view["attempts"]
        written: list[dict[str, Any]] = []
        behind: list[Behind] = []
        history: list[JsonValue] = []
        memory: Mapping[str, JsonValue] | None = None
        part = failed = 0
        for place in range(most):
            fault: Spoiled | Literal["opening"] | None = self._fault(chance.random())
            if place == 0:
                fault = "opening" if chance.random() < self.opening else None
            view: dict[str, JsonValue] = {
                **turn.view,
                "history": list(history),
                "subproblem": {"number": part + 1, "of": length},
                "attempts": {**counts, "failed": failed},
            }
            tutor = Coder(evaluation=float(fault == "misread"))
            move = await tutor.act(
                Turn(TUTOR_TURN, view, seed_of(turn.seed, place, "tutor"), None, turn.truth)
            )
            made = CodedTurn.model_validate(move.answer)
            part, failed = moved(part, failed, made, length)
            history.append({"speaker": "tutor", "text": made.text})
            told = self._spoiled(made, fault, chance.random())
            if made.progress == "z" or place + 1 == most:
                written.append({"tutor": told, "student": ""})
                behind.append(Behind(fault=fault))
                break
            heard = await pupil.act(
                Turn(
                    STUDENT_REMARK,
                    {"history": list(history)},
                    seed_of(turn.seed, place, "student"),
                    memory,
                    turn.truth,
                )
            )
            memory = heard.memory
            assert memory is not None  # a pupil remembers what its words are worth
            said = str(heard.answer["text"])
            numbers = answers.numbers_in(said)
            foresaw = memory["code"] == "a" and bool(numbers) and chance.random() < self.foresees
            if foresaw:
                told["text"] += f" Mind that it is not {spell(numbers[-1])}."
            written.append({"tutor": told, "student": said})
            worth = {"code": memory["code"], "wish": memory["wish"], "part": part, "failed": failed}
            behind.append(Behind.model_validate({"fault": fault, "foresaw": foresaw, **worth}))
            history.append({"speaker": "student", "text": said})
        return Move({"exchanges": written}, {"exchanges": [one.model_dump(mode="json") for one in behind]})

    def _fault(self, luck: float) -> Spoiled | None:
        for name in get_args(Spoiled):
            luck -= getattr(self, name)
            if luck < 0:
                found: Spoiled = name
                return found
        return None

    def _spoiled(self, made: CodedTurn, fault: str | None, luck: float) -> dict[str, Any]:
        """The turn as it is written, with what goes wrong in it."""
        told: dict[str, Any] = made.model_dump(
            include={"evaluation", "action", "progress", "subproblem", "text"}
        )
        told["action"] = str(made.action)
        match fault:
            case "illegal":
                name = ("evaluation", "action", "progress")[int(3 * luck)]
                told[name] = {"evaluation": "wrong", "action": "13", "progress": "v"}[name]
            case "inconsistent":
                others = [one for one in get_args(Action) if one not in ACTIONS[made.evaluation]]
                told["action"] = str(others[int(len(others) * luck)])
            case "opening":
                told |= {"evaluation": "b", "action": "3"}
            case _:
                pass
        return told
