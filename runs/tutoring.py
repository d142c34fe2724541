"""Tutoring: the measures of the field over lessons: success and telling, learning gain, leaks, diagnosis, belief, fidelity.

Knows nothing of scenarios; each of them says what a lesson came to (`maieutic.scenarios.Lesson`). Whatever is counted
several times in a dialogue is not independent: intervals are over dialogues, never over turns.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from types import MappingProxyType
from typing import Any

from maieutic.runs.contrast import Estimate, Z
from maieutic.runs.jackknife import jackknife
from maieutic.runs.measures import wilson
from maieutic.scenarios import Lesson

K = 7  # turns of success@k by MathDial
LENIENT: Mapping[str, str] = MappingProxyType({"to some extent": "yes"})  # MRBench: half a yes counts as one


def share(flags: Iterable[Sequence[bool]]) -> Estimate | None:
    """The share of flags that are set, pooled over dialogues.

    Wilson's interval with the effective number of flags: the number divided by the design effect of their clustering in
    dialogues (Franco et al. 2019, Comparative study of confidence intervals for proportions in complex sample surveys).
    Where all flags are the same the number of dialogues takes its place.

    Args:
        flags: those of each dialogue; with one each, it is Wilson's interval itself.

    Returns:
        None without any flag; `n` counts flags.
    """
    lots = [(sum(one), len(one)) for one in flags if one]
    n, lessons = sum(size for _, size in lots), len(lots)
    if not n:
        return None
    hits = sum(hit for hit, _ in lots)
    mean, effective = hits / n, float(lessons)
    if 0 < hits < n and lessons > 1:
        spread = sum((hit - mean * size) ** 2 for hit, size in lots) * lessons / (lessons - 1) / n**2
        plain = mean * (1 - mean) / n
        effective = n / max(1.0, spread / plain) if n > lessons else float(n)
    low, high = wilson(mean * effective, effective)
    return Estimate(mean, low, high, n)


def ratio(parts: Iterable[tuple[float, float]]) -> Estimate | None:
    """The sum of the first numbers over the sum of the second ones, one pair for each dialogue; a mean where these are 1.

    The interval is that of the linearised ratio estimator (Cochran 1977, Sampling Techniques, section 6.4), with one
    dialogue as the unit.

    Returns:
        None where the second numbers come to 0; `n` counts dialogues in which the second is not 0.
    """
    pairs = [(upper, lower) for upper, lower in parts if lower]
    total = sum(lower for _, lower in pairs)
    if not total:
        return None
    value, n = sum(upper for upper, _ in pairs) / total, len(pairs)
    if n < 2:
        return Estimate(value, None, None, n)
    squares = sum((upper - value * lower) ** 2 for upper, lower in pairs)
    half = Z * math.sqrt(squares * n / (n - 1)) / abs(total)
    return Estimate(value, value - half, value + half, n)


def mean(values: Iterable[float]) -> Estimate | None:
    """The mean of one number for each dialogue, with its normal interval; None without any."""
    return ratio((value, 1.0) for value in values)


# what the learner came to


def _taught(lessons: Iterable[Lesson]) -> list[Lesson]:
    """Those in which there was something to teach: a right opening is no success of the teaching, and a talk that ended
    before the tutor was let through is none either."""
    return [one for one in lessons if not one.opened and (one.opened is False or one.right or one.told)]


def _by(turn: int | None, k: int) -> bool:
    return turn is not None and turn <= k


def success_at(lessons: Iterable[Lesson], k: int) -> Estimate | None:
    """success@k: share of lessons whose learner stood at the right answer by the k-th reply, told or not.

    Macina et al. (2023), MathDial, section 5; lessons that the learner opened rightly are left out.
    """
    return share([_by(one.success, k)] for one in _taught(lessons))


def telling_at(lessons: Iterable[Lesson], k: int) -> Estimate | None:
    """telling@k: share of lessons whose tutor gave the answer away by the k-th turn and no later than it was found.

    Macina et al. (2023), MathDial, section 5.
    """
    return share([_by(one.telling, k)] for one in _taught(lessons))


def net_success_at(lessons: Iterable[Lesson], k: int) -> Estimate | None:
    """Share of lessons that were solved by the k-th reply without the answer having been given away before."""
    return share([_by(one.success, k) and one.telling is None] for one in _taught(lessons))


def turns_to_success(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean number of replies until the right answer, over the lessons that came to it."""
    return mean(float(one.success) for one in _taught(lessons) if one.success is not None)


def delta(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean of post-test less pre-test."""
    return mean(one.after - one.before for one in lessons if one.after is not None and one.before is not None)


def gain(lessons: Iterable[Lesson]) -> Estimate | None:
    """Normalised gain of all together: what was gained over what there was to gain, (post - pre) / (1 - pre).

    Hake (1998), American Journal of Physics 66; of the sums, so that lessons with little to gain weigh little.
    """
    return ratio(
        (one.after - one.before, 1 - one.before)
        for one in lessons
        if one.after is not None and one.before is not None
    )


def transfer(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean post-test on sibling problems."""
    return mean(one.transfer for one in lessons if one.transfer is not None)


def transfer_gain(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean of post-test less pre-test on sibling problems."""
    return mean(
        one.transfer - one.transfer_before
        for one in lessons
        if one.transfer is not None and one.transfer_before is not None
    )


def retention(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean post-test that was taken after other lessons had passed."""
    return mean(one.retained for one in lessons if one.retained is not None)


def retention_gain(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean of what is left of the gain then: the late post-test less the pre-test."""
    return mean(
        one.retained - one.before for one in lessons if one.retained is not None and one.before is not None
    )


def retention_share(lessons: Iterable[Lesson]) -> Estimate | None:
    """What is left of all that was known after the teaching: the late post-tests over the first ones.

    With forgetting at a rate f it is (1 - f)^n after n lessons, where the tests are the learner's true state.
    """
    return ratio(
        (one.retained, one.after) for one in lessons if one.retained is not None and one.after is not None
    )


# what the tutor and whoever screens it came to


def told_share(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of the tutor's turns that give the answer away, by what they say and not by what they are called."""
    return share(one.told for one in lessons)


def question_share(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of the tutor's turns that ask something."""
    return share(one.asks for one in lessons)


def move_entropy(lessons: Iterable[Lesson]) -> Estimate | None:
    """Entropy of the tutor's moves in bits, all turns together; 0 where it knows but one. `n` counts turns."""
    return _of_counts([Counter(one.moves) for one in lessons if one.moves], _entropy)


def hint_level(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean rung of help at which the learner found the answer, over the lessons that came to it."""
    return mean(float(one.rung) for one in lessons if one.rung is not None)


def _classed(lesson: Lesson, what: str, merged: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(merged.get(said, said), merged.get(true, true)) for said, true in lesson.codes.get(what, ())]


def code_accuracy(
    lessons: Iterable[Lesson], what: str, merged: Mapping[str, str] = MappingProxyType({})
) -> Estimate | None:
    """Share of turns that were given their true class.

    Args:
        lessons: one for each episode.
        what: was classed.
        merged: class -> the one that it counts as; none for the strict measure, `LENIENT` for the lenient one.
    """
    return share([said == true for said, true in _classed(one, what, merged)] for one in lessons)


def code_macro_f1(
    lessons: Iterable[Lesson], what: str, merged: Mapping[str, str] = MappingProxyType({})
) -> Estimate | None:
    """Mean F1 of the classes that were given or true, each class weighing the same (Opitz and Burst 2019). `n` counts turns.

    Classes are those that occur, found by name: none is dropped by its place. The empty name is no class: a turn that was given
    none counts against the true one. `merged` is as in `code_accuracy`.
    """
    found = [Counter(_classed(one, what, merged)) for one in lessons]
    return _of_counts([one for one in found if one], _macro_f1, most=1.0)


def _of_counts(
    lots: Sequence[Counter[Any]], value: Callable[[Counter[Any]], float], most: float = math.inf
) -> Estimate | None:
    """A function of counts over all dialogues, which lies between 0 and `most`; `n` is what was counted."""
    names = list(dict.fromkeys(name for lot in lots for name in lot))

    def of(sums: Sequence[float]) -> float | None:
        counts = Counter({name: round(n) for name, n in zip(names, sums, strict=True) if n})
        return value(counts) if counts else None

    found = jackknife([[lot[name] for name in names] for lot in lots], of, low=0.0, high=most)
    return found and replace(found, n=sum(lot.total() for lot in lots))


def _entropy(counts: Counter[str]) -> float:
    total = counts.total()
    return abs(sum(-n / total * math.log2(n / total) for n in counts.values()))


def _macro_f1(counts: Counter[tuple[str, str]]) -> float:
    classes = {name for pair in counts for name in pair if name}
    hits = {name: counts[name, name] for name in classes}
    held = Counter[str]()
    for (said, true), n in counts.items():
        held[said] += n
        held[true] += n
    return sum(2 * hits[name] / held[name] for name in classes) / len(classes)


def leak_precision(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of drafts that give the answer away among those said to."""
    return share([true for said, true in one.leaks if said] for one in lessons)


def leak_recall(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of drafts said to give the answer away among those that do."""
    return share([said for said, true in one.leaks if true] for one in lessons)


def diagnosis(lessons: Iterable[Lesson], what: str) -> Estimate | None:
    """Share of right diagnoses of one kind (`step`, `misconception`, ...)."""
    return share(one.diagnoses.get(what, ()) for one in lessons)


def brier(lessons: Iterable[Lesson]) -> Estimate | None:
    """Mean squared distance of the tutor's chances from what the learner has; 0 is best, 0.25 says nothing (Brier 1950)."""
    return ratio(
        (sum((chance - known) ** 2 for chance, known in one.beliefs), float(len(one.beliefs)))
        for one in lessons
    )


def auc(lessons: Iterable[Lesson]) -> Estimate | None:
    """Chance that what the learner has was given a higher chance than what it has not, ties half.

    The interval takes dialogues for clusters: Obuchowski (1997), Nonparametric analysis of clustered ROC curve data,
    Biometrics 53. It needs two dialogues that have both kinds between them; one that would pass 0 or 1 is cut there.

    Returns:
        None where one of the two kinds is missing; `n` counts beliefs.
    """
    lots = [one.beliefs for one in lessons if one.beliefs]
    high = sorted(chance for lot in lots for chance, known in lot if known)
    low = sorted(chance for lot in lots for chance, known in lot if not known)
    if not high or not low:
        return None

    def under(chance: float) -> float:  # share of the chances of what is not known below this one
        return (bisect_left(low, chance) + bisect_right(low, chance)) / 2 / len(low)

    def over(chance: float) -> float:  # share of the chances of what is known above this one
        return 1 - (bisect_left(high, chance) + bisect_right(high, chance)) / 2 / len(high)

    value = sum(map(under, high)) / len(high)
    ones = [sum(under(chance) - value for chance, known in lot if known) for lot in lots]
    zeros = [sum(over(chance) - value for chance, known in lot if not known) for lot in lots]
    n = len(high) + len(low)
    some, others = (sum(any(known is kind for _, known in lot) for lot in lots) for kind in (True, False))
    if min(some, others) < 2:
        return Estimate(value, None, None, n)
    variance = (
        some / (some - 1) * sum(one * one for one in ones) / len(high) ** 2
        + others / (others - 1) * sum(one * one for one in zeros) / len(low) ** 2
        + 2
        * len(lots)
        / (len(lots) - 1)
        * sum(one * other for one, other in zip(ones, zeros, strict=True))
        / (len(high) * len(low))
    )
    half = Z * math.sqrt(max(0.0, variance))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), n)


# whether the learner was who it should have been


def student_bias(lessons: Iterable[Lesson]) -> Estimate | None:
    """Right steps less those to be expected from the learner's true state, per step; above 0 it can more than it should."""
    return ratio(
        (sum(right - chance for chance, right in one.planned), float(len(one.planned))) for one in lessons
    )


def student_drift(lessons: Iterable[Lesson]) -> Estimate | None:
    """By how much the learner's answers get righter from one reply to the next, beside others of learners who lack as much.

    The slope of least squares of right answers by the number of the reply, with a level of its own for each number of
    skills that are lacked. What is said by luck in a state is its level and no drift. Places are taken about the mean of
    all replies in the state, never about that of their own lesson: a talk ends where the answer is right, and whoever has
    luck at a constant rate would seem to drift within it. An opening is no reply: only after it have all been wrong before.
    Of learners with unlike luck in one state those with more leave first, which draws it below 0. Above 0 the learner comes
    to say more than it knows, as one does who repeats what it was told, or keeps the guesses that came out right; 0 is one
    who stays who it should be. The interval takes lessons for clusters (Liang and Zeger 1986), as `ratio` does. `n` counts
    lessons.
    """
    found = [one.abided for one in lessons if one.abided]
    by_state: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for replies in found:
        for place, (lacking, right) in enumerate(replies):
            by_state[lacking].append((place, right))
    middle = {
        state: (fmean(place for place, _ in those), fmean(right for _, right in those))
        for state, those in by_state.items()
    }

    def sums(replies: Sequence[tuple[int, bool]]) -> tuple[float, float]:
        off = [
            (place - middle[lacking][0], right - middle[lacking][1])
            for place, (lacking, right) in enumerate(replies)
        ]
        return math.fsum(x * y for x, y in off), math.fsum(x * x for x, _ in off)

    return ratio(map(sums, found))


def student_faithful(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of steps that came out as the learner's true state has it (right where that is more likely than wrong)."""
    return share([(chance > 0.5) == right for chance, right in one.planned] for one in lessons)


def student_overreach(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of the steps that the learner is said not to know which came out right all the same, before any teaching."""
    return share([right for chance, right in one.planned if chance == 0] for one in lessons)


def student_keeps(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of replies that go wrong as planted, of those before the tutor spoke of what was planted; whoever the learner is."""
    return share(one.kept for one in lessons)


def student_misconceived(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of wrong steps for want of knowledge that are what the learner's own misconception gives."""
    return share(one.misconceived for one in lessons)


def sycophancy(lessons: Iterable[Lesson]) -> Estimate | None:
    """Share of wrong claims of the tutor that the learner took over, where they were put to it as a test."""
    return share(one.urged for one in lessons)


def responsiveness(lessons: Iterable[Lesson], *, to: bool) -> Estimate | None:
    """Share of the tutor's turns after which the learner had learnt: of those about what it lacks, or of the others.

    The two rates of guidance responsiveness (StudentSimEval): a faithful learner gains from the first kind only.
    """
    return share([learnt for about, learnt in one.guided if about is to] for one in lessons)


# what experts made of it


def rating(lessons: Iterable[Lesson], axis: str) -> Estimate | None:
    """Mean rating of a talk on one axis, each talk weighing the same however many experts rated it."""
    return mean(fmean(one.ratings[axis]) for one in lessons if one.ratings.get(axis))


def rating_bias(lessons: Iterable[Lesson], axis: str) -> Estimate | None:
    """How far ratings lie above what the talk is worth on one axis, below nought where experts are strict."""
    return mean(
        fmean(one.ratings[axis]) - one.qualities[axis]
        for one in lessons
        if one.ratings.get(axis) and axis in one.qualities
    )


def tutoring(lessons: Sequence[Lesson], most: int = K) -> dict[str, Estimate]:
    """All measures that these lessons have something to say on, by name.

    Args:
        lessons: one for each episode.
        most: success@k and telling@k are given for k from 1 to the longest lesson, at most to this.
    """
    longest = max((len(one.right) for one in _taught(lessons)), default=0)
    at: dict[str, Callable[[Iterable[Lesson], int], Estimate | None]] = {
        "success": success_at,
        "telling": telling_at,
        "net_success": net_success_at,
    }
    named = {
        f"{name}@{k}": measure(lessons, k)
        for name, measure in at.items()
        for k in range(1, min(longest, most) + 1)
    }
    named |= {
        "turns_to_success": turns_to_success(lessons),
        "delta": delta(lessons),
        "gain": gain(lessons),
        "transfer": transfer(lessons),
        "transfer_gain": transfer_gain(lessons),
        "retention": retention(lessons),
        "retention_gain": retention_gain(lessons),
        "retention_share": retention_share(lessons),
        "told_share": told_share(lessons),
        "question_share": question_share(lessons),
        "move_entropy": move_entropy(lessons),
        "hint_level": hint_level(lessons),
        "leak_precision": leak_precision(lessons),
        "leak_recall": leak_recall(lessons),
    }
    kinds = dict.fromkeys(what for one in lessons for what in one.diagnoses)
    named |= {f"diagnosis_{what}": diagnosis(lessons, what) for what in kinds}
    for what in dict.fromkeys(what for one in lessons for what in one.codes):
        named |= {
            f"{what}_accuracy": code_accuracy(lessons, what),
            f"{what}_macro_f1": code_macro_f1(lessons, what),
        }
        if any(LENIENT.keys() & pair for one in lessons for pair in map(set, one.codes.get(what, ()))):
            named |= {
                f"{what}_accuracy_lenient": code_accuracy(lessons, what, LENIENT),
                f"{what}_macro_f1_lenient": code_macro_f1(lessons, what, LENIENT),
            }
    named |= {
        "belief_brier": brier(lessons),
        "belief_auc": auc(lessons),
        "student_bias": student_bias(lessons),
        "student_drift": student_drift(lessons),
        "student_faithful": student_faithful(lessons),
        "student_overreach": student_overreach(lessons),
        "student_misconceived": student_misconceived(lessons),
        "student_keeps": student_keeps(lessons),
        "student_sycophancy": sycophancy(lessons),
        "responds_to_help": responsiveness(lessons, to=True),
        "responds_to_other": responsiveness(lessons, to=False),
    }
    for axis in dict.fromkeys(axis for one in lessons for axis in one.ratings):
        named[f"{axis}_rating"] = rating(lessons, axis)
        named[f"{axis}_rating_bias"] = rating_bias(lessons, axis)
    return {name: one for name, one in named.items() if one is not None}
