import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maieutic import InputError, SandboxError
from maieutic.worlds.sandbox import Limits, Sandbox, Verdict, same, shared
from maieutic.worlds.sandbox import jail as jail_module
from maieutic.worlds.sandbox import pool as pool_module
from maieutic.worlds.sandbox.kernel import system_call_filter


@pytest.fixture(scope="module", params=["bubblewrap", "namespaces"])
def sandbox(request):
    with Sandbox(workers=2, backend=request.param) as pool:
        try:
            assert pool.backend == request.param
        except SandboxError as error:
            pytest.skip(str(error))
        yield pool


# verdicts


@pytest.mark.parametrize(
    ("program", "tests", "status", "message"),
    [
        ("def f(n): return n + 1", "assert f(1) == 2\nassert f(2) == 3", "pass", ""),
        ("print(1)", "", "pass", ""),
        ("x = 1", "assert x == 2", "fail", "AssertionError: assert x == 2 (tests, line 1)"),
        ("x = 1", "\nassert x == 2, 'no'", "fail", "AssertionError: no (tests, line 2)"),
        (
            "def f(n):\n    assert n\n",
            "f(0)",
            "error",
            "AssertionError: assert n (program, line 2)",
        ),
        (
            "def f(n):\n    return totl\n",
            "f(1)",
            "error",
            "NameError: name 'totl' is not defined (program, line 2)",
        ),
        ("def f(n)\n    return 1", "f(1)", "error", "SyntaxError: expected ':' (program, line 1)"),
        ("x = 1", "assert (", "error", "SyntaxError: '(' was never closed (tests, line 1)"),
        ("def f():\n  return 1\n 2", "", "error", None),
        ("raise KeyboardInterrupt", "", "error", "KeyboardInterrupt (program, line 1)"),
        ("input()", "", "error", "EOFError: EOF when reading a line (program, line 1)"),
        ("def f(): f()\nf()", "", "error", None),
        ("if __name__ == '__main__': raise SystemExit", "assert __name__ == 'program'", "pass", ""),
        (
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1",
            "assert A() == A(1)",
            "pass",
            "",
        ),
        ("import asyncio\nasync def f(): return 1", "assert asyncio.run(f()) == 1", "pass", ""),
        ("import xml.dom.minidom, decimal, unittest, sqlite3", "", "pass", ""),
        ("open('a.txt', 'w').write('x')", "assert open('a.txt').read() == 'x'", "pass", ""),
        ("import tempfile\nfile = tempfile.TemporaryFile()", "file.write(b'x')", "pass", ""),
    ],
)
def test_a_verdict_says_what_came_of_a_program_and_where(sandbox, program, tests, status, message):
    verdict = sandbox.run(program, tests)
    assert verdict.status == status, verdict
    assert message is None or verdict.message == message
    assert verdict.passed == (status == "pass")
    assert verdict.total == 1


@pytest.mark.parametrize(
    ("program", "limits", "limit"),
    [
        ("while True: pass", {"cpu_seconds": 0.2}, "cpu"),
        ("import time; time.sleep(9)", {"wall_seconds": 0.2}, "wall"),
        ("x = bytearray(99 << 20)", {"memory_mb": 64}, "memory"),
        ("print('x' * 99)", {"output_bytes": 99}, "output"),
        ("with open('x', 'wb') as file: file.write(bytes((1 << 20) + 1))", {"file_mb": 1}, "file"),
        ("x = [open('/dev/null') for _ in range(4)]", {"files": 3}, "files"),
        ("import os; os.fork()", {"processes": 1}, "processes"),
        (
            "import os, time\nfor _ in range(3):\n    if not os.fork(): time.sleep(9)",
            {"processes": 3},
            "processes",
        ),
    ],
)
def test_each_limit_stops_a_program_and_is_named(sandbox, program, limits, limit):
    verdict = sandbox.run(program, limits=Limits(**limits))
    assert (verdict.status, verdict.limit) == ("limit", limit), verdict


@pytest.mark.parametrize(
    ("program", "limits"),
    [
        ("x = bytearray(50 << 20)", {"memory_mb": 64}),
        ("print('x' * 98)", {"output_bytes": 99}),
        ("open('x', 'wb').write(bytes(1 << 20))", {"file_mb": 1}),
        ("x = [open('/dev/null') for _ in range(3)]", {"files": 3}),
        ("import os\nif not os.fork(): os._exit(3)\nassert os.wait()[1] == 3 << 8", {"processes": 2}),
        (
            "import threading\nx = []\nt = threading.Thread(target=x.append, args=(1,))\nt.start()\nt.join()\nassert x",
            {"processes": 2},
        ),
    ],
)
def test_what_is_within_a_limit_passes(sandbox, program, limits):
    verdict = sandbox.run(program, limits=Limits(**limits))
    assert verdict.status == "pass", verdict


def test_what_was_printed_is_kept_up_to_the_limit(sandbox):
    assert sandbox.run("print('é', end='')").stdout == "é"
    assert sandbox.run("print('abc')\n1/0").stdout == "abc\n"
    cut = sandbox.run("while True: print('ab', end='')", limits=Limits(output_bytes=101))
    assert cut.stdout == "ab" * 50 + "a"
    assert sandbox.run("import sys; sys.stdout.buffer.write(b'\\xff')").stdout == "\ufffd"


@pytest.mark.parametrize("source", ["x" * (1 << 20) + "x", "x = '\0'", "x = '\ud800'"])
def test_what_is_no_program_is_refused_without_being_run(sandbox, source):
    assert sandbox.run(source).status == "refused"
    assert sandbox.run("", source).status == "refused"
    assert sandbox.calls(source, "f", [{"args": [], "expected": 1}]).status == "refused"


def test_messages_name_no_place_of_this_machine_and_no_address(sandbox):
    told = sandbox.run("from math import nothing").message + sandbox.run("raise ValueError(object())").message
    assert sys.base_prefix not in told or sys.base_prefix == "/usr"
    assert "0x..." in told


# calls


@pytest.mark.parametrize(
    ("body", "args", "expected", "status"),
    [
        ("return (n, (n,))", [1], [1, [1]], "pass"),
        ("yield n; yield n + 1", [1], [1, 2], "pass"),
        ("return {n: {'a': (n,)}}", [3], {"3": {"a": [3]}}, "pass"),
        ("return {n, 1}", [2], [1, 2], "pass"),
        ("return n / 3", [1], 0.3333333, "pass"),
        ("return 1", [1], True, "pass"),
        ("return float('nan')", [1], float("nan"), "pass"),
        ("return range(n)", [2], [0, 1], "pass"),
        ("return n / 3", [1], 0.334, "fail"),
        ("return str(n)", [1], 1, "fail"),
        ("return None", [1], 0, "fail"),
        ("return b'x'", [1], "x", "error"),
        ("return object()", [1], "x", "error"),
        ("class A:\n        def __eq__(self, other): return True\n    return A()", [1], 5, "error"),
        ("raise SystemExit", [1], None, "error"),
        ("return n", ["x" * 99999], "x" * 99999, "pass"),
    ],
)
def test_answers_are_compared_as_plain_data(sandbox, body, args, expected, status):
    case = {"args": args, "expected": expected}
    assert sandbox.calls(f"def f(n):\n    {body}\n", "f", [case], tolerance=1e-4).status == status


def test_every_case_counts_and_the_first_that_goes_wrong_is_told(sandbox):
    cases = [{"args": [n], "expected": 6 // n if n else 0} for n in (1, 2, 0, 3)]
    verdict = sandbox.calls("def f(n): return 6 // n", "f", cases)
    assert (verdict.status, verdict.passed, verdict.total) == ("error", 3, 4)
    assert verdict.message.startswith("case 3 of 4: f(0) gave ZeroDivisionError")
    verdict = sandbox.calls(
        "def f(n):\n    while n == 3: pass\n    return 6 // n",
        "f",
        [cases[0], cases[1], cases[3], cases[0]],
        limits=Limits(cpu_seconds=0.2),
    )
    assert (verdict.status, verdict.limit, verdict.passed) == ("limit", "cpu", 2)


def test_what_a_function_gives_back_is_told_call_by_call(sandbox):
    program = "def f(n):\n    while n == 3: pass\n    return 6 // n\n"
    limits = Limits(cpu_seconds=0.2)
    first, second, third, fourth = sandbox.answers(program, "f", [[2], [0], [3], [1]], limits=limits)
    assert first == {"answer": 3}
    assert (second["status"], second["limit"]) == ("error", None)
    assert "ZeroDivisionError" in second["message"]
    assert third == fourth
    assert (third["status"], third["limit"]) == ("limit", "cpu")
    for broken in ("def g(n): return n", "def f(n): return (", "import os\nos._exit(0)", "x = '\0'"):
        (told,) = sandbox.answers(broken, "f", [[1]])
        assert told["status"] in ("error", "refused"), broken
        assert told["message"]
    assert sandbox.answers("def f(): return 1", "f", []) == []


def test_a_program_never_sees_what_is_expected(sandbox):
    program = """
import gc, sys
def spelt():
    return "".join(reversed("suoicerp"))
def f():
    found = [type(one) for one in gc.get_objects() if spelt() in repr(one)[:9999]]
    frame = sys._getframe()
    while frame:
        found += [name for name, value in frame.f_locals.items() if spelt() in repr(value)]
        frame = frame.f_back
    return [str(one) for one in found]
"""
    verdict = sandbox.calls(program, "f", [{"args": [], "expected": "precious"}])
    assert verdict.message.endswith("gave [], expected 'precious'"), verdict


def test_a_case_may_bring_its_own_tolerance(sandbox):
    cases = [{"args": [], "expected": 1.0, "tolerance": 0.5}, {"args": [], "expected": 1.0}]
    verdict = sandbox.calls("def f(): return 1.2", "f", cases)
    assert (verdict.status, verdict.passed) == ("fail", 1)


@pytest.mark.parametrize("case", [{"args": [1]}, {"expected": 1}, {"args": [{1, 2}], "expected": 1}])
def test_a_case_that_is_none_is_an_error_of_the_caller(sandbox, case):
    with pytest.raises(InputError):
        sandbox.calls("def f(n): return n", "f", [case])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON, JSON)
def test_sameness_is_reflexive_and_symmetric(one, other):
    assert same(one, one)
    assert same(one, other) == same(other, one)
    assert not same([one], one)


# one program sees nothing of another

LEAVE = """
import builtins, json, os, random, sys, gc
os.environ["LEFT"] = "1"
builtins.len = lambda x: -1
json.dumps = None
sys.path.clear()
sys.modules["left"] = os
open("left", "w").write("left")
open("/tmp/left", "w").write("left")
random.seed(5)
sys.setrecursionlimit(50)
gc.disable()
os.nice(1)
"""
LOOK = """
import builtins, json, os, random, resource, sys, gc
def look():
    return [len("ab"), dict(os.environ), json.dumps(1), "left" in sys.modules, os.listdir("."), random.random(),
            sys.getrecursionlimit(), gc.isenabled(), os.nice(0), os.getcwd(), bool(sys.path), os.getpid(), hash("x")]
"""


def test_a_program_finds_nothing_of_the_one_before(sandbox):
    with Sandbox(workers=1, backend=sandbox.backend) as alone:
        first = alone.run(LOOK, "print(look())").stdout
        assert first
        assert alone.run(LEAVE).status == "pass"
        assert alone.run(LOOK, "print(look())").stdout == first


def test_a_process_left_behind_ends_with_its_program(sandbox, tmp_path):
    program = "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)\n"
    begun = time.monotonic()
    assert sandbox.run(program, limits=Limits(processes=3)).status == "pass"
    assert time.monotonic() - begun < 30
    assert sandbox.run("import os", "assert os.getpid() == 1").status == "pass"


def test_the_same_program_has_the_same_verdict_in_every_worker(sandbox):
    program = "import random\nprint(random.random(), list({'a', 'b', 'c'}), hash('x'))\n1 / 0"
    verdicts = {sandbox.run(program).model_dump_json() for _ in range(6)}
    with Sandbox(1, backend=sandbox.backend) as other:
        verdicts.add(other.run(program).model_dump_json())
    assert len(verdicts) == 1


# the pool


def test_many_threads_share_a_pool_and_each_gets_its_own_verdict(sandbox):
    got = {}

    def work(number):
        got[number] = sandbox.run(f"print({number})").stdout

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got == {number: f"{number}\n" for number in range(24)}


def test_verdicts_can_be_awaited_while_the_loop_goes_on(sandbox):
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        clock = asyncio.create_task(tick())
        sleepy = "import time; time.sleep(0.3)"
        verdicts = await asyncio.gather(*(sandbox.arun(sleepy) for _ in range(2)), sandbox.arun("1 / 0"))
        clock.cancel()
        return ticks, [one.status for one in verdicts]

    ticks, statuses = asyncio.run(main())
    assert statuses == ["pass", "pass", "error"]
    assert ticks > 3


def test_a_worker_that_dies_is_replaced(sandbox):
    with Sandbox(workers=1, backend=sandbox.backend) as alone:
        assert alone.run("").status == "pass"
        worker = alone._idle.get()
        os.killpg(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
        alone._idle.put(worker)
        assert alone.run("").status == "pass"
        assert alone._idle.queue[0] is not worker


def test_a_pool_that_was_closed_begins_anew(sandbox):
    with Sandbox(workers=1, backend=sandbox.backend) as alone:
        assert alone.run("").status == "pass"
        process = alone._idle.queue[0]._process
        alone.close()
        assert process.returncode is not None
        assert alone.run("").status == "pass"


def _in_child(results):
    results.put(shared().run("x = 1", "assert x == 1").status)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_works_in_child_processes_and_stays_whole_in_the_parent(method):
    before = shared().run("").status
    context = multiprocessing.get_context(method)
    results = context.Queue()
    children = [context.Process(target=_in_child, args=(results,)) for _ in range(2)]
    for one in children:
        one.start()
    assert [results.get(timeout=60) for _ in children] == ["pass", "pass"]
    for one in children:
        one.join()
    assert before == shared().run("").status == "pass"


SCRIPT = """
import sys
from maieutic.worlds.sandbox import Limits, Sandbox
sandbox = Sandbox(1)
sandbox.run("")
print(sandbox._idle.queue[0]._process.pid, flush=True)
sandbox.run("import time; time.sleep(60)", limits=Limits(wall_seconds=60))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_a_process_that_is_ended(number):
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as one:
        worker = int(one.stdout.readline())
        time.sleep(0.3)
        one.send_signal(number)
        _, errors = one.communicate(timeout=20)
    assert errors.rstrip().endswith("KeyboardInterrupt") if number == signal.SIGINT else not errors
    for _ in range(200):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker lives on")


def test_where_nothing_isolates_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(jail_module.shutil, "which", lambda name: None)
    monkeypatch.setattr(jail_module.os, "geteuid", lambda: 1000)

    def refused(way, uid):
        raise PermissionError("unshare: Operation not permitted")

    monkeypatch.setattr(jail_module, "start", refused)
    pool_module._way.cache_clear()
    try:
        with pytest.raises(SandboxError) as caught:
            Sandbox(1).run("print('must not run')")
        assert "namespaces with a user namespace: unshare: Operation not permitted" in str(caught.value)
        assert "apt install bubblewrap" in str(caught.value)
        with pytest.raises(SandboxError, match="bubblewrap is not installed"):
            Sandbox(1, backend="bubblewrap").run("")
    finally:
        pool_module._way.cache_clear()


def test_a_pool_needs_a_worker():
    with pytest.raises(InputError, match="at least one worker"):
        Sandbox(0)


def test_limits_and_verdicts_are_values_with_bounds():
    assert Limits() == Limits(
        cpu_seconds=2.0, wall_seconds=4.0, memory_mb=256, output_bytes=65536, file_mb=1, files=16, processes=1
    )
    for wrong in ({"cpu_seconds": 0}, {"memory_mb": -1}, {"processes": 0}, {"wall_seconds": float("nan")}):
        with pytest.raises(ValueError, match="validation error"):
            Limits(**wrong)
    with pytest.raises(ValueError, match="frozen"):
        Verdict(status="pass").status = "fail"


@pytest.mark.parametrize("alone", [True, False])
def test_the_filter_fits_what_the_kernel_takes(alone):
    assert len(system_call_filter(alone)) // 8 < 4096
