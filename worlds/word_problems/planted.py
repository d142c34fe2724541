"""Planted: word problems that bring a student to play: what it can do, and the false rule that it goes by elsewhere.

Knows no player. The student's profile is a field, in words; what it comes to is the truth, exactly: the rule is a program,
and it goes wrong in every step of one skill and in no other, so that each step of a faithful student is known beforehand.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache

from pydantic import JsonValue

from maieutic import Task, rng
from maieutic.worlds.word_problems.generate import generate, reserved
from maieutic.worlds.word_problems.misconceptions import LIBRARY, Misconception, by_name, evaluate
from maieutic.worlds.word_problems.steps import Step, filled, spell
from maieutic.worlds.world import World

_APART = (
    10**9
)  # places of the stream between a problem in which nothing can be planted and the one taken instead
_EXAMPLES = 200  # problems that are searched for an example of a rule


def generate_planted(seed: int, index: int) -> Task:
    """The `index`-th word problem of `seed`, with a student who holds a misconception that spoils it.

    The field `profile` says in words who the student is. The truth has `misconception` (its name), `lacks` (the one skill that
    it spoils) and `wrong_answer` (what a faithful student gets).

    >>> one = generate_planted(0, 0)
    >>> one == generate_planted(0, 0), one.truth["wrong_answer"] != one.truth["answer"]
    (True, True)
    """
    for draw in itertools.count():
        task = generate(seed, index + draw * _APART)
        listed = task.truth["steps"]
        steps = [Step.model_validate(one) for one in listed] if isinstance(listed, list) else []
        found = plantable(steps)
        if found:
            break
    name = rng("planted-problems", seed, index).choice(found)
    skill, wrong = by_name(name), evaluate(steps, [name])
    lacks = next(step.skill for step, got in zip(steps, wrong, strict=True) if got != step.value)
    return Task(
        id=f"planted-problems:{seed}:{index}",
        world="word-problems",
        fields={**task.fields, "profile": profile(skill, lacks, [step.skill for step in steps])},
        truth={**task.truth, "misconception": name, "lacks": [lacks], "wrong_answer": spell(wrong[-1])},
    )


def plantable(steps: Sequence[Step]) -> list[str]:
    """Names of the misconceptions that can be planted: each spoils all steps of one skill and no other, and the answer.

    >>> steps = [Step(expr="1/4 + 2/3", value="11/12", skill="fraction-addition"),
    ...          Step(expr="#0 * 2", value="11/6", skill="multiplication")]
    >>> plantable(steps)
    ['across', 'tops-kept']
    """
    return [one.name for one in LIBRARY if _spoils(one, steps)]


def _spoils(one: Misconception, steps: Sequence[Step]) -> bool:
    try:
        got = evaluate(steps, [one.name])
    except ZeroDivisionError:
        return False
    wrong = {
        place for place, step in enumerate(steps) if one.wrong(filled(step.expr, got[:place])) is not None
    }
    skills = {steps[place].skill for place in wrong}
    return (
        len(skills) == 1
        and skills <= set(one.skills)
        and wrong == {place for place, step in enumerate(steps) if step.skill in skills}
        and got[-1] != steps[-1].value
        and min(got) >= 0  # nobody ends with less than nothing without noticing
    )


def profile(one: Misconception, lacks: str, skills: Sequence[str]) -> str:
    """Who the student is, in words.

    Args:
        one: the misconception.
        lacks: the skill in place of which it is held.
        skills: of the problem.
    """
    others = [_plain(skill) for skill in dict.fromkeys(skills) if skill != lacks]
    can = f"You are good at {', '.join(others)}, and make no mistakes there. " if others else ""
    shown = example(one.name)
    written = f" For example, you write {shown}." if shown else ""
    return (
        f"{can}You have never understood {_plain(lacks)}. There you always go by a rule of your own, and you are sure of it: "
        f"{one.statement[0].lower()}{one.statement[1:].rstrip('.')}.{written}"
    )


def _plain(skill: str) -> str:
    """A skill in words.

    >>> _plain("fraction-addition"), _plain("unit-conversion")
    ('addition of fractions', 'unit conversion')
    """
    kind, dash, what = skill.partition("-")
    return f"{what} of {kind}s" if dash and kind in ("fraction", "decimal") else skill.replace("-", " ")


@cache
def example(name: str) -> str | None:
    """A calculation as somebody does it who holds the misconception, from problems that no run plays; None where none of them
    shows it.

    >>> example("forgets-to-carry")
    '29 + 5 = 24'
    """
    one = by_name(name)
    for index in range(_EXAMPLES):
        listed: JsonValue = reserved("profiles", index).truth["steps"]
        steps = [Step.model_validate(each) for each in listed] if isinstance(listed, list) else []
        for place, step in enumerate(steps):
            left = filled(step.expr, [each.value for each in steps[:place]])
            wrong = one.wrong(left) if step.skill in one.skills else None
            if wrong is not None and wrong >= 0 and ("(" not in left or "order-of-operations" in one.skills):
                return f"{left} = {spell(wrong)}"
    return None


PLANTED = World(
    "planted-problems",
    "word problems, each with a student to play who holds a misconception",
    generate_planted,
    (),
)
