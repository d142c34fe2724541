"""Enter: go into namespaces of one's own by the kernel's own calls, for machines without bubblewrap.

Imports the standard library only. The jail is the same as bubblewrap's: an empty root in memory, the listed folders
read-only in their places, three devices, no network, no processes of others, no /proc.
"""

from __future__ import annotations

import os
import sys

from maieutic.worlds.sandbox import kernel

_SCRATCH = "/tmp"  # any folder will do: an empty one is mounted over it, seen by this process only


def main(
    command: list[str], user: bool, folders: list[tuple[str, str]], links: list[tuple[str, str]], home: str
) -> None:
    """Replace this process by `command` inside the jail, and wait for it.

    Args:
        command: program and arguments, as found inside.
        user: whether to go into a user namespace too, as one who is not root has to.
        folders: (outside, inside) of what is readable.
        links: (target, inside) of symbolic links.
        home: an empty folder inside.

    Raises:
        OSError: the kernel refuses.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = kernel.NEWNS | kernel.NEWPID | kernel.NEWIPC | kernel.NEWUTS | kernel.NEWNET
    kernel.unshare(flags | (kernel.NEWUSER if user else 0))
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "wb") as file:
                file.write(text.encode())
    child = os.fork()
    if child:
        for fd in range(3, 64):
            try:
                os.close(fd)
            except OSError:
                continue  # was not open
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    kernel.die_with_parent()
    os.umask(0o022)
    kernel.mount("none", "/", "", kernel.REC | kernel.PRIVATE)
    kernel.mount("tmpfs", _SCRATCH, "tmpfs", kernel.NOSUID | kernel.NODEV, "mode=755,size=1m")
    os.makedirs(f"{_SCRATCH}/new")
    os.makedirs(f"{_SCRATCH}/old")
    kernel.mount(f"{_SCRATCH}/new", f"{_SCRATCH}/new", "", kernel.BIND)
    kernel.pivot_root(_SCRATCH, f"{_SCRATCH}/old")
    os.chdir("/")
    for outside, inside in folders:
        _bind(f"/old{outside}", f"/new{inside}")
        kernel.read_only(f"/new{inside}")
    for target, inside in links:
        os.makedirs(os.path.dirname(f"/new{inside}"), exist_ok=True)
        os.symlink(target, f"/new{inside}")
    for device in ("null", "zero", "urandom", "random"):
        _bind(f"/old/dev/{device}", f"/new/dev/{device}")
    os.makedirs(f"/new{home}", exist_ok=True)
    kernel.unmount("/old")
    os.makedirs("/new/.old")
    kernel.pivot_root("/new", "/new/.old")
    os.chdir("/")
    kernel.unmount("/.old")
    os.rmdir("/.old")
    kernel.mount("none", "/", "", kernel.REMOUNT | kernel.BIND | kernel.RDONLY | kernel.NOSUID | kernel.NODEV)
    sys.stdout.flush()
    os.execve(command[0], command, {"PYTHONHASHSEED": "0"})


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, "", kernel.BIND | kernel.REC)
