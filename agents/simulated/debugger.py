"""Simulated student who debugs: per bug a flag that says whether it is understood, raised by fitting questions.

Knows no program: it is granted the bugs in place of reading the code. Learning is Bayesian knowledge tracing
(Corbett and Anderson 1995) with one skill a bug: P(L0) `known`, P(T) `learn`, P(G) `guess`, P(S) `slip`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.bug_talk import (
    about,
    bugs_of,
    deny,
    evade,
    explain,
    explained,
    remark,
    says_fix,
)
from maieutic.agents.simulated.knowledge import forgotten
from maieutic.agents.simulated.person import Person, added
from maieutic.worlds.programs.bugs import Bug

Memory = dict[str, JsonValue]


class Debugger(Person):
    """A student whose true state, `understood` for each bug, rides in memory and never in words.

    Attributes:
        known: probability that a bug is understood at the start.
        learn: probability that a question about a bug makes it understood.
        taught: the same for words that say what is wrong (teaching, or a question that leaks).
        guess: probability that an answer about a bug that is not understood says what is wrong all the same.
        slip: probability that an answer about an understood bug calls it right.
        shallow: probability that a right answer stays on the surface and does not show the understanding.
        vague: probability that a wrong answer evades; otherwise it is mistaken.
        volunteer: probability, for each other understood bug, that an answer speaks of it too.
        careless: probability that a listed fix is written down wrongly.
        echo: probability of repeating what was said without understanding it, in answers and in fixes.
        forget: probability of losing the understanding of a bug with each lesson about something else that passes.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"student.answer", "student.fixes", "student.later"})

    known: float = Field(0.0, ge=0, le=1)
    learn: float = Field(0.5, ge=0, le=1)
    taught: float = Field(0.8, ge=0, le=1)
    guess: float = Field(0.05, ge=0, le=1)
    slip: float = Field(0.05, ge=0, le=1)
    shallow: float = Field(0.2, ge=0, le=1)
    vague: float = Field(0.5, ge=0, le=1)
    volunteer: float = Field(0.2, ge=0, le=1)
    careless: float = Field(0.05, ge=0, le=1)
    echo: float = Field(0.05, ge=0, le=1)
    forget: float = added(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Answer a question, or list fixes.

        Raises:
            BadAnswer: a role that a debugging student does not play.
        """
        bugs = bugs_of(turn.truth)
        chance = rng(turn.seed)
        if turn.role.name == "student.answer":
            question = str(turn.view["question"])
            flags = self._flags(turn, bugs, chance)
            start = (turn.memory or {}).get("start", [*flags])
            said = self._answer(question, flags, bugs, chance)
            return Move(said.answer, {**(said.memory or {}), "start": start})
        if turn.role.name == "student.fixes":
            return self._fixes(turn, self._flags(turn, bugs, chance), bugs, chance)
        if turn.role.name == "student.later":
            lessons = turn.view["between"]
            kept = forgotten(1.0, self.forget, len(lessons) if isinstance(lessons, list) else 0)
            flags = [had and chance.random() < kept for had in self._flags(turn, bugs, chance)]
            listed = self._fixes(turn, flags, bugs, chance)
            return Move(listed.answer, {**(turn.memory or {}), "understood": [*flags]})
        raise BadAnswer(f"a simulated debugger does not play {turn.role.name}")

    def _flags(self, turn: Turn, bugs: Sequence[Bug], chance: random.Random) -> list[bool]:
        held = (turn.memory or {}).get("understood")
        if isinstance(held, list):
            return [bool(flag) for flag in held]
        return [chance.random() < self.known for _ in bugs]

    def _answer(self, question: str, flags: list[bool], bugs: Sequence[Bug], chance: random.Random) -> Move:
        asked, told = about(question, bugs), set(explained(question, bugs))
        for place in asked:
            if chance.random() < (self.taught if place in told else self.learn):
                flags[place] = True
        said: list[str] = []
        showed: set[int] = set()
        for place in asked:
            bug = bugs[place]
            if flags[place]:
                if chance.random() < self.slip:
                    said.append(deny(bug, chance))
                elif chance.random() < self.shallow:
                    said.append(remark(bug, chance))
                else:
                    said.append(explain(bug, chance))
                    showed.add(place)
            elif chance.random() < (max(self.echo, self.guess) if place in told else self.guess):
                said.append(explain(bug, chance))
                showed.add(place)
            else:
                said.append(evade(chance) if chance.random() < self.vague else deny(bug, chance))
        for place, bug in enumerate(bugs):
            if place not in asked and flags[place] and chance.random() < self.volunteer:
                said.append(explain(bug, chance))
                showed.add(place)
        memory: Memory = {"understood": list(flags), "showed": [*sorted(showed)]}
        return Move({"text": " ".join(said or [evade(chance)])}, memory)

    def _fixes(self, turn: Turn, flags: Sequence[bool], bugs: Sequence[Bug], chance: random.Random) -> Move:
        history = turn.view["history"]
        lines = history if isinstance(history, list) else []
        talk = [str(line["text"]) for line in lines if isinstance(line, dict)]
        fixes: list[JsonValue] = []
        for place in sorted({place for line in talk for place in about(line, bugs)}):
            bug = bugs[place]
            if flags[place]:
                fixes.append(_wrong(bug) if chance.random() < self.careless else bug.fix)
            elif says_fix(" ".join(talk), bug) and chance.random() < self.echo:
                fixes.append(bug.fix)
        return Move({"fixes": fixes})


def _wrong(bug: Bug) -> str:
    return f"Replace line {bug.line} with `pass`"
