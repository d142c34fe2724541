"""Outside: a student's state as its words show it, whoever plays it, held against the one that the task gives it to play.

Knows no memory. What a word-problem student is to be is its task's affair: a profile with a misconception that is a program,
or a wrong working that it believes in. What it says is read step by step: a step that it does not speak of it does as it did
before. So a model or a person is measured by what a simulated student is measured by, and a simulated one by both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

from maieutic import rng
from maieutic.agents.simulated.problem import Mark, Problem, values_of
from maieutic.agents.simulated.student import Mind
from maieutic.agents.simulated.working import NUMBERS, Values, matched, own_value, written
from maieutic.worlds.word_problems import answers, misconceptions

MOST = 6  # steps that may have been mended unspoken; with more of them either all are or none


def planted(task: Problem) -> Mind | None:
    """The state that a task gives its student to play, with the working that follows from it; None where it gives none, or a
    working that is right, or one that cannot be read."""
    if task.lacks:
        known = {skill: skill not in task.lacks for skill in task.skills}
        holds = dict.fromkeys(task.lacks, task.misconception)
        marks = [Mark(how="known" if known[task.skill(at)] else "misconception") for at in range(task.length)]
        mind = Mind(known=known, holds=holds, marks=task.worked(marks, holds))
    elif task.attempt is not None:
        said = answers.final_answer(task.attempt) or task.attempt
        if task.chain and answers.parse_number(said) is None:
            return None  # an image, or words: nobody can tell what it comes to
        mind = Mind(**dict(task.owned(task.attempt, rng("planted", task.question))), given=True)
        if not task.chain and task.wrong_answer is None:
            mind = mind.model_copy(update={"marks": (mind.marks[0].model_copy(update={"value": said}),)})
    else:
        return None
    return None if all(mind.known.values()) else mind


def shown(
    task: Problem, text: str, answer: str | None, *, heard: str = "", before: Mind | None, plan: Mind | None
) -> Mind:
    """The state that a reply shows.

    Args:
        task: the problem.
        text: of the reply.
        answer: that the student stands by with it, if any.
        heard: what the tutor said before it; an answer that it gives away shows nothing.
        before: the state that the reply before showed; None at the opening.
        plan: the state to be played, where there is one.

    Returns:
        `known`: skills of which every step comes out right given what went into it; `claim`: an answer that the working
        does not lead to; `clear`: whether each step could be read, here or before.
    """
    start = plan or Mind(known={}, marks=task.worked([Mark(how="known")] * task.length, {}))
    about = _about(task, heard, before) if before else None
    if not task.chain:
        return _as_a_whole(task, answer, before, plan).model_copy(update={"heard": about})
    marks, said = _read(task, text, before or start, start)
    claim = None
    if answer is not None and not _same(answer, marks[-1].value):
        told = before is not None and _same(answer, task.claim(heard))
        mended = None if told or task.length - 1 in said else _mended(task, marks, start.holds, answer)
        marks = mended or marks
        planned = plan is not None and _same(answer, plan.final)
        # the result of an earlier step is what the tutor asked for, and no new final answer
        part = not planned and any(_same(answer, mark.value) for mark in marks[:-1])
        claim = None if mended or part else answer
    known = _known(task, marks)
    gained = [skill for skill, now in known.items() if now and before and not before.known[skill]]
    return Mind(
        known=known,
        holds=dict(start.holds),
        marks=tuple(_named(task, at, marks) for at in range(task.length)),
        heard=about,
        learned=(*(before.learned if before else ()), *gained),
        claim=claim,
        clear=len(said) == task.length or (before is not None and before.clear),
    )


def states(
    task: Problem, replies: Sequence[tuple[str, str | None]], heard: Sequence[str], plan: Mind | None
) -> list[Mind]:
    """The state that each reply shows, and which step the tutor's words before it were about.

    Args:
        task: the problem.
        replies: text and answer of each, the opening first.
        heard: what the tutor said before each of them but the first.
        plan: the state to be played, where there is one.
    """
    found: list[Mind] = []
    for place, (text, answer) in enumerate(replies):
        before, last = (found[-1], heard[place - 1]) if found else (None, "")
        found.append(shown(task, text, answer, heard=last, before=before, plan=plan))
    return found


def keeps(task: Problem, plan: Mind, mind: Mind) -> bool:
    """Whether a state goes wrong as planted: in every step that was to go wrong, or at the very answer that comes of it."""
    if mind.final is not None and plan.final is not None and _same(mind.final, plan.final):
        return True
    wrong = [at for at in range(task.length) if not task.right(at, plan.marks)]
    return mind.claim is None and all(_as_planted(task, at, mind.marks, plan) for at in wrong)


def before_help(task: Problem, minds: Sequence[Mind], plan: Mind) -> Sequence[Mind]:
    """The replies, the opening first, before any word of the tutor was about a skill that the student is said to lack."""
    for place, mind in enumerate(minds):
        if mind.heard is not None and not plan.known[task.skill(mind.heard)]:
            return minds[:place]
    return minds


def openings(task: Problem, text: str, answer: str | None, plan: Mind) -> Iterable[tuple[bool, bool, bool]]:
    """The first step of each skill in an opening: whether the student is said to have the skill, whether the step came out
    right given what went into it, and whether as planted. A step of which nothing is said, neither in itself nor by an answer
    to which the working leads, is not among them: words that say nothing are faithful to nobody."""
    first = shown(task, text, answer, before=None, plan=plan)
    _, said = _read(task, text, plan, plan) if task.chain else ((), set())
    if answer is not None and _same(answer, first.marks[-1].value):
        said = set(range(task.length))
    for skill in task.skills:
        at = next(place for place in range(task.length) if task.skill(place) == skill)
        well = task.right(at, first.marks)
        if well is not None and at in said:
            yield plan.known[skill], well, _as_planted(task, at, first.marks, plan)


def _about(task: Problem, heard: str, before: Mind) -> int | None:
    """The step that a tutor speaks of: the one whose calculation it quotes, where it is one; else as a simulated student
    understands it."""
    values = values_of(before.marks) if task.chain else []
    quoted = {at for at, _, likeness in matched(heard, task.chain, values) if likeness >= NUMBERS}
    return quoted.pop() if len(quoted) == 1 else task.about(heard, before.marks)


def _read(task: Problem, text: str, old: Mind, plan: Mind) -> tuple[tuple[Mark, ...], set[int]]:
    """How each step is done, those that the text does not state as before; and which it states."""
    now = {at: one.right for at, one, _ in matched(text, task.chain, values_of(old.marks))}
    marks = list(old.marks)
    for at in sorted(now):
        inputs = values_of(task.worked(marks, plan.holds))[:at]
        marks[at] = _mark(task, at, inputs, now[at], plan)
    return task.worked(marks, plan.holds), set(now)


def _mark(task: Problem, at: int, inputs: Values, value: Fraction, plan: Mind) -> Mark:
    """How a step was done that came to `value`."""
    if value == own_value(task.chain[at], inputs):
        return Mark(how="known")
    name, left = plan.holds.get(task.skill(at)), written(task.chain[at].expr, inputs)
    if name is not None and left is not None and misconceptions.by_name(name).wrong(left) == value:
        return Mark(how="misconception")
    return Mark(how="echo", off=str(value))  # the number, whatever comes before it


def _named(task: Problem, at: int, marks: Sequence[Mark]) -> Mark:
    """A step as it was done, with the name of a misconception that explains a wrong result."""
    mark = marks[at]
    if mark.how != "echo" or mark.value is None:
        return mark
    left = written(task.chain[at].expr, values_of(marks))
    names = [] if left is None else task.explained(left, Fraction(mark.value))
    return mark.model_copy(update={"name": next(iter(names), None)})


def _mended(
    task: Problem, marks: Sequence[Mark], holds: dict[str, str | None], answer: str
) -> tuple[Mark, ...] | None:
    """The working with as few wrong steps done rightly as lead to `answer`; None where no such working does."""
    wrong = [at for at in range(task.length) if not task.right(at, marks)]
    sizes = range(1, len(wrong) + 1) if len(wrong) <= MOST else [len(wrong)]
    for chosen in (one for size in sizes for one in combinations(wrong, size)):
        made = task.worked(
            [Mark(how="known") if at in chosen else mark for at, mark in enumerate(marks)], holds
        )
        if _same(answer, made[-1].value):
            return made
    return None


def _as_a_whole(task: Problem, answer: str | None, before: Mind | None, plan: Mind | None) -> Mind:
    """The state behind an answer to a problem without steps; without an answer, the one before."""
    old = before or plan or Mind(known={})
    if answer is None:
        return old
    right = answers.equal(answer, task.answer)
    meant = plan is not None and _same(answer, plan.final)
    mark = plan.marks[0] if plan and meant else Mark(how="known" if right else "muddle", value=answer)
    skill = task.skill(0)
    had = right if before is None else before.known.get(skill, right)
    return Mind(
        known={skill: right},
        holds=dict(plan.holds) if plan else {},
        marks=(mark,),
        learned=(*old.learned, skill) if right and not had else old.learned,
    )


def _as_planted(task: Problem, at: int, marks: Sequence[Mark], plan: Mind) -> bool:
    """Whether a step goes wrong as it was to: by the misconception of its skill, or to the same number."""
    if task.right(at, marks):
        return False
    name = plan.holds.get(task.skill(at))
    by_rule = name is not None and marks[at].how == "misconception" and marks[at].name == name
    return by_rule or marks[at].value == plan.marks[at].value


def _known(task: Problem, marks: Sequence[Mark]) -> dict[str, bool]:
    known = dict.fromkeys(task.skills, True)
    for at in range(task.length):
        if task.right(at, marks) is False:
            known[task.skill(at)] = False
    return known


def _same(answer: str, other: str | None) -> bool:
    return other is not None and answers.equal(answer, other)
