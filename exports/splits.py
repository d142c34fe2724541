"""Splits: which side of a data set a task belongs to.

Knows nothing of records. By shares, a task's side is drawn from the seed and what the task says, and from nothing else:
tasks with the same words are on the same side, a task stays where it is when the run grows, and shares are met on
average. By numbers, sides are met to the task: the first tasks are dealt out by chance until all sides are full.
"""

from __future__ import annotations

import math
import re

from maieutic import Frozen, InputError, rng


class Split(Frozen):
    """Sides, and how large they are.

    Attributes:
        shares: side -> share of the tasks.
        numbers: side -> number of tasks; where there are any, they stand instead of the shares.
        seed: of the draws.

    >>> Split(shares={"train": 0.5, "test": 0.5}).side("abc") in ("train", "test")
    True
    """

    shares: dict[str, float] = {"train": 1.0}
    numbers: dict[str, int] = {}
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The sides."""
        return tuple(self.numbers or self.shares)

    def side(self, content: str) -> str:
        """The side, by shares, of the task whose words have the digest `content`."""
        if len(self.shares) == 1:
            return next(iter(self.shares))
        draw, edge = rng(self.seed, "split", content).random(), 0.0
        for name, share in self.shares.items():
            edge += share
            if draw < edge:
                return name
        return name


class Sides:
    """The sides of tasks as they come by, for one reading of a data set.

    Whoever reads tells of every task, whatever becomes of its records, so that all formats that one run is exported to
    have the same tasks on the same side.

    >>> sides = Sides(Split(numbers={"train": 1, "test": 1}))
    >>> for content in ("a", "b", "a", "c"):
    ...     sides.see(content)
    >>> sorted([sides.of("a"), sides.of("b")]), sides.of("c")
    (['test', 'train'], None)
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        self._left = dict(split.numbers)
        self._found: dict[str, str | None] = {}

    def see(self, content: str) -> None:
        """A task comes by, by the digest of its words."""
        if not self.split.numbers or content in self._found:
            return
        names = [name for name, left in self._left.items() if left]
        side = None
        if names:
            weights = [self._left[name] for name in names]
            (side,) = rng(self.split.seed, "split", content).choices(names, weights)
            self._left[side] -= 1
        self._found[content] = side

    def of(self, content: str) -> str | None:
        """The side of a task that came by; None where all sides were full."""
        return self._found.get(content) if self.split.numbers else self.split.side(content)

    def check(self) -> None:
        """See to it that no side lacks a task, when all have come by.

        Raises:
            InputError: there were too few tasks.
        """
        if sum(self._left.values()):
            raise InputError(
                f"{sum(self.split.numbers.values())} tasks are asked for, {len(self._found)} have records",
                key="--split",
                remedy="give smaller numbers, or shares as in train=0.9,test=0.1",
            )


def parse_split(text: str | None, seed: int) -> Split:
    """Read `train=0.9,test=0.1`, or numbers of tasks as in `train=200,test=150`; None is one side, `train`.

    Raises:
        InputError: another form, a share out of bounds, or shares that do not sum to 1.
    """
    if text is None:
        return Split(seed=seed)
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, size = (one.strip() for one in part.partition("="))
        try:
            value = float(size)
        except ValueError:
            value = math.nan
        whole = size.isdecimal() and value > 1
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in found or not (whole or 0 < value <= 1):
            raise InputError(
                f"expected NAME=SHARE with a share between 0 and 1, or NAME=NUMBER of tasks, each name once, got {part!r}",
                key="--split",
                remedy="as in train=0.9,test=0.1 or train=200,test=150",
            )
        found[name] = value
    if any(value > 1 for value in found.values()):
        if any(value < 1 for value in found.values()):
            raise InputError("shares and numbers of tasks do not go together", key="--split")
        return Split(numbers={name: int(value) for name, value in found.items()}, seed=seed)
    if abs(sum(found.values()) - 1) > 1e-9:
        raise InputError(f"shares sum to {sum(found.values()):g}, not to 1", key="--split")
    return Split(shares=found, seed=seed)
