"""Bugs: what is wrong in a program, line by line, with the fix that mends it; and how fixes are read and compared.

Runs nothing. A fix is one sentence: replace a piece of a line, replace, delete or insert a line; lines are numbered from
1 in the program as the student has it.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from maieutic import Frozen, InputError


class Bug(Frozen):
    """One bug.

    Attributes:
        operator: the mutation that made it, or `found` for one that came with a record.
        kind: conceptual or syntactic.
        concept: the idea that it touches, in a few words.
        line: 1-based, in the buggy program.
        buggy: the text of that line; empty where the bug is a line that is missing after it.
        fixed: what stands there in the correct program; empty where the line is one too many.
        description: what is wrong, in one sentence that does not say how to mend it.
        fix: how to mend it, in one sentence.
    """

    operator: str
    kind: Literal["conceptual", "syntactic"]
    concept: str
    line: int
    buggy: str
    fixed: str
    description: str
    fix: str


@dataclass(frozen=True)
class Edit:
    """A fix as it is carried out: in `line`, `old` becomes `new`; whole lines where `old` is None."""

    line: int
    old: str | None
    new: str
    after: bool = False


_PIECE = re.compile(
    r"replace\s+`([^`]+)`\s+(?:with|by)\s+`([^`]*)`\s+(?:on|in)\s+line\s+(\d+)", re.IGNORECASE
)
_LINE = re.compile(r"replace\s+line\s+(\d+)\s+(?:with|by)\s+`([^`]*)`", re.IGNORECASE)
_DELETE = re.compile(r"(?:delete|remove|drop)\s+line\s+(\d+)", re.IGNORECASE)
_INSERT = re.compile(r"insert\s+`([^`]+)`\s+after\s+line\s+(\d+)", re.IGNORECASE)


def read_fix(fix: str) -> Edit | None:
    """The edit that a fix sentence asks for; None where it asks for none that can be carried out.

    >>> read_fix("Replace `n - 1` with `n` on line 3")
    Edit(line=3, old='n - 1', new='n', after=False)
    """
    if found := _PIECE.search(fix):
        return Edit(int(found[3]), found[1], found[2])
    if found := _LINE.search(fix):
        return Edit(int(found[1]), None, found[2])
    if found := _DELETE.search(fix):
        return Edit(int(found[1]), None, "")
    if found := _INSERT.search(fix):
        return Edit(int(found[2]), None, found[1], after=True)
    return None


def write_fix(line: int, buggy: str, fixed: str) -> str:
    """The shortest fix sentence that turns the text of a line into another.

    >>> write_fix(2, "    return totl", "    return total")
    'Replace `totl` with `total` on line 2'
    """
    if not fixed:
        return f"Delete line {line}"
    old, new = _pieces(buggy, fixed)
    if old and new and "`" not in old + new:
        return f"Replace `{old}` with `{new}` on line {line}"
    return f"Replace line {line} with `{fixed}`"


_WORD = re.compile(r"\w+|\s+|[<>=!+\-*/%]=|//=?|\*\*|[^\w\s]")


def _pieces(buggy: str, fixed: str) -> tuple[str, str]:
    """The words that differ, widened on both sides until the piece stands once in the line and reads as code."""
    left, right = _WORD.findall(buggy), _WORD.findall(fixed)
    head = 0
    while head < min(len(left), len(right)) and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < min(len(left), len(right)) - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    for wider in range(len(left) + 1):
        start, end = max(0, head - wider), max(0, tail - wider)
        old, new = ("".join(part[start : len(part) - end]).strip() for part in (left, right))
        exact = buggy.count(old) == 1 and buggy.replace(old, new) == fixed if old and new else False
        if exact and re.search(r"\w", old) and re.search(r"\w", new) and old != buggy.strip():
            return old, new
    return "", ""


def patch(source: str, fixes: Iterable[str | Mapping[str, Any] | Bug]) -> str:
    """`source` with fixes made: fix sentences, or bugs whose fix is to be made. A sentence that asks for nothing that
    can be done there (another line, another text) changes nothing.

    >>> patch("def f(n):\\n    return n - 1\\n", ["Replace `n - 1` with `n` on line 2"])
    'def f(n):\\n    return n\\n'
    """
    edits = [edit for edit in map(_edit, fixes) if edit is not None]
    lines = source.splitlines()
    for edit in sorted(edits, key=lambda one: (-one.line, not one.after)):
        place = edit.line - 1
        if not (-1 if edit.after else 0) <= place < len(lines):
            continue
        if edit.after:
            lines[place + 1 : place + 1] = edit.new.split("\n")
        elif edit.old is not None:
            if lines[place].count(edit.old) == 1:
                lines[place] = lines[place].replace(edit.old, edit.new)
        else:
            lines[place : place + 1] = edit.new.split("\n") if edit.new else []
    return "\n".join(lines) + ("\n" if source.endswith("\n") else "")


def _edit(fix: str | Mapping[str, Any] | Bug) -> Edit | None:
    if isinstance(fix, Bug):
        return read_fix(fix.fix)
    if isinstance(fix, str):
        return read_fix(fix)
    if "fix" not in fix:
        raise InputError(f"a fix needs the key 'fix', got {', '.join(sorted(fix))}")
    return read_fix(str(fix["fix"]))


def isomorphic(one: str, other: str) -> bool:
    """Whether two fixes come to the same: on the same line, the same new code, as Python reads it.

    >>> isomorphic("Replace `n-1` with `n` on line 3", "replace `n - 1` by `n` in line 3")
    True
    >>> isomorphic("Replace `n - 1` with `n` on line 3", "Replace `n - 1` with `n` on line 4")
    False
    """
    left, right = read_fix(one), read_fix(other)
    if left is None or right is None:
        return left is right and _squeezed(one) == _squeezed(other)
    if (left.line, left.after) != (right.line, right.after):
        return False
    same = _code(left.new) == _code(right.new)
    if left.old is None or right.old is None:
        whole, part = (left, right) if left.old is None else (right, left)
        if whole.old is None and part.old is None:
            return same
        return _squeezed(part.new) in _squeezed(whole.new) and _squeezed(part.old or "") not in _squeezed(
            whole.new
        )
    return same and _code(left.old) == _code(right.old)


def _squeezed(code: str) -> str:
    return re.sub(r"\s+", "", code)


def _code(text: str) -> str:
    try:
        return ast.dump(ast.parse(text.strip()))
    except SyntaxError:
        return _squeezed(text)


def leaks(text: str, bugs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a text gives a fix away: the fix sentence, the corrected line, or the piece of code that it puts in.

    Spaces do not count. A piece of fewer than three signs (`<=`, `0`) or of one word (`and`, `total`) counts only in
    back-quotes, since it stands in most sentences by accident, and a piece that the buggy line has too does not count.
    A number of a line is no leak.

    >>> bug = {"buggy": "    for i in range(n - 1):", "fixed": "    for i in range(n):", "fix": "Replace ..."}
    >>> leaks("Try `for i in range(n):` there.", [bug]), leaks("How often does the loop run?", [bug])
    (True, False)
    """
    squeezed = _squeezed(text)
    quoted = {_squeezed(piece) for piece in re.findall(r"`([^`]+)`", text)}
    for bug in bugs:
        buggy, fixed, fix = (str(bug.get(key, "")) for key in ("buggy", "fixed", "fix"))
        edit = read_fix(fix)
        if fix and _squeezed(fix).lower() in squeezed.lower():
            return True
        if len(_squeezed(fixed)) >= 4 and _squeezed(fixed) in squeezed:
            return True
        piece = _squeezed(edit.new) if edit is not None and edit.old is not None else ""
        if not piece or piece in _squeezed(buggy):
            continue
        if piece in quoted or (
            len(piece) >= 3
            and not piece.isidentifier()
            and re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", squeezed_words(text))
        ):
            return True
    return False


def squeezed_words(text: str) -> str:
    """Text whose spaces around signs are gone, while words stay apart.

    >>> squeezed_words("use n - 1 here")
    'use n-1 here'
    """
    return re.sub(r"\s*([^\w\s`'\"])\s*", r"\1", text)


def between(buggy: str, correct: str) -> list[Bug]:
    """The bugs of a program whose correct version is known: one for each line that differs.

    >>> [bug.fix for bug in between("a = 1\\nb = 2\\n", "a = 1\\nb = 3\\n")]
    ['Replace `2` with `3` on line 2']
    """
    left, right = buggy.splitlines(), correct.splitlines()
    found: list[Bug] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        if what == "insert":
            missing = "\n".join(right[c:d])
            fix = f"Insert `{missing}` after line {a}"
            found.append(_found(max(a, 1), "", missing, f"Something is missing after line {a}.", fix))
            continue
        for offset in range(b - a):
            line, old = a + offset + 1, left[a + offset]
            last = offset == b - a - 1
            new = "\n".join(right[c + offset : d if last else min(d, c + offset + 1)])
            told = _told(line, old, new)
            found.append(_found(line, old, new, told, write_fix(line, old, new)))
    return found


_TOKEN = re.compile(r"\w+|[<>=!]=|//|\*\*|[-+*/%&|^]=|\S")
_COMPARISONS = frozenset(("<", ">", "<=", ">=", "==", "!=", "in", "is", "not"))
_OPERATIONS = frozenset(
    ("+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "+=", "-=", "*=", "/=", "&=", "|=", "^=")
)


def _told(line: int, old: str, new: str) -> str:
    """What is wrong with a line, in words that do not say what is right.

    >>> _told(3, "while n <= 1:", "while n < 1:")
    'The comparison on line 3 lets the wrong cases through.'
    >>> _told(9, "    return []", "    return [n]")
    'The returned value on line 9 leaves something out.'
    """
    if not new:
        return f"Line {line} should not be there."
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    gone: list[str] = []
    come: list[str] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what != "equal":
            gone, come = gone + left[a:b], come + right[c:d]
    concept = _concept(old)
    if not gone:
        return f"The {concept} on line {line} leaves something out."
    if not come:
        return f"The {concept} on line {line} holds something that should not be there."
    if {*gone, *come} <= _COMPARISONS:
        return f"The comparison on line {line} lets the wrong cases through."
    if {*gone, *come} <= _OPERATIONS:
        return f"The operation on line {line} is not the one that is needed."
    if sorted(left) == sorted(right):
        return f"The {concept} on line {line} has its parts in the wrong order."
    if len(gone) == len(come) == 1:
        return f"The {concept} on line {line} uses `{gone[0]}` where something else is needed."
    return f"The {concept} on line {line} is not what the program needs there."


def _found(line: int, buggy: str, fixed: str, description: str, fix: str) -> Bug:
    return Bug(
        operator="found",
        kind="conceptual",
        concept=_concept(buggy or fixed),
        line=line,
        buggy=buggy,
        fixed=fixed,
        description=description,
        fix=fix,
    )


_CONCEPTS: Sequence[tuple[str, str]] = (
    (r"^\s*(?:while|for)\b", "loop condition"),
    (r"^\s*(?:el)?if\b", "branch condition"),
    (r"^\s*(?:return|yield)\b", "returned value"),
    (r"\w\[", "list access"),
    (r"[-+*/]=|=", "assigned value"),
)


def _concept(line: str) -> str:
    return next((concept for pattern, concept in _CONCEPTS if re.search(pattern, line)), "statement")
