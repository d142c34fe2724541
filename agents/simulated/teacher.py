"""Simulated teacher: reads where a student's working first goes wrong, and asks about that step.

Knows nothing of the student but what was said; its belief in each skill is a Bayesian filter over that (its
memory). It errs at stated rates: it may work on another step, and it may give the answer away.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from pydantic import Field

from maieutic import Frozen, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.knowledge import Tracing, learned, observe
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.problem import Problem, problem
from maieutic.agents.simulated.working import ORDINALS, Values, first_wrong, own_value, stated, written
from maieutic.worlds.word_problems import answers, misconceptions
from maieutic.worlds.word_problems.steps import spell


class Notebook(Frozen):
    """What the teacher remembers.

    Attributes:
        beliefs: skill -> probability that the student knows it, after all that was said so far.
        values: the result of each step as the student states it now, as fractions.
        heard: how many of the student's turns are in all this.
        target: index of the step that was worked on last, None where the answer was given away instead.
        told: whether its result was stated then.
    """

    beliefs: dict[str, float] = {}
    values: tuple[str | None, ...] = ()
    heard: int = 0
    target: int | None = None
    told: bool = False


class Teacher(Tracing, Person):
    """A teacher of word problems; the four numbers of `Tracing` are what it believes of students.

    Attributes:
        told: probability that a skill is learnt when a step's result is stated, as the teacher believes.
        leak: probability that a draft gives the final answer away.
        misread: probability of working on another step than the first wrong one.
    """

    told: float = Field(0.7, ge=0, le=1)
    leak: float = Field(0.15, ge=0, le=1)
    misread: float = Field(0.05, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Read what the student said, and say one thing about one step.

        Raises:
            BadAnswer: there is no answer to lead to.
        """
        task = problem(turn.view, turn.truth or {})
        if task is None:
            raise BadAnswer("a simulated teacher needs an answer to lead to, the task has none")
        chance = rng(turn.seed)
        history: Any = turn.view.get("history") or []
        said = [str(one["text"]) for one in history if one["speaker"] != turn.role.seat]
        before = Notebook.model_validate(turn.memory or {})
        reading = _read(task, said, before)
        notes = self._noted(task, before, said, reading)
        step = reading.wrong
        if chance.random() < self.misread and task.length > 1:
            step = chance.choice([one for one in range(task.length) if one != step])
        way = str(turn.view.get("way") or "probe")
        leaks = chance.random() < self.leak
        own = {str(one["text"]) for one in history if one["speaker"] == turn.role.seat}
        text = _leaking(task, chance) if leaks else _guiding(task, reading, step, way, own, chance)
        shown = bool(task.chain) and _shown(task, step) in text
        answer = {
            "text": text,
            "move": "telling" if leaks else _MOVES.get(way, "generic"),
            "diagnosis": reading.named(task, step),
            "target_step": step if task.chain else None,
            "belief": notes.beliefs[task.skill(step)],
            "thoughts": f"{reading.thoughts(task)} Now: {way}.",
        }
        after = notes.model_copy(update={"target": None if leaks else step, "told": shown})
        return Move(answer, after.model_dump(mode="json"))

    def _noted(self, task: Problem, notes: Notebook, said: Sequence[str], reading: _Reading) -> Notebook:
        """The beliefs after what the student said since last time: all of a first working, then the step asked about."""
        beliefs = {skill: notes.beliefs.get(skill, self.prior) for skill in task.skills}
        seen = list(range(task.length)) if notes.heard == 0 else []
        if notes.heard and notes.target is not None:
            seen, skill = [notes.target], task.skill(notes.target)
            beliefs[skill] = learned(beliefs[skill], self.told if notes.told else self.learn)
        if notes.heard < len(said):
            for index in seen:
                right = reading.right(task, index)
                if right is not None:
                    beliefs[task.skill(index)] = observe(beliefs[task.skill(index)], right, self)
        return Notebook(beliefs=beliefs, values=reading.values, heard=len(said))


class _Reading(Frozen):
    """What the student's words say: each step's result, or the one answer of a problem without steps."""

    values: tuple[str | None, ...]
    final: str | None
    last: str
    wrong: int

    def at(self, index: int) -> Fraction | None:
        value = self.values[index]
        return None if value is None else Fraction(value)

    @property
    def numbers(self) -> Values:
        return [self.at(index) for index in range(len(self.values))]

    def right(self, task: Problem, index: int) -> bool | None:
        """Whether a step was done rightly, given what went into it; None where that cannot be told."""
        if not task.chain:
            return None if self.final is None else answers.equal(self.final, task.answer)
        should = own_value(task.chain[index], self.numbers[:index])
        return None if should is None or self.at(index) is None else self.at(index) == should

    def named(self, task: Problem, index: int) -> str | None:
        """The misconception that the wrong results of a step's skill speak for most, None where none is known to."""
        if not task.chain:
            wrong = task.wrong_answer
            same = wrong is not None and (wrong in self.last or answers.equal(self.final or "", wrong))
            return task.misconception if same else None
        names = {
            name: int(task.skill(index) in misconceptions.by_name(name).skills)
            for name in self._explained(task, index)
        }
        for place in range(task.length):
            if place != index and task.skill(place) == task.skill(index):
                for name in names.keys() & set(self._explained(task, place)):
                    names[name] += 2
        return max(names, key=lambda name: names[name], default=None)

    def _explained(self, task: Problem, index: int) -> Sequence[str]:
        """Misconceptions that give exactly the wrong result of a step; none where it is right or not stated."""
        result, left = self.at(index), written(task.chain[index].expr, self.numbers)
        if result is None or left is None or self.right(task, index):
            return ()
        return task.explained(left, result)

    def thoughts(self, task: Problem) -> str:
        if not task.chain or self.at(self.wrong) is None:
            return f"The student stands at {str(self.final)[:200]}; {task.answer[:200]} would be right."
        now = spell(self.at(self.wrong) or Fraction(0))
        return f"Step {self.wrong + 1} came out as {now} instead of {spell(task.chain[self.wrong].value)}."


def _read(task: Problem, said: Sequence[str], before: Notebook) -> _Reading:
    values: Values = [None if value is None else Fraction(value) for value in before.values]
    for text in said[before.heard :]:
        values = stated(text, task.chain, task.question, values)
    final = answers.final_answer(said[-1]) if said else None
    wrong = first_wrong(values, task.chain) if values else None
    spelled = tuple(None if value is None else str(value) for value in values)
    spelled += (None,) * (len(task.chain) - len(spelled))
    last, step = (said[-1] if said else ""), (task.length - 1 if wrong is None and said else wrong or 0)
    return _Reading(values=spelled, final=final, last=last, wrong=step)


_MOVES: Mapping[str, str] = {"probe": "probing", "focus": "focus", "hint": "focus", "tell": "telling"}

_LEAKS = (
    "The answer is {answer}. Can you see why?",
    "Let me just tell you: the answer is {answer}.",
    "You should have found that the answer is {answer}.",
    "Look, the final answer is {answer}; go over your steps again.",
)
_WAYS: Mapping[
    str, tuple[str, ...]
] = {  # {step}: such as `third step`; {work}: what was written there; {rule}: a belief
    "probe": (
        "How did you get {work} in your {step}?",
        "Can you tell me what {work} stands for in your {step}?",
        "Walk me through your {step}: why {work}?",
        "In your {step} you have {work}. What made you do that?",
        "What were you looking for in your {step}, where you have {work}?",
    ),
    "focus": (
        "Look at your {step} again, the one with {work}. Does it fit what the problem says?",
        "Go back to your {step}. Check {work} once more: is that what comes out?",
        "Everything hangs on your {step}. Would you work out {work} again?",
        "Let us stay with your {step}: {work}. Which numbers belong there?",
    ),
    "hint": (
        "In your {step} you need to {act}. Is {work} what you get?",
        "Think of your {step} as a place to {act}. What does that change about {work}?",
        "For your {step}, try to {act}, slowly and one digit after the other. Do you still get {work}?",
    ),
    "doubt": (
        "Some people believe this: {rule} Is that so in your {step}, where you have {work}?",
        "Could it be that you went by this rule in your {step}? {rule} Try it on smaller numbers.",
        "About your {step}: {rule} Would you still say so after checking {work} another way?",
    ),
    "tell": (
        "Let me show your {step}: {right}. What follows from that?",
        "Your {step} goes like this: {right}. Can you go on from there?",
        "I will do your {step} with you: {right}. Now the rest is yours.",
    ),
    "teach": (
        "In your {step} you have to {act}, taking the numbers just as they stand. Write it out and see what you get.",
        "Your {step} is the place to {act}. Do it on paper, then compare with what you had.",
    ),
    "missing": (
        "What would your {step} be? Think about what you know by then.",
        "I do not see your {step} yet. What can you work out next?",
    ),
    "whole": (
        "How did you come to {work}? Tell me what the question asks for.",
        "Read the question once more. Does {work} fit all of it?",
        "What did you do with the numbers of the question to get {work}?",
        "Which idea did you use for {work}, and does the question allow it?",
    ),
    "bare": (
        "Look at your {step} again. What is it meant to find?",
        "Take your {step} once more, slowly. What do you get?",
        "I would like to hear more about your {step}. What were you doing there?",
    ),
}
_OPEN = (
    "Read the question once more. Which part of it have you not used?",
    "Tell me again what the question asks for.",
)
_ACTS: Mapping[str, str] = {"+": "add", "-": "take away", "*": "multiply", "/": "divide"}


def _shown(task: Problem, index: int) -> str:
    truth = [step.value for step in task.chain]
    return f"{written(task.chain[index].expr, truth)} = {spell(truth[index])}"


def _leaking(task: Problem, chance: random.Random) -> str:
    return chance.choice(_LEAKS).format(answer=task.answer)


def _guiding(
    task: Problem, reading: _Reading, index: int, way: str, own: set[str], chance: random.Random
) -> str:
    """Words about a step that keep the answer back, and that were not said yet (`own`) as long as there are such;
    plainer and plainer ones where numbers would give it away."""
    step = f"{ORDINALS[index]} step" if index < len(ORDINALS) else "later step"
    work, right, kind = reading.final or "your answer", "", "whole"
    act, rule = "work it out", ""
    if task.chain:
        value, left = reading.at(index), written(task.chain[index].expr, reading.numbers)
        work = "" if value is None or left is None else f"{left} = {spell(value)}"
        right = _shown(task, index)
        act = (
            " and ".join(_ACTS[sign] for sign in dict.fromkeys(task.chain[index].expr) if sign in _ACTS)
            or act
        )
        kind = way if way in _MOVES else "probe"
        if kind == "tell" and index == task.length - 1:
            kind = "teach"
        elif kind != "tell" and not work:
            kind = "missing"
        elif kind == "hint" and (name := reading.named(task, index)) is not None:
            kind, rule = "doubt", misconceptions.by_name(name).statement
    said = None
    for choices in (_WAYS[kind], _WAYS["teach"], _WAYS["bare"], _OPEN):
        for words in chance.sample(choices, len(choices)):
            text = words.format(step=step, work=work, right=right, act=act, rule=rule)
            if not answers.reveals(text, task.answer, task.question):
                if text not in own:
                    return text
                said = said or text
    return said or "Go over your working once more, please."
