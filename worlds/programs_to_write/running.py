"""Running: the program that a text ends with, what it returns on the arguments of some tests, and whether it passes them.

Programs are run in the sandbox only, and one that was run is not run again: the same text gives the same verdict.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import json
import re
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from maieutic import digest
from maieutic.worlds.programs.check import LIMITS, tried
from maieutic.worlds.programs.mutate import parsed
from maieutic.worlds.sandbox import shared

SHOWN = 120  # characters of a value as it is told; a longer one is told by its digest
MOST = 64  # calls that are looked at
NONE = "[none]"
_FENCE = re.compile(r"^[ \t]*```[^\n]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_START = re.compile(r"^(?:def|class|import|from|@|async def)\b", re.MULTILINE)
_LOCKS = tuple(threading.Lock() for _ in range(64))  # whoever wants the same run waits for the one under way


def _tree(source: str) -> ast.Module | None:
    """A source as Python reads it; None where it does not."""
    try:
        return parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=4096)
def program_in(text: str) -> str | None:
    """The program that a text ends with: the last fence that defines a function, or, without a fence, all from its first
    definition on; None where there is none that can be read.

    >>> program_in("As follows.\\n```python\\ndef f():\\n    return 1\\n```\\nThat is all.")
    'def f():\\n    return 1\\n'
    >>> program_in("I return 1."), program_in("```\\ndef f(:\\n```")
    (None, None)
    """
    fenced = _FENCE.findall(text)
    start = None if fenced else _START.search(text)
    for found in [text[start.start() :]] if start else reversed(fenced):
        source = found.rstrip() + "\n"
        tree = _tree(source)
        if tree is not None and any(isinstance(one, ast.FunctionDef) for one in tree.body):
            return source
    return None


def bare(tests: str) -> str:
    """Tests without the fences that somebody has put around them.

    >>> bare("```python\\nassert f(1)\\n```"), bare("assert f(1)")
    ('assert f(1)\\n', 'assert f(1)')
    """
    return "".join(_FENCE.findall(tests)) or tests


def tells(tests: str) -> bool:
    """Whether tests assert anything.

    >>> tells("assert f(1) == 2"), tells("f(1)"), tells("f(1) is 2, of course")
    (True, False, False)
    """
    tree = _tree(bare(tests))
    return tree is not None and any(isinstance(one, ast.Assert) for one in ast.walk(tree))


@lru_cache(maxsize=4096)
def called(tests: str) -> tuple[str, tuple[str, ...]]:
    """The function that tests in Python call, and the arguments as JSON of each call in an assert, once each, that are
    plain values.

    >>> called("assert f(1, [2]) == 3\\nassert abs(f(0, []) - 1) < 2\\nassert f(n) == 1")
    ('f', ('[1, [2]]', '[0, []]'))
    >>> called("def check(candidate):\\n    assert candidate((1, 2))\\n\\ncheck(g)\\n")
    ('g', ('[[1, 2]]',))
    """
    tree = _tree(bare(tests))
    if tree is None:
        return "", ()
    checks = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    outer = [one.value for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    handed = [
        (one, checks[one.func.id])
        for one in outer
        if isinstance(one.func, ast.Name) and one.func.id in checks
    ]
    entry, alias = "", ""
    for call, check in handed:
        if call.args and isinstance(call.args[0], ast.Name) and check.args.args:
            entry, alias = call.args[0].id, check.args.args[0].arg
    found: dict[str, None] = {}
    for call in _asserted(tree):
        assert isinstance(call.func, ast.Name)
        name = call.func.id
        if not entry and _arguments(call) is not None and not hasattr(builtins, name):
            entry = name
        if name in (entry, alias) and (arguments := _arguments(call)) is not None:
            found[arguments] = None
    return entry, tuple(found)[:MOST]


def _asserted(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls by a plain name that stand in asserts, in the order of the text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for one in ast.walk(node.test):
                if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
                    yield one


def _arguments(call: ast.Call) -> str | None:
    """The arguments of a call as JSON; None where they are no plain values."""
    if call.keywords:
        return None
    try:
        return json.dumps([ast.literal_eval(one) for one in call.args], allow_nan=False)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def returned(program: str, tests: str) -> tuple[str, ...]:
    """What a program returns on each list of arguments that `tests` call with: values as JSON, `!` and the kind of error
    where it returns none.

    Raises:
        SandboxError: programs cannot be run safely here.

    >>> returned("def f(n):\\n    return 6 / n\\n", "assert f(3) == 2\\nassert f(0) == 0")
    ('2.0', '!ZeroDivisionError')
    """
    with _lock(program, tests):
        return _returned(program, tests)


def holds(program: str, tests: str) -> bool:
    """Whether a program passes tests in Python.

    Raises:
        SandboxError: programs cannot be run safely here.

    >>> holds("def f(n):\\n    return n\\n", "assert f(3) == 3")
    True
    """
    with _lock(program, tests):
        return _holds(program, tests)


@lru_cache(maxsize=16384)
def _returned(program: str, tests: str) -> tuple[str, ...]:
    entry, arguments = called(tests)
    if not arguments:
        return ()
    said = shared().answers(program, entry, [json.loads(one) for one in arguments], limits=LIMITS)
    return tuple(map(told, said))


@lru_cache(maxsize=16384)
def _holds(program: str, tests: str) -> bool:
    return tried(program, {"kind": "source", "source": bare(tests)}).status == "pass"


def _lock(program: str, tests: str) -> threading.Lock:
    return _LOCKS[int(digest(program, tests)[:8], 16) % len(_LOCKS)]


def told(said: Mapping[str, Any]) -> str:
    """What came of a call, as `Sandbox.answers` has it, in a few words: the value as JSON, or `!` and the kind of error.

    >>> told({"answer": [1]}), told({"message": "ValueError: no (program, line 2)"})
    ('[1]', '!ValueError')
    """
    if "answer" not in said:
        return (
            f"!{re.split(r': | [(]', str(said['message']))[0][:SHOWN]}"  # whatever it says, and on which line
        )
    text = json.dumps(said["answer"], ensure_ascii=True)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 20]}... {digest(text)[:12]}"


def answered(returns: object) -> bool:
    """Whether a program returned anything at all.

    >>> answered(["!NameError", "1"]), answered(["!NameError"]), answered([])
    (True, False, False)
    """
    return isinstance(returns, list | tuple) and any(not str(one).startswith("!") for one in returns)


async def run(view: Mapping[str, Any]) -> dict[str, Any]:
    """What the program of a `response` returns on the arguments of the tests `answer`, and whether it passes them."""
    program, tests = program_in(str(view["response"])), str(view["answer"])
    if program is None:
        return {"returns": [], "correct": False}
    returns = await asyncio.to_thread(returned, program, tests)
    return {"returns": [*returns], "correct": await asyncio.to_thread(holds, program, tests)}


async def check(view: Mapping[str, Any]) -> dict[str, Any]:
    """Mark the program of a `response` by the tests `answer`."""
    program = program_in(str(view["response"]))
    name = next((one for one in _names(program or "")), NONE)
    correct = program is not None and await asyncio.to_thread(holds, program, str(view["answer"]))
    return {"final": name[:400], "correct": correct}


def _names(program: str) -> list[str]:
    """The functions of a program, the last one first."""
    return [one.name for one in reversed(parsed(program).body) if isinstance(one, ast.FunctionDef)]
