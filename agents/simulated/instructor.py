"""Simulated instructor: asks about the target's concept by templates, and errs by straying, leaking and telling.

Knows no rule of the talk: which kind of question is due comes as the role. It is granted the bugs in place of
understanding what the target is about.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, JsonValue

from maieutic import rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.bug_talk import about, bugs_of, meant
from maieutic.agents.simulated.person import Person, added
from maieutic.agents.simulated.unplanned import at_random, decided, said
from maieutic.worlds.programs.bugs import Bug


class Instructor(Person):
    """An instructor with known faults.

    Attributes:
        stray: probability that a question is about nothing that matters.
        leak: probability that a question spells out the fix.
        tell: probability that teaching spells out the fix.
        back: probability that without a plan it goes back to a bug that the student has explained, where there is one.
        spill: as `leak`, where there is neither a plan nor a decision.
        misread: probability that where it decides first, it takes a right answer for a wrong one or the reverse.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        f"instructor.{way}" for way in ("question", "sibling", "child", "teach", "vanilla", "bridge")
    )

    stray: float = Field(0.05, ge=0, le=1)
    leak: float = Field(0.02, ge=0, le=1)
    tell: float = Field(0.1, ge=0, le=1)
    back: float = added(0.3, ge=0, le=1)
    spill: float = added(0.15, ge=0, le=1)
    misread: float = added(0.1, ge=0, le=1)

    async def act(self, turn: Turn) -> Move:
        """Ask or teach.

        Raises:
            BadAnswer: a role that an instructor does not play.
        """
        way = turn.role.name.removeprefix("instructor.")
        if turn.role.name not in (self.plays or ()):
            raise BadAnswer(f"a simulated instructor does not play {turn.role.name}")
        bugs = bugs_of(turn.truth)
        chance = rng(turn.seed)
        if way in ("vanilla", "bridge"):
            return Move(self._unplanned(way, bugs, turn, chance))
        target = str(turn.view["target"])
        place = meant(target, bugs)
        if place is None:
            return Move({"text": chance.choice(_OPEN).format(target=target)})
        if way == "teach":
            return Move({"text": self._teach(bugs[place], chance)})
        asked = turn.view.get("earlier_questions")
        earlier = " ".join(str(one) for one in asked) if isinstance(asked, list) else ""
        return Move({"text": self._ask(way, bugs[place], bugs, earlier, self.leak, chance)})

    def _unplanned(
        self, way: str, bugs: Sequence[Bug], turn: Turn, chance: random.Random
    ) -> dict[str, JsonValue]:
        if bugs:
            if way == "vanilla":
                aim, leak = at_random(turn.view, bugs, self.back, chance), self.spill
            else:
                aim, leak = decided(turn.view, bugs, self.misread, chance), self.leak
            earlier = " ".join(text for _, text in said(turn.view))
            text = self._ask(aim.way, bugs[aim.place], bugs, earlier, leak, chance)
            return {**aim.decided, "text": text}
        described = turn.view["bug_descriptions"]
        target = (
            str(chance.choice(described)) if isinstance(described, list) and described else "that it works"
        )
        plain = {"error": "none", "strategy": "ask_question", "intention": "diagnose"}
        return {**(plain if way == "bridge" else {}), "text": chance.choice(_OPEN).format(target=target)}

    def _ask(
        self, way: str, bug: Bug, bugs: Sequence[Bug], earlier: str, leak: float, chance: random.Random
    ) -> str:
        if chance.random() < self.stray:
            return chance.choice(_STRAY)
        shared = len(about(bug.concept, bugs)) > 1
        place = f"{bug.concept} on line {bug.line}" if shared or way == "child" else bug.concept
        lines = [one.format(place=place) for one in _ASK[way]]
        fresh = [one for one in lines if one not in earlier] or lines
        question = chance.choice(fresh)
        if chance.random() < leak:
            question = f"{question} What if you did this: {bug.fix}?"
        return question

    def _teach(self, bug: Bug, chance: random.Random) -> str:
        lesson = chance.choice(_TEACH).format(concept=bug.concept, line=bug.line, description=bug.description)
        return f"{lesson} So: {bug.fix}" if chance.random() < self.tell else lesson


_ASK = {
    "question": (
        "What is the {place} meant to do here?",
        "How would you tell a friend what the {place} is for?",
        "If you take a very small case, what does the {place} do with it?",
        "What does the problem ask of the {place}?",
    ),
    "sibling": (
        "Which sentence of the problem tells you how the {place} has to behave?",
        "Take the smallest case that you can think of: what happens at the {place}?",
        "Suppose that a friend reads only the {place}: what would they expect of it?",
        "Can you think of one case for which the {place} makes a difference?",
        "What would come out if the {place} were not there?",
    ),
    "child": (
        "For which cases would the {place} do something else than you intend?",
        "How does what you just said agree with the {place} at the very last step?",
        "Compare the {place} with the sentence of the problem that it serves: do the two say the same?",
        "Given that, what follows when you go through the {place} by hand?",
        "What would a test have to check to show that the {place} holds in every case?",
    ),
}
_ASK["vanilla"] = _ASK["question"] + _ASK["sibling"]
_TEACH = (
    "The point of the {concept} on line {line} is to serve what the problem asks. On line {line}: {description}",
    "Think of the {concept}: everything goes through it. On line {line}: {description}",
    "Here is how to see the {concept}. On line {line}: {description}",
)
_OPEN = (
    "How does your program make sure of this: {target}",
    "Where in your program do you see this, if at all: {target}",
    "How would you test for this: {target}",
)
_STRAY = (
    "Which names would you choose if you wrote this again?",
    "How long would your program take for a very large input?",
    "Have you thought about adding comments?",
)
