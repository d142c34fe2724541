"""Expression: the closed vocabulary in which a written scenario says conditions, what is shown, and measures.

Knows nothing of episodes. A text becomes a small tree of frozen values, which is only ever walked: there is no
`eval`, no attribute of a Python object, no name but those that stand here.

    condition   := all ("or" all)*
    all         := one ("and" one)*
    one         := "not" one | value (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") value)?
    value       := number | 'text' | true | false | null | "[" value, ... "]" | "(" condition ")"
                 | name ("." field)? | function "(" condition, ... ")" ("." field)?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from maieutic import InputError

OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
FUNCTIONS = {  # name -> least and most arguments
    "count": (1, 1),
    "visits": (1, 1),
    "share": (1, 1),
    "mean": (1, 1),
    "min": (1, 1),
    "max": (1, 1),
    "all": (1, 1),
    "any": (1, 1),
    "list": (1, 1),
    "first": (1, 1),
    "latest": (1, 8),
    "best": (2, 2),
    "worst": (2, 2),
    "words": (1, 1),
    "number": (1, 1),
    "lower": (1, 1),
    "contains": (2, 2),
}
TURN = frozenset(
    {"first", "latest", "best", "worst"}
)  # functions that give a turn, of which a field may be taken
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>==|!=|<=|>=|[<>()\[\],.]))"
)
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
DEEPEST = 40


@dataclass(frozen=True)
class Literal:
    """A value that is written out; a list is a tuple of values."""

    value: Any


@dataclass(frozen=True)
class Ref:
    """A name, with a field of it where one is named: `check.verdict`, `task.prompt`, `stop`."""

    name: str
    field: str | None = None


@dataclass(frozen=True)
class Call:
    """One of `FUNCTIONS`, with a field of the turn that it gives where one is named."""

    function: str
    arguments: tuple[Expression, ...]
    field: str | None = None


@dataclass(frozen=True)
class Compare:
    """Two values held against each other."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Not:
    """The opposite."""

    one: Expression


@dataclass(frozen=True)
class Join:
    """Several conditions, of which all (`and`) or any (`or`) must hold."""

    word: str
    parts: tuple[Expression, ...]


Expression: TypeAlias = Literal | Ref | Call | Compare | Not | Join


@lru_cache(4096)
def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        InputError: it is none; the message shows where.

    >>> parse("check.score >= 3 and not count(revise) > 2")
    Join(word='and', parts=(Compare(sign='>=', left=Ref(name='check', field='score'), right=Literal(value=3)), \
Not(one=Compare(sign='>', left=Call(function='count', arguments=(Ref(name='revise', field=None),), field=None), \
right=Literal(value=2)))))
    >>> parse("check.score => 3")
    Traceback (most recent call last):
    maieutic.errors.InputError: cannot read 'check.score => 3' at column 13: expected a sign, 'and', 'or' or the end, got '='; known signs are \
==, !=, <=, >=, <, >, in
    """
    return _Reader(text).whole()


def walk(tree: Expression) -> Iterator[Expression]:
    """The tree and all that is in it, outermost first."""
    yield tree
    match tree:
        case Call():
            inner = tree.arguments
        case Compare():
            inner = (tree.left, tree.right)
        case Not():
            inner = (tree.one,)
        case Join():
            inner = tree.parts
        case _:
            inner = ()
    for one in inner:
        yield from walk(one)


class _Reader:
    """Reads one text by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text, self.place, self.depth = text, 0, 0
        self.tokens: list[tuple[str, str, int]] = []
        end = len(text.rstrip())
        place = 0
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                at = place + len(text[place:]) - len(text[place:].lstrip())
                self.tokens.append(("other", text[at], at))
                break
            assert found.lastgroup is not None
            self.tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
            place = found.end()

    def fail(self, expected: str) -> InputError:
        _, got, at = self.peek()
        where = f"at column {at + 1}" if got else "at its end"
        return InputError(
            f"cannot read {self.text!r} {where}: expected {expected}, got {repr(got) if got else 'nothing'}",
            remedy=f"known signs are {', '.join(OPERATORS)}, in",
        )

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "", len(self.text))

    def take(self, *words: str) -> str | None:
        kind, word, _ = self.peek()
        if kind in ("sign", "name") and word in words:
            self.place += 1
            return word
        return None

    def need(self, word: str) -> None:
        if self.take(word) is None:
            raise self.fail(repr(word))

    def whole(self) -> Expression:
        tree = self.join("or")
        if self.peek()[0] != "end":
            raise self.fail("a sign, 'and', 'or' or the end")
        return tree

    def join(self, word: str) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail(f"no more than {DEEPEST // 2} brackets in each other")
        parts = [self.join("and") if word == "or" else self.one()]
        while self.take(word):
            parts.append(self.join("and") if word == "or" else self.one())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Join(word, tuple(parts))

    def one(self) -> Expression:
        nots = 0
        while self.take("not"):
            nots += 1
        left = self.value()
        sign = self.take(*OPERATORS, "in")
        tree: Expression = Compare(sign, left, self.value()) if sign else left
        return Not(tree) if nots % 2 else tree

    def value(self) -> Expression:
        kind, word, _ = self.peek()
        if kind == "number":
            self.place += 1
            return Literal(float(word) if "." in word else int(word))
        if kind == "text":
            self.place += 1
            return Literal(re.sub(r"\\(.)", r"\1", word[1:-1]))
        if self.take("("):
            tree = self.join("or")
            self.need(")")
            return tree
        if self.take("["):
            return Literal(tuple(self.listed("]", literal=True)))
        if kind == "name" and word not in ("and", "or", "not", "in"):
            self.place += 1
            return self.named(word)
        raise self.fail("a value")

    def listed(self, end: str, *, literal: bool = False) -> Iterator[Any]:
        while not self.take(end):
            item = self.value() if literal else self.join("or")
            if literal and not isinstance(item, Literal):
                raise self.fail("numbers and texts in a list")
            yield item.value if isinstance(item, Literal) and literal else item
            if not self.take(","):
                self.need(end)
                return

    def named(self, word: str) -> Expression:
        if word in _WORDS:
            return Literal(_WORDS[word])
        if self.take("("):
            if word not in FUNCTIONS:
                self.place -= 2
                raise self.fail(f"one of the functions {', '.join(FUNCTIONS)}")
            arguments = tuple(self.listed(")"))
            least, most = FUNCTIONS[word]
            if not least <= len(arguments) <= most:
                self.place -= 1
                raise self.fail(f"{least if least == most else f'{least} to {most}'} values in {word}(...)")
            return Call(word, arguments, self.field())
        return Ref(word, self.field())

    def field(self) -> str | None:
        if not self.take("."):
            return None
        kind, word, _ = self.peek()
        if kind != "name":
            raise self.fail("the name of a field")
        self.place += 1
        return word
