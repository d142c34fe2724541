"""Program: what runs in the process that is given up to a stranger's program, from its first line to its last.

Imports the standard library only: it runs inside the jail. Nothing that it says is believed: answers to calls are
compared outside, and a source of tests counts as passed only if the secret comes back, which is read from a file that
is closed before the program begins, and which until the last test stands nowhere but on the interpreter's own stack.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import linecache
import math
import os
import random
import resource
import sys
import traceback
import types
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn

from maieutic.worlds.sandbox import kernel

REPORT, BODY = 3, 4  # descriptors, beside those of output and errors
SECRET = 16  # bytes
_TEXT = 600  # characters of a message
_FAILED = AssertionError  # under a name that a program is less likely to have replaced
_OWN = {"<program>": "program", "<tests>": "tests"}
_LIMIT_OF = {
    errno.EFBIG: "file",
    errno.ENOSPC: "file",
    errno.EDQUOT: "file",
    errno.EMFILE: "files",
    errno.ENFILE: "files",
    errno.EAGAIN: "processes",
}


class Request(NamedTuple):
    """What the process may use, in the kernel's units, as the pool sends it."""

    cpu: float
    wall: float
    memory: int
    file: int
    room: int
    files: int
    processes: int
    uid: int


def live(request: Request, base: int, tasks: int, home: str, fds: list[int]) -> NoReturn:
    """Give up everything, then run what the body asks for.

    Args:
        base: address space of the bare interpreter, in bytes.
        tasks: processes of the jail itself that the kernel counts among those of `request.uid`.
        home: where the program's own temporary folder is mounted.
        fds: descriptors of body, output and report.
    """
    leave, report = os._exit, _report
    try:
        _shut_in(request, base, tasks, home, fds)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not go on
        os.write(2, f"a program could not be shut in: {error!r}\n".encode())
        leave(125)
    try:
        _run()
    except BaseException as error:  # noqa: BLE001 - a stranger's program may raise anything
        report(error)
    _flush()
    leave(0)


def _shut_in(request: Request, base: int, tasks: int, home: str, fds: list[int]) -> None:
    os.setsid()
    kernel.unshare(kernel.NEWNS)
    uid = request.uid or None
    options = f"size={request.room},nr_inodes={request.files + 1},mode=700"
    if uid is not None:
        options += f",uid={uid},gid={uid}"
    kernel.mount("tmpfs", home, "tmpfs", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC, options)
    body, output, report = (os.dup2(fd, 60 + place) for place, fd in enumerate(fds))
    for wanted, fd in ((1, output), (REPORT, report), (BODY, body)):
        os.dup2(fd, wanted, inheritable=False)
    instructions = kernel.system_call_filter(request.processes == 1)
    limits = (
        (resource.RLIMIT_CPU, math.ceil(request.cpu) + 1),
        (resource.RLIMIT_AS, base + request.memory),
        (resource.RLIMIT_FSIZE, request.file),
        (resource.RLIMIT_NPROC, request.processes + tasks),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    )
    for kind, most in limits:
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    kernel.give_up_privileges(uid)
    os.chdir(home)
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    os.closerange(BODY + 1, 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (request.files + 4, request.files + 4))
    random.seed(0)
    _forbid_tracing()
    kernel.install(instructions)


def _forbid_tracing() -> None:
    """Keep tracing functions away, by which a program could make its tests jump over their asserts."""

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event in ("sys.settrace", "sys.setprofile", "sys.monitoring.register_callback"):
            raise PermissionError("tracing is not allowed here")

    sys.addaudithook(watch)


def _run(read: Callable[..., bytes] = os.read, write: Callable[..., int] = os.write) -> None:
    size = os.fstat(BODY).st_size - SECRET
    data = b""
    while len(data) < size:
        data += read(BODY, size - len(data))
    asked: dict[str, Any] = json.loads(data)
    if "entry_point" in asked:
        os.close(BODY)
        _calls(asked, write)
    else:
        # Operands are taken from left to right: the secret is on the stack, in no variable, when the program begins.
        write(REPORT, read(BODY, SECRET) + _source(asked["program"], asked["tests"]))


def _source(program: str, tests: str, execute: Callable[..., None] = exec) -> bytes:
    # Nothing here is looked up after the program has begun, and all of it is immutable: it could have been changed.
    os.close(BODY)
    first, second, space = _compiled(program, "<program>"), _compiled(tests, "<tests>"), _module()
    execute(first, space)
    execute(second, space)
    _flush()
    return b""


def _calls(asked: dict[str, Any], write: Callable[..., int], dump: Callable[..., str] = json.dumps) -> None:
    code, space = _compiled(asked["program"], "<program>"), _module()
    exec(code, space)  # noqa: S102 - this process is there for it
    entry = space.get(asked["entry_point"])
    if not callable(entry):
        raise NameError(f"the program defines no function {asked['entry_point']!r}")  # noqa: TRY004
    for args in asked["cases"]:
        try:
            line = dump({"answer": _plain(entry(*args))})
        except (MemoryError, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a stranger's program may raise anything
            line = dump({**_explained(error), "case": True})
        data = line.encode() + b"\n"
        while data:
            data = data[write(REPORT, data) :]


def _module() -> dict[str, Any]:
    module = types.ModuleType("program")
    sys.modules["program"] = module
    return module.__dict__


def _compiled(source: str, name: str) -> types.CodeType:
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    return compile(source, name, "exec", dont_inherit=True)


def _plain(value: Any) -> Any:
    """`value` as JSON has it: tuples, generators and sets as lists, keys as texts; what has no such form is an error."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        keys = [name if isinstance(name, str) else _key(name) for name in value]
        return dict(zip(keys, map(_plain, value.values()), strict=True))
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(one) for one in value]
    raise TypeError(f"the answer is of type {type(value).__name__}, which cannot be compared")


def _key(name: Any) -> str:
    return json.dumps(name) if name is None or isinstance(name, bool | int | float) else str(_plain(name))


def _flush() -> None:
    with contextlib.suppress(
        Exception
    ):  # the program may have closed or replaced it; then nothing is left to print
        sys.stdout.flush()


def _report(error: BaseException) -> None:
    try:
        data = json.dumps(_explained(error)).encode()
    except BaseException:  # noqa: BLE001 - a stranger's program may raise anything
        gc.collect()
        data = b'{"status":"error","message":"the error cannot be shown"}'
        if isinstance(error, MemoryError):
            data = b'{"status":"limit","limit":"memory","message":"used more memory than it may"}'
    os.write(REPORT, data)


def _explained(error: BaseException) -> dict[str, str]:
    name = type(error).__name__
    limit = _limit(error)
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - a stranger's program may raise anything
        text = ""
    place, shown = "", ""
    if isinstance(error, SyntaxError) and error.filename in _OWN:
        place = f" ({_OWN[error.filename]}, line {error.lineno})"
        text = str(error.msg)
    else:
        frames = [one for one in traceback.walk_tb(error.__traceback__) if one[0].f_code.co_filename in _OWN]
        if frames:
            frame, line = frames[-1]
            file = frame.f_code.co_filename
            place = f" ({_OWN[file]}, line {line})"
            shown = linecache.getline(file, line).strip()
            if isinstance(error, _FAILED):
                text = text or shown
                if file == "<tests>":
                    return {"status": "fail", "message": f"{name}: {text[:_TEXT]}{place}"}
    message = f"{name}: {text[:_TEXT]}{place}" if text else f"{name}{place}"
    return {"status": "limit" if limit else "error", "limit": limit, "message": message}


def _limit(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "processes"
    return _LIMIT_OF.get(error.errno or 0, "") if isinstance(error, OSError) else ""
