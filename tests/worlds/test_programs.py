import ast
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_process import here_and_elsewhere
from shared_data import shared

from maieutic import InputError
from maieutic.worlds import Row, rows
from maieutic.worlds.programs import (
    OPERATORS,
    READERS,
    Bug,
    between,
    generate,
    isomorphic,
    leaks,
    mutate,
    mutations,
    passes,
    patch,
    read_fix,
    tried,
)
from maieutic.worlds.programs.generate import HARMLESS, viable
from maieutic.worlds.programs.library import FUNCTIONS
from maieutic.worlds.programs.mutate import parsed
from maieutic.worlds.sandbox import Limits

# many of these never end; a hundred times what the correct ones take
SHORT = Limits(cpu_seconds=0.2, wall_seconds=30)

# the library and its bugs


def test_the_library_is_large_and_every_function_is_tried_often_enough():
    assert len(FUNCTIONS) >= 40
    assert len({one.name for one in FUNCTIONS}) == len(FUNCTIONS)
    for one in FUNCTIONS:
        assert len(one.calls) >= 5, one.name
        assert 4 <= len(one.source.splitlines()) <= 20, one.name
        assert one.problem.endswith(".")


def test_there_are_operators_of_both_kinds_and_all_find_a_site():
    assert len(OPERATORS) >= 14
    used = {one.operator for function in FUNCTIONS for one in viable(function)}
    assert used == {one.name for one in OPERATORS}
    assert {one.kind for one in OPERATORS} == {"conceptual", "syntactic"}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)
def test_every_bug_of_the_library_makes_a_test_fail_and_its_fix_mends_it(function):
    tests = {"kind": "calls", "entry_point": function.name, "calls": function.calls}
    assert tried(function.source, tests).status == "pass"
    for one in viable(function):
        buggy, (bug,) = mutate(function.source, [one])
        assert patch(buggy, [bug.fix]) == function.source, bug.fix
        assert bug.description not in bug.fix
        try:
            parsed(buggy)
        except SyntaxError:
            continue  # nothing to run
        assert tried(buggy, tests, SHORT).status != "pass", (one, bug.fix)


def test_the_harmless_mutations_are_real_mutations():
    found = {(f.name, one.operator, one.line, one.start) for f in FUNCTIONS for one in mutations(f.source)}
    assert found >= HARMLESS


@pytest.mark.parametrize("index", range(60))
def test_a_generated_task_is_true_to_itself(index):
    task = generate(2, index)
    bugs = [Bug.model_validate(bug) for bug in task.truth["bugs"]]
    buggy, correct = task.fields["buggy_code"], task.fields["correct_code"]
    assert 1 <= len(bugs) <= 3
    assert len({bug.line for bug in bugs}) == len(bugs)
    assert patch(buggy, [bug.fix for bug in bugs]) == correct
    assert task.fields["bug_fixes"] == [bug.fix for bug in bugs]
    kinds = [bug.kind for bug in bugs]
    assert kinds == sorted(kinds), "conceptual ones first"
    for bug in bugs:
        assert buggy.splitlines()[bug.line - 1] == bug.buggy
        assert leaks(bug.fix, task.truth["bugs"])
        assert not leaks(bug.description, task.truth["bugs"])
        assert not leaks(f"What happens on line {bug.line}?", task.truth["bugs"])
        others = [one.fix for one in bugs if one is not bug]
        assert passes(patch(buggy, others), task, SHORT).status != "pass", "each bug alone makes a test fail"
    assert passes(correct, task).status == "pass"


def test_numbers_of_bugs_are_mixed_and_tasks_differ():
    tasks = [generate(0, index) for index in range(300)]
    counts = Counter(len(task.truth["bugs"]) for task in tasks)
    assert set(counts) == {1, 2, 3}
    assert len({task.fields["buggy_code"] for task in tasks}) > 250


def test_generation_is_the_same_in_every_process(tmp_path):
    program = "from maieutic.worlds.programs import generate; print([generate(9, i).model_dump_json() for i in range(9)])"
    here, elsewhere = here_and_elsewhere(tmp_path, program, 12345)
    assert here == elsewhere
    assert here.count('"id"') == 9


# fixes

SOURCE = "def f(n):\n    total = 0\n    for i in range(n - 1):\n        total += i\n    return totl\n"


@pytest.mark.parametrize(
    ("fix", "line", "text"),
    [
        ("Replace `n - 1` with `n` on line 3", 3, "    for i in range(n):"),
        ("replace `totl` by `total` in line 5", 5, "    return total"),
        ("Replace line 2 with `    total = 1`", 2, "    total = 1"),
        ("Insert `    i = 0` after line 2", 3, "    i = 0"),
        ("Delete line 2", 2, "    for i in range(n - 1):"),
    ],
)
def test_a_fix_is_read_and_made(fix, line, text):
    assert patch(SOURCE, [fix]).splitlines()[line - 1] == text


@pytest.mark.parametrize(
    "fix", ["Think harder", "Replace `x` with `y` on line 99", "Replace `zzz` with `y` on line 3", ""]
)
def test_a_fix_that_cannot_be_made_changes_nothing(fix):
    assert patch(SOURCE, [fix]) == SOURCE


def test_several_fixes_do_not_move_each_others_lines():
    fixes = ["Insert `    i = 0` after line 2", "Delete line 4", "Replace `totl` with `total` on line 5"]
    assert patch(SOURCE, fixes) == patch(SOURCE, fixes[::-1])
    assert patch(SOURCE, fixes).splitlines()[-1] == "    return total"


def test_fixes_are_compared_by_what_they_do():
    assert isomorphic("Replace `n - 1` with `n` on line 3", "Please replace `n-1` by `n` in line 3.")
    assert isomorphic("Replace `totl` with `total` on line 5", "Replace line 5 with `    return total`")
    assert not isomorphic("Replace `totl` with `total` on line 5", "Replace line 5 with `    return totl`")
    assert not isomorphic("Replace `n - 1` with `n` on line 3", "Replace `n - 1` with `n + 1` on line 3")
    assert not isomorphic("Replace `n - 1` with `n` on line 3", "I would look at the loop.")
    assert not isomorphic("Delete line 2", "Delete line 3")
    assert read_fix("nothing to do") is None


@given(
    st.lists(
        st.sampled_from(["a = 1", "b = 2", "c = f(3)", "if a:", "    d = 4", "return a"]),
        min_size=1,
        max_size=8,
    ),
    st.data(),
)
def test_differences_of_two_programs_are_fixes_that_turn_one_into_the_other(lines, data):
    other = list(lines)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(other) - 1))
        what = data.draw(st.sampled_from(["change", "add", "drop"]))
        if what == "change":
            other[place] = "x = 9"
        elif what == "add":
            other.insert(place + 1, "y = 8")
        elif len(other) > 1:
            del other[place]
    buggy, correct = "\n".join(lines) + "\n", "\n".join(other) + "\n"
    assert patch(buggy, [bug.fix for bug in between(buggy, correct)]) == correct


# records


def read(data):
    reader = next(reader for reader in READERS if reader.keys <= data.keys())
    return reader.read(Row(data, "file.jsonl", 7))


QUIX = {
    "id": "q/one",
    "entry_point": "one",
    "buggy_code": 'def one(n):\n    return n + 2\n\n\n"""\nOne more.\n"""\n',
    "correct_code": "def one(n):\n    return n + 1\n",
    "tests": [{"args": [1], "expected": 2}],
}


def test_a_quixbugs_record_brings_its_bug_and_its_text():
    task = read(QUIX)
    assert task.fields["problem"] == "One more."
    assert task.fields["bug_fixes"] == ["Replace `2` with `1` on line 2"]
    assert passes(task.fields["correct_code"], task).status == "pass"
    assert passes(task.fields["buggy_code"], task).status == "fail"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"buggy_code": "def one(n:\n  pass"}, "key 'buggy_code': a program does not parse"),
        ({"buggy_code": QUIX["correct_code"]}, "is the same program as correct_code"),
        ({"tests": [{"args": [1]}]}, "key 'tests': call 0 needs args and expected"),
        ({"tests": "none"}, "key 'tests': expected list, got str"),
        ({"entry_point": ""}, "key 'entry_point': is blank"),
    ],
)
def test_a_record_that_cannot_be_used_is_named_with_its_place(changes, words):
    with pytest.raises(InputError) as caught:
        read(QUIX | changes)
    assert str(caught.value).startswith("file.jsonl:7: ")
    assert words in str(caught.value)


def test_shared_quixbugs_programs_behave_as_their_readme_says():
    for row in rows(shared("quixbugs/programs.jsonl")):
        task = read(row.data)
        assert passes(task.fields["correct_code"], task).status == "pass", task.id
        verdict = passes(task.fields["buggy_code"], task)
        assert verdict.status in ("fail", "error", "limit"), (task.id, verdict)
        assert patch(task.fields["buggy_code"], task.fields["bug_fixes"]) == task.fields["correct_code"], (
            task.id
        )


def _emptied(source, entry):
    """The program with the body of a function replaced by `pass`."""
    tree = parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            node.body = [ast.Pass()]
    return ast.unparse(tree) + "\n"


@pytest.mark.parametrize(
    "name", ["humaneval/problems.jsonl", "humaneval-pro/problems.jsonl", "mbpp/problems.jsonl"]
)
def test_shared_reference_solutions_pass_and_emptied_and_buggy_ones_fail(name):
    count = 0
    for row in rows(shared(name)):
        task = read(row.data)  # refuses a solution that does not pass
        tests = task.truth["tests"]
        assert (
            tried(_emptied(task.fields["correct_code"], task.fields["entry_point"]), tests).status != "pass"
        ), task.id
        assert patch(task.fields["buggy_code"], task.fields["bug_fixes"]) == task.fields["correct_code"], (
            task.id
        )
        count += 1
    assert count


MBPP = {
    "text": "Double a number.",
    "code": "def double(n):\r\n    return n + n",
    "task_id": 1,
    "test_list": ["assert double(2) == 4", "assert double(3) == 6"],
}


def test_a_reference_solution_that_fails_its_own_tests_is_an_error_of_the_record():
    assert passes(read(MBPP).fields["correct_code"], read(MBPP)).status == "pass"
    with pytest.raises(InputError) as caught:
        read(MBPP | {"test_list": ["assert double(2) == 5"]})
    assert "file.jsonl:7: the reference solution does not pass its own tests" in str(caught.value)


def test_a_slow_reference_solution_gets_the_time_it_needs():
    slow = "import time\ndef double(n):\n    while time.process_time() < 2.1:\n        pass\n    return n + n"
    task = read(MBPP | {"code": slow})
    assert task.truth["tests"]["cpu_seconds"] > 2
    assert passes(task.fields["correct_code"], task).status == "pass"
