"""Zygote: a warm interpreter inside the jail that becomes a process for each program, and sees to its end.

Imports the standard library only. It never reads a program, its output or its answers: these go between the pool and
the program's own process by descriptors that are handed on, so nothing of one program is left for the next to find.
Each program has namespaces of its own for processes and mounts; when its first process ends, all of it is gone.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys
import time

from maieutic.worlds.sandbox import kernel, program

WARM = (
    "abc", "array", "bisect", "cmath", "collections", "collections.abc", "contextlib", "copy", "dataclasses",
    "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "io", "itertools", "json", "math",
    "numbers", "operator", "random", "re", "statistics", "string", "textwrap", "time", "typing", "types", "warnings",
)  # fmt: skip
REQUEST = struct.Struct("=ddqqqiiI")  # program.Request
OUTCOME = struct.Struct("=cid")  # how it ended, exit code or signal, processor seconds
READY, STOP = b"ready", b"stop"
EXITED, KILLED, CPU, WALL, STOPPED = b"e", b"k", b"c", b"w", b"s"


def main(control_fd: int, tasks: int, home: str, sites: list[str]) -> None:
    """Serve requests from the control socket until it is closed.

    Args:
        control_fd: a socket of whole messages; a request brings the descriptors of body, output and report.
        tasks: processes of the jail that the kernel counts among a program's.
        home: where each program's temporary folder is mounted.
        sites: folders of installed packages.
    """
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    for name in WARM:
        importlib.import_module(name)
    for name in [one for one in sys.modules if one == "maieutic" or one.startswith("maieutic.")]:
        del sys.modules[name]  # an installed maieutic, if any, is what a program shall find
    sys.path[:] = [one for one in sys.path if one.startswith(sys.base_prefix)] + sites
    sys.argv[:], sys.executable = ["program"], ""
    os.environ.clear()
    base = kernel.address_space()
    myself = os.pidfd_open(os.getpid())
    gc.collect()
    gc.freeze()
    control.send(READY)
    while True:
        try:
            data, fds, _, _ = socket.recv_fds(control, REQUEST.size, 3)
        except ConnectionError:
            return
        if not data:
            return
        if len(data) != REQUEST.size:
            continue  # an order to stop a program that had ended by itself
        request = program.Request(*REQUEST.unpack(data))
        kernel.unshare(kernel.NEWPID)
        child = os.fork()
        if child == 0:
            program.live(request, base, tasks, home, fds)
        kernel.setns(myself, kernel.NEWPID)
        for fd in fds:
            os.close(fd)
        control.send(OUTCOME.pack(*_see_off(child, request, control)))


def _see_off(child: int, request: program.Request, control: socket.socket) -> tuple[bytes, int, float]:
    """Wait for the end of a program, or bring it about."""
    clock = (~child << 3) | 2  # the processor clock of another process, as clock_gettime(2) takes it
    deadline, cause = time.monotonic() + request.wall, b""
    watched = os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        poll.register(control.fileno(), select.POLLIN)
        while not cause:
            left = deadline - time.monotonic()
            try:
                used = time.clock_gettime(clock)
            except OSError:
                used = 0.0  # it has ended this moment
            if left <= 0:
                cause = WALL
            elif used >= request.cpu:
                cause = CPU
            else:
                spare = (request.cpu - used) / request.processes
                ready = {fd for fd, _ in poll.poll(1000 * min(left, max(spare, 0.002)) + 1)}
                if watched in ready:
                    break
                if control.fileno() in ready:
                    cause = STOPPED
                    if control.recv(len(STOP)) != STOP:
                        os.kill(child, signal.SIGKILL)
                        os.waitpid(child, 0)
                        raise SystemExit(0)  # the pool is gone
        if cause:
            os.kill(child, signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
    finally:
        os.close(watched)
    seconds = usage.ru_utime + usage.ru_stime
    if cause:
        return cause, 0, seconds
    if os.WIFSIGNALED(status):
        return KILLED, os.WTERMSIG(status), seconds
    return EXITED, os.WEXITSTATUS(status), seconds
