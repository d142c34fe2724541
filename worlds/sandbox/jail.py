"""Jail: how a process is shut in, by bubblewrap or by the kernel's own calls, and what can be read from inside.

Knows nothing of programs. Inside are the interpreter and its libraries, the installed packages, three devices and an
empty folder for each program: no file of the user, no network, no process of others, no environment.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Backend = Literal["bubblewrap", "namespaces"]
BACKENDS: tuple[Backend, ...] = ("bubblewrap", "namespaces")
REMEDY = (
    "programs are only run in isolation, which needs Linux on x86_64 or aarch64 with bubblewrap (apt install bubblewrap, "
    "dnf install bubblewrap) and user namespaces: as root allow them with `sysctl kernel.unprivileged_userns_clone=1` or "
    "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`; in a container start it with `--security-opt "
    "seccomp=unconfined --security-opt apparmor=unconfined` or `--cap-add SYS_ADMIN`"
)
_INSIDE = "/sandbox"  # where our own files are found inside
_OURS = ("kernel.py", "program.py", "zygote.py")
_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
_CAPABILITIES = ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL")
_BOOT = (
    "import sys, types, json\n"
    "for name in ('maieutic', 'maieutic.worlds', 'maieutic.worlds.sandbox'):\n"
    "    sys.modules[name] = types.ModuleType(name)\n"
    "    sys.modules[name].__path__ = [sys.argv[1]]\n"
    "from maieutic.worlds.sandbox import {module}\n"
    "{module}.main(*json.loads(sys.argv[2]))\n"
)


@dataclass(frozen=True)
class Way:
    """One way to shut a process in.

    Attributes:
        backend: by whose calls.
        user: whether in a user namespace. Where root may do without, a program gets a user of its own.
    """

    backend: Backend
    user: bool


def ways(wanted: Backend | None) -> Iterator[Way]:
    """The ways to try, best first."""
    for backend in BACKENDS if wanted is None else (wanted,):
        if backend == "bubblewrap" and shutil.which("bwrap") is None:
            continue
        if os.geteuid() == 0:
            yield Way(backend, user=False)
        yield Way(backend, user=True)


def start(way: Way, uid: int) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A zygote in its jail, and the socket to it; it says that it is ready when it is.

    Args:
        uid: whom its programs run as, where `way` lets us choose.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        folders, links, home = _places()
        sites = [inside for _, inside in folders if inside.startswith("/packages/")]
        tasks = 2 if way.user else 0
        python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        options = ("-s", "-S", "-P", "-B", "-X", "utf8")
        zygote = _boot(python, options, _INSIDE, "zygote", (theirs.fileno(), tasks, home, sites))
        if way.backend == "bubblewrap":
            command = _bubblewrap(way, folders, links, home) + zygote
        else:
            here = str(Path(__file__).parent)
            command = _boot(python, options, here, "enter", (zygote, way.user, folders, links, home))
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                env={"PYTHONHASHSEED": "0"},
                cwd="/",
                start_new_session=True,  # an interrupt typed at the terminal is not for it
            )
        except BaseException:
            ours.close()
            raise
    return process, ours


def uid_of(number: int) -> int:
    """A user that nobody else is, for the `number`-th worker of this process; nobody, where so high ones are unknown."""
    wanted = 0x60000000 + os.getpid() % (1 << 22) * 64 + number % 64
    for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines():
        first, _, count = map(int, line.split())
        if first <= wanted < first + count:
            return wanted
    return 65534


def hidden(text: str) -> str:
    """`text` without the place where Python is installed on this machine.

    >>> hidden("File /nowhere/x.py")
    'File /nowhere/x.py'
    """
    for outside, _ in _places()[0]:
        if not outside.startswith(_SYSTEM):
            text = text.replace(outside, "<python>")
    return text.replace(sys.base_prefix + os.sep, "<python>/") if sys.base_prefix != "/usr" else text


def _boot(
    python: str, options: Sequence[str], folder: str, module: str, arguments: Sequence[object]
) -> list[str]:
    return [python, *options, "-c", _BOOT.format(module=module), folder, json.dumps(arguments)]


def _places() -> tuple[list[tuple[str, str]], list[tuple[str, str]], str]:
    """What is bound read-only (outside, inside), symbolic links (target, inside), and the home of programs."""
    base = os.path.realpath(sys.base_prefix)
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    own = [path for path in (f"{base}/lib", f"{base}/lib64") if os.path.isdir(path)] + [python]
    links = [(os.readlink(path), path) for path in _SYSTEM if os.path.islink(path)]
    roots = [path for path in _SYSTEM if os.path.isdir(path) and not os.path.islink(path)] + own
    kept = [path for path in dict.fromkeys(roots) if not any(path.startswith(f"{root}/") for root in roots)]
    folders = [(path, path) for path in kept if not any(path == link for _, link in links)]
    if os.path.exists("/etc/ld.so.cache"):
        folders.append(("/etc/ld.so.cache", "/etc/ld.so.cache"))
    here = Path(__file__).parent
    # a link, as editable installations make them, would lead nowhere inside
    folders += [(os.path.realpath(here / name), f"{_INSIDE}/{name}") for name in _OURS]
    sites = [
        path for path in sys.path if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path)
    ]
    folders += [(os.path.realpath(path), f"/packages/{n}") for n, path in enumerate(dict.fromkeys(sites))]
    home = "/var/tmp" if any(path.startswith("/tmp/") for path in own) else "/tmp"
    return folders, links, home


def _bubblewrap(
    way: Way, folders: Sequence[tuple[str, str]], links: Sequence[tuple[str, str]], home: str
) -> list[str]:
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-user", "--uid", "0", "--gid", "0"] if way.user else []
    inside = [place for _, place in folders] + [place for _, place in links] + ["/dev/null"]
    above = {str(parent) for place in inside for parent in Path(place).parents} - {"/"}
    for folder in sorted(above):
        command += ["--dir", folder]  # else bubblewrap makes some of them so that only root may pass
    for outside, place in folders:
        command += ["--ro-bind", outside, place]
    for target, place in links:
        command += ["--symlink", target, place]
    for device in ("null", "zero", "urandom", "random"):
        command += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    command += ["--dir", home, "--remount-ro", "/", "--chdir", "/", "--cap-drop", "ALL"]
    for capability in _CAPABILITIES:
        command += ["--cap-add", f"CAP_{capability}"]
    return [*command, "--"]
