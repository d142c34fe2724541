"""Instruction: one type of constraint that a program can check, and Check, what it found in a text.

Knows none of the 25 types; they are in keywords, lengths, formats and shapes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import Field, JsonValue

from maieutic import Frozen

Relation = Literal["less than", "at least"]


class Check(Frozen):
    """What a check found.

    Attributes:
        ok: whether the text meets the constraint; none where that cannot be said (an unknown type, a parameter
            that the published checker replaces by chance). None never counts as a pass.
        observed: what was seen, such as a count.
        reason: one sentence for a person.
        distance: by how many the count must change to be met, signed (2: two more are needed; -1: one fewer);
            0 when it is right; none where nothing is counted.
    """

    ok: bool | None
    observed: JsonValue = None
    reason: str
    distance: int | None = None


class Params(Frozen):
    """Parameters of an instruction; this one has none."""


P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Instruction(Generic[P]):
    """One type of constraint.

    Attributes:
        id: group and name, such as `length_constraints:number_words`.
        params: the type of its parameters.
        draw: `(rng)` -> parameters that a reasonable text can meet.
        wordings: sentences that ask for it; a wording is made from the parameters.
        check: `(text, params)` -> what was found; pure and deterministic.
        repair: how this check differs from the published one; empty when it is the published one.
    """

    id: str
    params: type[P]
    draw: Callable[[random.Random], P]
    wordings: tuple[Callable[[P], str], ...]
    check: Callable[[str, P], Check]
    repair: str = ""

    @property
    def group(self) -> str:
        """The part of the id before the colon."""
        return self.id.partition(":")[0]

    def describe(self, params: P, rng: random.Random) -> str:
        """One of the wordings, filled in."""
        return rng.choice(self.wordings)(params)


class Item(Frozen):
    """One constraint of a prompt: the id of its type and its parameters."""

    id: str
    params: dict[str, Any] = Field(default_factory=dict)


def against(observed: int, relation: Relation, bound: int, what: str) -> Check:
    """A check of `observed` against a bound; "less than" is strict.

    >>> against(4, "less than", 4, "words")
    Check(ok=False, observed=4, reason='4 words, wanted less than 4', distance=-1)
    """
    distance = max(0, bound - observed) if relation == "at least" else min(0, bound - 1 - observed)
    return Check(
        ok=distance == 0,
        observed=observed,
        reason=f"{observed} {what}, wanted {relation} {bound}",
        distance=distance,
    )


def exactly(observed: int, wanted: int, what: str, *, also: bool = True, but: str = "") -> Check:
    """A check of `observed` against an exact count, and against a second condition `also` (`but` says it failed).

    >>> exactly(3, 2, "bullets").distance, exactly(2, 2, "parts", also=False, but="they are equal").reason
    (-1, '2 parts, wanted 2; they are equal')
    """
    reason = f"{observed} {what}, wanted {wanted}"
    if not also:
        reason += f"; {but}"
    return Check(ok=observed == wanted and also, observed=observed, reason=reason, distance=wanted - observed)


def some(number: int, noun: str) -> str:
    """A number and a noun in the right form.

    >>> some(1, "point"), some(2, "point")
    ('1 point', '2 points')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def holds(ok: bool, yes: str, no: str, observed: JsonValue = None) -> Check:
    """A check with nothing to count.

    >>> holds(False, "has a title", "has no title").reason
    'has no title'
    """
    return Check(ok=ok, observed=observed, reason=yes if ok else no)
