"""Programs of strangers who mean harm; each says in its first lines what it tries and what the verdict must be."""

import os
import re
import socket
from pathlib import Path

import pytest

from maieutic.worlds.sandbox import Limits, Sandbox
from maieutic.worlds.sandbox.jail import BACKENDS, Way
from maieutic.worlds.sandbox.pool import _NoAnswer, _Worker

PROGRAMS = sorted((Path(__file__).parent / "hostile").glob("*.py"))
LIMITS = Limits(cpu_seconds=0.3, wall_seconds=8, memory_mb=64, files=12)
WAYS = [Way(backend, user) for backend in BACKENDS for user in (False, True)]
CLEAN = """
import builtins, json, os, sys
def answer():
    return [os.listdir("."), dict(os.environ), exec.__name__, json.dumps([1]), os.write.__name__, len(sys.argv)]
"""


@pytest.fixture(
    scope="module", params=WAYS, ids=lambda way: f"{way.backend}-{'user' if way.user else 'root'}"
)
def sandbox(request):
    """A pool of one worker, so that every program follows another in the same jail."""
    if not request.param.user and os.geteuid() != 0:
        pytest.skip("only root can do without a user namespace")
    try:
        _Worker(request.param, 0).kill()
    except (OSError, _NoAnswer) as error:
        pytest.skip(f"the kernel or the machine refuses it: {error}")
    with Sandbox(workers=1) as pool:
        pool._way = request.param
        yield pool


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What a program must not reach: a file, a server, this process."""
    canary = tmp_path_factory.mktemp("canary") / "secret.txt"
    canary.write_text("do not read")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield canary, server


def test_there_are_enough_of_them():
    assert len(PROGRAMS) >= 40


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda file: file.stem)
def test_nothing_escapes(file, sandbox, world):
    canary, server = world
    names = {
        "CANARY": canary,
        "FOLDER": canary.parent,
        "PORT": server.getsockname()[1],
        "PID": os.getpid(),
        "CHECKOUT": Path(__file__).parents[2],
    }
    source = file.read_text()
    program = re.sub(r"\{([A-Z]+)\}", lambda found: str(names[found[1]]), source)
    wanted = re.search(r"^# verdict: (\w+) ?(\w+)?$", source, re.MULTILINE)
    tests = re.search(r"^# tests: (.*)$", source, re.MULTILINE)
    limits = LIMITS.model_copy(update={"wall_seconds": 0.3}) if wanted[2] == "wall" else LIMITS
    verdict = sandbox.run(program, tests[1] if tests else "", limits=limits)
    assert "ESCAPED" not in verdict.stdout, verdict
    assert (verdict.status, verdict.limit) == (wanted[1], wanted[2]), verdict
    assert len(verdict.message) < 1000
    assert canary.read_text() == "do not read"
    assert canary.stat().st_nlink == 1
    with pytest.raises(BlockingIOError):
        server.accept()
    after = sandbox.calls(CLEAN, "answer", [{"args": [], "expected": [[], {}, "exec", "[1]", "write", 1]}])
    assert after.status == "pass", after
