"""Shares held against what a closed form predicts."""

import asyncio
import math
import random

from maieutic.scenarios.learning_by_teaching import MODES, winner


def within(hits, trials, chance):
    """Whether `hits` of `trials` agree with `chance` at 99.9 % (Wilson's interval)."""
    z, share = 3.29, hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return middle - half <= chance <= middle + half


def played(company, tasks):
    """An episode of each task, the place of the task being its seed."""

    async def all_of_them():
        return [await company.play(task, place) for place, task in enumerate(tasks)]

    return asyncio.run(all_of_them())


def counts(chances):
    """The chances that none, one, two, ... of several things come true, each by itself."""
    found = [1.0]
    for chance in chances:
        found = [
            (found[k] if k < len(found) else 0.0) * (1 - chance) + (found[k - 1] * chance if k else 0.0)
            for k in range(len(found) + 1)
        ]
    return found


def compared(left, right):
    """(win, tie) of `left` against `right`, each a list of chances: which of them has more that come true."""
    a, b = counts(left), counts(right)
    win = sum(p * q for i, p in enumerate(a) for j, q in enumerate(b) if i > j)
    return win, sum(p * q for p, q in zip(a, b, strict=False))


def reckoned(weights, samples, sittings, *, shuffled=False, runs=4000):
    """Learning by teaching: each mode's accuracy where workings are drawn by `weights` (the first is right) and their sittings come out right
    with probability 0.6 after a right one, else 0.3; ties as the scenario breaks them."""
    chance, right = random.Random(1), dict.fromkeys(MODES, 0)
    for _ in range(runs):
        drawn = chance.choices(range(len(weights)), weights, k=samples)
        scores = [
            sum(chance.random() < (0.6 if way == 0 else 0.3) for _ in range(sittings)) / sittings
            for way in drawn
        ]
        if shuffled:
            chance.shuffle(scores)
        found = {}
        for place, way in enumerate(drawn):
            found.setdefault(str(way), []).append(str(place))
        by_place = {str(place): score for place, score in enumerate(scores)}
        for mode in MODES:
            right[mode] += winner(mode, found, by_place) == "0"
    return {mode: hits / runs for mode, hits in right.items()}
