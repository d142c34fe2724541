"""Simulated people of a curriculum: an apprentice with a rate of success for each task, a master, a tagger and a rater.

Knows the true steps as its reading of the instruction; the task of an instruction is the skill of its last step. Of an
instruction without a right result they know its words alone: a good response speaks of what is asked for, a poor one does
not, and the rater reads which it is. The apprentice gets better at a task with every record of it that it studies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field

from maieutic import Record, rng
from maieutic.agents.agent import Move, Turn
from maieutic.agents.simulated.person import Person, added
from maieutic.agents.simulated.procedures import RIGHT, wrong
from maieutic.agents.simulated.working import chain
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.steps import SKILLS, Step, spell
from maieutic.worlds.word_problems.variants import variant

OTHER = "other"
TASKS = (*SKILLS, OTHER)
_TERSE = ("I worked it out.", "In short, on ")  # how a teacher's response begins, where it is not refined


def task_of(steps: Sequence[Step]) -> str:
    """The kind of task that a problem is."""
    return steps[-1].skill if steps and steps[-1].skill in TASKS else OTHER


def _solved(turn: Turn, right: bool, full: bool) -> str:
    """A response to the turn's question: in full, or the result alone."""
    steps, truth = chain(turn.truth), turn.truth or {}
    if not steps and not truth.get("answer"):
        return _spoken(_subjects(str(turn.view["question"])) if right else [], full)
    if not steps:
        number = answers.parse_number(str(truth["answer"]))
        off = str(truth["answer"]) if right or number is None else spell(number + 1)
        return f"{_TERSE[0]}\nThe answer is {off if right or number is not None else 'unknown'}."
    others = [] if right else wrong(steps, str(turn.view["question"]), 3)
    way = rng(turn.seed, "way").choice(others) if others else RIGHT
    lines = way.lines(steps) or []
    told = [f"{left} = {spell(value)}" for left, value in lines] if full else [_TERSE[0]]
    return "\n".join([*told, f"The answer is {spell(lines[-1][1])}."])


def _subjects(text: str) -> list[str]:
    """What an instruction is about: its longer words, of each the first."""
    return list(dict.fromkeys(re.findall(r"[^\W\d_]{5,}", text.lower())))[:40]


def _spoken(subjects: Sequence[str], full: bool) -> str:
    if not subjects:
        return "There is much to be said."
    if full:
        return "\n".join(["This is what I can say.", *(f"- On {one}: so it is done." for one in subjects)])
    return f"{_TERSE[1]}{', '.join(subjects)}: so it is done."


def _spoken_of(question: str, response: str) -> float:
    """The share of what a question is about that a response speaks of."""
    subjects, said = _subjects(question), set(_subjects(response))
    return sum(one in said for one in subjects) / len(subjects) if subjects else 1.0


class Apprentice(Person):
    """A student with a rate of success for each task.

    Attributes:
        rates: task -> probability of a right response; `other` for tasks that are not named.
        other: probability for those.
        gain: by which share failures at a task become fewer for each record of it.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"student.respond"})

    rates: dict[str, float] = Field({"addition": 0.8, "subtraction": 0.6, "multiplication": 0.5})
    other: float = Field(0.3, ge=0, le=1)
    gain: float = Field(0.03, ge=0, le=1)

    def rate(self, task: str) -> float:
        """Probability of a right response to an instruction of a task."""
        return self.rates.get(task, self.other)

    async def act(self, turn: Turn) -> Move:
        """Answer an instruction."""
        right = rng(turn.seed).random() < self.rate(task_of(chain(turn.truth)))
        return Move({"text": _solved(turn, right, full=True)}, {"right": right})

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The apprentice after the records, each of the task that it is labelled with."""
        rates = dict(self.rates)
        for record in records:
            task = str(record.meta.get("task", OTHER))
            rates[task] = 1 - (1 - rates.get(task, self.other)) * (1 - self.gain)
        return self.model_copy(update={"rates": rates})


class Master(Person):
    """A teacher who answers, writes in full, and makes new examples.

    Attributes:
        accuracy: probability of a right response; what is refined stays as right as it was.
        copies: probability that a new example is the old one again, as it is where no other can be made.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"teacher.respond", "teacher.refine", "teacher.expand"}
    )

    accuracy: float = Field(0.95, ge=0, le=1)
    copies: float = Field(0.1, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Take the turn of one of its roles."""
        chance = rng(turn.seed)
        if turn.role.name == "teacher.respond":
            return Move({"text": _solved(turn, chance.random() < self.accuracy, full=False)})
        if turn.role.name == "teacher.refine":
            return Move({"text": _solved(turn, True, full=True)})
        steps, question = chain(turn.truth), str(turn.view["question"])
        made = None if not steps or chance.random() < self.copies else variant(question, steps, chance)
        lines = None if made is None else RIGHT.lines(made[1])
        if made is None or lines is None:  # the old one again, which adds nothing
            return Move({"instruction": question, "text": _solved(turn, True, full=True)})
        told = [f"{left} = {spell(value)}" for left, value in lines]
        return Move(
            {"instruction": made[0], "text": "\n".join([*told, f"The answer is {spell(lines[-1][1])}."])}
        )


class Tagger(Person):
    """Says which task an instruction is.

    Attributes:
        accuracy: probability of the right label; else another one.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"tagger.tag"})

    accuracy: float = Field(0.95, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Choose a label."""
        chance, true = rng(turn.seed), task_of(chain(turn.truth))
        if chance.random() >= self.accuracy:
            true = chance.choice([one for one in TASKS if one != true])
        return Move({"task": true})


class Rater(Person):
    """Scores two responses, without bias but for the slot and, where it is the teacher's kin, for the teacher's style.

    Attributes:
        right, wrong: mean score of a response with the right result, and with any other; where there is no such thing, of one
            that speaks of all that is asked for, and of none of it.
        noise: standard deviation of a score.
        bonus: added to the response that stands first.
        kin: added to a response in the teacher's style, which tells no steps (self-preference).
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"judge.rate"})

    right: float = Field(7.0, ge=1, le=10)
    wrong: float = Field(4.0, ge=1, le=10)
    noise: float = Field(0.7, ge=0, le=10)
    bonus: float = Field(0.8, ge=-5, le=5)
    kin: float = added(0.0, ge=-5, le=5)

    async def act(self, turn: Turn) -> Move:
        """Score both."""
        truth, chance, scores = turn.truth or {}, rng(turn.seed), []
        for name, bonus in (("response_1", self.bonus), ("response_2", 0.0)):
            response = str(turn.view[name])
            if truth.get("answer"):
                said = answers.stated_answer(response)
                good = float(said is not None and answers.equal(said, str(truth["answer"])))
            else:
                good = _spoken_of(str(turn.view["question"]), response)
            value = self.wrong + (self.right - self.wrong) * good + bonus + self.noise * chance.gauss()
            value += self.kin * response.startswith(_TERSE)
            scores.append(min(10.0, max(1.0, value)))
        return Move({"score_1": scores[0], "score_2": scores[1]})
