"""Mutate: operators that put one known bug into a line of a correct program.

Runs nothing, and does not know whether a bug shows: `viable.py` lists the ones that make a test fail. Every operator
changes one line only, so that bugs on different lines do not meet and all fixes together give back the program.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from maieutic.worlds.programs.bugs import Bug, write_fix


@dataclass(frozen=True)
class Mutation:
    """One way to go wrong in one place.

    Attributes:
        operator: its name.
        line: 1-based.
        start, end: columns of the text that is replaced.
        new: what stands there instead.
    """

    operator: str
    line: int
    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Operator:
    """A kind of bug.

    Attributes:
        name: such as `loop-end`.
        kind: conceptual or syntactic.
        concept: the idea that it touches, in a few words.
        description: what is wrong, in one sentence that does not say how to mend it.
        sites: finds where it can be put in: (tree, lines) -> (line, start, end, new text).
    """

    name: str
    kind: Literal["conceptual", "syntactic"]
    concept: str
    description: str
    sites: Callable[[ast.Module, list[str]], Iterator[tuple[int, int, int, str]]]


Site = tuple[int, int, int, str]


def _one_line(node: ast.expr | ast.stmt) -> bool:
    return node.lineno == node.end_lineno


def _whole(node: ast.expr | ast.stmt, new: str) -> Iterator[Site]:
    if _one_line(node) and node.end_col_offset is not None:
        yield node.lineno, node.col_offset, node.end_col_offset, new


def _between(left: ast.expr, right: ast.expr, lines: list[str], swaps: dict[str, str]) -> Iterator[Site]:
    """Replace the sign that stands between two operands."""
    if left.end_lineno != right.lineno or left.end_col_offset is None:
        return
    gap = lines[right.lineno - 1][left.end_col_offset : right.col_offset]
    sign = gap.strip(" ()")
    if sign in swaps:
        start = left.end_col_offset + gap.index(sign)
        yield right.lineno, start, start + len(sign), swaps[sign]


def _calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _loop_end(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for call in _calls(tree, "range"):
        end = call.args[0] if len(call.args) == 1 else call.args[1] if len(call.args) > 1 else None
        if end is not None:
            text = ast.unparse(end)
            yield from _whole(end, f"{text} - 1" if not text.endswith("+ 1") else text.removesuffix(" + 1"))


def _loop_start(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for call in _calls(tree, "range"):
        if len(call.args) > 1:
            text = ast.unparse(call.args[0])
            yield from _whole(call.args[0], "1" if text == "0" else "0" if text == "1" else f"{text} + 1")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.For)
            and isinstance(node.iter, ast.Subscript)
            and isinstance(node.iter.slice, ast.Slice)
        ):
            yield from _whole(node.iter, ast.unparse(node.iter.value))


def _compares(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield node.left, node.comparators[0]


def _boundary(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for left, right in _compares(tree):
        yield from _between(left, right, lines, {"<": "<=", "<=": "<", ">": ">=", ">=": ">"})


def _direction(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for left, right in _compares(tree):
        yield from _between(
            left,
            right,
            lines,
            {
                "<": ">",
                "<=": ">=",
                ">": "<",
                ">=": "<=",
                "==": "!=",
                "!=": "==",
                "in": "not in",
                "not in": "in",
            },
        )


def _arithmetic(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            yield from _between(
                node.left, node.right, lines, {"+": "-", "-": "+", "*": "+", "%": "//", "**": "*"}
            )


def _division(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            yield from _between(node.left, node.right, lines, {"//": "/", "/": "//"})
        if isinstance(node, ast.AugAssign):
            yield from _between(node.target, node.value, lines, {"//=": "/=", "/=": "//="})


def _starting_value(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and type(node.value.value) is int
        ):
            yield from _whole(node.value, {0: "1", 1: "0"}.get(node.value.value, str(node.value.value - 1)))


def _connective(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp):
            yield from _between(node.values[0], node.values[1], lines, {"and": "or", "or": "and"})


def _negation(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While):
            test = node.test
            if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
                yield from _whole(test, ast.unparse(test.operand))
            elif isinstance(test, ast.Call | ast.Name):
                yield from _whole(test, f"not {ast.unparse(test)}")


def _index(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and not isinstance(
            node.slice, ast.Slice | ast.Tuple | ast.Constant | ast.UnaryOp
        ):
            yield from _whole(node.slice, f"{ast.unparse(node.slice)} - 1")
        elif (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 0
        ):
            yield from _whole(node.slice, "-1")


def _swapped(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords:
            first, second = node.args
            if first.lineno == second.end_lineno and second.end_col_offset is not None:
                yield (
                    first.lineno,
                    first.col_offset,
                    second.end_col_offset,
                    f"{ast.unparse(second)}, {ast.unparse(first)}",
                )


def _names_set(tree: ast.AST) -> list[str]:
    names = [
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    names += [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    return list(dict.fromkeys(names))


def _returned(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = _names_set(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
                    other = next((name for name in reversed(names) if name != node.value.id), None)
                    if other is not None:
                        yield from _whole(node.value, other)


def _no_return(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Return)
            and node.value is not None
            and not isinstance(node.value, ast.Constant)
        ):
            yield from _whole(node, ast.unparse(node.value))


def _update(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign):
            yield from _between(node.target, node.value, lines, {"+=": "=", "-=": "+=", "*=": "="})


def _truth_value(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in (True, False) and isinstance(node.value, bool):
            yield from _whole(node, str(not node.value))


def _base_case(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        itself = any(True for _ in _calls(ast.Module([function], []), function.name))
        for node in ast.walk(function):
            if (
                itself
                and isinstance(node, ast.Return)
                and isinstance(node.value, ast.Constant)
                and type(node.value.value) is int
            ):
                yield from _whole(node.value, str(node.value.value - 1))


def _append(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    swaps = {"append": "extend", "extend": "append", "lower": "upper", "upper": "lower"}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in swaps
            and _one_line(node)
            and node.end_col_offset is not None
        ):
            yield node.lineno, node.end_col_offset - len(node.attr), node.end_col_offset, swaps[node.attr]


def _which_function(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    swaps = {"max": "min", "min": "max", "any": "all", "all": "any"}
    for wrong, other in swaps.items():
        for call in _calls(tree, wrong):
            yield from _whole(call.func, other)


def _colon(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for number, line in enumerate(lines, start=1):
        if re.match(r"\s*(?:def|for|while|if|elif|else)\b.*:\s*$", line):
            yield number, len(line.rstrip()) - 1, len(line.rstrip()), ""


def _parenthesis(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _one_line(node) and node.end_col_offset is not None:
            yield node.lineno, node.end_col_offset - 1, node.end_col_offset, ""


def _equality(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.If | ast.While)
            and isinstance(node.test, ast.Compare)
            and len(node.test.ops) == 1
        ):
            yield from _between(node.test.left, node.test.comparators[0], lines, {"==": "="})


def _misspelt(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    taken = set(_names_set(tree))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node.id in taken
            and len(node.id) > 3
        ):
            wrong = node.id[:-2] + node.id[-1]
            if wrong not in taken:
                yield from _whole(node, wrong)


def _indentation(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.For | ast.While | ast.If) and len(node.body) > 1:
            line = node.body[-1].lineno
            yield line, 0, 0, "  "


def _keyword(tree: ast.Module, lines: list[str]) -> Iterator[Site]:
    for number, line in enumerate(lines, start=1):
        if found := re.match(r"\s*(return|while|elif)\b", line):
            word = found[1]
            yield number, found.start(1), found.end(1), word[:-2] + word[-1] + word[-2]


OPERATORS: tuple[Operator, ...] = (
    Operator("loop-end", "conceptual", "loop end", "The loop stops one step before it should.", _loop_end),
    Operator("loop-start", "conceptual", "loop start", "The loop begins at the wrong place.", _loop_start),
    Operator(
        "boundary",
        "conceptual",
        "boundary case",
        "The comparison treats the case of equality wrongly.",
        _boundary,
    ),
    Operator(
        "direction",
        "conceptual",
        "comparison",
        "The comparison asks for the opposite of what is meant.",
        _direction,
    ),
    Operator(
        "arithmetic",
        "conceptual",
        "arithmetic operation",
        "The calculation uses the wrong operation.",
        _arithmetic,
    ),
    Operator(
        "division",
        "conceptual",
        "kind of division",
        "The division keeps or drops the fraction when it should not.",
        _division,
    ),
    Operator(
        "starting-value",
        "conceptual",
        "starting value",
        "A variable does not begin with the right value.",
        _starting_value,
    ),
    Operator(
        "connective",
        "conceptual",
        "logical connective",
        "Two conditions are combined in the wrong way.",
        _connective,
    ),
    Operator(
        "negation",
        "conceptual",
        "negated condition",
        "The condition holds exactly when it should not.",
        _negation,
    ),
    Operator("index", "conceptual", "index", "The wrong element is picked out.", _index),
    Operator(
        "argument-order", "conceptual", "argument order", "Two arguments have changed places.", _swapped
    ),
    Operator(
        "returned-value",
        "conceptual",
        "returned variable",
        "The function hands back another variable than the one with the result.",
        _returned,
    ),
    Operator(
        "no-return",
        "conceptual",
        "return statement",
        "The result is worked out there but never handed back.",
        _no_return,
    ),
    Operator(
        "update",
        "conceptual",
        "running update",
        "The running value is overwritten or moved the wrong way.",
        _update,
    ),
    Operator(
        "truth-value",
        "conceptual",
        "truth value",
        "The answer given there is the opposite of the right one.",
        _truth_value,
    ),
    Operator(
        "base-case",
        "conceptual",
        "base case",
        "The simplest case gives the wrong value, and all others build on it.",
        _base_case,
    ),
    Operator(
        "method",
        "conceptual",
        "method call",
        "The method that is called does something else than what is needed.",
        _append,
    ),
    Operator(
        "which-function",
        "conceptual",
        "choice of function",
        "The function that is called picks the wrong one of the values.",
        _which_function,
    ),
    Operator(
        "colon", "syntactic", "block header", "The line that opens a block does not end as it must.", _colon
    ),
    Operator(
        "parenthesis", "syntactic", "parentheses", "The parentheses of the line do not match.", _parenthesis
    ),
    Operator(
        "equality", "syntactic", "equality sign", "The line assigns where it should compare.", _equality
    ),
    Operator("misspelt", "syntactic", "variable name", "A name is used that was never set.", _misspelt),
    Operator(
        "indentation",
        "syntactic",
        "indentation",
        "The line does not stand where its block does.",
        _indentation,
    ),
    Operator("keyword", "syntactic", "keyword", "A word of the language is misspelt.", _keyword),
)
_BY_NAME = {one.name: one for one in OPERATORS}


def parsed(source: str) -> ast.Module:
    """The tree of a program. Python's remarks on its style, such as on odd escapes, are nobody's concern here.

    Raises:
        SyntaxError: it does not parse.

    >>> len(parsed("a = 1\\n").body)
    1
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def mutations(source: str) -> list[Mutation]:
    """All ways to put one bug into `source`, in a fixed order. Lines with other than ASCII text are passed over.

    >>> [one.operator for one in mutations("def f(n):\\n    return n + 1\\n")]
    ['arithmetic', 'no-return', 'colon', 'keyword']
    """
    tree, lines = parsed(source), source.splitlines()
    found = []
    for operator in OPERATORS:
        sites = {site for site in operator.sites(tree, lines) if lines[site[0] - 1].isascii()}
        for line, start, end, new in sorted(sites):
            if lines[line - 1][start:end] != new:
                found.append(Mutation(operator.name, line, start, end, new))
    return found


def mutate(source: str, chosen: list[Mutation]) -> tuple[str, list[Bug]]:
    """`source` with the chosen bugs put in, and the bugs: conceptual ones first, each kind by line.

    Raises:
        ValueError: two of them are on one line.

    >>> buggy, bugs = mutate("def f(n):\\n    return n + 1\\n", mutations("def f(n):\\n    return n + 1\\n")[:1])
    >>> buggy, bugs[0].fix
    ('def f(n):\\n    return n - 1\\n', 'Replace `n - 1` with `n + 1` on line 2')
    """
    lines = source.splitlines()
    if len({one.line for one in chosen}) != len(chosen):
        raise ValueError("bugs must be on different lines")
    bugs = []
    for one in chosen:
        operator, fixed = _BY_NAME[one.operator], lines[one.line - 1]
        buggy = fixed[: one.start] + one.new + fixed[one.end :]
        lines[one.line - 1] = buggy
        bugs.append(
            Bug(
                operator=operator.name,
                kind=operator.kind,
                concept=operator.concept,
                line=one.line,
                buggy=buggy,
                fixed=fixed,
                description=operator.description,
                fix=write_fix(one.line, buggy, fixed),
            )
        )
    bugs.sort(key=lambda bug: (bug.kind != "conceptual", bug.line))
    return "\n".join(lines) + "\n", bugs
