"""Simulated student: skills that are known or not, misconceptions that are programs, and words that show both.

Knows no teacher's thoughts: what it is taught it reads off what is said. Its true state (a `Mind`) is its memory,
so it stands on the events and never in the text. Per step of the chain: one who knows the skill is right, save for
a slip; one who does not guesses right, or runs the misconception through the numbers; errors propagate.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pydantic import Field

from maieutic import Frozen, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.knowledge import Tracing, forgotten, predict
from maieutic.agents.simulated.person import Person, added
from maieutic.agents.simulated.problem import How, Mark, Problem, problem, values_of
from maieutic.agents.simulated.working import written
from maieutic.roles.student import STUDENT_TEST
from maieutic.worlds.word_problems.steps import spell
from maieutic.worlds.word_problems.variants import transferred


class Mind(Frozen):
    """The student's true state.

    Attributes:
        known: skill -> whether it is known.
        holds: skill that was not known at first -> name of the misconception held for it, None for none.
        marks: how each step was done last.
        heard: index of the step that the teacher's last words were understood to be about.
        learned: skills learnt in the dialogue, in order.
        claim: a final answer taken over from the teacher.
        given: whether the first working came with the task; it says nothing of chance then.
        clear: whether the result of every step could be read off that working; else the state is a guess.
    """

    known: dict[str, bool]
    holds: dict[str, str | None] = {}
    marks: tuple[Mark, ...] = ()
    heard: int | None = None
    learned: tuple[str, ...] = ()
    claim: str | None = None
    given: bool = False
    clear: bool = True

    @property
    def final(self) -> str | None:
        """The answer that the student stands by, a fraction or as it is said."""
        return self.claim or (self.marks[-1].value if self.marks else None)


class Student(Tracing, Person):
    """A student of word problems, with the four numbers of `Tracing` for every skill.

    Attributes:
        told: probability of learning a skill when the teacher states the step's result (else it is `learn`).
        echo: probability of taking over a number without understanding: a step's result that was stated, or a
            final answer, right or wrong.
        forget: probability of losing a known skill with each lesson about something else that passes before a test.
        astray: probability that a step that it does not know goes wrong otherwise than by its misconception.
        lapse: probability of giving a misconception up with words that are not about it.
    """

    told: float = Field(0.7, ge=0, le=1)
    echo: float = Field(0.3, ge=0, le=1)
    forget: float = added(0.0, ge=0, le=1)
    astray: float = added(0.0, ge=0, le=1)
    lapse: float = added(0.0, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Attempt the question, or react to what the teacher said last.

        Raises:
            BadAnswer: the task brings neither steps nor an answer to be right or wrong about.
        """
        task = problem(turn.view, turn.truth or {})
        if task is None:
            raise BadAnswer("a simulated student needs truth.steps or truth.answer, the task has neither")
        chance = rng(turn.seed)
        said: Any = turn.view.get("history") or []
        if turn.role.name == STUDENT_TEST.name and turn.memory is not None:
            return self._tested(task, Mind.model_validate(turn.memory), turn, chance)
        if turn.memory is not None:
            mind = Mind.model_validate(turn.memory)
        else:
            own = (str(one["text"]) for one in reversed(said) if one["speaker"] == turn.role.seat)
            mind = self._opened(task, next(own, task.attempt), chance)
        how = "attempt"
        if said and said[-1]["speaker"] != turn.role.seat:
            mind, how = self._heard(task, mind, str(said[-1]["text"]), chance)
        answer = _answer(task, mind)
        text = task.attempt if not said and task.attempt else _words(task, mind, how, answer, chance)
        sure = min((_SURE[mark.how] for mark in mind.marks), default=0.5) * chance.uniform(0.8, 1.0)
        return Move({"text": text, "answer": answer, "confidence": sure}, mind.model_dump(mode="json"))

    def _tested(self, task: Problem, mind: Mind, turn: Turn, chance: random.Random) -> Move:
        """A working of its own by what is known now, which is not changed by it, but by the lessons that passed `between`;
        a claim may be taken over, a number that was taken over before may not."""
        sibling, claim, between = (turn.view.get(name) for name in ("sibling", "claim", "between"))
        if isinstance(between, list):
            kept = forgotten(1.0, self.forget, len(between))
            known = {skill: had and chance.random() < kept for skill, had in mind.known.items()}
            mind = mind.model_copy(update={"known": known})
        if sibling:
            steps = transferred(task.question, task.chain, str(sibling))
            if not steps:
                raise BadAnswer("a simulated student can only solve siblings of a problem with known steps")
            answer = spell(steps[-1].value)
            task = replace(task, question=str(sibling), chain=tuple(steps), answer=answer, attempt=None)
        marks = task.worked(
            [self._done(task, mind, place, chance) for place in range(task.length)], mind.holds
        )
        fresh = mind.model_copy(update={"marks": marks, "claim": None, "heard": None})
        how, claimed = "attempt", None if claim is None else task.claim(str(claim))
        if claimed is not None and chance.random() < self.echo:
            fresh, how = fresh.model_copy(update={"claim": claimed}), "claim"
        answer_now = _answer(task, fresh)
        return Move(
            {"text": _words(task, fresh, how, answer_now, chance), "answer": answer_now},
            mind.model_dump(mode="json"),
        )

    def _opened(self, task: Problem, attempt: str | None, chance: random.Random) -> Mind:
        if attempt is not None:
            return Mind(**dict(task.owned(attempt, chance)), given=True)
        if task.lacks:
            known = {skill: skill not in task.lacks for skill in task.skills}
            holds = dict.fromkeys(task.lacks, task.misconception)
            mind = Mind(known=known, holds=holds)
            marks = task.worked(
                [self._done(task, mind, index, chance) for index in range(task.length)], holds
            )
            return mind.model_copy(update={"marks": marks})
        known = {skill: chance.random() < self.prior for skill in task.skills}
        holds = {skill: task.held(skill, chance) for skill in task.skills if not known[skill]}
        mind = Mind(known=known, holds=holds)
        marks = task.worked([self._done(task, mind, index, chance) for index in range(task.length)], holds)
        return mind.model_copy(update={"marks": marks})

    def _done(self, task: Problem, mind: Mind, index: int, chance: random.Random) -> Mark:
        skill, luck, off = task.skill(index), chance.random(), task.stray(index, chance)
        how: How
        if mind.known[skill]:
            how = "slip" if luck < self.slip else "known"
        elif luck < self.guess:
            how = "guess"
        else:
            how = "misconception" if task.chain or mind.holds.get(skill) else "muddle"
            if self.astray and chance.random() < self.astray:
                how, off = "muddle", str(chance.choice(_ASTRAY))
        return Mark(how=how, off=off)

    def _heard(self, task: Problem, mind: Mind, text: str, chance: random.Random) -> tuple[Mind, str]:
        """The mind after the teacher's `text`, and how to react: lost, again, see, echo, lapse or claim."""
        about, claim, how = task.about(text, mind.marks), task.claim(text), "lost"
        luck, follows, believes = chance.random(), chance.random(), chance.random()
        new: dict[str, Any] = {"heard": about}
        if about is not None:
            skill, marks, how = task.skill(about), list(mind.marks), "again"
            shown = task.shows(text, about, mind.marks)
            if not mind.known[skill] and luck < (self.told if shown else self.learn):
                how = "see"
                new |= {"known": {**mind.known, skill: True}, "learned": (*mind.learned, skill)}
            mind = mind.model_copy(update=new)
            if how != "see" and shown and not mind.known[skill] and follows < self.echo:
                how, marks[about] = "echo", Mark(how="echo", off=task.true(about))
            else:
                for index in range(
                    task.length
                ):  # what is spoken of is done again, and so is what is now known
                    unknowing = task.skill(index) == skill and marks[index].how in ("misconception", "muddle")
                    if index == about or (how == "see" and unknowing):
                        marks[index] = self._done(task, mind, index, chance)
            new |= {"marks": task.worked(marks, mind.holds), "claim": None}
        mind = mind.model_copy(update=new)
        unspoken = [one for one, had in mind.known.items() if not had and one not in _skills(task, about)]
        if self.lapse and unspoken and chance.random() < self.lapse:
            how, mind = "lapse", self._given_up(task, mind, unspoken[0], chance)
        if claim is not None and believes < self.echo:
            mind, how = mind.model_copy(update={"claim": claim}), "claim"
        return mind, how

    def _given_up(self, task: Problem, mind: Mind, skill: str, chance: random.Random) -> Mind:
        """The mind of one to whom a skill has come of itself."""
        mind = mind.model_copy(
            update={"known": {**mind.known, skill: True}, "learned": (*mind.learned, skill), "claim": None}
        )
        marks = [
            self._done(task, mind, at, chance) if task.skill(at) == skill else mark
            for at, mark in enumerate(mind.marks)
        ]
        return mind.model_copy(update={"marks": task.worked(marks, mind.holds)})


_ASTRAY = (3, 7, 13)  # how far off: no accident, and no misconception, lands there often


def _skills(task: Problem, about: int | None) -> list[str]:
    return [] if about is None else [task.skill(about)]


_SURE: Mapping[How, float] = {
    "known": 0.95,
    "slip": 0.9,
    "misconception": 0.85,
    "echo": 0.6,
    "muddle": 0.5,
    "guess": 0.4,
}

_OPENERS: Mapping[str, tuple[str, ...]] = {
    "attempt": (
        "Here is what I did.",
        "This is how I worked it out.",
        "I tried it like this.",
        "My working:",
    ),
    "again": (
        "Let me do that step again.",
        "Hmm, I will redo it.",
        "OK, once more.",
        "I will check that part.",
    ),
    "see": ("Oh, now I see it!", "Ah, that makes sense.", "Right, I had that wrong.", "I get it now."),
    "lapse": ("Wait, I see it now!", "Oh, I did that in a wrong way.", "Ah, now I know how this goes."),
    "echo": ("If you say so.", "OK, then I put that number.", "I will take your number there."),
    "claim": ("OK, I will take that.", "So that is it, then.", "Alright, I write that down."),
    "lost": (
        "I am not sure which part you mean.",
        "I still think it is fine.",
        "Hmm, I do not know what to change.",
    ),
}
_LINES = ("First, ", "Then ", "After that ", "That gives ", "Now ", "")
_ENDS = (
    "So the answer is {}.",
    "My answer: {}.",
    "That makes {} in the end.",
    "I get {}.",
)  # the first two also fit words
_STUCK = ("I do not know how to go on from here.", "I am stuck at this point.")


def _answer(task: Problem, mind: Mind) -> str | None:
    if mind.claim is not None or not task.chain or mind.final is None:
        return mind.final
    return spell(Fraction(mind.final))


def _words(task: Problem, mind: Mind, how: str, answer: str | None, chance: random.Random) -> str:
    lines = [chance.choice(_OPENERS[how])]
    if task.chain and how not in ("lost", "claim"):
        values, start = values_of(mind.marks), 0 if how == "lapse" else mind.heard or 0
        for index, step in enumerate(task.chain[start:], start):
            left, value = written(step.expr, values), values[index]
            if left is None or value is None:
                lines.append(chance.choice(_STUCK))
                break
            lead = _LINES[0] if index == 0 else chance.choice(_LINES[1:])
            lines.append(f"{lead}{left} = {spell(value)}")
    end = chance.choice(_ENDS if task.chain else _ENDS[:2])
    lines.append("I have no answer." if answer is None else end.format(answer))
    return "\n".join(lines)


class Fidelity(Frozen):
    """How a simulated student's steps came out, against what its knowledge says.

    Attributes:
        steps: steps counted, the first of each skill of each mind, so that they are independent.
        right: those done rightly, given their inputs.
        expected: how many were to be expected to be, from each skill's true state, slip and guess.
        wrong: those done wrongly for want of knowledge.
        misconceived: those of `wrong` that are what a misconception's program gives.
        own: those of `misconceived` whose misconception is the one held for the skill.
        slips: those done wrongly in spite of knowledge.
    """

    steps: int
    right: int
    expected: float
    wrong: int
    misconceived: int
    own: int
    slips: int

    @property
    def misconception_share(self) -> float | None:
        """Share of wrong steps that are what a misconception gives; None where there are none."""
        return self.misconceived / self.wrong if self.wrong else None


def first_steps(task: Problem, mind: Mind) -> Iterator[tuple[str, bool, str | None]]:
    """The first step of each skill in a first attempt: the skill, whether the step is right given what went into it, and
    the misconception whose program was run there. Nothing of a given working; steps that come to no number are left out."""
    for skill in [] if mind.given else task.skills:
        index = next(place for place in range(task.length) if task.skill(place) == skill)
        well = task.right(index, mind.marks)
        if well is not None:
            yield skill, well, mind.marks[index].name


def fidelity(student: Tracing, minds: Iterable[tuple[Problem, Mind]]) -> Fidelity:
    """Hold minds after a first attempt against the student's parameters; given workings are passed over."""
    steps = right = wrong = misconceived = own = slips = 0
    expected = 0.0
    for task, mind in minds:
        for skill, well, name in first_steps(task, mind):
            steps += 1
            right += well
            expected += predict(float(mind.known[skill]), student)
            if not well:
                slips += mind.known[skill]
                wrong += not mind.known[skill]
                misconceived += name is not None
                own += name is not None and name == mind.holds.get(skill)
    return Fidelity(
        steps=steps,
        right=right,
        expected=expected,
        wrong=wrong,
        misconceived=misconceived,
        own=own,
        slips=slips,
    )
