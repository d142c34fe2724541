"""Readers: QuixBugs, HumanEval, HumanEval-Pro and MBPP records as buggy programs.

QuixBugs brings its bug along: it is found by comparing the two programs. The others bring a correct program, into which
a bug is put that the sandbox has seen make a test fail; which one depends on the record alone.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from pydantic import JsonValue

from maieutic import Task, digest, rng
from maieutic.worlds.programs.bugs import between, patch
from maieutic.worlds.programs.check import LIMITS, tried
from maieutic.worlds.programs.generate import pick, task_of
from maieutic.worlds.programs.mutate import Mutation, mutate, mutations, parsed
from maieutic.worlds.row import Reader, Row

Tests = dict[str, JsonValue]
# A reference solution that needs more than a quarter of the usual limit is given four times it: a machine that is a
# little slower must not come to another verdict.
_QUICK = LIMITS.model_copy(update={"cpu_seconds": LIMITS.cpu_seconds / 4})
_SLOW = 4 * LIMITS.cpu_seconds


def _tidy(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.replace("\r\n", "\n").strip("\n").splitlines()) + "\n"


def _without_trailing_text(source: str) -> tuple[str, str]:
    """The program without the strings that stand behind it, and the first of those strings."""
    tree = parsed(source)
    loose = [
        node
        for place, node in enumerate(tree.body)
        if place
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    if not loose:
        return _tidy(source), ""
    kept = source.splitlines()[: loose[0].lineno - 1]
    while kept and kept[-1].lstrip().startswith("#"):
        kept.pop()
    value = loose[0].value
    assert isinstance(value, ast.Constant)
    return _tidy("\n".join(kept)), str(value.value).strip()


def _remark(lines: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines.splitlines())


def quixbugs(row: Row) -> Task:
    """A record of QuixBugs: a buggy and a correct program with calls."""
    name, entry = row.text("id"), row.text("entry_point")
    try:
        buggy, about = _without_trailing_text(row.text("buggy_code"))
        correct, _ = _without_trailing_text(row.text("correct_code"))
    except SyntaxError as error:
        raise row.error(
            f"a program does not parse: {error.msg} on its line {error.lineno}", key="buggy_code"
        ) from None
    bugs = [bug for bug in between(buggy, correct) if not _remark(bug.buggy) or not _remark(bug.fixed)]
    correct = patch(buggy, bugs)  # the two differ in remarks too, which are no bugs
    if not bugs:
        raise row.error("is the same program as correct_code", key="buggy_code", remedy="give one with a bug")
    calls = row.get("tests", list)
    for place, call in enumerate(calls):
        if not isinstance(call, dict) or not {"args", "expected"} <= call.keys():
            raise row.error(f"call {place} needs args and expected, got {call!r:.60}", key="tests")
    tests: Tests = {"kind": "calls", "entry_point": entry, "calls": calls}
    if entry == "sqrt":
        tests["tolerance"] = "second argument"  # its second argument is how exact it has to be
    return task_of(
        name,
        problem=about or f"Work out {entry}.",
        entry_point=entry,
        buggy=buggy,
        correct=correct,
        bugs=bugs,
        tests=tests,
        source="QuixBugs",
        licence="MIT",
    )


def humaneval(row: Row) -> Task:
    """A record of HumanEval; a bug is put into its canonical solution."""
    prompt, entry = row.get("prompt", str), row.text("entry_point")
    correct = _tidy(prompt + row.get("canonical_solution", str))
    tests: Tests = {"kind": "source", "source": f"{row.text('test')}\ncheck({entry})\n"}
    return _injected(
        row,
        f"humaneval:{row.text('task_id')}",
        entry,
        correct,
        tests,
        _about(correct, entry),
        "HumanEval",
        "MIT",
    )


def humaneval_pro(row: Row) -> Task:
    """A record of HumanEval-Pro: a problem whose solution calls that of another one."""
    parts = [row.get(key, str) for key in ("raw_problem", "raw_solution", "new_problem", "new_solution")]
    correct = _tidy("".join(parts))
    entry = _last_function(row, correct)
    tests: Tests = {"kind": "source", "source": row.text("test_code")}
    problem = "\n".join(line.lstrip("# ") for line in parts[2].splitlines() if line.startswith("#"))
    name = f"humaneval-pro:{row.data.get('id', row.line)}"
    return _injected(
        row, name, entry, correct, tests, problem or _about(correct, entry), "HumanEval-Pro", "MIT"
    )


def mbpp(row: Row) -> Task:
    """A record of MBPP; a bug is put into its code."""
    correct = _tidy(row.text("code"))
    asserts = row.texts("test_list")
    called = [name for test in asserts for name in re.findall(r"\b([A-Za-z_]\w*)\s*\(", test)]
    defined = set(re.findall(r"^def\s+(\w+)", correct, re.MULTILINE))
    entry = next((name for name in called if name in defined), None)
    if entry is None:
        raise row.error(
            "no test calls a function of the code", key="test_list", remedy="write asserts that call it"
        )
    setup = str(row.data.get("test_setup_code") or "")
    tests: Tests = {"kind": "source", "source": "\n".join([setup, *asserts]) + "\n"}
    name = f"mbpp:{row.data.get('task_id', row.line)}"
    return _injected(row, name, entry, correct, tests, row.text("text"), "MBPP", "CC-BY-4.0")


def _last_function(row: Row, source: str) -> str:
    try:
        found = [node.name for node in parsed(source).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError as error:
        raise row.error(f"the program does not parse: {error.msg} on its line {error.lineno}") from None
    if not found:
        raise row.error("the program has no function", key="new_problem")
    return found[-1]


def _about(source: str, entry: str) -> str:
    """The docstring of a function, without its examples."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            text = ast.get_docstring(node) or ""
            return re.split(r"\n\s*(?:>>>|Examples?:|For example)", text)[0].strip() or f"Write {entry}."
    return f"Write {entry}."


def _injected(
    row: Row, name: str, entry: str, correct: str, tests: Tests, problem: str, source: str, licence: str
) -> Task:
    try:
        parsed(correct)
    except SyntaxError as error:
        raise row.error(f"the program does not parse: {error.msg} on its line {error.lineno}") from None
    verdict = tried(correct, tests, _QUICK)
    if verdict.limit == "cpu":
        tests = {**tests, "cpu_seconds": _SLOW}
        verdict = tried(correct, tests)
    if verdict.status != "pass":
        raise row.error(
            f"the reference solution does not pass its own tests: {verdict.message}",
            remedy="leave the record out",
        )
    chosen = _shown(correct, entry, repr(sorted(tests.items())), digest(name, correct))
    if chosen is None:
        raise row.error("no bug of ours makes a test of this program fail", remedy="leave the record out")
    buggy, bugs = mutate(correct, [chosen])
    return task_of(
        name,
        problem=problem,
        entry_point=entry,
        buggy=buggy,
        correct=correct,
        bugs=bugs,
        tests=tests,
        source=source,
        licence=licence,
    )


@lru_cache(maxsize=4096)
def _shown(correct: str, entry: str, tests: str, seed: str) -> Mutation | None:
    """A mutation within the function that makes a test fail, by the sandbox; the same for the same record.

    One that does not end makes a test fail too, but is passed over: when it is stopped depends on the machine.
    """
    facts = dict(ast.literal_eval(tests))
    span = next(
        range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(parsed(correct))
        if isinstance(node, ast.FunctionDef) and node.name == entry
    )
    chance, left = rng("inject", seed), [one for one in mutations(correct) if one.line in span]
    while left:
        (one,) = pick(tuple(left), 1, chance)
        buggy, _ = mutate(correct, [one])
        if tried(buggy, facts).status in ("fail", "error"):
            return one
        left.remove(one)
    return None


READERS = (
    Reader("quixbugs", frozenset({"buggy_code", "correct_code", "entry_point", "tests"}), quixbugs),
    Reader(
        "humaneval-pro",
        frozenset({"raw_problem", "raw_solution", "new_problem", "new_solution", "test_code"}),
        humaneval_pro,
    ),
    Reader(
        "humaneval", frozenset({"task_id", "prompt", "canonical_solution", "test", "entry_point"}), humaneval
    ),
    Reader("mbpp", frozenset({"text", "code", "test_list"}), mbpp),
)
