"""Readers: HumanEval, self-invoking and MBPP records, and plain ones with tests, as functions to be written.

Runs nothing. A problem says what the function is called, since its tests call it by that name.
"""

from __future__ import annotations

import re

from maieutic import Task
from maieutic.worlds.programs_to_write.generate import task_of
from maieutic.worlds.programs_to_write.running import called
from maieutic.worlds.row import Reader, Row


def humaneval(row: Row) -> Task:
    """A record of HumanEval: the head of a function, and tests."""
    prompt, entry = row.get("prompt", str), row.text("entry_point")
    return task_of(
        f"humaneval:{row.text('task_id')}",
        question=f"Write the whole function that begins so:\n{prompt.strip()}",
        tests=f"{row.text('test')}\ncheck({entry})\n",
        entry_point=entry,
        program=prompt.lstrip("\n") + row.get("canonical_solution", str),
        source="HumanEval",
        licence="MIT",
    )


def self_invoking(row: Row) -> Task:
    """A record of HumanEval Pro or MBPP Pro: two problems, of which the second is solved with the first (Yu et al. 2024).

    Both functions are to be written, so that as an exam it asks for what was taught with the first problem, and for more.
    """
    raw, new = row.get("raw_problem", str).strip(), row.get("new_problem", str).strip()
    tests, parts = row.text("test_code") + "\n", [new, row.get("new_solution", str).rstrip()]
    # where the halves of a record were cut too early, the head of the function stands in the solution
    heads = re.findall(r"^def\s+(\w+)", "\n".join(parts), re.MULTILINE)
    entry = next((name for name in reversed(heads) if re.search(rf"\b{name}\s*\(", tests)), None)
    if entry is None:
        raise row.error(
            "calls no function of the new problem", key="test_code", remedy="write asserts that call it"
        )
    named = "" if re.search(rf"\b{entry}\b", new) else f"\nThe second function is called `{entry}`."
    return task_of(
        f"self-invoking:{row.data.get('id', row.line)}",
        question=f"Write both functions, whole; the second may call the first.\n{raw}\n\n{new}{named}",
        tests=tests,
        entry_point=entry,
        program="\n".join([raw, row.get("raw_solution", str).rstrip(), "", *parts]) + "\n",
        source="HumanEval Pro and MBPP Pro",
        licence="MIT",
    )


def mbpp(row: Row) -> Task:
    """A record of MBPP: what the function is to do, and asserts."""
    setup, code = str(row.data.get("test_setup_code") or ""), row.text("code").replace("\r\n", "\n")
    tests = "\n".join([setup, *row.texts("test_list")]).strip() + "\n"
    defined = set(re.findall(r"^def\s+(\w+)", code, re.MULTILINE))
    names = [one for one in re.findall(r"\b([A-Za-z_]\w*)\s*\(", tests) if one in defined]
    if not names:
        raise row.error(
            "no test calls a function of the code", key="test_list", remedy="write asserts that call it"
        )
    return task_of(
        f"mbpp:{row.data.get('task_id', row.line)}",
        question=f"{row.text('text').strip()} The function is called `{names[0]}`.",
        tests=tests,
        entry_point=names[0],
        program=code,
        source="MBPP",
        licence="CC-BY-4.0",
    )


def plain(row: Row) -> Task:
    """A problem in words with asserts that call the function."""
    tests = row.text("tests")
    entry, _ = called(tests)
    if not entry:
        raise row.error("call no function in an assert", key="tests", remedy="write asserts that call it")
    return task_of(
        str(row.data.get("id", f"{row.file}:{row.line}")),
        question=row.text("question"),
        tests=tests,
        entry_point=entry,
        program=str(row.data.get("program") or ""),
        source=row.file,
        licence=str(row.data.get("licence") or row.data.get("license") or "unknown"),
    )


READERS = (
    Reader(
        "humaneval", frozenset({"task_id", "prompt", "canonical_solution", "test", "entry_point"}), humaneval
    ),
    Reader(
        "self-invoking",
        frozenset({"raw_problem", "raw_solution", "new_problem", "new_solution", "test_code"}),
        self_invoking,
    ),
    Reader("mbpp", frozenset({"text", "code", "test_list"}), mbpp),
    Reader("question-tests", frozenset({"question", "tests"}), plain),
)
