"""Family: problems of one method, each with its own name and numbers, and the ways in which people go about them.

Knows no particular family. A way is a function of ours whose keyword-only parameters are the numbers of a problem: it can be
called, and its text with the numbers in their places is what somebody writes who goes that way. Nothing is evaluated.
"""

from __future__ import annotations

import ast
import copy
import inspect
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

Slots = Mapping[str, str | int]  # `name`, and the numbers and words of one problem
TRIES = 50


@dataclass(frozen=True)
class Family:
    """Problems that are solved in the same way.

    Attributes:
        title: what they have in common.
        problem: their words, with `{name}` for the function's name and a slot for each number or word.
        names: what the function may be called.
        slots: slot -> what may stand there.
        ways: functions; the first is right, the others are misconceptions. The docstring says how it goes.
        inputs: slots -> lists of arguments on which no two ways do the same.
    """

    title: str
    problem: str
    names: tuple[str, ...]
    slots: Mapping[str, Sequence[str | int]]
    ways: tuple[Callable[..., Any], ...]
    inputs: Callable[..., Sequence[Sequence[Any]]]

    def instance(self, slots: Slots) -> Instance:
        """The problem with these names and numbers."""
        return Instance(self, tuple((name, slots[name]) for name in ("name", *self.slots)))

    def draw(self, chance: random.Random) -> Instance:
        """A problem of the family."""
        drawn = {name: chance.choice(values) for name, values in self.slots.items()}
        return self.instance({"name": chance.choice(self.names), **drawn})

    def read(self, problem: str) -> Instance | None:
        """The problem that these words are; None where they are none of the family."""
        found = _pattern(self.problem).fullmatch(problem.strip())
        if found is None or found["name"] not in self.names:
            return None
        slots: dict[str, str | int] = {"name": found["name"]}
        for name, values in self.slots.items():
            value = next((one for one in values if str(one) == found[name]), None)
            if value is None:
                return None
            slots[name] = value
        return self.instance(slots)


@dataclass(frozen=True)
class Instance:
    """One problem of a family; `given` are its slots in order."""

    family: Family
    given: tuple[tuple[str, str | int], ...]

    @property
    def slots(self) -> dict[str, str | int]:
        """Its name, numbers and words."""
        return dict(self.given)

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(self.slots["name"])

    @property
    def problem(self) -> str:
        """Its words."""
        return self.family.problem.format(**self.slots)

    @property
    def numbers(self) -> dict[str, str | int]:
        """Its slots but for the name."""
        return {name: value for name, value in self.given if name != "name"}

    @property
    def inputs(self) -> list[list[Any]]:
        """Lists of arguments."""
        return [list(one) for one in self.family.inputs(**self.numbers)]

    def program(self, way: int) -> str:
        """The text of somebody who goes this way; 0 is the right one."""
        return _written(self.family.ways[way], self.name, tuple(self.numbers.items()))

    def returns(self, way: int) -> list[Any]:
        """What that program returns on `inputs`, without its being run: a way is a function of ours."""
        function = partial(self.family.ways[way], **self.numbers)
        return [function(*copy.deepcopy(one)) for one in self.inputs]

    def tests(self, way: int = 0) -> str:
        """Asserts, a line each, that hold for this way and no other."""
        results = zip(self.inputs, self.returns(way), strict=True)
        return "".join(
            f"assert {self.name}({', '.join(map(repr, one))}) == {result!r}\n" for one, result in results
        )

    def other(self, chance: random.Random) -> Instance | None:
        """Another problem of the family, all of whose numbers differ; None where none is found."""
        for _ in range(TRIES):
            made = self.family.draw(chance)
            if all(made.slots[name] != value for name, value in self.given):
                return made
        return None


def says(way: Callable[..., Any]) -> str:
    """How a way goes, in a sentence."""
    return " ".join((way.__doc__ or "").split())


@cache
def _pattern(problem: str) -> re.Pattern[str]:
    """What reads the slots off a problem; a slot that stands in it twice must be the same."""
    seen: set[str] = set()
    pieces = []
    for text, slot in re.findall(r"([^{]*)(?:\{(\w+)\})?", problem):
        pieces.append(re.escape(text))
        if slot:
            pieces.append(rf"(?P={slot})" if slot in seen else rf"(?P<{slot}>.+?)")
            seen.add(slot)
    return re.compile("".join(pieces), re.DOTALL)


class _Put(ast.NodeTransformer):
    """Puts numbers and words in the place of a function's keyword-only parameters."""

    def __init__(self, values: Mapping[str, str | int]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self.values[node.id]) if node.id in self.values else node


@cache
def _written(way: Callable[..., Any], name: str, numbers: tuple[tuple[str, str | int], ...]) -> str:
    tree = ast.parse(inspect.getsource(way))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.name, function.body = name, function.body[1:]  # without what it says of itself
    function.args.kwonlyargs, function.args.kw_defaults = [], []
    return ast.unparse(ast.fix_missing_locations(_Put(dict(numbers)).visit(tree))) + "\n"
