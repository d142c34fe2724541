"""Simulated drafter and follower: a teacher with tastes in questions and manners, a student whom only some of them help.

Knows the steps of the seeds as its reading of them. A demonstration raises the follower's ability at a problem by the
share of the problem's skills that it exercises, and only where its manner is the one that the follower takes to.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from statistics import fmean
from typing import Any, ClassVar, Self

from pydantic import Field

from maieutic import Frozen, InputError, Pair, Record, rng
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.simulated.panel import answered, chance_of, gold_of
from maieutic.agents.simulated.person import Person
from maieutic.agents.simulated.procedures import RIGHT, wrong
from maieutic.agents.simulated.working import chain, equations
from maieutic.roles.tailor import PLAIN, STYLES
from maieutic.worlds.word_problems.generate import reserved
from maieutic.worlds.word_problems.steps import Step, skill_of, spell
from maieutic.worlds.word_problems.variants import variant

SEEDS = 12  # reserved seeds that a drafter has read
TRIES = 4
MANNERS = {  # style -> (how a working in it begins, each line)
    STYLES[0]: ("In simple words, this is what happens.", "Now we have {}."),
    PLAIN: ("Let us go one step after the other.", "Step {n}: {}"),
    STYLES[2]: ("Written in symbols alone:", "∴ {}"),
    STYLES[3]: ("Picture all the things on a table.", "You see {}."),
}


def style_of(text: str) -> str | None:
    """The manner of a working, read off how it begins; None where it is none of those known."""
    return next((style for style, (opening, _) in MANNERS.items() if opening in text), None)


@lru_cache(maxsize=4096)
def skills_in(text: str) -> frozenset[str]:
    """The skills that the equations of a working exercise.

    >>> sorted(skills_in("6 * 3 = 18 and 18 + 2 = 20"))
    ['addition', 'multiplication']
    """
    found = set()
    for one in equations(text):
        try:
            found.add(skill_of(one.left))
        except (InputError, ZeroDivisionError):
            continue  # only a result was stated, or it is no arithmetic
    return frozenset(found)


def skills_of(steps: Sequence[Step]) -> frozenset[str]:
    """The skills of a chain, by the same reading as those of a working."""
    results = [step.value for step in steps]
    return frozenset(skill_of(step.expr, results) for step in steps)


def _spelled(steps: Sequence[Step], style: str, right: bool, question: str, chance: random.Random) -> str:
    others = [] if right else wrong(steps, question, 3)
    way = chance.choice(others) if others else RIGHT
    lines = way.lines(steps) or RIGHT.lines(steps) or []
    opening, form = MANNERS[style]
    told = [
        form.format(f"{left} = {spell(value)}", n=place) for place, (left, value) in enumerate(lines, start=1)
    ]
    return "\n".join([opening, *told, f"The answer is {spell(lines[-1][1])}."])


class Drafter(Person):
    """A teacher who drafts questions and works them out.

    Attributes:
        likes: skill -> how much likelier a seed with it is to be drafted after, as the logarithm of its odds; of a seed
            with several skills their mean counts.
        manners: style -> weight, where it is asked for none; a style that it does not know is put by these too.
        accuracy: probability of a right working.
        rate: how far the odds shift for each share of the pairs that a manner wins, or a skill stands in more often.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset(
        {"teacher.draft", "teacher.redraft", "teacher.show", "teacher.reshow"}
    )

    likes: dict[str, float] = {}
    manners: dict[str, float] = {PLAIN: 0.55, **{style: 0.15 for style in STYLES if style != PLAIN}}
    accuracy: float = Field(0.9, ge=0, le=1)
    rate: float = Field(4.0, ge=0, le=100)

    async def act(self, turn: Turn) -> Move:
        """Draft questions, or work one out; at a temperature of 0 by what it likes best.

        Raises:
            BadAnswer: no seed can be varied, or the question is none that it drafted.
        """
        greedy, chance = turn.role.sampling.temperature == 0, rng(turn.seed)
        if turn.role.name in ("teacher.draft", "teacher.redraft"):
            made = self._drafted(turn, greedy, chance)
            return Move({"questions": [one["question"] for one in made]}, {"drafts": made})
        drafts: Any = (turn.memory or {}).get("drafts", [])
        mine = next((one for one in drafts if one["question"] == turn.view["question"]), None)
        if mine is None:
            raise BadAnswer("a simulated drafter works out only what it drafted itself")
        steps = chain(mine)
        asked = str(turn.view.get("style"))
        style = asked if asked in MANNERS else self._manner(greedy, chance)
        right = chance.random() < self.accuracy
        text = _spelled(steps, style, right, str(turn.view["question"]), chance)
        return Move({"text": text}, {"right": right, "style": style})

    def _manner(self, greedy: bool, chance: random.Random) -> str:
        known = {style: weight for style, weight in self.manners.items() if style in MANNERS and weight > 0}
        if not known:
            return PLAIN
        if greedy:
            return max(known, key=lambda style: known[style])
        return chance.choices(list(known), list(known.values()))[0]

    def weight(self, steps: Sequence[Step]) -> float:
        """How likely a question with these steps is to be drafted, beside others."""
        liked = [self.likes.get(skill, 0.0) for skill in skills_of(steps)]
        return math.exp(fmean(liked)) if liked else 0.0

    def _drafted(self, turn: Turn, greedy: bool, chance: random.Random) -> list[Any]:
        seeds: Any = turn.view["seeds"]
        read = _reading()
        known = [(str(one), read.get(str(one)) or tuple(chain(turn.truth))) for one in seeds]
        known = [(seed, steps) for seed, steps in known if steps]
        found: dict[str, list[Step]] = {}
        wished = int(str(turn.view["number"]))
        for _ in range(TRIES * wished):
            if not known or len(found) == wished:
                break
            weights = [self.weight(steps) for _, steps in known]
            best = weights.index(max(weights))
            seed, steps = known[best] if greedy else chance.choices(known, weights)[0]
            made = variant(seed, steps, chance)
            if made is None:
                known = [one for one in known if one[0] != seed]  # it has no numbers to be changed
            elif made[0] not in seeds:
                found.setdefault(*made)
        if not found:
            raise BadAnswer("none of these seeds can be varied by a simulated drafter")
        return [
            {"question": text, "steps": [one.model_dump(mode="json") for one in steps]}
            for text, steps in found.items()
        ]

    def studied(self, records: Sequence[Record], seed: int) -> Self:
        """The drafter after preferences: manners by pairs of workings, likes by the skills in pairs of lists."""
        pairs = [one for one in records if isinstance(one, Pair)]
        shown = [one for one in pairs if one.purpose == "rationales"]
        asked = [one for one in pairs if one.purpose == "questions"]
        manners = dict(self.manners)
        for style in manners:
            won = sum((style_of(one.chosen) == style) - (style_of(one.rejected) == style) for one in shown)
            manners[style] *= math.exp(self.rate * won / max(1, len(shown)))
        whole = sum(manners.values())
        likes = dict(self.likes)
        for one in asked:
            better, worse = (
                _frequent(one.meta.get(side)) for side in ("chosen_workings", "rejected_workings")
            )
            for skill in sorted({*better, *worse}):
                more = better.get(skill, 0.0) - worse.get(skill, 0.0)
                likes[skill] = likes.get(skill, 0.0) + self.rate * more / len(asked)
        return self.model_copy(
            update={
                "manners": {style: value / whole for style, value in manners.items()} if whole else manners,
                "likes": likes,
            }
        )


@lru_cache(maxsize=1)
def _reading() -> Mapping[str, tuple[Step, ...]]:
    """Question -> steps of the reserved seeds."""
    tasks = [reserved("seeds", index) for index in range(SEEDS)]
    return {str(one.fields["question"]): tuple(chain(one.truth)) for one in tasks}


def _frequent(workings: Any) -> dict[str, float]:
    """Skill -> share of the workings that exercise it."""
    told = [skills_in(str(one)) for one in workings or []]
    return {skill: fmean(skill in one for one in told) for skill in sorted({s for one in told for s in one})}


class Known(Frozen):
    """A problem that a follower can read."""

    question: str
    answer: str
    steps: tuple[Step, ...] = ()


class Follower(Person):
    """A student with an ability for each skill, whom one example helps.

    Attributes:
        skills: skill -> ability.
        other: ability for skills that are not named.
        style: the manner that it takes to; the teacher is not told.
        lift: by how much a demonstration in that manner raises its ability at a problem all of whose skills it exercises.
        steady: how often the luck with a problem is the problem's own, whatever was shown before, as it is where answers
            are decoded greedily; else it is drawn anew.
        problems: that it can read, beside that of the task.
    """

    plays: ClassVar[frozenset[str] | None] = frozenset({"student.probe", "student.try"})

    skills: dict[str, float] = {"addition": 0.2, "subtraction": 0.0, "multiplication": 0.0}
    other: float = Field(-0.5, ge=-10, le=10)
    style: str = "in symbols"
    lift: float = Field(3.0, ge=-20, le=20)
    steady: float = Field(0.8, ge=0, le=1)
    problems: tuple[Known, ...] = ()

    @cached_property
    def reading(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Question -> (answer, skills) of the problems that it can read."""
        return {one.question: (one.answer, skills_of(one.steps)) for one in self.problems}

    def chance(self, problem: str, skills: frozenset[str], demonstration: str) -> float:
        """Probability of a right answer to a problem after a demonstration."""
        ability = fmean(self.skills.get(one, self.other) for one in skills) if skills else self.other
        if skills and style_of(demonstration) == self.style:
            ability += self.lift * len(skills & skills_in(demonstration)) / len(skills)
        return chance_of(problem, ability)

    async def act(self, turn: Turn) -> Move:
        """Answer after a demonstration.

        Raises:
            BadAnswer: the problem is none that it can read.
        """
        shown: Any = turn.view["demonstration"]
        if turn.role.name == "student.try":
            problem, gold, skills = str(turn.view["question"]), gold_of(turn), skills_of(chain(turn.truth))
        else:
            problem = str(turn.view["problem"])
            if problem not in self.reading:
                raise BadAnswer("a simulated follower can only read the probe items of its own scenario")
            gold, skills = self.reading[problem]
        chance = self.chance(problem, skills, str(shown["working"]))
        anew = rng(turn.seed)
        luck = rng("luck", problem) if anew.random() < self.steady else anew
        return Move(answered(gold, luck.random() < chance, turn.seed), {"chance": chance})
