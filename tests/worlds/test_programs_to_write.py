"""Programs to write: ways of a family part on every problem of it, and what a program does is found out in the sandbox."""

import itertools
import random

import pytest
from shared_data import shared

from maieutic import InputError
from maieutic.worlds import Row, rows
from maieutic.worlds.programs_to_write import (
    FAMILIES,
    READERS,
    called,
    family,
    generate,
    holds,
    instance_of,
    program_in,
    returned,
)
from maieutic.worlds.programs_to_write.generate import reserved, worked_examples
from maieutic.worlds.programs_to_write.running import answered, check, run


def every(one):
    """All problems of a family but for their names."""
    for values in itertools.product(*one.slots.values()):
        yield one.instance({"name": one.names[0], **dict(zip(one.slots, values, strict=True))})


@pytest.mark.parametrize("one", FAMILIES, ids=lambda one: one.title)
def test_no_two_ways_of_a_family_do_the_same_on_any_of_its_problems(one):
    assert len(one.ways) == 4
    assert len(set(one.names)) == len(one.names) >= 5
    for problem in every(one):
        assert instance_of(problem.problem) == problem
        seen = [problem.returns(way) for way in range(4)]
        assert all(left != right for left, right in itertools.combinations(seen, 2)), problem.problem


@pytest.mark.parametrize("one", FAMILIES, ids=lambda one: one.title)
def test_the_text_of_a_way_does_what_the_way_does(one):
    problem = one.draw(random.Random(one.title))
    entry, inputs = called(problem.tests())
    assert (entry, len(inputs)) == (problem.name, len(problem.inputs))
    for way in range(4):
        assert program_in("\n".join(["It goes so.", "```python", problem.program(way), "```"]))
        assert holds(problem.program(way), problem.tests(way))
        assert holds(problem.program(way), problem.tests()) is (way == 0)


def test_another_problem_of_the_family_shares_neither_name_nor_number_and_there_may_be_none():
    for index in range(60):
        one = instance_of(generate(1, index).fields["question"])
        other = one.other(random.Random(index))
        assert other.family == one.family
        assert all(other.slots[name] != value for name, value in one.given)
    alone = FAMILIES[0].instance({"name": "count_above", "n": 5})
    from dataclasses import replace

    bare = replace(FAMILIES[0], slots={"n": (5,)})
    assert replace(alone, family=bare).other(random.Random(0)) is None


def test_tasks_hold_their_tests_and_reserved_ones_are_others():
    tasks = [generate(0, index) for index in range(40)]
    assert len({one.fields["question"] for one in tasks}) > 35
    assert {one.fields["topic"] for one in tasks} <= {one.title for one in FAMILIES}
    for one in tasks[:5]:
        assert holds(one.truth["program"], one.fields["tests"])
        known = family(one.truth["method"]["family"]).instance(one.truth["method"]["slots"])
        assert known.problem == one.fields["question"]
    assert reserved("exams", 0) != reserved("demonstrations", 0)
    assert all(program_in(one["working"]) for one in worked_examples(4))


def test_words_that_are_none_of_a_family_are_not_read_as_one():
    text = FAMILIES[0].instance({"name": "count_above", "n": 5}).problem
    for other in ("", text + " And more.", text.replace("5", "4000"), text.replace("count_above", "f")):
        assert instance_of(other) is None


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("def f():\n    return 1", "def f():\n    return 1\n"),
        ("It is\nimport math\ndef f():\n    return 1", "import math\ndef f():\n    return 1\n"),
        ("```\ndef g(): pass\n```\nBetter:\n```py\ndef f(): pass\n```", "def f(): pass\n"),
        ("```\ndef f(): pass\n```\nUsed so:\n```\nf()\n```", "def f(): pass\n"),
        ("```python\nx = 1\n```", None),
        ("```python\ndef f(\n```", None),
        ("def f(): " + "(" * 500, None),
        ("```python\ndef f(): return '\0'\n```", None),
        ("No program.", None),
    ],
)
def test_a_program_is_the_last_one_that_can_be_read(text, program):
    assert program_in(text) == program


def test_what_a_program_returns_is_told_call_by_call():
    tests = "assert f(1) == 1\nassert f(0) == 1\nassert f('a') == 1\n"
    program = "def f(n):\n    if n == 'a':\n        while True: pass\n    return 1 / n\n"
    first, second, third = returned(program, tests)
    assert first == "1.0"
    assert second.startswith("!ZeroDivisionError")
    assert third.startswith("!it took more than")
    assert not answered(returned("import nothing_of_this_name\ndef f(n):\n    return 1\n", tests))
    assert not answered(returned("def g(n):\n    return 1\n", tests))
    one, two = (returned(f"{gap}def f(n):\n    return 1 / (n and 0)\n", tests) for gap in ("", "\n\n"))
    assert one == two, "the same errors, on other lines"
    long, other = (returned(f"def f(n):\n    return 'x' * 500 + '{c}'\n", "assert f(1)") for c in "ab")
    assert len(long[0]) < 200
    assert long != other


async def _marks(response, tests):
    view = {"question": "?", "answer": tests, "response": response}
    return await check(view), await run(view)


@pytest.mark.parametrize(
    ("response", "final", "correct", "returns"),
    [
        ("def f(n):\n    return n", "f", True, ("1",)),
        ("def f(n):\n    return -n", "f", False, ("-1",)),
        ("I cannot.", "[none]", False, ()),
    ],
)
def test_a_response_is_marked_by_its_program_alone(response, final, correct, returns):
    import asyncio

    marked, seen = asyncio.run(_marks(response, "assert f(1) == 1"))
    assert marked == {"final": final, "correct": correct}
    assert seen == {"returns": [*returns], "correct": correct}


def test_a_program_cannot_pass_by_leaving_before_its_tests():
    assert not holds("def f(n):\n    return 1\nraise SystemExit(0)\n", "assert f(1) == 2")
    assert holds("def f(n):\n    return 1\n", "```python\nassert f(1) == 1\n```")
    assert not holds("import os\ndef f(n):\n    os._exit(0)\n", "assert f(1) == 2")


@pytest.mark.parametrize("name", ["humaneval", "humaneval-pro", "mbpp"])
def test_real_records_are_read_with_tests_that_their_own_programs_pass(name):
    tasks = [
        next(one for one in READERS if one.keys <= row.data.keys()).read(row)
        for row in rows(shared(f"{name}/problems.jsonl"))
    ]
    apart = [called(one.fields["tests"]) for one in tasks]
    assert sum(bool(inputs) for _, inputs in apart) >= len(tasks) - 2
    assert all(
        entry == one.fields["entry_point"] for one, (entry, ins) in zip(tasks, apart, strict=True) if ins
    )
    assert all(one.fields["entry_point"] in one.fields["question"] for one in tasks)
    for one in tasks[:6]:
        assert holds(one.truth["program"], one.fields["tests"])


TWO = {
    "id": 7,
    "raw_problem": "def twice(x):\n",
    "raw_solution": "    return 2 * x\n",
    "new_problem": "# Twice of each.\ndef doubled(numbers):\n",
    "new_solution": "    return [twice(one) for one in numbers]\n",
    "test_code": "assert doubled([1, 2]) == [2, 4]",
}


def test_a_record_of_two_problems_asks_for_both_functions_and_calls_the_second():
    (reader,) = (one for one in READERS if one.name == "self-invoking")
    task = reader.read(Row(TWO, "x.jsonl", 1))
    assert (task.id, task.fields["entry_point"]) == ("self-invoking:7", "doubled")
    assert "def twice(x):" in task.fields["question"]
    assert "return" not in task.fields["question"], "no solution is shown"
    assert holds(task.truth["program"], task.fields["tests"])
    cut = TWO | {
        "new_problem": "# Twice of each.",
        "new_solution": "def doubled(numbers):\n" + TWO["new_solution"],
    }
    told = reader.read(Row(cut, "x.jsonl", 1))
    assert (told.fields["entry_point"], "is called `doubled`" in told.fields["question"]) == ("doubled", True)
    with pytest.raises(InputError, match="key 'test_code': calls no function of the new problem"):
        reader.read(Row(TWO | {"test_code": "assert twice(1) == 2"}, "x.jsonl", 1))


def test_a_plain_record_brings_asserts_that_call_something():
    (reader,) = (one for one in READERS if one.name == "question-tests")
    task = reader.read(
        Row({"id": "a", "question": "Write f.", "tests": "assert len(f(1)) == 2"}, "x.jsonl", 1)
    )
    assert (task.id, task.fields["entry_point"]) == ("a", "f")
    with pytest.raises(InputError, match="key 'tests': call no function"):
        reader.read(Row({"question": "Write f.", "tests": "print(1)"}, "x.jsonl", 1))
