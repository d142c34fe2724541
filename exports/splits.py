"""Splits: which side of a data set a task belongs to.

Knows nothing of records. A task's side is drawn from the seed and what the task says, and from nothing else: tasks
with the same words are on the same side, and a task stays where it is when the run grows. Shares are therefore
met on average, not to the record.
"""

from __future__ import annotations

import math
import re

from maieutic import Frozen, InputError, rng


class Split(Frozen):
    """Sides and their shares.

    >>> Split(shares={"train": 0.5, "test": 0.5}).side("abc") in ("train", "test")
    True
    """

    shares: dict[str, float] = {"train": 1.0}
    seed: int = 0

    def side(self, content: str) -> str:
        """The side of the task whose words have the digest `content`."""
        if len(self.shares) == 1:
            return next(iter(self.shares))
        draw, edge = rng(self.seed, "split", content).random(), 0.0
        for name, share in self.shares.items():
            edge += share
            if draw < edge:
                return name
        return name


def parse_split(text: str | None, seed: int) -> Split:
    """Read `train=0.9,test=0.1`; None is one side, `train`.

    Raises:
        InputError: another form, a share out of bounds, or shares that do not sum to 1.
    """
    if text is None:
        return Split(seed=seed)
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = (one.strip() for one in part.partition("="))
        try:
            value = float(share)
        except ValueError:
            value = math.nan
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in shares or not 0 < value <= 1:
            raise InputError(
                f"expected NAME=SHARE with a share between 0 and 1, each name once, got {part!r}",
                key="--split",
                remedy="as in train=0.9,test=0.1",
            )
        shares[name] = value
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise InputError(f"shares sum to {sum(shares.values()):g}, not to 1", key="--split")
    return Split(shares=shares, seed=seed)
